/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_SHOW_TIMELINE_LIVES_H
#define KMEMSIM_RESULTS_SHOW_TIMELINE_LIVES_H

/*
 * What an event of a timeline does not say by itself: since when its actor has
 * been under way, and what it did last and when. Internal to results/.
 */

#include "results/record/numbering.h"
#include "sim/timeline.h"

/* Of an actor, up to now. */
struct life {
	uint64_t first_t_ns;
	uint64_t last_t_ns;
	enum timeline_kind last_kind; /* NR_TIMELINE_KINDS: nothing yet */
};

/* Zeroed memory knows of nobody. */
struct lives {
	struct numbering actors;
	struct life *life; /* by number; owned */
	size_t capacity;
};

/*
 * Has the actor do something, in the order of time; *before is its life up to
 * then. Calls send IPIs to several CPUs at once: each is an actor of its own,
 * told by `cpu`. -1: the host has no memory left.
 */
int lives_add(struct lives *lives, struct actor who, cpu_t cpu,
	      enum timeline_kind kind, uint64_t t_ns, struct life *before);

void lives_release(struct lives *lives);

#endif
