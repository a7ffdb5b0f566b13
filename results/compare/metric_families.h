/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_COMPARE_METRIC_FAMILIES_H
#define KMEMSIM_RESULTS_COMPARE_METRIC_FAMILIES_H

/*
 * What can be measured of a run and compared: a family is a name with labels,
 * as in unusable[9, 0/Normal]. Fewer labels mean more taken together.
 */

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/text.h"

enum metric_group {
	GROUP_OUTCOME,
	GROUP_FRAGMENTATION,
	GROUP_FREE,
	GROUP_FAILURES,
	GROUP_LATENCY,
	GROUP_OVERHEAD,
	GROUP_RECLAIM,
	GROUP_VIOLATIONS,
	NR_METRIC_GROUPS
};

struct metric_group_words {
	const char *key;   /* "fragmentation": in JSON and CSV */
	const char *title; /* for people */
};
extern const struct metric_group_words metric_groups[NR_METRIC_GROUPS];

enum metric_unit {
	METRIC_COUNT,
	METRIC_NS,
	METRIC_BYTES,
	METRIC_INDEX, /* 0 … 1, an index */
	METRIC_SHARE, /* 0 … 1, for people in per cent */
	NR_METRIC_UNITS
};
extern const char *const metric_unit_names[NR_METRIC_UNITS];

enum metric_label {
	LABEL_NONE,
	LABEL_ORDER,
	LABEL_ZONE, /* NODE/ZONE, as in 0/Normal */
	LABEL_REASON,
	LABEL_OP,
	LABEL_PATH,
	LABEL_LOCK,
	LABEL_CACHE,
	LABEL_RULE,
	NR_METRIC_LABELS
};

#define METRIC_LABELS_MAX 3

struct metric_family {
	const char *name;
	enum metric_group group;
	enum metric_unit unit;
	bool counts;	/* what did not happen, happened 0 times */
	bool has_total; /* is there without any label, too */
	enum metric_label label[METRIC_LABELS_MAX];
	const char *means;
};

enum metric_id {
	METRIC_OPS,
	METRIC_SKIPPED,
	METRIC_SIM_TIME,
	METRIC_UNUSABLE,
	METRIC_EXTFRAG,
	METRIC_FREE_BLOCKS,
	METRIC_FREE,
	METRIC_FAILURES,
	METRIC_LATENCY_P50,
	METRIC_LATENCY_P90,
	METRIC_LATENCY_P99,
	METRIC_LATENCY_P999,
	METRIC_LATENCY_MAX,
	METRIC_TIME_RUNNING,
	METRIC_TIME_CPU_WAIT,
	METRIC_TIME_LOCK_WAIT,
	METRIC_TIME_SLEEP,
	METRIC_LOCK_WAIT,
	METRIC_REQUESTED,
	METRIC_GRANTED,
	METRIC_INTERNAL_FRAGMENTATION,
	METRIC_SLAB_ROOM,
	METRIC_SLAB_USED,
	METRIC_SLAB_LOSS,
	/* In the order of enum run_pressure. */
	METRIC_STALLS,
	METRIC_KSWAPD_RUNS,
	METRIC_SCANNED_DIRECT,
	METRIC_SCANNED_KSWAPD,
	METRIC_RECLAIMED_DIRECT,
	METRIC_RECLAIMED_KSWAPD,
	METRIC_SWAPPED_IN,
	METRIC_SWAPPED_OUT,
	METRIC_COMPACT_STALLS,
	METRIC_COMPACT_SUCCESS,
	METRIC_COMPACT_FAIL,
	METRIC_KCOMPACTD_WAKES,
	METRIC_MIGRATED,
	METRIC_MIGRATE_FAILED,
	METRIC_OOM_KILLS,
	METRIC_VIOLATIONS,
	NR_METRICS
};

extern const struct metric_family metric_families[NR_METRICS];

/* A metric that was asked for by name. */
struct named_metric {
	const struct metric_family *family;
	const char *name; /* as metric_name_parse() leaves it */
};

/* NR_METRICS where no family has that name. */
enum metric_id metric_find(const char *name, size_t length);

/* The nearest family's name, or NULL. */
const char *metric_nearest(const char *name, size_t length);

/*
 * Could a family's label, counted from 0, be this? Of labels whose words are
 * known: false, with the nearest in *near (or NULL).
 */
bool metric_label_fits(const struct metric_family *family, size_t which,
		       const char *label, const char **near);

/* "order", "node/zone", …: what a label says. */
extern const char *const metric_label_names[NR_METRIC_LABELS];

/* A table of all of them, for people. */
void metric_list(struct text *out);

#endif
