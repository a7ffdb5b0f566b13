/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmemsim sweep: configs × workloads × seeds.
 *
 *	SWEEP.yaml --plan--> points --those not there--> runs in parallel
 *	                        |                          |
 *	                        +------> DIR/POINT.db <----+
 *	                                 DIR/sweep.csv, and a table
 *
 * A point whose run is there, complete and from the same config, workload, seed
 * and version, is not run again. So a sweep that was interrupted goes on where
 * it stopped, and one that has grown runs only what is new.
 */

#include <stdlib.h>
#include <string.h>

#include "cli/batch.h"
#include "cli/cli.h"
#include "cli/fail_if.h"
#include "cli/metric_names.h"
#include "cli/sweep_plan.h"
#include "results/database/finished.h"
#include "results/sweep/sweep_index.h"
#include "sim/base/host.h"
#include "sim/base/safe_file.h"

static int sweep_main(int argc, char **argv);

const struct verb sweep_verb = {
	.name = "sweep",
	.does = "configs x workloads x seeds, in parallel, resumable",
	.run = sweep_main,
	/* clang-format off */
	.help =
"Usage: kmemsim sweep SWEEP.yaml -o DIR [--metric NAME]…\n"
"                     [--fail-if EXPRESSION]… [--jobs N] [--log-ops WHICH]\n"
"                     [--json]\n"
"\n"
"Runs every point of a sweep (docs/sweep.md), in parallel, each into a\n"
"database of its own, DIR/POINT.db, named by its axes. DIR/sweep.csv then has\n"
"a line a point with its main metrics, DIR/means.csv their means over seeds\n"
"with a 95 % interval, and a table of what differs is printed. `kmemsim plot\n"
"DIR --what sweep` draws it.\n"
"\n"
"A point that is there already, complete, from the same config, workload,\n"
"seed and version, is not run again: what Ctrl-C has stopped goes on when the\n"
"command is given again. Everything is checked before anything runs.\n"
"\n"
"  -o, --output DIR     made where it is not there\n"
"      --metric NAME    in the table, in place of the most telling ones;\n"
"                         may be given again and again. `kmemsim compare\n"
"                         --fail-if list` has their names\n"
"      --fail-if EXPRESSION\n"
"                       exit status 4 where a point has it, in the mean over\n"
"                         its seeds; delta() is the difference to the first\n"
"                         point. May be given again and again; `list`: what\n"
"                         can be asked for\n"
"      --jobs N         runs at a time (default: one a CPU)\n"
"      --log-ops WHICH  as for `kmemsim run`, for all runs\n"
"      --json           the points as JSON\n"
"\n"
"Exit status: 0 all points are complete, 1 one failed, 2 wrong usage,\n"
"3 invalid input, 4 a threshold was crossed, 130 interrupted.\n"
"\n"
"Example:\n"
"  kmemsim check sweep.yaml && kmemsim sweep sweep.yaml -o swept\n",
	/* clang-format on */
};

struct sweeping {
	const char *output;
	const char *jobs;
	const char *log_ops;
	bool json;
	struct metric_names metrics; /* asked for */
	struct fail_if fail_if;
	size_t at_once;
	struct sweep_plan plan;
	/* By point of the plan; all owned. */
	struct sweep_row *row;
	const char **value;	/* of the rows, by axis */
	struct config_put *put; /* of the runs */
	struct batch_job *job;
	size_t nr_jobs;
	struct run_data *ready; /* of the first jobs */
	size_t nr_ready;
};

/* ---- points ------------------------------------------------------------- */

static int make_row(struct sweeping *sweeping, size_t i)
{
	const struct plan_point *point = &sweeping->plan.point[i];
	const struct sweep *sweep = sweeping->plan.sweep;
	const char **value = sweeping->value + i * sweep->nr_axes;
	struct run_identity identity = {
		.config = point->config_text,
		.workload_sha256 = point->sha256,
		.seed = point->seed,
		.version = KMEMSIM_VERSION,
	};
	struct text path = TEXT_EMPTY;
	struct sweep_point at;

	text_add(&path, "%s/%s.db", sweeping->output, point->name);
	if (path.failed)
		return -1;
	sweep_point(sweep, point->number, &at);
	for (size_t a = 0; a < sweep->nr_axes; a++)
		value[a] = sweep->axis[a].value[at.at[a]].text;
	sweeping->row[i] = (struct sweep_row){
		.name = point->name,
		.database = path.s,
		.value = value,
		.was_there = run_is_finished(path.s, &identity),
	};
	return 0;
}

