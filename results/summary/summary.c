/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The summary of a run. Its text is for a screen of 80 columns: the unusable
 * index is shown for the orders that say most (1, 3, 5, 7, 9 and 10, as far
 * as the machine has them, and those that failed) and the commonest failures,
 * broken rules and reasons to skip a call; JSON has all.
 */

#include "results/summary/summary.h"

#include <inttypes.h>

#include "results/text/json.h"
#include "results/summary/run_data.h"
#include "results/show/show_timeline.h"
#include "results/summary/summary_pressure.h"
#include "results/text/table.h"
#include "sim/base/numbers.h"

#define FAILURES_SHOWN 12
#define COLUMNS 80 /* of a terminal */

#define KINDS_SHOWN 3

/* What was skipped, in words; what never began has a line of its own. */
static const char *const skip_words[NR_SKIP_REASONS] = {
	[SKIP_ALLOC_FAILED] = "frees and uses of what was never given",
	[SKIP_NOT_IN_USE] = "of frames that were not in use",
	[SKIP_BAD_FREE] = "frees of what was not theirs to free",
	[SKIP_BAD_ACCESS] = "uses of what was not the caller's",
	[SKIP_RECLAIMED] = "of what the kernel had taken back",
	[SKIP_TASK_KILLED] = "of tasks that had been killed",
	[SKIP_STILL_WAITING] = "behind calls that never ended",
};

/* The reason that comes next, by how often it was one; SKIP_NONE: none. */
static enum skip_reason next_reason(const struct run_data *run, uint64_t told)
{
	const uint64_t *skipped = run->skipped_by;
	int next = SKIP_NONE;

	for (int reason = 0; reason < NR_SKIP_REASONS; reason++)
		if (skip_words[reason] && !(told >> reason & 1) &&
		    skipped[reason] > (next ? skipped[next] : 0))
			next = reason;
	return (enum skip_reason)next;
}

static void write_skipped(const struct run_data *run, struct text *out)
{
	enum skip_reason reason;
	uint64_t told = 0;

	for (int i = 0; i < KINDS_SHOWN; i++) {
		reason = next_reason(run, told);
		if (!reason)
			break;
		told |= 1ull << reason;
		text_add(out, "  %-10s  %" PRIu64 " %s: %s\n",
			 i ? "" : "skipped", run->skipped_by[reason],
			 skip_reason_names[reason], skip_words[reason]);
	}
}

/* Which rules, and who tells of each time. */
static void write_rules(const struct run_data *run, struct text *out)
{
	if (!run->nr_rules)
		return;
	text_add(out, "  %-10s  ", "broken");
	for (size_t i = 0; i < run->nr_rules && i < KINDS_SHOWN; i++)
		text_add(out, "%s%" PRIu64 " %s", i ? ", " : "",
			 run->rule[i].violations, run->rule[i].rule);
	if (run->nr_rules > KINDS_SHOWN)
		text_add(out, ", … (%zu rules)", run->nr_rules);
	text_add(out, "\n  %-10s  all: ", "");
	if (!*run->path) {
		text_add(out, "kmemsim check, or the database of a run -o\n");
		return;
	}
	text_add(out, "kmemsim export ");
	text_add_visible(out, run->path);
	text_add(out, " --query broken-rules\n");
}

/* The workload's times are not those of the run. */
static void write_overload(const struct run_data *run, struct text *out)
{
	const struct overload *overload = run->overload;
	char mean[NUMBER_TEXT_MAX], most[NUMBER_TEXT_MAX];

	if (!run->nr_overloads)
		return;
	text_add(out, "  %-10s  too much for CPU %u", "load", overload->cpu);
	if (run->nr_overloads > 1)
		text_add(out, " and %zu other%s", run->nr_overloads - 1,
			 plural(run->nr_overloads - 1));
	text_add(out, ": calls %s late on average, %s at most\n",
		 format_ns(overload->late_ns / overload->late_calls, mean),
		 format_ns(overload->latest_ns, most));
}

static void write_head(const struct run_data *run, struct text *out)
{
	char sim[NUMBER_TEXT_MAX];

	text_add_visible(out, run->name);
	text_add(out, ", seed %" PRIu64 ", kmemsim %s\n", run->seed,
		 run->version);
	text_add(out, "  status      %s\n", run->status);
	text_add(out,
		 "  operations  %" PRIu64 " (%" PRIu64 " failed, %" PRIu64
		 " skipped, %" PRIu64 " violation%s)\n",
		 run->ops, run->failed, run->skipped, run->violations,
		 plural(run->violations));
	write_skipped(run, out);
	if (run->not_begun)
		text_add(out,
			 "  not begun   %" PRIu64 " of those skipped, when the "
			 "run was cut short\n",
			 run->not_begun);
	write_rules(run, out);
	text_add(out, "  simulated   %s", format_ns(run->sim_ns, sim));
	if (run->wall_s > 0)
		text_add(out, " in %.2f s (%.0f operations a second)",
			 run->wall_s, (double)run->ops / run->wall_s);
	/* One at the end there always is. */
	if (run->nr_samples > 1)
		text_add(out, "\n  samples     %" PRIu64, run->nr_samples);
	text_add(out, "\n");
	write_overload(run, out);
	text_add(out, "  digest      %s\n", *run->digest ? run->digest : "-");
}

