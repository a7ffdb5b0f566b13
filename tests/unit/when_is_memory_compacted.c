/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When compaction is tried, when it is put off, what it remembers, and what
 * kcompactd does by itself. Letters: compaction_machine.h.
 */

#include "tests/unit/compaction_machine.h"

#define FULL "########"
#define HOLLOW "#......#"
#define EMPTY "........"

static struct zone *zone_under_test(const struct machine *m)
{
	return &m->memory->zone[0];
}

static struct zone_compaction *memory_of(const struct machine *m)
{
	return zone_compaction(m->memory, zone_under_test(m));
}

/* ---- is it worth it? ---- */

/* Of movable pageblocks, ten at most, drawn without blanks. */
static void expect_suitable(const char *pages, int64_t min, int64_t low,
			    order_t order, enum compact_result expected)
{
	const char *types = "mmmmmmmmmm" + 10 - strlen(pages) / 8;
	struct machine m;

	compaction_describe(&m, types);
	m.desc.sysctl.extfrag_threshold = 500;
	m.zone[0].watermark[WMARK_MIN] = min;
	m.zone[0].watermark[WMARK_LOW] = low;
	compaction_start(&m, types, pages);
	assert_int_equal(compaction_suitable(m.memory, zone_under_test(&m),
					     order, 0, ZONE_NORMAL),
			 expected);
	compaction_stop(&m);
}

/* Expect: not with a block there, if it may be taken. */
static void a_block_that_is_there_is_enough(void **state)
{
	(void)state;
	expect_suitable(FULL FULL FULL FULL FULL EMPTY, 0, 0, 3,
			COMPACT_SUCCESS);
	expect_suitable(FULL FULL FULL FULL FULL EMPTY, 1, 1, 3,
			COMPACT_SKIPPED);
}

/*
 * 18 pages are free.
 *
 * Expect: twice a block's pages must be free above the mark, which is the low
 * one for costly orders.
 */
static void pages_to_move_to_are_needed(void **state)
{
	static const char pages[] = FULL FULL HOLLOW HOLLOW HOLLOW FULL;

	(void)state;
	expect_suitable(pages, 0, 0, 3, COMPACT_CONTINUE);
	expect_suitable(pages, 1, 9, 3, COMPACT_CONTINUE);
	expect_suitable(pages, 2, 9, 3, COMPACT_SKIPPED);
	expect_suitable(pages, 1, 1, 4, COMPACT_SKIPPED);
}

#define PIECES ".#.#.#.#"

/*
 * 36 pages are free one by one, or 40 in blocks of 8.
 *
 * Expect: costly orders are compacted for only where memory is in pieces:
 * 1000 - (1000 + 36000 / 16) / 36 = 910 is above the threshold of 500, but
 * 1000 - (1000 + 40000 / 16) / 5 = 300 is not.
 */
static void an_index_tells_costly_orders(void **state)
{
	(void)state;
	expect_suitable(PIECES PIECES PIECES PIECES PIECES PIECES PIECES PIECES
				PIECES FULL,
			0, 0, 4, COMPACT_CONTINUE);
	expect_suitable(FULL EMPTY FULL EMPTY FULL EMPTY FULL EMPTY FULL EMPTY,
			0, 0, 4, COMPACT_SKIPPED);
	/* Others are compacted for rather than that somebody is killed. */
	expect_suitable("#......." FULL "#......." FULL
			"#......." FULL FULL FULL FULL FULL,
			0, 0, 3, COMPACT_CONTINUE);
}

static uint64_t nine_reclaimable(struct memory *memory, void *argument,
				 const struct zone *zone)
{
	(void)memory;
	(void)argument;
	(void)zone;
	return 9;
}

/*
 * 14 pages are free; more than 16 are needed.
 *
 * Expect: a third of 9 reclaimable pages would do.
 */
