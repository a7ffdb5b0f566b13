/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Statistics of operations. What tells one group from another is packed into
 * 64 bits, most significant first in the order that groups are sorted by, so
 * that sorting compares numbers and finding a group is one hash probe.
 *
 *	group	  op:8 | has_gfp:1 | gfp:32 | ctx:4 | path:8
 *	failure	  op:8 | has_order:1 | order:5 | has_gfp:1 | gfp:32 | ctx:4 |
 *		  reason:8
 *
 * Calls of one kind come again soon, but seldom in a row. A small table, hashed
 * by the key, remembers where a group was found last, and most calls find
 * theirs there.
 *
 * Left out: latencies by order or size. The operation log has them.
 */

#include "results/record/op_stats.h"

#include <stdlib.h>

#include "results/record/numbering.h"
#include "sim/base/host.h"
#include "sim/base/scatter.h"

#define RECENT_BITS 8

#define NO_KEY UINT64_MAX /* no group's */

struct recent_group {
	uint64_t key; /* NO_KEY: nothing is here */
	struct op_group *group;
};

struct op_stats {
	struct recent_group recent[1 << RECENT_BITS];
	struct numbering group_keys;
	struct op_group **group; /* by number of the key; owned, they stay */
	size_t group_capacity;
	struct op_group *next; /* room for the next one; NULL: none yet */
	struct numbering failure_keys;
	struct failure_group *failure;
	size_t failure_capacity;
	struct recorded_tally recorded;
	uint64_t skipped[NR_SKIP_REASONS];
};

static uint64_t gfp_key(bool has_gfp, gfp_t gfp)
{
	return (uint64_t)has_gfp << 32 | (has_gfp ? gfp : 0);
}

static uint64_t pack_key(enum call_op op, uint64_t gfp, enum call_context ctx,
			 enum alloc_path path)
{
	return (uint64_t)op << 45 | gfp << 12 | (uint64_t)ctx << 8 | path;
}

static uint64_t group_key(const struct op_group *group)
{
	return pack_key(group->op, gfp_key(group->has_gfp, group->gfp),
			group->ctx, group->path);
}

static uint64_t failure_key(const struct failure_group *failure)
{
	unsigned int order = failure->has_order ? 32u | failure->order : 0;

	return (uint64_t)failure->op << 51 | (uint64_t)order << 45 |
	       gfp_key(failure->has_gfp, failure->gfp) << 12 |
	       (uint64_t)failure->ctx << 8 | failure->reason;
}

struct op_stats *op_stats_new(void)
{
	struct op_stats *stats = host_alloc(1, sizeof(*stats));

	for (size_t i = 0; stats && i < 1 << RECENT_BITS; i++)
		stats->recent[i].key = NO_KEY;
	return stats;
}

void op_stats_free(struct op_stats *stats)
{
	size_t i;

	if (!stats)
		return;
	for (i = 0; i < stats->group_keys.nr; i++) {
		histogram_release(&stats->group[i]->tally.latency);
		free(stats->group[i]);
	}
	numbering_release(&stats->group_keys);
	numbering_release(&stats->failure_keys);
	free(stats->next);
	free(stats->group);
	free(stats->failure);
	free(stats);
}

/* The group that is like `like` in what tells groups apart. */
static struct op_group *need_group(struct op_stats *stats,
				   const struct op_group *like, uint64_t key)
{
	struct op_group **grown;
	size_t before = stats->group_keys.nr;
	size_t number;

	grown = host_grow(stats->group, &stats->group_capacity, before + 1,
			  sizeof(struct op_group *));
	if (!grown)
		return NULL;
	stats->group = grown;
	if (!stats->next)
		stats->next = host_alloc(1, sizeof *stats->next);
	if (!stats->next)
		return NULL;
	number = numbering_of(&stats->group_keys, key);
	if (number == NUMBERING_FULL)
		return NULL;
	if (number == before) {
		*stats->next = *like;
		grown[number] = stats->next;
		stats->next = NULL;
	}
	return grown[number];
}

static struct recent_group *recent_of(struct op_stats *stats, uint64_t key)
{
	return &stats->recent[key * GOLDEN_RATIO >> (64 - RECENT_BITS)];
}

/* The group of a key that was not met lately; NULL: no memory. */
static struct op_group *look_up_group(struct op_stats *stats,
				      const struct call *call,
				      enum alloc_path path, uint64_t key)
{
	struct op_group like = {
		.op = call->op,
		.ctx = call->ctx,
		.path = path,
		.has_gfp = call_has_gfp(call),
		.gfp = call->gfp,
	};
	struct op_group *group = need_group(stats, &like, key);

