/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_LINES_H
#define KMEMSIM_WORKLOADS_IMPORT_LINES_H

/*
 * The lines of a text file, whatever is in it: of any length, with or without
 * CR, the last one cut off, with NUL bytes. Memory is constant.
 */

#include <stdio.h>

#include "sim/base/error.h"

#define LINE_BYTES_MAX (64 * 1024) /* of a longer line, the rest is dropped */

static inline const char *skip_blanks(const char *p)
{
	while (*p == ' ' || *p == '\t')
		p++;
	return p;
}

struct lines {
	FILE *from;
	const char *path; /* borrowed */
	char *buffer;	  /* owned */
	size_t used;	  /* bytes of the buffer that are filled */
	size_t at;	  /* where the next line begins */
	uint64_t nr;	  /* of the line last given, from 1 */
	bool ended;	  /* the file has no more than the buffer holds */
	bool cut;	  /* the line last given was too long */
	bool unfinished;  /* … or is the last one, without an end */
};

/* "-" is stdin. Returns -1 with an error added where it can't be read. */
int lines_open(struct lines *lines, const char *path, struct errors *errors);

/*
 * The next line, without its end, NUL-terminated, valid until the next call;
 * NUL bytes in it have become '?'. 1; 0 at the end; -1 with an error.
 */
int lines_next(struct lines *lines, char **line, size_t *length,
	       struct errors *errors);

/* What is in the buffer and not read yet: at first, the file's beginning. */
const char *lines_ahead(const struct lines *lines, size_t *length);

void lines_close(struct lines *lines);

#endif
