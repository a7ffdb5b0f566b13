/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Object events as calls: kmalloc, kfree, kmem_cache_alloc, kmem_cache_free
 * by the pointers that the trace gives, on caches created at the top; and
 * those page events that are not the slab allocator's own.
 *
 * A cache is created with the size that its objects have in the trace
 * (bytes_alloc: what the kernel made of the size asked for), so that the
 * model lays its slabs out alike. An object is freed the way it was
 * allocated, since kfree() takes objects of any cache. Of objects allocated
 * before the trace, nothing is known but their frees, which are counted and
 * left out.
 */
#include <errno.h>
#include <string.h>

#include "models/vmalloc/vmalloc.h"
#include "workloads/import/call_import.h"
#include "workloads/import/kswapd_import.h"

enum object_kind { OBJECT_KMALLOC, OBJECT_CACHE };

struct call_import {
	struct page_import *pages;
	const struct trace_survey *survey;
	struct number_map object; /* pointer -> id; extra: object_kind */
	size_t nr_cache_allocs;	  /* so far */
	size_t nr_page_allocs;
	size_t nr_page_frees;
};

/* More events than the survey saw: somebody writes to the file. */
static int changed(struct call_import *import)
{
	errno = 0;
	return error_host(import->pages->errors,
			  "the trace changed while it was read");
}

/* vmalloc's is in each run, which refuses another of that name. */
static void create_caches(struct call_import *import)
{
	const struct traced_cache *cache = import->survey->cache;
	const struct names *names = import->pages->names;
	struct call call;
	size_t i;

	for (i = 0; i < import->survey->nr_caches; i++) {
		if (strcmp(names_text(names, cache[i].label),
			   VMAP_AREA_CACHE_TEXT) == 0)
			continue;
		call = (struct call){
			.op = OP_CACHE_CREATE,
			.name = cache[i].label,
			.size = cache[i].size,
			.slab_flags = cache[i].slab_flags,
			.node = NODE_ANY,
			.has = CALL_CAN_SLEEP,
		};
		page_import_write(import->pages, &call);
	}
	import->pages->report->caches = import->survey->nr_caches;
	import->pages->report->caches_guessed = import->survey->guessed;
}

static int write_free(struct call_import *import,
		      const struct trace_event *event,
		      const struct number_slot *object)
{
	struct call call;

	if (page_import_start(import->pages, event,
			      object->extra == OBJECT_CACHE ? OP_CACHE_FREE :
							      OP_KFREE,
			      &call) < 0)
		return -1;
	call.has |= CALL_HAS_ID;
	call.id = object->value;
	number_map_remove(&import->object, event->ptr);
	page_import_write(import->pages, &call);
	return 0;
}

static int free_object(struct call_import *import,
		       const struct trace_event *event)
{
	struct number_slot *slot;

	if (!event->ptr) {
		trace_event_skipped(event, IMPORT_SKIP_NULL_FREE);
		return 0;
	}
	slot = number_map_find(&import->object, event->ptr);
	if (!slot) {
		trace_event_skipped(event, IMPORT_SKIP_UNKNOWN_OBJECT);
		return 0;
	}
	trace_event_used(event);
	return write_free(import, event, slot);
}

/* A pointer that is live already: the trace lost its free. */
static int supply_free(struct call_import *import,
		       const struct trace_event *event)
{
	struct number_slot *slot = number_map_find(&import->object, event->ptr);

	if (!slot)
		return 0;
	import->pages->report->supplied_object_frees++;
	return write_free(import, event, slot);
}

static int alloc_object(struct call_import *import,
			const struct trace_event *event)
{
	struct page_import *pages = import->pages;
	bool from_cache = event->kind == TRACE_CACHE_ALLOC;
	struct call call;
	uint32_t cache;

	if (from_cache &&
	    import->nr_cache_allocs >= import->survey->nr_cache_allocs)
		return changed(import);
	trace_event_used(event);
	if (event->ok && supply_free(import, event) < 0)
		return -1;
	if (page_import_start(pages, event,
			      from_cache ? OP_CACHE_ALLOC : OP_KMALLOC,
			      &call) < 0)
		return -1;
	call.id = ++pages->last_id;
	call.gfp = event->gfp;
	call.node = event->node;
	call.has |= CALL_HAS_ID | CALL_HAS_GFP | CALL_HAS_RECORDED_OK |
		    (event->ok ? CALL_RECORDED_OK : 0);
	if (from_cache) {
		cache = import->survey->cache_of[import->nr_cache_allocs++];
		call.name = import->survey->cache[cache].label;
	} else {
		call.size = event->bytes_req;
	}
	pages->report->failed_allocs += !event->ok;
	if (event->ok &&
	    number_map_set(&import->object, event->ptr, call.id,
			   from_cache ? OBJECT_CACHE : OBJECT_KMALLOC,
			   pages->errors) < 0)
		return -1;
	page_import_write(pages, &call);
	return 0;
}

static int take_page_event(struct call_import *import,
			   const struct trace_event *event)
{
	const struct trace_survey *survey = import->survey;
	bool slab;

	if (import->nr_page_allocs + (event->kind == TRACE_PAGE_ALLOC) >
		    survey->nr_page_allocs ||
	    import->nr_page_frees + (event->kind == TRACE_PAGE_FREE) >
		    survey->nr_page_frees)
		return changed(import);
	if (event->kind == TRACE_PAGE_ALLOC)
		slab = survey->slab_alloc[import->nr_page_allocs++];
	else
		slab = survey->slab_free[import->nr_page_frees++];
	if (!slab)
		return page_import_event(import->pages, event);
	trace_event_skipped(event, IMPORT_SKIP_SLAB_PAGE);
	return 0;
}

static int take_event(struct call_import *import,
		      const struct trace_event *event)
{
	switch (event->kind) {
	case TRACE_PAGE_ALLOC:
	case TRACE_PAGE_FREE:
		return take_page_event(import, event);
	case TRACE_KMALLOC:
	case TRACE_CACHE_ALLOC:
		if (alloc_object(import, event) < 0)
			return -1;
		return page_import_bulk(import->pages, event) < 0 ? -1 : 0;
	case TRACE_KFREE:
	case TRACE_CACHE_FREE:
		return free_object(import, event);
	default:
		return 0;
	}
}

int call_import_run(struct page_import *pages,
		    const struct trace_survey *survey,
		    struct trace_reader *reader)
{
	struct call_import import = { .pages = pages, .survey = survey };
	struct trace_event event;
	int got;

	create_caches(&import);
	while ((got = trace_reader_next(reader, &event, pages->errors)) > 0) {
		if (page_import_resume(pages, &event) < 0 ||
		    take_event(&import, &event) < 0 ||
		    kswapd_import_event(pages->kswapd, &event) < 0) {
			got = -1;
			break;
		}
	}
	pages->report->live_objects_at_end = import.object.nr;
	number_map_release(&import.object);
	return got;
}
