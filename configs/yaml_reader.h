/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_CONFIGS_YAML_READER_H
#define KMEMSIM_CONFIGS_YAML_READER_H

/*
 * The bytes under a YAML stream, screened before libyaml sees them. Used by
 * yaml_stream.c alone.
 */

#include "sim/base/error.h"

#include <sys/types.h>

struct yaml_reader {
	int fd;		    /* -1: from memory */
	const char *memory; /* borrowed */
	size_t memory_left;
	off_t size;	   /* of the file; 0: unknown */
	uint64_t nr_bytes; /* read so far */

	struct place place;   /* of the next byte */
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
void yaml_reader_open_memory(struct yaml_reader *reader, const char *name,
			     const char *bytes, size_t length);
void yaml_reader_close(struct yaml_reader *reader);

/* An event ended at line and column: what comes now counts to the next. */
void yaml_reader_mark(struct yaml_reader *reader, uint64_t line,
		      uint64_t column);

/* A yaml_read_handler_t: 1 with *length bytes in `to`, or 0: `failed`. */
int yaml_reader_read(void *reader, unsigned char *to, size_t size,
		     size_t *length);

#endif
