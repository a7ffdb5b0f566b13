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
	uint32_t name;	  /* its cache; 0: none. Of an element: pool's number */
	uint8_t kind;	  /* enum allocation_kind */
	order_t order;	  /* of pages */
	uint8_t op;	  /* enum call_op that made it */
	bool used : 1;	  /* private to the table */
	bool cleared : 1; /* its caller asked for zeroed memory */
};

struct allocation_table {
	struct allocation *slot;
	size_t mask; /* slots - 1; the table is never more than 7/8 full */
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
 * Where the id's slot is, or not far behind. 2^64 divided by the golden ratio
 * scatters ids that count up.
 */
static inline size_t allocation_home(const struct allocation_table *table,
				     uint64_t id)
{
	return id * 0x9e3779b97f4a7c15ull >> 20 & table->mask;
}

/* The slot where what a call's id stands for is likely to be; or NULL. */
static inline const struct allocation *
allocations_likely(const struct allocations *allocations,
		   const struct call *call)
{
	const struct allocation_table *table = &allocations->by_number;

	return table->slot && call->has & CALL_HAS_ID ?
		       &table->slot[allocation_home(table, call->id)] :
		       NULL;
}

size_t allocations_count(const struct allocations *allocations);
void allocations_release(struct allocations *allocations);

#endif
