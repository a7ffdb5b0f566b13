/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a CPU keeps to itself: how its lists are refilled, how much stays on
 * them, what leaves when and in which order. Lists are written from the hot
 * end to the cold one. Pageblocks of 32 pages, lists of 16 pages in batches
 * of 4, unless a test says otherwise.
 */

#include "tests/unit/machine_fixture.h"

#define PAGES 128
#define FREE_BLOCK "................................ "
#define FULL_BLOCK "################################ "
#define ORDER_HUGE 5

static int setup(void **state)
{
	static struct machine m;

	machine_describe(&m, PAGES, ORDER_HUGE, 7);
	*state = &m;
	return 0;
}

static int teardown(void **state)
{
	machine_stop(*state);
	return 0;
}

static void draw_movable(struct machine *m)
{
	machine_draw(m, "mmmm", FREE_BLOCK FREE_BLOCK FREE_BLOCK FREE_BLOCK);
}

static struct pcp *pcp_of(struct machine *m, cpu_t cpu)
{
	return &m->memory->zone[0].pcp[cpu];
}

static uint32_t work(const struct machine *m, enum work_kind kind)
{
	return m->memory->work.count[kind];
}

/* Frees pages in use since before the run, one by one. */
static void put_boot(struct machine *m, pfn_t first, uint32_t pages)
{
	for (uint32_t i = 0; i < pages; i++)
		page_free_boot(m->memory, 0, first + i, 0);
}

/* ---- refills ---- */

/*
 *	|................|	a page, please
 *	|#ppp............|
 *
 * Expect: a batch of four is fetched and handed out in ascending order.
 */
static void a_batch_is_fetched_in_order(void **state)
{
	struct machine *m = *state;

	draw_movable(m);
	assert_int_equal(get(m, GET_MOVABLE, 0), 0);
	expect_pcp(m, 0, MIGRATE_MOVABLE, 0, FRAMES(1, 2, 3));
	assert_int_equal(pcp_of(m, 0)->count, 3);
	assert_int_equal(work(m, WORK_PCP_REFILLS), 1);
	assert_int_equal(work(m, WORK_PCP_REFILLED), 4);
	assert_int_equal(work(m, WORK_PAGES_TAKEN), 4);
	for (pfn_t pfn = 1; pfn < 8; pfn++)
		assert_int_equal(get(m, GET_MOVABLE, 0), pfn);
	assert_int_equal(work(m, WORK_PCP_REFILLS), 2);
	assert_int_equal(work(m, WORK_PCP_HITS), 8);
}

/* How many blocks of an order a refill brings with batches of `batch`. */
static void expect_refill(uint32_t batch, order_t order, uint32_t blocks)
{
	struct machine m;

	machine_describe(&m, PAGES, ORDER_HUGE, 7);
	m.zone[0].pcp_batch = batch;
	m.zone[0].pcp_high = 64;
	draw_movable(&m);
	get(&m, GET_MOVABLE, order);
	assert_int_equal(work(&m, WORK_PCP_REFILLED), blocks);
	assert_int_equal(pcp_of(&m, 0)->count, (blocks - 1) << order);
	machine_stop(&m);
}

/*
 * Expect: larger blocks come in batches of as many pages, but two blocks at
 * least; a batch of one page is one block of any order.
 */
static void a_batch_is_counted_in_pages(void **state)
{
	struct machine *m = *state;

	expect_refill(31, 0, 31);
	expect_refill(31, 1, 15);
	expect_refill(31, 2, 7);
	expect_refill(31, 3, 3);
	expect_refill(4, 1, 2);
	expect_refill(4, 2, 2);
	expect_refill(4, 3, 2);
	expect_refill(2, 0, 2);
	expect_refill(1, 0, 1);
	expect_refill(1, 3, 1);
	draw_movable(m);
}

/* Expect: a refill takes what there is; from nothing it brings nothing. */
static void a_refill_may_fall_short(void **state)
{
	struct machine *m = *state;

	machine_draw(m, "mmmm",
		     "..############################## " FULL_BLOCK FULL_BLOCK
			     FULL_BLOCK);
	assert_int_equal(get(m, GET_MOVABLE, 0), 0);
	expect_pcp(m, 0, MIGRATE_MOVABLE, 0, FRAMES(1));
	assert_int_equal(get(m, GET_MOVABLE, 0), 1);
	assert_int_equal(get(m, GET_MOVABLE, 0), PFN_NONE);
}

