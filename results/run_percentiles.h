/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_RUN_PERCENTILES_H
#define KMEMSIM_RESULTS_RUN_PERCENTILES_H

/*
 * Latencies by operation and path, from a run's database. Internal to
 * results/.
 */

#include "results/run_data.h"

/*
 * Sets data->latency, all but max_ns, and p50_ns to p999_ns of data->op[]; 0
 * where nothing was counted.
 */
int run_percentiles_load(struct run_data *data, const struct database *database,
			 struct errors *errors);

#endif
