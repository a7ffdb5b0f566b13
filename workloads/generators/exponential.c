/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What does not age: a thing's further life is as long on average whether it
 * is new or old. mean * -ln(U), U uniform in (0, 1).
 */
#include "workloads/generators/distribution.h"
#include "workloads/generators/fixed.h"

static bool read_exponential(const struct spec *spec, const struct node *node,
			     const char *key, struct distribution *distribution)
{
	const struct node *mean = NULL, *at_least = NULL, *at_most = NULL;
	const struct spec_key keys[] = {
		{ "mean", &mean, true },
		{ "at_least", &at_least, false },
		{ "at_most", &at_most, false },
	};

	return spec_keys(spec, node, "exponential", keys, 3) &&
	       spec_number(spec, mean, key, distribution->unit, 1, INT64_MAX,
			   &distribution->a) &&
	       distribution_limits(spec, key, at_least, at_most, distribution);
}

static uint64_t draw_exponential(const struct distribution *distribution,
				 struct random *random)
{
	return fixed_scale(distribution->a, fixed_exponential(random));
}

const struct distribution_kind exponential_distribution = {
	.name = "exponential",
	.read = read_exponential,
	.draw = draw_exponential,
};
