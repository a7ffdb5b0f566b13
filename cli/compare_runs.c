/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Makes runs to be compared, in parallel, each into FOLDER/CONFIG-WORKLOAD.db
 * or FOLDER/CONFIG-WORKLOAD-seedN.db. Of a config that is compared with itself,
 * the one changed by --set is called CONFIG-set. Where nobody keeps the runs,
 * the folder is a scratch one, and goes with them.
 */

#include "cli/compare_runs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/host.h"
#include "workloads/workload.h"

#define CALLS_AT_ONCE 1024
#define LABELS_LENGTH 400 /* of those that are told, about */
#define SAMPLE_AT_END "end"

/* Which config, workload and seed a run has: seeds go fastest. */
struct run_place {
	size_t config;
	size_t workload;
	size_t seed;
};

static struct run_place place_of(const struct comparison *comparison, size_t i)
{
	size_t configs = comparison->configs.nr;

	return (struct run_place){
		.seed = i % comparison->nr_seeds,
		.config = i / comparison->nr_seeds % configs,
		.workload = i / comparison->nr_seeds / configs,
	};
}

static bool is_without_sets(const struct comparison *comparison,
			    struct run_place place)
{
	return comparison->sets_last &&
	       place.config + 1 < comparison->configs.nr;
}

static char *database_path(const struct comparison *comparison, size_t i)
{
	struct run_place place = place_of(comparison, i);
	struct text path = TEXT_EMPTY;

	text_add(&path, "%s/",
		 *comparison->scratch ? comparison->scratch :
					comparison->output);
	text_add_stem(&path, comparison->configs.word[place.config]);
	if (comparison->sets_last && !is_without_sets(comparison, place))
		text_add(&path, "-set");
	text_add(&path, "-");
	text_add_stem(&path, comparison->workloads.word[place.workload]);
	if (comparison->seeds)
		text_add(&path, "-seed%llu",
			 (unsigned long long)comparison->first_seed +
				 place.seed);
	text_add(&path, ".db");
	if (path.failed)
		text_release(&path);
	return path.s;
}

int compare_make_folder(struct comparison *comparison)
{
	if (!comparison->output || comparison->joins) {
		const char *base = getenv("TMPDIR");

		snprintf(comparison->scratch, sizeof(comparison->scratch),
			 "%s/kmemsim-compare-XXXXXX",
			 base && *base ? base : "/tmp");
		if (!mkdtemp(comparison->scratch)) {
			fprintf(stderr, "error: no temporary folder: %s\n",
				strerror(errno));
			comparison->scratch[0] = '\0';
			return EXIT_FAILED;
		}
		return 0;
	}
	return make_folder(comparison->output);
}

struct job_words {
	struct text name;
	struct text seed;
};

static void describe_job(const struct comparison *comparison, size_t i,
			 struct batch_job *job, struct job_words *words)
{
	struct run_place place = place_of(comparison, i);
	const char *config = comparison->configs.word[place.config];
	const char *workload = comparison->workloads.word[place.workload];

	job->simulation = comparison->simulation;
	job->simulation.config = config;
	job->simulation.workload = workload;
	job->simulation.output = comparison->databases[i];
	if (is_without_sets(comparison, place))
		job->simulation.nr_sets = 0;
	if (i < comparison->nr_ready)
		job->simulation.data = &comparison->ready[i];
	text_add(&words->name, "%s",
		 strrchr(comparison->databases[i], '/') + 1);
	if (comparison->seeds) {
		text_add(&words->seed, "%llu",
			 (unsigned long long)comparison->first_seed +
				 place.seed);
		job->simulation.seed = words->seed.s;
	}
	job->name = words->name.s;
}

