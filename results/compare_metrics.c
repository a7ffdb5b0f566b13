/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Puts the runs' numbers side by side. Runs need not have the same things: an
 * operation, a reason or a zone that only one of them has is a line of its
 * own, with nothing for the others. Counts of failures and of what was done
 * when memory was short are the exception: what did not happen, happened 0
 * times, and what happened in no run is no line.
 */

#define _GNU_SOURCE

#include "results/compare_metrics.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define WHAT_MAX 160

/* What a run that does not have it has of it. */
static double nothing_of(enum metric_section section)
{
	return section == SECTION_FAILURES || section == SECTION_PRESSURE ? 0 :
									    NAN;
}

/* The line for a thing, made when a run first has it. */
static struct metric *need_metric(struct metrics *metrics,
				  enum metric_section section,
				  enum metric_unit unit, const char *what)
{
	struct metric *metric = metrics->metric;
	struct metric *grown;
	size_t i;

	for (i = 0; i < metrics->nr; i++)
		if (metric[i].section == section &&
		    !strcmp(metric[i].what, what))
			return &metric[i];
	grown = host_grow(metric, &metrics->capacity, metrics->nr + 1,
			  sizeof(*grown));
	if (!grown)
		return NULL;
	metrics->metric = grown;
	metric = &grown[metrics->nr];
	metric->section = section;
	metric->unit = unit;
	metric->what = arena_strndup(metrics->arena, what, strlen(what));
	if (!metric->what)
		return NULL;
	for (i = 0; i < COMPARE_RUNS_MAX; i++)
		metric->value[i] = nothing_of(section);
	metrics->nr++;
	return metric;
}

/* Adds to what the run has there already. */
__attribute__((format(printf, 6, 7))) static void
put(struct metrics *metrics, size_t run, enum metric_section section,
    enum metric_unit unit, double value, const char *format, ...)
{
	char what[WHAT_MAX];
	struct metric *metric;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	metric = need_metric(metrics, section, unit, what);
	if (!metric)
		metrics->failed = true;
	else if (isnan(metric->value[run]))
		metric->value[run] = value;
	else
		metric->value[run] += value;
}

