/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_RECORD_STATE_ROWS_H
#define KMEMSIM_RESULTS_RECORD_STATE_ROWS_H

/*
 * The state of memory at one moment, as rows: sample, free_area, zone_sample,
 * fragmentation, vmstat, pcp_sample, node_stat, pageblock_sample. Objects and
 * areas are in results/record/object_rows.h.
 */

#include "models/memory.h"
#include "results/record/rows.h"
#include "sim/base/host.h"

#define SAMPLE_START 0 /* of rows that describe the state before any call */

enum sample_cause { SAMPLE_CLOCK, SAMPLE_WORKLOAD, SAMPLE_END };

struct sample_at {
	uint64_t number;   /* 1, 2, 3… within the run */
	const char *label; /* NULL: none. Borrowed until the rows are flushed */
	struct arena
		*texts; /* for texts of rows: lives until they are flushed */
	uint64_t t_ns;
	uint64_t seq; /* operations before it */
	enum sample_cause cause;
};

struct state_rows {
	struct rows sample;
	struct rows free_area;
	struct rows zone_sample;
	struct rows fragmentation;
	struct rows vmstat;
	struct rows pcp_sample;
	struct rows node_stat;
	struct rows pageblock_sample;
};

/* Zeroed memory may be released. */
int state_rows_init(struct state_rows *rows, const struct database *database,
		    struct errors *errors);
int state_rows_add(struct state_rows *rows, const struct sample_at *at,
		   const struct memory *memory, struct errors *errors);
/* What the rows of a sample begin with: run_id, label, t_ns. */
struct value *state_rows_begin(struct rows *rows, const struct sample_at *at,
			       struct errors *errors);
/* … and, where they belong to a zone, node and zone. */
struct value *state_rows_begin_zone(struct rows *rows,
				    const struct sample_at *at,
				    const struct zone *zone,
				    struct errors *errors);
int state_rows_flush(struct state_rows *rows, struct errors *errors);
/* To be called after each commit. */
int state_rows_committed(struct state_rows *rows, struct errors *errors);
void state_rows_release(struct state_rows *rows);

#endif
