/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rows on their way out of a database.
 *
 *	table, view or query --> statement --> CSV: a line per row
 *	                                   --> JSON: an object per row
 *
 * Rules:
 *
 * - CSV is that of RFC 4180, with lines that end in a newline alone: a head of
 *   column names; what holds a comma, a quote or a line's end is quoted. NULL
 *   is empty, and an empty text is "", so that the two can be told apart.
 * - JSON is an array with an object for each row, on a line of its own, so that
 *   it can be read line by line, too. Integers are written in full, all 64
 *   bits.
 * - Numbers with a point are written with as many digits as bring the same
 *   value back, bytes (BLOB) as hexadecimal digits.
 * - A query may only read: the database stays what the run has left.
 */

#include "results/database/export.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/database/database.h"
#include "results/text/json.h"
#include "sim/base/host.h"

#include "embedded/schema.sql.h"

#define TABLES                                                                 \
	"SELECT name, type FROM sqlite_master WHERE type IN ('table', 'view')" \
	" AND name NOT GLOB 'sqlite_*' ORDER BY type, rowid"

const char *const export_format_names[NR_EXPORT_FORMATS] = {
	[EXPORT_CSV] = "csv",
	[EXPORT_JSON] = "json",
};

/* ---- values -------------------------------------------------------------- */

static void add_hex(struct text *out, const unsigned char *bytes, int nr)
{
	for (int i = 0; i < nr; i++)
		text_add(out, "%02x", bytes[i]);
}

static void add_real(struct text *out, double value)
{
	char digits[32];

	for (int precision = 15; precision <= 17; precision++) {
		snprintf(digits, sizeof digits, "%.*g", precision, value);
		if (strtod(digits, NULL) == value)
			break;
	}
	text_add(out, "%s", digits);
}

/* What both formats write alike; false: text, or nothing at all. */
static bool add_number(struct text *out, sqlite3_stmt *row, int column)
{
	switch (sqlite3_column_type(row, column)) {
	case SQLITE_INTEGER:
		text_add(out, "%" PRId64,
			 (int64_t)sqlite3_column_int64(row, column));
		return true;
	case SQLITE_FLOAT:
		if (!isfinite(sqlite3_column_double(row, column)))
			return false;
		add_real(out, sqlite3_column_double(row, column));
		return true;
	default:
		return false;
	}
}

static void add_csv_value(struct text *out, sqlite3_stmt *row, int column)
{
	if (add_number(out, row, column) ||
	    sqlite3_column_type(row, column) == SQLITE_NULL)
		return;
	if (sqlite3_column_type(row, column) == SQLITE_BLOB)
		add_hex(out, sqlite3_column_blob(row, column),
			sqlite3_column_bytes(row, column));
	else
		text_add_csv(out, column_text(row, column));
}

static void add_json_value(struct text *out, sqlite3_stmt *row, int column)
{
	if (add_number(out, row, column))
		return;
	switch (sqlite3_column_type(row, column)) {
	case SQLITE_BLOB:
		text_add(out, "\"");
		add_hex(out, sqlite3_column_blob(row, column),
			sqlite3_column_bytes(row, column));
		text_add(out, "\"");
		break;
	case SQLITE_TEXT:
		json_add_quoted(out, column_text(row, column));
		break;
	default:
		text_add(out, "null");
	}
}

/* ---- rows ---------------------------------------------------------------- */

static void add_csv_head(struct text *out, sqlite3_stmt *row)
{
	for (int i = 0; i < sqlite3_column_count(row); i++) {
		text_add(out, "%s", i ? "," : "");
		text_add_csv(out, sqlite3_column_name(row, i));
	}
	text_add(out, "\n");
}

static void add_csv_row(struct text *out, sqlite3_stmt *row)
{
	for (int i = 0; i < sqlite3_column_count(row); i++) {
		if (i)
			text_add_bytes(out, ",", 1);
		add_csv_value(out, row, i);
	}
	text_add_bytes(out, "\n", 1);
}

