/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What happens when a migrate type has run out: from which other type it
 * takes, how much, and what becomes of the pageblock. Pageblocks of 16 pages,
 * the largest block has 32; watermark boosting is off unless a test is about
 * it.
 */

#include "tests/unit/machine_fixture.h"

#define PAGES 64
#define FULL "################"

static int setup(void **state)
{
	static struct machine m;

	machine_describe(&m, PAGES, 4, 6);
	*state = &m;
	return 0;
}

static int teardown(void **state)
{
	machine_stop(*state);
	return 0;
}

/* Past the per-CPU lists, which hold orders 0-3. */
static pfn_t take_with(struct machine *m, enum migratetype type, order_t order,
		       unsigned int alloc_flags)
{
	struct zone *zone = &m->memory->zone[0];
	pfn_t pfn = mobility_take(m->memory, zone, order, type, alloc_flags);

	if (pfn == PFN_NONE)
		return pfn;
	m->memory->state[pfn] = PAGE_ALLOCATED | order;
	zone_mod_free_pages(zone, 0, -(1 << order));
	return pfn;
}

static pfn_t take(struct machine *m, enum migratetype type, order_t order)
{
	return take_with(m, type, order, 0);
}

/* Two pageblocks with one free page each, of the types given. */
static void expect_preference(const char *types, enum migratetype type,
			      pfn_t expected)
{
	struct machine m;

	machine_describe(&m, PAGES, 4, 6);
	machine_draw(&m, types,
		     "############### ."
		     "############### ." FULL FULL);
	assert_int_equal(take(&m, type, 0), expected);
	machine_stop(&m);
}

/* Expect: each type has its own order of preference. */
static void each_type_prefers_another(void **state)
{
	struct machine *m = *state;

	expect_preference("mrmm", MIGRATE_UNMOVABLE, 31);
	expect_preference("rmmm", MIGRATE_UNMOVABLE, 15);
	expect_preference("urmm", MIGRATE_MOVABLE, 31);
	expect_preference("rumm", MIGRATE_MOVABLE, 15);
	expect_preference("mumm", MIGRATE_RECLAIMABLE, 31);
	expect_preference("ummm", MIGRATE_RECLAIMABLE, 15);
	machine_draw(m, "mmmm", FULL FULL FULL FULL);
}

/*
 *	|r ......##########|m ........########|	unmovable, please
 *
 * Expect: the largest block comes before the preferred type.
 */
static void size_comes_before_preference(void **state)
{
	struct machine *m = *state;

	machine_draw(m, "rmmm", "....############ ........########" FULL FULL);
	assert_int_equal(take(m, MIGRATE_UNMOVABLE, 0), 16);
}

/* Expect: its own blocks come first, however small. */
static void its_own_come_first(void **state)
{
	struct machine *m = *state;

	machine_draw(m, "umrm", "###############. ................" FULL FULL);
	assert_int_equal(take(m, MIGRATE_UNMOVABLE, 0), 15);
	expect_types(m, "umrm");
	assert_int_equal(m->memory->work.count[WORK_FALLBACKS], 0);
}

/*
 *	|m ................|m ................|	one unmovable page, please
 *
 * Expect: a block of two whole pageblocks changes both pageblocks' type.
 */
static void whole_pageblocks_change_hands(void **state)
{
	struct machine *m = *state;

	machine_draw(m, "mmmm", "................ ................" FULL FULL);
	assert_int_equal(take(m, MIGRATE_UNMOVABLE, 0), 0);
	expect_types(m, "uumm");
	expect_list(m, MIGRATE_UNMOVABLE, 4, FRAMES(16));
}

/*
 *	|m ........#.#.####|	reclaimable, please: 10 of 16 pages are free
 *
 * Expect: all its free blocks move, and the pageblock becomes reclaimable. Nine
 * blocks and pages were looked at, of which the six in use were asked.
 */
