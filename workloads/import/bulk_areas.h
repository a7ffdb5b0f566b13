/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_BULK_AREAS_H
#define KMEMSIM_WORKLOADS_IMPORT_BULK_AREAS_H

/*
 * The pages that vmalloc takes in bulk, of which a trace has no allocation:
 * how many each area took, and which frames they turned out to be.
 */

#include "workloads/import/trace_reader.h"

/* One area of vmalloc's, in the order of the trace. */
struct bulk_area {
	uint32_t pages;	 /* that its array has room for */
	uint32_t traced; /* of these, the last ones have an event */
	gfp_t gfp;	 /* that these ask with, if there are any */
	bool known;	 /* it is freed in the trace: its frames show */
	bool is_array;	 /* of pointers to the pages of the next area */
	size_t first;	 /* where its frames begin in frame[] */
	size_t before;	 /* pages freed in the trace before it was made */
};

struct bulk_areas {
	struct bulk_area *area; /* owned */
	size_t nr;
	size_t room;
	pfn_t *frame; /* owned; of the areas that are known */
	size_t nr_frames;
	size_t frame_room;
	size_t next; /* the area to tell next */
	bool read;
};

#define BULK_AREAS_NONE ((struct bulk_areas){ .read = false })

/* Is it vmalloc that asks for its array of an area's pages? */
bool bulk_areas_is_array(const struct trace_event *event);

/*
 * The area of the next such event. The first call of it reads the trace at
 * `path` once more, as a whole, with the settings that are in `of`. -1 with an
 * error.
 */
int bulk_areas_next(struct bulk_areas *areas, const char *path,
		    const struct import_report *of,
		    const struct bulk_area **area, struct errors *errors);

void bulk_areas_release(struct bulk_areas *areas);

#endif
