/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_RECORD_RUN_ROW_H
#define KMEMSIM_RESULTS_RECORD_RUN_ROW_H

/* What a database says about its run. Internal to results/. */

#include "results/database/database.h"
#include "results/record/recorder.h"

/* The run, as one that was interrupted before its first operation. */
int run_row_insert(const struct database *database,
		   const struct recorder_options *options,
		   const struct memory *memory, struct errors *errors);

/* How far the run has come; and, where it has ended, how. */
int run_row_update(const struct database *database,
		   const struct run_totals *totals, bool ended,
		   struct errors *errors);

/* It failed, and this is as far as its rows go. */
int run_row_fail(const struct database *database, double wall_s,
		 struct errors *errors);

#endif
