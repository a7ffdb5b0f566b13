/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kswapd's life: when it is woken, how far it goes, when it sleeps. The marks
 * are 64, 80 and 96 pages. Its sleeps and who it wakes are read from a log.
 */

#include "tests/unit/reclaim_machine.h"

#define NODE 0
#define HOLES 128

static const struct zone *zone_0(const struct machine *m)
{
	return &m->memory->zone[0];
}

static uint64_t free_pages(const struct machine *m)
{
	return zone_exact_free_pages(m->memory, zone_0(m));
}

/* Page cache until so many pages are free. */
static void fill_to(struct machine *m, uint64_t pages)
{
	page_drain_all(m->memory, 0);
	while (zone_exact_free_pages(m->memory, zone_0(m)) +
		       zone_pcp_pages(m->memory, zone_0(m)) >
	       pages)
		make(m, &cache);
	page_drain_all(m->memory, 0);
	assert_int_equal(free_pages(m), pages);
}

static void wake(struct machine *m, gfp_t gfp, order_t order)
{
	reclaim_wake_kswapd(m->memory, &m->memory->zone[0], gfp, order,
			    ZONE_NORMAL);
}

/*
 * Expect: nothing to do: a nap, then sleep for good; who wakes it there for
 * nothing finds it gone (a test's task has no more to do).
 */
static void kswapd_sleeps_when_all_is_well(void **state)
{
	struct machine *m = *state;

	reclaim_kswapd(m->memory, NODE);
	expect_log("kswapd 100ms; kswapd; ");
	assert_int_equal(event(m, VM_PAGEOUTRUN), 0);
}

/* Expect: little is free at the start, but nobody has asked: it sleeps. */
static void kswapd_waits_for_who_wakes_it(void **state)
{
	struct machine *m = *state;

	fill_to(m, 70);
	reclaim_kswapd(m->memory, NODE);
	expect_log("kswapd; ");
	assert_int_equal(event(m, VM_PAGEOUTRUN), 0);
	assert_int_equal(free_pages(m), 70);
}

/* Expect: woken only when it sleeps and the node is out of balance. */
static void only_a_sleeping_kswapd_is_woken(void **state)
{
	struct machine *m = *state;

	tasks.asleep[SLEEP_KSWAPD] = true;
	wake(m, GFP_KERNEL, 0);
	expect_log("");
	fill_to(m, 79);
	wake(m, GFP_KERNEL, 0);
	expect_log("+kswapd; ");
	tasks.asleep[SLEEP_KSWAPD] = false;
	wake(m, GFP_KERNEL, 0);
	expect_log("");
}

/*
 * Expect: from below low to above high, no further than a batch; it finds the
 * node out of balance before it sleeps, then naps and sleeps.
 */
static void a_run_goes_from_low_to_high(void **state)
{
	struct machine *m = *state;

	fill_to(m, 70);
	wake(m, GFP_KERNEL, 0);
	reclaim_kswapd(m->memory, NODE);
	expect_log("kswapd 100ms; kswapd; ");
	assert_int_equal(event(m, VM_PAGEOUTRUN), 1);
	assert_int_equal(event(m, VM_KSWAPD_HIGH_WMARK_HIT_QUICKLY), 1);
	page_drain_all(m->memory, 0);
	assert_true(free_pages(m) > 96);
	assert_true(free_pages(m) < 96 + 64);
	assert_int_equal(event(m, VM_PGSTEAL_KSWAPD), free_pages(m) - 70);
	assert_int_equal(event(m, VM_PGSCAN_KSWAPD), free_pages(m) - 70);
	assert_false(zone_0(m)->reclaim_active);
}

/*
 * Page cache in every other page; of the others, the latest are free, far from
 * what is reclaimed first, and all else is in use for good.
 *
 *	#c#c#c … #c#c.c.c.c	c: page cache
 */
