/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What must be known of a whole trace before its calls can be told.
 *
 * First reading:
 * - Where the linear map begins. A slab page is allocated (mm_page_alloc, a
 *   frame) just before the object on it (kmalloc, a pointer) by the same task
 *   on the same CPU; pointer minus frame is then the map's start plus less
 *   than the block. The start is aligned to 1 GiB with or without KASLR
 *   (arch/x86/mm/kaslr.c), so a chance pair hardly ever looks like it; the
 *   start that most pairs agree on is taken. Without a pair it is x86_64's
 *   usual 0xffff888000000000.
 * - Which cache each kmem_cache_alloc was from. The event does not say; the
 *   kmem_cache_free of the same object does. For objects that are never
 *   freed: the cache that the same call site got the same size from, else one
 *   that stands for the size.
 *
 * Second reading:
 * - Which page events are the slab allocator's own: the blocks that objects
 *   lie in, and frees of pages that objects were seen in. Replayed, the slab
 *   model makes those calls itself. (A large kmalloc takes whole pages:
 *   those are its own too.)
 *
 * What it can't see: slab pages none of whose objects has an event (bulk
 * allocation has none) stay page events.
 */
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "sim/base/host.h"
#include "workloads/import/call_import.h"

#define USUAL_PAGE_OFFSET 0xffff888000000000u
#define MAP_ALIGN ((uint64_t)1 << 30)
#define PAGE_SHIFT 12
#define CANDIDATES 16

struct last_alloc {
	uint64_t pid;
	pfn_t pfn;
	order_t order;
	bool valid;
};

struct candidate {
	uint64_t start;
	uint64_t votes;
};

/* The first reading's own state. */
struct first_look {
	struct trace_survey *survey;
	struct names *names;
	struct errors *errors;
	struct last_alloc last[MAX_CPUS]; /* by CPU */
	struct candidate candidate[CANDIDATES];
	size_t nr_candidates;
	bool any_pointer;	   /* one that is not hashed */
	bool any_hashed;	   /* one that is */
	struct number_map live;	   /* object -> n-th kmem_cache_alloc */
	struct number_map by_site; /* call site and size -> cache */
	struct number_map by_name; /* name and size -> cache */
	uint64_t *site_of;	   /* of the n-th kmem_cache_alloc */
	size_t site_room;
	uint32_t *size_of;
	size_t size_room;
	bool *accounted_of; /* by the cache, not by the flags */
	size_t accounted_room;
};

/* ---- the linear map ------------------------------------------------------ */

static void vote(struct first_look *look, uint64_t start)
{
	size_t i;

	for (i = 0; i < look->nr_candidates; i++)
		if (look->candidate[i].start == start)
			break;
	if (i == CANDIDATES)
		return;
	if (i == look->nr_candidates) {
		look->candidate[i].start = start;
		look->nr_candidates++;
	}
	look->candidate[i].votes++;
}

static void see_pair(struct first_look *look, const struct trace_event *event)
{
	struct last_alloc *last = &look->last[event->line.cpu];
	uint64_t distance, start;

	if (!event->ptr)
		return;
	/* 64 bits hashed to 32: printed in 16 digits, of which 8 are 0. */
	look->any_hashed |= event->ptr < (uint64_t)1 << 32;
	look->any_pointer |= event->ptr >= (uint64_t)1 << 63;
	if (!last->valid || last->pid != event->line.pid)
		return;
	last->valid = false;
	distance = event->ptr - ((uint64_t)last->pfn << PAGE_SHIFT);
	start = distance & ~(MAP_ALIGN - 1);
	if (distance - start < (uint64_t)1 << (PAGE_SHIFT + last->order))
		vote(look, start);
}

static int choose_page_offset(struct first_look *look, struct place place)
{
	struct trace_survey *survey = look->survey;
	uint64_t most = 0;
	size_t i;

	survey->page_offset = USUAL_PAGE_OFFSET;
	for (i = 0; i < look->nr_candidates; i++) {
		if (look->candidate[i].votes <= most)
			continue;
		most = look->candidate[i].votes;
		survey->page_offset = look->candidate[i].start;
	}
	if (most || look->any_pointer || !look->any_hashed)
		return 0;
	return error_input(look->errors, place,
			   "the trace's pointers are hashed: which pages are "
			   "the slab's can't be told; record it on a kernel "
			   "booted with no_hash_pointers, or import it with "
			   "--level pages");
}

