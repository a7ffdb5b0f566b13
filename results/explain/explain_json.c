/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The explanation for programs: docs/explain.md has the schema. All amounts of
 * memory are in pages where the name does not say otherwise; what does not
 * apply is null or not there.
 */

#include "models/gfp.h"
#include "results/explain/explain_internal.h"
#include "results/text/json.h"

static void add_gfp(struct json *json, gfp_t flags)
{
	char gfp[GFP_TEXT_MAX];

	gfp_format(flags, gfp);
	json_string(json, "gfp", gfp);
}

static void add_call(const struct explanation *e, struct json *json)
{
	const struct call *call = &e->failure.call;

	json_bool(json, "verified", !e->unverified);
	json_int(json, "failure", (int64_t)e->number);
	json_int(json, "failures", (int64_t)e->nr_failures);
	json_int(json, "seq", (int64_t)e->failure.seq);
	json_int(json, "t_ns", (int64_t)call->t_ns);
	json_int(json, "line", (int64_t)call->line);
	json_string(json, "workload", e->options->workload);
	json_string(json, "op", call_op_names[call->op]);
	if (explain_has_order(call))
		json_int(json, "order", call->order);
	else
		json_int(json, "size", (int64_t)call->size);
	add_gfp(json, e->gfp);
	json_string(json, "ctx", call_context_names[call->ctx]);
	json_bool(json, "can_sleep", call->has & CALL_CAN_SLEEP);
	json_int(json, "cpu", call->cpu);
	json_string(json, "name", *e->name ? e->name : NULL);
	json_string(json, "task", *e->task ? e->task : NULL);
	json_string(json, "reason", alloc_reason_names[e->failure.reason]);
	if (call->has & CALL_HAS_RECORDED_OK)
		json_bool(json, "recorded_ok", call->has & CALL_RECORDED_OK);
	json_int(json, "page_size", 1ll << e->page_shift);
}

static void add_log(const struct explanation *e, struct json *json)
{
	static const char *const silences[] = {
		[REPORT_WRITTEN] = "ratelimit",
		[REPORT_NOWARN] = "nowarn",
		[REPORT_LOOPS] = "loops",
		[REPORT_NO_DMA] = "no-dma",
	};

	json_begin_object(json, "kernel_log");
	json_bool(json, "written", e->logged);
	json_string(json, "silence",
		    e->logged || !e->reported ? NULL : silences[e->silence]);
	json_string(json, "text", e->log.s);
	json_end_object(json);
}

static void add_requests(const struct explanation *e, struct json *json)
{
	json_begin_array(json, "requests");
	for (size_t i = 0; i < e->nr_requests && i < EXPLAIN_REQUESTS_MOST;
	     i++) {
		const struct explain_request *request = &e->request[i];

		json_begin_object(json, NULL);
		json_string(json, "what", request->what);
		json_int(json, "order", request->order);
		add_gfp(json, request->gfp);
		json_string(json, "reason",
			    request->reason ?
				    alloc_reason_names[request->reason] :
				    NULL);
		json_end_object(json);
	}
	json_end_array(json);
}

static void add_terms(const struct watermark_terms *terms, struct json *json)
{
	json_int(json, "free", terms->free_pages);
	json_int(json, "own", terms->own);
	json_int(json, "highatomic", terms->highatomic);
	json_int(json, "cma", terms->cma);
	json_int(json, "usable", watermark_usable(terms));
	json_int(json, "mark", terms->mark);
	json_int(json, "half", terms->half);
	json_int(json, "quarter", terms->quarter);
	json_int(json, "oom", terms->oom);
	json_int(json, "lowmem_reserve", terms->reserve);
	json_int(json, "needed", watermark_needed(terms));
}

static void add_lists(const struct explanation *e,
		      const struct explain_zone *zone, struct json *json)
{
	json_begin_object(json, "nr_free");
	for (int type = 0; type < NR_MIGRATETYPES; type++) {
		json_begin_array(json, migratetype_names[type]);
		for (unsigned int order = 0; order < e->nr_orders; order++)
			json_int(json, NULL, zone->nr_free[type][order]);
		json_end_array(json);
	}
	json_end_object(json);
	json_begin_array(json, "usable_lists");
	for (int type = 0; type < NR_MIGRATETYPES; type++)
		if (zone->usable_types & 1u << type)
			json_string(json, NULL, migratetype_names[type]);
	json_end_array(json);
}

static void add_zone(const struct explanation *e,
		     const struct explain_zone *zone, struct json *json)
{
	json_begin_object(json, NULL);
	json_int(json, "node", zone->node);
	json_string(json, "zone", zone_type_names[zone->type]);
	add_terms(&zone->terms, json);
	json_int(json, "boost", zone->boost_forgotten ? 0 : zone->boost);
	json_bool(json, "ignores_marks", zone->ignores_marks);
	json_bool(json, "enough", zone->enough);
	json_bool(json, "has_block", zone->has_block);
	json_int(json, "pcp", (int64_t)zone->pcp_pages);
	json_int(json, "lru_file", (int64_t)zone->lru_file);
	json_int(json, "lru_anon", (int64_t)zone->lru_anon);
	add_lists(e, zone, json);
	json_end_object(json);
}

