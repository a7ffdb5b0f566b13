/* SPDX-License-Identifier: GPL-2.0-only */
/* Which sample of a run does a label or a time stand for, and if none does? */

#define _GNU_SOURCE

#include "tests/unit/shown_run.h"

/* Samples at 1, 3 and 4 us: one page, two blocks, and another block taken. */
static void begin_sampled(struct machine *m)
{
	begin(m, 1);
	take_one_page(m);
	assert_int_equal(recorded_sample(&m->run, "early"), 0);
	recorded_alloc(&m->run, 10, GFP_KERNEL, 1);
	recorded_alloc(&m->run, 10, GFP_KERNEL, 1);
	assert_int_equal(recorded_sample(&m->run, "late"), 0);
	recorded_alloc(&m->run, 10, GFP_KERNEL, 1);
	end(m);
}

static void order_10_is(const char *at, const char *blocks)
{
	char line[16];

	snprintf(line, sizeof(line), " %6s \n", blocks);
	assert_true(has(SHOW_BUDDYINFO, at, line));
}

static void a_sample_is_chosen_by_label_or_time(void **state)
{
	struct machine m;

	(void)state;
	begin_sampled(&m);
	order_10_is("early", "15");
	order_10_is("late", "13");
	order_10_is("end", "12");
	order_10_is(NULL, "12");
	order_10_is("1us", "15");  /* just then */
	order_10_is("2500", "15"); /* the last one before, in ns */
	order_10_is("3us", "13");
	order_10_is("1s", "12");
}

static const char *refusal(const char *at)
{
	struct show_options options = { .database = path, .at = at };
	struct errors errors = ERRORS_NONE;
	struct text out = TEXT_EMPTY;
	static char message[256];

	assert_int_equal(show_run(&options, &out, &errors), -1);
	assert_int_equal(out.length, 0);
	assert_int_equal(errors.nr, 1);
	assert_memory_equal(errors.text[0], path, strlen(path));
	snprintf(message, sizeof(message), "%s", errors.text[0] + strlen(path));
	errors_release(&errors);
	text_release(&out);
	return message;
}

static void a_sample_that_is_not_there_is_refused(void **state)
{
	struct machine m;

	(void)state;
	begin_sampled(&m);
	assert_string_equal(refusal("erly"),
			    ": error: has no sample labelled \"erly\"; did you "
			    "mean \"early\"?");
	assert_string_equal(refusal("teardown"),
			    ": error: has no sample labelled \"teardown\"; it "
			    "has end, late or early");
	assert_string_equal(refusal("999ns"),
			    ": error: has no sample at 999ns or before: the "
			    "first one is at 1000 ns");
	change("DELETE FROM sample");
	assert_string_equal(refusal(NULL), ": error: holds no samples to show");
}

static void a_database_without_the_tables_is_refused(void **state)
{
	struct machine m;

	(void)state;
	begin(&m, 1);
	end(&m);
	change("DROP TABLE vmalloc_area");
	assert_string_equal(refusal(NULL),
			    ": error: written by an older kmemsim, which did "
			    "not keep what this shows: run it again");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_sample_is_chosen_by_label_or_time),
		TEST(a_sample_that_is_not_there_is_refused),
		TEST(a_database_without_the_tables_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
