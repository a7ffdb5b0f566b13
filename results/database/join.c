/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Joins runs into one database.
 *
 *	a.db  run 1  -->  joined.db  run 1
 *	b.db  run 1  -->             run 2
 *	c.db  run 1  -->             run 3
 *	      run 2  -->             run 4
 *
 * Rules: rows are copied in their order, a table at a time, by the names of
 * their columns. Numbers that a database's views join or group by, of samples
 * and of messages, go on counting from run to run, so that views need not know
 * that there are several. Columns were added from version to version, and a
 * run of an older one has nothing to put there: it is refused.
 */

#include "results/database/join.h"

#include <stdlib.h>
#include <string.h>

#include "results/database/database.h"
#include "results/database/output_file.h"
#include "sim/base/safe_file.h"
#include "sim/base/text.h"

#include "embedded/indexes.sql.h"
#include "embedded/schema.sql.h"

struct join {
	struct database to;
	struct errors *errors;
	sqlite3_int64 next_run;
	/* What samples and messages of the next run are counted from. */
	sqlite3_int64 samples;
	sqlite3_int64 messages;
};

static int read_number(struct join *join, const char *sql,
		       sqlite3_int64 argument, sqlite3_int64 *number)
{
	sqlite3_stmt *row = database_prepare(&join->to, sql, join->errors);
	int got;

	if (!row)
		return -1;
	if (sqlite3_bind_parameter_count(row))
		sqlite3_bind_int64(row, 1, argument);
	got = database_step(&join->to, row, join->errors);
	*number = got > 0 ? sqlite3_column_int64(row, 0) : 0;
	sqlite3_finalize(row);
	return got < 0 ? -1 : 0;
}

/* What a column of the joined table is made of, in terms of the source's. */
static const char *value_of(const char *table, const char *column)
{
	if (!strcmp(column, "run_id"))
		return ":run";
	if (!strcmp(column, "sample"))
		return "sample + :samples";
	if (!strcmp(column, "message_number"))
		return "message_number + :messages";
	/* slab_sample has a number, too: the cache's own. */
	if (!strcmp(column, "number") && !strcmp(table, "violation_message"))
		return "number + :messages";
	return column;
}

/* The table's columns, and what goes there. */
static int list_columns(struct join *join, const char *table,
			struct text *names, struct text *values)
{
	sqlite3_stmt *row = database_prepare(
		&join->to,
		"SELECT name FROM pragma_table_info(?1, 'main') ORDER BY cid",
		join->errors);
	int got;

	if (!row)
		return -1;
	sqlite3_bind_text(row, 1, table, -1, SQLITE_STATIC);
	while ((got = database_step(&join->to, row, join->errors)) > 0) {
		const char *name = column_text(row, 0);
		const char *comma = names->length ? ", " : "";

		text_add(names, "%s%s", comma, name);
		text_add(values, "%s%s", comma, value_of(table, name));
	}
	sqlite3_finalize(row);
	if (names->failed || values->failed)
		got = error_host(join->errors, "no memory to join runs");
	return got;
}

static void bind(sqlite3_stmt *statement, const char *name, sqlite3_int64 value)
{
	int at = sqlite3_bind_parameter_index(statement, name);

	if (at)
		sqlite3_bind_int64(statement, at, value);
}

static int copy_table(struct join *join, const char *table, sqlite3_int64 from)
{
	struct text names = TEXT_EMPTY, values = TEXT_EMPTY, sql = TEXT_EMPTY;
	int result = list_columns(join, table, &names, &values);
	sqlite3_stmt *statement = NULL;

	text_add(&sql,
		 "INSERT INTO main.%s (%s) SELECT %s FROM source.%s"
		 " WHERE run_id = :from ORDER BY rowid",
		 table, names.s, values.s, table);
	if (!result && sql.failed)
		result = error_host(join->errors, "no memory to join runs");
	if (!result)
		statement = database_prepare(&join->to, sql.s, join->errors);
	if (statement) {
		bind(statement, ":run", join->next_run);
		bind(statement, ":samples", join->samples);
		bind(statement, ":messages", join->messages);
		bind(statement, ":from", from);
		result = database_step(&join->to, statement, join->errors);
	} else {
		result = -1;
	}
	sqlite3_finalize(statement);
	text_release(&names);
	text_release(&values);
	text_release(&sql);
	return result < 0 ? -1 : 0;
}

#define TABLES_MAX 64

