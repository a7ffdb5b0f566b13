/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The metrics that comparisons, thresholds and sweeps know: one line each.
 *
 *	unusable [ 9, 0/Normal ]     latency_p99 [ kmalloc, slab-cpu ]
 *	family     order, zone       family        operation, path
 *
 * Rules: names stay, for they are in people's scripts and tables. Indices and
 * shares go from 0 to 1. Sources: unusable_free_index() and
 * __fragmentation_index() of mm/vmstat.c for the two indices; the kernel's own
 * counters in /proc/vmstat for reclaim and compaction.
 */

#include "results/compare/metric_families.h"

#include <string.h>

#include "models/page/page_alloc.h"
#include "results/text/table.h"
#include "sim/call.h"
#include "sim/rules/rules.h"

const struct metric_group_words metric_groups[NR_METRIC_GROUPS] = {
	[GROUP_OUTCOME] = { "outcome", "outcome" },
	[GROUP_FRAGMENTATION] = { "fragmentation", "fragmentation" },
	[GROUP_FREE] = { "free", "free memory" },
	[GROUP_FAILURES] = { "failures", "failures by reason" },
	[GROUP_LATENCY] = { "latency", "latency and waiting" },
	[GROUP_OVERHEAD] = { "overhead", "memory overhead" },
	[GROUP_RECLAIM] = { "reclaim", "reclaim, compaction, OOM" },
	[GROUP_VIOLATIONS] = { "violations", "violations" },
};

const char *const metric_unit_names[NR_METRIC_UNITS] = {
	[METRIC_COUNT] = "count", [METRIC_NS] = "ns",
	[METRIC_BYTES] = "bytes", [METRIC_INDEX] = "index",
	[METRIC_SHARE] = "share",
};

const char *const metric_label_names[NR_METRIC_LABELS] = {
	[LABEL_NONE] = "",	    [LABEL_ORDER] = "order",
	[LABEL_ZONE] = "node/zone", [LABEL_REASON] = "reason",
	[LABEL_OP] = "operation",   [LABEL_PATH] = "path",
	[LABEL_LOCK] = "lock",	    [LABEL_CACHE] = "cache",
	[LABEL_RULE] = "rule",
};

#define BY_ZONE .has_total = true, .label = { LABEL_ZONE }
#define BY_ORDER .label = { LABEL_ORDER, LABEL_ZONE }
#define BY_OP .has_total = true, .label = { LABEL_OP }
#define BY_PATH .has_total = true, .label = { LABEL_OP, LABEL_PATH }
#define BY_CACHE .has_total = true, .label = { LABEL_CACHE }
#define COUNTED .counts = true, .has_total = true
#define LATENCY(text)                                                          \
	{                                                                      \
		"latency_" text, GROUP_LATENCY, METRIC_NS, BY_PATH,            \
			.means = "how long calls took: " text,                 \
	}
#define WAITING(text, says)                                                    \
	{                                                                      \
		text, GROUP_LATENCY, METRIC_NS, COUNTED, .means = says,        \
	}
#define RECLAIM(text, says)                                                    \
	{                                                                      \
		text, GROUP_RECLAIM, METRIC_COUNT, COUNTED, .means = says,     \
	}

