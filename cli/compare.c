/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * kmemsim compare: runs side by side.
 *
 * Databases that are there are compared as they are. Configs and workloads
 * are run first, each pair into DIR/CONFIG-WORKLOAD.db, as many at once as
 * the host has CPUs.
 */

#include "results/compare.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/simulate.h"
#include "results/plot.h"
#include "sim/base/host.h"

static int compare_main(int argc, char **argv);

const struct verb compare_verb = {
	.name = "compare",
	.does = "runs side by side: fragmentation, latency, failures",
	.run = compare_main,
	/* clang-format off */
	.help =
"Usage: kmemsim compare -c A.yaml -c B.yaml… -w WORKLOAD… [-o DIR] [OPTION…]\n"
"       kmemsim compare A.db B.db… [-o DIR] [OPTION…]\n"
"\n"
"Runs each workload on each config, or takes runs that are there, and prints\n"
"one table, or one for each workload. With -o, the databases and a picture of\n"
"each kind stay in DIR.\n"
"\n"
"  -c, --config CONFIG      a machine; give two or more\n"
"  -w, --workload WORKLOAD  what happens on it\n"
"  -o, --output DIR         made where it is not there\n"
"      --label LABEL        the sample to compare (default: the last one that\n"
"                           all runs have)\n"
"      --seed N, --set PATH=VALUE, --until TIME, --sample-every TIME,\n"
"      --log-ops WHICH      as for `kmemsim run`, for all runs\n"
"      --json               the table as JSON\n"
"\n"
"Examples:\n"
"  kmemsim compare -c small.yaml -c large.yaml -w nic-rx.yaml -o compared\n"
"  kmemsim compare monday.db tuesday.db\n",
	/* clang-format on */
};

struct comparison {
	struct words configs;
	struct words workloads;
	struct words sets;
	const char *output;
	const char *label;
	bool json;
	struct simulation simulation; /* what is alike for all runs */
	char **databases;	      /* owned, of runs made here */
	size_t nr_databases;
	char scratch[32]; /* a folder for runs that nobody keeps; "": none */
};

/* "nic-rx" of "workloads/nic-rx.yaml". */
static char *stem(const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *start = slash ? slash + 1 : path;
	const char *dot = strrchr(start, '.');

	return strndup(start, dot && dot > start ? (size_t)(dot - start) :
						   strlen(start));
}

static char *database_path(const struct comparison *comparison,
			   const char *config, const char *workload)
{
	char *config_stem = stem(config);
	char *workload_stem = stem(workload);
	struct text path = TEXT_EMPTY;

	text_add(&path, "%s/%s-%s.db",
		 comparison->output ? comparison->output : comparison->scratch,
		 config_stem, workload_stem);
	free(config_stem);
	free(workload_stem);
	return path.s;
}

static int make_folder(struct comparison *comparison)
{
	if (!comparison->output) {
		strcpy(comparison->scratch, "/tmp/kmemsim-compare-XXXXXX");
		if (!mkdtemp(comparison->scratch)) {
			fprintf(stderr, "error: no temporary folder: %s\n",
				strerror(errno));
			comparison->scratch[0] = '\0';
			return EXIT_FAILED;
		}
		return 0;
	}
	if (mkdir(comparison->output, 0777) == 0 || errno == EEXIST)
		return 0;
	fprintf(stderr, "error: can't make the folder %s: %s\n",
		comparison->output, strerror(errno));
	return EXIT_FAILED;
}

/* Runs that are still to be made, taken one by one by the threads. */
struct queue {
	const struct comparison *comparison;
	pthread_mutex_t lock;
	size_t next;
	int worst;
};

static int run_one(const struct comparison *comparison, size_t i)
{
	struct simulation simulation = comparison->simulation;

	simulation.config =
		comparison->configs.word[i % comparison->configs.nr];
	simulation.workload =
		comparison->workloads.word[i / comparison->configs.nr];
	simulation.output = comparison->databases[i];
	return simulate(&compare_verb, &simulation);
}

static void *run_some(void *argument)
{
	struct queue *queue = argument;

	for (;;) {
		size_t i;
		int status;

		pthread_mutex_lock(&queue->lock);
		i = queue->worst ? SIZE_MAX : queue->next++;
		pthread_mutex_unlock(&queue->lock);
		if (i >= queue->comparison->nr_databases)
			return NULL;
		status = run_one(queue->comparison, i);
		pthread_mutex_lock(&queue->lock);
		if (status > queue->worst)
			queue->worst = status;
		pthread_mutex_unlock(&queue->lock);
	}
}