static void half_a_free_pageblock_changes_hands(void **state)
{
	struct machine *m = *state;

	machine_draw(m, "mmmm", "........#.#.#### " FULL FULL FULL);
	assert_int_equal(take(m, MIGRATE_RECLAIMABLE, 0), 9);
	expect_types(m, "rmmm");
	expect_list(m, MIGRATE_RECLAIMABLE, 0, FRAMES(11));
	expect_list(m, MIGRATE_RECLAIMABLE, 3, FRAMES(0));
	expect_list(m, MIGRATE_MOVABLE, 0, NO_FRAMES);
	assert_int_equal(m->memory->work.count[WORK_BLOCK_SCANS], 9);
	assert_int_equal(m->memory->work.count[WORK_MOVABLE_ASKED], 6);
}

/*
 *	|u ####....#.#.####|	reclaimable, please: 6 of 16 pages are free
 *
 * Expect: its free blocks move, but the pageblock stays unmovable, since what
 * is in use there may be. A free goes back to the unmovable list.
 */
static void less_than_half_moves_but_stays(void **state)
{
	struct machine *m = *state;

	machine_draw(m, "ummm", "####....#.#.#### " FULL FULL FULL);
	assert_int_equal(take(m, MIGRATE_RECLAIMABLE, 2), 4);
	expect_types(m, "ummm");
	expect_list(m, MIGRATE_UNMOVABLE, 0, NO_FRAMES);
	expect_list(m, MIGRATE_RECLAIMABLE, 0, FRAMES(9, 11));
	put_to_buddy(m, 12, 0);
	expect_list(m, MIGRATE_UNMOVABLE, 0, FRAMES(12));
}

/* Pages free in an unmovable pageblock, and whether reclaimable gets it. */
static void expect_half_rule(const char *first_block, const char *types)
{
	struct machine m;
	char picture[PAGES + 8];

	snprintf(picture, sizeof(picture), "%s" FULL FULL FULL, first_block);
	machine_describe(&m, PAGES, 4, 6);
	machine_draw(&m, "ummm", picture);
	take(&m, MIGRATE_RECLAIMABLE, 0);
	expect_types(&m, types);
	machine_stop(&m);
}

/* Expect: 8 pages of 16 are half, 7 are not. */
static void half_is_eight_of_sixteen(void **state)
{
	struct machine *m = *state;

	expect_half_rule("#.#.#.#.#.#.#.#.", "rmmm");
	expect_half_rule("#.#.#.#.#.#.#.##", "ummm");
	machine_draw(m, "mmmm", FULL FULL FULL FULL);
}

/*
 *	|m ############...#|	unmovable, please: 3 of 16 pages are free
 *
 * Expect: nothing in use there is known to be movable, so all of it counts
 * as unmovable: the pageblock changes hands.
 */
static void what_is_not_known_to_be_movable_counts(void **state)
{
	struct machine *m = *state;

	machine_draw(m, "mmmm", "############...# " FULL FULL FULL);
	assert_int_equal(take(m, MIGRATE_UNMOVABLE, 0), 14);
	expect_types(m, "ummm");
	expect_list(m, MIGRATE_UNMOVABLE, 1, FRAMES(12));
}

/*
 *	list of order 0, unmovable   9 1 3 5 7
 *
 * Expect: moved blocks go to the tail, from low frames to high ones,
 * whatever their order on the old list was.
 */
static void moving_runs_from_low_to_high(void **state)
{
	struct machine *m = *state;

	machine_draw(m, "umrm", "#####.#.######## " FULL FULL FULL);
	put_to_buddy(m, 3, 0);
	put_to_buddy(m, 1, 0);
	expect_list(m, MIGRATE_UNMOVABLE, 0, FRAMES(1, 3, 5, 7));
	put_to_buddy(m, 9, 0);
	expect_list(m, MIGRATE_UNMOVABLE, 0, FRAMES(9, 1, 3, 5, 7));
	assert_int_equal(take(m, MIGRATE_RECLAIMABLE, 0), 1);
	expect_list(m, MIGRATE_RECLAIMABLE, 0, FRAMES(3, 5, 7, 9));
}

