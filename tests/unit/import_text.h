/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_TESTS_IMPORT_TEXT_H
#define KMEMSIM_TESTS_IMPORT_TEXT_H

/*
 * Traces from tests/fixtures/ftrace, imported, and the events that came out.
 * Include after cmocka.h.
 */

#include "tests/unit/workload_text.h"
#include "workloads/import/ftrace.h"

struct import_text {
	struct workload_text workload;
	struct import_report report;
	char *yaml; /* what was written */
	size_t length;
	int status;
};

static inline void import_text_init(struct import_text *text)
{
	memset(text, 0, sizeof(*text));
	workload_text_init(&text->workload);
}

static inline void import_text_release(struct import_text *text)
{
	import_report_release(&text->report);
	free(text->yaml);
	workload_text_release(&text->workload);
}

static inline void import_with(struct import_text *text, const char *path,
			       enum import_level level,
			       const struct import_options *options)
{
	FILE *out = open_memstream(&text->yaml, &text->length);

	assert_non_null(out);
	text->status = import_ftrace(path, level, out, options, &text->report,
				     &text->workload.scratch.errors);
	fclose(out);
}

static inline void import_file(struct import_text *text, const char *path,
			       enum import_level level)
{
	const struct import_options options = { .no_tasks = true };

	import_with(text, path, level, &options);
}

/* The same from lines of a trace, at the level of pages. */
static inline void import_lines(struct import_text *text, const char *lines)
{
	import_file(text, scratch_file(&text->workload.scratch, "t.txt", lines),
		    IMPORT_PAGES);
}

static inline void import_fixture(struct import_text *text, const char *name,
				  enum import_level level)
{
	char path[200];

	snprintf(path, sizeof(path), "tests/fixtures/ftrace/%s", name);
	import_file(text, path, level);
}

/*
 * What came out is a workload that reads back, and its events, without the
 * lines around them, are these.
 */
static inline void expect_events(struct import_text *text, const char *wanted)
{
	const char *begin, *end;

	print_errors(&text->workload.scratch);
	assert_int_equal(text->status, 0);
	read_workload(&text->workload, text->yaml);
	print_errors(&text->workload.scratch);
	assert_int_equal(text->workload.scratch.errors.nr, 0);
	begin = strstr(text->yaml, "events:\n");
	assert_non_null(begin);
	begin += strlen("events:\n");
	end = strstr(begin, "\n#");
	assert_non_null(end);
	text->yaml[end + 1 - text->yaml] = '\0';
	assert_string_equal(begin, wanted);
}

static inline const struct import_kind *kind_of(const struct import_text *text,
						const char *name)
{
	size_t i;

	for (i = 0; i < text->report.nr_kinds; i++)
		if (strcmp(text->report.kind[i].name, name) == 0)
			return &text->report.kind[i];
	fail_msg("no event %s was counted", name);
	return NULL;
}

#endif
