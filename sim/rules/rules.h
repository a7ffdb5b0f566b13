/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_RULES_RULES_H
#define KMEMSIM_SIM_RULES_RULES_H

/*
 * What the kernel demands of its callers: which flags go together, which
 * calls a context forbids, what must be freed how. One table for those who
 * find a rule broken: the kernel while it runs, and `check` without running.
 */

#include "models/gfp.h"
#include "models/machine.h"
#include "sim/base/text.h"
#include "sim/call.h"

enum rule_id {
	RULE_SLEEP_IN_ATOMIC,
	RULE_VMALLOC_IN_INTERRUPT,
	RULE_VMALLOC_IN_ATOMIC,
	RULE_VMALLOC_FLAGS,
	RULE_VFREE_IN_NMI,
	RULE_VFREE_IN_ATOMIC,
	RULE_SLAB_ZONE_FLAGS,
	RULE_HIGHMEM_ADDRESS,
	RULE_KMALLOC_TOO_BIG,
	RULE_KVMALLOC_TOO_BIG,
	RULE_ORDER_TOO_BIG,
	RULE_ZONE_TOO_SMALL,
	RULE_ZONE_CONFLICT,
	RULE_MOBILITY_CONFLICT,
	RULE_ATOMIC_MAY_RECLAIM,
	RULE_NOFAIL_CANNOT_WAIT,
	RULE_NOFAIL_HIGH_ORDER,
	RULE_NMI,
	RULE_CACHE_CREATE_IN_ATOMIC,
	RULE_NO_REAP,
	RULE_CACHE_DESTROY_IN_ATOMIC,
	RULE_CACHE_SHRINK_IN_ATOMIC,
	RULE_MEMPOOL_CREATE_IN_ATOMIC,
	RULE_MEMPOOL_ZERO,
	RULE_DMA_ZONE_FLAGS,
	RULE_DMA_FREE_IN_IRQ,
	RULE_KMAP_IN_ATOMIC,
	RULE_TOUCH_IN_ATOMIC,
	RULE_TRUNCATE_IN_ATOMIC,
	RULE_EXIT_IN_INTERRUPT,
	/* These depend on what an id or a cache stands for. */
	RULE_BAD_FREE,
	RULE_WRONG_FREE,
	RULE_WRONG_ORDER,
	RULE_WRONG_CACHE,
	RULE_DESTROY_IN_USE,
	RULE_POOL_IN_USE,
	RULE_POOL_DESTROYED,
	RULE_WRONG_POOL,
	RULE_NEVER_WOKEN,
	RULE_USE_AFTER_FREE,
	RULE_OUT_OF_BOUNDS,
	RULE_NO_ADDRESS,
	RULE_STALE_READ,
	RULE_BAD_KUNMAP,
	RULE_FREED_WHILE_MAPPED,
	NR_RULES
};

/* A set of rules: bit n is enum rule_id n. */
typedef uint64_t rule_set;
#define RULE_BIT(rule) ((rule_set)1 << (rule))

/* What becomes of a call that breaks a rule. */
enum rule_effect {
	RULE_CARRIED_OUT, /* the kernel warns, or says nothing, and goes on */
	RULE_CORRECTED,	  /* the same, without the flags that it minds */
	RULE_FAILS,	  /* the call fails, as the model of it does anyway */
	RULE_SKIPPED,	  /* the call does nothing: a kernel would do harm */
	RULE_STOPS,	  /* BUG(): here the call does nothing and fails */
};
extern const char *const rule_effect_names[];

/* What rules need to know of a machine. */
struct rules {
	uint32_t page_shift;
	uint32_t nr_orders;
	unsigned int zone_types;
	bool has_sizes; /* `reach` is known */
	/* Bytes that a request may be given, by the highest zone it allows. */
	uint64_t reach[NR_ZONE_TYPES];
	uint64_t kmalloc_max;	     /* bytes */
	bool knows_no_reap;	     /* SLAB_NO_REAP, up to Linux 2.6.16 */
	bool kmalloc_is_silent;	     /* above it NULL, and no warning */
	uint64_t quick_size;	     /* bytes that no rule minds */
	rule_set of_op[NR_CALL_OPS]; /* those that speak of the operation */
};

struct rule {
	const char *id; /* in the database: "sleep-in-atomic" */
	/*
	 * The kernel's words, or ours where it has none. {op}, {gfp}, … are
	 * filled in from the call.
	 */
	const char *says;
	const char *instead; /* what to do; the same */
	enum rule_effect effect;
	op_set ops;
	/* NULL: it takes following ids and caches to tell. */
	bool (*is_broken)(const struct rules *rules, const struct call *call);
};

extern const struct rule rule_table[NR_RULES];

void rules_init(struct rules *rules, const struct machine_desc *machine);

/* As a machine of the profile linux-6.1-x86_64, of unknown size. */
void rules_init_default(struct rules *rules);

/* The order of the block that a call's `order` or `size` asks for. */
unsigned int rules_order(const struct rules *rules, const struct call *call);

/* What rules_broken() does with a call that it can't pass at a glance. */
rule_set rules_find_broken(const struct rules *rules, const struct call *call);

static inline bool call_may_sleep(const struct call *call)
{
	return call->ctx == CONTEXT_PROCESS && call->has & CALL_CAN_SLEEP;
}

static inline bool call_in_interrupt(const struct call *call)
{
	return call->ctx != CONTEXT_PROCESS;
}

