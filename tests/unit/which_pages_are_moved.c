/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What compaction of a zone does: which pages it moves, where to, and which
 * block comes of it. Letters: compaction_machine.h. The block that a request
 * has captured shows as in use, pages that were not needed as `p`.
 */

#include "tests/unit/compaction_machine.h"

#define FULL "########"
#define HOLLOW "#......#"

/* Compacts what is drawn with others running, and looks at what came of it. */
static void expect_compaction(struct machine *m, struct runner *runner,
			      gfp_t gfp, order_t order,
			      enum compact_priority priority, pfn_t block)
{
	enum compact_result result;
	pfn_t captured;

	run_with(m, runner);
	result = compact(m, gfp, order, priority, &captured);
	assert_int_equal(captured, block);
	if (block != PFN_NONE)
		assert_int_equal(result, COMPACT_SUCCESS);
	else
		assert_in_range(result, COMPACT_COMPLETE,
				COMPACT_PARTIAL_SKIPPED);
}

/* One compaction for 8 pages, from a picture to a picture. */
static void expect_moves(const char *types, const char *before,
			 enum compact_priority priority, pfn_t block,
			 const char *after)
{
	struct runner runner = { .elapsed = 0 };
	struct machine m;

	compaction_draw(&m, types, before);
	expect_compaction(&m, &runner, GFP_HIGHUSER_MOVABLE, 3, priority,
			  block);
	expect_folios(&m, after);
	compaction_stop(&m);
}

/*
 * Expect: the lowest pages go to the highest pageblock with room, the rest of
 * which is taken as well: 43, 42, 41 before 45, and 44 is not needed. The
 * whole block that they leave is the request's.
 */
static void pages_are_moved_to_the_end(void **state)
{
	(void)state;
	expect_moves("mmmmmmm", FULL "f.f.f.f." FULL HOLLOW HOLLOW HOLLOW FULL,
		     COMPACT_PRIO_SYNC_LIGHT, 8,
		     FULL FULL FULL HOLLOW HOLLOW "#fffpf.#" FULL);
}

/* Expect: a compaction that may not wait takes no more than it needs. */
static void async_compaction_takes_little(void **state)
{
	(void)state;
	expect_moves("mmmmmmm", FULL "f.f.f.f." FULL HOLLOW HOLLOW HOLLOW FULL,
		     COMPACT_PRIO_ASYNC, 8,
		     FULL FULL FULL HOLLOW HOLLOW "#.ffff.#" FULL);
}

/*
 * Expect: what is in use by nobody known, a block of two pages and what is
 * locked stay; the third pageblock comes free instead. Locked pages cost ten
 * tries. The last pageblock is filled first.
 */
static void what_can_not_be_moved_stays(void **state)
{
	(void)state;
	expect_moves("mmmmmmm",
		     FULL "f.fflf.f f.ccf..f ff......" HOLLOW HOLLOW HOLLOW,
		     COMPACT_PRIO_SYNC_LIGHT, 24,
		     FULL "....f... ..##...." FULL HOLLOW "#fpfff.#"
			  "#ffffff#");
}

/* Expect: pages under writeback stay; the scanners meet, and no block is. */
static void writeback_stays(void **state)
{
	(void)state;
	expect_moves("mmmmmmm",
		     FULL "f.ff#f.f f.ccfw.f f#......" HOLLOW HOLLOW HOLLOW,
		     COMPACT_PRIO_SYNC_LIGHT, PFN_NONE,
		     FULL "....#... ..##.f.. .#......" HOLLOW "#fff...#"
			  "#ffffff#");
}

/*
 * Expect: whole blocks or nothing, where it may not wait: what is isolated of
 * a block goes back when the next page can't be moved.
 */
static void async_compaction_wants_whole_blocks(void **state)
{
	(void)state;
	expect_moves("mmmmmmm",
		     FULL "f.ff#f.f f.ccf..f ff......" HOLLOW HOLLOW HOLLOW,
		     COMPACT_PRIO_ASYNC, 24,
		     FULL "f.ff#f.f f.##f..f" FULL HOLLOW HOLLOW "#...ff.#");
}

/*
 * For a block of 16 pages, two pageblocks:
 *
 *	16	  24	   |32	      40
 *	|f.f.l.f. |f.f.f.f.|f.f.f.f. |f.f.f.f. | …
 *
 * Expect: a page that turns out not to move costs its whole block, and no more:
 * what is left of it stays, and the next one is made. The largest blocks are
 * left on the free lists (__free_one_page() looks who waits before it merges).
 */
