/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The operations of a workload with the fields that each needs and takes.
 *
 * An operation takes the arguments of the kernel function that it is named
 * after (Linux 6.1: alloc_pages() in gfp.h, kmem_cache_create() in slab.h,
 * mempool_create() in mempool.h, dma_alloc_coherent() in dma-mapping.h), and
 * any operation may say who calls: cpu, node, ctx, can_sleep, task. What is no
 * call but happens to memory (touch, truncate, exit) says what it happens to;
 * kswapd_begin and kswapd_end (balance_pgdat()) to which node.
 */

#include "models/gfp.h"
#include "workloads/fields.h"

/* Who calls, and what a real kernel did: any operation may say so. */
#define CALLER                                                                 \
	(FIELD_BIT(FIELD_T) | FIELD_BIT(FIELD_OP) | FIELD_BIT(FIELD_CPU) |     \
	 FIELD_BIT(FIELD_NODE) | FIELD_BIT(FIELD_CTX) |                        \
	 FIELD_BIT(FIELD_CAN_SLEEP) | FIELD_BIT(FIELD_TASK) |                  \
	 FIELD_BIT(FIELD_RECORDED_OK) | FIELD_BIT(FIELD_RECORDED_PFN) |        \
	 FIELD_BIT(FIELD_RECORDED_VADDR))

#define ID FIELD_BIT(FIELD_ID)
#define PFN FIELD_BIT(FIELD_PFN)
#define PAGE FIELD_BIT(FIELD_PAGE)
#define CACHE FIELD_BIT(FIELD_CACHE)
#define POOL FIELD_BIT(FIELD_POOL)
#define LABEL FIELD_BIT(FIELD_LABEL)
#define AREA FIELD_BIT(FIELD_AREA)
#define ORDER FIELD_BIT(FIELD_ORDER)
#define SIZE FIELD_BIT(FIELD_SIZE)
#define ALIGN FIELD_BIT(FIELD_ALIGN)
#define MIN_NR FIELD_BIT(FIELD_MIN_NR)
#define MASK_BITS FIELD_BIT(FIELD_MASK_BITS)
#define OFFSET FIELD_BIT(FIELD_OFFSET)
#define BYTE FIELD_BIT(FIELD_BYTE)
#define FLAGS FIELD_BIT(FIELD_FLAGS)
#define GFP FIELD_BIT(FIELD_GFP)
#define MAPPING FIELD_BIT(FIELD_MAPPING)
#define RECLAIMABLE FIELD_BIT(FIELD_RECLAIMABLE)
#define WRITE FIELD_BIT(FIELD_WRITE)
#define VALUE FIELD_BIT(FIELD_VALUE)
#define TASK FIELD_BIT(FIELD_TASK)

/* What pages may be that the kernel can take back. */
#define LRU                                                                    \
	(FIELD_BIT(FIELD_LRU) | MAPPING | FIELD_BIT(FIELD_ACTIVE) |            \
	 FIELD_BIT(FIELD_DIRTY) | FIELD_BIT(FIELD_MAPPED) |                    \
	 FIELD_BIT(FIELD_EXECUTABLE) | FIELD_BIT(FIELD_UNEVICTABLE))

/* What a trace may say of what is freed; the allocation itself knows. */
#define SAID (ORDER | SIZE | GFP)

const struct operation operations[NR_CALL_OPS] = {
	[OP_ALLOC_PAGES] = { .required = ID | GFP,
			     .optional = ORDER | SIZE | PFN | LRU,
			     .either = ORDER | SIZE },
	[OP_GET_FREE_PAGES] = { .required = ID | GFP,
				.optional = ORDER | SIZE | LRU,
				.either = ORDER | SIZE },
	[OP_GET_ZEROED_PAGE] = { .required = ID | GFP, .optional = LRU },
	[OP_FREE_PAGES] = { .one_of = ID | PFN,
			    .optional = ORDER | PAGE,
			    .said = SIZE | GFP },
	[OP_KMALLOC] = { .required = ID | SIZE | GFP },
	[OP_KZALLOC] = { .required = ID | SIZE | GFP },
	[OP_KFREE] = { .required = ID, .said = SAID },
	[OP_VMALLOC] = { .required = ID | SIZE,
			 .optional = GFP,
			 .gfp = GFP_KERNEL },
	[OP_VZALLOC] = { .required = ID | SIZE,
			 .optional = GFP,
			 .gfp = GFP_KERNEL },
	[OP_VFREE] = { .required = ID, .said = SAID },
	[OP_KVMALLOC] = { .required = ID | SIZE | GFP },
	[OP_KVFREE] = { .required = ID, .said = SAID },
	[OP_CACHE_CREATE] = { .required = CACHE | SIZE,
			      .optional = ALIGN | FLAGS },
	[OP_CACHE_ALLOC] = { .required = ID | CACHE | GFP,
			     .optional = RECLAIMABLE },
	[OP_CACHE_FREE] = { .required = ID, .optional = CACHE, .said = SAID },
	[OP_CACHE_SHRINK] = { .required = CACHE },
	[OP_CACHE_DESTROY] = { .required = CACHE },
	[OP_MEMPOOL_CREATE] = { .required = POOL | MIN_NR,
				.one_of = CACHE | SIZE | ORDER },
	[OP_MEMPOOL_ALLOC] = { .required = ID | POOL | GFP },
	[OP_MEMPOOL_FREE] = { .required = ID, .optional = POOL, .said = SAID },
	[OP_MEMPOOL_DESTROY] = { .required = POOL },
	[OP_DMA_ALLOC_COHERENT] = { .required = ID | SIZE | GFP,
				    .optional = MASK_BITS | AREA },
	[OP_DMA_FREE_COHERENT] = { .required = ID, .said = SAID },
	[OP_KMAP] = { .required = ID, .optional = PAGE },
	[OP_KUNMAP] = { .required = ID, .optional = PAGE },
	[OP_MEMSET] = { .required = ID | BYTE, .optional = OFFSET | SIZE },
	[OP_READ] = { .required = ID, .optional = OFFSET | SIZE },
	[OP_TOUCH] = { .required = ID, .optional = WRITE },
	[OP_TRUNCATE] = { .required = MAPPING },
	[OP_OOM_SCORE_ADJ] = { .required = TASK | VALUE },
	[OP_EXIT] = { .required = TASK },
	[OP_DRAIN_ALL_PAGES] = { .optional = PFN },
	[OP_KSWAPD_BEGIN] = { .required = 0 },
	[OP_KSWAPD_END] = { .required = 0 },
	[OP_SAMPLE] = { .optional = LABEL },
};

field_set operation_fields(enum call_op op)
{
	const struct operation *operation = &operations[op];

	return CALLER | operation->required | operation->optional |
	       operation->one_of;
}
