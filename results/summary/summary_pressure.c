/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lines like these, each only where there is something to tell:
 *
 *	time
 *	  all calls       ran 1.20 ms, queued 30.0 us, slept 8.00 ms
 *	  the slowest     4.10 ms: alloc_pages GFP_KERNEL in process, by reclaim
 *
 *	when memory was short
 *	  direct reclaim  3 stalls, 96 pages reclaimed of 120 scanned
 *	  kswapd          2 runs, 400 pages reclaimed of 512 scanned
 *	  compaction      1 stall, 1 success
 *
 *	2 reports in the kernel's log: kmemsim show RUN.db dmesg
 *
 *	lock           taken  waited  in all   longest  held
 *	zone 0 Normal    812      14  1.20 us  300 ns   80.0 us
 *
 * A call queues for its CPU and spins for locks.
 */

#include "results/summary/summary_pressure.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "models/page/page_alloc.h"
#include "results/text/table.h"

#define LOCKS_SHOWN 12
#define KILLS_SHOWN 12
#define LABEL_WIDTH 14
#define COLUMNS 80

/* A line: its label, then parts with commas between; nothing without parts. */
struct line {
	struct text *out;
	const char *title; /* of the section; NULL once it is there */
	const char *label;
	bool begun;
};

static void begin_part(struct line *line)
{
	if (line->title)
		text_add(line->out, "\n%s\n", line->title);
	line->title = NULL;
	if (line->begun)
		text_add(line->out, ", ");
	else
		text_add(line->out, "  %-*s  ", LABEL_WIDTH, line->label);
	line->begun = true;
}

static void begin_line(struct line *line, const char *label)
{
	line->label = label;
	line->begun = false;
}

static void end_line(struct line *line)
{
	if (line->begun)
		text_add(line->out, "\n");
}

static void add_count(struct line *line, uint64_t count, const char *what)
{
	if (!count)
		return;
	begin_part(line);
	text_add_counted(line->out, 0, count, what);
}

static void add_reclaimed(struct line *line, uint64_t reclaimed,
			  uint64_t scanned)
{
	if (!scanned && !reclaimed)
		return;
	begin_part(line);
	text_add(line->out,
		 "%" PRIu64 " page%s reclaimed of %" PRIu64 " scanned",
		 reclaimed, plural(reclaimed), scanned);
}

static void add_time(struct line *line, const char *what, uint64_t ns)
{
	char text[NUMBER_TEXT_MAX];

	if (!ns)
		return;
	begin_part(line);
	text_add(line->out, "%s %s", what, format_ns(ns, text));
}

/* Flags that have no room within 80 columns are on a line of their own. */
static void add_worst(struct text *out, const struct run_worst *worst)
{
	bool has_path = strcmp(worst->path, alloc_path_names[PATH_NONE]) != 0;
	const char *by = has_path ? ", by " : "";
	const char *path = has_path ? worst->path : "";
	char time[NUMBER_TEXT_MAX];
	int length;

	format_ns(worst->latency_ns, time);
	length = snprintf(NULL, 0, "  %-*s  %s: %s %s in %s%s%s", LABEL_WIDTH,
			  "", time, worst->op, worst->gfp, worst->ctx, by,
			  path);
	text_add(out, "%s: %s", time, worst->op);
	if (*worst->gfp && length <= COLUMNS)
		text_add(out, " %s", worst->gfp);
	text_add(out, " in %s%s%s", worst->ctx, by, path);
	if (*worst->gfp && length > COLUMNS)
		text_add(out, "\n%*s%s", LABEL_WIDTH + 4, "", worst->gfp);
}

static void write_times(const struct run_data *run, struct text *out)
{
	const uint64_t *ns = run->time_ns;
	struct line line = { .out = out, .title = "time" };

	begin_line(&line, "all calls");
	add_time(&line, "ran", ns[TIME_RUNNING]);
	add_time(&line, "queued", ns[TIME_CPU_WAIT]);
	add_time(&line, "spun", ns[TIME_LOCK_WAIT]);
	add_time(&line, "slept", ns[TIME_SLEEP]);
	end_line(&line);
	begin_line(&line, "the slowest");
	if (run->worst.latency_ns) {
		begin_part(&line);
		add_worst(out, &run->worst);
	}
	end_line(&line);
}

