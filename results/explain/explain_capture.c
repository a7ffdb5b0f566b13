/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sink that goes with a run up to the failure that is to be explained, and
 * looks at the machine at that moment.
 *
 *	operations before	which line made which id
 *	the call begins
 *	  no block for it ----> report: the zones, who holds what; a call may
 *	  no block for it ----> have several such requests: the last one counts
 *	the call ends --------> operation: what is left to say, and stop
 *
 * Reports come in the middle of the call, so the state is that which the
 * request found. What fails without one (no addresses, an empty pool, a
 * device's mask) is looked at when the call has ended; others may have come in
 * between by then, if the call took time.
 */

#include "results/explain/explain_internal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "models/gfp.h"
#include "sim/base/host.h"

struct capture {
	struct sink sink; /* must be first */
	struct explanation *e;
	const struct kernel *kernel;
	const struct names *names;
	struct explain_lines lines;
	struct report_text text;
	bool looked; /* in a report */
	volatile int stop;
};

const char *explain_keep(struct explanation *e, const char *format, ...)
{
	char text[512];
	const char *kept;
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	kept = arena_strndup(e->arena, text, strlen(text));
	e->no_memory |= !kept;
	return kept ? kept : "";
}

void *explain_alloc(struct explanation *e, size_t bytes)
{
	void *memory = arena_alloc(e->arena, bytes);

	e->no_memory |= !memory;
	return memory;
}

/* ---- which line made which id -------------------------------------------- */

static bool has_id(const struct call *call)
{
	return call->has & (CALL_HAS_ID | CALL_HAS_NAMED_ID);
}

/* -1: the host has no memory. */
static int keep_line(struct allocations *table, const struct call *call)
{
	struct allocation *entry = allocations_insert(table, call);

	if (!entry)
		return -1;
	entry->handle = call->line;
	entry->name = call->task;
	return 0;
}

static void drop_line(struct allocations *table, const struct call *call)
{
	if (allocations_find(table, call))
		allocations_remove(table, call);
}

/* What the call's id stood for is gone when it is over. */
static bool ends_allocation(const struct call *call)
{
	const op_set uses = OP_BIT(OP_KMAP) | OP_BIT(OP_KUNMAP) |
			    OP_BIT(OP_MEMSET) | OP_BIT(OP_READ) |
			    OP_BIT(OP_TOUCH);

	return !(uses & OP_BIT(call->op)) && !(call->has & CALL_HAS_PAGE);
}

static int note_seen(void *argument, const struct call *call)
{
	struct capture *capture = argument;
	struct allocations *pending = &capture->lines.pending;

	if (!has_id(call) || !call_makes_allocation(call) ||
	    allocations_find(pending, call))
		return 0;
	return keep_line(pending, call);
}

static int note_line(struct capture *capture, const struct call *call,
		     const struct outcome *outcome, struct errors *errors)
{
	struct explain_lines *lines = &capture->lines;

	if (!has_id(call))
		return 0;
	if (!call_makes_allocation(call)) {
		if (outcome->status == OUTCOME_OK && ends_allocation(call))
			drop_line(&lines->told, call);
		return 0;
	}
	drop_line(&lines->pending, call);
	drop_line(&lines->told, call);
	if (outcome->status == OUTCOME_OK && keep_line(&lines->told, call))
		return error_host(errors, "the lines of allocations");
	return 0;
}

/* ---- reports ------------------------------------------------------------- */

static void keep_request(struct capture *capture, const struct report *report)
{
	struct explanation *e = capture->e;
	struct explain_request *request;

	if (e->nr_requests++ >= EXPLAIN_REQUESTS_MOST)
		return;
	request = &e->request[e->nr_requests - 1];
	request->what = explain_keep(e, "%s", report->what ? report->what : "");
	request->gfp = report->gfp;
	request->order = report->order;
	request->silence = report->silence;
	request->reason = report->pages ? report->pages->reason : REASON_NONE;
}

/* What the kernel wrote; or, while that is nothing, what it kept back. */
static void keep_text(struct capture *capture,
		      const struct kernel_message *message)
{
	struct explanation *e = capture->e;
	bool written = message->report->silence == REPORT_WRITTEN;

	if (!written && e->reported && e->silence == REPORT_WRITTEN)
		return;
	if (!written || e->silence != REPORT_WRITTEN)
		text_release(&e->log);
	e->reported = true;
	e->silence = message->report->silence;
	report_text_add(&capture->text, message, true, &e->log);
}

static int capture_report(struct sink *sink,
			  const struct kernel_message *message,
			  const struct kernel *kernel, struct errors *errors)
{
	struct capture *capture = (struct capture *)sink;
	struct explanation *e = capture->e;
	const struct report *report = message->report;

	(void)errors;
	if (capture->stop || message->who.kind != ACTOR_CALL ||
	    message->who.number != e->failure.seq)
		return 0;
	keep_text(capture, message);
	if (report->kind == REPORT_NO_PAGES)
		keep_request(capture, report);
	if (!report->pages)
		return 0;
	e->has_pages = true;
	e->pages = *report->pages;
	e->tried = report->pages->efforts;
	if (e->tried)
		e->efforts = *report->pages->efforts;
	explain_zones(e, kernel, report->pages);
	explain_holders(e, kernel, capture->names, &capture->lines,
			report->pages);
	return 0;
}

/* ---- the end of the call ------------------------------------------------- */

/* The next range, busy or not yet purged, that ends above `offset`. */
static bool next_range(const struct vmalloc *vmalloc, uint64_t offset,
		       struct vmalloc_info *range)
{
	struct vmalloc_info lazy;
	bool has_area = vmalloc_next_area(vmalloc, offset, range);
	bool has_lazy = vmalloc_next_unpurged(vmalloc, offset, &lazy);

	if (has_lazy && (!has_area || lazy.start < range->start))
		*range = lazy;
	return has_area || has_lazy;
}

static void note_hole(struct explain_space *space, uint64_t bytes)
{
	space->free += bytes;
	if (bytes > space->largest_hole)
		space->largest_hole = bytes;
}

static void look_at_space(struct explanation *e, const struct kernel *kernel)
{
	struct explain_space *space = &e->space;
	struct vmalloc_info range;
	uint64_t offset = 0;

	e->has_space = true;
	*space =
		(struct explain_space){ .size = kernel->machine->vmalloc_size };
	while (next_range(kernel->vmalloc, offset, &range)) {
		if (range.start > offset)
			note_hole(space, range.start - offset);
		space->nr_areas++;
		offset = range.end;
	}
	if (offset < space->size)
		note_hole(space, space->size - offset);
	space->busy = space->size - space->free;
}

static void look_at_pool(struct capture *capture, const struct call *call)
{
	const struct kernel *kernel = capture->kernel;
	struct explanation *e = capture->e;
	uint32_t pool = mempool_find(kernel->mempools, call->name);
	struct mempool_info info;

	if (pool == MEMPOOL_NONE)
		return;
	mempool_info(kernel->mempools, pool, &info);
	e->has_pool = true;
	e->pool_min_nr = info.min_nr;
	e->pool_curr_nr = info.curr_nr;
	e->pool_outstanding = info.outstanding;
	explain_pool_holders(e, kernel, capture->names, &capture->lines, pool);
}

static const char *name_or_nothing(const struct capture *capture, uint32_t name)
{
	return name ? explain_keep(capture->e, "%s",
				   names_text(capture->names, name)) :
		      "";
}

static void look_at_end(struct capture *capture, const struct call *call)
{
	struct explanation *e = capture->e;
	struct text id = TEXT_EMPTY;

	e->failure.call = *call;
	e->gfp = call_gfp(call);
	e->name = name_or_nothing(capture, call->name);
	e->task = name_or_nothing(capture, call->task);
	explain_add_id(call, capture->names, &id);
	e->id = explain_keep(e, "%s", id.s ? id.s : "");
	e->no_memory |= id.failed;
	text_release(&id);
	if (e->failure.reason == REASON_ADDRESS_SPACE)
		look_at_space(e, capture->kernel);
	if (call->op == OP_MEMPOOL_ALLOC)
		look_at_pool(capture, call);
	if (call->op == OP_DMA_ALLOC_COHERENT)
		explain_look_at_device(e, capture->kernel, call);
}

static bool was_interrupted(const struct explanation *e)
{
	return e->options->interrupted && *e->options->interrupted;
}

static int capture_operation(struct sink *sink, const struct call *call,
			     const struct outcome *outcome,
			     struct errors *errors)
{
	struct capture *capture = (struct capture *)sink;

	if (capture->stop)
		return 0;
	capture->stop = was_interrupted(capture->e);
	if (outcome->seq != capture->e->failure.seq)
		return note_line(capture, call, outcome, errors);
	look_at_end(capture, call);
	if (capture->e->granted.is)
		explain_look_at_grant(capture->e, capture->kernel, call,
				      outcome);
	capture->looked = true;
	capture->stop = 1;
	return 0;
}

static int capture_begin(struct sink *sink, const struct kernel *kernel,
			 const struct names *names, struct errors *errors)
{
	struct capture *capture = (struct capture *)sink;
	struct explanation *e = capture->e;
	const struct machine_desc *machine = kernel->machine;

	(void)errors;
	capture->kernel = kernel;
	capture->names = names;
	capture->text.kernel = kernel;
	capture->text.names = names;
	e->page_shift = machine->page_shift;
	e->nr_orders = machine->nr_orders;
	e->places_guessed = machine->initial.nr_free_counts;
	e->start_given = machine->initial.exact || e->places_guessed;
	e->watermark_scale_factor = machine->sysctl.watermark_scale_factor;
	e->vmalloc_size = machine->vmalloc_size;
	return 0;
}

static const struct sink_ops capture_ops = {
	.name = "capture",
	.begin = capture_begin,
	.operation = capture_operation,
	.report = capture_report,
};

int explain_capture(struct explanation *e, struct errors *errors)
{
	struct capture capture = { .sink = { &capture_ops }, .e = e };
	struct explain_rerun rerun = {
		.options = e->options,
		.sink = &capture.sink,
		.stop = &capture.stop,
		.seen = note_seen,
		.argument = &capture,
	};
	enum engine_result result = explain_rerun(&rerun, errors);

	allocations_release(&capture.lines.told);
	allocations_release(&capture.lines.pending);
	report_text_release(&capture.text);
	explain_rerun_release(&rerun);
	errno = ENOMEM;
	if (e->no_memory || e->log.failed)
		return error_host(errors, "the explanation");
	if (result != ENGINE_DONE)
		return -1;
	errno = 0;
	return capture.looked || was_interrupted(e) ?
		       0 :
		       error_host(errors,
				  "operation %llu did not fail this time",
				  (unsigned long long)e->failure.seq);
}
