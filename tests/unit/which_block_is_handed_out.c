/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which free block serves a request for its own migrate type, and what is
 * left of it. Pageblocks of 16 pages, the largest block has 32.
 */

#include "tests/unit/machine_fixture.h"

#define PAGES 64

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
static pfn_t take(struct machine *m, enum migratetype type, order_t order)
{
	struct zone *zone = &m->memory->zone[0];
	pfn_t pfn = buddy_take(m->memory, zone, order, type);

	if (pfn == PFN_NONE)
		return pfn;
	m->memory->state[pfn] = PAGE_ALLOCATED | order;
	zone_mod_free_pages(zone, 0, -(1 << order));
	return pfn;
}

/*
 *	0                16               32
 *	................ ................ …	one page, please
 *	#.
 *
 * Expect: its lower end; what remains is one block of each order, and each
 * halving is counted.
 */
static void the_lower_end_is_handed_out(void **state)
{
	struct machine *m = *state;

	machine_draw(m, "mmmm",
		     "................ ................"
		     "################ ################");
	m->memory->work = (struct work){ .zones = 0 };
	assert_int_equal(take(m, MIGRATE_MOVABLE, 0), 0);
	expect_list(m, MIGRATE_MOVABLE, 0, FRAMES(1));
	expect_list(m, MIGRATE_MOVABLE, 1, FRAMES(2));
	expect_list(m, MIGRATE_MOVABLE, 2, FRAMES(4));
	expect_list(m, MIGRATE_MOVABLE, 3, FRAMES(8));
	expect_list(m, MIGRATE_MOVABLE, 4, FRAMES(16));
	expect_list(m, MIGRATE_MOVABLE, 5, NO_FRAMES);
	assert_int_equal(m->memory->work.count[WORK_SPLITS], 5);
}

/* Expect: asked again and again, a block is given from its low end up. */
static void pages_come_in_ascending_order(void **state)
{
	struct machine *m = *state;

	machine_draw(m, "mmmm",
		     "################ ................"
		     "################ ################");
	for (pfn_t pfn = 16; pfn < 32; pfn++)
		assert_int_equal(take(m, MIGRATE_MOVABLE, 0), pfn);
	assert_int_equal(take(m, MIGRATE_MOVABLE, 0), PFN_NONE);
}

/*
 *	0        8        16
 *	........ ######.# ................ …	two pages, please
 *
 * Expect: the smallest block that fits, 0-7; not the page at 14, nor 16-31.
 */
static void the_smallest_that_fits_serves(void **state)
{
	struct machine *m = *state;

	machine_draw(m, "mmmm",
		     "........######.# ................"
		     "################ ################");
	assert_int_equal(take(m, MIGRATE_MOVABLE, 1), 0);
	expect_pages(m, "##......######.# ................"
			"################ ################");
	expect_list(m, MIGRATE_MOVABLE, 0, FRAMES(14));
	expect_list(m, MIGRATE_MOVABLE, 4, FRAMES(16));
}

/* Expect: a block of the very size is taken as it is, nothing is halved. */
static void one_that_fits_exactly_is_not_halved(void **state)
{
	struct machine *m = *state;

	machine_draw(m, "mmmm",
		     "####....######## ................"
		     "################ ################");
	m->memory->work = (struct work){ .zones = 0 };
	assert_int_equal(take(m, MIGRATE_MOVABLE, 2), 4);
	assert_int_equal(m->memory->work.count[WORK_SPLITS], 0);
}

static void start_with_one_large_block(struct machine *m)
{
	machine_describe(m, PAGES, 4, 6);
	machine_draw(m, "mmmm",
		     "################ ###############."
		     "................ ................");
	m->memory->work = (struct work){ .zones = 0 };
}

static void expect_a_row_as_one_by_one(uint32_t nr)
{
	struct machine m, other;
	pfn_t row[16];

	start_with_one_large_block(&m);
	start_with_one_large_block(&other);
	assert_int_equal(buddy_take_row(m.memory, m.memory->zone, 1,
					MIGRATE_MOVABLE, row, nr),
			 nr);
	for (uint32_t i = 0; i < nr; i++) {
		assert_int_equal(row[i], take(&other, MIGRATE_MOVABLE, 1));
		m.memory->state[row[i]] = PAGE_ALLOCATED | 1;
		zone_mod_free_pages(m.memory->zone, 0, -2);
	}
	assert_int_equal(m.memory->work.count[WORK_SPLITS],
			 other.memory->work.count[WORK_SPLITS]);
	assert_memory_equal(m.memory->state, other.memory->state, PAGES);
	machine_check(&m);
	machine_stop(&other);
	machine_stop(&m);
}

