/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What memory looks like before the first call: just booted, or exactly as
 * told. (Starting states of which only counts are known have a suite of their
 * own: can_free_blocks_be_placed_from_counts.c.) Pageblocks of 16 pages, the
 * largest block has 32.
 */

#include "tests/unit/machine_fixture.h"

#include "models/page/watermark.h"

static struct zone *zone_of_machine(struct machine *m)
{
	return &m->memory->zone[0];
}

/* ---- just booted ---- */

/*
 *	0                                                80
 *	................................ … ................
 *
 * Expect: the largest blocks that fit, lowest at the head, all movable.
 */
static void all_free_in_the_largest_blocks(void **state)
{
	struct machine m;

	(void)state;
	machine_describe(&m, 92, 4, 6);
	machine_start(&m);
	expect_list(&m, MIGRATE_MOVABLE, 5, FRAMES(0, 32));
	expect_list(&m, MIGRATE_MOVABLE, 4, FRAMES(64));
	expect_list(&m, MIGRATE_MOVABLE, 3, FRAMES(80));
	expect_list(&m, MIGRATE_MOVABLE, 2, FRAMES(88));
	expect_types(&m, "mmmmmm");
	assert_int_equal(zone_of_machine(&m)->nr_free_pages, 92);
	assert_int_equal(zone_of_machine(&m)->free_diff[0], 0);
	machine_stop(&m);
}

/*
 *	present 64, managed 51: 13 pages were taken at boot
 *	#############... ................ …
 *
 * Expect: they lie at the zone's start.
 */
static void what_boot_took_lies_at_the_start(void **state)
{
	struct machine m;

	(void)state;
	machine_describe(&m, 64, 4, 6);
	m.zone[0].managed_pages = 51;
	machine_start(&m);
	expect_pages(&m, "#############... ................"
			 "................ ................");
	expect_list(&m, MIGRATE_MOVABLE, 0, FRAMES(13));
	expect_list(&m, MIGRATE_MOVABLE, 1, FRAMES(14));
	expect_list(&m, MIGRATE_MOVABLE, 4, FRAMES(16));
	expect_list(&m, MIGRATE_MOVABLE, 5, FRAMES(32));
	assert_true(page_is_boot(m.memory, 12, 0));
	assert_false(page_is_boot(m.memory, 12, 1));
	page_adopt_boot(m.memory, 8, 2, GFP_KERNEL);
	assert_false(page_is_boot(m.memory, 8, 0));
	assert_true(page_state_is_allocated_of(m.memory->state[8], 2));
	assert_true(page_is_boot(m.memory, 12, 0));
	machine_stop(&m);
}

/*
 *	########____##.. ....____________ ________________ ................
 *
 * Expect: holes are nothing; pages are taken around them; a pageblock that is
 * all hole has no type and is not counted.
 */
static void holes_are_nothing(void **state)
{
	struct hole_desc holes[] = { { 8, 4 }, { 20, 28 } };
	uint64_t count[NR_MIGRATETYPES];
	struct machine m;

	(void)state;
	machine_describe(&m, 64, 4, 6);
	m.zone[0].holes = holes;
	m.zone[0].nr_holes = 2;
	m.zone[0].present_pages = 32;
	m.zone[0].managed_pages = 22;
	machine_start(&m);
	expect_pages(&m, "########____##.. ....____________"
			 "________________ ................");
	assert_int_equal(*pageblock_type(m.memory, zone_of_machine(&m), 32),
			 PAGEBLOCK_HOLE);
	zone_count_pageblocks(m.memory, zone_of_machine(&m), count);
	assert_int_equal(count[MIGRATE_MOVABLE], 3);
	assert_false(page_is_boot(m.memory, 8, 2));
	machine_stop(&m);
}

/*
 *	DMA32 3-20 | Normal 21-63: both begin within a pageblock
 *
 * Expect: the first part of a pageblock is never made movable.
 */