/*
 *	|u ....##.#########|	movable, please: the largest block, 4 pages,
 *				is half a pageblock's order
 *
 * Expect: the whole pageblock's free blocks move; it stays unmovable, for
 * nothing in it is movable yet and less than half is free.
 */
static void movable_takes_all_of_a_large_block(void **state)
{
	struct machine *m = *state;

	machine_draw(m, "ummm", "....##.######### " FULL FULL FULL);
	assert_int_equal(take(m, MIGRATE_MOVABLE, 0), 6);
	expect_types(m, "ummm");
	expect_list(m, MIGRATE_MOVABLE, 2, FRAMES(0));
}

/*
 *	|u ..##############|u ##.#############|	movable, please: the largest
 *						block has only 2 pages
 *
 * Expect: the smallest block that fits, and only that one.
 */
static void movable_takes_the_smallest_of_small_blocks(void **state)
{
	struct machine *m = *state;

	machine_draw(m, "uumm", "..########.##### ##.#############" FULL FULL);
	assert_int_equal(take(m, MIGRATE_MOVABLE, 0), 10);
	expect_list(m, MIGRATE_UNMOVABLE, 0, FRAMES(18));
	expect_list(m, MIGRATE_UNMOVABLE, 1, FRAMES(0));
	expect_list(m, MIGRATE_MOVABLE, 0, NO_FRAMES);
	expect_types(m, "uumm");
}

/*
 * The same, but the smallest block is that of the less preferred type.
 *
 * Expect: among smallest blocks, size comes before preference too.
 */
static void the_smallest_comes_before_preference(void **state)
{
	struct machine *m = *state;

	machine_draw(m, "rumm", "..############## ##.#############" FULL FULL);
	assert_int_equal(take(m, MIGRATE_MOVABLE, 0), 18);
	assert_int_equal(take(m, MIGRATE_MOVABLE, 0), 0);
	expect_list(m, MIGRATE_MOVABLE, 0, FRAMES(1));
}

/* Expect: unmovable requests take the largest block, however small. */
static void unmovable_takes_the_largest(void **state)
{
	struct machine *m = *state;

	machine_draw(m, "mmmm", "..########.##### " FULL FULL FULL);
	assert_int_equal(take(m, MIGRATE_UNMOVABLE, 0), 10);
	/* The block found is 0-1; all moved, the smallest that fits serves. */
	expect_list(m, MIGRATE_UNMOVABLE, 1, FRAMES(0));
	expect_types(m, "ummm");
}

/*
 *	|m ........########|m ................|	unmovable, not mixing types
 *
 * Expect: with ALLOC_NOFRAGMENT only a whole pageblock will do; when there is
 * none, nothing; but a request of a pageblock's size is not held back.
 */
static void without_mixing_only_whole_pageblocks(void **state)
{
	struct machine *m = *state;
	enum migratetype type = MIGRATE_UNMOVABLE;

	machine_draw(m, "mmrm", "........######## ................" FULL FULL);
	for (pfn_t pfn = 16; pfn < 32; pfn++)
		assert_int_equal(take_with(m, type, 0, ALLOC_NOFRAGMENT), pfn);
	assert_int_equal(take_with(m, type, 0, ALLOC_NOFRAGMENT), PFN_NONE);
	expect_types(m, "murm");
	put_to_buddy(m, 48, 4);
	assert_int_equal(take_with(m, type, 4, ALLOC_NOFRAGMENT), 48);
	assert_int_equal(take_with(m, type, 0, 0), 0);
}

/* Expect: a reserve for high-order atomic requests is nobody's fallback. */
static void the_reserve_is_no_fallback(void **state)
{
	struct machine *m = *state;

	machine_draw(m, "hmmm", "................ " FULL FULL FULL);
	assert_int_equal(take(m, MIGRATE_UNMOVABLE, 0), PFN_NONE);
	assert_int_equal(take(m, MIGRATE_MOVABLE, 0), PFN_NONE);
	assert_int_equal(take(m, MIGRATE_RECLAIMABLE, 0), PFN_NONE);
}

