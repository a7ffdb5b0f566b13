/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_CLI_BATCH_H
#define KMEMSIM_CLI_BATCH_H

/*
 * Many runs at once, on as many CPUs as there are, with a display of how far
 * they have come.
 */

#include "cli/simulate.h"

#define BATCH_JOBS_MAX 256
/*
 * The results of this many runs are kept, some 30 KiB each; those of later runs
 * are read back from their databases.
 */
#define BATCH_READY_MAX 256

struct batch_job {
	const char *name;	      /* for people */
	struct simulation simulation; /* quiet */
	struct errors errors;	      /* printed and emptied at the end */
};

struct batch {
	const struct verb *verb;
	struct batch_job *job;
	size_t nr;
	size_t at_once;	 /* runs at a time; 0: as many as the host has CPUs */
	bool keep_going; /* a run that fails does not keep others back */
};

/*
 * Runs them all, in their order as far as one at a time can be. Returns the
 * worst exit status of those that ran; EXIT_INTERRUPTED where Ctrl-C came: no
 * further run is begun, and those under way are left as interrupted.
 */
int batch_run(const struct batch *batch);

/* Reads --jobs into *at_once; NULL: leaves it. EXIT_USAGE, or 0. */
int batch_read_jobs(const struct verb *verb, const char *word, size_t *at_once);

/*
 * Reads "N" (1 to N) or "A..B" into *first and *last. Returns 0, or EXIT_USAGE
 * with what is wrong on stderr.
 */
int batch_read_seeds(const struct verb *verb, const char *word, uint64_t *first,
		     uint64_t *last);

#endif
