/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The format `page_owner`: who holds memory, as allocations that stay.
 *
 *	page_owner --> blocks, by their age --> alloc_pages, task: who wanted it
 *
 * Each live allocation becomes a call, the oldest first, with its flags and
 * order, at the time that the kernel made it. Its `task` is the function that
 * wanted the pages, the first one that is no allocator's, behind the task's
 * name where the dump has it ("dd/alloc_skb"), so that all that looks at
 * tasks tells who is in the way. The config of the same machine starts
 * empty: what is free and what is used comes from these calls alone.
 *
 * A dump is no moment: pages are freed and allocated while it is read. Of two
 * allocations that share a page the later one is true.
 *
 * Left out: what was freed before the dump, in what context a call was made,
 * which node it asked for, and pages from before page_owner was on.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/base/host.h"
#include "workloads/import/format.h"
#include "workloads/import/live_pages.h"
#include "workloads/import/owner_reader.h"
#include "workloads/import/proc.h"
#include "workloads/import/trace_gfp.h"
#include "workloads/yaml/writer.h"

#define MASKS_LOOKED_AT 256
#define HOLDERS_SHOWN 10

struct owner_entry {
	uint64_t ts_ns;
	uint64_t mask; /* where `named` is false */
	gfp_t gfp;
	pfn_t pfn;
	uint32_t name; /* of `names` */
	order_t order;
	bool named; /* gfp is known by its names */
	bool overwritten;
};

struct owner_import {
	struct import_job *job;
	struct names *names;	   /* owned */
	struct owner_entry *entry; /* owned */
	size_t nr;
	size_t room;
	uint64_t *pages_of; /* owned: of each name */
	uint64_t overwritten;
	uint64_t pages;
	uint64_t without_ts;
	uint64_t masks;
	uint64_t unknown_gfp;
	uint64_t migrated;
	uint64_t unreadable;
	uint64_t unreadable_line[OWNER_LINES_KEPT];
	const char *gfp_kernels;
};

/* ---- reading ------------------------------------------------------------ */

static uint32_t name_of(struct owner_import *import, const struct owned *owned)
{
	struct text text = TEXT_EMPTY;
	uint32_t name = 0;

	if (owned->comm[0])
		text_add(&text, "%s/", owned->comm);
	text_add(&text, "%s", owned->site[0] ? owned->site : "unknown");
	if (!text.failed)
		name = names_intern(import->names, text.s, text.length);
	text_release(&text);
	return name;
}

static int add_entry(struct owner_import *import, const struct owned *owned)
{
	struct errors *errors = import->job->errors;
	struct owner_entry *grown = host_grow(import->entry, &import->room,
					      import->nr + 1, sizeof(*grown));
	struct owner_entry *entry;

	if (!grown)
		return error_host(errors, "no memory for the dump");
	import->entry = grown;
	entry = &grown[import->nr];
	*entry = (struct owner_entry){
		.ts_ns = owned->ts_ns,
		.mask = owned->mask,
		.pfn = owned->pfn,
		.order = owned->order,
		.name = name_of(import, owned),
		.named = owned->gfp[0],
	};
	if (!entry->name)
		return error_host(errors, "no memory for names");
	if (entry->named &&
	    !trace_gfp_parse(owned->gfp, strlen(owned->gfp),
			     gfp_bits_of(KERNEL_VERSION(6, 1, 0)), &entry->gfp))
		import->unknown_gfp++;
	import->without_ts += !owned->has_ts;
	import->nr++;
	return 0;
}

static int read_dump(struct owner_import *import, const char *path)
{
	struct errors *errors = import->job->errors;
	size_t before = errors->nr;
	struct owner_reader reader;
	struct owned owned;
	int got;

	if (owner_reader_open(&reader, path, errors) < 0)
		return -1;
	while ((got = owner_reader_next(&reader, &owned)) > 0)
		if (add_entry(import, &owned) < 0)
			break;
	import->migrated = reader.migrated;
	import->unreadable = reader.unreadable;
	memcpy(import->unreadable_line, reader.unreadable_line,
	       sizeof(import->unreadable_line));
	owner_reader_close(&reader);
	if (errors->nr != before)
		return -1;
	if (import->nr)
		return 0;
	return error_input(errors, place_of_file(path),
			   "no \"Page allocated via order\" found: is this "
			   "/sys/kernel/debug/page_owner?");
}

