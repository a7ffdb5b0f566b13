/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_STEP_SCREEN_H
#define KMEMSIM_RESULTS_STEP_SCREEN_H

/*
 * The screen of `kmemsim step`: where the run stands, as cells. The same for a
 * terminal and for text.
 */

#include "results/step/cells.h"
#include "results/step/stepper.h"

#define STEP_WIDTH_MIN 80
#define STEP_HEIGHT_MIN 24
#define STEP_WIDTH_MAX 400
#define STEP_HEIGHT_MAX 200

/* What is looked at, and how. */
struct step_view {
	int width;
	int height;
	bool ascii;
	int zone;	      /* in memory->zone[]; -1: of zone_type… */
	int zone_type;	      /* …enum zone_type; -1: the one touched last */
	int order;	      /* whose list is shown; -1: that of the call */
	int cache;	      /* in caches->cache[]; -1: the one touched last */
	bool help;	      /* the keys, in place of the panels */
	bool all_words;	      /* event and words whole, in the same place */
	const char *workload; /* names, for the title */
	const char *config;
	uint64_t nr_steps; /* 0: not known yet */
	const char *note;  /* said before the words of the step; or NULL */
	bool note_is_bad;
	const char *prompt; /* in place of the keys at the bottom; or NULL */
	/* Appends an event as a workload says it. */
	void (*add_event)(struct text *out, const struct names *names,
			  const struct call *call);
};

/* Draws into cells of the view's size. 0, or -1 with an error added. */
int step_draw(const struct step *step, const struct step_view *view,
	      struct cells *cells, struct errors *errors);

#endif
