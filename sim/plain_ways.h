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

#include "models/kmap.h"
#include "models/page_plain.h"
#include "models/slab_plain.h"
#include "sim/cost.h"
#include "sim/plain_calls.h"

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

/* A kind of work, and what it costs. */
struct plain_work {
	uint64_t cost_ns;
	uint64_t units; /* of that, without words that are zeroed besides */
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

struct plain_class {
	struct plain_key key;
	enum plain_way way;
	/* Of pages; of objects: by enum slab_plain_alloc. */
	struct plain_work *work;
	uint64_t bytes;	  /* of pages */
	bool has_address; /* of pages: they are not in HighMem */
	struct object_request request;
	struct page_plain pages;
	rule_set broken;
	bool cleared;				/* the caller asks for zeroes */
	struct op_tally *tally[NR_ALLOC_PATHS]; /* plain_outcome.tally */
};

#define CLASS_BITS 10

/* What comes to the same cost has its work here, whichever class it is of. */
struct plain_calls {
	uint64_t page_offset; /* of the linear map */
	unsigned int page_shift;
	struct plain_class class[1 << CLASS_BITS];
	struct plain_work page_alloc[MAX_ORDERS][2][2]; /* zeroed? HighMem? */
	struct plain_work page_free[MAX_ORDERS][2];	/* HighMem? */
	struct plain_work object_alloc[2][NR_SLAB_PLAIN_ALLOCS]; /* zeroed? */
	struct plain_work object_free[NR_SLAB_PLAIN_FREES];
};

/* ---- the calls ----------------------------------------------------------- */

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
	outcome->tally = &class->tally[path];
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

/* Ids of plain calls are numbers. */
static inline struct allocation *plain_find(const struct kernel *kernel,
					    const struct call *call)
{
	return allocation_table_find(&kernel->allocations.by_number, call->id);
}

static inline struct allocation *plain_claim(struct kernel *kernel,
					     const struct call *call)
{
	return allocation_table_claim(&kernel->allocations.by_number, call->id);
}

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

static inline bool plain_alloc_pages(struct kernel *kernel,
				     const struct call *call,
				     struct plain_class *class,
				     struct plain_outcome *outcome)
{
	struct allocation *entry = plain_claim(kernel, call);
	pfn_t pfn;

	if (!entry)
		return false;
	pfn = page_plain_take(kernel->memory, &class->pages);
	if (pfn == PFN_NONE) {
		plain_leave(kernel, call, entry);
		return false;
	}
	plain_tell(outcome, class, PATH_PCP, class->work, pfn,
		   class->pages.zone);
	outcome->requested = outcome->granted = class->bytes;
	outcome->vaddr =
		class->has_address ?
			kernel->plain->page_offset +
				((uint64_t)pfn << kernel->plain->page_shift) :
			0;
	plain_file(entry, call, class, ALLOCATION_PAGES, pfn);
	return true;
}

static inline bool plain_free_pages(struct kernel *kernel,
				    const struct call *call,
				    struct plain_class *class,
				    struct plain_outcome *outcome)
{
	struct allocation *freed = plain_find(kernel, call);
	struct zone *zone;

	if (!freed || freed->kind != ALLOCATION_PAGES ||
	    kernel->kmap_waits.nr || kmap_slots_in_use(kernel->kmap))
		return false;
	zone = memory_zone_of(kernel->memory, (pfn_t)freed->handle);
	if (!page_plain_free(kernel->memory, zone, call->cpu,
			     (pfn_t)freed->handle, freed->order))
		return false;
	plain_tell_free(
		outcome, class,
		&kernel->plain->page_free[freed->order][plain_is_high(zone)],
		(pfn_t)freed->handle, zone);
	plain_leave(kernel, call, freed);
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

static inline bool
plain_alloc_object(struct kernel *kernel, const struct call *call,
		   struct plain_class *class, struct plain_outcome *outcome,
		   struct slab_cache *cache, enum allocation_kind kind)
{
	struct allocation *entry = cache ? plain_claim(kernel, call) : NULL;
	struct slab_plain_object object;
	enum slab_plain_alloc how;