#define THREADS_MOST 64

static int run_all(const struct comparison *comparison)
{
	struct queue queue = { .comparison = comparison,
			       .lock = PTHREAD_MUTEX_INITIALIZER };
	pthread_t thread[THREADS_MOST];
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	long nr = 0;

	if (cpus > THREADS_MOST)
		cpus = THREADS_MOST;
	/* This thread works too, so that at least one does. */
	while (nr + 1 < cpus && nr + 1 < (long)comparison->nr_databases &&
	       pthread_create(&thread[nr], NULL, run_some, &queue) == 0)
		nr++;
	run_some(&queue);
	while (nr)
		pthread_join(thread[--nr], NULL);
	return queue.worst;
}

/* Runs of one name would write over each other. */
static int check_names(const struct comparison *comparison)
{
	for (size_t i = 0; i < comparison->nr_databases; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(comparison->databases[i],
				   comparison->databases[j]) == 0)
				return usage_error(
					&compare_verb,
					"two runs would both be %s: give the "
					"files different names",
					comparison->databases[i]);
	return 0;
}

static int make_runs(struct comparison *comparison)
{
	const struct words *configs = &comparison->configs;
	const struct words *workloads = &comparison->workloads;
	size_t nr = configs->nr * workloads->nr;
	int status = make_folder(comparison);

	if (status)
		return status;
	comparison->databases = host_alloc(nr, sizeof(char *));
	for (size_t i = 0; comparison->databases && i < nr; i++) {
		comparison->databases[i] = database_path(
			comparison, configs->word[i % configs->nr],
			workloads->word[i / configs->nr]);
		comparison->nr_databases += comparison->databases[i] != NULL;
	}
	if (comparison->nr_databases < nr) {
		fputs("error: no memory for the runs' paths\n", stderr);
		return EXIT_FAILED;
	}
	status = check_names(comparison);
	return status ? status : run_all(comparison);
}

/* Runs that are put side by side: all of one workload, or all there are. */
struct group {
	const char *const *databases;
	size_t nr;
	const char *prefix; /* of its pictures' names */
};

static int draw(const struct comparison *comparison, const struct group *group,
		const char *kind)
{
	struct errors errors = ERRORS_NONE;
	struct text path = TEXT_EMPTY;
	char **dirs = data_dirs("results/plots");
	int status = EXIT_FINE;

	text_add(&path, "%s/%s%s.svg", comparison->output, group->prefix, kind);
	if (!dirs || path.failed) {
		error_host(&errors, "no memory for a picture's path");
	} else {
		struct plot_options options = {
			.databases = group->databases,
			.nr_databases = group->nr,
			.kind = kind,
			.output = path.s,
			.node = -1,
			.script_dirs = (const char *const *)dirs,
		};

		if (plot_draw(&options, &errors) == 0 && !comparison->json)
			printf("%s\n", path.s);
	}
	if (errors.nr)
		status = fail_with(&errors);
	data_dirs_free(dirs);
	text_release(&path);
	return status;
}

static int print_group(const struct comparison *comparison,
		       const struct group *group)
{
	struct compare_options options = {
		.databases = group->databases,
		.nr_databases = group->nr,
		.label = comparison->label,
		.json = comparison->json,
	};
	struct errors errors = ERRORS_NONE;
	struct text text = TEXT_EMPTY;
	int status = EXIT_FINE;

	if (compare_databases(&options, &text, &errors) < 0) {
		status = fail_with(&errors);
	} else {
		fputs(text.s, stdout);
		fflush(stdout);
	}
	text_release(&text);
	for (size_t i = 0; comparison->output && !status && i < nr_plot_kinds;
	     i++)
		status = draw(comparison, group, plot_kinds[i].name);
	return status;
}

/*
 * Runs of different workloads have little to say to each other: where there
 * are several configs, each workload has a table of its own.
 */
