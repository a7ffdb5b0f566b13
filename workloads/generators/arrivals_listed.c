/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Arrivals whose times are known.
 *
 *	times    | |    |||   |        just these, from a file
 *	curve    0   | || ||||    9    count of them, as many between the first
 *	                               two times as between the next two
 *
 * A curve's times are the quantiles of when things came: each interval has
 * the same number of arrivals, spread evenly at random. They are drawn in
 * order: of n numbers uniform in an interval of length L, the first comes
 * after L * (1 - U^(1/n)), and those behind it are uniform in what is left (L.
 * Devroye, "Non-uniform random variate generation", 1986, chapter V.3).
 */
#include "workloads/generators/arrivals.h"
#include "workloads/generators/fixed.h"
#include "workloads/generators/values_file.h"

static bool read_times(const struct spec *spec, const struct node *node,
		       struct arrivals *arrivals)
{
	const struct node *file = NULL;
	const struct spec_key keys[] = { { "file", &file, true } };
	struct values_file times;
	const char *path;

	if (!spec_keys(spec, node, "times", keys, 1))
		return false;
	path = spec_path(spec, file, "file");
	if (!path ||
	    values_file_read(&times, path, false, parse_time, TIME_UNITS,
			     spec->arena, spec->input.errors) < 0)
		return false;
	arrivals->t_ns = times.value;
	arrivals->nr = times.nr;
	return true;
}

static bool next_time(const struct arrivals *arrivals,
		      struct arrival_state *state, struct random *random)
{
	(void)random;
	if (state->at == arrivals->nr)
		return false;
	state->t = state->start + MOMENT_OF(arrivals->t_ns[state->at++]);
	return true;
}

const struct arrival_kind times_arrivals = {
	.name = "times",
	.read = read_times,
	.next = next_time,
	.ends = true,
};

static bool read_curve(const struct spec *spec, const struct node *node,
		       struct arrivals *arrivals)
{
	const struct node *times = NULL, *count = NULL;
	const struct spec_key keys[] = {
		{ "times", &times, true },
		{ "count", &count, true },
	};
	const struct distribution *quantiles;

	if (!spec_keys(spec, node, "curve", keys, 2))
		return false;
	quantiles = distribution_read_as(spec, times, "times", UNIT_TIME, 0,
					 INT64_MAX, &quantiles_distribution);
	if (!quantiles || !spec_number(spec, count, "count", UNIT_NUMBER, 1,
				       INT64_MAX, &arrivals->count))
		return false;
	arrivals->t_ns = quantiles->value;
	arrivals->nr = quantiles->nr;
	return true;
}

/* How many of all come before the i-th time. */
static uint64_t before(const struct arrivals *arrivals, size_t i)
{
	return (uint64_t)((moment)arrivals->count * i / (arrivals->nr - 1));
}

/* Of `left` in what is left of an interval, the gap before the first. */
static moment first_gap(moment length, uint64_t left, struct random *random)
{
	int64_t power = (int64_t)(fixed_exponential(random) / left);
	/* U^(1/n) in 32 */
	uint64_t behind = fixed_scale_exp(FIXED_ONE, -power);

	return length * (FIXED_ONE - behind) >> 32;
}

static bool next_of_curve(const struct arrivals *arrivals,
			  struct arrival_state *state, struct random *random)
{
	while (!state->left) {
		if (state->at + 1 == arrivals->nr)
			return false;
		state->left = before(arrivals, state->at + 1) -
			      before(arrivals, state->at);
		state->t = state->start + MOMENT_OF(arrivals->t_ns[state->at]);
		state->at++;
	}
	state->t += first_gap(
		state->start + MOMENT_OF(arrivals->t_ns[state->at]) - state->t,
		state->left, random);
	state->left--;
	return true;
}

const struct arrival_kind curve_arrivals = {
	.name = "curve",
	.read = read_curve,
	.next = next_of_curve,
	.ends = true,
};
