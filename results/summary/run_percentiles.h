/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_SUMMARY_RUN_PERCENTILES_H
#define KMEMSIM_RESULTS_SUMMARY_RUN_PERCENTILES_H

/*
 * Latencies by operation and path, from a run's database or its recorder.
 * Internal to results/.
 */

#include "results/record/op_stats.h"
#include "results/summary/run_data.h"

/*
 * Sets data->latency, all but max_ns, and p50_ns to p999_ns of data->op[]; 0
 * where nothing was counted.
 */
int run_percentiles_load(struct run_data *data, const struct database *database,
			 struct errors *errors);

/* The same from what the database's rows were made of. */
int run_percentiles_of(struct run_data *data, const struct op_stats *stats,
		       struct errors *errors);

#endif
