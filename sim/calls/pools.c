/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that work on mempools and their elements.
 */

#include <inttypes.h>
#include <stdio.h>

#include "models/gfp.h"
#include "sim/calls/calls.h"

/* io_schedule_timeout(5*HZ) of mempool_alloc(), mm/mempool.c, Linux 6.1. */
#define RETRY_NS 5000000000u

/* How many holders of elements a message names. */
#define HOLDERS_NAMED 8
#define HOLDERS_TEXT_MAX 160

static const char *pool_text(const struct handling *handling)
{
	return names_text(handling->kernel->names, handling->call->name);
}

static bool pool_is_there(const void *pools, uint32_t name)
{
	return mempool_find(pools, name) != MEMPOOL_NONE;
}

static enum call_result no_pool(struct handling *handling)
{
	struct suggestion near;

	suggest_name(&near, handling->kernel->names, handling->call->name,
		     pool_is_there, handling->kernel->mempools);
	return refuse_call(handling, CALL_INVALID,
			   "there is no pool \"%s\" at this moment%s",
			   pool_text(handling), near.text);
}

static enum mempool_backing backing_of(const struct call *call)
{
	if (call->cache)
		return MEMPOOL_SLAB;
	return call->has & CALL_HAS_ORDER ? MEMPOOL_PAGES : MEMPOOL_KMALLOC;
}

enum call_result handle_mempool_create(struct handling *handling)
{
	struct kernel *kernel = handling->kernel;
	const struct call *call = handling->call;
	struct mempool_request request = {
		.name = call->name,
		.min_nr = call->min_nr,
		.backing = backing_of(call),
		.cache = call->cache,
		.size = call->size,
		.order = call->order,
		.cpu = call->cpu,
		.node = call->node,
	};
	enum alloc_reason reason = REASON_NONE;
	enum mempool_create_status made =
		mempool_create(kernel->mempools, &request, &reason);

	handling->outcome->reason = reason;
	switch (made) {
	case MEMPOOL_CREATED:
		return CALL_DONE;
	case MEMPOOL_NO_MEMORY:
		handling->outcome->status = OUTCOME_FAILED;
		return CALL_DONE;
	case MEMPOOL_EXISTS:
		return refuse_call(handling, CALL_INVALID, POOL_IS_THERE,
				   pool_text(handling));
	case MEMPOOL_NO_CACHE:
		return no_cache(handling, call->cache);
	case MEMPOOL_HOST:
		break;
	}
	return CALL_HOST;
}

/* ---- who has a pool's elements ---- */

struct holder {
	uint64_t id;
	bool named;
};

/* Numbers by size, then names by first use. */
static bool comes_before(const struct holder *a, const struct holder *b)
{
	return a->named != b->named ? b->named : a->id < b->id;
}

/* The first holders, in order; returns how many there are in all. */
static size_t find_holders(const struct kernel *kernel, uint32_t pool,
			   struct holder first[HOLDERS_NAMED])
{
	struct allocation_cursor seen = { .named = false };
	size_t nr = 0;

	while (allocations_next(&kernel->allocations, &seen)) {
		struct holder holder = { seen.id, seen.named };
		size_t at = nr < HOLDERS_NAMED ? nr : HOLDERS_NAMED;

		if (seen.allocation->kind != ALLOCATION_ELEMENT ||
		    seen.allocation->name != pool)
			continue;
		nr++;
		for (; at && comes_before(&holder, &first[at - 1]); at--)
			if (at < HOLDERS_NAMED)
				first[at] = first[at - 1];
		if (at < HOLDERS_NAMED)
			first[at] = holder;
	}
	return nr;
}

/* ", held by id 1, "b" and 3 more", cut where there is no more room. */
static void name_holders(const struct kernel *kernel, uint32_t pool, char *text,
			 size_t size)
{
	struct holder holder[HOLDERS_NAMED];
	size_t nr = find_holders(kernel, pool, holder);
	size_t at = 0;

	text[0] = '\0';
	for (size_t i = 0; i < nr && i < HOLDERS_NAMED && at < size; i++) {
		char id[ID_TEXT_MAX];

		at += snprintf(text + at, size - at, "%s%s",
			       i ? ", " : ", held by id ",
			       id_spelled(kernel, holder[i].named, holder[i].id,
					  id));
	}
	if (nr > HOLDERS_NAMED && at < size)
		snprintf(text + at, size - at, " and %zu more",
			 nr - HOLDERS_NAMED);
}

/* A rule about the elements of a pool that are out. */
static enum call_result break_pool_rule(struct handling *handling,
					enum rule_id rule, uint32_t pool)
{
	const struct kernel *kernel = handling->kernel;
	char holders[HOLDERS_TEXT_MAX];
	struct mempool_info info;

	mempool_info(kernel->mempools, pool, &info);
	name_holders(kernel, pool, holders, sizeof(holders));
	return break_rule(handling, rule,
			  &(struct rule_case){ .other_cache = info.name,
					       .live = info.outstanding,
					       .holders = holders });
}

void abandon_element_wait(struct handling *handling, const struct wait *wait)
{
	break_pool_rule(handling, RULE_NEVER_WOKEN, wait->number);
}

