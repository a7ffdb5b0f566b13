/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a page begins with: what runs these are, and how they came out in a few
 * figures, each with what it means. Both are lists of questions to a run's
 * database: of one run a list of answers, of several a table with a column for
 * each. A question that no run has an answer to is left out.
 */

#include <string.h>

#include "results/report/page_internal.h"

struct fact {
	const char *name;
	const char *says; /* what it means; NULL: the name says it */
	enum page_kind kind;
	/* One row of the answer and, if need be, a few words on it. */
	const char *query;
	bool path; /* the database's path instead */
};

struct answer {
	struct page_value value;
	const char *note; /* "": none */
};

#define LAST_SAMPLE "(SELECT max(sample) FROM sample)"
#define LAST_COUNT(counters)                                                   \
	"(SELECT total(value) FROM vmstat WHERE sample = " LAST_SAMPLE         \
	" AND " counters ")"
#define RECLAIMED LAST_COUNT("name IN ('pgsteal_direct', 'pgsteal_kswapd')")
#define STALLS LAST_COUNT("name GLOB 'allocstall_*'")
#define KSWAPD_RUNS LAST_COUNT("name = 'pageoutrun'")
/* The zone with most memory, and a huge page's order or the largest. */
#define LARGEST_ZONE                                                           \
	"(SELECT rowid FROM zone ORDER BY managed_pages DESC, rowid LIMIT 1)"
#define HUGE_ORDER "min(pageblock_order, nr_orders - 1)"
/* How large a block is, for people. */
#define BLOCK_SIZE(order)                                                      \
	"(CASE WHEN page_size << " order " < 1 << 20"                          \
	" THEN (page_size << " order " >> 10) || ' KiB'"                       \
	" ELSE (page_size << " order " >> 20) || ' MiB' END)"
#define LARGEST_SIZE BLOCK_SIZE("(nr_orders - 1)")
#define REQUEST_SIZE BLOCK_SIZE("f.order_")

static const struct fact facts[] = {
	{ .name = "Run", .query = "SELECT name FROM run" },
	{ .name = "Status",
	  .query = "SELECT CASE status WHEN 'complete' THEN 'complete'"
		   " WHEN 'interrupted' THEN 'interrupted: the numbers are of"
		   " a part of the workload'"
		   " ELSE 'failed: the host had no memory or disk left' END"
		   " FROM run" },
	{ .name = "Config", .query = "SELECT config_name FROM run" },
	{ .name = "Machine",
	  .query = "SELECT group_concat(text, '; ') FROM (SELECT 'node '"
		   " || node || ' with ' || CASE cpus WHEN '' THEN 'no CPU'"
		   " ELSE 'CPU ' || cpus END AS text FROM node"
		   " ORDER BY rowid)" },
	{ .name = "Zones",
	  .query = "SELECT group_concat(text, '; ') FROM (SELECT zone"
		   " || ' (node ' || node || ') ' || CASE"
		   " WHEN managed_pages * page_size < 1 << 30 THEN"
		   " printf('%.0f MiB', managed_pages * page_size / 1048576.0)"
		   " ELSE printf('%.1f GiB', managed_pages * page_size"
		   " / 1073741824.0) END AS text"
		   " FROM zone CROSS JOIN run WHERE managed_pages > 0"
		   " ORDER BY zone.rowid)" },
	{ .name = "Pages",
	  .query = "SELECT (page_size / 1024) || ' KiB, blocks of up to '"
		   " || " LARGEST_SIZE " || ' (order '"
		   " || (nr_orders - 1) || '), pageblocks of order '"
		   " || pageblock_order FROM run" },
	{ .name = "Slab allocator",
	  .query = "SELECT upper(slab_allocator) FROM machine" },
	{ .name = "Workload", .query = "SELECT workload_name FROM run" },
	{ .name = "Workload’s file",
	  .kind = AS_CODE,
	  .query = "SELECT workload_path FROM run" },
	{ .name = "Its SHA-256",
	  .kind = AS_CODE,
	  .query = "SELECT workload_sha256 FROM run" },
	{ .name = "Database", .kind = AS_CODE, .path = true },
	{ .name = "Seed", .kind = AS_COUNT, .query = "SELECT seed FROM run" },
	{ .name = "Digest",
	  .kind = AS_CODE,
	  .query = "SELECT digest FROM run" },
	{ .name = "Simulated time",
	  .kind = AS_NS,
	  .query = "SELECT sim_ns FROM run" },
	{ .name = "Wall time",
	  .kind = AS_NS,
	  .query = "SELECT wall_s * 1e9 FROM run WHERE wall_s > 0" },
	{ .name = "Samples of the state",
	  .kind = AS_COUNT,
	  .query = "SELECT count(*) FROM sample" },
	{ .name = "kmemsim’s version", .query = "SELECT version FROM run" },
};
#define NR_FACTS (sizeof facts / sizeof *facts)

