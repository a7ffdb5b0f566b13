/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The tables of a page, by sections: failures, latencies, slab caches,
 * counters, violations. A section is a list of tables, each a query (see
 * struct grid), and words on what stands in them: of the reasons, ways and
 * rules in the tables those that occur.
 *
 * To add a table: an entry in a section's list. To add a section: a list, and
 * a line in `sections`.
 */

#include <string.h>

#include "models/page/page_alloc.h"
#include "results/report/page_internal.h"
#include "sim/rules/rules.h"

#define LAST_SAMPLE "(SELECT max(sample) FROM sample)"

/* ---- tables -------------------------------------------------------------- */

static const struct grid failures[] = {
	{
		.caption = "Failures by reason",
		.nr_keys = 1,
		.column = { { "Reason", AS_CODE },
			    { "Failures", AS_COUNT },
			    { "Share", AS_PERCENT } },
		.query = "SELECT reason, sum(count), 100.0 * sum(count)"
			 " / (SELECT sum(count) FROM failure_stats)"
			 " FROM failure_stats GROUP BY reason"
			 " ORDER BY sum(count) DESC, reason",
		.all = "--table failure_stats",
	},
	{
		.caption = "Failures by call",
		.nr_keys = 5,
		.column = { { "Operation", AS_CODE },
			    { "Order", AS_COUNT },
			    { "Reason", AS_CODE },
			    { "Context", AS_CODE },
			    { "Flags", AS_CODE },
			    { "Failures", AS_COUNT } },
		.query = "SELECT op, order_, reason, ctx, gfp, sum(count)"
			 " FROM failure_stats GROUP BY 1, 2, 3, 4, 5"
			 " ORDER BY sum(count) DESC, 1, 2, 3, 4, 5",
		.all = "--table failure_stats",
	},
	{
		.caption = "Otherwise than for the kernel that was recorded",
		.nr_keys = 2,
		.column = { { "There", AS_TEXT },
			    { "Here", AS_TEXT },
			    { "Calls", AS_COUNT },
			    { "First: operation", AS_COUNT } },
		.query = "SELECT recorded, outcome, count, first_seq"
			 " FROM recorded_stats ORDER BY 1, 2",
		.all = "--table recorded_stats",
	},
	{
		.caption = "Tasks that the OOM killer killed",
		.nr_keys = 2,
		.column = { { "Task", AS_CODE },
			    { "Which", AS_COUNT },
			    { "At", AS_NS },
			    { "Memory", AS_BYTES },
			    { "oom_score_adj", AS_COUNT },
			    { "Order asked for", AS_COUNT },
			    { "By", AS_CODE } },
		.query = "SELECT task, n, t_ns, pages * page_size,"
			 " oom_score_adj, order_, asked_by"
			 " FROM oom_kill JOIN run USING (run_id) ORDER BY n",
		.all = "--table oom_kill",
	},
	{ .query = NULL },
};

static const struct grid latencies[] = {
	{
		.caption = "Latency by operation and path",
		.nr_keys = 3,
		.column = { { "Operation", AS_CODE },
			    { "Path", AS_CODE },
			    { "Context", AS_CODE },
			    { "Calls", AS_COUNT },
			    { "p50", AS_NS },
			    { "p90", AS_NS },
			    { "p99", AS_NS },
			    { "p99.9", AS_NS },
			    { "Slowest", AS_NS } },
		.query = "SELECT op, path, ctx, count, p50_ns, p90_ns, p99_ns,"
			 " p999_ns, max_ns FROM v_latency"
			 " WHERE EXISTS (SELECT 1 FROM latency_histogram"
			 " WHERE highest_ns > 0) ORDER BY op, count DESC, ctx",
		.all = "--table v_latency",
	},
	{
		.caption = "Locks that were waited for",
		.nr_keys = 1,
		.column = { { "Lock", AS_CODE },
			    { "Taken", AS_COUNT },
			    { "Waited", AS_COUNT },
			    { "Held in all", AS_NS },
			    { "Waited in all", AS_NS },
			    { "Longest wait", AS_NS } },
		.query = "SELECT name, sum(taken), sum(waited), sum(held_ns),"
			 " sum(wait_ns), max(longest_wait_ns) FROM lock_stats"
			 " WHERE waited > 0 GROUP BY name"
			 " ORDER BY sum(wait_ns) DESC, name",
		.all = "--table lock_stats",
	},
	{ .query = NULL },
};

