/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a summary and a comparison tell of waiting and of memory pressure: what
 * happened, and nothing of what did not.
 */

#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <sqlite3.h>

#include "models/reclaim/folio.h"
#include "models/reclaim/oom.h"
#include "results/compare/compare.h"
#include "results/summary/summary.h"
#include "tests/unit/recorded_paths.h"

static const struct lock_stats locks[] = {
	{ .name = "never contended", .taken = 9, .held_ns = 90 },
	{ .name = "zone 0 Normal",
	  .taken = 812,
	  .waited = 14,
	  .held_ns = 80000,
	  .wait_ns = 1200,
	  .longest_wait_ns = 300 },
};

static void begin(struct recorded_run *run, size_t n)
{
	struct recorder_options options =
		recorded_options(path[n], LOG_OPS_NONE);

	assert_int_equal(recorded_begin(run, &options), 0);
}

static void end(struct recorded_run *run)
{
	assert_int_equal(recorded_end(run, RUN_COMPLETE), 0);
	assert_int_equal(run->errors.nr, 0);
	recorded_release(run);
}

/* A call that ran, waited and slept. */
static void slow_call(struct recorded_run *run, uint64_t slept_ns)
{
	struct call call = { .op = OP_ALLOC_PAGES,
			     .gfp = GFP_KERNEL,
			     .has = CALL_HAS_GFP | CALL_HAS_ORDER };
	struct outcome outcome = {
		.status = OUTCOME_OK,
		.pfn = PFN_NONE,
		.path = PATH_RECLAIM,
		.latency_ns = 100 + 20 + 3 + slept_ns,
		.cost_ns = 100,
		.cpu_wait_ns = 20,
		.lock_wait_ns = 3,
		.sleep_ns = slept_ns,
	};

	recorded_operation(run, &call, &outcome);
}

/* As if memory had been short. */
static void leave_pressed_run(size_t n)
{
	struct recorded_run run;

	begin(&run, n);
	slow_call(&run, 4000);
	slow_call(&run, 5000);
	run.memory->vm_event[VM_ALLOCSTALL_NORMAL] = 1;
	run.memory->vm_event[VM_PGSCAN_DIRECT] = 120;
	run.memory->vm_event[VM_PGSTEAL_DIRECT] = 96;
	run.memory->vm_event[VM_PAGEOUTRUN] = 2;
	run.memory->vm_event[VM_PGMIGRATE_SUCCESS] = 200;
	run.totals.locks = locks;
	run.totals.nr_locks = 2;
	end(&run);
}

static void leave_calm_run(size_t n)
{
	struct recorded_run run;

	begin(&run, n);
	recorded_alloc(&run, 0, GFP_KERNEL, 0);
	end(&run);
}

static char *sum_up(size_t n, enum summary_format format)
{
	struct errors errors = ERRORS_NONE;
	struct text text = TEXT_EMPTY;

	if (summary_of_file(path[n], format, &text, &errors))
		fail_msg("%s", errors.text[0]);
	return text.s;
}

static void expect(const char *text, const char *part)
{
	if (!strstr(text, part))
		fail_msg("no\n%s\nin\n%s", part, text);
}

static void expect_no(const char *text, const char *part)
{
	if (strstr(text, part))
		fail_msg("%s\nin\n%s", part, text);
}

/* Expect: a line for each thing that happened. */
static void what_happened_is_summed_up(void **state)
{
	char *text;

	(void)state;
	leave_pressed_run(0);
	text = sum_up(0, SUMMARY_TEXT);
	expect(text,
	       "\ntime\n"
	       "  all calls       ran 200 ns, queued 40 ns, spun 6 ns,"
	       " slept 9.00 us\n"
	       "  the slowest     5.12 us: alloc_pages GFP_KERNEL in"
	       " process, by reclaim\n"
	       "\nwhen memory was short\n"
	       "  direct reclaim  1 stall, 96 pages reclaimed of 120"
	       " scanned\n"
	       "  kswapd          2 runs\n"
	       "  migration       200 pages moved\n"
	       "\n"
	       "  lock           taken  waited   in all  longest     held\n"
	       "  zone 0 Normal    812      14  1.20 us   300 ns  80.0 us"
	       "\n");
	expect_no(text, "never contended");
	expect_no(text, "killed");
	free(text);
	text = sum_up(0, SUMMARY_JSON);
	expect(text, "\"sleep_ns\": 9000");
	expect(text, "\"kswapd_runs\": 2");
	expect(text, "\"kills\": []");
	expect(text, "\"name\": \"zone 0 Normal\"");
	free(text);
}