static void write_pressure(const struct run_data *run, struct text *out)
{
	const uint64_t *count = run->pressure;
	struct line line = { .out = out, .title = "when memory was short" };

	begin_line(&line, "direct reclaim");
	add_count(&line, count[PRESSURE_STALLS], "stall[s]");
	add_reclaimed(&line, count[PRESSURE_RECLAIMED_DIRECT],
		      count[PRESSURE_SCANNED_DIRECT]);
	end_line(&line);
	begin_line(&line, "kswapd");
	add_count(&line, count[PRESSURE_KSWAPD_RUNS], "run[s]");
	add_reclaimed(&line, count[PRESSURE_RECLAIMED_KSWAPD],
		      count[PRESSURE_SCANNED_KSWAPD]);
	end_line(&line);
	begin_line(&line, "swap");
	add_count(&line, count[PRESSURE_SWAPPED_OUT], "page[s] out");
	add_count(&line, count[PRESSURE_SWAPPED_IN], "page[s] in");
	end_line(&line);
	begin_line(&line, "compaction");
	add_count(&line, count[PRESSURE_COMPACT_STALLS], "stall[s]");
	add_count(&line, count[PRESSURE_COMPACT_SUCCESS], "success[es]");
	add_count(&line, count[PRESSURE_COMPACT_FAIL], "failure[s]");
	add_count(&line, count[PRESSURE_KCOMPACTD_WAKES],
		  "wake[s] of kcompactd");
	end_line(&line);
	begin_line(&line, "migration");
	add_count(&line, count[PRESSURE_MIGRATED], "page[s] moved");
	add_count(&line, count[PRESSURE_MIGRATE_FAILED], "page[s] not");
	end_line(&line);
	begin_line(&line, "OOM killer");
	add_count(&line, count[PRESSURE_OOM_KILLS], "task[s] killed");
	end_line(&line);
}

static void write_kills(const struct run_data *run, struct text *out)
{
	struct table table = TABLE_EMPTY;
	char text[NUMBER_TEXT_MAX];
	size_t i;

	if (!run->nr_kills)
		return;
	table_add(&table, "killed");
	table_add(&table, "at");
	table_add(&table, "memory");
	table_add(&table, "oom_score_adj");
	table_add(&table, "asked by");
	table_add(&table, "order");
	table_end_row(&table);
	for (i = 0; i < run->nr_kills && i < KILLS_SHOWN; i++) {
		const struct run_kill *kill = &run->kill[i];

		table_add(&table, "%s", kill->task);
		table_add(&table, "%s", format_ns(kill->t_ns, text));
		table_add(&table, "%s",
			  format_bytes(kill->pages * run->page_size, text));
		table_add(&table, "%d", kill->oom_score_adj);
		table_add(&table, "%s", *kill->asked_by ? kill->asked_by : "-");
		table_add(&table, "%u", kill->order);
		table_end_row(&table);
	}
	text_add(out, "\n");
	table_write(&table, 2, out);
	if (run->nr_kills > KILLS_SHOWN)
		text_add(out, "  … and %zu more: oom_kill\n",
			 run->nr_kills - KILLS_SHOWN);
}

/* Without a database nobody could show them. */
static void write_reports(const struct run_data *run, struct text *out)
{
	if (!run->nr_reports || !*run->path)
		return;
	text_add(out,
		 "\n%" PRIu64 " report%s in the kernel's log: kmemsim show ",
		 run->nr_reports, plural(run->nr_reports));
	text_add_visible(out, run->path);
	text_add(out, " dmesg\n");
}

