/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_COMPARE_METRICS_H
#define KMEMSIM_RESULTS_COMPARE_METRICS_H

/*
 * What is compared between runs, as one list of numbers that text and JSON
 * are both written from. Internal to results/.
 */

#include "results/compare.h"
#include "results/run_data.h"

enum metric_section {
	SECTION_OUTCOME,
	SECTION_FAILURES,
	SECTION_LATENCY,
	SECTION_PRESSURE,
	SECTION_MEMORY,
	SECTION_FRAGMENTATION,
	NR_METRIC_SECTIONS
};

enum metric_unit { METRIC_COUNT, METRIC_NS, METRIC_BYTES, METRIC_PERCENT };

struct metric {
	enum metric_section section;
	enum metric_unit unit;
	const char *what;		/* unique within its section */
	double value[COMPARE_RUNS_MAX]; /* NaN: the run has no such thing */
};

struct metrics {
	struct metric *metric; /* by section; owned by the arena */
	size_t nr;
	size_t capacity;
	size_t nr_runs;
	struct arena *arena; /* owned */
	bool failed;	     /* the host has no memory left */
};

/* Collects from all runs. -1 where the host has no memory left. */
int metrics_collect(struct metrics *metrics, const struct run_data *run,
		    size_t nr_runs);
void metrics_release(struct metrics *metrics);

#endif