static void the_first_part_of_a_pageblock_stays_unmovable(void **state)
{
	const struct zone *low, *high;
	struct machine m;

	(void)state;
	machine_describe(&m, 64, 4, 6);
	m.zone[0] = open_zone(ZONE_DMA32, 3, 18);
	m.zone[1] = open_zone(ZONE_NORMAL, 21, 43);
	m.node[0].nr_zones = 2;
	machine_start(&m);
	low = &m.memory->zone[0];
	high = &m.memory->zone[1];
	assert_int_equal(*pageblock_type(m.memory, low, 3), MIGRATE_UNMOVABLE);
	assert_int_equal(*pageblock_type(m.memory, low, 16), MIGRATE_MOVABLE);
	assert_int_equal(*pageblock_type(m.memory, high, 21),
			 MIGRATE_UNMOVABLE);
	assert_int_equal(*pageblock_type(m.memory, high, 32), MIGRATE_MOVABLE);
	/* Its pages are on the lists of its type. */
	assert_int_equal(buddy_first(low, MIGRATE_UNMOVABLE, 0), 3);
	assert_int_equal(buddy_first(low, MIGRATE_MOVABLE, 2), 16);
	machine_stop(&m);
}

/* Expect: each frame belongs to its zone, also within a shared pageblock. */
static void frames_know_their_zone(void **state)
{
	struct machine m;

	(void)state;
	machine_describe(&m, 64, 4, 6);
	m.zone[0] = open_zone(ZONE_DMA32, 3, 18);
	m.zone[1] = open_zone(ZONE_NORMAL, 40, 24);
	m.zone[2] = open_zone(ZONE_MOVABLE, 64, 14);
	m.node[0].nr_zones = 3;
	machine_start(&m);
	assert_null(memory_zone_of(m.memory, 78));
	assert_null(memory_zone_of(m.memory, PFN_NONE));
	for (pfn_t pfn = 3; pfn < 21; pfn++)
		assert_ptr_equal(memory_zone_of(m.memory, pfn),
				 &m.memory->zone[0]);
	for (pfn_t pfn = 40; pfn < 64; pfn++)
		assert_ptr_equal(memory_zone_of(m.memory, pfn),
				 &m.memory->zone[1]);
	assert_ptr_equal(memory_zone_of(m.memory, 64), &m.memory->zone[2]);
	machine_stop(&m);
}

/* ---- exactly as told ---- */

static void tell_blocks(struct machine *m, size_t nr)
{
	m->desc.initial.exact = true;
	m->desc.initial.free_blocks = m->block;
	m->desc.initial.nr_free_blocks = nr;
}

static struct free_block_desc block_of(enum migratetype type, order_t order,
				       pfn_t pfn)
{
	return (struct free_block_desc){ 0, ZONE_NORMAL, type, order, pfn };
}

/* Expect: lists in the order told; what is not told of is in use. */
static void lists_are_as_told(void **state)
{
	struct machine m;

	(void)state;
	machine_describe(&m, 64, 4, 6);
	m.block[0] = block_of(MIGRATE_MOVABLE, 1, 40);
	m.block[1] = block_of(MIGRATE_MOVABLE, 1, 4);
	m.block[2] = block_of(MIGRATE_UNMOVABLE, 0, 9);
	m.block[3] = block_of(MIGRATE_MOVABLE, 1, 20);
	tell_blocks(&m, 4);
	machine_start(&m);
	expect_list(&m, MIGRATE_MOVABLE, 1, FRAMES(40, 4, 20));
	expect_list(&m, MIGRATE_UNMOVABLE, 0, FRAMES(9));
	expect_pages(&m, "####..###.###### ####..##########"
			 "########..###### ################");
	assert_int_equal(zone_of_machine(&m)->nr_free_pages, 7);
	machine_stop(&m);
}

/*
 * Expect: a counter told of lags by what CPU 0 has to itself; once that is
 * added to it, no more.
 */
static void the_counter_may_lag(void **state)
{
	struct machine m;

	(void)state;
	machine_describe(&m, 64, 4, 6);
	m.zone[0].has_nr_free_pages = true;
	m.zone[0].nr_free_pages = 13;
	m.block[0] = block_of(MIGRATE_MOVABLE, 4, 16);
	tell_blocks(&m, 1);
	machine_start(&m);
	assert_int_equal(zone_of_machine(&m)->nr_free_pages, 13);
	assert_int_equal(zone_of_machine(&m)->free_diff[0], 3);
	watermark_fold_counters(m.memory, 0);
	assert_int_equal(zone_of_machine(&m)->nr_free_pages, 16);
	assert_int_equal(zone_of_machine(&m)->free_diff[0], 0);
	machine_stop(&m);
}

