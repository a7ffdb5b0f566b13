/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmemsim import: makes workloads and configs of what a kernel engineer has at
 * hand. The formats are in workloads/import/format.h; here is what all of them
 * share: options and files.
 */

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/simulate.h"
#include "workloads/import/fit.h"
#include "workloads/import/format.h"
#include "workloads/import/gfp_bits.h"

static int import_main(int argc, char **argv);

const struct verb import_verb = {
	.name = "import",
	.does = "traces, logs and /proc files of a real kernel become "
		"workloads and configs",
	.run = import_main,
	/* clang-format off */
	.help =
"Usage: kmemsim import FORMAT FILE… -o WORKLOAD.yaml [--config CONFIG.yaml]\n"
"\n"
"  ftrace TRACE     the text of ftrace's kmem events (trace, trace_pipe,\n"
"                   trace-cmd report)\n"
"  perf TEXT        what `perf script` prints of the same events\n"
"  dmesg LOG        a kernel's report of an allocation that failed: the\n"
"                   machine as it was then, and the call\n"
"  page_owner DUMP  who holds which pages: allocations that stay\n"
"  proc FILE…       zoneinfo, with pagetypeinfo or buddyinfo, vmallocinfo and\n"
"                   slabinfo, in any order: -o is the config of the same\n"
"                   machine. With a slabinfo, --config is, and -o a workload\n"
"                   that fills its caches\n"
"\n"
"What was read, skipped and guessed is reported on stderr. '-' is stdin or\n"
"stdout. For ftrace, perf and page_owner, --config takes the /proc files\n"
"behind the trace.\n"
"\n"
"  -o, --output FILE   what is written\n"
"      --config FILE   writes the config of the machine there, too\n"
"      --name NAME     the workload's or config's name\n"
"      --profile NAME  the config's kernel (default: by the zones)\n"
"      --no-tasks      leaves out who called; not for proc\n"
"      --level pages   ftrace, perf: one alloc_pages for each mm_page_alloc,\n"
"                      one free_pages for each mm_page_free (default)\n"
"      --level calls   kmalloc, kfree, kmem_cache_* through the slab model,\n"
"                      and the page events that are not the slab's own\n"
"      --model-reclaim ftrace, perf: leaves reclaim and compaction to the\n"
"                      run: pages say that they are page cache or anonymous\n"
"                      memory, and what the kernel took back itself is no\n"
"                      call. At the level of pages\n"
"      --fit           ftrace, perf: writes generators that do much the same,\n"
"                      not events (docs/generators.md), and how well they fit\n"
"      --gfp-bits V    GFP masks that are numbers are of that kernel, such\n"
"                      as 4.9 (default: what the file says, else a guess)\n"
"      --nth N         dmesg: which report of the log (default: 1)\n"
"\n"
"Examples:\n"
"  kmemsim import ftrace trace.txt -o boot.yaml\n"
"  kmemsim import ftrace trace.txt zoneinfo pagetypeinfo -o boot.yaml \\\n"
"      --config machine.yaml\n"
"  kmemsim import dmesg dmesg.txt -o failure.yaml --config then.yaml\n"
"  kmemsim import ftrace trace.txt --fit -o like-boot.yaml\n"
"  kmemsim import proc zoneinfo pagetypeinfo -o machine.yaml\n",
	/* clang-format on */
};

/* No format takes more files. */
#define FILES_MAX 16

struct import_words {
	const struct import_format *format;
	const char **files;
	size_t nr_files;
	char kept[FILES_MAX][24]; /* names of what came from pipes */
	const char *output;	  /* of the workload; NULL: none */
	const char *config;	  /* NULL: none is asked for */
	const char *level;
	const char *name;
	const char *profile;
	const char *gfp_bits;
	const char *nth;
	bool no_tasks;
	bool model_reclaim;
	bool fit;
};

/* ---- pipes --------------------------------------------------------------- */

static bool is_fifo(const char *path)
{
	struct stat stat_of;

	return stat(path, &stat_of) == 0 && S_ISFIFO(stat_of.st_mode);
}

