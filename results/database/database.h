/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_DATABASE_DATABASE_H
#define KMEMSIM_RESULTS_DATABASE_DATABASE_H

/*
 * SQLite, as far as results/ needs it: errors that name the file, statements
 * made and run in one line, rows written in batches. Internal to results/:
 * what others include shows no SQLite.
 */

#include <sqlite3.h>

#include "sim/base/error.h"

#define DATABASE_APPLICATION_ID 0x6b6d656d /* "kmem" */
#define DATABASE_VERSION 9
#define RUN_ID 1 /* of the run that a new database holds */

struct database {
	sqlite3 *db; /* owned; NULL: not open */
	char *path;  /* owned; as the user gave it */
	int version; /* of its tables */
};

/*
 * Opens a run's database to read it; of several runs that were joined, the one
 * that "PATH#N" names: its tables and views then hold that run alone. -1 with
 * an error added where it can't be read, is no kmemsim database, was written
 * by a newer version, holds no run, or several and none was named.
 */
int database_open(struct database *database, const char *path,
		  struct errors *errors);

/*
 * The same for all runs that are there, whatever their number: *run is 0, or
 * what "PATH#N" names.
 */
int database_open_all(struct database *database, const char *path,
		      uint64_t *run, struct errors *errors);

/*
 * Leaves only a run to be seen, or all where there is just one and `run` is 0.
 * -1 with an error added where there is no such run, or the choice is open.
 * results/database/database_run.c.
 */
int database_choose_run(const struct database *database, uint64_t run,
			struct errors *errors);

/*
 * Splits "PATH#N", where no file has that whole name: the length of PATH, and
 * *run. Else the whole length and 0.
 */
size_t database_split_name(const char *name, uint64_t *run);

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
