/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the place where something fails to whoever writes the log.
 *
 *	page_slow_path, vmalloc --warn_alloc()--+
 *	slub --slab_out_of_memory()-------------+--> task_ops.report --> log
 *	oom --dump_header()---------------------+
 *
 * Rules (Linux 6.1):
 *
 * - __GFP_NOWARN keeps a failure out of the log (warn_alloc(),
 *   mm/page_alloc.c), and an allocation that loops for ever writes nothing.
 *   Both are reported all the same, marked as silent: a log leaves them out, an
 *   explanation does not.
 * - How often each kind may be written is a matter of time, which models don't
 *   know: the listener's (__ratelimit()).
 */

#include "models/report.h"

#include <stdarg.h>
#include <stdio.h>

#include "models/gfp.h"

#define WHAT_MAX 128

void report_tell(struct memory *memory, const struct report *report)
{
	if (memory->tasks->report)
		memory->tasks->report(memory, memory->tasks_argument, report);
}

/* has_managed_dma() */
static bool has_dma(const struct memory *memory)
{
	for (uint32_t i = 0; i < memory->nr_zones; i++)
		if (memory->zone[i].type == ZONE_DMA &&
		    memory->zone[i].managed_pages)
			return true;
	return false;
}

/* warn_alloc() */
static enum report_silence silence_of(const struct memory *memory, gfp_t gfp)
{
	if (gfp & __GFP_NOWARN)
		return REPORT_NOWARN;
	return gfp & __GFP_DMA && !has_dma(memory) ? REPORT_NO_DMA :
						     REPORT_WRITTEN;
}

void report_no_pages(struct memory *memory, gfp_t gfp, const char *format, ...)
{
	char what[WHAT_MAX];
	va_list arguments;

	if (!memory->tasks->report)
		return;
	va_start(arguments, format);
	vsnprintf(what, sizeof what, format, arguments);
	va_end(arguments);
	report_tell(memory,
		    &(struct report){ .kind = REPORT_NO_PAGES,
				      .silence = silence_of(memory, gfp),
				      .gfp = gfp,
				      .what = what });
}

void report_page_failure(struct memory *memory,
			 const struct page_failure *failure)
{
	struct report report = {
		.kind = REPORT_NO_PAGES,
		.silence = silence_of(memory, failure->gfp),
		.gfp = failure->gfp,
		.order = failure->order,
		.pages = failure,
	};
	char what[WHAT_MAX];

	if (!memory->tasks->report)
		return;
	if (failure->reason == REASON_STUCK ||
	    failure->reason == REASON_NOFAIL_LOOP)
		report.silence = REPORT_LOOPS;
	snprintf(what, sizeof what, "page allocation failure: order:%u",
		 failure->order);
	report.what = what;
	report_tell(memory, &report);
}
