/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads the runs of a comparison.
 *
 *	databases --each opened--> runs, the label they share
 *	runs --several at once, or ready--> run_data
 *	     --one by one, in their order--> what is told of them, metrics
 *
 * Rules: the sample compared is the last one whose label all runs have; where
 * they share none, it is each run's last. A run is released once it was read:
 * what stays is a number for each metric. No result depends on which run was
 * read first; of several that can't be read, the first in their order is
 * reported.
 *
 * Reading a run back takes some milliseconds, nearly all of them SQLite's. So
 * several threads do it; and nobody has to where the runs were made just now
 * and their results are still in memory, unless another sample than the last
 * is asked for.
 */

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "results/compare/comparison.h"
#include "results/database/database.h"
#include "sim/base/host.h"

#define AT_ONCE_MAX 16

/* ---- which runs, and which sample --------------------------------------- */

/* Labels that all runs so far have, the last of the first run first. */
struct labels {
	const char **label;
	size_t nr;
	bool begun;
};

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

static int has_label(const struct database *database, int64_t run,
		     const char *label, struct errors *errors)
{
	sqlite3_stmt *statement = database_prepare(
		database,
		"SELECT 1 FROM sample WHERE run_id = ?1 AND label = ?2"
		" LIMIT 1",
		errors);
	int got;

	if (!statement)
		return -1;
	sqlite3_bind_int64(statement, 1, run);
	sqlite3_bind_text(statement, 2, label, -1, SQLITE_STATIC);
	got = database_step(database, statement, errors);
	sqlite3_finalize(statement);
	return got;
}

static int add_label(struct labels *labels, const char *text,
		     struct arena *arena, struct errors *errors)
{
	const char **grown = arena_one_more(arena, labels->label, labels->nr,
					    sizeof(*grown));

	if (!grown)
		return error_host(errors, "compare");
	labels->label = grown;
	grown[labels->nr] = arena_strndup(arena, text, strlen(text));
	if (!grown[labels->nr++])
		return error_host(errors, "compare");
	return 0;
}

/* The first run's. */
static int read_labels(struct labels *labels, const struct database *database,
		       int64_t run, struct arena *arena, struct errors *errors)
{
	sqlite3_stmt *row =
		database_prepare(database,
				 "SELECT label FROM sample"
				 " WHERE run_id = ?1 AND label IS NOT NULL"
				 " GROUP BY label ORDER BY max(sample) DESC",
				 errors);
	int got;

	if (!row)
		return -1;
	sqlite3_bind_int64(row, 1, run);
	do {
		got = database_step(database, row, errors);
		if (got > 0 &&
		    add_label(labels, column_text(row, 0), arena, errors))
			got = -1;
	} while (got > 0);
	sqlite3_finalize(row);
	return got;
}

/* Strikes out what this run does not have. */
static int keep_shared(struct labels *labels, const struct database *database,
		       int64_t run, struct errors *errors)
{
	size_t kept = 0;

	for (size_t i = 0; i < labels->nr; i++) {
		int got = has_label(database, run, labels->label[i], errors);

		if (got < 0)
			return -1;
		if (got)
			labels->label[kept++] = labels->label[i];
	}
	labels->nr = kept;
	return 0;
}

static int no_such_label(const char *label, const struct database *database,
			 int64_t run, const char *path, struct errors *errors)
{
	sqlite3_stmt *there = database_prepare(
		database,
		"SELECT group_concat(label, ', ') FROM (SELECT DISTINCT label"
		" FROM sample WHERE run_id = ?1 AND label IS NOT NULL"
		" LIMIT 20)",
		errors);

	if (!there)
		return -1;
	sqlite3_bind_int64(there, 1, run);
	if (database_step(database, there, errors) > 0)
		error_input(errors, (struct place){ .file = path },
			    "has no sample labelled \"%s\"; there %s%s", label,
			    *column_text(there, 0) ? "are: " : "is none",
			    column_text(there, 0));
	sqlite3_finalize(there);
	return -1;
}

static int check_label(const char *label, const struct database *database,
		       int64_t run, const char *path, struct errors *errors)
{
	int got = has_label(database, run, label, errors);

	if (got)
		return got < 0 ? -1 : 0;
	return no_such_label(label, database, run, path, errors);
}

/* The run `run` of the database is one of those that are compared. */
static int take_run(struct comparison *comparison, struct labels *labels,
		    const char *path, const struct database *database,
		    int64_t run, struct errors *errors)
{
	const char *wanted = comparison->options->label;
	bool is_first = !labels->begun;

	labels->begun = true;
	if (add_run(comparison, path, errors))
		return -1;
	if (wanted)
		return check_label(wanted, database, run, path, errors);
	if (is_first)
		return read_labels(labels, database, run, comparison->arena,
				   errors);
	return keep_shared(labels, database, run, errors);
}

/* The runs' numbers, in order; the caller frees them. */
static int list_runs(const struct database *database, int64_t **runs,
		     size_t *nr, struct errors *errors)
{
	sqlite3_stmt *row = database_prepare(
		database, "SELECT run_id FROM run ORDER BY run_id", errors);
	size_t capacity = 0;
	int got;

	if (!row)
		return -1;
	while ((got = database_step(database, row, errors)) > 0) {
		int64_t *grown =
			host_grow(*runs, &capacity, *nr + 1, sizeof(*grown));

		if (!grown) {
			got = error_host(errors, "compare");
			break;
		}
		*runs = grown;
		grown[(*nr)++] = sqlite3_column_int64(row, 0);
	}
	sqlite3_finalize(row);
	return got;
}