/* In no interrupt, and yet it must not sleep. */
static inline bool call_under_lock(const struct call *call)
{
	return !call_in_interrupt(call) && !call_may_sleep(call);
}

/* Flags that a rule may be broken with by a caller who may sleep. */
#define RULES_GFP                                                              \
	(__GFP_DMA | __GFP_HIGHMEM | __GFP_DMA32 | __GFP_RECLAIMABLE |         \
	 __GFP_ATOMIC | __GFP_NOFAIL)
/* Rules that other flags may break, and calls without any. */
#define RULES_OF_OTHER_FLAGS                                                   \
	(RULE_BIT(RULE_VMALLOC_FLAGS) | RULE_BIT(RULE_MEMPOOL_ZERO) |          \
	 RULE_BIT(RULE_NO_REAP))

/* Rules that speak of the context alone, whatever the flags, but for NMIs. */
#define RULES_OF_CONTEXT                                                       \
	(RULE_BIT(RULE_VMALLOC_IN_INTERRUPT) |                                 \
	 RULE_BIT(RULE_VMALLOC_IN_ATOMIC) | RULE_BIT(RULE_VFREE_IN_ATOMIC) |   \
	 RULE_BIT(RULE_CACHE_CREATE_IN_ATOMIC) |                               \
	 RULE_BIT(RULE_CACHE_DESTROY_IN_ATOMIC) |                              \
	 RULE_BIT(RULE_CACHE_SHRINK_IN_ATOMIC) |                               \
	 RULE_BIT(RULE_MEMPOOL_CREATE_IN_ATOMIC) |                             \
	 RULE_BIT(RULE_DMA_FREE_IN_IRQ) | RULE_BIT(RULE_KMAP_IN_ATOMIC) |      \
	 RULE_BIT(RULE_TOUCH_IN_ATOMIC) | RULE_BIT(RULE_TRUNCATE_IN_ATOMIC) |  \
	 RULE_BIT(RULE_EXIT_IN_INTERRUPT))

/*
 * The flags of RULES_GFP with which the call may have broken a rule. Two are no
 * concern by themselves: HighMem's, where no address is wanted, and that the
 * call can't wait, where it does not ask for reclaim.
 */
static inline gfp_t rules_doubtful(const struct call *call)
{
	gfp_t doubtful = call->gfp & RULES_GFP;

	if (call->op == OP_ALLOC_PAGES)
		doubtful &= ~__GFP_HIGHMEM;
	if (!(call->gfp & __GFP_DIRECT_RECLAIM))
		doubtful &= ~__GFP_ATOMIC;
	return doubtful;
}

/* May a call that must not sleep be made where it is, with its flags? */
static inline bool rules_fit_atomic(rule_set of_op, const struct call *call)
{
	bool waits = call->has & CALL_HAS_GFP ?
			     call->gfp & __GFP_DIRECT_RECLAIM :
			     call->has & CALL_CAN_SLEEP;

	return !waits && call->ctx != CONTEXT_NMI &&
	       !(of_op & RULES_OF_CONTEXT);
}

/*
 * The rules that the call breaks by itself. Most calls ask for a few pages, fit
 * their context and carry none of the flags in question: passed at a glance.
 */
static inline rule_set rules_broken(const struct rules *rules,
				    const struct call *call)
{
	rule_set of_op = rules->of_op[call->op];

	if (!of_op ||
	    ((call_may_sleep(call) || rules_fit_atomic(of_op, call)) &&
	     !rules_doubtful(call) && call->size <= rules->quick_size &&
	     call->order < rules->nr_orders && !(of_op & RULES_OF_OTHER_FLAGS)))
		return 0;
	return rules_find_broken(rules, call);
}

/* Rules whose breach stops the kernel. */
rule_set rules_that_stop(void);

/* The calls that free what `op` allocates. */
op_set rules_freed_by(enum call_op op);

/* True for an operation that frees what its id stands for. */
static inline bool call_frees(const struct call *call)
{
	const op_set frees = OP_BIT(OP_FREE_PAGES) | OP_BIT(OP_KFREE) |
			     OP_BIT(OP_VFREE) | OP_BIT(OP_KVFREE) |
			     OP_BIT(OP_CACHE_FREE) | OP_BIT(OP_MEMPOOL_FREE) |
			     OP_BIT(OP_DMA_FREE_COHERENT);

	return frees >> call->op & 1;
}

/* Does a free name its allocation, all of it, and another order than that's? */
static inline bool call_frees_other_order(const struct call *call,
					  order_t order)
{
	return call->op == OP_FREE_PAGES && call->has & CALL_HAS_ORDER &&
	       !(call->has & (CALL_HAS_PAGE | CALL_HAS_PFN)) &&
	       call->order != order;
}

/* What a message is made from; what a rule does not speak of may be 0. */
struct rule_case {
	const struct rules *rules;
	const struct call *call;
	const struct names *names;
	enum call_op made_by; /* wrong free: what allocated it */
	order_t made_order;   /* wrong order: the right one */
	uint32_t other_cache; /* wrong cache or pool: the right one's name */
	uint64_t live;	      /* destroy in use: objects, elements */
	const char *holders;  /* of these elements, in words; or NULL */
};

/* Room for a rule's words in full, with the NUL. */
#define RULE_MESSAGE_MAX 256

/* The rule's words about a case; cut to `size` with the NUL. */
void rule_message(enum rule_id rule, const struct rule_case *about, char *text,
		  size_t size);

/* What to do instead. */
void rule_advice(enum rule_id rule, const struct rule_case *about, char *text,
		 size_t size);

#endif
