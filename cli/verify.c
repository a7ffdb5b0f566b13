/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmemsim verify: replays recordings of a real kernel.
 *
 * A folder with workload.yaml is a scripted recording; one with trace.txt or
 * trace.txt.xz is imported first, into an unnamed file.
 *
 *	scripted   call call kcompactd call call      one thread, no gap
 *	traced     call call   kswapd   call kcompactd      real times
 *
 * The times of a scripted recording only number its calls, unless its config
 * says that they are real ones (cli/recording.c). A trace has its real times,
 * and shows by its gaps where others ran.
 */

#define _GNU_SOURCE /* environ */
#include "results/verify/verify.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/recording.h"
#include "cli/simulate.h"
#include "results/text/json.h"
#include "workloads/import/ftrace.h"
#include "sim/source.h"

static int verify_main(int argc, char **argv);

const struct verb verify_verb = {
	.name = "verify",
	.does = "replays recordings of a real kernel: how exact are the "
		"models?",
	.run = verify_main,
	/* clang-format off */
	.help =
"Usage: kmemsim verify [--json] [--check] CASE_DIR…\n"
"\n"
"Replays each recording from its exact start and says how often the models\n"
"land on what the kernel did. A folder holds config.yaml and\n"
"\n"
"  workload.yaml, expected_ops.csv, expected_samples.csv and, if known,\n"
"  expected_zones.csv: scripted operations; all must be equal. Their times\n"
"  only number them, unless config.yaml says scheduler.kernel_threads; or\n"
"\n"
"  trace.txt (or trace.txt.xz), expected_samples.csv: a traced workload;\n"
"  99.8 % of the page frames must be equal, and the unusable index at the end\n"
"  within 0.001 at every order.\n"
"\n"
"      --check  the models recount themselves on the way\n"
"      --json   as JSON\n"
"\n"
"Exit status: 0 if all are as exact as that, 1 if one is not.\n"
"\n"
"Example:\n"
"  kmemsim verify build/recordings/g1-order0 build/recordings/real-files\n",
	/* clang-format on */
};

#define FD_PATH_BYTES 32 /* "/proc/self/fd/" and a number */

/* One folder, and what is open for it. */
struct recording {
	const char *directory;
	char *config_path;
	char *workload_path;
	char *trace_path;
	FILE *imported; /* a traced recording's workload */
	char imported_path[FD_PATH_BYTES];
	struct config *config;
	struct names *names;
	struct source *source;
	struct verifier *verifier;
};

static bool is_there(const char *path)
{
	return path && access(path, F_OK) == 0;
}

static int trace_to_file(const char *path, FILE *to, struct errors *errors)
{
	struct import_options options = { .name = "trace" };
	struct import_report report = { .lines = 0 };
	int status = import_ftrace(path, IMPORT_PAGES, to, &options, &report,
				   errors);

	import_report_release(&report);
	return status;
}

static FILE *unnamed_file(char path[FD_PATH_BYTES], struct errors *errors)
{
	FILE *file = tmpfile();

	if (file)
		snprintf(path, FD_PATH_BYTES, "/proc/self/fd/%d", fileno(file));
	else
		error_host(errors, "no temporary file");
	return file;
}

/* What `xz -dc` makes of a file. */
static int unpack(const char *path, FILE *to, struct errors *errors)
{
	posix_spawn_file_actions_t actions;
	char *words[] = { (char *)"xz", (char *)"-dc", (char *)"--",
			  (char *)path, NULL };
	int status = -1;
	pid_t pid;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fileno(to), STDOUT_FILENO);
	errno = posix_spawnp(&pid, "xz", &actions, NULL, words, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (errno)
		return error_host(errors, "can't run xz to unpack %s", path);
	if (waitpid(pid, &status, 0) < 0 || status != 0) {
		errno = 0;
		return error_host(errors, "xz can't unpack %s", path);
	}
	return 0;
}

/* A traced recording becomes a workload, to be read from its path. */
static int import_trace(struct recording *recording, struct errors *errors)
{
	const char *trace = recording->trace_path;
	char unpacked_path[FD_PATH_BYTES];
	FILE *unpacked = NULL;
	int status = 0;

	recording->imported = unnamed_file(recording->imported_path, errors);
	if (!recording->imported)
		return -1;
	if (strcmp(strrchr(trace, '.'), ".xz") == 0) {
		unpacked = unnamed_file(unpacked_path, errors);
		status = unpacked ? unpack(trace, unpacked, errors) : -1;
		trace = unpacked_path;
	}
	if (!status)
		status = trace_to_file(trace, recording->imported, errors);
	if (!status && fflush(recording->imported) != 0)
		status = error_host(errors, "can't write a temporary file");
	if (unpacked)
		fclose(unpacked);
	return status;
}

static int find_files(struct recording *recording, struct errors *errors)
{
	const char *directory = recording->directory;
	struct place place = { directory, 1, 1 };
	struct stat status;

	errno = 0;
	if (stat(directory, &status) || !S_ISDIR(status.st_mode))
		return error_input(errors, place, "no recording's folder: %s",
				   strerror(errno ? errno : ENOTDIR));
	recording->config_path = path_in(directory, "config.yaml");
	recording->workload_path = path_in(directory, "workload.yaml");
	recording->trace_path = path_in(directory, "trace.txt");
	if (is_there(recording->workload_path))
		return 0;
	if (!is_there(recording->trace_path)) {
		free(recording->trace_path);
		recording->trace_path = path_in(directory, "trace.txt.xz");
	}
	if (is_there(recording->trace_path))
		return import_trace(recording, errors);
	return error_input(errors, place,
			   "this folder holds no recording: neither "
			   "workload.yaml nor trace.txt nor trace.txt.xz");
}

