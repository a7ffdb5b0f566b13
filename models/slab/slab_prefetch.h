/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_SLAB_SLAB_PREFETCH_H
#define KMEMSIM_MODELS_SLAB_SLAB_PREFETCH_H

/*
 * Prefetches the link of an object, which a free of it will read. Its slab
 * should have been prefetched before. Any reference that slab_ref_of() ever
 * returned will do. Always inline: gcc takes a function that only prefetches
 * for one without any effect, and drops the calls.
 */

#include "models/slab/slab_internal.h"

static inline __attribute__((always_inline)) void
slab_prefetch_link(const struct slab_caches *caches, object_ref ref)
{
	const struct slab *slab;

	if (!slab_ref_has_slab(ref))
		return;
	slab = slab_at(caches, slab_ref_slab(ref));
	if (slab->pfn != PFN_NONE)
		__builtin_prefetch(&slab_links(slab_cache_of(caches, slab),
					       slab)[slab_ref_index(ref)],
				   1);
}

#endif
