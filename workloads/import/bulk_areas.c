/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmalloc takes its pages in bulk, which has no event. They move all frames
 * that are given out after them, and show all the same:
 *
 *	kmalloc  call_site=__vmalloc_node_range ptr=P bytes_req=32
 *	         \-> an array for 4 pages, which are taken right after it
 *	…
 *	mm_page_free pfn=A   mm_page_free pfn=B   …C   …D	by one task,
 *	kfree    ptr=P		and then the array: these were the 4 pages
 *
 * Rules (Linux 6.1, mm/vmalloc.c, mm/page_alloc.c):
 *
 * - An area has an array with a pointer to each of its pages, allocated just
 *   before them (__vmalloc_area_node()).
 * - Pages are taken by the hundred; where all but one are there, where bulk got
 *   fewer than asked for, and where they are charged to a memory cgroup, pages
 *   are asked for one by one, with an event each, and come last in the array
 *   (vm_area_alloc_pages(), __alloc_pages_bulk()). So does a huge page. All
 *   these ask for __GFP_HIGHMEM, as do none of the page tables on the way.
 * - Pages are freed in the array's order, then the array (__vunmap()), by a
 *   task.
 *
 * - Whoever may sleep may lose the CPU before it is given them, but not between
 *   them (might_alloc() in prepare_alloc_pages()). Frames that somebody frees
 *   after the array was there tell that (page_import.c): they are taken just
 *   before the next event of the task. Where they were free all along, or
 *   nobody knows which they are, they are taken to follow the array.
 *
 * All pages of an area are asked for with the same flags, so that one with an
 * event tells those of the others. Where none has one, the array's are taken.
 * That they have __GFP_ZERO is a guess then: an array is always to be cleared,
 * pages only if the caller wants it, as for thread stacks.
 *
 * Where the area is not freed in the trace, how many pages it took is known,
 * but not which. Left out: other users of bulk, such as NFS and network
 * drivers.
 *
 * An array of more than a page (of an area larger than 2 MiB with pages of
 * 4 KiB) is an area itself, so that a line that says more than the largest page
 * has is damaged. Of the outer area only its struct vm_struct has an event,
 * right in front of the inner one's:
 *
 *	kmalloc  call_site=__get_vm_area_node		the outer area
 *	kmalloc  call_site=__get_vm_area_node		its array, an area
 *	kmalloc  call_site=__vmalloc_node_range		that one's array
 *	         \-> the inner area's pages, then the outer one's
 *	…
 *	mm_page_free, mm_page_free, …	the outer area's pages, in one run
 *	mm_page_free, …  kfree		the inner area's, and its array
 *
 * How many pages the outer one has is known but for what fits into a page of
 * its array; a run of frees that fits tells it. Without that it is taken to
 * have the fewest.
 *
 * Takes 16 bytes of memory for each page freed while it reads, since any of
 * them may turn out to be an area's.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/base/host.h"
#include "workloads/import/bulk_areas.h"
#include "workloads/import/number_map.h"

/* Larger than the largest page there is, it would be from vmalloc itself. */
#define ARRAY_BYTES_MAX (UINT64_C(64) << 10)

/* A larger array is an area: that is not a page of every machine's. */
#define ARRAY_PAGE_BYTES 4096

/* A page freed, and the one that the same task freed before it. */
struct freed {
	pfn_t pfn;
	bool next;     /* that task did nothing else in between */
	size_t before; /* its number + 1; 0: none */
};

/* While the trace is read. */
struct look {
	struct bulk_areas *areas;
	struct number_map array; /* pointer -> area's number */
	struct number_map open;	 /* task -> area that it takes pages for */
	struct number_map last;	 /* task -> page freed last, number + 1;
				    extra: it did something else since */
	struct number_map asked; /* task -> ranges of addresses in a row */
	struct freed *freed;	 /* owned */
	size_t nr_freed;
	size_t freed_room;
	struct errors *errors;
};

/* By its digits, since a pointer may be hashed. */
static uint32_t pointer_bytes(const struct trace_event *event)
{
	size_t length = 0;
	const char *s = trace_arg(event->line.args, "ptr", &length);

	if (s && length > 2 && s[0] == '0' && s[1] == 'x')
		length -= 2;
	return length > 8 ? 8 : 4;
}

/* An allocation: of a free, nobody asks. */
static bool is_from(const struct trace_event *event, const char *function)
{
	return (event->kind == TRACE_KMALLOC ||
		event->kind == TRACE_CACHE_ALLOC) &&
	       event->call_site &&
	       event->call_site_length >= strlen(function) &&
	       memcmp(event->call_site, function, strlen(function)) == 0;
}

