/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Looks whether a database holds a certain run. Whatever stands in the way of
 * an answer (no file, none of ours, a damaged one) means no: the run is then
 * made, and says what is wrong with the place.
 */

#include "results/database/finished.h"

#include "results/database/database.h"

static bool holds(const struct database *database,
		  const struct run_identity *identity, struct errors *errors)
{
	sqlite3_stmt *row = database_prepare(
		database,
		"SELECT 1 FROM run WHERE status = 'complete' AND config = ?1"
		" AND workload_sha256 = ?2 AND seed = ?3 AND version = ?4",
		errors);
	bool found;

	if (!row)
		return false;
	sqlite3_bind_text(row, 1, identity->config, -1, SQLITE_STATIC);
	sqlite3_bind_text(row, 2, identity->workload_sha256, -1, SQLITE_STATIC);
	sqlite3_bind_int64(row, 3, (sqlite3_int64)identity->seed);
	sqlite3_bind_text(row, 4, identity->version, -1, SQLITE_STATIC);
	found = database_step(database, row, errors) > 0;
	sqlite3_finalize(row);
	return found;
}

bool run_is_finished(const char *path, const struct run_identity *identity)
{
	struct errors errors = ERRORS_NONE;
	struct database database;
	bool finished = false;

	if (database_open(&database, path, &errors) == 0) {
		finished = database.version == DATABASE_VERSION &&
			   holds(&database, identity, &errors);
		database_close(&database);
	}
	errors_release(&errors);
	return finished;
}
