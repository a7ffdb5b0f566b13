/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine of which only the counts of /proc/pagetypeinfo or /proc/buddyinfo
 * are known gets a starting state with exactly these counts, and one that the
 * buddy system could be in (memory_validate() sees to that).
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "models/initial/initial_counts.h"
#include "models/memory.h"

#define ORDERS 11
#define NR_TYPES 3 /* unmovable, movable, reclaimable */
#define MAX_ZONES 2

/* A zone as /proc tells of it. */
struct told_zone {
	node_t node;
	enum zone_type type;
	uint64_t start_pfn;
	uint64_t spanned;
	uint64_t managed;
	struct hole_desc hole;
	uint64_t nr_free[NR_TYPES][ORDERS];
	uint64_t pageblocks[NR_TYPES];
};

struct machine {
	struct machine_desc desc;
	struct node_desc node[2];
	struct zone_desc zone[MAX_ZONES];
	cpu_t cpu;
	struct free_count_desc count[MAX_ZONES * NR_TYPES * ORDERS];
	struct pageblock_count_desc pageblocks[MAX_ZONES * NR_TYPES];
	struct errors errors;
	struct memory *memory;
};

/* A guest of 768 MiB after boot. */
static const struct told_zone one_node[] = {
	{ .type = ZONE_DMA,
	  .start_pfn = 1,
	  .spanned = 4095,
	  .managed = 3840,
	  .hole = { 159, 97 },
	  .nr_free = { { 0, 0, 0, 0, 0, 1, 1, 1 },
		       { 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 3 } },
	  .pageblocks = { 1, 7, 0 } },
	{ .type = ZONE_DMA32,
	  .start_pfn = 4096,
	  .spanned = 192480,
	  .managed = 177584,
	  .nr_free = { { 1, 1, 0, 1, 0, 1 },
		       { 0, 1, 0, 1, 1, 0, 0, 0, 0, 1, 85 },
		       { 1, 0, 1, 0, 1, 0, 1, 0, 1, 1 } },
	  .pageblocks = { 171, 199, 6 } },
};

/* Two nodes of 512 MiB, the first one's DMA zone aside. */
static const struct told_zone two_nodes[] = {
	{ .type = ZONE_DMA32,
	  .start_pfn = 4096,
	  .spanned = 126976,
	  .managed = 113501,
	  .nr_free = { { 1, 0, 1, 1, 1, 1, 0, 1 },
		       { 1, 0, 0, 0, 0, 1, 2, 2, 2, 1, 24 },
		       { 1, 0, 0, 1, 1, 1, 0, 0, 1, 1 } },
	  .pageblocks = { 165, 77, 6 } },
	{ .node = 1,
	  .type = ZONE_DMA32,
	  .start_pfn = 131072,
	  .spanned = 131040,
	  .managed = 128873,
	  .nr_free = { { 1, 1, 1, 0, 1, 1, 0, 0, 1 },
		       { 0, 1, 1, 1, 0, 1, 0, 0, 0, 1, 90 },
		       { 1, 1, 0, 0, 0, 0, 1, 0, 1, 1 } },
	  .pageblocks = { 71, 183, 2 } },
};

static void describe_zone(struct machine *m, const struct told_zone *told,
			  size_t n, bool any)
{
	struct zone_desc *zone = &m->zone[n];
	struct initial_state_desc *initial = &m->desc.initial;
	unsigned int type, order;

	*zone = (struct zone_desc){
		.type = told->type,
		.start_pfn = told->start_pfn,
		.spanned_pages = told->spanned,
		.present_pages = told->spanned - told->hole.pages,
		.managed_pages = told->managed,
		.nr_holes = told->hole.pages ? 1 : 0,
	};
	zone->holes = (struct hole_desc *)&told->hole;
	for (type = 0; type < NR_TYPES; type++) {
		for (order = 0; order < ORDERS; order++)
			m->count[initial->nr_free_counts++] =
				(struct free_count_desc){
					.node = told->node,
					.zone = told->type,
					.any_migratetype = any,
					.migratetype = (enum migratetype)type,
					.order = (order_t)order,
					.nr_free = told->nr_free[type][order],
				};
		if (told->pageblocks[type])
			m->pageblocks[initial->nr_pageblock_counts++] =
				(struct pageblock_count_desc){
					told->node,
					told->type,
					(enum migratetype)type,
					told->pageblocks[type],
				};
	}
}