static const struct fact figures[] = {
	{ .name = "Operations",
	  .says = "Calls into the memory management, such as an allocation or "
		  "a free.",
	  .kind = AS_COUNT,
	  .query = "SELECT ops, CASE WHEN skipped > 0 THEN skipped"
		   " || ' skipped' ELSE '' END FROM run" },
	{ .name = "Failed",
	  .says = "Calls that got no memory. A failure is a result: the "
		  "kernel’s callers have to live with it.",
	  .kind = AS_COUNT,
	  .query = "SELECT failed, CASE WHEN failed > 0 AND ops > 0 THEN"
		   " printf('%.2f %% of all', 100.0 * failed / ops)"
		   " ELSE '' END FROM run" },
	{ .name = "Fragmentation at the end",
	  .says = "Share of the free memory that is in blocks too small for "
		  "the request named. 0 % is best; at 100 % such a request "
		  "can’t be served from what is free.",
	  .kind = AS_PERCENT,
	  .query = "SELECT unusable_index / 10.0, f.zone || ', order '"
		   " || f.order_ || ' (' || " REQUEST_SIZE " || ')'"
		   " FROM run CROSS JOIN fragmentation AS f"
		   " JOIN zone AS z ON z.node = f.node AND z.zone = f.zone"
		   " WHERE f.sample = " LAST_SAMPLE
		   " AND z.rowid = " LARGEST_ZONE
		   " AND f.order_ = " HUGE_ORDER },
	{ .name = "Free at the end",
	  .says = "Memory on the free lists when the last sample was taken.",
	  .kind = AS_BYTES,
	  .query = "SELECT sum(free_pages) * page_size,"
		   " printf('%.1f %% of all', 100.0 * sum(free_pages)"
		   " / sum(managed_pages)) FROM run CROSS JOIN zone_sample"
		   " JOIN zone USING (run_id, node, zone)"
		   " WHERE sample = " LAST_SAMPLE " HAVING count(*) > 0" },
	{ .name = "p99 latency",
	  .says = "99 of 100 calls took no longer, waiting included. Of the "
		  "operation that was called most to get memory.",
	  .kind = AS_NS,
	  .query = "WITH called AS (SELECT op FROM latency_histogram"
		   " WHERE path <> 'none' GROUP BY op"
		   " ORDER BY sum(count) DESC, op LIMIT 1),"
		   " bucket AS (SELECT max(highest_ns) AS ns,"
		   " sum(count) AS count FROM latency_histogram"
		   " WHERE op IN called GROUP BY lowest_ns),"
		   " ranked AS (SELECT ns, sum(count) OVER (ORDER BY ns) AS"
		   " upto, sum(count) OVER () AS total FROM bucket)"
		   " SELECT min(ns), (SELECT op FROM called) FROM ranked"
		   " WHERE upto * 100 >= total * 99 HAVING min(ns) > 0" },
	{ .name = "Reclaimed",
	  .says = "Pages taken back from caches and tasks because memory was "
		  "short. A stall is an allocation that had to do it itself.",
	  .kind = AS_COUNT,
	  .query = "SELECT " RECLAIMED
		   ", printf('%d stall%s, %d kswapd run%s', " STALLS
		   ", iif(" STALLS " = 1, '', 's'), " KSWAPD_RUNS
		   ", iif(" KSWAPD_RUNS " = 1, '', 's'))" },
	{ .name = "OOM kills",
	  .says = "Tasks killed because there was nothing left to reclaim.",
	  .kind = AS_COUNT,
	  .query = "SELECT count(*), coalesce('first: ' || (SELECT task"
		   " FROM oom_kill ORDER BY n LIMIT 1), '') FROM oom_kill" },
	{ .name = "Violations",
	  .says = "Calls that break a rule of the kernel’s, and would be bugs "
		  "in a driver.",
	  .kind = AS_COUNT,
	  .query = "SELECT violations FROM run" },
};
#define NR_FIGURES (sizeof figures / sizeof *figures)

/* ---- asking -------------------------------------------------------------- */

static int ask(struct page *page, const struct page_run *run,
	       const struct fact *fact, struct answer *answer)
{
	sqlite3_stmt *row;
	int got;

	*answer = (struct answer){ .note = "" };
	if (fact->path) {
		answer->value.is = PAGE_TEXT;
		answer->value.text = run->database.path;
		return 0;
	}
	row = page_query(page, run, fact->query);
	if (!row)
		return page->errors->nr ? -1 : 0;
	got = database_step(&run->database, row, page->errors);
	if (got > 0) {
		answer->value = page_value_of(row, 0);
		if (answer->value.is == PAGE_TEXT)
			answer->value.text =
				page_keep(page, answer->value.text);
		if (sqlite3_column_count(row) > 1)
			answer->note = page_keep(page, column_text(row, 1));
	}
	sqlite3_finalize(row);
	return page->errors->nr ? -1 : 0;
}

