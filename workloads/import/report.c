/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The counters of an import, and their text.
 */
#include <stdlib.h>
#include <string.h>

#include "models/gfp.h"
#include "sim/base/host.h"
#include "workloads/import/report.h"

const char *const import_skip_meanings[NR_IMPORT_SKIPS] = {
#define X(name, meaning) [IMPORT_SKIP_##name] = meaning,
	IMPORT_SKIPS(X)
#undef X
};

struct import_kind *import_report_kind(struct import_report *report,
				       const char *name, size_t length)
{
	struct import_kind *kind;
	size_t i;

	for (i = 0; i < report->nr_kinds; i++) {
		kind = &report->kind[i];
		if (strncmp(kind->name, name, length) == 0 &&
		    kind->name[length] == '\0')
			return kind;
	}
	if (report->nr_kinds < IMPORT_KINDS_MAX) {
		kind = &report->kind[report->nr_kinds];
		kind->name = host_alloc(1, length + 1);
		if (kind->name) {
			memcpy(kind->name, name, length);
			report->nr_kinds++;
			return kind;
		}
	}
	report->other_kinds++;
	return NULL;
}

void import_report_cpu(struct import_report *report, uint32_t cpu)
{
	report->cpus[cpu / 64] |= (uint64_t)1 << cpu % 64;
}

uint32_t import_report_nr_cpus(const struct import_report *report)
{
	uint32_t nr = 0;
	size_t i;

	for (i = 0; i < MAX_CPUS / 64; i++)
		nr += (uint32_t)__builtin_popcountll(report->cpus[i]);
	return nr;
}

static void add(struct text *text, uint64_t count, const char *what)
{
	if (!count)
		return;
	text_add_counted(text, 12, count, what);
	text_add(text, "\n");
}

static void add_kind(struct text *text, const struct import_kind *kind)
{
	int skip;

	if (kind->used)
		text_add(text, "%12llu %s: used\n",
			 (unsigned long long)kind->used, kind->name);
	for (skip = 0; skip < NR_IMPORT_SKIPS; skip++) {
		if (!kind->skipped[skip])
			continue;
		text_add(text, "%12llu %s: skipped, %s",
			 (unsigned long long)kind->skipped[skip], kind->name,
			 import_skip_meanings[skip]);
		if (kind->first_line[skip])
			text_add(text, ": %sline %llu",
				 kind->skipped[skip] > 1 ? "first in " : "",
				 (unsigned long long)kind->first_line[skip]);
		text_add(text, "\n");
	}
}

static void add_lost(const struct import_report *report, struct text *text)
{
	text_add_counted(text, 12, report->lost_events,
			 "event[s] lost, says the trace, in ");
	text_add_counted(text, 0, report->lost_marks, "place[s]\n");
}

static void add_lines(const struct import_report *report, struct text *text)
{
	uint64_t shown = report->unreadable < IMPORT_LINES_KEPT ?
				 report->unreadable :
				 IMPORT_LINES_KEPT;
	uint64_t i;

	add(text, report->lines, "line[s] read");
	add(text, report->events, "of them event[s]");
	add(text, report->overwritten,
	    "event[s] overwritten before the first line");
	if (report->lost_marks)
		add_lost(report, text);
	add(text, report->stack_lines, "line[s] of call chains, not used");
	add(text, report->no_context,
	    "event[s] without a context: guessed by the task");
	add(text, report->softirq_tasks,
	    "of them in a soft interrupt: idle tasks and ksoftirqd");
	if (report->no_context)
		add(text, report->no_context - report->softirq_tasks,
		    "of them in a process");
	if (report->unreadable) {
		text_add_counted(text, 12, report->unreadable,
				 "line[s] that [is|are] nothing known: line");
		for (i = 0; i < shown; i++)
			text_add(
				text, " %llu",
				(unsigned long long)report->unreadable_line[i]);
		text_add(text, "%s\n", shown < report->unreadable ? " …" : "");
	}
	if (report->unfinished)
		text_add(text, "%12s the last line is cut off\n", "");
}

