/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A kernel task that has the CPU: when must it give it back to the task that
 * it took it from, or to one that comes with a call? The latency is 6 ms, so a
 * task's part of two is 3 ms; a tick comes every 4 ms.
 *
 *	caller  |= = = =|                    |= = =
 *	kswapd          |woken: takes it ====|
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/fair.h"

#define MS 1000000ull
#define CALLER 1

static struct fair_tasks tasks;
static struct fair fair;
static struct fair_task kswapd;

/* The caller has run for 20 ms, kswapd has slept, and is woken at 21 ms. */
static int setup(void **state)
{
	static const struct scheduler_desc desc = { .slice_ns = 6 * MS,
						    .keeps_cpu_ns = 20000 };

	(void)state;
	fair_init(&tasks, &desc, 1);
	fair = (struct fair){ .task = 0 };
	kswapd = (struct fair_task){ 0, NULL };
	assert_int_equal(fair_runs(&tasks, &fair, CALLER, 0, MS, 21 * MS), 0);
	fair_wakes(&tasks, &fair, &kswapd);
	assert_true(fair_preempts(&tasks, &fair, &kswapd, 21 * MS));
	fair_takes(&tasks, &fair, 21 * MS);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fair_release(&tasks);
	return 0;
}

static bool runs_until(uint64_t now_ns, uint64_t ns, bool worker)
{
	fair_ran(&tasks, &fair, &kswapd, ns, now_ns);
	return fair_gives_way(&tasks, &fair, &kswapd, 0, worker, now_ns);
}

/* Expect: not before a tick, and not at one before its part is over. */
static void a_tick_ends_its_part(void **state)
{
	(void)state;
	assert_false(runs_until(23 * MS + MS / 2, 2 * MS + MS / 2, false));
	assert_false(runs_until(24 * MS + MS / 2, MS, false)); /* after 3 ms */
	assert_false(runs_until(27 * MS, 2 * MS + MS / 2, false));
	assert_true(runs_until(28 * MS + 1, MS + 1, false)); /* after 7 ms */
}

/*
 * Expect: a worker comes between after 2 ms, when kswapd has bonus left, and
 * after 4, when it has run for longer than the caller is behind.
 */
static void a_worker_asks_who_is_next(void **state)
{
	(void)state;
	assert_false(runs_until(23 * MS, 2 * MS, true));
	assert_true(runs_until(25 * MS + 1, 2 * MS + 1, true));
}

/* Expect: its part begins anew after a worker: 28 ms is too soon. */
static void a_worker_begins_a_new_part(void **state)
{
	(void)state;
	assert_false(runs_until(23 * MS + MS / 2, 2 * MS + MS / 2, false));
	kswapd.vruntime -= 3 * MS; /* far behind, whatever it runs */
	assert_false(runs_until(26 * MS, 2 * MS + MS / 2, true));
	assert_false(runs_until(28 * MS + 1, 2 * MS + 1, false));
}

/*
 * Expect: whom it took the CPU from has it until its next call, six ms at most,
 * but for ticks.
 */
static void the_other_is_waited_for(void **state)
{
	(void)state;
	assert_true(runs_until(25 * MS + 1, 4 * MS + 1, true));
	assert_false(fair_is_idle(&tasks, &fair, 25 * MS + MS));
	assert_int_equal(fair_turn(&tasks, &fair, &kswapd, 25 * MS + 1,
				   25 * MS + 1),
			 28 * MS);
	assert_int_equal(fair_runs(&tasks, &fair, CALLER, 26 * MS, 26 * MS,
				   26 * MS + 1000),
			 0);
	assert_int_equal(fair_turn(&tasks, &fair, &kswapd, 25 * MS + 1,
				   26 * MS + 1000),
			 26 * MS + 21000);
}

/*
 * kswapd took an idle CPU. Expect: nobody to give way to, until a task that was
 * asleep comes with a call: that is behind by more than the granularity.
 */
static void who_wakes_up_comes_first(void **state)
{
	(void)state;
	fair_takes(&tasks, &fair, 22 * MS);
	assert_false(runs_until(27 * MS, 5 * MS, true));
	fair_sleeps(&tasks, &fair);
	fair.min_vruntime = kswapd.vruntime;
	assert_true(fair_gives_way(&tasks, &fair, &kswapd, CALLER + 1, false,
				   27 * MS + 1));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests_of_fair[] = {
		TEST(a_tick_ends_its_part),
		TEST(a_worker_asks_who_is_next),
		TEST(a_worker_begins_a_new_part),
		TEST(the_other_is_waited_for),
		TEST(who_wakes_up_comes_first),
	};

	return cmocka_run_group_tests(tests_of_fair, NULL, NULL);
}