bool bulk_areas_is_array(const struct trace_event *event)
{
	return event->kind == TRACE_KMALLOC && event->ok &&
	       event->bytes_req <= ARRAY_BYTES_MAX &&
	       event->bytes_req % pointer_bytes(event) == 0 &&
	       (is_from(event, "__vmalloc_node_range") ||
		is_from(event, "__vmalloc_area_node"));
}

/* ---- the reading --------------------------------------------------------- */

static struct bulk_area *add_area(struct look *look, uint64_t pages)
{
	struct bulk_areas *areas = look->areas;
	struct bulk_area *area = host_grow(areas->area, &areas->room,
					   areas->nr + 1, sizeof(*area));

	if (!area) {
		error_host(look->errors, "no memory for the trace");
		return NULL;
	}
	areas->area = area;
	area[areas->nr] = (struct bulk_area){
		.pages = (uint32_t)pages,
		.before = look->nr_freed,
	};
	return &area[areas->nr++];
}

/* The fewest that need an array of so many pages. */
static uint64_t fewest_pages(const struct trace_event *event, uint64_t pages)
{
	return (pages - 1) * (ARRAY_PAGE_BYTES / pointer_bytes(event)) + 1;
}

static int see_array(struct look *look, const struct trace_event *event)
{
	const struct number_slot *asked =
		number_map_find(&look->asked, event->line.pid);
	uint64_t pages = event->bytes_req / pointer_bytes(event);
	bool inner = asked && asked->value > 1 && pages > 1;
	struct bulk_area *area = add_area(look, pages);
	size_t nr = look->areas->nr - 1;

	if (!area)
		return -1;
	area->is_array = inner;
	number_map_remove(&look->asked, event->line.pid);
	if (number_map_set(&look->array, event->ptr, nr, 0, look->errors))
		return -1;
	if (inner && !add_area(look, fewest_pages(event, pages)))
		return -1;
	return number_map_set(&look->open, event->line.pid, nr + inner, 0,
			      look->errors);
}

/* Asking for a range of addresses: how often in a row. */
static int see_range(struct look *look, const struct trace_event *event)
{
	const struct number_slot *asked =
		number_map_find(&look->asked, event->line.pid);

	return number_map_set(&look->asked, event->line.pid,
			      asked ? asked->value + 1 : 1, 0, look->errors);
}

/* The task's own doing after it has got the array, page by page. */
static void see_page_alloc(struct look *look, const struct trace_event *event)
{
	struct number_slot *slot =
		number_map_find(&look->open, event->line.pid);
	struct bulk_area *area;

	if (!slot || !event->ok || event->line.ctx != CONTEXT_PROCESS ||
	    !(event->gfp & __GFP_HIGHMEM) || event->gfp & __GFP_MOVABLE)
		return;
	area = &look->areas->area[slot->value];
	area->gfp = event->gfp;
	area->traced += 1u << event->order;
	if (area->traced > area->pages)
		area->traced = area->pages;
}

static int see_page_free(struct look *look, const struct trace_event *event)
{
	struct number_slot *slot =
		number_map_find(&look->last, event->line.pid);
	struct freed *freed;

	if (event->line.ctx != CONTEXT_PROCESS || event->order)
		return 0;
	freed = host_grow(look->freed, &look->freed_room, look->nr_freed + 1,
			  sizeof(*freed));
	if (!freed)
		return error_host(look->errors, "no memory for the trace");
	look->freed = freed;
	freed[look->nr_freed++] = (struct freed){
		.pfn = event->pfn,
		.next = slot && !slot->extra,
		.before = slot ? (size_t)slot->value : 0,
	};
	return number_map_set(&look->last, event->line.pid, look->nr_freed, 0,
			      look->errors);
}

/*
 * The frames of an area are the last `nr` that the task freed, up to the one
 * that is `freed`, which becomes the one before them.
 */
static int take_frames(struct look *look, struct bulk_area *area, uint64_t nr,
		       size_t *freed)
{
	struct bulk_areas *areas = look->areas;
	pfn_t *frame = host_grow(areas->frame, &areas->frame_room,
				 areas->nr_frames + nr, sizeof(*frame));

	if (!frame)
		return error_host(look->errors, "no memory for the trace");
	areas->frame = frame;
	area->known = true;
	area->pages = (uint32_t)nr;
	area->first = areas->nr_frames;
	areas->nr_frames += nr;
	for (uint64_t left = nr; left--;
	     *freed = look->freed[*freed - 1].before)
		frame[area->first + left] = look->freed[*freed - 1].pfn;
	return 0;
}

