/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_DATABASE_OUTPUT_FILE_H
#define KMEMSIM_RESULTS_DATABASE_OUTPUT_FILE_H

/*
 * The place of a run's database: what was there before is moved aside, and
 * comes back if the run is not to be. Internal to results/.
 */

#include <stdio.h>

#include "results/record/recorder.h"

/* Zeroed memory is a place not claimed. */
struct output_file {
	char *path;	/* owned */
	char *previous; /* owned; where the old run is kept meanwhile */
	FILE *held;	/* locked: the new one is nobody else's */
	bool moved;	/* an old run is there */
};

/*
 * Frees the path for a new database. -1 with an error added: refused, or
 * another run is writing there.
 */
int output_file_claim(struct output_file *file, const char *path,
		      struct errors *errors);

/* The new database is good: the old one goes. */
void output_file_keep(struct output_file *file);

/*
 * The new database goes, the old one comes back; an error is added where it
 * can't, and says where it is. The new one must be closed.
 */
void output_file_discard(struct output_file *file, struct errors *errors);

void output_file_release(struct output_file *file);

#endif
