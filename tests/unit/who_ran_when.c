/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a run that recorded its timeline says of who ran when: the table, and
 * the lines that people read. The events are those of a story on two CPUs:
 *
 *	us        0    0.5   0.7   1        2            5
 *	CPU 0	  dd   ->  hardirq  dd  sleeps . . . . woken, ends
 *	CPU 1	                       kswapd0 ..........
 */

#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <sqlite3.h>

#include "results/show/show.h"
#include "sim/sinks.h"
#include "tests/unit/recorded_paths.h"

#define NO_CPU UINT16_MAX

static const struct actor call_1 = { ACTOR_CALL, 1 };
static const struct actor call_2 = { ACTOR_CALL, 2 };
static const struct actor kswapd = { ACTOR_KSWAPD, 0 };
static const struct actor disk = { ACTOR_DEVICE, 0 };

static cpu_t cpus[2] = { 0, 1 };

static void begin(struct recorded_run *run, const char *where, bool timeline)
{
	struct recorder_options options = recorded_options(where, LOG_OPS_ALL);

	options.timeline = timeline;
	memset(run, 0, sizeof(*run));
	recorded_machine(run);
	run->node.cpus = cpus;
	run->node.nr_cpus = 2;
	assert_int_equal(recorded_start(run, &options), 0);
}

static void tell(struct recorded_run *run, struct timeline_event event)
{
	assert_int_equal(
		run->sink->ops->timeline(run->sink, &event, &run->errors), 0);
}

static void end(struct recorded_run *run)
{
	assert_int_equal(recorded_end(run, RUN_COMPLETE), 0);
	assert_int_equal(run->errors.nr, 0);
}

static void log_call(struct recorded_run *run, enum call_context ctx, gfp_t gfp,
		     enum alloc_path way)
{
	struct call call = { .op = OP_ALLOC_PAGES,
			     .ctx = ctx,
			     .gfp = gfp,
			     .has = CALL_HAS_ORDER };
	struct outcome outcome = { .status = OUTCOME_OK,
				   .pfn = PFN_NONE,
				   .path = way };

	recorded_operation(run, &call, &outcome);
}

#define AT(t, on, does, ...)                                                   \
	tell(run,                                                              \
	     (struct timeline_event){                                          \
		     .t_ns = (t), .cpu = (on), .kind = (does), __VA_ARGS__ })

static void tell_story(struct recorded_run *run)
{
	uint32_t dd = names_intern(run->names, "dd", 2);

	AT(0, 0, TIMELINE_RUNS, .who = call_1, .what = "alloc_pages",
	   .task = dd);
	AT(500, 0, TIMELINE_PREEMPTED, .who = call_1, .other = call_2,
	   .task = dd);
	AT(500, 0, TIMELINE_RUNS, .who = call_2, .what = "alloc_pages");
	AT(600, 0, TIMELINE_SPINS, .who = call_2, .lock = 1, .ns = 50);
	AT(700, 0, TIMELINE_ENDS, .who = call_2);
	AT(700, 0, TIMELINE_RESUMES, .who = call_1, .task = dd);
	AT(1000, 1, TIMELINE_WOKEN, .who = kswapd, .other = call_1);
	AT(1000, 1, TIMELINE_RUNS, .who = kswapd);
	AT(1200, 0, TIMELINE_SLEEPS, .who = call_1, .task = dd,
	   .queue = "writeback");
	AT(2000, NO_CPU, TIMELINE_IO, .who = disk, .other = kswapd, .ns = 3000);
	AT(5000, 0, TIMELINE_WOKEN, .who = call_1, .other = disk, .task = dd);
	AT(5000, 0, TIMELINE_RUNS, .who = call_1, .task = dd);
	AT(12345678, 0, TIMELINE_ENDS, .who = call_1, .task = dd);
	log_call(run, CONTEXT_PROCESS, GFP_KERNEL, PATH_RECLAIM);
	log_call(run, CONTEXT_HARDIRQ, GFP_ATOMIC, PATH_PCP);
}

static void record_story(void)
{
	static const struct lock_stats locks[] = {
		{ .name = "zone 0 DMA32" },
		{ .name = "zone 0 Normal",
		  .taken = 4,
		  .waited = 1,
		  .held_ns = 400,
		  .wait_ns = 50,
		  .longest_wait_ns = 50 },
	};
	struct recorded_run run;

	begin(&run, path[0], true);
	tell_story(&run);
	run.totals.locks = locks;
	run.totals.nr_locks = 2;
	end(&run);
	recorded_release(&run);
}

static void expect_shown(const struct show_options *options,
			 const char *expected)
{
	struct errors errors = ERRORS_NONE;
	struct text out = TEXT_EMPTY;

	if (show_run(options, &out, &errors))
		fail_msg("%s", errors.text[0]);
	assert_string_equal(out.s, expected);
	text_release(&out);
}

