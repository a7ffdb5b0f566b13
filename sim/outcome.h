/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_OUTCOME_H
#define KMEMSIM_SIM_OUTCOME_H

/*
 * What became of a call: what sinks (results/) are told of each operation.
 */

#include "models/contents.h"
#include "models/page/page_alloc.h"

enum outcome_status {
	OUTCOME_FAILED,	 /* ok = 0 */
	OUTCOME_OK,	 /* ok = 1 */
	OUTCOME_SKIPPED, /* ok is NULL: nothing was there to do */
};

/* Why an operation did nothing. */
enum skip_reason {
	SKIP_NONE,
	SKIP_ALLOC_FAILED, /* frees what was never given */
	SKIP_NOT_IN_USE,   /* a free by frame, of a frame that is not in use */
	SKIP_BAD_FREE,	   /* not live; with --bad-frees count */
	SKIP_BAD_ACCESS,   /* reads or writes what is not the caller's */
	SKIP_RECLAIMED,	   /* frees what the kernel has taken back */
	SKIP_TASK_KILLED,  /* the OOM killer has killed its caller */
	SKIP_NOT_BEGUN,	   /* the run was cut short before its turn came */
	/* What it waits for to begin, a call of its task say, never ends. */
	SKIP_STILL_WAITING,
	NR_SKIP_REASONS
};
extern const char *const skip_reason_names[NR_SKIP_REASONS];

struct outcome {
	uint64_t seq; /* 1 for the workload's first operation */
	/*
	 * From the call's t to its end: the sum of what it waited for its CPU,
	 * ran, waited for locks and slept.
	 */
	uint64_t latency_ns;
	uint64_t cost_ns;      /* its own running time */
	uint64_t cpu_wait_ns;  /* before it began, and while preempted */
	uint64_t lock_wait_ns; /* spinning for locks that others held */
	uint64_t sleep_ns;
	uint64_t vaddr;	    /* kernel virtual address; 0: none */
	uint64_t requested; /* bytes asked for; 0 for a free */
	uint64_t granted;   /* bytes given; 0 where none were */
	pfn_t pfn;	  /* first page; of the slab for an object; PFN_NONE */
	uint32_t extents; /* runs of pages that follow each other; 0: none */
	/* These six bytes lie together: sim/digest.c. */
	uint8_t status;		 /* enum outcome_status */
	uint8_t path;		 /* enum alloc_path */
	uint8_t reason;		 /* enum alloc_reason */
	uint8_t skipped;	 /* enum skip_reason */
	uint8_t data;		 /* enum content_data: what a read came to */
	uint8_t data_byte;	 /* DATA_BYTE: the value */
	const struct zone *zone; /* NULL: none */
	/*
	 * What it did, for sinks that read it (sink_ops.reads_work); valid
	 * during the call only.
	 */
	const struct work *work;
};

#endif
