/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that wait for an element of a mempool: who gets it, when, and what is
 * told of those who never do. The pool has blocks of order 10, which memory
 * runs out of quickly.
 */

#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/engine_run.h"

#define SECOND 1000000000ull
#define TIMEOUT (5 * SECOND)

/* An event is a line. */
/* clang-format off */

/* Operations 1 to 9: the pool holds one block, and the rest of memory goes. */
#define TIGHT                                                                  \
	"  - {t: 0, op: mempool_create, pool: bio, order: 10, min_nr: 1}\n"    \
	HOG("101") HOG("102") HOG("103") HOG("104")                            \
	HOG("105") HOG("106") HOG("107") HOG("108")
#define HOG(id)                                                                \
	"  - {t: 0, op: alloc_pages, id: " id                                  \
	", order: 10, gfp: GFP_KERNEL|__GFP_NOWARN}\n"
#define GET(t, id)                                                             \
	"  - {t: " t ", op: mempool_alloc, id: " id                            \
	", pool: bio, gfp: GFP_NOIO}\n"
#define PUT(t, id) "  - {t: " t ", op: mempool_free, id: " id "}\n"

#define EXPECT_ORDER(run, ...)                                                 \
	do {                                                                   \
		const uint64_t order_[] = { 1, 2, 3, 4, 5,                     \
					    6, 7, 8, 9, __VA_ARGS__ };         \
		expect_order(run, order_, sizeof(order_) / sizeof(*order_));   \
	} while (0)

/*
 *	t (us)	 1	 2	      9
 *	1	 [element of the reserve]
 *	2		 waits........[the same one]
 *
 * Expect: the call that waits ends when the element comes back, seven
 * microseconds after it was made, and is told of after the call that woke it.
 */
static void one_waits_for_the_other(void **state)
{
	struct engine_run *run = *state;
	const struct told *first, *second;

	run_events(run, TIGHT GET("1us", "1") GET("2us", "2") PUT("9us", "1"));
	EXPECT_ORDER(run, 10, 12, 11);
	first = told_of(run, 10);
	second = told_of(run, 11);
	assert_int_equal(first->outcome.path, PATH_RESERVE);
	assert_int_equal(first->outcome.latency_ns, 0);
	assert_int_equal(second->outcome.status, OUTCOME_OK);
	assert_int_equal(second->outcome.path, PATH_RESERVE);
	assert_int_equal(second->outcome.latency_ns, 7000);
	assert_int_equal(second->outcome.pfn, first->outcome.pfn);
	assert_int_equal(run->totals.violations, 0);
	assert_int_equal(run->totals.ops, 12);
}

/*
 * Expect: of three who wait, whoever came first is served first, whatever CPU
 * it runs on; the others keep their places.
 */
static void who_came_first_is_served_first(void **state)
{
	struct engine_run *run = *state;

	run_events(run,
		   TIGHT
		   GET("1us", "1")
		   GET("2us", "2")
		   "  - {t: 3us, op: mempool_alloc, id: 3, pool: bio, cpu: 1, "
		   "gfp: GFP_KERNEL}\n"
		   GET("4us", "4")
		   PUT("10us", "1")
		   PUT("20us", "2")
		   PUT("30us", "3")
		   PUT("40us", "4"));
	EXPECT_ORDER(run, 10, 14, 11, 15, 12, 16, 13, 17);
	assert_int_equal(told_of(run, 11)->outcome.latency_ns, 8000);
	assert_int_equal(told_of(run, 12)->outcome.latency_ns, 17000);
	assert_int_equal(told_of(run, 13)->outcome.latency_ns, 26000);
}

/*
 *	id 1	[1us ............ 10us]
 *	id 2	    waits             [granted, and freed at once]
 *	id 3	       waits                   [granted]
 *
 * Its caller frees id 2 at 5 us by the workload, while it still waits.
 *
 * Expect: a caller does one thing after the other: the free comes when the
 * element was granted, and wakes the next one. A second allocation under the
 * same id, at 6 us, comes after the free, and is then the one that waits.
 */
static void a_caller_does_one_thing_after_the_other(void **state)
{
	struct engine_run *run = *state;

	run_events(run, TIGHT GET("1us", "1") GET("2us", "2") GET("3us", "3")
				PUT("5us", "2") GET("6us", "2") PUT("10us", "1")
					PUT("20us", "3"));
	EXPECT_ORDER(run, 10, 15, 11, 13, 12, 16, 14);
}

