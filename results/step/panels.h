/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_STEP_PANELS_H
#define KMEMSIM_RESULTS_STEP_PANELS_H

/*
 * The parts of the screen: each draws itself from a row on and says how many
 * rows it would like, and must have. Only results/step/ sees this.
 */

#include "results/step/screen.h"

struct panel {
	struct cells *cells;
	const struct step *step;
	const struct step_view *view;
	const struct zone *zone;
	const struct slab_cache *cache; /* NULL: none to show */
	cpu_t cpu;
	order_t order;
	enum migratetype type;	       /* whose list is shown by frames */
	int width;		       /* columns, from 0 on */
	const struct step_state *last; /* what changes are told from; or NULL */
};

/* Letters of the migrate types on the map: "UMRHCI". */
extern const char step_type_letters[];

/* "12345", "1.2M": at most 5 columns. */
const char *step_number(uint64_t nr, char text[8]);

/* panel_lists.c: zones, free lists, marks, CPU's lists. */
int panel_lists_rows(const struct panel *panel);
void panel_lists_draw(const struct panel *panel, int row);

/* panel_blocks.c: a map of the zone's pageblocks, in at most `rows` rows. */
int panel_blocks_rows(const struct panel *panel, int most);
void panel_blocks_draw(const struct panel *panel, int row, int rows);

/* panel_slab.c: the cache, and slabs of it, in at most `rows` rows. */
int panel_slab_rows(const struct panel *panel);
void panel_slab_draw(const struct panel *panel, int row, int rows);

#endif
