/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_BATCH_AHEAD_H
#define KMEMSIM_SIM_BATCH_AHEAD_H

/*
 * Fetches what the next calls of a batch will need, group by group. How and
 * why: batch_ahead.c.
 */

#include "sim/kernel.h"

/* So many calls are looked at together. */
#define AHEAD_GROUP 16
/* Those that are under way, a step each; a power of two. */
#define AHEAD_GROUPS 4

/* What the calls of a group are likely to free. */
struct ahead_group {
	uint32_t nr_freed;
	uint32_t nr_objects; /* of these */
	const struct allocation *freed[AHEAD_GROUP];
	object_ref object[AHEAD_GROUP];
};

struct batch_ahead {
	struct ahead_group group[AHEAD_GROUPS];
};

/* Internal to look_ahead(): a group begins. */
void look_ahead_from(struct batch_ahead *ahead, const struct kernel *kernel,
		     const struct call *call, size_t at, size_t left);

/*
 * `call`, at that place of its batch, is about to be carried out; `left` are
 * from it on.
 */
static inline void look_ahead(struct batch_ahead *ahead,
			      const struct kernel *kernel,
			      const struct call *call, size_t at, size_t left)
{
	if (at % AHEAD_GROUP == 0)
		look_ahead_from(ahead, kernel, call, at, left);
}

#endif
