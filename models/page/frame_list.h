/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_PAGE_FRAME_LIST_H
#define KMEMSIM_MODELS_PAGE_FRAME_LIST_H

/*
 * Lists of page frames in the order they came, for owners of scattered pages:
 * four bytes a page, in chunks from one pool, so that a list costs memory
 * only while it lives and none of the host's calls once the pool has grown.
 */

#include "models/types.h"

#define FRAMES_PER_CHUNK 15

/* A cache line of frames. Chunk 0 stands for "none". */
struct frame_chunk {
	uint32_t next;
	pfn_t pfn[FRAMES_PER_CHUNK];
};
_Static_assert(sizeof(struct frame_chunk) == 64, "a chunk is a cache line");

struct frame_pool {
	struct frame_chunk *chunk;
	size_t capacity;
	uint32_t nr;	 /* ever used, chunk 0 included */
	uint32_t unused; /* the first of those given back */
	uint32_t nr_unused;
};

struct frame_list {
	uint32_t first;
	uint32_t last;
	uint32_t nr;	  /* frames */
	uint32_t nr_runs; /* of frames that follow each other */
};

/* A place in a list: begin with { .chunk = list->first }. */
struct frame_cursor {
	uint32_t chunk;
	uint32_t index; /* of the list's frames, from 0 */
};

void frame_pool_init(struct frame_pool *pool);
void frame_pool_release(struct frame_pool *pool);

/*
 * Makes room for `frames` more frames of one list, so that adding them can't
 * fail. false when the host has no memory.
 */
bool frame_pool_reserve(struct frame_pool *pool, uint32_t frames);

void frame_list_add(struct frame_pool *pool, struct frame_list *list,
		    pfn_t pfn);

/* The frame at the cursor, which moves on; PFN_NONE at the list's end. */
pfn_t frame_list_next(const struct frame_pool *pool,
		      const struct frame_list *list,
		      struct frame_cursor *cursor);

/*
 * The run of frames that begins at the cursor, which moves behind it: its
 * first frame and how many there are. false at the list's end.
 */
bool frame_list_next_run(const struct frame_pool *pool,
			 const struct frame_list *list,
			 struct frame_cursor *cursor, pfn_t *pfn,
			 uint32_t *frames);

/* Gives the list's chunks back and empties it. */
void frame_list_clear(struct frame_pool *pool, struct frame_list *list);

#endif
