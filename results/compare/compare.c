/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compares runs.
 *
 *	databases --> contestants --numbers--> metrics --> text, JSON, CSV
 *	              A: seeds 1 2 3             |
 *	              B: seeds 1 2 3             +-----> thresholds
 *
 * Rules: runs of one config, workload and version that differ in their seeds
 * are one contestant, where that leaves two or more with the same seeds;
 * otherwise each run stands for itself. results/compare/compare_read.c reads
 * them.
 */

#include "results/compare/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/compare/comparison.h"

static const char *const letters[COMPARE_CONTESTANTS_MAX] = {
	"A", "B", "C", "D", "E", "F", "G", "H",
	"I", "J", "K", "L", "M", "N", "O", "P",
};

/* ---- contestants -------------------------------------------------------- */

static bool is_same_setup(const struct compared_run *a,
			  const struct compared_run *b)
{
	return !strcmp(a->config, b->config) &&
	       !strcmp(a->workload_name, b->workload_name) &&
	       !strcmp(a->workload_sha256, b->workload_sha256) &&
	       !strcmp(a->version, b->version);
}

static int by_seed(const void *a, const void *b)
{
	const struct compared_run *left = a, *right = b;

	return (left->seed > right->seed) - (left->seed < right->seed);
}

/*
 * Brings runs of one setup together, by seed, setups in the order in which
 * they appeared. Returns how many setups there are.
 */
static size_t gather(struct compared_run *run, size_t nr, size_t *first)
{
	size_t setups = 0, done = 0;

	while (done < nr) {
		size_t start = done++;

		first[setups++] = start;
		for (size_t i = done; i < nr; i++) {
			struct compared_run found = run[i];

			if (!is_same_setup(&run[start], &found))
				continue;
			memmove(&run[done + 1], &run[done],
				(i - done) * sizeof(*run));
			run[done++] = found;
		}
		qsort(&run[start], done - start, sizeof(*run), by_seed);
	}
	return setups;
}

/* True where each setup has the same seeds, each once. */
static bool seeds_match(const struct compared_run *run, size_t nr,
			size_t nr_setups)
{
	size_t seeds = nr / nr_setups;

	if (nr % nr_setups || seeds < 2)
		return false;
	for (size_t i = 0; i < nr; i++) {
		size_t start = i - i % seeds;

		if (!is_same_setup(&run[i], &run[start]) ||
		    run[i].seed != run[i % seeds].seed ||
		    (i > start && run[i].seed == run[i - 1].seed))
			return false;
	}
	return true;
}

/* How many runs each contestant has, where that has to be found out. */
static int find_seeds(struct comparison *comparison, struct errors *errors)
{
	size_t nr = comparison->nr_runs, setups;
	size_t bytes = nr * sizeof(*comparison->run);
	struct compared_run *ordered = arena_alloc(comparison->arena, bytes);
	size_t *first = arena_alloc(comparison->arena, nr * sizeof(*first));

	comparison->nr_seeds = comparison->options->nr_seeds;
	if (comparison->nr_seeds)
		return 0;
	if (!ordered || !first)
		return error_host(errors, "compare");
	memcpy(ordered, comparison->run, bytes);
	setups = gather(ordered, nr, first);
	comparison->nr_seeds = 1;
	if (setups < 2 || !seeds_match(ordered, nr, setups))
		return 0;
	comparison->nr_seeds = nr / setups;
	memcpy(comparison->run, ordered, bytes);
	return 0;
}

static int make_contestants(struct comparison *comparison,
			    struct errors *errors)
{
	size_t nr = comparison->nr_runs / comparison->nr_seeds;

	if (nr < 2 || nr > COMPARE_CONTESTANTS_MAX) {
		comparison->result->verdicts.wrong_usage = true;
		return error_input(errors, (struct place){ .file = "compare" },
				   "%zu given: 2 to %d can be compared", nr,
				   COMPARE_CONTESTANTS_MAX);
	}
	comparison->nr_contestants = nr;
	for (size_t i = 0; i < nr; i++) {
		struct contestant *contestant = &comparison->contestant[i];

		contestant->letter = letters[i];
		contestant->first = i * comparison->nr_seeds;
		if (config_keys_read(&contestant->keys,
				     first_run(comparison, i)->config,
				     comparison->arena))
			return error_host(errors, "compare");
	}
	return 0;
}

/* ---- their numbers ------------------------------------------------------ */

/* The runs' numbers follow them to where they now stand. */
static int reorder_values(struct comparison *comparison)
{
	struct metrics *metrics = &comparison->metrics;
	double *value = host_alloc(comparison->nr_runs, sizeof(*value));

	if (!value)
		return -1;
	for (size_t m = 0; m < metrics->nr; m++) {
		double *old = metrics->metric[m].value;

		for (size_t i = 0; i < comparison->nr_runs; i++)
			value[i] = old[comparison->run[i].read_as];
		memcpy(old, value, comparison->nr_runs * sizeof(*value));
	}
	free(value);
	return 0;
}

