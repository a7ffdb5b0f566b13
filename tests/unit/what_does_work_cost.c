/* SPDX-License-Identifier: GPL-2.0-only */
/* What does work cost, and who says so? */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/cost.h"
#include "sim/traced.h"
#include "tests/unit/config_case.h"

static struct scratch scratch;

static int setup(void **state)
{
	(void)state;
	scratch_init(&scratch);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	scratch_release(&scratch);
	return 0;
}

/* Expect: 3 splits of 67.6 ns and a page of 512.4 are 715.2 ns: 715. */
static void a_cost_is_a_sum(void **state)
{
	struct cost_desc costs = { .multiplier = COST_MULTIPLIER_ONE };
	struct work work = { .zones = 0 };

	(void)state;
	costs.work[WORK_SPLITS] = 67600;
	costs.work[WORK_PAGES_CLEARED] = 512400;
	assert_int_equal(cost_of_work(&costs, &work), 0);
	work.count[WORK_SPLITS] = 3;
	work.count[WORK_PAGES_CLEARED] = 1;
	work.count[WORK_MERGES] = 99; /* free of charge here */
	assert_int_equal(cost_of_work(&costs, &work), 715);
}

/*
 * Expect: with a multiplier of 1/4, lines of 500 ns are 2000 of a price, two of
 * them a round of reclaim, none where the tracepoint was off.
 */
static void a_tracer_makes_work_dearer(void **state)
{
	struct cost_desc costs = { .multiplier = COST_MULTIPLIER_ONE / 4 };
	struct traced traced = {
		.line_ns = 500,
		.tracepoints = 1u << TRACEPOINT_mm_page_free |
			       1u << TRACEPOINT_mm_shrink_slab_end,
	};

	(void)state;
	costs.work[WORK_LRU_RECLAIMED] = 1300 * COST_UNITS_PER_NS;
	traced_add_costs(&traced, &costs);
	assert_int_equal(costs.work[WORK_LRU_RECLAIMED],
			 3300 * COST_UNITS_PER_NS);
	assert_int_equal(costs.work[WORK_NODES_RECLAIMED],
			 4000 * COST_UNITS_PER_NS);
	assert_int_equal(costs.work[WORK_LRU_BATCHES], 0);
}

/* Expect: a unit of each kind costs what the config says, and no other. */
static void each_kind_counts(void **state)
{
	struct cost_desc costs = { .multiplier = COST_MULTIPLIER_ONE };
	struct work all = { .zones = 0 };
	uint64_t sum = 0;

	(void)state;
	for (uint32_t kind = 0; kind < NR_WORK_KINDS; kind++) {
		costs.work[kind] = (kind + 1) * COST_UNITS_PER_NS;
		sum += kind + 1;
	}
	for (uint32_t kind = 0; kind < NR_WORK_KINDS; kind++) {
		struct work work = { .zones = 0 };

		work.count[kind] = 1;
		assert_int_equal(cost_of_work(&costs, &work), kind + 1);
	}
	for (uint32_t kind = 0; kind < NR_WORK_KINDS; kind++)
		all.count[kind] = 2;
	assert_int_equal(cost_of_work(&costs, &all), 2 * sum);
}

/* Expect: a machine twice as fast takes half of that, rounded down. */
static void the_multiplier_is_another_machine(void **state)
{
	struct cost_desc costs = { .multiplier = COST_MULTIPLIER_ONE / 2 };
	struct work work = { .zones = 0 };

	(void)state;
	costs.work[WORK_SPLITS] = 67600;
	work.count[WORK_SPLITS] = 3; /* 202.8 */
	assert_int_equal(cost_of_work(&costs, &work), 101);
}

/* Expect: the largest block on the dearest table does not overflow. */
static void large_work_fits(void **state)
{
	struct cost_desc costs = { .multiplier = 1000 * COST_MULTIPLIER_ONE };
	struct work work = { .zones = 0 };

	(void)state;
	costs.work[WORK_PAGES_CLEARED] = 4000000u * COST_UNITS_PER_NS;
	work.count[WORK_PAGES_CLEARED] = 1u << 10;
	assert_true(cost_of_work(&costs, &work) == 4000000ull * 1024 * 1000);
}

/* Expect: a config replaces one figure and keeps the profile's others. */
static void a_config_says_what_differs(void **state)
{
	struct config *plain = load_fine(&scratch, CONFIG_SMALL, NULL);
	struct config *other = load_fine(&scratch,
					 CONFIG_SMALL
					 "costs: {multiplier: 0.25, "
					 "work: {splits: 1.5}}\n",
					 NULL);
	const uint32_t *was = plain->machine.costs.work;
	const uint32_t *is = other->machine.costs.work;

	(void)state;
	assert_int_equal(plain->machine.costs.multiplier, COST_MULTIPLIER_ONE);
	assert_int_equal(other->machine.costs.multiplier, 250);
	assert_int_equal(is[WORK_SPLITS], 1500);
	assert_true(was[WORK_MERGES] > 0);
	assert_int_equal(is[WORK_MERGES], was[WORK_MERGES]);
	assert_non_null(strstr(other->text, "    splits: 1.500\n"));
	config_free(plain);
	config_free(other);
}

/*
 * Expect: a config in full, as a run keeps it, has the costs of the one that it
 * was made of, also where these come to nothing.
 */
static void costs_are_kept_with_a_run(void **state)
{
	static const char *const said[] = {
		"costs: {multiplier: 0}\n",
		"costs: {multiplier: 0, work: {splits: 1.5}}\n",
		"costs: {work: {splits: 0}}\n",
		"",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		char yaml[1024];
		struct config *is, *again;

		snprintf(yaml, sizeof(yaml), CONFIG_SMALL "%s", said[i]);
		is = load_fine(&scratch, yaml, NULL);
		again = load_fine(&scratch, is->text, NULL);
		assert_memory_equal(&is->machine.costs, &again->machine.costs,
				    sizeof(is->machine.costs));
		assert_string_equal(is->text, again->text);
		config_free(is);
		config_free(again);
	}
}

/* Expect: what is no cost is refused at its place. */
static void what_is_no_cost(void **state)
{
	(void)state;
	load_refused(&scratch, CONFIG_SMALL "costs: {work: {splitz: 1}}\n",
		     "c.yaml:9:16: error: unknown key \"splitz\"; did you "
		     "mean \"splits\"?");
	errors_release(&scratch.errors);
	load_refused(&scratch, CONFIG_SMALL "costs: {work: {splits: -1}}\n",
		     "c.yaml:9:24: error: splits: \"-1\" is not a number from "
		     "0 to 4000000 with at most 3 decimals");
	errors_release(&scratch.errors);
	load_refused(&scratch, CONFIG_SMALL "costs: {multiplier: 1.2345}\n",
		     "c.yaml:9:21: error: multiplier: \"1.2345\" is not");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_cost_is_a_sum),
		TEST(a_tracer_makes_work_dearer),
		TEST(each_kind_counts),
		TEST(the_multiplier_is_another_machine),
		TEST(large_work_fits),
		TEST(a_config_says_what_differs),
		TEST(costs_are_kept_with_a_run),
		TEST(what_is_no_cost),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
