/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_DMESG_IMPORT_H
#define KMEMSIM_WORKLOADS_IMPORT_DMESG_IMPORT_H

/*
 * A report of a kernel's log on its way to a config and a workload: what the
 * files dmesg*.c share.
 */

#include "workloads/import/format.h"
#include "workloads/import/machine_config.h"
#include "workloads/import/splat.h"

struct dmesg_import {
	struct import_job *job;
	struct splat splat;
	struct zoneinfo info;
	uint64_t page_kb;
	uint64_t max_order;
	bool has_types; /* the lists have letters */
	gfp_t gfp;
	const char *gfp_kernels; /* by whose bits it was read; NULL: by names */
	bool gfp_guessed;	 /* which kernel it was */
	bool gfp_unknown;	 /* in part */
	uint64_t nr;		 /* reports in the log */
	uint64_t orders_shared;	 /* orders with several letters */
	uint64_t cma_pages;
	uint64_t pcp_pages;
	uint64_t lru_pages;    /* that the config has on LRU lists */
	uint64_t lru_left_out; /* more than are in use beside the free */
};

static inline uint64_t dmesg_pages(const struct dmesg_import *import,
				   uint64_t kb)
{
	return kb / import->page_kb;
}

/* dmesg.c: the profile of the config, once there are zones. */
const char *dmesg_profile(const struct dmesg_import *import);

/*
 * dmesg.c: the column of reserves against requests for the type (a number too
 * large where there is none), and the types that have one, a bit each.
 */
size_t dmesg_column(const struct dmesg_import *import, enum zone_type type);
unsigned int dmesg_zone_types(const struct dmesg_import *import);

/* dmesg_marks.c: zones that only a kernel before 4.4 refused, and why. */
void dmesg_add_old_marks(const struct dmesg_import *import, struct text *text);

/* dmesg_lists.c: which orders the report lists, and of which page size. */
void dmesg_look_at_lists(struct dmesg_import *import);
/* -1 with errors: a zone's free blocks are not listed, so nobody knows them. */
int dmesg_check_lists(const struct dmesg_import *import);
/*
 * The file of free blocks beside the config, and the lines of the config that
 * name it, added to *initial; once the zones have their places. -1 with an
 * error.
 */
int dmesg_write_lists(struct dmesg_import *import, struct text *initial);

/* dmesg_report.c: what was found, guessed and lost, a line each. */
void dmesg_report(const struct dmesg_import *import, struct text *text);

#endif