static const struct grid slabs[] = {
	{
		.caption = "Slab caches at the last sample",
		.nr_keys = 1,
		.column = { { "Cache", AS_CODE },
			    { "Object", AS_BYTES },
			    { "In use", AS_COUNT },
			    { "Room for", AS_COUNT },
			    { "Used", AS_PERCENT },
			    { "Slabs", AS_COUNT },
			    { "Their memory", AS_BYTES },
			    { "In no object", AS_BYTES } },
		.query = "SELECT cache, object_size, live_objs, num_objs,"
			 " 100.0 * live_objs / nullif(num_objs, 0), num_slabs,"
			 " num_pages * page_size,"
			 " num_pages * page_size - live_objs * object_size"
			 " FROM slab_sample JOIN run USING (run_id)"
			 " WHERE sample = " LAST_SAMPLE " AND cache IN"
			 " (SELECT cache FROM slab_sample WHERE num_slabs > 0)"
			 " ORDER BY num_pages DESC, cache",
		.all = "--table slab_sample",
	},
	{ .query = NULL },
};

static const struct grid counters[] = {
	{
		.caption = "Counters of /proc/vmstat that are not 0, at the "
			   "last sample",
		.nr_keys = 1,
		.column = { { "Counter", AS_CODE }, { "Value", AS_COUNT } },
		.query = "SELECT name, value FROM vmstat"
			 " WHERE sample = " LAST_SAMPLE
			 " AND value <> 0 ORDER BY name",
		.all = "--table vmstat",
	},
	{ .query = NULL },
};

static const struct grid violations[] = {
	{
		.caption = "Violations by rule",
		.nr_keys = 1,
		.column = { { "Rule", AS_CODE },
			    { "Violations", AS_COUNT },
			    { "Places", AS_COUNT },
			    { "First at", AS_NS } },
		.query = "SELECT rule, count(*), count(DISTINCT file || ':'"
			 " || line), min(t_ns) FROM violation GROUP BY rule"
			 " ORDER BY count(*) DESC, rule",
		.all = "--table violation",
	},
	{
		.caption = "Violations by place",
		.nr_keys = 3,
		.column = { { "Rule", AS_CODE },
			    { "Where", AS_CODE },
			    { "What", AS_TEXT },
			    { "Violations", AS_COUNT },
			    { "First at", AS_NS } },
		.query = "SELECT rule, file || coalesce(':' || line, ''),"
			 " message, count(*), min(t_ns) FROM violation"
			 " GROUP BY rule, file, line, message"
			 " ORDER BY count(*) OVER (PARTITION BY rule) DESC,"
			 " rule, min(t_ns), line, message",
		.all = "--table violation",
	},
	{ .query = NULL },
};

/* ---- words --------------------------------------------------------------- */

