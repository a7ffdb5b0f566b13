/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_OP_TALLY_H
#define KMEMSIM_SIM_OP_TALLY_H

/*
 * Sums of operations of one kind. A sink has one for each kind that it tells
 * apart; the engine adds the plainest operations to them itself, without
 * telling the sink of each (sim/sinks.h).
 */

#include "sim/base/histogram.h"
#include "sim/outcome.h"

/* What each operation adds to comes first, and lies together. */
struct op_tally {
	uint64_t count; /* carried out, those that failed included */
	uint64_t requested_bytes;
	uint64_t granted_bytes;
	uint64_t cost_ns;	  /* sum of their own running times */
	uint64_t cpu_wait_ns;	  /* sum of what they waited for a CPU */
	struct histogram latency; /* of those in count; ns */
	uint64_t lock_wait_ns;	  /* sum of what they waited for locks */
	uint64_t sleep_ns;	  /* and of what they slept */
	uint64_t failed;	  /* of count */
	uint64_t skipped;	  /* not in count */
};

/*
 * Adds an operation that neither failed nor was skipped nor slept. What it
 * waited for locks is the caller's to add. 0, or -1: the host has no memory.
 */
static inline int op_tally_add_fast(struct op_tally *tally, uint64_t requested,
				    uint64_t granted, uint64_t cost_ns,
				    uint64_t cpu_wait_ns, uint64_t latency_ns)
{
	tally->count++;
	tally->requested_bytes += requested;
	tally->granted_bytes += granted;
	tally->cost_ns += cost_ns;
	tally->cpu_wait_ns += cpu_wait_ns;
	return histogram_add(&tally->latency, latency_ns);
}

/*
 * Adds operations that took the same time and waited for nothing, once at
 * least: so many, with the sums of what they asked for and got. As above.
 */
static inline int op_tally_add_alike(struct op_tally *tally, uint64_t nr,
				     uint64_t requested, uint64_t granted,
				     uint64_t cost_ns)
{
	tally->count += nr;
	tally->requested_bytes += requested;
	tally->granted_bytes += granted;
	tally->cost_ns += nr * cost_ns;
	return histogram_add_times(&tally->latency, cost_ns, nr);
}

/*
 * Adds any operation. A skipped one did nothing, so that it has no latency to
 * speak of. 0, or -1: the host has no memory.
 */
static inline int op_tally_add(struct op_tally *tally,
			       const struct outcome *outcome)
{
	bool failed = outcome->status == OUTCOME_FAILED;

	if (outcome->status == OUTCOME_SKIPPED) {
		tally->skipped++;
		return 0;
	}
	tally->failed += failed;
	tally->lock_wait_ns += outcome->lock_wait_ns;
	tally->sleep_ns += outcome->sleep_ns;
	return op_tally_add_fast(tally, outcome->requested,
				 failed ? 0 : outcome->granted,
				 outcome->cost_ns, outcome->cpu_wait_ns,
				 outcome->latency_ns);
}

#endif
