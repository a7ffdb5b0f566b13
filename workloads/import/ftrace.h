/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_FTRACE_H
#define KMEMSIM_WORKLOADS_IMPORT_FTRACE_H

/*
 * From ftrace's text, with the `kmem` events of a real kernel, to a workload.
 */

#include "workloads/import/report.h"

enum import_level {
	IMPORT_PAGES, /* one call for each page event */
	IMPORT_CALLS, /* objects through slab; pages that are not the slab's */
};

struct import_options {
	const char *name;     /* of the workload; NULL: after the file */
	uint32_t gfp_version; /* KERNEL_VERSION() of masks' bits; 0: guess */
	bool no_tasks;	      /* leave the tasks' names out */
	/* IMPORT_PAGES: what reclaim and compaction did is left to the run. */
	bool model_reclaim;
	/* Polled while the trace is read: nonzero ends it. May be NULL. */
	const volatile int *interrupted;
};

/*
 * Reads the trace at `path` and writes a workload to `out`. The path may be
 * opened more than once, and must be that of a file; "-" is stdin, for a trace
 * of page events alone at the level of pages. Fills *report in any case;
 * release it. Returns 0, or -1 with errors added.
 */
int import_ftrace(const char *path, enum import_level level, FILE *out,
		  const struct import_options *options,
		  struct import_report *report, struct errors *errors);

#endif
