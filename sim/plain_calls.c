/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A workload makes some dozens of kinds of calls, and makes them a million
 * times: the same operation, with the same flags, in the same context, on the
 * same CPU. What follows from these alone is worked out when a kind comes for
 * the first time, and remembered:
 *
 *	op, gfp, context, node, CPU, ...  -->  a class:
 *	  which rules does it break?            which zone is first, which list?
 *	  does it carry anything rare?          what does the plain way cost?
 *
 * What depends on the moment is asked with each call, and nothing is done
 * before all has been answered: does the id stand for something, was the caller
 * killed, are contents followed; and in models/page_plain.c and
 * models/slab_plain.c, is there a block on the CPU's list, an object in its
 * slab, room for what is freed. If everything is as it nearly always is, the
 * call is carried out here; if not, kernel_call() does so as if nobody had
 * asked.
 *
 * There is nothing to be invalidated: a class knows only what is set when the
 * machine is built. Caches, which come and go, are looked up with each call.
 *
 * What a plain call costs is the cost of its work, as of any other call. Most
 * kinds do the same work each time, so that it is summed up once.
 *
 * Both ways must come to the same:
 * tests/unit/does_a_short_cut_change_anything.c goes one and the other.
 *
 * Left out: ids that are names, frees of parts and by frame, pages on LRU
 * lists, objects that may be dropped, and all operations that are rare.
 */

#include "sim/plain_calls.h"

#include <stdlib.h>
#include <string.h>

#include "models/address.h"
#include "models/gfp.h"
#include "models/kmap.h"
#include "models/page_plain.h"
#include "models/slab_plain.h"
#include "sim/base/host.h"
#include "sim/calls/calls.h"
#include "sim/cost.h"

/* From `gfp` to `byte`: what calls of a class have in common. */
struct plain_key {
	uint64_t flags_and_name;
	uint64_t has_to_ctx;
	uint32_t order_to_byte;
};
#define KEY_FIRST offsetof(struct call, gfp)
_Static_assert(offsetof(struct call, has) == KEY_FIRST + 8 &&
		       offsetof(struct call, order) == KEY_FIRST + 16 &&
		       offsetof(struct call, task) == KEY_FIRST + 20,
	       "what calls of a class have in common lies together");

struct plain_class;
typedef bool plain_handler(struct kernel *kernel, const struct call *call,
			   struct plain_class *class, struct outcome *outcome);

/* A kind of work, and what it costs. */
struct plain_work {
	uint64_t cost_ns;
	struct work work;
};

struct plain_class {
	struct plain_key key;
	plain_handler *handler; /* NULL: calls of this class are not plain */
	/* Of pages; of objects: by enum slab_plain_alloc. */
	struct plain_work *work;
	struct object_request request;
	struct page_plain pages;
	rule_set broken;
	bool cleared; /* the caller asks for zeroes */
};

#define CLASS_BITS 10

/* What comes to the same cost has its work here, whichever class it is of. */
struct plain_calls {
	struct plain_class class[1 << CLASS_BITS];
	struct plain_work page_alloc[MAX_ORDERS][2][2]; /* zeroed? HighMem? */
	struct plain_work page_free[MAX_ORDERS][2];	/* HighMem? */
	struct plain_work object_alloc[2][NR_SLAB_PLAIN_ALLOCS]; /* zeroed? */
	struct plain_work object_free[NR_SLAB_PLAIN_FREES];
};

/* ---- the calls ----------------------------------------------------------- */

/* What plain calls come to: all have something to tell of a place. */
static inline void tell(struct outcome *outcome, const struct plain_work *work,
			pfn_t pfn, const struct zone *zone)
{
	*outcome = (struct outcome){
		.cost_ns = work->cost_ns,
		.pfn = pfn,
		.status = OUTCOME_OK,
		.zone = zone,
		.work = &work->work,
	};
}

static inline bool is_high(const struct zone *zone)
{
	return zone->type == ZONE_HIGHMEM;
}

/* Ids of plain calls are numbers. */
static inline struct allocation *find(const struct kernel *kernel,
				      const struct call *call)
{
	return allocation_table_find(&kernel->allocations.by_number, call->id);
}

static inline struct allocation *claim(struct kernel *kernel,
				       const struct call *call)
{
	return allocation_table_claim(&kernel->allocations.by_number, call->id);
}

