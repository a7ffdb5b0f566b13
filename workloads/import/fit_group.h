/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_FIT_GROUP_H
#define KMEMSIM_WORKLOADS_IMPORT_FIT_GROUP_H

/* Allocations of one sort, and what is remembered of them. */

#include "sim/source.h"
#include "workloads/import/number_map.h"

/* Allocations of a group that are looked at: all, or this many at random. */
#define FIT_SAMPLE 4096
#define FIT_CPUS 64
#define NOT_FREED UINT64_MAX

struct fit_record {
	uint64_t id;
	uint64_t t_ns;
	uint64_t life_ns; /* NOT_FREED: not in the trace */
	uint64_t size;
};

struct fit_group {
	struct call like; /* its op, gfp, order, ctx, task, … */
	bool lumped;	  /* whatever the task, and the context */
	uint64_t count;	  /* allocations */
	uint64_t seen;	  /* of these, in the second reading */
	uint64_t freed;
	uint64_t in_order; /* frees of what is younger than the last freed */
	uint64_t last_freed;
	uint64_t live;
	uint64_t most_live;
	uint64_t least_live; /* in its second half */
	uint64_t of_cpu[FIT_CPUS];
	uint64_t freed_in[NR_CALL_CONTEXTS];
	struct fit_record *record; /* owned; FIT_SAMPLE of them */
	size_t nr_records;
};

struct fit_groups {
	struct fit_group *group; /* owned */
	size_t nr;
	size_t room;
	struct number_map by_key; /* hash of what they are -> index */
	struct number_map live;	  /* id -> index and record */
	uint64_t random;
	uint64_t lost_frees; /* of pages that nobody allocated here */
	uint64_t part_frees;
	uint64_t lost_calls; /* touch, memset, … */
	uint64_t last_ns;
};

/* First reading: counts what there is. -1 with an error. */
int fit_groups_count(struct fit_groups *groups, const struct call *call,
		     struct errors *errors);

/* Lumps together what there is little of. */
int fit_groups_lump(struct fit_groups *groups, struct errors *errors);

/* Second reading: remembers allocations and how they ended. */
int fit_groups_take(struct fit_groups *groups, const struct call *call,
		    struct errors *errors);

void fit_groups_release(struct fit_groups *groups);

#endif