pfn_t trace_survey_pfn(const struct trace_survey *survey, uint64_t ptr)
{
	uint64_t pfn = (ptr - survey->page_offset) >> PAGE_SHIFT;

	if (ptr < survey->page_offset || pfn >= PFN_NONE)
		return PFN_NONE;
	return (pfn_t)pfn;
}

/* ---- caches -------------------------------------------------------------- */

/*
 * The cache of a name and a size; a second size under one name is another
 * cache, told apart by its size. UINT32_MAX with an error.
 */
static uint32_t cache_of(struct first_look *look, uint32_t name, uint32_t size)
{
	uint64_t key = (uint64_t)name << 32 | size;
	struct number_slot *slot = number_map_find(&look->by_name, key);
	struct trace_survey *survey = look->survey;
	struct traced_cache *cache;

	if (slot)
		return (uint32_t)slot->value;
	cache = host_grow(survey->cache, &survey->cache_room,
			  survey->nr_caches + 1, sizeof(*cache));
	if (cache)
		survey->cache = cache;
	if (!cache || number_map_set(&look->by_name, key, survey->nr_caches, 0,
				     look->errors) < 0) {
		error_host(look->errors, "no memory for the trace's caches");
		return UINT32_MAX;
	}
	cache[survey->nr_caches] = (struct traced_cache){
		.name = name,
		.size = size,
	};
	return (uint32_t)survey->nr_caches++;
}

static int see_cache_alloc(struct first_look *look,
			   const struct trace_event *event)
{
	struct trace_survey *survey = look->survey;
	size_t n = survey->nr_cache_allocs;
	uint32_t size = (uint32_t)event->bytes_alloc;
	uint32_t *cache = host_grow(survey->cache_of, &survey->cache_of_room,
				    n + 1, sizeof(*cache));
	uint64_t *site = host_grow(look->site_of, &look->site_room, n + 1,
				   sizeof(*site));
	uint32_t *sizes = host_grow(look->size_of, &look->size_room, n + 1,
				    sizeof(*sizes));
	bool *accounted = host_grow(look->accounted_of, &look->accounted_room,
				    n + 1, sizeof(*accounted));

	survey->cache_of = cache ? cache : survey->cache_of;
	look->site_of = site ? site : look->site_of;
	look->size_of = sizes ? sizes : look->size_of;
	look->accounted_of = accounted ? accounted : look->accounted_of;
	if (!cache || !site || !sizes || !accounted)
		return error_host(look->errors, "no memory for the trace");
	cache[n] = UINT32_MAX;
	site[n] = XXH3_64bits_withSeed(
		event->call_site ? event->call_site : "",
		event->call_site ? event->call_site_length : 0, size);
	sizes[n] = size;
	accounted[n] = event->accounted && !(event->gfp & __GFP_ACCOUNT);
	survey->nr_cache_allocs++;
	if (!event->ok)
		return 0;
	return number_map_set(&look->live, event->ptr, n, 0, look->errors);
}

static int name_cache(struct first_look *look, const struct trace_event *event,
		      size_t n)
{
	uint32_t name =
		names_intern(look->names, event->name, event->name_length);
	uint32_t cache;

	if (!name)
		return error_host(look->errors, "no memory for names");
	cache = cache_of(look, name, look->size_of[n]);
	if (cache == UINT32_MAX)
		return -1;
	look->survey->cache_of[n] = cache;
	return number_map_set(&look->by_site, look->site_of[n], cache, 0,
			      look->errors);
}

static int see_first(struct first_look *look, const struct trace_event *event)
{
	struct last_alloc *last = &look->last[event->line.cpu];
	struct number_slot *slot;
	size_t n;

	switch (event->kind) {
	case TRACE_PAGE_ALLOC:
		*last = (struct last_alloc){
			.pid = event->line.pid,
			.pfn = event->pfn,
			.order = event->order,
			.valid = event->ok,
		};
		return 0;
	case TRACE_KMALLOC:
		see_pair(look, event);
		return 0;
	case TRACE_CACHE_ALLOC:
		see_pair(look, event);
		if (see_cache_alloc(look, event) < 0)
			return -1;
		n = look->survey->nr_cache_allocs - 1;
		return event->name ? name_cache(look, event, n) : 0;
	case TRACE_CACHE_FREE:
		slot = number_map_find(&look->live, event->ptr);
		if (!slot)
			return 0;
		n = (size_t)slot->value;
		number_map_remove(&look->live, event->ptr);
		return event->name ? name_cache(look, event, n) : 0;
	default:
		return 0;
	}
}

