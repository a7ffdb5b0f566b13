/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What plain requests for objects come to, asked once for all of a kind: the
 * ways themselves are in models/slab_plain.h.
 *
 *	flags, node, CPU --> plain at all? --> kmalloc's caches for these flags
 *	how it went      --> the work that it is
 *
 * Which caches kmalloc() has is settled when the machine is made.
 */

#include "models/slab_plain.h"

void slab_plain_init(struct slab_plain *plain, const struct slab_caches *caches,
		     const struct object_request *request)
{
	bool is_plain = caches->ops == &slub_ops && request->node == NODE_ANY;

	*plain = (struct slab_plain){
		.kmalloc = is_plain ? kmalloc_family_of(caches, request->gfp) :
				      NULL,
		.gfp = request->gfp,
		.cpu = request->cpu,
	};
}

struct work slab_plain_take_work(enum slab_plain_alloc how)
{
	struct work work = { .zones = 0 };

	work.count[how == SLAB_PLAIN_FAST ? WORK_SLAB_FAST : WORK_SLAB_SLOW] =
		1;
	return work;
}

struct work slab_plain_free_work(enum slab_plain_free how)
{
	struct work work = { .zones = 0 };

	work.count[how == SLAB_PLAIN_OWN ? WORK_SLAB_FAST_FREES :
					   WORK_SLAB_SLOW_FREES] = 1;
	work.count[WORK_SLAB_LISTED] = how == SLAB_PLAIN_LISTED;
	return work;
}
