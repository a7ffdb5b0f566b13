/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rows are collected and written 16 at a time by one prepared statement: the
 * cost of a step is then shared by 16 rows, which takes a third off the cost of
 * a row. What is left at a flush is written row by row.
 *
 * The statements are prepared when the first row needs them: most tables get
 * none, and to prepare one of 16 rows takes as long as to write them.
 *
 * Rows of tables that get millions of them go through
 * results/record/staged_rows.c instead, while there is room.
 *
 * SQLite is told that texts and blobs stay where they are (SQLITE_STATIC), so
 * they must live until the flush; ours are names, constants or the recorder's
 * own.
 */

#include "results/record/rows.h"

#include "sim/base/text.h"

static void add_row_of_marks(struct text *sql, unsigned int nr_columns)
{
	unsigned int column;

	for (column = 0; column < nr_columns; column++)
		text_add(sql, column ? ",?" : "(?");
	text_add(sql, ")");
}

static sqlite3_stmt *prepare_rows(const struct database *database,
				  const char *table, unsigned int nr_columns,
				  unsigned int nr_rows, struct errors *errors)
{
	struct text sql = TEXT_EMPTY;
	sqlite3_stmt *statement = NULL;
	unsigned int row;

	text_add(&sql, "INSERT INTO %s VALUES ", table);
	for (row = 0; row < nr_rows; row++) {
		text_add(&sql, row ? "," : "");
		add_row_of_marks(&sql, nr_columns);
	}
	if (sql.failed)
		error_host(errors, "%s", table);
	else
		statement = database_prepare(database, sql.s, errors);
	text_release(&sql);
	return statement;
}

static int count_columns(const struct database *database, const char *table,
			 struct errors *errors)
{
	struct text sql = TEXT_EMPTY;
	sqlite3_stmt *statement = NULL;
	int nr = -1;

	text_add(&sql, "SELECT * FROM %s", table);
	if (sql.failed)
		error_host(errors, "%s", table);
	else
		statement = database_prepare(database, sql.s, errors);
	text_release(&sql);
	if (statement)
		nr = sqlite3_column_count(statement);
	sqlite3_finalize(statement);
	return nr;
}

int rows_init(struct rows *rows, const struct database *database,
	      const char *table, struct errors *errors)
{
	int nr_columns = count_columns(database, table, errors);

	rows->database = database;
	rows->table = table;
	rows->many = NULL;
	rows->one = NULL;
	rows->staged = NULL;
	rows->nr = 0;
	rows->written = 0;
	rows->stage_from = 0;
	if (nr_columns < 0)
		return -1;
	rows->nr_columns = (unsigned int)nr_columns;
	return 0;
}

static int bind_row(sqlite3_stmt *statement, int first,
		    const struct value *value, unsigned int nr_columns)
{
	unsigned int column;
	int result = SQLITE_OK;

	for (column = 0; column < nr_columns && result == SQLITE_OK;
	     column++, value++) {
		int at = first + (int)column;

		switch (value->kind) {
		case VALUE_NULL:
			result = sqlite3_bind_null(statement, at);
			break;
		case VALUE_INT:
			result = sqlite3_bind_int64(statement, at,
						    value->number);
			break;
		case VALUE_TEXT:
			result = sqlite3_bind_text(statement, at, value->text,
						   -1, SQLITE_STATIC);
			break;
		case VALUE_BLOB:
			result = sqlite3_bind_blob(statement, at, value->blob,
						   (int)value->length,
						   SQLITE_STATIC);
			break;
		}
	}
	return result;
}

/* `nr` rows, one or ROWS_BATCH, from `first` on. */
static int write_rows(struct rows *rows, unsigned int first, unsigned int nr,
		      struct errors *errors)
{
	sqlite3_stmt **prepared = nr == 1 ? &rows->one : &rows->many;
	sqlite3_stmt *statement = *prepared;
	unsigned int row;

	if (!statement)
		statement = *prepared =
			prepare_rows(rows->database, rows->table,
				     rows->nr_columns, nr, errors);
	if (!statement)
		return -1;
	for (row = 0; row < nr; row++)
		if (bind_row(statement, (int)(row * rows->nr_columns) + 1,
			     rows->value[first + row],
			     rows->nr_columns) != SQLITE_OK)
			return database_error(rows->database, errors);
	sqlite3_step(statement);
	if (sqlite3_reset(statement) != SQLITE_OK)
		return database_error(rows->database, errors);
	return 0;
}

/* How many of the rows were taken; those behind must not overtake them. */
static int stage_rows(struct rows *rows, unsigned int nr, unsigned int *taken,
		      struct errors *errors)
{
	*taken = 0;
	while (*taken < nr && staged_rows_add(rows->staged, rows->value[*taken],
					      rows->nr_columns))
		++*taken;
	return *taken < nr ? staged_rows_move(rows->staged, errors) : 0;
}

/* From here on they take the short cut. */
static int begin_staging(struct rows *rows, struct errors *errors)
{
	rows->staged = staged_rows_new(rows->database, rows->table, errors);
	return rows->staged ? 0 : -1;
}

/* What waits leaves its place: where the texts are need not be kept. */
static int empty(struct rows *rows, struct errors *errors)
{
	unsigned int nr = rows->nr;
	unsigned int row = 0;

	/* Emptied in any case: rows that failed once would fail again. */
	rows->nr = 0;
	if (rows->stage_from && !rows->staged &&
	    rows->written >= rows->stage_from && begin_staging(rows, errors))
		return -1;
	if (rows->staged && stage_rows(rows, nr, &row, errors))
		return -1;
	if (nr - row == ROWS_BATCH)
		return write_rows(rows, 0, nr, errors);
	for (; row < nr; row++)
		if (write_rows(rows, row, 1, errors))
			return -1;
	return 0;
}

int rows_flush(struct rows *rows, struct errors *errors)
{
	if (empty(rows, errors))
		return -1;
	return rows->staged ? staged_rows_move(rows->staged, errors) : 0;
}

void rows_stage_from(struct rows *rows, uint64_t nr)
{
	rows->stage_from = nr;
}

int rows_committed(struct rows *rows, struct errors *errors)
{
	return rows->staged ? staged_rows_committed(rows->staged, errors) : 0;
}

bool rows_are_many(const struct rows *rows)
{
	return rows->staged && staged_rows_are_many(rows->staged);
}

struct value *rows_add(struct rows *rows, struct errors *errors)
{
	if (rows->nr == ROWS_BATCH && empty(rows, errors))
		return NULL;
	rows->written++;
	return rows->value[rows->nr++];
}

int rows_put(struct rows *rows, const struct value *value,
	     struct errors *errors)
{
	rows->written++;
	if (rows->staged && rows->nr == 0 &&
	    staged_rows_add(rows->staged, value, rows->nr_columns))
		return 0;
	memcpy(rows->value[rows->nr++], value,
	       rows->nr_columns * sizeof(*value));
	return rows->nr == ROWS_BATCH ? empty(rows, errors) : 0;
}

void rows_release(struct rows *rows)
{
	sqlite3_finalize(rows->many);
	sqlite3_finalize(rows->one);
	staged_rows_free(rows->staged);
	rows->staged = NULL;
	rows->many = NULL;
	rows->one = NULL;
}
