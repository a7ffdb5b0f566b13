/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_BASE_SAFE_FILE_H
#define KMEMSIM_BASE_SAFE_FILE_H

/*
 * A file that appears whole or not at all: it is written beside its place and
 * renamed at the end, so that a failure leaves what was there before.
 */

#include "sim/base/error.h"

struct safe_file {
	FILE *file;   /* to write to; closed by commit or discard */
	char *target; /* where it goes, links followed; NULL: stdout */
	char *beside; /* where it is until then; NULL: written in place */
};

/*
 * `path` is where it will be; "-" is stdout. What is there and is no regular
 * file (a device, a pipe) is written in place, since a rename would replace
 * it; a directory is refused. Returns 0, or -1 with an error added.
 */
int safe_file_open(struct safe_file *safe, const char *path,
		   struct errors *errors);

/*
 * The file is complete. Returns 0, or -1 with an error added where not all of
 * it could be written: then it is as if nothing had been.
 */
int safe_file_commit(struct safe_file *safe, struct errors *errors);

/* The file is not to be. */
void safe_file_discard(struct safe_file *safe);

/* Do two paths name the same file, which is there? */
bool same_file(const char *a, const char *b);

#endif
