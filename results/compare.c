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
 * otherwise each run stands for itself. The sample compared is the last one
 * whose label all runs have; where they share none, it is each run's last.
 *
 * Runs are read one by one and let go: what stays is a number a metric.
 */

#include "results/compare.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/comparison.h"
#include "results/database.h"

static const char *const letters[COMPARE_CONTESTANTS_MAX] = {
	"A", "B", "C", "D", "E", "F", "G", "H",
	"I", "J", "K", "L", "M", "N", "O", "P",
};

/* ---- which runs --------------------------------------------------------- */

static int add_run(struct comparison *comparison, const char *path,
		   struct errors *errors)
{
	struct compared_run *grown =
		arena_one_more(comparison->arena, comparison->run,
			       comparison->nr_runs, sizeof(*grown));

	if (!grown)
		return error_host(errors, "compare");
	comparison->run = grown;
	grown += comparison->nr_runs;
	*grown = (struct compared_run){
		.path = arena_strndup(comparison->arena, path, strlen(path)),
	};
	if (!grown->path)
		return error_host(errors, "compare");
	if (++comparison->nr_runs > COMPARE_RUNS_MAX)
		return error_input(errors, (struct place){ .file = path },
				   "that is more than the %d runs that can be "
				   "compared",
				   COMPARE_RUNS_MAX);
	return 0;
}

/* Of several runs, each is "PATH#N". */
static int add_runs(struct comparison *comparison, const char *path,
		    const struct database *database, uint64_t chosen,
		    struct errors *errors)
{
	sqlite3_stmt *row = database_prepare(
		database, "SELECT run_id FROM run ORDER BY run_id", errors);
	struct text name = TEXT_EMPTY;
	size_t nr = 0;
	int got;

	if (!row)
		return -1;
	while ((got = database_step(database, row, errors)) > 0) {
		text_release(&name);
		text_add(&name, "%s#%" PRId64, path,
			 (int64_t)sqlite3_column_int64(row, 0));
		nr++;
		if (name.failed)
			got = error_host(errors, "compare");
		if (got < 0 || add_run(comparison, name.s, errors)) {
			got = -1;
			break;
		}
	}
	sqlite3_finalize(row);
	text_release(&name);
	if (!got && (nr == 1 || chosen)) {
		comparison->nr_runs -= nr;
		got = add_run(comparison, path, errors);
	}
	return got;
}

static int find_runs(struct comparison *comparison, struct errors *errors)
{
	const struct compare_options *options = comparison->options;

	for (size_t i = 0; i < options->nr_databases; i++) {
		struct database database;
		uint64_t chosen;
		int result;

		if (database_open_all(&database, options->databases[i], &chosen,
				      errors))
			return -1;
		result = add_runs(comparison, options->databases[i], &database,
				  chosen, errors);
		database_close(&database);
		if (result)
			return -1;
	}
	return 0;
}

/* ---- the sample --------------------------------------------------------- */

static int has_label(const struct database *database, const char *label,
		     struct errors *errors)
{
	sqlite3_stmt *statement = database_prepare(
		database, "SELECT 1 FROM sample WHERE label = ?1 LIMIT 1",
		errors);
	int got;

	if (!statement)
		return -1;
	sqlite3_bind_text(statement, 1, label, -1, SQLITE_STATIC);
	got = database_step(database, statement, errors);
	sqlite3_finalize(statement);
	return got;
}

/* Labels of the first run, the last first: candidates. */
struct labels {
	const char **label;
	size_t nr;
};

static int read_labels(struct labels *labels, const struct database *database,
		       struct arena *arena, struct errors *errors)
{
	sqlite3_stmt *row = database_prepare(
		database,
		"SELECT label FROM sample WHERE label IS NOT NULL"
		" GROUP BY label ORDER BY max(sample) DESC",
		errors);
	int got;

	if (!row)
		return -1;
	while ((got = database_step(database, row, errors)) > 0) {
		const char *text = column_text(row, 0);
		const char **grown = arena_one_more(arena, labels->label,
						    labels->nr, sizeof(*grown));

		if (!grown) {
			got = error_host(errors, "compare");
			break;
		}
		labels->label = grown;
		grown[labels->nr] = arena_strndup(arena, text, strlen(text));
		if (!grown[labels->nr++]) {
			got = error_host(errors, "compare");
			break;
		}
	}
	sqlite3_finalize(row);
	return got;
}

/* Strikes out what this run does not have. */
static int keep_shared(struct labels *labels, const struct database *database,
		       struct errors *errors)
{
	size_t kept = 0;

	for (size_t i = 0; i < labels->nr; i++) {
		int got = has_label(database, labels->label[i], errors);

		if (got < 0)
			return -1;
		if (got)
			labels->label[kept++] = labels->label[i];
	}
	labels->nr = kept;
	return 0;
}

