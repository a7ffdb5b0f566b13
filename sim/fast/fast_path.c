/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fast path: calls of a kind that came before, carried out with what was
 * learnt from the first of them (docs/fast-paths.md).
 *
 * A workload makes calls of a few dozen kinds, a million times over: the same
 * operation, with the same flags, in the same context, on the same CPU. What
 * follows from these alone is worked out for the first call of a kind, and
 * remembered as a class:
 *
 *	op, gfp, context, node, CPU, ...  -->  class:
 *	  which rules does it break?            which zone is first, which list?
 *	  does it carry anything rare?          what does its work cost?
 *
 * What depends on the moment is asked for each call
 * (sim/fast/fast_path_inline.h), before anything is changed. Does the id stand
 * for something? Was the caller killed? models/page/page_fast.h and
 * models/slab/slab_fast.h answer the rest: is there a block on the CPU's list,
 * an object in its slab, room for what is freed? If everything is as it nearly
 * always is, the call is fast, and is carried out here. If not, kernel_call()
 * carries it out as if nobody had asked.
 *
 * As long as calls take no lock, they only move blocks between a CPU's lists
 * and their users, which no watermark sees. So the zone that serves a class is
 * chosen once (struct fast_choice), until anything else happens: that ends the
 * epoch.
 *
 * A class never becomes wrong. It holds what is fixed when the machine is
 * built, and where its calls are counted, which lasts until the run's end.
 * Caches, which come and go, are looked up for each call. When there is no room
 * for another class, all are forgotten and learnt again.
 *
 * A fast call costs what its work costs, as any other call does. Most classes
 * do the same work each time, so that its cost is summed up once. Where a lock
 * is needed it is summed up for each call: lists are refilled and drained,
 * blocks go straight to a zone's lists, slabs to their node's.
 *
 * A call that waits for nothing has one of a few dozen costs, which are
 * numbered. Such a call is only counted, by that number; what all of them add
 * up to is worked out at the end of the run:
 *
 *	class, path --> struct fast_counts --> nr[number]++
 *	                                    at the run's end --> struct op_tally
 *
 * The results must be those of the general path:
 * tests/unit/do_fast_paths_change_anything.c compares them.
 *
 * Left out: ids that are names, frees of parts and by frame, pages on LRU
 * lists, objects that may be dropped, and all rare operations.
 */

#include "sim/fast/fast_path.h"

#include <string.h>

#include "models/address.h"
#include "models/gfp.h"
#include "sim/base/host.h"
#include "sim/base/numbers.h"
#include "sim/calls/calls.h"
#include "sim/fast/fast_path_inline.h"

/* ---- classes ------------------------------------------------------------- */

/* A real kernel refused it, which sinks that count want to know. */
static bool was_refused(const struct call *call)
{
	return call->has & CALL_HAS_RECORDED_OK &&
	       !(call->has & CALL_RECORDED_OK);
}

/* Does it carry nothing but what these operations always carry? */
static bool carries_nothing_rare(const struct call *call)
{
	return call->has & CALL_HAS_ID && !was_refused(call) &&
	       !(call->has &
		 (CALL_HAS_NAMED_ID | CALL_HAS_PFN | CALL_HAS_PAGE)) &&
	       !(call->pages & (CALL_LRU | CALL_RECLAIMABLE));
}

/* What the entries of the class' allocations say besides the handle. */
static struct entry_tail entry_tail_of(const struct call *call,
				       enum allocation_kind kind)
{
	struct allocation entry = {
		.name = call->name,
		.kind = (uint8_t)kind,
		.order = kind == ALLOCATION_PAGES ? call->order : 0,
		.op = call->op,
		.cleared = call_asks_for_zeroes(call),
	};
	struct entry_tail tail;

	memcpy(&tail, (const char *)&entry + ENTRY_TAIL, sizeof tail);
	return tail;
}

static void init_pages_class(struct kernel *kernel, const struct call *call,
			     struct fast_class *class)
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
	clears = page_fast_init(&class->pages, kernel->memory, &request);
	if (!class->pages.nr_places)
		return;
	class->work = &kernel->fast->page_alloc[call->order][clears][0][0];
	class->bytes = 1ull << kernel->fast->page_shift << call->order;
	class->tail = entry_tail_of(call, ALLOCATION_PAGES);
	class->kind = FAST_ALLOC_PAGES;
}

static void init_object_class(struct kernel *kernel, const struct call *call,
			      struct fast_class *class)
{
	struct object_request request = { call_gfp(call), call->cpu,
					  call->node };
	bool by_size = call->op != OP_CACHE_ALLOC;
	int zeroed;