/* Expect: so does one that is as far off as the largest of zones allows. */
static void the_counter_may_lag_by_terabytes(void **state)
{
	struct machine m;

	(void)state;
	machine_describe(&m, 64, 4, 6);
	m.zone[0].has_nr_free_pages = true;
	m.zone[0].nr_free_pages = UINT32_MAX;
	m.block[0] = block_of(MIGRATE_MOVABLE, 4, 16);
	tell_blocks(&m, 1);
	machine_start(&m);
	assert_int_equal(zone_exact_free_pages(m.memory, zone_of_machine(&m)),
			 16);
	watermark_fold_counters(m.memory, 0);
	assert_int_equal(zone_of_machine(&m)->nr_free_pages, 16);
	machine_stop(&m);
}

static struct pageblock_run_desc run_of(enum zone_type zone, pfn_t start,
					enum migratetype type)
{
	return (struct pageblock_run_desc){ 0, zone, start, type, false };
}

static void tell_runs(struct machine *m, size_t nr)
{
	m->desc.initial.exact = true;
	m->desc.initial.pageblocks = m->run;
	m->desc.initial.nr_pageblocks = nr;
}

/* Expect: a run lasts to the next one's start, the last to the zone's end. */
static void runs_last_to_the_next(void **state)
{
	struct machine m;

	(void)state;
	machine_describe(&m, 96, 4, 6);
	m.run[0] = run_of(ZONE_NORMAL, 0, MIGRATE_UNMOVABLE);
	m.run[1] = run_of(ZONE_NORMAL, 16, MIGRATE_RECLAIMABLE);
	m.run[2] = run_of(ZONE_NORMAL, 64, MIGRATE_MOVABLE);
	tell_runs(&m, 3);
	machine_start(&m);
	expect_types(&m, "urrrmm");
	machine_stop(&m);
}

/* Expect: a run that starts within a pageblock is met by the next step. */
static void runs_are_met_by_steps(void **state)
{
	struct machine m;

	(void)state;
	machine_describe(&m, 64, 4, 6);
	m.run[0] = run_of(ZONE_NORMAL, 0, MIGRATE_UNMOVABLE);
	m.run[1] = run_of(ZONE_NORMAL, 18, MIGRATE_RECLAIMABLE);
	tell_runs(&m, 2);
	machine_start(&m);
	expect_types(&m, "uurr");
	machine_stop(&m);
}

/*
 *	zone 1-40: /proc walks 1, 17, 33, so a run that starts at 17 is the
 *	pageblock at 16
 *
 * Expect: runs count in steps of a pageblock from the zone's first frame.
 */
static void runs_begin_where_the_zone_does(void **state)
{
	struct machine m;

	(void)state;
	machine_describe(&m, 64, 4, 6);
	m.zone[0] = open_zone(ZONE_NORMAL, 1, 40);
	m.run[0] = run_of(ZONE_NORMAL, 1, MIGRATE_UNMOVABLE);
	m.run[1] = run_of(ZONE_NORMAL, 17, MIGRATE_MOVABLE);
	m.run[2] = run_of(ZONE_NORMAL, 33, MIGRATE_RECLAIMABLE);
	tell_runs(&m, 3);
	machine_start(&m);
	expect_types(&m, "umr");
	machine_stop(&m);
}

/*
 *	zone 9-40: the walk 9, 25 makes two steps in three pageblocks
 *
 * Expect: the last, where no step begins, has the last run's type.
 */
