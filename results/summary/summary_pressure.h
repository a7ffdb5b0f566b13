/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_SUMMARY_SUMMARY_PRESSURE_H
#define KMEMSIM_RESULTS_SUMMARY_SUMMARY_PRESSURE_H

/*
 * The part of a summary that tells where time went and what was done when
 * memory was short. Internal to results/.
 */

#include "results/text/json.h"
#include "results/summary/run_data.h"

void summary_pressure(const struct run_data *run, struct text *out);

/* The same, as members of the object that is under way. */
void summary_pressure_json(const struct run_data *run, struct json *json);

#endif
