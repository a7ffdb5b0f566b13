/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * As sim/look_ahead.h, for calls that lie in a batch. They are led on in groups
 * of sixteen, so that each step is a short loop over many of them:
 *
 *	batch   [carried out][  links  ][  blocks ][ entries ]…
 *	         group n      n + 1      n + 2      n + 3
 *
 * When a group begins, those behind it are each led one step on. Whether a call
 * allocates or frees, nobody can foresee, and a processor that guesses wrong
 * loses more than the step takes. So nothing in these loops depends on that but
 * where the next entry of a list is put.
 *
 * What is found by a hash is looked for again where its block is fetched; its
 * objects' links are left out.
 */

#include "sim/batch_ahead.h"

#include "sim/look_ahead.h"

static struct ahead_group *group_of(struct batch_ahead *ahead, size_t at)
{
	return &ahead->group[at / AHEAD_GROUP % AHEAD_GROUPS];
}

/* The ids' entries; those of frees are noted. */
static void fetch_entries(struct ahead_group *group,
			  const struct kernel *kernel, const struct call *call,
			  size_t nr)
{
	uint32_t freed = 0;

	for (size_t i = 0; i < nr; i++) {
		const struct allocation *entry = fetch_entry(kernel, &call[i]);

		group->freed[freed] = entry;
		freed += entry && call_frees(&call[i]);
	}
	group->nr_freed = freed;
	group->nr_objects = 0;
}

/* Where a free looks first: at the page's state, or at the object's slab. */
static const void *block_of(const struct kernel *kernel,
			    const struct allocation *freed)
{
	uintptr_t page = (uintptr_t)kernel->memory->state + freed->handle;
	uintptr_t slab = (uintptr_t)slab_at(kernel->caches,
					    slab_ref_slab(freed->handle));
	uintptr_t is_page = -(uintptr_t)(freed->kind == ALLOCATION_PAGES);

	return (const void *)(slab ^ ((slab ^ page) & is_page));
}

/* What they free; objects are noted. Addresses of anything else do no harm. */
static void fetch_blocks(struct ahead_group *group, const struct kernel *kernel)
{
	uint32_t objects = 0;

	for (uint32_t i = 0; i < group->nr_freed; i++) {
		const struct allocation *freed = group->freed[i];

		__builtin_prefetch(block_of(kernel, freed));
		group->object[objects] = freed->handle;
		objects += is_object(freed);
	}
	group->nr_objects = objects;
}

static void fetch_hashed_blocks(const struct kernel *kernel,
				const struct call *call, size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		fetch_block(kernel, freed_by_hash(kernel, &call[i]));
}

static void fetch_links(const struct ahead_group *group,
			const struct kernel *kernel)
{
	for (uint32_t i = 0; i < group->nr_objects; i++)
		slab_fetch_link(kernel->caches, group->object[i]);
}

/* Of `left` calls, those in the group that begins behind the first `skipped`. */
static size_t in_group(size_t left, size_t skipped)
{
	if (left <= skipped)
		return 0;
	return left - skipped < AHEAD_GROUP ? left - skipped : AHEAD_GROUP;
}

void look_ahead_from(struct batch_ahead *ahead, const struct kernel *kernel,
		     const struct call *call, size_t at, size_t left)
{
	/* At the batch's beginning nobody has fetched what comes soon. */
	size_t first = at ? 3 * AHEAD_GROUP : AHEAD_GROUP;

	for (size_t n = first; n <= 3 * AHEAD_GROUP; n += AHEAD_GROUP)
		fetch_entries(group_of(ahead, at + n), kernel, call + n,
			      in_group(left, n));
	fetch_blocks(group_of(ahead, at + 2 * AHEAD_GROUP), kernel);
	if (kernel->allocations.by_number.rest.nr)
		fetch_hashed_blocks(kernel, call + 2 * AHEAD_GROUP,
				    in_group(left, 2 * AHEAD_GROUP));
	fetch_links(group_of(ahead, at + AHEAD_GROUP), kernel);
}