static void add_calls(const struct import_report *report, struct text *text)
{
	add(text, report->calls, "event[s] in the workload");
	add(text, report->failed_allocs, "allocation[s] failed");
	add(text, report->unknown_frees,
	    "free[s] of pages that the trace never allocated");
	add(text, report->part_frees, "free[s] of a part of an allocation");
	add(text, report->supplied_frees,
	    "free[s] supplied: allocated again while live, so a free was lost");
	add(text, report->bulk_pages,
	    "page[s] that vmalloc took in bulk, by the size of its arrays");
	add(text, report->bulk_found, "of them found again when freed");
	add(text, report->bulk_unplaced,
	    "of them could not be placed: their frames were in use");
	add(text, report->live_at_end, "block[s] live at the end");
	add(text, report->live_pages_at_end, "page[s] in [it|them]");
	add(text, report->caches, "cache[s]");
	add(text, report->caches_guessed,
	    "object[s] whose cache is guessed from call site and size");
	add(text, report->supplied_object_frees,
	    "free[s] of objects supplied: allocated again while live");
	add(text, report->live_objects_at_end, "object[s] live at the end");
	add(text, report->missing_gfp,
	    "event[s] without [its|their] GFP flags, as kernels print "
	    "[it|them] with nohash-ptr: taken for none");
	add(text, report->unknown_gfp,
	    "event[s] with unknown GFP flags in part");
	if (report->gfp_masks)
		text_add(text,
			 "%12llu event%s with GFP masks as numbers, read by "
			 "the bits of Linux %s%s\n",
			 (unsigned long long)report->gfp_masks,
			 plural(report->gfp_masks), report->gfp_kernels,
			 report->gfp_version ? "" : ", a guess");
	add(text, report->clamped_times, "time[s] that stepped back, held");
}

static void add_reclaim(const struct import_report *report, struct text *text)
{
	char gfp[GFP_TEXT_MAX];

	add(text, report->lru_allocs[PAGE_LRU_FILE],
	    "allocation[s] taken for page cache");
	add(text, report->lru_dirty, "of them dirty");
	add(text, report->lru_allocs[PAGE_LRU_ANON],
	    "allocation[s] taken for anonymous memory");
	for (size_t i = 0; i < report->nr_sites; i++) {
		const struct import_site *site = &report->site[i];

		gfp_format(site->gfp, gfp);
		text_add(text, "%12llu %s, %llu reclaimed: order %u, %s\n",
			 (unsigned long long)site->allocations,
			 site->lru == PAGE_LRU_FILE ? "page cache" :
						      "anonymous",
			 (unsigned long long)site->taken, site->order, gfp);
	}
	add(text, report->swapped_in,
	    "page[s] read back from swap: [a use|uses] of the one[s] that went "
	    "first");
	add(text, report->swapped_freed,
	    "page[s] in swap freed: [its|their] process ended");
	add(text, report->shared_taken,
	    "page[s] of shared memory or tmpfs left to reclaim");
	add(text, report->truncates,
	    "file[s] truncated with [its|their] last page");
	add(text, report->reclaim_kept,
	    "free[s] by reclaim kept: no LRU page that the trace knows");
	add(text, report->moved_freed,
	    "free[s] of frames guessed to be pages that compaction moved");
	add(text, report->moved_reclaimed, "such free[s] by reclaim, left out");
	add(text, report->start_pages,
	    "page[s] of before the trace, taken to be on LRU lists");
	add(text, report->moved_at_end,
	    "page[s] that compaction moved, never seen again");
}

void import_report_add(const struct import_report *report, struct text *text)
{
	unsigned int nr_cpus = import_report_nr_cpus(report);
	size_t i;

	add_lines(report, text);
	text_add(text, "%12.6f s from first to last, on %u CPU%s\n",
		 (double)report->span_ns / 1e9, nr_cpus, plural(nr_cpus));
	for (i = 0; i < report->nr_kinds; i++)
		add_kind(text, &report->kind[i]);
	add(text, report->other_kinds, "event[s] of still other names");
	add_calls(report, text);
	add_reclaim(report, text);
}

void import_report_release(struct import_report *report)
{
	size_t i;

	for (i = 0; i < report->nr_kinds; i++)
		free(report->kind[i].name);
	report->nr_kinds = 0;
}

struct import_report *import_report_ahead(const struct import_report *of,
					  const char *path,
					  struct errors *errors)
{
	struct import_report *report = host_alloc(1, sizeof(*report));

	if (!report) {
		error_host(errors, "no memory to read %s", path);
		return NULL;
	}
	report->gfp_version = of->gfp_version;
	report->interrupted = of->interrupted;
	return report;
}

void import_report_free(struct import_report *report)
{
	import_report_release(report);
	free(report);
}
