/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmemsim check: validates configs and workloads without running them.
 *
 * What a file is, its first line's `kmemsim:` says. A workload is read to its
 * end, and its calls are held against the kernel's rules (cli/lint.c). What
 * depends on the machine is judged by the first config among the files, or
 * else as on Linux 6.1 on x86_64 with any memory.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/lint.h"
#include "cli/simulate.h"
#include "configs/yaml_stream.h"
#include "workloads/packed.h"
#include "workloads/workload.h"

static int check_main(int argc, char **argv);

const struct verb check_verb = {
	.name = "check",
	.does = "validates configs and workloads",
	.run = check_main,
	/* clang-format off */
	.help =
"Usage: kmemsim check [--strict] FILE…\n"
"\n"
"Reads each config and workload (-: stdin) to its end and prints every error\n"
"with its file, line and column. Nothing is run. Says on stdout which files\n"
"are fine.\n"
"\n"
"Warns of calls that break the kernel's rules (docs/gfp.md): what their\n"
"context forbids, flags that exclude each other, what is freed by the wrong\n"
"call; and says what to use instead. Notes names of flags that the profile's\n"
"kernel does not have. The machine is that of the first config given; without\n"
"one, Linux 6.1 on x86_64.\n"
"\n"
"      --strict  a warning is an error\n"
"\n"
"Exit status: 0 all are fine, 3 one is not.\n"
"\n"
"Example:\n"
"  kmemsim check machine.yaml nic-rx.yaml\n",
	/* clang-format on */
};

#define BATCH 1024

/* Goes back to the begin of a file that is opened once only. */
static void begin_again(const char *path)
{
	if (strcmp(path, "-") == 0)
		lseek(STDIN_FILENO, 0, SEEK_SET);
}

/* The kind in `kmemsim: KIND`; false: an error was added. */
static bool read_kind(const char *path, char kind[32], struct errors *errors)
{
	struct yaml_item item = { .kind = YAML_END };
	struct yaml_stream *stream;
	bool found = false;

	begin_again(path);
	if (packed_is_at(path)) {
		snprintf(kind, 32, "workload");
		return true;
	}
	stream = yaml_stream_open(path, errors);
	if (!stream)
		return false;
	if (yaml_stream_next(stream, &item, errors) == 0 &&
	    item.kind == YAML_MAPPING_START) {
		while (!found && yaml_stream_next(stream, &item, errors) == 0 &&
		       item.kind == YAML_SCALAR) {
			found = strcmp(item.value, "kmemsim") == 0;
			if (yaml_stream_next(stream, &item, errors) < 0 ||
			    (!found &&
			     yaml_stream_skip(stream, &item, errors) < 0))
				break;
		}
	}
	found = found && item.kind == YAML_SCALAR;
	if (found)
		snprintf(kind, 32, "%s", item.value);
	else if (!errors->nr)
		error_input(errors, item.place,
			    "this is no file of kmemsim's: it begins with "
			    "`kmemsim: config` or `kmemsim: workload`");
	yaml_stream_close(stream);
	begin_again(path);
	return found;
}

/* What the files are checked against. */
struct checks {
	struct config *config; /* the first; NULL: none */
	struct rules rules;
	struct kernel_range kernel;
	bool strict;
};

/* Reads all calls. */
static void lint_source(struct lint *lint, struct source *source)
{
	struct call *batch = calloc(BATCH, sizeof *batch);
	long nr;

	if (!batch)
		error_host(lint->errors, "no memory to read a workload");
	while (batch &&
	       (nr = source_read(source, batch, BATCH, lint->errors)) > 0)
		for (long i = 0; i < nr; i++)
			lint_call(lint, &batch[i]);
	free(batch);
}

static void check_workload(const struct checks *checks, const char *path,
			   struct errors *errors, struct errors *warnings)
{
	struct names *names = names_new();
	struct lint lint = {
		.rules = &checks->rules,
		.machine = checks->config ? &checks->config->machine : NULL,
		.errors = errors,
		.warnings = warnings,
	};
	struct source *source = NULL;