static void fill_with_holes_to(struct machine *m, uint64_t pages)
{
	pfn_t hole[HOLES];
	uint64_t nr = 0;

	while (free_pages(m) + zone_pcp_pages(m->memory, zone_0(m)) > 2) {
		pfn_t pfn = get(m, GFP_HIGHUSER_MOVABLE | __GFP_MEMALLOC, 0);

		assert_int_not_equal(pfn, PFN_NONE);
		hole[nr++ % HOLES] = pfn;
		pfn = get(m, GFP_HIGHUSER_MOVABLE | __GFP_MEMALLOC, 0);
		folio_new(m->memory, pfn, 0, GFP_HIGHUSER_MOVABLE, &cache);
	}
	while (free_pages(m) + zone_pcp_pages(m->memory, zone_0(m)) < pages)
		page_free(m->memory, 0, hole[--nr % HOLES], 0);
	page_drain_all(m->memory, 0);
	assert_int_equal(free_pages(m), pages);
}

/*
 * A block of order 3 is asked for, and none comes of what can be reclaimed.
 * Expect: twice its pages are reclaimed for it, then it goes on for single
 * ones, to the high mark; kcompactd, woken before the nap, is to make the
 * block.
 */
static void a_run_for_a_block_goes_on_for_pages(void **state)
{
	struct machine *m = *state;

	fill_with_holes_to(m, 70);
	tasks.asleep[SLEEP_KCOMPACTD] = true;
	wake(m, GFP_KERNEL, 3);
	reclaim_kswapd(m->memory, NODE);
	expect_log("+kcompactd; kswapd 100ms; kswapd; ");
	assert_int_equal(event(m, VM_PAGEOUTRUN), 1);
	page_drain_all(m->memory, 0);
	assert_true(free_pages(m) > 96);
	assert_true(free_pages(m) < 96 + 64);
}

/* Whose kswapd is asked again, while it runs or naps. */
static struct machine *asked;

static void ask_for_a_block(struct memory *memory)
{
	(void)memory;
	tasks.on_elapse = NULL;
	wake(asked, GFP_KERNEL, 3);
}

/*
 * Expect: asked for a block while it reclaims pages, it does not sleep when it
 * has them, but runs again for the block.
 */
static void who_asks_meanwhile_is_heard(void **state)
{
	struct machine *m = *state;

	asked = m;
	fill_with_holes_to(m, 70);
	tasks.asleep[SLEEP_KCOMPACTD] = true;
	tasks.on_elapse = ask_for_a_block;
	wake(m, GFP_KERNEL, 0);
	reclaim_kswapd(m->memory, NODE);
	expect_log("+kcompactd; kswapd 100ms; kswapd; ");
	assert_int_equal(event(m, VM_PAGEOUTRUN), 2);
}

static void ask_again(struct memory *memory, enum sleep_queue queue)
{
	(void)memory;
	(void)queue;
	tasks.on_sleep = NULL;
	fill_to(asked, 70);
	wake(asked, GFP_KERNEL, 2);
}

/* Expect: woken from its nap, it runs again, for the order asked for. */
static void a_nap_may_end_early(void **state)
{
	struct machine *m = *state;

	asked = m;
	tasks.left_ns = 40000000;
	tasks.on_sleep = ask_again;
	reclaim_kswapd(m->memory, NODE);
	expect_log("kswapd 100ms; kswapd 100ms; kswapd; ");
	assert_int_equal(event(m, VM_KSWAPD_LOW_WMARK_HIT_QUICKLY), 1);
	assert_int_equal(event(m, VM_PAGEOUTRUN), 1);
	assert_int_equal(event(m, VM_KSWAPD_HIGH_WMARK_HIT_QUICKLY), 0);
}

/* Expect: lists are kept short while it runs. */
static void note_lists(struct memory *memory)
{
	assert_true(memory->zone[0].reclaim_active);
	tasks.others = true;
}

static void per_cpu_lists_are_short_meanwhile(void **state)
{
	struct machine *m = *state;

	fill_to(m, 70);
	wake(m, GFP_KERNEL, 0);
	tasks.on_elapse = note_lists;
	reclaim_kswapd(m->memory, NODE);
	assert_true(tasks.others);
	assert_false(zone_0(m)->reclaim_active);
}

