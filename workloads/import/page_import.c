/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page events as calls. The recorded frames are followed only as far as it
 * takes to know whose page a free gives back:
 *
 * - a free of what the trace allocated names the allocation, so that the
 *   simulated kernel frees its own frame, wherever that is;
 * - a free of a part of it (the kernel splits blocks: split_page() for
 *   alloc_pages_exact(), split_huge_page()) names the part;
 * - a free of what the trace never allocated names the frame;
 * - an allocation of a frame that is still live here means that the trace
 *   lost the free: it is supplied just before;
 * - pages that vmalloc takes in bulk are allocated where it asks for the array
 *   of them, though they have no event (bulk_areas.c), or later, if somebody
 *   has one of them then:
 *
 *	CPU 0	asks for the array, then may sleep		goes on
 *	CPU 1		frees a page of those that it will take
 *		                                               ^ taken here
 *
 *   A task may have no more events: then just before one of them is freed that
 *   nobody has, or, of areas that are never freed, at the end. Those are by the
 *   task that asked, on its CPU;
 *
 * Where reclaim is left to the run, lru_import.c has a word in all of these.
 *
 * The trace does not say which node an allocation asked for: `node: any`, but
 * for pages that vmalloc takes in bulk: the node that it wants the array on;
 * and for callers that choose one themselves: the node of the frame that they
 * got (`node: recorded`). Those are, in Linux 6.1:
 *
 * - all with __GFP_THISNODE, who get no page of another;
 * - khugepaged, which makes a huge page where most of its small ones are
 *   (hpage_collapse_find_target_node());
 * - per-CPU memory, a page of each CPU's node (pcpu_alloc_pages()). It asks for
 *   __GFP_HIGHMEM as few others do: with GFP_KERNEL alone, or so that it may
 *   fail (pcpu_alloc(), pcpu_balance_populated()).
 */
#include <stdlib.h>
#include <string.h>

#include "sim/base/host.h"
#include "workloads/import/lru_import.h"
#include "workloads/import/page_import.h"

int page_import_init(struct page_import *import, const char *path,
		     struct import_report *report, struct errors *errors)
{
	*import = (struct page_import){
		.names = names_new(),
		.path = path,
		.report = report,
		.errors = errors,
		.tasks = true,
	};
	if (!import->names)
		return error_host(errors, "no memory for names");
	return 0;
}

int page_import_start(struct page_import *import,
		      const struct trace_event *event, enum call_op op,
		      struct call *call)
{
	const struct trace_line *line = &event->line;

	*call = (struct call){
		.t_ns = event->t_ns,
		.op = (uint8_t)op,
		.cpu = (cpu_t)line->cpu,
		.ctx = (uint8_t)line->ctx,
		.node = NODE_ANY,
		.has = line->can_sleep ? CALL_CAN_SLEEP : 0,
	};
	if (!import->tasks || !line->comm_length)
		return 0;
	call->task = names_intern(import->names, line->comm, line->comm_length);
	if (!call->task)
		return error_host(import->errors, "no memory for names");
	return 0;
}

void page_import_write(struct page_import *import, const struct call *call)
{
	workload_write_call(&import->writer, call);
	import->report->calls++;
}

int page_import_write_free(struct page_import *import,
			   const struct trace_event *event,
			   const struct piece *piece)
{
	struct call call;

	if (page_import_start(import, event, OP_FREE_PAGES, &call) < 0)
		return -1;
	call.has |= CALL_HAS_ID;
	call.id = piece->id;
	if (piece->part) {
		call.has |= CALL_HAS_PAGE | CALL_HAS_ORDER;
		call.page = piece->page;
		call.order = piece->order;
		import->report->part_frees++;
	}
	page_import_write(import, &call);
	return 0;
}

