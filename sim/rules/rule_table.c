/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rules that calls into the memory management must keep.
 *
 * Each has an identifier, the kernel's words about it, what to do instead,
 * and what becomes of a call that breaks it. Where the kernel has words, they
 * are those of Linux 6.1 without line numbers, addresses and the mask that a
 * caller did not write; many come with debugging options only (a sleeping
 * function in atomic context, CONFIG_DEBUG_ATOMIC_SLEEP; a BUG of gfp.h,
 * CONFIG_DEBUG_VM) and most but once. Here each call that breaks a rule is
 * told, for each one is a bug. Where the kernel has no words, because the
 * broken rule is only written in a comment, they are ours.
 *
 * Sources:
 *
 * - May it sleep? might_alloc() in sched/mm.h is passed by every allocation;
 *   alloc_vmap_area() and vfree() in vmalloc.c, kmap() in highmem-internal.h,
 *   the locks of slab_common.c and slub.c ask for themselves.
 * - In an interrupt: __get_vm_area_node() stops for any, vfree() for NMIs
 *   (in other interrupts it defers its work), dma_free_attrs() warns where
 *   interrupts are off. The allocators' locks are not safe in NMIs, which
 *   their documentation says.
 * - Flags: gfp_zone() and gfp_migratetype() in gfp.h; __alloc_pages(),
 *   __alloc_pages_slowpath() and rmqueue() in page_alloc.c, the first two
 *   silent with __GFP_NOWARN; kmalloc_fix_flags() in slab_common.c, which is
 *   passed where a new slab is needed; __get_free_pages(), dma_alloc_attrs()
 *   take flags away silently; kvmalloc_node() in util.c, mempool_alloc(); what
 *   vmalloc takes is said above __vmalloc_node_range().
 *
 * Left out: rules about locks and about memory reclaim (lockdep's), about
 * contents (poison, red zones), about who may call what at boot.
 */

#include "sim/rules/rules.h"

#define ZONE_FLAGS (__GFP_DMA | __GFP_HIGHMEM | __GFP_DMA32)
/* GFP_SLAB_BUG_MASK, mm/internal.h. */
#define SLAB_BUG_FLAGS (__GFP_HIGHMEM | __GFP_DMA32)

/* ---- what a call asks for ---- */

/* The flags that reach the page allocator. */
static gfp_t page_flags(const struct call *call)
{
	gfp_t gfp = call_gfp(call);

	switch ((enum call_op)call->op) {
	case OP_GET_FREE_PAGES:
	case OP_GET_ZEROED_PAGE:
		return gfp & ~__GFP_HIGHMEM;
	case OP_KMALLOC:
	case OP_KZALLOC:
	case OP_KVMALLOC:
	case OP_CACHE_ALLOC:
		return gfp & ~SLAB_BUG_FLAGS;
	default:
		return gfp;
	}
}

static bool asks_pages(const struct call *call)
{
	return call->op == OP_ALLOC_PAGES || call->op == OP_GET_FREE_PAGES ||
	       call->op == OP_GET_ZEROED_PAGE;
}

/* ---- what breaks each rule ---- */

static bool may_sleep_where_none_may(const struct rules *rules,
				     const struct call *call)
{
	(void)rules;
	return !call_may_sleep(call) && call_gfp(call) & __GFP_DIRECT_RECLAIM;
}

static bool in_interrupt(const struct rules *rules, const struct call *call)
{
	(void)rules;
	return call_in_interrupt(call);
}

static bool in_nmi(const struct rules *rules, const struct call *call)
{
	(void)rules;
	return call->ctx == CONTEXT_NMI;
}

static bool in_atomic(const struct rules *rules, const struct call *call)
{
	(void)rules;
	return !call_may_sleep(call);
}

/* Without HighMem kunmap() has nothing to do, and may be called anywhere. */
static bool where_kmap_may_not(const struct rules *rules,
			       const struct call *call)
{
	if (call->op == OP_KUNMAP && !(rules->zone_types & 1u << ZONE_HIGHMEM))
		return false;
	return in_atomic(rules, call);
}

static bool under_a_lock(const struct rules *rules, const struct call *call)
{
	(void)rules;
	return call_under_lock(call);
}

static bool with_irqs_off(const struct rules *rules, const struct call *call)
{
	(void)rules;
	return call->ctx == CONTEXT_HARDIRQ || call->ctx == CONTEXT_NMI;
}

static bool not_for_vmalloc(const struct rules *rules, const struct call *call)
{
	gfp_t gfp = call_gfp(call);

	(void)rules;
	if (call->op == OP_KVMALLOC)
		return !(gfp & __GFP_DIRECT_RECLAIM) || gfp & __GFP_NORETRY;
	return !(gfp & __GFP_DIRECT_RECLAIM) ||
	       gfp & (ZONE_FLAGS | __GFP_NORETRY | __GFP_RETRY_MAYFAIL);
}

static bool not_for_slab(const struct rules *rules, const struct call *call)
{
	(void)rules;
	return call_gfp(call) & SLAB_BUG_FLAGS;
}

static bool not_to_be_reaped(const struct rules *rules, const struct call *call)
{
	return call->slab_flags & SLAB_NO_REAP && !rules->knows_no_reap;
}

static bool from_highmem(const struct rules *rules, const struct call *call)
{
	(void)rules;
	return call_gfp(call) & __GFP_HIGHMEM;
}

static bool with_zone_flags(const struct rules *rules, const struct call *call)
{
	(void)rules;
	return call_gfp(call) & ZONE_FLAGS;
}

static bool above_kmalloc(const struct rules *rules, const struct call *call)
{
	return call->size > rules->kmalloc_max &&
	       !(call_gfp(call) & __GFP_NOWARN);
}

static bool above_kvmalloc(const struct rules *rules, const struct call *call)
{
	(void)rules;
	return call->size > INT32_MAX &&
	       (call_gfp(call) & (__GFP_DIRECT_RECLAIM | __GFP_NOWARN)) ==
		       __GFP_DIRECT_RECLAIM;
}

static bool above_largest(const struct rules *rules, const struct call *call)
{
	return rules_order(rules, call) >= rules->nr_orders &&
	       !(call_gfp(call) & __GFP_NOWARN);
}

/* More than there is in the zones that the flags confine it to. */
static bool above_zone(const struct rules *rules, const struct call *call)
{
	gfp_t gfp = page_flags(call);
	enum zone_type highest;
	uint64_t bytes = call->size;

	if (!rules->has_sizes || !(gfp & (__GFP_DMA | __GFP_DMA32)) ||
	    !gfp_zone(gfp, rules->zone_types, &highest))
		return false;
	if (asks_pages(call))
		bytes = pages_bytes(1ull << rules_order(rules, call),
				    rules->page_shift);
	return bytes > rules->reach[highest];
}

static bool zones_conflict(const struct rules *rules, const struct call *call)
{
	enum zone_type highest;

	return !gfp_zone(page_flags(call), rules->zone_types, &highest);
}

static bool mobility_conflicts(const struct rules *rules,
			       const struct call *call)
{
	gfp_t both = __GFP_MOVABLE | __GFP_RECLAIMABLE;

	(void)rules;
	return (call_gfp(call) & both) == both;
}

static bool atomic_may_reclaim(const struct rules *rules,
			       const struct call *call)
{
	gfp_t both = __GFP_ATOMIC | __GFP_DIRECT_RECLAIM;

	(void)rules;
	return (call_gfp(call) & both) == both;
}

static bool nofail_cannot_wait(const struct rules *rules,
			       const struct call *call)
{
	gfp_t gfp = call_gfp(call);

	(void)rules;
	return gfp & __GFP_NOFAIL &&
	       !(gfp & (__GFP_DIRECT_RECLAIM | __GFP_NOWARN));
}

static bool nofail_high_order(const struct rules *rules,
			      const struct call *call)
{
	return call_gfp(call) & __GFP_NOFAIL && rules_order(rules, call) > 1;
}

static bool wants_zeros(const struct rules *rules, const struct call *call)
{
	(void)rules;
	return call_gfp(call) & __GFP_ZERO;
}

/* ---- the table ---- */

#define OP(op) OP_BIT(OP_##op)
#define PAGE_OPS (OP(ALLOC_PAGES) | OP(GET_FREE_PAGES) | OP(GET_ZEROED_PAGE))
#define KMALLOC_OPS (OP(KMALLOC) | OP(KZALLOC))
#define SLAB_OPS (KMALLOC_OPS | OP(CACHE_ALLOC))
#define VMALLOC_OPS (OP(VMALLOC) | OP(VZALLOC))
#define OTHER_OPS (OP(KVMALLOC) | OP(MEMPOOL_ALLOC) | OP(DMA_ALLOC_COHERENT))
#define GFP_OPS (PAGE_OPS | SLAB_OPS | OTHER_OPS)
#define FREE_OPS                                                               \
	(OP(FREE_PAGES) | OP(KFREE) | OP(KVFREE) | OP(CACHE_FREE) |            \
	 OP(MEMPOOL_FREE) | OP(MEMPOOL_DESTROY) | OP(DMA_FREE_COHERENT))

#define SLEEPS "BUG: sleeping function called from invalid context at "
#define ASK_EARLIER "or call it before the lock is taken, or from a work item"

const struct rule rule_table[NR_RULES] = {
	[RULE_SLEEP_IN_ATOMIC] = {
		.id = "sleep-in-atomic",
		.says = SLEEPS "include/linux/sched/mm.h: {op} with {names} in "
			       "{context}",
		.instead = "GFP_ATOMIC, or GFP_NOWAIT where failing is cheap; "
			   "or allocate before the lock is taken",
		.ops = GFP_OPS,
		.is_broken = may_sleep_where_none_may,
	},
	[RULE_VMALLOC_IN_INTERRUPT] = {
		.id = "vmalloc-in-interrupt",
		.says = "kernel BUG at mm/vmalloc.c! {op} in {context}",
		.instead = "kmalloc with GFP_ATOMIC, or an area made "
			   "beforehand in process context",
		.effect = RULE_STOPS,
		.ops = VMALLOC_OPS,
		.is_broken = in_interrupt,
	},
	[RULE_VMALLOC_IN_ATOMIC] = {
		.id = "vmalloc-in-atomic",
		.says = SLEEPS "mm/vmalloc.c: {op} in {context}",
		.instead = "kmalloc with GFP_ATOMIC, " ASK_EARLIER,
		.ops = VMALLOC_OPS,
		.is_broken = under_a_lock,
	},
	[RULE_VMALLOC_FLAGS] = {
		.id = "vmalloc-flags",
		.says = "{op} does not support {names}: it may have to wait, "
			"and picks its zones itself",
		.instead = "GFP_KERNEL, or GFP_NOFS or GFP_NOIO for vmalloc, "
			   "with __GFP_NOFAIL and __GFP_NOWARN if need be",
		.ops = VMALLOC_OPS | OP(KVMALLOC),
		.is_broken = not_for_vmalloc,
	},
	[RULE_VFREE_IN_NMI] = {
		.id = "vfree-in-nmi",
		.says = "kernel BUG at mm/vmalloc.c! {op} in {context}",
		.instead = "leave it to an interrupt or a work item",
		.effect = RULE_STOPS,
		.ops = OP(VFREE),
		.is_broken = in_nmi,
	},
	[RULE_VFREE_IN_ATOMIC] = {
		.id = "vfree-in-atomic",
		.says = SLEEPS "mm/vmalloc.c: {op} in {context}",
		.instead = "vfree_atomic, or call it after the lock is let go",
		.ops = OP(VFREE), /* kvfree: once the id is known */
		.is_broken = under_a_lock,
	},
	[RULE_SLAB_ZONE_FLAGS] = {
		.id = "slab-zone-flags",
		.says = "Unexpected gfp: {bad}. Fixing up to gfp: {fixed}. Fix "
			"your code!",
		.instead = "alloc_pages for HighMem; a cache with "
			   "SLAB_CACHE_DMA32, or dma_alloc_coherent, for DMA32",
		.effect = RULE_CORRECTED,
		.ops = SLAB_OPS | OP(KVMALLOC),
		.is_broken = not_for_slab,
	},
	[RULE_HIGHMEM_ADDRESS] = {
		.id = "highmem-address",
		.says = "{op} gives an address, and a page in HighMem has "
			"none: __GFP_HIGHMEM is taken away",
		.instead = "alloc_pages and kmap, or no __GFP_HIGHMEM",
		.effect = RULE_CORRECTED,
		.ops = OP(GET_FREE_PAGES) | OP(GET_ZEROED_PAGE),
		.is_broken = from_highmem,
	},
	[RULE_KMALLOC_TOO_BIG] = {
		.id = "kmalloc-too-big",
		.says = "{kmalloc}{op} of {size} bytes, above the largest, "
			"{kmalloc_max}",
		.instead = "vmalloc, or kvmalloc where contiguous memory is "
			   "only nice to have",
		.effect = RULE_FAILS,
		.ops = KMALLOC_OPS,
		.is_broken = above_kmalloc,
	},
	[RULE_KVMALLOC_TOO_BIG] = {
		.id = "kvmalloc-too-big",
		.says = "WARNING: at mm/util.c kvmalloc_node: {op} of {size} "
			"bytes, above the largest, 2147483647",
		.instead = "vmalloc",
		.effect = RULE_FAILS,
		.ops = OP(KVMALLOC),
		.is_broken = above_kvmalloc,
	},
	[RULE_ORDER_TOO_BIG] = {
		.id = "order-too-big",
		.says = "WARNING: at mm/page_alloc.c __alloc_pages: order "
			"{order}, above the largest, {max_order}",
		.instead = "vmalloc, several smaller blocks, or CMA",
		.effect = RULE_FAILS,
		.ops = PAGE_OPS,
		.is_broken = above_largest,
	},
	[RULE_ZONE_TOO_SMALL] = {
		.id = "zone-too-small",
		.says = "{op} with {names} asks for more than the {reach} "
			"bytes that there are in those zones: it can't succeed",
		.instead = "a smaller size, or dma_alloc_coherent with the "
			   "device's mask",
		.effect = RULE_FAILS,
		.ops = PAGE_OPS | KMALLOC_OPS | VMALLOC_OPS,
		.is_broken = above_zone,
	},
	[RULE_ZONE_CONFLICT] = {
		.id = "zone-conflict",
		.says = "kernel BUG at include/linux/gfp.h! {op} with {names}: "
			"these zones exclude each other",
		.instead = "one of GFP_DMA, GFP_DMA32 and __GFP_HIGHMEM",
		.effect = RULE_FAILS,
		.ops = PAGE_OPS | VMALLOC_OPS,
		.is_broken = zones_conflict,
	},
	[RULE_MOBILITY_CONFLICT] = {
		.id = "mobility-conflict",
		.says = "WARNING: at include/linux/gfp.h gfp_migratetype: "
			"{names}",
		.instead = "__GFP_MOVABLE or __GFP_RECLAIMABLE, not both",
		.ops = GFP_OPS,
		.is_broken = mobility_conflicts,
	},
	[RULE_ATOMIC_MAY_RECLAIM] = {
		.id = "atomic-may-reclaim",
		.says = "WARNING: at mm/page_alloc.c __alloc_pages_slowpath: "
			"{names}",
		.instead = "GFP_ATOMIC without flags that let it wait; or "
			   "GFP_KERNEL|__GFP_HIGH, where waiting is allowed",
		.effect = RULE_CORRECTED,
		.ops = GFP_OPS | VMALLOC_OPS,
		.is_broken = atomic_may_reclaim,
	},
	[RULE_NOFAIL_CANNOT_WAIT] = {
		.id = "nofail-cannot-wait",
		.says = "WARNING: at mm/page_alloc.c __alloc_pages_slowpath: "
			"{names}: without __GFP_DIRECT_RECLAIM it may fail",
		.instead = "GFP_KERNEL|__GFP_NOFAIL where it may sleep; else "
			   "a mempool",
		.ops = GFP_OPS,
		.is_broken = nofail_cannot_wait,
	},
	[RULE_NOFAIL_HIGH_ORDER] = {
		.id = "nofail-high-order",
		.says = "WARNING: at mm/page_alloc.c rmqueue: __GFP_NOFAIL "
			"with order {order}",
		.instead = "kvmalloc or vmalloc with __GFP_NOFAIL, which take "
			   "single pages",
		.ops = PAGE_OPS | KMALLOC_OPS,
		.is_broken = nofail_high_order,
	},
	[RULE_NMI] = {
		.id = "nmi",
		.says = "{op} in {context}: it may wait for a lock that the "
			"interrupted code holds",
		.instead = "memory set aside beforehand; irq_work for the rest",
		.ops = GFP_OPS | FREE_OPS,
		.is_broken = in_nmi,
	},
	[RULE_CACHE_CREATE_IN_ATOMIC] = {
		.id = "cache-create-in-atomic",
		.says = SLEEPS "kernel/locking/mutex.c: {op} in {context}",
		.instead = "create it when the driver is loaded",
		.ops = OP(CACHE_CREATE),
		.is_broken = in_atomic,
	},
	[RULE_NO_REAP] = {
		.id = "no-reap",
		.says = "SLAB_NO_REAP is not known to this kernel: {cache} is "
			"made without it",
		.instead = "nothing: kernels from 2.6.17 on reap every cache",
		.effect = RULE_CORRECTED,
		.ops = OP(CACHE_CREATE),
		.is_broken = not_to_be_reaped,
	},
	[RULE_CACHE_DESTROY_IN_ATOMIC] = {
		.id = "cache-destroy-in-atomic",
		.says = SLEEPS "include/linux/percpu-rwsem.h: {op} in "
			       "{context}",
		.instead = "destroy it when the driver is unloaded",
		.ops = OP(CACHE_DESTROY),
		.is_broken = in_atomic,
	},
	[RULE_CACHE_SHRINK_IN_ATOMIC] = {
		.id = "cache-shrink-in-atomic",
		.says = SLEEPS "include/linux/percpu-rwsem.h: {op} in "
			       "{context}",
		.instead = "shrink it from a work item",
		.ops = OP(CACHE_SHRINK),
		.is_broken = in_atomic,
	},
	[RULE_MEMPOOL_CREATE_IN_ATOMIC] = {
		.id = "mempool-create-in-atomic",
		.says = SLEEPS "include/linux/sched/mm.h: {op} in {context}",
		.instead = "create it when the driver is loaded",
		.ops = OP(MEMPOOL_CREATE),
		.is_broken = in_atomic,
	},
	[RULE_MEMPOOL_ZERO] = {
		.id = "mempool-zero",
		.says = "WARNING: at mm/mempool.c mempool_alloc: __GFP_ZERO, "
			"which an element of the reserve does not heed",
		.instead = "memset after it",
		.ops = OP(MEMPOOL_ALLOC),
		.is_broken = wants_zeros,
	},
	[RULE_DMA_ZONE_FLAGS] = {
		.id = "dma-zone-flags",
		.says = "{op} picks the zone by the device's mask: {zones} is "
			"taken away",
		.instead = "the device's mask",
		.effect = RULE_CORRECTED,
		.ops = OP(DMA_ALLOC_COHERENT),
		.is_broken = with_zone_flags,
	},
	[RULE_DMA_FREE_IN_IRQ] = {
		.id = "dma-free-in-irq",
		.says = "WARNING: at kernel/dma/mapping.c dma_free_attrs: in "
			"{context}",
		.instead = "free it where interrupts are on",
		.ops = OP(DMA_FREE_COHERENT),
		.is_broken = with_irqs_off,
	},
	[RULE_KMAP_IN_ATOMIC] = {
		.id = "kmap-in-atomic",
		.says = SLEEPS "include/linux/highmem-internal.h: {op} in "
			       "{context}",
		.instead = "kmap_local_page",
		.ops = OP(KMAP) | OP(KUNMAP),
		.is_broken = where_kmap_may_not,
	},
	[RULE_TOUCH_IN_ATOMIC] = {
		.id = "touch-in-atomic",
		.says = SLEEPS "mm/filemap.c: {op} in {context}: what was "
			       "taken back has to be read",
		.instead = "pages that the kernel does not take back, or a "
			   "work item",
		.effect = RULE_STOPS,
		.ops = OP(TOUCH),
		.is_broken = in_atomic,
	},
	[RULE_TRUNCATE_IN_ATOMIC] = {
		.id = "truncate-in-atomic",
		.says = SLEEPS "mm/truncate.c: {op} in {context}",
		.instead = "truncate it from a work item",
		.ops = OP(TRUNCATE),
		.is_broken = in_atomic,
	},
	[RULE_EXIT_IN_INTERRUPT] = {
		.id = "exit-in-interrupt",
		.says = "Kernel panic - not syncing: Aiee, killing interrupt "
			"handler! ({context})",
		.instead = "a signal to the task",
		.effect = RULE_STOPS,
		.ops = OP(EXIT),
		.is_broken = in_interrupt,
	},
	[RULE_BAD_FREE] = {
		.id = "bad-free",
		.says = "id {id} is not live: it was never allocated, or was "
			"freed already",
		.instead = "free it once",
		.effect = RULE_SKIPPED,
	},
	[RULE_WRONG_FREE] = {
		.id = "wrong-free",
		.says = "{vfree}id {id} was made by {by} and can't be freed "
			"by {op}",
		.instead = "{right}",
	},
	[RULE_WRONG_ORDER] = {
		.id = "wrong-order",
		.says = "id {id} is of order {made_order}, and {op} is told "
			"order {order}",
		.instead = "order {made_order}, as it was allocated",
	},
	[RULE_WRONG_CACHE] = {
		.id = "wrong-cache",
		.says = "cache_from_obj: Wrong slab cache. {cache} but object "
			"is from {other}",
		.instead = "the cache that it was allocated from",
	},
	[RULE_DESTROY_IN_USE] = {
		.id = "destroy-in-use",
		.says = "kmem_cache_destroy {cache}: Slab cache still has "
			"objects ({live})",
		.instead = "free them first",
		.effect = RULE_FAILS,
	},
	[RULE_POOL_IN_USE] = {
		.id = "pool-in-use",
		.says = "mempool_destroy {cache}: elements are still out "
			"({live}){holders}",
		.instead = "free them first",
	},
	[RULE_POOL_DESTROYED] = {
		.id = "pool-destroyed",
		.says = "an element is freed to pool {other}, which has been "
			"destroyed",
		.instead = "free it before the pool is destroyed",
	},
	[RULE_WRONG_POOL] = {
		.id = "wrong-pool",
		.says = "an element of pool {other} is freed to pool {cache}",
		.instead = "the pool that it was allocated from",
	},
	[RULE_NEVER_WOKEN] = {
		.id = "never-woken",
		.says = "id {id} waits for an element of pool {other} for "
			"ever: elements are out ({live}){holders}",
		.instead = "a caller who does not hold elements while it waits "
			   "for more; or a larger min_nr",
		.effect = RULE_FAILS,
	},
	/* Whoever finds these knows more than the call, and words it so. */
	[RULE_USE_AFTER_FREE] = {
		.id = "use-after-free",
		.says = "what is used is not live, or its page was freed",
		.instead = "use it before it is freed",
		.effect = RULE_SKIPPED,
	},
	[RULE_OUT_OF_BOUNDS] = {
		.id = "out-of-bounds",
		.says = "bytes outside of the allocation",
		.instead = "as many bytes as ksize says",
		.effect = RULE_SKIPPED,
	},
	[RULE_NO_ADDRESS] = {
		.id = "no-address",
		.says = "a page in HighMem has no address",
		.instead = "kmap it first",
		.effect = RULE_SKIPPED,
	},
	[RULE_STALE_READ] = {
		.id = "stale-read",
		.says = "bytes that nobody wrote since they were allocated",
		.instead = "write before reading, or __GFP_ZERO",
	},
	[RULE_BAD_KUNMAP] = {
		.id = "bad-kunmap",
		.says = "the page is not mapped",
		.instead = "one kunmap for each kmap",
		.effect = RULE_SKIPPED,
	},
	[RULE_FREED_WHILE_MAPPED] = {
		.id = "freed-while-mapped",
		.says = "pages are freed that kmap still maps",
		.instead = "kunmap them first",
	},
};
