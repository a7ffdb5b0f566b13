/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_LOOK_AHEAD_H
#define KMEMSIM_SIM_LOOK_AHEAD_H

/*
 * Fetches what the next calls will need, while others are carried out.
 *
 *	id --> place --> entry --> page's state
 *	                      \--> object's slab --> object's link
 *
 * Tables with an entry an id or a page are larger than a processor's caches:
 * who waits for memory at each step of the way that a call takes through them
 * spends half of its time so. The workload says ahead which ids come next. So
 * each step is made some calls before the one that needs its result, and tells
 * the one after it where to look: for one call that is carried out, four
 * others further on in the batch are each led one step on.
 *
 * Nothing is changed, and nothing depends on what is found: between the steps
 * anything may have happened to the id, and its entry may be another's by then.
 *
 * Whether a call allocates or frees, and what, nobody can foresee, and a
 * processor that guesses wrong loses more than a step takes. So there is no
 * branch that depends on it: where there is nothing to be fetched, what was
 * fetched last is fetched again.
 *
 * Calls that wait for their CPU are looked ahead at in its queue, by the same
 * steps (sim/engine/engine_queue.h).
 *
 * What is found by a hash (sim/allocations.c) may move: it is looked for again
 * at each step.
 *
 * Left out: the last calls of a batch, which nothing is fetched for.
 */

#include "models/slab/slab_fetch.h"
#include "sim/base/either.h"
#include "sim/kernel.h"

/* Always inline: a function that only fetches is nothing to gcc, and goes. */
#define LOOKS_AHEAD static inline __attribute__((always_inline))

/* What calls further on are likely to free, by place in the batch. */
#define AHEAD_MOST 16
struct look_ahead {
	/* Both 0: nothing yet. */
	const struct allocation *freed[AHEAD_MOST];
	object_ref object[AHEAD_MOST];
	/* The last ones that were noted. */
	const struct allocation *last_freed;
	object_ref last_object;
};

/* Internal: where the call's id is found, or will be; NULL: by a hash. */
LOOKS_AHEAD const struct allocation *fetch_entry(const struct kernel *kernel,
						 const struct call *call)
{
	const struct allocation_table *table = &kernel->allocations.by_number;
	const struct allocation_place *place =
		allocation_place_of(table, call->id);
	const struct allocation *entry;

	if (!place) {
		if (table->rest.nr)
			allocation_hash_fetch(&table->rest, call->id);
		return NULL;
	}
	entry = allocation_entry_of(place, call->id);
	__builtin_prefetch(entry);
	return entry;
}

/* The first step: where the entries of ids like the call's are. */
LOOKS_AHEAD void ahead_place(const struct kernel *kernel,
			     const struct call *call)
{
	allocation_place_fetch(&kernel->allocations.by_number, call->id);
}

/*
 * The second: the id's entry, where a free will find it or another will go.
 * The place is the call's.
 */
LOOKS_AHEAD void ahead_entry(struct look_ahead *ahead, size_t at,
			     const struct kernel *kernel,
			     const struct call *call)
{
	const struct allocation *entry = fetch_entry(kernel, call);

	if (entry)
		ahead->last_freed = (const struct allocation *)either(
			call_frees(call), (uintptr_t)entry,
			(uintptr_t)ahead->last_freed);
	ahead->freed[at % AHEAD_MOST] = ahead->last_freed;
}

/* Internal: what it frees, if a hash knows it, or else `freed`. */
LOOKS_AHEAD const struct allocation *
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

LOOKS_AHEAD bool is_object(const struct allocation *allocation)
{
	return allocation->kind == ALLOCATION_KMALLOC ||
	       allocation->kind == ALLOCATION_KVMALLOC ||
	       allocation->kind == ALLOCATION_OBJECT;
}

/*
 * The third: where a free looks first, at the page's state or at the
 * object's slab. To fetch from an address that means nothing does no harm.
 */
LOOKS_AHEAD void ahead_block(struct look_ahead *ahead, size_t at,
			     const struct kernel *kernel,
			     const struct call *call)
{
	const struct allocation *freed = ahead->freed[at % AHEAD_MOST];
	uintptr_t page, slab;

	if (__builtin_expect(kernel->allocations.by_number.rest.nr != 0, 0))
		freed = freed_by_hash(kernel, call, freed);
	if (!freed)
		return;
	page = (uintptr_t)kernel->memory->state + freed->handle;
	slab = (uintptr_t)slab_at(kernel->caches, slab_ref_slab(freed->handle));
	__builtin_prefetch((const void *)either(freed->kind == ALLOCATION_PAGES,
						page, slab));
	ahead->last_object =
		either(is_object(freed), freed->handle, ahead->last_object);
	ahead->object[at % AHEAD_MOST] = ahead->last_object;
}

/* The fourth: the object's link. */
LOOKS_AHEAD void ahead_link(const struct look_ahead *ahead, size_t at,
			    const struct kernel *kernel)
{
	slab_fetch_link(kernel->caches, ahead->object[at % AHEAD_MOST]);
}

/* So many calls ahead. */
#define AHEAD_PLACE 15
#define AHEAD_ENTRY 11
#define AHEAD_BLOCK 6
#define AHEAD_LINK 3

/*
 * `call`, at that place, is about to be carried out. Behind it are as many as
 * are looked at, if only others, or none: to fetch what they need does no harm.
 */
LOOKS_AHEAD void look_ahead_anyhow(struct look_ahead *ahead,
				   const struct kernel *kernel,
				   const struct call *call, size_t at)
{
	ahead_place(kernel, &call[AHEAD_PLACE]);
	ahead_entry(ahead, at + AHEAD_ENTRY, kernel, &call[AHEAD_ENTRY]);
	ahead_block(ahead, at + AHEAD_BLOCK, kernel, &call[AHEAD_BLOCK]);
	ahead_link(ahead, at + AHEAD_LINK, kernel);
}

/* The same; `left` are from it on. */
LOOKS_AHEAD void look_ahead(struct look_ahead *ahead,
			    const struct kernel *kernel,
			    const struct call *call, size_t at, size_t left)
{
	if (left > AHEAD_PLACE)
		look_ahead_anyhow(ahead, kernel, call, at);
}

#endif
