/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables of several runs. A query is asked of each run; rows with the same key
 * become one, in the order in which the keys first came:
 *
 *	run A          run B          the table
 *	                              key   count   p99
 *	pcp   10  5    pcp   12  6          A   B   A  B
 *	slow   1  9    none   3  2    pcp   10  12  5  6
 *	                              slow   1   –  9  –
 *	                              none   –   3  –  2
 *
 * A page must open at once, so a table has ROWS_MAX rows at most; below it is
 * said how many more there are and what command gives all.
 *
 * A number's cell holds it twice: for people, and in data-v, where page.js
 * sorts by it.
 */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "results/report/page_internal.h"

#define ROWS_MAX 500
#define KEY_SEPARATOR "\x1f"

/* A table that is being filled. */
struct filled {
	const struct grid *grid;
	unsigned int nr_columns; /* of the grid */
	size_t nr_cells;	 /* in a row: its key, and each run's values */
	struct page_value *cell; /* row after row */
	struct names *keys;	 /* by number: the row, counted from 1 */
};

static unsigned int count_columns(const struct grid *grid)
{
	unsigned int nr = 0;

	while (nr < GRID_COLUMNS_MAX && grid->column[nr].head)
		nr++;
	return nr;
}

static size_t nr_rows(const struct filled *filled)
{
	size_t nr = names_count(filled->keys);

	return nr < ROWS_MAX ? nr : ROWS_MAX;
}

/* Where a run's value stands in its row: runs side by side for each value. */
static size_t place_of(const struct page *page, const struct filled *filled,
		       unsigned int column, size_t run)
{
	unsigned int nr_keys = filled->grid->nr_keys;

	if (column < nr_keys)
		return column;
	return nr_keys + (column - nr_keys) * page->nr_runs + run;
}

/* ---- filling ------------------------------------------------------------- */

/* The number of the row's key; 0: no memory. */
static uint32_t find_row(struct filled *filled, sqlite3_stmt *row)
{
	struct text key = TEXT_EMPTY;
	uint32_t number = 0;

	for (unsigned int i = 0; i < filled->grid->nr_keys; i++)
		text_add(&key, "%s" KEY_SEPARATOR, column_text(row, (int)i));
	if (!key.failed)
		number = names_intern(filled->keys, key.s, key.length);
	text_release(&key);
	return number;
}

static int take_row(struct page *page, struct filled *filled, size_t run,
		    sqlite3_stmt *row)
{
	uint32_t number = find_row(filled, row);
	struct page_value *cells;

	if (!number)
		return error_host(page->errors, "report");
	if (number > ROWS_MAX)
		return 0;
	cells = filled->cell + (number - 1) * filled->nr_cells;
	for (unsigned int i = 0; i < filled->nr_columns; i++) {
		struct page_value value = page_value_of(row, (int)i);

		if (value.is == PAGE_TEXT)
			value.text = page_keep(page, value.text);
		cells[place_of(page, filled, i, run)] = value;
	}
	return page->errors->nr ? -1 : 0;
}

static int take_run(struct page *page, struct filled *filled, size_t run)
{
	const struct database *database = &page->run[run].database;
	sqlite3_stmt *row =
		page_query(page, &page->run[run], filled->grid->query);
	int got;

	if (!row)
		return page->errors->nr ? -1 : 0;
	while ((got = database_step(database, row, page->errors)) > 0)
		if (take_row(page, filled, run, row)) {
			got = -1;
			break;
		}
	sqlite3_finalize(row);
	return got;
}

/* ---- writing ------------------------------------------------------------- */

static bool is_numeric(enum page_kind kind)
{
	return kind != AS_TEXT && kind != AS_CODE;
}

/* How a cell looks: to the right, and with a line before each value's first. */
static const char *class_of(const struct page *page, enum page_kind kind,
			    bool first)
{
	bool line = first && page->nr_runs > 1;

	if (is_numeric(kind))
		return line ? "number first" : "number";
	return line ? "text first" : "text";
}

struct span {
	const char *rows, *columns;
};

static void write_head(struct page *page, const struct grid_column *column,
		       bool first, struct span span, const char *text)
{
	struct html *html = &page->html;

	html_begin(html, "th", "scope",
		   strcmp(span.columns, "1") != 0 ? "colgroup" : "col", "class",
		   class_of(page, column->kind, first), "rowspan", span.rows,
		   "colspan", span.columns);
	html_text(html, text);
	html_end(html, "th");
}