/* Caches of objects that were not freed by name. */
static int guess_caches(struct first_look *look)
{
	struct trace_survey *survey = look->survey;
	struct number_slot *slot;
	uint32_t cache;
	size_t n;

	for (n = 0; n < survey->nr_cache_allocs; n++) {
		cache = survey->cache_of[n];
		if (cache == UINT32_MAX) {
			survey->guessed++;
			slot = number_map_find(&look->by_site,
					       look->site_of[n]);
			cache = slot ? (uint32_t)slot->value :
				       cache_of(look, 0, look->size_of[n]);
		}
		if (cache == UINT32_MAX)
			return -1;
		survey->cache_of[n] = cache;
		if (look->accounted_of[n])
			survey->cache[cache].slab_flags |= SLAB_ACCOUNT;
	}
	return 0;
}

/* Names that are unique: a second size of a name carries it. */
static int label_caches(struct first_look *look)
{
	struct number_map taken = NUMBER_MAP_EMPTY;
	struct text text = TEXT_EMPTY;
	struct traced_cache *cache;
	int err = 0;
	size_t i;

	for (i = 0; !err && i < look->survey->nr_caches; i++) {
		cache = &look->survey->cache[i];
		text_release(&text);
		text = TEXT_EMPTY;
		text_add(&text, "%s",
			 cache->name ? names_text(look->names, cache->name) :
				       "unnamed");
		if (!cache->name || number_map_find(&taken, cache->name))
			text_add(&text, "-%u", cache->size);
		if (!text.failed)
			cache->label =
				names_intern(look->names, text.s, text.length);
		if (!cache->label)
			err = error_host(look->errors, "no memory for names");
		else
			err = number_map_set(&taken, cache->label, 1, 0,
					     look->errors);
	}
	text_release(&text);
	number_map_release(&taken);
	return err;
}

static int first_reading(struct first_look *look, struct trace_reader *reader)
{
	struct place place = place_of_file(reader->lines.path);
	struct trace_event event;
	int got;

	while ((got = trace_reader_next(reader, &event, look->errors)) > 0)
		if (see_first(look, &event) < 0)
			return -1;
	if (got < 0 || choose_page_offset(look, place) < 0)
		return -1;
	if (guess_caches(look) < 0)
		return -1;
	return label_caches(look);
}

static void first_look_release(struct first_look *look)
{
	number_map_release(&look->live);
	number_map_release(&look->by_site);
	number_map_release(&look->by_name);
	free(look->site_of);
	free(look->size_of);
	free(look->accounted_of);
}

/* ---- the slab's own pages ------------------------------------------------ */

struct second_look {
	struct trace_survey *survey;
	struct errors *errors;
	struct live_pages live;	   /* ids: the n-th mm_page_alloc */
	struct number_map touched; /* frames of objects on other pages */
	size_t nr_cache_allocs;	   /* so far */
	bool *reclaimable;	   /* of the n-th mm_page_alloc */
	size_t reclaimable_room;
};

static int see_page_alloc(struct second_look *look,
			  const struct trace_event *event)
{
	struct trace_survey *survey = look->survey;
	struct piece piece = { .pfn = event->pfn, .order = event->order };
	size_t n = survey->nr_page_allocs;
	bool *slab = host_grow(survey->slab_alloc, &survey->slab_alloc_room,
			       n + 1, sizeof(*slab));
	bool *reclaimable = host_grow(look->reclaimable,
				      &look->reclaimable_room, n + 1,
				      sizeof(*reclaimable));
	struct piece old;
	uint32_t i;

	survey->slab_alloc = slab ? slab : survey->slab_alloc;
	look->reclaimable = reclaimable ? reclaimable : look->reclaimable;
	if (!slab || !reclaimable)
		return error_host(look->errors, "no memory for the trace");
	slab[n] = false;
	reclaimable[n] = event->gfp & __GFP_RECLAIMABLE;
	survey->nr_page_allocs++;
	if (!event->ok)
		return 0;
	while (live_pages_overlapping(&look->live, event->pfn, event->order,
				      &old))
		live_pages_remove(&look->live, &old);
	for (i = 0; i < 1u << event->order; i++)
		number_map_remove(&look->touched, event->pfn + i);
	piece.id = n;
	return live_pages_add(&look->live, &piece, look->errors);
}

