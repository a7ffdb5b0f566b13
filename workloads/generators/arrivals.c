/* SPDX-License-Identifier: GPL-2.0-only */
/* Which process of arrivals is meant, and what several of them share. */
#include "workloads/generators/arrivals.h"

#include <string.h>

#include "workloads/generators/fixed.h"

#define NS_PER_S 1000000000ull
#define RATE_MIN ((FIXED_ONE + 500) / 1000) /* 0.001, as it is read */
#define RATE_MAX (NS_PER_S * FIXED_ONE)
/* 2^48 - 1 ns are three days. */
#define GAP_MAX_NS ((1ull << 48) - 1)

static const struct arrival_kind *const kinds[] = {
	&constant_arrivals, &poisson_arrivals, &gaps_arrivals,
	&bursts_arrivals,   &on_off_arrivals,  &times_arrivals,
	&curve_arrivals,
};
#define NR_KINDS (sizeof(kinds) / sizeof(kinds[0]))

bool arrivals_gap(const struct spec *spec, const struct node *mapping,
		  const struct node *rate, const struct node *every,
		  uint64_t *gap)
{
	uint64_t value;

	if (!rate == !every) {
		error_input(
			spec->input.errors, mapping->place,
			"arrivals: either \"rate\" (a second) or \"every\" (a "
			"time) is needed here");
		return false;
	}
	if (every) {
		if (!spec_number(spec, every, "every", UNIT_TIME, 1, GAP_MAX_NS,
				 &value))
			return false;
		*gap = value << MOMENT_BITS;
		return true;
	}
	if (!spec_real(spec, rate, "rate", RATE_MIN, RATE_MAX, &value))
		return false;
	*gap = (uint64_t)((((moment)NS_PER_S << (32 + MOMENT_BITS)) +
			   value / 2) /
			  value);
	return true;
}

moment arrivals_random_gap(uint64_t mean, struct random *random)
{
	return (moment)mean * fixed_exponential(random) >> 32;
}

const struct arrivals *arrivals_read(const struct spec *spec,
				     const struct node *node)
{
	struct arrivals *made = spec_alloc(spec, 1, sizeof(*made));
	const char *names[NR_KINDS];
	const struct node *inner = node->first;

	if (!made)
		return NULL;
	if (node->kind != YAML_MAPPING_START || node->nr != 1) {
		spec_error(spec, node, "arrivals",
			   "one process, such as {poisson: {rate: 1000}}");
		return NULL;
	}
	for (size_t i = 0; i < NR_KINDS; i++) {
		names[i] = kinds[i]->name;
		if (strcmp(inner->key->value, names[i]) == 0)
			made->kind = kinds[i];
	}
	if (!made->kind) {
		spec_unknown(spec, inner->key, "arrivals: unknown process",
			     names, NR_KINDS);
		return NULL;
	}
	return made->kind->read(spec, inner, made) ? made : NULL;
}

void arrivals_start(const struct arrivals *arrivals,
		    struct arrival_state *state, uint64_t t_ns,
		    struct random *random)
{
	*state = (struct arrival_state){ .t = MOMENT_OF(t_ns),
					 .start = MOMENT_OF(t_ns) };
	if (arrivals->kind->start)
		arrivals->kind->start(arrivals, state, random);
}
