/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_VMALLOCINFO_H
#define KMEMSIM_WORKLOADS_IMPORT_VMALLOCINFO_H

/*
 * From /proc/vmallocinfo to the table of ranges that a config starts with.
 */

#include <stdio.h>

#include "sim/base/error.h"
#include "sim/base/text.h"

struct vmallocinfo_report {
	uint64_t areas;	  /* written */
	uint64_t outside; /* left out: above vmalloc's space */
	uint64_t bytes;	  /* of those written, guard pages included */
	uint64_t base;	  /* the address taken for the space's start */
};

/* Is that a line of the file? */
bool vmallocinfo_is_line(const char *line);

/*
 * Reads the file at `path` and writes `start_offset,end_offset` in ascending
 * order to `out`. -1 with errors added: lines that are none, areas that
 * overlap, addresses that are hashed.
 */
int vmallocinfo_import(const char *path, FILE *out,
		       struct vmallocinfo_report *report,
		       struct errors *errors);

/* The report, for people. */
void vmallocinfo_report_add(const struct vmallocinfo_report *report,
			    struct text *text);

#endif