static const char *const reason_words[NR_ALLOC_REASONS] = {
	[REASON_NONE] = "",
	[REASON_WATERMARK] = "Every zone that the call may use is below the "
			     "mark down to which it may take memory: there is "
			     "too little free.",
	[REASON_FRAGMENTED] = "There are enough free pages, but no block of "
			      "the order asked for.",
	[REASON_NO_ZONE] = "No zone is there that the flags and the node "
			   "allow.",
	[REASON_ORDER] = "The order is above the largest that there is.",
	[REASON_BAD_FLAGS] = "The kernel forbids this combination of flags.",
	[REASON_NOFAIL_LOOP] = "With __GFP_NOFAIL a kernel would try forever: "
			       "nothing is left to wait for.",
	[REASON_TOO_BIG] = "The size is above what kmalloc gives.",
	[REASON_ADDRESS_SPACE] = "vmalloc’s range of addresses has no hole "
				 "that is large enough.",
	[REASON_IN_USE] = "A cache that still has objects is not destroyed.",
	[REASON_POOL_EMPTY] = "The pool has nothing left, and the caller may "
			      "not wait.",
	[REASON_STILL_WAITING] = "The run ended before anything came back.",
	[REASON_DEVICE_MASK] = "No memory is left that the device can reach.",
	[REASON_NO_SLOT] = "kmap has no slot left.",
	[REASON_NO_RANGE] = "Larger than the largest block, and no contiguous "
			    "area has such a range free.",
	[REASON_FORBIDDEN] = "The context forbids the call: a kernel stops "
			     "there.",
	[REASON_STUCK] = "It waits for memory that nobody will free.",
};

static const char *const path_words[NR_ALLOC_PATHS] = {
	[PATH_NONE] = "No memory was given: frees and other calls, and "
		      "allocations that failed.",
	[PATH_PCP] = "From a list of the CPU’s own, with no lock.",
	[PATH_PCP_REFILL] = "From the CPU’s list, which was refilled from the "
			    "free lists first.",
	[PATH_BUDDY] = "Straight from the zone’s free lists.",
	[PATH_SLOW] = "Only after the mark to go down to was lowered.",
	[PATH_RECLAIM] = "Only after the caller took back pages from others.",
	[PATH_COMPACTION] = "Only after the caller moved pages to make a "
			    "larger block.",
	[PATH_SLAB_CPU] = "An object of the CPU’s own slab.",
	[PATH_SLAB_PARTIAL] = "An object of a slab that had room.",
	[PATH_SLAB_NEW] = "An object of a slab made for it.",
	[PATH_VMALLOC] = "Pages mapped side by side in vmalloc’s range.",
	[PATH_CMA] = "A range of a contiguous memory area.",
	[PATH_DMA_POOL] = "From the pools for devices.",
	[PATH_RESERVE] = "An element that a mempool held back.",
};

static const char *words_in(const char *const *names, const char *const *words,
			    size_t nr, const char *name)
{
	for (size_t i = 0; i < nr; i++)
		if (!strcmp(names[i], name))
			return words[i];
	return NULL;
}

static const char *words_of_reason(const char *name)
{
	return words_in(alloc_reason_names, reason_words, NR_ALLOC_REASONS,
			name);
}

static const char *words_of_path(const char *name)
{
	return words_in(alloc_path_names, path_words, NR_ALLOC_PATHS, name);
}

/* NULL, too, where it depends on the call ({right}): its message says it. */
static const char *words_of_rule(const char *name)
{
	for (size_t i = 0; i < NR_RULES; i++)
		if (!strcmp(rule_table[i].id, name))
			return strchr(rule_table[i].instead, '{') ?
				       NULL :
				       rule_table[i].instead;
	return NULL;
}

/* Names in tables, and where to find words on them. */
struct glossary {
	const char *title;
	const char *query; /* the names that occur in a run */
	const char *(*words)(const char *name);
};

static int take_names(struct page *page, const struct glossary *glossary,
		      struct names *names)
{
	for (size_t i = 0; i < page->nr_runs; i++) {
		const struct database *database = &page->run[i].database;
		sqlite3_stmt *row =
			page_query(page, &page->run[i], glossary->query);
		int got = 0;

		while (row &&
		       (got = database_step(database, row, page->errors)) > 0) {
			const char *name = column_text(row, 0);

			if (!names_intern(names, name, strlen(name)))
				got = error_host(page->errors, "report");
		}
		sqlite3_finalize(row);
		if (page->errors->nr)
			return -1;
	}
	return 0;
}

