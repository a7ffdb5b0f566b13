/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compaction of a zone.
 *
 *	before  |f.##.f.f|.f...f#.|........| … |##.f..f.|.ff.....|
 *	         ^ from here -->                    <-- to here ^
 *	after   |..##....|......#.|........| … |##.fffff|ffff....|
 *
 * Rules (Linux 6.1, mm/compaction.c):
 *
 * - In turns folios are isolated, a cluster at a time, and moved to pages that
 *   the free scanner finds (compact_zone();
 *   models/compaction/compaction_sources.c,
 *   models/compaction/compaction_targets.c, models/compaction/migrate.c).
 * - It ends when the scanners are in one pageblock: "complete" if it began at
 *   the zone's start, else "partial". The next one starts over then
 *   (compact_finished()).
 * - It succeeds as soon as there is a block that the request can have: of its
 *   own type, or one that it would take from another type with its whole
 *   pageblock. That is looked at between pageblocks only, so that the
 *   last one is left as empty as it can be.
 * - Proactive compaction goes on until the zone's score is low enough, or
 *   kswapd runs. Compaction of everything only ends where scanners meet.
 * - Where a turn is about the pageblock of the one before, what was moved has
 *   not all left: now the whole pageblock is isolated at once, and then marked
 *   to be skipped (`rescan`).
 * - When the migrate scanner leaves a block of the wanted order, the CPU's
 *   lists are drained, so that what was freed can join.
 * - Asynchronous compaction for an allocation passes over the rest of a block
 *   of which a page could not be moved.
 * - No pages to move to before the scanners have met: contended.
 * - An allocation that compacts takes the first block of its order that comes
 *   of what it frees (models/page/buddy.h, struct block_capture).
 * - For an allocation, zones are compacted one by one until one succeeds; a
 *   zone where it failed, having waited for what it could, is put off for some
 *   time (try_to_compact_pages(); models/compaction/compaction_policy.c). At
 *   the highest priority the whole zone is gone through whatever is known of
 *   it, and pageblocks of all types may be moved to.
 *
 * Left out: giving up because another task is to run (need_resched()); the
 * per-CPU batches of pages on their way to LRU lists, which nothing here has.
 */

#include "models/compaction/compaction_internal.h"

#include <stdlib.h>

#include "models/page/buddy.h"
#include "models/gfp.h"
#include "models/page/mobility.h"
#include "models/page/pcp.h"
#include "sim/base/host.h"

static size_t targets_bytes(const struct memory *memory)
{
	return ((size_t)memory->max_pfn + 1) * sizeof(pfn_t);
}

struct compaction *compaction_new(struct memory *memory)
{
	struct compaction *compaction = host_alloc(1, sizeof *compaction);

	if (!compaction)
		return NULL;
	compaction->zone =
		host_alloc(memory->nr_zones + 1, sizeof *compaction->zone);
	compaction->node =
		host_alloc(memory->nr_nodes + 1, sizeof *compaction->node);
	compaction->skip = host_alloc(memory->nr_parts_mapped, 1);
	compaction->next_target = host_map_sparse(targets_bytes(memory));
	if (!compaction->zone || !compaction->node || !compaction->skip ||
	    !compaction->next_target) {
		compaction_free(memory, compaction);
		return NULL;
	}
	for (uint32_t n = 0; n < memory->nr_nodes; n++) {
		const struct node *node = &memory->node[n];

		if (node->nr_zones)
			compaction->node[n].highest =
				node->zones[node->nr_zones - 1].type;
	}
	return compaction;
}

void compaction_free(const struct memory *memory, struct compaction *compaction)
{
	if (!compaction)
		return;
	free(compaction->zone);
	free(compaction->node);
	free(compaction->skip);
	host_unmap(compaction->next_target, targets_bytes(memory));
	free(compaction);
}

bool scanners_met(const struct compact_control *cc)
{
	uint32_t shift = cc->memory->pageblock_order;

	return cc->free_pfn >> shift <= cc->migrate_pfn >> shift;
}

/* Can the request have a block of this order? */
static bool has_block(const struct compact_control *cc, order_t order)
{
	const struct zone *zone = cc->zone;
	uint32_t bit = 1u << order;

	return zone->area[cc->type].nonempty & bit ||
	       (cc->type == MIGRATE_MOVABLE &&
		zone->area[MIGRATE_CMA].nonempty & bit) ||
	       mobility_may_take_pageblock(cc->memory, zone, order, cc->type);
}

static bool has_to_stop(const struct compact_control *cc)
{
	return cc->contended || cc->memory->dying;
}

static enum compact_result look_for_block(const struct compact_control *cc)
{
	for (int order = cc->order; order < (int)cc->memory->nr_orders; order++)
		if (has_block(cc, order))
			return COMPACT_SUCCESS;
	return has_to_stop(cc) ? COMPACT_CONTENDED : COMPACT_CONTINUE;
}

