/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_FILE_SHA256_H
#define KMEMSIM_WORKLOADS_FILE_SHA256_H

/*
 * The SHA-256 of a file, by which a run's database can be traced back to its
 * workload.
 */

#include <nettle/sha2.h>

#define SHA256_TEXT_MAX 65 /* hexadecimal, with the NUL */

/*
 * -1, and no error: the file is none that can be read twice, such as a pipe,
 * or can't be read at all, which whoever reads it next will say.
 */
int file_sha256(const char *path, char text[SHA256_TEXT_MAX]);

/* What a sum came to, as text. */
void file_sha256_end(struct sha256_ctx *sum, char text[SHA256_TEXT_MAX]);

#endif