static void put_outcome(struct metrics *metrics, size_t n,
			const struct run_data *run)
{
	const struct {
		const char *what;
		uint64_t count;
	} counts[] = {
		{ "operations", run->ops },
		{ "failed", run->failed },
		{ "skipped", run->skipped },
		{ "violations", run->violations },
	};
	size_t i;

	for (i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		put(metrics, n, SECTION_OUTCOME, METRIC_COUNT,
		    (double)counts[i].count, "%s", counts[i].what);
	put(metrics, n, SECTION_OUTCOME, METRIC_NS, (double)run->sim_ns,
	    "simulated time");
}

static void put_failures(struct metrics *metrics, size_t n,
			 const struct run_data *run)
{
	size_t i;

	for (i = 0; i < run->nr_failures; i++) {
		const struct run_failure *failure = &run->failure[i];

		if (failure->order >= 0)
			put(metrics, n, SECTION_FAILURES, METRIC_COUNT,
			    (double)failure->count, "%s, %s, order %d",
			    failure->reason, failure->op, failure->order);
		else
			put(metrics, n, SECTION_FAILURES, METRIC_COUNT,
			    (double)failure->count, "%s, %s", failure->reason,
			    failure->op);
	}
}

static void put_latencies(struct metrics *metrics, size_t n,
			  const struct run_op *op)
{
	const struct {
		const char *what;
		uint64_t ns;
	} latencies[] = {
		{ "p50", op->p50_ns }, { "p90", op->p90_ns },
		{ "p99", op->p99_ns }, { "p99.9", op->p999_ns },
		{ "max", op->max_ns },
	};
	size_t i;

	for (i = 0; i < sizeof(latencies) / sizeof(latencies[0]); i++)
		put(metrics, n, SECTION_LATENCY, METRIC_NS,
		    (double)latencies[i].ns, "%s %s", op->op,
		    latencies[i].what);
}

/* 0 is not told of: the others' lines say so where they have it. */
static void put_pressure_of(struct metrics *metrics, size_t n,
			    enum metric_unit unit, uint64_t value,
			    const char *what, const char *more)
{
	if (value)
		put(metrics, n, SECTION_PRESSURE, unit, (double)value, "%s%s",
		    what, more);
}

static void put_pressure(struct metrics *metrics, size_t n,
			 const struct run_data *run)
{
	static const char *const whats[NR_RUN_PRESSURE] = {
		[PRESSURE_STALLS] = "stalls in direct reclaim",
		[PRESSURE_KSWAPD_RUNS] = "runs of kswapd",
		[PRESSURE_SCANNED_DIRECT] = "pages scanned directly",
		[PRESSURE_SCANNED_KSWAPD] = "pages scanned by kswapd",
		[PRESSURE_RECLAIMED_DIRECT] = "pages reclaimed directly",
		[PRESSURE_RECLAIMED_KSWAPD] = "pages reclaimed by kswapd",
		[PRESSURE_SWAPPED_IN] = "pages swapped in",
		[PRESSURE_SWAPPED_OUT] = "pages swapped out",
		[PRESSURE_COMPACT_STALLS] = "stalls in direct compaction",
		[PRESSURE_COMPACT_SUCCESS] = "compactions that worked",
		[PRESSURE_COMPACT_FAIL] = "compactions that failed",
		[PRESSURE_KCOMPACTD_WAKES] = "wakes of kcompactd",
		[PRESSURE_MIGRATED] = "pages migrated",
		[PRESSURE_MIGRATE_FAILED] = "pages that could not be migrated",
		[PRESSURE_OOM_KILLS] = "tasks killed",
	};
	static const char *const times[NR_RUN_TIMES] = {
		[TIME_RUNNING] = "calls ran",
		[TIME_CPU_WAIT] = "calls waited for a CPU",
		[TIME_LOCK_WAIT] = "calls waited for locks",
		[TIME_SLEEP] = "calls slept",
	};
	size_t i;

	for (i = 0; i < NR_RUN_TIMES; i++)
		put_pressure_of(metrics, n, METRIC_NS, run->time_ns[i],
				times[i], "");
	for (i = 0; i < run->nr_locks; i++)
		put_pressure_of(metrics, n, METRIC_NS, run->lock[i].wait_ns,
				"waited for lock ", run->lock[i].name);
	for (i = 0; i < NR_RUN_PRESSURE; i++)
		put_pressure_of(metrics, n, METRIC_COUNT, run->pressure[i],
				whats[i], "");
}

static void put_memory(struct metrics *metrics, size_t n,
		       const struct run_op *op)
{
	double asked = (double)op->requested_bytes;
	double given = (double)op->granted_bytes;

	if (!op->requested_bytes)
		return;
	put(metrics, n, SECTION_MEMORY, METRIC_BYTES, asked, "%s asked",
	    op->op);
	put(metrics, n, SECTION_MEMORY, METRIC_BYTES, given, "%s given",
	    op->op);
	put(metrics, n, SECTION_MEMORY, METRIC_PERCENT,
	    100 * (given / asked - 1), "%s given beyond", op->op);
}

static void put_zones(struct metrics *metrics, size_t n,
		      const struct run_data *run)
{
	unsigned int order;
	size_t i;

	for (i = 0; i < run->nr_zones; i++) {
		const struct run_zone *zone = &run->zone[i];

		put(metrics, n, SECTION_FRAGMENTATION, METRIC_BYTES,
		    (double)(zone->free_pages * run->page_size),
		    "node %d %s, free", zone->node, zone->zone);
		for (order = 1; order < run->nr_orders; order++)
			put(metrics, n, SECTION_FRAGMENTATION, METRIC_PERCENT,
			    zone->unusable[order] / 10.0,
			    "node %d %s, order %u", zone->node, zone->zone,
			    order);
	}
}

static void put_run(struct metrics *metrics, size_t n,
		    const struct run_data *run)
{
	size_t i;

	put_outcome(metrics, n, run);
	put_failures(metrics, n, run);
	put_pressure(metrics, n, run);
	for (i = 0; i < run->nr_ops; i++) {
		if (run->op[i].count)
			put_latencies(metrics, n, &run->op[i]);
		put_memory(metrics, n, &run->op[i]);
	}
	put_zones(metrics, n, run);
}

int metrics_collect(struct metrics *metrics, const struct run_data *run,
		    size_t nr_runs)
{
	size_t n;

	memset(metrics, 0, sizeof(*metrics));
	metrics->nr_runs = nr_runs;
	metrics->arena = arena_new();
	if (!metrics->arena)
		return -1;
	for (n = 0; n < nr_runs; n++)
		put_run(metrics, n, &run[n]);
	return metrics->failed ? -1 : 0;
}

void metrics_release(struct metrics *metrics)
{
	free(metrics->metric);
	arena_free(metrics->arena);
	memset(metrics, 0, sizeof(*metrics));
}