static void a_page_that_stays_costs_its_block(void **state)
{
	struct machine m;
	pfn_t captured;

	(void)state;
	compaction_draw(&m, "mmmmmmmmmmmm",
			FULL FULL
			"f.f.l.f. f.f.f.f. f.f.f.f. f.f.f.f." HOLLOW HOLLOW
				HOLLOW HOLLOW FULL FULL);
	assert_int_equal(compact(&m, GFP_HIGHUSER_MOVABLE, 4,
				 COMPACT_PRIO_ASYNC, &captured),
			 COMPACT_SUCCESS);
	assert_int_equal(captured, PFN_NONE);
	expect_folios(&m, FULL FULL
		      "....f... f.f.f.f. ........ ........" HOLLOW HOLLOW
		      "#.fffff# #ffffff#" FULL FULL);
	compaction_stop(&m);
}

/*
 * For a block of 4 pages:
 *
 *	8	 12	   16	     20
 *	|f f f # |f . # f  |f # f f  |f f . f  | …
 *
 * Expect: one block after the other is given up, up to the first that can be
 * had whole. So small a one is left to whoever comes.
 */
static void small_blocks_are_whole_as_well(void **state)
{
	struct machine m;
	pfn_t captured;

	(void)state;
	compaction_draw(&m, "mmmmmmm",
			FULL "fff#f.#f f#ffff.f" HOLLOW HOLLOW HOLLOW FULL);
	assert_int_equal(compact(&m, GFP_HIGHUSER_MOVABLE, 2,
				 COMPACT_PRIO_ASYNC, &captured),
			 COMPACT_SUCCESS);
	assert_int_equal(captured, PFN_NONE);
	expect_folios(&m,
		      FULL "fff#f.#f f#ff...." HOLLOW HOLLOW "#.pfff.#" FULL);
	compaction_stop(&m);
}

/* Expect: pageblocks of other types are not moved to. */
static void unmovable_pageblocks_stay_clean(void **state)
{
	(void)state;
	expect_moves("ummmmuu", FULL "f.f.f.f." FULL HOLLOW HOLLOW HOLLOW FULL,
		     COMPACT_PRIO_SYNC_LIGHT, 8,
		     FULL FULL FULL HOLLOW "#fffpf.#" HOLLOW FULL);
}

/*
 * All that is free outside the lowest block is in unmovable pageblocks, and the
 * scanner does not start for the first time, when it takes any.
 *
 * Expect: nothing can be moved, but at last resort.
 */
static void the_last_resort_moves_to_any_pageblock(void **state)
{
	static const char before[] = FULL "f.f.f.f." FULL FULL
					  ".#.#.#.#" HOLLOW HOLLOW;
	struct runner runner = { .elapsed = 0 };
	struct machine m;

	(void)state;
	compaction_draw(&m, "ummmuuu", before);
	zone_compaction(m.memory, &m.memory->zone[0])->init_free = 56;
	expect_compaction(&m, &runner, GFP_HIGHUSER_MOVABLE, 3,
			  COMPACT_PRIO_SYNC_LIGHT, PFN_NONE);
	expect_folios(&m, before);
	expect_compaction(&m, &runner, GFP_HIGHUSER_MOVABLE, 3,
			  COMPACT_PRIO_SYNC_FULL, 8);
	expect_folios(&m, FULL FULL FULL FULL ".#.#.#.#" HOLLOW "#pffff.#");
	compaction_stop(&m);
}

/*
 * In a zone that begins at frame 0 the kernel's first compaction ends before
 * it has begun: the places where its scanners start have not been set.
 */
static void the_first_compaction_of_frame_0_is_lost(void **state)
{
	static const char before[] = FULL
		"f.f.f.f." FULL HOLLOW HOLLOW HOLLOW FULL;
	struct runner runner = { .elapsed = 0 };
	struct machine m;
	struct zone_compaction *places;

	(void)state;
	compaction_draw(&m, "mmmmmmm", before);
	places = zone_compaction(m.memory, &m.memory->zone[0]);
	*places = (struct zone_compaction){ .cached_free = 0 };
	expect_compaction(&m, &runner, GFP_KERNEL, 3, COMPACT_PRIO_ASYNC,
			  PFN_NONE);
	expect_folios(&m, before);
	assert_int_equal(places->cached_free, 48);
	expect_compaction(&m, &runner, GFP_HIGHUSER_MOVABLE, 3,
			  COMPACT_PRIO_ASYNC, 8);
	compaction_stop(&m);
}