/* Expect: each type and order has a list of its own. */
static void lists_are_by_type_and_order(void **state)
{
	struct machine *m = *state;

	machine_draw(m, "umrm", FREE_BLOCK FREE_BLOCK FREE_BLOCK FULL_BLOCK);
	assert_int_equal(get(m, GET_UNMOVABLE, 0), 0);
	assert_int_equal(get(m, GET_MOVABLE, 0), 32);
	assert_int_equal(get(m, GET_RECLAIMABLE, 0), 64);
	assert_int_equal(get(m, GET_MOVABLE, 1), 36);
	expect_pcp(m, 0, MIGRATE_UNMOVABLE, 0, FRAMES(1, 2, 3));
	expect_pcp(m, 0, MIGRATE_MOVABLE, 0, FRAMES(33, 34, 35));
	expect_pcp(m, 0, MIGRATE_RECLAIMABLE, 0, FRAMES(65, 66, 67));
	expect_pcp(m, 0, MIGRATE_MOVABLE, 1, FRAMES(38));
}

/* Expect: each CPU has lists of its own, and frees go to the freeing one's. */
static void lists_are_by_cpu(void **state)
{
	struct machine *m = *state;
	struct page_request by_1 = { GET_MOVABLE, 0, 1, NODE_ANY };

	m->node[0].nr_cpus = 2;
	draw_movable(m);
	assert_int_equal(get(m, GET_MOVABLE, 0), 0);
	assert_int_equal(page_alloc(m->memory, &by_1).pfn, 4);
	page_free(m->memory, 1, 0, 0);
	expect_pcp(m, 0, MIGRATE_MOVABLE, 0, FRAMES(1, 2, 3));
	expect_pcp(m, 1, MIGRATE_MOVABLE, 0, FRAMES(0, 5, 6, 7));
}

/* Expect: orders above 3 are not kept… */
static void large_blocks_are_not_kept(void **state)
{
	struct machine *m = *state;

	draw_movable(m);
	assert_int_equal(get_grant(m, GET_MOVABLE, 4).path, PATH_BUDDY);
	put(m, 0, 4);
	assert_int_equal(get_grant(m, GET_MOVABLE, ORDER_HUGE).path,
			 PATH_BUDDY);
	put(m, 0, ORDER_HUGE);
	assert_int_equal(pcp_of(m, 0)->count, 0);
}

/*
 * Expect: …but huge pages are, on two lists: movable ones, and the others
 * together.
 */
static void huge_pages_have_two_lists(void **state)
{
	struct machine *m = *state;

	m->desc.transparent_hugepage = true;
	m->zone[0] = open_zone(ZONE_NORMAL, 0, PAGES + 64);
	m->zone[0].pcp_high = 200;
	machine_draw(m, "mmmmmm",
		     FREE_BLOCK FREE_BLOCK FREE_BLOCK FREE_BLOCK FREE_BLOCK
			     FREE_BLOCK);
	assert_int_equal(get_grant(m, GET_MOVABLE, ORDER_HUGE).path,
			 PATH_PCP_REFILL);
	expect_pcp(m, 0, MIGRATE_MOVABLE, ORDER_HUGE, FRAMES(32));
	assert_int_equal(get(m, GET_UNMOVABLE, ORDER_HUGE), 64);
	expect_pcp(m, 0, MIGRATE_UNMOVABLE, ORDER_HUGE, FRAMES(96));
	assert_int_equal(get_grant(m, GET_RECLAIMABLE, ORDER_HUGE).pfn, 96);
	assert_int_equal(pcp_of(m, 0)->count, 32);
}

/* ---- frees ---- */

/*
 *	list   (empty), free 9, 5, 7:   7 5 9
 *
 * Expect: the page freed last is handed out first.
 */
static void the_warmest_page_goes_first(void **state)
{
	struct machine *m = *state;

	machine_draw(m, "mmmm", FULL_BLOCK FULL_BLOCK FULL_BLOCK FREE_BLOCK);
	put_boot(m, 9, 1);
	put_boot(m, 5, 1);
	put_boot(m, 7, 1);
	expect_pcp(m, 0, MIGRATE_MOVABLE, 0, FRAMES(7, 5, 9));
	assert_int_equal(get(m, GET_MOVABLE, 0), 7);
	assert_int_equal(get(m, GET_MOVABLE, 0), 5);
}

