/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Opening and making databases, and passing on SQLite's errors.
 *
 * A run's database is written with a rollback journal and without waiting for
 * the disk (synchronous=OFF): each commit is whole for whoever opens the file
 * after the program was killed, which is what runs are protected against. A
 * host that loses power in the middle of a run may lose the run's database.
 *
 * A reader opens for writing where it may: a killed run leaves a journal that
 * the first reader has to roll back.
 */

#define _GNU_SOURCE /* asprintf */

#include "results/database/database.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "results/database/setup.h"

#define BUSY_TIMEOUT_MS 5000

/* How much memory SQLite has is asked by nobody, and counted under a lock. */
void results_setup(void)
{
	sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

int database_error(const struct database *database, struct errors *errors)
{
	const char *path = database->path ? database->path : "memory";

	errno = 0;
	return error_host(errors, "%s: %s", path,
			  database->db ? sqlite3_errmsg(database->db) :
					 "out of memory");
}

static int open_with(struct database *database, const char *path, int flags,
		     struct errors *errors)
{
	int result;

	memset(database, 0, sizeof(*database));
	if (path) {
		/* SQLite takes ":memory:" and "file:…" for more than names. */
		const char *here =
			*path == ':' || !strncmp(path, "file:", 5) ? "./" : "";

		if (asprintf(&database->path, "%s%s", here, path) < 0) {
			database->path = NULL;
			return error_host(errors, "%s", path);
		}
	}
	result = sqlite3_open_v2(
		path ? database->path : ":memory:", &database->db,
		flags | SQLITE_OPEN_NOMUTEX, NULL);
	if (result == SQLITE_OK) {
		sqlite3_busy_timeout(database->db, BUSY_TIMEOUT_MS);
		return 0;
	}
	errno = database->db ? sqlite3_system_errno(database->db) : ENOMEM;
	if (errno)
		error_host(errors, "%s", path ? path : "memory");
	else
		database_error(database, errors);
	database_close(database);
	return -1;
}

void database_close(struct database *database)
{
	sqlite3_close(database->db);
	free(database->path);
	memset(database, 0, sizeof(*database));
}

int database_run(const struct database *database, const char *sql,
		 struct errors *errors)
{
	if (sqlite3_exec(database->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return database_error(database, errors);
	return 0;
}

sqlite3_stmt *database_prepare(const struct database *database, const char *sql,
			       struct errors *errors)
{
	sqlite3_stmt *statement;

	if (sqlite3_prepare_v2(database->db, sql, -1, &statement, NULL) ==
	    SQLITE_OK)
		return statement;
	database_error(database, errors);
	return NULL;
}

int database_step(const struct database *database, sqlite3_stmt *statement,
		  struct errors *errors)
{
	switch (sqlite3_step(statement)) {
	case SQLITE_ROW:
		return 1;
	case SQLITE_DONE:
		return 0;
	default:
		return database_error(database, errors);
	}
}

const char *column_text(sqlite3_stmt *statement, int column)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);

	return text ? text : "";
}

/* The first column of the first row; -1 with an error added. */
static int read_number(const struct database *database, const char *sql,
		       sqlite3_int64 *number, struct errors *errors)
{
	sqlite3_stmt *statement = database_prepare(database, sql, errors);
	int got;

	if (!statement)
		return -1;
	got = database_step(database, statement, errors);
	*number = got > 0 ? sqlite3_column_int64(statement, 0) : 0;
	sqlite3_finalize(statement);
	return got < 0 ? -1 : 0;
}

static int check_is_run(struct database *database, struct errors *errors)
{
	struct place place = { .file = database->path };
	sqlite3_int64 id, version, runs;

	if (sqlite3_exec(database->db, "SELECT 1 FROM sqlite_master", NULL,
			 NULL, NULL) == SQLITE_NOTADB)
		return error_input(errors, place,
				   "not a database of a kmemsim run");
	if (read_number(database, "PRAGMA application_id", &id, errors) ||
	    read_number(database, "PRAGMA user_version", &version, errors))
		return -1;
	if (id != DATABASE_APPLICATION_ID)
		return error_input(errors, place,
				   "not a database of a kmemsim run");
	if (version > DATABASE_VERSION)
		return error_input(errors, place,
				   "written by a newer kmemsim: its tables "
				   "are version %lld, this one reads up to %d",
				   (long long)version, DATABASE_VERSION);
	if (read_number(database, "SELECT count(*) FROM run", &runs, errors))
		return -1;
	if (!runs)
		return error_input(errors, place, "holds no run");
	database->version = (int)version;
	return 0;
}

/* What can't be read is invalid input, as a workload would be. */
static int check_is_file(const char *path, struct errors *errors)
{
	const struct place place = { .file = path };
	struct stat status;

	if (stat(path, &status))
		return error_open(errors, place);
	if (!S_ISREG(status.st_mode))
		return error_input(errors, place,
				   "not a database of a kmemsim run");
	return 0;
}

static int open_file(struct database *database, const char *path,
		     struct errors *errors)
{
	if (check_is_file(path, errors) ||
	    open_with(database, path, SQLITE_OPEN_READWRITE, errors))
		return -1;
	if (!check_is_run(database, errors))
		return 0;
	database_close(database);
	return -1;
}

int database_open_all(struct database *database, const char *path,
		      uint64_t *run, struct errors *errors)
{
	size_t length = database_split_name(path, run);
	char *file;
	int result;

	memset(database, 0, sizeof(*database));
	if (!path[length])
		return open_file(database, path, errors);
	file = strndup(path, length);
	if (!file)
		return error_host(errors, "%s", path);
	result = open_file(database, file, errors);
	free(file);
	return result;
}

int database_open(struct database *database, const char *path,
		  struct errors *errors)
{
	uint64_t run;

	if (database_open_all(database, path, &run, errors))
		return -1;
	if (!database_choose_run(database, run, errors))
		return 0;
	database_close(database);
	return -1;
}

int database_create(struct database *database, const char *path,
		    struct errors *errors)
{
	if (open_with(database, path,
		      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, errors))
		return -1;
	database->version = DATABASE_VERSION;
	if (!database_run(database,
			  "PRAGMA synchronous = OFF;"
			  "PRAGMA cache_size = -32768;",
			  errors))
		return 0;
	database_close(database);
	return -1;
}