/* The description of a machine; `any`: as buddyinfo tells, without types. */
static void describe(struct machine *m, const struct told_zone *told, size_t nr,
		     bool any)
{
	size_t n;

	*m = (struct machine){ .errors = ERRORS_NONE };
	m->desc = (struct machine_desc){
		.page_shift = 12,
		.nr_orders = ORDERS,
		.pageblock_order = 9,
		.zone_types = 1u << ZONE_DMA | 1u << ZONE_DMA32 |
			      1u << ZONE_NORMAL | 1u << ZONE_MOVABLE,
		.numa = true,
		.address_bits = 64,
		.sysctl = { .watermark_scale_factor = 10,
			    .lowmem_reserve_ratio = { 256, 256, 32 } },
		.nodes = m->node,
		.nr_nodes = (size_t)told[nr - 1].node + 1,
		.initial = { .free_counts = m->count,
			     .pageblock_counts = m->pageblocks },
	};
	m->node[0] = (struct node_desc){ .cpus = &m->cpu, .nr_cpus = 1 };
	m->node[1].id = 1;
	for (n = 0; n < nr; n++) {
		struct node_desc *node = &m->node[told[n].node];

		describe_zone(m, &told[n], n, any);
		if (!node->nr_zones)
			node->zones = &m->zone[n];
		node->nr_zones++;
	}
	if (any)
		m->desc.initial.nr_pageblock_counts = 0;
}

static void start(struct machine *m, uint64_t seed)
{
	char why[256] = "";

	m->memory = memory_new(&m->desc, seed, &m->errors);
	errors_print(&m->errors, stderr);
	assert_non_null(m->memory);
	if (!memory_validate(m->memory, why, sizeof(why)))
		fail_msg("%s", why);
}

static void expect_counts(const struct machine *m, const struct told_zone *told,
			  size_t n)
{
	const struct zone *zone = &m->memory->zone[n];
	uint64_t pageblocks[NR_MIGRATETYPES];
	unsigned int type, order;

	zone_count_pageblocks(m->memory, zone, pageblocks);
	for (type = 0; type < NR_TYPES; type++) {
		for (order = 0; order < ORDERS; order++)
			assert_int_equal(zone->area[type].nr_free[order],
					 told->nr_free[type][order]);
		assert_int_equal(pageblocks[type], told->pageblocks[type]);
	}
}

/*
 * Expect: for whatever seed, each count of pagetypeinfo comes out as it was
 * told, of free blocks and of pageblocks.
 */
static void counts_of_real_machines_come_out_exactly(void **state)
{
	struct machine m;
	uint64_t seed;
	size_t n;

	(void)state;
	for (seed = 0; seed < 5; seed++) {
		describe(&m, one_node, 2, false);
		start(&m, seed);
		for (n = 0; n < 2; n++)
			expect_counts(&m, &one_node[n], n);
		memory_free(m.memory);
		describe(&m, two_nodes, 2, false);
		start(&m, seed);
		for (n = 0; n < 2; n++)
			expect_counts(&m, &two_nodes[n], n);
		memory_free(m.memory);
	}
}

struct places {
	struct free_block_desc *blocks;
	struct pageblock_run_desc *runs;
	size_t nr_blocks;
	size_t nr_runs;
};

static int draw_places(struct machine *m, uint64_t seed, struct places *places)
{
	*places = (struct places){ .nr_blocks = 0 };
	return initial_place_counts(&m->desc, seed, &places->blocks,
				    &places->nr_blocks, &places->runs,
				    &places->nr_runs, &m->errors);
}

static void release(struct places *places)
{
	free(places->blocks);
	free(places->runs);
}

/* Expect: a seed stands for one state, two seeds for two. */
static void the_seed_decides(void **state)
{
	struct places first, again, other;
	struct machine m;

	(void)state;
	describe(&m, two_nodes, 2, false);
	assert_int_equal(draw_places(&m, 1, &first), 0);
	assert_int_equal(draw_places(&m, 1, &again), 0);
	assert_int_equal(draw_places(&m, 2, &other), 0);
	assert_int_equal(first.nr_blocks, again.nr_blocks);
	assert_memory_equal(first.blocks, again.blocks,
			    first.nr_blocks * sizeof(*first.blocks));
	assert_int_equal(first.nr_blocks, other.nr_blocks);
	assert_memory_not_equal(first.blocks, other.blocks,
				first.nr_blocks * sizeof(*first.blocks));
	release(&first);
	release(&again);
	release(&other);
}

static enum migratetype type_at(const struct places *places, pfn_t pfn)
{
	enum migratetype type = NR_MIGRATETYPES;
	size_t i;

	for (i = 0; i < places->nr_runs; i++)
		if (places->runs[i].start_pfn <= pfn)
			type = places->runs[i].migratetype;
	return type;
}

/*
 * Expect: where each type has pageblocks with room, every free block lies in
 * one of its own type. (The zones here begin with a pageblock.)
 */
static void blocks_lie_in_pageblocks_of_their_type(void **state)
{
	struct places places;
	struct machine m;
	size_t i;

	(void)state;
	describe(&m, two_nodes, 2, false);
	assert_int_equal(draw_places(&m, 3, &places), 0);
	assert_true(places.nr_blocks > 100);
	for (i = 0; i < places.nr_blocks; i++)
		assert_int_equal(type_at(&places, places.blocks[i].pfn),
				 places.blocks[i].migratetype);
	release(&places);
}