	if (call->op == OP_KZALLOC)
		request.gfp |= __GFP_ZERO;
	slab_fast_init(&class->objects, kernel->caches, &request);
	zeroed = request.gfp & __GFP_ZERO ? 1 : 0;
	class->work = kernel->fast->object_alloc[zeroed][by_size];
	class->zeroing = kernel->fast->zeroing[zeroed][by_size];
	class->kind = FAST_ALLOC_OBJECT;
	class->names_cache = !by_size;
	class->tail = entry_tail_of(call, by_size ? ALLOCATION_KMALLOC :
						    ALLOCATION_OBJECT);
}

/*
 * The rules that all calls of the class break, whatever their size up to
 * rules->quick_size. false: that depends on the size, or a rule stops the
 * kernel. A rule that one size breaks is broken by all larger ones, so it is
 * enough to ask for the smallest and the largest, and for 0, which is no size.
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

/*
 * Fills the call's class with what all its calls share, or leaves it NOT_FAST.
 */
static void init_class(struct kernel *kernel, const struct call *call,
		       struct fast_class *class)
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
		class->work = kernel->fast->page_free[0];
		class->kind = FAST_FREE_PAGES;
		break;
	case OP_KFREE:
	case OP_CACHE_FREE:
		class->work = kernel->fast->object_free;
		class->kind = FAST_FREE_OBJECT;
		class->names_cache = call->op == OP_CACHE_FREE;
		break;
	default:
		break;
	}
}

static uint64_t cost_of(const struct fast_class *class, uint32_t number)
{
	return class->kind == FAST_ALLOC_OBJECT ?
		       class->zeroing[number].cost_ns :
		       class->work[number].cost_ns;
}