static int print_by_workload(const struct comparison *comparison)
{
	size_t configs = comparison->configs.nr;
	size_t workloads = comparison->workloads.nr;
	int status = EXIT_FINE;

	if (comparison->json)
		puts("[");
	for (size_t w = 0; !status && w < workloads; w++) {
		char *name = stem(comparison->workloads.word[w]);
		struct text prefix = TEXT_EMPTY;
		struct group group = {
			.databases =
				(const char *const *)comparison->databases +
				w * configs,
			.nr = configs,
		};

		text_add(&prefix, "%s-", name);
		group.prefix = prefix.s;
		if (!comparison->json)
			printf("%s== %s\n\n", w ? "\n" : "", name);
		else if (w)
			puts(",");
		status = prefix.failed ? EXIT_FAILED :
					 print_group(comparison, &group);
		text_release(&prefix);
		free(name);
	}
	if (comparison->json)
		puts("]");
	return status;
}

static void release(struct comparison *comparison)
{
	for (size_t i = 0; i < comparison->nr_databases; i++) {
		if (!comparison->output)
			remove(comparison->databases[i]);
		free(comparison->databases[i]);
	}
	free(comparison->databases);
	if (comparison->scratch[0])
		rmdir(comparison->scratch);
	words_release(&comparison->configs);
	words_release(&comparison->workloads);
	words_release(&comparison->sets);
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
	return count_stdin(&comparison->configs) * comparison->workloads.nr +
	       count_stdin(&comparison->workloads) * comparison->configs.nr;
}

static int check_words(const struct comparison *comparison,
		       const struct words *databases)
{
	size_t runs = comparison->configs.nr * comparison->workloads.nr;

	if (databases->nr &&
	    (comparison->configs.nr || comparison->workloads.nr))
		return usage_error(&compare_verb, "either databases, or "
						  "configs and workloads");
	if (!databases->nr && !runs)
		return usage_error(&compare_verb,
				   "configs (-c) and workloads (-w), or "
				   "databases, are needed");
	if (databases->nr + runs < 2 || databases->nr + runs > COMPARE_RUNS_MAX)
		return usage_error(&compare_verb,
				   "2 to %d runs can be compared, not %zu",
				   COMPARE_RUNS_MAX, databases->nr + runs);
	if (reads_of_stdin(comparison) > 1)
		return usage_error(&compare_verb,
				   "only one run can read stdin");
	return 0;
}

static int do_compare(struct comparison *comparison,
		      const struct words *databases)
{
	struct group all = { databases->word, databases->nr, "" };
	int status;

	signals_catch();
	if (databases->nr) {
		status = comparison->output ? make_folder(comparison) : 0;
		return status ? status : print_group(comparison, &all);
	}
	comparison->simulation.quiet = true;
	comparison->simulation.sets = comparison->sets.word;
	comparison->simulation.nr_sets = comparison->sets.nr;
	status = make_runs(comparison);
	if (status)
		return status;
	if (comparison->configs.nr > 1 && comparison->workloads.nr > 1)
		return print_by_workload(comparison);
	all.databases = (const char *const *)comparison->databases;
	all.nr = comparison->nr_databases;
	return print_group(comparison, &all);
}

static int compare_main(int argc, char **argv)
{
	struct comparison comparison = { .output = NULL };
	struct words databases = { .nr = 0 };
	const struct option_spec specs[] = {
		{ "--config", 'c', "a file", .words = &comparison.configs },
		{ "--workload", 'w', "a file", .words = &comparison.workloads },
		{ "--set", 0, "PATH=VALUE", .words = &comparison.sets },
		{ "--output", 'o', "a folder", .text = &comparison.output },
		{ "--label", 0, "a sample's label", .text = &comparison.label },
		{ "--seed", 0, "a number",
		  .text = &comparison.simulation.seed },
		{ "--until", 0, "a time",
		  .text = &comparison.simulation.until },
		{ "--sample-every", 0, "a time",
		  .text = &comparison.simulation.sample_every },
		{ "--log-ops", 0, "none, failures or all",
		  .text = &comparison.simulation.log_ops },
		{ "--json", 0, .flag = &comparison.json },
		{ .name = NULL },
	};
	int status =
		options_parse(&compare_verb, specs, argc, argv, &databases);

	if (!status)
		status = check_words(&comparison, &databases);
	if (!status)
		status = do_compare(&comparison, &databases);
	release(&comparison);
	words_release(&databases);
	return status < 0 ? EXIT_FINE : status;
}