/* A name for an open file, under which it is read from its beginning. */
static const char *name_of(struct import_words *words, size_t i, int fd)
{
	if (fd == STDIN_FILENO)
		return "/dev/stdin";
	snprintf(words->kept[i], sizeof words->kept[i], "/dev/fd/%d", fd);
	return words->kept[i];
}

/* If it can't be opened, its reader will say so. */
static int keep_file(struct import_words *words, size_t i)
{
	const char *path = words->files[i];
	bool from_stdin = strcmp(path, "-") == 0;
	int fd = STDIN_FILENO;
	int status;

	if (!from_stdin && !is_fifo(path))
		return 0;
	if (!from_stdin)
		fd = open(path, O_RDONLY);
	if (interrupted) /* while a FIFO was opened that nobody writes to */
		return EXIT_INTERRUPTED;
	if (fd < 0)
		return 0;
	status = keep_input(&import_verb, fd, from_stdin ? "stdin" : path);
	words->files[i] = name_of(words, i, fd);
	return status;
}

/* Files of /proc are read more than once, and traces. */
static int keep_files(struct import_words *words)
{
	size_t i = words->format->reads_first_once;
	int status = 0;

	for (; i < words->nr_files && i < FILES_MAX && !status; i++)
		status = keep_file(words, i);
	return status;
}

/* ---- files --------------------------------------------------------------- */

/* A file to write, if it is asked for. */
struct result {
	const char *path; /* NULL: it is not */
	struct safe_file file;
};

static int result_open(struct result *result, const char *path, FILE **to,
		       struct errors *errors)
{
	*result = (struct result){ .path = NULL };
	if (!path)
		return 0;
	if (safe_file_open(&result->file, path, errors) < 0)
		return -1;
	result->path = path;
	*to = result->file.file;
	return 0;
}

static int result_commit(struct result *result, struct errors *errors)
{
	bool open = result->path;

	result->path = NULL;
	return open ? safe_file_commit(&result->file, errors) : 0;
}

static void result_discard(struct result *result)
{
	if (result->path)
		safe_file_discard(&result->file);
}

/* Imports into a file of events that nobody else sees, and fits to that. */
static int import_and_fit(const struct import_words *words,
			  struct import_job *job)
{
	const char *slash = strrchr(words->files[0], '/');
	const char *from = slash ? slash + 1 : words->files[0];
	FILE *out = job->workload;
	FILE *events = tmpfile();
	char path[64];
	int err;

	if (!events)
		return error_host(job->errors, "no room for a file of events");
	job->workload = events;
	err = words->format->import(job);
	job->workload = out;
	snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(events));
	if (!err && !interrupted)
		err = workload_fit(path, from, out, job->report, job->errors);
	fclose(events);
	return err;
}

/* All files, or none. */
static int write_results(const struct import_words *words,
			 struct import_job *job)
{
	struct result workload, config;
	int err;

	if (result_open(&workload, words->output, &job->workload, job->errors) <
	    0)
		return -1;
	err = result_open(&config, words->config, &job->config, job->errors);
	if (!err)
		err = words->fit ? import_and_fit(words, job) :
				   words->format->import(job);
	if (!err && interrupted)
		err = -1; /* it is not all */
	if (!err)
		err = result_commit(&workload, job->errors);
	if (!err)
		err = import_job_commit(job);
	if (!err)
		err = result_commit(&config, job->errors);
	import_job_discard(job);
	result_discard(&workload);
	result_discard(&config);
	return err;
}

/* Two outputs are for what the files make two of. */
static int check_workload(const struct import_words *words)
{
	const struct import_format *format = words->format;

	if (!format->makes_config || !words->output ||
	    (format->has_workload &&
	     format->has_workload(words->files, words->nr_files)))
		return 0;
	return usage_error(&import_verb,
			   "%s makes a config: where to, say -o or --config, "
			   "not both; a workload beside it is made of a "
			   "slabinfo",
			   format->name);
}

static int do_import(struct import_words *words, struct import_job *job)
{
	int status;

	signals_catch();
	signals_repeat(true);
	status = keep_files(words);
	/* Only now may it look into them. */
	if (!status)
		status = check_workload(words);
	if (status)
		return status;
	job->interrupted = &interrupted;
	status = write_results(words, job);
	signals_repeat(false);
	if (status < 0 && interrupted) {
		errors_release(job->errors);
		status = EXIT_INTERRUPTED;
	} else if (job->errors->nr) {
		status = fail_with(job->errors);
	} else {
		status = EXIT_FINE;
		fputs(job->report->s ? job->report->s : "", stderr);
	}
	return status;
}

