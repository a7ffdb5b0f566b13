/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_SLAB_SLAB_FETCH_H
#define KMEMSIM_MODELS_SLAB_SLAB_FETCH_H

/*
 * Asks the host to fetch what a free of an object will look at, so that it is
 * there some time later: the link of its own, for which its slab should be
 * there by now. Any reference that slab_ref_of() ever gave will do. Always
 * inline: a function that only fetches is nothing to gcc, and goes.
 */

#include "models/slab/slab_internal.h"

static inline __attribute__((always_inline)) void
slab_fetch_link(const struct slab_caches *caches, object_ref ref)
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
