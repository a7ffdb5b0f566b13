/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_STATE_ROWS_H
#define KMEMSIM_RESULTS_STATE_ROWS_H

/*
 * The state of memory at one moment, as rows: sample, free_area, zone_sample,
 * fragmentation, vmstat.
 */

#include "models/memory.h"
#include "results/rows.h"

enum sample_cause { SAMPLE_CLOCK, SAMPLE_WORKLOAD, SAMPLE_END };

struct sample_at {
	uint64_t number;   /* 1, 2, 3… within the run */
	const char *label; /* NULL: none. Borrowed until the rows are flushed */
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
};

/* Zeroed memory may be released. */
int state_rows_init(struct state_rows *rows, const struct database *database,
		    struct errors *errors);
int state_rows_add(struct state_rows *rows, const struct sample_at *at,
		   const struct memory *memory, struct errors *errors);
int state_rows_flush(struct state_rows *rows, struct errors *errors);
void state_rows_release(struct state_rows *rows);

#endif
