/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_FAST_FAST_PATH_INLINE_H
#define KMEMSIM_SIM_FAST_FAST_PATH_INLINE_H

/*
 * How calls of a class (sim/fast/fast_class.h) are carried out by the fast
 * path, which sim/fast/fast_path.c explains. It is a header so that it can be
 * inlined where most calls pass. Only these include it:
 * sim/engine/engine_direct_loop.c, sim/engine/engine_queue_loop.c,
 * sim/engine/engine_calls.c and sim/fast/fast_path.c.
 *
 *	call --> class --> kind --> id's entry, model --> struct fast_outcome
 *
 * Each kind first asks everything that depends on the moment; after that
 * nothing can fail.
 */

#include <string.h>

#include "models/address.h"
#include "models/kmap.h"
#include "models/page/page_fast.h"
#include "models/slab/slab_fast.h"
#include "sim/base/scatter.h"
#include "sim/fast/fast_class.h"

/*
 * Always inline, so that the outcome may stay in registers: if one of them were
 * called, that of all would lie in memory.
 */
#define FAST_INLINE static inline __attribute__((always_inline))

/* ---- the calls ----------------------------------------------------------- */

/*
 * Where calls of the class that take the path are counted. There are two paths
 * at the most; the second is taken when what the CPU had was not enough.
 */
static inline struct fast_counts *fast_counts_of(const struct fast_class *class,
						 enum alloc_path path)
{
	return &class->counted[path == PATH_SLAB_PARTIAL ||
			       path == PATH_PCP_REFILL];
}

/* Can the call, which took no lock, be counted by its cost's number? */
static inline bool fast_has_number(const struct fast_outcome *outcome)
{
	return outcome->number < FAST_WORKS;
}

/* Counts such a call, which has not waited either. */
static inline void fast_count(const struct fast_outcome *outcome)
{
	struct fast_counts *counted = outcome->counted;

	counted->requested += outcome->requested;
	counted->granted += outcome->granted;
	counted->nr[outcome->number]++;
}

/* Fills what all fast calls without locks have in common. */
static inline void fast_fill(struct fast_outcome *outcome,
			     const struct fast_class *class,
			     enum alloc_path path, const struct fast_work *work,
			     uint32_t number, pfn_t pfn)
{
	outcome->cost_ns = work->cost_ns;
	outcome->work = &work->work;
	outcome->number = number;
	outcome->pfn = pfn;
	outcome->path = (uint8_t)path;
	outcome->has_locks = false;
	outcome->counted = fast_counts_of(class, path);
}

static inline void fast_fill_free(struct fast_outcome *outcome,
				  const struct fast_class *class,
				  uint32_t number, pfn_t pfn)
{
	fast_fill(outcome, class, PATH_NONE, &class->work[number], number, pfn);
	outcome->vaddr = outcome->requested = outcome->granted = 0;
}

static inline bool fast_is_high(const struct zone *zone)
{
	return zone->type == ZONE_HIGHMEM;
}

/* What a call frees: the id's entry, and the entry's place in the table. */
struct fast_freed {
	struct allocation *entry;	/* NULL: none of the kind */
	struct allocation_place *place; /* NULL: in the hash table */
};

/* What the call's id stands for. */
static inline struct fast_freed fast_find(const struct kernel *kernel,
					  const struct call *call,
					  enum allocation_kind kind)
{
	struct fast_freed freed;

	freed.entry = allocation_table_find_at(&kernel->allocations.by_number,
					       call->id, &freed.place);
	if (freed.entry && freed.entry->kind != kind)
		freed.entry = NULL;
	return freed;
}

static inline void fast_remove(struct kernel *kernel, const struct call *call,
			       const struct fast_freed *freed)
{
	allocation_table_remove_at(&kernel->allocations.by_number, call->id,
				   freed->place, freed->entry);
}

static inline struct allocation *fast_claim(struct kernel *kernel,
					    const struct call *call)
{
	return allocation_table_claim(&kernel->allocations.by_number, call->id);
}

