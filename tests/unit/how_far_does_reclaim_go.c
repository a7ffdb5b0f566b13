/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When reclaim goes round again, when it leaves the rest to compaction, and
 * what it makes of what it met. The machine is that of reclaim_machine.h, with
 * marks at 64, 80 and 96 pages.
 */

#include "tests/unit/reclaim_machine.h"

#define COSTLY (PAGE_ALLOC_COSTLY_ORDER + 1)

static uint32_t work(const struct machine *m, enum work_kind which)
{
	return m->memory->work.count[which];
}

/*
 *	|f#f#f#f#|f#f#f#f#| …
 *
 * Memory is full to the last page, and every other one is page cache: what
 * comes free makes no block.
 */
static void fill(struct machine *m)
{
	bool cached = false;
	pfn_t pfn;

	while ((pfn = get(m, GET_MOVABLE | __GFP_MEMALLOC, 0)) != PFN_NONE) {
		cached = !cached;
		if (cached)
			folio_new(m->memory, pfn, 0, GET_MOVABLE, &cache);
	}
	assert_int_equal(list_size(m, LRU_INACTIVE_FILE), RECLAIM_PAGES / 2);
}

/* Rounds through the lists for a request; each takes a 32nd of what is left. */
static uint32_t rounds_for(struct machine *m, gfp_t gfp, order_t order)
{
	struct scan_control sc = caller(5);
	uint32_t before = work(m, WORK_NODES_RECLAIMED);

	sc.order = order;
	sc.gfp = gfp;
	reclaim_shrink_node(m->memory, 0, &sc);
	return work(m, WORK_NODES_RECLAIMED) - before;
}

/*
 * For a block of 16 compaction wants twice as much above the low mark: more
 * than 112 pages.
 *
 * Expect: it goes round until that is free, 32 + 31 + 30 + 29 + 28 less what
 * waits on the CPU's lists; once is enough then. A single page, or somebody who
 * may not compact, is no reason to go on.
 */
static void for_a_block_it_goes_round(void **state)
{
	struct machine *m = *state;

	fill(m);
	assert_int_equal(rounds_for(m, GFP_KERNEL, COSTLY), 5);
	assert_in_range(zone_exact_free_pages(m->memory, m->memory->zone), 113,
			150);
	assert_int_equal(rounds_for(m, GFP_KERNEL, COSTLY), 1);
	reclaim_teardown(state);
	reclaim_setup(state);
	fill(m);
	assert_int_equal(rounds_for(m, GFP_KERNEL, 0), 1);
	assert_int_equal(rounds_for(m, GFP_NOIO, COSTLY), 1);
}

/*
 * Expect: where enough is free for compaction already, it takes nothing, and
 * says that it is worth to try again.
 */
static void what_compaction_can_do_is_left_to_it(void **state)
{
	struct machine *m = *state;
	uint64_t scanned;

	fill(m);
	rounds_for(m, GFP_KERNEL, COSTLY);
	/* Above the high mark is what counts here: 96 + 32. */
	rounds_for(m, GFP_KERNEL, COSTLY);
	assert_in_range(zone_exact_free_pages(m->memory, m->memory->zone), 129,
			200);
	scanned = event(m, VM_PGSCAN_DIRECT);
	assert_int_equal(direct_reclaim(m, GFP_KERNEL, COSTLY), RECLAIM_RETRY);
	assert_int_equal(event(m, VM_PGSCAN_DIRECT), scanned);
	assert_in_range(direct_reclaim(m, GFP_NOIO, COSTLY), 32, 64);
}

/*
 * Expect: programs are told each time that 512 pages were looked at, counted
 * anew after that; never of what they can do nothing about.
 */
