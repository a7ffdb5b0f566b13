/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_ZONEINFO_H
#define KMEMSIM_WORKLOADS_IMPORT_ZONEINFO_H

/* /proc/zoneinfo, taken apart. */

#include "models/machine.h"
#include "sim/base/error.h"

#define ZONEINFO_ZONES_MAX (MAX_NODES * NR_ZONE_TYPES)

struct zoneinfo_zone {
	node_t node;
	enum zone_type type;
	struct place place; /* of its first line */
	uint64_t free;	    /* pages: the counter */
	uint64_t boost;	    /* pages, part of the watermarks below */
	uint64_t watermark[NR_WMARK];
	uint64_t spanned;
	uint64_t present;
	uint64_t managed;
	uint64_t start_pfn;
	uint64_t protection[NR_ZONE_TYPES + 1]; /* by the kernel's zones */
	size_t nr_protection;
	uint64_t pcp_high;
	uint64_t pcp_batch;
	uint64_t pcp_pages;  /* on the lists of all CPUs */
	struct lru_desc lru; /* pages on LRU lists, where it says so: */
	bool has_lru;
	unsigned int has; /* bits private to zoneinfo.c */
};

struct zoneinfo {
	struct zoneinfo_zone *zone; /* owned; in the file's order */
	size_t nr_zones;
	size_t room;
	bool cpu[MAX_CPUS]; /* those online */
	uint32_t nr_cpus;
};

/* -1 with errors added; release in any case. */
int zoneinfo_read(struct zoneinfo *info, const char *path,
		  struct errors *errors);
void zoneinfo_release(struct zoneinfo *info);

#endif
