/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fits distributions to numbers: each by its maximum likelihood, and the one
 * is taken that lies nearest,
 *
 *	exponential  mean = average
 *	lognormal    ln median, sigma = average and deviation of the logarithms
 *	pareto       min = the least, 1 / alpha = average of ln(x / min)
 *
 *	  1 |        ___--           distance (Kolmogorov-Smirnov): the largest
 *	    |    ..-´  } distance    difference between the share of numbers up
 *	    |  .´ _--                to x and what the distribution says of it
 *	  0 +--------------- x
 *
 * Where none is within NEAR, the numbers' own quantiles are. Floating point
 * is fine here: what is fitted is written out and then read as it is written.
 */
#include "workloads/import/fit_shape.h"

#include <math.h>

#define NEAR 0.05

const char *const shape_names[NR_SHAPES] = {
	[SHAPE_CONSTANT] = "constant",	 [SHAPE_EXPONENTIAL] = "exponential",
	[SHAPE_LOGNORMAL] = "lognormal", [SHAPE_PARETO] = "pareto",
	[SHAPE_QUANTILES] = "quantiles",
};

/* The share of the distribution up to x. */
static double share_up_to(const struct shape *shape, double x)
{
	size_t i;

	switch (shape->kind) {
	case SHAPE_CONSTANT:
		return x >= shape->a;
	case SHAPE_EXPONENTIAL:
		return 1 - exp(-x / shape->a);
	case SHAPE_LOGNORMAL:
		return 0.5 * erfc(log(shape->a / fmax(x, 0.5)) /
				  (shape->b * sqrt(2)));
	case SHAPE_PARETO:
		return x < shape->a ? 0 : 1 - pow(shape->a / x, shape->b);
	default:
		break;
	}
	for (i = 0; i + 1 < shape->nr_quantiles; i++) {
		double from = (double)shape->quantile[i];
		double to = (double)shape->quantile[i + 1];

		if (x < to)
			return (i + fmax(0, x - from) / (to - from)) /
			       (double)(shape->nr_quantiles - 1);
	}
	return 1;
}

/* At each number the share jumps, from i / nr to as many as are up to it. */
static double distance_of(const struct shape *shape, const uint64_t *value,
			  size_t nr)
{
	double most = 0;

	for (size_t i = 0, next; i < nr; i = next) {
		double share = share_up_to(shape, (double)value[i]);
		double before = share_up_to(shape, (double)value[i] - 1);

		for (next = i + 1; next < nr && value[next] == value[i];)
			next++;
		most = fmax(most, fabs(share - (double)next / (double)nr));
		most = fmax(most, fabs(before - (double)i / (double)nr));
	}
	return most;
}

void shape_quantiles(const uint64_t *value, size_t nr, uint64_t *quantile,
		     size_t nr_quantiles)
{
	for (size_t i = 0; i < nr_quantiles; i++)
		quantile[i] = value[i * (nr - 1) / (nr_quantiles - 1)];
}

double shape_distance_to_even(const uint64_t *value, size_t nr, uint64_t from,
			      uint64_t to)
{
	struct shape even = { .kind = SHAPE_QUANTILES,
			      .quantile = { from, to },
			      .nr_quantiles = 2 };

	return distance_of(&even, value, nr);
}

static void fit_moments(struct shape shapes[NR_SHAPES], const uint64_t *value,
			size_t nr)
{
	double sum = 0, logs = 0, squares = 0, n = (double)nr;
	double least = fmax(1, (double)value[0]);

	for (size_t i = 0; i < nr; i++) {
		double x = fmax(1, (double)value[i]);

		sum += x;
		logs += log(x);
		squares += log(x) * log(x);
	}
	shapes[SHAPE_EXPONENTIAL].a = sum / n;
	shapes[SHAPE_LOGNORMAL].a = exp(logs / n);
	shapes[SHAPE_LOGNORMAL].b =
		sqrt(fmax(1e-6, squares / n - logs / n * logs / n));
	shapes[SHAPE_PARETO].a = least;
	shapes[SHAPE_PARETO].b = n / fmax(1e-9, logs - n * log(least));
}

/* Only what the format of workloads can say. */
static int is_in_range(const struct shape *shape)
{
	if (shape->kind == SHAPE_LOGNORMAL)
		return shape->b <= 10 && shape->a >= 1;
	if (shape->kind == SHAPE_PARETO)
		return shape->b >= 0.05 && shape->b <= 1000;
	return 1;
}

void shape_fit(struct shape *shape, const uint64_t *value, size_t nr)
{
	struct shape shapes[NR_SHAPES] = { 0 };
	struct shape *own = &shapes[SHAPE_QUANTILES];

	if (value[0] == value[nr - 1]) {
		*shape = (struct shape){ .kind = SHAPE_CONSTANT,
					 .a = (double)value[0] };
		return;
	}
	fit_moments(shapes, value, nr);
	own->nr_quantiles = nr < SHAPE_QUANTILES_MAX ? nr : SHAPE_QUANTILES_MAX;
	shape_quantiles(value, nr, own->quantile, own->nr_quantiles);
	own->kind = SHAPE_QUANTILES;
	own->distance = distance_of(own, value, nr);
	*shape = *own;
	for (int i = SHAPE_EXPONENTIAL; i < SHAPE_QUANTILES; i++) {
		shapes[i].kind = (enum shape_kind)i;
		shapes[i].distance = distance_of(&shapes[i], value, nr);
		if (is_in_range(&shapes[i]) && shapes[i].distance < NEAR &&
		    (shape->kind == SHAPE_QUANTILES ||
		     shapes[i].distance < shape->distance))
			*shape = shapes[i];
	}
}
