/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_REPORT_PAGE_INTERNAL_H
#define KMEMSIM_RESULTS_REPORT_PAGE_INTERNAL_H

/*
 * The parts of a page, each in a file of its own. Internal to results/report/.
 */

#include "results/database/database.h"
#include "results/text/html.h"
#include "results/report/page.h"
#include "sim/base/host.h"

#define PAGE_SECTIONS_MAX 16

struct page_run {
	struct database database;
	char letter[2];	  /* "A", "B", … */
	const char *name; /* owned by the page's arena, as the others are */
	const char *status;
	const char *config;
};

/* One that is being written. */
struct page {
	const struct page_options *options;
	struct page_run run[PAGE_RUNS_MAX];
	size_t nr_runs;
	struct html html; /* the body, section after section */
	struct section {
		const char *id, *title;
	} section[PAGE_SECTIONS_MAX]; /* for the list of contents */
	size_t nr_sections;
	struct arena *arena;
	struct errors *errors;
};

void page_begin_section(struct page *page, const char *id, const char *title);
void page_end_section(struct page *page);

/* ---- values -------------------------------------------------------------- */

/* How a number is shown. */
enum page_kind {
	AS_TEXT,
	AS_CODE, /* text that a machine reads, such as a file's name */
	AS_COUNT,
	AS_NS,
	AS_BYTES,
	AS_PERCENT,
	AS_INDEX, /* with three digits */
};

struct page_value {
	enum { PAGE_NOTHING, PAGE_NUMBER, PAGE_TEXT } is;
	double number;
	const char *text; /* borrowed */
};

/* Of a row that is under way; the text is valid until the next step. */
struct page_value page_value_of(sqlite3_stmt *row, int column);

#define PAGE_NUMBER_MAX 40
/* For people: "12,345", "1.50 ms". */
const char *page_number(enum page_kind kind, double number,
			char text[PAGE_NUMBER_MAX]);

/* As text of the element that is open; nothing is a dash. */
void page_add_value(struct html *html, enum page_kind kind,
		    const struct page_value *value);

/*
 * The statement of a query of one run. NULL: the tables of an older version
 * have no such thing, or there was an error, which was added.
 */
sqlite3_stmt *page_query(struct page *page, const struct page_run *run,
			 const char *sql);

/* A copy in the page's arena; "" and an error added where there is no room. */
const char *page_keep(struct page *page, const char *text);

/* ---- tables -------------------------------------------------------------- */

#define GRID_COLUMNS_MAX 12

/*
 * A table of the answers to a query. The first columns are the row's key,
 * which is there once in an answer; each of the others is there once for
 * each run.
 */
struct grid {
	const char *caption;
	const char *query;
	unsigned int nr_keys;
	struct grid_column {
		const char *head; /* NULL: no more */
		enum page_kind kind;
	} column[GRID_COLUMNS_MAX];
	const char *all; /* words of `kmemsim export` that give all rows */
};

/* Writes it; 0: no run has such rows, and nothing was written; 1; -1. */
int page_grid(struct page *page, const struct grid *grid);

/* 1: a run has such rows; 0: none; -1. */
int page_grid_has_rows(struct page *page, const struct grid *grid);

/* ---- parts --------------------------------------------------------------- */

/* All return -1 with an error added. */
int page_facts(struct page *page);
int page_figures(struct page *page);
int page_pictures(struct page *page);
int page_tables(struct page *page);
int page_configs(struct page *page);

/* 1: page_tables() writes a section of that id; 0: not; -1. */
int page_has_tables(struct page *page, const char *id);

/* "A: NAME" as an <h3>, where there are several runs. */
void page_run_heading(struct page *page, const struct page_run *run);

/*
 * A table with a row for each thing, in a box that scrolls, and a column for
 * each run. `corner`: the cell above the things' names, as HTML.
 */
void page_begin_by_run(struct page *page, const char *caption,
		       const char *class, const char *corner);
void page_end_by_run(struct page *page);

/* A text as it is, in a box that scrolls; its name is for screen readers. */
void page_add_pre(struct page *page, const struct page_run *run,
		  const char *name, const char *text);

/*
 * Appends gnuplot's SVG as part of a page: `id` before all of its ids, a title
 * and a description for screen readers, no markup of other names.
 */
void page_add_svg(struct text *out, const char *svg, const char *id,
		  const char *title, const char *description);

#endif
