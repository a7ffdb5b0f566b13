/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_FIT_SHAPE_H
#define KMEMSIM_WORKLOADS_IMPORT_FIT_SHAPE_H

/* Which distribution numbers may have come from. */

#include <stddef.h>
#include <stdint.h>

enum shape_kind {
	SHAPE_CONSTANT,
	SHAPE_EXPONENTIAL,
	SHAPE_LOGNORMAL,
	SHAPE_PARETO,
	SHAPE_QUANTILES,
	NR_SHAPES
};
extern const char *const shape_names[NR_SHAPES];

#define SHAPE_QUANTILES_MAX 33

struct shape {
	enum shape_kind kind;
	double a; /* the value; mean; median; min */
	double b; /* sigma; alpha */
	uint64_t quantile[SHAPE_QUANTILES_MAX];
	size_t nr_quantiles;
	double distance; /* Kolmogorov-Smirnov's, to the numbers */
};

/* `value` is sorted, `nr` not 0. */
void shape_fit(struct shape *shape, const uint64_t *value, size_t nr);

/* The quantiles of sorted values, `nr_quantiles` of them, ends included. */
void shape_quantiles(const uint64_t *value, size_t nr, uint64_t *quantile,
		     size_t nr_quantiles);

/* Distance of sorted values from being even between `from` and `to`. */
double shape_distance_to_even(const uint64_t *value, size_t nr, uint64_t from,
			      uint64_t to);

#endif
