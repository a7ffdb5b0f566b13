/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_CALIBRATE_LEAST_SQUARES_H
#define KMEMSIM_RESULTS_CALIBRATE_LEAST_SQUARES_H

/*
 * The coefficients, none below zero, that come nearest to what was measured:
 * y ≈ Σ value[j] x[j] in every row, by the relative difference. For tools:
 * it calculates in floating point, so nothing that a run does may rest on it.
 */

#include <stddef.h>

#include "sim/base/error.h"

enum fit_fate {
	FIT_FOUND,
	FIT_AT_ZERO,	    /* it would be best below zero */
	FIT_NOT_EXERCISED,  /* 0 in every row: value is 0 and means nothing */
	FIT_NOT_TOLD_APART, /* made up of others: value is 0, they have it */
};

struct fit_table {
	size_t nr_rows;	     /* > 0 */
	size_t nr_columns;   /* > 0 */
	const double *x;     /* row by row; ≥ 0 */
	const double *y;     /* [row]; > 0 */
	const double *count; /* [row]: how often it was measured; > 0 */
};

struct fit {
	size_t nr_columns;
	double *value;	     /* [column] */
	enum fit_fate *fate; /* [column] */
	/*
	 * [column * nr_columns + k]: a column that can't be told apart is this
	 * many times column k, summed over k. All 0: nearly so, in ways that
	 * rounding hides.
	 */
	double *share;
};

/*
 * Fills *fit, to be released in any case. Rows that are off by more than 5 %
 * count for the less the further off they are, so that a few wild ones (a
 * timer's interrupt within a call) change nothing. 0; -1 with an error added.
 */
int fit_table(struct fit *fit, const struct fit_table *table,
	      struct errors *errors);
void fit_release(struct fit *fit);

#endif
