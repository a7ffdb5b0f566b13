/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When a zone has enough free pages for a request: how far below the min mark
 * each kind of caller may go, what is kept from whom, and which count of free
 * pages is believed.
 */

#include "models/page/watermark.h"
#include "tests/unit/machine_fixture.h"

#define PAGES 8192
#define MIN 1000
#define LOW 1250

static int setup(void **state)
{
	static struct machine m;

	machine_describe(&m, PAGES, 9, 11);
	m.zone[0].watermark[WMARK_MIN] = MIN;
	m.zone[0].watermark[WMARK_LOW] = LOW;
	m.zone[0].watermark[WMARK_HIGH] = 1500;
	machine_start(&m);
	*state = &m;
	return 0;
}

static int teardown(void **state)
{
	machine_stop(*state);
	return 0;
}

static struct zone *zone_of_machine(struct machine *m)
{
	return &m->memory->zone[0];
}

static bool is_enough(struct machine *m, unsigned int alloc_flags,
		      int64_t free_pages)
{
	return watermark_ok(zone_of_machine(m), 0, MIN, ZONE_NORMAL,
			    alloc_flags, free_pages);
}

/* `least` free pages are enough, one fewer is not. */
static void expect_least(struct machine *m, unsigned int alloc_flags,
			 int64_t least)
{
	assert_true(is_enough(m, alloc_flags, least));
	assert_false(is_enough(m, alloc_flags, least - 1));
}

/*
 *	1001  anyone
 *	 501  __GFP_HIGH                         half
 *	 376  GFP_ATOMIC: can't wait either      a quarter less
 *	 501  a task that is being killed        half
 *	 251, 189   both, all three
 *
 * Expect: one page more than what must be left, for each kind of caller. Being
 * unable to wait alone is worth nothing.
 */
static void who_may_go_how_low(void **state)
{
	struct machine *m = *state;
	unsigned int high = ALLOC_MIN_RESERVE;
	unsigned int atomic = ALLOC_MIN_RESERVE | ALLOC_NON_BLOCK;

	expect_least(m, 0, 1001);
	expect_least(m, ALLOC_NON_BLOCK, 1001);
	expect_least(m, ALLOC_HIGHATOMIC, 1001);
	expect_least(m, high, 501);
	expect_least(m, atomic, 376);
	expect_least(m, ALLOC_OOM, 501);
	expect_least(m, high | ALLOC_OOM, 251);
	expect_least(m, atomic | ALLOC_OOM, 189);
}

/* Expect: shares are rounded as the kernel does: 7 - 3 = 4, 4 - 1 = 3. */
static void odd_marks_are_rounded_up(void **state)
{
	struct machine *m = *state;
	struct zone *zone = zone_of_machine(m);

	assert_true(
		watermark_ok(zone, 0, 7, ZONE_NORMAL, ALLOC_MIN_RESERVE, 5));
	assert_false(
		watermark_ok(zone, 0, 7, ZONE_NORMAL, ALLOC_MIN_RESERVE, 4));
	assert_true(watermark_ok(zone, 0, 7, ZONE_NORMAL,
				 ALLOC_MIN_RESERVE | ALLOC_NON_BLOCK, 4));
	assert_false(watermark_ok(zone, 0, 7, ZONE_NORMAL,
				  ALLOC_MIN_RESERVE | ALLOC_NON_BLOCK, 3));
}

/* Expect: a block of 2^n pages has to leave the mark, all but one of them. */
static void a_block_counts_all_its_pages_but_one(void **state)
{
	struct machine *m = *state;
	struct zone *zone = zone_of_machine(m);

	assert_true(watermark_ok(zone, 3, MIN, ZONE_NORMAL, 0, 1008));
	assert_false(watermark_ok(zone, 3, MIN, ZONE_NORMAL, 0, 1007));
}

/*
 *	lowmem_reserve   for DMA 0, Normal 0, HighMem 300
 *
 * Expect: who could have used a higher zone has to leave more here.
 */