/*
 * At 9 us plain memory comes back, which wakes nobody; at 10 us an element.
 *
 * Expect: all who wait are woken by the one element. The first finds that the
 * backing has memory again and leaves the element to the second.
 */
static void one_element_may_help_two(void **state)
{
	struct engine_run *run = *state;

	run_events(run,
		   TIGHT
		   GET("1us", "1")
		   GET("2us", "2")
		   GET("3us", "3")
		   "  - {t: 9us, op: free_pages, id: 101}\n"
		   PUT("10us", "1"));
	EXPECT_ORDER(run, 10, 13, 14, 11, 12);
	assert_int_equal(told_of(run, 11)->outcome.path, PATH_BUDDY);
	assert_int_equal(told_of(run, 11)->outcome.latency_ns, 8000);
	assert_int_equal(told_of(run, 12)->outcome.path, PATH_RESERVE);
	assert_int_equal(told_of(run, 12)->outcome.latency_ns, 7000);
}

/*
 * Expect: nobody is woken when memory comes back to the backing, but five
 * seconds after it fell asleep a caller looks for itself, also where the
 * workload is over by then.
 */
static void a_sleeper_looks_for_itself(void **state)
{
	struct engine_run *run = *state;

	run_events(run,
		   TIGHT GET("1us", "1")
			   GET("2us",
			       "2") "  - {t: 9us, op: free_pages, id: 101}\n");
	EXPECT_ORDER(run, 10, 12, 11);
	assert_int_equal(told_of(run, 11)->outcome.path, PATH_BUDDY);
	assert_int_equal(told_of(run, 11)->outcome.latency_ns, TIMEOUT);
	assert_int_equal(run->totals.sim_ns, 2000 + TIMEOUT);
	assert_int_equal(run->totals.violations, 0);

	/* The same in the middle of a workload. */
	run_events(run,
		   TIGHT GET("1us", "1")
			   GET("2us",
			       "2") "  - {t: 9s, op: free_pages, id: 101}\n"
				    "  - {t: 11s, op: free_pages, id: 102}\n");
	EXPECT_ORDER(run, 10, 12, 11, 13);
	assert_int_equal(told_of(run, 11)->outcome.latency_ns, 2 * TIMEOUT);
}

/*
 * Id 1 has the only element, ids 2 and 3 wait for it, and the workload frees
 * id 2 as if it had been granted.
 *
 * Expect: the run ends when the workload does. Each call that waits has
 * failed, and a violation says for what it waits and who has that; the free
 * has nothing to do.
 */
static void nobody_wakes_them(void **state)
{
	struct engine_run *run = *state;
	const struct told *told;

	run_events(run, TIGHT GET("1us", "1") GET("2us", "2") GET("3us", "3")
				PUT("4us", "2"));
	assert_int_equal(run->result, ENGINE_DONE);
	assert_int_equal(run->totals.status, RUN_COMPLETE);
	assert_int_equal(run->totals.sim_ns, 4000);
	EXPECT_ORDER(run, 10, 11, 13, 12);
	told = told_of(run, 11);
	assert_int_equal(told->outcome.status, OUTCOME_FAILED);
	assert_int_equal(told->outcome.reason, REASON_STILL_WAITING);
	assert_int_equal(told->outcome.latency_ns, 2000);
	assert_string_equal(told->rule, "never-woken");
	assert_non_null(strstr(told->message, "id 2 "));
	assert_non_null(strstr(told->message, "pool bio"));
	assert_non_null(strstr(told->message, "held by id 1"));
	assert_string_equal(told_of(run, 12)->rule, "never-woken");
	told = told_of(run, 13);
	assert_int_equal(told->outcome.status, OUTCOME_SKIPPED);
	assert_int_equal(told->outcome.skipped, SKIP_STILL_WAITING);
	assert_string_equal(told->rule, "");
	assert_int_equal(run->totals.violations, 2);
}

/*
 * Expect: where the run is cut short, who waits has failed too, but it is
 * nobody's fault.
 */
static void the_run_is_cut_short(void **state)
{
	struct engine_run *run = *state;

	run->options.until_ns = 5000;
	run_events(run, TIGHT GET("1us", "1") GET("2us", "2") PUT("9us", "1"));
	EXPECT_ORDER(run, 10, 11);
	assert_int_equal(told_of(run, 11)->outcome.reason,
			 REASON_STILL_WAITING);
	assert_int_equal(told_of(run, 11)->outcome.latency_ns, 3000);
	assert_int_equal(run->totals.sim_ns, 5000);
	assert_int_equal(run->totals.violations, 0);
}