/*
 *	list of 15, free 15:   15 14 … 1 0
 *
 * Expect: with 16 pages the lists are full, and the four coldest leave. No
 * other list is looked at: the page freed last is on the same one.
 */
static void a_full_list_gives_up_its_coldest(void **state)
{
	struct machine *m = *state;

	machine_draw(m, "mmmm", FULL_BLOCK FULL_BLOCK FULL_BLOCK FULL_BLOCK);
	put_boot(m, 0, 15);
	assert_int_equal(pcp_of(m, 0)->count, 15);
	put_boot(m, 15, 1);
	expect_pcp(m, 0, MIGRATE_MOVABLE, 0,
		   FRAMES(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4));
	expect_list(m, MIGRATE_MOVABLE, 2, FRAMES(0));
	assert_int_equal(work(m, WORK_PCP_DRAINED), 4);
	assert_int_equal(work(m, WORK_PCP_LISTS), 1);
}

/* Frees until the lists are drained once; returns the pages that left. */
static int drained_next(struct machine *m, pfn_t *next)
{
	uint32_t before = work(m, WORK_PCP_DRAINED);

	while (work(m, WORK_PCP_DRAINED) == before)
		put_boot(m, (*next)++, 1);
	return work(m, WORK_PCP_DRAINED) - before;
}

/*
 * Expect: each drain of a run of frees is twice the one before, until all
 * but a batch would leave (12 of 16).
 */
static void runs_of_frees_drain_more_each_time(void **state)
{
	struct machine *m = *state;
	pfn_t next = 0;

	machine_draw(m, "mmmm", FULL_BLOCK FULL_BLOCK FULL_BLOCK FULL_BLOCK);
	assert_int_equal(drained_next(m, &next), 4);
	assert_int_equal(pcp_of(m, 0)->free_factor, 1);
	assert_int_equal(drained_next(m, &next), 8);
	assert_int_equal(pcp_of(m, 0)->free_factor, 2);
	assert_int_equal(drained_next(m, &next), 12);
	assert_int_equal(drained_next(m, &next), 12);
	assert_int_equal(pcp_of(m, 0)->free_factor, 2);
}

/*
 * Expect: lists of less than two batches keep one, so that less than one
 * leaves (2 of 6).
 */
static void short_lists_keep_a_batch(void **state)
{
	struct machine *m = *state;
	pfn_t next = 0;

	m->zone[0].pcp_high = 6;
	machine_draw(m, "mmmm", FULL_BLOCK FULL_BLOCK FULL_BLOCK FULL_BLOCK);
	assert_int_equal(drained_next(m, &next), 2);
	assert_int_equal(pcp_of(m, 0)->count, 4);
	assert_int_equal(drained_next(m, &next), 2);
}

/* Expect: at most 32 batches at once, however much the lists may hold. */
static void a_drain_is_32_batches_at_most(void **state)
{
	static const int expected[] = { 1, 2, 4, 8, 16, 32, 32, 32 };
	struct machine *m = *state;
	pfn_t next = 0;

	m->zone[0].pcp_batch = 1;
	m->zone[0].pcp_high = 40;
	machine_draw(m, "mmmm", FULL_BLOCK FULL_BLOCK FULL_BLOCK FULL_BLOCK);
	for (int i = 0; i < 7; i++)
		assert_int_equal(drained_next(m, &next), expected[i]);
	assert_int_equal(pcp_of(m, 0)->free_factor, 5);
}

/* Expect: each allocation halves what the next drain takes. */
static void allocations_calm_drains_down(void **state)
{
	struct machine *m = *state;
	pfn_t next = 0;

	machine_draw(m, "mmmm", FULL_BLOCK FULL_BLOCK FULL_BLOCK FULL_BLOCK);
	drained_next(m, &next);
	drained_next(m, &next);
	assert_int_equal(pcp_of(m, 0)->free_factor, 2);
	get(m, GET_MOVABLE, 0);
	assert_int_equal(pcp_of(m, 0)->free_factor, 1);
	assert_int_equal(drained_next(m, &next), 8);
	get(m, GET_MOVABLE, 0);
	get(m, GET_MOVABLE, 0);
	assert_int_equal(pcp_of(m, 0)->free_factor, 0);
	assert_int_equal(drained_next(m, &next), 4);
}

