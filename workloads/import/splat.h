/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_SPLAT_H
#define KMEMSIM_WORKLOADS_IMPORT_SPLAT_H

/*
 * A kernel's report of an allocation that failed ("page allocation failure")
 * or that made it kill somebody ("invoked oom-killer"), taken apart.
 */

#include "models/machine.h"
#include "sim/base/error.h"
#include "sim/call.h"

#define SPLAT_ZONES_MAX (MAX_NODES * NR_ZONE_TYPES)
#define SPLAT_TEXT_MAX 128
#define SPLAT_RESERVES_MAX (NR_ZONE_TYPES + 1)

/* What a zone's line says, in kB. */
enum splat_number {
	SPLAT_FREE,
	SPLAT_BOOST,
	SPLAT_MIN,
	SPLAT_LOW,
	SPLAT_HIGH,
	SPLAT_HIGHATOMIC,
	SPLAT_PRESENT,
	SPLAT_MANAGED,
	SPLAT_FREE_PCP,
	SPLAT_FREE_CMA,
	SPLAT_INACTIVE_ANON, /* these four are told together, or not at all */
	SPLAT_ACTIVE_ANON,
	SPLAT_INACTIVE_FILE,
	SPLAT_ACTIVE_FILE,
	SPLAT_UNEVICTABLE,
	SPLAT_WRITEPENDING,
	SPLAT_DIRTY, /* before 4.8 these two, in place of the one above */
	SPLAT_WRITEBACK,
	NR_SPLAT_NUMBERS
};

struct splat_zone {
	node_t node;
	enum zone_type type;
	uint64_t line; /* of the log, where it stands */
	uint64_t kb[NR_SPLAT_NUMBERS];
	unsigned int has;		      /* bit n: number n was said */
	uint64_t reserve[SPLAT_RESERVES_MAX]; /* pages, by the columns */
	size_t nr_reserves;
	uint64_t nr_free[MAX_ORDERS];	/* blocks */
	unsigned int types[MAX_ORDERS]; /* bit n: enum migratetype n has one */
	size_t nr_orders;		/* 0: its free blocks are not listed */
};

struct splat {
	uint64_t line;		   /* of the log, where it begins */
	bool oom;		   /* of the OOM killer */
	char comm[SPLAT_TEXT_MAX]; /* who asked; "": not said */
	order_t order;
	char gfp[SPLAT_TEXT_MAX * 4]; /* names between the brackets, or "" */
	uint64_t mask;
	uint32_t version; /* of the kernel; 0: not said */
	char version_text[SPLAT_TEXT_MAX];
	uint32_t cpu;
	bool has_cpu;
	uint32_t nr_cpus; /* as many as per-CPU lists are shown of; 0: none */
	char site[SPLAT_TEXT_MAX]; /* first caller above the allocator; "" */
	enum call_context ctx;	   /* by the call trace */
	bool has_trace;
	struct splat_zone zone[SPLAT_ZONES_MAX];
	size_t nr_zones;
	uint64_t page_kb;      /* 0: no free block was listed */
	uint64_t swap_kb;      /* in all */
	uint64_t free_swap_kb; /* of these */
	bool has_free_swap;
	uint64_t lru_pages;    /* on LRU lists, says Mem-Info */
	uint64_t slab_pages;   /* of slabs that shrinkers could empty */
	bool other_processor;  /* something in it is of no x86 */
	bool node_named;       /* zones are told with their nodes */
	bool had_reserve_type; /* blocks of MIGRATE_RESERVE, before 4.4 */
};

/*
 * Reads the nth report (from 1) of the log at `path` ("-": stdin) and counts
 * all there are in *nr. -1 with errors added: there is none, fewer than nth,
 * one without the machine's state, or a line of it that can't be meant.
 */
int splat_read(struct splat *splat, const char *path, uint64_t nth,
	       uint64_t *nr, struct errors *errors);

#endif
