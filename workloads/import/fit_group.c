/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sorts allocations into groups that may be taken for draws from one source:
 * the same operation, flags, order, cache, context and task.
 *
 *	reading 1   counts them by group; groups of few become one for all
 *	            tasks and contexts
 *	reading 2   keeps up to FIT_SAMPLE of each, by chance, with their ends
 *
 * The sample is J. Vitter's algorithm R ("Random sampling with a reservoir",
 * ACM TOMS 11(1), 1985): the n-th allocation takes somebody's place with the
 * chance FIT_SAMPLE / n. Allocations that the trace ends without freeing count
 * as kept.
 */
#include "workloads/import/fit_group.h"

#include <stdlib.h>

#include "sim/base/host.h"
#include "sim/base/scatter.h"

/* Allocations that a group needs to be kept on its own. */
#define LEAST_COUNT 100

static uint64_t next_random(struct fit_groups *groups)
{
	groups->random += GOLDEN_RATIO;
	return scramble(groups->random);
}

/* What makes a group, mixed; `lumped`: without who called. */
static uint64_t key_of(const struct call *call, bool lumped)
{
	uint64_t key = scramble(call->op | (uint64_t)call->order << 8 |
				(uint64_t)call->pages << 16 |
				(uint64_t)call->gfp << 32);

	key = scramble(key + call->name);
	key = scramble(key + call->mask_bits);
	if (lumped)
		return scramble(key + 1);
	return scramble(key + call->ctx +
			(call->has & CALL_CAN_SLEEP ? 8u : 0u) +
			((uint64_t)call->task << 8));
}

static struct fit_group *add_group(struct fit_groups *groups, uint64_t key,
				   const struct call *call,
				   struct errors *errors)
{
	struct fit_group *group = host_grow(groups->group, &groups->room,
					    groups->nr + 1, sizeof(*group));

	if (!group) {
		error_host(errors, "no memory for groups of allocations");
		return NULL;
	}
	groups->group = group;
	if (number_map_set(&groups->by_key, key, groups->nr, 0, errors) < 0)
		return NULL;
	group += groups->nr++;
	*group = (struct fit_group){ .like = *call, .least_live = UINT64_MAX };
	return group;
}

static struct fit_group *find_group(const struct fit_groups *groups,
				    uint64_t key)
{
	const struct number_slot *slot = number_map_find(&groups->by_key, key);

	return slot ? &groups->group[slot->value] : NULL;
}

int fit_groups_count(struct fit_groups *groups, const struct call *call,
		     struct errors *errors)
{
	struct fit_group *group;
	uint64_t key;

	if (!call_makes_allocation(call))
		return 0;
	key = key_of(call, false);
	group = find_group(groups, key);
	if (!group)
		group = add_group(groups, key, call, errors);
	if (!group)
		return -1;
	group->count++;
	return 0;
}

int fit_groups_lump(struct fit_groups *groups, struct errors *errors)
{
	size_t nr = groups->nr;

	for (size_t i = 0; i < nr; i++) {
		struct call like = groups->group[i].like;
		uint64_t count = groups->group[i].count;
		uint64_t key = key_of(&like, true);
		struct fit_group *lump = find_group(groups, key);

		if (count >= LEAST_COUNT)
			continue;
		if (!lump) {
			like.task = 0;
			lump = add_group(groups, key, &like, errors);
		}
		if (!lump)
			return -1;
		lump->lumped = true;
		lump->count += count;
		groups->group[i].count = 0;
	}
	for (size_t i = 0; i < groups->nr; i++) {
		struct fit_group *group = &groups->group[i];

		if (group->count)
			group->record =
				host_alloc(FIT_SAMPLE, sizeof(*group->record));
		if (group->count && !group->record)
			return error_host(errors, "no memory for a sample");
	}
	return 0;
}

/* ---- the second reading -------------------------------------------------- */

#define NO_RECORD UINT32_MAX

static uint64_t live_key(const struct call *call)
{
	return call->has & CALL_HAS_NAMED_ID ? scramble(call->id) : call->id;
}

/* The record's place; NO_RECORD: it is not among those kept. */
static uint32_t remember(struct fit_groups *groups, struct fit_group *group,
			 const struct call *call)
{
	uint64_t at = group->nr_records;

	if (at == FIT_SAMPLE)
		at = next_random(groups) % group->seen;
	else
		group->nr_records++;
	if (at >= FIT_SAMPLE)
		return NO_RECORD;
	group->record[at] = (struct fit_record){
		.id = group->seen,
		.t_ns = call->t_ns,
		.life_ns = NOT_FREED,
		.size = call->size,
	};
	return (uint32_t)at;
}

static int take_allocation(struct fit_groups *groups, const struct call *call,
			   struct errors *errors)
{
	struct fit_group *group = find_group(groups, key_of(call, false));
	uint32_t at;

	if (!group || !group->count)
		group = find_group(groups, key_of(call, true));
	if (!group)
		return error_host(errors, "the workload changed while it was "
					  "read");
	group->seen++;
	group->live++;
	if (group->live > group->most_live)
		group->most_live = group->live;
	group->of_cpu[call->cpu % FIT_CPUS]++;
	at = remember(groups, group, call);
	return number_map_set(&groups->live, live_key(call),
			      (uint64_t)(group - groups->group) << 40 |
				      group->seen,
			      at, errors);
}

static void take_free(struct fit_groups *groups, const struct call *call)
{
	const struct number_slot *slot =
		number_map_find(&groups->live, live_key(call));
	struct fit_group *group;
	struct fit_record *record;
	uint64_t nth;

	if (!slot || !(call->has & (CALL_HAS_ID | CALL_HAS_NAMED_ID))) {
		groups->lost_frees++;
		return;
	}
	group = &groups->group[slot->value >> 40];
	nth = slot->value & ((1ull << 40) - 1);
	groups->part_frees += !!(call->has & CALL_HAS_PAGE);
	group->freed++;
	group->live--;
	if (group->seen > group->count / 2 && group->seen < group->count &&
	    group->live < group->least_live)
		group->least_live = group->live;
	group->in_order += nth > group->last_freed;
	group->last_freed = nth;
	group->freed_in[call->ctx]++;
	if (slot->extra != NO_RECORD) {
		record = &group->record[slot->extra];
		if (record->id == nth)
			record->life_ns = call->t_ns - record->t_ns;
	}
	number_map_remove(&groups->live, live_key(call));
}

static bool is_free(const struct call *call)
{
	const op_set frees = OP_BIT(OP_FREE_PAGES) | OP_BIT(OP_KFREE) |
			     OP_BIT(OP_VFREE) | OP_BIT(OP_KVFREE) |
			     OP_BIT(OP_CACHE_FREE) | OP_BIT(OP_MEMPOOL_FREE) |
			     OP_BIT(OP_DMA_FREE_COHERENT);

	return frees & OP_BIT(call->op);
}

int fit_groups_take(struct fit_groups *groups, const struct call *call,
		    struct errors *errors)
{
	groups->last_ns = call->t_ns;
	if (call_makes_allocation(call))
		return take_allocation(groups, call, errors);
	if (is_free(call))
		take_free(groups, call);
	else if (call->has & (CALL_HAS_ID | CALL_HAS_NAMED_ID))
		groups->lost_calls++;
	return 0;
}

void fit_groups_release(struct fit_groups *groups)
{
	for (size_t i = 0; i < groups->nr; i++)
		free(groups->group[i].record);
	free(groups->group);
	number_map_release(&groups->by_key);
	number_map_release(&groups->live);
}