/* clang-format off */
const struct metric_family metric_families[NR_METRICS] = {
	[METRIC_OPS] = { "operations", GROUP_OUTCOME, METRIC_COUNT, COUNTED,
		.means = "operations carried out" },
	[METRIC_SKIPPED] = { "skipped", GROUP_OUTCOME, METRIC_COUNT, COUNTED,
		.means = "operations with nothing to do" },
	[METRIC_SIM_TIME] = { "sim_time", GROUP_OUTCOME, METRIC_NS,
		.has_total = true, .means = "simulated time" },
	[METRIC_UNUSABLE] = { "unusable", GROUP_FRAGMENTATION, METRIC_INDEX,
		BY_ORDER,
		.means = "share of free memory that the order can't use" },
	[METRIC_EXTFRAG] = { "extfrag", GROUP_FRAGMENTATION, METRIC_INDEX,
		BY_ORDER,
		.means = "why the order fails: 0 too little, 1 fragmented" },
	[METRIC_FREE_BLOCKS] = { "free_blocks", GROUP_FREE, METRIC_COUNT,
		BY_ORDER, .means = "free blocks of the order" },
	[METRIC_FREE] = { "free", GROUP_FREE, METRIC_BYTES, BY_ZONE,
		.means = "free memory in the zones' lists" },
	[METRIC_FAILURES] = { "failures", GROUP_FAILURES, METRIC_COUNT, COUNTED,
		.label = { LABEL_REASON, LABEL_OP, LABEL_ORDER },
		.means = "operations that failed" },
	[METRIC_LATENCY_P50] = LATENCY("p50"),
	[METRIC_LATENCY_P90] = LATENCY("p90"),
	[METRIC_LATENCY_P99] = LATENCY("p99"),
	[METRIC_LATENCY_P999] = LATENCY("p999"),
	[METRIC_LATENCY_MAX] = LATENCY("max"),
	[METRIC_TIME_RUNNING] = WAITING("time_running", "calls ran, in sum"),
	[METRIC_TIME_CPU_WAIT] = WAITING("time_cpu_wait",
		"calls waited for a CPU"),
	[METRIC_TIME_LOCK_WAIT] = WAITING("time_lock_wait",
		"calls waited for locks"),
	[METRIC_TIME_SLEEP] = WAITING("time_sleep", "calls slept"),
	[METRIC_LOCK_WAIT] = { "lock_wait", GROUP_LATENCY, METRIC_NS,
		.counts = true, .label = { LABEL_LOCK },
		.means = "anyone waited for the lock" },
	[METRIC_REQUESTED] = { "requested", GROUP_OVERHEAD, METRIC_BYTES, BY_OP,
		.means = "bytes asked for by calls that succeeded" },
	[METRIC_GRANTED] = { "granted", GROUP_OVERHEAD, METRIC_BYTES, BY_OP,
		.means = "bytes that they got" },
	[METRIC_INTERNAL_FRAGMENTATION] = { "internal_fragmentation",
		GROUP_OVERHEAD, METRIC_SHARE, BY_OP,
		.means = "of what was granted, nobody asked for" },
	[METRIC_SLAB_ROOM] = { "slab_room", GROUP_OVERHEAD, METRIC_BYTES,
		BY_CACHE, .means = "pages that slabs hold" },
	[METRIC_SLAB_USED] = { "slab_used", GROUP_OVERHEAD, METRIC_BYTES,
		BY_CACHE, .means = "bytes of live objects in them" },
	[METRIC_SLAB_LOSS] = { "slab_loss", GROUP_OVERHEAD, METRIC_SHARE,
		BY_CACHE, .means = "of the slabs' room, in no object" },
	[METRIC_STALLS] = RECLAIM("stalls", "calls that had to reclaim"),
	[METRIC_KSWAPD_RUNS] = RECLAIM("kswapd_runs", "runs of kswapd"),
	[METRIC_SCANNED_DIRECT] = RECLAIM("scanned_direct",
		"pages that calls looked at"),
	[METRIC_SCANNED_KSWAPD] = RECLAIM("scanned_kswapd",
		"pages that kswapd looked at"),
	[METRIC_RECLAIMED_DIRECT] = RECLAIM("reclaimed_direct",
		"pages that calls took (pgsteal)"),
	[METRIC_RECLAIMED_KSWAPD] = RECLAIM("reclaimed_kswapd",
		"pages that kswapd took (pgsteal)"),
	[METRIC_SWAPPED_IN] = RECLAIM("swapped_in", "pages from swap"),
	[METRIC_SWAPPED_OUT] = RECLAIM("swapped_out", "pages to swap"),
	[METRIC_COMPACT_STALLS] = RECLAIM("compact_stalls",
		"calls that had to compact"),
	[METRIC_COMPACT_SUCCESS] = RECLAIM("compact_success",
		"compactions that worked"),
	[METRIC_COMPACT_FAIL] = RECLAIM("compact_fail",
		"compactions that did not"),
	[METRIC_KCOMPACTD_WAKES] = RECLAIM("kcompactd_wakes",
		"wakes of kcompactd"),
	[METRIC_MIGRATED] = RECLAIM("migrated", "pages moved"),
	[METRIC_MIGRATE_FAILED] = RECLAIM("migrate_failed",
		"pages that could not be moved"),
	[METRIC_OOM_KILLS] = RECLAIM("oom_kills", "tasks killed"),
	[METRIC_VIOLATIONS] = { "violations", GROUP_VIOLATIONS, METRIC_COUNT,
		COUNTED, .label = { LABEL_RULE },
		.means = "calls against the kernel's rules" },
};
/* clang-format on */