static void add_efforts(const struct explanation *e, struct json *json)
{
	static const char *const names[NR_COMPACT_RESULTS] = {
		[COMPACT_NOT_SUITABLE_ZONE] = "not_suitable_zone",
		[COMPACT_SKIPPED] = "skipped",
		[COMPACT_DEFERRED] = "deferred",
		[COMPACT_NO_SUITABLE_PAGE] = "no_suitable_page",
		[COMPACT_CONTINUE] = "continue",
		[COMPACT_COMPLETE] = "complete",
		[COMPACT_PARTIAL_SKIPPED] = "partial_skipped",
		[COMPACT_CONTENDED] = "contended",
		[COMPACT_SUCCESS] = "success",
	};

	if (!e->tried)
		return;
	json_begin_object(json, "tried");
	json_int(json, "rounds", e->efforts.rounds);
	json_int(json, "reclaims", e->efforts.reclaims);
	json_int(json, "reclaimed", (int64_t)e->efforts.reclaimed);
	json_begin_object(json, "compactions");
	for (int i = 0; i < NR_COMPACT_RESULTS; i++)
		json_int(json, names[i], e->efforts.compactions[i]);
	json_end_object(json);
	json_int(json, "oom_killed", e->efforts.kills[OOM_KILLED]);
	json_int(json, "oom_nobody", e->efforts.kills[OOM_NOBODY]);
	json_int(json, "oom_wait", e->efforts.kills[OOM_WAIT]);
	json_end_object(json);
}

static void add_holders(const struct explain_holders *holders, const char *key,
			struct json *json)
{
	json_begin_array(json, key);
	for (size_t i = 0; i < holders->nr; i++) {
		const struct explain_holder *holder = &holders->holder[i];
		char letter[2] = { holder->letter, 0 };

		json_begin_object(json, NULL);
		json_string(json, "what", holder->what);
		json_string(json, "id", holder->id);
		json_string(json, "letter", *letter ? letter : NULL);
		json_int(json, "pages", (int64_t)holder->pages);
		json_int(json, "count", (int64_t)holder->nr);
		json_int(json, "first_line", (int64_t)holder->first_line);
		json_int(json, "last_line", (int64_t)holder->last_line);
		json_bool(json, "movable", holder->movable);
		json_end_object(json);
	}
	json_end_array(json);
}

static void add_region(const struct explanation *e, struct json *json)
{
	const struct explain_region *region = &e->region;

	if (!region->is)
		return;
	json_begin_object(json, "region");
	json_int(json, "pfn", region->pfn);
	json_int(json, "order", region->order);
	json_int(json, "node", region->node);
	json_string(json, "zone", zone_type_names[region->type]);
	json_string(json, "pageblock", region->block_type);
	json_int(json, "free", region->free);
	json_int(json, "pcp", region->pcp);
	json_int(json, "reserved", region->reserved);
	json_int(json, "used", region->used);
	json_string(json, "picture", region->picture);
	add_holders(&e->in_region, "holders", json);
	json_end_object(json);
}

static void add_pages(const struct explanation *e, struct json *json)
{
	if (!e->has_pages)
		return;
	json_begin_object(json, "request");
	json_int(json, "order", e->pages.order);
	add_gfp(json, e->pages.gfp);
	json_string(json, "migratetype", migratetype_names[e->pages.type]);
	json_string(json, "highest_zone", zone_type_names[e->pages.highest]);
	json_end_object(json);
	json_begin_array(json, "zones");
	for (size_t i = 0; i < e->nr_zones; i++)
		add_zone(e, &e->zone[i], json);
	json_end_array(json);
	add_efforts(e, json);
	add_region(e, json);
	json_begin_object(json, "where");
	json_int(json, "free", (int64_t)e->where.free);
	json_int(json, "pcp", (int64_t)e->where.pcp);
	json_int(json, "workload", (int64_t)e->where.workload);
	json_int(json, "slabs", (int64_t)e->where.slabs);
	json_int(json, "boot", (int64_t)e->where.boot);
	json_int(json, "boot_file", (int64_t)e->where.boot_file);
	json_int(json, "boot_anon", (int64_t)e->where.boot_anon);
	json_int(json, "other", (int64_t)e->where.other);
	json_end_object(json);
	add_holders(&e->holders, "holders", json);
}

