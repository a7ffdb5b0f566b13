/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who has to wait before, during and after reclaim, for how long, and who is
 * woken. The min mark is 64 pages.
 */

#include "tests/unit/reclaim_machine.h"

/* Leaves so many pages free, the others in use for good. */
static void leave(struct machine *m, uint64_t pages)
{
	const struct zone *zone = &m->memory->zone[0];

	while (zone_exact_free_pages(m->memory, zone) +
		       zone_pcp_pages(m->memory, zone) >
	       pages)
		get(m, GFP_ATOMIC | __GFP_MEMALLOC, 0);
	page_drain_all(m->memory, 0);
}

/* Expect: more than half of the min mark is free: nobody waits. */
static void reserves_half_full_are_enough(void **state)
{
	struct machine *m = *state;

	leave(m, 36);
	direct_reclaim(m, GFP_KERNEL, 0);
	assert_int_equal(event(m, VM_PGSCAN_DIRECT_THROTTLE), 0);
}

/*
 * Expect: who may not enter file systems waits for a second, once; kswapd is
 * woken, for zones up to Normal.
 */
static void reserves_that_go_make_callers_wait(void **state)
{
	struct machine *m = *state;

	leave(m, 20);
	tasks.asleep[SLEEP_KSWAPD] = true;
	direct_reclaim(m, GFP_NOFS, 0);
	assert_int_equal(event(m, VM_PGSCAN_DIRECT_THROTTLE), 1);
	assert_int_equal(strncmp(tasks.log, "+kswapd; pfmemalloc 1000ms; ", 28),
			 0);
	assert_int_equal(reclaim_node_of(m->memory, 0)->kswapd_highest,
			 ZONE_NORMAL);
}

/* Expect: others wait without end, but not when nobody is left to help. */
static void a_wait_ends_when_nobody_is_left(void **state)
{
	struct machine *m = *state;

	leave(m, 20);
	direct_reclaim(m, GFP_KERNEL, 0);
	assert_int_equal(strncmp(tasks.log, "pfmemalloc; ", 12), 0);
}

/* Expect: killed while it waits: no reclaim, but no OOM killer either. */
static void die(struct memory *memory, enum sleep_queue queue)
{
	(void)queue;
	memory->dying = true;
}

static void a_killed_task_waits_no_longer(void **state)
{
	struct machine *m = *state;

	leave(m, 20);
	tasks.on_sleep = die;
	assert_true(direct_reclaim(m, GFP_KERNEL, 0) == RECLAIM_RETRY);
	assert_int_equal(event(m, VM_ALLOCSTALL_NORMAL), 0);
	m->memory->dying = false;
}

/*
 * 80 inactive, 11 isolated: more than an eighth. Expect: a caller waits HZ/50,
 * once, then gives the list up; who may not do I/O goes on; kswapd too.
 */
static void isolated_folios_make_callers_wait(void **state)
{
	struct machine *m = *state;
	struct scan_control sc = caller(0);

	make_many(m, 91, &cache);
	for (folio_t n = 0; n < 11; n++)
		folio_isolate(m->memory, n);
	assert_int_equal(reclaim_shrink_inactive(m->memory, 0, &sc,
						 LRU_INACTIVE_FILE, 1),
			 0);
	expect_log("isolated 20ms; ");
	sc.gfp = GFP_NOIO;
	tasks.asleep[SLEEP_ISOLATED] = true;
	assert_int_equal(reclaim_shrink_inactive(m->memory, 0, &sc,
						 LRU_INACTIVE_FILE, 1),
			 1);
	expect_log("+isolated; ");
	sc.gfp = GFP_KERNEL;
	sc.is_kswapd = true;
	assert_int_equal(reclaim_shrink_inactive(m->memory, 0, &sc,
						 LRU_INACTIVE_FILE, 1),
			 1);
	expect_log("");
	for (folio_t n = 0; n < 11; n++)
		folio_putback(m->memory, n);
}

/*
 * All is under writeback. Expect: at priority 1, nothing reclaimed, a caller
 * waits for a tick; and once more when it has tried by force.
 */
static void no_progress_waits_for_a_tick(void **state)
{
	struct machine *m = *state;

	make_many(m, 100, &cache);
	for (folio_t n = 0; n < 100; n++)
		folio_start_writeback(m->memory, n);
	assert_int_equal(direct_reclaim(m, GFP_KERNEL, 0), 0);
	expect_log("noprogress 4ms; noprogress 4ms; ");
	for (folio_t n = 0; n < 100; n++)
		folio_io_done(m->memory, &(struct io_request){ .folio = n,
							       .pages = 1,
							       .write = true });
}

/* Expect: a kswapd that meets the same writeback again waits HZ/10 for it. */
static void kswapd_waits_for_writeback(void **state)
{
	struct machine *m = *state;
	struct scan_control sc = caller(0);

	make(m, &cache);
	folio_start_writeback(m->memory, 0);
	at(m, 0)->flags |= FOLIO_RECLAIM;
	folio_lruvec(m->memory, 0)->force_scan_writeback = true;
	sc.is_kswapd = true;
	reclaim_shrink_node(m->memory, 0, &sc);
	expect_log("writeback 100ms; ");
	assert_true(folio_lruvec(m->memory, 0)->congested);
	assert_int_equal(folio_lruvec(m->memory, 0)->nr_writeback_throttled, 0);
	folio_io_done(m->memory, &(struct io_request){ .folio = 0,
						       .pages = 1,
						       .write = true });
}

/* Expect: progress wakes who waited for some. */
static void progress_wakes_who_waits(void **state)
{
	struct machine *m = *state;

	make_many(m, 100, &cache);
	tasks.asleep[SLEEP_NOPROGRESS] = true;
	assert_int_not_equal(direct_reclaim(m, GFP_KERNEL, 0), 0);
	assert_non_null(strstr(tasks.log, "+noprogress; "));
}

int main(void)
{
#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(name, reclaim_setup, reclaim_teardown)
	const struct CMUnitTest tests[] = {
		T(reserves_half_full_are_enough),
		T(reserves_that_go_make_callers_wait),
		T(a_wait_ends_when_nobody_is_left),
		T(a_killed_task_waits_no_longer),
		T(isolated_folios_make_callers_wait),
		T(no_progress_waits_for_a_tick),
		T(kswapd_waits_for_writeback),
		T(progress_wakes_who_waits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