/* ---- allocation ---- */

/* An element, or the refusal to give one; filed under the call's id. */
static enum call_result report_element(struct handling *handling, uint32_t pool,
				       const struct object_grant *grant)
{
	struct mempool_info info = { .size = 0 };
	enum call_result result;

	if (pool != MEMPOOL_NONE)
		mempool_info(handling->kernel->mempools, pool, &info);
	result = report_object(handling, grant, info.size, ALLOCATION_ELEMENT);
	if (handling->allocation)
		handling->allocation->name = pool;
	return result;
}

/* Of a pool whose creation was refused nothing can be had. */
static enum call_result report_no_element(struct handling *handling,
					  uint32_t pool)
{
	struct object_grant nothing = {
		.address = OBJECT_NONE,
		.slab_pfn = PFN_NONE,
		.reason = REASON_POOL_EMPTY,
	};

	return report_element(handling, pool, &nothing);
}

/*
 * The pool is empty, and the flags say that the caller would sleep. Where it
 * can't, that is a broken rule already, and here it gets nothing.
 */
static enum call_result sleep_for_element(struct handling *handling,
					  uint32_t pool)
{
	const struct wait wait = { WAIT_FOR_ELEMENT, pool, RETRY_NS };

	if (call_may_sleep(handling->call))
		return wait_for(handling, wait);
	return report_no_element(handling, pool);
}

/* The pool is gone while someone sleeps on it: nobody can wake them. */
static enum call_result sleep_for_ever(struct handling *handling, uint32_t pool)
{
	return wait_for(handling, (struct wait){ WAIT_FOR_ELEMENT, pool, 0 });
}

static bool is_destroyed(const struct mempools *mempools, uint32_t pool)
{
	struct mempool_info info;

	mempool_info(mempools, pool, &info);
	return info.destroyed;
}

enum call_result handle_mempool_alloc(struct handling *handling)
{
	struct mempools *mempools = handling->kernel->mempools;
	const struct call *call = handling->call;
	const struct wait *waited = handling->waited;
	uint32_t pool = waited ? waited->number :
				 mempool_find(mempools, call->name);
	gfp_t gfp = call_gfp(call);
	struct object_grant grant;

	if (pool == MEMPOOL_NONE && mempool_was_refused(mempools, call->name))
		return report_no_element(handling, pool);
	if (pool == MEMPOOL_NONE)
		return no_pool(handling);
	if (is_destroyed(mempools, pool))
		return sleep_for_ever(handling, pool);
	if (!mempool_has_backing(mempools, pool))
		return refuse_call(handling, CALL_INVALID,
				   "pool \"%s\": the cache that it draws from "
				   "has been destroyed",
				   pool_text(handling));
	grant = mempool_alloc(mempools, pool, gfp, call->cpu, waited);
	if (grant.address == OBJECT_NONE && !grant.host_failed &&
	    is_destroyed(mempools, pool))
		return sleep_for_ever(handling, pool);
	if (grant.address == OBJECT_NONE && !grant.host_failed &&
	    gfp & __GFP_DIRECT_RECLAIM)
		return sleep_for_element(handling, pool);
	return report_element(handling, pool, &grant);
}

/* ---- freeing ---- */

enum call_result handle_mempool_free(struct handling *handling)
{
	return free_allocation(handling);
}

enum call_result free_element(struct handling *handling)
{
	struct kernel *kernel = handling->kernel;
	const struct call *call = handling->call;
	struct outcome *outcome = handling->outcome;
	uint64_t address = handling->allocation->handle;
	uint32_t pool = handling->allocation->name;
	struct mempool_info info;

	outcome->pfn = mempool_pfn_of(kernel->mempools, pool, address);
	if (outcome->pfn != PFN_NONE)
		outcome->zone = memory_zone_of(kernel->memory, outcome->pfn);
	if (mempool_free(kernel->mempools, pool, address, call->cpu))
		handling->report->woken =
			(struct wait){ WAIT_FOR_ELEMENT, pool, 0 };
	allocations_remove(&kernel->allocations, call);
	mempool_info(kernel->mempools, pool, &info);
	if (info.destroyed)
		return break_pool_rule(handling, RULE_POOL_DESTROYED, pool);
	if (call->op == OP_MEMPOOL_FREE && call->name &&
	    call->name != info.name)
		return break_pool_rule(handling, RULE_WRONG_POOL, pool);
	return CALL_DONE;
}

enum call_result handle_mempool_destroy(struct handling *handling)
{
	struct kernel *kernel = handling->kernel;
	const struct call *call = handling->call;
	uint32_t pool = mempool_find(kernel->mempools, call->name);

	if (pool == MEMPOOL_NONE &&
	    mempool_was_refused(kernel->mempools, call->name)) {
		handling->outcome->status = OUTCOME_SKIPPED;
		handling->outcome->skipped = SKIP_ALLOC_FAILED;
		return CALL_DONE;
	}
	if (pool == MEMPOOL_NONE)
		return no_pool(handling);
	if (!mempool_destroy(kernel->mempools, pool, call->cpu))
		return CALL_DONE;
	return break_pool_rule(handling, RULE_POOL_IN_USE, pool);
}
