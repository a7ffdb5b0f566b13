/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_RECORD_STATS_ROWS_H
#define KMEMSIM_RESULTS_RECORD_STATS_ROWS_H

/*
 * The statistics of a run as rows of op_stats, failure_stats,
 * latency_histogram and lock_stats, written once, at its end. Internal to
 * results/.
 */

#include "results/database/database.h"
#include "results/text/gfp_texts.h"
#include "results/record/op_stats.h"
#include "results/record/rows.h"
#include "sim/sink.h"

/*
 * Room for the rows of latency_histogram, by far the most, is the caller's:
 * `latencies`, zeroed, to be released once the transaction is over.
 */
int stats_rows_write(const struct database *database,
		     const struct op_stats *stats, struct gfp_texts *texts,
		     const struct run_totals *totals, struct rows *latencies,
		     struct errors *errors);

#endif
