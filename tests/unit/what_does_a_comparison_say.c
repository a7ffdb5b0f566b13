/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two runs side by side, and one run summed up, as text and as JSON.
 */

#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
#include <sqlite3.h>

#include "results/compare/compare.h"
#include "results/compare/comparison.h"
#include "results/compare/config_keys.h"
#include "results/text/json.h"
#include "results/summary/summary.h"
#include "results/text/table.h"
#include "tests/unit/recorded_paths.h"

static int nr_threads; /* that were begun */

/* Stands before libc's: counts. */
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
		   void *(*begin)(void *), void *argument)
{
	int (*real)(pthread_t *, const pthread_attr_t *, void *(*)(void *),
		    void *);

	*(void **)&real = dlsym(RTLD_NEXT, "pthread_create");
	assert_non_null(real);
	nr_threads++;
	return real(thread, attributes, begin, argument);
}

/* A run that asks for `nr` blocks of order 12, which no machine has. */
static void leave_run_and(size_t n, const char *config, unsigned int nr,
			  const char *label, struct run_data *data)
{
	struct recorder_options options =
		recorded_options(path[n], LOG_OPS_NONE);
	struct recorded_run run;

	options.config_name = n ? "second" : "first";
	options.config_text = config;
	assert_int_equal(recorded_begin(&run, &options), 0);
	recorded_alloc(&run, (order_t)(n ? 10 : 4), GFP_KERNEL, 100 + n);
	if (label)
		recorded_sample(&run, label);
	while (nr--)
		recorded_alloc(&run, 12, GFP_KERNEL, 7);
	assert_int_equal(recorded_end(&run, RUN_COMPLETE), 0);
	if (data)
		assert_int_equal(
			recorder_run_data(run.recorder, data, &run.errors), 0);
	recorded_release(&run);
}

static void leave_run(size_t n, const char *config, unsigned int nr,
		      const char *label)
{
	leave_run_and(n, config, nr, label, NULL);
}

static char *compare_ready(enum compare_format format, const char *label,
			   size_t at_once, const struct run_data *ready,
			   size_t nr_ready)
{
	struct compare_options options = {
		.databases = (const char *const *)path,
		.nr_databases = 2,
		.ready = ready,
		.nr_ready = nr_ready,
		.label = label,
		.format = format,
		.at_once = at_once,
	};
	struct compare_result result = { .nr_contestants = 0 };
	struct errors errors = ERRORS_NONE;
	struct text text = TEXT_EMPTY;

	assert_int_equal(compare_databases(&options, &text, &result, &errors),
			 0);
	assert_int_equal(result.verdicts.nr_crossed, 0);
	compare_result_release(&result);
	return text.s;
}

static char *compare_by(enum compare_format format, const char *label,
			size_t at_once)
{
	return compare_ready(format, label, at_once, NULL, 0);
}

static char *compare(enum compare_format format, const char *label)
{
	return compare_by(format, label, 0);
}

static void expect_line(const char *text, const char *line)
{
	if (!strstr(text, line))
		fail_msg("no line\n%s\nin\n%s", line, text);
}

/* The same for columns, however wide they are: blanks in a row are one. */
static void expect_row(const char *text, const char *row)
{
	char *squeezed = malloc(strlen(text) + 1), *to = squeezed;

	assert_non_null(squeezed);
	for (; *text; text++)
		if (*text != ' ' || text[1] != ' ')
			*to++ = *text;
	*to = '\0';
	expect_line(squeezed, row);
	free(squeezed);
}

static void numbers_with_their_differences(void **state)
{
	char *text;

	(void)state;
	leave_run(0, "name: x\nsysctl:\n  min: 1\n", 2, NULL);
	leave_run(1, "name: x\nsysctl:\n  min: 2\n", 5, NULL);
	text = compare(COMPARE_TEXT, NULL);
	expect_line(text, "   digest " RUN_DIGEST "\n");
	expect_line(text, "config      A  B\n"
			  "sysctl.min  1  2\n");
	expect_row(text, "\n failures 2 5 +3 +150 %\n"
			 " order 2 5 +3 +150 %\n"
			 " alloc_pages 2 5 +3 +150 %\n"
			 " order 12 2 5 +3 +150 %\n");
	expect_row(text, "\n latency_max 100 ns 101 ns +1 ns +1.0 %\n");
	expect_row(text, "\n requested 64.0 KiB 4.00 MiB +3.94 MiB +6300 %\n");
	expect_line(text, "Memory: at the sample \"end\".\n");
	free(text);
	text = compare(COMPARE_CSV, NULL);
	expect_line(text, "by-hand,failures,\"failures[order, alloc_pages, 12]"
			  "\",count,B,second,1,5,3,,,150,,\n");
	free(text);
}