static inline void leave(struct kernel *kernel, const struct call *call,
			 struct allocation *entry)
{
	allocation_table_leave(&kernel->allocations.by_number, call->id, entry);
}

static inline void file(struct allocation *entry, const struct call *call,
			const struct plain_class *class,
			enum allocation_kind kind, uint64_t handle)
{
	*entry = (struct allocation){
		.handle = handle,
		.name = call->name,
		.kind = (uint8_t)kind,
		.order = kind == ALLOCATION_PAGES ? call->order : 0,
		.op = call->op,
		.cleared = class->cleared,
	};
}

static bool alloc_pages(struct kernel *kernel, const struct call *call,
			struct plain_class *class, struct outcome *outcome)
{
	struct allocation *entry = claim(kernel, call);
	pfn_t pfn;

	if (!entry)
		return false;
	pfn = page_plain_take(kernel->memory, &class->pages);
	if (pfn == PFN_NONE) {
		leave(kernel, call, entry);
		return false;
	}
	tell(outcome, class->work, pfn, class->pages.zone);
	outcome->path = PATH_PCP;
	outcome->requested = 1ull << kernel->machine->page_shift << call->order;
	outcome->granted = outcome->requested;
	outcome->extents = 1;
	outcome->vaddr =
		linear_address(kernel, outcome->zone,
			       (uint64_t)pfn << kernel->machine->page_shift);
	file(entry, call, class, ALLOCATION_PAGES, pfn);
	return true;
}

static bool free_pages(struct kernel *kernel, const struct call *call,
		       struct plain_class *class, struct outcome *outcome)
{
	struct allocation *freed = find(kernel, call);
	struct zone *zone;

	(void)class;
	if (!freed || freed->kind != ALLOCATION_PAGES ||
	    kernel->kmap_waits.nr || kmap_slots_in_use(kernel->kmap))
		return false;
	zone = memory_zone_of(kernel->memory, (pfn_t)freed->handle);
	if (!page_plain_free(kernel->memory, zone, call->cpu,
			     (pfn_t)freed->handle, freed->order))
		return false;
	tell(outcome, &kernel->plain->page_free[freed->order][is_high(zone)],
	     (pfn_t)freed->handle, zone);
	leave(kernel, call, freed);
	return true;
}

static void set_cost(const struct kernel *kernel, struct plain_work *work)
{
	work->cost_ns = cost_of_work(&kernel->machine->costs, &work->work);
}

/* Words are zeroed besides: as many as the last time, or others. */
static inline void set_words(const struct kernel *kernel,
			     struct plain_work *work, uint32_t words)
{
	if (work->work.count[WORK_OBJECT_WORDS] == words)
		return;
	work->work.count[WORK_OBJECT_WORDS] = words;
	set_cost(kernel, work);
}

static inline bool alloc_object(struct kernel *kernel, const struct call *call,
				struct plain_class *class,
				struct outcome *outcome,
				struct slab_cache *cache,
				enum allocation_kind kind)
{
	struct allocation *entry = cache ? claim(kernel, call) : NULL;
	struct slab_plain_object object;
	enum slab_plain_alloc how;

	if (!entry)
		return false;
	how = slab_plain_alloc(cache, &class->request, &object);
	if (how == SLAB_PLAIN_NO_ALLOC) {
		leave(kernel, call, entry);
		return false;
	}
	set_words(kernel, &class->work[how], object.words);
	tell(outcome, &class->work[how], object.grant.slab_pfn,
	     object.grant.zone);
	outcome->path = object.grant.path;
	outcome->granted = object.grant.granted;
	outcome->extents = 1;
	outcome->vaddr =
		linear_address(kernel, object.grant.zone, object.grant.address);
	file(entry, call, class, kind, object.ref);
	return true;
}

static bool alloc_by_size(struct kernel *kernel, const struct call *call,
			  struct plain_class *class, struct outcome *outcome)
{
	struct slab_cache *cache = slab_plain_kmalloc_cache(
		kernel->caches, call->size, class->request.gfp);

	if (!alloc_object(kernel, call, class, outcome, cache,
			  ALLOCATION_KMALLOC))
		return false;
	outcome->requested = call->size;
	return true;
}

static bool alloc_of_cache(struct kernel *kernel, const struct call *call,
			   struct plain_class *class, struct outcome *outcome)
{
	struct slab_cache *cache = slab_cache_find(kernel->caches, call->name);

