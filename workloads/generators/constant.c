/* SPDX-License-Identifier: GPL-2.0-only */
/* A number that is always the same. */
#include "workloads/generators/distribution.h"

static bool read_constant(const struct spec *spec, const struct node *node,
			  const char *key, struct distribution *distribution)
{
	return distribution_value(spec, node, key, distribution,
				  &distribution->a);
}

static uint64_t draw_constant(const struct distribution *distribution,
			      struct random *random)
{
	(void)random;
	return distribution->a;
}

const struct distribution_kind constant_distribution = {
	.name = "constant",
	.read = read_constant,
	.draw = draw_constant,
};