/* Expect: what is equal is said to be, whatever else is not. */
static void numbers_that_are_the_same(void **state)
{
	char *text;

	(void)state;
	leave_run(0, "name: x\n", 2, NULL);
	leave_run(1, "name: x\n", 2, NULL);
	text = compare(COMPARE_TEXT, NULL);
	expect_row(text, "\n failures 2 2 = =\n");
	free(text);
}

static void configs_that_are_the_same(void **state)
{
	char *text;

	(void)state;
	leave_run(0, "name: x\n", 0, NULL);
	leave_run(1, "name: x\n", 0, NULL);
	text = compare(COMPARE_TEXT, NULL);
	expect_line(text, "The configs are the same.\n");
	free(text);
}

/* Expect: the state at the label asked for, in both. */
static void at_a_label(void **state)
{
	char *text;

	(void)state;
	leave_run(0, "name: x\n", 1, "filled");
	leave_run(1, "name: x\n", 1, "filled");
	text = compare(COMPARE_JSON, "filled");
	expect_line(text, "\"sample\": \"filled\"");
	expect_line(text, "\"metric\": \"free[0/Normal]\"");
	free(text);
}

/* Expect: as many runs are read at a time as was said, to the same text. */
static void as_many_at_once_as_asked_for(void **state)
{
	char *one, *two;

	(void)state;
	leave_run(0, "name: x\n", 2, NULL);
	leave_run(1, "name: y\n", 5, NULL);
	nr_threads = 0;
	one = compare_by(COMPARE_TEXT, NULL, 1);
	assert_int_equal(nr_threads, 0);
	two = compare_by(COMPARE_TEXT, NULL, 2);
	assert_int_equal(nr_threads, 1);
	assert_string_equal(one, two);
	free(one);
	free(two);
}

static void expect_as_read(enum compare_format format, const char *label,
			   const struct run_data *ready, size_t nr_ready,
			   int threads)
{
	char *read = compare(format, label), *handed;

	nr_threads = 0;
	handed = compare_ready(format, label, 2, ready, nr_ready);
	assert_int_equal(nr_threads, threads);
	assert_string_equal(handed, read);
	free(handed);
	free(read);
}

/* Expect: what is at hand is not read, and nothing is told otherwise. */
static void runs_that_are_at_hand(void **state)
{
	struct run_data ready[2];

	(void)state;
	leave_run_and(0, "name: x\n", 2, NULL, &ready[0]);
	leave_run_and(1, "name: y\n", 5, NULL, &ready[1]);
	for (int i = COMPARE_TEXT; i <= COMPARE_CSV; i++)
		expect_as_read((enum compare_format)i, NULL, ready, 2, 0);
	expect_as_read(COMPARE_JSON, NULL, ready, 1, 1);
	run_data_release(&ready[1]);
	expect_as_read(COMPARE_JSON, NULL, ready, 2, 1);
	run_data_release(&ready[0]);
}

/* Expect: what is at hand is of the last sample, so the runs are read. */
static void another_sample_than_the_last(void **state)
{
	struct run_data ready[2];

	(void)state;
	leave_run_and(0, "name: x\n", 2, "filled", &ready[0]);
	leave_run_and(1, "name: y\n", 5, "filled", &ready[1]);
	assert_string_equal(ready[0].sample_label, "end");
	expect_as_read(COMPARE_JSON, "filled", ready, 2, 1);
	expect_as_read(COMPARE_JSON, "end", ready, 2, 0);
	run_data_release(&ready[0]);
	run_data_release(&ready[1]);
}

