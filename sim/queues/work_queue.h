/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_QUEUES_WORK_QUEUE_H
#define KMEMSIM_SIM_QUEUES_WORK_QUEUE_H

/*
 * Work that a call may not do where it is, and leaves to a task of its CPU:
 * schedule_work() of the kernel. It runs right after the call that left it,
 * at the same time, in the order in which it was left.
 */

#include "models/types.h"

enum work_item_kind {
	WORK_ITEM_VFREE,     /* argument: offset from VMALLOC_START */
	WORK_ITEM_DMA_POOLS, /* argument: none */
	NR_WORK_ITEM_KINDS
};

struct work_item {
	enum work_item_kind kind;
	cpu_t cpu; /* that left it and does it */
	uint64_t argument;
};

/* Set to zeros it is empty and ready. */
struct work_queue {
	struct work_item *item;
	size_t capacity;
	size_t nr;
	size_t taken; /* the items before it are gone */
};

/* Returns 0, or -1 when the host has no memory. */
int work_queue_add(struct work_queue *queue, struct work_item item);

/* The next item in *item; false: none is left. */
bool work_queue_take(struct work_queue *queue, struct work_item *item);

void work_queue_release(struct work_queue *queue);

#endif