static void more_is_kept_from_who_has_other_zones(void **state)
{
	struct machine *m = *state;
	struct zone *zone = zone_of_machine(m);

	zone->lowmem_reserve[ZONE_HIGHMEM] = 300;
	assert_true(watermark_ok(zone, 0, MIN, ZONE_NORMAL, 0, 1001));
	assert_true(watermark_ok(zone, 0, MIN, ZONE_HIGHMEM, 0, 1301));
	assert_false(watermark_ok(zone, 0, MIN, ZONE_HIGHMEM, 0, 1300));
	/* Callers that may go below the mark don't get at this reserve. */
	assert_false(watermark_ok(zone, 0, MIN, ZONE_HIGHMEM,
				  ALLOC_MIN_RESERVE | ALLOC_NON_BLOCK, 675));
	assert_true(watermark_ok(zone, 0, MIN, ZONE_HIGHMEM,
				 ALLOC_MIN_RESERVE | ALLOC_NON_BLOCK, 676));
}

/* Expect: pages set aside for high-order atomics are not there for others. */
static void the_atomic_reserve_is_not_for_all(void **state)
{
	struct machine *m = *state;
	struct zone *zone = zone_of_machine(m);

	zone->nr_reserved_highatomic = 512;
	expect_least(m, 0, 1001 + 512);
	expect_least(m, ALLOC_NON_BLOCK, 1001);
	expect_least(m, ALLOC_MIN_RESERVE, 501);
	expect_least(m, ALLOC_HIGHATOMIC, 1001);
	expect_least(m, ALLOC_OOM, 501);
	zone->nr_reserved_highatomic = 0;
}

/* Expect: with pages in plenty, a block needs a list to come from. */
static void a_block_needs_a_list(void **state)
{
	struct machine m;
	struct zone *zone;

	(void)state;
	machine_describe(&m, 64, 4, 6);
	machine_draw(&m, "mhmm",
		     "....####.#.#.#.# ................"
		     "################ ################");
	zone = zone_of_machine(&m);
	assert_true(watermark_ok(zone, 2, 0, ZONE_NORMAL, 0, 24));
	assert_false(watermark_ok(zone, 3, 0, ZONE_NORMAL, 0, 24));
	/* The reserve is one for those whom it is for, and for the dying. */
	assert_true(
		watermark_ok(zone, 3, 0, ZONE_NORMAL, ALLOC_HIGHATOMIC, 24));
	assert_true(watermark_ok(zone, 3, 0, ZONE_NORMAL, ALLOC_OOM, 24));
	assert_false(watermark_ok(zone, 3, 0, ZONE_NORMAL,
				  ALLOC_MIN_RESERVE | ALLOC_NON_BLOCK, 24));
	assert_false(
		watermark_ok(zone, 5, 0, ZONE_NORMAL, ALLOC_HIGHATOMIC, 64));
	machine_stop(&m);
}

/*
 *	order 2: for all; order 4: for high-order atomics only
 *
 * Expect: who wants order 3 and may not have the block of order 4 looks at it
 * in vain, unless it was refused for want of pages; for order 5 and single
 * pages there is none to look at.
 */
static void what_others_have_is_looked_at_in_vain(void **state)
{
	struct machine m;
	struct zone *zone;

	(void)state;
	machine_describe(&m, 64, 4, 6);
	machine_draw(&m, "mhmm",
		     "....####.#.#.#.# ................"
		     "################ ################");
	zone = zone_of_machine(&m);
	assert_int_equal(watermark_orders_barred(zone, 3, 0, ZONE_NORMAL, 0),
			 1);
	assert_int_equal(watermark_orders_barred(zone, 3, 0, ZONE_NORMAL,
						 ALLOC_HIGHATOMIC),
			 0);
	assert_int_equal(watermark_orders_barred(zone, 3, 64, ZONE_NORMAL, 0),
			 0);
	assert_int_equal(watermark_orders_barred(zone, 5, 0, ZONE_NORMAL, 0),
			 0);
	assert_int_equal(watermark_orders_barred(zone, 0, 0, ZONE_NORMAL, 0),
			 0);
	machine_stop(&m);
}

/* ---- step by step ---- */

/*
 *	1200 free - 7 of the block - 512 reserved for atomics	= 681
 *	min mark 1000 - 500 - 125 + 300 lowmem_reserve		= 675
 *
 * Expect: the terms are those of the rules; who may dip into reserves is not
 * charged the atomic one.
 */