static void a_label_that_one_run_lacks(void **state)
{
	struct compare_options options = {
		.databases = (const char *const *)path,
		.nr_databases = 2,
		.label = "filled",
	};
	struct compare_result result = { .nr_contestants = 0 };
	struct errors errors = ERRORS_NONE;
	struct text text = TEXT_EMPTY;

	(void)state;
	leave_run(0, "name: x\n", 1, "filled");
	leave_run(1, "name: x\n", 1, NULL);
	assert_int_equal(compare_databases(&options, &text, &result, &errors),
			 -1);
	assert_non_null(strstr(errors.text[0], path[1]));
	assert_non_null(strstr(errors.text[0], "filled"));
	errors_release(&errors);
	text_release(&text);
}

/* Expect: block levels become dotted paths, items are numbered from 0. */
static void keys_of_a_config(void **state)
{
	struct arena *arena = arena_new();
	struct config_keys keys;

	(void)state;
	assert_int_equal(config_keys_read(&keys,
					  "# a comment\n"
					  "name: two\n"
					  "nodes:\n"
					  "  - id: 0\n"
					  "    zones:\n"
					  "      - type: DMA\n"
					  "      - type: Normal\n"
					  "        pcp: {high: 1, batch: 2}\n"
					  "      - {lists: [1, 2], free: 3}\n"
					  "  - id: 1\n"
					  "    zones: []\n"
					  "slab: {allocator: slub}\n"
					  "cma:\n"
					  "  - {name: any, size: 1}\n"
					  "  - {name: camera, size: 2}\n",
					  arena),
			 0);
	assert_int_equal(keys.nr, 15);
	assert_string_equal(config_keys_find(&keys, "cma.0.size"), "1");
	assert_string_equal(config_keys_find(&keys, "cma.1.name"), "camera");
	assert_string_equal(config_keys_find(&keys, "name"), "two");
	assert_string_equal(config_keys_find(&keys, "nodes.0.zones.0.type"),
			    "DMA");
	assert_string_equal(config_keys_find(&keys, "nodes.0.zones.1.pcp.high"),
			    "1");
	assert_string_equal(
		config_keys_find(&keys, "nodes.0.zones.1.pcp.batch"), "2");
	assert_string_equal(config_keys_find(&keys, "nodes.0.zones.2.lists"),
			    "[1, 2]");
	assert_string_equal(config_keys_find(&keys, "nodes.0.zones.2.free"),
			    "3");
	assert_string_equal(config_keys_find(&keys, "slab.allocator"), "slub");
	assert_string_equal(config_keys_find(&keys, "nodes.1.id"), "1");
	assert_string_equal(config_keys_find(&keys, "nodes.1.zones"), "[]");
	assert_null(config_keys_find(&keys, "nodes.2.id"));
	arena_free(arena);
}

/* Expect: the text is JSON as a whole, with that at this path. */
static void expect_json(const char *json, const char *at, const char *expected)
{
	sqlite3_stmt *statement;
	sqlite3 *sqlite;

	assert_int_equal(sqlite3_open(":memory:", &sqlite), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(sqlite, "SELECT json_extract(?, ?)",
					    -1, &statement, NULL),
			 SQLITE_OK);
	sqlite3_bind_text(statement, 1, json, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 2, at, -1, SQLITE_STATIC);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	assert_string_equal((const char *)sqlite3_column_text(statement, 0),
			    expected);
	sqlite3_finalize(statement);
	sqlite3_close(sqlite);
}

