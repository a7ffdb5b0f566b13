/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is worth trying for a call that failed: what its caller could have
 * asked for instead, then what the machine's owner could set.
 *
 *	caller	flags		what the context allows, then what they forgo
 *		order, size	the largest that is had
 *		pages one by one	vmalloc() where it may be called
 *	both	min_nr		more elements in a pool's reserve
 *	owner	min_free_kbytes	more is kept for those who can't wait; less is
 *				kept from those who can
 *		watermark_scale_factor	kswapd begins earlier
 *		memory		more of it, in a zone that the request may use
 *
 * What makes no sense for the call is not on the list; what would, but can't
 * be tried, is there with the reason.
 */

#include "results/explain/explain_internal.h"

#include <inttypes.h>
#include <string.h>

#include "models/gfp.h"

#define TRIALS_MOST 32
#define WATERMARK_SCALE_MOST 1000 /* of the sysctl */
#define MIN_FREE_LEAST 16	  /* kilobytes */
#define MIN_NR_MOST INT32_MAX	  /* elements of a pool's reserve */
#define IN_PROCESS " in a process that may sleep (a work item, say)"
#define WAITS_LONGER "the caller reclaims and compacts for longer"
#define IS_FAR "memory of another node is slower to get at"

static struct explain_trial *add(struct explanation *e, const char *key,
				 const char *what)
{
	struct explain_trial *trial = &e->trial[e->nr_trials];

	if (e->nr_trials == TRIALS_MOST)
		return NULL;
	e->nr_trials++;
	*trial = (struct explain_trial){
		.key = key,
		.what = what,
		.note = "",
		.price = "",
		.pfn = PFN_NONE,
	};
	return trial;
}

static void set_note(struct explain_trial *trial, const char *note)
{
	if (trial)
		trial->note = note;
}

static void set_price(struct explain_trial *trial, const char *price)
{
	if (trial)
		trial->price = price;
}

void explain_not_tried(struct explanation *e, const char *key, const char *what,
		       const char *why)
{
	struct explain_trial *trial = add(e, key, what);

	if (!trial)
		return;
	trial->verdict = VERDICT_NOT_TRIED;
	trial->note = why;
}

static bool may_sleep(const struct explanation *e)
{
	return e->failure.call.has & CALL_CAN_SLEEP;
}

static bool is_op(const struct explanation *e, op_set ops)
{
	return ops & OP_BIT(e->failure.call.op);
}

static const op_set page_ops = EXPLAIN_PAGE_OPS;
static const op_set kmalloc_ops = OP_BIT(OP_KMALLOC) | OP_BIT(OP_KZALLOC);
static const op_set sized_ops = OP_BIT(OP_KMALLOC) | OP_BIT(OP_KZALLOC) |
				OP_BIT(OP_VMALLOC) | OP_BIT(OP_VZALLOC) |
				OP_BIT(OP_KVMALLOC) |
				OP_BIT(OP_DMA_ALLOC_COHERENT);

static order_t order_of(const struct explanation *e)
{
	const struct call *call = &e->failure.call;

	if (explain_has_order(call))
		return call->order;
	return get_order(call->size, e->page_shift);
}

/* ---- flags --------------------------------------------------------------- */

static struct explain_trial *try_flags(struct explanation *e, gfp_t gfp,
				       const char *how)
{
	char names[GFP_TEXT_MAX];
	struct explain_trial *trial;

	gfp_format(gfp, names);
	trial = add(e, "gfp", explain_keep(e, "%s%s", names, how));
	if (!trial)
		return NULL;
	trial->change.has_gfp = true;
	trial->change.gfp = gfp;
	return trial;
}

/* What GFP_KERNEL has, and what makes others of it not. */
static gfp_t patient(gfp_t gfp)
{
	return (gfp & ~(__GFP_HIGH | __GFP_ATOMIC)) | GFP_KERNEL;
}

