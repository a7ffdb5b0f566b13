/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Do rows arrive as they were, whichever way they take? Each test writes the
 * same rows into two tables: value by value, and by
 * results/record/staged_rows.c.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "results/record/rows.h"

#define TABLES                                                                 \
	"CREATE TABLE plain (n INTEGER NOT NULL, a, b TEXT);"                  \
	"CREATE TABLE short_way (n INTEGER NOT NULL, a, b TEXT);"

struct two_ways {
	struct database database;
	struct rows plain;
	struct rows staged;
	struct errors errors;
	uint64_t nr;
};

static int setup(void **state)
{
	struct two_ways *ways = calloc(1, sizeof(*ways));

	assert_non_null(ways);
	assert_int_equal(database_create(&ways->database, NULL, &ways->errors),
			 0);
	assert_int_equal(database_run(&ways->database, TABLES "BEGIN",
				      &ways->errors),
			 0);
	assert_int_equal(rows_init(&ways->plain, &ways->database, "plain",
				   &ways->errors),
			 0);
	assert_int_equal(rows_init(&ways->staged, &ways->database, "short_way",
				   &ways->errors),
			 0);
	rows_stage_from(&ways->staged, 1);
	*state = ways;
	return 0;
}

static int teardown(void **state)
{
	struct two_ways *ways = *state;

	rows_release(&ways->plain);
	rows_release(&ways->staged);
	database_close(&ways->database);
	errors_release(&ways->errors);
	free(ways);
	return 0;
}

static void add_to(struct two_ways *ways, struct rows *rows, struct value a,
		   const char *b)
{
	struct value *value = rows_add(rows, &ways->errors);

	assert_non_null(value);
	value[0] = value_int(ways->nr);
	value[1] = a;
	value[2] = value_text(b);
}

/* Texts are the test's to keep until the next flush(). */
static void add(struct two_ways *ways, struct value a, const char *b)
{
	ways->nr++;
	add_to(ways, &ways->plain, a, b);
	add_to(ways, &ways->staged, a, b);
}

static void flush(struct two_ways *ways)
{
	assert_int_equal(rows_flush(&ways->plain, &ways->errors), 0);
	assert_int_equal(rows_flush(&ways->staged, &ways->errors), 0);
}

static void commit(struct two_ways *ways)
{
	flush(ways);
	assert_int_equal(database_run(&ways->database, "COMMIT", &ways->errors),
			 0);
	assert_int_equal(rows_committed(&ways->staged, &ways->errors), 0);
	assert_int_equal(database_run(&ways->database, "BEGIN", &ways->errors),
			 0);
}

static int64_t count(struct two_ways *ways, const char *sql)
{
	sqlite3_stmt *statement =
		database_prepare(&ways->database, sql, &ways->errors);
	int64_t nr;

	assert_non_null(statement);
	assert_int_equal(
		database_step(&ways->database, statement, &ways->errors), 1);
	nr = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return nr;
}

static void expect_the_same(struct two_ways *ways)
{
	assert_int_equal(count(ways, "SELECT count(*) FROM short_way"),
			 ways->nr);
	assert_int_equal(count(ways,
			       "SELECT count(*) FROM plain JOIN short_way"
			       " ON plain.rowid = short_way.rowid"
			       " WHERE plain.n IS short_way.n"
			       " AND plain.a IS short_way.a"
			       " AND typeof(plain.a) = typeof(short_way.a)"
			       " AND plain.b IS short_way.b"),
			 ways->nr);
	assert_int_equal(count(ways, "SELECT integrity_check = 'ok'"
				     " FROM pragma_integrity_check"),
			 1);
}

/* Expect: both sides of each length that an integer can have. */
static void integers_of_all_lengths(void **state)
{
	struct two_ways *ways = *state;

	for (unsigned int bit = 0; bit < 64; bit++)
		for (uint64_t more = 0; more < 3; more++) {
			uint64_t number = ((uint64_t)1 << bit) + more - 1;

			add(ways, value_int(number), NULL);
			add(ways, value_int(-number), NULL);
		}
	commit(ways);
	expect_the_same(ways);
}

/* Expect: empty, other than ASCII, and too long for the short way. */
static void texts_of_all_lengths(void **state)
{
	static const size_t lengths[] = { 0,	1,     57,    58,    1000, 8185,
					  8186, 16000, 16384, 16385, 70000 };
	struct two_ways *ways = *state;

	add(ways, value_text("Größe"), "");
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		char *text = calloc(1, lengths[i] + 1);

		assert_non_null(text);
		memset(text, 'x', lengths[i]);
		add(ways, value_text(text), "y");
		add(ways, value_null(), text);
		flush(ways);
		free(text);
	}
	commit(ways);
	expect_the_same(ways);
}

/* Expect: a table of a single page. */
static void a_single_row(void **state)
{
	struct two_ways *ways = *state;

	add(ways, value_int(7), "seven");
	commit(ways);
	expect_the_same(ways);
	assert_int_equal(count(ways, "SELECT a FROM short_way"), 7);
}

/* Expect: nothing to move is nothing to do. */
static void no_row_at_all(void **state)
{
	struct two_ways *ways = *state;

	commit(ways);
	commit(ways);
	expect_the_same(ways);
}

/* Expect: many pages, commit after commit. */
static void many_rows(void **state)
{
	struct two_ways *ways = *state;

	for (unsigned int turn = 0; turn < 3; turn++) {
		for (unsigned int i = 0; i < 30000; i++)
			add(ways, value_int(i * 2654435761u), "kmalloc-1k");
		commit(ways);
	}
	expect_the_same(ways);
}

/*
 * Expect: where nobody commits, there is no room for all; but no row is lost,
 * and none comes before one that was written earlier.
 */
static void more_than_there_is_room_for(void **state)
{
	static char text[1001];
	struct two_ways *ways = *state;

	memset(text, 'x', sizeof(text) - 1);
	assert_false(rows_are_many(&ways->staged));
	for (unsigned int i = 0; i < 7000; i++)
		add(ways, value_int(i), text);
	assert_true(rows_are_many(&ways->staged));
	for (unsigned int i = 0; i < 3000; i++)
		add(ways, value_int(i), text);
	/* They have been moved: what is left to do is the commit. */
	assert_false(rows_are_many(&ways->staged));
	commit(ways);
	expect_the_same(ways);
	for (unsigned int i = 0; i < 100; i++)
		add(ways, value_int(i), text);
	commit(ways);
	expect_the_same(ways);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		TEST(integers_of_all_lengths),
		TEST(texts_of_all_lengths),
		TEST(a_single_row),
		TEST(no_row_at_all),
		TEST(many_rows),
		TEST(more_than_there_is_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