static void add_json_row(struct text *out, sqlite3_stmt *row, bool first)
{
	text_add(out, "%s{", first ? "" : ",\n");
	for (int i = 0; i < sqlite3_column_count(row); i++) {
		if (i)
			text_add_bytes(out, ", ", 2);
		json_add_quoted(out, sqlite3_column_name(row, i));
		text_add_bytes(out, ": ", 2);
		add_json_value(out, row, i);
	}
	text_add_bytes(out, "}", 1);
}

/* Hands over what has been written so far; -1 with an error added. */
static int hand_over(struct text *out, FILE *to, struct errors *errors)
{
	if (out->failed)
		return error_host(errors, "no memory for a row");
	if (out->length && fwrite(out->s, 1, out->length, to) != out->length)
		return error_host(errors, "can't write the rows");
	out->length = 0;
	return 0;
}

static int write_rows(const struct database *database, sqlite3_stmt *row,
		      enum export_format format, FILE *to,
		      struct errors *errors)
{
	struct text out = TEXT_EMPTY;
	bool csv = format == EXPORT_CSV;
	bool first = true;
	int got = 0;

	if (csv)
		add_csv_head(&out, row);
	else
		text_add(&out, "[\n");
	while (!hand_over(&out, to, errors) &&
	       (got = database_step(database, row, errors)) > 0) {
		if (csv)
			add_csv_row(&out, row);
		else
			add_json_row(&out, row, first);
		first = false;
	}
	if (!csv && !got)
		text_add(&out, "%s]\n", first ? "" : "\n");
	if (!got)
		hand_over(&out, to, errors);
	text_release(&out);
	return errors->nr ? -1 : 0;
}

/* A query may look at rows for hours before it has one to write. */
#define STEPS_BETWEEN_LOOKS 100000

static int is_interrupted(void *interrupted)
{
	return *(const volatile int *)interrupted;
}

static void listen_for_stop(const struct database *database,
			    const volatile int *interrupted)
{
	if (interrupted)
		sqlite3_progress_handler(database->db, STEPS_BETWEEN_LOOKS,
					 is_interrupted, (void *)interrupted);
}

/* ---- what is asked for --------------------------------------------------- */

static void add_table(struct text *out, sqlite3_stmt *row,
		      const struct database *database, struct errors *errors)
{
	struct text sql = TEXT_EMPTY;
	sqlite3_stmt *count = NULL;

	text_add(&sql, "SELECT count(*) FROM \"%s\"", column_text(row, 0));
	if (sql.failed)
		error_host(errors, "no memory for the list of tables");
	else
		count = database_prepare(database, sql.s, errors);
	if (count && database_step(database, count, errors) > 0)
		text_add(out, "%-20s %-6s %10" PRId64 "\n", column_text(row, 0),
			 column_text(row, 1),
			 (int64_t)sqlite3_column_int64(count, 0));
	sqlite3_finalize(count);
	text_release(&sql);
}

int export_list(const char *path, struct text *out, struct errors *errors)
{
	struct database database;
	sqlite3_stmt *row;

	if (database_open(&database, path, errors))
		return -1;
	row = database_prepare(&database, TABLES, errors);
	text_add(out, "%-20s %-6s %10s\n", "name", "kind", "rows");
	while (row && database_step(&database, row, errors) > 0)
		add_table(out, row, &database, errors);
	sqlite3_finalize(row);
	database_close(&database);
	if (out->failed)
		error_host(errors, "no memory for the list of tables");
	return errors->nr ? -1 : 0;
}

#define TABLES_MAX 128

/* Adds the error that there is no such table, with the nearest that is. */
static int no_table(const struct database *database, const char *table,
		    struct errors *errors)
{
	struct place place = { .file = database->path };
	char *names[TABLES_MAX];
	struct text hint = TEXT_EMPTY;
	size_t nr = 0;
	sqlite3_stmt *row = database_prepare(database, TABLES, errors);

