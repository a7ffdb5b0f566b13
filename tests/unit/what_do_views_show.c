/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The views that pictures are made from, against rows written by hand, and the
 * map of a run's pageblocks against what the run counted itself.
 */

#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <sqlite3.h>

#include "embedded/schema.sql.h"
#include "results/record/pageblock_rows.h"
#include "tests/unit/recorded_run.h"

static sqlite3 *db;

static void change(const char *sql)
{
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
}

/* All columns of all rows: "a b|c d"; NULL is "-". */
static void expect(const char *sql, const char *answer)
{
	struct text found = TEXT_EMPTY;
	sqlite3_stmt *row = NULL;

	if (sqlite3_prepare_v2(db, sql, -1, &row, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	while (sqlite3_step(row) == SQLITE_ROW) {
		text_add(&found, found.length ? "|" : "");
		for (int i = 0; i < sqlite3_column_count(row); i++) {
			const char *text =
				(const char *)sqlite3_column_text(row, i);

			text_add(&found, "%s%s", i ? " " : "",
				 text ? text : "-");
		}
	}
	sqlite3_finalize(row);
	assert_string_equal(found.s ? found.s : "", answer);
	text_release(&found);
}

static int empty_run(void **state)
{
	(void)state;
	assert_int_equal(sqlite3_open(":memory:", &db), SQLITE_OK);
	change(embedded_schema_sql);
	return 0;
}

static int close_run(void **state)
{
	(void)state;
	return sqlite3_close(db);
}

/*
 * Expect: a zone that begins and ends within a pageblock has its own part of
 * them; free pages take three bytes; 255 is no memory.
 */
static void pageblocks(void **state)
{
	(void)state;
	change("INSERT INTO zone VALUES"
	       " (1, 0, 'DMA', 1, 1500, 1499, 1499, 1, 2, 3, '', 0, 0, 0);"
	       "INSERT INTO pageblock_sample VALUES (1, 'x', 2000000000, 0,"
	       " 'DMA', 0, 512, x'010001FF03FFABCDFF000000', 7)");
	expect("SELECT sample, label, t_s, node, zone, pfn, pages, migratetype,"
	       " free_pages FROM v_pageblock ORDER BY pfn",
	       "7 x 2.0 0 DMA 1 511 movable 511"
	       "|7 x 2.0 0 DMA 512 512 highatomic 16755661"
	       "|7 x 2.0 0 DMA 1024 477 - 0");
}

/* Expect: a boost raises all three marks. */
static void watermarks(void **state)
{
	(void)state;
	change("INSERT INTO zone_sample VALUES (1, NULL, 500, 0, 'Normal', 90,"
	       " 4, 0, 92, 10, 20, 30, 5, 0, 0, 0, 0, 0, 0, 1)");
	expect("SELECT nr_free_pages, mark_min, mark_low, mark_high,"
	       " watermark_boost FROM v_watermark",
	       "90 15 25 35 5");
}

static void slabs(void **state)
{
	(void)state;
	change("INSERT INTO run VALUES (1, 'r', '', '', 0, '', 'complete', 0,"
	       " 0, 0, '', '', '', '', '', 0, 0, 0, 'none', 4096, 11, 9, 0,"
	       " NULL, NULL, 0);"
	       "INSERT INTO slab_sample VALUES"
	       " (1, NULL, 0, 0, 'full', 32, 32, 128, 32, 1, 0, 0, 0, 1, 1, 0,"
	       "  1, 128, 32, 1),"
	       " (1, NULL, 0, 1, 'half', 32, 32, 128, 32, 1, 0, 0, 0, 1, 1, 0,"
	       "  1, 100, 16, 1),"
	       " (1, NULL, 0, 2, 'none', 0, 0, 64, 64, 1, 0, 0, 0, 0, 0, 0,"
	       "  0, 64, 0, 1)");
	expect("SELECT cache, used, slab_bytes, live_bytes, waste_bytes"
	       " FROM v_slab ORDER BY cache",
	       "full 1.0 4096 4096 0|half 0.5 4096 1600 2496|none - 0 0 0");
}

/* Expect: what was there before is there at each sample; holes are counted. */
static void vmalloc_areas(void **state)
{
	(void)state;
	change("INSERT INTO sample VALUES (1, 1, NULL, 10, 'clock', 0),"
	       " (1, 2, 'end', 20, 'end', 5);"
	       "INSERT INTO vmalloc_area VALUES"
	       " (1, NULL, 0, 1000, 1100, 100, NULL, NULL, '', '', 0),"
	       " (1, NULL, 10, 1300, 1400, 100, 1, NULL, 'vmalloc', '', 1),"
	       " (1, 'end', 20, 1300, 1400, 100, 1, NULL, 'unpurged', '', 2)");
	expect("SELECT sample, start_vaddr, state, hole_bytes FROM v_vmalloc"
	       " ORDER BY sample, start_vaddr",
	       "1 1000 before 200|1 1300 used -"
	       "|2 1000 before 200|2 1300 unpurged -");
}

static void failures(void **state)
{
	(void)state;
	change("INSERT INTO op_log (run_id, seq, t_ns, op, cpu, ctx, order_, ok"
	       ","
	       " latency_ns, cost_ns, reason, can_sleep, cpu_wait_ns,"
	       " lock_wait_ns, sleep_ns) VALUES"
	       " (1, 1, 10, 'alloc_pages', 0, 'nmi', 3, 1, 0, 0, NULL, 0, 0, 0,"
	       "  0), (1, 2, 20, 'alloc_pages', 0, 'nmi', 4, 0, 0, 0,"
	       "  'fragmented', 0, 0, 0, 0), (1, 3, 30, 'free_pages', 0, 'nmi',"
	       "  NULL, NULL, 0, 0, 'alloc-failed', 0, 0, 0, 0)");
	expect("SELECT seq, op, order_, reason FROM v_failure",
	       "2 alloc_pages 4 fragmented");
}

/* Expect: at each sample, the pageblocks' free pages are the zone's. */
static void a_run_of_its_own(void **state)
{
	char *folder = recorded_make_folder();
	char *path = folder ? recorded_path(folder, "run.db") : NULL;
	struct recorder_options options = recorded_options(path, LOG_OPS_NONE);
	struct recorded_run run;

	(void)state;
	assert_non_null(path);
	assert_int_equal(recorded_begin(&run, &options), 0);
	for (unsigned int n = 0; n < 30; n++) {
		recorded_alloc(&run, (order_t)(n % 9), GFP_KERNEL, 1);
		assert_int_equal(recorded_sample(&run, NULL), 0);
	}
	assert_int_equal(recorded_end(&run, RUN_COMPLETE), 0);
	recorded_release(&run);
	sqlite3_close(db);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	expect("SELECT count(*), sum(z.free_pages = p.free), sum(p.pages) / 31"
	       " FROM zone_sample AS z JOIN (SELECT sample, zone,"
	       " sum(free_pages) AS free, sum(pages) AS pages FROM v_pageblock"
	       " GROUP BY sample, zone) AS p USING (sample, zone)",
	       "62 62 32768");
	expect("SELECT sum(migratetype = 'unmovable') > 0,"
	       " sum(migratetype = 'movable') > 0 FROM v_pageblock",
	       "1 1");
	recorded_remove_folder(folder);
	free(path);
}

/* Expect: above 4,096 pageblocks, two share a group, and nothing is lost. */
static void a_zone_of_many_pageblocks(void **state)
{
	char *folder = recorded_make_folder();
	char *path = folder ? recorded_path(folder, "run.db") : NULL;
	struct recorder_options options = recorded_options(path, LOG_OPS_NONE);
	uint64_t pages = (PAGEBLOCK_GROUPS_MAX + 3) * 512;
	struct recorded_run run;

	(void)state;
	assert_non_null(path);
	memset(&run, 0, sizeof(run));
	recorded_machine(&run);
	run.zones[1].spanned_pages = pages;
	run.zones[1].present_pages = pages;
	run.zones[1].managed_pages = pages;
	assert_int_equal(recorded_start(&run, &options), 0);
	recorded_alloc(&run, 0, GFP_KERNEL, 1);
	assert_int_equal(recorded_end(&run, RUN_COMPLETE), 0);
	recorded_release(&run);
	sqlite3_close(db);
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	expect("SELECT pages_each, length(groups) / 4 FROM pageblock_sample"
	       " WHERE zone = 'Normal'",
	       "1024 2050");
	expect("SELECT sum(pages), sum(free_pages) = (SELECT free_pages FROM"
	       " zone_sample WHERE zone = 'Normal') FROM v_pageblock"
	       " WHERE zone = 'Normal'",
	       "2098688 1");
	recorded_remove_folder(folder);
	free(path);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, empty_run, close_run)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pageblocks),
		TEST(watermarks),
		TEST(slabs),
		TEST(vmalloc_areas),
		TEST(failures),
		TEST(a_run_of_its_own),
		TEST(a_zone_of_many_pageblocks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