/* What came out otherwise than for the real kernel that was recorded. */
static void write_recorded(const struct run_data *run, struct text *out)
{
	struct recorded_tally tally = run->recorded;

	if (tally.granted) {
		text_add(out, "  recorded    ");
		text_add_counted(out, 0, tally.granted,
				 "call[s] that failed for the real kernel "
				 "[was|were] granted here\n");
		text_add(out,
			 "              (why: kmemsim explain %s --seq %" PRIu64
			 ")\n",
			 *run->path ? run->path : "RUN.db", tally.first_seq);
	}
	if (tally.failed) {
		text_add(out, "  recorded    ");
		text_add_counted(out, 0, tally.failed,
				 "call[s] that the real kernel granted failed "
				 "here\n");
	}
}

/* An operation that gives memory: what was asked for, and what too much. */
static void add_bytes(struct table *table, const struct run_op *op)
{
	char requested[NUMBER_TEXT_MAX];

	if (!op->granted_bytes || !op->requested_bytes)
		return;
	table_add(table, "%s", format_bytes(op->requested_bytes, requested));
	table_add(table, "%+.1f %%",
		  100.0 * ((double)op->granted_bytes /
				   (double)op->requested_bytes -
			   1));
}

/* A run without a cost model has latencies of 0 and nothing to show. */
static bool has_latencies(const struct run_data *run)
{
	size_t i;

	for (i = 0; i < run->nr_ops; i++)
		if (run->op[i].max_ns)
			return true;
	return false;
}

static void add_latencies(struct table *table, const struct run_op *op)
{
	char text[NUMBER_TEXT_MAX];

	table_add(table, "%s", format_ns(op->p50_ns, text));
	table_add(table, "%s", format_ns(op->p99_ns, text));
	table_add(table, "%s", format_ns(op->max_ns, text));
}

static void add_heads(struct table *table, bool latencies)
{
	table_add(table, "operation");
	table_add(table, "count");
	table_add(table, "failed");
	if (latencies) {
		table_add(table, "p50");
		table_add(table, "p99");
		table_add(table, "max");
	}
	table_add(table, "asked");
	table_add(table, "over");
	table_end_row(table);
}

static void write_ops(const struct run_data *run, struct text *out)
{
	bool latencies = has_latencies(run);
	struct table table = TABLE_EMPTY;
	size_t i;

	if (!run->nr_ops)
		return;
	add_heads(&table, latencies);
	for (i = 0; i < run->nr_ops; i++) {
		const struct run_op *op = &run->op[i];

		table_add(&table, "%s", op->op);
		table_add(&table, "%" PRIu64, op->count);
		table_add(&table, "%" PRIu64, op->failed);
		if (latencies)
			add_latencies(&table, op);
		add_bytes(&table, op);
		table_end_row(&table);
	}
	text_add(out, "\n");
	table_write(&table, 2, out);
}

static void write_failures(const struct run_data *run, struct text *out)
{
	struct table table = TABLE_EMPTY;
	size_t i;

	if (!run->nr_failures)
		return;
	text_add(out, "\nfailures\n");
	table_add(&table, "count");
	table_add(&table, "reason");
	table_add(&table, "operation");
	table_add(&table, "order");
	table_add(&table, "context");
	table_add(&table, "gfp");
	table_end_row(&table);
	for (i = 0; i < run->nr_failures && i < FAILURES_SHOWN; i++) {
		const struct run_failure *failure = &run->failure[i];

		table_add(&table, "%" PRIu64, failure->count);
		table_add(&table, "%s", failure->reason);
		table_add(&table, "%s", failure->op);
		if (failure->order >= 0)
			table_add(&table, "%d", failure->order);
		else
			table_add(&table, "-");
		table_add(&table, "%s", failure->ctx);
		table_add(&table, "%s", failure->gfp);
		table_end_row(&table);
	}
	table_write_within(&table, 2, COLUMNS, out);
	if (run->nr_failures > FAILURES_SHOWN)
		text_add(out, "  … and %zu more kind%s: failure_stats\n",
			 run->nr_failures - FAILURES_SHOWN,
			 plural(run->nr_failures - FAILURES_SHOWN));
}