static void reclaim_could_make_it_suitable(void **state)
{
	struct pressure_ops ops = no_pressure_ops;
	struct pressure_request request;
	struct machine m;

	(void)state;
	compaction_draw(&m, "mmmmmm", FULL FULL FULL HOLLOW HOLLOW ".#.#####");
	request = request_for(&m, GFP_KERNEL, 3);
	assert_false(compaction_zonelist_suitable(m.memory, &request));
	ops.reclaimable_pages = nine_reclaimable;
	m.memory->pressure = &ops;
	assert_true(compaction_zonelist_suitable(m.memory, &request));
	compaction_stop(&m);
}

/* ---- put off ---- */

static int times_deferred(struct machine *m, order_t order)
{
	int times = 0;

	while (compaction_is_deferred(m->memory, zone_under_test(m), order))
		times++;
	return times;
}

/* Expect: twice as often after each failure, 63 times at most. */
static void failures_put_it_off(void **state)
{
	static const int times[] = { 1, 3, 7, 15, 31, 63, 63 };
	struct zone *zone;
	struct machine m;

	(void)state;
	compaction_draw(&m, "m", FULL);
	zone = zone_under_test(&m);
	assert_int_equal(times_deferred(&m, 3), 0);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		assert_false(compaction_is_restarting(m.memory, zone, 3));
		defer_compaction(m.memory, zone, 3);
		assert_int_equal(times_deferred(&m, 3), times[i]);
		if (i >= 5)
			break;
	}
	assert_true(compaction_is_restarting(m.memory, zone, 3));
	assert_false(compaction_is_restarting(m.memory, zone, ORDER_ALL));
	compaction_stop(&m);
}

/* Expect: an order that works, and those below, are not put off. */
static void what_works_is_not_put_off(void **state)
{
	struct zone *zone;
	struct machine m;

	(void)state;
	compaction_draw(&m, "m", FULL);
	zone = zone_under_test(&m);
	compaction_defer_reset(m.memory, zone, 3, false);
	defer_compaction(m.memory, zone, 4);
	assert_int_equal(times_deferred(&m, 3), 0);
	assert_int_equal(times_deferred(&m, 4), 1);
	/* It may work next time, but only an allocation proves it. */
	compaction_defer_reset(m.memory, zone, 3, false);
	defer_compaction(m.memory, zone, 4);
	assert_int_equal(times_deferred(&m, 4), 3);
	compaction_defer_reset(m.memory, zone, 4, true);
	assert_int_equal(times_deferred(&m, 4), 0);
	compaction_stop(&m);
}

/*
 * No block can come of it: a page of each pageblock stays.
 *
 * Expect: a failure puts the zone off for those who asked to wait, but for
 * those who need it most.
 */
static void allocations_put_zones_off(void **state)
{
	enum compact_priority light = COMPACT_PRIO_SYNC_LIGHT;
	struct machine m;
	pfn_t captured;

	(void)state;
	compaction_draw(&m, "mmmmmm", HOLLOW HOLLOW HOLLOW HOLLOW FULL FULL);
	assert_int_equal(compact(&m, GFP_KERNEL, 3, COMPACT_PRIO_ASYNC,
				 &captured),
			 COMPACT_COMPLETE);
	assert_int_equal(compact(&m, GFP_KERNEL, 3, light, &captured),
			 COMPACT_COMPLETE);
	assert_int_equal(compact(&m, GFP_KERNEL, 3, light, &captured),
			 COMPACT_DEFERRED);
	assert_int_equal(compact(&m, GFP_KERNEL, 3, COMPACT_PRIO_SYNC_FULL,
				 &captured),
			 COMPACT_COMPLETE);
	assert_int_equal(memory_of(&m)->defer_shift, 2);
	/* Too little is free for blocks of 16: that was all that it cost. */
	assert_int_equal(compact(&m, GFP_KERNEL, 4, COMPACT_PRIO_SYNC_FULL,
				 &captured),
			 COMPACT_SKIPPED);
	assert_int_equal(m.memory->work.count[WORK_COMPACTIONS], 3);
	assert_int_equal(m.memory->work.count[WORK_COMPACTIONS_SKIPPED], 1);
	/* It needs I/O, at worst. */
	assert_int_equal(compact(&m, GFP_NOIO, 3, COMPACT_PRIO_SYNC_FULL,
				 &captured),
			 COMPACT_SKIPPED);
	compaction_stop(&m);
}

