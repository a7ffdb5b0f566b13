/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_COMPARE_COMPARE_H
#define KMEMSIM_RESULTS_COMPARE_COMPARE_H

/*
 * Runs side by side: what differs between their configs, and everything that
 * can be measured of them (results/compare/metric_families.h), with the
 * difference of each to the first, and, over seeds, how sure that difference
 * is.
 *
 * What is compared is called a contestant: one config with one workload, run
 * once or with several seeds.
 */

#include <stdbool.h>
#include <stddef.h>

#include "results/summary/run_data.h"
#include "results/compare/verdicts.h"
#include "sim/base/error.h"
#include "sim/base/text.h"

#define COMPARE_CONTESTANTS_MAX 16
#define COMPARE_RUNS_MAX 10000

enum compare_format { COMPARE_TEXT, COMPARE_JSON, COMPARE_CSV };

/* Which lines of the text. */
enum compare_lines {
	COMPARE_LINES_USUAL,   /* what matters always, and what differs */
	COMPARE_LINES_CHANGED, /* what differs, only */
	COMPARE_LINES_ALL,
};

struct compare_options {
	/*
	 * Contestant after contestant, each with its seeds in the same order;
	 * "PATH#N" is one run of several in a database.
	 */
	const char *const *databases;
	size_t nr_databases;
	/*
	 * What the first `nr_ready` came to, where that is at hand: each the
	 * one run in its database, as recorder_run_data() gave it; an empty one
	 * is read back.
	 */
	const struct run_data *ready;
	size_t nr_ready;
	/*
	 * How many runs each contestant has. 0: to be seen from the runs,
	 * and databases may hold several.
	 */
	size_t nr_seeds;
	const char *label;    /* of the sample to compare; NULL: choose */
	const char *workload; /* a title, where there are several; NULL */
	enum compare_format format;
	enum compare_lines lines;
	size_t at_once; /* runs read at a time; 0: one per CPU of the host */
	size_t width;	/* of the text, in columns; 0: 80 */
	const struct threshold *thresholds;
	size_t nr_thresholds;
	bool is_scratch; /* the databases' folder will be gone */
	bool no_head;	 /* CSV goes on below what was written before */
};

struct compare_result {
	struct verdicts verdicts; /* lines for stderr */
	/* Each contestant's first run, as databases are named: to be drawn. */
	char *first_run[COMPARE_CONTESTANTS_MAX];
	size_t nr_contestants;
};

/*
 * Appends to `out`; release the zeroed result in any case. -1 with an error
 * added: a database that can't be read, a label that a run does not have, too
 * few or too many contestants, a threshold on what no run has.
 */
int compare_databases(const struct compare_options *options, struct text *out,
		      struct compare_result *result, struct errors *errors);
void compare_result_release(struct compare_result *result);

#endif