/* What failed matters most; of order 0, no free memory is unusable. */
static bool is_shown(const struct run_data *run, unsigned int order)
{
	return order < run->nr_orders &&
	       (order % 2 || order + 1 == run->nr_orders ||
		(order && run_data_has_failed(run, order)));
}

/* How a share is written, the first that fits. */
static const struct share_form {
	int decimals;
	const char *unit, *title;
} share_forms[] = { { 1, " %", "" }, { 1, "", ", in %" }, { 0, "", ", in %" } };

static void add_zone(struct table *table, const struct run_data *run,
		     const struct run_zone *zone, const struct share_form *form)
{
	char text[NUMBER_TEXT_MAX];

	table_add(table, "%d", zone->node);
	table_add(table, "%s", zone->zone);
	table_add(table, "%s",
		  format_bytes(zone->free_pages * run->page_size, text));
	for (unsigned int order = 0; order < run->nr_orders; order++)
		if (is_shown(run, order))
			table_add(table, "%.*f%s", form->decimals,
				  zone->unusable[order] / 10.0, form->unit);
	table_end_row(table);
}

static void add_zones(struct table *table, const struct run_data *run,
		      const struct share_form *form)
{
	table_add(table, "node");
	table_add(table, "zone");
	table_add(table, "free");
	for (unsigned int order = 0; order < run->nr_orders; order++)
		if (is_shown(run, order))
			table_add(table, "%u", order);
	table_end_row(table);
	for (size_t i = 0; i < run->nr_zones; i++)
		add_zone(table, run, &run->zone[i], form);
}

/* Where many orders failed, less is told of each, so that all fit. */
static void write_zones(const struct run_data *run, struct text *out)
{
	struct table table = TABLE_EMPTY;
	const struct share_form *form = share_forms;

	if (!run->nr_zones)
		return;
	add_zones(&table, run, form);
	while (table_width(&table, 2) > COLUMNS &&
	       form + 1 < share_forms + LENGTH(share_forms)) {
		table_release(&table);
		add_zones(&table, run, ++form);
	}
	text_add(out,
		 "\nfree memory that a request can't use%s, by order, at the "
		 "end\n",
		 form->title);
	table_write(&table, 2, out);
}

static void json_op(struct json *json, const struct run_op *op)
{
	json_begin_object(json, NULL);
	json_string(json, "op", op->op);
	json_int(json, "count", (int64_t)op->count);
	json_int(json, "failed", (int64_t)op->failed);
	json_int(json, "skipped", (int64_t)op->skipped);
	json_int(json, "latency_p50_ns", (int64_t)op->p50_ns);
	json_int(json, "latency_p90_ns", (int64_t)op->p90_ns);
	json_int(json, "latency_p99_ns", (int64_t)op->p99_ns);
	json_int(json, "latency_p999_ns", (int64_t)op->p999_ns);
	json_int(json, "latency_max_ns", (int64_t)op->max_ns);
	json_int(json, "requested_bytes", (int64_t)op->requested_bytes);
	json_int(json, "granted_bytes", (int64_t)op->granted_bytes);
	json_end_object(json);
}

static void json_failure(struct json *json, const struct run_failure *failure)
{
	json_begin_object(json, NULL);
	json_string(json, "op", failure->op);
	json_string(json, "gfp", *failure->gfp ? failure->gfp : NULL);
	json_string(json, "ctx", failure->ctx);
	if (failure->order >= 0)
		json_int(json, "order", failure->order);
	else
		json_null(json, "order");
	json_string(json, "reason", failure->reason);
	json_int(json, "count", (int64_t)failure->count);
	json_end_object(json);
}

static void json_zone(struct json *json, const struct run_zone *zone,
		      unsigned int nr_orders)
{
	unsigned int order;

	json_begin_object(json, NULL);
	json_int(json, "node", zone->node);
	json_string(json, "zone", zone->zone);
	json_int(json, "managed_pages", (int64_t)zone->managed_pages);
	json_int(json, "free_pages", (int64_t)zone->free_pages);
	json_begin_array(json, "nr_free");
	for (order = 0; order < nr_orders; order++)
		json_int(json, NULL, (int64_t)zone->nr_free[order]);
	json_end_array(json);
	json_begin_array(json, "unusable_index");
	for (order = 0; order < nr_orders; order++)
		json_int(json, NULL, zone->unusable[order]);
	json_end_array(json);
	json_begin_array(json, "fragmentation_index");
	for (order = 0; order < nr_orders; order++)
		json_int(json, NULL, zone->extfrag[order]);
	json_end_array(json);
	json_end_object(json);
}

