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
 * but not which. Left out: areas with an array of more than a page (2 MiB with
 * pages of 4 KiB), which is from vmalloc itself, so that a line that says more
 * than the largest page has is damaged; other users of bulk, such as NFS and
 * network drivers.
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

/* A page freed, and the one that the same task freed before it. */
struct freed {
	pfn_t pfn;
	size_t before; /* its number + 1; 0: none */
};

/* While the trace is read. */
struct look {
	struct bulk_areas *areas;
	struct number_map array; /* pointer -> area's number */
	struct number_map open;	 /* task -> area that it takes pages for */
	struct number_map last;	 /* task -> page freed last, number + 1 */
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

bool bulk_areas_is_array(const struct trace_event *event)
{
	static const char *const sites[] = { "__vmalloc_node_range",
					     "__vmalloc_area_node" };

	if (event->kind != TRACE_KMALLOC || !event->ok || !event->call_site ||
	    event->bytes_req > ARRAY_BYTES_MAX ||
	    event->bytes_req % pointer_bytes(event))
		return false;
	for (size_t i = 0; i < sizeof(sites) / sizeof(*sites); i++)
		if (event->call_site_length >= strlen(sites[i]) &&
		    memcmp(event->call_site, sites[i], strlen(sites[i])) == 0)
			return true;
	return false;
}

/* ---- the reading --------------------------------------------------------- */

static int see_array(struct look *look, const struct trace_event *event)
{
	struct bulk_areas *areas = look->areas;
	size_t nr = areas->nr;
	struct bulk_area *area =
		host_grow(areas->area, &areas->room, nr + 1, sizeof(*area));

	if (!area)
		return error_host(look->errors, "no memory for the trace");
	areas->area = area;
	area[nr] = (struct bulk_area){
		.pages = (uint32_t)(event->bytes_req / pointer_bytes(event)),
		.before = look->nr_freed,
	};
	areas->nr++;
	if (number_map_set(&look->open, event->line.pid, nr, 0, look->errors))
		return -1;
	return number_map_set(&look->array, event->ptr, nr, 0, look->errors);
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
		.before = slot ? (size_t)slot->value : 0,
	};
	return number_map_set(&look->last, event->line.pid, look->nr_freed, 0,
			      look->errors);
}

/*
 * The pages that the task freed last are the area's, if there are as many since
 * it was made.
 */
static int find_frames(struct look *look, const struct trace_event *event,
		       struct bulk_area *area)
{
	struct bulk_areas *areas = look->areas;
	struct number_slot *slot =
		number_map_find(&look->last, event->line.pid);
	size_t freed = slot ? (size_t)slot->value : 0;
	pfn_t *frame = host_grow(areas->frame, &areas->frame_room,
				 areas->nr_frames + area->pages,
				 sizeof(*frame));
	uint32_t left = area->pages;

	if (!frame)
		return error_host(look->errors, "no memory for the trace");
	areas->frame = frame;
	while (left && freed > area->before) {
		frame[areas->nr_frames + --left] = look->freed[freed - 1].pfn;
		freed = look->freed[freed - 1].before;
	}
	if (left)
		return 0;
	area->known = true;
	area->first = areas->nr_frames;
	areas->nr_frames += area->pages;
	return 0;
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
		       find_frames(look, event, &look->areas->area[area]) :
		       0;
}

static int see(struct look *look, const struct trace_event *event)
{
	/* Something else that its task does: an area's pages are taken. */
	if (event->line.ctx == CONTEXT_PROCESS &&
	    event->kind != TRACE_PAGE_ALLOC && event->kind != TRACE_PAGE_FREE)
		number_map_remove(&look->open, event->line.pid);
	switch (event->kind) {
	case TRACE_PAGE_ALLOC:
		see_page_alloc(look, event);
		return 0;
	case TRACE_PAGE_FREE:
		return see_page_free(look, event);
	case TRACE_KMALLOC:
		number_map_remove(&look->array, event->ptr);
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