static void write_locks(const struct run_data *run, struct text *out)
{
	struct table table = TABLE_EMPTY;
	char text[NUMBER_TEXT_MAX];
	size_t i;

	if (!run->nr_locks)
		return;
	table_add(&table, "lock");
	table_add(&table, "taken");
	table_add(&table, "waited");
	table_add(&table, "in all");
	table_add(&table, "longest");
	table_add(&table, "held");
	table_end_row(&table);
	for (i = 0; i < run->nr_locks && i < LOCKS_SHOWN; i++) {
		const struct run_lock *lock = &run->lock[i];

		table_add(&table, "%s", lock->name);
		table_add(&table, "%" PRIu64, lock->taken);
		table_add(&table, "%" PRIu64, lock->waited);
		table_add(&table, "%s", format_ns(lock->wait_ns, text));
		table_add(&table, "%s", format_ns(lock->longest_wait_ns, text));
		table_add(&table, "%s", format_ns(lock->held_ns, text));
		table_end_row(&table);
	}
	text_add(out, "\n");
	table_write(&table, 2, out);
	if (run->nr_locks > LOCKS_SHOWN)
		text_add(out, "  … and %zu more lock%s: lock_stats\n",
			 run->nr_locks - LOCKS_SHOWN,
			 plural(run->nr_locks - LOCKS_SHOWN));
}

void summary_pressure(const struct run_data *run, struct text *out)
{
	write_times(run, out);
	write_pressure(run, out);
	write_kills(run, out);
	write_reports(run, out);
	write_locks(run, out);
}

static void json_worst(struct json *json, const struct run_worst *worst)
{
	if (!worst->latency_ns) {
		json_null(json, "slowest");
		return;
	}
	json_begin_object(json, "slowest");
	json_string(json, "op", worst->op);
	json_string(json, "gfp", *worst->gfp ? worst->gfp : NULL);
	json_string(json, "ctx", worst->ctx);
	json_string(json, "path", worst->path);
	json_int(json, "latency_ns", (int64_t)worst->latency_ns);
	json_end_object(json);
}

static void json_kills(struct json *json, const struct run_data *run)
{
	size_t i;

	json_begin_array(json, "kills");
	for (i = 0; i < run->nr_kills; i++) {
		const struct run_kill *kill = &run->kill[i];

		json_begin_object(json, NULL);
		json_string(json, "task", kill->task);
		json_int(json, "t_ns", (int64_t)kill->t_ns);
		json_int(json, "pages", (int64_t)kill->pages);
		json_int(json, "oom_score_adj", kill->oom_score_adj);
		json_string(json, "asked_by",
			    *kill->asked_by ? kill->asked_by : NULL);
		json_int(json, "order", kill->order);
		json_end_object(json);
	}
	json_end_array(json);
	json_int(json, "reports", (int64_t)run->nr_reports);
}

static void json_locks(struct json *json, const struct run_data *run)
{
	size_t i;

	json_begin_array(json, "locks");
	for (i = 0; i < run->nr_locks; i++) {
		const struct run_lock *lock = &run->lock[i];

		json_begin_object(json, NULL);
		json_string(json, "name", lock->name);
		json_int(json, "taken", (int64_t)lock->taken);
		json_int(json, "waited", (int64_t)lock->waited);
		json_int(json, "held_ns", (int64_t)lock->held_ns);
		json_int(json, "wait_ns", (int64_t)lock->wait_ns);
		json_int(json, "longest_wait_ns",
			 (int64_t)lock->longest_wait_ns);
		json_end_object(json);
	}
	json_end_array(json);
}

void summary_pressure_json(const struct run_data *run, struct json *json)
{
	size_t i;

	json_begin_object(json, "time");
	for (i = 0; i < NR_RUN_TIMES; i++)
		json_int(json, run_time_names[i], (int64_t)run->time_ns[i]);
	json_end_object(json);
	json_worst(json, &run->worst);
	json_begin_object(json, "pressure");
	for (i = 0; i < NR_RUN_PRESSURE; i++)
		json_int(json, run_pressure_names[i],
			 (int64_t)run->pressure[i]);
	json_end_object(json);
	json_kills(json, run);
	json_locks(json, run);
}
