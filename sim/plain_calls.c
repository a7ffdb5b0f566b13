/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fast path: what is remembered of calls that come again and again.
 *
 * A workload makes calls of a few dozen kinds, and makes them a million times:
 * the same operation, with the same flags, in the same context, on the same
 * CPU. What follows from these alone is worked out when a kind first comes, and
 * remembered as a class:
 *
 *	op, gfp, context, node, CPU, ...  -->  a class:
 *	  which rules does it break?            which zone is first, which list?
 *	  does it carry anything rare?          what does the plain way cost?
 *
 * What depends on the moment is asked for each call (sim/plain_ways.h), before
 * anything is changed. Does the id stand for something, was the caller killed?
 * models/page/page_plain.h and models/slab/slab_plain.h answer the rest: is
 * there a block on the CPU's list, an object in its slab, room for what is
 * freed? If everything is as it nearly always is, the call is plain and is
 * carried out here; if not, kernel_call() does so as if nobody had asked.
 *
 * As long as calls take no lock, the zone that serves pages of a class is
 * chosen once for all of them: they only move blocks between a CPU's lists and
 * their users, which no watermark sees (struct plain_chosen). Whatever else
 * happens ends that.
 *
 * A class never becomes wrong. It knows what is set when the machine is built,
 * and where its calls are counted, which lasts to the run's end. Caches that
 * come and go are looked up for each call. When there is no room for another
 * class, all are forgotten and learnt again.
 *
 * What a plain call costs is the cost of its work, as of any other call. Most
 * classes do the same work each time, whose cost is summed up once. Where a
 * lock is needed, it is summed up for each call: lists are refilled and
 * drained, blocks go straight to a zone's lists, slabs to their node's.
 *
 * Where nothing but its work takes time, a call has one of a few dozen results.
 * These have numbers: the call is only counted, by its result's number, and
 * what all such calls add up to is worked out at the run's end:
 *
 *	class, path --> struct plain_counted --> nr[number]++
 *	                                    at the run's end --> struct op_tally
 *
 * The results must be those of the general path:
 * tests/unit/does_a_short_cut_change_anything.c compares them.
 *
 * Left out: ids that are names, frees of parts and by frame, pages on LRU
 * lists, objects that may be dropped, and all operations that are rare.
 */

#include "sim/plain_calls.h"

#include <string.h>

#include "models/address.h"
#include "models/gfp.h"
#include "sim/base/host.h"
#include "sim/base/numbers.h"
#include "sim/calls/calls.h"
#include "sim/plain_ways.h"

/* ---- classes ------------------------------------------------------------- */

/* A real kernel refused it: who counts wants to know what became of it. */
static bool was_refused(const struct call *call)
{
	return call->has & CALL_HAS_RECORDED_OK &&
	       !(call->has & CALL_RECORDED_OK);
}

/* Nothing but what these operations always carry. */
static bool carries_nothing_rare(const struct call *call)
{
	return call->has & CALL_HAS_ID && !was_refused(call) &&
	       !(call->has &
		 (CALL_HAS_NAMED_ID | CALL_HAS_PFN | CALL_HAS_PAGE)) &&
	       !(call->pages & (CALL_LRU | CALL_RECLAIMABLE));
}

/* What ids of the class' allocations stand for. */
static struct plain_filed filed_of(const struct call *call,
				   enum allocation_kind kind)
{
	struct allocation entry = {
		.name = call->name,
		.kind = (uint8_t)kind,
		.order = kind == ALLOCATION_PAGES ? call->order : 0,
		.op = call->op,
		.cleared = call_asks_for_zeroes(call),
	};
	struct plain_filed filed;

	memcpy(&filed, (const char *)&entry + FILED_FIRST, sizeof filed);
	return filed;
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
	if (!class->pages.nr_places)
		return;
	class->work = &kernel->plain->page_alloc[call->order][clears][0][0];
	class->bytes = 1ull << kernel->plain->page_shift << call->order;
	class->filed = filed_of(call, ALLOCATION_PAGES);
	class->way = PLAIN_ALLOC_PAGES;
}

static void init_object_class(struct kernel *kernel, const struct call *call,
			      struct plain_class *class)
{
	struct object_request request = { call_gfp(call), call->cpu,
					  call->node };
	int zeroed;

