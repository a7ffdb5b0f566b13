/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arrivals that come together.
 *
 *	bursts   ||||      ||||      ||||       N of them, every so often
 *	on_off   | || | |          || | ||      as poisson while it is busy
 *
 * on_off is the Markov-modulated Poisson process of two states where `busy`
 * and `idle` are exponential; both may be any other distribution.
 */
#include "workloads/generators/arrivals.h"

static bool read_bursts(const struct spec *spec, const struct node *node,
			struct arrivals *arrivals)
{
	const struct node *size = NULL, *every = NULL, *apart = NULL;
	const struct spec_key keys[] = {
		{ "size", &size, true },
		{ "every", &every, true },
		{ "apart", &apart, false },
	};

	if (!spec_keys(spec, node, "bursts", keys, 3))
		return false;
	arrivals->one = distribution_read(spec, size, "size", UNIT_NUMBER, 1,
					  UINT32_MAX);
	return arrivals->one &&
	       spec_number(spec, every, "every", UNIT_TIME, 1, INT64_MAX,
			   &arrivals->every_ns) &&
	       (!apart || spec_number(spec, apart, "apart", UNIT_TIME, 0,
				      INT64_MAX, &arrivals->apart_ns));
}

/* A burst that has not ended puts the next one off. */
static bool next_of_burst(const struct arrivals *arrivals,
			  struct arrival_state *state, struct random *random)
{
	if (state->left) {
		state->left--;
		state->t += MOMENT_OF(arrivals->apart_ns);
		return true;
	}
	if (state->begun)
		state->base += MOMENT_OF(arrivals->every_ns);
	else
		state->base = state->start;
	if (state->t < state->base)
		state->t = state->base;
	state->left = distribution_draw(arrivals->one, random) - 1;
	return true;
}

const struct arrival_kind bursts_arrivals = {
	.name = "bursts",
	.read = read_bursts,
	.next = next_of_burst,
};

static bool read_on_off(const struct spec *spec, const struct node *node,
			struct arrivals *arrivals)
{
	const struct node *busy = NULL, *idle = NULL, *rate = NULL,
			  *every = NULL;
	const struct spec_key keys[] = {
		{ "busy", &busy, true },
		{ "idle", &idle, true },
		{ "rate", &rate, false },
		{ "every", &every, false },
	};

	if (!spec_keys(spec, node, "on_off", keys, 4))
		return false;
	arrivals->one =
		distribution_read(spec, busy, "busy", UNIT_TIME, 1, INT64_MAX);
	arrivals->two =
		distribution_read(spec, idle, "idle", UNIT_TIME, 1, INT64_MAX);
	return arrivals->one && arrivals->two &&
	       arrivals_gap(spec, node, rate, every, &arrivals->gap);
}

static void start_on_off(const struct arrivals *arrivals,
			 struct arrival_state *state, struct random *random)
{
	state->base =
		state->t + MOMENT_OF(distribution_draw(arrivals->one, random));
}

/* Poisson arrivals forget, so those of the next span begin anew with it. */
static bool next_on_off(const struct arrivals *arrivals,
			struct arrival_state *state, struct random *random)
{
	for (;;) {
		moment t =
			state->t + arrivals_random_gap(arrivals->gap, random);

		if (t < state->base) {
			state->t = t;
			return true;
		}
		state->t = state->base +
			   MOMENT_OF(distribution_draw(arrivals->two, random));
		state->base =
			state->t +
			MOMENT_OF(distribution_draw(arrivals->one, random));
		if (arrivals_are_unread(state))
			return false;
	}
}

const struct arrival_kind on_off_arrivals = {
	.name = "on_off",
	.read = read_on_off,
	.start = start_on_off,
	.next = next_on_off,
};