	while (row && nr < TABLES_MAX &&
	       database_step(database, row, errors) > 0) {
		names[nr] = strdup(column_text(row, 0));
		nr += names[nr] != NULL;
	}
	sqlite3_finalize(row);
	text_add_near(&hint, nearest_match(table, strlen(table),
					   (const char *const *)names, nr));
	if (!hint.s)
		text_add(&hint, "; --table list names those that there are");
	error_input(errors, place, "there is no table or view \"%s\"%s", table,
		    hint.s ? hint.s : "");
	text_release(&hint);
	while (nr)
		free(names[--nr]);
	return -1;
}

/* 1: it is there; 0: not; -1 with an error added. */
static int has_table(const struct database *database, const char *table,
		     struct errors *errors)
{
	sqlite3_stmt *row = database_prepare(
		database, "SELECT 1 FROM (" TABLES ") WHERE name = ?1", errors);
	int got;

	if (!row)
		return -1;
	sqlite3_bind_text(row, 1, table, -1, SQLITE_STATIC);
	got = database_step(database, row, errors);
	sqlite3_finalize(row);
	return got;
}

static sqlite3_stmt *prepare_table(const struct database *database,
				   const char *table, struct errors *errors)
{
	struct text sql = TEXT_EMPTY;
	sqlite3_stmt *row = NULL;
	int there = has_table(database, table, errors);

	if (there < 0)
		return NULL;
	if (!there) {
		no_table(database, table, errors);
		return NULL;
	}
	text_add(&sql, "SELECT * FROM \"%s\"", table);
	if (sql.failed)
		error_host(errors, "no memory for a query");
	else
		row = database_prepare(database, sql.s, errors);
	text_release(&sql);
	return row;
}

/* Is there more than blanks, comments and semicolons? */
static bool is_more(const struct database *database, const char *sql)
{
	sqlite3_stmt *next = NULL;
	bool more = sqlite3_prepare_v2(database->db, sql, -1, &next, NULL) !=
			    SQLITE_OK ||
		    next;

	sqlite3_finalize(next);
	return more;
}

static sqlite3_stmt *prepare_query(const struct database *database,
				   const struct export_options *options,
				   struct errors *errors)
{
	struct place place = { .file = options->query_file };
	sqlite3_stmt *row = NULL;
	const char *rest = "";

	if (sqlite3_prepare_v2(database->db, options->query, -1, &row, &rest) !=
	    SQLITE_OK) {
		error_input(errors, place, "%s", sqlite3_errmsg(database->db));
		return NULL;
	}
	if (!row)
		error_input(errors, place, "there is no query");
	else if (!sqlite3_stmt_readonly(row) || !sqlite3_column_count(row))
		error_input(errors, place, "a query only reads: SELECT …");
	else if (is_more(database, rest))
		error_input(errors, place, "one query at a time");
	if (!errors->nr)
		return row;
	sqlite3_finalize(row);
	return NULL;
}

enum export_result export_rows(const struct export_options *options, FILE *to,
			       struct errors *errors)
{
	enum export_result result = EXPORT_REFUSED;
	struct database database;
	sqlite3_stmt *row;

	if (database_open(&database, options->database, errors))
		return EXPORT_FAILED;
	listen_for_stop(&database, options->interrupted);
	row = options->table ?
		      prepare_table(&database, options->table, errors) :
		      prepare_query(&database, options, errors);
	if (row)
		result =
			write_rows(&database, row, options->format, to, errors);
	sqlite3_finalize(row);
	database_close(&database);
	return result;
}

int export_each_table(void (*tell)(const char *name, void *argument),
		      void *argument, struct errors *errors)
{
	struct database database;
	sqlite3_stmt *row = NULL;
	int got = -1;

	if (database_create(&database, NULL, errors))
		return -1;
	if (!database_run(&database, embedded_schema_sql, errors))
		row = database_prepare(&database, TABLES, errors);
	while (row && (got = database_step(&database, row, errors)) > 0)
		tell(column_text(row, 0), argument);
	sqlite3_finalize(row);
	database_close(&database);
	return got;
}