static void the_terms_can_be_told(void **state)
{
	struct machine *m = *state;
	struct zone *zone = zone_of_machine(m);
	struct watermark_terms terms;

	zone->nr_reserved_highatomic = 512;
	zone->lowmem_reserve[ZONE_HIGHMEM] = 300;
	terms = watermark_terms(zone, 3, MIN, ZONE_HIGHMEM, 0, 1200);
	assert_int_equal(terms.own, 7);
	assert_int_equal(terms.highatomic, 512);
	assert_int_equal(watermark_usable(&terms), 681);
	assert_int_equal(watermark_needed(&terms), 1300);
	terms = watermark_terms(zone, 3, MIN, ZONE_HIGHMEM,
				ALLOC_MIN_RESERVE | ALLOC_NON_BLOCK, 1200);
	assert_int_equal(terms.highatomic, 0);
	assert_int_equal(terms.half, 500);
	assert_int_equal(terms.quarter, 125);
	assert_int_equal(terms.oom, 0);
	assert_int_equal(terms.reserve, 300);
	assert_int_equal(watermark_needed(&terms), 675);
	zone->nr_reserved_highatomic = 0;
	zone->lowmem_reserve[ZONE_HIGHMEM] = 0;
}

static uint32_t draw(uint32_t *seed, uint32_t below)
{
	*seed = *seed * 1664525u + 1013904223u;
	return (*seed >> 8) % below;
}

/* Any marks, reserves, free lists and flags. */
static void draw_zone(struct zone *zone, uint32_t *seed)
{
	zone->nr_reserved_highatomic = draw(seed, 3) ? 0 : draw(seed, 600);
	zone->nr_free_cma_pages = draw(seed, 3) ? 0 : draw(seed, 600);
	zone->lowmem_reserve[ZONE_HIGHMEM] = draw(seed, 2) * draw(seed, 400);
	for (int type = 0; type < NR_MIGRATETYPES; type++)
		zone->area[type].nonempty = draw(seed, 3) ? 0 :
							    draw(seed, 1 << 11);
}

/* Expect: whatever the zone, the terms come to what watermark_ok() says. */
static void the_terms_decide(void **state)
{
	struct machine *m = *state;
	struct zone zone = *zone_of_machine(m);
	unsigned int enough = 0;
	uint32_t seed = 1;

	for (int i = 0; i < 20000; i++) {
		order_t order = (order_t)draw(&seed, 11);
		unsigned int flags = draw(&seed, 0x400) & ~7u;
		int64_t mark = draw(&seed, 1200);
		int64_t pages = draw(&seed, 3000);
		struct watermark_terms terms;
		bool ok;

		draw_zone(&zone, &seed);
		terms = watermark_terms(&zone, order, mark, ZONE_HIGHMEM, flags,
					pages);
		ok = watermark_usable(&terms) > watermark_needed(&terms) &&
		     (!order || terms.orders >> order);
		assert_int_equal(ok, watermark_ok(&zone, order, mark,
						  ZONE_HIGHMEM, flags, pages));
		enough += ok;
	}
	/* Both answers are tried. */
	assert_in_range(enough, 1000, 19000);
}

/* ---- the boost ---- */

static bool is_enough_fast(struct machine *m, unsigned int mark, order_t order,
			   gfp_t gfp, int64_t free_pages)
{
	struct zone *zone = zone_of_machine(m);
	int64_t real = zone->nr_free_pages;
	bool enough;

	zone->nr_free_pages = free_pages;
	enough = watermark_ok_fast(zone, order, watermark_pages(zone, mark),
				   ZONE_NORMAL, mark, gfp);
	zone->nr_free_pages = real;
	return enough;
}

/* Expect: a boost of 100 pages raises every mark… */
static void a_boost_raises_the_marks(void **state)
{
	struct machine *m = *state;
	struct zone *zone = zone_of_machine(m);

	zone->watermark_boost = 100;
	assert_int_equal(watermark_pages(zone, WMARK_LOW), LOW + 100);
	assert_false(is_enough_fast(m, WMARK_LOW, 0, GFP_KERNEL, LOW + 100));
	assert_true(is_enough_fast(m, WMARK_LOW, 0, GFP_KERNEL, LOW + 101));
	assert_false(is_enough_fast(m, WMARK_MIN, 0, GFP_KERNEL, MIN + 100));
}

/* Expect: …but not the min mark for single pages of GFP_ATOMIC. */
static void atomic_pages_ignore_the_boost(void **state)
{
	struct machine *m = *state;

	zone_of_machine(m)->watermark_boost = 100;
	assert_true(is_enough_fast(m, WMARK_MIN, 0, GFP_ATOMIC, MIN + 1));
	assert_false(is_enough_fast(m, WMARK_MIN, 0, GFP_ATOMIC, MIN));
	assert_false(is_enough_fast(m, WMARK_LOW, 0, GFP_ATOMIC, LOW + 100));
	assert_false(is_enough_fast(m, WMARK_MIN, 1, GFP_ATOMIC, MIN + 100));
	assert_false(is_enough_fast(m, WMARK_MIN, 0, GFP_NOWAIT, MIN + 100));
}