/* So many pages, or fewer, did the task free up to this one in one go. */
static uint64_t run_length(const struct look *look,
			   const struct bulk_area *area, size_t freed,
			   uint64_t most, bool in_one_go)
{
	uint64_t nr = 0;

	while (nr < most && freed > area->before) {
		const struct freed *page = &look->freed[freed - 1];

		nr++;
		if (in_one_go && !page->next)
			break;
		freed = page->before;
	}
	return nr;
}

/*
 * The pages that the task freed last are the area's, if there are as many since
 * it was made; those in front of them are of the area that it is the array of.
 */
static int find_frames(struct look *look, const struct trace_event *event,
		       size_t nr)
{
	struct bulk_area *area = &look->areas->area[nr];
	const struct number_slot *slot =
		number_map_find(&look->last, event->line.pid);
	size_t freed = slot ? (size_t)slot->value : 0;
	uint64_t fewest, most;

	if (run_length(look, area, freed, area->pages, false) < area->pages)
		return 0;
	if (take_frames(look, area, area->pages, &freed) < 0)
		return -1;
	if (!area->is_array)
		return 0;
	fewest = area[1].pages;
	most = fewest_pages(event, (uint64_t)area->pages + 1) - 1;
	most = run_length(look, area, freed, most, true);
	return most < fewest ? 0 : take_frames(look, &area[1], most, &freed);
}

static int see_array_free(struct look *look, const struct trace_event *event)
{
	const struct number_slot *slot =
		number_map_find(&look->array, event->ptr);
	size_t area;

	if (!slot)
		return 0;
	area = (size_t)slot->value;
	number_map_remove(&look->array, event->ptr);
	return event->line.ctx == CONTEXT_PROCESS ?
		       find_frames(look, event, area) :
		       0;
}

/*
 * Something else than page events that a task does. Between the ranges of an
 * area and of its array are only the descriptors of ranges (alloc_vmap_area()).
 */
static void see_other(struct look *look, const struct trace_event *event)
{
	struct number_slot *last;

	/* An area's pages are taken. */
	number_map_remove(&look->open, event->line.pid);
	last = number_map_find(&look->last, event->line.pid);
	if (last)
		last->extra = true;
	if (event->kind != TRACE_CACHE_FREE &&
	    !is_from(event, "__get_vm_area_node") &&
	    !is_from(event, "alloc_vmap_area") && !bulk_areas_is_array(event))
		number_map_remove(&look->asked, event->line.pid);
}

static int see(struct look *look, const struct trace_event *event)
{
	if (event->line.ctx == CONTEXT_PROCESS &&
	    event->kind != TRACE_PAGE_ALLOC && event->kind != TRACE_PAGE_FREE)
		see_other(look, event);
	switch (event->kind) {
	case TRACE_PAGE_ALLOC:
		see_page_alloc(look, event);
		return 0;
	case TRACE_PAGE_FREE:
		return see_page_free(look, event);
	case TRACE_KMALLOC:
		number_map_remove(&look->array, event->ptr);
		if (is_from(event, "__get_vm_area_node"))
			return see_range(look, event);
		return bulk_areas_is_array(event) ? see_array(look, event) : 0;
	case TRACE_KFREE:
		return see_array_free(look, event);
	default:
		return 0;
	}
}

static int read_trace(struct look *look, const char *path,
		      struct import_report *report)
{
	struct trace_reader reader;
	struct trace_event event;
	int got;

	if (trace_reader_open(&reader, path, report, look->errors) < 0)
		return -1;
	while ((got = trace_reader_next(&reader, &event, look->errors)) > 0) {
		if (see(look, &event) < 0) {
			got = -1;
			break;
		}
	}
	trace_reader_close(&reader);
	return got;
}

static int read_areas(struct bulk_areas *areas, const char *path,
		      const struct import_report *of, struct errors *errors)
{
	struct look look = { .areas = areas, .errors = errors };
	struct import_report *report = import_report_ahead(of, path, errors);
	int err;

	if (!report)
		return -1;
	err = read_trace(&look, path, report);
	number_map_release(&look.array);
	number_map_release(&look.open);
	number_map_release(&look.last);
	number_map_release(&look.asked);
	free(look.freed);
	import_report_free(report);
	return err;
}

int bulk_areas_next(struct bulk_areas *areas, const char *path,
		    const struct import_report *of,
		    const struct bulk_area **area, struct errors *errors)
{
	static const struct bulk_area none = { .pages = 0 };

	if (!areas->read && read_areas(areas, path, of, errors) < 0)
		return -1;
	areas->read = true;
	/* More than there were: somebody writes to the file. */
	*area = areas->next < areas->nr ? &areas->area[areas->next++] : &none;
	return 0;
}

void bulk_areas_release(struct bulk_areas *areas)
{
	free(areas->area);
	free(areas->frame);
	*areas = BULK_AREAS_NONE;
}
