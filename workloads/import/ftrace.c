/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `import ftrace`: from a trace's text to a workload.
 *
 *	lines --> trace_line --> trace_reader --> page_import --> writer
 *	                                      \-> call_import -/
 *
 * At the level of pages the trace is read once, with memory for what is live;
 * once more where reclaim is left to the run (lru_sites.c, lru_import.c) or
 * kswapd is in it (kswapd_import.c), and once more where vmalloc takes pages in
 * bulk (bulk_areas.c). At the level of calls it is read twice more, since what
 * a page or object is shows only later in the trace: see trace_survey.c.
 */
#include <string.h>

#include "workloads/import/call_import.h"
#include "workloads/import/format.h"
#include "workloads/import/ftrace.h"
#include "workloads/import/kswapd_import.h"
#include "workloads/import/lru_import.h"

static void write_head(struct page_import *import, const char *path,
		       enum import_level level,
		       const struct import_options *options, FILE *out)
{
	struct text comment = TEXT_EMPTY;
	struct text name = TEXT_EMPTY;

	import_add_name(&name, path);
	text_add(&comment,
		 "Imported from %s, a trace of a real kernel, at the "
		 "level of %s%s.\nThe counts are at the end.",
		 import_base_name(path),
		 level == IMPORT_PAGES ? "pages" : "calls",
		 options->model_reclaim ? ", with reclaim left to the run" :
					  "");
	workload_write_begin(&import->writer, out, import->names,
			     options->name ? options->name :
			     name.failed   ? "trace" :
					     name.s,
			     comment.s);
	text_release(&comment);
	text_release(&name);
}

static int write_end(struct page_import *import)
{
	struct import_report *report = import->report;
	/* Of areas never freed: the run has them, though nobody knows where. */
	uint64_t unfound = report->bulk_pages - report->bulk_found;
	struct text comment = TEXT_EMPTY;
	int err;

	report->live_at_end = import->live.map.nr + unfound;
	report->live_pages_at_end = import->live.pages + unfound;
	import_report_add(report, &comment);
	if (comment.length)
		comment.s[comment.length - 1] = '\0';
	err = workload_write_end(&import->writer, comment.s, import->errors);
	text_release(&comment);
	return err;
}

/* At the level of pages: what it tells of pages that have no event. */
static int import_object(struct page_import *import,
			 const struct trace_event *event)
{
	int used = page_import_bulk(import, event);

	if (used > 0)
		trace_event_used(event);
	else
		trace_event_skipped(event, IMPORT_SKIP_OBJECT);
	return used < 0 ? -1 : 0;
}

static int import_pages(struct page_import *import, struct trace_reader *reader)
{
	struct trace_event event;
	int got;

	while ((got = trace_reader_next(reader, &event, import->errors)) > 0) {
		int err = 0;

		if (page_import_resume(import, &event) < 0)
			return -1;
		if (import->lru && lru_import_begin(import->lru, &event) < 0)
			return -1;
		if (event.kind <= TRACE_PAGE_FREE)
			err = page_import_event(import, &event);
		else if (event.kind <= TRACE_CACHE_FREE)
			err = import_object(import, &event);
		else if (import->lru)
			err = lru_import_watch(import->lru, &event);
		if (!err && import->lru)
			err = lru_import_seen(import->lru, &event);
		if (!err && import->kswapd)
			err = kswapd_import_event(import->kswapd, &event);
		if (err < 0)
			return -1;
	}
	return got;
}

/* The same, with reclaim left to the run. */
static int import_lru_pages(struct page_import *import, const char *path,
			    struct trace_reader *reader)
{
	struct lru_import lru;
	int err;

	err = lru_import_init(&lru, import, path);
	if (!err) {
		workload_write_traced(&import->writer, &lru.sites.traced);
		import->lru = &lru;
		reader->reclaim = true;
		err = import_pages(import, reader);
		lru_import_report(&lru, import->report);
		import->lru = NULL;
	}
	lru_import_release(&lru);
	return err;
}

static int import_calls(struct page_import *import, const char *path,
			struct trace_reader *reader)
{
	struct trace_survey survey;
	int err;

	err = trace_survey_read(&survey, path, import->names, import->report,
				import->errors);
	if (!err)
		err = call_import_run(import, &survey, reader);
	trace_survey_release(&survey);
	return err;
}

/* With what the kernel reclaimed as calls. */
static int import_recorded(struct page_import *import, const char *path,
			   enum import_level level, struct trace_reader *reader)
{
	struct kswapd_import kswapd = KSWAPD_IMPORT_OF(import);
	int err;

	import->kswapd = &kswapd;
	reader->kswapd = true;
	err = level == IMPORT_PAGES ? import_pages(import, reader) :
				      import_calls(import, path, reader);
	import->kswapd = NULL;
	kswapd_import_release(&kswapd);
	return err;
}

/* The trace is open: its calls, between head and end. */
static int import_open(struct page_import *import, const char *path,
		       enum import_level level,
		       const struct import_options *options, FILE *out,
		       struct trace_reader *reader)
{
	int err, end;

	import->tasks = !options->no_tasks;
	write_head(import, path, level, options, out);
	if (options->model_reclaim)
		err = import_lru_pages(import, path, reader);
	else
		err = import_recorded(import, path, level, reader);
	if (err >= 0)
		err = page_import_end(import, reader->last_t_ns);
	end = write_end(import);
	return err < 0 || end < 0 ? -1 : 0;
}

int import_ftrace(const char *path, enum import_level level, FILE *out,
		  const struct import_options *options,
		  struct import_report *report, struct errors *errors)
{
	struct trace_reader reader;
	struct page_import import;
	int err;

	memset(report, 0, sizeof(*report));
	report->gfp_version = options->gfp_version;
	report->interrupted = options->interrupted;
	if (trace_reader_open(&reader, path, report, errors) < 0)
		return -1;
	err = page_import_init(&import, path, report, errors);
	if (!err)
		err = import_open(&import, path, level, options, out, &reader);
	page_import_release(&import);
	trace_reader_close(&reader);
	return err;
}