/* All is free, in 16 of the largest blocks. */
static void expect_fields(const char *json)
{
	static const struct {
		const char *at, *expected;
	} field[] = {
		{ "$.name", "by-hand on first" },
		{ "$.config", "first" },
		{ "$.workload", "by-hand" },
		{ "$.version", "0.0.0" },
		{ "$.seed", "7" },
		{ "$.status", "complete" },
		{ "$.ops", "3" },
		{ "$.failed", "2" },
		{ "$.skipped", "0" },
		{ "$.not_begun", "0" },
		{ "$.violations", "0" },
		{ "$.sim_ns", "3000" },
		{ "$.operations[0].op", "alloc_pages" },
		{ "$.operations[0].count", "3" },
		{ "$.operations[0].failed", "2" },
		{ "$.operations[0].latency_p50_ns", "7" },
		{ "$.operations[0].latency_max_ns", "100" },
		{ "$.operations[0].requested_bytes", "65536" },
		{ "$.time.cost_ns", "114" },
		{ "$.slowest.op", "alloc_pages" },
		{ "$.slowest.latency_ns", "100" },
		{ "$.wall_s", "0.5" },
		{ "$.digest", RUN_DIGEST },
		{ "$.failures[0].reason", "order" },
		{ "$.zones[0].node", "0" },
		{ "$.zones[0].zone", "DMA32" },
		{ "$.zones[0].managed_pages", "16384" },
		{ "$.zones[0].free_pages", "16384" },
		{ "$.zones[0].nr_free", "[0,0,0,0,0,0,0,0,0,0,16]" },
		{ "$.zones[0].unusable_index", "[0,0,0,0,0,0,0,0,0,0,0]" },
	};

	for (size_t i = 0; i < sizeof(field) / sizeof(field[0]); i++)
		expect_json(json, field[i].at, field[i].expected);
}

static void a_summary(void **state)
{
	struct errors errors = ERRORS_NONE;
	struct text text = TEXT_EMPTY;

	(void)state;
	leave_run(0, "name: x\n", 2, NULL);
	assert_int_equal(summary_of_file(path[0], SUMMARY_TEXT, &text, &errors),
			 0);
	expect_line(text.s, "by-hand on first, seed 7, kmemsim 0.0.0\n"
			    "  status      complete\n"
			    "  operations  3 (2 failed, 0 skipped, "
			    "0 violations)\n");
	expect_line(text.s, " in 0.50 s (6 operations a second)\n"
			    "  digest      " RUN_DIGEST "\n");
	expect_line(text.s, "  count  reason  operation    order  context  gfp"
			    "\n      2  order   alloc_pages     12  process  "
			    "GFP_KERNEL\n");
	text_release(&text);
	assert_int_equal(summary_of_file(path[0], SUMMARY_JSON, &text, &errors),
			 0);
	expect_fields(text.s);
	text_release(&text);
}

/* Expect: a run that goes into no file can be summed up all the same. */
static void a_summary_without_a_file(void **state)
{
	struct recorder_options options = recorded_options(NULL, LOG_OPS_NONE);
	struct text text = TEXT_EMPTY;
	struct recorded_run run;

	(void)state;
	assert_int_equal(recorded_begin(&run, &options), 0);
	recorded_sample(&run, NULL);
	recorded_alloc(&run, 0, GFP_KERNEL, 1);
	assert_int_equal(recorded_end(&run, RUN_COMPLETE), 0);
	assert_int_equal(recorder_summary(run.recorder, SUMMARY_TEXT, NULL,
					  &text, &run.errors),
			 0);
	expect_line(text.s, "status      complete");
	expect_line(text.s, "     0  Normal  ");
	text_release(&text);
	recorded_release(&run);
}

static void not_a_run_at_all(void **state)
{
	struct errors errors = ERRORS_NONE;
	struct text text = TEXT_EMPTY;

	(void)state;
	assert_int_equal(
		summary_of_file("Makefile", SUMMARY_TEXT, &text, &errors), -1);
	assert_int_equal(summary_of_file("/no/such/run.db", SUMMARY_TEXT, &text,
					 &errors),
			 -1);
	assert_int_equal(errors.nr, 2);
	assert_non_null(strstr(errors.text[0], "not a database of a kmemsim"));
	assert_non_null(strstr(errors.text[1], "No such file"));
	errors_release(&errors);
}

