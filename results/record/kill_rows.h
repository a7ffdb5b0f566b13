/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_RECORD_KILL_ROWS_H
#define KMEMSIM_RESULTS_RECORD_KILL_ROWS_H

/*
 * The OOM killer's victims as rows of the table oom_kill. Internal to results/.
 */

#include "results/text/gfp_texts.h"
#include "results/record/rows.h"
#include "sim/sink.h"

struct kill_rows {
	struct rows rows;
	const struct names *names;   /* borrowed */
	const struct memory *memory; /* borrowed */
};

/* Opens the table. The other members are the caller's to set. */
int kill_rows_init(struct kill_rows *kills, const struct database *database,
		   struct errors *errors);
int kill_rows_flush(struct kill_rows *kills, struct errors *errors);
void kill_rows_release(struct kill_rows *kills);

/* Rows for all who were killed since the last time. */
int kill_rows_add(struct kill_rows *kills, uint64_t t_ns, uint64_t seq,
		  struct gfp_texts *gfp_texts, struct errors *errors);

/* Was anybody? Cheap enough to ask after each operation. */
static inline bool kill_rows_are_due(const struct kill_rows *kills)
{
	return kills->memory->vm_event[VM_OOM_KILL] != kills->rows.written;
}

#endif
