/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_CALL_H
#define KMEMSIM_SIM_CALL_H

/*
 * One event of a workload: a call into the kernel, as its caller makes it.
 * Sources (workloads/) fill batches of these, the engine carries them out.
 * Fixed size and without pointers, so that a batch can be kept, packed and
 * handed between threads as it is; names are numbers of the run's
 * `struct names`.
 */

#include "models/slab/slab_flags.h"
#include "models/types.h"

enum call_op {
	OP_ALLOC_PAGES,
	OP_GET_FREE_PAGES,
	OP_GET_ZEROED_PAGE,
	OP_FREE_PAGES,
	OP_KMALLOC,
	OP_KZALLOC,
	OP_KFREE,
	OP_VMALLOC,
	OP_VZALLOC,
	OP_VFREE,
	OP_KVMALLOC,
	OP_KVFREE,
	OP_CACHE_CREATE,
	OP_CACHE_ALLOC,
	OP_CACHE_FREE,
	OP_CACHE_SHRINK,
	OP_CACHE_DESTROY,
	OP_MEMPOOL_CREATE,
	OP_MEMPOOL_ALLOC,
	OP_MEMPOOL_FREE,
	OP_MEMPOOL_DESTROY,
	OP_DMA_ALLOC_COHERENT,
	OP_DMA_FREE_COHERENT,
	OP_KMAP,
	OP_KUNMAP,
	OP_MEMSET,
	OP_READ,
	OP_TOUCH,
	OP_TRUNCATE,
	OP_OOM_SCORE_ADJ,
	OP_EXIT,
	OP_DRAIN_ALL_PAGES,
	OP_KSWAPD_BEGIN,
	OP_KSWAPD_END,
	OP_SAMPLE,
	NR_CALL_OPS
};

/* The name in YAML: the kernel function's. */
extern const char *const call_op_names[NR_CALL_OPS];

/* A set of operations: bit n is enum call_op n. */
typedef uint64_t op_set;
#define OP_BIT(op) ((op_set)1 << (op))

enum call_context {
	CONTEXT_PROCESS,
	CONTEXT_SOFTIRQ,
	CONTEXT_HARDIRQ,
	CONTEXT_NMI,
	NR_CALL_CONTEXTS
};

/* "process", "softirq", "hardirq", "nmi" */
extern const char *const call_context_names[NR_CALL_CONTEXTS];

/* What is in a call beyond the fields that every call has. */
enum call_has {
	CALL_HAS_ID = 1 << 0,	    /* id is a number of the workload */
	CALL_HAS_NAMED_ID = 1 << 1, /* id is a number of `struct names` */
	CALL_HAS_PFN = 1 << 2,	    /* a free that names its frame */
	CALL_HAS_RECORDED_OK = 1 << 3,
	CALL_HAS_RECORDED_PFN = 1 << 4,
	CALL_HAS_RECORDED_VADDR = 1 << 5,
	CALL_CAN_SLEEP = 1 << 6,
	CALL_RECORDED_OK = 1 << 7, /* the value, where it is had */
	CALL_HAS_ORDER = 1 << 8,   /* `order` was written */
	CALL_HAS_GFP = 1 << 9,	   /* `gfp` was written */
	/*
	 * A free of a part of the allocation `id`, as the kernel's
	 * split_page() makes possible: 2^order pages from page `page` on.
	 */
	CALL_HAS_PAGE = 1 << 10,
};

/* What is said of pages that the kernel may take back, and of their use. */
enum call_page_flag {
	CALL_LRU_FILE = 1 << 0, /* page cache */
	CALL_LRU_ANON = 1 << 1, /* anonymous memory */
	CALL_DIRTY = 1 << 2,	/* begins dirty; touch: writes */
	CALL_ACTIVE = 1 << 3,
	CALL_MAPPED = 1 << 4,
	CALL_EXECUTABLE = 1 << 5,
	CALL_UNEVICTABLE = 1 << 6,
	CALL_RECLAIMABLE = 1 << 7, /* kmem_cache_alloc: may be dropped */
};
#define CALL_LRU (CALL_LRU_FILE | CALL_LRU_ANON)

/*
 * What every call is asked for comes first, so that it lies in one line of a
 * processor's cache. From `gfp` to `byte` is what calls of one kind have in
 * common: sim/fast/fast_path.c.
 */
struct call {
	uint64_t t_ns; /* when the caller makes the call */
	uint64_t id;   /* CALL_HAS_ID or CALL_HAS_NAMED_ID */
	uint64_t size; /* bytes */
	gfp_t gfp;
	uint32_t name; /* cache, pool, area, file; a sample's label; 0 */
	uint16_t has;  /* enum call_has */
	cpu_t cpu;
	node_t node; /* NODE_ANY: the CPU's own; NODE_RECORDED */
	uint8_t op;  /* enum call_op */
	uint8_t ctx; /* enum call_context */
	order_t order;
	uint8_t pages;	   /* enum call_page_flag */
	uint8_t mask_bits; /* dma_alloc_coherent: of the device; 0: not said */
	uint8_t byte;	   /* memset: what it is filled with */
	uint32_t task;	   /* comm of the caller, or whom it is about; 0 */
	uint64_t line;	   /* where the event begins in its file */
	uint32_t column;
	pfn_t pfn;		 /* CALL_HAS_PFN */
	uint64_t recorded_vaddr; /* offset from VMALLOC_START for vmalloc */
	uint64_t offset;	 /* memset, read: from the first byte */
	pfn_t recorded_pfn;
	uint32_t page;	     /* CALL_HAS_PAGE: counted from the block's first */
	uint32_t align;	     /* kmem_cache_create: bytes */
	uint32_t slab_flags; /* kmem_cache_create: enum slab_flag */
	union {
		uint32_t min_nr; /* mempool_create: elements in reserve */
		int32_t value;	 /* oom_score_adj */
	};
	uint32_t cache; /* mempool_create: drawn from; 0: no cache */
};

/*
 * The flags of a call: those that it writes, or what its context lets it use.
 * vmalloc() itself has none, and is GFP_KERNEL.
 */
gfp_t call_gfp(const struct call *call);

/* True for an operation after which its id stands for what it made. */
static inline bool call_makes_allocation(const struct call *call)
{
	const op_set makers =
		OP_BIT(OP_ALLOC_PAGES) | OP_BIT(OP_GET_FREE_PAGES) |
		OP_BIT(OP_GET_ZEROED_PAGE) | OP_BIT(OP_KMALLOC) |
		OP_BIT(OP_KZALLOC) | OP_BIT(OP_VMALLOC) | OP_BIT(OP_VZALLOC) |
		OP_BIT(OP_KVMALLOC) | OP_BIT(OP_CACHE_ALLOC) |
		OP_BIT(OP_MEMPOOL_ALLOC) | OP_BIT(OP_DMA_ALLOC_COHERENT);

	return makers & OP_BIT(call->op);
}

/* True for an operation that counts in `seq`: all but those of no caller. */
static inline bool call_is_counted(const struct call *call)
{
	const op_set not_counted =
		OP_BIT(OP_SAMPLE) | OP_BIT(OP_DRAIN_ALL_PAGES) |
		OP_BIT(OP_KSWAPD_BEGIN) | OP_BIT(OP_KSWAPD_END);

	return !(not_counted & OP_BIT(call->op));
}

#endif
