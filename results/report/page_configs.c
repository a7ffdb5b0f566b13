/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The end of a page: what differs between the runs' configs, each config in
 * full, and how to do a run again.
 *
 * A key is compared as the text that its value is written as: the configs in
 * databases are effective ones, which are all written the same way.
 */

#include <ctype.h>
#include <string.h>

#include "results/compare/config_keys.h"
#include "results/report/page_internal.h"

#define CONFIG_BYTES_MAX 200000

/* ---- what differs -------------------------------------------------------- */

struct keys {
	struct config_keys of[PAGE_RUNS_MAX];
	size_t nr_runs;
	size_t nr_written;
};

static bool is_same(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool differs(const struct keys *keys, const char *path)
{
	const char *first = config_keys_find(&keys->of[0], path);

	for (size_t i = 1; i < keys->nr_runs; i++)
		if (!is_same(first, config_keys_find(&keys->of[i], path)))
			return true;
	return false;
}

/* Was the key in the config of an earlier run, and is done with? */
static bool is_known(const struct keys *keys, size_t run, const char *path)
{
	for (size_t i = 0; i < run; i++)
		if (config_keys_find(&keys->of[i], path))
			return true;
	return false;
}

static void write_difference(struct page *page, struct keys *keys,
			     const char *path)
{
	struct html *html = &page->html;

	if (!keys->nr_written++)
		page_begin_by_run(page, "Keys of the configs that differ",
				  "differences", "<th scope=\"col\">Key</th>");
	html_begin(html, "tr");
	html_begin(html, "th", "scope", "row");
	html_element(html, "code", NULL, "%s", path);
	html_end(html, "th");
	for (size_t i = 0; i < keys->nr_runs; i++) {
		const char *value = config_keys_find(&keys->of[i], path);

		html_begin(html, "td");
		if (value)
			html_element(html, "code", NULL, "%s", value);
		else
			html_text(html, "–");
		html_end(html, "td");
	}
	html_end(html, "tr");
	html_raw(html, "\n");
}

static int write_differences(struct page *page)
{
	struct keys keys = { .nr_runs = page->nr_runs };

	for (size_t i = 0; i < page->nr_runs; i++)
		if (config_keys_read(&keys.of[i], page->run[i].config,
				     page->arena))
			return error_host(page->errors, "report");
	page_begin_section(page, "differences", "What differs");
	for (size_t i = 0; i < page->nr_runs; i++)
		for (size_t k = 0; k < keys.of[i].nr; k++) {
			const char *path = keys.of[i].key[k].path;

			if (!is_known(&keys, i, path) && differs(&keys, path))
				write_difference(page, &keys, path);
		}
	if (keys.nr_written)
		page_end_by_run(page);
	else
		html_element(&page->html, "p", NULL,
			     "The configs are the same, but for comments.");
	page_end_section(page);
	return 0;
}

/* ---- the configs --------------------------------------------------------- */

static void write_config(struct page *page, const struct page_run *run)
{
	struct html *html = &page->html;
	struct text config = TEXT_EMPTY;

	text_add(&config, "%.*s", CONFIG_BYTES_MAX, run->config);
	html_begin(html, "details", "class", "long");
	html_begin(html, "summary");
	if (page->nr_runs > 1)
		html_format(html, "%s: ", run->letter);
	html_text(html, "The config in full");
	html_end(html, "summary");
	page_add_pre(page, run, "The config’s text", config.s ? config.s : "");
	if (strlen(run->config) > CONFIG_BYTES_MAX)
		html_element(html, "p", "rest",
			     "That is its beginning: the database has all of "
			     "it.");
	html_end(html, "details");
	html_raw(html, "\n");
	html->out->failed |= config.failed;
	text_release(&config);
}

static void write_configs(struct page *page)
{
	page_begin_section(page, "configs",
			   page->nr_runs > 1 ? "Configs" : "Config");
	html_element(&page->html, "p", NULL,
		     "With the profile and all defaults filled in.");
	for (size_t i = 0; i < page->nr_runs; i++)
		write_config(page, &page->run[i]);
	page_end_section(page);
}

/* ---- doing it again ------------------------------------------------------ */

/* A word of a command line, as a shell reads it back. */
static void add_word(struct text *out, const char *word)
{
	bool plain = *word;

	for (const char *s = word; *s; s++)
		plain &= isalnum((unsigned char)*s) ||
			 strchr("/._-+,:=@%", *s) != NULL;
	if (plain) {
		text_add(out, "%s", word);
		return;
	}
	text_add(out, "'");
	for (; *word; word++)
		if (*word == '\'')
			text_add(out, "'\\''");
		else
			text_add_bytes(out, word, 1);
	text_add(out, "'");
}

#define THE_RUN                                                                \
	"SELECT workload_path, seed, log_ops, timeline, digest, version,"      \
	" config LIKE '%initial_state:%free_lists:%' FROM run"

static void add_commands(const struct page_run *run, sqlite3_stmt *row,
			 struct text *out)
{
	text_add(out, "sqlite3 ");
	add_word(out, run->database.path);
	text_add(out, " 'SELECT config FROM run' >config.yaml\n"
		      "kmemsim run -c config.yaml -w ");
	add_word(out, column_text(row, 0));
	if (sqlite3_column_int64(row, 1))
		text_add(out, " --seed %s", column_text(row, 1));
	if (strcmp(column_text(row, 2), "none") != 0)
		text_add(out, " --log-ops %s", column_text(row, 2));
	if (sqlite3_column_int64(row, 3))
		text_add(out, " --timeline");
	text_add(out, " -o again.db\n");
}

static void write_again(struct page *page, const struct page_run *run,
			sqlite3_stmt *row)
{
	struct html *html = &page->html;
	struct text commands = TEXT_EMPTY;

	page_run_heading(page, run);
	add_commands(run, row, &commands);
	page_add_pre(page, run, "Commands", commands.s ? commands.s : "");
	if (*column_text(row, 4)) {
		html_begin(html, "p");
		html_format(html, "With kmemsim %s the digest is then again ",
			    column_text(row, 5));
		html_element(html, "code", NULL, "%s", column_text(row, 4));
		html_text(html, ".");
		if (sqlite3_column_int64(row, 6))
			html_text(html, " The config names files of the state "
					"to begin with: put config.yaml beside "
					"them.");
		html_end(html, "p");
	}
	html->out->failed |= commands.failed;
	text_release(&commands);
}

static int write_all_again(struct page *page)
{
	page_begin_section(page, "again", "How to do it again");
	for (size_t i = 0; i < page->nr_runs; i++) {
		const struct page_run *run = &page->run[i];
		sqlite3_stmt *row = page_query(page, run, THE_RUN);

		if (row && database_step(&run->database, row, page->errors) > 0)
			write_again(page, run, row);
		sqlite3_finalize(row);
		if (page->errors->nr)
			return -1;
	}
	page_end_section(page);
	return 0;
}

int page_configs(struct page *page)
{
	if (page->nr_runs > 1 && write_differences(page))
		return -1;
	write_configs(page);
	return write_all_again(page);
}
