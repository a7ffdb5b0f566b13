/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_RECLAIMED_H
#define KMEMSIM_WORKLOADS_IMPORT_RECLAIMED_H

/* What each reclaimer freed of late: see reclaimed.c. */

#include "models/types.h"
#include "workloads/import/number_map.h"

enum reclaimed_kind {
	RECLAIMED_OTHER, /* nothing is known of it */
	RECLAIMED_SITE,	 /* blocks of one call site */
	RECLAIMED_START, /* pages of before the trace, one after the other */
};

/* Blocks of one size that one reclaimer freed one after the other. */
struct reclaimed_run {
	enum reclaimed_kind kind;
	order_t order;
	uint32_t before; /* private */
	size_t which;	 /* the site; the first page of the start */
	uint64_t nr;	 /* blocks */
};

struct reclaimed {
	struct reclaimed_run *run; /* owned */
	size_t nr;
	size_t room;
	uint32_t unused;	  /* private, as run.before */
	struct number_map newest; /* by process id, as run.before */
};

/* The process has freed one more block. -1 with an error: no memory. */
int reclaimed_add(struct reclaimed *reclaimed, uint64_t pid,
		  enum reclaimed_kind kind, size_t which, order_t order,
		  struct errors *errors);

/*
 * Takes from what the process freed the last blocks, of one run, until they
 * have `nr_pages`. False: nothing is left of it.
 */
bool reclaimed_take(struct reclaimed *reclaimed, uint64_t pid,
		    uint64_t nr_pages, struct reclaimed_run *taken);

/* Forgets the rest of what the process freed. */
void reclaimed_forget(struct reclaimed *reclaimed, uint64_t pid);

void reclaimed_release(struct reclaimed *reclaimed);

#endif
