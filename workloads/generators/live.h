/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_GENERATORS_LIVE_H
#define KMEMSIM_WORKLOADS_GENERATORS_LIVE_H

/* What a generator has allocated and will free: when, and in which order. */

#include "sim/call.h"
#include "workloads/generators/random.h"

#define TIME_NEVER UINT64_MAX

/* Which one is freed when the time has come for one. */
enum free_order { FREE_EXPIRY, FREE_FIFO, FREE_LIFO, FREE_RANDOM };
#define NR_FREE_ORDERS 4

struct live_item {
	uint64_t t_ns;	 /* TIME_NEVER: not by itself */
	uint64_t number; /* of the allocation, counted from 1 */
	uint32_t task;	 /* of its caller, and what follows as well */
	cpu_t cpu;
	uint8_t ctx;
	bool can_sleep;
};

/* Set to zeros, but for the order, it is empty and ready. */
struct live {
	enum free_order order;
	struct live_item *heap; /* the earliest first; owned */
	size_t heap_room;
	struct live_item *queue; /* but for FREE_EXPIRY: who; owned */
	size_t queue_room;
	size_t first; /* FREE_FIFO: its begin in the queue */
	size_t nr;
};

/* 0, or -1: the host has no memory. */
int live_add(struct live *live, const struct live_item *item);

/* When the next one is freed; TIME_NEVER where none is. */
static inline uint64_t live_next(const struct live *live)
{
	return live->nr ? live->heap[0].t_ns : TIME_NEVER;
}

/* Takes the one that is freed next, of one or more; t_ns is the time. */
struct live_item live_take(struct live *live, struct random *random);

void live_release(struct live *live);

#endif
