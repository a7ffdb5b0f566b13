/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Made-up calls whose costs we know: does the fit find them, and does it own
 * up where it can't?
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "results/calibrate/least_squares.h"

#define ROWS 400
#define COLUMNS 6

struct calls {
	double x[ROWS * COLUMNS];
	double y[ROWS];
	double count[ROWS];
	uint64_t random;
};

static const double costs[COLUMNS] = {
	285.3, 94.3, 686.8, 118.5, 512.4, 1.004
};

static double draw(struct calls *calls, unsigned int below)
{
	calls->random ^= calls->random << 13;
	calls->random ^= calls->random >> 7;
	calls->random ^= calls->random << 17;
	return (double)(calls->random % below);
}

/* Work drawn, and what it takes; no call does nothing. */
static void make_calls(struct calls *calls)
{
	*calls = (struct calls){ .random = 88172645463325252ull };
	for (int i = 0; i < ROWS; i++) {
		double *x = &calls->x[i * COLUMNS];

		x[0] = 1 + draw(calls, 3);
		x[1] = draw(calls, 2);
		x[2] = draw(calls, 3);
		x[3] = draw(calls, 32);
		x[4] = draw(calls, 10) ? 1 : 512;
		x[5] = draw(calls, 100);
		calls->count[i] = 1 + draw(calls, 1000);
	}
}

static void cost_them(struct calls *calls, const double cost[COLUMNS])
{
	for (int i = 0; i < ROWS; i++) {
		calls->y[i] = 0;
		for (int j = 0; j < COLUMNS; j++)
			calls->y[i] += cost[j] * calls->x[i * COLUMNS + j];
	}
}

static void fit_them(struct calls *calls, struct fit *fit)
{
	const struct fit_table table = { ROWS, COLUMNS, calls->x, calls->y,
					 calls->count };
	struct errors errors = ERRORS_NONE;

	assert_int_equal(fit_table(fit, &table, &errors), 0);
	assert_int_equal(errors.nr, 0);
}

static void expect_near(double value, double right, double relative)
{
	if (fabs(value - right) > relative * right)
		print_message("%.6f is not %.6f\n", value, right);
	assert_true(fabs(value - right) <= relative * right);
}

static void expect_costs(const struct fit *fit, double relative)
{
	for (int j = 0; j < COLUMNS; j++) {
		assert_int_equal(fit->fate[j], FIT_FOUND);
		expect_near(fit->value[j], costs[j], relative);
	}
}

/* Expect: what explains all exactly is found, large and small alike. */
static void known_costs_are_found(void **state)
{
	static struct calls calls;
	struct fit fit;

	(void)state;
	make_calls(&calls);
	cost_them(&calls, costs);
	fit_them(&calls, &fit);
	expect_costs(&fit, 1e-6);
	fit_release(&fit);
}

/* Expect: ±1 % of noise moves each cost by less than that, but the smallest. */
static void noise_averages_out(void **state)
{
	static struct calls calls;
	struct fit fit;

	(void)state;
	make_calls(&calls);
	cost_them(&calls, costs);
	for (int i = 0; i < ROWS; i++)
		calls.y[i] *= 0.99 + draw(&calls, 2001) / 100000;
	fit_them(&calls, &fit);
	for (int j = 0; j < COLUMNS - 1; j++)
		expect_near(fit.value[j], costs[j], 0.01);
	expect_near(fit.value[COLUMNS - 1], costs[COLUMNS - 1], 0.5);
	fit_release(&fit);
}

/*
 * Expect: every twentieth row took up to 40,000 longer (a timer's interrupt),
 * and yet the costs are those of the others.
 */
static void interrupts_change_nothing(void **state)
{
	static struct calls calls;
	struct fit fit;

	(void)state;
	make_calls(&calls);
	cost_them(&calls, costs);
	for (int i = 0; i < ROWS; i += 20)
		calls.y[i] += 2500 + draw(&calls, 37500);
	fit_them(&calls, &fit);
	for (int j = 0; j < COLUMNS - 1; j++)
		expect_near(fit.value[j], costs[j], 0.02);
	fit_release(&fit);
}

/* Expect: no work of a kind, no cost of it, and it says so. */
static void what_never_happened_has_no_cost(void **state)
{
	static struct calls calls;
	struct fit fit;

	(void)state;
	make_calls(&calls);
	for (int i = 0; i < ROWS; i++)
		calls.x[i * COLUMNS + 2] = 0;
	cost_them(&calls, costs);
	fit_them(&calls, &fit);
	assert_int_equal(fit.fate[2], FIT_NOT_EXERCISED);
	assert_true(fit.value[2] == 0);
	assert_int_equal(fit.fate[3], FIT_FOUND);
	expect_near(fit.value[3], costs[3], 1e-6);
	fit_release(&fit);
}

