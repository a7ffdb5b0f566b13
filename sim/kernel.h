/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_KERNEL_H
#define KMEMSIM_SIM_KERNEL_H

/*
 * The simulated kernel: all models of one machine, and the calls into them.
 * It knows ids and calls, and nothing of time: when a call is made is the
 * engine's to decide.
 */

#include "models/mempool.h"
#include "models/dma/dma.h"
#include "models/slab/slab.h"
#include "models/vmalloc/vmalloc.h"
#include "sim/ids/allocations.h"
#include "sim/base/error.h"
#include "sim/base/text.h"
#include "sim/outcome.h"
#include "sim/queues/waiting.h"
#include "sim/queues/work_queue.h"
#include "sim/rules/rules.h"

/* What is said of a call that names a CPU or a node that isn't there, */
#define NO_SUCH_CPU                                                            \
	"cpu %u: the machine has no such CPU; the config's nodes say which "   \
	"there are (nodes.0.cpus, …)"
#define NO_SUCH_NODE                                                           \
	"node %d: the machine has no such node; the config's nodes say which " \
	"there are (nodes.0.id, …)"
/* that creates a cache for objects without a size, */
#define CACHE_OF_NOTHING                                                       \
	"cache \"%s\": size: \"0\" is no size; allowed: 1 or more"
/* or that names a contiguous area that isn't there, with a suggestion, */
#define NO_SUCH_AREA                                                           \
	"area \"%.64s\": the machine has no contiguous area of that name%s"
/* or that creates a cache or a pool under a name that another has. */
#define CACHE_IS_THERE "there is a cache \"%s\" already"
#define POOL_IS_THERE "there is a pool \"%s\" already"
/* What is said of a call whose id is not of the pages that it means. */
#define NO_PAGE_OF_ITS_OWN "%s: id %s is of %s, and no page of its own"
#define NO_SUCH_PAGE "%s: page %u: id %s has pages 0 to %u"
#define PAGE_WAS_FREED "%s: page %u of id %s was freed already"
#define NO_LIVE_PART "page %u, order %u, is not a live part of id %s"
#define FREED_IN_PART "id %s has been freed in part: name the page"
#define PAGES_GO_TOGETHER "id %s is on an LRU list, and its pages go together"

struct contents;
struct kmap;
struct split_block;
struct droppables;
struct fast_path;

/* A kmap whose caller sleeps until there is a slot. */
struct kmap_wait {
	pfn_t pfn;
	uint32_t ticket;
};

/* In the order in which they came. */
struct kmap_waits {
	struct kmap_wait *wait;
	size_t capacity;
	uint32_t nr;
};

/* The blocks that are freed in parts; an allocation's `name` is its place. */
struct splits {
	struct split_block **block;
	size_t capacity;
	uint32_t nr;	/* places, those that are free included */
	uint32_t *free; /* places to be used again */
	size_t free_capacity;
	uint32_t nr_free;
};

struct kernel {
	struct memory *memory;
	struct slab_caches *caches;
	struct vmalloc *vmalloc;
	struct dma *dma;
	struct mempools *mempools;
	struct kmap *kmap;
	struct kmap_waits kmap_waits;
	struct contents *contents; /* NULL until a workload reads or writes */
	struct allocations allocations;
	struct droppables *droppables;	    /* NULL: none yet */
	struct splits splits;		    /* blocks that are freed in parts */
	struct work_queue work;		    /* left for after the call */
	const struct machine_desc *machine; /* borrowed */
	const struct names *names;	    /* borrowed */
	struct errors *errors;		    /* borrowed */
	uint64_t refused_cpus[MAX_CPUS / 64]; /* bit n: CPU n was reported */
	uint32_t suggested;	/* how often an id was suggested */
	struct rules rules;	/* as they are on this machine */
	struct fast_path *fast; /* sim/fast/fast_path.h */
};

/* What a call came to, for the engine. */
enum call_result {
	CALL_DONE,	/* *outcome is filled */
	CALL_BAD_FREE,	/* frees what is not live: `why` says which */
	CALL_WAITS,	/* its caller sleeps: `wait`; to be tried again */
	CALL_VIOLATION, /* done, but not as the kernel's rules want it: `why` */
	CALL_INVALID,	/* the workload contradicts itself: `why` */
	CALL_HOST,	/* the host has no memory: an error was added */
};

/* Filled with each call: `why` and `wait` where the result says so. */
struct call_report {
	const char *rule; /* of a violation: a short identifier; or NULL */
	rule_set broken;  /* other rules that the call breaks by itself */
	char why[RULE_MESSAGE_MAX];
	struct wait wait;  /* CALL_WAITS */
	struct wait woken; /* what others may have waited for is there now */
};

/* NULL with errors added. `machine`, `names`, `errors` are borrowed. */
struct kernel *kernel_new(const struct machine_desc *machine,
			  const struct names *names, uint64_t seed,
			  struct errors *errors);
void kernel_free(struct kernel *kernel);

/* The node of the frame that was recorded of the call; NODE_ANY: none was. */
node_t kernel_recorded_node(const struct kernel *kernel,
			    const struct call *call);

/*
 * Carries out any call but a `sample`, whose node is no NODE_RECORDED. *outcome
 * is filled except for its seq and times; its work is that of this call.
 */
enum call_result kernel_call(struct kernel *kernel, const struct call *call,
			     struct outcome *outcome,
			     struct call_report *report);

/*
 * The same for a call that has waited for `waited`: CALL_WAITS again, or
 * whatever else it comes to.
 */
enum call_result kernel_try_again(struct kernel *kernel,
				  const struct call *call,
				  const struct wait *waited,
				  struct outcome *outcome,
				  struct call_report *report);

/*
 * Notes the ticket of a call that waits, for later calls that need its result.
 */
void kernel_set_ticket(struct kernel *kernel, const struct call *call,
		       uint32_t ticket);

/*
 * A call that waits and will never be woken: *outcome as for kernel_call(),
 * *report says what it waits for and who has it.
 */
void kernel_abandon(struct kernel *kernel, const struct call *call,
		    const struct wait *wait, struct outcome *outcome,
		    struct call_report *report);

/*
 * Does the next piece of work that calls have left to a task of their CPU. 1;
 * 0: nothing is left; -1 with an error added: the host has no memory.
 */
int kernel_do_work(struct kernel *kernel, cpu_t *cpu);

/*
 * A call sleeps in the middle, and others go on: until it ends, its id stands
 * for the ticket. false: the host has no memory.
 */
bool kernel_call_sleeps(struct kernel *kernel, const struct call *call,
			uint32_t ticket);

/* Has the task been killed? */
bool kernel_task_is_dying(const struct kernel *kernel, uint32_t task);

/* All models recount themselves; false with the contradiction in `why`. */
bool kernel_validate(const struct kernel *kernel, char *why, size_t size);

#endif