static struct show_options timeline_options(void)
{
	return (struct show_options){ .database = path[0],
				      .view = SHOW_TIMELINE };
}

/* The first column of the query's first row. */
static void expect(const char *sql, const char *answer)
{
	sqlite3_stmt *statement = NULL;
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open_v2(path[0], &db, SQLITE_OPEN_READONLY,
					 NULL),
			 SQLITE_OK);
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(db));
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	assert_string_equal((const char *)sqlite3_column_text(statement, 0),
			    answer);
	sqlite3_finalize(statement);
	sqlite3_close(db);
}

/* Expect: a line an event, a lane a CPU; what was asked for and what came. */
static void every_event_has_a_line(void **state)
{
	struct show_options options = timeline_options();

	(void)state;
	record_story();
	expect_shown(
		&options,
		"       us  cpu 0 1  who        what\n"
		"    0.000      * .  call 1 dd  runs: alloc_pages order 0, "
		"GFP_KERNEL\n"
		"    0.500      * .  call 1 dd  preempted by call 2\n"
		"    0.500      * .  call 2     runs: alloc_pages order 0 in "
		"hardirq, GFP_ATOMIC\n"
		"    0.600      * .  call 2     spins 50 ns for the lock zone "
		"0 Normal\n"
		"    0.700      * .  call 2     ends after 200 ns: by pcp\n"
		"    0.700      * .  call 1 dd  resumes after 200 ns\n"
		"    1.000      | *  kswapd0    woken by call 1\n"
		"    1.000      | *  kswapd0    runs\n"
		"    1.200      * |  call 1 dd  sleeps on writeback 0\n"
		"    2.000      . |  disk       starts I/O of 3.00 us for "
		"kswapd0\n"
		"    5.000      * |  call 1 dd  woken by disk after 3.80 us\n"
		"    5.000      * |  call 1 dd  runs\n"
		"12345.678      * |  call 1 dd  ends after 12.3 ms: by "
		"reclaim\n");
}

/*
 * Expect: only what one does and has done to it, within the time; lanes know
 * of the others all the same.
 */
static void some_events_are_asked_for(void **state)
{
	struct show_options options = timeline_options();

	(void)state;
	record_story();
	assert_true(timeline_parse_actor("kswapd0", &options.timeline));
	options.timeline.until_ns = 2001;
	expect_shown(&options,
		     "      us  cpu 1  who      what\n"
		     "   1.000      *  kswapd0  woken by call 1\n"
		     "   1.000      *  kswapd0  runs\n"
		     "   2.000      |  disk     starts I/O of 3.00 us for "
		     "kswapd0\n");
	options = timeline_options();
	assert_true(timeline_parse_actor("call 2", &options.timeline));
	options.timeline.from_ns = 600;
	expect_shown(&options,
		     "      us  cpu 0  who     what\n"
		     "   0.600      *  call 2  spins 50 ns for the lock zone 0 "
		     "Normal\n"
		     "   0.700      *  call 2  ends after 200 ns: by pcp\n");
}

/*
 * kcompactd lies down when the run begins, looks for work twice in vain, and
 * the third time has some; kswapd, woken by a call, finds nothing to do.
 *
 * Expect: no line for what kcompactd did not do, unless it is asked for; what
 * somebody else began is told of.
 */
static void idle_naps_are_left_out(void **state)
{
	static const struct actor kcompactd = { ACTOR_KCOMPACTD, 0 };
	struct show_options options = timeline_options();
	struct recorded_run recorded, *run = &recorded;

	(void)state;
	begin(run, path[0], true);
	AT(0, 1, TIMELINE_SLEEPS, .who = kcompactd, .queue = "kcompactd");
	for (uint64_t t_ns = 1000; t_ns <= 3000; t_ns += 1000) {
		uint64_t works_ns = t_ns == 3000 ? 500 : 0;

		AT(t_ns, 1, TIMELINE_WOKEN, .who = kcompactd);
		AT(t_ns, 1, TIMELINE_RUNS, .who = kcompactd);
		AT(t_ns + works_ns, 1, TIMELINE_SLEEPS, .who = kcompactd,
		   .queue = "kcompactd");
	}
	AT(4000, 1, TIMELINE_WOKEN, .who = kswapd, .other = call_1);
	AT(4000, 1, TIMELINE_RUNS, .who = kswapd);
	AT(4000, 1, TIMELINE_SLEEPS, .who = kswapd, .queue = "kswapd");
	end(run);
	recorded_release(run);
	expect_shown(&options,
		     "      us  cpu 1  who         what\n"
		     "   3.000      *  kcompactd0  woken by its timeout after "
		     "1.00 us\n"
		     "   3.000      *  kcompactd0  runs\n"
		     "   3.500      *  kcompactd0  sleeps on kcompactd 0\n"
		     "   4.000      *  kswapd0     woken by call 1\n"
		     "   4.000      *  kswapd0     runs\n"
		     "   4.000      *  kswapd0     sleeps on kswapd 0\n");
	assert_true(timeline_parse_actor("kcompactd", &options.timeline));
	options.timeline.until_ns = 2000;
	expect_shown(&options,
		     "      us  cpu 1  who         what\n"
		     "   0.000      *  kcompactd0  sleeps on kcompactd 0\n"
		     "   1.000      *  kcompactd0  woken by its timeout after "
		     "1.00 us\n"
		     "   1.000      *  kcompactd0  runs\n"
		     "   1.000      *  kcompactd0  sleeps on kcompactd 0\n");
}

