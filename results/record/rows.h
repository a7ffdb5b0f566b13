/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_RECORD_ROWS_H
#define KMEMSIM_RESULTS_RECORD_ROWS_H

/*
 * Rows on their way into one table, many to a statement.
 */

#include "results/record/staged_rows.h"
#include "results/database/values.h"

#define ROWS_BATCH 16

struct rows {
	const struct database *database;
	const char *table;
	sqlite3_stmt
		*many;	   /* of ROWS_BATCH rows; NULL: none were written yet */
	sqlite3_stmt *one; /* the same */
	struct staged_rows *staged; /* owned; NULL: not for this table */
	unsigned int nr_columns;
	unsigned int nr;     /* rows that wait */
	uint64_t written;    /* since rows_init(), those that wait included */
	uint64_t stage_from; /* rows_stage_from(); 0: never */
	struct value value[ROWS_BATCH][ROWS_COLUMNS_MAX];
};

/* `table` is borrowed until rows_release(). 0, or -1 with an error added. */
int rows_init(struct rows *rows, const struct database *database,
	      const char *table, struct errors *errors);

/*
 * Rows that come when so many have been written (at least 1) take the short cut
 * of results/record/staged_rows.h, which pays from some hundreds on.
 * rows_committed() is to be called after each commit then.
 */
void rows_stage_from(struct rows *rows, uint64_t nr);
int rows_committed(struct rows *rows, struct errors *errors);

/*
 * Room for the next row's values, in the order of the table's columns; all
 * of them must be set. NULL with an error added.
 */
struct value *rows_add(struct rows *rows, struct errors *errors);

/* The same with a whole row, which is copied; not mixed with rows_add(). */
int rows_put(struct rows *rows, const struct value *value,
	     struct errors *errors);

/* Hands what waits to SQLite. The texts may go then. */
int rows_flush(struct rows *rows, struct errors *errors);

/* Is there so much that it is time to commit? */
bool rows_are_many(const struct rows *rows);

/* Before the database is closed. */
void rows_release(struct rows *rows);

#endif
