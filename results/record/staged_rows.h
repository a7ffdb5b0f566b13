/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_RECORD_STAGED_ROWS_H
#define KMEMSIM_RESULTS_RECORD_STAGED_ROWS_H

/*
 * Rows on their way into a table that gets millions of them, in a database of
 * their own in memory. Internal to results/.
 */

#include "results/database/values.h"

struct staged_rows;

/*
 * For a table of `database` without indexes, so far. NULL with an error added.
 * To be freed before the database is closed.
 */
struct staged_rows *staged_rows_new(const struct database *database,
				    const char *table, struct errors *errors);
void staged_rows_free(struct staged_rows *rows);

/*
 * Takes a copy of a row. false: it is too long, there is no room, or rows have
 * been moved and are not yet committed; the row must then go another way,
 * after staged_rows_move().
 */
bool staged_rows_add(struct staged_rows *rows, const struct value *value,
		     unsigned int nr_columns);

/* Is there so little room left that it is time to move and to commit? */
bool staged_rows_are_many(const struct staged_rows *rows);

/* Puts into the table what is there. A transaction must be open. */
int staged_rows_move(struct staged_rows *rows, struct errors *errors);

/* The transaction is over: there is room again. */
int staged_rows_committed(struct staged_rows *rows, struct errors *errors);

#endif