/*
 *	asked for 1, 2, 3, … blocks of order 1:
 *	................................
 *	<><><>                         what is left is one block of each order
 *
 * Expect: many blocks at once are those that had come one by one, with as many
 * halvings, and leave the same lists.
 */
static void a_row_comes_as_one_by_one(void **state)
{
	(void)state;
	for (uint32_t nr = 1; nr <= 16; nr++)
		expect_a_row_as_one_by_one(nr);
}

/*
 *	list of order 0   9 1 3	(9 was freed last)
 *
 * Expect: the head serves, so the page freed last is the first to go.
 */
static void the_head_of_the_list_serves(void **state)
{
	struct machine *m = *state;

	machine_draw(m, "mmmm",
		     "#.#.############ ################"
		     "################ ################");
	put_to_buddy(m, 9, 0);
	expect_list(m, MIGRATE_MOVABLE, 0, FRAMES(9, 1, 3));
	assert_int_equal(take(m, MIGRATE_MOVABLE, 0), 9);
	assert_int_equal(take(m, MIGRATE_MOVABLE, 0), 1);
	assert_int_equal(take(m, MIGRATE_MOVABLE, 0), 3);
}

/* Expect: what other types have is not this function's to take. */
static void other_types_are_not_touched(void **state)
{
	struct machine *m = *state;

	machine_draw(m, "urmm",
		     "................ ................"
		     "################ ################");
	assert_int_equal(take(m, MIGRATE_MOVABLE, 0), PFN_NONE);
	assert_int_equal(take(m, MIGRATE_RECLAIMABLE, 0), 16);
	assert_int_equal(take(m, MIGRATE_UNMOVABLE, 0), 0);
}

/* Expect: what was freed in one piece can be had in one piece again. */
static void all_comes_back_together(void **state)
{
	struct machine *m = *state;
	pfn_t pfn[PAGES];

	machine_draw(m, "mmmm",
		     "................ ................"
		     "................ ................");
	for (int i = 0; i < PAGES; i++)
		pfn[i] = take(m, MIGRATE_MOVABLE, 0);
	assert_int_equal(zone_free_pages(&m->memory->zone[0]), 0);
	for (int i = 0; i < PAGES; i++) {
		zone_mod_free_pages(&m->memory->zone[0], 0, 1);
		buddy_free(m->memory, &m->memory->zone[0],
			   pfn[(i * 37) % PAGES], 0, MIGRATE_MOVABLE);
	}
	assert_int_equal(zone_nr_free(&m->memory->zone[0], 5), 2);
}

/* Expect: no order beyond the largest, no bad flags, each with its reason. */
static void some_requests_can_not_be_served(void **state)
{
	struct machine *m = *state;

	machine_draw(m, "mmmm",
		     "................ ................"
		     "................ ................");
	assert_int_equal(get_grant(m, GFP_KERNEL, 6).reason, REASON_ORDER);
	assert_int_equal(get_grant(m, GFP_KERNEL, 5).pfn, 0);
	assert_int_equal(
		get_grant(m, GFP_KERNEL | __GFP_DMA | __GFP_DMA32, 0).reason,
		REASON_BAD_FLAGS);
	assert_int_equal(get_grant(m, GFP_KERNEL | __GFP_DMA, 0).reason,
			 REASON_NO_ZONE);
	assert_int_equal(get_grant(m, GFP_KERNEL, 5).pfn, 32);
	assert_int_equal(get_grant(m, GFP_NOWAIT, 0).reason, REASON_WATERMARK);
}

