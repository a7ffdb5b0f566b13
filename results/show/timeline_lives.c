/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Follows the actors of a timeline, event by event. SQL's window functions
 * could say the same, but would sort and keep all events for it, again and
 * again.
 */

#include "results/show/timeline_lives.h"

#include <stdlib.h>

#include "sim/base/host.h"

/* Kind, CPU and number of an actor in one key. */
#define KIND_SHIFT 61
#define CPU_SHIFT 45
_Static_assert(NR_ACTOR_KINDS <= 8, "kinds have three bits");

int lives_add(struct lives *lives, struct actor who, cpu_t cpu,
	      enum timeline_kind kind, uint64_t t_ns, struct life *before)
{
	uint64_t key = (uint64_t)who.kind << KIND_SHIFT ^ who.number;
	size_t nr = lives->actors.nr, number;
	struct life *grown;

	if (who.kind == ACTOR_IPI)
		key ^= (uint64_t)cpu << CPU_SHIFT;
	number = numbering_of(&lives->actors, key);
	if (number == NUMBERING_FULL)
		return -1;
	grown = host_grow(lives->life, &lives->capacity, number + 1,
			  sizeof(*grown));
	if (!grown)
		return -1;
	lives->life = grown;
	if (number == nr)
		grown[number] = (struct life){ t_ns, t_ns, NR_TIMELINE_KINDS };
	*before = grown[number];
	grown[number].last_kind = kind;
	grown[number].last_t_ns = t_ns;
	return 0;
}

void lives_release(struct lives *lives)
{
	numbering_release(&lives->actors);
	free(lives->life);
	*lives = (struct lives){ .life = NULL };
}
