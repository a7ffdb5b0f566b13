/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_PAGE_PAGE_ALLOC_H
#define KMEMSIM_MODELS_PAGE_PAGE_ALLOC_H

/*
 * The page allocator's front door: what alloc_pages() and free_pages() of the
 * kernel do, zone by zone.
 */

#include "models/memory.h"

struct page_request {
	gfp_t gfp;
	order_t order;
	cpu_t cpu;
	node_t node; /* NODE_ANY: the CPU's own */
};

/* Which way an allocation was served, the cheapest first. */
enum alloc_path {
	PATH_NONE,	   /* nothing was allocated */
	PATH_PCP,	   /* from a per-CPU list as it stood */
	PATH_PCP_REFILL,   /* from a per-CPU list after a refill */
	PATH_BUDDY,	   /* straight from the free lists */
	PATH_SLOW,	   /* after the slow path lowered the watermark */
	PATH_RECLAIM,	   /* after direct reclaim */
	PATH_COMPACTION,   /* after direct compaction */
	PATH_SLAB_CPU,	   /* an object of the CPU's own slab */
	PATH_SLAB_PARTIAL, /* an object of a partial slab */
	PATH_SLAB_NEW,	   /* an object of a new slab */
	PATH_VMALLOC,
	PATH_CMA,      /* a range of a contiguous memory area */
	PATH_DMA_POOL, /* from the pools for devices' memory */
	PATH_RESERVE,  /* an element that a mempool held back */
	NR_ALLOC_PATHS
};
extern const char *const alloc_path_names[NR_ALLOC_PATHS];

/* Why an allocation failed. */
enum alloc_reason {
	REASON_NONE,
	REASON_WATERMARK,   /* no zone is above the mark the caller may go to */
	REASON_FRAGMENTED,  /* enough pages, no block of the order */
	REASON_NO_ZONE,	    /* no zone that the flags and node allow */
	REASON_ORDER,	    /* above the largest order there is */
	REASON_BAD_FLAGS,   /* a combination that the kernel forbids */
	REASON_NOFAIL_LOOP, /* __GFP_NOFAIL with nothing to wait for */
	REASON_TOO_BIG,	    /* kmalloc above its limit */
	REASON_ADDRESS_SPACE, /* no room in vmalloc's range */
	REASON_IN_USE,	      /* a cache with live objects is not destroyed */
	REASON_POOL_EMPTY,    /* a pool has nothing left, and no time to wait */
	REASON_STILL_WAITING, /* the run ended before an element came back */
	REASON_DEVICE_MASK,   /* no memory that the device can reach */
	REASON_NO_SLOT,	      /* kmap has no slot left */
	REASON_NO_RANGE,  /* above the largest order, and no area has it free */
	REASON_FORBIDDEN, /* the kernel stops: its context forbids the call */
	REASON_STUCK,	  /* it waits for memory that nobody will free */
	NR_ALLOC_REASONS
};
extern const char *const alloc_reason_names[NR_ALLOC_REASONS];

/* Rounds of reclaim in a row without progress: MAX_RECLAIM_RETRIES. */
#define RECLAIM_RETRIES_MOST 16

/* What was tried for a request when no zone was above its low mark. */
struct page_efforts {
	uint32_t rounds;    /* over the zones, beyond the first look */
	uint32_t reclaims;  /* times that it reclaimed */
	uint64_t reclaimed; /* pages that came of it, at least */
	uint32_t compactions[NR_COMPACT_RESULTS]; /* how each went */
	uint32_t kills[NR_OOM_RESULTS]; /* how the OOM killer answered */
};

struct page_grant {
	pfn_t pfn;		 /* PFN_NONE: failed */
	const struct zone *zone; /* NULL: failed */
	enum alloc_path path;
	enum alloc_reason reason;
	bool no_watermarks; /* all marks were ignored: pfmemalloc */
};

/*
 * Allocates a block. Exhaustion is a result, in `reason`. Adds to
 * memory->work. Source: __alloc_pages(), mm/page_alloc.c, Linux 6.1.
 */
struct page_grant page_alloc(struct memory *memory,
			     const struct page_request *request);

/*
 * Frees a block that page_alloc() gave, by the CPU that frees it.
 * Source: __free_pages().
 */
void page_free(struct memory *memory, cpu_t cpu, pfn_t pfn, order_t order);

/*
 * Allocates up to `nr` single pages in one go, as vmalloc does; the rest is
 * for the caller to get one by one. Returns how many were put in pages[].
 * Source: __alloc_pages_bulk().
 */
uint32_t page_alloc_bulk(struct memory *memory,
			 const struct page_request *request, uint32_t nr,
			 pfn_t *pages);

/*
 * True if the block is in use since before the run began (PAGE_BOOT), all of
 * it: then it can be freed by its frame number with page_free_boot().
 */
bool page_is_boot(const struct memory *memory, pfn_t pfn, order_t order);
void page_free_boot(struct memory *memory, cpu_t cpu, pfn_t pfn, order_t order);
/* From here on it is a block as if page_alloc() had given it. */
void page_adopt_boot(struct memory *memory, pfn_t pfn, order_t order,
		     gfp_t gfp);

/*
 * Turns an allocated block into 2^order allocated single pages, each to be
 * freed on its own. Source: split_page().
 */
void page_split(struct memory *memory, pfn_t pfn, order_t order);

/* Frees 2^order pages of a block that page_split() cut up, as one block. */
void page_free_part(struct memory *memory, cpu_t cpu, pfn_t pfn, order_t order);

/*
 * Empties every CPU's lists into the free lists; `cpu` is the one that does
 * the work. Source: drain_all_pages(NULL).
 */
void page_drain_all(struct memory *memory, cpu_t cpu);
/* The same for one zone: drain_all_pages(zone). */
void page_drain_zone(struct memory *memory, struct zone *zone, cpu_t cpu);

#endif