static enum compact_result look_at_score(const struct compact_control *cc)
{
	struct memory *memory = cc->memory;
	const struct node *node =
		&memory->node[memory->node_index[cc->zone->node]];

	if (kswapd_is_running(memory, node))
		return COMPACT_PARTIAL_SKIPPED;
	if (has_to_stop(cc))
		return COMPACT_CONTENDED;
	return zone_score(memory, cc->zone) > score_mark(memory, true) ?
		       COMPACT_CONTINUE :
		       COMPACT_SUCCESS;
}

/* compact_finished(): COMPACT_CONTINUE, or how it went. */
static enum compact_result is_finished(const struct compact_control *cc)
{
	struct memory *memory = cc->memory;

	if (scanners_met(cc)) {
		reset_cached_positions(memory, cc->zone);
		if (cc->direct)
			zone_compaction(memory, cc->zone)->flush = true;
		return cc->whole_zone ? COMPACT_COMPLETE :
					COMPACT_PARTIAL_SKIPPED;
	}
	if (cc->proactive)
		return look_at_score(cc);
	if (cc->order == ORDER_ALL ||
	    !is_pageblock_start(memory, cc->migrate_pfn))
		return COMPACT_CONTINUE;
	return look_for_block(cc);
}

/* Where the scanners begin. */
static void place_scanners(struct compact_control *cc)
{
	struct zone_compaction *state = zone_compaction(cc->memory, cc->zone);
	pfn_t start = cc->zone->start_pfn;
	pfn_t end = cc->zone->end_pfn;
	pfn_t last = pageblock_start(cc->memory, end - 1);

	cc->fast_start = 0;
	if (cc->whole_zone) {
		cc->migrate_pfn = start;
		cc->free_pfn = last;
		return;
	}
	cc->migrate_pfn = state->cached_migrate[cc->mode != MIGRATE_ASYNC];
	cc->free_pfn = state->cached_free;
	if (cc->free_pfn < start || cc->free_pfn >= end)
		cc->free_pfn = state->cached_free = last;
	if (cc->migrate_pfn < start || cc->migrate_pfn >= end) {
		cc->migrate_pfn = start;
		state->cached_migrate[false] = start;
		state->cached_migrate[true] = start;
	}
	cc->whole_zone = cc->migrate_pfn <= state->init_migrate;
}

/*
 * Moves what is isolated, or puts it back. false: no pages are left to move
 * to, though the scanners have not met.
 */
static bool move_folios(struct compact_control *cc, pfn_t *last_moved)
{
	struct migration migration = {
		.memory = cc->memory,
		.cpu = cc->cpu,
		.mode = cc->mode,
		.reclaims = cc->direct,
		.take_page = take_target,
		.return_page = return_target,
		.argument = cc,
	};
	int failed = migrate_folios(&migration, &cc->folios);

	cc->nr_folio_pages = 0;
	if (!failed)
		return true;
	folio_chain_putback(cc->memory, &cc->folios);
	if (failed < 0 && !scanners_met(cc))
		return false;
	if (cc->direct && cc->mode == MIGRATE_ASYNC) {
		pfn_t pages = 1u << cc->order;

		cc->migrate_pfn =
			((cc->migrate_pfn - 1) & ~(pages - 1)) + pages;
		*last_moved = 0;
	}
	return true;
}

/* Lets what was freed join, once a block of the order is behind. */
static void drain_behind(struct compact_control *cc, pfn_t *last_moved)
{
	if (cc->order <= 0 || !*last_moved ||
	    *last_moved >= (cc->migrate_pfn & ~0u << cc->order))
		return;
	pcp_drain(cc->memory, cc->zone, cc->cpu, cc->cpu);
	*last_moved = 0;
}

/*
 * Asynchronous compaction: as long as it has isolated nothing, the scanner of
 * the others need not look there either.
 */
static bool keeps_positions_alike(const struct compact_control *cc)
{
	const struct zone_compaction *state =
		zone_compaction(cc->memory, cc->zone);

	return cc->mode == MIGRATE_ASYNC &&
	       state->cached_migrate[false] == state->cached_migrate[true];
}

/* The turns, from the scanners' places on. */
static enum compact_result compact(struct compact_control *cc,
				   const struct block_capture *capture)
{
	struct zone_compaction *state = zone_compaction(cc->memory, cc->zone);
	bool alike = keeps_positions_alike(cc);
	enum compact_result result;
	pfn_t last_moved = 0;

	while ((result = is_finished(cc)) == COMPACT_CONTINUE) {
		pfn_t begin = cc->migrate_pfn;

		cc->rescan = pageblock_start(cc->memory, last_moved) ==
			     pageblock_start(cc->memory, begin);
		switch (isolate_sources(cc)) {
		case ISOLATE_ABORT:
			folio_chain_putback(cc->memory, &cc->folios);
			cc->nr_folio_pages = 0;
			return COMPACT_CONTENDED;
		case ISOLATE_NONE:
			if (alike)
				state->cached_migrate[true] =
					state->cached_migrate[false];
			break;
		case ISOLATE_SUCCESS:
			alike = false;
			last_moved = begin;
			if (!move_folios(cc, &last_moved))
				return COMPACT_CONTENDED;
		}
		drain_behind(cc, &last_moved);
		if (capture && capture->pfn != PFN_NONE)
			return COMPACT_SUCCESS;
	}
	return result;
}

