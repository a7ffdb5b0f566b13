/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_REPORT_H
#define KMEMSIM_MODELS_REPORT_H

/*
 * What a kernel would write to its log at the moment at which an allocation
 * fails or a task is killed. Models say that it happens; who listens
 * (task_ops.report) reads the rest off the state, which is as it was then.
 */

#include "models/memory.h"

struct slab_cache;

enum report_kind {
	REPORT_NO_PAGES,   /* warn_alloc() */
	REPORT_NO_SLAB,	   /* slab_out_of_memory() of SLUB */
	REPORT_NO_RANGE,   /* alloc_vmap_area(): no addresses */
	REPORT_OOM_KILL,   /* oom_kill_process(): before the task dies */
	REPORT_OOM_NOBODY, /* out_of_memory(): no task can be killed */
};

/* Who asks is memory->task, on memory->cpu. */
struct report {
	enum report_kind kind;
	gfp_t gfp;	  /* of the request; not with NO_RANGE */
	order_t order;	  /* OOM_KILL, OOM_NOBODY */
	node_t node;	  /* NO_SLAB: that was asked for; NODE_ANY */
	uint32_t victim;  /* OOM_KILL: the task's name */
	uint64_t size;	  /* NO_RANGE: bytes, with the guard page */
	const char *what; /* NO_PAGES: the text that says what failed */
	const struct slab_cache *cache; /* NO_SLAB */
};

/* Tells whoever listens. Costs nothing where nobody does. */
void report_tell(struct memory *memory, const struct report *report);

/*
 * The same for REPORT_NO_PAGES; not with __GFP_NOWARN. The text ends at 127
 * bytes.
 */
void report_no_pages(struct memory *memory, gfp_t gfp, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
