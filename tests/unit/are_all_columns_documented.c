/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Does docs/database.md explain every column of every table, under a heading
 * that names the table, and every view and its columns?
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <sqlite3.h>

#include "embedded/schema.sql.h"
#include "sim/base/text.h"

#define PAGE "docs/database.md"

static char *page;

/* Explained once for all tables: the page's head, and table sample. */
static bool is_common(const char *column)
{
	static const char *const common[] = { "run_id", "label", "t_ns",
					      "sample" };

	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++)
		if (!strcmp(column, common[i]))
			return true;
	return false;
}

/* Is `name` a word of the heading "## machine, node"? */
static bool heading_names(const char *heading, const char *name)
{
	const char *end = strchr(heading, '\n');
	size_t length = strlen(name);

	for (const char *at = heading; at < end; at += strcspn(at, ", \n") + 1)
		if (!strncmp(at, name, length) && strchr(", \n", at[length]))
			return true;
	return false;
}

/* The section's text, to the next heading; the caller frees it. */
static char *section_of(const char *name)
{
	const char *start = page;
	const char *end;

	while ((start = strstr(start, "\n## "))) {
		start += strlen("\n## ");
		if (!heading_names(start, name))
			continue;
		end = strstr(start, "\n## ");
		return strndup(start,
			       end ? (size_t)(end - start) : strlen(start));
	}
	return NULL;
}

static bool explains(const char *section, const char *column)
{
	struct text quoted = TEXT_EMPTY;
	bool found;

	text_add(&quoted, "`%s`", column);
	found = strstr(section, quoted.s);
	text_release(&quoted);
	return found;
}

static sqlite3_stmt *prepare(sqlite3 *db, const char *sql, const char *name)
{
	sqlite3_stmt *statement = NULL;

	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL),
			 SQLITE_OK);
	sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
	return statement;
}

/* How many columns of it the section does not explain. */
static int count_missing(sqlite3 *db, const char *name, const char *section)
{
	sqlite3_stmt *row =
		prepare(db, "SELECT name FROM pragma_table_info(?1)", name);
	int missing = 0;

	while (sqlite3_step(row) == SQLITE_ROW) {
		const char *column = (const char *)sqlite3_column_text(row, 0);

		if (is_common(column) || explains(section, column))
			continue;
		print_message("%s.%s is not in " PAGE "\n", name, column);
		missing++;
	}
	sqlite3_finalize(row);
	return missing;
}

static void expect_all_of(const char *type, const char *one_section)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *row;
	int missing = 0, nr = 0;

	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, embedded_schema_sql, NULL, NULL,
				      NULL),
			 SQLITE_OK);
	row = prepare(db, "SELECT name FROM sqlite_master WHERE type = ?1",
		      type);
	while (sqlite3_step(row) == SQLITE_ROW) {
		const char *name = (const char *)sqlite3_column_text(row, 0);
		char *section = section_of(one_section ? one_section : name);

		if (!section)
			fail_msg("no heading of " PAGE " names %s", name);
		if (one_section && !explains(section, name))
			fail_msg("the view %s is not in " PAGE, name);
		missing += count_missing(db, name, section);
		nr++;
		free(section);
	}
	sqlite3_finalize(row);
	sqlite3_close(db);
	assert_true(nr > 0);
	assert_int_equal(missing, 0);
}

static void every_table(void **state)
{
	(void)state;
	expect_all_of("table", NULL);
}

static void every_view(void **state)
{
	(void)state;
	expect_all_of("view", "Views");
}

static int read_page(void **state)
{
	static const size_t size = 1 << 20;
	FILE *file = fopen(PAGE, "r");
	size_t length;

	(void)state;
	if (!file) {
		print_message(PAGE " can't be read: is this the root of the "
				   "tree?\n");
		return -1;
	}
	page = calloc(1, size);
	length = page ? fread(page, 1, size - 1, file) : 0;
	fclose(file);
	return length ? 0 : -1;
}

static int forget_page(void **state)
{
	(void)state;
	free(page);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_table),
		cmocka_unit_test(every_view),
	};

	return cmocka_run_group_tests(tests, read_page, forget_page);
}