static void add_area(const struct explain_area *area, struct json *json)
{
	json_begin_object(json, NULL);
	json_string(json, "name", area->name);
	json_int(json, "pages", area->pages);
	json_int(json, "taken", area->taken);
	json_int(json, "used", area->used);
	json_int(json, "longest_free", area->longest);
	json_end_object(json);
}

static void add_own(const struct explanation *e, struct json *json)
{
	if (e->has_space) {
		json_begin_object(json, "vmalloc");
		json_int(json, "size", (int64_t)e->space.size);
		json_int(json, "free_bytes", (int64_t)e->space.free);
		json_int(json, "largest_hole_bytes",
			 (int64_t)e->space.largest_hole);
		json_int(json, "areas", (int64_t)e->space.nr_areas);
		json_end_object(json);
	}
	if (e->has_pool) {
		json_begin_object(json, "mempool");
		json_int(json, "min_nr", e->pool_min_nr);
		json_int(json, "curr_nr", e->pool_curr_nr);
		json_int(json, "outstanding", (int64_t)e->pool_outstanding);
		add_holders(&e->pool_holders, "holders", json);
		json_end_object(json);
	}
	if (e->has_device) {
		json_begin_object(json, "device");
		json_int(json, "reachable_pages", (int64_t)e->reachable_pages);
		json_string(json, "reachable", e->reachable);
		json_begin_array(json, "areas");
		for (size_t i = 0; i < e->nr_areas; i++)
			add_area(&e->area[i], json);
		json_end_array(json);
		json_end_object(json);
	}
}

static void add_search(const struct explain_trial *trial, struct json *json)
{
	const struct explain_search *search = &trial->search;
	unsigned int from = trial->unit == UNIT_ORDER; /* counted from 1 */

	if (!search->set || !search->runs)
		return;
	json_int(json, "now", (int64_t)(search->now - from));
	json_int(json, "value", (int64_t)(search->value - from));
	if (trial->verdict == VERDICT_SUCCEEDS)
		json_int(json, "fails_with", (int64_t)(search->fails - from));
	json_int(json, "runs", search->runs);
}

static void add_trial(const struct explain_trial *trial, struct json *json)
{
	static const char *const verdicts[] = {
		[VERDICT_LEFT_OUT] = "left-out",
		[VERDICT_NOT_TRIED] = "not-tried",
		[VERDICT_SUCCEEDS] = "succeeds",
		[VERDICT_FAILS] = "fails",
		[VERDICT_UNKNOWN] = "not-known",
		[VERDICT_NOT_MADE] = "not-made",
		[VERDICT_INVALID] = "invalid",
	};

	json_begin_object(json, NULL);
	json_string(json, "changes", trial->key);
	json_string(json, "what", trial->what);
	add_search(trial, json);
	json_begin_array(json, "set");
	for (size_t i = 0; i < trial->change.nr_sets; i++)
		json_string(json, NULL, trial->change.set[i]);
	json_end_array(json);
	json_string(json, "result", verdicts[trial->verdict]);
	if (trial->verdict == VERDICT_FAILS)
		json_string(json, "reason", alloc_reason_names[trial->reason]);
	if (trial->verdict == VERDICT_SUCCEEDS && trial->pfn != PFN_NONE) {
		json_int(json, "node", trial->node);
		json_string(json, "zone", zone_type_names[trial->type]);
		json_int(json, "pfn", trial->pfn);
		json_string(json, "path", alloc_path_names[trial->path]);
	}
	json_int(json, "failed_before", (int64_t)trial->failed_before);
	json_string(json, "note", *trial->note ? trial->note : NULL);
	json_string(json, "price", *trial->price ? trial->price : NULL);
	json_end_object(json);
}

static void add_grant(const struct explanation *e, struct json *json)
{
	const struct explain_grant *granted = &e->granted;

	if (!granted->is)
		return;
	json_begin_object(json, "granted");
	if (granted->pfn != PFN_NONE) {
		json_int(json, "node", granted->node);
		json_string(json, "zone", zone_type_names[granted->type]);
		json_int(json, "pfn", granted->pfn);
		json_string(json, "pageblock", granted->block_type);
	}
	json_string(json, "path", alloc_path_names[granted->path]);
	json_end_object(json);
}

void explain_json(const struct explanation *e, struct text *out)
{
	struct json json = JSON_TO(out);

	json_begin_object(&json, NULL);
	add_call(e, &json);
	add_grant(e, &json);
	add_log(e, &json);
	add_requests(e, &json);
	add_pages(e, &json);
	add_own(e, &json);
	json_int(&json, "failed_before", (int64_t)e->failure.failed_before);
	json_begin_array(&json, "trials");
	for (size_t i = 0; i < e->nr_trials; i++)
		add_trial(&e->trial[i], &json);
	json_end_array(&json);
	json_bool(&json, "out_of_time", e->out_of_time);
	json_end_object(&json);
	text_add(out, "\n");
}