	if (call->op == OP_KZALLOC)
		request.gfp |= __GFP_ZERO;
	slab_plain_init(&class->objects, kernel->caches, &request);
	zeroed = request.gfp & __GFP_ZERO ? 1 : 0;
	class->work = kernel->plain->object_alloc[zeroed];
	class->zeroing = kernel->plain->zeroing[zeroed];
	class->way = PLAIN_ALLOC_OBJECT;
	class->names_cache = call->op == OP_CACHE_ALLOC;
	class->filed = filed_of(call, call->op == OP_CACHE_ALLOC ?
					      ALLOCATION_OBJECT :
					      ALLOCATION_KMALLOC);
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
	for (size_t i = 0; i < LENGTH(sizes); i++) {
		rule_set found;

		other.size = sizes[i];
		found = rules_broken(rules, &other);
		alike &= !i || found == *broken;
		*broken = found;
	}
	return alike && !(*broken & rules_that_stop());
}

/* What is alike for all calls of the call's class; it may stay NOT_PLAIN. */
static void init_class(struct kernel *kernel, const struct call *call,
		       struct plain_class *class)
{
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
		class->work = kernel->plain->page_free[0];
		class->way = PLAIN_FREE_PAGES;
		break;
	case OP_KFREE:
	case OP_CACHE_FREE:
		class->work = kernel->plain->object_free;
		class->way = PLAIN_FREE_OBJECT;
		class->names_cache = call->op == OP_CACHE_FREE;
		break;
	default:
		break;
	}
}

static uint64_t cost_of(const struct plain_class *class, uint32_t number)
{
	return class->way == PLAIN_ALLOC_OBJECT ?
		       class->zeroing[number].cost_ns :
		       class->work[number].cost_ns;
}

/* Adds what was counted of a class' calls that took the same path. */
static int sum_up(const struct plain_class *class,
		  struct plain_counted *counted)
{
	for (uint32_t number = 0; number < PLAIN_WORKS; number++) {
		uint64_t nr = counted->nr[number];

		if (nr && op_tally_add_alike(
				  counted->tally, nr, counted->requested,
				  counted->granted, cost_of(class, number)) < 0)
			return -1;
		if (nr)
			counted->requested = counted->granted = 0;
		counted->nr[number] = 0;
	}
	return 0;
}

int plain_sum_up(struct plain_calls *calls)
{
	for (unsigned int i = 0; i < calls->nr_classes; i++) {
		struct plain_counted *counted = calls->counted[i];

		for (int path = 0; path < 2; path++)
			if (counted[path].may_count &&
			    sum_up(&calls->class[i], &counted[path]) < 0)
				calls->has_failed = true;
	}
	return calls->has_failed ? -1 : 0;
}

static void begin_classes(struct plain_calls *calls)
{
	for (size_t i = 0; i < LENGTH(calls->place); i++)
		calls->place[i] = &calls->none;
	calls->nr_classes = 0;
}

/*
 * When there is no room for another one, all are forgotten and learnt again. If
 * the host has no memory, the run's end reports it: here it can't be.
 */
static void forget_classes(struct plain_calls *calls)
{
	plain_sum_up(calls);
	begin_classes(calls);
}

struct plain_class *plain_learn_class(struct kernel *kernel,
				      const struct call *call, size_t place)
{
	const char *key = (const char *)call + KEY_FIRST;
	struct plain_calls *calls = kernel->plain;
	struct plain_class *class;

	if (calls->nr_classes == PLAIN_CLASSES) {
		forget_classes(calls);
		place = plain_first_place(key);
	}
	class = &calls->class[calls->nr_classes];
	calls->place[place] = class;
	*class = (struct plain_class){
		.way = NOT_PLAIN,
		.counted = calls->counted[calls->nr_classes],
	};
	for (int path = 0; path < 2; path++) {
		class->counted[path].tally = NULL;
		class->counted[path].may_count = false;
	}
	calls->nr_classes++;
	memcpy(&class->key, key, sizeof class->key);
	init_class(kernel, call, class);
	return class;
}

void plain_choose(const struct kernel *kernel, struct plain_class *class)
{
	const struct page_plain *pages = &class->pages;
	struct plain_calls *calls = kernel->plain;
	struct plain_chosen *chosen = &class->chosen;
	const struct page_plain_place *place;

	*chosen = (struct plain_chosen){ .moment = calls->moment,
					 .list = &calls->no_list,
					 .at = page_plain_choose(pages) };
	place = &pages->place[chosen->at];
	if (chosen->at == pages->nr_places ||
	    !page_plain_may_take(kernel->memory, place))
		return;
	chosen->list = place->list;
	chosen->place = place;
	chosen->number =
		plain_is_high(place->zone) * PAGE_PLAIN_PLACES + chosen->at;
	chosen->work = &class->work[chosen->number];
	if (zone_is_highmem(kernel->memory, place->zone))
		return;
	chosen->offset = calls->page_offset;
	chosen->page_bytes = 1ull << calls->page_shift;
}

