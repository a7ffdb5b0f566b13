/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many free pages are kept of each pageblock, on small machines that are
 * drawn and in runs that allocate and free at random, against a count that
 * walks the free lists block by block.
 */

#include <stdlib.h>

#include "tests/unit/machine_fixture.h"

#define BLOCKS_MAX 512

/* From the lists: knows nothing of what is kept. */
static void count_by_lists(const struct memory *memory, const struct zone *zone,
			   uint32_t *free)
{
	pfn_t first_pfn = zone_first_block_pfn(memory, zone);

	memset(free, 0, BLOCKS_MAX * sizeof(*free));
	for (unsigned int list = 0; list < NR_MIGRATETYPES * MAX_ORDERS;
	     list++) {
		enum migratetype type = list / MAX_ORDERS;
		order_t order = list % MAX_ORDERS;

		if (order >= memory->nr_orders)
			continue;
		for (pfn_t pfn = buddy_first(zone, type, order);
		     pfn != PFN_NONE; pfn = buddy_next(memory, zone, pfn))
			for (pfn_t p = pfn; p < pfn + (1u << order); p++)
				free[(p - first_pfn) >>
				     memory->pageblock_order]++;
	}
}

/* What is kept: of the first pageblock and, side by side, of all others. */
static const uint16_t *kept_of(const struct memory *memory,
			       const struct zone *zone)
{
	return pageblock_free(memory, zone, zone->start_pfn);
}

static void expect_as_listed(const struct machine *m, const struct zone *zone)
{
	const uint16_t *found = kept_of(m->memory, zone);
	uint32_t listed[BLOCKS_MAX];
	size_t nr = zone_nr_pageblocks(m->memory, zone);

	assert_in_range(nr, 1, BLOCKS_MAX);
	count_by_lists(m->memory, zone, listed);
	for (size_t n = 0; n < nr; n++)
		if (found[n] != listed[n])
			fail_msg("pageblock %zu: %u free, the lists have %u", n,
				 found[n], listed[n]);
}

/* Expect: a block of the largest order fills both pageblocks it lies in. */
static void blocks_of_all_sizes(void **state)
{
	static const uint32_t expected[] = { 12, 16, 16, 0, 5, 16 };
	const uint16_t *free;
	struct machine m;

	(void)state;
	machine_describe(&m, 96, 4, 6);
	machine_draw(&m, "mummhu",
		     "........#### ....  .... .... .... ...."
		     " ................  ################"
		     " #.#..#.######.##  ................");
	assert_int_equal(zone_nr_pageblocks(m.memory, m.memory->zone), 6);
	free = kept_of(m.memory, m.memory->zone);
	for (size_t n = 0; n < 6; n++)
		assert_int_equal(free[n], expected[n]);
	expect_as_listed(&m, m.memory->zone);
	machine_stop(&m);
}

/* Expect: the same of pageblocks of few pages. */
static void pageblocks_of_four_pages(void **state)
{
	static const uint32_t expected[] = { 4, 1, 0, 3 };
	const uint16_t *free;
	struct machine m;

	(void)state;
	machine_describe(&m, 16, 2, 4);
	machine_draw(&m, "mumm", ".... ##.# #### #...");
	free = kept_of(m.memory, m.memory->zone);
	for (size_t n = 0; n < 4; n++)
		assert_int_equal(free[n], expected[n]);
	machine_stop(&m);
}

/* Expect: pages on per-CPU lists are not free; those of the lists are. */
static void pages_on_per_cpu_lists(void **state)
{
	struct page_request request = { .gfp = GFP_KERNEL, .node = NODE_ANY };
	uint32_t total = 0;
	const uint16_t *free;
	struct machine m;

	(void)state;
	machine_describe(&m, 64, 4, 6);
	machine_start(&m);
	assert_non_null(page_alloc(m.memory, &request).zone);
	free = kept_of(m.memory, m.memory->zone);
	for (size_t n = 0; n < 4; n++)
		total += free[n];
	assert_true(zone_pcp_pages(m.memory, m.memory->zone) > 0);
	assert_int_equal(total, zone_free_pages(m.memory->zone));
	machine_stop(&m);
}

/* A zone that begins and ends within a pageblock. */
static void describe_odd_zone(struct machine *m)
{
	machine_describe(m, 16000, 7, 10);
	m->zone[0].start_pfn = 1003;
}

static pfn_t live[20000];
static order_t live_order[20000];
static size_t nr_live;

/* Single pages for the most part. */
static void allocate(struct machine *m)
{
	struct page_request request = { .gfp = GFP_KERNEL, .node = NODE_ANY };
	struct page_grant grant;

	request.order = (order_t)(rand() % 8 ? rand() % 2 : rand() % 10);
	grant = page_alloc(m->memory, &request);
	if (!grant.zone)
		return;
	live[nr_live] = grant.pfn;
	live_order[nr_live++] = request.order;
}

static void release(struct machine *m)
{
	size_t which = (size_t)rand() % nr_live--;

	page_free(m->memory, 0, live[which], live_order[which]);
	live[which] = live[nr_live];
	live_order[which] = live_order[nr_live];
}

static void random_runs(void **state)
{
	struct machine m;

	(void)state;
	srand(1);
	describe_odd_zone(&m);
	machine_start(&m);
	for (int n = 0; n < 60000; n++) {
		if (nr_live && rand() % 100 < 47)
			release(&m);
		else
			allocate(&m);
		if (n % 500 == 0)
			expect_as_listed(&m, m.memory->zone);
	}
	machine_stop(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_of_all_sizes),
		cmocka_unit_test(pageblocks_of_four_pages),
		cmocka_unit_test(pages_on_per_cpu_lists),
		cmocka_unit_test(random_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