static void add_job(struct sweeping *sweeping, size_t i)
{
	const struct plan_point *point = &sweeping->plan.point[i];
	const struct sweep *sweep = sweeping->plan.sweep;
	struct config_put *put = sweeping->put + i * SWEEP_AXES_MAX;
	const struct sweep_value *config, *workload, *seed;
	struct run_data *ready = NULL;
	struct sweep_point at;

	sweep_point(sweep, point->number, &at);
	if (sweeping->nr_jobs < sweeping->nr_ready)
		ready = &sweeping->ready[sweeping->nr_jobs];
	sweeping->row[i].ready = ready;
	config = sweep_value_of(sweep, &at, SWEEP_CONFIG);
	workload = sweep_value_of(sweep, &at, SWEEP_WORKLOAD);
	seed = sweep_value_of(sweep, &at, SWEEP_SEED);
	sweeping->job[sweeping->nr_jobs++] = (struct batch_job){
		.name = point->name,
		.simulation = {
			.config = config->file,
			.workload = workload->file,
			.output = sweeping->row[i].database,
			.log_ops = sweeping->log_ops,
			.seed = seed ? seed->text : NULL,
			.puts = put,
			.nr_puts = sweep_puts(sweep, &at, put),
			.data = ready,
		},
	};
}

static int make_rows(struct sweeping *sweeping)
{
	size_t nr = sweeping->plan.nr;
	size_t axes = sweeping->plan.sweep->nr_axes;
	bool failed;

	sweeping->row = host_alloc(nr, sizeof(*sweeping->row));
	sweeping->value = host_alloc(nr * axes, sizeof(*sweeping->value));
	sweeping->put = host_alloc(nr * SWEEP_AXES_MAX, sizeof(*sweeping->put));
	sweeping->job = host_alloc(nr, sizeof(*sweeping->job));
	sweeping->nr_ready = nr < BATCH_READY_MAX ? nr : BATCH_READY_MAX;
	sweeping->ready =
		host_alloc(sweeping->nr_ready, sizeof(*sweeping->ready));
	failed = !sweeping->ready || !sweeping->row || !sweeping->value ||
		 !sweeping->put || !sweeping->job;
	for (size_t i = 0; !failed && i < nr; i++) {
		failed = make_row(sweeping, i) < 0;
		if (!failed && !sweeping->row[i].was_there)
			add_job(sweeping, i);
	}
	if (failed)
		fputs("error: no memory for a sweep's points\n", stderr);
	return failed ? EXIT_FAILED : 0;
}

/* ---- what it came to ---------------------------------------------------- */

static void write_csv(const struct sweeping *sweeping, const char *name,
		      const struct text *csv, struct errors *errors)
{
	struct text path = TEXT_EMPTY;
	struct safe_file safe;

	text_add(&path, "%s/%s", sweeping->output, name);
	if (path.failed) {
		error_host(errors, "no memory for the index's path");
	} else if (safe_file_open(&safe, path.s, errors) == 0) {
		fputs(csv->s, safe.file);
		safe_file_commit(&safe, errors);
	}
	text_release(&path);
}

static void print_all(const struct sweeping *sweeping,
		      const struct text out[NR_SWEEP_FORMATS],
		      struct errors *errors)
{
	write_csv(sweeping, "sweep.csv", &out[SWEEP_CSV], errors);
	write_csv(sweeping, "means.csv", &out[SWEEP_MEANS], errors);
	fputs(out[sweeping->json ? SWEEP_JSON : SWEEP_TEXT].s, stdout);
	if (!sweeping->json && !errors->nr)
		printf("%s/sweep.csv\n%s/means.csv\n", sweeping->output,
		       sweeping->output);
}