/* ---- words --------------------------------------------------------------- */

#define FORMATS_MAX 16

/* NULL, with the message given, where there is no such format. */
void import_offer(const char *begun)
{
	for (size_t i = 0; i < nr_import_formats; i++)
		if (strncmp(import_formats[i]->name, begun, strlen(begun)) == 0)
			puts(import_formats[i]->name);
}

static const struct import_format *find_format(const char *word)
{
	struct text hint = TEXT_EMPTY;
	const char *names[FORMATS_MAX];
	size_t nr;

	for (nr = 0; nr < nr_import_formats && nr < FORMATS_MAX; nr++) {
		names[nr] = import_formats[nr]->name;
		if (strcmp(names[nr], word) == 0)
			return import_formats[nr];
	}
	text_add_hint(&hint, word, strlen(word), names, nr,
		      "`kmemsim import --help`");
	usage_error(&import_verb, "there is no format \"%s\"%s", word,
		    hint.s ? hint.s : "");
	text_release(&hint);
	return NULL;
}

/* A format that makes a config: -o is that one, unless it makes both. */
static void find_outputs(struct import_words *words)
{
	if (!words->format->makes_config || (words->config && words->output))
		return;
	if (!words->config)
		words->config = words->output;
	words->output = NULL;
}

/* The files of /proc behind a trace, and the config made of them. */
static int check_behind(const struct import_words *words)
{
	const char *name = words->format->name;

	if (!words->format->proc_behind)
		return 0;
	if (words->config && words->nr_files < 2)
		return usage_error(&import_verb,
				   "%s does not say what machine it is from: "
				   "--config needs its /proc/zoneinfo behind "
				   "the file",
				   name);
	if (!words->config && words->nr_files > 1)
		return usage_error(&import_verb,
				   "%s takes 1 file; with --config, /proc "
				   "files behind it make the machine's config",
				   name);
	return 0;
}

static int check_files(const struct import_words *words)
{
	size_t nr_stdin = 0;

	for (size_t i = 0; i < words->nr_files; i++)
		nr_stdin += strcmp(words->files[i], "-") == 0;
	if (nr_stdin > 1)
		return usage_error(&import_verb, "only one file can come from "
						 "stdin");
	for (size_t i = 0; i < words->nr_files; i++) {
		const char *file = words->files[i];
		bool output = words->output && same_file(file, words->output);

		if (output || (words->config && same_file(file, words->config)))
			return usage_error(&import_verb,
					   "%s would be written over what is "
					   "read from it",
					   output ? words->output :
						    words->config);
	}
	if (words->config && words->output &&
	    (strcmp(words->config, words->output) == 0 ||
	     same_file(words->config, words->output)))
		return usage_error(&import_verb,
				   "the workload and the config can't both go "
				   "to %s",
				   words->output);
	return 0;
}

/* Options that the format does not take. */
static int check_taken(const struct import_words *words)
{
	const struct {
		const char *name;
		bool given;
		enum import_option option;
	} options[] = {
		{ "--level", words->level, IMPORT_TAKES_LEVEL },
		{ "--model-reclaim", words->model_reclaim,
		  IMPORT_TAKES_MODEL_RECLAIM },
		/* What is a trace has a level, and can be fitted. */
		{ "--fit", words->fit, IMPORT_TAKES_LEVEL },
		{ "--no-tasks", words->no_tasks, IMPORT_TAKES_NO_TASKS },
		{ "--gfp-bits", words->gfp_bits, IMPORT_TAKES_GFP_BITS },
		{ "--nth", words->nth, IMPORT_TAKES_NTH },
	};

	for (size_t i = 0; i < sizeof options / sizeof *options; i++) {
		struct text takers = TEXT_EMPTY;
		const char *names[FORMATS_MAX];
		size_t nr = 0;

		if (!options[i].given ||
		    words->format->takes & options[i].option)
			continue;
		for (size_t n = 0; n < nr_import_formats; n++)
			if (import_formats[n]->takes & options[i].option &&
			    nr < FORMATS_MAX)
				names[nr++] = import_formats[n]->name;
		text_add_choices(&takers, names, nr);
		usage_error(&import_verb, "%s is for %s", options[i].name,
			    takers.s ? takers.s : "others");
		text_release(&takers);
		return EXIT_USAGE;
	}
	return 0;
}