static void try_waiting(struct explanation *e)
{
	struct explain_trial *trial;

	if (e->gfp & __GFP_DIRECT_RECLAIM)
		return;
	trial = try_flags(e, patient(e->gfp),
			  may_sleep(e) ? ", for its context may sleep" :
					 IN_PROCESS);
	if (!trial)
		return;
	set_price(trial,
		  order_of(e) > PAGE_ALLOC_COSTLY_ORDER ?
			  "the caller waits while memory is reclaimed and "
			  "compacted" :
			  "the caller waits while memory is reclaimed and "
			  "compacted, or a task is killed for it");
	trial->key = may_sleep(e) ? "gfp" : "context";
	trial->change.may_sleep = !may_sleep(e);
	if (trial->change.may_sleep)
		set_note(trial, "the caller has to be changed for that");
}

static void try_reserves(struct explanation *e)
{
	bool waits = e->gfp & __GFP_DIRECT_RECLAIM;
	gfp_t gfp = e->gfp | __GFP_HIGH | (waits ? 0 : __GFP_ATOMIC);

	if (gfp != e->gfp && !(e->gfp & __GFP_NOMEMALLOC))
		set_price(try_flags(e, gfp, ""),
			  "less is left of the reserves for interrupts and "
			  "for reclaim itself");
}

static void try_insisting(struct explanation *e)
{
	struct explain_trial *trial;

	if (!(e->gfp & __GFP_DIRECT_RECLAIM))
		return;
	if (e->gfp & __GFP_NORETRY)
		set_price(try_flags(e, e->gfp & ~__GFP_NORETRY, ""),
			  order_of(e) > PAGE_ALLOC_COSTLY_ORDER ? WAITS_LONGER :
								  WAITS_LONGER
				  ", and a task may be killed "
				  "for it");
	if (!(e->gfp & (__GFP_RETRY_MAYFAIL | __GFP_NOFAIL)))
		set_price(try_flags(e,
				    (e->gfp & ~__GFP_NORETRY) |
					    __GFP_RETRY_MAYFAIL,
				    ""),
			  WAITS_LONGER);
	if ((e->gfp & GFP_KERNEL) == GFP_KERNEL)
		return;
	trial = try_flags(e, e->gfp | GFP_KERNEL, "");
	set_note(trial, "where it holds no lock that writing or reading a file "
			"would need");
	set_price(trial, "the caller may wait for the disk");
}

static void try_elsewhere(struct explanation *e)
{
	const gfp_t low = __GFP_DMA | __GFP_DMA32;
	struct explain_trial *trial;

	if (e->gfp & low)
		set_note(try_flags(e, e->gfp & ~low, ""),
			 "where the device reaches all memory");
	if (e->gfp & __GFP_THISNODE)
		trial = try_flags(e, e->gfp & ~__GFP_THISNODE, "");
	else
		trial = NULL;
	if (e->failure.call.node != NODE_ANY && !trial) {
		trial = add(e, "node", "the CPU's own node first");
		if (trial)
			trial->change.any_node = true;
	}
	set_price(trial, IS_FAR);
	if (is_op(e, OP_BIT(OP_ALLOC_PAGES)) && may_sleep(e) &&
	    !(e->gfp & __GFP_MOVABLE) && !(e->gfp & (low | __GFP_RECLAIMABLE)))
		set_note(try_flags(e, e->gfp | __GFP_HIGHMEM | __GFP_MOVABLE,
				   ""),
			 "only for pages that the kernel may move: a user's");
}

/* ---- less, or in pieces -------------------------------------------------- */

static void set_order(const struct explanation *e, struct explain_trial *trial,
		      uint64_t value)
{
	(void)e;
	trial->change.has_order = true;
	trial->change.order = (order_t)(value - 1);
}

static void set_size(const struct explanation *e, struct explain_trial *trial,
		     uint64_t value)
{
	(void)e;
	trial->change.has_size = true;
	trial->change.size = value;
}

/* Orders are counted from 1 here: the search ends at 0. */
static void try_smaller_order(struct explanation *e)
{
	order_t order = order_of(e);
	struct explain_trial *trial;
	uint64_t now = order < e->nr_orders ? order + 1u : e->nr_orders + 1u;

	if (!is_op(e, page_ops) || !order)
		return;
	trial = add(e, "order", "order");
	if (!trial)
		return;
	trial->unit = UNIT_ORDER;
	trial->search = (struct explain_search){
		.set = set_order,
		.now = now,
		.limit = 1,
		.by_one = true,
		.step = 1,
	};
}