static int run_all(const struct comparison *comparison)
{
	size_t nr = comparison->nr_databases;
	struct batch_job *job = host_alloc(nr, sizeof(*job));
	struct job_words *words = host_alloc(nr, sizeof(*words));
	struct batch batch = { .verb = &compare_verb,
			       .job = job,
			       .nr = nr,
			       .at_once = comparison->at_once };
	bool failed = !job || !words;
	int status = EXIT_FAILED;

	for (size_t i = 0; !failed && i < nr; i++) {
		describe_job(comparison, i, &job[i], &words[i]);
		failed = words[i].name.failed || words[i].seed.failed;
	}
	if (failed)
		fputs("error: no memory for the runs\n", stderr);
	else
		status = batch_run(&batch);
	for (size_t i = 0; words && i < nr; i++) {
		text_release(&words[i].name);
		text_release(&words[i].seed);
	}
	free(words);
	free(job);
	return status;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Runs of one name would write over each other. */
static int check_names(const struct comparison *comparison)
{
	size_t nr = comparison->nr_databases;
	char **sorted = host_alloc(nr, sizeof(*sorted));
	int status = 0;

	if (!sorted) {
		fputs("error: no memory for the runs' paths\n", stderr);
		return EXIT_FAILED;
	}
	memcpy(sorted, comparison->databases, nr * sizeof(*sorted));
	qsort(sorted, nr, sizeof(*sorted), by_text);
	for (size_t i = 1; i < nr && !status; i++)
		if (strcmp(sorted[i], sorted[i - 1]) == 0)
			status = usage_error(
				&compare_verb,
				"two runs would both be %s: give the files "
				"different names",
				strrchr(sorted[i], '/') + 1);
	free(sorted);
	return status;
}

/* Every label of a workload, in its order, or until `label` is found. */
static bool find_label(struct source *source, const char *label,
		       struct text *others, struct errors *errors)
{
	struct call *batch = host_alloc(CALLS_AT_ONCE, sizeof(*batch));
	uint32_t last = 0;
	bool found = false;
	long nr = 0;

	if (!batch)
		error_host(errors, "no memory to read a workload");
	while (batch && !found &&
	       (nr = source_read(source, batch, CALLS_AT_ONCE, errors)) > 0)
		for (long i = 0; i < nr && !found; i++) {
			const char *name;

			if (batch[i].op != OP_SAMPLE || batch[i].name == last)
				continue;
			last = batch[i].name;
			name = names_text(source->names, last);
			found = strcmp(name, label) == 0;
			if (others->length < LABELS_LENGTH)
				text_add(others, "%s, ", name);
		}
	free(batch);
	return found;
}

/* A typing error must not show after an hour; 0, or an exit status. */
static int check_label(const struct comparison *comparison, const char *path)
{
	struct errors errors = ERRORS_NONE;
	struct names *names = names_new();
	struct source *source = NULL;
	struct text others = TEXT_EMPTY;
	int status = 0;

	if (!names)
		error_host(&errors, "no memory to read a workload");
	else
		source = workload_open(path, names, &errors);
	if (source &&
	    !find_label(source, comparison->label, &others, &errors) &&
	    !errors.nr)
		status = usage_error(&compare_verb,
				     "--label: %s has no sample \"%s\"; there "
				     "are: %s%s",
				     path, comparison->label,
				     others.s ? others.s : "", SAMPLE_AT_END);
	if (errors.nr)
		status = fail_with(&errors);
	text_release(&others);
	if (source)
		source_close(source);
	if (names)
		names_free(names);
	return status;
}

/* The run itself takes one more sample, at its end. */
static int check_labels(const struct comparison *comparison)
{
	const struct words *workloads = &comparison->workloads;
	int status = 0;

	if (!comparison->label || !strcmp(comparison->label, SAMPLE_AT_END))
		return 0;
	for (size_t i = 0; i < workloads->nr && !status; i++)
		if (strcmp(workloads->word[i], "-") != 0)
			status = check_label(comparison, workloads->word[i]);
	return status;
}

int compare_make_runs(struct comparison *comparison)
{
	size_t nr = comparison->configs.nr * comparison->workloads.nr *
		    comparison->nr_seeds;
	int status = check_labels(comparison);

	if (!status)
		status = compare_make_folder(comparison);

	if (status)
		return status;
	comparison->databases = host_alloc(nr, sizeof(char *));
	for (size_t i = 0; comparison->databases && i < nr; i++) {
		comparison->databases[i] = database_path(comparison, i);
		if (!comparison->databases[i])
			break;
		comparison->nr_databases++;
	}
	if (comparison->nr_databases < nr) {
		fputs("error: no memory for the runs' paths\n", stderr);
		return EXIT_FAILED;
	}
	comparison->nr_ready = nr < BATCH_READY_MAX ? nr : BATCH_READY_MAX;
	comparison->ready =
		host_alloc(comparison->nr_ready, sizeof(*comparison->ready));
	if (!comparison->ready) {
		fputs("error: no memory for what the runs come to\n", stderr);
		return EXIT_FAILED;
	}
	status = check_names(comparison);
	return status ? status : run_all(comparison);
}

void compare_forget_runs(struct comparison *comparison)
{
	for (size_t i = 0; i < comparison->nr_databases; i++) {
		if (*comparison->scratch)
			remove(comparison->databases[i]);
		free(comparison->databases[i]);
	}
	free(comparison->databases);
	for (size_t i = 0; comparison->ready && i < comparison->nr_ready; i++)
		run_data_release(&comparison->ready[i]);
	free(comparison->ready);
	if (*comparison->scratch)
		rmdir(comparison->scratch);
}