/* The same where the place is not known; also gives a claimed entry back. */
static inline void fast_release(struct kernel *kernel, const struct call *call,
				struct allocation *entry)
{
	allocation_table_remove(&kernel->allocations.by_number, call->id,
				entry);
}

static inline void fast_fill_entry(struct allocation *entry,
				   const struct fast_class *class,
				   uint64_t handle)
{
	entry->handle = handle;
	memcpy((char *)entry + ENTRY_TAIL, &class->tail, sizeof class->tail);
}

/* The page's address in the linear map; 0: it has none. */
static inline uint64_t fast_page_address(const struct kernel *kernel,
					 const struct zone *zone, pfn_t pfn)
{
	return zone_is_highmem(kernel->memory, zone) ?
		       0 :
		       kernel->fast->page_offset +
			       ((uint64_t)pfn << kernel->fast->page_shift);
}

/* May somebody have mapped a page of the zone by kmap, or wait for that? */
static inline bool fast_may_be_mapped(const struct kernel *kernel,
				      const struct zone *zone)
{
	return zone_is_highmem(kernel->memory, zone) &&
	       (kernel->kmap_waits.nr || kmap_slots_in_use(kernel->kmap));
}

/*
 * What the fast path has done. The outcome of calls with locks is put
 * elsewhere, so that of nearly all others may stay in registers.
 */
enum fast_done {
	FAST_NOT_DONE, /* nothing was done */
	FAST_DONE,
	FAST_DONE_LOCKED,
};

static inline enum fast_done fast_done_locked(bool done)
{
	return done ? FAST_DONE_LOCKED : FAST_NOT_DONE;
}

/* Something else may have happened than fast calls without locks. */
static inline void fast_epoch_ends(const struct kernel *kernel)
{
	kernel->fast->epoch++;
}

/* Fills class->choice for this epoch. */
void fast_choose(const struct kernel *kernel, struct fast_class *class);

/*
 * Where the zone's lock is needed; `entry` is claimed. false: nothing was done,
 * and a claimed entry was given back.
 */
bool fast_alloc_pages_locked(struct kernel *kernel, const struct call *call,
			     struct fast_class *class, struct allocation *entry,
			     struct fast_outcome *outcome);
bool fast_free_pages_locked(struct kernel *kernel, const struct call *call,
			    struct fast_class *class, struct allocation *freed,
			    struct fast_outcome *outcome);

FAST_INLINE enum fast_done fast_alloc_pages(struct kernel *kernel,
					    const struct call *call,
					    struct fast_class *class,
					    struct fast_outcome *outcome,
					    struct fast_outcome *locked)
{
	struct allocation *entry = fast_claim(kernel, call);
	const struct fast_choice *choice = &class->choice;
	pfn_t pfn;

	if (!entry)
		return FAST_NOT_DONE;
	if (choice->epoch != kernel->fast->epoch)
		fast_choose(kernel, class);
	if (!choice->list->count)
		return fast_done_locked(fast_alloc_pages_locked(
			kernel, call, class, entry, locked));
	pfn = page_fast_take(kernel->memory, &class->pages, choice->place);
	fast_fill(outcome, class, PATH_PCP, choice->work, choice->number, pfn);
	outcome->requested = outcome->granted = class->bytes;
	outcome->vaddr = choice->offset + pfn * choice->page_bytes;
	fast_fill_entry(entry, class, pfn);
	return FAST_DONE;
}

FAST_INLINE enum fast_done fast_free_pages(struct kernel *kernel,
					   const struct call *call,
					   struct fast_class *class,
					   struct fast_outcome *outcome,
					   struct fast_outcome *locked)
{
	struct fast_freed freed = fast_find(kernel, call, ALLOCATION_PAGES);
	struct zone *zone;
	uint32_t number;
	order_t order;
	pfn_t pfn;

