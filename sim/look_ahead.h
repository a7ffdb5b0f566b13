/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_LOOK_AHEAD_H
#define KMEMSIM_SIM_LOOK_AHEAD_H

/*
 * Fetches what the next calls will need, while others are carried out.
 *
 *	id --> entry --> page's state, links
 *	            \--> object's slab --> object's link
 *
 * Tables with an entry an id or a page are larger than a processor's caches:
 * who waits for memory at each step of the way that a call takes through them
 * spends half of its time so. The workload says ahead which ids come next. So
 * each step is made some calls before the one that needs its result, and tells
 * the one after it where to look: for one call that is carried out, three
 * others further on in the batch are each led one step on.
 *
 * Nothing is changed, and nothing depends on what is found: between the steps
 * anything may have happened to the id, and its entry may be another's by then.
 *
 * Calls that wait for their CPU are looked ahead at in its queue, by the same
 * steps (sim/engine_queue.h).
 *
 * What is found by a hash (sim/allocations.c) may move: it is looked for again
 * at each step.
 *
 * Left out: the last calls of a batch, which nothing is fetched for.
 */

#include "models/slab_fetch.h"
#include "sim/kernel.h"

/* Always inline: a function that only fetches is nothing to gcc, and goes. */
#define LOOKS_AHEAD static inline __attribute__((always_inline))

LOOKS_AHEAD const struct allocation *freed_by_hash(const struct kernel *kernel,
						   const struct call *call)
{
	const struct allocation_hash *hash =
		&kernel->allocations.by_number.rest;

	return hash->nr && call_frees(call) && call->has & CALL_HAS_ID ?
		       allocation_hash_find(hash, call->id) :
		       NULL;
}

LOOKS_AHEAD bool is_object(const struct allocation *allocation)
{
	return allocation->kind == ALLOCATION_KMALLOC ||
	       allocation->kind == ALLOCATION_OBJECT;
}

/* Fetches the id's entry, where a free will find it or another will go. */
LOOKS_AHEAD const struct allocation *fetch_entry(const struct kernel *kernel,
						 const struct call *call)
{
	const struct allocation_table *table = &kernel->allocations.by_number;
	const struct allocation *entry =
		allocations_likely(&kernel->allocations, call);

	if (entry)
		__builtin_prefetch(entry);
	else if (table->rest.nr)
		allocation_hash_fetch(&table->rest, call->id);
	return entry;
}

/* Fetches the entries of the page that is freed, or of the object's slab. */
LOOKS_AHEAD void fetch_block(const struct kernel *kernel,
			     const struct allocation *freed)
{
	const struct memory *memory = kernel->memory;

	if (!freed)
		return;
	if (is_object(freed))
		slab_fetch_slab(kernel->caches, freed->handle);
	if (freed->kind != ALLOCATION_PAGES || freed->handle >= memory->max_pfn)
		return;
	__builtin_prefetch(&memory->state[freed->handle]);
}

LOOKS_AHEAD void fetch_link(const struct kernel *kernel,
			    const struct allocation *freed)
{
	if (freed && is_object(freed))
		slab_fetch_link(kernel->caches, freed->handle);
}

/* What calls further on are likely to free, by place in the batch. */
#define AHEAD_MOST 16
struct look_ahead {
	/* NULL: nothing, or the hash knows. */
	const struct allocation *freed[AHEAD_MOST];
};

LOOKS_AHEAD const struct allocation **ahead_at(struct look_ahead *ahead,
					       size_t at)
{
	return &ahead->freed[at % AHEAD_MOST];
}

#endif