static int free_piece(struct page_import *import,
		      const struct trace_event *event,
		      const struct piece *piece, bool supplied)
{
	int left_out = 0;

	if (import->lru)
		left_out = lru_import_free(import->lru, event, piece, supplied);
	if (left_out < 0)
		return -1;
	live_pages_remove(&import->live, piece);
	if (left_out)
		return 0;
	if (page_import_write_free(import, event, piece) < 0)
		return -1;
	import->report->supplied_frees += supplied;
	return import->lru ? lru_import_freed(import->lru, event, piece) : 0;
}

static int free_unknown(struct page_import *import,
			const struct trace_event *event, pfn_t pfn,
			unsigned int order)
{
	struct piece piece = { .id = 0 };
	struct call call;
	int left_out = 0;

	if (import->lru)
		left_out = lru_import_find(import->lru, event, order, &piece);
	if (left_out)
		return left_out < 0 ? -1 : 0;
	if (piece.id)
		return page_import_write_free(import, event, &piece);
	if (page_import_start(import, event, OP_FREE_PAGES, &call) < 0)
		return -1;
	call.has |= CALL_HAS_PFN | CALL_HAS_ORDER;
	call.pfn = pfn;
	call.order = (order_t)order;
	import->report->unknown_frees++;
	page_import_write(import, &call);
	return 0;
}

static int take_due(struct page_import *import, const struct trace_event *event,
		    pfn_t pfn);

static int free_block(struct page_import *import,
		      const struct trace_event *event, pfn_t pfn,
		      unsigned int order)
{
	struct piece piece;
	int taken = 0;

	if (!live_pages_overlapping(&import->live, pfn, order, &piece)) {
		taken = order ? 0 : take_due(import, event, pfn);
		if (taken <= 0)
			return taken ? -1 :
				       free_unknown(import, event, pfn, order);
		live_pages_overlapping(&import->live, pfn, order, &piece);
	}
	if (piece.order >= order) {
		if (piece.order > order &&
		    live_pages_split(&import->live, pfn, order, &piece,
				     import->errors) < 0)
			return -1;
		return free_piece(import, event, &piece, false);
	}
	/* Smaller pieces in a larger free: only a trace with gaps has that. */
	order--;
	if (free_block(import, event, pfn, order) < 0)
		return -1;
	return free_block(import, event, pfn + (1u << order), order);
}

static int supply_frees(struct page_import *import,
			const struct trace_event *event)
{
	struct piece piece;

	while (live_pages_overlapping(&import->live, event->pfn, event->order,
				      &piece))
		if (free_piece(import, event, &piece, true) < 0)
			return -1;
	return 0;
}

static bool chooses_its_node(const struct trace_event *event)
{
	static const char khugepaged[] = "khugepaged";
	const gfp_t may_fail = __GFP_NORETRY | __GFP_NOWARN;
	const struct trace_line *line = &event->line;
	gfp_t gfp = event->gfp & ~__GFP_HIGHMEM;

	if (event->gfp & __GFP_THISNODE)
		return true;
	if (event->order)
		return line->comm_length == sizeof(khugepaged) - 1 &&
		       memcmp(line->comm, khugepaged, line->comm_length) == 0;
	return event->gfp & __GFP_HIGHMEM &&
	       (gfp == GFP_KERNEL || gfp == (GFP_KERNEL | may_fail));
}

