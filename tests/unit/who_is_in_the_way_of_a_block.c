/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a large block nearly fits, and which pages are whose: what `explain`
 * tells of a request that found none.
 */

#define _GNU_SOURCE
#include "tests/unit/machine_fixture.h"

#include "results/explain/explain_gather.h"
#include "tests/unit/engine_run.h"

/* ---- frames -------------------------------------------------------------- */

#define PAGES 64

struct drawing {
	char picture[PAGES + 1];
	pfn_t next;
};

static void draw_run(void *argument, const struct zone *zone,
		     const struct frame_run *run)
{
	static const char letters[] = {
		[FRAME_FREE] = '.',  [FRAME_PCP] = 'p',	 [FRAME_BOOT] = '#',
		[FRAME_TAKEN] = '#', [FRAME_HOLE] = '_',
	};
	struct drawing *drawing = argument;

	(void)zone;
	assert_int_equal(run->pfn, drawing->next);
	memset(drawing->picture + run->pfn, letters[run->use], run->pages);
	drawing->next = run->pfn + run->pages;
}

/* As the fixture draws it, which does not tell the two kinds in use apart. */
static void expect_drawn(const struct machine *m)
{
	struct drawing drawing = { .next = 0 };
	char expected[PICTURE_PAGES + 1];

	machine_picture(m, expected);
	frames_visit(m->memory, &m->memory->zone[0], draw_run, &drawing);
	assert_int_equal(drawing.next, PAGES);
	assert_string_equal(drawing.picture, expected);
}

/* Expect: every frame once, as what it is; blocks on a CPU's list too. */
static void every_frame_is_something(void **state)
{
	struct machine m;
	pfn_t block, page;

	(void)state;
	machine_describe(&m, PAGES, 4, 6);
	m.zone[0].pcp_high = 64;
	machine_draw(&m, "mmmm",
		     "....####.#.#.#.# ................"
		     "################ ################");
	expect_drawn(&m);
	block = get(&m, GFP_NOWAIT, 3);
	page = get(&m, GFP_NOWAIT, 0);
	assert_int_not_equal(block, PFN_NONE);
	assert_int_not_equal(page, PFN_NONE);
	expect_drawn(&m);
	put(&m, block, 3);
	expect_drawn(&m);
	put(&m, page, 0);
	expect_drawn(&m);
	machine_stop(&m);
}

/* ---- room ---------------------------------------------------------------- */

static void look(void *argument, const struct zone *zone,
		 const struct frame_run *run)
{
	explain_look_for_room(argument, zone, run);
}

static struct explain_region best_room(const struct machine *m, order_t order)
{
	const struct page_failure failure = { .order = order };
	struct room_search search = { .failure = &failure };

	frames_visit(m->memory, &m->memory->zone[0], look, &search);
	assert_true(search.best.is);
	assert_int_equal(search.best.free + search.best.pcp +
				 search.best.reserved + search.best.used,
			 1 << order);
	return search.best;
}

/*
 *	m                m                h                m
 *	.#.#.#.######### #.......#.##.... ................ .##.############
 *	4 of 8           1 of 8  3 of 8   8 of 8, reserved
 *
 * Expect: the aligned eight with one in use, the sixteen with four. The free
 * block of the atomic reserve is not for this request: its pages count.
 */
static void the_fewest_in_use_are_found(void **state)
{
	struct machine m;
	struct explain_region region;

	(void)state;
	machine_describe(&m, PAGES, 4, 6);
	machine_draw(&m, "mmhm",
		     ".#.#.#.######### #.......#.##...."
		     "................ .##.############");
	region = best_room(&m, 3);
	assert_int_equal(region.pfn, 16);
	assert_int_equal(region.used, 1);
	assert_int_equal(region.free, 7);
	region = best_room(&m, 4);
	assert_int_equal(region.pfn, 16);
	assert_int_equal(region.used, 4);
	machine_stop(&m);
}

/* Expect: of equals the lowest. */
static void the_lowest_of_equals(void **state)
{
	struct machine m;

	(void)state;
	machine_describe(&m, PAGES, 4, 6);
	machine_draw(&m, "mmmm",
		     "#######.######## ###.####.#######"
		     "################ ################");
	assert_int_equal(best_room(&m, 2).pfn, 4);
	assert_int_equal(best_room(&m, 1).pfn, 6);
	machine_stop(&m);
}

/* ---- holdings ------------------------------------------------------------ */

#define IDS 16

struct held {
	struct engine_run run; /* must be first */
	uint32_t pages[IDS];   /* by id */
	bool in_slab[IDS];
};

static void add_held(void *argument, const struct holding *holding)
{
	struct held *held = argument;

	assert_false(holding->named);
	assert_true(holding->id < IDS);
	held->pages[holding->id] += holding->pages;
	held->in_slab[holding->id] = holding->cache;
}

static int held_end(struct sink *sink, const struct run_totals *totals,
		    const struct kernel *kernel, struct errors *errors)
{
	(void)totals;
	(void)errors;
	holdings_visit(kernel, add_held, sink);
	return 0;
}

static const struct sink_ops held_sink = {
	.name = "held",
	.begin = run_begin,
	.operation = run_operation,
	.end = held_end,
};

/* Expect: pages by pages, parts without what was freed, objects by slab. */
static void each_kind_holds_its_pages(void **state)
{
	static const uint32_t pages[] = { 0, 8, 1, 8, 5, 3, 0, 4, 2, 2 };
	struct held held;

	(void)state;
	memset(&held, 0, sizeof(held));
	engine_run_init(&held.run);
	held.run.sink.ops = &held_sink;
	run_events(
		&held.run,
		"  - {t: 0, op: alloc_pages, id: 1, order: 3,"
		" gfp: GFP_KERNEL}\n"
		"  - {t: 1, op: kmalloc, id: 2, size: 100, gfp: GFP_KERNEL}\n"
		"  - {t: 2, op: kmalloc, id: 3, size: 20000, gfp: GFP_KERNEL}\n"
		"  - {t: 3, op: vmalloc, id: 4, size: 20000}\n"
		"  - {t: 4, op: alloc_pages, id: 5, order: 2,"
		" gfp: GFP_KERNEL}\n"
		"  - {t: 5, op: free_pages, id: 5, page: 1, order: 0}\n"
		"  - {t: 6, op: alloc_pages, id: 6, order: 2,"
		" gfp: GFP_KERNEL}\n"
		"  - {t: 7, op: free_pages, id: 6}\n"
		"  - {t: 8, op: alloc_pages, id: 7, order: 2, gfp: GFP_KERNEL,"
		" lru: file, mapping: f}\n"
		"  - {t: 9, op: mempool_create, pool: p, min_nr: 1, order: 1}\n"
		"  - {t: 10, op: mempool_alloc, id: 8, pool: p,"
		" gfp: GFP_KERNEL}\n"
		"  - {t: 11, op: dma_alloc_coherent, id: 9, size: 8192,"
		" gfp: GFP_KERNEL}\n");
	assert_int_equal(held.run.result, ENGINE_DONE);
	for (size_t id = 1; id < sizeof(pages) / sizeof(*pages); id++) {
		if (held.pages[id] != pages[id])
			fail_msg("id %zu: expected %u pages, found %u", id,
				 pages[id], held.pages[id]);
		assert_int_equal(held.in_slab[id], id == 2);
	}
	engine_run_release(&held.run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_frame_is_something),
		cmocka_unit_test(the_fewest_in_use_are_found),
		cmocka_unit_test(the_lowest_of_equals),
		cmocka_unit_test(each_kind_holds_its_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
