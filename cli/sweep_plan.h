/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_CLI_SWEEP_PLAN_H
#define KMEMSIM_CLI_SWEEP_PLAN_H

/*
 * A sweep that is sound: every config that its points make loads, and every
 * workload can be read.
 */

#include "configs/sweep.h"
#include "workloads/file_sha256.h"

struct plan_point {
	size_t number;		 /* in the grid */
	char *name;		 /* owned */
	const char *config_text; /* effective; of the plan */
	const char *sha256;	 /* of its workload; of the plan */
	uint64_t seed;
};

struct sweep_plan {
	struct sweep *sweep;
	struct plan_point *point; /* those that are not excluded */
	size_t nr;
	char **config_text; /* by combination of config and settings */
	size_t nr_configs;
	char (*sha256)[SHA256_TEXT_MAX]; /* by workload */
	bool *noted;	   /* by axis and config: it is in the notes */
	struct text notes; /* on axes that change nothing, a line each */
};

/*
 * Reads the sweep and everything that it names. -1 with errors added, all that
 * there are, each once. Release in any case.
 */
int sweep_plan_make(struct sweep_plan *plan, const char *path,
		    struct errors *errors);
void sweep_plan_release(struct sweep_plan *plan);

#endif