/* ---- flags, order, overlaps --------------------------------------------- */

/* Masks without names are of one kernel, which most of them tell. */
static void read_masks(struct owner_import *import)
{
	uint64_t mask[MASKS_LOOKED_AT];
	const struct gfp_bits *bits;
	size_t nr = 0;

	for (size_t i = 0; i < import->nr; i++) {
		import->masks += !import->entry[i].named;
		if (!import->entry[i].named && nr < MASKS_LOOKED_AT)
			mask[nr++] = import->entry[i].mask;
	}
	bits = import->job->gfp_bits ? gfp_bits_of(import->job->gfp_bits) :
				       gfp_bits_guess(mask, nr);
	import->gfp_kernels = gfp_bits_kernels(bits);
	for (size_t i = 0; i < import->nr; i++) {
		struct owner_entry *entry = &import->entry[i];

		if (!entry->named &&
		    !gfp_bits_mask(bits, entry->mask, &entry->gfp))
			import->unknown_gfp++;
	}
}

static int by_age(const void *a, const void *b)
{
	const struct owner_entry *x = a, *y = b;

	if (x->ts_ns != y->ts_ns)
		return x->ts_ns < y->ts_ns ? -1 : 1;
	return (x->pfn > y->pfn) - (x->pfn < y->pfn);
}

/* The youngest first: who finds its pages taken was freed in between. */
static int drop_overwritten(struct owner_import *import)
{
	struct live_pages live = LIVE_PAGES_NONE;
	int err = 0;

	for (size_t i = import->nr; i-- > 0 && !err;) {
		struct owner_entry *entry = &import->entry[i];
		struct piece piece = { .pfn = entry->pfn,
				       .order = entry->order };
		struct piece other;

		entry->overwritten = live_pages_overlapping(
			&live, entry->pfn, entry->order, &other);
		import->overwritten += entry->overwritten;
		if (!entry->overwritten)
			err = live_pages_add(&live, &piece,
					     import->job->errors);
	}
	import->pages = live.pages;
	live_pages_release(&live);
	return err;
}

static int count_holders(struct owner_import *import)
{
	import->pages_of = host_alloc(names_count(import->names) + 1,
				      sizeof(*import->pages_of));
	if (!import->pages_of)
		return error_host(import->job->errors, "no memory for names");
	for (size_t i = 0; i < import->nr; i++)
		if (!import->entry[i].overwritten)
			import->pages_of[import->entry[i].name] +=
				UINT64_C(1) << import->entry[i].order;
	return 0;
}

/* ---- the report --------------------------------------------------------- */

/* The next of those who hold most; 0: there is none. */
static uint32_t next_holder(const struct owner_import *import, uint32_t last)
{
	uint32_t best = 0;

	for (uint32_t i = 1; i <= names_count(import->names); i++) {
		uint64_t pages = import->pages_of[i];

		if (!pages ||
		    (last && (pages > import->pages_of[last] ||
			      (pages == import->pages_of[last] && i <= last))))
			continue;
		if (!best || pages > import->pages_of[best])
			best = i;
	}
	return best;
}

static void add_line(struct text *text, uint64_t count, const char *what)
{
	if (!count)
		return;
	text_add_counted(text, 12, count, what);
	text_add(text, "\n");
}

