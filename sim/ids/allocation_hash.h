/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_IDS_ALLOCATION_HASH_H
#define KMEMSIM_SIM_IDS_ALLOCATION_HASH_H

/*
 * A hash table of what ids stand for, for those few that sim/ids/allocations.c
 * has no chunk for.
 */

#include "sim/ids/allocation.h"

struct allocation_slot {
	uint64_t id;
	struct allocation allocation;
};

/*
 * A few slots and a word about them: bytes 0 to 6 are the slots' tags, byte 7
 * counts ids that would be here, were there room. A tag is 0 where the slot is
 * empty, else bit 7 and seven bits that the id is scattered to.
 */
#define ALLOCATION_SLOTS 7
struct allocation_group {
	uint64_t tags;
	struct allocation_slot slot[ALLOCATION_SLOTS];
};

/* Private to allocation_hash.c, except for `nr`. All zeros: empty. */
struct allocation_hash {
	struct allocation_group *group;
	size_t mask;	    /* groups - 1 */
	unsigned int shift; /* of a scattered id, to its group */
	size_t nr;	    /* ids */
};

/* What the id stands for, or NULL. Valid until the next insert. */
struct allocation *allocation_hash_find(const struct allocation_hash *hash,
					uint64_t id);

/*
 * A new entry, all zeros, for an id that must not be there. NULL: the host has
 * no memory.
 */
struct allocation *allocation_hash_insert(struct allocation_hash *hash,
					  uint64_t id);

/* Forgets what the id stands for; it must be there. */
void allocation_hash_remove(struct allocation_hash *hash, uint64_t id);

/*
 * All entries, in no meaningful order: begin with *cursor = 0; NULL: the end.
 */
const struct allocation_slot *
allocation_hash_next(const struct allocation_hash *hash, size_t *cursor);

/* Prefetches what a search for the id reads first. */
void allocation_hash_prefetch(const struct allocation_hash *hash, uint64_t id);

void allocation_hash_release(struct allocation_hash *hash);

#endif