/* Of several runs, each is "PATH#N". */
static int take_all(struct comparison *comparison, struct labels *labels,
		    const char *path, const struct database *database,
		    struct errors *errors)
{
	struct text name = TEXT_EMPTY;
	int64_t *run = NULL;
	size_t nr = 0;
	int result = list_runs(database, &run, &nr, errors);

	for (size_t i = 0; i < nr && !result; i++) {
		text_release(&name);
		text_add(&name, "%s", path);
		if (nr > 1)
			text_add(&name, "#%" PRId64, run[i]);
		result = name.failed ? error_host(errors, "compare") :
				       take_run(comparison, labels, name.s,
						database, run[i], errors);
	}
	text_release(&name);
	free(run);
	return result;
}

static int find_in(struct comparison *comparison, struct labels *labels,
		   const char *path, struct errors *errors)
{
	struct database database;
	uint64_t chosen;
	int result;

	if (database_open_all(&database, path, &chosen, errors))
		return -1;
	if (!chosen)
		result = take_all(comparison, labels, path, &database, errors);
	else if (database_choose_run(&database, chosen, errors))
		result = -1;
	else
		result = take_run(comparison, labels, path, &database,
				  (int64_t)chosen, errors);
	database_close(&database);
	return result;
}

/* *label is NULL where the runs share none. */
static int find_runs(struct comparison *comparison, const char **label,
		     struct errors *errors)
{
	const struct compare_options *options = comparison->options;
	struct labels labels = { .nr = 0 };

	for (size_t i = 0; i < options->nr_databases; i++)
		if (find_in(comparison, &labels, options->databases[i], errors))
			return -1;
	*label = labels.nr ? labels.label[0] : options->label;
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

/* A run that is read, by a thread of its own where there is one. */
struct reading {
	const char *path;
	const char *label;
	const struct run_data *ready; /* NULL: to be read */
	struct run_data data;
	struct errors errors;
	int result;
	bool threaded;
	pthread_t thread;
};

static void *read_run(void *argument)
{
	struct reading *reading = argument;
	struct database database;

	reading->result =
		database_open(&database, reading->path, &reading->errors);
	if (reading->result)
		return NULL;
	reading->result = run_data_load(&reading->data, &database, NULL,
					reading->label, &reading->errors);
	database_close(&database);
	return NULL;
}

/*
 * What the run came to, where it is at hand with the state that is asked for,
 * which then is that of its last sample.
 */
static const struct run_data *find_ready(const struct compare_options *options,
					 size_t at, const char *label)
{
	const struct run_data *ready =
		at < options->nr_ready ? &options->ready[at] : NULL;

	if (!ready || !ready->arena)
		return NULL;
	return label && strcmp(ready->sample_label, label) != 0 ? NULL : ready;
}

/* Reads them all at once; the first is this thread's own. */
static void read_at_once(struct reading *reading, size_t nr)
{
	for (size_t i = 1; i < nr; i++)
		if (!reading[i].ready)
			reading[i].threaded = pthread_create(&reading[i].thread,
							     NULL, read_run,
							     &reading[i]) == 0;
	for (size_t i = 0; i < nr; i++)
		if (!reading[i].ready && !reading[i].threaded)
			read_run(&reading[i]);
	for (size_t i = 1; i < nr; i++)
		if (reading[i].threaded)
			pthread_join(reading[i].thread, NULL);
}

/* Puts down what was read of run `at`. */
static int take_over(struct comparison *comparison, size_t at,
		     struct reading *reading, struct errors *errors)
{
	const struct run_data *data = reading->ready ? reading->ready :
						       &reading->data;
	struct compared_run *run = &comparison->run[at];

	errors_merge(errors, &reading->errors);
	run->read_as = at;
	if (reading->result || describe(comparison, run, data, errors))
		return -1;
	metrics_add(&comparison->metrics, at, data);
	return 0;
}

static int read_some(struct comparison *comparison, size_t first, size_t nr,
		     const char *label, struct errors *errors)
{
	struct reading reading[AT_ONCE_MAX];
	int result = 0;

	for (size_t i = 0; i < nr; i++)
		reading[i] = (struct reading){
			.path = comparison->run[first + i].path,
			.label = label,
			.ready = find_ready(comparison->options, first + i,
					    label),
			.errors = ERRORS_NONE,
		};
	read_at_once(reading, nr);
	for (size_t i = 0; i < nr; i++) {
		if (!result)
			result = take_over(comparison, first + i, &reading[i],
					   errors);
		run_data_release(&reading[i].data);
		errors_release(&reading[i].errors);
	}
	return result;
}

static size_t choose_at_once(const struct compare_options *options)
{
	size_t nr = options->at_once ? options->at_once : host_cpus();

	return nr < AT_ONCE_MAX ? nr : AT_ONCE_MAX;
}

int compare_read_runs(struct comparison *comparison, struct errors *errors)
{
	size_t at_once = choose_at_once(comparison->options), nr;
	const char *label;

	if (find_runs(comparison, &label, errors))
		return -1;
	if (metrics_init(&comparison->metrics, comparison->nr_runs))
		return error_host(errors, "compare");
	for (size_t i = 0; i < comparison->nr_runs; i += nr) {
		nr = comparison->nr_runs - i;
		if (nr > at_once)
			nr = at_once;
		if (read_some(comparison, i, nr, label, errors))
			return -1;
	}
	return 0;
}