	if (!alloc_object(kernel, call, class, outcome, cache,
			  ALLOCATION_OBJECT))
		return false;
	outcome->requested = slab_cache_object_size(cache);
	return true;
}

static inline bool free_object_of(struct kernel *kernel,
				  const struct call *call,
				  struct outcome *outcome,
				  enum allocation_kind kind,
				  const struct slab_cache *cache)
{
	struct allocation *freed = find(kernel, call);
	enum slab_plain_free how;
	pfn_t pfn;

	if (!freed || freed->kind != kind)
		return false;
	how = slab_plain_free(kernel->caches, cache, freed->handle, call->cpu,
			      &pfn);
	if (how == SLAB_PLAIN_NO_FREE)
		return false;
	tell(outcome, &kernel->plain->object_free[how], pfn,
	     memory_zone_of(kernel->memory, pfn));
	leave(kernel, call, freed);
	return true;
}

static bool free_by_size(struct kernel *kernel, const struct call *call,
			 struct plain_class *class, struct outcome *outcome)
{
	(void)class;
	return free_object_of(kernel, call, outcome, ALLOCATION_KMALLOC, NULL);
}

static bool free_of_cache(struct kernel *kernel, const struct call *call,
			  struct plain_class *class, struct outcome *outcome)
{
	const struct slab_cache *cache = NULL;

	(void)class;
	if (call->name) {
		cache = slab_cache_find(kernel->caches, call->name);
		if (!cache)
			return false;
	}
	return free_object_of(kernel, call, outcome, ALLOCATION_OBJECT, cache);
}

/* ---- classes ------------------------------------------------------------- */

/* Nothing but what these operations always carry. */
static bool carries_nothing_rare(const struct call *call)
{
	return call->has & CALL_HAS_ID &&
	       !(call->has &
		 (CALL_HAS_NAMED_ID | CALL_HAS_PFN | CALL_HAS_PAGE)) &&
	       !(call->pages & (CALL_LRU | CALL_RECLAIMABLE));
}

static void init_pages_class(struct kernel *kernel, const struct call *call,
			     struct plain_class *class)
{
	struct page_request request = {
		.gfp = call_gfp(call),
		.order = call->order,
		.cpu = call->cpu,
		.node = call->node,
	};
	bool clears;

	if (call->op != OP_ALLOC_PAGES)
		request.gfp &= ~__GFP_HIGHMEM;
	if (call->op == OP_GET_ZEROED_PAGE)
		request.gfp |= __GFP_ZERO;
	if (!(call->has & CALL_HAS_ORDER))
		return;
	clears = page_plain_init(&class->pages, kernel->memory, &request);
	if (!class->pages.zone)
		return;
	class->work = &kernel->plain->page_alloc[call->order][clears]
						[is_high(class->pages.zone)];
	class->handler = alloc_pages;
}

static void init_object_class(struct kernel *kernel, const struct call *call,
			      struct plain_class *class)
{
	class->request = (struct object_request){ call_gfp(call), call->cpu,
						  call->node };
	if (call->op == OP_KZALLOC)
		class->request.gfp |= __GFP_ZERO;
	class->work =
		kernel->plain
			->object_alloc[class->request.gfp & __GFP_ZERO ? 1 : 0];
	class->handler = call->op == OP_CACHE_ALLOC ? alloc_of_cache :
						      alloc_by_size;
}

/*
 * The rules that all calls of the class break whose size is one of those that
 * rules don't mind by themselves. false: it depends on that all the same, or a
 * rule stops the kernel. What is broken by one size is so by all larger ones:
 * so the smallest and the largest tell of all between them, and 0 is no size.
 */
static bool find_rules(const struct rules *rules, const struct call *call,
		       rule_set *broken)
{
	const uint64_t sizes[] = { 0, 1, rules->quick_size };
	struct call other = *call;
	bool alike = true;

	*broken = 0;
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		rule_set found;

		other.size = sizes[i];
		found = rules_broken(rules, &other);
		alike &= !i || found == *broken;
		*broken = found;
	}
	return alike && !(*broken & rules_that_stop());
}