static void try_smaller_size(struct explanation *e)
{
	uint64_t size = e->failure.call.size;
	uint64_t page = 1ull << e->page_shift;
	struct explain_trial *trial;

	if (!is_op(e, sized_ops) || size <= page)
		return;
	trial = add(e, "size", "size");
	if (!trial)
		return;
	trial->unit = UNIT_BYTES;
	trial->search = (struct explain_search){
		.set = set_size,
		.now = size,
		.limit = page,
		.step = page,
	};
}

static void try_pages_one_by_one(struct explanation *e)
{
	bool kmalloc = is_op(e, kmalloc_ops);
	const char *name = kmalloc ? "kvmalloc" : "vmalloc";
	struct explain_trial *trial;
	uint64_t bytes =
		kmalloc ? e->failure.call.size :
			  pages_bytes(1ull << order_of(e), e->page_shift);

	if ((!kmalloc && !is_op(e, page_ops)) || bytes <= 1ull << e->page_shift)
		return;
	trial = add(e, "op",
		    explain_keep(e, "%s() of as much%s", name,
				 may_sleep(e) ? "" : IN_PROCESS));
	if (!trial)
		return;
	trial->note = "where it is enough that addresses follow each other";
	trial->price = "page tables, a TLB entry a page, and no device can "
		       "use it as one block";
	trial->change.has_op = true;
	trial->change.op = kmalloc ? OP_KVMALLOC : OP_VMALLOC;
	trial->change.has_size = true;
	trial->change.size = bytes;
	trial->change.has_gfp = true;
	trial->change.gfp = GFP_KERNEL;
	trial->change.may_sleep = !may_sleep(e);
}

/* ---- the machine --------------------------------------------------------- */

void explain_set_word(struct explain_trial *trial, size_t n, const char *word)
{
	snprintf(trial->change.set[n], sizeof trial->change.set[n], "%s", word);
	trial->change.nr_sets = n + 1;
}

/* Marks that the config gives are left to the kernel's formulas. */
static void set_formulas(const struct explanation *e,
			 struct explain_trial *trial)
{
	char word[64];

	for (size_t i = 0; i < e->nr_marked; i++) {
		snprintf(word, sizeof word,
			 "nodes.%zu.zones.%zu.watermarks=auto",
			 e->marked[i].node, e->marked[i].zone);
		explain_set_word(trial, trial->change.nr_sets, word);
	}
}

static void set_min_free(const struct explanation *e,
			 struct explain_trial *trial, uint64_t value)
{
	char word[64];

	snprintf(word, sizeof word, EXPLAIN_MIN_FREE "=%" PRIu64, value);
	explain_set_word(trial, 0, word);
	set_formulas(e, trial);
}

static void set_scale(const struct explanation *e, struct explain_trial *trial,
		      uint64_t value)
{
	char word[64];

	snprintf(word, sizeof word, EXPLAIN_SCALE "=%" PRIu64, value);
	explain_set_word(trial, 0, word);
	if (!e->nr_marked)
		return;
	snprintf(word, sizeof word, EXPLAIN_MIN_FREE "=%" PRIu64,
		 e->min_free_kbytes);
	explain_set_word(trial, 1, word);
	set_formulas(e, trial);
}

static void set_vmalloc(const struct explanation *e,
			struct explain_trial *trial, uint64_t value)
{
	char word[64];

	(void)e;
	snprintf(word, sizeof word, "vmalloc.size=%" PRIu64, value);
	explain_set_word(trial, 0, word);
}

void explain_look_for(struct explanation *e, const char *what, int unit,
		      size_t zone, struct explain_search search)
{
	struct explain_trial *trial;

	if (search.now == search.limit || !search.now)
		return;
	trial = add(e, "set", what);
	if (!trial)
		return;
	trial->unit = unit;
	trial->machine = true;
	if (e->start_given)
		trial->note = "holds from the start of the run on, whose "
			      "state came about without it";
	trial->zone = zone;
	trial->search = search;
}

