/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_FILE_LOOKS_H
#define KMEMSIM_WORKLOADS_FILE_LOOKS_H

/*
 * What looking at all of a file has shown, found out once for all runs that
 * read the same one.
 */

#include <stdbool.h>

#include "workloads/file_sha256.h"

struct file_look {
	bool sums;		      /* is the SHA-256 asked for? */
	char sha256[SHA256_TEXT_MAX]; /* "": not known */
	bool searched;		      /* is has_word known? */
	bool has_word;		      /* `generators` stands somewhere in it */
};

/* Of any number of files; for any number of threads. */
struct file_looks;

/* NULL: the host has no memory. */
struct file_looks *file_looks_new(void);
/* When no look is under way. NULL is fine. */
void file_looks_free(struct file_looks *looks);

struct looked_at;

/*
 * Puts what is known of the file that `fd` is into *look, once somebody who is
 * finding it out has done so. Where nothing is known it is the caller's to find
 * out, and to end it: that is what is returned. NULL: nothing needs to be
 * ended, and what *look does not have is found out for oneself alone, as with
 * what is no file, and where `looks` is NULL or the host has no memory.
 */
struct looked_at *file_looks_begin(struct file_looks *looks, int fd,
				   struct file_look *look);

/* Hands on what was found out: without a SHA-256, the next one looks again. */
void file_looks_end(struct file_looks *looks, struct looked_at *at,
		    const struct file_look *look);

#endif