static int tell(const struct sweeping *sweeping)
{
	const struct sweep *sweep = sweeping->plan.sweep;
	struct text out[NR_SWEEP_FORMATS] = { TEXT_EMPTY };
	const char *axis[SWEEP_AXES_MAX], *short_axis[SWEEP_AXES_MAX];
	struct sweep_table table = {
		.axis = axis,
		.short_axis = short_axis,
		.nr_axes = sweep->nr_axes,
		.seed_axis = sweep->nr_axes,
		.row = sweeping->row,
		.nr_rows = sweeping->plan.nr,
		.asked = sweeping->metrics.metric,
		.nr_asked = sweeping->metrics.given.nr,
		.thresholds = sweeping->fail_if.thresholds,
		.nr_thresholds = sweeping->fail_if.given.nr,
	};
	struct verdicts verdicts = { .nr_crossed = 0 };
	struct errors errors = ERRORS_NONE;
	int status = EXIT_FINE;

	for (size_t a = 0; a < sweep->nr_axes; a++) {
		axis[a] = sweep->axis[a].path;
		short_axis[a] = sweep->axis[a].name;
		if (sweep->axis[a].kind == SWEEP_SEED)
			table.seed_axis = a;
	}
	if (sweep_index(&table, terminal_width(), out, &verdicts, &errors) ==
		    0 ||
	    verdicts.wrong_usage)
		print_all(sweeping, out, &errors);
	fflush(stdout);
	fputs(verdicts.crossed.s ? verdicts.crossed.s : "", stderr);
	for (int format = 0; format < NR_SWEEP_FORMATS; format++)
		text_release(&out[format]);
	text_release(&verdicts.crossed);
	if (errors.nr)
		status = fail_with(&errors);
	else if (verdicts.nr_crossed)
		status = EXIT_THRESHOLD;
	return status == EXIT_INPUT && verdicts.wrong_usage ? EXIT_USAGE :
							      status;
}

static int run_points(struct sweeping *sweeping)
{
	const struct batch batch = {
		.verb = &sweep_verb,
		.job = sweeping->job,
		.nr = sweeping->nr_jobs,
		.at_once = sweeping->at_once,
		.keep_going = true,
	};
	int status = sweeping->nr_jobs ? batch_run(&batch) : 0;
	int told = tell(sweeping);

	if (status == EXIT_INTERRUPTED)
		fputs("interrupted: the same command goes on from here\n",
		      stderr);
	return status ? status : told;
}

static void release(struct sweeping *sweeping)
{
	for (size_t i = 0; sweeping->row && i < sweeping->plan.nr; i++)
		free((char *)sweeping->row[i].database);
	for (size_t i = 0; sweeping->ready && i < sweeping->nr_ready; i++)
		run_data_release(&sweeping->ready[i]);
	free(sweeping->ready);
	free(sweeping->row);
	free(sweeping->value);
	free(sweeping->put);
	free(sweeping->job);
	metric_names_release(&sweeping->metrics);
	fail_if_release(&sweeping->fail_if);
	sweep_plan_release(&sweeping->plan);
}

static int sweep(struct sweeping *sweeping, const char *path)
{
	struct errors errors = ERRORS_NONE;
	int status;

	signals_catch();
	if (sweep_plan_make(&sweeping->plan, path, &errors))
		return fail_with(&errors);
	fputs(sweeping->plan.notes.s ? sweeping->plan.notes.s : "", stderr);
	status = make_folder(sweeping->output);
	if (!status)
		status = make_rows(sweeping);
	return status ? status : run_points(sweeping);
}

static int sweep_main(int argc, char **argv)
{
	struct sweeping sweeping = { .output = NULL };
	struct words operands = { .nr = 0 };
	const struct option_spec specs[] = {
		{ "--output", 'o', "a folder", .text = &sweeping.output },
		{ "--metric", 0, "a metric", .words = &sweeping.metrics.given },
		{ "--fail-if", 0, "an expression",
		  .words = &sweeping.fail_if.given },
		{ "--jobs", 'j', "a number", .text = &sweeping.jobs },
		{ "--log-ops", 0, "none, failures or all",
		  .text = &sweeping.log_ops },
		{ "--json", 0, .flag = &sweeping.json },
		{ .name = NULL },
	};
	int status = options_parse(&sweep_verb, specs, argc, argv, &operands);

	if (!status)
		status = fail_if_read(&sweeping.fail_if);
	if (!status && operands.nr != 1)
		status = usage_error(&sweep_verb, "one sweep is needed");
	if (!status && (!sweeping.output || !*sweeping.output))
		status = usage_error(&sweep_verb, "a folder (-o) is needed");
	if (!status)
		status = batch_read_jobs(&sweep_verb, sweeping.jobs,
					 &sweeping.at_once);
	if (!status)
		status = metric_names_read(&sweeping.metrics);
	if (!status)
		status = sweep(&sweeping, operands.word[0]);
	release(&sweeping);
	words_release(&operands);
	return status < 0 ? EXIT_FINE : status;
}
