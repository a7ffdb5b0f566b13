/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_SHOW_SHOW_TIMELINE_H
#define KMEMSIM_RESULTS_SHOW_SHOW_TIMELINE_H

/*
 * The timeline of a run, for people: who ran when, on which CPU, who slept
 * and who woke whom.
 */

#include <stdbool.h>
#include <stdint.h>

#include "results/text/json.h"
#include "results/text/outlet.h"
#include "sim/timeline.h"

/* Which events. Zeroed memory: all of them. */
struct timeline_filter {
	uint64_t from_ns;  /* at it or later */
	uint64_t until_ns; /* before it; 0: to the end */
	/*
	 * Only what this one does, or does to others. ACTOR_NOBODY: everybody;
	 * has_number is false: all of the kind.
	 */
	struct actor actor;
	bool has_number;
	/* Who takes it away while it is made; NULL: nobody, it stays whole. */
	const struct outlet *outlet;
};

/*
 * Takes an actor as the timeline writes it: "call 12", "kswapd0", "flusher",
 * "disk", "swap"; a kind alone, "kswapd", means all of it. false: it is none.
 */
bool timeline_parse_actor(const char *word, struct timeline_filter *filter);

struct database;

/*
 * Appends the events, a line each, of at most 100 columns; fewer, where the
 * outlet wants no more. -1 with an error added: the run has no timeline.
 */
int show_timeline(const struct database *database,
		  const struct timeline_filter *filter, struct text *out,
		  struct errors *errors);

/* The same as the member "timeline" of the object that is under way. */
int show_timeline_json(const struct database *database,
		       const struct timeline_filter *filter, struct json *json,
		       struct errors *errors);

#endif
