/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One run of a database that holds several.
 *
 *	main.op_log     run 1, 1, 1, 2, 2, 3, …
 *	temp.op_log     those of the run that was chosen
 *
 * A query says `FROM op_log` and need not know of other runs: SQLite looks for
 * a name among temporary tables first. Large tables are shadowed by a view,
 * which costs nothing and uses the table's indexes. Small tables are copied,
 * since their order is asked for, and a view has no rowid. The database's own
 * views are defined again, as they would go on to read the tables of main.
 *
 * A name may choose: "joined.db#2" is run 2 of joined.db, unless there is a
 * file of that whole name.
 */

#include "results/database/database.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/text.h"

size_t database_split_name(const char *name, uint64_t *run)
{
	const char *mark = strrchr(name, '#');

	*run = 0;
	if (mark && mark > name && access(name, F_OK) != 0 &&
	    parse_u64(mark + 1, strlen(mark + 1), run) && *run)
		return (size_t)(mark - name);
	*run = 0;
	return strlen(name);
}

/* Tables of a few rows a run, whose order matters. */
static bool is_small(const char *table)
{
	static const char *const small[] = {
		"run",	    "machine",	      "node",	    "zone",
		"op_stats", "failure_stats",  "lock_stats", "skip_stats",
		"overload", "recorded_stats",
	};

	for (size_t i = 0; i < sizeof(small) / sizeof(small[0]); i++)
		if (!strcmp(table, small[i]))
			return true;
	return false;
}

static void add_shadow(struct text *sql, const char *type, const char *name,
		       const char *definition, uint64_t run)
{
	static const char create_view[] = "CREATE VIEW ";

	if (!strcmp(type, "table"))
		text_add(sql,
			 "CREATE TEMP %s \"%s\" AS SELECT * FROM main.\"%s\""
			 " WHERE run_id = %llu%s;\n",
			 is_small(name) ? "TABLE" : "VIEW", name, name,
			 (unsigned long long)run,
			 is_small(name) ? " ORDER BY rowid" : "");
	else if (!strncmp(definition, create_view, sizeof(create_view) - 1))
		text_add(sql, "CREATE TEMP VIEW %s;\n",
			 definition + sizeof(create_view) - 1);
}

static int shadow(const struct database *database, uint64_t run,
		  struct errors *errors)
{
	sqlite3_stmt *row = database_prepare(
		database,
		"SELECT type, name, sql FROM main.sqlite_master"
		" WHERE type IN ('table', 'view') AND name NOT GLOB 'sqlite_*'"
		" ORDER BY rowid",
		errors);
	struct text sql = TEXT_EMPTY;
	int got;

	if (!row)
		return -1;
	while ((got = database_step(database, row, errors)) > 0) {
		char *name = strdup(column_text(row, 1));
		char *type = strdup(column_text(row, 0));

		if (name && type)
			add_shadow(&sql, type, name, column_text(row, 2), run);
		sql.failed |= !name || !type;
		free(name);
		free(type);
	}
	sqlite3_finalize(row);
	if (sql.failed)
		got = error_host(errors, "%s", database->path);
	if (!got && sql.s)
		got = database_run(database, sql.s, errors);
	text_release(&sql);
	return got;
}

/* How many runs there are, and "1, 2, 3" in `ids`. */
static int list_runs(const struct database *database, uint64_t wanted,
		     size_t *nr, bool *there, struct text *ids,
		     struct errors *errors)
{
	sqlite3_stmt *row = database_prepare(
		database, "SELECT run_id FROM run ORDER BY run_id", errors);
	int got;

	*nr = 0;
	*there = false;
	if (!row)
		return -1;
	while ((got = database_step(database, row, errors)) > 0) {
		uint64_t id = (uint64_t)sqlite3_column_int64(row, 0);

		*there |= id == wanted;
		text_add(ids, "%s%llu", (*nr)++ ? ", " : "",
			 (unsigned long long)id);
	}
	sqlite3_finalize(row);
	if (ids->failed)
		got = error_host(errors, "%s", database->path);
	return got;
}

int database_choose_run(const struct database *database, uint64_t run,
			struct errors *errors)
{
	struct place place = { .file = database->path };
	struct text ids = TEXT_EMPTY;
	bool there;
	size_t nr;
	int result = list_runs(database, run, &nr, &there, &ids, errors);

	if (!result && run && !there)
		result = error_input(errors, place,
				     "holds no run %llu; it has %s",
				     (unsigned long long)run, ids.s);
	else if (!result && !run && nr > 1)
		result = error_input(errors, place,
				     "holds %zu runs: say which one, as %s#1; "
				     "it has %s",
				     nr, database->path, ids.s);
	else if (!result && nr > 1)
		result = shadow(database, run, errors);
	text_release(&ids);
	return result;
}