enum metric_id metric_find(const char *name, size_t length)
{
	int id = 0;

	while (id < NR_METRICS &&
	       (strlen(metric_families[id].name) != length ||
		memcmp(metric_families[id].name, name, length) != 0))
		id++;
	return (enum metric_id)id;
}

const char *metric_nearest(const char *name, size_t length)
{
	const char *names[NR_METRICS];

	for (int id = 0; id < NR_METRICS; id++)
		names[id] = metric_families[id].name;
	return nearest_match(name, length, names, NR_METRICS);
}

static bool is_one_of(const char *label, const char *const *words, size_t nr,
		      const char **near)
{
	for (size_t i = 0; i < nr; i++)
		if (words[i] && !strcmp(words[i], label))
			return true;
	*near = nearest_match(label, strlen(label), words, nr);
	return false;
}

static bool is_rule(const char *label, const char **near)
{
	const char *names[NR_RULES];

	for (int rule = 0; rule < NR_RULES; rule++)
		names[rule] = rule_table[rule].id;
	return is_one_of(label, names, NR_RULES, near);
}

bool metric_label_fits(const struct metric_family *family, size_t which,
		       const char *label, const char **near)
{
	uint64_t order;

	*near = NULL;
	switch (family->label[which]) {
	case LABEL_ORDER:
		return parse_u64(label, strlen(label), &order) &&
		       order < MAX_ORDERS;
	case LABEL_REASON:
		return is_one_of(label, alloc_reason_names, NR_ALLOC_REASONS,
				 near);
	case LABEL_OP:
		return is_one_of(label, call_op_names, NR_CALL_OPS, near);
	case LABEL_PATH:
		return is_one_of(label, alloc_path_names, NR_ALLOC_PATHS, near);
	case LABEL_RULE:
		return is_rule(label, near);
	case LABEL_ZONE:
	case LABEL_LOCK:
	case LABEL_CACHE:
		return true;
	case LABEL_NONE:
	case NR_METRIC_LABELS:
		break;
	}
	return false;
}

/* "failures[reason, operation, order]", brackets where labels may be. */
static void add_form(const struct metric_family *family, struct text *out)
{
	text_add(out, "%s", family->name);
	for (size_t i = 0; i < METRIC_LABELS_MAX && family->label[i]; i++)
		text_add(out, "%s%s", i ? ", " : "[",
			 metric_label_names[family->label[i]]);
	if (family->label[0])
		text_add(out, "]");
}

void metric_list(struct text *out)
{
	struct table table = TABLE_EMPTY;

	table_add(&table, "metric");
	table_add(&table, "unit");
	table_add(&table, "meaning");
	table_end_row(&table);
	for (int id = 0; id < NR_METRICS; id++) {
		const struct metric_family *family = &metric_families[id];
		struct text form = TEXT_EMPTY;

		add_form(family, &form);
		table_add(&table, "%s", form.s ? form.s : "");
		table_add(&table, "%s", metric_unit_names[family->unit]);
		table_add(&table, "%s", family->means);
		table_end_row(&table);
		out->failed |= form.failed;
		text_release(&form);
	}
	table_write(&table, 0, out);
}
