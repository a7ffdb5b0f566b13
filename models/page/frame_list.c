/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lists of page frames, in chunks of a pool.
 *
 * The kernel keeps the same in vm_struct's array of pages (mm/vmalloc.c,
 * Linux 6.1). That array's own memory is simulated by models/vmalloc/vmalloc.c;
 * this one is the host's. Frames come out in the order they were added, the
 * order in which __vunmap() frees them.
 *
 * Left out: taking single frames away.
 */

#include "models/page/frame_list.h"

#include <stdlib.h>

#include "sim/base/bug.h"
#include "sim/base/host.h"

void frame_pool_init(struct frame_pool *pool)
{
	*pool = (struct frame_pool){ .nr = 1 };
}

void frame_pool_release(struct frame_pool *pool)
{
	free(pool->chunk);
	frame_pool_init(pool);
}

bool frame_pool_reserve(struct frame_pool *pool, uint32_t frames)
{
	size_t chunks = frames / FRAMES_PER_CHUNK + 1;
	struct frame_chunk *grown;

	if (pool->nr_unused >= chunks)
		return true;
	chunks += pool->nr - pool->nr_unused;
	if (chunks <= pool->capacity)
		return true;
	grown = host_grow(pool->chunk, &pool->capacity, chunks, sizeof(*grown));
	if (!grown)
		return false;
	pool->chunk = grown;
	return true;
}

static uint32_t take_chunk(struct frame_pool *pool)
{
	uint32_t id = pool->unused;

	if (id) {
		pool->unused = pool->chunk[id].next;
		pool->nr_unused--;
	} else {
		BUG_ON(pool->nr >= pool->capacity);
		id = pool->nr++;
	}
	pool->chunk[id].next = 0;
	return id;
}

/* Does the frame not follow the list's last? */
static bool begins_run(const struct frame_pool *pool,
		       const struct frame_list *list, pfn_t pfn)
{
	uint32_t last = (list->nr - 1) % FRAMES_PER_CHUNK;

	return !list->nr || pool->chunk[list->last].pfn[last] + 1 != pfn;
}

void frame_list_add(struct frame_pool *pool, struct frame_list *list, pfn_t pfn)
{
	uint32_t slot = list->nr % FRAMES_PER_CHUNK;

	list->nr_runs += begins_run(pool, list, pfn);
	if (slot == 0) {
		uint32_t id = take_chunk(pool);

		if (list->nr)
			pool->chunk[list->last].next = id;
		else
			list->first = id;
		list->last = id;
	}
	pool->chunk[list->last].pfn[slot] = pfn;
	list->nr++;
}

pfn_t frame_list_next(const struct frame_pool *pool,
		      const struct frame_list *list,
		      struct frame_cursor *cursor)
{
	uint32_t slot = cursor->index % FRAMES_PER_CHUNK;
	pfn_t pfn;

	if (cursor->index >= list->nr)
		return PFN_NONE;
	pfn = pool->chunk[cursor->chunk].pfn[slot];
	cursor->index++;
	if (slot == FRAMES_PER_CHUNK - 1)
		cursor->chunk = pool->chunk[cursor->chunk].next;
	return pfn;
}

bool frame_list_next_run(const struct frame_pool *pool,
			 const struct frame_list *list,
			 struct frame_cursor *cursor, pfn_t *pfn,
			 uint32_t *frames)
{
	struct frame_cursor ahead;

	*pfn = frame_list_next(pool, list, cursor);
	*frames = 0;
	if (*pfn == PFN_NONE)
		return false;
	do {
		++*frames;
		ahead = *cursor;
	} while (frame_list_next(pool, list, cursor) == *pfn + *frames);
	*cursor = ahead;
	return true;
}

void frame_list_clear(struct frame_pool *pool, struct frame_list *list)
{
	uint32_t chunks = (list->nr + FRAMES_PER_CHUNK - 1) / FRAMES_PER_CHUNK;

	if (chunks) {
		pool->chunk[list->last].next = pool->unused;
		pool->unused = list->first;
		pool->nr_unused += chunks;
	}
	*list = (struct frame_list){ .nr = 0 };
}