static int alloc_block(struct page_import *import,
		       const struct trace_event *event)
{
	struct piece piece = { .pfn = event->pfn, .order = event->order };
	struct call call;
	int left_out = 0;

	if (event->ok && supply_frees(import, event) < 0)
		return -1;
	if (page_import_start(import, event, OP_ALLOC_PAGES, &call) < 0)
		return -1;
	piece.id = import->last_id + 1;
	call.gfp = event->gfp;
	if (import->lru)
		left_out = lru_import_alloc(import->lru, event, &call, &piece);
	if (left_out < 0)
		return -1;
	if (event->ok && live_pages_add(&import->live, &piece, import->errors))
		return -1;
	if (left_out)
		return 0;
	if (call.op == OP_TOUCH) { /* it has its page for longer */
		call.id = piece.id;
		call.has |= CALL_HAS_ID;
		page_import_write(import, &call);
		return 0;
	}
	call.id = ++import->last_id;
	call.order = event->order;
	call.has |= CALL_HAS_ID | CALL_HAS_ORDER | CALL_HAS_GFP |
		    CALL_HAS_RECORDED_OK;
	if (event->ok) {
		call.has |= CALL_RECORDED_OK | CALL_HAS_RECORDED_PFN;
		call.recorded_pfn = event->pfn;
		if (chooses_its_node(event))
			call.node = NODE_RECORDED;
	}
	import->report->failed_allocs += !event->ok;
	page_import_write(import, &call);
	return 0;
}

/* One page of an area; PFN_NONE: nobody knows which. `by`: who takes it. */
static int alloc_unseen(struct page_import *import, const struct call *by,
			const struct bulk_wanted *wanted, pfn_t pfn)
{
	struct piece piece = { .pfn = pfn, .id = ++import->last_id };
	struct call call = *by;

	call.op = OP_ALLOC_PAGES;
	call.id = piece.id;
	call.gfp = wanted->gfp | __GFP_HIGHMEM | __GFP_NOWARN;
	call.node = wanted->node;
	call.has |= CALL_HAS_ID | CALL_HAS_ORDER | CALL_HAS_GFP;
	import->report->bulk_pages++;
	if (pfn != PFN_NONE) {
		call.has |= CALL_HAS_RECORDED_OK | CALL_RECORDED_OK |
			    CALL_HAS_RECORDED_PFN;
		call.recorded_pfn = pfn;
		import->report->bulk_found++;
		if (live_pages_add(&import->live, &piece, import->errors) < 0)
			return -1;
	}
	page_import_write(import, &call);
	return 0;
}

/* An area that is not known may have any. */
static pfn_t bulk_frame(const struct page_import *import,
			const struct bulk_area *area, uint32_t page)
{
	return area->known ? import->bulk.frame[area->first + page] : PFN_NONE;
}

/* Of the pages that it will take, some are still in use. */
static bool takes_later(const struct page_import *import,
			const struct bulk_area *area)
{
	struct piece piece;

	for (uint32_t i = 0; area->known && i < area->pages - area->traced; i++)
		if (live_pages_covering(&import->live,
					bulk_frame(import, area, i), &piece))
			return true;
	return false;
}

/*
 * Somebody still has the frame that a page of the area had: by an event, its
 * free is supplied; at the end, where there is none, nobody knows which it was.
 */
static int take_page(struct page_import *import,
		     const struct trace_event *event, const struct call *by,
		     const struct bulk_wanted *wanted, pfn_t pfn)
{
	struct trace_event page = { .pfn = pfn };
	struct piece piece;

	if (event)
		page = *event;
	page.pfn = pfn;
	page.order = 0;
	if (pfn != PFN_NONE && event && supply_frees(import, &page) < 0)
		return -1;
	if (pfn != PFN_NONE && !event &&
	    live_pages_covering(&import->live, pfn, &piece)) {
		import->report->bulk_unplaced++;
		pfn = PFN_NONE;
	}
	return alloc_unseen(import, by, wanted, pfn);
}

static int take_bulk(struct page_import *import,
		     const struct trace_event *event, const struct call *by,
		     const struct bulk_wanted *wanted)
{
	const struct bulk_area *area = wanted->area;

	for (uint32_t i = 0; i < area->pages - area->traced; i++)
		if (take_page(import, event, by, wanted,
			      bulk_frame(import, area, i)) < 0)
			return -1;
	return 0;
}

/* By the task that asked, but now. */
static int take_for(struct page_import *import, const struct trace_event *event,
		    const struct bulk_wanted *wanted, uint64_t t_ns)
{
	struct call by = wanted->by;

	by.t_ns = t_ns;
	return take_bulk(import, event, &by, wanted);
}

