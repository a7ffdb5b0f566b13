/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A run that comes to its end: what its database says of it, table by table.
 * tests/unit/recorded_run.h has the machine.
 */

#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <sqlite3.h>

#include "tests/unit/recorded_paths.h"

/* The first column of the query's first row; "" for NULL, "(none)": no row. */
static const char *ask(const char *sql)
{
	static char answer[256];
	sqlite3_stmt *statement = NULL;
	sqlite3 *db = NULL;

	strcpy(answer, "(none)");
	assert_int_equal(sqlite3_open_v2(path[0], &db, SQLITE_OPEN_READONLY,
					 NULL),
			 SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	if (sqlite3_step(statement) == SQLITE_ROW) {
		const unsigned char *text = sqlite3_column_text(statement, 0);

		snprintf(answer, sizeof(answer), "%s",
			 text ? (const char *)text : "");
	}
	sqlite3_finalize(statement);
	sqlite3_close(db);
	return answer;
}

static void expect(const char *sql, const char *answer)
{
	assert_string_equal(ask(sql), answer);
}

static void begin(struct recorded_run *run, enum log_ops log_ops)
{
	struct recorder_options options = recorded_options(path[0], log_ops);

	assert_int_equal(recorded_begin(run, &options), 0);
}

static void end(struct recorded_run *run)
{
	assert_int_equal(recorded_end(run, RUN_COMPLETE), 0);
	assert_int_equal(run->errors.nr, 0);
	recorded_release(run);
}

static void the_run_itself(void **state)
{
	struct recorded_run run;

	(void)state;
	begin(&run, LOG_OPS_NONE);
	recorded_alloc(&run, 0, GFP_KERNEL, 100);
	end(&run);
	expect("PRAGMA user_version", "9");
	expect("SELECT count(*) FROM run", "1");
	expect("SELECT status FROM run", "complete");
	expect("SELECT name FROM run", "by-hand on small");
	expect("SELECT workload FROM run", "by-hand.yaml sha256:abc0");
	expect("SELECT config FROM run", "name: small\npage_size: 4KiB\n");
	expect("SELECT seed || ' ' || version FROM run", "7 0.0.0");
	expect("SELECT ops || ' ' || sim_ns || ' ' || wall_s FROM run",
	       "1 1000 0.5");
	expect("SELECT digest FROM run", RUN_DIGEST);
	expect("SELECT count(*) FROM op_log", "0");
	expect("SELECT group_concat(node || zone || managed_pages) FROM zone",
	       "0DMA3216384,0Normal16384");
}

/* Expect: one row an operation, in order, NULL where there is nothing. */
static void operations(void **state)
{
	struct recorded_run run;
	pfn_t pfn;
	char frame[32];

	(void)state;
	begin(&run, LOG_OPS_ALL);
	pfn = recorded_alloc(&run, 3, GFP_KERNEL | __GFP_ZERO, 250);
	recorded_alloc(&run, 12, GFP_ATOMIC, 10);
	recorded_free(&run, pfn, 3);
	end(&run);
	snprintf(frame, sizeof(frame), "%u", pfn);
	expect("SELECT group_concat(seq || op) FROM op_log",
	       "1alloc_pages,2alloc_pages,3free_pages");
	expect("SELECT pfn FROM op_log WHERE seq = 1", frame);
	expect("SELECT gfp || ' ' || ctx || ' ' || order_ || ' ' || ok || ' '"
	       " || node || zone || ' ' || latency_ns || ' ' || can_sleep"
	       " FROM op_log WHERE seq = 1",
	       "GFP_KERNEL|__GFP_ZERO process 3 1 0Normal 250 1");
	expect("SELECT ok || reason || coalesce(pfn, ' no frame') FROM op_log"
	       " WHERE seq = 2",
	       "0order no frame");
	expect("SELECT coalesce(gfp, 'no flags') FROM op_log WHERE seq = 3",
	       "no flags");
}

/* Expect: where a call's time went, by call and added up. */
static void where_time_went(void **state)
{
	struct call call = { .op = OP_KMALLOC, .has = CALL_HAS_GFP };
	struct outcome outcome = { .status = OUTCOME_OK,
				   .pfn = PFN_NONE,
				   .latency_ns = 1234,
				   .cost_ns = 4,
				   .cpu_wait_ns = 30,
				   .lock_wait_ns = 200,
				   .sleep_ns = 1000 };
	struct recorded_run run;

	(void)state;
	begin(&run, LOG_OPS_ALL);
	recorded_operation(&run, &call, &outcome);
	recorded_operation(&run, &call, &outcome);
	end(&run);
	expect("SELECT cost_ns || ' ' || cpu_wait_ns || ' ' || lock_wait_ns ||"
	       " ' ' || sleep_ns FROM op_log",
	       "4 30 200 1000");
	expect("SELECT cost_ns || ' ' || cpu_wait_ns || ' ' || lock_wait_ns ||"
	       " ' ' || sleep_ns FROM op_stats",
	       "8 60 400 2000");
}

/* Expect: with --log-ops failures, only what failed. */
static void failures_only(void **state)
{
	struct recorded_run run;

	(void)state;
	begin(&run, LOG_OPS_FAILURES);
	recorded_alloc(&run, 0, GFP_KERNEL, 1);
	recorded_alloc(&run, 12, GFP_KERNEL, 1);
	end(&run);
	expect("SELECT group_concat(seq) FROM op_log", "2");
	expect("SELECT log_ops FROM run", "failures");
}

/* Expect: a number stays a number, a name a name, 2^64 - 1 readable. */
static void ids_read_as_written(void **state)
{
	struct call call = { .op = OP_KFREE };
	struct outcome outcome = { .pfn = PFN_NONE,
				   .status = OUTCOME_SKIPPED,
				   .skipped = SKIP_ALLOC_FAILED };
	struct recorded_run run;

	(void)state;
	begin(&run, LOG_OPS_ALL);
	call.has = CALL_HAS_ID;
	call.id = 42;
	recorded_operation(&run, &call, &outcome);
	call.id = UINT64_MAX;
	recorded_operation(&run, &call, &outcome);
	call.has = CALL_HAS_NAMED_ID;
	call.id = names_intern(run.names, "ring", 4);
	recorded_operation(&run, &call, &outcome);
	call = (struct call){ .op = OP_CACHE_CREATE,
			      .name = names_intern(run.names, "skb", 3) };
	recorded_operation(&run, &call, &outcome);
	end(&run);
	expect("SELECT group_concat(typeof(id) || ' ' || id) FROM op_log",
	       "integer 42,text 18446744073709551615,text ring,text skb");
	expect("SELECT coalesce(ok, 'NULL') FROM op_log", "NULL");
	expect("SELECT reason FROM op_log", "alloc-failed");
	expect("SELECT skipped FROM run", "4");
}

/* Expect: 0 bytes asked for are a size; a call that asks for none has none. */
static void nothing_is_a_size(void **state)
{
	struct call call = { .op = OP_KMALLOC, .has = CALL_HAS_ID };
	struct outcome outcome = { .pfn = PFN_NONE };
	struct recorded_run run;

	(void)state;
	begin(&run, LOG_OPS_ALL);
	recorded_operation(&run, &call, &outcome);
	call.op = OP_KFREE;
	recorded_operation(&run, &call, &outcome);
	end(&run);
	expect("SELECT group_concat(coalesce(size, 'none')) FROM op_log",
	       "0,none");
}

/*
 * A machine just booted, then 3 pages gone:
 *
 *	Normal	|####|########…   free: 16 blocks of order 10, then one less
 *
 * Expect: each sample has every cell, zeros included; the clock's has no
 * label, the workload's its own, the last one `end`.
 */
static void samples(void **state)
{
	struct recorded_run run;

	(void)state;
	begin(&run, LOG_OPS_NONE);
	recorded_sample(&run, NULL);
	recorded_alloc(&run, 10, GFP_KERNEL, 1);
	recorded_sample(&run, "one gone");
	recorded_alloc(&run, 10, GFP_KERNEL, 1);
	end(&run);
	expect("SELECT group_concat(coalesce(label, '-') || cause || t_ns)"
	       " FROM sample",
	       "-clock0,one gone"
	       "workload1000,endend2000");
	expect("SELECT group_concat(nr_free) FROM free_area WHERE"
	       " zone = 'Normal' AND migratetype = 'movable' AND order_ = 10",
	       "16,15,14");
	/* 3 samples, 2 zones, 4 migrate types, 11 orders */
	expect("SELECT count(*) FROM free_area", "264");
	expect("SELECT count(*) FROM fragmentation", "66");
	expect("SELECT group_concat(nr_free_pages) FROM zone_sample"
	       " WHERE zone = 'Normal'",
	       "16384,15360,14336");
	expect("SELECT group_concat(pageblocks_movable) FROM zone_sample"
	       " WHERE zone = 'DMA32'",
	       "32,32,32");
	expect("SELECT value FROM vmstat WHERE label = 'end' AND"
	       " name = 'pgalloc_normal'",
	       "2048");
	expect("SELECT count(*) FROM vmstat WHERE name = 'nr_free_pages'", "3");
}

/* Expect: what the workload calls `end` stays the only thing of that name. */
static void the_label_end_is_the_workloads_first(void **state)
{
	struct recorded_run run;

	(void)state;
	begin(&run, LOG_OPS_NONE);
	recorded_sample(&run, "end");
	recorded_alloc(&run, 0, GFP_KERNEL, 1);
	end(&run);
	expect("SELECT group_concat(coalesce(label, '-') || cause) FROM sample",
	       "endworkload,-end");
}

/* Expect: nothing has happened since the workload's own, so that is all. */
static void no_second_sample_of_the_same_state(void **state)
{
	struct recorded_run run;

	(void)state;
	begin(&run, LOG_OPS_NONE);
	recorded_alloc(&run, 0, GFP_KERNEL, 1);
	recorded_sample(&run, "end");
	end(&run);
	expect("SELECT count(*) FROM sample", "1");
}

static void statistics(void **state)
{
	struct recorded_run run;
	unsigned int i;

	(void)state;
	begin(&run, LOG_OPS_NONE);
	for (i = 1; i <= 100; i++)
		recorded_alloc(&run, 4, GFP_ATOMIC, i);
	recorded_alloc(&run, 12, GFP_KERNEL, 5);
	recorded_alloc(&run, 13, GFP_KERNEL, 5);
	recorded_alloc(&run, 13, GFP_KERNEL, 5);
	end(&run);
	expect("SELECT count || ' ' || failed || ' ' || latency_p50_ns || ' '"
	       " || latency_p90_ns || ' ' || latency_p99_ns || ' '"
	       " || latency_p999_ns || ' ' || latency_max_ns FROM op_stats"
	       " WHERE gfp = 'GFP_ATOMIC' AND path = 'buddy'",
	       "100 0 50 90 99 100 100");
	expect("SELECT requested_bytes || ' ' || granted_bytes FROM op_stats"
	       " WHERE gfp = 'GFP_ATOMIC'",
	       "6553600 6553600");
	expect("SELECT count || ' ' || failed FROM op_stats"
	       " WHERE gfp = 'GFP_KERNEL' AND path = 'none'",
	       "3 3");
	expect("SELECT group_concat(order_ || reason || count) FROM"
	       " failure_stats",
	       "12order1,13order2");
	expect("SELECT sum(count) FROM latency_histogram", "103");
}

/*
 * 100 latencies of 1 to 100 ns, odd ones with other flags than even ones.
 *
 * Expect: each group's own histogram, and percentiles over all flags.
 */
static void percentiles_over_all_flags(void **state)
{
	struct recorded_run run;
	unsigned int i;

	(void)state;
	begin(&run, LOG_OPS_NONE);
	for (i = 1; i <= 100; i++)
		recorded_alloc(&run, 4, i % 2 ? GFP_ATOMIC : GFP_KERNEL, i);
	end(&run);
	expect("SELECT count(*) || ' ' || sum(lowest_ns) FROM"
	       " latency_histogram WHERE gfp = 'GFP_ATOMIC' AND"
	       " ctx = 'process' AND path = 'buddy'",
	       "50 2500");
	expect("SELECT op || ' ' || ctx || ' ' || path || ' ' || count || ' '"
	       " || p50_ns || ' ' || p90_ns || ' ' || p99_ns || ' ' ||"
	       " p999_ns || ' ' || max_ns FROM v_latency",
	       "alloc_pages process buddy 100 50 90 99 100 100");
}

/* Expect: the kernel's counters, a sample a row, of all zones together. */
static void what_was_done_when_memory_was_short(void **state)
{
	struct recorded_run run;

	(void)state;
	begin(&run, LOG_OPS_NONE);
	recorded_sample(&run, NULL);
	run.memory->vm_event[VM_ALLOCSTALL_DMA32] = 2;
	run.memory->vm_event[VM_ALLOCSTALL_NORMAL] = 3;
	run.memory->vm_event[VM_PAGEOUTRUN] = 4;
	run.memory->vm_event[VM_PGSCAN_KSWAPD] = 60;
	run.memory->vm_event[VM_PGSTEAL_KSWAPD] = 50;
	run.memory->vm_event[VM_PGMIGRATE_SUCCESS] = 7;
	run.memory->vm_event[VM_OOM_KILL] = 1;
	end(&run);
	expect("SELECT group_concat(stalls) FROM v_reclaim", "0,5");
	expect("SELECT kswapd_runs || ' ' || scanned_kswapd || ' ' ||"
	       " reclaimed_kswapd || ' ' || scanned_direct || ' ' || migrated"
	       " || ' ' || oom_kills FROM v_reclaim WHERE label = 'end'",
	       "4 60 50 0 7 1");
}

static void violations(void **state)
{
	char message[] = "id 9 was freed before";
	struct violation violation = { .seq = 3,
				       .t_ns = 5,
				       .rule = "bad-free",
				       .message = message,
				       .file = "w.yaml",
				       .line = 12 };
	struct recorded_run run;

	(void)state;
	begin(&run, LOG_OPS_NONE);
	run.sink->ops->violation(run.sink, &violation, &run.errors);
	strcpy(message, "gone");
	end(&run);
	expect("SELECT seq || rule || message || file || line FROM violation",
	       "3bad-freeid 9 was freed beforew.yaml12");
}

/* Expect: each with its own text, in order, however many they are. */
static void many_violations(void **state)
{
	enum { NR = 10000, ALIKE = 7 };
	struct violation violation = { .rule = "bad-free", .file = "w.yaml" };
	struct recorded_run run;
	char message[32];

	(void)state;
	begin(&run, LOG_OPS_NONE);
	for (int i = 1; i <= NR; i++) {
		bool alike = i % 2;

		snprintf(message, sizeof(message), "id %d",
			 alike ? i % ALIKE : i);
		violation.seq = (uint64_t)i;
		violation.message = message;
		run.sink->ops->violation(run.sink, &violation, &run.errors);
	}
	end(&run);
	expect("SELECT count(*) || ' ' || sum(message = 'id ' || iif(seq % 2,"
	       " seq % 7, seq)) || ' ' || count(line) FROM violation",
	       "10000 10000 0");
	expect("SELECT group_concat(seq) FROM"
	       " (SELECT seq FROM violation LIMIT 3 OFFSET 5000)",
	       "5001,5002,5003");
	expect("SELECT count(*) < 6000 FROM violation_message", "1");
	expect("SELECT count(*) FROM violation_message AS said WHERE count <>"
	       " (SELECT count(*) FROM violation_row"
	       " WHERE message_number = said.number)",
	       "0");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_run_itself),
		TEST(operations),
		TEST(where_time_went),
		TEST(failures_only),
		TEST(ids_read_as_written),
		TEST(nothing_is_a_size),
		TEST(samples),
		TEST(the_label_end_is_the_workloads_first),
		TEST(no_second_sample_of_the_same_state),
		TEST(statistics),
		TEST(percentiles_over_all_flags),
		TEST(what_was_done_when_memory_was_short),
		TEST(violations),
		TEST(many_violations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