/* What was isolated in vain is free again, and the next one to be found. */
static void give_targets_back(struct compact_control *cc)
{
	struct zone_compaction *state = zone_compaction(cc->memory, cc->zone);
	pfn_t highest;

	if (!cc->nr_pages)
		return;
	highest = pageblock_start(cc->memory, release_targets(cc));
	if (highest > state->cached_free)
		state->cached_free = highest;
}

/* compact_zone(), for the allocation that waits for a block, or NULL. */
static enum compact_result compact_for(struct compact_control *cc,
				       const struct block_capture *capture)
{
	struct memory *memory = cc->memory;
	enum compact_result result = COMPACT_CONTINUE;

	cc->migrate_scanned = 0;
	cc->free_scanned = 0;
	cc->folios = NO_FOLIOS;
	cc->pages = NO_PAGES;
	cc->nr_folio_pages = 0;
	cc->nr_pages = 0;
	if (cc->order != ORDER_ALL)
		result = compaction_suitable(memory, cc->zone, cc->order,
					     cc->alloc_flags, cc->highest);
	if (result != COMPACT_CONTINUE) {
		memory->work.count[WORK_COMPACTIONS_SKIPPED]++;
		return result;
	}
	if (compaction_is_restarting(memory, cc->zone, cc->order))
		reset_skips(memory, cc->zone);
	memory->work.count[WORK_COMPACTIONS]++;
	place_scanners(cc);
	result = compact(cc, capture);
	give_targets_back(cc);
	memory->vm_event[VM_COMPACT_MIGRATE_SCANNED] += cc->migrate_scanned;
	memory->vm_event[VM_COMPACT_FREE_SCANNED] += cc->free_scanned;
	return result;
}

enum compact_result compact_zone(struct compact_control *cc)
{
	return compact_for(cc, NULL);
}

/* compact_zone_order() */
static enum compact_result
compact_zone_order(struct memory *memory, struct zone *zone,
		   const struct pressure_request *request,
		   enum compact_priority priority, pfn_t *captured)
{
	bool full = priority == COMPACT_PRIO_SYNC_FULL;
	struct compact_control cc = {
		.memory = memory,
		.zone = zone,
		.cpu = request->cpu,
		.order = request->order,
		.search_order = request->order,
		.gfp = request->gfp,
		.type = request->type,
		.mode = priority == COMPACT_PRIO_ASYNC ? MIGRATE_ASYNC :
							 MIGRATE_SYNC_LIGHT,
		.alloc_flags = request->alloc_flags,
		.highest = request->highest,
		.direct = true,
		.whole_zone = full,
		.ignore_skip = full,
		.ignore_suitable = full,
	};
	struct block_capture capture = {
		.zone = zone,
		.cpu = request->cpu,
		.order = request->order,
	};
	enum compact_result result;

	buddy_begin_capture(memory, &capture);
	result = compact_for(&cc, &capture);
	buddy_end_capture(memory, &capture);
	*captured = capture.pfn;
	return capture.pfn != PFN_NONE ? COMPACT_SUCCESS : result;
}

enum compact_result compaction_direct(struct memory *memory,
				      const struct pressure_request *request,
				      enum compact_priority priority,
				      pfn_t *captured)
{
	enum compact_result best = COMPACT_SKIPPED;
	order_t order = request->order;

	*captured = PFN_NONE;
	memory->work.count[WORK_COMPACTION_ASKED]++;
	if (!gfp_compaction_allowed(request->gfp))
		return COMPACT_SKIPPED;
	for (uint32_t i = 0; i < request->zonelist->nr; i++) {
		struct zone *zone = request->zonelist->zone[i];
		enum compact_result result;

		if (zone->type > request->highest)
			continue;
		if (priority > COMPACT_PRIO_SYNC_FULL &&
		    compaction_is_deferred(memory, zone, order)) {
			if (best < COMPACT_DEFERRED)
				best = COMPACT_DEFERRED;
			continue;
		}
		result = compact_zone_order(memory, zone, request, priority,
					    captured);
		if (best < result)
			best = result;
		if (result == COMPACT_SUCCESS) {
			compaction_defer_reset(memory, zone, order, false);
			break;
		}
		if (priority != COMPACT_PRIO_ASYNC &&
		    (result == COMPACT_COMPLETE ||
		     result == COMPACT_PARTIAL_SKIPPED))
			defer_compaction(memory, zone, order);
		if (memory->dying)
			break;
	}
	return best;
}