/* 2,048 pages: four pageblocks, two blocks of the largest order. */
static const struct told_zone small = {
	.type = ZONE_NORMAL,
	.start_pfn = 4096,
	.spanned = 2048,
	.managed = 2048,
};

/*
 *	.#.##.#..#      one of each pair
 *
 * Expect: 1,024 single free pages fit in 2,048, since any more would make two
 * buddies free, which is no state that a kernel shows.
 */
static void half_of_all_pages_can_be_free_and_single(void **state)
{
	struct told_zone told = small;
	struct machine m;
	struct places places;

	(void)state;
	told.nr_free[MIGRATE_MOVABLE][0] = 1024;
	describe(&m, &told, 1, false);
	start(&m, 1);
	assert_int_equal(m.memory->zone[0].area[MIGRATE_MOVABLE].nr_free[0],
			 1024);
	memory_free(m.memory);
	told.nr_free[MIGRATE_MOVABLE][0] = 1025;
	describe(&m, &told, 1, false);
	assert_int_equal(draw_places(&m, 1, &places), -1);
	assert_non_null(strstr(m.errors.text[0], "room"));
	errors_release(&m.errors);
}

/*
 * Expect: with one block of each order but the last, all pages but one of each
 * 1,024 are free, and that still fits.
 */
static void the_fullest_mixture_fits(void **state)
{
	struct told_zone told = small;
	struct machine m;
	unsigned int order;

	(void)state;
	for (order = 0; order < ORDERS - 1; order++)
		told.nr_free[MIGRATE_MOVABLE][order] = 2;
	describe(&m, &told, 1, false);
	start(&m, 7);
	assert_int_equal(zone_free_pages(&m.memory->zone[0]), 2048 - 2);
	memory_free(m.memory);
}

/*
 * Expect: unmovable blocks that have no unmovable pageblock lie in others, on
 * the unmovable list, as after a steal.
 */
static void blocks_without_a_pageblock_lie_elsewhere(void **state)
{
	struct told_zone told = small;
	struct machine m;

	(void)state;
	told.nr_free[MIGRATE_UNMOVABLE][3] = 5;
	told.pageblocks[MIGRATE_MOVABLE] = 4;
	describe(&m, &told, 1, false);
	start(&m, 1);
	expect_counts(&m, &told, 0);
	memory_free(m.memory);
}

/* Expect: without types, free blocks are of the pageblock they fall in. */
static void buddyinfo_is_enough(void **state)
{
	struct machine m;
	unsigned int order;
	size_t n;

	(void)state;
	describe(&m, one_node, 2, true);
	start(&m, 1);
	for (n = 0; n < 2; n++)
		for (order = 0; order < ORDERS; order++)
			assert_int_equal(m.memory->zone[n]
						 .area[MIGRATE_MOVABLE]
						 .nr_free[order],
					 one_node[n].nr_free[0][order] +
						 one_node[n].nr_free[1][order] +
						 one_node[n].nr_free[2][order]);
	memory_free(m.memory);
}

static void refuse(const struct told_zone *told, const char *because)
{
	struct places places;
	struct machine m;

	describe(&m, told, 1, false);
	assert_int_equal(draw_places(&m, 1, &places), -1);
	assert_int_equal(m.errors.nr, 1);
	assert_non_null(strstr(m.errors.text[0], because));
	errors_release(&m.errors);
}

/* Expect: counts that no such zone could show are refused, and told why. */
static void impossible_counts_are_refused(void **state)
{
	struct told_zone pages = small;
	struct told_zone blocks = small;
	struct told_zone holed = small;

	(void)state;
	pages.nr_free[MIGRATE_MOVABLE][10] = 3;
	refuse(&pages, "more free pages");
	blocks.pageblocks[MIGRATE_MOVABLE] = 5;
	refuse(&blocks, "pageblocks");
	/* No whole block of order 10 is left between the holes. */
	holed.nr_free[MIGRATE_MOVABLE][10] = 1;
	holed.hole = (struct hole_desc){ 4096 + 1000, 100 };
	refuse(&holed, "room");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_of_real_machines_come_out_exactly),
		cmocka_unit_test(the_seed_decides),
		cmocka_unit_test(blocks_lie_in_pageblocks_of_their_type),
		cmocka_unit_test(half_of_all_pages_can_be_free_and_single),
		cmocka_unit_test(the_fullest_mixture_fits),
		cmocka_unit_test(blocks_without_a_pageblock_lie_elsewhere),
		cmocka_unit_test(buddyinfo_is_enough),
		cmocka_unit_test(impossible_counts_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