static void json_overload(struct json *json, const struct run_data *run)
{
	const struct overload *overload = run->overload;

	if (!run->nr_overloads) {
		json_null(json, "overload");
		return;
	}
	json_begin_object(json, "overload");
	json_int(json, "cpus", (int64_t)run->nr_overloads);
	json_int(json, "cpu", overload->cpu);
	json_int(json, "late_calls", (int64_t)overload->late_calls);
	json_int(json, "late_mean_ns",
		 (int64_t)(overload->late_ns / overload->late_calls));
	json_int(json, "late_max_ns", (int64_t)overload->latest_ns);
	json_end_object(json);
}

/* By the reasons' names; and the rules, by theirs. */
static void json_kinds(struct json *json, const struct run_data *run)
{
	json_begin_object(json, "skipped_by_reason");
	for (int reason = 1; reason < NR_SKIP_REASONS; reason++)
		if (run->skipped_by[reason])
			json_int(json, skip_reason_names[reason],
				 (int64_t)run->skipped_by[reason]);
	json_end_object(json);
	json_begin_object(json, "violations_by_rule");
	for (size_t i = 0; i < run->nr_rules; i++)
		json_int(json, run->rule[i].rule,
			 (int64_t)run->rule[i].violations);
	json_end_object(json);
}

static void json_head(struct json *json, const struct run_data *run)
{
	json_string(json, "name", run->name);
	json_string(json, "config", run->config_name);
	json_string(json, "workload", run->workload_name);
	json_string(json, "database", *run->path ? run->path : NULL);
	json_string(json, "version", run->version);
	json_int(json, "seed", (int64_t)run->seed);
	json_string(json, "status", run->status);
	json_int(json, "ops", (int64_t)run->ops);
	json_int(json, "failed", (int64_t)run->failed);
	json_int(json, "skipped", (int64_t)run->skipped);
	json_int(json, "not_begun", (int64_t)run->not_begun);
	json_int(json, "violations", (int64_t)run->violations);
	json_kinds(json, run);
	json_overload(json, run);
	json_int(json, "recorded_failed_granted",
		 (int64_t)run->recorded.granted);
	json_int(json, "recorded_granted_failed",
		 (int64_t)run->recorded.failed);
	json_int(json, "sim_ns", (int64_t)run->sim_ns);
	json_int(json, "samples", (int64_t)run->nr_samples);
	json_real(json, "wall_s", run->wall_s, 6);
	json_string(json, "digest", *run->digest ? run->digest : NULL);
}

static void write_text(const struct run_data *run, struct text *out)
{
	write_head(run, out);
	write_recorded(run, out);
	write_ops(run, out);
	summary_pressure(run, out);
	write_failures(run, out);
	write_zones(run, out);
}

static void write_json(const struct run_data *run, struct json *json)
{
	size_t i;

	json_head(json, run);
	json_begin_array(json, "operations");
	for (i = 0; i < run->nr_ops; i++)
		json_op(json, &run->op[i]);
	json_end_array(json);
	summary_pressure_json(run, json);
	json_begin_array(json, "failures");
	for (i = 0; i < run->nr_failures; i++)
		json_failure(json, &run->failure[i]);
	json_end_array(json);
	json_begin_array(json, "zones");
	for (i = 0; i < run->nr_zones; i++)
		json_zone(json, &run->zone[i], run->nr_orders);
	json_end_array(json);
}

static int write_as_text(const struct database *database,
			 const struct run_data *run,
			 const struct timeline_filter *timeline,
			 struct text *out, struct errors *errors)
{
	if (timeline) {
		if (show_timeline(database, timeline, out, errors))
			return -1;
		text_add(out, "\n");
	}
	write_text(run, out);
	return 0;
}

static int write_as_json(const struct database *database,
			 const struct run_data *run,
			 const struct timeline_filter *timeline,
			 struct text *out, struct errors *errors)
{
	struct json json = JSON_TO(out);
	int result = 0;

	json_begin_object(&json, NULL);
	write_json(run, &json);
	if (timeline)
		result = show_timeline_json(database, timeline, &json, errors);
	json_end_object(&json);
	return result;
}

int summary_of_database(const struct database *database,
			const struct op_stats *stats,
			enum summary_format format,
			const struct timeline_filter *timeline,
			struct text *out, struct errors *errors)
{
	struct run_data run;
	int result = run_data_load(&run, database, stats, NULL, errors);

	if (!result && format == SUMMARY_JSON)
		result = write_as_json(database, &run, timeline, out, errors);
	else if (!result)
		result = write_as_text(database, &run, timeline, out, errors);
	run_data_release(&run);
	if (!result && out->failed)
		result = error_host(errors, "summary");
	return result;
}

int summary_of_file(const char *path, enum summary_format format,
		    struct text *out, struct errors *errors)
{
	struct database database;
	int result;

	if (database_open(&database, path, errors))
		return -1;
	result =
		summary_of_database(&database, NULL, format, NULL, out, errors);
	database_close(&database);
	return result;
}
