/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_COMPARE_COMPARE_METRICS_H
#define KMEMSIM_RESULTS_COMPARE_COMPARE_METRICS_H

/*
 * The numbers of several runs beside each other, as one list that text, JSON,
 * CSV and thresholds all read. Internal to results/.
 */

#include "results/compare/metric_families.h"
#include "results/summary/run_data.h"

/* When a metric is shown. */
enum metric_level {
	LEVEL_KEY,     /* always */
	LEVEL_CHANGED, /* where runs differ in it */
	LEVEL_DETAIL,  /* who asks for everything */
};

struct metric {
	const struct metric_family *family;
	enum metric_level level;
	const char *label[METRIC_LABELS_MAX]; /* NULL: no more labels */
	size_t nr_labels;
	const char *name; /* "unusable[9, 0/Normal]"; unique */
	double *value;	  /* [nr_runs]; NaN: the run has no such thing */
};

struct metrics {
	struct metric *metric; /* by group, family, labels */
	size_t nr;
	size_t nr_runs;
	size_t next;	     /* where the next one is likely to be found */
	struct arena *arena; /* owns all of it */
	bool failed;	     /* the host has no memory left */
};

/* -1 where the host has no memory left. */
int metrics_init(struct metrics *metrics, size_t nr_runs);

/* Adds what run number `run` came to. */
void metrics_add(struct metrics *metrics, size_t run,
		 const struct run_data *data);

/* Brings them into their order; -1 where memory was short meanwhile. */
int metrics_finish(struct metrics *metrics);

/* NULL: there is none of that name. */
const struct metric *metrics_find(const struct metrics *metrics,
				  const char *name);

void metrics_release(struct metrics *metrics);

#endif