static uint64_t all_pages(const struct explanation *e)
{
	uint64_t pages = 0;

	for (size_t i = 0; i < e->nr_zones; i++)
		pages += e->zone[i].managed;
	return pages;
}

/*
 * Both ways: a caller that can't wait is helped if more is kept free, one that
 * can if less is.
 */
static void try_marks(struct explanation *e)
{
	uint64_t most = all_pages(e) << (e->page_shift - 10) >> 1;
	struct explain_search search = { .set = set_min_free,
					 .now = e->min_free_kbytes,
					 .step = 1 };
	const char *what = EXPLAIN_MIN_FREE;

	if (e->nr_marked + 2 > EXPLAIN_SETS_MOST) {
		explain_not_tried(
			e, "set", what,
			"the config gives the watermarks of more zones "
			"than a trial can change");
		return;
	}
	search.limit = most;
	if (most > search.now)
		explain_look_for(e, what, UNIT_NONE, 0, search);
	search.limit = MIN_FREE_LEAST;
	if (search.now > search.limit)
		explain_look_for(e, what, UNIT_NONE, 0, search);
	explain_look_for(
		e, EXPLAIN_SCALE, UNIT_NONE, 0,
		(struct explain_search){ .set = set_scale,
					 .now = e->watermark_scale_factor,
					 .limit = WATERMARK_SCALE_MOST,
					 .step = 1 });
}

static void try_machine(struct explanation *e)
{
	if (e->failure.reason == REASON_ADDRESS_SPACE)
		explain_look_for(
			e, "vmalloc.size", UNIT_BYTES, 0,
			(struct explain_search){ .set = set_vmalloc,
						 .now = e->vmalloc_size,
						 .limit = e->vmalloc_size * 8,
						 .step = 1ull << 22 });
	if (!e->has_pages || !e->nr_zones)
		return;
	try_marks(e);
	for (size_t i = 0; i < e->nr_zones; i++)
		explain_try_more_memory(e, i);
}

static void set_min_nr(const struct explanation *e, struct explain_trial *trial,
		       uint64_t value)
{
	/* The same workload gives names the same numbers again. */
	trial->change.pool = e->failure.call.name;
	trial->change.min_nr = (uint32_t)value;
}

static void try_larger_pool(struct explanation *e)
{
	struct explain_trial *trial;

	if (!e->has_pool || e->pool_min_nr > MIN_NR_MOST / 8)
		return;
	trial = add(e, "min_nr", EXPLAIN_MIN_NR);
	if (!trial)
		return;
	trial->machine = true;
	trial->search = (struct explain_search){
		.set = set_min_nr,
		.now = e->pool_min_nr,
		.limit = e->pool_min_nr * 8ull + 8,
		.by_one = e->pool_min_nr < 8,
		.step = 1,
	};
}

static void try_wider_mask(struct explanation *e)
{
	struct explain_trial *trial;
	uint8_t bits = e->failure.call.mask_bits;

	if (!is_op(e, OP_BIT(OP_DMA_ALLOC_COHERENT)) || bits == 64)
		return;
	trial = add(e, "mask_bits",
		    "a device whose addresses have 64 bits (mask_bits: 64)");
	if (!trial)
		return;
	trial->note = "where the device has so many, and its driver says so";
	trial->change.has_mask = true;
	trial->change.mask_bits = 64;
}

void explain_candidates(struct explanation *e)
{
	e->trial = explain_alloc(e, TRIALS_MOST * sizeof *e->trial);
	if (!e->trial)
		return;
	if (e->has_pages || e->has_pool) {
		try_waiting(e);
		try_reserves(e);
		try_insisting(e);
		try_elsewhere(e);
	}
	try_larger_pool(e);
	try_smaller_order(e);
	try_smaller_size(e);
	try_pages_one_by_one(e);
	try_wider_mask(e);
	try_machine(e);
}
