/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_TYPES_H
#define KMEMSIM_MODELS_TYPES_H

/*
 * The words that every model shares. Kernel things carry kernel names.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t pfn_t;	 /* a page frame's number; 16 TiB of 4 KiB pages */
typedef uint32_t gfp_t;	 /* GFP flags: models/gfp.h */
typedef uint8_t order_t; /* a block is 2^order pages */
typedef uint16_t cpu_t;
typedef int16_t node_t;

#define PFN_NONE UINT32_MAX   /* no page frame */
#define NODE_ANY ((node_t)-1) /* the CPU's own node */
/* A call's only, until it is run: the node of the frame that it had. */
#define NODE_RECORDED ((node_t)-2)

#define MAX_NODES 64
#define MAX_CPUS 1024
#define MAX_ORDERS 16 /* free lists of orders 0…15 at most */

/*
 * Kinds of zones, lowest addresses first, as in the kernel's enum zone_type.
 * A profile says which of them its kernel was built with.
 */
enum zone_type {
	ZONE_DMA,
	ZONE_DMA32,
	ZONE_NORMAL,
	ZONE_HIGHMEM,
	ZONE_MOVABLE,
	NR_ZONE_TYPES
};

/* "DMA", "DMA32", "Normal", "HighMem", "Movable" */
extern const char *const zone_type_names[NR_ZONE_TYPES];

/*
 * How movable a block's contents are. The first three have per-CPU lists of
 * their own (MIGRATE_PCPTYPES in the kernel).
 */
enum migratetype {
	MIGRATE_UNMOVABLE,
	MIGRATE_MOVABLE,
	MIGRATE_RECLAIMABLE,
	MIGRATE_HIGHATOMIC,
	MIGRATE_CMA,
	MIGRATE_ISOLATE,
	NR_MIGRATETYPES
};
#define NR_PCP_MIGRATETYPES 3

/* "unmovable", "movable", "reclaimable", "highatomic", "cma", "isolate" */
extern const char *const migratetype_names[NR_MIGRATETYPES];
/* The same as /proc/pagetypeinfo spells them: "Unmovable", "HighAtomic". */
extern const char *const proc_migratetype_names[NR_MIGRATETYPES];

/* Orders above this one are costly: the kernel tries less hard for them. */
#define PAGE_ALLOC_COSTLY_ORDER 3

/*
 * get_order(): the smallest order whose block holds `bytes`; 0 bytes: 0. With a
 * page_shift of 0, `bytes` are pages.
 */
static inline order_t get_order(uint64_t bytes, unsigned int page_shift)
{
	uint64_t pages = bytes ? (bytes - 1) >> page_shift : 0;

	return pages ? (order_t)(64 - __builtin_clzll(pages)) : 0;
}

/* Pages in bytes, or UINT64_MAX where that would be more. */
static inline uint64_t pages_bytes(uint64_t pages, unsigned int page_shift)
{
	return pages > UINT64_MAX >> page_shift ? UINT64_MAX :
						  pages << page_shift;
}

/* Reclaim takes pages off its lists in batches of this many. */
#define SWAP_CLUSTER_MAX 32

#endif