static void actors_have_names(void **state)
{
	struct timeline_filter filter = { .from_ns = 0 };

	(void)state;
	assert_true(timeline_parse_actor("call 12", &filter));
	assert_int_equal(filter.actor.kind, ACTOR_CALL);
	assert_true(filter.has_number);
	assert_int_equal(filter.actor.number, 12);
	assert_true(timeline_parse_actor("swap", &filter));
	assert_int_equal(filter.actor.kind, ACTOR_DEVICE);
	assert_int_equal(filter.actor.number, 1);
	assert_true(timeline_parse_actor("kswapd", &filter));
	assert_false(filter.has_number);
	assert_false(timeline_parse_actor("kswap", &filter));
	assert_false(timeline_parse_actor("kswapd0x", &filter));
	assert_false(timeline_parse_actor("nobody", &filter));
	assert_false(timeline_parse_actor("", &filter));
}

/* Expect: NULL for what an event does not have; a device is on no CPU. */
static void the_table_has_every_event(void **state)
{
	(void)state;
	record_story();
	expect("SELECT timeline FROM run", "1");
	expect("SELECT count(*) || ' ' || max(n) FROM timeline", "13 13");
	expect("SELECT t_ns || kind || cpu || actor || actor_number || op"
	       " || task FROM timeline WHERE n = 1",
	       "0runs0call1alloc_pagesdd");
	expect("SELECT coalesce(other, '-') || coalesce(queue, '-') ||"
	       " coalesce(lock, '-') || coalesce(ns, '-') FROM timeline"
	       " WHERE n = 1",
	       "----");
	expect("SELECT actor || coalesce(cpu, ' nowhere ') || ns || other ||"
	       " other_number FROM timeline WHERE kind = 'io'",
	       "device nowhere 3000kswapd0");
	expect("SELECT queue || queue_number FROM timeline"
	       " WHERE kind = 'sleeps'",
	       "writeback0");
	expect("SELECT name || taken || waited || held_ns || wait_ns ||"
	       " longest_wait_ns FROM timeline JOIN lock_stats USING (lock)",
	       "zone 0 Normal414005050");
}

/* Expect: names and flags may be long, lines are not. */
static void no_line_is_longer_than_100_columns(void **state)
{
	static const char name[] = "a-task-whose-name-has-ünïcode-and-no-end";
	struct show_options options = timeline_options();
	struct errors errors = ERRORS_NONE;
	struct text out = TEXT_EMPTY;
	struct recorded_run the_run, *run = &the_run;
	size_t columns = 0;
	const char *end_mark;

	(void)state;
	begin(run, path[0], true);
	AT(0, 0, TIMELINE_RUNS, .who = call_1, .what = "alloc_pages",
	   .task = names_intern(run->names, name, strlen(name)));
	log_call(run, CONTEXT_SOFTIRQ,
		 GFP_KERNEL | __GFP_NOWARN | __GFP_NORETRY | __GFP_COMP,
		 PATH_PCP);
	end(run);
	recorded_release(run);
	assert_int_equal(show_run(&options, &out, &errors), 0);
	for (const char *s = strchr(out.s, '\n') + 1; *s != '\n'; s++)
		columns += (*s & 0xc0) != 0x80;
	assert_int_equal(columns, 100);
	end_mark = strstr(out.s, "…\n");
	assert_non_null(end_mark);
	text_release(&out);
}