/*
 * Expect: the clock's samples end with the workload, or with --until, however
 * long somebody waits after that.
 */
static void the_clock_stops_with_the_workload(void **state)
{
	const char *free_later = "  - {t: 3ms, op: free_pages, id: 101}\n";
	struct engine_run *run = *state;
	char events[2048];
	size_t samples;

	run->options.sample_every_ns = 1000000;
	snprintf(events, sizeof(events), "%s%s", TIGHT GET("1us", "1"),
		 free_later);
	run_events(run, events);
	samples = run->samples;
	assert_true(samples >= 3);
	snprintf(events, sizeof(events), "%s%s",
		 TIGHT GET("1us", "1") GET("2us", "2"), free_later);
	run_events(run, events);
	assert_int_equal(run->samples, samples);
	assert_int_equal(told_of(run, 11)->outcome.latency_ns, TIMEOUT);
}

/*
 * Expect: a caller that must not wait gets nothing, and that is no fault
 * unless its flags say that it would.
 */
static void not_all_may_wait(void **state)
{
	struct engine_run *run = *state;

	run_events(run,
		   TIGHT
		   GET("1us", "1")
		   "  - {t: 2us, op: mempool_alloc, id: 2, pool: bio, "
		   "ctx: softirq, gfp: GFP_ATOMIC}\n"
		   "  - {t: 3us, op: mempool_alloc, id: 3, pool: bio, "
		   "ctx: softirq, gfp: GFP_NOIO}\n"
		   "  - {t: 4us, op: mempool_alloc, id: 4, pool: bio, "
		   "can_sleep: false, gfp: GFP_NOIO}\n"
		   PUT("5us", "2")
		   PUT("9us", "1"));
	EXPECT_ORDER(run, 10, 11, 12, 13, 14, 15);
	for (uint64_t seq = 11; seq <= 13; seq++)
		assert_int_equal(told_of(run, seq)->outcome.reason,
				 REASON_POOL_EMPTY);
	assert_string_equal(told_of(run, 11)->rule, "");
	assert_string_equal(told_of(run, 12)->rule, "sleep-in-atomic");
	assert_string_equal(told_of(run, 13)->rule, "sleep-in-atomic");
	assert_non_null(strstr(told_of(run, 12)->message,
			       "BUG: sleeping function called from invalid "
			       "context"));
	assert_int_equal(told_of(run, 14)->outcome.status, OUTCOME_SKIPPED);
}

/*
 * Expect: who waits for a pool that is destroyed is not woken by the element
 * that comes back: it goes to the backing.
 */
static void the_pool_goes_away(void **state)
{
	struct engine_run *run = *state;

	run_events(run,
		   TIGHT
		   GET("1us", "1")
		   GET("2us", "2")
		   "  - {t: 3us, op: mempool_destroy, pool: bio}\n"
		   PUT("9us", "1"));
	EXPECT_ORDER(run, 10, 12, 13, 11);
	assert_string_equal(told_of(run, 12)->rule, "pool-in-use");
	assert_non_null(strstr(told_of(run, 12)->message, "(1), held by id 1"));
	assert_string_equal(told_of(run, 13)->rule, "pool-destroyed");
	assert_int_equal(told_of(run, 11)->outcome.reason,
			 REASON_STILL_WAITING);
	assert_string_equal(told_of(run, 11)->rule, "never-woken");
}

/* Expect: waiting is no matter of chance: the digest is the same each time. */
static void the_digest_is_the_same(void **state)
{
	const char *events = TIGHT GET("1us", "1") GET("2us", "2")
		GET("3us", "3") PUT("9us", "1") PUT("10us", "2");
	struct engine_run *run = *state;
	char first[33];

	run_events(run, events);
	memcpy(first, run->totals.digest, sizeof(first));
	run_events(run, events);
	assert_string_equal(run->totals.digest, first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_waits_for_the_other),
		TEST(who_came_first_is_served_first),
		TEST(a_caller_does_one_thing_after_the_other),
		TEST(one_element_may_help_two),
		TEST(a_sleeper_looks_for_itself),
		TEST(nobody_wakes_them),
		TEST(the_run_is_cut_short),
		TEST(the_clock_stops_with_the_workload),
		TEST(not_all_may_wait),
		TEST(the_pool_goes_away),
		TEST(the_digest_is_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
