/* SPDX-License-Identifier: GPL-2.0-only */
/* Every whole number from one to another, both included. */
#include "workloads/generators/distribution.h"

static bool read_uniform(const struct spec *spec, const struct node *node,
			 const char *key, struct distribution *distribution)
{
	const struct node *from = NULL, *to = NULL;
	const struct spec_key keys[] = {
		{ "from", &from, true },
		{ "to", &to, true },
	};

	if (!spec_keys(spec, node, "uniform", keys, 2) ||
	    !distribution_value(spec, from, key, distribution,
				&distribution->a) ||
	    !distribution_value(spec, to, key, distribution, &distribution->b))
		return false;
	if (distribution->a <= distribution->b)
		return true;
	spec_error(spec, to, key, "an upper end: \"from\" is above it");
	return false;
}

static uint64_t draw_uniform(const struct distribution *distribution,
			     struct random *random)
{
	/* 0, where it is all of 2^64, means just that. */
	return distribution->a +
	       random_below(random, distribution->b - distribution->a + 1);
}

const struct distribution_kind uniform_distribution = {
	.name = "uniform",
	.read = read_uniform,
	.draw = draw_uniform,
};
