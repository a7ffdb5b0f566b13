/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmemsim compare: runs side by side.
 *
 *	-c A -c B -w W --seeds 3      A-W-seed1.db  A-W-seed2.db  A-W-seed3.db
 *	                              B-W-seed1.db  B-W-seed2.db  B-W-seed3.db
 *	        --run all-->  one table a workload, from the databases
 *
 * Databases that are there are compared as they are. Configs and workloads
 * are run first, as many at once as the host has CPUs, into a folder, or into
 * a scratch folder where nobody keeps them; from there they may be joined into
 * one database.
 */

#include "results/compare/compare.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/cli.h"
#include "cli/compare_runs.h"
#include "cli/shipped.h"
#include "results/database/join.h"
#include "results/plots/plot.h"
#include "sim/base/host.h"

static int compare_main(int argc, char **argv);

const struct verb compare_verb = {
	.name = "compare",
	.does = "runs side by side: fragmentation, latency, failures",
	.run = compare_main,
	/* clang-format off */
	.help =
"Usage: kmemsim compare -c A.yaml -c B.yaml… -w WORKLOAD… [OPTION…]\n"
"       kmemsim compare -c A.yaml --set PATH=VALUE… -w WORKLOAD [OPTION…]\n"
"       kmemsim compare A.db B.db… [OPTION…]\n"
"\n"
"Runs each workload on each config, in parallel, or takes runs that are\n"
"there, and prints one table, or one for each workload: what differs between\n"
"the configs, then fragmentation, free memory, failures, latencies, overhead\n"
"and reclaim, each with its difference to the first. A database may hold\n"
"several runs; JOINED.db#2 is one of them.\n"
"\n"
"  -c, --config CONFIG      a machine; give two or more. A file, or a name\n"
"                           that `kmemsim list configs` prints\n"
"  -w, --workload WORKLOAD  what happens on it; the same, of `kmemsim list\n"
"                           workloads`\n"
"      --seeds N            with seeds 1 to N, or a range: 5..8; differences\n"
"                           are then told with their 95 % interval\n"
"      --jobs N             runs at a time (default: one a CPU)\n"
"  -o, --output DIR         databases and pictures stay there; made where it\n"
"                           is not there\n"
"  -o, --output FILE.db     all runs, joined into one database\n"
"      --label LABEL        the sample to compare (default: the last one that\n"
"                           all runs have)\n"
"      --all                every line: those that are alike, and details\n"
"      --changed            only lines that differ\n"
"      --fail-if EXPRESSION exit status 4 where a run but the first has it;\n"
"                           may be given again and again; `list`: what can be\n"
"                           asked for\n"
"      --set PATH=VALUE     as for `kmemsim run`, for all runs; with one\n"
"                           config and one workload, B is A with these\n"
"                           settings\n"
"      --seed N, --until TIME, --sample-every TIME, --log-ops WHICH\n"
"                           as for `kmemsim run`, for all runs\n"
"      --json, --csv        the table for programs, with all lines\n"
"\n"
"Exit status: 0 fine, 1 failed, 2 wrong usage, 3 invalid input, 4 a threshold\n"
"was crossed, 130 interrupted.\n"
"\n"
"Examples:\n"
"  kmemsim compare -c small.yaml -c large.yaml -w nic-rx.yaml -o compared\n"
"  kmemsim compare -c pc-256m --set sysctl.min_free_kbytes=8192 \\\n"
"      -w nic-rx.yaml\n"
"  kmemsim compare -c a.yaml -c b.yaml -w nic-rx.yaml --seeds 20 -o all.db\n"
"  kmemsim compare monday.db tuesday.db --fail-if 'unusable[9] > 0.5' \\\n"
"      --fail-if 'delta(latency_p99) > 10%'\n",
	/* clang-format on */
};

/* ---- telling of them ---------------------------------------------------- */

/* Runs that are put side by side: all of one workload, or all there are. */
struct group {
	const char *const *databases;
	size_t nr;
	const struct run_data *ready; /* as compare_options have it */
	size_t nr_ready;
	size_t nr_seeds;
	const char *workload; /* NULL: the only one */
	const char *prefix;   /* of its pictures' names */
	bool is_first;
};

static bool is_for_people(const struct comparison *comparison)
{
	return !comparison->json && !comparison->csv;
}

