/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_CONFIGS_YAML_YAML_READER_H
#define KMEMSIM_CONFIGS_YAML_YAML_READER_H

/*
 * The bytes under a YAML stream, screened before libyaml sees them. Used by
 * yaml_stream.c alone.
 */

#include "sim/base/error.h"
#include "sim/base/file_view.h"

#include <sys/types.h>

/*
 * libyaml is given a line at a time, or a piece of a long one: how far it
 * reads ahead depends on the text alone, not on how a pipe hands it over.
 */
#define YAML_PIECE_MAX 4096

struct yaml_reader {
	int fd;		    /* -1: from memory */
	const char *memory; /* borrowed */
	size_t memory_left;
	off_t size;	   /* of the file; 0: unknown */
	uint64_t nr_bytes; /* given so far */

	struct file_view view; /* of the file, where it can be viewed */
	uint64_t view_at;      /* the block in the file then */
	char *room;	       /* owned; else where it is read to */
	const char *block;     /* what was read and is still to give */
	size_t at;
	size_t end;
	bool ended;	 /* nothing comes after the block */
	int read_errno;	 /* why, where the host could not read */
	size_t line_at;	 /* in the block: the piece given last */
	bool line_begun; /* that piece begins a line */

	struct place place;   /* of the next byte */
	bool odd_breaks;      /* libyaml's lines are not ours any more */
	uint32_t code;	      /* the character under way */
	uint32_t lowest;      /* that its length may stand for */
	unsigned int missing; /* its bytes still to come */
	enum { READER_BLANK, READER_COMMENT, READER_CONTENT } in_line;

	struct place mark; /* where the last event ended */
	uint64_t content;  /* bytes since */
	uint64_t comment;  /* bytes of comments and blank lines since */

	bool failed;
	int host_errno;	    /* not 0: the host could not read */
	struct place where; /* of the failure */
	char problem[128];
};

/* 0; or -1 with an error added. "-" is stdin. */
int yaml_reader_open(struct yaml_reader *reader, const char *path,
		     struct errors *errors);
/* The same for what is open already: closed in any case. */
int yaml_reader_open_fd(struct yaml_reader *reader, int fd, const char *path,
			struct errors *errors);
void yaml_reader_open_memory(struct yaml_reader *reader, const char *name,
			     const char *bytes, size_t length);
void yaml_reader_close(struct yaml_reader *reader);

/* An event ended at line and column: what comes now counts to the next. */
void yaml_reader_mark(struct yaml_reader *reader, uint64_t line,
		      uint64_t column);

/*
 * The bytes that come next, unscreened: at least `nr_lines` whole lines, where
 * there are so many and they are not longer than YAML_PIECE_MAX. Never NULL;
 * valid until the next call of any of these functions.
 */
const char *yaml_reader_ahead(struct yaml_reader *reader, size_t nr_lines,
			      size_t *length);

/*
 * The piece given last, if it was a whole line and is followed by what
 * yaml_reader_ahead() tells: without its newline; else NULL.
 */
const char *yaml_reader_last_line(const struct yaml_reader *reader,
				  size_t *length);

/* Passes over `nr_lines` lines, `length` bytes, all of them ASCII. */
void yaml_reader_pass(struct yaml_reader *reader, size_t nr_lines,
		      size_t length);

/* A yaml_read_handler_t: 1 with *length bytes in `to`, or 0: `failed`. */
int yaml_reader_read(void *reader, unsigned char *to, size_t size,
		     size_t *length);

#endif
