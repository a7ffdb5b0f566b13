/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_FAST_PREFETCH_H
#define KMEMSIM_SIM_FAST_PREFETCH_H

/*
 * Prefetches what the next calls will need into the host's caches, while an
 * earlier call is carried out.
 *
 *	id --> place --> entry --> page's state
 *	                      \--> object's slab --> object's link
 *
 *	batch   [now]  ..  [+5]  ..  [+9]  ..  [+15]  ..  [+22]
 *	                   link      block     entry      place
 *
 * Tables with an entry for each id or page are larger than a processor's
 * caches, and each lookup needs the result of the one before it. A call that
 * waited for memory at every step would spend half of its time waiting. But the
 * batch says which ids come next. So the lookups run as a pipeline: each time a
 * call is carried out, four calls further on in the batch advance by one stage
 * each, and a stage leaves an address for the next one.
 *
 * - Prefetching changes nothing, and no result depends on it. Between two
 *   stages anything may happen to the id; its entry may be another's by then.
 * - A processor can't predict whether a call allocates or frees, and a wrong
 *   guess costs more than a stage. So no branch depends on it: a call with
 *   nothing to prefetch fetches again what was fetched last.
 * - Calls that wait in a CPU's queue go through the same stages there
 *   (sim/engine/engine_queue.h).
 * - Entries in a hash table (sim/ids/allocations.c) may move, so each stage
 *   looks them up again.
 *
 * Left out: the last calls of a batch, for which nothing is prefetched.
 */

#include "models/slab/slab_prefetch.h"
#include "sim/base/either.h"
#include "sim/kernel.h"

/*
 * Always inline: gcc takes a function that only prefetches for one without any
 * effect, and drops the calls.
 */
#define PREFETCH_INLINE static inline __attribute__((always_inline))

/* What calls further on are likely to free, by their place in the batch. */
#define PREFETCH_SLOTS 16
struct prefetch {
	/* Both 0: nothing yet. */
	const struct allocation *freed[PREFETCH_SLOTS];
	object_ref object[PREFETCH_SLOTS];
	/* What was fetched last: for calls with nothing of their own. */
	const struct allocation *last_freed;
	object_ref last_object;
};

/* Internal: where the id's entry is, or will be; NULL: in the hash table. */
PREFETCH_INLINE const struct allocation *
prefetch_entry_of(const struct kernel *kernel, const struct call *call)
{
	const struct allocation_table *table = &kernel->allocations.by_number;
	const struct allocation_place *place =
		allocation_place_of(table, call->id);
	const struct allocation *entry;

	if (!place) {
		if (table->rest.nr)
			allocation_hash_prefetch(&table->rest, call->id);
		return NULL;
	}
	entry = allocation_entry_of(place, call->id);
	__builtin_prefetch(entry);
	return entry;
}

/* First stage: the place that leads to the id's entry. */
PREFETCH_INLINE void prefetch_place(const struct kernel *kernel,
				    const struct call *call)
{
	allocation_place_prefetch(&kernel->allocations.by_number, call->id);
}

/*
 * Second stage: the id's entry, which a free reads and an allocation writes.
 * `at`: the call's place in the batch.
 */
PREFETCH_INLINE void prefetch_entry(struct prefetch *prefetch, size_t at,
				    const struct kernel *kernel,
				    const struct call *call)
{
	const struct allocation *entry = prefetch_entry_of(kernel, call);

	if (entry)
		prefetch->last_freed = (const struct allocation *)either(
			call_frees(call), (uintptr_t)entry,
			(uintptr_t)prefetch->last_freed);
	prefetch->freed[at % PREFETCH_SLOTS] = prefetch->last_freed;
}

/* Internal: what the call frees, if the hash table has it; else `freed`. */
PREFETCH_INLINE const struct allocation *
freed_by_hash(const struct kernel *kernel, const struct call *call,
	      const struct allocation *freed)
{
	const struct allocation *found =
		call_frees(call) && call->has & CALL_HAS_ID ?
			allocation_hash_find(
				&kernel->allocations.by_number.rest, call->id) :
			NULL;

	return found ? found : freed;
}

PREFETCH_INLINE bool is_object(const struct allocation *allocation)
{
	return allocation->kind == ALLOCATION_KMALLOC ||
	       allocation->kind == ALLOCATION_KVMALLOC ||
	       allocation->kind == ALLOCATION_OBJECT;
}

/*
 * Third stage: what a free reads first, the page's state or the object's slab.
 * To prefetch from a meaningless address does no harm.
 */
PREFETCH_INLINE void prefetch_block(struct prefetch *prefetch, size_t at,
				    const struct kernel *kernel,
				    const struct call *call)
{
	const struct allocation *freed = prefetch->freed[at % PREFETCH_SLOTS];
	uintptr_t page, slab;

	if (__builtin_expect(kernel->allocations.by_number.rest.nr != 0, 0))
		freed = freed_by_hash(kernel, call, freed);
	if (!freed)
		return;
	page = (uintptr_t)kernel->memory->state + freed->handle;
	slab = (uintptr_t)slab_at(kernel->caches, slab_ref_slab(freed->handle));
	__builtin_prefetch((const void *)either(freed->kind == ALLOCATION_PAGES,
						page, slab));
	prefetch->last_object =
		either(is_object(freed), freed->handle, prefetch->last_object);
	prefetch->object[at % PREFETCH_SLOTS] = prefetch->last_object;
}

/* Fourth stage: the object's link in its slab's list of free ones. */
PREFETCH_INLINE void prefetch_link(const struct prefetch *prefetch, size_t at,
				   const struct kernel *kernel)
{
	slab_prefetch_link(kernel->caches,
			   prefetch->object[at % PREFETCH_SLOTS]);
}

/* How many calls ahead each stage is. */
#define PREFETCH_PLACE 22
#define PREFETCH_ENTRY 15
#define PREFETCH_BLOCK 9
#define PREFETCH_LINK 5

/*
 * The call at place `at` is about to be carried out: each stage for one of the
 * calls behind it. The array must go on for PREFETCH_PLACE calls, but what is
 * there need not be valid: to prefetch for it does no harm.
 */
PREFETCH_INLINE void prefetch_ahead_unchecked(struct prefetch *prefetch,
					      const struct kernel *kernel,
					      const struct call *call,
					      size_t at)
{
	prefetch_place(kernel, &call[PREFETCH_PLACE]);
	prefetch_entry(prefetch, at + PREFETCH_ENTRY, kernel,
		       &call[PREFETCH_ENTRY]);
	prefetch_block(prefetch, at + PREFETCH_BLOCK, kernel,
		       &call[PREFETCH_BLOCK]);
	prefetch_link(prefetch, at + PREFETCH_LINK, kernel);
}

/* The same where `left` calls are left, this one included. */
PREFETCH_INLINE void prefetch_ahead(struct prefetch *prefetch,
				    const struct kernel *kernel,
				    const struct call *call, size_t at,
				    size_t left)
{
	if (left > PREFETCH_PLACE)
		prefetch_ahead_unchecked(prefetch, kernel, call, at);
}

#endif
