/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_CLI_METRIC_NAMES_H
#define KMEMSIM_CLI_METRIC_NAMES_H

/* The values of --metric: names of metrics, as a sweep has them. */

#include "cli/cli.h"
#include "results/compare/thresholds.h"

struct metric_names {
	struct words given;	     /* for the table of options */
	struct threshold *parsed;    /* owned: has the names */
	struct named_metric *metric; /* owned; given.nr of them */
};

/* Reads what was given; 0, or the exit status, with all that is wrong told. */
int metric_names_read(struct metric_names *names);
void metric_names_release(struct metric_names *names);

#endif
