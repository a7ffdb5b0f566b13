/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmemsim check: validates configs and workloads without running them.
 *
 * What a file is, its first line's `kmemsim:` says. A workload is read to its
 * end, and its ids are followed: what is freed must have been allocated, if
 * it is assumed that every allocation succeeds.
 */

#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/simulate.h"
#include "configs/yaml_stream.h"
#include "sim/allocations.h"
#include "workloads/workload.h"

static int check_main(int argc, char **argv);

const struct verb check_verb = {
	.name = "check",
	.does = "validates configs and workloads",
	.run = check_main,
	.help =
"Usage: kmemsim check FILE…\n"
"\n"
"Reads each config and workload to its end and prints every error with its\n"
"file, line and column. Nothing is run. Says on stdout which files are fine.\n"
"\n"
"Exit status: 0 all are fine, 3 one is not.\n"
"\n"
"Example:\n"
"  kmemsim check machine.yaml nic-rx.yaml\n",
};

#define BATCH 1024

/* The kind in `kmemsim: KIND`; false: an error was added. */
static bool read_kind(const char *path, char kind[32], struct errors *errors)
{
	struct yaml_stream *stream = yaml_stream_open(path, errors);
	struct yaml_item item = { .kind = YAML_END };
	bool found = false;

	if (!stream)
		return false;
	if (yaml_stream_next(stream, &item, errors) == 0 &&
	    item.kind == YAML_MAPPING_START) {
		while (!found &&
		       yaml_stream_next(stream, &item, errors) == 0 &&
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
	return found;
}

static bool is_free(const struct call *call)
{
	switch ((enum call_op)call->op) {
	case OP_FREE_PAGES:
	case OP_KFREE:
	case OP_VFREE:
	case OP_KVFREE:
	case OP_CACHE_FREE:
	case OP_MEMPOOL_FREE:
	case OP_DMA_FREE_COHERENT:
		return true;
	default:
		return false;
	}
}

/* Follows one call's id. */
static void follow_id(struct allocations *live, const struct source *source,
		      const struct call *call, struct errors *errors)
{
	struct place place = { source->file, call->line, call->column };
	bool known;

	if (!(call->has & (CALL_HAS_ID | CALL_HAS_NAMED_ID)))
		return;
	known = allocations_find(live, call);
	if (is_free(call)) {
		if (!known)
			error_input(errors, place,
				    "the id is not live: it was never "
				    "allocated, or was freed already");
		/* A block may be freed in parts: it stays, for all we know. */
		else if (!(call->has & CALL_HAS_PAGE))
			allocations_remove(live, call);
	} else if (known) {
		error_input(errors, place,
			    "the id is live: free it before it is used again");
	} else if (!allocations_insert(live, call)) {
		error_host(errors, "no memory for the table of live ids");
	}
}

static void check_workload(const char *path, struct errors *errors)
{
	struct names *names = names_new();
	struct allocations live = { .by_number.nr = 0 };
	struct call *batch = calloc(BATCH, sizeof *batch);
	struct source *source = NULL;
	long nr;

	if (!names || !batch)
		error_host(errors, "no memory to read a workload");
	else
		source = workload_open(path, names, errors);
	while (source &&
	       (nr = source_read(source, batch, BATCH, errors)) > 0)
		for (long i = 0; i < nr; i++)
			follow_id(&live, source, &batch[i], errors);
	if (source)
		source_close(source);
	allocations_release(&live);
	free(batch);
	if (names)
		names_free(names);
}

static void check_config(const char *path, struct errors *errors)
{
	struct config *config = load_config(path, NULL, 0, errors);

	if (config)
		config_free(config);
}

static void check_file(const char *path, struct errors *errors)
{
	char kind[32];

	if (!read_kind(path, kind, errors))
		return;
	if (strcmp(kind, "config") == 0)
		check_config(path, errors);
	else if (strcmp(kind, "workload") == 0)
		check_workload(path, errors);
	else
		error_input(errors, (struct place){ path, 1, 1 },
			    "kmemsim: '%s' can't be checked; config and "
			    "workload can",
			    kind);
}

static int check_all(const struct words *files)
{
	int worst = EXIT_FINE;

	for (size_t i = 0; i < files->nr; i++) {
		struct errors errors = ERRORS_NONE;
		int status = EXIT_FINE;

		check_file(files->word[i], &errors);
		if (errors.nr)
			status = workload_needs_missing_feature(&errors)
					 ? (fail_with(&errors), EXIT_USAGE)
					 : fail_with(&errors);
		else
			printf("%s: fine\n", files->word[i]);
		if (status > worst)
			worst = status;
	}
	return worst;
}

static int check_main(int argc, char **argv)
{
	struct words files = { .nr = 0 };
	const struct option_spec specs[] = { { .name = NULL } };
	int status = options_parse(&check_verb, specs, argc, argv, &files);

	if (!status && !files.nr)
		status = usage_error(&check_verb, "a file is needed");
	for (size_t i = 0; !status && i < files.nr; i++)
		if (strcmp(files.word[i], "-") == 0)
			status = usage_error(&check_verb,
					     "stdin can't be checked: it is "
					     "read twice");
	if (!status)
		status = check_all(&files);
	words_release(&files);
	return status < 0 ? EXIT_FINE : status;
}