	if (group)
		*recent_of(stats, key) = (struct recent_group){ key, group };
	return group;
}

static inline struct op_group *
group_of(struct op_stats *stats, const struct call *call, enum alloc_path path)
{
	uint64_t key = pack_key(call->op,
				gfp_key(call_has_gfp(call), call->gfp),
				call->ctx, path);
	const struct recent_group *recent = recent_of(stats, key);

	return recent->key == key ? recent->group :
				    look_up_group(stats, call, path, key);
}

static int add_failure(struct op_stats *stats, const struct call *call,
		       const struct outcome *outcome)
{
	struct failure_group like = {
		.op = call->op,
		.ctx = call->ctx,
		.reason = outcome->reason,
		.has_gfp = call_has_gfp(call),
		.gfp = call->gfp,
		.has_order = call_has_order(call),
		.order = call->order,
	};
	struct failure_group *grown;
	size_t before = stats->failure_keys.nr;
	size_t number;

	grown = host_grow(stats->failure, &stats->failure_capacity, before + 1,
			  sizeof(*grown));
	if (!grown)
		return -1;
	stats->failure = grown;
	number = numbering_of(&stats->failure_keys, failure_key(&like));
	if (number == NUMBERING_FULL)
		return -1;
	if (number == before)
		grown[number] = like;
	grown[number].count++;
	return 0;
}

static void add_recorded(struct recorded_tally *tally, const struct call *call,
			 const struct outcome *outcome)
{
	bool was_granted = call->has & CALL_RECORDED_OK;

	if (!(call->has & CALL_HAS_RECORDED_OK))
		return;
	if (outcome->status == OUTCOME_OK && !was_granted && !tally->granted++)
		tally->first_seq = outcome->seq;
	if (outcome->status == OUTCOME_FAILED && was_granted &&
	    !tally->failed++)
		tally->first_failed_seq = outcome->seq;
}

struct recorded_tally op_stats_recorded(const struct op_stats *stats)
{
	return stats->recorded;
}

const uint64_t *op_stats_skipped(const struct op_stats *stats)
{
	return stats->skipped;
}

int op_stats_add(struct op_stats *stats, const struct call *call,
		 const struct outcome *outcome)
{
	bool failed = outcome->status == OUTCOME_FAILED;
	struct op_group *group =
		group_of(stats, call, failed ? PATH_NONE : outcome->path);

	if (!group || op_tally_add(&group->tally, outcome))
		return -1;
	add_recorded(&stats->recorded, call, outcome);
	if (outcome->status == OUTCOME_SKIPPED)
		stats->skipped[outcome->skipped]++;
	return failed ? add_failure(stats, call, outcome) : 0;
}

struct op_tally *op_stats_tally(struct op_stats *stats, const struct call *call,
				enum alloc_path path)
{
	struct op_group *group = group_of(stats, call, path);

	return group ? &group->tally : NULL;
}

static int by_group_key(const void *a, const void *b)
{
	uint64_t x = group_key(*(const struct op_group *const *)a);
	uint64_t y = group_key(*(const struct op_group *const *)b);

	return (x > y) - (x < y);
}

static int by_failure_key(const void *a, const void *b)
{
	uint64_t x = failure_key(*(const struct failure_group *const *)a);
	uint64_t y = failure_key(*(const struct failure_group *const *)b);

	return (x > y) - (x < y);
}

const struct op_group **op_stats_groups(const struct op_stats *stats,
					size_t *nr)
{
	const struct op_group **sorted;
	size_t i;

	*nr = stats->group_keys.nr;
	sorted = host_alloc(*nr + 1, sizeof(*sorted));
	if (!sorted)
		return NULL;
	for (i = 0; i < *nr; i++)
		sorted[i] = stats->group[i];
	qsort(sorted, *nr, sizeof(*sorted), by_group_key);
	return sorted;
}

const struct failure_group **op_stats_failures(const struct op_stats *stats,
					       size_t *nr)
{
	const struct failure_group **sorted;
	size_t i;

	*nr = stats->failure_keys.nr;
	sorted = host_alloc(*nr + 1, sizeof(*sorted));
	if (!sorted)
		return NULL;
	for (i = 0; i < *nr; i++)
		sorted[i] = &stats->failure[i];
	qsort(sorted, *nr, sizeof(*sorted), by_failure_key);
	return sorted;
}

_Static_assert(NR_CALL_OPS <= 256 && NR_CALL_CONTEXTS <= 16 &&
		       NR_ALLOC_PATHS <= 256 && NR_ALLOC_REASONS <= 256 &&
		       MAX_ORDERS <= 32,
	       "the keys have room for every value");
