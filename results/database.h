/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_DATABASE_H
#define KMEMSIM_RESULTS_DATABASE_H

/*
 * SQLite, as far as results/ needs it: errors that name the file, statements
 * made and run in one line, rows written in batches. Internal to results/:
 * what others include shows no SQLite.
 */

#include <sqlite3.h>

#include "sim/base/error.h"

#define DATABASE_APPLICATION_ID 0x6b6d656d /* "kmem" */
#define DATABASE_VERSION 5
#define RUN_ID 1 /* a database holds one run */

struct database {
	sqlite3 *db; /* owned; NULL: not open */
	char *path;  /* owned; as the user gave it */
	int version; /* of its tables */
};

/*
 * Opens a run's database to read it. -1 with an error added where it can't be
 * read, is no kmemsim database, was written by a newer version, or holds no
 * run.
 */
int database_open(struct database *database, const char *path,
		  struct errors *errors);

/* Makes an empty database; NULL: in memory. The file must not exist. */
int database_create(struct database *database, const char *path,
		    struct errors *errors);

void database_close(struct database *database);

/* Adds SQLite's own words on what went wrong. Returns -1, always. */
int database_error(const struct database *database, struct errors *errors);

/* Runs statements that return nothing. */
int database_run(const struct database *database, const char *sql,
		 struct errors *errors);

/* NULL with an error added. The caller finalizes. */
sqlite3_stmt *database_prepare(const struct database *database, const char *sql,
			       struct errors *errors);

/* 1: a row is there; 0: no more; -1 with an error added. */
int database_step(const struct database *database, sqlite3_stmt *statement,
		  struct errors *errors);

/* Never NULL: "" for NULL. Valid until the next step. */
const char *column_text(sqlite3_stmt *statement, int column);

#endif
