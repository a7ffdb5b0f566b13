/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kswapd in a replay that has its frees as calls.
 *
 *	dd       mm_vmscan_wakeup_kswapd
 *	kswapd0  mm_vmscan_kswapd_wake	-> kswapd_begin: balance_pgdat()
 *	kswapd0  mm_page_free …
 *	kswapd0  mm_shrink_slab_end	-> kswapd_end: its last event before
 *	kswapd0  mm_vmscan_kswapd_sleep	   it sleeps
 *
 * - While kswapd balances its node, the zones' per-CPU lists are kept short,
 *   and boosted watermarks last as long as it takes (balance_pgdat(), Linux
 *   6.1). The simulated one has nothing to reclaim in such a replay, and would
 *   be done at once, at other times.
 * - The event mm_vmscan_kswapd_wake comes just before balance_pgdat(). Its end
 *   has none: it is not before kswapd's last event of pages, and after that
 *   nothing is left but a look at the watermarks. What kswapd's last event is
 *   shows only later: the trace is read ahead. Where it begins anew and nobody
 *   has woken it, it has not slept but in the run itself, if at all: that run
 *   lasts until then.
 * - kcompactd empties the per-CPU lists of a zone that it has gone through in
 *   vain (kcompactd_do_work()).
 * - So does a task whose reclaim was of use, where it gets no page even so
 *   (__alloc_pages_direct_reclaim()). That shows where it reclaims once more
 *   without one; where it got a page then, the run finds out by itself
 *   (reclaim_direct()).
 *
 * What is not known: where the pages that compaction moved went to.
 */
#include <string.h>

#include "workloads/import/kswapd_import.h"

/* kswapd's and kcompactd's own doing, not that of an interrupt on top. */
static bool is_by(const struct trace_event *event, const char *name)
{
	const struct trace_line *line = &event->line;
	size_t length = strlen(name);

	return line->ctx == CONTEXT_PROCESS && line->comm_length > length &&
	       memcmp(line->comm, name, length) == 0;
}

/* While the trace is read ahead. */
struct look {
	struct kswapd_import *import;
	struct number_map runs;	   /* task -> its last event; extra: node */
	uint64_t asked[MAX_NODES]; /* the last event that woke its kswapd */
	uint64_t nr;		   /* of the event */
};

/*
 * A run is over behind its last event, if kswapd slept after it: somebody woke
 * it, or it says so. Else it lasts until the next one begins.
 */
static int see_end(struct look *look, const struct trace_event *event,
		   const struct number_slot *run)
{
	bool slept = event->kind == TRACE_KSWAPD_SLEEP ||
		     look->asked[run->extra] > run->value;

	return slept ? number_map_set(&look->import->ends, run->value,
				      run->extra, 0,
				      look->import->pages->errors) :
		       0;
}

static int see(struct look *look, const struct trace_event *event)
{
	struct errors *errors = look->import->pages->errors;
	uint64_t pid = event->line.pid;
	const struct number_slot *run;

	look->nr++;
	if (event->kind == TRACE_KSWAPD_ASKED)
		look->asked[event->node] = look->nr;
	if (!is_by(event, "kswapd"))
		return 0;
	run = number_map_find(&look->runs, pid);
	if (event->kind != TRACE_KSWAPD_BEGIN &&
	    event->kind != TRACE_KSWAPD_SLEEP)
		return run ? number_map_set(&look->runs, pid, look->nr,
					    run->extra, errors) :
			     0;
	if (run && see_end(look, event, run) < 0)
		return -1;
	if (event->kind == TRACE_KSWAPD_BEGIN)
		return number_map_set(&look->runs, pid, look->nr,
				      (uint32_t)event->node, errors);
	number_map_remove(&look->runs, pid);
	return 0;
}

static int read_trace(struct look *look, struct import_report *report)
{
	struct page_import *pages = look->import->pages;
	struct trace_reader reader;
	struct trace_event event;
	int got;

	if (trace_reader_open(&reader, pages->path, report, pages->errors) < 0)
		return -1;
	reader.kswapd = true;
	while ((got = trace_reader_next(&reader, &event, pages->errors)) > 0) {
		if (see(look, &event) < 0) {
			got = -1;
			break;
		}
	}
	trace_reader_close(&reader);
	return got;
}

static int read_ends(struct kswapd_import *import)
{
	struct page_import *pages = import->pages;
	struct import_report *report =
		import_report_ahead(pages->report, pages->path, pages->errors);
	struct look look = { .import = import };
	int err;

	if (!report)
		return -1;
	err = read_trace(&look, report);
	number_map_release(&look.runs);
	import_report_free(report);
	import->read = true;
	return err;
}

