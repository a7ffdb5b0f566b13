/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Texts become numbers, words their nearest match, names small numbers, and
 * messages what a terminal can show.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "sim/base/error.h"
#include "sim/base/numbers.h"
#include "sim/base/text.h"

struct reading {
	const char *text;
	bool fine;
	uint64_t value;
};

typedef bool parse_fn(const char *s, size_t length, uint64_t *value);

static void expect_readings(parse_fn *parse, const struct reading *readings,
			    size_t nr)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		const struct reading *reading = &readings[i];
		uint64_t value = 77;

		if (parse(reading->text, strlen(reading->text), &value) !=
		    reading->fine)
			fail_msg("\"%s\"", reading->text);
		assert_int_equal(value, reading->fine ? reading->value : 77);
	}
}

/* Expect: the whole text counts, and what does not fit is no number. */
static void whole_numbers(void **state)
{
	static const struct reading readings[] = {
		{ "0", true, 0 },
		{ "18446744073709551615", true, UINT64_MAX },
		{ "18446744073709551616", false, 0 },
		{ "0x1F", true, 31 },
		{ "0xffffffffffffffff", true, UINT64_MAX },
		{ "0x10000000000000000", false, 0 },
		{ "0x", false, 0 },
		{ "", false, 0 },
		{ "-1", false, 0 },
		{ "1 ", false, 0 },
		{ "1e3", false, 0 },
	};

	(void)state;
	expect_readings(parse_u64, readings, LENGTH(readings));
}

/* Expect: binary units only, fractions where they are whole bytes. */
static void sizes(void **state)
{
	static const struct reading readings[] = {
		{ "100", true, 100 },
		{ "100B", true, 100 },
		{ "4KiB", true, 4096 },
		{ "1.5GiB", true, UINT64_C(3) << 29 },
		{ "0.5KiB", true, 512 },
		{ "1.50B", false, 0 },
		{ "2.000B", true, 2 },
		{ "16777215TiB", true, UINT64_C(16777215) << 40 },
		{ "16777216TiB", false, 0 },
		{ "16777215.9999999999990905052982270717620849609375TiB", false,
		  0 },
		{ "4KB", false, 0 },
		{ "4kib", false, 0 },
		{ "4 KiB", false, 0 },
		{ "KiB", false, 0 },
		{ "1.KiB", false, 0 },
		{ "10ms", false, 0 },
	};

	(void)state;
	expect_readings(parse_size, readings, LENGTH(readings));
}

/* Expect: nanoseconds; less than one is nothing that can be meant. */
static void times(void **state)
{
	static const struct reading readings[] = {
		{ "0", true, 0 },
		{ "12", true, 12 },
		{ "10us", true, 10000 },
		{ "1.5ms", true, 1500000 },
		{ "2s", true, 2000000000 },
		{ "0.000000001s", true, 1 },
		{ "0.0000000001s", false, 0 },
		{ "0.3ns", false, 0 },
		{ "4611686018427387904", true, UINT64_C(1) << 62 },
		{ "4611686018427387905", false, 0 },
		{ "4611686018s", true, UINT64_C(4611686018000000000) },
		{ "4611686019s", false, 0 },
		{ "18446744074s", false, 0 },
		{ "1m", false, 0 },
	};

	(void)state;
	expect_readings(parse_time, readings, LENGTH(readings));
}

static void expect_nearest(const char *word, const char *wanted)
{
	static const char *const words[] = {
		"order",
		"cpu",
		"GFP_KERNEL",
		"GFP_ATOMIC",
		"size",
		"atomic_long_inc_return",
		"atomic_long_read",
	};
	const char *near =
		nearest_match(word, strlen(word), words, LENGTH(words));

	if (!wanted)
		assert_null(near);
	else
		assert_string_equal(near ? near : "none", wanted);
}

/* Expect: slips of the keyboard are understood, other words are not. */
static void nearest_words(void **state)
{
	(void)state;
	expect_nearest("ordre", "order");
	expect_nearest("GFP_KERNAL", "GFP_KERNEL");
	expect_nearest("gfp_atomic", "GFP_ATOMIC");
	expect_nearest("cpus", "cpu");
	expect_nearest("sise", "size");
	expect_nearest("latency", NULL);
	/* The begin of a name: where it is long enough, and none is nearer. */
	expect_nearest("GFP_", "GFP_KERNEL");
	expect_nearest("GFP_A", "GFP_ATOMIC");
	expect_nearest("GFP", NULL);
	expect_nearest("atomic_long", "atomic_long_read");
	expect_nearest("orde", "order");
	expect_nearest("", NULL);
}