/* Expect: nothing of all that. */
static void what_did_not_happen_is_not_told(void **state)
{
	char *text;

	(void)state;
	leave_calm_run(0);
	text = sum_up(0, SUMMARY_TEXT);
	expect_no(text, "\ntime\n");
	expect_no(text, "when memory was short");
	expect_no(text, "lock");
	free(text);
}

/*
 * `hog` has 64 pages, `mouse` one.
 *
 * Expect: the table and the summary know who died, and for whom.
 */
static void a_victim_is_named(void **state)
{
	const struct page_request one = { .gfp = GFP_HIGHUSER_MOVABLE,
					  .node = NODE_ANY };
	const struct pressure_request request = { .gfp = GFP_KERNEL,
						  .order = 2 };
	struct folio_desc desc = { .anon = true };
	struct recorded_run run;
	uint32_t hog, mouse;
	pfn_t pfn;
	char *text;

	(void)state;
	begin(&run, 0);
	hog = names_intern(run.names, "hog", 3);
	mouse = names_intern(run.names, "mouse", 5);
	for (int i = 0; i < 65; i++) {
		pfn = page_alloc(run.memory, &one).pfn;
		desc.task = i < 64 ? hog : mouse;
		folio_new(run.memory, pfn, 0, one.gfp, &desc);
	}
	oom_set_score_adj(run.memory, hog, 1);
	oom_add_task(run.memory, mouse);
	run.memory->task = mouse;
	slow_call(&run, 0);
	assert_int_equal(oom_out_of_memory(run.memory, &request), OOM_KILLED);
	slow_call(&run, 10);
	slow_call(&run, 20);
	end(&run);
	text = sum_up(0, SUMMARY_TEXT);
	expect(text,
	       "  OOM killer      1 task killed\n"
	       "\n"
	       "  killed       at   memory  oom_score_adj  asked by  order"
	       "\n"
	       "  hog     2.13 us  256 KiB              1  mouse         2"
	       "\n");
	free(text);
	text = sum_up(0, SUMMARY_JSON);
	expect(text, "\"task\": \"hog\"");
	free(text);
}

/* Expect: a run in which nothing happened has 0 of it. */
static void runs_are_compared(void **state)
{
	struct compare_options options = {
		.databases = (const char *const *)path,
		.nr_databases = 2,
	};
	struct compare_result result = { .nr_contestants = 0 };
	struct errors errors = ERRORS_NONE;
	struct text text = TEXT_EMPTY;

	(void)state;
	leave_calm_run(0);
	leave_pressed_run(1);
	assert_int_equal(compare_databases(&options, &text, &result, &errors),
			 0);
	expect(text.s, "\nreclaim, compaction, OOM\n");
	expect(text.s, "  time_sleep                0 ns       9.00 us");
	expect(text.s, "  lock_wait[zone 0 Normal]  0 ns       1.20 us");
	expect(text.s, "  stalls                    0                1");
	expect_no(text.s, "oom_kills");
	compare_result_release(&result);
	text_release(&text);
}

static void change(const char *sql)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path[0], &db), SQLITE_OK);
	if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	sqlite3_close(db);
}

/* Expect: what version 2 did not record is left out, the rest is there. */
static void an_older_database_is_read(void **state)
{
	char *text;

	(void)state;
	leave_pressed_run(0);
	change("DROP VIEW v_reclaim; DROP VIEW v_latency;"
	       "DROP TABLE lock_stats; DROP TABLE timeline;"
	       "DROP TABLE oom_kill;"
	       "ALTER TABLE run DROP COLUMN timeline;"
	       "ALTER TABLE op_stats DROP COLUMN cpu_wait_ns;"
	       "ALTER TABLE op_stats DROP COLUMN lock_wait_ns;"
	       "ALTER TABLE op_stats DROP COLUMN sleep_ns;"
	       "ALTER TABLE latency_histogram DROP COLUMN gfp;"
	       "ALTER TABLE latency_histogram DROP COLUMN ctx;"
	       "ALTER TABLE latency_histogram DROP COLUMN path;"
	       "PRAGMA user_version = 2");
	text = sum_up(0, SUMMARY_TEXT);
	expect(text, "  status      complete\n");
	expect(text, "the slowest     5.12 us");
	expect_no(text, "when memory was short");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_happened_is_summed_up),
		TEST(what_did_not_happen_is_not_told),
		TEST(a_victim_is_named),
		TEST(runs_are_compared),
		TEST(an_older_database_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
