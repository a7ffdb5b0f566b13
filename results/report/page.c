/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A page about runs:
 *
 *	head      title, page.css
 *	header    what it is about, list of contents, light or dark
 *	main      page_facts(), page_figures(), page_pictures(), page_tables(),
 *	          page_configs(): a section each
 *	          page.js
 *
 * Rules:
 *
 * - The file needs nothing else: no fonts, scripts or pictures from elsewhere,
 *   and its own policy (Content-Security-Policy) forbids to load any.
 * - Everything is there without scripts. With them, tables can be sorted and
 *   filtered, and the page can be made light or dark.
 * - The same runs give the same page, byte for byte: it holds no time of day.
 * - What does not exist in a run is left out, not shown empty.
 */

#include "results/report/page.h"

#include <string.h>

#include "results/report/page_internal.h"

#include "embedded/page.css.h"
#include "embedded/page.js.h"

static const char *const letters[PAGE_RUNS_MAX] = {
	"A", "B", "C", "D", "E", "F", "G", "H",
	"I", "J", "K", "L", "M", "N", "O", "P",
};

/* ---- sections ------------------------------------------------------------ */

void page_begin_section(struct page *page, const char *id, const char *title)
{
	struct html *html = &page->html;
	char heading[64];

	if (page->nr_sections < PAGE_SECTIONS_MAX)
		page->section[page->nr_sections++] =
			(struct section){ id, title };
	snprintf(heading, sizeof heading, "%s-heading", id);
	html_begin(html, "section", "id", id, "aria-labelledby", heading);
	html_begin(html, "h2", "id", heading);
	html_text(html, title);
	html_end(html, "h2");
	html_raw(html, "\n");
}

void page_end_section(struct page *page)
{
	html_end(&page->html, "section");
	html_raw(&page->html, "\n");
}

void page_run_heading(struct page *page, const struct page_run *run)
{
	if (page->nr_runs > 1)
		html_element(&page->html, "h3", NULL, "%s: %s", run->letter,
			     run->name);
}

void page_add_pre(struct page *page, const struct page_run *run,
		  const char *name, const char *text)
{
	char label[64];

	snprintf(label, sizeof label, "%s%s%s", name,
		 page->nr_runs > 1 ? " of " : "",
		 page->nr_runs > 1 ? run->letter : "");
	html_begin(&page->html, "pre", "tabindex", "0", "role", "region",
		   "aria-label", label);
	html_text(&page->html, text);
	html_end(&page->html, "pre");
}

/* ---- the frame ----------------------------------------------------------- */

/* Behind the first line, which is about the source. */
static const char *without_licence(const char *source)
{
	return strchr(source, '\n') + 1;
}

static void write_head(struct html *html, const char *title)
{
	html_raw(html, "<!DOCTYPE html>\n");
	html_begin(html, "html", "lang", "en");
	html_raw(html, "\n");
	html_begin(html, "head");
	html_begin(html, "meta", "charset", "utf-8");
	html_begin(html, "meta", "name", "viewport", "content",
		   "width=device-width, initial-scale=1");
	html_begin(html, "meta", "name", "generator", "content",
		   "kmemsim " KMEMSIM_VERSION);
	html_begin(html, "meta", "http-equiv", "Content-Security-Policy",
		   "content",
		   "default-src 'none'; img-src data:; "
		   "style-src 'unsafe-inline'; "
		   "script-src 'unsafe-inline'",
		   NULL);
	html_raw(html, "\n");
	html_element(html, "title", NULL, "%s", title);
	html_raw(html, "\n<style>\n");
	html_raw(html, without_licence(embedded_page_css));
	html_raw(html, "</style>\n");
	html_end(html, "head");
	html_raw(html, "\n");
}

static void write_contents(struct html *html, const struct page *page)
{
	char target[64];

	html_begin(html, "nav", "aria-label", "Contents");
	html_begin(html, "ul");
	for (size_t i = 0; i < page->nr_sections; i++) {
		snprintf(target, sizeof target, "#%s", page->section[i].id);
		html_begin(html, "li");
		html_begin(html, "a", "href", target);
		html_text(html, page->section[i].title);
		html_end(html, "a");
		html_end(html, "li");
	}
	html_end(html, "ul");
	html_end(html, "nav");
	html_raw(html, "\n");
}

