/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_PLAIN_WAYS_H
#define KMEMSIM_SIM_PLAIN_WAYS_H

/*
 * How plain calls are carried out (sim/plain_calls.c says what they are). All
 * of it is here, to become part of what most calls go through:
 * sim/engine_row.c, sim/engine_rush.c and sim/engine_calls.c. Nobody else
 * includes this.
 *
 *	call --> class --> way --> id's entry, model --> struct plain_outcome
 *
 * Each way first asks all that depends on the moment; then nothing can fail.
 */

#include <string.h>

#include "models/address.h"
#include "models/kmap.h"
#include "models/page_plain.h"
#include "models/slab_plain.h"
#include "sim/base/scatter.h"
#include "sim/cost.h"
#include "sim/plain_calls.h"

/* From `gfp` to `byte`: what calls of a class have in common. */
struct plain_key {
	uint32_t word[5];
};
#define KEY_FIRST offsetof(struct call, gfp)
_Static_assert(offsetof(struct call, has) == KEY_FIRST + 8 &&
		       offsetof(struct call, order) == KEY_FIRST + 16 &&
		       offsetof(struct call, task) == KEY_FIRST + 20,
	       "what calls of a class have in common lies together");

/* A kind of work, and what it costs. */
struct plain_work {
	uint64_t cost_ns;
	uint64_t units; /* of cost, without words that are zeroed besides */
	struct work work;
};

/* What calls of a class do. */
enum plain_way {
	NOT_PLAIN,
	PLAIN_ALLOC_PAGES,
	PLAIN_FREE_PAGES,
	PLAIN_ALLOC_BY_SIZE,
	PLAIN_FREE_BY_SIZE,
	PLAIN_ALLOC_OF_CACHE,
	PLAIN_FREE_OF_CACHE,
};

/*
 * In two or three lines of the host's cache; most frees need but the first.
 */
struct plain_class {
	_Alignas(64) struct plain_key key;
	uint8_t way;  /* enum plain_way */
	bool cleared; /* the caller asks for zeroes */
	rule_set broken;
	/* Of pages: by zone; of objects: by enum slab_plain_alloc. */
	struct plain_work *work;
	/* plain_outcome.tally: plain_tally_of() */
	struct op_tally *tally[2];
	uint64_t bytes; /* of pages */
	union {
		struct page_plain pages;
		struct slab_plain objects;
	};
};
_Static_assert(offsetof(struct plain_class, pages) == 64,
	       "what each call asks of its class lies in one line");

/* A class has one of many places, found by a hash, and the next room. */
#define PLAIN_PLACE_BITS 12
#define PLAIN_CLASSES 1024

/* What comes to the same cost has its work here, whichever class it is of. */
struct plain_calls {
	uint64_t page_offset; /* of the linear map */
	unsigned int page_shift;
	unsigned int nr_classes;
	uint16_t place[1 << PLAIN_PLACE_BITS]; /* one above a class; 0: none */
	struct plain_class class[PLAIN_CLASSES];
	/* Zeroed? HighMem? Of which place? */
	struct plain_work page_alloc[MAX_ORDERS][2][2][PAGE_PLAIN_PLACES];
	struct plain_work page_free[MAX_ORDERS][2];		 /* HighMem? */
	struct plain_work object_alloc[2][NR_SLAB_PLAIN_ALLOCS]; /* zeroed? */
	struct plain_work object_free[NR_SLAB_PLAIN_FREES];
};

/* ---- the calls ----------------------------------------------------------- */

/*
 * Where calls of the class that take the path are counted. They take two at the
 * most; the second is that of calls for which what the CPU has did not do.
 */
static inline struct op_tally **plain_tally_of(struct plain_class *class,
					       enum alloc_path path)
{
	return &class->tally[path == PATH_SLAB_PARTIAL ||
			     path == PATH_PCP_REFILL];
}

/* What plain calls come to: all have something to tell of a place. */
static inline void plain_tell(struct plain_outcome *outcome,
			      struct plain_class *class, enum alloc_path path,
			      const struct plain_work *work, pfn_t pfn,
			      const struct zone *zone)
{
	outcome->cost_ns = work->cost_ns;
	outcome->work = &work->work;
	outcome->pfn = pfn;
	outcome->zone = zone;
	outcome->path = (uint8_t)path;
	outcome->has_locks = false;
	outcome->tally = plain_tally_of(class, path);
}

/*
 * What a way under locks came to. It is written elsewhere first, so that the
 * others' may stay in registers.
 */
static inline bool plain_copy(struct plain_outcome *outcome,
			      const struct plain_outcome *locked)
{
	*outcome = *locked;
	return true;
}