/* The options' values. */
static int check_values(const struct import_words *words,
			struct import_job *job)
{
	bool calls = words->level && strcmp(words->level, "calls") == 0;

	if (words->level && !calls && strcmp(words->level, "pages") != 0)
		return usage_error(&import_verb,
				   "--level: \"%s\" is not pages or calls",
				   words->level);
	if (words->model_reclaim && calls)
		return usage_error(&import_verb,
				   "--model-reclaim is for --level pages: at "
				   "the level of calls nobody knows yet whose "
				   "a slab's pages are");
	if (words->gfp_bits &&
	    !gfp_bits_version(words->gfp_bits, &job->gfp_bits))
		return usage_error(&import_verb,
				   "--gfp-bits: \"%s\" is no version of a "
				   "kernel, such as 4.9",
				   words->gfp_bits);
	job->nth = 1;
	if (words->nth &&
	    (!parse_u64(words->nth, strlen(words->nth), &job->nth) ||
	     !job->nth))
		return usage_error(&import_verb,
				   "--nth: \"%s\" is not a number from 1 on",
				   words->nth);
	job->level = calls ? IMPORT_CALLS : IMPORT_PAGES;
	return 0;
}

static int check_words(struct import_words *words, struct import_job *job)
{
	const struct import_format *format = words->format;
	int status;

	if (!words->nr_files || words->nr_files > format->most_files)
		return format->most_files == 1 ?
			       usage_error(&import_verb, "%s takes one file",
					   format->name) :
			       usage_error(&import_verb,
					   "%s takes 1 to %zu files",
					   format->name, format->most_files);
	if (!words->output && !words->config)
		return usage_error(&import_verb, "where to? -o is needed");
	find_outputs(words);
	if (!format->makes_config && !words->output)
		return usage_error(&import_verb, "where to? -o is needed");
	status = check_behind(words);
	if (!status)
		status = check_files(words);
	if (!status)
		status = check_taken(words);
	if (!status)
		status = check_values(words, job);
	job->files = words->files;
	job->nr_files = words->nr_files;
	job->name = words->name;
	job->profile = words->profile;
	job->config_path = words->config;
	job->no_tasks = words->no_tasks;
	job->model_reclaim = words->model_reclaim;
	return status;
}

static int import_main(int argc, char **argv)
{
	struct import_words words = { .format = NULL };
	struct errors errors = ERRORS_NONE;
	struct text report = TEXT_EMPTY;
	struct import_job job = { .errors = &errors, .report = &report };
	struct words operands = { .nr = 0 };
	const struct option_spec specs[] = {
		{ "--output", 'o', "a file", .text = &words.output },
		{ "--config", 0, "a file", .text = &words.config },
		{ "--level", 0, "pages or calls", .text = &words.level },
		{ "--name", 0, "a name", .text = &words.name },
		{ "--profile", 0, "a name", .text = &words.profile },
		{ "--gfp-bits", 0, "a version", .text = &words.gfp_bits },
		{ "--nth", 0, "a number", .text = &words.nth },
		{ "--no-tasks", 0, .flag = &words.no_tasks },
		{ "--model-reclaim", 0, .flag = &words.model_reclaim },
		{ "--fit", 0, .flag = &words.fit },
		{ .name = NULL },
	};
	int status = options_parse(&import_verb, specs, argc, argv, &operands);

	if (!status && !operands.nr)
		status = usage_error(&import_verb, "a format and a file are "
						   "needed");
	if (!status) {
		words.format = find_format(operands.word[0]);
		words.files = operands.word + 1;
		words.nr_files = operands.nr - 1;
		status = words.format ? check_words(&words, &job) : EXIT_USAGE;
	}
	if (!status)
		status = do_import(&words, &job);
	text_release(&report);
	words_release(&operands);
	return status < 0 ? EXIT_FINE : status;
}
