/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_GENERATORS_ARRIVALS_H
#define KMEMSIM_WORKLOADS_GENERATORS_ARRIVALS_H

/*
 * When things come: a process is a file with a `struct arrival_kind`, and a
 * line of the table in arrivals.c. Times are in ns with 16 bits behind the
 * point, so that 30,000,000 a second are that many.
 */

#include "sim/source.h"
#include "workloads/generators/distribution.h"

typedef unsigned __int128 moment; /* in units of 2^-16 ns */
#define MOMENT_BITS 16
#define MOMENT_OF(ns) ((moment)(ns) << MOMENT_BITS)

struct arrivals {
	const struct arrival_kind *kind;
	uint64_t gap; /* mean, in units of a moment */
	uint64_t every_ns;
	uint64_t apart_ns;
	const struct distribution *one; /* the kind's own */
	const struct distribution *two;
	const uint64_t *t_ns; /* nr of them, none before the one above */
	size_t nr;
	uint64_t count; /* of a curve */
};

/* Where a process is. */
struct arrival_state {
	moment t;      /* of the arrival told last, or where it began */
	moment start;  /* where it began */
	moment base;   /* the kind's own: of a burst, the end of a span */
	uint64_t left; /* the kind's own: of a burst, of an interval */
	size_t at;     /* the kind's own: a place in t_ns[] */
	bool begun;    /* something came */
	const struct source *source; /* how long it is read; NULL: for ever */
};

struct arrival_kind {
	const char *name;
	bool (*read)(const struct spec *spec, const struct node *node,
		     struct arrivals *arrivals);
	/* state is zero but for t and start. NULL: nothing more to do. */
	void (*start)(const struct arrivals *arrivals,
		      struct arrival_state *state, struct random *random);
	/* Puts the next arrival in state->t; false: there is none. */
	bool (*next)(const struct arrivals *arrivals,
		     struct arrival_state *state, struct random *random);
	bool ends; /* by itself */
};

/* Reads `{KIND: …}`. NULL: an error was added. The spec's arena owns it. */
const struct arrivals *arrivals_read(const struct spec *spec,
				     const struct node *node);

void arrivals_start(const struct arrivals *arrivals,
		    struct arrival_state *state, uint64_t t_ns,
		    struct random *random);

static inline bool arrivals_next(const struct arrivals *arrivals,
				 struct arrival_state *state,
				 struct random *random)
{
	bool came = arrivals->kind->next(arrivals, state, random);

	state->begun = true;
	return came;
}

/* ---- for the kinds ---- */

extern const struct arrival_kind constant_arrivals, poisson_arrivals,
	gaps_arrivals, bursts_arrivals, on_off_arrivals, times_arrivals,
	curve_arrivals;

/*
 * The mean gap from `rate` (a second) or `every`, of which just one is
 * there; false: an error was added at `mapping` or at one of them.
 */
bool arrivals_gap(const struct spec *spec, const struct node *mapping,
		  const struct node *rate, const struct node *every,
		  uint64_t *gap);

/*
 * Does nobody wait for what comes from here on? For kinds that may pass over a
 * great deal of time on the way to the next arrival.
 */
static inline bool arrivals_are_unread(const struct arrival_state *state)
{
	const struct source *source = state->source;
	moment t = state->t >> MOMENT_BITS;

	if (t > TIME_MOST)
		return true;
	return source && ((source->interrupted && *source->interrupted) ||
			  (source->until_ns && t > source->until_ns));
}

/* One exponential gap of that mean. */
moment arrivals_random_gap(uint64_t mean, struct random *random);

#endif