static inline void plain_tell_free(struct plain_outcome *outcome,
				   struct plain_class *class,
				   const struct plain_work *work, pfn_t pfn,
				   const struct zone *zone)
{
	plain_tell(outcome, class, PATH_NONE, work, pfn, zone);
	outcome->vaddr = outcome->requested = outcome->granted = 0;
}

static inline bool plain_is_high(const struct zone *zone)
{
	return zone->type == ZONE_HIGHMEM;
}

/* What a call frees: its id's entry and, unless a hash has it, its place. */
struct plain_freed {
	struct allocation *entry; /* NULL: nothing that is plain */
	struct allocation_place *place;
};

/* Ids of plain calls are numbers. NULL: it stands for nothing of the kind. */
static inline struct plain_freed plain_find(const struct kernel *kernel,
					    const struct call *call,
					    enum allocation_kind kind)
{
	struct plain_freed freed;

	freed.entry = allocation_table_find_at(&kernel->allocations.by_number,
					       call->id, &freed.place);
	if (freed.entry && freed.entry->kind != kind)
		freed.entry = NULL;
	return freed;
}

static inline void plain_forget(struct kernel *kernel, const struct call *call,
				const struct plain_freed *freed)
{
	allocation_table_leave_at(&kernel->allocations.by_number, call->id,
				  freed->place, freed->entry);
}

static inline struct allocation *plain_claim(struct kernel *kernel,
					     const struct call *call)
{
	return allocation_table_claim(&kernel->allocations.by_number, call->id);
}

/* Where a claimed entry is given back, or its place is not known. */
static inline void plain_leave(struct kernel *kernel, const struct call *call,
			       struct allocation *entry)
{
	allocation_table_leave(&kernel->allocations.by_number, call->id, entry);
}

