/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmemsim check: validates configs, workloads and sweeps without running them.
 *
 * The key `kmemsim` of a file says what it is. A workload is read to its end,
 * and its calls are held against the kernel's rules (cli/lint.c). What
 * depends on the machine is judged by the first config among the files, or
 * else as on Linux 6.1 on x86_64 with any memory.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/lint.h"
#include "cli/shipped.h"
#include "cli/simulate.h"
#include "cli/sweep_plan.h"
#include "configs/yaml/yaml_stream.h"
#include "results/text/json.h"
#include "sim/base/numbers.h"
#include "workloads/packed/packed.h"
#include "workloads/workload.h"

static int check_main(int argc, char **argv);

const struct verb check_verb = {
	.name = "check",
	.does = "validates configs, workloads and sweeps",
	.run = check_main,
	/* clang-format off */
	.help =
"Usage: kmemsim check [--strict] [--json] FILE…\n"
"\n"
"Reads each config and workload (-: stdin; or a name that `kmemsim list`\n"
"prints) to its end and prints every error with its file, line and column; of\n"
"a sweep, also the configs that its points\n"
"make and the head of each workload. Nothing is run. Says on stdout which\n"
"files are fine.\n"
"\n"
"Warns of calls that break the kernel's rules (docs/gfp.md): what their\n"
"context forbids, flags that exclude each other, what is freed by the wrong\n"
"call; and says what to use instead. Notes names of flags that the profile's\n"
"kernel does not have. The machine is that of the first config given; without\n"
"one, Linux 6.1 on x86_64.\n"
"\n"
"Where a call can't be read, rules, lifetimes (what is freed is live), CPUs\n"
"and nodes are not looked at any further, and it says so.\n"
"\n"
"It follows ids, caches and pools as if every allocation succeeded. It can't\n"
"know what depends on memory: which ones fail, who waits or is killed, and\n"
"what that breaks. A run tells that.\n"
"\n"
"      --strict  a warning is an error\n"
"      --json    what was found, as JSON: for each file its errors, warnings\n"
"                and notes with line, column and message\n"
"\n"
"Exit status: 0 all are fine, 3 one is not.\n"
"\n"
"Example:\n"
"  kmemsim check machine.yaml nic-rx.yaml\n",
	/* clang-format on */
};

#define BATCH 1024

/* Of one file. */
struct findings {
	struct errors errors;
	struct errors warnings;
	struct errors notes;
	bool unread; /* a workload: not all of its calls could be looked at */
};

/* Goes back to the begin of a file that is opened once only. */
static void begin_again(const char *path)
{
	if (strcmp(path, "-") == 0)
		lseek(STDIN_FILENO, 0, SEEK_SET);
}

static const char *const kind_key = "kmemsim";

/* What a file says of its kind. */
struct kind {
	char name[32];
	struct place place; /* of the name; without one, of the file's begin */
	char misspelt[32];  /* a key that may be meant; "": none is near */
	struct place misspelt_place;
};

/* Goes to the value of the key, *item. false: there is none, or no end. */
static bool find_kind(struct yaml_stream *stream, struct yaml_item *item,
		      struct kind *kind, struct errors *errors)
{
	if (yaml_stream_next(stream, item, errors) < 0)
		return false;
	kind->place = item->place;
	if (item->kind != YAML_MAPPING_START)
		return false;
	while (yaml_stream_next(stream, item, errors) == 0 &&
	       item->kind == YAML_SCALAR) {
		bool found = strcmp(item->value, kind_key) == 0;

		if (!found && !kind->misspelt[0] &&
		    nearest_match(item->value, item->length, &kind_key, 1)) {
			snprintf(kind->misspelt, sizeof kind->misspelt, "%s",
				 item->value);
			kind->misspelt_place = item->place;
		}
		if (yaml_stream_next(stream, item, errors) < 0)
			return false;
		if (found)
			return item->kind == YAML_SCALAR;
		if (yaml_stream_skip(stream, item, errors) < 0)
			return false;
	}
	return false;
}

static void report_no_kind(const struct kind *kind, struct errors *errors)
{
	struct text near = TEXT_EMPTY;

	text_add_near(&near, kind_key);
	if (kind->misspelt[0])
		error_input(errors, kind->misspelt_place,
			    "unknown key \"%s\"%s", kind->misspelt,
			    near.s ? near.s : "");
	else
		error_input(errors, kind->place,
			    "this is no file of kmemsim's: it begins with "
			    "`kmemsim: config`, `kmemsim: workload` or "
			    "`kmemsim: sweep`");
	text_release(&near);
}

