/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_ALLOCATIONS_H
#define KMEMSIM_SIM_ALLOCATIONS_H

/*
 * What each id of a workload stands for while it is live.
 */

#include "models/types.h"
#include "sim/call.h"

enum allocation_kind {
	ALLOCATION_FAILED, /* refused: freeing it does nothing; handle: pages */
	ALLOCATION_PAGES,  /* handle: frame number */
	ALLOCATION_SPLIT,  /* pages freed one by one; handle: split_block */
	ALLOCATION_OBJECT, /* of a cache; handle: physical address */
	ALLOCATION_KMALLOC,   /* handle: physical address */
	ALLOCATION_VMALLOC,   /* handle: offset from VMALLOC_START */
	ALLOCATION_ELEMENT,   /* of a mempool; handle: physical address */
	ALLOCATION_WAITING,   /* its caller sleeps; handle: ticket */
	ALLOCATION_DMA,	      /* handle: dma_buffer_of() */
	ALLOCATION_FOLIO,     /* pages on LRU lists; handle: folio */
	ALLOCATION_DROPPABLE, /* of a cache; handle: number of a droppable */
	ALLOCATION_DROPPED,   /* the same, but the kernel has dropped it */
	NR_ALLOCATION_KINDS
};

struct allocation {
	uint64_t id;
	uint64_t handle;
	uint32_t name; /* its cache; 0: none. Of an element: pool's number */
	uint8_t kind;  /* enum allocation_kind */
	order_t order; /* of pages */
	uint8_t op;    /* enum call_op that made it */
	bool cleared;  /* its caller asked for zeroed memory */
};

/*
 * A few slots and a word about them: bytes 0 to 6 are the slots' tags, byte 7
 * counts ids that would be here, were there room. A tag is 0 where the slot is
 * empty, else bit 7 and seven bits that the id is scattered to.
 */
#define ALLOCATION_SLOTS 7
struct allocation_group {
	uint64_t tags;
	struct allocation slot[ALLOCATION_SLOTS];
};

/* Private to allocations.c. */
struct allocation_table {
	struct allocation_group *group;
	size_t mask;	    /* groups - 1 */
	unsigned int shift; /* of a scattered id, to its group */
	size_t nr;
};

struct allocations {
	struct allocation_table by_number;
	struct allocation_table by_name;
};

/* Set to zeros it is empty and ready. */

/* What the call's id stands for, or NULL. Valid until the next insert. */
struct allocation *allocations_find(struct allocations *allocations,
				    const struct call *call);

/*
 * A new entry for the call's id, which must not be there; the caller fills
 * all but `id`. NULL: the host has no memory.
 */
struct allocation *allocations_insert(struct allocations *allocations,
				      const struct call *call);

/* Forgets what the call's id stands for; it must be there. */
void allocations_remove(struct allocations *allocations,
			const struct call *call);

/*
 * All entries, one a call, in no order that means something: begin with
 * *cursor = 0. NULL: that was the last. *named: its id is a name's number.
 */
const struct allocation *allocations_next(const struct allocations *allocations,
					  size_t *cursor, bool *named);

/*
 * 2^64 divided by the golden ratio: ids that count up land as far from each
 * other as can be. The upper bits say which group, others the tag.
 */
static inline uint64_t allocation_scatter(uint64_t id)
{
	return id * 0x9e3779b97f4a7c15ull;
}

static inline uint64_t allocation_tag(uint64_t scattered)
{
	return (scattered >> 20 & 0x7f) | 0x80;
}

/* 0x80 in each of the bytes 0 to 6 that equals `byte`, 0 in the rest. */
static inline uint64_t allocation_matches(uint64_t tags, uint64_t byte)
{
	const uint64_t low = 0x7f7f7f7f7f7f7f7full;
	uint64_t differs = tags ^ (byte * 0x0101010101010101ull);

	return ~(((differs & low) + low) | differs) & 0x0080808080808080ull;
}

/* The group where what a call's id stands for is likely to be; or NULL. */
static inline const struct allocation_group *
allocations_group(const struct allocations *allocations,
		  const struct call *call)
{
	const struct allocation_table *table = &allocations->by_number;

	return table->group && call->has & CALL_HAS_ID ?
		       &table->group[allocation_scatter(call->id) >>
				     table->shift] :
		       NULL;
}

/*
 * The slot of that group where it is likely to be, or would go; or NULL. For
 * who wants to have it fetched before it is asked for, without a look at it.
 */
static inline const struct allocation *
allocations_likely(const struct allocation_group *group, uint64_t id)
{
	uint64_t matches = allocation_matches(
		group->tags, allocation_tag(allocation_scatter(id)));

	if (!matches)
		matches = allocation_matches(group->tags, 0);
	return matches ? &group->slot[__builtin_ctzll(matches) / 8] : NULL;
}

/*
 * For calls of the common kind (sim/plain_calls.c): a number's slot in the
 * group that it is scattered to, where it nearly always is or would go.
 */
struct allocation_place {
	struct allocation_group *group;
	unsigned int slot;
	uint64_t tag;
};

static inline struct allocation_place
allocations_place(const struct allocations *allocations, uint64_t id)
{
	const struct allocation_table *table = &allocations->by_number;
	uint64_t scattered = allocation_scatter(id);

	return (struct allocation_place){
		.group = &table->group[scattered >> table->shift],
		.tag = allocation_tag(scattered),
	};
}

/* Is that slot the id's? */
static inline bool allocations_find_near(const struct allocations *allocations,
					 uint64_t id,
					 struct allocation_place *place)
{
	uint64_t matches;

	if (!allocations->by_number.group)
		return false;
	*place = allocations_place(allocations, id);
	matches = allocation_matches(place->group->tags, place->tag);
	place->slot = (unsigned int)__builtin_ctzll(matches | 1ull << 63) / 8;
	return matches && place->group->slot[place->slot].id == id;
}

/* Forgets the id that was found there. */
static inline void allocations_leave(struct allocations *allocations,
				     struct allocation_place place)
{
	place.group->tags &= ~(0xffull << place.slot * 8);
	allocations->by_number.nr--;
}

/* Are seven of eight slots taken, or is there no table? */
static inline bool
allocation_table_is_full(const struct allocation_table *table)
{
	return !table->group ||
	       table->nr >= (table->mask + 1) / 8 * 7 * ALLOCATION_SLOTS;
}

/*
 * Is there room for an id that is not live? false: perhaps, but that takes a
 * closer look.
 */
static inline bool allocations_room_near(const struct allocations *allocations,
					 uint64_t id,
					 struct allocation_place *place)
{
	uint64_t free_slots;

	if (allocation_table_is_full(&allocations->by_number))
		return false;
	*place = allocations_place(allocations, id);
	/* Nobody with the same tag, and nobody who went past. */
	if (allocation_matches(place->group->tags, place->tag) ||
	    place->group->tags >> 56)
		return false;
	free_slots = allocation_matches(place->group->tags, 0);
	place->slot =
		(unsigned int)__builtin_ctzll(free_slots | 1ull << 63) / 8;
	return free_slots;
}

/* The id's entry, in the room that was found for it; all is to be filled in. */
static inline struct allocation *
allocations_enter(struct allocations *allocations,
		  struct allocation_place place)
{
	place.group->tags |= place.tag << place.slot * 8;
	allocations->by_number.nr++;
	return &place.group->slot[place.slot];
}

size_t allocations_count(const struct allocations *allocations);
void allocations_release(struct allocations *allocations);

#endif