static inline void plain_file(struct allocation *entry, const struct call *call,
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

/* Of a plain allocation from that place. */
static inline const struct plain_work *
plain_page_work(const struct plain_class *class, const struct zone *zone,
		uint32_t at)
{
	return &class->work[plain_is_high(zone) * PAGE_PLAIN_PLACES + at];
}

/* Of a page; 0: it has none. */
static inline uint64_t plain_page_address(const struct kernel *kernel,
					  const struct zone *zone, pfn_t pfn)
{
	return zone_is_highmem(kernel->memory, zone) ?
		       0 :
		       kernel->plain->page_offset +
			       ((uint64_t)pfn << kernel->plain->page_shift);
}

/* Where the zone's lock is needed; `entry` is claimed. */
bool plain_alloc_pages_locked(struct kernel *kernel, const struct call *call,
			      struct plain_class *class,
			      struct allocation *entry, uint32_t at,
			      struct plain_outcome *outcome);
bool plain_free_pages_locked(struct kernel *kernel, const struct call *call,
			     struct plain_class *class,
			     struct allocation *freed,
			     struct plain_outcome *outcome);

static inline bool plain_alloc_pages(struct kernel *kernel,
				     const struct call *call,
				     struct plain_class *class,
				     struct plain_outcome *outcome)
{
	struct allocation *entry = plain_claim(kernel, call);
	struct plain_outcome locked;
	const struct zone *zone;
	uint32_t at;
	pfn_t pfn;

	if (!entry)
		return false;
	at = page_plain_choose(&class->pages);
	pfn = page_plain_take(kernel->memory, &class->pages, at);
	if (pfn == PFN_NONE)
		return plain_alloc_pages_locked(kernel, call, class, entry, at,
						&locked) &&
		       plain_copy(outcome, &locked);
	zone = class->pages.place[at].zone;
	plain_tell(outcome, class, PATH_PCP, plain_page_work(class, zone, at),
		   pfn, zone);
	outcome->requested = outcome->granted = class->bytes;
	outcome->vaddr = plain_page_address(kernel, zone, pfn);
	plain_file(entry, call, class, ALLOCATION_PAGES, pfn);
	return true;
}

static inline bool plain_free_pages(struct kernel *kernel,
				    const struct call *call,
				    struct plain_class *class,
				    struct plain_outcome *outcome)
{
	struct plain_freed freed = plain_find(kernel, call, ALLOCATION_PAGES);
	struct plain_outcome locked;
	struct zone *zone;
	order_t order;
	pfn_t pfn;

	if (!freed.entry || kernel->kmap_waits.nr ||
	    kmap_slots_in_use(kernel->kmap))
		return false;
	pfn = (pfn_t)freed.entry->handle;
	order = freed.entry->order;
	zone = memory_zone_of(kernel->memory, pfn);
	if (!page_plain_free(kernel->memory, zone, call->cpu, pfn, order))
		return plain_free_pages_locked(kernel, call, class, freed.entry,
					       &locked) &&
		       plain_copy(outcome, &locked);
	plain_tell_free(outcome, class,
			&kernel->plain->page_free[order][plain_is_high(zone)],
			pfn, zone);
	plain_forget(kernel, call, &freed);
	return true;
}

/* Words are zeroed besides: as many as the last time, or others. */
static inline void plain_set_words(const struct kernel *kernel,
				   struct plain_work *work, uint32_t words)
{
	const struct cost_desc *costs = &kernel->machine->costs;
	uint64_t more = (uint64_t)words * costs->work[WORK_OBJECT_WORDS];

	if (work->work.count[WORK_OBJECT_WORDS] == words)
		return;
	work->work.count[WORK_OBJECT_WORDS] = words;
	work->cost_ns = cost_in_ns(work->units + more, costs->multiplier);
}

/*
 * Where the CPU has no free object; `entry` is claimed. It tells all but what
 * was requested.
 */
bool plain_alloc_object_locked(struct kernel *kernel, const struct call *call,
			       struct plain_class *class,
			       struct allocation *entry,
			       struct slab_cache *cache,
			       enum allocation_kind kind,
			       struct plain_outcome *outcome);

static inline bool
plain_alloc_object(struct kernel *kernel, const struct call *call,
		   struct plain_class *class, struct plain_outcome *outcome,
		   struct slab_cache *cache, enum allocation_kind kind)
{
	struct allocation *entry = cache ? plain_claim(kernel, call) : NULL;
	struct slab_plain_object object;
	struct plain_outcome locked;
	struct plain_work *work;
	const struct slab *slab;

	if (!entry)
		return false;
	slab_plain_take(cache, &class->objects, &object);
	if (object.how == SLAB_PLAIN_NO_ALLOC)
		return plain_alloc_object_locked(kernel, call, class, entry,
						 cache, kind, &locked) &&
		       plain_copy(outcome, &locked);
	work = &class->work[object.how];
	plain_set_words(kernel, work, slab_plain_words(cache, &class->objects));
	slab = slab_at(kernel->caches, object.slab);
	plain_tell(outcome, class, object.path, work, slab->pfn,
		   memory_zone_of(kernel->memory, slab->pfn));
	outcome->granted = cache->granted;
	/* Slabs are never in HighMem. */
	outcome->vaddr = kernel->plain->page_offset +
			 slab_first(kernel->caches, slab) +
			 (uint64_t)object.index * cache->size;
	plain_file(entry, call, class, kind,
		   slab_ref(object.slab, object.index));
	return true;
}

static inline bool plain_alloc_by_size(struct kernel *kernel,
				       const struct call *call,
				       struct plain_class *class,
				       struct plain_outcome *outcome)
{
	struct slab_cache *cache = slab_plain_kmalloc_cache(
		kernel->caches, &class->objects, call->size);

	if (!plain_alloc_object(kernel, call, class, outcome, cache,
				ALLOCATION_KMALLOC))
		return false;
	outcome->requested = call->size;
	return true;
}

static inline bool plain_alloc_of_cache(struct kernel *kernel,
					const struct call *call,
					struct plain_class *class,
					struct plain_outcome *outcome)
{
	struct slab_cache *cache = slab_cache_find(kernel->caches, call->name);

	if (!plain_alloc_object(kernel, call, class, outcome, cache,
				ALLOCATION_OBJECT))
		return false;
	outcome->requested = slab_cache_object_size(cache);
	return true;
}

/*
 * Where slabs move, to their node's list or away; `cache` as in
 * slab_plain_free().
 */
bool plain_free_object_locked(struct kernel *kernel, const struct call *call,
			      struct plain_class *class,
			      struct allocation *freed,
			      const struct slab_cache *cache,
			      struct plain_outcome *outcome);

static inline bool
plain_free_object_of(struct kernel *kernel, const struct call *call,
		     struct plain_class *class, struct plain_outcome *outcome,
		     enum allocation_kind kind, const struct slab_cache *cache)
{
	struct plain_freed freed = plain_find(kernel, call, kind);
	struct plain_outcome locked;
	enum slab_plain_free how;
	pfn_t pfn;

	if (!freed.entry)
		return false;
	how = slab_plain_free(kernel->caches, cache, freed.entry->handle,
			      call->cpu, &pfn);
	if (how == SLAB_PLAIN_NO_FREE)
		return plain_free_object_locked(kernel, call, class,
						freed.entry, cache, &locked) &&
		       plain_copy(outcome, &locked);
	plain_tell_free(outcome, class, &kernel->plain->object_free[how], pfn,
			memory_zone_of(kernel->memory, pfn));
	plain_forget(kernel, call, &freed);
	return true;
}

static inline bool plain_free_by_size(struct kernel *kernel,
				      const struct call *call,
				      struct plain_class *class,
				      struct plain_outcome *outcome)
{
	return plain_free_object_of(kernel, call, class, outcome,
				    ALLOCATION_KMALLOC, NULL);
}

static inline bool plain_free_of_cache(struct kernel *kernel,
				       const struct call *call,
				       struct plain_class *class,
				       struct plain_outcome *outcome)
{
	const struct slab_cache *cache = NULL;

	if (call->name) {
		cache = slab_cache_find(kernel->caches, call->name);
		if (!cache)
			return false;
	}
	return plain_free_object_of(kernel, call, class, outcome,
				    ALLOCATION_OBJECT, cache);
}

/* Two words of a key, or of what a call has in its place, as a number. */
static inline uint64_t plain_words(const void *key, int from)
{
	uint64_t words;

	memcpy(&words, (const char *)key + 4 * from, sizeof words);
	return words;
}

static inline bool plain_is_same(const struct plain_key *a, const void *b)
{
	return !((plain_words(a, 0) ^ plain_words(b, 0)) |
		 (plain_words(a, 2) ^ plain_words(b, 2)) |
		 (plain_words(a, 3) ^ plain_words(b, 3)));
}

/* Multiplying by large odd numbers: the upper bits know of all of them. */
static inline size_t plain_first_place(const void *key)
{
	uint64_t sum = plain_words(key, 0) * GOLDEN_RATIO +
		       plain_words(key, 2) * 0xc2b2ae3d27d4eb4fU +
		       plain_words(key, 3) * 0x165667b19e3779f9U;

	return sum >> (64 - PLAIN_PLACE_BITS);
}

/* The class of the first call of its kind, which gets that place. */
struct plain_class *plain_learn_class(struct kernel *kernel,
				      const struct call *call, size_t place);

static inline struct plain_class *plain_class_of(struct kernel *kernel,
						 const struct call *call)
{
	struct plain_calls *calls = kernel->plain;
	const char *key = (const char *)call + KEY_FIRST;
	size_t place = plain_first_place(key);

	for (; calls->place[place];
	     place = (place + 1) % (1 << PLAIN_PLACE_BITS)) {
		struct plain_class *class =
			&calls->class[calls->place[place] - 1];

		if (plain_is_same(&class->key, key))
			return class;
	}
	return plain_learn_class(kernel, call, place);
}

static inline bool plain_carry_out(struct kernel *kernel,
				   const struct call *call,
				   struct plain_class *class,
				   struct plain_outcome *outcome)
{
	switch ((enum plain_way) class->way) {
	case NOT_PLAIN:
		break;
	case PLAIN_ALLOC_PAGES:
		return plain_alloc_pages(kernel, call, class, outcome);
	case PLAIN_FREE_PAGES:
		return plain_free_pages(kernel, call, class, outcome);
	case PLAIN_ALLOC_BY_SIZE:
		return plain_alloc_by_size(kernel, call, class, outcome);
	case PLAIN_FREE_BY_SIZE:
		return plain_free_by_size(kernel, call, class, outcome);
	case PLAIN_ALLOC_OF_CACHE:
		return plain_alloc_of_cache(kernel, call, class, outcome);
	case PLAIN_FREE_OF_CACHE:
		return plain_free_of_cache(kernel, call, class, outcome);
	}
	return false;
}

/*
 * Carries the call of that class out, as kernel_call() would, if that would
 * come to CALL_DONE by a plain way and leave nothing behind; memory->work is
 * that of this call only if it has locks, which are the caller's to take.
 * false: nothing was done, and *outcome is of no meaning.
 */
static inline bool plain_try(struct kernel *kernel, const struct call *call,
			     struct plain_class *class,
			     struct plain_outcome *outcome)
{
	return call->size <= kernel->rules.quick_size &&
	       !(call->task && kernel_task_is_dying(kernel, call->task)) &&
	       plain_carry_out(kernel, call, class, outcome);
}

/* The same; *broken are the rules of sim/rules.h that it breaks by itself. */
static inline bool plain_call(struct kernel *kernel, const struct call *call,
			      struct plain_outcome *outcome, rule_set *broken)
{
	struct plain_class *class = plain_class_of(kernel, call);

	*broken = class->broken;
	return plain_try(kernel, call, class, outcome);
}

#endif
