/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_TIMELINE_H
#define KMEMSIM_SIM_TIMELINE_H

/*
 * Who ran when, who slept, who woke whom: what the engine tells its sinks
 * beside the outcomes of calls, in the order of simulated time on each CPU.
 */

#include "models/memory.h"

enum actor_kind {
	ACTOR_NOBODY,
	ACTOR_CALL,	 /* number: the operation's seq */
	ACTOR_KSWAPD,	 /* number: the node's id */
	ACTOR_KCOMPACTD, /* number: the node's id */
	ACTOR_FLUSHER,	 /* number: 0 */
	ACTOR_DEVICE,	 /* number: 0 the disk, 1 swap */
	ACTOR_IPI, /* number: the seq of the call that sent it; 0: a task */
	NR_ACTOR_KINDS
};
/* "call", "kswapd", "kcompactd", "flusher", "device", "ipi" */
extern const char *const actor_kind_names[NR_ACTOR_KINDS];

struct actor {
	enum actor_kind kind;
	uint64_t number;
};

enum timeline_kind {
	TIMELINE_WAITS,	    /* for its CPU, which `other` has */
	TIMELINE_RUNS,	    /* on `cpu`, from now on */
	TIMELINE_PREEMPTED, /* by `other`, on its CPU */
	TIMELINE_RESUMES,   /* after that */
	TIMELINE_SPINS,	    /* for a lock: `lock`, `ns` */
	TIMELINE_SLEEPS,    /* on `queue`, `number` */
	TIMELINE_WOKEN,	    /* by `other`; NOBODY: its timeout is over */
	TIMELINE_ENDS,	    /* the call is over */
	TIMELINE_IO,	    /* starts a request that takes `ns` */
	NR_TIMELINE_KINDS
};
/* "waits", "runs", "preempted", "resumes", "spins", "sleeps", "woken", … */
extern const char *const timeline_kind_names[NR_TIMELINE_KINDS];

struct timeline_event {
	uint64_t t_ns;
	enum timeline_kind kind;
	cpu_t cpu;
	struct actor who;
	struct actor other; /* ACTOR_NOBODY: none */
	const char *what;   /* of a call: its operation; or NULL */
	uint32_t task;	    /* name of the calling task; 0: not said */
	const char *queue;  /* SLEEPS: what is slept for; or NULL */
	uint32_t number;    /* of that queue */
	uint32_t lock;	    /* SPINS: its index in run_totals.locks */
	uint64_t ns;	    /* SPINS, IO: how long */
};

/* What a lock's users waited, over a run. */
struct lock_stats {
	char name[32];	  /* "zone 0 DMA32", "list_lock 1" */
	uint64_t taken;	  /* by calls and tasks, each counted once */
	uint64_t waited;  /* of these, those who had to wait */
	uint64_t held_ns; /* in all */
	uint64_t wait_ns; /* in all */
	uint64_t longest_wait_ns;
};

#endif
