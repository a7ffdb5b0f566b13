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
"       kmemsim import ftrace TRACE ZONEINFO [PAGETYPEINFO|BUDDYINFO]\n"
"               -o WORKLOAD.yaml --config CONFIG.yaml\n"
"       kmemsim import proc ZONEINFO [PAGETYPEINFO|BUDDYINFO] -o CONFIG.yaml\n"
"\n"
"ftrace: the text of ftrace's kmem events becomes a workload. What was read,\n"
"skipped and guessed is reported on stderr. '-' is stdin or stdout.\n"
"\n"
"      --level pages   one alloc_pages for each mm_page_alloc, one free_pages\n"
"                      for each mm_page_free (default)\n"
"      --level calls   kmalloc, kfree, kmem_cache_* through the slab model,\n"
"                      and the page events that are not the slab's own\n"
"      --model-reclaim leaves reclaim and compaction to the run: pages say\n"
"                      that they are page cache or anonymous memory, and what\n"
"                      the kernel took back itself is no call. For a file, at\n"
"                      the level of pages\n"
"      --no-tasks      leaves out who called\n"
"\n"
"proc: /proc/zoneinfo, with /proc/pagetypeinfo or /proc/buddyinfo for how\n"
"memory was filled, becomes the config of the same machine.\n"
"\n"
"      --profile NAME  the kernel's profile (default: by the zones)\n"
"\n"
"  -o, --output FILE   what is written\n"
"      --config FILE   writes the config of the machine there, too: from the\n"
"                      /proc files behind the trace. For proc the same as -o\n"
"      --name NAME     the workload's or config's name\n"
"\n"
"Examples:\n"
"  kmemsim import ftrace trace.txt -o boot.yaml\n"
"  kmemsim import ftrace trace.txt --model-reclaim -o boot.yaml\n"
"  kmemsim import proc zoneinfo pagetypeinfo -o machine.yaml\n",
	/* clang-format on */
};

struct import_words {
	const char *format;
	const char **files;
	size_t nr_files;
	const char *output;
	const char *config; /* NULL: none is asked for */
	const char *level;
	const char *name;
	const char *profile;
	bool no_tasks;
	bool model_reclaim;
};

typedef int import_fn(const struct import_words *, FILE *, struct text *,
		      struct errors *);

/* Is a trace from stdin read more than once? */
static bool needs_stdin_again(const struct import_words *words)
{
	return words->nr_files && strcmp(words->files[0], "-") == 0 &&
	       (words->model_reclaim ||
		(words->level && strcmp(words->level, "calls") == 0));
}

static int from_ftrace(const struct import_words *words, FILE *out,
		       struct text *report_text, struct errors *errors)
{
	struct import_options options = {
		.name = words->name,
		.no_tasks = words->no_tasks,
		.model_reclaim = words->model_reclaim,
	};
	struct import_report *report = calloc(1, sizeof *report);
	enum import_level level = IMPORT_PAGES;
	int status;

	if (!report)
		return error_host(errors, "no memory for the report");
	if (words->level && strcmp(words->level, "calls") == 0)
		level = IMPORT_CALLS;
	/* Opened anew for each reading: then each has a place of its own. */
	status = import_ftrace(needs_stdin_again(words) ? "/dev/stdin" :
							  words->files[0],
			       level, out, &options, report, errors);
	if (!status)
		import_report_add(report, report_text);
	import_report_release(report);
	free(report);
	return status;
}

static int from_proc(const struct import_words *words, FILE *out,
		     struct text *report_text, struct errors *errors)
{
	/* Behind a trace, or alone. */
	size_t skipped = words->config ? 1 : 0;
	struct proc_options options = {
		.name = words->name,
		.profile = words->profile,
		.config_path = words->config ? words->config : words->output,
	};
	struct proc_report report;

	if (import_proc(words->files + skipped, words->nr_files - skipped, out,
			&options, &report, errors) < 0)
		return -1;
	proc_report_add(&report, report_text);
	return 0;
}

/* Formats, and how many files each takes. */
static const struct format {
	const char *name;
	size_t most_files;
	import_fn *import;
} formats[] = {
	{ "ftrace", 4, from_ftrace },
	{ "proc", 3, from_proc },
};
#define NR_FORMATS (sizeof formats / sizeof *formats)

void import_offer(const char *begun)
{
	for (size_t i = 0; i < NR_FORMATS; i++)
		if (strncmp(formats[i].name, begun, strlen(begun)) == 0)
			puts(formats[i].name);
}

static const struct format *find_format(const char *name)
{
	for (size_t i = 0; i < NR_FORMATS; i++)
		if (strcmp(formats[i].name, name) == 0)
			return &formats[i];
	return NULL;
}

/* Opens what goes to `path` and writes it, for the caller to commit. */
static int write_file(struct safe_file *out, const char *path,
		      import_fn *import, const struct import_words *words,
		      struct text *report, struct errors *errors)
{
	if (safe_file_open(out, path, errors) < 0)
		return -1;
	if (import(words, out->file, report, errors) == 0)
		return 0;
	safe_file_discard(out);
	return -1;
}