/* What was zeroed keeps its number: calls may have been counted by it. */
uint32_t plain_other_zeroing(const struct kernel *kernel,
			     const struct plain_class *class,
			     enum slab_plain_alloc how, uint32_t words)
{
	const struct cost_desc *costs = &kernel->machine->costs;
	uint64_t units = class->work[how].units +
			 (uint64_t)words * costs->work[WORK_OBJECT_WORDS];
	uint32_t number = plain_first_zeroing(how, words), tries = 0;

	while (class->zeroing[number].words != words &&
	       (class->zeroing[number].words || number % PLAIN_ZEROINGS == 0)) {
		if (++tries == PLAIN_ZEROINGS) {
			number = PLAIN_WORKS;
			break;
		}
		number = number / PLAIN_ZEROINGS * PLAIN_ZEROINGS +
			 (number + 1) % PLAIN_ZEROINGS;
	}
	class->zeroing[number] =
		(struct plain_zeroing){ cost_in_ns(units, costs->multiplier),
					words };
	return number;
}

static void set_cost(const struct kernel *kernel, struct plain_work *work)
{
	work->units = cost_units(&kernel->machine->costs, &work->work);
	work->cost_ns =
		cost_in_ns(work->units, kernel->machine->costs.multiplier);
}

/* ---- under locks --------------------------------------------------------- */

/* All that they do, as none falls back to another type, or asks to reclaim. */
#define ALLOC_PAGES_WORK(X)                                                    \
	X(PAGE_REQUESTS)                                                       \
	X(HIGH_REQUESTS)                                                       \
	X(ZONES_TRIED)                                                         \
	X(PCP_HITS)                                                            \
	X(PCP_REFILLS)                                                         \
	X(PCP_REFILLED)                                                        \
	X(BUDDY_ALLOCS)                                                        \
	X(PAGES_TAKEN)                                                         \
	X(SPLITS)                                                              \
	X(PAGES_CLEARED)                                                       \
	X(HIGHMEM_CLEARED)
#define FREE_PAGES_WORK(X)                                                     \
	X(PCP_FREES)                                                           \
	X(PCP_DRAINS)                                                          \
	X(PCP_DRAINED)                                                         \
	X(PCP_LISTS)                                                           \
	X(BUDDY_FREES)                                                         \
	X(LOWMEM_FREES)                                                        \
	X(MERGES)                                                              \
	X(PAGES_CHECKED)                                                       \
	X(COMPOUND_CHECKED)
/* None asks for pages; slabs that are empty may be given back. */
#define OBJECT_WORK(X)                                                         \
	X(SLAB_FAST)                                                           \
	X(SLAB_SLOW)                                                           \
	X(SLAB_FAST_FREES)                                                     \
	X(SLAB_SLOW_FREES)                                                     \
	X(SLAB_LISTED)                                                         \
	X(SLAB_SPILLED)                                                        \
	X(SLAB_TAKEN)                                                          \
	X(SLAB_EMPTIED)                                                        \
	X(OBJECT_WORDS)                                                        \
	X(SLABS_FREED)                                                         \
	FREE_PAGES_WORK(X)

static uint64_t object_units(const struct kernel *kernel)
{
	const struct cost_desc *costs = &kernel->machine->costs;
	const struct work *work = &kernel->memory->work;

	return COST_UNITS_OF(OBJECT_WORK);
}

static void tell_locked(const struct kernel *kernel,
			struct plain_outcome *outcome,
			struct plain_class *class, enum alloc_path path,
			pfn_t pfn, uint64_t units)
{
	*outcome = (struct plain_outcome){
		.cost_ns = cost_in_ns(units, kernel->machine->costs.multiplier),
		.work = &kernel->memory->work,
		.counted = plain_counted_of(class, path),
		.pfn = pfn,
		.path = (uint8_t)path,
		.has_locks = true,
	};
	plain_moment_ends(kernel);
}

bool plain_alloc_pages_locked(struct kernel *kernel, const struct call *call,
			      struct plain_class *class,
			      struct allocation *entry,
			      struct plain_outcome *outcome)
{
	const struct cost_desc *costs = &kernel->machine->costs;
	const struct work *work = &kernel->memory->work;
	enum alloc_path path;
	pfn_t pfn = page_plain_take_locked(kernel->memory, &class->pages,
					   class->chosen.at, &path);

	if (pfn == PFN_NONE) {
		plain_leave(kernel, call, entry);
		return false;
	}
	tell_locked(kernel, outcome, class, path, pfn,
		    COST_UNITS_OF(ALLOC_PAGES_WORK));
	outcome->requested = outcome->granted = class->bytes;
	outcome->vaddr = plain_page_address(
		kernel, memory_zone_of(kernel->memory, pfn), pfn);
	plain_file(entry, class, pfn);
	return true;
}

