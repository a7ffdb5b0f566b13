/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_IDS_ALLOCATION_H
#define KMEMSIM_SIM_IDS_ALLOCATION_H

/*
 * What an id of a workload stands for while it is live.
 */

#include "models/types.h"

enum allocation_kind {
	ALLOCATION_NONE,   /* nothing: an entry that is free */
	ALLOCATION_FAILED, /* refused: freeing it does nothing; handle: pages */
	ALLOCATION_PAGES,  /* handle: frame number */
	ALLOCATION_SPLIT,  /* pages freed in parts; handle: frame number */
	ALLOCATION_OBJECT, /* of a cache; handle: object_ref */
	ALLOCATION_KMALLOC,   /* handle: object_ref */
	ALLOCATION_KVMALLOC,  /* of kmalloc, by kvmalloc; handle: object_ref */
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
	uint64_t handle;
	/* Its cache; 0: none. An element's pool, a split block's place. */
	uint32_t name;
	uint8_t kind;  /* enum allocation_kind */
	order_t order; /* of pages */
	uint8_t op;    /* enum call_op that made it */
	bool cleared;  /* its caller asked for zeroed memory */
};
_Static_assert(sizeof(struct allocation) == 16, "four fit in a cache line");

#endif
