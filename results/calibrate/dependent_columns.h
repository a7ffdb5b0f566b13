/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_CALIBRATE_DEPENDENT_COLUMNS_H
#define KMEMSIM_RESULTS_CALIBRATE_DEPENDENT_COLUMNS_H

/*
 * Which columns of a table are made up of others. Internal to results/: the
 * fit asks, so that it never guesses how to share out what it can't know.
 */

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/error.h"

/*
 * `x` has nr_rows rows of nr_columns values ≥ 0, row by row; `scale` has a
 * factor > 0 for each row, which evens out large and small ones.
 *
 * Sets left_out[j] for each column without which the others still make up
 * the same, and share[j * nr_columns + k] to how many times column k is in it.
 * A column of zeros is left out too, its shares 0. 0; -1 with an error added.
 */
int dependent_columns(const double *x, const double *scale, size_t nr_rows,
		      size_t nr_columns, bool *left_out, double *share,
		      struct errors *errors);

#endif
