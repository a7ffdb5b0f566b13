/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_TEXT_TABLE_H
#define KMEMSIM_RESULTS_TEXT_TABLE_H

/*
 * Tables of text, aligned, for people at a terminal; and numbers the way
 * people read them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/text.h"

#define TABLE_COLUMNS_MAX 64

struct table {
	char **cell; /* row after row; owned */
	size_t nr;
	size_t capacity;
	unsigned int nr_columns; /* of the first row */
	bool failed;		 /* the host has no memory left */
};

#define TABLE_EMPTY ((struct table){ .cell = NULL })

/* Adds a cell to the row that is under way. */
void table_add(struct table *table, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Fills the row up with empty cells; the first row says how many there are. */
void table_end_row(struct table *table);

/*
 * Appends the table, each line after `indent` blanks: columns that hold only
 * numbers (with or without a unit) below their heading are aligned to the
 * right. The first row is the heading. Then empties the table.
 */
void table_write(struct table *table, unsigned int indent, struct text *out);

/*
 * The same, in lines of `columns` at most if the first columns leave room: a
 * cell of the last column that does not fit goes on below its row, broken
 * behind a '|'.
 */
void table_write_within(struct table *table, unsigned int indent,
			size_t columns, struct text *out);

/* Columns of its longest line. */
size_t table_width(const struct table *table, unsigned int indent);

/* True where there is nothing below the heading. */
static inline bool table_is_bare(const struct table *table)
{
	return table->nr <= table->nr_columns;
}

void table_release(struct table *table);

/* "850 ns", "12.3 us", "4.56 ms", "7.89 s" */
#define NUMBER_TEXT_MAX 32
const char *format_ns(uint64_t ns, char text[NUMBER_TEXT_MAX]);
/* "512 B", "4.0 KiB", "1.5 GiB" */
const char *format_bytes(uint64_t bytes, char text[NUMBER_TEXT_MAX]);
/* The same in a sentence, without the zeros that align: "4 KiB", "1.5 GiB" */
const char *format_bytes_short(uint64_t bytes, char text[NUMBER_TEXT_MAX]);

#endif