	if (!freed.entry)
		return FAST_NOT_DONE;
	pfn = (pfn_t)freed.entry->handle;
	order = freed.entry->order;
	zone = memory_zone_of(kernel->memory, pfn);
	if (fast_may_be_mapped(kernel, zone) ||
	    call_frees_other_order(call, order))
		return FAST_NOT_DONE;
	number = fast_is_high(zone) * PAGE_STATES +
		 page_state_number(kernel->memory->state[pfn]);
	if (!page_fast_free(kernel->memory, zone, call->cpu, pfn, order))
		return fast_done_locked(fast_free_pages_locked(
			kernel, call, class, freed.entry, locked));
	fast_fill_free(outcome, class, number, pfn);
	fast_remove(kernel, call, &freed);
	return FAST_DONE;
}

/*
 * The number of the cost, unless another size has it. With these bits of the
 * product, each of kmalloc()'s sizes has a number of its own.
 */
static inline uint32_t fast_first_zeroing(enum slab_fast_alloc how,
					  uint32_t words)
{
	return (uint32_t)how * FAST_ZEROINGS +
	       (uint32_t)(words * GOLDEN_RATIO >> 57) % FAST_ZEROINGS;
}

/* The number if another size has the first one, or nobody yet. */
uint32_t fast_other_zeroing(const struct kernel *kernel,
			    const struct fast_class *class,
			    enum slab_fast_alloc how, uint32_t words);

/*
 * Adds the cost of zeroing words. Sizes change from call to call, but there are
 * few: the cost of each is remembered, and has a number.
 */
static inline void fast_zero(const struct kernel *kernel,
			     const struct fast_class *class,
			     enum slab_fast_alloc how, uint32_t words,
			     struct fast_outcome *outcome)
{
	uint32_t number = fast_first_zeroing(how, words);

	if (class->zeroing[number].words != words)
		number = fast_other_zeroing(kernel, class, how, words);
	class->work[how].work.count[WORK_OBJECT_WORDS] = words;
	class->work[how].work.count[WORK_OBJECTS_CLEARED] = words > 0;
	outcome->number = number;
	outcome->cost_ns = class->zeroing[number].cost_ns;
}

/*
 * An object's cache, and the size asked of it; NULL: leave it to kernel_call().
 */
static inline struct slab_cache *fast_cache_of(const struct kernel *kernel,
					       const struct call *call,
					       const struct fast_class *class,
					       uint64_t *requested)
{
	struct slab_cache *cache;

	if (!class->names_cache) {
		*requested = call->size;
		return slab_fast_kmalloc_cache(kernel->caches, &class->objects,
					       call->size);
	}
	cache = slab_cache_find(kernel->caches, call->name);
	if (cache)
		*requested = slab_cache_object_size(cache);
	return cache;
}

/*
 * Where the CPU has no free object; `entry` is claimed. Fills all of *outcome
 * but `requested`. false: as above.
 */
bool fast_alloc_object_locked(struct kernel *kernel, const struct call *call,
			      struct fast_class *class,
			      struct allocation *entry,
			      struct slab_cache *cache,
			      struct fast_outcome *outcome);

FAST_INLINE enum fast_done fast_alloc_object(struct kernel *kernel,
					     const struct call *call,
					     struct fast_class *class,
					     struct fast_outcome *outcome,
					     struct fast_outcome *locked)
{
	uint64_t requested = 0;
	struct slab_cache *cache =
		fast_cache_of(kernel, call, class, &requested);
	struct allocation *entry = cache ? fast_claim(kernel, call) : NULL;
	struct slab_fast_object object;
	const struct slab *slab;

