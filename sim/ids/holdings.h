/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_IDS_HOLDINGS_H
#define KMEMSIM_SIM_IDS_HOLDINGS_H

/*
 * Which page frames each live allocation of a workload holds: for those who
 * explain where memory went. Walks everything; not for each call.
 */

#include "sim/kernel.h"

/* A run of frames that follow each other; an allocation may have many. */
struct holding {
	const struct allocation *allocation; /* valid during the visit */
	uint64_t id;
	bool named; /* its id is a name's number */
	pfn_t pfn;
	uint32_t pages;
	/* Of an object of a slab, which shares its frames; NULL: its own. */
	const struct slab_cache *cache;
};

typedef void holding_visitor(void *argument, const struct holding *holding);

/* In no order that means something. What has no frame now is left out. */
void holdings_visit(const struct kernel *kernel, holding_visitor *visit,
		    void *argument);

#endif
