/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_REPORT_H
#define KMEMSIM_MODELS_REPORT_H

/*
 * What a kernel would write to its log at the moment at which an allocation
 * fails or a task is killed. Models say that it happens; who listens
 * (task_ops.report) reads the rest off the state, which is as it was then.
 */

#include "models/memory.h"
#include "models/page/page_alloc.h"

struct slab_cache;

enum report_kind {
	REPORT_NO_PAGES,   /* warn_alloc() */
	REPORT_NO_SLAB,	   /* slab_out_of_memory() of SLUB */
	REPORT_NO_RANGE,   /* alloc_vmap_area(): no addresses */
	REPORT_OOM_KILL,   /* oom_kill_process(): before the task dies */
	REPORT_OOM_NOBODY, /* out_of_memory(): no task can be killed */
};

/* Why a failure is told that a kernel would not write to its log. */
enum report_silence {
	REPORT_WRITTEN, /* it would */
	REPORT_NOWARN,	/* __GFP_NOWARN */
	REPORT_LOOPS,	/* it goes round for ever instead */
	REPORT_NO_DMA,	/* of ZONE_DMA, of which the machine has nothing */
};

/*
 * How a request for pages came to fail. The state that it saw last is as it
 * was. Valid during the report only.
 */
struct page_failure {
	const struct zonelist *zonelist;
	enum zone_type highest; /* the request's own zone */
	enum migratetype type;
	unsigned int alloc_flags; /* enum alloc_flags, of the last attempts */
	gfp_t gfp;
	order_t order;
	cpu_t cpu;
	enum alloc_reason reason;
	const struct page_efforts *efforts; /* NULL: none were made */
};

/* The caller is memory->task, on memory->cpu. */
struct report {
	enum report_kind kind;
	enum report_silence silence; /* NO_PAGES */
	gfp_t gfp;		     /* of the request; not with NO_RANGE */
	order_t order;		     /* OOM_KILL, OOM_NOBODY */
	node_t node;		     /* NO_SLAB: that was asked for; NODE_ANY */
	uint32_t victim;	     /* OOM_KILL: the task's name */
	uint64_t size;		     /* NO_RANGE: bytes, with the guard page */
	const char *what; /* NO_PAGES: the text that says what failed */
	const struct slab_cache *cache; /* NO_SLAB */
	/* NO_PAGES, of the page allocator itself; else NULL. */
	const struct page_failure *pages;
};

/* Tells whoever listens. Costs nothing where nobody does. */
void report_tell(struct memory *memory, const struct report *report);

/*
 * The same for REPORT_NO_PAGES, kept back as warn_alloc() does for these flags.
 * The text ends at 127 bytes.
 */
void report_no_pages(struct memory *memory, gfp_t gfp, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same of the page allocator's own failures. */
void report_page_failure(struct memory *memory,
			 const struct page_failure *failure);

#endif