/* Expect: with more CPUs than there is room for, their numbers. */
static void many_cpus_have_no_lanes(void **state)
{
	struct show_options options = timeline_options();
	struct recorded_run the_run, *run = &the_run;
	struct recorder_options recorder =
		recorded_options(path[0], LOG_OPS_NONE);
	cpu_t many[12];

	(void)state;
	for (cpu_t cpu = 0; cpu < 12; cpu++)
		many[cpu] = cpu;
	recorder.timeline = true;
	memset(run, 0, sizeof(*run));
	recorded_machine(run);
	run->node.cpus = many;
	run->node.nr_cpus = 12;
	assert_int_equal(recorded_start(run, &recorder), 0);
	for (cpu_t cpu = 0; cpu < 12; cpu++)
		AT(cpu, cpu, TIMELINE_RUNS, .who = { ACTOR_CALL, cpu + 1u });
	end(run);
	recorded_release(run);
	options.timeline.from_ns = 0;
	options.timeline.until_ns = 2;
	expect_shown(&options, "      us  cpu 0 1  who     what\n"
			       "   0.000      * .  call 1  runs\n"
			       "   0.001      | *  call 2  runs\n");
	options.timeline.actor = (struct actor){ ACTOR_CALL, 12 };
	options.timeline.has_number = true;
	options.timeline.until_ns = 0;
	expect_shown(&options, "      us  cpu 11  who      what\n"
			       "   0.011       *  call 12  runs\n");
	options = timeline_options();
	options.timeline.from_ns = 1;
	expect_shown(&options, "      us  cpu  who      what\n"
			       "   0.001    1  call 2   runs\n"
			       "   0.002    2  call 3   runs\n"
			       "   0.003    3  call 4   runs\n"
			       "   0.004    4  call 5   runs\n"
			       "   0.005    5  call 6   runs\n"
			       "   0.006    6  call 7   runs\n"
			       "   0.007    7  call 8   runs\n"
			       "   0.008    8  call 9   runs\n"
			       "   0.009    9  call 10  runs\n"
			       "   0.010   10  call 11  runs\n"
			       "   0.011   11  call 12  runs\n");
}

/* Expect: sorted by time, though CPU 1 was told of after CPU 0. */
static void cpus_are_told_of_one_after_another(void **state)
{
	struct show_options options = timeline_options();
	struct recorded_run the_run, *run = &the_run;

	(void)state;
	begin(run, path[0], true);
	AT(0, 0, TIMELINE_RUNS, .who = call_1);
	AT(9, 0, TIMELINE_ENDS, .who = call_1);
	AT(5, 1, TIMELINE_RUNS, .who = call_2);
	end(run);
	recorded_release(run);
	expect_shown(&options, "      us  cpu 0 1  who     what\n"
			       "   0.000      * .  call 1  runs\n"
			       "   0.005      | *  call 2  runs\n"
			       "   0.009      * |  call 1  ends after 9 ns\n");
}

/* Expect: nobody is told who did not ask, and so the engine need not say. */
static void it_costs_nothing_where_nobody_asks(void **state)
{
	struct show_options options = timeline_options();
	struct errors errors = ERRORS_NONE;
	struct text out = TEXT_EMPTY;
	struct recorded_run run;
	struct sinks sinks = { .sink = &run.sink, .nr = 1 };

	(void)state;
	begin(&run, path[0], false);
	assert_null(run.sink->ops->timeline);
	assert_false(sinks_want_timeline(&sinks));
	end(&run);
	recorded_release(&run);
	assert_int_equal(show_run(&options, &out, &errors), -1);
	assert_non_null(strstr(errors.text[0], "has no timeline"));
	errors_release(&errors);
	text_release(&out);
}

/* Expect: a run without a file prints its timeline before its summary. */
static void a_summary_begins_with_the_timeline(void **state)
{
	const struct timeline_event event = { .kind = TIMELINE_RUNS,
					      .who = call_1 };
	struct recorded_run run;
	struct sinks sinks = { .sink = &run.sink,
			       .nr = 1,
			       .errors = &run.errors };
	struct text out = TEXT_EMPTY;

	(void)state;
	begin(&run, NULL, true);
	assert_true(sinks_want_timeline(&sinks));
	assert_int_equal(sinks_timeline(&sinks, &event), 0);
	end(&run);
	assert_int_equal(recorder_summary(run.recorder, SUMMARY_TEXT, NULL,
					  &out, &run.errors),
			 0);
	assert_non_null(strstr(out.s, "call 1  runs\n\nby-hand on small"));
	text_release(&out);
	assert_int_equal(recorder_summary(run.recorder, SUMMARY_JSON, NULL,
					  &out, &run.errors),
			 0);
	assert_non_null(strstr(out.s, "\"timeline\": [\n"));
	text_release(&out);
	recorded_release(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_event_has_a_line),
		TEST(some_events_are_asked_for),
		TEST(idle_naps_are_left_out),
		TEST(actors_have_names),
		TEST(the_table_has_every_event),
		TEST(no_line_is_longer_than_100_columns),
		TEST(many_cpus_have_no_lanes),
		TEST(cpus_are_told_of_one_after_another),
		TEST(it_costs_nothing_where_nobody_asks),
		TEST(a_summary_begins_with_the_timeline),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
