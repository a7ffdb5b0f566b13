/* SPDX-License-Identifier: GPL-2.0-only */
/* kmemsim calibrate: what work costs, from recordings of a real kernel. */

#include "results/calibrate/calibrate.h"

#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/recording.h"
#include "cli/simulate.h"
#include "sim/base/safe_file.h"
#include "sim/source.h"

static int calibrate_main(int argc, char **argv);

const struct verb calibrate_verb = {
	.name = "calibrate",
	.does = "recordings of a real kernel become costs of a config",
	.run = calibrate_main,
	/* clang-format off */
	.help =
"Usage: kmemsim calibrate [-o COSTS.yaml] [--json] CASE_DIR…\n"
"\n"
"Replays scripted recordings (config.yaml, workload.yaml, expected_ops.csv)\n"
"and finds what a unit of each kind of work costs, so that the calls' own\n"
"instructions come out as they were recorded, one taking 1 ns. Says how near\n"
"they come, which kinds of work the recordings don't exercise, and which they\n"
"can't tell apart: one of those is left at 0, and the others have its share.\n"
"Recordings of one kernel only: another has other costs.\n"
"\n"
"  -o, --output FILE   writes them as the section `costs` of a config; with\n"
"                      '-' it goes to stdout, instead of the tables\n"
"      --json          as JSON\n"
"\n"
"Example:\n"
"  kmemsim calibrate -o costs.yaml build/recordings/g[1-9]-*\n",
	/* clang-format on */
};

/* One folder, and what is open for it. */
struct replay {
	struct config *config;
	struct names *names;
	struct source *source;
};

static int run_case(struct replay *replay, struct calibration *calibration,
		    const char *directory, struct errors *errors)
{
	struct progress progress;
	struct engine_options options = {
		.wall_clock = wall_clock,
		.interrupted = &interrupted,
		.progress = progress_print,
		.progress_argument = &progress,
	};
	struct sink *sinks[] = { calibration_sink(calibration) };
	struct run_totals totals;
	enum engine_result result;

	progress_start(&progress, directory);
	result = engine_run(&replay->config->machine, replay->source, sinks, 1,
			    &options, &totals, errors);
	progress_end(&progress);
	if (result != ENGINE_DONE)
		return -1;
	return interrupted ? 0 : calibration_close(calibration, errors);
}

static int replay_case(struct calibration *calibration, const char *directory,
		       struct errors *errors)
{
	struct replay replay = { .config = NULL };
	char *config = path_in(directory, "config.yaml");
	char *workload = path_in(directory, "workload.yaml");
	char *name = case_name(directory);
	bool numbered;
	int status = -1;

	replay.names = names_new();
	if (!config || !workload || !name || !replay.names) {
		error_host(errors, "no memory for a recording");
		goto out;
	}
	if (calibration_open(calibration, directory, name, errors) < 0)
		goto out;
	replay.config =
		load_machine(config, RECORDING_SCRIPTED, &numbered, errors);
	if (replay.config)
		replay.source =
			open_calls(workload, numbered, replay.names, errors);
	if (replay.source)
		status = run_case(&replay, calibration, directory, errors);
out:
	if (replay.source)
		source_close(replay.source);
	if (replay.config)
		config_free(replay.config);
	if (replay.names)
		names_free(replay.names);
	free(config);
	free(workload);
	free(name);
	return status;
}

static int write_costs(const struct calibration_result *result,
		       const char *path, struct errors *errors)
{
	struct text text = TEXT_EMPTY;
	struct safe_file file;
	int status = -1;

	calibration_print_yaml(result, &text);
	if (text.failed || !text.s)
		error_host(errors, "no memory for the costs");
	else if (safe_file_open(&file, path, errors) == 0) {
		fputs(text.s, file.file);
		status = safe_file_commit(&file, errors);
	}
	text_release(&text);
	return status;
}

static int print_result(const struct calibration_result *result, bool json,
			struct errors *errors)
{
	struct text text = TEXT_EMPTY;
	int status = 0;

	if (json)
		calibration_print_json(result, &text);
	else
		calibration_print(result, &text);
	if (text.failed || !text.s)
		status = error_host(errors, "no memory for the result");
	else
		fputs(text.s, stdout);
	text_release(&text);
	return status;
}

static int calibrate(const struct words *cases, const char *output, bool json)
{
	struct errors errors = ERRORS_NONE;
	struct calibration *calibration = calibration_new(&errors);
	bool to_stdout = output && strcmp(output, "-") == 0;
	int status = calibration ? 0 : -1;

	for (size_t i = 0; !status && i < cases->nr && !interrupted; i++)
		status = replay_case(calibration, cases->word[i], &errors);
	if (!status && !interrupted) {
		status = calibration_fit(calibration, &errors);
		if (!status && output)
			status = write_costs(calibration_result(calibration),
					     output, &errors);
		if (!status && !to_stdout)
			status = print_result(calibration_result(calibration),
					      json, &errors);
	}
	calibration_free(calibration);
	if (status)
		status = fail_with(&errors);
	errors_release(&errors);
	return interrupted && !status ? EXIT_INTERRUPTED : status;
}

static int calibrate_main(int argc, char **argv)
{
	struct words cases = { .nr = 0 };
	const char *output = NULL;
	bool json = false;
	const struct option_spec specs[] = {
		{ "--output", 'o', "a file", .text = &output },
		{ "--json", 0, .flag = &json },
		{ .name = NULL },
	};
	int status = options_parse(&calibrate_verb, specs, argc, argv, &cases);

	if (!status && !cases.nr)
		status = usage_error(&calibrate_verb,
				     "a recording's folder is needed");
	if (!status && json && output && strcmp(output, "-") == 0)
		status = usage_error(&calibrate_verb,
				     "--json and -o - both want stdout");
	if (!status) {
		signals_catch();
		status = calibrate(&cases, output, json);
	}
	words_release(&cases);
	return status < 0 ? EXIT_FINE : status;
}
