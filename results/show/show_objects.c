/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * slabinfo and vmallocinfo: slab caches, and areas of vmalloc's address space
 * (slab_show(), cache_show(), mm/slab_common.c; s_show(), show_purge_info(),
 * mm/vmalloc.c; Linux 6.1).
 *
 * - Caches are listed from the newest to the oldest.
 * - An area's size and end contain its guard page. Ranges that were freed and
 *   wait for the purge follow the last area.
 * - Addresses are shown as to a reader who may see them (kptr_restrict 1).
 * - Pages by node are only in kernels that know NUMA.
 *
 * Left out: who asked for an area, unless the workload says so; what the areas
 * from before the run are, which show as bare ranges.
 */

#include <inttypes.h>

#include "results/show/show_state.h"

/* ---- slabinfo ------------------------------------------------------------ */

void show_slabinfo(const struct show_state *state, struct text *out)
{
	const struct show_cache *cache = state->cache;
	size_t n;

	if (!state->nr_caches)
		return;
	text_add(out, "slabinfo - version: 2.1\n"
		      "# name            <active_objs> <num_objs> <objsize>"
		      " <objperslab> <pagesperslab>"
		      " : tunables <limit> <batchcount> <sharedfactor>"
		      " : slabdata <active_slabs> <num_slabs>"
		      " <sharedavail>\n");
	for (n = 0; n < state->nr_caches; n++, cache++) {
		text_add(out,
			 "%-17s %6" PRIu64 " %6" PRIu64 " %6" PRIu64
			 " %4" PRIu64 " %4" PRIu64,
			 cache->name, cache->active_objs, cache->num_objs,
			 cache->objsize, cache->objperslab,
			 cache->pagesperslab);
		text_add(out, " : tunables %4" PRIu64 " %4" PRIu64 " %4" PRIu64,
			 cache->limit, cache->batchcount, cache->sharedfactor);
		text_add(out,
			 " : slabdata %6" PRIu64 " %6" PRIu64 " %6" PRIu64 "\n",
			 cache->active_slabs, cache->num_slabs,
			 cache->sharedavail);
	}
}

void show_slabinfo_json(const struct show_state *state, struct json *json)
{
	const struct show_cache *cache = state->cache;
	size_t n;

	json_begin_array(json, "caches");
	for (n = 0; n < state->nr_caches; n++, cache++) {
		json_begin_object(json, NULL);
		json_string(json, "name", cache->name);
		json_int(json, "active_objs", (int64_t)cache->active_objs);
		json_int(json, "num_objs", (int64_t)cache->num_objs);
		json_int(json, "objsize", (int64_t)cache->objsize);
		json_int(json, "objperslab", (int64_t)cache->objperslab);
		json_int(json, "pagesperslab", (int64_t)cache->pagesperslab);
		json_int(json, "limit", (int64_t)cache->limit);
		json_int(json, "batchcount", (int64_t)cache->batchcount);
		json_int(json, "sharedfactor", (int64_t)cache->sharedfactor);
		json_int(json, "active_slabs", (int64_t)cache->active_slabs);
		json_int(json, "num_slabs", (int64_t)cache->num_slabs);
		json_int(json, "sharedavail", (int64_t)cache->sharedavail);
		json_end_object(json);
	}
	json_end_array(json);
}

/* ---- vmallocinfo --------------------------------------------------------- */

static void add_address(const struct show_state *state, uint64_t address,
			struct text *out)
{
	text_add(out, "0x%0*" PRIx64, (int)state->address_bits / 4, address);
}

void show_vmallocinfo(const struct show_state *state, struct text *out)
{
	const struct show_area *area = state->area;
	size_t n;

	for (n = 0; n < state->nr_areas; n++, area++) {
		if (area->unpurged && state->area[0].unpurged)
			return; /* the kernel tells of them with an area */
		add_address(state, area->start, out);
		text_add(out, "-");
		add_address(state, area->end, out);
		text_add(out, " %7" PRIu64, area->end - area->start);
		if (*area->caller)
			text_add(out, " %s", area->caller);
		if (area->pages)
			text_add(out, " pages=%" PRIu64, area->pages);
		if (*area->flags)
			text_add(out, " %s%s", area->flags,
				 area->unpurged ? " vm_area" : "");
		if (state->numa && *area->nodes)
			text_add(out, " %s", area->nodes);
		text_add(out, "\n");
	}
}

void show_vmallocinfo_json(const struct show_state *state, struct json *json)
{
	const struct show_area *area = state->area;
	struct text address = TEXT_EMPTY;
	size_t n;

	json_begin_array(json, "areas");
	for (n = 0; n < state->nr_areas; n++, area++) {
		json_begin_object(json, NULL);
		address.length = 0;
		add_address(state, area->start, &address);
		json_string(json, "start", address.s);
		address.length = 0;
		add_address(state, area->end, &address);
		json_string(json, "end", address.s);
		json_int(json, "size", (int64_t)(area->end - area->start));
		if (area->pages)
			json_int(json, "pages", (int64_t)area->pages);
		if (*area->caller)
			json_string(json, "caller", area->caller);
		json_string(json, "flags", area->flags);
		if (*area->nodes)
			json_string(json, "nodes", area->nodes);
		json_end_object(json);
	}
	json_end_array(json);
	if (address.failed)
		json->out->failed = true;
	text_release(&address);
}