/*
 * A workload tells of kswapd; a boost of 100 there was before it began, one of
 * 20 came while it ran. Expect: lists are short meanwhile, the first boost is
 * over then, and the run's own kswapd is woken no more.
 */
static void a_recorded_kswapd_stands_in_for_it(void **state)
{
	struct machine *m = *state;
	struct zone *zone = &m->memory->zone[0];

	tasks.asleep[SLEEP_KSWAPD] = true;
	fill_to(m, 70);
	zone->watermark_boost = 100;
	reclaim_begin_recorded(m->memory, NODE);
	assert_true(zone->reclaim_active);
	wake(m, GFP_KERNEL, 0);
	expect_log("");
	zone->watermark_boost = 120;
	reclaim_end_recorded(m->memory, NODE);
	assert_false(zone->reclaim_active);
	assert_int_equal(zone->watermark_boost, 20);
	wake(m, GFP_KERNEL, 0);
	expect_log("");
	reclaim_end_recorded(m->memory, NODE);
	assert_int_equal(zone->watermark_boost, 20);
}

/*
 * Expect: what a recorded reclaim freed is there by now: a request looks again
 * once, with lists drained, and is refused then; nothing is taken from the run.
 */
static void a_recorded_reclaim_stands_in_for_it(void **state)
{
	struct machine *m = *state;

	make_many(m, 64, &cache);
	reclaim_end_recorded(m->memory, NODE);
	assert_true(direct_reclaim(m, GFP_KERNEL, 0) == RECLAIM_RETRY);
	assert_int_equal(event(m, VM_PGSTEAL_DIRECT), 0);
}

/* Takes all there is, so that nothing can be reclaimed. */
static void use_up(struct machine *m)
{
	while (get(m, GFP_ATOMIC | __GFP_MEMALLOC, 0) != PFN_NONE)
		;
}

/*
 * Expect: 16 runs that reclaim nothing, then it sleeps although nothing is
 * well; nobody wakes it, kcompactd is woken instead for who can't compact.
 */
static void a_hopeless_node_is_given_up(void **state)
{
	struct machine *m = *state;

	use_up(m);
	wake(m, GFP_KERNEL, 0);
	reclaim_kswapd(m->memory, NODE);
	expect_log("kswapd 100ms; kswapd; ");
	assert_int_equal(event(m, VM_PAGEOUTRUN), 16);
	tasks.asleep[SLEEP_KSWAPD] = true;
	wake(m, GFP_KERNEL, 0);
	expect_log("");
}

/* Expect: one page reclaimed by somebody else, and it may be woken again. */
static void progress_gives_new_hope(void **state)
{
	struct machine *m = *state;

	make_many(m, 64, &cache);
	use_up(m);
	reclaim_node_of(m->memory, 0)->kswapd_failures = 16;
	tasks.asleep[SLEEP_KSWAPD] = true;
	assert_int_not_equal(direct_reclaim(m, GFP_KERNEL, 0), 0);
	wake(m, GFP_KERNEL, 0);
	expect_log("+kswapd; ");
}

/*
 * 1700 pages of page cache, a boost of 100. Expect: nothing comes of the first
 * round, 1700 >> 12 pages, and that is that; the boost is taken back all the
 * same.
 */
static void a_boost_in_vain_ends_at_once(void **state)
{
	struct machine *m = *state;

	make_many(m, 1700, &cache);
	m->memory->zone[0].watermark_boost = 100;
	tasks.asleep[SLEEP_KSWAPD] = true;
	wake(m, 0, 0);
	expect_log("+kswapd; ");
	tasks.asleep[SLEEP_KSWAPD] = false;
	tasks.left_ns = 1;
	reclaim_kswapd(m->memory, NODE);
	assert_int_equal(event(m, VM_PAGEOUTRUN), 1);
	assert_int_equal(event(m, VM_PGSTEAL_KSWAPD), 0);
	assert_int_equal(zone_0(m)->watermark_boost, 0);
	assert_int_equal(reclaim_node_of(m->memory, 0)->kswapd_failures, 1);
}