/* ---- what it remembers ---- */

static void expect_skips(const struct machine *m, const char *expected)
{
	for (pfn_t block = 0; expected[block]; block++)
		assert_int_equal(pageblock_skip(m->memory, zone_under_test(m),
						block * 8),
				 expected[block] == 's');
}

static uint32_t scanned_by(struct machine *m, enum compact_priority priority)
{
	uint32_t before = m->memory->work.count[WORK_MIGRATE_SCANNED];
	pfn_t captured;

	compact(m, GFP_HIGHUSER_MOVABLE, 3, priority, &captured);
	return m->memory->work.count[WORK_MIGRATE_SCANNED] - before;
}

/*
 * Expect: pageblocks without a page to move are not looked at twice, until
 * kswapd goes to sleep, and not even then unless there is something to find in
 * them now; but again by those who need it most.
 */
static void fruitless_pageblocks_are_skipped(void **state)
{
	struct machine m;

	(void)state;
	compaction_draw(&m, "mmmmmm", HOLLOW HOLLOW HOLLOW HOLLOW FULL FULL);
	/* The first page says that nothing can come of the pageblock. */
	assert_int_equal(scanned_by(&m, COMPACT_PRIO_ASYNC), 5);
	expect_skips(&m, "sssss-");
	assert_int_equal(scanned_by(&m, COMPACT_PRIO_ASYNC), 0);
	/* Free blocks are a look each. */
	assert_int_equal(scanned_by(&m, COMPACT_PRIO_SYNC_FULL), 4 * 6 + 8);
	put_to_buddy(&m, 32, 0);
	assert_true(memory_of(&m)->flush);
	compaction_reset_skips(m.memory, 0);
	assert_false(memory_of(&m)->flush);
	expect_skips(&m, "ssss--");
	compaction_stop(&m);
}

/*
 *	0        8        16       24       32       40
 *	CCCCCCCC NNNNNNNN nnnncccc #......# #......# …
 *
 * Expect: a pageblock that is one compound block is not looked at, and needs no
 * skip bit for that; one that was asked for without __GFP_COMP is, page by
 * page, like all such blocks. Of other compound blocks the first page is.
 */
static void compound_blocks_are_passed_over(void **state)
{
	struct machine m;

	(void)state;
	compaction_draw(&m, "mmmmmmm",
			FULL FULL "nnnncccc" HOLLOW HOLLOW HOLLOW FULL);
	draw_block(&m, 0, 3, PAGE_COMPOUND);
	draw_block(&m, 8, 3, 0);
	assert_int_equal(scanned_by(&m, COMPACT_PRIO_ASYNC), 5);
	expect_skips(&m, "-sssss-");
	assert_int_equal(scanned_by(&m, COMPACT_PRIO_SYNC_FULL),
			 8 + (4 + 2) + 3 * 6);
	compaction_stop(&m);
}

/*
 * Expect: so is a pageblock that belongs to a larger one; and what page_split()
 * makes single pages of is looked at again.
 */
static void split_blocks_are_looked_at(void **state)
{
	struct machine m;

	(void)state;
	compaction_draw(&m, "mmmmmm", FULL FULL HOLLOW HOLLOW HOLLOW FULL);
	draw_block(&m, 0, 4, PAGE_COMPOUND);
	assert_int_equal(scanned_by(&m, COMPACT_PRIO_SYNC_FULL), 3 * 6);
	page_split(m.memory, 0, 4);
	assert_int_equal(scanned_by(&m, COMPACT_PRIO_SYNC_FULL), 16 + 3 * 6);
	compaction_stop(&m);
}

