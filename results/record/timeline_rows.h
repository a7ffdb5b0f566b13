/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_RECORD_TIMELINE_ROWS_H
#define KMEMSIM_RESULTS_RECORD_TIMELINE_ROWS_H

/*
 * Who ran when, as rows of the table timeline. Internal to results/.
 */

#include "results/record/rows.h"
#include "sim/sink.h"

/* Zeroed memory is that of a run whose timeline nobody asked for. */
struct timeline_rows {
	struct rows rows;
	const struct names *names; /* borrowed */
	uint32_t nr_cpus;	   /* of the machine */
};

/* Opens the table. The other members are the caller's to set. */
int timeline_rows_init(struct timeline_rows *timeline,
		       const struct database *database, struct errors *errors);
int timeline_rows_flush(struct timeline_rows *timeline, struct errors *errors);
void timeline_rows_release(struct timeline_rows *timeline);

/* The texts of the event are borrowed until the flush: they are constants. */
int timeline_rows_add(struct timeline_rows *timeline,
		      const struct timeline_event *event,
		      struct errors *errors);

#endif