static void programs_are_told_of_pressure(void **state)
{
	struct machine *m = *state;
	struct scan_control sc;
	uint32_t expected = 0;
	uint64_t seen = 0;

	make_many(m, 1900, &cache);
	while (expected < 2) {
		sc = caller(3);
		sc.nr_to_reclaim = RECLAIM_PAGES;
		assert_int_equal(work(m, WORK_PRESSURE_NOTICES), expected);
		reclaim_shrink_node(m->memory, 0, &sc);
		assert_in_range(sc.nr_scanned, 1, 256);
		seen += sc.nr_scanned;
		if (seen >= 512) {
			expected++;
			seen = 0;
		}
	}
	assert_int_equal(work(m, WORK_PRESSURE_NOTICES), 2);
	sc = caller(0);
	sc.gfp = __GFP_DIRECT_RECLAIM;
	sc.nr_to_reclaim = RECLAIM_PAGES;
	m->memory->reclaim->scanned = 511;
	reclaim_shrink_node(m->memory, 0, &sc);
	assert_int_equal(work(m, WORK_PRESSURE_NOTICES), 2);
}

/* Expect: in any case from priority 3 on, with nothing to look at: 3, 2, 1, 0.
 */
static void programs_are_told_when_it_gets_hard(void **state)
{
	struct machine *m = *state;

	assert_int_equal(direct_reclaim(m, GFP_KERNEL, 0), 0);
	assert_int_equal(work(m, WORK_PRESSURE_NOTICES), 4);
}

/*
 * Expect: kswapd says that all is dirty of a round that met nothing else,
 * whatever the rounds before it met.
 */
static void each_round_is_judged_by_itself(void **state)
{
	struct machine *m = *state;
	struct lruvec *lruvec = folio_lruvec(m->memory, 0);
	struct scan_control sc = caller(0);

	sc.is_kswapd = true;
	make_many(m, 10, &cache);
	make_many(m, 10, &dirty);
	reclaim_shrink_node(m->memory, 0, &sc);
	assert_int_equal(sc.nr_reclaimed, 10);
	assert_false(lruvec->dirty);
	make_many(m, 10, &dirty);
	reclaim_shrink_node(m->memory, 0, &sc);
	assert_int_equal(sc.nr_reclaimed, 10);
	assert_true(lruvec->dirty);
}

/*
 * Lists of 400 inactive and 700 active folios; the inactive one is short where
 * it is the shorter, in 4 KB pages.
 *
 * Expect: with more than 1 GB in both it is long enough if it has a third, the
 * root of ten times the gigabytes.
 */
static void large_lists_may_be_less_inactive(void **state)
{
	const struct folio_desc active = { .active = true };
	struct machine *m = *state;

	for (int large = 0; large < 2; large++) {
		struct scan_control sc = caller(2);

		machine_stop(m);
		reclaim_describe(m);
		m->desc.page_shift = large ? 20 : 12;
		reclaim_start(m);
		make_many(m, 400, &cache);
		make_many(m, 700, &active);
		reclaim_shrink_node(m->memory, 0, &sc);
		assert_int_equal(event(m, VM_PGDEACTIVATE) == 0, large);
		assert_int_equal(sc.skipped_deactivate, large);
	}
}

/* Expect: who waits for memory has others' swapped out. */
static void direct_reclaim_swaps(void **state)
{
	struct machine *m = *state;

	machine_stop(m);
	reclaim_describe(m);
	m->desc.swap_bytes = 1000 << 12;
	reclaim_start(m);
	forget_use(m, make_many(m, 100, &anon), 100);
	assert_in_range(direct_reclaim(m, GFP_KERNEL, 0), 32, 64);
	assert_in_range(event(m, VM_PSWPOUT), 32, 64);
}

int main(void)
{
#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(name, reclaim_setup, reclaim_teardown)
	const struct CMUnitTest tests[] = {
		T(for_a_block_it_goes_round),
		T(what_compaction_can_do_is_left_to_it),
		T(programs_are_told_of_pressure),
		T(programs_are_told_when_it_gets_hard),
		T(each_round_is_judged_by_itself),
		T(large_lists_may_be_less_inactive),
		T(direct_reclaim_swaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
