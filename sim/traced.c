/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tracer of a recorded kernel, and what it made work cost.
 *
 *	kswapd   free free free … shrink_inactive     32 pages: 33 lines, of
 *	         |    |    |      |                   600 ns each
 *	         +----+----+------+---> time that an untraced kernel has not
 *
 * A workload's own calls need nothing of it: when they came is in their times.
 * What a run does by itself does: a kswapd that is so much quicker than the
 * recorded one is never late, and callers need not reclaim for themselves.
 *
 * Rules, of Linux 6.1:
 * - free_pages_prepare() tells of each page that is freed, and
 *   free_unref_page_list() once more of those that come in a list.
 * - isolate_lru_pages() and shrink_inactive_list() tell of each batch once.
 * - do_shrink_slab() tells twice of each shrinker that has something to scan;
 *   in a round of a kernel whose workload has none of its own these are two,
 *   kfree_rcu()'s and the root file system's.
 *
 * Left out: compaction, whose prices (configs/) include its lines, since they
 * are by what its runs took; lines of tasks that are woken.
 */

#include "sim/traced.h"

#include <string.h>

#include "models/work.h"

const char *const tracepoint_names[NR_TRACEPOINTS] = {
#define TRACEPOINT_NAME(name, kind, lines) #name,
	TRACEPOINTS(TRACEPOINT_NAME)
#undef TRACEPOINT_NAME
};

static const struct {
	enum work_kind kind;
	uint32_t lines;
} writes[NR_TRACEPOINTS] = {
#define TRACEPOINT_WRITES(name, kind, lines) { WORK_##kind, lines },
	TRACEPOINTS(TRACEPOINT_WRITES)
#undef TRACEPOINT_WRITES
};

enum tracepoint tracepoint_find(const char *name)
{
	for (int i = 0; i < NR_TRACEPOINTS; i++)
		if (strcmp(name, tracepoint_names[i]) == 0)
			return (enum tracepoint)i;
	return NR_TRACEPOINTS;
}

void traced_add_costs(const struct traced *traced, struct cost_desc *costs)
{
	uint64_t line;

	/* Work that costs nothing at all has no price that could be raised. */
	if (!traced->line_ns || !costs->multiplier)
		return;
	line = (uint64_t)traced->line_ns * COST_UNITS_PER_NS *
	       COST_MULTIPLIER_ONE / costs->multiplier;
	for (int i = 0; i < NR_TRACEPOINTS; i++) {
		uint32_t *price = &costs->work[writes[i].kind];
		uint64_t dearer = *price + line * writes[i].lines;

		if (traced->tracepoints & 1u << i)
			*price = dearer < UINT32_MAX ? (uint32_t)dearer :
						       UINT32_MAX;
	}
}
