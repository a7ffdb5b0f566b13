/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * --fail-if: what expressions mean, and what is said of those that mean
 * nothing.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "results/compare/thresholds.h"

/* Expect: crossed or not by a run with `value` where the first has `first`. */
static void expect(const char *text, double first, double value, bool crossed)
{
	struct errors errors = ERRORS_NONE;
	struct threshold threshold;
	double measured, by;

	if (threshold_parse(&threshold, text, 1, &errors))
		fail_msg("%s: %s", text, errors.text[0]);
	if (threshold_is_crossed(&threshold, first, value, &measured, &by) !=
	    crossed)
		fail_msg("%s: %g against %g, measured %g, limit %g", text,
			 value, first, measured, threshold.limit);
}

static void values_and_operators(void **state)
{
	(void)state;
	expect("unusable[9] > 0.5", 0, 0.6, true);
	expect("unusable[9] > 0.5", 0, 0.5, false);
	expect("unusable[9]>=50%", 0, 0.5, true);
	expect("unusable[ 9 , 0/Normal ] < .1", 0, 0.05, true);
	expect("failures == 0", 5, 0, true);
	expect("failures != 0", 5, 0, false);
	expect("operations <= 10", 0, 10, true);
	expect("latency_p99[kmalloc] > 1.5ms", 0, 1500001, true);
	expect("latency_p99[kmalloc] > 1.5 ms", 0, 1500000, false);
	expect("free[0/DMA] < 4MiB", 0, 4194303, true);
	expect("slab_loss > 12.5%", 0, 0.126, true);
}

static void differences(void **state)
{
	(void)state;
	expect("delta(latency_p99) > 10%", 100, 111, true);
	expect("delta(latency_p99) > 10%", 100, 110, false);
	expect("delta(latency_p99) > 10 us", 100, 10101, true);
	expect("delta(free) < -10%", 100, 89, true);
	expect("delta(unusable[9]) > 0.1", 0.5, 0.61, true);
	/* 10 % of 0.5, not an index of 0.1. */
	expect("delta(unusable[9]) > 10%", 0.5, 0.56, true);
	/* From nothing, anything is more than any share. */
	expect("delta(failures) > 1000%", 0, 1, true);
	expect("delta(failures) > 0%", 0, 0, false);
}

/* Expect: what is not there crosses nothing. */
static void no_number(void **state)
{
	(void)state;
	expect("extfrag[9] != 0", 0, NAN, false);
	expect("delta(free) > 0", NAN, 1, false);
}

static void expect_error(const char *text, unsigned int column,
			 const char *says)
{
	struct errors errors = ERRORS_NONE;
	struct threshold threshold;

	assert_int_equal(threshold_parse(&threshold, text, 3, &errors), -1);
	assert_int_equal(errors.nr, 1);
	assert_int_equal(errors.place[0].line, 3);
	if (errors.place[0].column != column || !strstr(errors.text[0], says))
		fail_msg("%s: %s", text, errors.text[0]);
	errors_release(&errors);
}

static void expressions_that_mean_nothing(void **state)
{
	(void)state;
	expect_error("", 1, "a metric is missing");
	expect_error("unusabel[9] > 1", 1, "did you mean \"unusable\"");
	expect_error("delta(latency_p9) > 1", 7, "no metric \"latency_p9\"");
	expect_error("unusable > 1", 10, "takes a label, the order");
	expect_error("unusable[x] > 1", 10, "\"x\" is no order");
	expect_error("unusable[99] > 1", 10, "\"99\" is no order");
	expect_error("failures[ordr] > 1", 10, "did you mean \"order\"");
	expect_error("free[0/DMA, 2] > 1", 13, "a label too many");
	expect_error("latency_p50[kmalloc,] > 1", 21, "a label is missing");
	expect_error("failures[order > 1", 10, "is no reason");
	expect_error("failures = 1", 10, "one of < <= > >= == !=");
	expect_error("failures >", 11, "a number is missing");
	expect_error("failures > x", 12, "a number belongs here");
	expect_error("failures > 1 %", 14, "allowed: or none");
	expect_error("latency_p50 > 1KiB", 16, "allowed: ns us ms s or none");
	expect_error("delta(free > 1", 12, "a \")\"");
	expect_error("free > 1 MiB x", 14, "the end");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_and_operators),
		cmocka_unit_test(differences),
		cmocka_unit_test(no_number),
		cmocka_unit_test(expressions_that_mean_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
