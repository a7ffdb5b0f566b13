/* SPDX-License-Identifier: GPL-2.0-only */
/* kmemsim import: from what a kernel engineer has in hand. */

#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "sim/base/safe_file.h"
#include "sim/base/text.h"
#include "workloads/import/ftrace.h"
#include "workloads/import/proc.h"

static int import_main(int argc, char **argv);

const struct verb import_verb = {
	.name = "import",
	.does = "a trace or /proc files of a real kernel become a workload or "
		"config",
	.run = import_main,
	/* clang-format off */
	.help =
"Usage: kmemsim import ftrace TRACE -o WORKLOAD.yaml [--level pages|calls]\n"
"       kmemsim import proc ZONEINFO [PAGETYPEINFO|BUDDYINFO] -o CONFIG.yaml\n"
"\n"
"ftrace: the text of ftrace's kmem events becomes a workload. What was read,\n"
"skipped and guessed is reported on stderr. '-' is stdin or stdout.\n"
"\n"
"      --level pages   one alloc_pages for each mm_page_alloc, one free_pages\n"
"                      for each mm_page_free (default)\n"
"      --level calls   kmalloc, kfree, kmem_cache_* through the slab model,\n"
"                      and the page events that are not the slab's own\n"
"      --no-tasks      leaves out who called\n"
"\n"
"proc: /proc/zoneinfo, with /proc/pagetypeinfo or /proc/buddyinfo for how\n"
"memory was filled, becomes the config of the same machine.\n"
"\n"
"      --profile NAME  the kernel's profile (default: by the zones)\n"
"\n"
"  -o, --output FILE   what is written\n"
"      --name NAME     the workload's or config's name\n"
"\n"
"Examples:\n"
"  kmemsim import ftrace trace.txt -o boot.yaml\n"
"  kmemsim import proc zoneinfo pagetypeinfo -o machine.yaml\n",
	/* clang-format on */
};

struct import_words {
	const char *format;
	const char **files;
	size_t nr_files;
	const char *output;
	const char *level;
	const char *name;
	const char *profile;
	bool no_tasks;
};

static int from_ftrace(const struct import_words *words, FILE *out,
		       struct text *report_text, struct errors *errors)
{
	struct import_options options = {
		.name = words->name,
		.no_tasks = words->no_tasks,
	};
	struct import_report *report = calloc(1, sizeof *report);
	enum import_level level = IMPORT_PAGES;
	int status;

	if (!report)
		return error_host(errors, "no memory for the report");
	if (words->level && strcmp(words->level, "calls") == 0)
		level = IMPORT_CALLS;
	status = import_ftrace(words->files[0], level, out, &options, report,
			       errors);
	if (!status)
		import_report_add(report, report_text);
	import_report_release(report);
	free(report);
	return status;
}

static int from_proc(const struct import_words *words, FILE *out,
		     struct text *report_text, struct errors *errors)
{
	struct proc_options options = {
		.name = words->name,
		.profile = words->profile,
		.config_path = words->output,
	};
	struct proc_report report;

	if (import_proc(words->files, words->nr_files, out, &options, &report,
			errors) < 0)
		return -1;
	proc_report_add(&report, report_text);
	return 0;
}

/* Formats, and how many files each takes. */
static const struct format {
	const char *name;
	size_t most_files;
	int (*import)(const struct import_words *, FILE *, struct text *,
		      struct errors *);
} formats[] = {
	{ "ftrace", 1, from_ftrace },
	{ "proc", 3, from_proc },
};
#define NR_FORMATS (sizeof formats / sizeof *formats)

static const struct format *find_format(const char *name)
{
	for (size_t i = 0; i < NR_FORMATS; i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

static int write_output(const struct format *format,
			const struct import_words *words, struct text *report,
			struct errors *errors)
{
	struct safe_file out;

	if (safe_file_open(&out, words->output, errors) < 0)
		return -1;
	if (format->import(words, out.file, report, errors) < 0) {
		safe_file_discard(&out);
		return -1;
	}
	return safe_file_commit(&out, errors);
}

static int do_import(const struct import_words *words)
{
	const struct format *format = find_format(words->format);
	struct errors errors = ERRORS_NONE;
	struct text report = TEXT_EMPTY;
	int status = EXIT_FINE;

	if (write_output(format, words, &report, &errors) < 0)
		status = fail_with(&errors);
	else if (report.s)
		fputs(report.s, stderr);
	text_release(&report);
	return status;
}

static int check_words(const struct import_words *words)
{
	const struct format *format = find_format(words->format);
	const char *names[NR_FORMATS];
	const char *match;

	for (size_t i = 0; i < NR_FORMATS; i++)
		names[i] = formats[i].name;
	match = nearest_match(words->format, strlen(words->format), names,
			      NR_FORMATS);
	if (!format)
		return usage_error(&import_verb,
				   "there is no format '%s'%s%s%s; there are "
				   "ftrace and proc",
				   words->format,
				   match ? "; did you mean '" : "",
				   match ? match : "", match ? "'?" : "");
	if (!words->nr_files || words->nr_files > format->most_files)
		return usage_error(&import_verb, "%s takes 1 to %zu files",
				   format->name, format->most_files);
	if (!words->output)
		return usage_error(&import_verb, "where to? -o is needed");
	for (size_t i = 0; i < words->nr_files; i++)
		if (same_file(words->files[i], words->output))
			return usage_error(&import_verb,
					   "%s would be written over what is "
					   "read from it",
					   words->output);
	if (words->level && strcmp(words->level, "pages") != 0 &&
	    strcmp(words->level, "calls") != 0)
		return usage_error(&import_verb,
				   "--level: '%s' is not pages or calls",
				   words->level);
	return 0;
}

static int import_main(int argc, char **argv)
{
	struct import_words words = { .format = NULL };
	struct words operands = { .nr = 0 };
	const struct option_spec specs[] = {
		{ "--output", 'o', "a file", .text = &words.output },
		{ "--level", 0, "pages or calls", .text = &words.level },
		{ "--name", 0, "a name", .text = &words.name },
		{ "--profile", 0, "a name", .text = &words.profile },
		{ "--no-tasks", 0, .flag = &words.no_tasks },
		{ .name = NULL },
	};
	int status = options_parse(&import_verb, specs, argc, argv, &operands);

	if (!status && !operands.nr)
		status = usage_error(&import_verb, "a format and a file are "
						   "needed");
	if (!status) {
		words.format = operands.word[0];
		words.files = operands.word + 1;
		words.nr_files = operands.nr - 1;
		status = check_words(&words);
	}
	if (!status)
		status = do_import(&words);
	words_release(&operands);
	return status < 0 ? EXIT_FINE : status;
}
