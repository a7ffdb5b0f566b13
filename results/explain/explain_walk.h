/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_EXPLAIN_EXPLAIN_WALK_H
#define KMEMSIM_RESULTS_EXPLAIN_EXPLAIN_WALK_H

/*
 * A zone's frames from the lowest to the highest, in runs of one kind.
 */

#include "models/memory.h"

enum frame_use {
	FRAME_FREE,  /* a block on a free list; `type` says which */
	FRAME_PCP,   /* a block on a CPU's list */
	FRAME_BOOT,  /* in use since before the run */
	FRAME_TAKEN, /* an allocated block */
	FRAME_HOLE,  /* no memory */
};

/* A block, or a single frame: never more than the largest order. */
struct frame_run {
	pfn_t pfn;
	uint32_t pages;
	enum frame_use use;
	enum migratetype type; /* FREE: of the list */
};

/* The run that begins at a frame, which no block began before and covers. */
struct frame_run frame_run_at(const struct memory *memory,
			      const struct zone *zone, pfn_t pfn);

typedef void frame_visitor(void *argument, const struct zone *zone,
			   const struct frame_run *run);
void frames_visit(const struct memory *memory, const struct zone *zone,
		  frame_visitor *visit, void *argument);

#endif