static void the_last_part_has_a_type_too(void **state)
{
	uint64_t count[NR_MIGRATETYPES];
	struct machine m;

	(void)state;
	machine_describe(&m, 64, 4, 6);
	m.zone[0] = open_zone(ZONE_NORMAL, 9, 32);
	m.run[0] = run_of(ZONE_NORMAL, 9, MIGRATE_UNMOVABLE);
	m.run[1] = run_of(ZONE_NORMAL, 25, MIGRATE_RECLAIMABLE);
	tell_runs(&m, 2);
	machine_start(&m);
	expect_types(&m, "urr");
	/* Counted as the walk sees it. */
	zone_count_pageblocks(m.memory, zone_of_machine(&m), count);
	assert_int_equal(count[MIGRATE_UNMOVABLE], 1);
	assert_int_equal(count[MIGRATE_RECLAIMABLE], 1);
	machine_stop(&m);
}

/* Expect: two zones in one pageblock each have a type for their part. */
static void zones_in_one_pageblock_have_their_own_types(void **state)
{
	struct machine m;

	(void)state;
	machine_describe(&m, 64, 4, 6);
	m.zone[0] = open_zone(ZONE_DMA32, 0, 24);
	m.zone[1] = open_zone(ZONE_NORMAL, 24, 40);
	m.node[0].nr_zones = 2;
	m.run[0] = run_of(ZONE_DMA32, 0, MIGRATE_RECLAIMABLE);
	m.run[1] = run_of(ZONE_NORMAL, 24, MIGRATE_UNMOVABLE);
	tell_runs(&m, 2);
	machine_start(&m);
	assert_int_equal(*pageblock_type(m.memory, &m.memory->zone[0], 23),
			 MIGRATE_RECLAIMABLE);
	assert_int_equal(*pageblock_type(m.memory, &m.memory->zone[1], 24),
			 MIGRATE_UNMOVABLE);
	machine_stop(&m);
}

/* Expect: pageblocks reserved at the start count as the reserve. */
static void reserves_are_counted_from_the_start(void **state)
{
	struct machine m;

	(void)state;
	machine_describe(&m, 96, 4, 6);
	m.run[0] = run_of(ZONE_NORMAL, 0, MIGRATE_MOVABLE);
	m.run[1] = run_of(ZONE_NORMAL, 16, MIGRATE_HIGHATOMIC);
	m.run[2] = run_of(ZONE_NORMAL, 48, MIGRATE_MOVABLE);
	tell_runs(&m, 3);
	machine_start(&m);
	assert_int_equal(zone_of_machine(&m)->nr_reserved_highatomic, 32);
	machine_stop(&m);
}

/* ---- pages in use since before the run ---- */

/* Expect: they can be freed by their frames, alone or as a block, once. */
static void pages_in_use_can_be_freed(void **state)
{
	struct machine m;

	(void)state;
	machine_describe(&m, 64, 4, 6);
	tell_blocks(&m, 0);
	machine_start(&m);
	assert_true(page_is_boot(m.memory, 16, 4));
	assert_false(page_is_boot(m.memory, 17, 1));
	assert_false(page_is_boot(m.memory, 64, 0));
	assert_false(page_is_boot(m.memory, 32, 6));
	page_free_boot(m.memory, 0, 16, 4);
	expect_list(&m, MIGRATE_MOVABLE, 4, FRAMES(16));
	assert_false(page_is_boot(m.memory, 16, 0));
	assert_false(page_is_boot(m.memory, 24, 0));
	machine_stop(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_free_in_the_largest_blocks),
		cmocka_unit_test(what_boot_took_lies_at_the_start),
		cmocka_unit_test(holes_are_nothing),
		cmocka_unit_test(the_first_part_of_a_pageblock_stays_unmovable),
		cmocka_unit_test(frames_know_their_zone),
		cmocka_unit_test(lists_are_as_told),
		cmocka_unit_test(the_counter_may_lag),
		cmocka_unit_test(the_counter_may_lag_by_terabytes),
		cmocka_unit_test(runs_last_to_the_next),
		cmocka_unit_test(runs_are_met_by_steps),
		cmocka_unit_test(runs_begin_where_the_zone_does),
		cmocka_unit_test(the_last_part_has_a_type_too),
		cmocka_unit_test(zones_in_one_pageblock_have_their_own_types),
		cmocka_unit_test(reserves_are_counted_from_the_start),
		cmocka_unit_test(pages_in_use_can_be_freed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