/*
 *	|h ....#.##########|	5 hangs on the movable list: it was freed
 *				while this was an ordinary pageblock
 *
 * Expect: it may be taken, alone; the reserve stays one.
 */
static void a_stray_page_of_the_reserve_goes_alone(void **state)
{
	struct machine *m = *state;

	machine_draw(m, "hmmm", "....#.########## " FULL FULL FULL);
	buddy_move_tail(m->memory, &m->memory->zone[0], 5, MIGRATE_MOVABLE);
	assert_int_equal(take(m, MIGRATE_UNMOVABLE, 0), 5);
	expect_types(m, "hmmm");
	expect_list(m, MIGRATE_HIGHATOMIC, 2, FRAMES(0));
}

/*
 * A zone of 72 pages ends within a pageblock:
 *	… |m ........|
 *
 * Expect: a pageblock that ends beyond the zone is not moved, only the block
 * itself is.
 */
static void a_cut_off_pageblock_is_not_moved(void **state)
{
	struct machine *m = *state;
	struct initial_state_desc *initial = &m->desc.initial;

	m->zone[0] = open_zone(ZONE_NORMAL, 0, 72);
	initial->exact = true;
	m->block[0] = (struct free_block_desc){ 0, ZONE_NORMAL, MIGRATE_MOVABLE,
						2, 64 };
	m->block[1] = (struct free_block_desc){ 0, ZONE_NORMAL, MIGRATE_MOVABLE,
						1, 70 };
	initial->free_blocks = m->block;
	initial->nr_free_blocks = 2;
	machine_start(m);
	assert_int_equal(take(m, MIGRATE_UNMOVABLE, 0), 64);
	expect_types(m, "mmmmm");
	expect_list(m, MIGRATE_MOVABLE, 1, FRAMES(70));
	expect_list(m, MIGRATE_UNMOVABLE, 1, FRAMES(66));
}

/*
 * A zone that starts at frame 8, within a pageblock of the zone below:
 *	|u ....####|....#..#|
 *	0          8        16
 *
 * Expect: only from the block found on is moved, nothing of the other zone.
 */
static void a_shared_pageblock_moves_from_the_block_on(void **state)
{
	struct machine *m = *state;
	struct initial_state_desc *initial = &m->desc.initial;
	struct zone *zone;

	m->zone[0] = open_zone(ZONE_DMA32, 0, 8);
	m->zone[1] = open_zone(ZONE_NORMAL, 8, 24);
	m->node[0].nr_zones = 2;
	m->block[0] = (struct free_block_desc){ 0, ZONE_DMA32, MIGRATE_MOVABLE,
						2, 0 };
	m->block[1] = (struct free_block_desc){ 0, ZONE_NORMAL,
						MIGRATE_UNMOVABLE, 2, 12 };
	m->block[2] = (struct free_block_desc){ 0, ZONE_NORMAL,
						MIGRATE_UNMOVABLE, 0, 9 };
	initial->exact = true;
	initial->free_blocks = m->block;
	initial->nr_free_blocks = 3;
	machine_start(m);
	zone = &m->memory->zone[1];
	assert_int_equal(
		mobility_take(m->memory, zone, 0, MIGRATE_RECLAIMABLE, 0), 12);
	m->memory->state[12] = PAGE_ALLOCATED;
	zone_mod_free_pages(zone, 0, -1);
	assert_int_equal(zone->area[MIGRATE_UNMOVABLE].nr_free[0], 1);
	assert_int_equal(m->memory->zone[0].area[MIGRATE_MOVABLE].nr_free[2],
			 1);
}

/* ---- boosting ---- */

