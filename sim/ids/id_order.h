/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_IDS_ID_ORDER_H
#define KMEMSIM_SIM_IDS_ID_ORDER_H

/*
 * Calls that wait to begin, for their task or for another call, by the ids and
 * names that they speak of. A later call that speaks of the same must not
 * overtake them: what it frees may not have been allocated yet. Those that wait
 * for a CPU are in sim/queues/queue_order.h.
 */

#include "sim/call.h"

/* A call that waits. */
struct id_order_entry {
	uint64_t seq;
	uint32_t ticket; /* whatever it was added with */
	uint32_t next;	 /* the next of the same key; one above its place */
};

/* Those of a key that wait, in the order in which they were added. */
struct id_order_line {
	uint64_t key;
	uint64_t first_seq; /* of the first, to be had without it */
	uint32_t first;	    /* one above its place */
	uint32_t last;
	uint32_t next; /* in its bucket, or of those unused; one above */
	uint32_t kind; /* private to id_order.c */
};

#define ID_ORDER_BUCKETS 131072

/* Set to zeros it is empty and ready. */
struct id_order {
	struct id_order_entry *entry;
	size_t entry_capacity;
	size_t nr_entries;
	uint32_t unused_entry; /* the first; one above its place, 0: none */
	struct id_order_line *line;
	size_t line_capacity;
	size_t nr_lines;
	uint32_t unused_line;
	uint32_t *bucket; /* first line of each; NULL until one is needed */
	size_t nr;	  /* entries in use */
};

void id_order_release(struct id_order *order);

/*
 * The call, number `seq`, waits; `ticket` is the caller's own. 0, or -1: the
 * host has no memory.
 */
int id_order_add(struct id_order *order, const struct call *call, uint64_t seq,
		 uint32_t ticket);

/* It waits no more. */
void id_order_remove(struct id_order *order, const struct call *call,
		     uint64_t seq);

/*
 * Does a call before number `seq` wait that speaks of the same? *ticket, where
 * it is not NULL, is the last one's.
 */
bool id_order_comes_after(const struct id_order *order, const struct call *call,
			  uint64_t seq, uint32_t *ticket);

#endif
