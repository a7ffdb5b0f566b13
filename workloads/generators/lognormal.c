/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What comes of many factors: its logarithm is normal. median * e^(sigma * Z),
 * Z normal with deviation 1. Its mean is median * e^(sigma^2 / 2).
 */
#include "workloads/generators/distribution.h"
#include "workloads/generators/fixed.h"

#define SIGMA_MAX (10 * FIXED_ONE)

static bool read_lognormal(const struct spec *spec, const struct node *node,
			   const char *key, struct distribution *distribution)
{
	const struct node *median = NULL, *sigma = NULL;
	const struct node *at_least = NULL, *at_most = NULL;
	const struct spec_key keys[] = {
		{ "median", &median, true },
		{ "sigma", &sigma, true },
		{ "at_least", &at_least, false },
		{ "at_most", &at_most, false },
	};

	return spec_keys(spec, node, "lognormal", keys, 4) &&
	       spec_number(spec, median, key, distribution->unit, 1, INT64_MAX,
			   &distribution->a) &&
	       spec_real(spec, sigma, "sigma", 0, SIGMA_MAX,
			 &distribution->b) &&
	       distribution_limits(spec, key, at_least, at_most, distribution);
}

static uint64_t draw_lognormal(const struct distribution *distribution,
			       struct random *random)
{
	__int128 power =
		(__int128)fixed_normal(random) * (int64_t)distribution->b;

	return fixed_scale_exp(distribution->a,
			       (int64_t)(power / (int64_t)FIXED_ONE));
}

const struct distribution_kind lognormal_distribution = {
	.name = "lognormal",
	.read = read_lognormal,
	.draw = draw_lognormal,
};
