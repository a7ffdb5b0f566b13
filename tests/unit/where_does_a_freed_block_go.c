/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the buddy system puts a block that comes back: joined with what, on
 * which list, at which end. Pictures as in machine_fixture.h; pageblocks of
 * 16 pages, the largest block has 32.
 */

#include "tests/unit/machine_fixture.h"

#define PAGEBLOCK_ORDER 4
#define NR_ORDERS 6
#define PAGES 64

static int setup(void **state)
{
	static struct machine m;

	machine_describe(&m, PAGES, PAGEBLOCK_ORDER, NR_ORDERS);
	*state = &m;
	return 0;
}

static int teardown(void **state)
{
	machine_stop(*state);
	return 0;
}

static void draw(struct machine *m, const char *first_block)
{
	char picture[PAGES + 8];

	snprintf(picture, sizeof(picture), "%s%s", first_block,
		 "################"
		 "################"
		 "################");
	machine_draw(m, "mmmm", picture);
}

/*
 * Expect: of blocks above order 0 each page is looked over, and of compound
 * ones that it is of its block. A single page is no compound one.
 */
static void pages_of_blocks_are_looked_over(void **state)
{
	struct machine *m = *state;
	const struct work *work;

	draw(m, "................");
	work = &m->memory->work;
	put(m, get(m, GET_MOVABLE, 3), 3);
	assert_int_equal(work->count[WORK_PAGES_CHECKED], 8);
	assert_int_equal(work->count[WORK_COMPOUND_CHECKED], 0);
	put(m, get(m, GET_MOVABLE | __GFP_COMP, 2), 2);
	assert_int_equal(work->count[WORK_PAGES_CHECKED], 12);
	assert_int_equal(work->count[WORK_COMPOUND_CHECKED], 4);
	put(m, get(m, GET_MOVABLE | __GFP_COMP, 0), 0);
	assert_int_equal(work->count[WORK_PAGES_CHECKED], 12);
	assert_int_equal(work->count[WORK_COMPOUND_CHECKED], 4);
}

/*
 *	0            12
 *	############ .### …	free 14
 *
 * Expect: no buddy is free, so the page stays alone, at the head.
 */
static void alone_to_the_head(void **state)
{
	struct machine *m = *state;

	draw(m, "############.###");
	put_to_buddy(m, 14, 0);
	expect_list(m, MIGRATE_MOVABLE, 0, FRAMES(14, 12));
	expect_pages(m, "############.#.# ################"
			"################ ################");
}

/*
 *	0        8   12
 *	#.###### ####..## …	free 15: 14 and 15 would join 12-13
 *
 * Expect: 15 and its buddy 14 will soon join 12-13: so the tail.
 */
static void a_likely_joiner_to_the_tail(void **state)
{
	struct machine *m = *state;

	draw(m, "#.###### ####..##");
	put_to_buddy(m, 15, 0);
	expect_list(m, MIGRATE_MOVABLE, 0, FRAMES(1, 15));
	expect_list(m, MIGRATE_MOVABLE, 1, FRAMES(12));
}

/*
 *	0        8   12
 *	#.###### ####.### …	free 15: 13 is in the way
 *
 * Expect: the head, though one page of the pair is free.
 */
static void half_a_neighbour_is_no_reason_to_wait(void **state)
{
	struct machine *m = *state;

	draw(m, "#.###### ####.###");
	put_to_buddy(m, 15, 0);
	expect_list(m, MIGRATE_MOVABLE, 0, FRAMES(15, 1, 12));
}

/*
 *	0        8   12
 *	........ ####...# …	free 15, then 8-11
 *
 * Expect: 15 joins 14, then 12-13; then 8-11 joins them and all the rest.
 * Between the two, 12-15 waits at the tail: its neighbour 0-7 is free.
 */
static void joins_as_far_as_it_goes(void **state)
{
	struct machine *m = *state;

	draw(m, "........ ####...#");
	m->memory->work = (struct work){ .zones = 0 };
	put_to_buddy(m, 15, 0);
	assert_int_equal(m->memory->work.count[WORK_MERGES], 2);
	expect_list(m, MIGRATE_MOVABLE, 0, NO_FRAMES);
	expect_list(m, MIGRATE_MOVABLE, 1, NO_FRAMES);
	expect_list(m, MIGRATE_MOVABLE, 2, FRAMES(12));
	put_to_buddy(m, 8, 2);
	assert_int_equal(m->memory->work.count[WORK_MERGES], 4);
	expect_list(m, MIGRATE_MOVABLE, 2, NO_FRAMES);
	expect_list(m, MIGRATE_MOVABLE, 4, FRAMES(0));
}