static int copy_tables(struct join *join, sqlite3_int64 from)
{
	sqlite3_stmt *row = database_prepare(
		&join->to,
		"SELECT name FROM main.sqlite_master WHERE type = 'table'"
		" AND name NOT GLOB 'sqlite_*' ORDER BY rowid",
		join->errors);
	char *name[TABLES_MAX];
	size_t nr = 0, i;
	int got = -1;

	while (row && nr < TABLES_MAX &&
	       (got = database_step(&join->to, row, join->errors)) > 0) {
		name[nr] = strdup(column_text(row, 0));
		if (!name[nr++])
			got = error_host(join->errors, "no memory for names");
	}
	sqlite3_finalize(row);
	for (i = 0; i < nr; i++) {
		if (got == 0)
			got = copy_table(join, name[i], from);
		free(name[i]);
	}
	return got;
}

static int copy_run(struct join *join, sqlite3_int64 from)
{
	if (copy_tables(join, from) ||
	    read_number(join, "SELECT max(sample) FROM main.sample", 0,
			&join->samples) ||
	    read_number(join, "SELECT max(number) FROM main.violation_message",
			0, &join->messages))
		return -1;
	join->next_run++;
	return 0;
}

/* All runs of the source, or the one that was named. */
static int copy_runs(struct join *join, uint64_t chosen)
{
	sqlite3_int64 from = 0;

	if (chosen)
		return copy_run(join, (sqlite3_int64)chosen);
	for (;;) {
		if (read_number(join,
				"SELECT min(run_id) FROM source.run"
				" WHERE run_id > ?1",
				from, &from))
			return -1;
		if (!from)
			return 0;
		if (copy_run(join, from))
			return -1;
	}
}

static int attach(struct join *join, const char *path)
{
	sqlite3_stmt *statement = database_prepare(
		&join->to, "ATTACH ?1 AS source", join->errors);
	int result;

	if (!statement)
		return -1;
	sqlite3_bind_text(statement, 1, path, -1, SQLITE_STATIC);
	result = database_step(&join->to, statement, join->errors);
	sqlite3_finalize(statement);
	return result;
}

/* What can't be joined is found before anything is copied. */
static int check_source(const char *path, char **file, uint64_t *run,
			struct errors *errors)
{
	struct database database;
	int result;

	if (database_open_all(&database, path, run, errors))
		return -1;
	*file = strdup(database.path);
	if (!*file)
		result = error_host(errors, "%s", path);
	else if (database.version != DATABASE_VERSION)
		result = error_input(errors, (struct place){ .file = path },
				     "its tables are version %d; only those "
				     "of version %d can be joined: run it anew",
				     database.version, DATABASE_VERSION);
	else
		result = *run ? database_choose_run(&database, *run, errors) :
				0;
	database_close(&database);
	return result;
}

static int add_source(struct join *join, const char *path)
{
	char *file = NULL;
	uint64_t run;
	int result = check_source(path, &file, &run, join->errors);

	if (!result)
		result = attach(join, file);
	if (!result) {
		result = database_run(&join->to, "BEGIN", join->errors) ||
					 copy_runs(join, run) ||
					 database_run(&join->to, "COMMIT",
						      join->errors) ?
				 -1 :
				 0;
		if (!result)
			result = database_run(&join->to, "DETACH source",
					      join->errors);
	}
	free(file);
	return result;
}

static int join_into(struct join *join, const char *const *databases, size_t nr)
{
	size_t i;

	if (database_run(&join->to, embedded_schema_sql, join->errors))
		return -1;
	for (i = 0; i < nr; i++)
		if (add_source(join, databases[i]))
			return -1;
	return database_run(&join->to, embedded_indexes_sql, join->errors);
}

int join_check_output(const char *const *databases, size_t nr,
		      const char *output, struct errors *errors)
{
	for (size_t i = 0; i < nr; i++) {
		uint64_t run;
		char *file = strndup(databases[i],
				     database_split_name(databases[i], &run));
		bool same = file && same_file(file, output);

		free(file);
		if (!file)
			return error_host(errors, "%s", databases[i]);
		if (same)
			return error_input(errors,
					   (struct place){ .file = output },
					   "is one of the runs to be joined: "
					   "give it another name");
	}
	return 0;
}

int join_databases(const char *const *databases, size_t nr, const char *output,
		   struct errors *errors)
{
	struct join join = { .errors = errors, .next_run = RUN_ID };
	struct output_file file = { .path = NULL };
	int result = join_check_output(databases, nr, output, errors) ||
				     output_file_claim(&file, output, errors) ?
			     -1 :
			     0;

	if (!result) {
		result = database_create(&join.to, output, errors);
		if (!result) {
			result = join_into(&join, databases, nr);
			database_close(&join.to);
		}
		if (result)
			output_file_discard(&file, errors);
		else
			output_file_keep(&file);
	}
	output_file_release(&file);
	return result;
}