static struct zone *boosting(struct machine *m, uint32_t factor, int64_t high)
{
	m->desc.sysctl.watermark_boost_factor = factor;
	m->zone[0].watermark[WMARK_HIGH] = high;
	machine_draw(m, "mmmm",
		     "#.#.#.#.#.#.#.#. #.#.#.#.#.#.#.#."
		     "................ " FULL);
	return &m->memory->zone[0];
}

/*
 * Expect: each block taken that is smaller than a pageblock raises the marks
 * by a pageblock's pages, up to 1.5 times the high one; kswapd is to be woken
 * for callers that may wake it.
 */
static void mixing_types_boosts_the_watermarks(void **state)
{
	struct machine *m = *state;
	struct zone *zone = boosting(m, 15000, 24);

	take_with(m, MIGRATE_UNMOVABLE, 4, 0);
	assert_int_equal(zone->watermark_boost, 0);
	take_with(m, MIGRATE_UNMOVABLE, 0, 0);
	assert_int_equal(zone->watermark_boost, 16);
	assert_false(zone->boosted);
	take_with(m, MIGRATE_RECLAIMABLE, 0, ALLOC_KSWAPD);
	assert_int_equal(zone->watermark_boost, 32);
	assert_true(zone->boosted);
	while (take(m, MIGRATE_MOVABLE, 0) != PFN_NONE)
		;
	assert_int_equal(zone->watermark_boost, 36);
}

/* Expect: at least a pageblock, however low the high mark… */
static void the_least_boost_is_a_pageblock(void **state)
{
	struct machine *m = *state;
	struct zone *zone = boosting(m, 15000, 2);

	take(m, MIGRATE_UNMOVABLE, 4);
	take(m, MIGRATE_UNMOVABLE, 0);
	take(m, MIGRATE_RECLAIMABLE, 0);
	assert_int_equal(zone->watermark_boost, 16);
}

/* Expect: …but nothing before there are marks, or with a factor of 0. */
static void no_marks_no_boost(void **state)
{
	struct machine *m = *state;
	struct zone *zone = boosting(m, 15000, 0);

	take(m, MIGRATE_UNMOVABLE, 4);
	take(m, MIGRATE_UNMOVABLE, 0);
	assert_int_equal(zone->watermark_boost, 0);
	zone->watermark[WMARK_HIGH] = 24;
	m->memory->boost_factor = 0;
	take(m, MIGRATE_RECLAIMABLE, 0);
	assert_int_equal(zone->watermark_boost, 0);
}

/* Expect: no boost in zones of less than four pageblocks. */
static void small_zones_are_not_boosted(void **state)
{
	struct machine *m = *state;
	struct zone *zone;

	m->zone[0].managed_pages = PAGES - 1;
	zone = boosting(m, 15000, 24);
	take(m, MIGRATE_UNMOVABLE, 4);
	take(m, MIGRATE_UNMOVABLE, 0);
	assert_int_equal(zone->watermark_boost, 0);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(each_type_prefers_another),
		test(size_comes_before_preference),
		test(its_own_come_first),
		test(whole_pageblocks_change_hands),
		test(half_a_free_pageblock_changes_hands),
		test(less_than_half_moves_but_stays),
		test(half_is_eight_of_sixteen),
		test(what_is_not_known_to_be_movable_counts),
		test(moving_runs_from_low_to_high),
		test(movable_takes_all_of_a_large_block),
		test(movable_takes_the_smallest_of_small_blocks),
		test(the_smallest_comes_before_preference),
		test(unmovable_takes_the_largest),
		test(without_mixing_only_whole_pageblocks),
		test(the_reserve_is_no_fallback),
		test(a_stray_page_of_the_reserve_goes_alone),
		test(a_cut_off_pageblock_is_not_moved),
		test(a_shared_pageblock_moves_from_the_block_on),
		test(mixing_types_boosts_the_watermarks),
		test(the_least_boost_is_a_pageblock),
		test(no_marks_no_boost),
		test(small_zones_are_not_boosted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
