/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Student's t against printed tables, and intervals worked out by hand.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>

#include "results/compare/student_t.h"

/* Expect: the table's value, within half of its last digit. */
static void quantiles_of_printed_tables(void **state)
{
	static const struct {
		double p, freedom, t;
	} table[] = {
		{ 0.975, 1, 12.706 },  { 0.975, 2, 4.303 },
		{ 0.975, 3, 3.182 },   { 0.975, 4, 2.776 },
		{ 0.975, 5, 2.571 },   { 0.975, 9, 2.262 },
		{ 0.975, 19, 2.093 },  { 0.975, 29, 2.045 },
		{ 0.975, 60, 2.000 },  { 0.975, 120, 1.980 },
		{ 0.975, 1e6, 1.960 }, { 0.95, 10, 1.812 },
		{ 0.995, 7, 3.499 },   { 0.9, 3, 1.638 },
		{ 0.75, 1, 1.000 },    { 0.025, 4, -2.776 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		double t = student_t_quantile(table[i].p, table[i].freedom);

		if (fabs(t - table[i].t) > 0.00051)
			fail_msg("p %g, %g degrees: %.6f, not %.3f", table[i].p,
				 table[i].freedom, t, table[i].t);
	}
}

/* Two degrees of freedom have a closed form: t = (2p-1) / sqrt(2p(1-p)). */
static void quantiles_of_a_closed_form(void **state)
{
	(void)state;
	for (int i = 1; i < 100; i++) {
		double p = i / 100.0;
		double exact = (2 * p - 1) / sqrt(2 * p * (1 - p));

		assert_true(fabs(student_t_quantile(p, 2) - exact) < 1e-9);
	}
}

/*
 * Differences 1, 2, 3, 4, 5: mean 3, s = sqrt(2.5), t(4) = 2.7764; the half
 * width is 2.7764 * sqrt(2.5 / 5) = 1.9632.
 */
static void an_interval_by_hand(void **state)
{
	static const double a[] = { 10, 20, 30, 40, 50 };
	static const double b[] = { 11, 22, 33, 44, 55 };
	struct paired paired;

	(void)state;
	paired_difference(a, b, 5, &paired);
	assert_int_equal(paired.nr, 5);
	assert_true(paired.mean_a == 30 && paired.mean_b == 33);
	assert_true(paired.mean == 3);
	assert_true(fabs(paired.half_width - 1.9632) < 0.0001);
	assert_true(paired.excludes_zero);
}

/* The same five numbers by themselves; what is no number is not counted. */
static void an_interval_of_a_number(void **state)
{
	static const double value[] = { 1, 2, NAN, 3, 4, 5 };
	struct interval interval;

	(void)state;
	interval_of(value, 6, &interval);
	assert_int_equal(interval.nr, 5);
	assert_true(interval.mean == 3);
	assert_true(fabs(interval.half_width - 1.9632) < 0.0001);
	interval_of(value, 1, &interval);
	assert_true(interval.mean == 1 && isnan(interval.half_width));
	interval_of(value + 2, 1, &interval);
	assert_true(interval.nr == 0 && isnan(interval.mean));
}

/* The same spread around 1: 1 ± 1.9632 holds 0. */
static void an_interval_that_holds_zero(void **state)
{
	static const double a[] = { 0, 0, 0, 0, 0 };
	static const double b[] = { -1, 0, 1, 2, 3 };
	struct paired paired;

	(void)state;
	paired_difference(a, b, 5, &paired);
	assert_true(paired.mean == 1);
	assert_false(paired.excludes_zero);
}

/* Expect: pairs that lack a number do not count; one pair is no interval. */
static void pairs_that_are_not_whole(void **state)
{
	const double a[] = { 1, NAN, 3 };
	const double b[] = { 2, 5, NAN };
	struct paired paired;

	(void)state;
	paired_difference(a, b, 3, &paired);
	assert_int_equal(paired.nr, 1);
	assert_true(paired.mean == 1);
	assert_true(isnan(paired.half_width));
	assert_false(paired.excludes_zero);
	paired_difference(a, b + 2, 1, &paired);
	assert_int_equal(paired.nr, 0);
	assert_true(isnan(paired.mean));
}

/* Expect: where every pair differs by the same, that is certain. */
static void differences_that_are_all_alike(void **state)
{
	static const double a[] = { 1, 2, 3 }, b[] = { 2, 3, 4 };
	struct paired paired;

	(void)state;
	paired_difference(a, b, 3, &paired);
	assert_true(paired.half_width == 0 && paired.excludes_zero);
	paired_difference(a, a, 3, &paired);
	assert_true(paired.mean == 0 && !paired.excludes_zero);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quantiles_of_printed_tables),
		cmocka_unit_test(quantiles_of_a_closed_form),
		cmocka_unit_test(an_interval_by_hand),
		cmocka_unit_test(an_interval_of_a_number),
		cmocka_unit_test(an_interval_that_holds_zero),
		cmocka_unit_test(pairs_that_are_not_whole),
		cmocka_unit_test(differences_that_are_all_alike),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