	if (!entry)
		return FAST_NOT_DONE;
	slab_fast_take(cache, &class->objects, &object);
	if (object.how == SLAB_FAST_NO_ALLOC) {
		if (!fast_alloc_object_locked(kernel, call, class, entry, cache,
					      locked))
			return FAST_NOT_DONE;
		locked->requested = requested;
		return FAST_DONE_LOCKED;
	}
	slab = slab_at(kernel->caches, object.slab);
	fast_fill(outcome, class, object.path, &class->work[object.how], 0,
		  slab->pfn);
	fast_zero(kernel, class, object.how,
		  slab_fast_words(cache, &class->objects), outcome);
	outcome->requested = requested;
	outcome->granted = cache->granted;
	/* Slabs are never in HighMem. */
	outcome->vaddr = kernel->fast->page_offset +
			 slab_first(kernel->caches, slab) +
			 (uint64_t)object.index * cache->size;
	fast_fill_entry(entry, class, slab_ref(object.slab, object.index));
	return FAST_DONE;
}

/*
 * Where a slab moves to its node's list or away from it; `cache` as in
 * slab_fast_free(). false: nothing was done.
 */
bool fast_free_object_locked(struct kernel *kernel, const struct call *call,
			     struct fast_class *class, struct allocation *freed,
			     const struct slab_cache *cache,
			     struct fast_outcome *outcome);

FAST_INLINE enum fast_done fast_free_object(struct kernel *kernel,
					    const struct call *call,
					    struct fast_class *class,
					    struct fast_outcome *outcome,
					    struct fast_outcome *locked)
{
	struct fast_freed freed = fast_find(
		kernel, call,
		class->names_cache ? ALLOCATION_OBJECT : ALLOCATION_KMALLOC);
	const struct slab_cache *cache = NULL;
	enum slab_fast_free how;
	const struct slab *slab;

	if (class->names_cache && call->name) {
		cache = slab_cache_find(kernel->caches, call->name);
		if (!cache)
			return FAST_NOT_DONE;
	}
	if (!freed.entry)
		return FAST_NOT_DONE;
	how = slab_fast_free(kernel->caches, cache, freed.entry->handle,
			     call->cpu, &slab);
	if (how == SLAB_FAST_NO_FREE)
		return fast_done_locked(fast_free_object_locked(
			kernel, call, class, freed.entry, cache, locked));
	fast_fill_free(outcome, class, how, slab->pfn);
	fast_remove(kernel, call, &freed);
	return FAST_DONE;
}

/*
 * Carries out a call of that class if it is fast: if kernel_call() would come
 * to CALL_DONE and leave nothing else to be done. FAST_DONE: *outcome is
 * filled. FAST_DONE_LOCKED: *locked is, which may be the same, memory->work is
 * what was done, and the caller has to take its locks. FAST_NOT_DONE: nothing
 * was done.
 */
FAST_INLINE enum fast_done fast_try(struct kernel *kernel,
				    const struct call *call,
				    struct fast_class *class,
				    struct fast_outcome *outcome,
				    struct fast_outcome *locked)
{
	if (call->size > kernel->rules.quick_size ||
	    (call->task && kernel_task_is_dying(kernel, call->task)))
		return FAST_NOT_DONE;
	switch ((enum fast_kind) class->kind) {
	case NOT_FAST:
		return FAST_NOT_DONE;
	case FAST_ALLOC_PAGES:
		return fast_alloc_pages(kernel, call, class, outcome, locked);
	case FAST_FREE_PAGES:
		return fast_free_pages(kernel, call, class, outcome, locked);
	case FAST_ALLOC_OBJECT:
		return fast_alloc_object(kernel, call, class, outcome, locked);
	case FAST_FREE_OBJECT:
		return fast_free_object(kernel, call, class, outcome, locked);
	}
	__builtin_unreachable();
}

/*
 * The same for a call of any class, with or without locks. *broken: the rules
 * of sim/rules/rules.h that it breaks. false: nothing was done, and neither
 * means anything.
 */
static inline bool fast_call(struct kernel *kernel, const struct call *call,
			     struct fast_outcome *outcome, rule_set *broken)
{
	struct fast_class *class = fast_class_of(kernel, call);

	*broken = class->broken;
	fast_epoch_ends(kernel);
	return fast_try(kernel, call, class, outcome, outcome) != FAST_NOT_DONE;
}

#endif
