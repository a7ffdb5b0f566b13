/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_SWEEP_SWEEP_INDEX_H
#define KMEMSIM_RESULTS_SWEEP_SWEEP_INDEX_H

/*
 * What a sweep came to: its points with their axes and main metrics, as CSV
 * (DIR/sweep.csv), as JSON, and, with means over seeds, as CSV (DIR/means.csv)
 * and as a table for people.
 */

#include <stdbool.h>
#include <stddef.h>

#include "results/compare/metric_families.h"
#include "results/compare/verdicts.h"
#include "results/summary/run_data.h"
#include "sim/base/error.h"
#include "sim/base/text.h"

struct sweep_row {
	const char *name;	  /* of the point */
	const char *database;	  /* its path */
	const char *const *value; /* by axis */
	bool was_there;		  /* not run again */
	/* What it came to; NULL, or empty: to be read from its database. */
	const struct run_data *ready;
};

struct sweep_table {
	const char *const *axis;       /* paths */
	const char *const *short_axis; /* heads for people */
	size_t nr_axes;
	size_t seed_axis; /* nr_axes: there is none */
	const struct sweep_row *row;
	size_t nr_rows;
	/* In the table in place of the most telling ones; none: those. */
	const struct named_metric *asked;
	size_t nr_asked;
	/* Held against each point, in the mean over its seeds. */
	const struct threshold *thresholds;
	size_t nr_thresholds;
};

enum sweep_format {
	SWEEP_CSV,
	SWEEP_MEANS,
	SWEEP_JSON,
	SWEEP_TEXT,
	NR_SWEEP_FORMATS
};

/*
 * Reads each point's run and appends the formats to `out`. A point that has no
 * run yet has a row without numbers. -1 with an error added: the host has no
 * memory, or a threshold is on what no run has: then the formats are there,
 * too.
 */
int sweep_index(const struct sweep_table *table, size_t width,
		struct text out[NR_SWEEP_FORMATS], struct verdicts *verdicts,
		struct errors *errors);

#endif