/* One line of headings for one run; two for several, the second by run. */
static void write_heads(struct page *page, const struct filled *filled)
{
	const struct grid *grid = filled->grid;
	struct html *html = &page->html;
	bool several = page->nr_runs > 1;
	char across[8];

	snprintf(across, sizeof across, "%zu", page->nr_runs);
	html_begin(html, "thead");
	html_begin(html, "tr");
	for (unsigned int i = 0; i < filled->nr_columns; i++) {
		bool split = several && i >= grid->nr_keys;

		write_head(page, &grid->column[i], split,
			   (struct span){ several && !split ? "2" : "1",
					  split ? across : "1" },
			   grid->column[i].head);
	}
	html_end(html, "tr");
	if (several)
		html_begin(html, "tr");
	for (unsigned int i = grid->nr_keys; several && i < filled->nr_columns;
	     i++)
		for (size_t run = 0; run < page->nr_runs; run++)
			write_head(page, &grid->column[i], !run,
				   (struct span){ "1", "1" },
				   page->run[run].letter);
	if (several)
		html_end(html, "tr");
	html_end(html, "thead");
	html_raw(html, "\n");
}

/* The first cell of a row names it. */
static void write_cell(struct page *page, const struct filled *filled,
		       size_t place, const struct page_value *value)
{
	unsigned int nr_keys = filled->grid->nr_keys;
	bool is_key = place < nr_keys;
	size_t column = is_key ? place :
				 nr_keys + (place - nr_keys) / page->nr_runs;
	bool first = !is_key && (place - nr_keys) % page->nr_runs == 0;
	enum page_kind kind = filled->grid->column[column].kind;
	struct html *html = &page->html;

	text_add(html->out, "<%s class=\"%s\"", place ? "td" : "th",
		 class_of(page, kind, first));
	if (!place)
		text_add(html->out, " scope=\"row\"");
	if (value->is == PAGE_NUMBER)
		text_add(html->out, " data-v=\"%.17g\"", value->number);
	html_raw(html, ">");
	page_add_value(html, kind, value);
	html_raw(html, place ? "</td>" : "</th>");
}

static void write_rows(struct page *page, const struct filled *filled)
{
	struct html *html = &page->html;

	html_begin(html, "tbody");
	for (size_t r = 0; r < nr_rows(filled); r++) {
		html_begin(html, "tr");
		for (size_t c = 0; c < filled->nr_cells; c++)
			write_cell(page, filled, c,
				   &filled->cell[r * filled->nr_cells + c]);
		html_end(html, "tr");
		html_raw(html, "\n");
	}
	html_end(html, "tbody");
}

static void write_rest(struct page *page, const struct filled *filled)
{
	struct html *html = &page->html;
	char shown[PAGE_NUMBER_MAX], all[PAGE_NUMBER_MAX];

	if (names_count(filled->keys) <= ROWS_MAX)
		return;
	html_begin(html, "p", "class", "rest");
	html_format(html, "The first %s of %s rows. All of them: ",
		    page_number(AS_COUNT, ROWS_MAX, shown),
		    page_number(AS_COUNT, names_count(filled->keys), all));
	html_element(html, "code", NULL, "kmemsim export %s %s",
		     page->run[0].database.path, filled->grid->all);
	html_end(html, "p");
}

static void write_grid(struct page *page, const struct filled *filled)
{
	struct html *html = &page->html;

	html_begin(html, "div", "class", "table", "role", "region",
		   "aria-label", filled->grid->caption, "tabindex", "0");
	html_begin(html, "table");
	html_element(html, "caption", NULL, "%s", filled->grid->caption);
	write_heads(page, filled);
	write_rows(page, filled);
	html_end(html, "table");
	html_end(html, "div");
	write_rest(page, filled);
	html_raw(html, "\n");
}

static int fill(struct page *page, struct filled *filled)
{
	if (!filled->keys || !filled->cell)
		return error_host(page->errors, "report");
	for (size_t run = 0; run < page->nr_runs; run++)
		if (take_run(page, filled, run))
			return -1;
	return 0;
}

int page_grid(struct page *page, const struct grid *grid)
{
	struct filled filled = {
		.grid = grid,
		.nr_columns = count_columns(grid),
		.keys = names_new(),
	};
	int result;

	filled.nr_cells = grid->nr_keys +
			  (filled.nr_columns - grid->nr_keys) * page->nr_runs;
	filled.cell =
		host_alloc(ROWS_MAX * filled.nr_cells, sizeof(*filled.cell));
	result = fill(page, &filled);
	if (!result && nr_rows(&filled)) {
		write_grid(page, &filled);
		result = 1;
	}
	free(filled.cell);
	names_free(filled.keys);
	return result;
}

int page_grid_has_rows(struct page *page, const struct grid *grid)
{
	int got = 0;

	for (size_t i = 0; i < page->nr_runs && !got; i++) {
		const struct page_run *run = &page->run[i];
		sqlite3_stmt *row = page_query(page, run, grid->query);

		if (row)
			got = database_step(&run->database, row, page->errors);
		sqlite3_finalize(row);
		if (page->errors->nr)
			return -1;
	}
	return got;
}