/* Expect: bulk allocations do not. */
static void bulk_allocations_do_not(void **state)
{
	struct machine *m = *state;
	struct page_request request = { GET_MOVABLE, 0, 0, NODE_ANY };
	pfn_t pages[8];

	draw_movable(m);
	pcp_of(m, 0)->free_factor = 4;
	assert_int_equal(page_alloc_bulk(m->memory, &request, 8, pages), 8);
	assert_int_equal(pcp_of(m, 0)->free_factor, 4);
	for (pfn_t i = 0; i < 8; i++)
		assert_int_equal(pages[i], i);
	get(m, GET_MOVABLE, 0);
	assert_int_equal(pcp_of(m, 0)->free_factor, 2);
}

/*
 * A run of frees is on (free_factor 1) when a block of two pages is freed.
 *
 * Expect: the lists are emptied: such blocks are not to lie about.
 */
static void small_blocks_end_a_run_of_frees(void **state)
{
	struct machine *m = *state;
	pfn_t next = 0;

	machine_draw(m, "mmmm", FULL_BLOCK FULL_BLOCK FULL_BLOCK FULL_BLOCK);
	page_free_boot(m->memory, 0, 64, 1);
	page_free_boot(m->memory, 0, 72, 3);
	assert_int_equal(pcp_of(m, 0)->count, 10);
	drained_next(m, &next);
	assert_true(pcp_of(m, 0)->count > 0);
	page_free_boot(m->memory, 0, 80, 1);
	assert_int_equal(pcp_of(m, 0)->count, 0);
	assert_int_equal(pcp_of(m, 0)->free_factor, 1);
}

/* Expect: huge pages do not end it. */
static void huge_pages_do_not_end_it(void **state)
{
	struct machine *m = *state;

	m->desc.transparent_hugepage = true;
	m->zone[0].pcp_high = 100;
	machine_draw(m, "mmmm", FULL_BLOCK FULL_BLOCK FULL_BLOCK FULL_BLOCK);
	pcp_of(m, 0)->free_factor = 1;
	page_free_boot(m->memory, 0, 0, ORDER_HUGE);
	page_free_boot(m->memory, 0, 32, ORDER_HUGE);
	assert_int_equal(pcp_of(m, 0)->count, 64);
}

/* Expect: while the zone is reclaimed, lists hold four batches at most. */
static void reclaim_keeps_lists_short(void **state)
{
	struct machine *m = *state;
	pfn_t next = 0;

	m->zone[0].pcp_high = 60;
	machine_draw(m, "mmmm", FULL_BLOCK FULL_BLOCK FULL_BLOCK FULL_BLOCK);
	m->memory->zone[0].reclaim_active = true;
	assert_int_equal(drained_next(m, &next), 4);
	assert_int_equal(next, 16);
}

/*
 *	order 0, unmovable   2 1 0	order 0, movable   35 … 32
 *	order 1, movable     64
 *
 * Expect: a drain starts with the list freed to last, empties it, and goes
 * on with the next ones.
 */
static void a_drain_goes_round(void **state)
{
	struct machine *m = *state;

	m->zone[0].pcp_batch = 7;
	m->zone[0].pcp_high = 14;
	machine_draw(m, "umrm", FULL_BLOCK FULL_BLOCK FULL_BLOCK FULL_BLOCK);
	put_boot(m, 0, 3);
	page_free_boot(m->memory, 0, 96, 2);
	put_boot(m, 64, 2);
	put_boot(m, 32, 5);
	/* 14 pages: movable 36…32 go, reclaimable 64, 65; then no more. */
	expect_pcp(m, 0, MIGRATE_MOVABLE, 0, NO_FRAMES);
	expect_pcp(m, 0, MIGRATE_RECLAIMABLE, 0, NO_FRAMES);
	expect_pcp(m, 0, MIGRATE_MOVABLE, 2, FRAMES(96));
	expect_pcp(m, 0, MIGRATE_UNMOVABLE, 0, FRAMES(2, 1, 0));
}