/* A class whose calls are plain, if the call's is one. */
static void init_class(struct kernel *kernel, const struct call *call,
		       struct plain_class *class)
{
	class->cleared = call_asks_for_zeroes(call);
	if (!carries_nothing_rare(call) || !call_has_its_places(kernel, call) ||
	    !find_rules(&kernel->rules, call, &class->broken))
		return;
	switch ((enum call_op)call->op) {
	case OP_ALLOC_PAGES:
	case OP_GET_FREE_PAGES:
	case OP_GET_ZEROED_PAGE:
		init_pages_class(kernel, call, class);
		break;
	case OP_KMALLOC:
	case OP_KZALLOC:
	case OP_CACHE_ALLOC:
		init_object_class(kernel, call, class);
		break;
	case OP_FREE_PAGES:
		class->handler = free_pages;
		break;
	case OP_KFREE:
		class->handler = free_by_size;
		break;
	case OP_CACHE_FREE:
		class->handler = free_of_cache;
		break;
	default:
		break;
	}
}

static inline struct plain_key key_of(const struct call *call)
{
	const char *first = (const char *)call + KEY_FIRST;
	struct plain_key key;

	memcpy(&key.flags_and_name, first, 8);
	memcpy(&key.has_to_ctx, first + 8, 8);
	memcpy(&key.order_to_byte, first + 16, 4);
	return key;
}

static inline bool is_same(const struct plain_key *a, const struct plain_key *b)
{
	return !((a->flags_and_name ^ b->flags_and_name) |
		 (a->has_to_ctx ^ b->has_to_ctx) |
		 (a->order_to_byte ^ b->order_to_byte));
}

/* Multiplying by large odd numbers: the upper bits know of all of them. */
static inline size_t place_of(const struct plain_key *key)
{
	uint64_t sum = key->flags_and_name * 0x9e3779b97f4a7c15U +
		       key->has_to_ctx * 0xc2b2ae3d27d4eb4fU +
		       key->order_to_byte * 0x165667b19e3779f9U;

	return sum >> (64 - CLASS_BITS);
}

static __attribute__((noinline)) void learn_class(struct kernel *kernel,
						  const struct call *call,
						  const struct plain_key *key,
						  struct plain_class *class)
{
	*class = (struct plain_class){ .key = *key };
	init_class(kernel, call, class);
}

bool plain_call(struct kernel *kernel, const struct call *call,
		struct outcome *outcome, rule_set *broken)
{
	struct plain_key key = key_of(call);
	struct plain_class *class = &kernel->plain->class[place_of(&key)];

	if (!is_same(&class->key, &key))
		learn_class(kernel, call, &key, class);
	*broken = class->broken;
	return class->handler && call->size <= kernel->rules.quick_size &&
	       !(call->task && kernel_task_is_dying(kernel, call->task)) &&
	       class->handler(kernel, call, class, outcome);
}

/* ---- what the plain ways cost ---- */

static void set_page_works(const struct kernel *kernel,
			   struct plain_calls *calls, order_t order)
{
	for (int high = 0; high < 2; high++) {
		struct zone zone = { .type = high ? ZONE_HIGHMEM :
						    ZONE_NORMAL };
		struct plain_work *work = &calls->page_free[order][high];

		work->work = page_plain_free_work(&zone, order);
		set_cost(kernel, work);
		for (int clears = 0; clears < 2; clears++) {
			work = &calls->page_alloc[order][clears][high];
			work->work = page_plain_take_work(&zone, order, clears);
			set_cost(kernel, work);
		}
	}
}

static void set_object_works(const struct kernel *kernel,
			     struct plain_calls *calls)
{
	for (int i = 0; i < 2 * NR_SLAB_PLAIN_ALLOCS; i++) {
		enum slab_plain_alloc how = i % NR_SLAB_PLAIN_ALLOCS;
		struct plain_work *work =
			&calls->object_alloc[i / NR_SLAB_PLAIN_ALLOCS][how];

		work->work = slab_plain_alloc_work(how);
		set_cost(kernel, work);
	}
	for (int how = 0; how < NR_SLAB_PLAIN_FREES; how++) {
		struct plain_work *work = &calls->object_free[how];

		work->work = slab_plain_free_work((enum slab_plain_free)how);
		set_cost(kernel, work);
	}
}

struct plain_calls *plain_calls_new(const struct kernel *kernel)
{
	struct plain_calls *calls = host_alloc(1, sizeof *calls);

	if (!calls)
		return NULL;
	for (order_t order = 0; order < MAX_ORDERS; order++)
		set_page_works(kernel, calls, order);
	set_object_works(kernel, calls);
	return calls;
}

void plain_calls_free(struct plain_calls *calls)
{
	free(calls);
}
