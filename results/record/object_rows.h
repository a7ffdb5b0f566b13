/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_RECORD_OBJECT_ROWS_H
#define KMEMSIM_RESULTS_RECORD_OBJECT_ROWS_H

/*
 * Slab caches and vmalloc areas at one moment, as rows: slab_sample,
 * vmalloc_area.
 */

#include "results/record/state_rows.h"
#include "sim/kernel.h"

struct object_rows {
	struct rows slab_sample;
	struct rows vmalloc_area;
	size_t nr_boot_caches;
};

/* Zeroed memory may be released. */
int object_rows_init(struct object_rows *rows, const struct database *database,
		     struct errors *errors);
/*
 * Adds the rows of a sample. Before the first one this is called once with
 * the number SAMPLE_START, for what is there before any call.
 */
int object_rows_add(struct object_rows *rows, const struct sample_at *at,
		    const struct kernel *kernel, struct errors *errors);
int object_rows_flush(struct object_rows *rows, struct errors *errors);
void object_rows_release(struct object_rows *rows);

#endif
