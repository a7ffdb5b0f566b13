/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_VERIFY_EXPECTED_STATE_H
#define KMEMSIM_RESULTS_VERIFY_EXPECTED_STATE_H

/*
 * The states that a recording expects at its samples, read from its
 * expected_samples.csv and expected_zones.csv. Used by the verifier alone.
 */

#include "models/types.h"
#include "sim/base/error.h"
#include "sim/base/text.h"

/* The counters of a zone that expected_zones.csv has, in its order. */
enum zone_figure {
	FIGURE_FREE_PAGES,
	FIGURE_PCP,
	FIGURE_HIGHATOMIC,
	FIGURE_UNMOVABLE,
	FIGURE_MOVABLE,
	FIGURE_RECLAIMABLE,
	FIGURE_HIGHATOMIC_BLOCKS,
	NR_ZONE_FIGURES
};

/* The column's name. */
extern const char *const zone_figure_names[NR_ZONE_FIGURES];

struct expected_cell {
	uint32_t label; /* number of expected_state.labels */
	node_t node;
	enum zone_type zone;
	enum migratetype migratetype;
	order_t order;
	uint64_t nr_free;
};

struct expected_zone {
	uint32_t label;
	node_t node;
	enum zone_type zone;
	uint64_t figure[NR_ZONE_FIGURES];
};

struct expected_state {
	struct names *labels;
	struct expected_cell *cell;
	size_t nr_cells;
	size_t cell_room;
	struct expected_zone *zone;
	size_t nr_zones;
	size_t zone_room;
};

/*
 * Reads both files of the folder; the second may be missing. Returns 0, or -1
 * with errors added; release it in any case.
 */
int expected_state_read(struct expected_state *state, const char *directory,
			struct errors *errors);
void expected_state_release(struct expected_state *state);

/* DIRECTORY/FILE; the caller frees it. NULL: an error was added. */
char *expected_path(const char *directory, const char *file,
		    struct errors *errors);

#endif
