/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_DATABASE_EXPORT_H
#define KMEMSIM_RESULTS_DATABASE_EXPORT_H

/*
 * A run's tables and views, and what a query makes of them, for other tools:
 * as comma-separated values or as JSON.
 */

#include <stdio.h>

#include "sim/base/error.h"
#include "sim/base/text.h"

enum export_format { EXPORT_CSV, EXPORT_JSON, NR_EXPORT_FORMATS };

/* "csv", "json" */
extern const char *const export_format_names[NR_EXPORT_FORMATS];

struct export_options {
	const char *database;
	const char *table;	/* a table or view; NULL: `query` */
	const char *query;	/* SQL, one statement that only reads */
	const char *query_file; /* where the query is from, for errors */
	enum export_format format;
	const volatile int *interrupted; /* set: stop; NULL: never */
};

enum export_result {
	EXPORT_DONE,
	/* With an error added: */
	EXPORT_REFUSED, /* no such table; a query that is none, or writes */
	EXPORT_FAILED,	/* a file that can't be read or written; stopped */
};

/* Writes the rows to `to`, one by one, however many there are. */
enum export_result export_rows(const struct export_options *options, FILE *to,
			       struct errors *errors);

/*
 * Calls `tell` with the name of each table and view that a run's database has;
 * it need not keep the name. -1 with an error added.
 */
int export_each_table(void (*tell)(const char *name, void *argument),
		      void *argument, struct errors *errors);

/* The run's tables and views with their numbers of rows, a line each. */
int export_list(const char *database, struct text *out, struct errors *errors);

#endif