/* Expect: one that ended early goes on where it was. */
static void the_scanners_go_on(void **state)
{
	struct machine m;
	pfn_t captured;

	(void)state;
	compaction_draw(&m, "mmmmmmmm",
			FULL
			"#.f.f.f. f..f..f." FULL HOLLOW HOLLOW HOLLOW HOLLOW);
	assert_int_equal(compact(&m, GFP_HIGHUSER_MOVABLE, 3,
				 COMPACT_PRIO_SYNC_LIGHT, &captured),
			 COMPACT_SUCCESS);
	assert_int_equal(captured, 16);
	assert_int_equal(memory_of(&m)->cached_migrate[true], 16);
	compaction_stop(&m);
}

/*
 * The pageblocks from 8 on have pages to move; that from 16 on has its first
 * one taken.
 *
 * Expect: its skip bit is set at once, so that nobody else begins there; where
 * the first page is free, the bit waits until all is looked at.
 */
static void who_takes_the_first_page_marks_it(void **state)
{
	struct machine m;
	pfn_t captured;

	(void)state;
	compaction_draw(&m, "mmmmmmmm",
			FULL
			".ff.f.f# f..f..f." FULL HOLLOW HOLLOW HOLLOW HOLLOW);
	assert_int_equal(compact(&m, GFP_HIGHUSER_MOVABLE, 3,
				 COMPACT_PRIO_SYNC_LIGHT, &captured),
			 COMPACT_SUCCESS);
	assert_int_equal(captured, 16);
	expect_skips(&m, "s-s-----");
	compaction_stop(&m);
}

/*
 * Expect: when the scanners have met, all begins again at the zone's ends, for
 * async compaction and for all other.
 */
static void who_met_begins_anew(void **state)
{
	struct zone_compaction *places;
	struct machine m;

	(void)state;
	compaction_draw(&m, "mmmmmm", FULL HOLLOW HOLLOW HOLLOW FULL FULL);
	places = memory_of(&m);
	places->cached_migrate[false] = 8;
	places->cached_migrate[true] = 16;
	places->cached_free = 32;
	scanned_by(&m, COMPACT_PRIO_SYNC_LIGHT);
	assert_int_equal(places->cached_migrate[false], 0);
	assert_int_equal(places->cached_migrate[true], 0);
	assert_int_equal(places->cached_free, 40);
	compaction_stop(&m);
}

/* ---- kcompactd ---- */

static struct kcompactd start_kcompactd(struct machine *m,
					struct runner *runner)
{
	run_with(m, runner);
	return (struct kcompactd){ .memory = m->memory, .timeout_ns = 1 };
}

static void ask_kcompactd(struct machine *m, order_t order)
{
	compaction_wake_kcompactd(m->memory, 0, order, ZONE_NORMAL);
}

/* Expect: woken if it sleeps, and can do anything for the order. */
static void kcompactd_is_woken_for_work(void **state)
{
	struct runner runner = { .kcompactd_sleeps = true };
	struct machine m;

	(void)state;
	compaction_draw(&m, "mmmmmm", HOLLOW HOLLOW HOLLOW HOLLOW FULL FULL);
	run_with(&m, &runner);
	ask_kcompactd(&m, 0);
	assert_int_equal(runner.woken, 0);
	/* Pairs there are. */
	ask_kcompactd(&m, 1);
	assert_int_equal(runner.woken, 0);
	ask_kcompactd(&m, 3);
	assert_int_equal(runner.woken, 1);
	/* Too little is free for this one, and the largest counts. */
	ask_kcompactd(&m, 4);
	ask_kcompactd(&m, 3);
	assert_int_equal(runner.woken, 1);
	runner.kcompactd_sleeps = false;
	m.memory->compaction->node[0].max_order = 0;
	ask_kcompactd(&m, 3);
	assert_int_equal(runner.woken, 1);
	compaction_stop(&m);
}