bool plain_free_pages_locked(struct kernel *kernel, const struct call *call,
			     struct plain_class *class,
			     struct allocation *freed,
			     struct plain_outcome *outcome)
{
	const struct cost_desc *costs = &kernel->machine->costs;
	const struct work *work = &kernel->memory->work;
	pfn_t pfn = (pfn_t)freed->handle;

	if (!page_plain_free_locked(kernel->memory, call->cpu, pfn,
				    freed->order))
		return false;
	tell_locked(kernel, outcome, class, PATH_NONE, pfn,
		    COST_UNITS_OF(FREE_PAGES_WORK));
	plain_leave(kernel, call, freed);
	return true;
}

bool plain_alloc_object_locked(struct kernel *kernel, const struct call *call,
			       struct plain_class *class,
			       struct allocation *entry,
			       struct slab_cache *cache,
			       struct plain_outcome *outcome)
{
	struct object_grant grant;

	if (!slab_plain_take_locked(cache, &class->objects, &grant)) {
		plain_leave(kernel, call, entry);
		return false;
	}
	tell_locked(kernel, outcome, class, grant.path, grant.slab_pfn,
		    object_units(kernel));
	outcome->granted = grant.granted;
	outcome->vaddr = kernel->plain->page_offset + grant.address;
	plain_file(entry, class, grant.ref);
	return true;
}

bool plain_free_object_locked(struct kernel *kernel, const struct call *call,
			      struct plain_class *class,
			      struct allocation *freed,
			      const struct slab_cache *cache,
			      struct plain_outcome *outcome)
{
	pfn_t pfn;

	if (!slab_plain_free_locked(kernel->caches, cache, freed->handle,
				    call->cpu, &pfn))
		return false;
	tell_locked(kernel, outcome, class, PATH_NONE, pfn,
		    object_units(kernel));
	plain_leave(kernel, call, freed);
	return true;
}

/* ---- what the plain ways cost ---- */

static void set_page_alloc_works(const struct kernel *kernel,
				 struct plain_calls *calls, order_t order,
				 const struct zone *zone)
{
	for (int i = 0; i < 2 * PAGE_PLAIN_PLACES; i++) {
		int at = i / 2, clears = i % 2;
		struct plain_work *work =
			&calls->page_alloc[order][clears][plain_is_high(zone)]
					  [at];

		work->work = page_plain_take_work(zone, at, order, clears);
		set_cost(kernel, work);
	}
}

static void set_page_works(const struct kernel *kernel,
			   struct plain_calls *calls, order_t order)
{
	for (int high = 0; high < 2; high++) {
		struct zone zone = { .type = high ? ZONE_HIGHMEM :
						    ZONE_NORMAL };

		for (int compound = 0; compound < 2; compound++) {
			unsigned int state = page_state_number(
				order | (compound ? PAGE_COMPOUND : 0));
			struct plain_work *work =
				&calls->page_free[high][state];

			work->work =
				page_plain_free_work(&zone, order, compound);
			set_cost(kernel, work);
		}
		set_page_alloc_works(kernel, calls, order, &zone);
	}
}

static void set_object_works(const struct kernel *kernel,
			     struct plain_calls *calls)
{
	for (int i = 0; i < 2 * NR_SLAB_PLAIN_ALLOCS; i++) {
		enum slab_plain_alloc how = i % NR_SLAB_PLAIN_ALLOCS;
		struct plain_work *work =
			&calls->object_alloc[i / NR_SLAB_PLAIN_ALLOCS][how];

		work->work = slab_plain_take_work(how);
		set_cost(kernel, work);
		calls->zeroing[i / NR_SLAB_PLAIN_ALLOCS]
			      [plain_first_zeroing(how, 0)]
				      .cost_ns = work->cost_ns;
	}
	for (int how = 0; how < NR_SLAB_PLAIN_FREES; how++) {
		struct plain_work *work = &calls->object_free[how];

		work->work = slab_plain_free_work((enum slab_plain_free)how);
		set_cost(kernel, work);
	}
}

struct plain_calls *plain_calls_new(const struct kernel *kernel)
{
	struct plain_calls *calls = host_map(sizeof *calls);

	if (!calls)
		return NULL;
	calls->moment = 1;
	/* No operation has such a number. */
	memset(&calls->none.key, UINT8_MAX, sizeof calls->none.key);
	begin_classes(calls);
	calls->page_offset = kernel->machine->page_offset;
	calls->page_shift = kernel->machine->page_shift;
	for (order_t order = 0; order < MAX_ORDERS; order++)
		set_page_works(kernel, calls, order);
	set_object_works(kernel, calls);
	return calls;
}

void plain_calls_free(struct plain_calls *calls)
{
	host_unmap(calls, sizeof *calls);
}