static void choices_read_as_a_sentence(void **state)
{
	static const char *const words[] = { "a", "b", "c" };
	struct text text = TEXT_EMPTY;

	(void)state;
	text_add_choices(&text, words, 3);
	assert_string_equal(text.s, "a, b or c");
	text_release(&text);
}

/* Expect: numbers in the order of first use, past the table's growth. */
static void names_are_numbered_in_order(void **state)
{
	struct names *names = names_new();
	char name[32];
	uint32_t i;

	(void)state;
	assert_non_null(names);
	for (i = 1; i <= 1000; i++) {
		snprintf(name, sizeof(name), "name-%u", i);
		assert_int_equal(names_intern(names, name, strlen(name)), i);
	}
	assert_int_equal(names_intern(names, "name-500", 8), 500);
	assert_int_equal(names_intern(names, "name-500", 7), 50);
	assert_string_equal(names_text(names, 1000), "name-1000");
	assert_int_equal(names_count(names), 1000);
	names_free(names);
}

/* Expect: one line, no control characters, no broken UTF-8; é stays é. */
static void messages_can_be_shown(void **state)
{
	struct errors errors = ERRORS_NONE;
	struct place place = { "a.yaml", 3, 7 };

	(void)state;
	assert_int_equal(error_input(&errors, place, "bad \"%s\"",
				     "x\n\x1b[31m\xff\xc3\xa9"),
			 -1);
	assert_string_equal(errors.text[0], "a.yaml:3:7: error: bad "
					    "\"x\\x0a\\x1b[31m\\xff\xc3\xa9\"");
	assert_false(errors.any_host);
	errors_release(&errors);
}

/* Expect: a long message is cut, and says so. */
static void messages_are_not_endless(void **state)
{
	struct errors errors = ERRORS_NONE;
	char large[5000];

	(void)state;
	memset(large, 'x', sizeof(large) - 1);
	large[sizeof(large) - 1] = '\0';
	error_input(&errors, (struct place){ "a", 1, 1 }, "%s", large);
	assert_true(strlen(errors.text[0]) < 2100);
	assert_non_null(strstr(errors.text[0], "x…"));
	errors_release(&errors);
}

/* Expect: the first hundred are kept, the rest are counted. */
static void errors_are_not_endless(void **state)
{
	struct errors errors = ERRORS_NONE;
	char printed[20000] = "";
	FILE *to = fmemopen(printed, sizeof(printed), "w");
	int i;

	(void)state;
	for (i = 0; i < ERRORS_MAX + 23; i++)
		error_input(&errors, (struct place){ "a", 1, 1 }, "no %d", i);
	errors_print(&errors, to);
	fclose(to);
	assert_int_equal(errors.nr, ERRORS_MAX + 23);
	assert_non_null(strstr(printed, "no 99\n"));
	assert_null(strstr(printed, "no 100\n"));
	assert_non_null(strstr(printed, "and 23 more"));
	errors_release(&errors);
}

/* Expect: the noun and its verb are of one where there is one, only then. */
static void one_or_many(void **state)
{
	static const char what[] = "page[s] that [was|were] moved;";
	struct text text = TEXT_EMPTY;

	(void)state;
	text_add_counted(&text, 0, 1, what);
	text_add_counted(&text, 3, 0, what);
	text_add_counted(&text, 3, 12, "pass[es], count[s|]");
	assert_string_equal(text.s, "1 page that was moved;"
				    "  0 pages that were moved;"
				    " 12 passes, count");
	text_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole_numbers),
		cmocka_unit_test(sizes),
		cmocka_unit_test(times),
		cmocka_unit_test(nearest_words),
		cmocka_unit_test(choices_read_as_a_sentence),
		cmocka_unit_test(one_or_many),
		cmocka_unit_test(names_are_numbered_in_order),
		cmocka_unit_test(messages_can_be_shown),
		cmocka_unit_test(messages_are_not_endless),
		cmocka_unit_test(errors_are_not_endless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