/* Expect: a block on the free lists, for all; a locked page is waited for. */
static void kcompactd_makes_a_block(void **state)
{
	struct runner runner = { .elapsed = 0 };
	struct kcompactd kcompactd;
	struct machine m;

	(void)state;
	compaction_draw(&m, "mmmmmm",
			FULL "f.l.f.f." HOLLOW HOLLOW HOLLOW FULL);
	kcompactd = start_kcompactd(&m, &runner);
	ask_kcompactd(&m, 3);
	assert_true(kcompactd_turn(&kcompactd));
	assert_int_equal(runner.waits, 1);
	expect_folios(&m, FULL EMPTY HOLLOW HOLLOW "#fffpf.#" FULL);
	assert_int_equal(zone_nr_free(zone_under_test(&m), 3), 1);
	assert_int_equal(m.memory->vm_event[VM_COMPACT_DAEMON_WAKE], 1);
	assert_int_equal(m.memory->vm_event[VM_COMPACT_DAEMON_MIGRATE_SCANNED],
			 m.memory->vm_event[VM_COMPACT_MIGRATE_SCANNED]);
	assert_int_equal(runner.slept_ns, 0);
	assert_false(kcompactd_turn(&kcompactd));
	compaction_stop(&m);
}

/* Expect: where it fails, CPUs' lists are drained, and the zone is put off. */
static void kcompactd_gives_up_for_some_time(void **state)
{
	struct runner runner = { .elapsed = 0 };
	struct kcompactd kcompactd;
	struct machine m;

	(void)state;
	compaction_draw(&m, "mmmmmm", HOLLOW HOLLOW HOLLOW HOLLOW FULL FULL);
	kcompactd = start_kcompactd(&m, &runner);
	page_free_boot(m.memory, 0, 40, 0);
	ask_kcompactd(&m, 3);
	assert_true(kcompactd_turn(&kcompactd));
	expect_pages(&m, HOLLOW HOLLOW HOLLOW HOLLOW FULL ".#######");
	assert_int_equal(memory_of(&m)->defer_shift, 1);
	ask_kcompactd(&m, 3);
	assert_true(kcompactd_turn(&kcompactd));
	assert_int_equal(m.memory->work.count[WORK_COMPACTIONS], 1);
	assert_int_equal(m.memory->work.count[WORK_TASK_TURNS], 2);
	compaction_stop(&m);
}

/* Expect: where nobody runs tasks, it does what there is, and is over. */
static void kcompactd_ends_where_nobody_runs_tasks(void **state)
{
	struct machine m;

	(void)state;
	compaction_draw(&m, "mmmmmm",
			FULL "f.f.f.f." HOLLOW HOLLOW HOLLOW FULL);
	ask_kcompactd(&m, 3);
	compaction_kcompactd(m.memory, 0);
	assert_int_equal(zone_nr_free(zone_under_test(&m), 3), 1);
	compaction_stop(&m);
}

/* ---- proactive ---- */

static void start_proactive(struct machine *m, struct runner *runner,
			    const char *pages, struct kcompactd *kcompactd)
{
	compaction_describe(m, "mmmmmmmmmm");
	m->desc.sysctl.compaction_proactiveness = 20;
	/* What is freed is free at once. */
	m->zone[0].pcp_high = 1;
	m->zone[0].pcp_batch = 1;
	compaction_start(m, "mmmmmmmmmm", pages);
	*kcompactd = start_kcompactd(m, runner);
}

/* Expect: the share of free memory that is in blocks below a pageblock. */
static void scores_tell_fragmentation(void **state)
{
	struct kcompactd kcompactd;
	struct runner runner = { .elapsed = 0 };
	struct machine m;

	(void)state;
	start_proactive(&m, &runner,
			EMPTY HOLLOW HOLLOW FULL FULL FULL FULL FULL FULL FULL,
			&kcompactd);
	/* 12 of 20 pages; the node's is rounded down once more. */
	assert_int_equal(zone_score(m.memory, zone_under_test(&m)), 60);
	assert_int_equal(node_score(m.memory, &m.memory->node[0]), 59);
	assert_int_equal(score_mark(m.memory, true), 80);
	assert_int_equal(score_mark(m.memory, false), 90);
	compaction_stop(&m);
}

