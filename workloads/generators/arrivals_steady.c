/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arrivals that go on and on by one rule for the gap between two:
 *
 *	constant  |  |  |  |  |  |     the first at the start
 *	poisson   | ||    |  | |||     each as if there were no others
 *	gaps      |   |   |     |      by a distribution of its own
 */
#include "workloads/generators/arrivals.h"

static bool read_rate(const struct spec *spec, const struct node *node,
		      struct arrivals *arrivals)
{
	const struct node *rate = NULL, *every = NULL;
	const struct spec_key keys[] = {
		{ "rate", &rate, false },
		{ "every", &every, false },
	};

	return spec_keys(spec, node, arrivals->kind->name, keys, 2) &&
	       arrivals_gap(spec, node, rate, every, &arrivals->gap);
}

static bool next_constant(const struct arrivals *arrivals,
			  struct arrival_state *state, struct random *random)
{
	(void)random;
	if (state->begun)
		state->t += arrivals->gap;
	return true;
}

const struct arrival_kind constant_arrivals = {
	.name = "constant",
	.read = read_rate,
	.next = next_constant,
};

static bool next_poisson(const struct arrivals *arrivals,
			 struct arrival_state *state, struct random *random)
{
	state->t += arrivals_random_gap(arrivals->gap, random);
	return true;
}

const struct arrival_kind poisson_arrivals = {
	.name = "poisson",
	.read = read_rate,
	.next = next_poisson,
};

static bool read_gaps(const struct spec *spec, const struct node *node,
		      struct arrivals *arrivals)
{
	arrivals->one =
		distribution_read(spec, node, "gaps", UNIT_TIME, 1, INT64_MAX);
	return arrivals->one;
}

static bool next_gap(const struct arrivals *arrivals,
		     struct arrival_state *state, struct random *random)
{
	state->t += MOMENT_OF(distribution_draw(arrivals->one, random));
	return true;
}

const struct arrival_kind gaps_arrivals = {
	.name = "gaps",
	.read = read_gaps,
	.next = next_gap,
};
