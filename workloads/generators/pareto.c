/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Many small and few huge: the share above x is (min / x)^alpha. Drawn as
 * min * U^(-1 / alpha) = min * e^(-ln(U) / alpha), U uniform in (0, 1). With
 * alpha of 1 or less it has no mean: say at_most.
 */
#include "workloads/generators/distribution.h"
#include "workloads/generators/fixed.h"

#define ALPHA_MIN (FIXED_ONE / 20)
#define ALPHA_MAX (1000 * FIXED_ONE)

static bool read_pareto(const struct spec *spec, const struct node *node,
			const char *key, struct distribution *distribution)
{
	const struct node *min = NULL, *alpha = NULL;
	const struct node *at_least = NULL, *at_most = NULL;
	const struct spec_key keys[] = {
		{ "min", &min, true },
		{ "alpha", &alpha, true },
		{ "at_least", &at_least, false },
		{ "at_most", &at_most, false },
	};

	return spec_keys(spec, node, "pareto", keys, 4) &&
	       spec_number(spec, min, key, distribution->unit, 1, INT64_MAX,
			   &distribution->a) &&
	       spec_real(spec, alpha, "alpha", ALPHA_MIN, ALPHA_MAX,
			 &distribution->b) &&
	       distribution_limits(spec, key, at_least, at_most, distribution);
}

static uint64_t draw_pareto(const struct distribution *distribution,
			    struct random *random)
{
	unsigned __int128 power =
		((unsigned __int128)fixed_exponential(random) << 32) /
		distribution->b;

	return fixed_scale_exp(distribution->a, (int64_t)power);
}

const struct distribution_kind pareto_distribution = {
	.name = "pareto",
	.read = read_pareto,
	.draw = draw_pareto,
};