static void expect_marks(uint32_t proactiveness, uint32_t low, uint32_t high)
{
	struct machine m;

	compaction_describe(&m, "m");
	m.desc.sysctl.compaction_proactiveness = proactiveness;
	compaction_start(&m, "m", EMPTY);
	assert_int_equal(score_mark(m.memory, true), low);
	assert_int_equal(score_mark(m.memory, false), high);
	compaction_stop(&m);
}

/* Expect: the lower is 5 at least, the higher 100 at most. */
static void the_marks_have_bounds(void **state)
{
	(void)state;
	expect_marks(95, 5, 15);
	expect_marks(100, 5, 15);
	expect_marks(10, 90, 100);
	expect_marks(5, 95, 100);
	expect_marks(0, 100, 100);
}

/*
 * Expect: a look each 500 ms. While kswapd runs nothing is done; later all is
 * compacted until the score is below the lower mark.
 */
static void kcompactd_looks_twice_a_second(void **state)
{
	struct runner runner = { .kswapd_runs = true };
	struct kcompactd kcompactd;
	struct machine m;

	(void)state;
	start_proactive(&m, &runner,
			FULL ".......#"
			     ".f......" FULL FULL FULL FULL FULL FULL HOLLOW,
			&kcompactd);
	assert_int_equal(zone_score(m.memory, zone_under_test(&m)), 100);
	assert_false(kcompactd_turn(&kcompactd));
	runner.kswapd_runs = false;
	assert_true(kcompactd_turn(&kcompactd));
	assert_int_equal(runner.slept_ns, 500000000);
	expect_folios(&m, FULL ".......#" EMPTY FULL FULL FULL FULL FULL FULL
			       "#f.....#");
	assert_int_equal(kcompactd.timeout_ns, 500000000);
	assert_int_equal(m.memory->vm_event[VM_COMPACT_DAEMON_WAKE], 0);
	compaction_stop(&m);
}

/* Expect: 32 s until the next look when it was in vain. */
static void failure_makes_kcompactd_patient(void **state)
{
	struct runner runner = { .elapsed = 0 };
	struct kcompactd kcompactd;
	struct machine m;

	(void)state;
	start_proactive(
		&m, &runner,
		HOLLOW HOLLOW HOLLOW HOLLOW HOLLOW FULL FULL FULL FULL FULL,
		&kcompactd);
	assert_true(kcompactd_turn(&kcompactd));
	assert_int_equal(kcompactd.timeout_ns, 32000000000);
	/* Work asked for takes it back to 500 ms. */
	ask_kcompactd(&m, 3);
	assert_true(kcompactd_turn(&kcompactd));
	assert_int_equal(kcompactd.timeout_ns, 500000000);
	compaction_stop(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_block_that_is_there_is_enough),
		cmocka_unit_test(pages_to_move_to_are_needed),
		cmocka_unit_test(an_index_tells_costly_orders),
		cmocka_unit_test(reclaim_could_make_it_suitable),
		cmocka_unit_test(failures_put_it_off),
		cmocka_unit_test(what_works_is_not_put_off),
		cmocka_unit_test(allocations_put_zones_off),
		cmocka_unit_test(fruitless_pageblocks_are_skipped),
		cmocka_unit_test(compound_blocks_are_passed_over),
		cmocka_unit_test(split_blocks_are_looked_at),
		cmocka_unit_test(the_scanners_go_on),
		cmocka_unit_test(who_takes_the_first_page_marks_it),
		cmocka_unit_test(who_met_begins_anew),
		cmocka_unit_test(kcompactd_is_woken_for_work),
		cmocka_unit_test(kcompactd_makes_a_block),
		cmocka_unit_test(kcompactd_gives_up_for_some_time),
		cmocka_unit_test(kcompactd_ends_where_nobody_runs_tasks),
		cmocka_unit_test(scores_tell_fragmentation),
		cmocka_unit_test(the_marks_have_bounds),
		cmocka_unit_test(kcompactd_looks_twice_a_second),
		cmocka_unit_test(failure_makes_kcompactd_patient),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