/*
 *	1 2 are neighbours, but not buddies
 *
 * Expect: they stay two blocks.
 */
static void neighbours_are_not_buddies(void **state)
{
	struct machine *m = *state;

	draw(m, "##.##### ########");
	put_to_buddy(m, 1, 0);
	expect_list(m, MIGRATE_MOVABLE, 0, FRAMES(1, 2));
}

/* Expect: nothing grows beyond the largest order. */
static void the_largest_order_is_the_end(void **state)
{
	struct machine *m = *state;

	machine_draw(m, "mmmm",
		     "................ ................"
		     "################ ################");
	put_to_buddy(m, 32, 4);
	put_to_buddy(m, 48, 4);
	expect_list(m, MIGRATE_MOVABLE, NR_ORDERS - 1, FRAMES(32, 0));
}

/*
 *	0-31 free | 32-47 in use, free 48-63 | 64-79 free | 80-95 in use
 *
 * Expect: the head, though 32-63 would join 0-31. For the two largest orders
 * nobody waits.
 */
static void the_largest_orders_go_to_the_head(void **state)
{
	struct machine *m = *state;

	m->zone[0] = open_zone(ZONE_NORMAL, 0, 96);
	machine_draw(m, "mmmmmm",
		     "................ ................"
		     "################ ################"
		     "................ ################");
	put_to_buddy(m, 48, 4);
	expect_list(m, MIGRATE_MOVABLE, 4, FRAMES(48, 64));
	put_to_buddy(m, 32, 4);
	expect_list(m, MIGRATE_MOVABLE, 5, FRAMES(32, 0));
}

/*
 *	0-7 free | … | 32-47 free | 48-55 in use, free 56-63
 *
 * Expect: two orders below the largest, a block still waits for 32-47.
 */
static void two_orders_below_the_largest_waits(void **state)
{
	struct machine *m = *state;

	machine_draw(m, "mmmm",
		     "........######## ################"
		     "................ ################");
	put_to_buddy(m, 56, 3);
	expect_list(m, MIGRATE_MOVABLE, 3, FRAMES(0, 56));
}

static void expect_apart(struct machine *m, const char *types,
			 enum migratetype left, enum migratetype right)
{
	machine_draw(m, types,
		     "................ ################"
		     "################ ################");
	put_to_buddy(m, 16, 4);
	expect_list(m, left, 4, FRAMES(0));
	expect_list(m, right, 4, FRAMES(16));
}

/*
 *	|h ..............|m ##############|	free the right pageblock
 *
 * Expect: a pageblock reserved for high-order atomic requests takes nothing in…
 */
static void a_reserve_takes_nothing_in(void **state)
{
	expect_apart(*state, "hmmm", MIGRATE_HIGHATOMIC, MIGRATE_MOVABLE);
}

/* Expect: …and does not grow into others. */
static void a_reserve_does_not_spread(void **state)
{
	expect_apart(*state, "mhmm", MIGRATE_MOVABLE, MIGRATE_HIGHATOMIC);
}

/* Expect: two reserved pageblocks may join. */
static void two_reserves_join(void **state)
{
	struct machine *m = *state;

	machine_draw(m, "hhmm",
		     "................ ################"
		     "################ ################");
	put_to_buddy(m, 16, 4);
	expect_list(m, MIGRATE_HIGHATOMIC, 5, FRAMES(0));
}

/*
 *	|u ..............|m ##############|	free the right pageblock
 *
 * Expect: other types join, and the freed one's type names the list.
 */
static void other_types_join_on_the_freed_ones_list(void **state)
{
	struct machine *m = *state;

	machine_draw(m, "umrm",
		     "................ ################"
		     "################ ################");
	put_to_buddy(m, 16, 4);
	expect_list(m, MIGRATE_UNMOVABLE, 4, NO_FRAMES);
	expect_list(m, MIGRATE_MOVABLE, 5, FRAMES(0));
	/* What the pageblocks are called does not change by that. */
	expect_types(m, "umrm");
}