static void write_words(struct html *html, const struct glossary *glossary,
			const struct names *names)
{
	bool begun = false;

	for (uint32_t i = 1; i <= names_count(names); i++) {
		const char *words = glossary->words(names_text(names, i));

		if (!words || !*words)
			continue;
		if (!begun) {
			html_element(html, "h3", NULL, "%s", glossary->title);
			html_begin(html, "dl", "class", "words");
		}
		begun = true;
		html_begin(html, "div");
		html_begin(html, "dt");
		html_element(html, "code", NULL, "%s", names_text(names, i));
		html_end(html, "dt");
		html_element(html, "dd", NULL, "%s", words);
		html_end(html, "div");
	}
	if (begun)
		html_end(html, "dl");
}

static int write_glossary(struct page *page, const struct glossary *glossary)
{
	struct names *names = names_new();
	int result = names ? take_names(page, glossary, names) :
			     error_host(page->errors, "report");

	if (!result)
		write_words(&page->html, glossary, names);
	names_free(names);
	return result;
}

/* ---- what the kernel said ------------------------------------------------ */

/* The first report in the kernel's log; nothing where there is none. */
static int write_first_report(struct page *page, const struct page_run *run)
{
	struct html *html = &page->html;
	sqlite3_stmt *row = page_query(page, run,
				       "SELECT text FROM kernel_log"
				       " ORDER BY n LIMIT 1");

	if (row && database_step(&run->database, row, page->errors) > 0) {
		page_run_heading(page, run);
		html_begin(html, "details");
		html_element(html, "summary", NULL,
			     "The first report in the kernel’s log");
		page_add_pre(page, run, "The kernel’s log",
			     column_text(row, 0));
		html_end(html, "details");
		html_begin(html, "p");
		html_text(html, "All of the log: ");
		html_element(html, "code", NULL, "kmemsim show %s dmesg",
			     run->database.path);
		html_end(html, "p");
	}
	sqlite3_finalize(row);
	return page->errors->nr ? -1 : 0;
}

static void write_explanation(struct page *page, const struct page_run *run,
			      const char *title, const char *about)
{
	struct html *html = &page->html;
	const char *says = page->options->explanations[run - page->run];

	html_begin(html, "details");
	html_begin(html, "summary");
	if (page->nr_runs > 1)
		html_format(html, "%s: ", run->letter);
	html_text(html, title);
	html_end(html, "summary");
	page_add_pre(page, run, about, says);
	html_end(html, "details");
}

/* The first column of the first row; 0: none, or no such table. */
static uint64_t ask_number(struct page *page, const struct page_run *run,
			   const char *sql)
{
	sqlite3_stmt *row = page_query(page, run, sql);
	uint64_t number = 0;

	if (row && database_step(&run->database, row, page->errors) > 0)
		number = (uint64_t)sqlite3_column_int64(row, 0);
	sqlite3_finalize(row);
	return number;
}

static void write_hint(struct page *page, const struct page_run *run,
		       const char *words, const char *option)
{
	struct html *html = &page->html;

	html_begin(html, "p");
	html_text(html, words);
	html_element(html, "code", NULL, "kmemsim explain %s%s",
		     run->database.path, option);
	html_end(html, "p");
}

/*
 * How to learn more of the first failure, if there is one, and of the first
 * call that a real kernel refused and this run granted. An explanation is of
 * the latter where nothing failed.
 */
static int write_explain(struct page *page, const struct page_run *run)
{
	uint64_t failed = ask_number(page, run, "SELECT failed FROM run");
	uint64_t granted = ask_number(page, run,
				      "SELECT first_seq FROM recorded_stats"
				      " WHERE outcome = 'granted'");
	char option[32];

	if (page->options->explanations && failed)
		write_explanation(page, run, "The first failure, explained",
				  "The first failure");
	else if (page->options->explanations && granted)
		write_explanation(page, run,
				  "Recorded as failed, granted here: why",
				  "The first call granted");
	if (failed)
		write_hint(page, run,
			   "Of any failure, zone by zone, and what would have "
			   "let it succeed: ",
			   "");
	snprintf(option, sizeof option, " --seq %llu",
		 (unsigned long long)granted);
	if (granted)
		write_hint(page, run,
			   "Why a call is granted here that was recorded as "
			   "failed, and what may have been otherwise there: ",
			   option);
	return page->errors->nr ? -1 : 0;
}