/* 1: there is an answer; 0: none of any run; -1. */
static int ask_all(struct page *page, const struct fact *fact,
		   struct answer answer[PAGE_RUNS_MAX])
{
	int some = 0;

	for (size_t i = 0; i < page->nr_runs; i++) {
		if (ask(page, &page->run[i], fact, &answer[i]))
			return -1;
		some |= answer[i].value.is != PAGE_NOTHING;
	}
	return some;
}

/* ---- writing ------------------------------------------------------------- */

static void write_answer(struct html *html, const struct fact *fact,
			 const struct answer *answer)
{
	page_add_value(html, fact->kind, &answer->value);
	if (*answer->note) {
		html_raw(html, " ");
		html_element(html, "span", "note", "%s", answer->note);
	}
}

static void write_of_one(struct html *html, const struct fact *fact,
			 const struct answer *answer)
{
	html_begin(html, "div");
	html_element(html, "dt", NULL, "%s", fact->name);
	html_begin(html, "dd", "class", "value");
	write_answer(html, fact, answer);
	html_end(html, "dd");
	if (fact->says)
		html_element(html, "dd", "says", "%s", fact->says);
	html_end(html, "div");
	html_raw(html, "\n");
}

static void write_of_several(struct page *page, const struct fact *fact,
			     const struct answer *answer)
{
	struct html *html = &page->html;

	html_begin(html, "tr");
	html_begin(html, "th", "scope", "row");
	html_text(html, fact->name);
	if (fact->says)
		html_element(html, "span", "says", "%s", fact->says);
	html_end(html, "th");
	for (size_t i = 0; i < page->nr_runs; i++) {
		html_begin(html, "td");
		write_answer(html, fact, &answer[i]);
		html_end(html, "td");
	}
	html_end(html, "tr");
	html_raw(html, "\n");
}

void page_begin_by_run(struct page *page, const char *caption,
		       const char *class, const char *corner)
{
	struct html *html = &page->html;

	html_begin(html, "div", "class", "table", "role", "region",
		   "aria-label", caption, "tabindex", "0");
	html_begin(html, "table", "class", class);
	html_element(html, "caption", NULL, "%s", caption);
	html_begin(html, "thead");
	html_begin(html, "tr");
	html_raw(html, corner);
	for (size_t i = 0; i < page->nr_runs; i++) {
		html_begin(html, "th", "scope", "col");
		html_text(html, page->run[i].letter);
		html_end(html, "th");
	}
	html_end(html, "tr");
	html_end(html, "thead");
	html_begin(html, "tbody");
	html_raw(html, "\n");
}

void page_end_by_run(struct page *page)
{
	struct html *html = &page->html;

	html_end(html, "tbody");
	html_end(html, "table");
	html_end(html, "div");
	html_raw(html, "\n");
}

static int write_facts(struct page *page, const struct fact *fact, size_t nr,
		       const char *class, const char *caption)
{
	struct answer answer[PAGE_RUNS_MAX];
	bool one = page->nr_runs == 1;

	if (one)
		html_begin(&page->html, "dl", "class", class);
	else
		page_begin_by_run(page, caption, "facts", "<td></td>");
	for (size_t i = 0; i < nr; i++) {
		int some = ask_all(page, &fact[i], answer);

		if (some < 0)
			return -1;
		if (some && one)
			write_of_one(&page->html, &fact[i], answer);
		else if (some)
			write_of_several(page, &fact[i], answer);
	}
	if (one)
		html_end(&page->html, "dl");
	else
		page_end_by_run(page);
	return 0;
}

/* What must not be overlooked. */
static void warn(struct page *page)
{
	for (size_t i = 0; i < page->nr_runs; i++) {
		const struct page_run *run = &page->run[i];

		if (!strcmp(run->status, "complete"))
			continue;
		html_begin(&page->html, "p", "class", "warning");
		if (page->nr_runs > 1)
			html_format(&page->html, "Run %s: ", run->letter);
		html_format(&page->html,
			    "This run did not come to its end (%s). Its "
			    "numbers are of a part of the workload.",
			    run->status);
		html_end(&page->html, "p");
	}
}

int page_facts(struct page *page)
{
	int result;

	page_begin_section(page, "runs",
			   page->nr_runs > 1 ? "The runs" : "The run");
	warn(page);
	result = write_facts(page, facts, NR_FACTS, "facts",
			     "What runs these are");
	page_end_section(page);
	return result;
}

int page_figures(struct page *page)
{
	int result;

	page_begin_section(page, "figures", "At a glance");
	result = write_facts(page, figures, NR_FIGURES, "figures",
			     "Key figures");
	page_end_section(page);
	return result;
}