/* ---- which count is believed ---- */

/*
 *	counter 8192, threshold 10: the CPU keeps up to 10 pages to itself
 *
 * Expect: the counter lags until the CPU's share exceeds the threshold, then
 * takes all of it.
 */
static void the_counter_lags_behind_the_lists(void **state)
{
	struct machine *m = *state;
	struct zone *zone = zone_of_machine(m);

	zone->stat_threshold = 10;
	zone_mod_free_pages(zone, 0, -10);
	assert_int_equal(zone->nr_free_pages, PAGES);
	assert_int_equal(zone->free_diff[0], -10);
	assert_int_equal(zone_exact_free_pages(m->memory, zone), PAGES - 10);
	zone_mod_free_pages(zone, 0, -1);
	assert_int_equal(zone->nr_free_pages, PAGES - 11);
	assert_int_equal(zone->free_diff[0], 0);
	zone_mod_free_pages(zone, 0, 10);
	assert_int_equal(zone->nr_free_pages, PAGES - 11);
	zone_mod_free_pages(zone, 0, 1);
	assert_int_equal(zone->nr_free_pages, PAGES);
}

/* Expect: a large change passes by at once. */
static void a_large_change_passes_by(void **state)
{
	struct machine *m = *state;
	struct zone *zone = zone_of_machine(m);

	zone->stat_threshold = 10;
	zone_mod_free_pages(zone, 0, -3);
	zone_mod_free_pages(zone, 0, -64);
	assert_int_equal(zone->nr_free_pages, PAGES - 67);
	zone_mod_free_pages(zone, 0, 67);
}

/*
 *	free lists: 8192 pages, counter: 1250, low mark: 1250
 *
 * Expect: watermarks believe the counter, not the lists, until a large block
 * brings it up to date.
 */
static void watermarks_believe_the_counter(void **state)
{
	struct machine *m = *state;
	struct zone *zone = zone_of_machine(m);

	zone->nr_free_pages = LOW;
	zone->free_diff[0] = PAGES - LOW;
	assert_int_equal(get_grant(m, GFP_KERNEL, 4).path, PATH_SLOW);
	assert_int_equal(get_grant(m, GFP_KERNEL, 4).path, PATH_BUDDY);
}

/* Expect: a counter that lags below zero reads as zero. */
static void a_counter_is_never_below_zero(void **state)
{
	struct machine *m = *state;
	struct zone *zone = zone_of_machine(m);

	zone->nr_free_pages = -5;
	assert_int_equal(zone_counted_free_pages(zone), 0);
	zone->nr_free_pages = PAGES;
}

/*
 * A refill of six pages, one of which is handed out; then the five leave.
 *
 * Expect: a refill is counted as one change, a drain page by page.
 */
static void refills_are_counted_as_a_whole(void **state)
{
	struct machine *m = *state;
	struct zone *zone = zone_of_machine(m);

	zone->stat_threshold = 3;
	zone->pcp[0].batch = 6;
	get(m, GFP_KERNEL, 0);
	assert_int_equal(zone->nr_free_pages, PAGES - 6);
	assert_int_equal(zone->free_diff[0], 0);
	/* The fourth page exceeds the threshold, the fifth is left. */
	page_drain_all(m->memory, 0);
	assert_int_equal(zone->nr_free_pages, PAGES - 2);
	assert_int_equal(zone->free_diff[0], 1);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(who_may_go_how_low),
		test(odd_marks_are_rounded_up),
		test(a_block_counts_all_its_pages_but_one),
		test(more_is_kept_from_who_has_other_zones),
		test(the_atomic_reserve_is_not_for_all),
		test(a_block_needs_a_list),
		test(what_others_have_is_looked_at_in_vain),
		test(the_terms_can_be_told),
		test(the_terms_decide),
		test(a_boost_raises_the_marks),
		test(atomic_pages_ignore_the_boost),
		test(the_counter_lags_behind_the_lists),
		test(a_large_change_passes_by),
		test(watermarks_believe_the_counter),
		test(a_counter_is_never_below_zero),
		test(refills_are_counted_as_a_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