static int write_reports(struct page *page)
{
	for (size_t i = 0; i < page->nr_runs; i++)
		if (write_first_report(page, &page->run[i]) ||
		    write_explain(page, &page->run[i]))
			return -1;
	return 0;
}

/* ---- sections ------------------------------------------------------------ */

static const struct tables {
	const char *id, *title;
	const char *intro;
	const struct grid *grid;	/* one without query ends them */
	struct glossary glossary;	/* title NULL: none */
	int (*more)(struct page *page); /* what else it has; NULL: nothing */
} sections[] = {
	{
		.id = "failures",
		.title = "Failures",
		.intro = "Calls that got no memory, by why they did not, tasks "
			 "that were killed to get some, and calls that a real "
			 "kernel was recorded to answer otherwise.",
		.grid = failures,
		.glossary = { "What the reasons mean",
			      "SELECT reason FROM failure_stats GROUP BY"
			      " reason ORDER BY sum(count) DESC, reason",
			      words_of_reason },
		.more = write_reports,
	},
	{
		.id = "latency",
		.title = "Latency",
		.intro = "How long calls took from when they were made to "
			 "when they returned, with what they waited for. p99: "
			 "99 of 100 took no longer.",
		.grid = latencies,
		.glossary = { "What the paths mean",
			      "SELECT path FROM op_stats GROUP BY path"
			      " ORDER BY sum(count) DESC, path",
			      words_of_path },
	},
	{
		.id = "slabs",
		.title = "Slab caches",
		.intro = "Memory that caches hold in slabs, and how much of it "
			 "callers have. “In no object” is lost to objects that "
			 "are free, to padding and to what is left at the end "
			 "of a slab.",
		.grid = slabs,
	},
	{
		.id = "counters",
		.title = "Counters",
		.intro = "The kernel’s own counts since the run began, under "
			 "the names of /proc/vmstat.",
		.grid = counters,
	},
	{
		.id = "violations",
		.title = "Violations",
		.intro = "Calls that break a rule of the kernel’s.",
		.grid = violations,
		.glossary = { "What to do instead",
			      "SELECT rule FROM violation GROUP BY rule"
			      " ORDER BY count(*) DESC, rule",
			      words_of_rule },
	},
};

/* 1: there is something in its tables. */
static int write_grids(struct page *page, const struct tables *section)
{
	int some = 0;

	for (const struct grid *grid = section->grid; grid->query; grid++) {
		int got = page_grid(page, grid);

		if (got < 0)
			return -1;
		some |= got;
	}
	return some;
}

static int write_section(struct page *page, const struct tables *section)
{
	struct text whole = TEXT_EMPTY;
	struct html around = page->html;
	int some;

	/* Its tables first, aside: a section without any is left out. */
	page->html = HTML_TO(&whole);
	some = write_grids(page, section);
	page->html = around;
	if (some > 0) {
		page_begin_section(page, section->id, section->title);
		html_element(&page->html, "p", NULL, "%s", section->intro);
		html_raw(&page->html, whole.s ? whole.s : "");
		if (section->glossary.title &&
		    write_glossary(page, &section->glossary))
			some = -1;
		if (some > 0 && section->more && section->more(page))
			some = -1;
		page_end_section(page);
	}
	page->html.out->failed |= whole.failed;
	text_release(&whole);
	return some < 0 ? -1 : 0;
}

int page_has_tables(struct page *page, const char *id)
{
	int has = 0;

	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++) {
		const struct grid *grid = sections[i].grid;

		if (strcmp(sections[i].id, id) != 0)
			continue;
		for (; grid->query && !has; grid++)
			has = page_grid_has_rows(page, grid);
	}
	return has;
}

int page_tables(struct page *page)
{
	for (size_t i = 0; i < sizeof sections / sizeof *sections; i++)
		if (write_section(page, &sections[i]))
			return -1;
	return 0;
}