static int check_label(const struct compare_options *options,
		       const struct database *database, const char *path,
		       struct errors *errors)
{
	int got = has_label(database, options->label, errors);

	if (got)
		return got < 0 ? -1 : 0;
	return error_input(errors, (struct place){ .file = path },
			   "has no sample labelled \"%s\"", options->label);
}

/* *label stays NULL where the runs share none. */
static int find_label(struct comparison *comparison, const char **label,
		      struct errors *errors)
{
	struct labels labels = { .nr = 0 };
	int result = 0;

	*label = comparison->options->label;
	for (size_t i = 0; i < comparison->nr_runs && !result; i++) {
		const char *path = comparison->run[i].path;
		struct database database;

		if (database_open(&database, path, errors))
			return -1;
		if (*label)
			result = check_label(comparison->options, &database,
					     path, errors);
		else if (!i)
			result = read_labels(&labels, &database,
					     comparison->arena, errors);
		else
			result = keep_shared(&labels, &database, errors);
		database_close(&database);
	}
	if (!*label && labels.nr)
		*label = labels.label[0];
	return result;
}

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

	if (nr < 2 || nr > COMPARE_CONTESTANTS_MAX)
		return error_input(errors, (struct place){ .file = "compare" },
				   "%zu given: 2 to %d can be compared", nr,
				   COMPARE_CONTESTANTS_MAX);
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

static const char *keep(struct comparison *comparison, const char *text)
{
	return arena_strndup(comparison->arena, text, strlen(text));
}

/* What is told of a run; texts that many runs share are kept once. */
static int describe(struct comparison *comparison, struct compared_run *run,
		    const struct run_data *data, struct errors *errors)
{
	const struct compared_run *before = run > comparison->run ? run - 1 :
								    NULL;

	run->name = keep(comparison, data->name);
	run->config_name = keep(comparison, data->config_name);
	run->workload_name = keep(comparison, data->workload_name);
	run->workload_sha256 = keep(comparison, data->workload_sha256);
	run->config = before && !strcmp(before->config, data->config) ?
			      before->config :
			      keep(comparison, data->config);
	run->version = keep(comparison, data->version);
	run->status = keep(comparison, data->status);
	run->digest = keep(comparison, data->digest);
	run->sample_label = keep(comparison, data->sample_label);
	run->sample_t_ns = data->sample_t_ns;
	run->seed = data->seed;
	run->has_sample = data->nr_zones != 0;
	if (!run->name || !run->config_name || !run->workload_name ||
	    !run->workload_sha256 || !run->config || !run->version ||
	    !run->status || !run->digest || !run->sample_label)
		return error_host(errors, "compare");
	return 0;
}

static int read_run(struct comparison *comparison, size_t at, const char *label,
		    struct errors *errors)
{
	struct compared_run *run = &comparison->run[at];
	struct database database;
	struct run_data data;
	int result;

	if (database_open(&database, run->path, errors))
		return -1;
	result = run_data_load(&data, &database, label, errors);
	database_close(&database);
	if (!result)
		result = describe(comparison, run, &data, errors);
	if (!result)
		metrics_add(&comparison->metrics, at, &data);
	run->read_as = at;
	run_data_release(&data);
	return result;
}

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

static int read_runs(struct comparison *comparison, const char *label,
		     struct errors *errors)
{
	for (size_t i = 0; i < comparison->nr_runs; i++)
		if (read_run(comparison, i, label, errors))
			return -1;
	if (find_seeds(comparison, errors) ||
	    make_contestants(comparison, errors))
		return -1;
	if (metrics_finish(&comparison->metrics) || reorder_values(comparison))
		return error_host(errors, "compare");
	return 0;
}

static int load(struct comparison *comparison, struct errors *errors)
{
	const char *label;

	comparison->arena = arena_new();
	if (!comparison->arena)
		return error_host(errors, "compare");
	if (find_runs(comparison, errors))
		return -1;
	if (metrics_init(&comparison->metrics, comparison->nr_runs))
		return error_host(errors, "compare");
	if (find_label(comparison, &label, errors))
		return -1;
	return read_runs(comparison, label, errors);
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
	text_release(&result->crossed);
	for (size_t i = 0; i < result->nr_contestants; i++)
		free(result->first_run[i]);
	result->nr_contestants = 0;
}

int compare_databases(const struct compare_options *options, struct text *out,
		      struct compare_result *result, struct errors *errors)
{
	struct comparison comparison = { .options = options, .result = result };
	int status = load(&comparison, errors);

	if (!status)
		status = name_first_runs(&comparison, errors);
	if (!status)
		status = compare_judge(&comparison, errors);
	if (!status)
		write_all(&comparison, out);
	metrics_release(&comparison.metrics);
	arena_free(comparison.arena);
	if (!status && (out->failed || result->crossed.failed))
		status = error_host(errors, "compare");
	return status;
}