/* The kind in `kmemsim: KIND`; false: an error was added. */
static bool read_kind(const char *path, struct kind *kind,
		      struct errors *errors)
{
	struct yaml_item item = { .kind = YAML_END };
	struct yaml_stream *stream;
	bool found;

	memset(kind, 0, sizeof *kind);
	begin_again(path);
	if (packed_is_at(path)) {
		snprintf(kind->name, sizeof kind->name, "workload");
		return true;
	}
	stream = yaml_stream_open(path, errors);
	if (!stream)
		return false;
	found = find_kind(stream, &item, kind, errors);
	if (found) {
		snprintf(kind->name, sizeof kind->name, "%s", item.value);
		kind->place = item.place;
	} else if (!errors->nr) {
		report_no_kind(kind, errors);
	}
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
	struct json *json; /* NULL: text is wanted */
};

/* Reads all calls; false: they can't all be read, and errors were added. */
static bool lint_source(struct lint *lint, struct source *source)
{
	struct call *batch = calloc(BATCH, sizeof *batch);
	long nr = -1;

	if (!batch)
		error_host(lint->errors, "no memory to read a workload");
	while (batch &&
	       (nr = source_read(source, batch, BATCH, lint->errors)) > 0)
		for (long i = 0; i < nr; i++)
			lint_call(lint, &batch[i]);
	free(batch);
	return nr == 0;
}

static void check_workload(const struct checks *checks, const char *path,
			   struct findings *found)
{
	struct errors *errors = &found->errors;
	struct names *names = names_new();
	struct lint lint = {
		.rules = &checks->rules,
		.machine = checks->config ? &checks->config->machine : NULL,
		.errors = errors,
		.warnings = &found->warnings,
	};
	struct source *source = NULL;