static struct machine *large_machine(void **state)
{
	struct machine *m = *state;

	machine_stop(m);
	reclaim_describe(m);
	m->zone[0].spanned_pages = 16384;
	m->zone[0].present_pages = 16384;
	m->zone[0].managed_pages = 16384;
	m->desc.swap_bytes = 1000 << 12;
	return m;
}

/*
 * 9000 pages of page cache, 5000 anonymous ones, a boost of 100. Expect: 2 and
 * 4 pages, then 8 at a time, priority 10 being the highest, until 100 are
 * there; nothing is swapped.
 */
static void a_boost_is_reclaimed_gently(void **state)
{
	struct machine *m = large_machine(state);

	reclaim_start(m);
	make_many(m, 9000, &cache);
	forget_use(m, make_many(m, 5000, &anon), 5000);
	m->memory->zone[0].watermark_boost = 100;
	wake(m, 0, 0);
	tasks.left_ns = 1;
	reclaim_kswapd(m->memory, NODE);
	assert_int_equal(event(m, VM_PGSTEAL_KSWAPD), 2 + 4 + 12 * 8);
	assert_int_equal(m->memory->work.count[WORK_LRU_BATCHES], 14);
	assert_int_equal(event(m, VM_PGSCAN_ANON), 0);
	assert_int_equal(zone_0(m)->watermark_boost, 0);
}

/*
 * Low is a page above min, one CPU's share of the counter goes to 2. Expect:
 * shares of up to 2 while kswapd sleeps for good, of 1 when it is awake.
 */
static void expect_normal_threshold(struct memory *memory,
				    enum sleep_queue queue)
{
	bool naps = !strcmp(tasks.log, "kswapd 100ms; ");

	(void)queue;
	if (!naps)
		assert_int_equal(memory->zone[0].stat_threshold, 2);
}

static void counters_are_exact_while_it_is_awake(void **state)
{
	struct machine *m = *state;

	machine_stop(m);
	reclaim_describe(m);
	m->zone[0].watermark[WMARK_LOW] = 65;
	m->zone[0].watermark[WMARK_HIGH] = 66;
	reclaim_start(m);
	assert_int_equal(zone_0(m)->drift_mark, 68);
	tasks.on_sleep = expect_normal_threshold;
	reclaim_kswapd(m->memory, NODE);
	expect_log("kswapd 100ms; kswapd; ");
	assert_int_equal(zone_0(m)->stat_threshold, 1);
}

/* Expect: who waited for reserves is woken once enough of them is there. */
static void waiting_callers_are_released(void **state)
{
	struct machine *m = *state;

	fill_to(m, 70);
	tasks.asleep[SLEEP_PFMEMALLOC] = true;
	reclaim_kswapd(m->memory, NODE);
	assert_non_null(strstr(tasks.log, "+pfmemalloc; "));
}

int main(void)
{
#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(name, reclaim_setup, reclaim_teardown)
	const struct CMUnitTest tests[] = {
		T(kswapd_sleeps_when_all_is_well),
		T(kswapd_waits_for_who_wakes_it),
		T(only_a_sleeping_kswapd_is_woken),
		T(a_run_goes_from_low_to_high),
		T(a_run_for_a_block_goes_on_for_pages),
		T(who_asks_meanwhile_is_heard),
		T(a_nap_may_end_early),
		T(per_cpu_lists_are_short_meanwhile),
		T(a_recorded_kswapd_stands_in_for_it),
		T(a_recorded_reclaim_stands_in_for_it),
		T(a_hopeless_node_is_given_up),
		T(progress_gives_new_hope),
		T(a_boost_in_vain_ends_at_once),
		T(a_boost_is_reclaimed_gently),
		T(counters_are_exact_while_it_is_awake),
		T(waiting_callers_are_released),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