/* Expect: after the last list the first comes, past lists found empty. */
static void a_drain_begins_anew_after_the_last(void **state)
{
	struct machine *m = *state;

	m->zone[0].pcp_batch = 7;
	m->zone[0].pcp_high = 14;
	machine_draw(m, "umrm", FULL_BLOCK FULL_BLOCK FULL_BLOCK FULL_BLOCK);
	put_boot(m, 32, 5);
	put_boot(m, 0, 5);
	page_free_boot(m->memory, 0, 96, 2);
	/*
	 * 14 pages: the block of four goes, then unmovable 0-2 from the cold
	 * end.
	 */
	expect_pcp(m, 0, MIGRATE_MOVABLE, 2, NO_FRAMES);
	expect_pcp(m, 0, MIGRATE_UNMOVABLE, 0, FRAMES(4, 3));
	expect_pcp(m, 0, MIGRATE_MOVABLE, 0, FRAMES(36, 35, 34, 33, 32));
}

/* ---- which list a page leaves for ---- */

/*
 *	a page of a movable pageblock is freed, the pageblock becomes
 *	unmovable, the page is drained
 *
 * Expect: it goes to the list of the type that the pageblock had.
 */
static void a_page_remembers_its_type(void **state)
{
	struct machine *m = *state;

	machine_draw(m, "mmmm", FULL_BLOCK FULL_BLOCK FULL_BLOCK FULL_BLOCK);
	put_boot(m, 3, 1);
	*pageblock_type(m->memory, &m->memory->zone[0], 0) = MIGRATE_UNMOVABLE;
	page_drain_all(m->memory, 0);
	expect_list(m, MIGRATE_MOVABLE, 0, FRAMES(3));
}

/*
 * Expect: pages of a pageblock reserved for high-order atomic requests travel
 * on the movable list, may be handed out from it, and go back to the reserve
 * when drained.
 */
static void reserved_pages_travel_with_movable_ones(void **state)
{
	struct machine *m = *state;

	machine_draw(m, "hmmm", FULL_BLOCK FULL_BLOCK FULL_BLOCK FREE_BLOCK);
	put_boot(m, 3, 1);
	put_boot(m, 5, 1);
	expect_pcp(m, 0, MIGRATE_MOVABLE, 0, FRAMES(5, 3));
	assert_int_equal(get(m, GET_MOVABLE, 0), 5);
	page_drain_all(m->memory, 0);
	expect_list(m, MIGRATE_HIGHATOMIC, 0, FRAMES(3));
	put(m, 5, 0);
}

/*
 *	CPU 0   1 2 3	CPU 1   5 6 7
 *
 * Expect: draining all leaves nothing anywhere.
 */
static void draining_all_empties_every_cpu(void **state)
{
	struct machine *m = *state;
	struct page_request by_1 = { GET_MOVABLE, 0, 1, NODE_ANY };

	m->node[0].nr_cpus = 2;
	draw_movable(m);
	put(m, get(m, GET_MOVABLE, 0), 0);
	page_free(m->memory, 1, page_alloc(m->memory, &by_1).pfn, 0);
	assert_int_equal(zone_pcp_pages(m->memory, &m->memory->zone[0]), 8);
	page_drain_all(m->memory, 0);
	assert_int_equal(zone_pcp_pages(m->memory, &m->memory->zone[0]), 0);
	assert_int_equal(zone_free_pages(&m->memory->zone[0]), PAGES);
	expect_list(m, MIGRATE_MOVABLE, 6, FRAMES(0, 64));
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_batch_is_fetched_in_order),
		test(a_batch_is_counted_in_pages),
		test(a_refill_may_fall_short),
		test(lists_are_by_type_and_order),
		test(lists_are_by_cpu),
		test(large_blocks_are_not_kept),
		test(huge_pages_have_two_lists),
		test(the_warmest_page_goes_first),
		test(a_full_list_gives_up_its_coldest),
		test(runs_of_frees_drain_more_each_time),
		test(short_lists_keep_a_batch),
		test(a_drain_is_32_batches_at_most),
		test(allocations_calm_drains_down),
		test(bulk_allocations_do_not),
		test(small_blocks_end_a_run_of_frees),
		test(huge_pages_do_not_end_it),
		test(reclaim_keeps_lists_short),
		test(a_drain_goes_round),
		test(a_drain_begins_anew_after_the_last),
		test(a_page_remembers_its_type),
		test(reserved_pages_travel_with_movable_ones),
		test(draining_all_empties_every_cpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