	if (!names)
		error_host(errors, "no memory to read a workload");
	else
		source = workload_open(path, names, errors);
	if (source) {
		lint.source = source;
		lint_source(&lint, source);
		lint_print_gfp_notes(source, checks->kernel);
		source_close(source);
	}
	lint_release(&lint);
	if (names)
		names_free(names);
}

static void check_config(const char *path, struct errors *errors)
{
	struct config *config = load_config(path, NULL, 0, errors);

	if (config)
		config_free(config);
}

static void check_file(const struct checks *checks, const char *path,
		       struct errors *errors, struct errors *warnings)
{
	char kind[32];

	if (!read_kind(path, kind, errors))
		return;
	if (strcmp(kind, "config") == 0)
		check_config(path, errors);
	else if (strcmp(kind, "workload") == 0)
		check_workload(checks, path, errors, warnings);
	else
		error_input(errors, (struct place){ path, 1, 1 },
			    "kmemsim: '%s' can't be checked; config and "
			    "workload can",
			    kind);
}

/* Takes the machine from the file, if it is a config, and a valid one. */
static bool take_machine(struct checks *checks, const char *path)
{
	struct errors errors = ERRORS_NONE;
	struct config *config = NULL;
	char kind[32];

	if (read_kind(path, kind, &errors) && strcmp(kind, "config") == 0)
		config = load_config(path, NULL, 0, &errors);
	if (config) {
		rules_init(&checks->rules, &config->machine);
		checks->kernel = kernel_range_of(config->profile);
		checks->config = config;
	}
	errors_release(&errors);
	return config;
}

static void find_machine(struct checks *checks, const struct words *files)
{
	rules_init_default(&checks->rules);
	checks->kernel = kernel_range_of(NULL);
	for (size_t i = 0; i < files->nr; i++)
		if (take_machine(checks, files->word[i]))
			break;
}

/* Prints what was found; returns how many warnings there were. */
static size_t print_warnings(struct errors *warnings)
{
	size_t nr = warnings->nr;
	size_t shown = nr < ERRORS_MAX ? nr : ERRORS_MAX;

	for (size_t i = 0; i < shown; i++)
		fprintf(stderr, "%s\n",
			warnings->text[i] ? warnings->text[i] : "warning");
	if (nr > shown)
		fprintf(stderr, "and %zu more warnings, not shown\n",
			nr - shown);
	errors_release(warnings);
	return nr;
}

static int check_one(const struct checks *checks, const char *path)
{
	struct errors errors = ERRORS_NONE;
	struct errors warnings = ERRORS_NONE;
	size_t nr;

	check_file(checks, path, &errors, &warnings);
	nr = print_warnings(&warnings);
	if (errors.nr)
		return fail_with(&errors);
	if (strcmp(path, "-") == 0)
		path = "<stdin>";
	if (!nr)
		printf("%s: fine\n", path);
	else
		printf("%s: %zu %s\n", path, nr,
		       nr == 1 ? "warning" : "warnings");
	return nr && checks->strict ? EXIT_INPUT : EXIT_FINE;
}

static int check_all(struct checks *checks, const struct words *files)
{
	int worst = EXIT_FINE;

	find_machine(checks, files);
	for (size_t i = 0; i < files->nr; i++) {
		int status = check_one(checks, files->word[i]);

		if (status > worst)
			worst = status;
	}
	if (checks->config)
		config_free(checks->config);
	return worst;
}

static int check_main(int argc, char **argv)
{
	struct checks checks = { .strict = false };
	struct words files = { .nr = 0 };
	const struct option_spec specs[] = {
		{ .name = "--strict", .flag = &checks.strict },
		{ .name = NULL },
	};
	int status = options_parse(&check_verb, specs, argc, argv, &files);

	if (!status && !files.nr)
		status = usage_error(&check_verb, "a file is needed");
	for (size_t i = 0; !status && i < files.nr; i++)
		if (strcmp(files.word[i], "-") == 0)
			status = keep_stdin(&check_verb);
	if (!status)
		status = check_all(&checks, &files);
	words_release(&files);
	return status < 0 ? EXIT_FINE : status;
}