/*
 * Expect: page cache is left alone for those who must not enter a filesystem.
 */
static void nofs_moves_anonymous_memory_only(void **state)
{
	struct runner runner = { .elapsed = 0 };
	struct machine m;

	(void)state;
	compaction_draw(&m, "ummmmmm",
			FULL "f.f.f.f. a.a.a.a." HOLLOW HOLLOW HOLLOW FULL);
	expect_compaction(&m, &runner, GFP_NOFS, 3, COMPACT_PRIO_SYNC_LIGHT,
			  16);
	expect_folios(&m, FULL "f.f.f.f." FULL HOLLOW HOLLOW "#aaapa.#" FULL);
	compaction_stop(&m);
}

/* ---- what goes on meanwhile ---- */

/* Expect: a page whose owner drops it on the way is freed, not moved. */
static void dropped_pages_are_freed(void **state)
{
	struct runner runner = { .drop = 8 };
	uint64_t *event;
	struct machine m;

	(void)state;
	for (runner.drop_when = 1; runner.drop_when < 9; runner.drop_when++) {
		compaction_draw(&m, "mmmmmmm",
				FULL "f.f.f.f." FULL HOLLOW HOLLOW HOLLOW FULL);
		runner.elapsed = 0;
		expect_compaction(&m, &runner, GFP_HIGHUSER_MOVABLE, 3,
				  COMPACT_PRIO_SYNC_FULL, 8);
		event = m.memory->vm_event;
		assert_int_equal(m.memory->node[0].stat[NR_ISOLATED_FILE], 0);
		assert_int_equal(m.memory->node[0].stat[NR_INACTIVE_FILE], 3);
		assert_in_range(event[VM_PGMIGRATE_SUCCESS], 3, 4);
		compaction_stop(&m);
	}
}

static void isolate_for(struct machine *m, struct runner *runner, pfn_t pfn)
{
	folio_t folio = folio_at(m->memory, pfn);

	folio_isolate(m->memory, folio);
	folio_chain_push(m->memory, &runner->isolated, folio);
}

/*
 * Somebody else has isolated two of four folios, more than half of the rest.
 *
 * Expect: who may wait does so for 20 ms at a time; who may not gives up.
 */
static void too_many_isolated_pages_hold_it_up(void **state)
{
	struct runner runner = { .isolated = NO_FOLIOS };
	struct machine m;
	pfn_t captured;

	(void)state;
	compaction_draw(&m, "mmmmmmm",
			FULL "f.f.f.f." FULL HOLLOW HOLLOW HOLLOW FULL);
	run_with(&m, &runner);
	isolate_for(&m, &runner, 8);
	isolate_for(&m, &runner, 10);
	assert_int_equal(compact(&m, GFP_HIGHUSER_MOVABLE, 3,
				 COMPACT_PRIO_ASYNC, &captured),
			 COMPACT_CONTENDED);
	assert_int_equal(runner.throttled_ns, 0);
	expect_compaction(&m, &runner, GFP_HIGHUSER_MOVABLE, 3,
			  COMPACT_PRIO_SYNC_LIGHT, 8);
	assert_int_equal(runner.throttled_ns, 20000000);
	compaction_stop(&m);
}

