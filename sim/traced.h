/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_TRACED_H
#define KMEMSIM_SIM_TRACED_H

/*
 * What a tracer took of the kernel that a workload was recorded on. A line
 * takes its writer some time, so work that writes lines was dearer there.
 */

#include "models/machine.h"

/*
 * Tracepoints of work that a run does by itself: the name, the kind of work,
 * and how many lines a unit of it writes.
 */
#define TRACEPOINTS(X)                                                         \
	X(mm_page_free, LRU_RECLAIMED, 1)                                      \
	X(mm_page_free_batched, LRU_RECLAIMED, 1)                              \
	X(mm_vmscan_lru_isolate, LRU_BATCHES, 1)                               \
	X(mm_vmscan_lru_shrink_inactive, LRU_BATCHES, 1)                       \
	X(mm_shrink_slab_start, NODES_RECLAIMED, 2)                            \
	X(mm_shrink_slab_end, NODES_RECLAIMED, 2)

enum tracepoint {
#define TRACEPOINT_ID(name, kind, lines) TRACEPOINT_##name,
	TRACEPOINTS(TRACEPOINT_ID)
#undef TRACEPOINT_ID
		NR_TRACEPOINTS
};

extern const char *const tracepoint_names[NR_TRACEPOINTS];

/* The longest time of a line, in ns. */
#define TRACED_LINE_MAX 65535

struct traced {
	uint16_t line_ns;     /* 0: nothing is known of a tracer */
	uint16_t tracepoints; /* bit n: enum tracepoint; those that were on */
};

/* The tracepoint of that name, or NR_TRACEPOINTS. */
enum tracepoint tracepoint_find(const char *name);

/*
 * Adds to each kind of work the time of the lines that it writes: ns as they
 * were measured, whatever the costs' multiplier. What is above a price's range
 * is left at its end.
 */
void traced_add_costs(const struct traced *traced, struct cost_desc *costs);

#endif
