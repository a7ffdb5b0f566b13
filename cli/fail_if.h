/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_CLI_FAIL_IF_H
#define KMEMSIM_CLI_FAIL_IF_H

/* `--fail-if EXPRESSION`, for the verbs that judge what they print. */

#include "cli/cli.h"
#include "results/compare/thresholds.h"

struct fail_if {
	struct words given;	      /* where the options go */
	struct threshold *thresholds; /* [given.nr] */
};

/*
 * Reads what was given, before anything runs. 0; -1: `list` was asked for, and
 * is printed; else an exit status, with errors on stderr.
 */
int fail_if_read(struct fail_if *fail_if);
void fail_if_release(struct fail_if *fail_if);

#endif