/* Of several seeds, the first is drawn. */
static int draw(const struct comparison *comparison, const struct group *group,
		const struct compare_result *result,
		const struct plot_kind *kind, struct text *not_drawn)
{
	struct errors errors = ERRORS_NONE;
	struct text path = TEXT_EMPTY;
	char **dirs = data_dirs("results/plots");
	int status = EXIT_FINE;

	text_add(&path, "%s/%s%s.svg", comparison->output, group->prefix,
		 kind->name);
	if (!dirs || path.failed) {
		error_host(&errors, "no memory for a picture's path");
	} else {
		struct plot_options options = {
			.databases = (const char *const *)result->first_run,
			.nr_databases = result->nr_contestants,
			.kind = kind->name,
			.output = path.s,
			.node = -1,
			.script_dirs = (const char *const *)dirs,
		};
		int has = plot_has_data(&options, kind, &errors);

		if (has == 0)
			text_add(not_drawn, "%s%s",
				 not_drawn->length ? ", " : "", kind->name);
		else if (has > 0 && plot_draw(&options, &errors) == 0 &&
			 is_for_people(comparison))
			printf("%s\n", path.s);
	}
	if (errors.nr)
		status = fail_with(&errors);
	errors_release(&errors);
	data_dirs_free(dirs);
	text_release(&path);
	return status;
}

static int print_table(struct comparison *comparison, const struct group *group,
		       struct compare_result *result)
{
	struct compare_options options = {
		.databases = group->databases,
		.nr_databases = group->nr,
		.ready = group->ready,
		.nr_ready = group->nr_ready,
		.nr_seeds = group->nr_seeds,
		.label = comparison->label,
		.workload = group->workload,
		.format = comparison->json ? COMPARE_JSON :
			  comparison->csv  ? COMPARE_CSV :
					     COMPARE_TEXT,
		.lines = comparison->all     ? COMPARE_LINES_ALL :
			 comparison->changed ? COMPARE_LINES_CHANGED :
					       COMPARE_LINES_USUAL,
		.at_once = comparison->at_once,
		.width = terminal_width(),
		.thresholds = comparison->fail_if.thresholds,
		.nr_thresholds = comparison->fail_if.given.nr,
		.is_scratch = *comparison->scratch != '\0',
		.no_head = !group->is_first,
	};
	struct errors errors = ERRORS_NONE;
	struct text text = TEXT_EMPTY;
	int status = EXIT_FINE;

	if (compare_databases(&options, &text, result, &errors) < 0) {
		status = fail_with(&errors);
		if (result->verdicts.wrong_usage && status == EXIT_INPUT)
			status = EXIT_USAGE;
	} else {
		print_text(&text);
		fflush(stdout);
		fputs(result->verdicts.crossed.s ? result->verdicts.crossed.s :
						   "",
		      stderr);
		comparison->any_crossed |= result->verdicts.nr_crossed != 0;
	}
	text_release(&text);
	return status;
}

static int draw_all(const struct comparison *comparison,
		    const struct group *group,
		    const struct compare_result *result)
{
	struct text not_drawn = TEXT_EMPTY;
	int status = EXIT_FINE;

	for (size_t i = 0; !status && i < nr_plot_kinds; i++)
		if (plot_is_of_runs(&plot_kinds[i]))
			status = draw(comparison, group, result, &plot_kinds[i],
				      &not_drawn);
	if (not_drawn.length && is_for_people(comparison))
		printf("Not drawn, for want of data: %s.\n", not_drawn.s);
	text_release(&not_drawn);
	return status;
}

static int print_group(struct comparison *comparison, const struct group *group)
{
	struct compare_result result = { .nr_contestants = 0 };
	int status = print_table(comparison, group, &result);

	if (!status && comparison->output && !comparison->joins)
		status = draw_all(comparison, group, &result);
	compare_result_release(&result);
	return status;
}

static int print_workload(struct comparison *comparison, size_t workload)
{
	size_t nr = comparison->configs.nr * comparison->nr_seeds;
	size_t first = workload * nr;
	struct text name = TEXT_EMPTY, prefix = TEXT_EMPTY;
	struct group group = {
		.databases = (const char *const *)comparison->databases + first,
		.nr = nr,
		.nr_seeds = comparison->nr_seeds,
		.is_first = workload == 0,
	};
	int status = EXIT_FAILED;

	if (comparison->nr_ready > first) {
		group.ready = comparison->ready + first;
		group.nr_ready = comparison->nr_ready - first;
	}

	text_add_stem(&name, comparison->workloads.word[workload]);
	text_add(&prefix, "%s-", name.s);
	group.workload = name.s;
	group.prefix = prefix.s;
	if (comparison->json && workload)
		puts(",");
	else if (is_for_people(comparison))
		printf("%s== %s\n\n", workload ? "\n" : "", name.s);
	if (!name.failed && !prefix.failed)
		status = print_group(comparison, &group);
	text_release(&prefix);
	text_release(&name);
	return status;
}

/*
 * Runs of different workloads have little to say to each other: where there
 * are several configs, each workload has a table of its own.
 */
static int print_by_workload(struct comparison *comparison)
{
	int status = EXIT_FINE;

	if (comparison->json)
		puts("[");
	for (size_t w = 0;
	     !status && !reader_gone && w < comparison->workloads.nr; w++)
		status = print_workload(comparison, w);
	if (comparison->json)
		puts("]");
	return status;
}