static int open_recording(struct recording *recording, struct errors *errors)
{
	enum recording_kind kind;
	bool numbered;

	if (find_files(recording, errors) < 0)
		return -1;
	kind = recording->imported ? RECORDING_TRACED : RECORDING_SCRIPTED;
	recording->config =
		load_machine(recording->config_path, kind, &numbered, errors);
	recording->names = names_new();
	if (!recording->names)
		return error_host(errors, "no memory for names");
	if (recording->config)
		recording->source = open_calls(
			kind == RECORDING_TRACED ? recording->imported_path :
						   recording->workload_path,
			numbered, recording->names, errors);
	recording->verifier = verifier_new(recording->directory, kind, errors);
	return recording->config && recording->source && recording->verifier ?
		       0 :
		       -1;
}

static void close_recording(struct recording *recording)
{
	verifier_free(recording->verifier);
	if (recording->source)
		source_close(recording->source);
	if (recording->names)
		names_free(recording->names);
	if (recording->config)
		config_free(recording->config);
	if (recording->imported)
		fclose(recording->imported);
	free(recording->config_path);
	free(recording->workload_path);
	free(recording->trace_path);
}

static int replay(struct recording *recording, bool check,
		  struct errors *errors)
{
	struct progress progress;
	struct engine_options options = {
		.check = check,
		.wall_clock = wall_clock,
		.interrupted = &interrupted,
		.progress = progress_print,
		.progress_argument = &progress,
	};
	struct sink *sinks[] = { verifier_sink(recording->verifier) };
	struct run_totals totals;
	enum engine_result result;

	progress_start(&progress, recording->directory);
	result = engine_run(&recording->config->machine, recording->source,
			    sinks, 1, &options, &totals, errors);
	progress_end(&progress);
	return result == ENGINE_DONE ? 0 : -1;
}

static void add_tally(struct json *json, const char *key,
		      const struct tally *tally)
{
	json_begin_object(json, key);
	json_int(json, "compared", tally->compared);
	json_int(json, "equal", tally->equal);
	json_end_object(json);
}

static void add_json(struct json *json, const char *name,
		     const struct verify_result *result)
{
	json_begin_object(json, name);
	json_bool(json, "passes", verify_passes(result));
	json_bool(json, "traced", result->kind == RECORDING_TRACED);
	add_tally(json, "ok", &result->ok);
	add_tally(json, "pfn", &result->frames);
	add_tally(json, "vaddr_offset", &result->addresses);
	add_tally(json, "free_area", &result->cells);
	add_tally(json, "zone", &result->zones);
	add_tally(json, "cost", &result->costs);
	json_int(json, "instructions", result->instructions);
	json_int(json, "cost_ns", result->cost_ns);
	if (result->index_compared)
		json_int(json, "unusable_index_off_by",
			 result->worst_index_difference);
	json_end_object(json);
}

static int verify_one(const char *directory, bool check, struct json *json)
{
	struct recording recording = { .directory = directory };
	struct errors errors = ERRORS_NONE;
	struct text text = TEXT_EMPTY;
	char *name = case_name(directory);
	int status = EXIT_FINE;

	if (open_recording(&recording, &errors) < 0 ||
	    replay(&recording, check, &errors) < 0) {
		status = fail_with(&errors);
	} else {
		const struct verify_result *result =
			verifier_result(recording.verifier);

		if (!verify_passes(result))
			status = EXIT_FAILED;
		if (json) {
			add_json(json, name, result);
		} else {
			verify_print(result, name, &text);
			fputs(text.s, stdout);
			fflush(stdout);
		}
	}
	text_release(&text);
	free(name);
	close_recording(&recording);
	errors_release(&errors);
	return status;
}

static int verify_all(const struct words *cases, bool check, bool as_json)
{
	struct text text = TEXT_EMPTY;
	struct json json = JSON_TO(&text);
	int worst = EXIT_FINE;

	if (as_json)
		json_begin_object(&json, NULL);
	for (size_t i = 0; i < cases->nr && !interrupted; i++) {
		int status = verify_one(cases->word[i], check,
					as_json ? &json : NULL);

		if (status > worst)
			worst = status;
	}
	if (as_json) {
		json_end_object(&json);
		fputs(text.s, stdout);
	}
	text_release(&text);
	return interrupted ? EXIT_INTERRUPTED : worst;
}

static int verify_main(int argc, char **argv)
{
	struct words cases = { .nr = 0 };
	bool json = false;
	bool check = false;
	const struct option_spec specs[] = {
		{ "--check", 0, .flag = &check },
		{ "--json", 0, .flag = &json },
		{ .name = NULL },
	};
	int status = options_parse(&verify_verb, specs, argc, argv, &cases);

	if (!status && !cases.nr)
		status = usage_error(&verify_verb, "a recording's folder is "
						   "needed");
	if (!status) {
		signals_catch();
		status = verify_all(&cases, check, json);
	}
	words_release(&cases);
	return status < 0 ? EXIT_FINE : status;
}
