/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Does docs/gfp.md say of each flag and each rule what the program's tables
 * say: all of them, no others, in the same order?
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/gfp.h"
#include "sim/rules/rules.h"

#define PAGE "docs/gfp.md"
#define CELLS 5
#define CELL_MAX 512

struct row {
	char cell[CELLS][CELL_MAX];
};

/* The cell's text without blanks around it, backquotes and escapes. */
static void trim(char *to, const char *from, size_t length)
{
	size_t used = 0;

	while (length && *from == ' ')
		from++, length--;
	while (length && from[length - 1] == ' ')
		length--;
	for (; length && used < CELL_MAX - 1; from++, length--)
		if (*from != '`' && !(*from == '\\' && from[1] == '|'))
			to[used++] = *from;
	to[used] = '\0';
}

/* Takes a line of a table apart; how many cells it has. */
static int split(const char *line, struct row *row)
{
	int nr = 0;

	if (*line++ != '|')
		return 0;
	while (*line && *line != '\n') {
		const char *end = line;

		while (*end && (*end != '|' || end[-1] == '\\'))
			end++;
		if (*end != '|')
			break;
		if (nr < CELLS)
			trim(row->cell[nr], line, (size_t)(end - line));
		nr++;
		line = end + 1;
	}
	return nr;
}

/*
 * The rows of the table whose heading's first cell is `first`. `max` are
 * looked at, and one more must not be there.
 */
static size_t read_table(const char *first, struct row *rows, size_t max)
{
	static const size_t line_max = 8192;
	char *line = malloc(line_max);
	FILE *page = fopen(PAGE, "r");
	struct row heading;
	bool inside = false;
	size_t nr = 0;

	if (!page)
		fail_msg("%s can't be read: is this the root of the tree?",
			 PAGE);
	assert_non_null(line);
	while (fgets(line, (int)line_max, page)) {
		struct row *row = inside && nr < max ? &rows[nr] : &heading;
		int cells = split(line, row);

		if (inside && cells < 4)
			break;
		if (inside && strncmp(line, "| ---", 5) != 0)
			nr++;
		inside |= cells >= 4 && strcmp(row->cell[0], first) == 0;
	}
	fclose(page);
	free(line);
	return nr;
}

static void version_text(uint32_t version, char text[16])
{
	if (!version)
		snprintf(text, 16, "-");
	else if (version >> 24 < 3)
		snprintf(text, 16, "%u.%u.%u", version >> 24,
			 version >> 16 & 0xff, version >> 8 & 0xff);
	else
		snprintf(text, 16, "%u.%u", version >> 24,
			 version >> 16 & 0xff);
}

static void flags_are_documented(void **state)
{
	struct row *rows = calloc(NR_GFP_NAMES + 1, sizeof(*rows));
	size_t nr;

	(void)state;
	assert_non_null(rows);
	nr = read_table("name", rows, NR_GFP_NAMES + 1);
	for (size_t i = 0; i < nr && i < NR_GFP_NAMES; i++) {
		const struct gfp_name *name = &gfp_names[i];
		char since[16], until[16];

		version_text(name->since, since);
		version_text(name->until, until);
		assert_string_equal(rows[i].cell[0], name->name);
		assert_true(strlen(rows[i].cell[1]) > 0);
		assert_string_equal(rows[i].cell[2], since);
		assert_string_equal(rows[i].cell[3], until);
		assert_string_equal(rows[i].cell[4],
				    name->became ? name->became : "-");
	}
	assert_int_equal(nr, NR_GFP_NAMES);
	free(rows);
}

static void rules_are_documented(void **state)
{
	struct row *rows = calloc(NR_RULES + 1, sizeof(*rows));
	size_t nr;

	(void)state;
	assert_non_null(rows);
	nr = read_table("rule", rows, NR_RULES + 1);
	for (size_t i = 0; i < nr && i < NR_RULES; i++) {
		assert_string_equal(rows[i].cell[0], rule_table[i].id);
		assert_string_equal(rows[i].cell[2],
				    rule_effect_names[rule_table[i].effect]);
	}
	assert_int_equal(nr, NR_RULES);
	free(rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flags_are_documented),
		cmocka_unit_test(rules_are_documented),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
