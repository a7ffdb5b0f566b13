/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_STEP_WORDS_H
#define KMEMSIM_RESULTS_STEP_WORDS_H

/*
 * What a step did, in sentences.
 */

#include "results/step/stepper.h"
#include "sim/base/text.h"

/*
 * Appends sentences, a newline behind each paragraph: what came of the call
 * and how; what that did to the free lists; its time; what it counted.
 */
void step_words(const struct step *step, struct text *out);

/* "DMA32", "node 1's Normal": the node where there are several. */
void step_add_zone(const struct step *step, const struct zone *zone,
		   struct text *out);

/*
 * Which free lists changed while the call was under way, in all zones, and
 * which pageblocks have another type now. Only of an undisturbed step.
 */
void step_add_changes(const struct step *step, struct text *out);

/* Blocks that the call took off or put on a CPU's list; NULL zone: none. */
struct step_list {
	const struct zone *zone;
	order_t order;
	enum migratetype type;
	uint32_t count; /* left on it */
};
struct step_list step_changed_list(const struct step *step);

/* The sentences on a call that works with pages. */
void step_add_pages(const struct step *step, struct text *out);
/* The same on objects of a cache. */
void step_add_objects(const struct step *step, struct text *out);

/* How often the call did that. */
static inline uint32_t step_work(const struct step *step, enum work_kind kind)
{
	return step->outcome.work ? step->work.count[kind] : 0;
}

#endif
