/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_ROWS_H
#define KMEMSIM_RESULTS_ROWS_H

/*
 * Rows on their way into one table, many to a statement.
 */

#include <stdbool.h>

#include "results/database.h"

#define ROWS_BATCH 64
#define ROWS_COLUMNS_MAX 32

struct value {
	enum { VALUE_NULL, VALUE_INT, VALUE_TEXT } kind;
	union {
		int64_t number;
		const char *text; /* borrowed until the rows are flushed */
	};
};

struct rows {
	const struct database *database;
	sqlite3_stmt *many; /* of ROWS_BATCH rows */
	sqlite3_stmt *one;
	unsigned int nr_columns;
	unsigned int nr;  /* rows that wait */
	uint64_t written; /* since rows_init(), those that wait included */
	struct value value[ROWS_BATCH][ROWS_COLUMNS_MAX];
};

int rows_init(struct rows *rows, const struct database *database,
	      const char *table, struct errors *errors);

/*
 * Room for the next row's values, in the order of the table's columns; all
 * of them must be set. NULL with an error added.
 */
struct value *rows_add(struct rows *rows, struct errors *errors);

/* Hands what waits to SQLite. */
int rows_flush(struct rows *rows, struct errors *errors);

void rows_release(struct rows *rows);

static inline struct value value_null(void)
{
	return (struct value){ .kind = VALUE_NULL };
}

/* 64 bits as they are: above 2^63 SQLite shows them as a negative number. */
static inline struct value value_int(uint64_t number)
{
	return (struct value){ .kind = VALUE_INT, .number = (int64_t)number };
}

/* NULL stays NULL. */
static inline struct value value_text(const char *text)
{
	if (!text)
		return value_null();
	return (struct value){ .kind = VALUE_TEXT, .text = text };
}

static inline struct value value_int_if(bool has, uint64_t number)
{
	return has ? value_int(number) : value_null();
}

#endif