	found->unread = true;
	if (!names)
		error_host(errors, "no memory to read a workload");
	else
		source = workload_open(path, names, errors);
	if (source) {
		lint.source = source;
		found->unread = !lint_source(&lint, source);
		lint_gfp_names(source, checks->kernel, &found->notes);
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

static void check_sweep(const char *path, struct errors *errors)
{
	struct sweep_plan plan;

	if (!sweep_plan_make(&plan, path, errors) && plan.notes.s)
		fputs(plan.notes.s, stderr);
	sweep_plan_release(&plan);
}

static void check_file(const struct checks *checks, const char *path,
		       struct findings *found)
{
	static const char *const kinds[] = { "config", "workload", "sweep" };
	struct errors *errors = &found->errors;
	struct text hint = TEXT_EMPTY;
	struct kind kind;

	if (!read_kind(path, &kind, errors))
		return;
	if (strcmp(kind.name, "config") == 0)
		check_config(path, errors);
	else if (strcmp(kind.name, "workload") == 0)
		check_workload(checks, path, found);
	else if (strcmp(kind.name, "sweep") == 0)
		check_sweep(path, errors);
	else {
		text_add_hint(&hint, kind.name, strlen(kind.name), kinds,
			      LENGTH(kinds), NULL);
		error_input(errors, kind.place,
			    "kmemsim: \"%s\" is no kind of file%s", kind.name,
			    hint.s ? hint.s : "");
		text_release(&hint);
	}
}

/* Takes the machine from the file, if it is a config, and a valid one. */
static bool take_machine(struct checks *checks, const char *path)
{
	struct errors errors = ERRORS_NONE;
	struct config *config = NULL;
	struct kind kind;

	if (read_kind(path, &kind, &errors) && strcmp(kind.name, "config") == 0)
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

static void print_warnings(const struct errors *warnings)
{
	size_t nr = warnings->nr;
	size_t shown = nr < ERRORS_MAX ? nr : ERRORS_MAX;

	for (size_t i = 0; i < shown; i++)
		fprintf(stderr, "%s\n",
			warnings->text[i] ? warnings->text[i] : "warning");
	if (nr > shown)
		fprintf(stderr, "and %zu more warning%s, not shown\n",
			nr - shown, plural(nr - shown));
}

static void print_findings(const char *path, struct findings *found)
{
	size_t nr = found->warnings.nr;

	errors_print(&found->notes, stderr);
	print_warnings(&found->warnings);
	if (found->errors.nr) {
		nr = found->errors.nr;
		fail_with(&found->errors);
		if (found->unread)
			fprintf(stderr,
				"%s: %zu error%s; rules, lifetimes, CPUs and "
				"nodes are checked once it can be read\n",
				path, nr, plural(nr));
	} else if (!nr)
		printf("%s: fine\n", path);
	else
		printf("%s: %zu warning%s\n", path, nr, plural(nr));
}

/* The message alone, or all of it where it is about another file. */
static const char *message_of(const struct errors *remarks, size_t i,
			      const char *path)
{
	const char *text = remarks->text[i];
	bool is_here = text && !strncmp(text, path, strlen(path));

	return is_here ? text + remarks->place[i].says : text;
}

static void add_remarks(struct json *json, const char *key, const char *path,
			const struct errors *remarks)
{
	size_t shown = remarks->nr < ERRORS_MAX ? remarks->nr : ERRORS_MAX;

	json_begin_array(json, key);
	for (size_t i = 0; i < shown; i++) {
		const struct error_place *place = &remarks->place[i];

		json_begin_object(json, NULL);
		json_int(json, "line", (int64_t)place->line);
		json_int(json, "column", (int64_t)place->column);
		json_string(json, "message", message_of(remarks, i, path));
		json_end_object(json);
	}
	json_end_array(json);
}

static void add_findings(struct json *json, const char *path,
			 const struct findings *found)
{
	json_begin_object(json, NULL);
	json_string(json, "file", path);
	json_bool(json, "fine", !found->errors.nr && !found->warnings.nr);
	json_int(json, "nr_errors", (int64_t)found->errors.nr);
	json_bool(json, "calls_checked", !found->unread);
	json_int(json, "nr_warnings", (int64_t)found->warnings.nr);
	add_remarks(json, "errors", path, &found->errors);
	add_remarks(json, "warnings", path, &found->warnings);
	add_remarks(json, "notes", path, &found->notes);
	json_end_object(json);
}

static int status_of(const struct checks *checks, const struct findings *found)
{
	if (found->errors.nr)
		return found->errors.any_host ? EXIT_FAILED : EXIT_INPUT;
	return found->warnings.nr && checks->strict ? EXIT_INPUT : EXIT_FINE;
}

static int check_one(const struct checks *checks, const char *path)
{
	struct findings found = { .errors = ERRORS_NONE };
	int status;

	check_file(checks, path, &found);
	status = status_of(checks, &found);
	if (strcmp(path, "-") == 0)
		path = "<stdin>";
	if (checks->json)
		add_findings(checks->json, path, &found);
	else
		print_findings(path, &found);
	errors_release(&found.errors);
	errors_release(&found.warnings);
	errors_release(&found.notes);
	return status;
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

static int check_all_for_programs(struct checks *checks,
				  const struct words *files)
{
	struct text text = TEXT_EMPTY;
	struct json json = JSON_TO(&text);
	struct checks own = *checks;
	int worst;

	own.json = &json;
	json_begin_array(&json, NULL);
	worst = check_all(&own, files);
	json_end_array(&json);
	if (text.failed) {
		fputs("error: no memory for what was found\n", stderr);
		worst = EXIT_FAILED;
	} else {
		fputs(text.s, stdout);
	}
	text_release(&text);
	return worst;
}

static int check_main(int argc, char **argv)
{
	struct checks checks = { .strict = false };
	struct words files = { .nr = 0 };
	bool as_json = false;
	const struct option_spec specs[] = {
		{ .name = "--strict", .flag = &checks.strict },
		{ .name = "--json", .flag = &as_json },
		{ .name = NULL },
	};
	int status = options_parse(&check_verb, specs, argc, argv, &files);

	if (!status && !files.nr)
		status = usage_error(&check_verb, "a file is needed");
	for (size_t i = 0; !status && i < files.nr; i++) {
		if (strcmp(files.word[i], "-") == 0)
			status = keep_stdin(&check_verb);
		else
			status = words_take_shipped(&files, &shipped_inputs,
						    &files.word[i]);
	}
	if (!status)
		status = as_json ? check_all_for_programs(&checks, &files) :
				   check_all(&checks, &files);
	words_release(&files);
	return status < 0 ? EXIT_FINE : status;
}
