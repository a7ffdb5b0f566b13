/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_CLI_COMPARE_RUNS_H
#define KMEMSIM_CLI_COMPARE_RUNS_H

/*
 * The runs that `kmemsim compare` makes: each config with each workload and
 * seed. Used by cli/compare.c alone.
 */

#include <limits.h>

#include "cli/batch.h"
#include "cli/cli.h"
#include "cli/fail_if.h"
#include "results/compare/compare.h"

/* What the command line asks for, and the runs made for it. */
struct comparison {
	struct words configs;
	struct words workloads;
	struct words sets;
	struct fail_if fail_if;
	const char *output;
	const char *label;
	const char *seeds;
	const char *jobs;
	bool json, csv, all, changed;

	struct simulation simulation; /* what is alike for all runs */
	size_t at_once;
	uint64_t first_seed;
	size_t nr_seeds;  /* 0: databases say it */
	bool joins;	  /* the output is one database */
	bool sets_last;	  /* --set is of the last config alone */
	char **databases; /* owned, of runs made here */
	size_t nr_databases;
	/* A folder for runs that nobody keeps; "": none. */
	char scratch[PATH_MAX];
	/* What the first of them came to, where they were made here; owned. */
	struct run_data *ready;
	size_t nr_ready;
	bool any_crossed;
};

/* The output folder, or one for scratch; an exit status. */
int compare_make_folder(struct comparison *comparison);

/*
 * Makes all runs; databases[] then names them, workload after workload, in
 * these config after config, in these seed after seed. An exit status, with
 * the reason on stderr.
 */
int compare_make_runs(struct comparison *comparison);

/* Removes what nobody keeps. */
void compare_forget_runs(struct comparison *comparison);

#endif