static int load(struct comparison *comparison, struct errors *errors)
{
	comparison->arena = arena_new();
	if (!comparison->arena)
		return error_host(errors, "compare");
	if (compare_read_runs(comparison, errors) ||
	    find_seeds(comparison, errors) ||
	    make_contestants(comparison, errors))
		return -1;
	if (metrics_finish(&comparison->metrics) || reorder_values(comparison))
		return error_host(errors, "compare");
	return 0;
}

/* ---- what differs ------------------------------------------------------- */

bool metric_differs(const struct comparison *comparison,
		    const struct metric *metric)
{
	for (size_t i = comparison->nr_seeds; i < comparison->nr_runs; i++) {
		double first = metric->value[i % comparison->nr_seeds];
		double value = metric->value[i];

		if (value != first && !(isnan(value) && isnan(first)))
			return true;
	}
	return false;
}

/* True where the contestants do not all have the same value. */
static bool key_differs(const struct comparison *comparison, const char *path,
			const char *value[COMPARE_CONTESTANTS_MAX])
{
	bool differs = false;

	for (size_t i = 0; i < comparison->nr_contestants; i++) {
		value[i] =
			config_keys_find(&comparison->contestant[i].keys, path);
		if (!value[i] || !value[0])
			differs |= value[i] != value[0];
		else
			differs |= strcmp(value[i], value[0]) != 0;
	}
	return differs;
}

void each_config_difference(const struct comparison *comparison,
			    void (*tell)(void *argument, const char *path,
					 const char *const *value, size_t nr),
			    void *argument)
{
	const char *value[COMPARE_CONTESTANTS_MAX];
	const struct contestant *all = comparison->contestant;

	for (size_t i = 0; i < comparison->nr_contestants; i++)
		for (size_t k = 0; k < all[i].keys.nr; k++) {
			const char *path = all[i].keys.key[k].path;
			size_t j;

			for (j = 0; j < i; j++)
				if (config_keys_find(&all[j].keys, path))
					break;
			if (j == i && key_differs(comparison, path, value))
				tell(argument, path, value,
				     comparison->nr_contestants);
		}
}

static void write_all(const struct comparison *comparison, struct text *out)
{
	switch (comparison->options->format) {
	case COMPARE_TEXT:
		compare_write_text(comparison, out);
		break;
	case COMPARE_JSON:
		compare_write_json(comparison, out);
		break;
	case COMPARE_CSV:
		compare_write_csv(comparison, out);
		break;
	}
}

static int name_first_runs(const struct comparison *comparison,
			   struct errors *errors)
{
	struct compare_result *result = comparison->result;

	for (size_t i = 0; i < comparison->nr_contestants; i++) {
		result->first_run[i] = strdup(first_run(comparison, i)->path);
		if (!result->first_run[i])
			return error_host(errors, "compare");
		result->nr_contestants++;
	}
	return 0;
}

void compare_result_release(struct compare_result *result)
{
	text_release(&result->verdicts.crossed);
	for (size_t i = 0; i < result->nr_contestants; i++)
		free(result->first_run[i]);
	result->nr_contestants = 0;
}

static double mean_of_contestant(const void *argument,
				 const struct metric *metric, size_t number)
{
	const struct comparison *comparison = argument;

	return mean_of(values_of(comparison, metric, number),
		       comparison->nr_seeds);
}

static void add_contestant(const void *argument, size_t number,
			   struct text *out)
{
	const struct comparison *comparison = argument;

	text_add(out, "%s (", comparison->contestant[number].letter);
	text_add_visible(out, first_run(comparison, number)->name);
	text_add(out, ")");
}

static int judge(struct comparison *comparison, struct errors *errors)
{
	const struct judged judged = {
		.thresholds = comparison->options->thresholds,
		.nr_thresholds = comparison->options->nr_thresholds,
		.metrics = &comparison->metrics,
		.nr = comparison->nr_contestants,
		.but_first = true,
		.are_means = comparison->nr_seeds > 1,
		.value = mean_of_contestant,
		.add_name = add_contestant,
		.argument = comparison,
	};

	return thresholds_judge(&judged, &comparison->result->verdicts, errors);
}

int compare_databases(const struct compare_options *options, struct text *out,
		      struct compare_result *result, struct errors *errors)
{
	struct comparison comparison = { .options = options, .result = result };
	int status = load(&comparison, errors);

	if (!status)
		status = name_first_runs(&comparison, errors);
	if (!status)
		status = judge(&comparison, errors);
	if (!status)
		write_all(&comparison, out);
	metrics_release(&comparison.metrics);
	arena_free(comparison.arena);
	if (!status && (out->failed || result->verdicts.crossed.failed))
		status = error_host(errors, "compare");
	return status;
}