static int join(const struct comparison *comparison,
		const char *const *databases, size_t nr)
{
	struct errors errors = ERRORS_NONE;

	if (join_databases(databases, nr, comparison->output, &errors))
		return fail_with(&errors);
	return 0;
}

static int print_all(struct comparison *comparison,
		     const char *const *databases, size_t nr)
{
	struct group all = { .databases = databases,
			     .nr = nr,
			     .ready = comparison->ready,
			     .nr_ready = comparison->nr_ready,
			     .nr_seeds = comparison->nr_seeds,
			     .prefix = "",
			     .is_first = true };
	int status;

	if (comparison->configs.nr > 1 && comparison->workloads.nr > 1)
		status = print_by_workload(comparison);
	else
		status = print_group(comparison, &all);
	if (!status && comparison->joins)
		status = join(comparison, databases, nr);
	if (!status && comparison->any_crossed)
		status = EXIT_THRESHOLD;
	return status;
}

/* ---- the command line --------------------------------------------------- */

static void release(struct comparison *comparison)
{
	compare_forget_runs(comparison);
	words_release(&comparison->configs);
	words_release(&comparison->workloads);
	words_release(&comparison->sets);
	fail_if_release(&comparison->fail_if);
}

static size_t count_stdin(const struct words *words)
{
	size_t nr = 0;

	for (size_t i = 0; i < words->nr; i++)
		nr += strcmp(words->word[i], "-") == 0;
	return nr;
}

/* How many of the runs would read stdin. */
static size_t reads_of_stdin(const struct comparison *comparison)
{
	size_t seeds = comparison->nr_seeds;

	return (count_stdin(&comparison->configs) * comparison->workloads.nr +
		count_stdin(&comparison->workloads) * comparison->configs.nr) *
	       seeds;
}

/*
 * One config, one workload and --set: what the settings change is asked for, so
 * that the config runs as it is, too.
 */
static int add_itself(struct comparison *comparison)
{
	if (comparison->configs.nr != 1 || comparison->workloads.nr != 1 ||
	    !comparison->sets.nr)
		return 0;
	comparison->sets_last = true;
	if (words_add(&comparison->configs, comparison->configs.word[0]) == 0)
		return 0;
	fputs("error: no memory for the configs\n", stderr);
	return EXIT_FAILED;
}

static int check_number(const struct comparison *comparison,
			const struct words *databases)
{
	size_t configs = comparison->configs.nr;
	size_t workloads = comparison->workloads.nr;
	size_t contestants = configs > 1 ? configs : workloads;

	/* One database may hold several runs. */
	if (databases->nr)
		return 0;
	if (contestants < 2 || contestants > COMPARE_CONTESTANTS_MAX)
		return usage_error(
			&compare_verb, "2 to %d %s can be compared, not %zu%s",
			COMPARE_CONTESTANTS_MAX,
			configs > 1 ? "configs" : "runs", contestants,
			contestants < 2 ? ": give another config, or --set "
					  "with what is to be changed" :
					  "");
	if (configs * workloads > COMPARE_RUNS_MAX / comparison->nr_seeds)
		return usage_error(&compare_verb, "that is more than %d runs",
				   COMPARE_RUNS_MAX);
	return 0;
}

static int check_words(const struct comparison *comparison,
		       const struct words *databases)
{
	size_t runs = comparison->configs.nr * comparison->workloads.nr;

	if (databases->nr && (comparison->configs.nr ||
			      comparison->workloads.nr || comparison->seeds))
		return usage_error(&compare_verb, "either databases, or "
						  "configs and workloads");
	if (!databases->nr && !runs)
		return usage_error(&compare_verb,
				   "configs (-c) and workloads (-w), or "
				   "databases, are needed");
	if (comparison->json && comparison->csv)
		return usage_error(&compare_verb, "either --json or --csv");
	if (comparison->all && comparison->changed)
		return usage_error(&compare_verb, "either --all or --changed");
	if (comparison->seeds && comparison->simulation.seed)
		return usage_error(&compare_verb, "either --seed or --seeds");
	if (reads_of_stdin(comparison) > 1)
		return usage_error(&compare_verb,
				   "only one run can read stdin");
	return check_number(comparison, databases);
}

static int read_seeds(struct comparison *comparison,
		      const struct words *databases)
{
	uint64_t last;

	comparison->nr_seeds = databases->nr ? 0 : 1;
	if (!comparison->seeds)
		return 0;
	if (batch_read_seeds(&compare_verb, comparison->seeds,
			     &comparison->first_seed, &last))
		return EXIT_USAGE;
	if (last - comparison->first_seed >= COMPARE_RUNS_MAX)
		return usage_error(&compare_verb, "that is more than %d runs",
				   COMPARE_RUNS_MAX);
	comparison->nr_seeds = (size_t)(last - comparison->first_seed) + 1;
	return 0;
}