static bool has_frame(const struct page_import *import,
		      const struct bulk_area *area, pfn_t pfn)
{
	for (uint32_t i = 0; area->known && i < area->pages - area->traced; i++)
		if (bulk_frame(import, area, i) == pfn)
			return true;
	return false;
}

/* The free of a frame that nobody has: it is an area's, if one waits for it. */
static int take_due(struct page_import *import, const struct trace_event *event,
		    pfn_t pfn)
{
	struct bulk_wanted wanted;
	size_t i = 0;

	while (i < import->nr_wanted &&
	       !has_frame(import, import->wanted[i].area, pfn))
		i++;
	if (i == import->nr_wanted)
		return 0;
	wanted = import->wanted[i];
	import->nr_wanted--;
	memmove(&import->wanted[i], &import->wanted[i + 1],
		(import->nr_wanted - i) * sizeof(wanted));
	return take_for(import, event, &wanted, event->t_ns) < 0 ? -1 : 1;
}

int page_import_end(struct page_import *import, uint64_t t_ns)
{
	for (size_t i = 0; i < import->nr_wanted; i++)
		if (take_for(import, NULL, &import->wanted[i], t_ns) < 0)
			return -1;
	import->nr_wanted = 0;
	return 0;
}

static int take_bulk_later(struct page_import *import,
			   const struct bulk_wanted *wanted)
{
	struct bulk_wanted *grown =
		host_grow(import->wanted, &import->wanted_room,
			  import->nr_wanted + 1, sizeof(*grown));

	if (!grown)
		return error_host(import->errors, "no memory for the trace");
	import->wanted = grown;
	grown[import->nr_wanted++] = *wanted;
	return 0;
}

int page_import_bulk(struct page_import *import,
		     const struct trace_event *event)
{
	struct bulk_wanted wanted = { .pid = event->line.pid,
				      .node = event->node };
	bool later = false;
	int err;

	if (!bulk_areas_is_array(event))
		return 0;
	if (page_import_start(import, event, OP_ALLOC_PAGES, &wanted.by) < 0)
		return -1;
	do {
		if (bulk_areas_next(&import->bulk, import->path, import->report,
				    &wanted.area, import->errors) < 0)
			return -1;
		wanted.gfp = wanted.area->traced ? wanted.area->gfp :
						   event->gfp;
		later = later || takes_later(import, wanted.area);
		err = later ? take_bulk_later(import, &wanted) :
			      take_bulk(import, event, &wanted.by, &wanted);
	} while (!err && wanted.area->is_array);
	return err ? -1 : 1;
}

int page_import_resume(struct page_import *import,
		       const struct trace_event *event)
{
	struct call by;
	size_t left = 0;

	if (!import->nr_wanted || event->line.ctx != CONTEXT_PROCESS)
		return 0;
	if (page_import_start(import, event, OP_ALLOC_PAGES, &by) < 0)
		return -1;
	for (size_t i = 0; i < import->nr_wanted; i++) {
		const struct bulk_wanted *wanted = &import->wanted[i];

		if (wanted->pid != event->line.pid)
			import->wanted[left++] = *wanted;
		else if (take_bulk(import, event, &by, wanted) < 0)
			return -1;
	}
	import->nr_wanted = left;
	return 0;
}

int page_import_event(struct page_import *import,
		      const struct trace_event *event)
{
	uint64_t before = import->report->calls;
	int err;

	if (event->kind == TRACE_PAGE_ALLOC)
		err = alloc_block(import, event);
	else
		err = free_block(import, event, event->pfn, event->order);
	if (import->report->calls == before)
		trace_event_skipped(event, import->skip);
	else
		trace_event_used(event);
	return err;
}

void page_import_release(struct page_import *import)
{
	live_pages_release(&import->live);
	bulk_areas_release(&import->bulk);
	free(import->wanted);
	names_free(import->names);
}