static void add_report(const struct owner_import *import, struct text *text)
{
	uint64_t kept = import->unreadable < OWNER_LINES_KEPT ?
				import->unreadable :
				OWNER_LINES_KEPT;
	uint32_t holder = 0;

	add_line(text, import->nr, "allocation[s] in the dump");
	add_line(text, import->pages, "page[s] in [it|them]");
	add_line(text, import->overwritten,
		 "left out: [its|their] pages were allocated again while the "
		 "dump was read");
	add_line(text, import->without_ts,
		 "without a time: in the dump's order, from the lowest frame");
	add_line(text, import->migrated,
		 "[was|were] moved since: [it is|they are] where "
		 "[it was|they were] moved to");
	if (import->masks)
		text_add(text,
			 "%12llu GFP mask%s as numbers, read by the bits of "
			 "Linux %s%s\n",
			 (unsigned long long)import->masks,
			 plural(import->masks), import->gfp_kernels,
			 import->job->gfp_bits ? "" : ", a guess");
	add_line(text, import->unknown_gfp, "with unknown GFP flags in part");
	if (import->unreadable) {
		text_add_counted(text, 12, import->unreadable,
				 "line[s] that [is|are] nothing known: line");
		for (uint64_t i = 0; i < kept; i++)
			text_add(
				text, " %llu",
				(unsigned long long)import->unreadable_line[i]);
		text_add(text, "%s\n", kept < import->unreadable ? " …" : "");
	}
	text_add(text, "pages, and who holds most of them:\n");
	for (int i = 0; i < HOLDERS_SHOWN; i++) {
		holder = next_holder(import, holder);
		if (!holder)
			break;
		add_line(text, import->pages_of[holder],
			 names_text(import->names, holder));
	}
}

/* ---- the workload ------------------------------------------------------- */

static void write_calls(struct owner_import *import,
			struct workload_writer *writer)
{
	uint64_t id = 0;

	for (size_t i = 0; i < import->nr; i++) {
		const struct owner_entry *entry = &import->entry[i];

		if (entry->overwritten)
			continue;
		id++;
		workload_write_call(
			writer,
			&(struct call){
				.t_ns = entry->ts_ns - import->entry[0].ts_ns,
				.op = OP_ALLOC_PAGES,
				.id = id,
				.node = NODE_ANY,
				.order = entry->order,
				.gfp = entry->gfp,
				.task = import->job->no_tasks ? 0 : entry->name,
				.recorded_pfn = entry->pfn,
				.has = CALL_HAS_ID | CALL_HAS_ORDER |
				       CALL_HAS_GFP | CALL_CAN_SLEEP |
				       CALL_HAS_RECORDED_OK | CALL_RECORDED_OK |
				       CALL_HAS_RECORDED_PFN,
			});
	}
}

static int write_workload(struct owner_import *import)
{
	const struct import_job *job = import->job;
	struct workload_writer writer;
	struct text report = TEXT_EMPTY;
	struct text name = TEXT_EMPTY;
	int err;

	import_add_name(&name, job->files[0]);
	workload_write_begin(&writer, job->workload, import->names,
			     job->name	 ? job->name :
			     name.failed ? "page_owner" :
					   name.s,
			     "Who holds which pages: a page_owner dump.\n"
			     "The counts are at the end.");
	write_calls(import, &writer);
	add_report(import, &report);
	if (report.length) {
		text_add_bytes(job->report, report.s, report.length);
		report.s[report.length - 1] = '\0';
	}
	err = workload_write_end(&writer, report.s, job->errors);
	text_release(&report);
	text_release(&name);
	return err;
}

static int import_dump(struct import_job *job)
{
	struct owner_import import = { .job = job, .names = names_new() };
	int err;

	if (!import.names)
		return error_host(job->errors, "no memory for names");
	err = read_dump(&import, job->files[0]);
	if (!err) {
		read_masks(&import);
		qsort(import.entry, import.nr, sizeof(*import.entry), by_age);
		err = drop_overwritten(&import);
	}
	if (!err)
		err = count_holders(&import);
	if (!err)
		err = write_workload(&import);
	free(import.entry);
	free(import.pages_of);
	names_free(import.names);
	if (!err && job->config)
		err = import_machine(job, 1);
	return err;
}

const struct import_format import_format_page_owner = {
	.name = "page_owner",
	.takes = IMPORT_TAKES_NO_TASKS | IMPORT_TAKES_GFP_BITS,
	.most_files = 1 + PROC_FILES_MAX,
	.reads_first_once = true,
	.proc_behind = true,
	.import = import_dump,
};
