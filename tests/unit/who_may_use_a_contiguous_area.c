/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who gets pages of a contiguous memory area (CMA) while no device wants
 * them, when, and where they go when they are freed. Pageblocks of 4 pages,
 * the largest block has 8; frames 8 to 23 of 32 are the area:
 *
 *	m m | c c c c | m m
 */

#include "tests/unit/machine_fixture.h"

#define AREA_PAGES 16

static const struct cma_desc the_area = {
	.name = "area",
	.node = NODE_ANY,
	.start_pfn = 8,
	.pages = AREA_PAGES,
};

static int setup(void **state)
{
	static struct cma_desc area;
	static struct machine m;

	area = the_area;
	machine_describe(&m, 32, 2, 4);
	m.zone[0].pcp_batch = 1;
	m.desc.cma = &area;
	m.desc.nr_cma = 1;
	*state = &m;
	return 0;
}

static int teardown(void **state)
{
	machine_stop(*state);
	return 0;
}

static uint64_t free_in_area(const struct machine *m)
{
	return zone_exact_free_cma_pages(m->memory, &m->memory->zone[0]);
}

static void booted_areas_stand_highest_first(void **state)
{
	struct machine *m = *state;

	machine_start(m);
	expect_types(m, "mm cccc mm");
	expect_list(m, MIGRATE_CMA, 3, FRAMES(16, 8));
	/* Blocks of the area and their neighbours never join. */
	expect_list(m, MIGRATE_MOVABLE, 3, FRAMES(0, 24));
	assert_true(m->memory->has_cma);
	assert_int_equal(free_in_area(m), AREA_PAGES);
}

static void unmovable_requests_never(void **state)
{
	struct machine *m = *state;

	machine_start(m);
	assert_int_equal(get(m, GET_UNMOVABLE, 3), 0);
	assert_int_equal(get(m, GET_UNMOVABLE, 3), 24);
	/* Half of the machine is free, and none of it for them. */
	assert_int_equal(get_grant(m, GET_UNMOVABLE, 3).reason,
			 REASON_WATERMARK);
	assert_int_equal(get(m, GET_RECLAIMABLE, 0), PFN_NONE);
	expect_list(m, MIGRATE_CMA, 3, FRAMES(16, 8));
	expect_types(m, "uu cccc uu");
}

/* Half of what is free lies in the area, then more, then half, then all. */
static void movable_requests_when_most_of_what_is_free_is_there(void **state)
{
	struct machine *m = *state;

	machine_start(m);
	assert_int_equal(get(m, GET_MOVABLE, 3), 0);
	assert_int_equal(get(m, GET_MOVABLE, 3), 16);
	assert_int_equal(get(m, GET_MOVABLE, 3), 24);
	assert_int_equal(get(m, GET_MOVABLE, 3), 8);
	assert_int_equal(free_in_area(m), 0);
	assert_int_equal(get(m, GET_MOVABLE, 3), PFN_NONE);
	expect_types(m, "mm cccc mm");
}

/* Own lists: empty. Another type's: there. The area comes before that. */
static void movable_requests_before_they_take_from_others(void **state)
{
	struct machine *m = *state;

	m->desc.nr_cma = 0; /* the picture has it */
	machine_draw(m, "uu cccc uu", "........ ....#### ######## ########");
	assert_int_equal(get(m, GET_MOVABLE, 2), 8);
	expect_types(m, "uu cccc uu");
}

static void more_than_half_counts_and_half_does_not(void **state)
{
	struct machine *m = *state;

	/* 4 of 8: own. */
	m->desc.nr_cma = 0;
	machine_draw(m, "mm cccc mm", "....#### ....#### ######## ########");
	assert_int_equal(get(m, GET_MOVABLE, 2), 0);
	memory_free(m->memory);

	/* 5 of 9: the area's. */
	machine_describe(m, 32, 2, 4);
	machine_draw(m, "mm cccc mm", "....#### ....###. ######## ########");
	assert_int_equal(get(m, GET_MOVABLE, 2), 8);
}

static void freed_pages_return_to_their_area(void **state)
{
	struct machine *m = *state;

	m->desc.nr_cma = 0;
	m->zone[0].pcp_batch = 4;
	machine_draw(m, "mm cccc mm", "######## ####.... ######## ########");
	page_free_boot(m->memory, 0, 8, 1);
	/* By way of the movable list … */
	expect_pcp(m, 0, MIGRATE_MOVABLE, 1, FRAMES(8));
	assert_int_equal(free_in_area(m), 4);
	/* … and what a refill takes from the area remembers it, too. */
	assert_int_equal(get(m, GET_MOVABLE, 0), 12);
	expect_pcp(m, 0, MIGRATE_MOVABLE, 0, FRAMES(13, 14, 15));
	assert_int_equal(free_in_area(m), 0);
	page_drain_all(m->memory, 0);
	expect_list(m, MIGRATE_CMA, 0, FRAMES(13));
	expect_list(m, MIGRATE_CMA, 1, FRAMES(8, 14));
	assert_int_equal(free_in_area(m), 5);
}

static void what_is_free_there_keeps_no_mark(void **state)
{
	struct machine *m = *state;

	for (int mark = 0; mark < NR_WMARK; mark++)
		m->zone[0].watermark[mark] = 20;
	machine_start(m);
	/* 32 free, 16 of them in the area. */
	assert_int_equal(get_grant(m, GET_UNMOVABLE, 0).reason,
			 REASON_WATERMARK);
	assert_int_equal(get(m, GET_MOVABLE, 0), 0);
}

/*
 * The last resort of __GFP_NOFAIL keeps away from areas, and since a movable
 * list may hold their pages, from that list, too: page 8 waits there, warm.
 */
static void the_last_resort_passes_the_movable_list(void **state)
{
	struct machine *m = *state;

	m->desc.nr_cma = 0;
	for (int mark = 0; mark < NR_WMARK; mark++)
		m->zone[0].watermark[mark] = 8;
	machine_draw(m, "mm cccc mm", "......## ######## ######## ########");
	page_free_boot(m->memory, 0, 8, 0);
	expect_pcp(m, 0, MIGRATE_MOVABLE, 0, FRAMES(8));
	assert_int_equal(get(m, GFP_KERNEL | __GFP_MOVABLE | __GFP_HIGHMEM, 0),
			 PFN_NONE);
	assert_int_equal(get(m,
			     GFP_KERNEL | __GFP_MOVABLE | __GFP_HIGHMEM |
				     __GFP_NOFAIL,
			     0),
			 4);
	expect_pcp(m, 0, MIGRATE_MOVABLE, 0, FRAMES(8));
}

static void areas_are_not_set_aside_for_urgent_requests(void **state)
{
	struct machine *m = *state;
	struct zone *zone;

	machine_start(m);
	zone = &m->memory->zone[0];
	mobility_reserve_highatomic(m->memory, zone, 8);
	expect_types(m, "mm cccc mm");
	assert_int_equal(zone->nr_reserved_highatomic, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(booted_areas_stand_highest_first),
		TEST(unmovable_requests_never),
		TEST(movable_requests_when_most_of_what_is_free_is_there),
		TEST(movable_requests_before_they_take_from_others),
		TEST(more_than_half_counts_and_half_does_not),
		TEST(freed_pages_return_to_their_area),
		TEST(what_is_free_there_keeps_no_mark),
		TEST(the_last_resort_passes_the_movable_list),
		TEST(areas_are_not_set_aside_for_urgent_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
