/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_PROC_H
#define KMEMSIM_WORKLOADS_IMPORT_PROC_H

/*
 * From what a running kernel shows in /proc to a config of the same machine.
 */

#include <stdio.h>

#include "sim/base/error.h"
#include "sim/base/text.h"
#include "workloads/import/slabinfo.h"
#include "workloads/import/vmallocinfo.h"

struct import_job;

#define PROC_FILES_MAX 4 /* buddyinfo and pagetypeinfo say the same */

struct proc_options {
	const char *name;    /* of the config; NULL: "machine" */
	const char *profile; /* NULL: by the zones that the machine has */
	/*
	 * The config's own path, to which the path of the free blocks' file
	 * in it is relative; NULL or "-": the working directory.
	 */
	const char *config_path;
	struct import_job *job; /* opens files beside it; NULL: none */
	FILE *workload;		/* where slabinfo's goes; NULL: nowhere */
};

struct proc_report {
	uint32_t nodes;
	uint32_t zones;
	uint32_t cpus;
	bool cpus_guessed;   /* /proc/zoneinfo can't tell whose they are */
	uint64_t pcp_pages;  /* on per-CPU lists, which a config can't hold */
	uint64_t boost;	     /* pages that watermarks were boosted by */
	bool has_free_lists; /* a buddyinfo or pagetypeinfo was given */
	bool has_areas;	     /* a vmallocinfo: */
	struct vmallocinfo_report areas;
	bool slabs_given;
	bool has_slabs; /* and a workload was made of them: */
	struct slabinfo_report slabs;
};

/*
 * Reads /proc/zoneinfo and, where given, pagetypeinfo or buddyinfo, slabinfo
 * and vmallocinfo; which file is which is told from its first line. Writes
 * the config to `out`. Returns 0, or -1 with errors added.
 */
int import_proc(const char *const *paths, size_t nr_paths, FILE *out,
		const struct proc_options *options, struct proc_report *report,
		struct errors *errors);

/* The report, for people. */
void proc_report_add(const struct proc_report *report, struct text *text);

/*
 * The config of the machine that files[first_file…] of /proc are from, to
 * where the job wants it, and its report. -1 with errors added.
 */
int import_machine(struct import_job *job, size_t first_file);

#endif