/* Expect: within a pageblock, a block joins whatever list its buddy is on. */
static void a_buddy_on_another_list_joins(void **state)
{
	struct machine *m = *state;

	draw(m, "........ ########");
	buddy_move_tail(m->memory, &m->memory->zone[0], 0, MIGRATE_UNMOVABLE);
	expect_list(m, MIGRATE_UNMOVABLE, 3, FRAMES(0));
	put_to_buddy(m, 8, 3);
	expect_list(m, MIGRATE_UNMOVABLE, 3, NO_FRAMES);
	expect_list(m, MIGRATE_MOVABLE, 4, FRAMES(0));
}

/*
 *	DMA32 0-31 | Normal 32-63: 16-31 and 32-47 are no buddies, but 0-31
 *	and 32-63 would be, were the largest order 6
 *
 * Expect: a block does not reach into the next zone.
 */
static void zones_do_not_join(void **state)
{
	struct machine *m = *state;

	m->desc.nr_orders = NR_ORDERS + 1;
	m->zone[0] = open_zone(ZONE_DMA32, 0, 32);
	m->zone[1] = open_zone(ZONE_NORMAL, 32, 32);
	m->node[0].nr_zones = 2;
	m->desc.initial.exact = true;
	machine_start(m);
	put_to_buddy(m, 0, 5);
	put_to_buddy(m, 32, 5);
	assert_int_equal(zone_nr_free(&m->memory->zone[0], 5), 1);
	assert_int_equal(zone_nr_free(&m->memory->zone[1], 5), 1);
}

/* DMA32 up to a frame, Normal from there on; all is in use, and movable. */
static void start_two_zones(struct machine *m, pfn_t border)
{
	m->zone[0] = open_zone(ZONE_DMA32, 0, border);
	m->zone[1] = open_zone(ZONE_NORMAL, border, PAGES - border);
	m->node[0].nr_zones = 2;
	m->run[0] = (struct pageblock_run_desc){
		.zone = ZONE_NORMAL,
		.start_pfn = border,
		.migratetype = MIGRATE_MOVABLE,
	};
	m->desc.initial.exact = true;
	m->desc.initial.pageblocks = m->run;
	m->desc.initial.nr_pageblocks = 1;
	machine_start(m);
}

/* The free blocks of order 1 of Normal, which are two. */
static void expect_pair(const struct machine *m, pfn_t first, pfn_t second)
{
	const struct zone *zone = &m->memory->zone[1];

	assert_int_equal(zone_nr_free(zone, 1), 2);
	assert_int_equal(buddy_first(zone, MIGRATE_MOVABLE, 1), first);
	assert_int_equal(buddy_last(zone, MIGRATE_MOVABLE, 1), second);
}

/*
 *	DMA32                  |Normal
 *	24       28    30      |30      32
 *	. . . .  # #           |# #     # # …	free 40-41, then 30-31
 *
 * Expect: 28-31 would begin in DMA32, and there 24-27 is free: the tail, though
 * no block ever reaches over the border. The border of a 32-bit machine lies
 * like that: HighMem begins at frame 225278.
 */
static void a_joiner_in_the_zone_before_counts(void **state)
{
	struct machine *m = *state;

	start_two_zones(m, 30);
	put_to_buddy(m, 24, 2);
	put_to_buddy(m, 40, 1);
	put_to_buddy(m, 30, 1);
	expect_pair(m, 40, 30);
}

/*
 *	DMA32 |Normal
 *	32    |34      36
 *	# #   |# #     . . . .  # # …	free 44-45, then 34-35
 *
 * Expect: 32-35 would begin in DMA32, and 36-39 is not there: the head.
 */
static void a_joiner_behind_the_border_does_not(void **state)
{
	struct machine *m = *state;

	start_two_zones(m, 34);
	put_to_buddy(m, 36, 2);
	put_to_buddy(m, 44, 1);
	put_to_buddy(m, 34, 1);
	expect_pair(m, 34, 44);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(pages_of_blocks_are_looked_over),
		test(alone_to_the_head),
		test(a_likely_joiner_to_the_tail),
		test(half_a_neighbour_is_no_reason_to_wait),
		test(joins_as_far_as_it_goes),
		test(neighbours_are_not_buddies),
		test(the_largest_order_is_the_end),
		test(the_largest_orders_go_to_the_head),
		test(two_orders_below_the_largest_waits),
		test(a_reserve_takes_nothing_in),
		test(a_reserve_does_not_spread),
		test(two_reserves_join),
		test(other_types_join_on_the_freed_ones_list),
		test(a_buddy_on_another_list_joins),
		test(zones_do_not_join),
		test(a_joiner_in_the_zone_before_counts),
		test(a_joiner_behind_the_border_does_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