/* Both files, or none. */
static int write_outputs(const struct format *format,
			 const struct import_words *words, struct text *report,
			 struct errors *errors)
{
	struct safe_file out, config;

	if (words->config && write_file(&config, words->config, from_proc,
					words, report, errors) < 0)
		return -1;
	if (write_file(&out, words->output, format->import, words, report,
		       errors) < 0 ||
	    safe_file_commit(&out, errors) < 0) {
		if (words->config)
			safe_file_discard(&config);
		return -1;
	}
	return words->config ? safe_file_commit(&config, errors) : 0;
}

static int do_import(const struct import_words *words)
{
	const struct format *format = find_format(words->format);
	struct errors errors = ERRORS_NONE;
	struct text report = TEXT_EMPTY;
	int status = EXIT_FINE;

	if (needs_stdin_again(words) && keep_stdin(&import_verb) != 0)
		return EXIT_FAILED;
	if (write_outputs(format, words, &report, &errors) < 0)
		status = fail_with(&errors);
	else if (report.s)
		fputs(report.s, stderr);
	text_release(&report);
	return status;
}

/* NULL, with the message given, where there is no such format. */
static const struct format *check_format(const struct import_words *words)
{
	const struct format *format = find_format(words->format);
	const char *names[NR_FORMATS];
	const char *match;

	for (size_t i = 0; i < NR_FORMATS; i++)
		names[i] = formats[i].name;
	match = nearest_match(words->format, strlen(words->format), names,
			      NR_FORMATS);
	if (!format)
		usage_error(&import_verb,
			    "there is no format '%s'%s%s%s; there are "
			    "ftrace and proc",
			    words->format, match ? "; did you mean '" : "",
			    match ? match : "", match ? "'?" : "");
	return format;
}

/* Where the config goes, and from what; for proc, it is the output. */
static int check_config(struct import_words *words, const struct format *format)
{
	bool is_trace = format->import == from_ftrace;

	if (!is_trace && words->config) {
		if (words->output)
			return usage_error(&import_verb,
					   "proc makes a config: where to, say "
					   "-o or --config, not both");
		words->output = words->config;
		words->config = NULL;
	}
	if (is_trace && words->config && words->nr_files < 2)
		return usage_error(&import_verb,
				   "a trace does not say what machine it is "
				   "from: --config needs its /proc/zoneinfo "
				   "behind the trace");
	if (is_trace && !words->config && words->nr_files > 1)
		return usage_error(&import_verb,
				   "ftrace takes 1 file; with --config, /proc "
				   "files behind it make the machine's config");
	return 0;
}

static int check_files(const struct import_words *words)
{
	if (!words->output)
		return usage_error(&import_verb, "where to? -o is needed");
	for (size_t i = 0; i < words->nr_files; i++) {
		const char *file = words->files[i];
		bool output = same_file(file, words->output);

		if (output || (words->config && same_file(file, words->config)))
			return usage_error(&import_verb,
					   "%s would be written over what is "
					   "read from it",
					   output ? words->output :
						    words->config);
	}
	if (words->config && (strcmp(words->config, words->output) == 0 ||
			      same_file(words->config, words->output)))
		return usage_error(&import_verb,
				   "the workload and the config can't both go "
				   "to %s",
				   words->output);
	return 0;
}

static int check_level(const struct import_words *words,
		       const struct format *format)
{
	if (words->level && strcmp(words->level, "pages") != 0 &&
	    strcmp(words->level, "calls") != 0)
		return usage_error(&import_verb,
				   "--level: '%s' is not pages or calls",
				   words->level);
	if (!words->model_reclaim)
		return 0;
	if (format->import != from_ftrace)
		return usage_error(&import_verb,
				   "--model-reclaim is for ftrace");
	if (words->level && strcmp(words->level, "calls") == 0)
		return usage_error(&import_verb,
				   "--model-reclaim is for --level pages: at "
				   "the level of calls nobody knows yet whose "
				   "a slab's pages are");
	return 0;
}

static int check_words(struct import_words *words)
{
	const struct format *format = check_format(words);
	int status;

	if (!format)
		return EXIT_USAGE;
	if (!words->nr_files || words->nr_files > format->most_files)
		return usage_error(&import_verb, "%s takes 1 to %zu files",
				   format->name, format->most_files);
	status = check_config(words, format);
	if (!status)
		status = check_files(words);
	if (!status)
		status = check_level(words, format);
	return status;
}

static int import_main(int argc, char **argv)
{
	struct import_words words = { .format = NULL };
	struct words operands = { .nr = 0 };
	const struct option_spec specs[] = {
		{ "--output", 'o', "a file", .text = &words.output },
		{ "--config", 0, "a file", .text = &words.config },
		{ "--level", 0, "pages or calls", .text = &words.level },
		{ "--name", 0, "a name", .text = &words.name },
		{ "--profile", 0, "a name", .text = &words.profile },
		{ "--no-tasks", 0, .flag = &words.no_tasks },
		{ "--model-reclaim", 0, .flag = &words.model_reclaim },
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
