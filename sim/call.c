/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The names of operations, contexts and slab flags, as workloads spell them,
 * and of what a sink may be told; and a call's flags where it writes none.
 */

#include "sim/call.h"

#include "models/gfp.h"
#include "sim/outcome.h"

const char *const call_op_names[NR_CALL_OPS] = {
	[OP_ALLOC_PAGES] = "alloc_pages",
	[OP_GET_FREE_PAGES] = "__get_free_pages",
	[OP_GET_ZEROED_PAGE] = "get_zeroed_page",
	[OP_FREE_PAGES] = "free_pages",
	[OP_KMALLOC] = "kmalloc",
	[OP_KZALLOC] = "kzalloc",
	[OP_KFREE] = "kfree",
	[OP_VMALLOC] = "vmalloc",
	[OP_VZALLOC] = "vzalloc",
	[OP_VFREE] = "vfree",
	[OP_KVMALLOC] = "kvmalloc",
	[OP_KVFREE] = "kvfree",
	[OP_CACHE_CREATE] = "kmem_cache_create",
	[OP_CACHE_ALLOC] = "kmem_cache_alloc",
	[OP_CACHE_FREE] = "kmem_cache_free",
	[OP_CACHE_SHRINK] = "kmem_cache_shrink",
	[OP_CACHE_DESTROY] = "kmem_cache_destroy",
	[OP_MEMPOOL_CREATE] = "mempool_create",
	[OP_MEMPOOL_ALLOC] = "mempool_alloc",
	[OP_MEMPOOL_FREE] = "mempool_free",
	[OP_MEMPOOL_DESTROY] = "mempool_destroy",
	[OP_DMA_ALLOC_COHERENT] = "dma_alloc_coherent",
	[OP_DMA_FREE_COHERENT] = "dma_free_coherent",
	[OP_KMAP] = "kmap",
	[OP_KUNMAP] = "kunmap",
	[OP_MEMSET] = "memset",
	[OP_READ] = "read",
	[OP_TOUCH] = "touch",
	[OP_TRUNCATE] = "truncate",
	[OP_OOM_SCORE_ADJ] = "oom_score_adj",
	[OP_EXIT] = "exit",
	[OP_DRAIN_ALL_PAGES] = "drain_all_pages",
	[OP_KSWAPD_BEGIN] = "kswapd_begin",
	[OP_KSWAPD_END] = "kswapd_end",
	[OP_SAMPLE] = "sample",
};

const char *const call_context_names[NR_CALL_CONTEXTS] = {
	[CONTEXT_PROCESS] = "process",
	[CONTEXT_SOFTIRQ] = "softirq",
	[CONTEXT_HARDIRQ] = "hardirq",
	[CONTEXT_NMI] = "nmi",
};

const char *const skip_reason_names[NR_SKIP_REASONS] = {
	[SKIP_NONE] = "none",
	[SKIP_ALLOC_FAILED] = "alloc-failed",
	[SKIP_NOT_IN_USE] = "not-in-use",
	[SKIP_BAD_FREE] = "bad-free",
	[SKIP_BAD_ACCESS] = "bad-access",
	[SKIP_RECLAIMED] = "reclaimed",
	[SKIP_TASK_KILLED] = "task-killed",
	[SKIP_NOT_BEGUN] = "not-begun",
	[SKIP_STILL_WAITING] = "still-waiting",
};

gfp_t call_gfp(const struct call *call)
{
	if (call->has & CALL_HAS_GFP)
		return call->gfp;
	if (call->op == OP_VMALLOC || call->op == OP_VZALLOC)
		return GFP_KERNEL;
	return call->has & CALL_CAN_SLEEP ? GFP_KERNEL : GFP_ATOMIC;
}