/* Expect: a request says by which way it was served. */
static void the_way_is_told(void **state)
{
	struct machine *m = *state;

	machine_draw(m, "mmmm",
		     "................ ................"
		     "................ ................");
	assert_int_equal(get_grant(m, GET_MOVABLE, 4).path, PATH_BUDDY);
	assert_int_equal(get_grant(m, GET_MOVABLE, 0).path, PATH_PCP_REFILL);
	assert_int_equal(get_grant(m, GET_MOVABLE, 0).path, PATH_PCP);
	m->memory->zone[0].watermark[WMARK_LOW] = PAGES;
	assert_int_equal(get_grant(m, GET_MOVABLE, 0).path, PATH_SLOW);
	m->memory->zone[0].watermark[WMARK_MIN] = PAGES;
	assert_int_equal(get_grant(m, GET_MOVABLE, 0).path, PATH_NONE);
}

/* ---- many pages at once ---- */

/* Normal of 64 pages, low mark 8, behind it DMA32; the same on node 1. */
static void start_bulk(struct machine *m)
{
	for (int i = 0; i < 4; i++) {
		m->zone[i] = open_zone(i % 2 ? ZONE_NORMAL : ZONE_DMA32,
				       i * PAGES, PAGES);
		m->zone[i].watermark[WMARK_LOW] = 8;
	}
	m->desc.nr_nodes = 2;
	m->node[0].nr_zones = 2;
	m->node[1] = (struct node_desc){ .id = 1,
					 .zones = &m->zone[2],
					 .nr_zones = 2 };
	machine_start(m);
}

/* How many pages are given at once, and from which frame on. */
static void expect_bulk(struct machine *m, gfp_t gfp, uint32_t nr,
			uint32_t given, pfn_t first)
{
	struct page_request request = { gfp, 0, 0, NODE_ANY };
	pfn_t pages[PAGES];

	assert_int_equal(page_alloc_bulk(m->memory, &request, nr, pages),
			 given);
	for (uint32_t i = 0; i < given; i++)
		assert_int_equal(pages[i], first + i);
}

/* Expect: all of them, in order, through the CPU's list. */
static void many_pages_come_at_once(void **state)
{
	struct machine *m = *state;

	start_bulk(m);
	expect_bulk(m, GFP_KERNEL, 0, 0, 0);
	expect_bulk(m, GFP_KERNEL, 10, 10, PAGES);
	expect_bulk(m, GFP_KERNEL, 1, 1, PAGES + 10);
}

/*
 * Normal counts 60 free pages, four being on the CPU's list or given.
 *
 * Expect: a zone serves that keeps its low mark even so, which 60 - 52 = 8
 * does not: so the next zone of the node serves.
 */
static void they_must_leave_the_low_mark(void **state)
{
	struct machine *m = *state;

	start_bulk(m);
	expect_bulk(m, GFP_KERNEL, 1, 1, PAGES);
	expect_bulk(m, GFP_KERNEL, 52, 52, 0);
	expect_bulk(m, GFP_KERNEL, 51, 51, PAGES + 1);
}

/* Expect: where no zone of the node can, a single page, by the usual way. */
static void else_they_come_one_by_one(void **state)
{
	struct machine *m = *state;

	start_bulk(m);
	expect_bulk(m, GFP_KERNEL, 55, 55, PAGES);
	expect_bulk(m, GFP_KERNEL, 55, 55, 0);
	expect_bulk(m, GFP_KERNEL, 2, 1, 3 * PAGES);
}

/*
 * The kernel charges pages one by one, but only once it has a memory cgroup
 * besides the root: memcg_kmem_enabled().
 *
 * Expect: all of them, as without __GFP_ACCOUNT.
 */
static void nobody_is_charged_for_pages(void **state)
{
	struct machine *m = *state;

	start_bulk(m);
	expect_bulk(m, GFP_KERNEL_ACCOUNT, 10, 10, PAGES);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(the_lower_end_is_handed_out),
		test(pages_come_in_ascending_order),
		test(the_smallest_that_fits_serves),
		test(one_that_fits_exactly_is_not_halved),
		cmocka_unit_test(a_row_comes_as_one_by_one),
		test(the_head_of_the_list_serves),
		test(other_types_are_not_touched),
		test(all_comes_back_together),
		test(some_requests_can_not_be_served),
		test(the_way_is_told),
		test(many_pages_come_at_once),
		test(they_must_leave_the_low_mark),
		test(else_they_come_one_by_one),
		test(nobody_is_charged_for_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