static int write_call(struct kswapd_import *import,
		      const struct trace_event *event, enum call_op op,
		      node_t node)
{
	struct call call;

	if (page_import_start(import->pages, event, op, &call) < 0)
		return -1;
	call.node = node;
	page_import_write(import->pages, &call);
	return 0;
}

/* From here on the run's own kswapd of that node is not woken. */
static int begin_recorded(struct kswapd_import *import,
			  const struct trace_event *event)
{
	uint64_t bit = UINT64_C(1) << event->node;

	if (!import->read && read_ends(import) < 0)
		return -1;
	if (import->recorded & bit)
		return 0;
	import->recorded |= bit;
	return write_call(import, event, OP_KSWAPD_END, event->node);
}

static int end_run(struct kswapd_import *import,
		   const struct trace_event *event, node_t node)
{
	import->running &= ~(UINT64_C(1) << node);
	return write_call(import, event, OP_KSWAPD_END, node);
}

static int begin_run(struct kswapd_import *import,
		     const struct trace_event *event)
{
	uint64_t bit = UINT64_C(1) << event->node;

	trace_event_used(event);
	if (begin_recorded(import, event) < 0)
		return -1;
	if (import->running & bit && end_run(import, event, event->node) < 0)
		return -1;
	import->running |= bit;
	return write_call(import, event, OP_KSWAPD_BEGIN, event->node);
}

/* pfn: of the zone's first frame; PFN_NONE: all zones. */
static int write_drain(struct kswapd_import *import,
		       const struct trace_event *event, pfn_t pfn)
{
	struct call call;

	if (page_import_start(import->pages, event, OP_DRAIN_ALL_PAGES, &call) <
	    0)
		return -1;
	if (pfn != PFN_NONE) {
		call.pfn = pfn;
		call.has |= CALL_HAS_PFN;
	}
	trace_event_used(event);
	page_import_write(import->pages, &call);
	return 0;
}

static int skip(const struct trace_event *event)
{
	trace_event_skipped(event, IMPORT_SKIP_RECLAIM);
	return 0;
}

/* The task's last reclaim was of use, and yet it got no page. */
static int reclaim_again(struct kswapd_import *import,
			 const struct trace_event *event)
{
	if (!import->recorded ||
	    !number_map_find(&import->helped, event->line.pid))
		return skip(event);
	number_map_remove(&import->helped, event->line.pid);
	return write_drain(import, event, PFN_NONE);
}

static int note_help(struct kswapd_import *import,
		     const struct trace_event *event)
{
	skip(event);
	return event->nr_reclaimed ?
		       number_map_set(&import->helped, event->line.pid, 0, 0,
				      import->pages->errors) :
		       0;
}

/* What the event itself says. */
static int take(struct kswapd_import *import, const struct trace_event *event)
{
	switch (event->kind) {
	case TRACE_PAGE_ALLOC:
		if (event->line.ctx == CONTEXT_PROCESS)
			number_map_remove(&import->helped, event->line.pid);
		return 0;
	case TRACE_KSWAPD_BEGIN:
		return is_by(event, "kswapd") ? begin_run(import, event) :
						skip(event);
	case TRACE_KSWAPD_ASKED:
		trace_event_used(event);
		return begin_recorded(import, event);
	case TRACE_KSWAPD_COMPACTED:
		if (!import->recorded || !event->ok ||
		    !is_by(event, "kcompactd"))
			return skip(event);
		return write_drain(import, event, event->pfn);
	case TRACE_KSWAPD_DIRECT:
		return reclaim_again(import, event);
	case TRACE_KSWAPD_RECLAIMED:
		return note_help(import, event);
	case TRACE_KSWAPD_SLEEP:
	case TRACE_KSWAPD_OTHER:
		return skip(event);
	default:
		return 0;
	}
}

int kswapd_import_event(struct kswapd_import *import,
			const struct trace_event *event)
{
	const struct number_slot *end;

	import->nr_events++;
	if (take(import, event) < 0)
		return -1;
	if (!import->read)
		return 0;
	end = number_map_find(&import->ends, import->nr_events);
	return end ? end_run(import, event, (node_t)end->value) : 0;
}

void kswapd_import_release(struct kswapd_import *import)
{
	number_map_release(&import->ends);
	number_map_release(&import->helped);
}