/* Expect: quotes, control characters and broken UTF-8 make no broken JSON. */
static void json_of_hostile_texts(void **state)
{
	struct text text = TEXT_EMPTY;
	struct json json = JSON_TO(&text);

	(void)state;
	json_begin_object(&json, NULL);
	json_string(&json, "a\"b", "tab\there \\ \x01 \xc3\xa9 \xff \xe2\x82");
	json_begin_array(&json, "list");
	json_end_array(&json);
	json_int(&json, "n", INT64_MIN);
	json_real(&json, "nan", 0.0 / 0.0, 3);
	json_end_object(&json);
	assert_string_equal(text.s,
			    "{\n"
			    "  \"a\\\"b\": \"tab\\there \\\\ \\u0001 \xc3\xa9 "
			    "\\ufffd \\ufffd\\ufffd\",\n"
			    "  \"list\": [],\n"
			    "  \"n\": -9223372036854775808,\n"
			    "  \"nan\": null\n"
			    "}\n");
	text_release(&text);
}

static void numbers_for_people(void **state)
{
	char text[NUMBER_TEXT_MAX];

	(void)state;
	assert_string_equal(format_ns(0, text), "0 ns");
	assert_string_equal(format_ns(999, text), "999 ns");
	assert_string_equal(format_ns(1234, text), "1.23 us");
	assert_string_equal(format_ns(98765432, text), "98.8 ms");
	assert_string_equal(format_bytes(4096, text), "4.00 KiB");
	assert_string_equal(format_bytes(1536ULL << 20, text), "1.50 GiB");
}

/* Expect: as many digits as tell two of a kind apart. */
static void values_of_each_unit(void **state)
{
	static const struct {
		enum metric_unit unit;
		double value;
		const char *wanted;
	} values[] = {
		{ METRIC_INDEX, 0, "0.000" },
		{ METRIC_INDEX, 0.5, "0.500" },
		{ METRIC_INDEX, -0.01, "-0.010" },
		{ METRIC_INDEX, 0.0098, "0.0098" },
		{ METRIC_INDEX, 0.0012, "0.0012" },
		{ METRIC_INDEX, 0.00071, "0.00071" },
		{ METRIC_INDEX, 0.00009, "<0.0001" },
		{ METRIC_INDEX, -0.00009, "-<0.0001" },
		{ METRIC_NS, 98.6, "99 ns" },
		{ METRIC_NS, -1234, "-1.23 us" },
		{ METRIC_BYTES, -4096, "-4.00 KiB" },
		{ METRIC_SHARE, 0.04, "4.0 %" },
		{ METRIC_COUNT, 3, "3" },
		{ METRIC_COUNT, 3.75, "3.8" },
		{ METRIC_COUNT, -1000.75, "-1001" },
		{ METRIC_COUNT, NAN, "-" },
	};
	char text[METRIC_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
		assert_string_equal(metric_format(values[i].unit,
						  values[i].value, text),
				    values[i].wanted);
}

/* Expect: of shares in percentage points, not as a share of a share. */
static void differences_of_each_unit(void **state)
{
	static const struct {
		enum metric_unit unit;
		double value;
		const char *wanted;
	} values[] = {
		{ METRIC_SHARE, 0.06, "6.0 pp" },
		{ METRIC_SHARE, -0.261, "-26.1 pp" },
		{ METRIC_SHARE, 0.0004, "0.04 pp" },
		{ METRIC_SHARE, -0.00004, "-<0.01 pp" },
		{ METRIC_SHARE, 0, "0.0 pp" },
		{ METRIC_SHARE, NAN, "-" },
		{ METRIC_INDEX, 0.5, "0.500" },
		{ METRIC_NS, -1234, "-1.23 us" },
	};
	char text[METRIC_TEXT_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++)
		assert_string_equal(metric_format_difference(values[i].unit,
							     values[i].value, 0,
							     text),
				    values[i].wanted);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(numbers_with_their_differences),
		TEST(numbers_that_are_the_same),
		TEST(configs_that_are_the_same),
		TEST(at_a_label),
		TEST(as_many_at_once_as_asked_for),
		TEST(runs_that_are_at_hand),
		TEST(another_sample_than_the_last),
		TEST(a_label_that_one_run_lacks),
		TEST(keys_of_a_config),
		TEST(a_summary),
		TEST(a_summary_without_a_file),
		TEST(not_a_run_at_all),
		TEST(json_of_hostile_texts),
		TEST(numbers_for_people),
		TEST(values_of_each_unit),
		TEST(differences_of_each_unit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
