/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_COMPARE_STUDENT_T_H
#define KMEMSIM_RESULTS_COMPARE_STUDENT_T_H

/*
 * What can be said of a number, or a difference, that was measured a few
 * times: its mean, and how far the true one may be from it. Internal to
 * results/.
 */

#include <stdbool.h>
#include <stddef.h>

/*
 * The quantile of Student's t: what a t of `freedom` (at least 1) degrees of
 * freedom is below with probability p, 0 < p < 1.
 */
double student_t_quantile(double p, double freedom);

/* A mean, and how far the true one may be from it. */
struct interval {
	size_t nr;	   /* numbers that it is of */
	double mean;	   /* NaN: there is none */
	double half_width; /* mean ± this, at 95 %; NaN: fewer than two */
	double low, high;  /* its ends; the same */
};

/* Of what is no NaN. */
void interval_of(const double *value, size_t nr, struct interval *interval);

struct paired {
	size_t nr; /* pairs of which both are numbers */
	double mean_a, mean_b;
	double mean;	   /* of b - a; NaN: there is no pair */
	double half_width; /* mean ± this, at 95 %; NaN: fewer than two pairs */
	/* Two pairs or more, and 0 is outside of the interval. */
	bool excludes_zero;
};

/* From pairs (a[i], b[i]); one that has a NaN is left out. */
void paired_difference(const double *a, const double *b, size_t nr,
		       struct paired *paired);

/* Of what is no NaN; NaN where nothing is. */
double mean_of(const double *value, size_t nr);

#endif
