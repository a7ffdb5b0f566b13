/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_SWEEP_SWEEP_FILE_H
#define KMEMSIM_RESULTS_SWEEP_SWEEP_FILE_H

/*
 * A sweep read back from its folder: which points there are, and where their
 * databases lie. Internal to results/.
 */

#include "results/sweep/sweep_index.h"
#include "sim/base/error.h"
#include "sim/base/host.h"

struct sweep_file {
	char *path; /* of sweep.csv; owned */
	struct sweep_table table;
	struct arena *arena; /* owns the table's rows and names */
};

/*
 * Reads FOLDER/sweep.csv, or the sweep.csv itself. `only`: "AXIS=VALUE" each,
 * which leaves out the rows that have another value there; several of one axis
 * are values that a row may have. -1 with errors
 * added; release in any case.
 */
int sweep_file_read(struct sweep_file *file, const char *path,
		    const char *const *only, size_t nr_only,
		    struct errors *errors);
void sweep_file_release(struct sweep_file *file);

/* Is it a folder with a sweep.csv, or a file of that name? */
bool sweep_file_is_there(const char *path);

/*
 * The number of an axis, by its path or what stands behind its last point; or
 * nr_axes with an error added, about `option`.
 */
size_t sweep_axis_find(const struct sweep_table *table, const char *option,
		       const char *name, size_t length, struct errors *errors);

#endif