static int see_page_free(struct second_look *look,
			 const struct trace_event *event)
{
	struct trace_survey *survey = look->survey;
	size_t n = survey->nr_page_frees;
	bool *slab = host_grow(survey->slab_free, &survey->slab_free_room,
			       n + 1, sizeof(*slab));
	struct piece piece;
	uint32_t i;

	if (!slab)
		return error_host(look->errors, "no memory for the trace");
	survey->slab_free = slab;
	slab[n] = false;
	survey->nr_page_frees++;
	for (i = 0; i < 1u << event->order; i++) {
		slab[n] |= number_map_find(&look->touched, event->pfn + i) !=
			   NULL;
		number_map_remove(&look->touched, event->pfn + i);
	}
	while (live_pages_overlapping(&look->live, event->pfn, event->order,
				      &piece)) {
		slab[n] |= survey->slab_alloc[piece.id];
		if (piece.order > event->order &&
		    live_pages_split(&look->live, event->pfn, event->order,
				     &piece, look->errors) < 0)
			return -1;
		live_pages_remove(&look->live, &piece);
	}
	return 0;
}

static int see_object(struct second_look *look, const struct trace_event *event)
{
	struct trace_survey *survey = look->survey;
	pfn_t pfn = trace_survey_pfn(survey, event->ptr);
	size_t n = look->nr_cache_allocs;
	struct piece piece;

	look->nr_cache_allocs += event->kind == TRACE_CACHE_ALLOC;
	if (pfn == PFN_NONE)
		return 0;
	if (!live_pages_covering(&look->live, pfn, &piece))
		return number_map_set(&look->touched, pfn, 1, 0, look->errors);
	survey->slab_alloc[piece.id] = true;
	/* A cache whose pages are reclaimable was made so. */
	if (event->kind == TRACE_CACHE_ALLOC && look->reclaimable[piece.id] &&
	    n < survey->nr_cache_allocs)
		survey->cache[survey->cache_of[n]].slab_flags |=
			SLAB_RECLAIM_ACCOUNT;
	return 0;
}

static int second_reading(struct second_look *look, struct trace_reader *reader)
{
	struct trace_event event;
	int err = 0;
	int got;

	while ((got = trace_reader_next(reader, &event, look->errors)) > 0) {
		if (event.kind == TRACE_PAGE_ALLOC)
			err = see_page_alloc(look, &event);
		else if (event.kind == TRACE_PAGE_FREE)
			err = see_page_free(look, &event);
		else
			err = see_object(look, &event);
		if (err < 0)
			return -1;
	}
	return got;
}

/* ---- both ---------------------------------------------------------------- */

static int read_first(struct trace_survey *survey, const char *path,
		      struct names *names, struct import_report *report,
		      struct errors *errors)
{
	struct first_look *look = host_alloc(1, sizeof(*look));
	struct trace_reader reader;
	int err = -1;

	if (!look)
		return error_host(errors, "no memory to read %s", path);
	look->survey = survey;
	look->names = names;
	look->errors = errors;
	if (trace_reader_open(&reader, path, report, errors) == 0) {
		err = first_reading(look, &reader);
		trace_reader_close(&reader);
	}
	first_look_release(look);
	free(look);
	return err;
}

static int read_second(struct trace_survey *survey, const char *path,
		       struct import_report *report, struct errors *errors)
{
	struct second_look look = { .survey = survey, .errors = errors };
	struct trace_reader reader;
	int err = -1;

	if (trace_reader_open(&reader, path, report, errors) == 0) {
		err = second_reading(&look, &reader);
		trace_reader_close(&reader);
	}
	live_pages_release(&look.live);
	number_map_release(&look.touched);
	free(look.reclaimable);
	return err;
}

int trace_survey_read(struct trace_survey *survey, const char *path,
		      struct names *names, const struct import_report *of,
		      struct errors *errors)
{
	struct import_report *report = import_report_ahead(of, path, errors);
	int err;

	*survey = (struct trace_survey){ .page_offset = 0 };
	if (!report)
		return -1;
	err = read_first(survey, path, names, report, errors);
	if (!err)
		err = read_second(survey, path, report, errors);
	import_report_free(report);
	return err;
}

void trace_survey_release(struct trace_survey *survey)
{
	free(survey->cache);
	free(survey->cache_of);
	free(survey->slab_alloc);
	free(survey->slab_free);
	*survey = (struct trace_survey){ .page_offset = 0 };
}