/* The button does nothing without a script: page.js shows it. */
static void write_header(struct html *html, const struct page *page,
			 const char *title)
{
	html_begin(html, "a", "class", "skip", "href", "#main");
	html_text(html, "Skip to the content");
	html_end(html, "a");
	html_begin(html, "header");
	html_begin(html, "div", "class", "top");
	html_element(html, "p", "what", "kmemsim report");
	html_begin(html, "button", "type", "button", "id", "scheme", "hidden",
		   "");
	html_text(html, "Light or dark");
	html_end(html, "button");
	html_end(html, "div");
	html_element(html, "h1", NULL, "%s", title);
	if (page->nr_runs > 1) {
		html_begin(html, "ul", "class", "runs");
		for (size_t i = 0; i < page->nr_runs; i++)
			html_element(html, "li", NULL, "%s: %s",
				     page->run[i].letter, page->run[i].name);
		html_end(html, "ul");
	}
	write_contents(html, page);
	html_end(html, "header");
	html_raw(html, "\n");
}

static void write_footer(struct html *html)
{
	html_begin(html, "footer");
	html_element(html, "p", NULL,
		     "Made by kmemsim %s. Times are simulated unless they are "
		     "called wall time; 1 KiB is 1,024 bytes. “–”: "
		     "there is no such number.",
		     KMEMSIM_VERSION);
	html_end(html, "footer");
	html_raw(html, "\n<script>\n");
	html_raw(html, without_licence(embedded_page_js));
	html_raw(html, "</script>\n");
}

static void add_title(const struct page *page, struct text *title)
{
	if (page->options->title)
		text_add(title, "%s", page->options->title);
	else if (page->nr_runs == 1)
		text_add(title, "%s", page->run[0].name);
	else
		text_add(title, "%zu runs side by side", page->nr_runs);
}

static void write_frame(struct page *page, struct text *out)
{
	struct text title = TEXT_EMPTY;
	struct html html = HTML_TO(out);

	add_title(page, &title);
	write_head(&html, title.s ? title.s : "");
	html_begin(&html, "body");
	write_header(&html, page, title.s ? title.s : "");
	html_begin(&html, "main", "id", "main", "tabindex", "-1");
	html_raw(&html, "\n");
	html_raw(&html, page->html.out->s ? page->html.out->s : "");
	html_end(&html, "main");
	html_raw(&html, "\n");
	write_footer(&html);
	html_end(&html, "body");
	html_end(&html, "html");
	html_raw(&html, "\n");
	out->failed |= title.failed;
	text_release(&title);
}

/* ---- the runs ------------------------------------------------------------ */

/* Several runs often have the same name: their files tell them apart. */
static const char *name_of(struct page *page, const struct page_run *run,
			   const char *name)
{
	struct text text = TEXT_EMPTY;
	const char *kept;

	if (page->options->nr_databases == 1)
		return page_keep(page, name);
	text_add(&text, "%s (%s)", name, run->database.path);
	kept = page_keep(page, text.s ? text.s : "");
	text_release(&text);
	return kept;
}

static int open_run(struct page *page, size_t number)
{
	struct page_run *run = &page->run[number];
	sqlite3_stmt *row;

	if (database_open(&run->database, page->options->databases[number],
			  page->errors))
		return -1;
	page->nr_runs++;
	snprintf(run->letter, sizeof run->letter, "%s", letters[number]);
	row = page_query(page, run, "SELECT name, status, config FROM run");
	if (row && database_step(&run->database, row, page->errors) > 0) {
		run->name = name_of(page, run, column_text(row, 0));
		run->status = page_keep(page, column_text(row, 1));
		run->config = page_keep(page, column_text(row, 2));
	}
	sqlite3_finalize(row);
	return page->errors->nr ? -1 : 0;
}

static int write_sections(struct page *page)
{
	for (size_t i = 0; i < page->options->nr_databases; i++)
		if (open_run(page, i))
			return -1;
	if (page_facts(page) || page_figures(page))
		return -1;
	if (!page->options->no_pictures && page_pictures(page))
		return -1;
	return page_tables(page) || page_configs(page) ? -1 : 0;
}

static int check(const struct page_options *options, struct errors *errors)
{
	if (options->nr_databases && options->nr_databases <= PAGE_RUNS_MAX)
		return 0;
	return error_input(errors, (struct place){ .file = "report" },
			   "%zu databases: a page can be about 1 to %d",
			   options->nr_databases, PAGE_RUNS_MAX);
}

int page_write(const struct page_options *options, struct text *out,
	       struct errors *errors)
{
	struct text body = TEXT_EMPTY;
	struct page page = {
		.options = options,
		.html = HTML_TO(&body),
		.errors = errors,
	};
	int result;

	if (check(options, errors))
		return -1;
	page.arena = arena_new();
	result = page.arena ? write_sections(&page) :
			      error_host(errors, "report");
	if (!result)
		write_frame(&page, out);
	if (!result && (body.failed || out->failed))
		result = error_host(errors, "report");
	while (page.nr_runs)
		database_close(&page.run[--page.nr_runs].database);
	arena_free(page.arena);
	text_release(&body);
	return result;
}
