/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_COMPARE_H
#define KMEMSIM_RESULTS_COMPARE_H

/*
 * Runs side by side: what differs between their configs, how they came out,
 * failures by reason, latencies, waiting and memory pressure, memory given
 * beyond what was asked, and fragmentation at the last sample that all of them
 * have. Each run but the first with its difference to the first.
 */

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/error.h"
#include "sim/base/text.h"

#define COMPARE_RUNS_MAX 16

struct compare_options {
	const char *const *databases; /* 2 … COMPARE_RUNS_MAX */
	size_t nr_databases;
	const char *label; /* of the sample to compare; NULL: choose */
	bool json;
};

/*
 * Appends to `out`. -1 with an error added: a database that can't be read, a
 * label that a run does not have.
 */
int compare_databases(const struct compare_options *options, struct text *out,
		      struct errors *errors);

#endif