/*
 *	column 0 = column 1 + column 2: zones tried, one for each block
 *
 * Expect: column 0 is left out, and its cost is in both of the others. Were
 * the last one left out, column 1 would have to fall below zero.
 */
static void a_sum_of_others_is_left_to_them(void **state)
{
	static struct calls calls;
	struct fit fit;

	(void)state;
	make_calls(&calls);
	for (int i = 0; i < ROWS; i++) {
		double *x = &calls.x[i * COLUMNS];

		x[2] = x[1] ? 0 : 1;
		x[0] = x[1] + x[2];
	}
	cost_them(&calls, costs);
	fit_them(&calls, &fit);
	assert_int_equal(fit.fate[0], FIT_NOT_TOLD_APART);
	assert_true(fit.value[0] == 0);
	for (int k = 0; k < COLUMNS; k++)
		assert_true(fabs(fit.share[k] - (k == 1 || k == 2)) < 1e-6);
	expect_near(fit.value[1], costs[0] + costs[1], 1e-6);
	expect_near(fit.value[2], costs[0] + costs[2], 1e-6);
	expect_near(fit.value[4], costs[4], 1e-6);
	fit_release(&fit);
}

/* Expect: of a kind that is twice another, the later is left at 0. */
static void of_two_alike_the_first_has_it_all(void **state)
{
	static struct calls calls;
	struct fit fit;

	(void)state;
	make_calls(&calls);
	for (int i = 0; i < ROWS; i++)
		calls.x[i * COLUMNS + 5] = 2 * calls.x[i * COLUMNS + 3];
	cost_them(&calls, costs);
	fit_them(&calls, &fit);
	assert_int_equal(fit.fate[5], FIT_NOT_TOLD_APART);
	assert_true(fit.value[5] == 0);
	assert_true(fabs(fit.share[5 * COLUMNS + 3] - 2) < 1e-6);
	assert_int_equal(fit.fate[3], FIT_FOUND);
	expect_near(fit.value[3], costs[3] + 2 * costs[5], 1e-6);
	fit_release(&fit);
}

/*
 *	column 0 + column 3 = column 1 + column 2
 *
 * Expect: none is the sum of others, so the last of the four is left out, and
 * what the costs say of each call stays right.
 */
static void of_two_equal_sums_the_last_is_left_out(void **state)
{
	static struct calls calls;
	struct fit fit;

	(void)state;
	make_calls(&calls);
	for (int i = 0; i < ROWS; i++) {
		double *x = &calls.x[i * COLUMNS];

		x[2] += 4;
		x[3] = x[1] + x[2] - x[0];
	}
	cost_them(&calls, costs);
	fit_them(&calls, &fit);
	assert_int_equal(fit.fate[3], FIT_NOT_TOLD_APART);
	expect_near(fit.value[0], costs[0] - costs[3], 1e-6);
	expect_near(fit.value[1], costs[1] + costs[3], 1e-6);
	expect_near(fit.value[2], costs[2] + costs[3], 1e-6);
	fit_release(&fit);
}

/*
 *	column 3 = columns 0, 1, 2 and 4, and sometimes 1 more
 *
 * By itself it says the most of what a call takes, so it is tried first. With
 * the others there it would be best at -20.
 *
 * Expect: it goes back to 0, and is said to be there; the others have a cost.
 */
static void nothing_costs_less_than_nothing(void **state)
{
	static const double below[COLUMNS] = { 285.3, 94.3,  686.8,
					       -20,   512.4, 1.004 };
	static struct calls calls;
	struct fit fit;

	(void)state;
	make_calls(&calls);
	for (int i = 0; i < ROWS; i++) {
		double *x = &calls.x[i * COLUMNS];

		x[4] = draw(&calls, 10);
		x[3] = x[0] + x[1] + x[2] + x[4] + draw(&calls, 2);
	}
	cost_them(&calls, below);
	fit_them(&calls, &fit);
	assert_int_equal(fit.fate[3], FIT_AT_ZERO);
	assert_true(fit.value[3] == 0);
	for (int j = 0; j < COLUMNS; j++)
		assert_true(fit.value[j] > 0 || j == 3);
	fit_release(&fit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_costs_are_found),
		cmocka_unit_test(noise_averages_out),
		cmocka_unit_test(interrupts_change_nothing),
		cmocka_unit_test(what_never_happened_has_no_cost),
		cmocka_unit_test(a_sum_of_others_is_left_to_them),
		cmocka_unit_test(of_two_alike_the_first_has_it_all),
		cmocka_unit_test(of_two_equal_sums_the_last_is_left_out),
		cmocka_unit_test(nothing_costs_less_than_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
