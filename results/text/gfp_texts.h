/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_TEXT_GFP_TEXTS_H
#define KMEMSIM_RESULTS_TEXT_GFP_TEXTS_H

/*
 * GFP masks as text, each made once: a workload uses a handful of masks
 * millions of times.
 */

#include "models/gfp.h"
#include "results/record/numbering.h"
#include "sim/base/host.h"

/* Zeroed memory is an empty collection. */
struct gfp_texts {
	struct numbering masks;
	const char **text; /* by number of the mask */
	size_t capacity;
	struct arena *arena;
};

/* Valid until the release. NULL where the host has no memory left. */
const char *gfp_texts_get(struct gfp_texts *texts, gfp_t mask);

void gfp_texts_release(struct gfp_texts *texts);

#endif