	if (!entry)
		return false;
	how = slab_plain_alloc(cache, &class->request, &object);
	if (how == SLAB_PLAIN_NO_ALLOC) {
		plain_leave(kernel, call, entry);
		return false;
	}
	plain_set_words(kernel, &class->work[how], object.words);
	plain_tell(outcome, class, object.grant.path, &class->work[how],
		   object.grant.slab_pfn, object.grant.zone);
	outcome->granted = object.grant.granted;
	/* Slabs are never in HighMem. */
	outcome->vaddr = kernel->plain->page_offset + object.grant.address;
	plain_file(entry, call, class, kind, object.ref);
	return true;
}

static inline bool plain_alloc_by_size(struct kernel *kernel,
				       const struct call *call,
				       struct plain_class *class,
				       struct plain_outcome *outcome)
{
	struct slab_cache *cache = slab_plain_kmalloc_cache(
		kernel->caches, call->size, class->request.gfp);

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

static inline bool
plain_free_object_of(struct kernel *kernel, const struct call *call,
		     struct plain_class *class, struct plain_outcome *outcome,
		     enum allocation_kind kind, const struct slab_cache *cache)
{
	struct allocation *freed = plain_find(kernel, call);
	enum slab_plain_free how;
	pfn_t pfn;

	if (!freed || freed->kind != kind)
		return false;
	how = slab_plain_free(kernel->caches, cache, freed->handle, call->cpu,
			      &pfn);
	if (how == SLAB_PLAIN_NO_FREE)
		return false;
	plain_tell_free(outcome, class, &kernel->plain->object_free[how], pfn,
			memory_zone_of(kernel->memory, pfn));
	plain_leave(kernel, call, freed);
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

static inline struct plain_key plain_key_of(const struct call *call)
{
	const char *first = (const char *)call + KEY_FIRST;
	struct plain_key key;

	memcpy(&key.flags_and_name, first, 8);
	memcpy(&key.has_to_ctx, first + 8, 8);
	memcpy(&key.order_to_byte, first + 16, 4);
	return key;
}

static inline bool plain_is_same(const struct plain_key *a,
				 const struct plain_key *b)
{
	return !((a->flags_and_name ^ b->flags_and_name) |
		 (a->has_to_ctx ^ b->has_to_ctx) |
		 (a->order_to_byte ^ b->order_to_byte));
}

/* Multiplying by large odd numbers: the upper bits know of all of them. */
static inline size_t plain_place_of(const struct plain_key *key)
{
	uint64_t sum = key->flags_and_name * 0x9e3779b97f4a7c15U +
		       key->has_to_ctx * 0xc2b2ae3d27d4eb4fU +
		       key->order_to_byte * 0x165667b19e3779f9U;

	return sum >> (64 - CLASS_BITS);
}

/* The class for the first call of its kind. */
void plain_learn_class(struct kernel *kernel, const struct call *call,
		       const struct plain_key *key, struct plain_class *class);

static inline bool plain_carry_out(struct kernel *kernel,
				   const struct call *call,
				   struct plain_class *class,
				   struct plain_outcome *outcome)
{
	switch (class->way) {
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
 * Carries the call out, as kernel_call() would, if that would come to CALL_DONE
 * by the plainest way and leave nothing behind; *broken are the rules of
 * sim/rules.h that it breaks by itself; no lock was taken, and memory->work is
 * not that of this call. false: nothing was done, and neither is of any
 * meaning.
 */
static inline bool plain_call(struct kernel *kernel, const struct call *call,
			      struct plain_outcome *outcome, rule_set *broken)
{
	struct plain_key key = plain_key_of(call);
	struct plain_class *class = &kernel->plain->class[plain_place_of(&key)];

	if (!plain_is_same(&class->key, &key))
		plain_learn_class(kernel, call, &key, class);
	*broken = class->broken;
	return call->size <= kernel->rules.quick_size &&
	       !(call->task && kernel_task_is_dying(kernel, call->task)) &&
	       plain_carry_out(kernel, call, class, outcome);
}

#endif
