/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_SLABINFO_H
#define KMEMSIM_WORKLOADS_IMPORT_SLABINFO_H

/*
 * From /proc/slabinfo to a workload that fills such caches.
 */

#include <stdio.h>

#include "sim/base/error.h"
#include "sim/base/text.h"

struct slabinfo_report {
	uint64_t caches;	 /* created */
	uint64_t kmalloc_caches; /* the kernel's own, filled by kmalloc */
	uint64_t boot_caches;	 /* left out: every kernel makes them */
	uint64_t objects;	 /* live at the end */
	uint64_t holes;		 /* objects freed again */
	uint64_t pages;		 /* in the slabs, says the file */
};

/* Is that the file's first line, or, of one without its head, a cache's? */
bool slabinfo_is_first_line(const char *line);

/*
 * Reads the file at `path` and writes the workload to `out`; `name` is what it
 * is called, NULL: "slabs". -1 with errors added.
 */
int slabinfo_import(const char *path, FILE *out, const char *name,
		    struct slabinfo_report *report, struct errors *errors);

/* The report, for people. */
void slabinfo_report_add(const struct slabinfo_report *report,
			 struct text *text);

#endif