/* A new file that is named like a database; a folder may be, too. */
static bool is_database_name(const char *path)
{
	size_t length = path ? strlen(path) : 0;
	struct stat status;

	if (length < 4 || strcmp(path + length - 3, ".db") != 0)
		return false;
	return stat(path, &status) || !S_ISDIR(status.st_mode);
}

static int check_output(const struct comparison *comparison,
			const struct words *databases)
{
	struct errors errors = ERRORS_NONE;

	if (!comparison->joins ||
	    (recorder_check_path(comparison->output, &errors) !=
		     OUTPUT_REFUSED &&
	     !join_check_output(databases->word, databases->nr,
				comparison->output, &errors)))
		return 0;
	fail_with(&errors);
	return EXIT_USAGE;
}

/* The runs say nothing themselves, beside each other. */
static void note_sets(const struct comparison *comparison)
{
	const struct words *configs = &comparison->configs;
	const struct words *sets = &comparison->sets;

	for (size_t i = 0; sets->nr && i < configs->nr; i++) {
		struct errors errors = ERRORS_NONE;
		const char *path = configs->word[i];
		struct config *config = NULL;

		if (i && !strcmp(path, configs->word[i - 1]))
			continue;
		if (strcmp(path, "-") != 0)
			config = load_config(path, sets->word, sets->nr,
					     &errors);
		if (config) {
			note_idle_sets(config, sets->word, sets->nr, path);
			config_free(config);
		}
		/* What is wrong with it, its run will say. */
		errors_release(&errors);
	}
}

static int do_compare(struct comparison *comparison,
		      const struct words *databases)
{
	int status;

	signals_catch();
	broken_pipe_catch();
	comparison->joins = is_database_name(comparison->output);
	status = check_output(comparison, databases);
	if (status)
		return status;
	if (databases->nr) {
		if (comparison->output && !comparison->joins)
			status = compare_make_folder(comparison);
		return status ? status :
				print_all(comparison, databases->word,
					  databases->nr);
	}
	comparison->simulation.sets = comparison->sets.word;
	comparison->simulation.nr_sets = comparison->sets.nr;
	note_sets(comparison);
	status = compare_make_runs(comparison);
	return status ? status :
			print_all(comparison,
				  (const char *const *)comparison->databases,
				  comparison->nr_databases);
}

static int prepare(struct comparison *comparison, const struct words *databases)
{
	int status = fail_if_read(&comparison->fail_if);

	if (!status)
		status = read_seeds(comparison, databases);
	if (!status)
		status = add_itself(comparison);
	if (!status)
		status = check_words(comparison, databases);
	if (!status)
		status = batch_read_jobs(&compare_verb, comparison->jobs,
					 &comparison->at_once);
	return status;
}

static int compare_main(int argc, char **argv)
{
	struct comparison comparison = { .output = NULL };
	struct simulation *simulation = &comparison.simulation;
	struct words databases = { .nr = 0 };
	const struct option_spec specs[] = {
		{ "--config", 'c', "a file", .shipped = &shipped_configs,
		  .words = &comparison.configs },
		{ "--workload", 'w', "a file", .shipped = &shipped_workloads,
		  .words = &comparison.workloads },
		{ "--set", 0, "PATH=VALUE", .words = &comparison.sets },
		{ "--seeds", 0, "a number or a range",
		  .text = &comparison.seeds },
		{ "--jobs", 'j', "a number", .text = &comparison.jobs },
		{ "--output", 'o', "a folder, or a file .db",
		  .text = &comparison.output },
		{ "--label", 0, "a sample's label", .text = &comparison.label },
		{ "--fail-if", 0, "an expression",
		  .words = &comparison.fail_if.given },
		{ "--all", 0, .flag = &comparison.all },
		{ "--changed", 0, .flag = &comparison.changed },
		{ "--seed", 0, "a number", .text = &simulation->seed },
		{ "--until", 0, "a time", .text = &simulation->until },
		{ "--sample-every", 0, "a time",
		  .text = &simulation->sample_every },
		{ "--log-ops", 0, "none, failures or all",
		  .text = &simulation->log_ops },
		{ "--json", 0, .flag = &comparison.json },
		{ "--csv", 0, .flag = &comparison.csv },
		{ .name = NULL },
	};
	int status =
		options_parse(&compare_verb, specs, argc, argv, &databases);

	if (!status)
		status = prepare(&comparison, &databases);
	if (!status)
		status = do_compare(&comparison, &databases);
	release(&comparison);
	words_release(&databases);
	return status < 0 ? EXIT_FINE : status;
}
