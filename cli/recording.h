/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_CLI_RECORDING_H
#define KMEMSIM_CLI_RECORDING_H

/*
 * The folders that recordings of real kernels come in, for the verbs that read
 * them. Both return what the caller frees; NULL: no memory.
 */

/* A file's path in it. */
char *path_in(const char *directory, const char *file);

/* The last part of its path: "g1-order0" of "recordings/g1-order0/". */
char *case_name(const char *directory);

#endif