/* Adds what was counted of a class' calls that took the same path. */
static int sum_up(const struct fast_class *class, struct fast_counts *counted)
{
	for (uint32_t number = 0; number < FAST_WORKS; number++) {
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

int fast_path_sum_up(struct fast_path *fast)
{
	for (unsigned int i = 0; i < fast->nr_classes; i++) {
		struct fast_counts *counted = fast->counted[i];

		for (int path = 0; path < 2; path++)
			if (counted[path].may_count &&
			    sum_up(&fast->class[i], &counted[path]) < 0)
				fast->has_failed = true;
	}
	return fast->has_failed ? -1 : 0;
}

static void begin_classes(struct fast_path *fast)
{
	for (size_t i = 0; i < LENGTH(fast->place); i++)
		fast->place[i] = &fast->none;
	fast->nr_classes = 0;
}

/*
 * Makes room for new classes. If the host has no memory for what was counted,
 * the end of the run reports it: here it can't be.
 */
static void forget_classes(struct fast_path *fast)
{
	fast_path_sum_up(fast);
	begin_classes(fast);
}

struct fast_class *fast_learn_class(struct kernel *kernel,
				    const struct call *call, size_t place)
{
	const char *key = (const char *)call + FAST_KEY;
	struct fast_path *fast = kernel->fast;
	struct fast_class *class;

	if (fast->nr_classes == FAST_CLASSES) {
		forget_classes(fast);
		place = fast_first_place(key);
	}
	class = &fast->class[fast->nr_classes];
	fast->place[place] = class;
	*class = (struct fast_class){
		.kind = NOT_FAST,
		.counted = fast->counted[fast->nr_classes],
	};
	for (int path = 0; path < 2; path++) {
		class->counted[path].tally = NULL;
		class->counted[path].may_count = false;
	}
	fast->nr_classes++;
	memcpy(&class->key, key, sizeof class->key);
	init_class(kernel, call, class);
	return class;
}

void fast_choose(const struct kernel *kernel, struct fast_class *class)
{
	const struct page_fast *pages = &class->pages;
	struct fast_path *fast = kernel->fast;
	struct fast_choice *choice = &class->choice;
	const struct page_fast_place *place;

	*choice = (struct fast_choice){ .epoch = fast->epoch,
					.list = &fast->no_list,
					.at = page_fast_choose(pages) };
	place = &pages->place[choice->at];
	if (choice->at == pages->nr_places ||
	    !page_fast_may_take(kernel->memory, place))
		return;
	choice->list = place->list;
	choice->place = place;
	choice->number =
		fast_is_high(place->zone) * PAGE_FAST_PLACES + choice->at;
	choice->work = &class->work[choice->number];
	if (zone_is_highmem(kernel->memory, place->zone))
		return;
	choice->offset = fast->page_offset;
	choice->page_bytes = 1ull << fast->page_shift;
}

/* A number is never given to another size: calls may be counted by it. */
uint32_t fast_other_zeroing(const struct kernel *kernel,
			    const struct fast_class *class,
			    enum slab_fast_alloc how, uint32_t words)
{
	const struct cost_desc *costs = &kernel->machine->costs;
	uint64_t units = class->work[how].units +
			 (words > 0) * costs->work[WORK_OBJECTS_CLEARED] +
			 (uint64_t)words * costs->work[WORK_OBJECT_WORDS];
	uint32_t number = fast_first_zeroing(how, words), tries = 0;

	while (class->zeroing[number].words != words &&
	       (class->zeroing[number].words || number % FAST_ZEROINGS == 0)) {
		if (++tries == FAST_ZEROINGS) {
			number = FAST_WORKS;
			break;
		}
		number = number / FAST_ZEROINGS * FAST_ZEROINGS +
			 (number + 1) % FAST_ZEROINGS;
	}
	class->zeroing[number] =
		(struct fast_zeroing){ cost_in_ns(units, costs->multiplier),
				       words };
	return number;
}

static void set_cost(const struct kernel *kernel, struct fast_work *work)
{
	work->units = cost_units(&kernel->machine->costs, &work->work);
	work->cost_ns =
		cost_in_ns(work->units, kernel->machine->costs.multiplier);
}

/* ---- under locks --------------------------------------------------------- */

/* All the work they can do: none falls back to another type, or reclaims. */
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
/* None asks for pages; empty slabs may be given back. */
#define OBJECT_WORK(X)                                                         \
	X(SLAB_FAST)                                                           \
	X(SLAB_SLOW)                                                           \
	X(SLAB_FAST_FREES)                                                     \
	X(SLAB_SLOW_FREES)                                                     \
	X(SLAB_LISTED)                                                         \
	X(SLAB_SPILLED)                                                        \
	X(SLAB_TAKEN)                                                          \
	X(SLAB_EMPTIED)                                                        \
	X(KMALLOC_SIZES)                                                       \
	X(OBJECT_WORDS)                                                        \
	X(OBJECTS_CLEARED)                                                     \
	X(SLABS_FREED)                                                         \
	FREE_PAGES_WORK(X)

static uint64_t object_units(const struct kernel *kernel)
{
	const struct cost_desc *costs = &kernel->machine->costs;
	const struct work *work = &kernel->memory->work;

	return COST_UNITS_OF(OBJECT_WORK);
}

static void fill_locked(const struct kernel *kernel,
			struct fast_outcome *outcome, struct fast_class *class,
			enum alloc_path path, pfn_t pfn, uint64_t units)
{
	*outcome = (struct fast_outcome){
		.cost_ns = cost_in_ns(units, kernel->machine->costs.multiplier),
		.work = &kernel->memory->work,
		.counted = fast_counts_of(class, path),
		.pfn = pfn,
		.path = (uint8_t)path,
		.has_locks = true,
	};
	fast_epoch_ends(kernel);
}

bool fast_alloc_pages_locked(struct kernel *kernel, const struct call *call,
			     struct fast_class *class, struct allocation *entry,
			     struct fast_outcome *outcome)
{
	const struct cost_desc *costs = &kernel->machine->costs;
	const struct work *work = &kernel->memory->work;
	enum alloc_path path;
	pfn_t pfn = page_fast_take_locked(kernel->memory, &class->pages,
					  class->choice.at, &path);

	if (pfn == PFN_NONE) {
		fast_release(kernel, call, entry);
		return false;
	}
	fill_locked(kernel, outcome, class, path, pfn,
		    COST_UNITS_OF(ALLOC_PAGES_WORK));
	outcome->requested = outcome->granted = class->bytes;
	outcome->vaddr = fast_page_address(
		kernel, memory_zone_of(kernel->memory, pfn), pfn);
	fast_fill_entry(entry, class, pfn);
	return true;
}

bool fast_free_pages_locked(struct kernel *kernel, const struct call *call,
			    struct fast_class *class, struct allocation *freed,
			    struct fast_outcome *outcome)
{
	const struct cost_desc *costs = &kernel->machine->costs;
	const struct work *work = &kernel->memory->work;
	pfn_t pfn = (pfn_t)freed->handle;

	if (!page_fast_free_locked(kernel->memory, call->cpu, pfn,
				   freed->order))
		return false;
	fill_locked(kernel, outcome, class, PATH_NONE, pfn,
		    COST_UNITS_OF(FREE_PAGES_WORK));
	fast_release(kernel, call, freed);
	return true;
}

bool fast_alloc_object_locked(struct kernel *kernel, const struct call *call,
			      struct fast_class *class,
			      struct allocation *entry,
			      struct slab_cache *cache,
			      struct fast_outcome *outcome)
{
	struct object_grant grant;

	if (!slab_fast_take_locked(cache, &class->objects, &grant)) {
		fast_release(kernel, call, entry);
		return false;
	}
	/* kmalloc()'s own part, which fast_cache_of() did. */
	kernel->memory->work.count[WORK_KMALLOC_SIZES] += !class->names_cache;
	fill_locked(kernel, outcome, class, grant.path, grant.slab_pfn,
		    object_units(kernel));
	outcome->granted = grant.granted;
	outcome->vaddr = kernel->fast->page_offset + grant.address;
	fast_fill_entry(entry, class, grant.ref);
	return true;
}

bool fast_free_object_locked(struct kernel *kernel, const struct call *call,
			     struct fast_class *class, struct allocation *freed,
			     const struct slab_cache *cache,
			     struct fast_outcome *outcome)
{
	pfn_t pfn;

	if (!slab_fast_free_locked(kernel->caches, cache, freed->handle,
				   call->cpu, &pfn))
		return false;
	fill_locked(kernel, outcome, class, PATH_NONE, pfn,
		    object_units(kernel));
	fast_release(kernel, call, freed);
	return true;
}

/* ---- what fast calls cost ---- */

static void set_page_alloc_works(const struct kernel *kernel,
				 struct fast_path *fast, order_t order,
				 const struct zone *zone)
{
	for (int i = 0; i < 2 * PAGE_FAST_PLACES; i++) {
		int at = i / 2, clears = i % 2;
		struct fast_work *work =
			&fast->page_alloc[order][clears][fast_is_high(zone)]
					 [at];

		work->work = page_fast_take_work(zone, at, order, clears);
		set_cost(kernel, work);
	}
}

static void set_page_works(const struct kernel *kernel, struct fast_path *fast,
			   order_t order)
{
	for (int high = 0; high < 2; high++) {
		struct zone zone = { .type = high ? ZONE_HIGHMEM :
						    ZONE_NORMAL };

		for (int compound = 0; compound < 2; compound++) {
			unsigned int state = page_state_number(
				order | (compound ? PAGE_COMPOUND : 0));
			struct fast_work *work = &fast->page_free[high][state];

			work->work =
				page_fast_free_work(&zone, order, compound);
			set_cost(kernel, work);
		}
		set_page_alloc_works(kernel, fast, order, &zone);
	}
}

static void set_object_works(const struct kernel *kernel,
			     struct fast_path *fast)
{
	for (int i = 0; i < 4 * NR_SLAB_FAST_ALLOCS; i++) {
		enum slab_fast_alloc how = i % NR_SLAB_FAST_ALLOCS;
		int zeroed = i / NR_SLAB_FAST_ALLOCS / 2;
		int by_size = i / NR_SLAB_FAST_ALLOCS % 2;
		struct fast_work *work =
			&fast->object_alloc[zeroed][by_size][how];

		work->work = slab_fast_take_work(how);
		work->work.count[WORK_KMALLOC_SIZES] = (uint32_t)by_size;
		set_cost(kernel, work);
		fast->zeroing[zeroed][by_size][fast_first_zeroing(how, 0)]
			.cost_ns = work->cost_ns;
	}
	for (int how = 0; how < NR_SLAB_FAST_FREES; how++) {
		struct fast_work *work = &fast->object_free[how];

		work->work = slab_fast_free_work((enum slab_fast_free)how);
		set_cost(kernel, work);
	}
}

struct fast_path *fast_path_new(const struct kernel *kernel)
{
	struct fast_path *fast = host_map(sizeof *fast);

	if (!fast)
		return NULL;
	fast->epoch = 1;
	/* No operation has such a number. */
	memset(&fast->none.key, UINT8_MAX, sizeof fast->none.key);
	begin_classes(fast);
	fast->page_offset = kernel->machine->page_offset;
	fast->page_shift = kernel->machine->page_shift;
	for (order_t order = 0; order < MAX_ORDERS; order++)
		set_page_works(kernel, fast, order);
	set_object_works(kernel, fast);
	return fast;
}

void fast_path_free(struct fast_path *fast)
{
	host_unmap(fast, sizeof *fast);
}