/* Expect: what is moved, and looked at for it, is counted. */
static void work_is_counted(void **state)
{
	struct runner runner = { .elapsed = 0 };
	struct machine m;
	const uint64_t *event;
	const uint32_t *work;

	(void)state;
	compaction_draw(&m, "mmmmmmm",
			FULL "f.f.f.f." FULL HOLLOW HOLLOW HOLLOW FULL);
	expect_compaction(&m, &runner, GFP_HIGHUSER_MOVABLE, 3,
			  COMPACT_PRIO_SYNC_LIGHT, 8);
	event = m.memory->vm_event;
	work = m.memory->work.count;
	assert_int_equal(work[WORK_COMPACTIONS], 1);
	assert_int_equal(work[WORK_PAGES_MIGRATED], 4);
	/* Two pageblocks, page by page. */
	assert_int_equal(work[WORK_MIGRATE_SCANNED], 16);
	/* A block of two found in a list; three more pages, one in use. */
	assert_int_equal(work[WORK_FREE_SCANNED], 2 + 4);
	assert_int_equal(event[VM_COMPACT_MIGRATE_SCANNED], 16);
	assert_int_equal(event[VM_COMPACT_FREE_SCANNED], 6);
	assert_int_equal(event[VM_COMPACT_ISOLATED], 4 + 5);
	assert_int_equal(event[VM_PGMIGRATE_SUCCESS], 4);
	assert_int_equal(event[VM_PGMIGRATE_FAIL], 0);
	/* Those moved from, and the one that was not needed. */
	assert_int_equal(event[VM_PGFREE], 5);
	compaction_stop(&m);
}

/* Pages looked at for free ones, with that as the highest pageblock but one. */
static uint64_t free_scanned_with(const char *pageblock)
{
	struct runner runner = { .elapsed = 0 };
	char pages[PICTURE_PAGES + 1];
	uint64_t scanned;
	struct machine m;

	snprintf(pages, sizeof(pages), "%s%s%s",
		 FULL "f.f.f.f." FULL HOLLOW HOLLOW, pageblock, FULL);
	compaction_draw(&m, "mmmmmmm", pages);
	expect_compaction(&m, &runner, GFP_HIGHUSER_MOVABLE, 3,
			  COMPACT_PRIO_SYNC_LIGHT, 8);
	scanned = m.memory->vm_event[VM_COMPACT_FREE_SCANNED];
	compaction_stop(&m);
	return scanned;
}

/* Expect: one look per compound block in use, one per page of any other. */
static void the_free_scanner_passes_compound_blocks(void **state)
{
	uint64_t compound = free_scanned_with("cccc..##");

	(void)state;
	assert_int_equal(free_scanned_with("nncc..##"), compound + 1);
	assert_int_equal(free_scanned_with("nnnn..##"), compound + 2);
}

/* ---- whose block it is ---- */

/* The buddy of a free page is freed, while a task waits for two pages. */
static pfn_t capture_two(uint32_t task, enum migratetype type)
{
	struct block_capture capture = { .order = 1 };
	struct machine m;

	compaction_draw(&m, "um",
			type == MIGRATE_MOVABLE ? FULL ".#######" :
						  ".#######" FULL);
	capture.zone = &m.memory->zone[0];
	buddy_begin_capture(m.memory, &capture);
	m.memory->task = task;
	put_to_buddy(&m, type == MIGRATE_MOVABLE ? 9 : 1, 0);
	m.memory->task = 0;
	buddy_end_capture(m.memory, &capture);
	assert_null(m.memory->captures);
	compaction_stop(&m);
	return capture.pfn;
}

/*
 * Expect: who waits takes what comes of his own frees, but leaves small
 * movable blocks to movable pages.
 */
static void who_compacts_takes_the_block(void **state)
{
	(void)state;
	assert_int_equal(capture_two(0, MIGRATE_UNMOVABLE), 0);
	assert_int_equal(capture_two(1, MIGRATE_UNMOVABLE), PFN_NONE);
	assert_int_equal(capture_two(0, MIGRATE_MOVABLE), PFN_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_are_moved_to_the_end),
		cmocka_unit_test(async_compaction_takes_little),
		cmocka_unit_test(what_can_not_be_moved_stays),
		cmocka_unit_test(writeback_stays),
		cmocka_unit_test(async_compaction_wants_whole_blocks),
		cmocka_unit_test(a_page_that_stays_costs_its_block),
		cmocka_unit_test(small_blocks_are_whole_as_well),
		cmocka_unit_test(unmovable_pageblocks_stay_clean),
		cmocka_unit_test(the_last_resort_moves_to_any_pageblock),
		cmocka_unit_test(the_first_compaction_of_frame_0_is_lost),
		cmocka_unit_test(nofs_moves_anonymous_memory_only),
		cmocka_unit_test(dropped_pages_are_freed),
		cmocka_unit_test(too_many_isolated_pages_hold_it_up),
		cmocka_unit_test(work_is_counted),
		cmocka_unit_test(the_free_scanner_passes_compound_blocks),
		cmocka_unit_test(who_compacts_takes_the_block),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
