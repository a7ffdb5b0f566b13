/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_BASE_CSV_H
#define KMEMSIM_BASE_CSV_H

/*
 * Text files read line by line, and tables of comma-separated values: the
 * starting state that a config names, recordings of kernels.
 */

#include "sim/base/error.h"

#include <stdio.h>

#define LINE_LENGTH_MAX 1024 /* bytes; no line of these files is near it */
#define CSV_FIELDS_MAX 12

struct line_reader {
	FILE *file;
	struct place place; /* of the line given last; column 1 */
	char line[LINE_LENGTH_MAX + 1];
	size_t length;
};

/* 0; or -1 with an error added. `path` is borrowed. */
int line_reader_open(struct line_reader *reader, const char *path,
		     struct errors *errors);
/* 1: the next line is in `line`; 0: there is none; -1: an error was added. */
int line_reader_next(struct line_reader *reader, struct errors *errors);
void line_reader_close(struct line_reader *reader);

struct field {
	const char *s; /* NUL-terminated */
	size_t length;
	struct place place;
};

struct csv {
	struct line_reader lines;
	const char *const *columns;
	size_t nr_columns;
	struct field field[CSV_FIELDS_MAX]; /* of the row given last */
};

/* Opens the file and checks its first line: the columns' names. */
int csv_open(struct csv *csv, const char *path, const char *const *columns,
	     size_t nr_columns, struct errors *errors);
/* As line_reader_next(); a row of the wrong length is an error, and skipped. */
int csv_next(struct csv *csv, struct errors *errors);
void csv_close(struct csv *csv);

/* A field as a number; false: an error was added. Inclusive range. */
bool field_u64(const struct field *field, const char *what, uint64_t least,
	       uint64_t most, uint64_t *value, struct errors *errors);
/* A field as one of the words. */
bool field_word(const struct field *field, const char *what,
		const char *const *words, size_t nr, size_t *which,
		struct errors *errors);

#endif
