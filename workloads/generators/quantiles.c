/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was measured, as its quantiles: `{quantiles: [1us, 5us, 80us]}` has a
 * half of its values between the first two numbers and a half between the
 * last two, spread evenly there.
 */
#include "workloads/generators/distribution.h"

static bool read_quantiles(const struct spec *spec, const struct node *node,
			   const char *key, struct distribution *distribution)
{
	const struct node *inner;
	bool good = true;
	uint64_t *value;
	size_t nr = 0;

	if (node->kind != YAML_SEQUENCE_START || node->nr < 2) {
		spec_error(spec, node, key,
			   "a list of two numbers or more, none below the "
			   "one before");
		return false;
	}
	value = spec_alloc(spec, node->nr, sizeof(*value));
	if (!value)
		return false;
	for (inner = node->first; inner; inner = inner->next, nr++) {
		if (!distribution_value(spec, inner, key, distribution,
					&value[nr])) {
			good = false;
		} else if (good && nr && value[nr] < value[nr - 1]) {
			spec_error(spec, inner, key,
				   "a quantile: it is below the one before");
			good = false;
		}
	}
	distribution->value = value;
	distribution->nr = nr;
	return good;
}

static uint64_t draw_quantiles(const struct distribution *distribution,
			       struct random *random)
{
	const uint64_t *from = distribution->value +
			       random_below(random, distribution->nr - 1);

	return from[0] + random_below(random, from[1] - from[0] + 1);
}

const struct distribution_kind quantiles_distribution = {
	.name = "quantiles",
	.read = read_quantiles,
	.draw = draw_quantiles,
};
