/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_RECORD_OP_STATS_H
#define KMEMSIM_RESULTS_RECORD_OP_STATS_H

/*
 * Operations, counted while they happen: how many of each kind, how long they
 * took, what was asked for and given, and why the failed ones failed. In
 * constant memory, whatever the run's length.
 */

#include "sim/call.h"
#include "sim/op_tally.h"
#include "sim/sink.h"

/* Operations of one kind, called in one way, served by one path. */
struct op_group {
	struct op_tally tally;
	enum call_op op;
	enum call_context ctx;
	enum alloc_path path; /* PATH_NONE for frees and failures */
	bool has_gfp;
	gfp_t gfp;
};

/* Allocations of one kind that failed for one reason. */
struct failure_group {
	enum call_op op;
	enum call_context ctx;
	enum alloc_reason reason;
	bool has_gfp;
	gfp_t gfp;
	bool has_order;
	order_t order;
	uint64_t count;
};

/* Allocations that came out otherwise than a real kernel's, as recorded. */
struct recorded_tally {
	uint64_t granted;	   /* here, and refused there */
	uint64_t first_seq;	   /* of these */
	uint64_t failed;	   /* here, and granted there */
	uint64_t first_failed_seq; /* of those */
};

struct op_stats;

/* NULL where the host has no memory left. */
struct op_stats *op_stats_new(void);
void op_stats_free(struct op_stats *stats);

/* Counts an operation. 0, or -1 where the host has no memory left. */
int op_stats_add(struct op_stats *stats, const struct call *call,
		 const struct outcome *outcome);

struct recorded_tally op_stats_recorded(const struct op_stats *stats);

/* Operations that were skipped: [NR_SKIP_REASONS]. Borrowed. */
const uint64_t *op_stats_skipped(const struct op_stats *stats);

/*
 * The tally of operations like this one that did not fail, for the caller to
 * add to. Valid until op_stats_free(). NULL: the host has no memory left.
 */
struct op_tally *op_stats_tally(struct op_stats *stats, const struct call *call,
				enum alloc_path path);

/*
 * The groups so far, in an order that depends on nothing but what they are:
 * by operation, flags, context, path (for failures: by operation, order,
 * flags, context, reason). The array is the caller's to free(), the groups
 * are not and stay valid until the next op_stats_add(). NULL where the host
 * has no memory left.
 */
const struct op_group **op_stats_groups(const struct op_stats *stats,
					size_t *nr);
const struct failure_group **op_stats_failures(const struct op_stats *stats,
					       size_t *nr);

/* True for calls whose flags the caller chose. */
static inline bool call_has_gfp(const struct call *call)
{
	return (call->has & CALL_HAS_GFP) || call->gfp;
}

/*
 * True for calls that ask for an order, if only for 0, or name the one that
 * they free. Pages that were asked for by a size have none of their own.
 */
static inline bool call_has_order(const struct call *call)
{
	const op_set always = OP_BIT(OP_ALLOC_PAGES) |
			      OP_BIT(OP_GET_FREE_PAGES) |
			      OP_BIT(OP_GET_ZEROED_PAGE);

	return (call->has & CALL_HAS_ORDER) ||
	       (always >> call->op & 1 && !call->size);
}

/* True for calls that ask for bytes, if only for 0. */
static inline bool call_has_size(const struct call *call)
{
	const op_set always = OP_BIT(OP_KMALLOC) | OP_BIT(OP_KZALLOC) |
			      OP_BIT(OP_VMALLOC) | OP_BIT(OP_VZALLOC) |
			      OP_BIT(OP_KVMALLOC);

	return call->size || always >> call->op & 1;
}

#endif
