/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The recorder: a sink that turns a run into a database.
 *
 * The order of things is what makes a killed run readable:
 *
 *	begin	tables, the run's row (status `interrupted`), the zones; commit
 *	during	rows are collected and committed about once a second, or when
 *		a lot of them wait
 *	end	the last sample, statistics, the run's row as it came out;
 *		commit; indexes; only then the run that was there before goes
 *
 * A transaction is open, and holds the file's write lock, from begin to end:
 * that is how a second run into the same file is noticed.
 *
 * Whoever opens the database of a run that was killed finds all rows up to
 * the last commit and `ops` and `sim_ns` as they were then.
 *
 * A run that met invalid input leaves nothing: at its end the database is
 * removed and what was there before comes back. A run that failed for want of
 * memory keeps what it has, with status `failed`. One that could not write has
 * gaps in its rows: it is rolled back to its last commit, which on a full disk
 * also makes room for saying so.
 *
 * Samples by the clock have no label. The state at the end is labelled `end`,
 * unless the workload has used that label: then it has none either.
 */

#include "results/record/recorder.h"

#include <string.h>
#include <stdlib.h>
#include <time.h>

#include "results/text/gfp_texts.h"
#include "results/record/kernel_log.h"
#include "results/record/kill_rows.h"
#include "results/record/object_rows.h"
#include "results/record/op_log.h"
#include "results/record/op_stats.h"
#include "results/database/output_file.h"
#include "results/summary/run_data.h"
#include "results/record/run_row.h"
#include "results/record/state_rows.h"
#include "results/record/stats_rows.h"
#include "results/show/show_timeline.h"
#include "results/record/timeline_rows.h"
#include "results/record/violation_rows.h"

#include "embedded/indexes.sql.h"
#include "embedded/schema.sql.h"

#define COMMIT_SECONDS 1.0
#define CLOCK_EVERY 1024 /* operations between looks at the host's clock */
#define END_LABEL "end"

const char *const log_ops_names[NR_LOG_OPS] = {
	[LOG_OPS_NONE] = "none",
	[LOG_OPS_FAILURES] = "failures",
	[LOG_OPS_ALL] = "all",
};

struct recorder {
	struct sink sink;    /* must be first */
	struct sink_ops ops; /* what the options ask for */
	struct recorder_options options;
	/* What each operation changes lies together. */
	struct op_stats *stats;
	struct run_totals so_far;
	uint64_t last_seq;
	unsigned int since_clock; /* operations since a look at the clock */
	struct output_file file;
	struct database database;
	struct state_rows state;
	struct object_rows objects;
	struct op_log log;
	struct violation_rows violations;
	struct timeline_rows timeline;
	struct kill_rows kills;
	struct kernel_log kernel_log;
	struct rows latencies;
	struct gfp_texts gfp_texts;
	struct arena *texts; /* that rows wait with */
	uint64_t nr_samples;
	uint64_t last_sample_t_ns;
	uint64_t last_sample_seq;
	double committed_at;
	bool end_label_used;
	bool begun; /* the database has its tables and the run's row */
	bool has_lost_rows;
	bool ended;
};

static struct recorder *to_recorder(struct sink *sink)
{
	return (struct recorder *)sink;
}

static double host_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- rows and transactions ----------------------------------------------- */

/* Of each attempt at writing rows: what came out, kept in mind if it failed. */
static int wrote(struct recorder *recorder, int result)
{
	recorder->has_lost_rows |= result < 0;
	return result;
}

static int flush(struct recorder *recorder, struct errors *errors)
{
	if (state_rows_flush(&recorder->state, errors) ||
	    object_rows_flush(&recorder->objects, errors) ||
	    op_log_flush(&recorder->log, errors) ||
	    timeline_rows_flush(&recorder->timeline, errors) ||
	    kill_rows_flush(&recorder->kills, errors) ||
	    violation_rows_flush(&recorder->violations, errors))
		return -1;
	arena_free(recorder->texts);
	recorder->texts = NULL;
	return 0;
}

/*
 * A reader that holds the file back is no reason to stop a run: the rows stay
 * in the transaction, and the next commit takes them along.
 */
static int commit(struct recorder *recorder, struct errors *errors)
{
	int result;

	if (flush(recorder, errors) ||
	    run_row_update(&recorder->database, &recorder->so_far, false,
			   errors))
		return -1;
	result =
		sqlite3_exec(recorder->database.db, "COMMIT", NULL, NULL, NULL);
	recorder->committed_at = host_seconds();
	if (result == SQLITE_BUSY)
		return 0;
	if (result != SQLITE_OK)
		return database_error(&recorder->database, errors);
	if (state_rows_committed(&recorder->state, errors) ||
	    rows_committed(&recorder->log.rows, errors) ||
	    rows_committed(&recorder->violations.rows, errors))
		return -1;
	return database_run(&recorder->database, "BEGIN IMMEDIATE", errors);
}

static int commit_if_due(struct recorder *recorder, struct errors *errors)
{
	recorder->since_clock = 0;
	if (host_seconds() - recorder->committed_at < COMMIT_SECONDS &&
	    !rows_are_many(&recorder->log.rows) &&
	    !rows_are_many(&recorder->violations.rows))
		return 0;
	return commit(recorder, errors);
}

static int open_rows(struct recorder *recorder, const struct kernel *kernel,
		     const struct names *names, struct errors *errors)
{
	const struct database *database = &recorder->database;

	recorder->log.gfp_texts = &recorder->gfp_texts;
	recorder->log.names = names;
	recorder->log.kernel = kernel;
	recorder->kills.names = names;
	recorder->kills.memory = kernel->memory;
	recorder->timeline.names = names;
	recorder->timeline.nr_cpus = kernel->memory->nr_cpus;
	if (state_rows_init(&recorder->state, database, errors) ||
	    object_rows_init(&recorder->objects, database, errors) ||
	    op_log_init(&recorder->log, database, errors) ||
	    kill_rows_init(&recorder->kills, database, errors) ||
	    kernel_log_init(&recorder->kernel_log, database, kernel, names,
			    errors) ||
	    violation_rows_init(&recorder->violations, database, errors))
		return -1;
	if (recorder->options.log_ops == LOG_OPS_ALL)
		rows_stage_from(&recorder->log.rows, 1);
	if (!recorder->options.timeline)
		return 0;
	return timeline_rows_init(&recorder->timeline, database, errors);
}

static int need_texts(struct recorder *recorder, struct errors *errors)
{
	if (!recorder->texts)
		recorder->texts = arena_new();
	return recorder->texts ? 0 : error_host(errors, "samples");
}

/* What is there before the first call, and is not told of again. */
static int add_start(struct recorder *recorder, const struct kernel *kernel,
		     struct errors *errors)
{
	struct sample_at at = { .number = SAMPLE_START };

	if (need_texts(recorder, errors))
		return -1;
	at.texts = recorder->texts;
	return object_rows_add(&recorder->objects, &at, kernel, errors);
}

/* ---- the sink ------------------------------------------------------------ */

static int recorder_begin(struct sink *sink, const struct kernel *kernel,
			  const struct names *names, struct errors *errors)
{
	struct recorder *recorder = to_recorder(sink);
	const char *path = recorder->options.path;

	if (path && output_file_claim(&recorder->file, path, errors))
		return -1;
	if (database_create(&recorder->database, path, errors) ||
	    database_run(&recorder->database, embedded_schema_sql, errors) ||
	    database_run(&recorder->database, "BEGIN IMMEDIATE", errors) ||
	    open_rows(recorder, kernel, names, errors) ||
	    run_row_insert(&recorder->database, &recorder->options,
			   kernel->memory, errors) ||
	    add_start(recorder, kernel, errors) || commit(recorder, errors))
		return -1;
	recorder->begun = true;
	return 0;
}

/* So many operations have ended, the last one then. */
static int note_ends(struct recorder *recorder, uint64_t nr, uint64_t end_ns,
		     uint64_t last_seq, struct errors *errors)
{
	struct run_totals *so_far = &recorder->so_far;

	so_far->ops += nr;
	/* Calls that have waited end after others that were made later. */
	if (end_ns > so_far->sim_ns)
		so_far->sim_ns = end_ns;
	if (last_seq > recorder->last_seq)
		recorder->last_seq = last_seq;
	recorder->since_clock += (unsigned int)nr;
	return recorder->since_clock < CLOCK_EVERY ?
		       0 :
		       wrote(recorder, commit_if_due(recorder, errors));
}

static int recorder_operation(struct sink *sink, const struct call *call,
			      const struct outcome *outcome,
			      struct errors *errors)
{
	struct recorder *recorder = to_recorder(sink);
	uint64_t end_ns = call->t_ns + outcome->latency_ns;
	bool failed = outcome->status == OUTCOME_FAILED;
	bool is_logged =
		recorder->options.log_ops == LOG_OPS_ALL ||
		(recorder->options.log_ops == LOG_OPS_FAILURES && failed);

	if (!call_is_counted(call))
		return 0;
	recorder->so_far.failed += failed;
	recorder->so_far.skipped += outcome->status == OUTCOME_SKIPPED;
	if (op_stats_add(recorder->stats, call, outcome))
		return error_host(errors, "statistics");
	if (is_logged && op_log_add(&recorder->log, call, outcome, errors))
		return wrote(recorder, -1);
	if (kill_rows_are_due(&recorder->kills) &&
	    kill_rows_add(&recorder->kills, end_ns, outcome->seq,
			  &recorder->gfp_texts, errors))
		return wrote(recorder, -1);
	return note_ends(recorder, 1, end_ns, outcome->seq, errors);
}

static struct op_tally *recorder_tally(struct sink *sink,
				       const struct call *call,
				       enum alloc_path path,
				       struct errors *errors)
{
	struct op_tally *tally =
		op_stats_tally(to_recorder(sink)->stats, call, path);

	if (!tally)
		error_host(errors, "statistics");
	return tally;
}

static int recorder_counted(struct sink *sink, const struct counted *counted,
			    struct errors *errors)
{
	struct recorder *recorder = to_recorder(sink);

	if (counted->after_kill &&
	    kill_rows_add(&recorder->kills, counted->end_ns, counted->last_seq,
			  &recorder->gfp_texts, errors))
		return wrote(recorder, -1);
	return note_ends(recorder, counted->nr, counted->end_ns,
			 counted->last_seq, errors);
}

static int add_sample(struct recorder *recorder, enum sample_cause cause,
		      uint64_t t_ns, const char *label,
		      const struct kernel *kernel, struct errors *errors)
{
	struct sample_at at = {
		.number = ++recorder->nr_samples,
		.t_ns = t_ns,
		.seq = recorder->last_seq,
		.cause = cause,
	};

	if (need_texts(recorder, errors))
		return -1;
	at.texts = recorder->texts;
	if (label) {
		/* The caller's text may go before the rows are written. */
		at.label = arena_strndup(at.texts, label, strlen(label));
		if (!at.label)
			return error_host(errors, "sample %s", label);
	}
	recorder->last_sample_t_ns = t_ns;
	recorder->last_sample_seq = recorder->last_seq;
	if (state_rows_add(&recorder->state, &at, kernel->memory, errors))
		return -1;
	return object_rows_add(&recorder->objects, &at, kernel, errors);
}

static int recorder_sample(struct sink *sink, uint64_t t_ns, const char *label,
			   const struct kernel *kernel, struct errors *errors)
{
	struct recorder *recorder = to_recorder(sink);

	if (!recorder->options.path)
		return 0;
	if (label && !strcmp(label, END_LABEL))
		recorder->end_label_used = true;
	if (add_sample(recorder, label ? SAMPLE_WORKLOAD : SAMPLE_CLOCK, t_ns,
		       label, kernel, errors))
		return wrote(recorder, -1);
	return wrote(recorder, commit_if_due(recorder, errors));
}

static int recorder_violation(struct sink *sink,
			      const struct violation *violation,
			      struct errors *errors)
{
	struct recorder *recorder = to_recorder(sink);

	recorder->so_far.violations++;
	return wrote(recorder, violation_rows_add(&recorder->violations,
						  violation, errors));
}

static int recorder_report(struct sink *sink,
			   const struct kernel_message *message,
			   const struct kernel *kernel, struct errors *errors)
{
	struct recorder *recorder = to_recorder(sink);

	(void)kernel;
	return wrote(recorder,
		     kernel_log_add(&recorder->kernel_log, message, errors));
}

static int recorder_timeline(struct sink *sink,
			     const struct timeline_event *event,
			     struct errors *errors)
{
	struct recorder *recorder = to_recorder(sink);

	return wrote(recorder,
		     timeline_rows_add(&recorder->timeline, event, errors));
}

/* The workload's own label says it all if nothing has happened since. */
static bool end_is_sampled(const struct recorder *recorder,
			   const struct run_totals *totals)
{
	return recorder->end_label_used &&
	       recorder->last_sample_seq == recorder->last_seq &&
	       recorder->last_sample_t_ns == totals->sim_ns;
}

/*
 * Each index reads a whole table and sorts: much faster where the file is
 * mapped and all keys of some million operations fit the memory for it. In one
 * transaction: each has a journal, a file that is made and removed.
 */
static int make_indexes(const struct database *database, struct errors *errors)
{
	if (database_run(database,
			 "PRAGMA mmap_size = 0x7fff0000;"
			 "PRAGMA cache_size = -131072;"
			 "BEGIN;",
			 errors) ||
	    database_run(database, embedded_indexes_sql, errors))
		return -1;
	return database_run(database, "COMMIT; PRAGMA mmap_size = 0", errors);
}

static int write_end(struct recorder *recorder, const struct run_totals *totals,
		     const struct kernel *kernel, struct errors *errors)
{
	const char *label = recorder->end_label_used ? NULL : END_LABEL;
	struct database *database = &recorder->database;

	if (kernel && !end_is_sampled(recorder, totals) &&
	    add_sample(recorder, SAMPLE_END, totals->sim_ns, label, kernel,
		       errors))
		return -1;
	/* Those whose askers never came to an end. */
	if (kernel && kill_rows_add(&recorder->kills, totals->sim_ns, 0,
				    &recorder->gfp_texts, errors))
		return -1;
	if (flush(recorder, errors) ||
	    stats_rows_write(database, recorder->stats, &recorder->gfp_texts,
			     totals, &recorder->latencies, errors) ||
	    run_row_update(database, totals, true, errors) ||
	    database_run(database, "COMMIT", errors))
		return -1;
	return make_indexes(database, errors);
}

/* The last commit is what there is; its row has the counts of it. */
static void go_back(struct recorder *recorder, const struct run_totals *totals,
		    struct errors *errors)
{
	/* SQLite may have done so by itself. */
	if (!sqlite3_get_autocommit(recorder->database.db) &&
	    database_run(&recorder->database, "ROLLBACK", errors))
		return;
	run_row_fail(&recorder->database, totals->wall_s, errors);
}

/* Saves what can be saved; why the run failed has been said. */
static void write_failed(struct recorder *recorder,
			 const struct run_totals *totals,
			 const struct kernel *kernel)
{
	struct errors more = ERRORS_NONE;

	if (recorder->has_lost_rows ||
	    write_end(recorder, totals, kernel, &more))
		go_back(recorder, totals, &more);
	errors_release(&more);
}

static void close_database(struct recorder *recorder)
{
	state_rows_release(&recorder->state);
	object_rows_release(&recorder->objects);
	op_log_release(&recorder->log);
	violation_rows_release(&recorder->violations);
	timeline_rows_release(&recorder->timeline);
	kill_rows_release(&recorder->kills);
	kernel_log_release(&recorder->kernel_log);
	rows_release(&recorder->latencies);
	database_close(&recorder->database);
}

static int recorder_end(struct sink *sink, const struct run_totals *totals,
			const struct kernel *kernel, struct errors *errors)
{
	struct recorder *recorder = to_recorder(sink);
	bool invalid_input = totals->status == RUN_FAILED && errors->nr &&
			     !errors->any_host;

	recorder->ended = true;
	if (invalid_input || !recorder->begun) {
		close_database(recorder);
		output_file_discard(&recorder->file, errors);
		return 0;
	}
	if (totals->status == RUN_FAILED) {
		write_failed(recorder, totals, kernel);
		return 0;
	}
	if (write_end(recorder, totals, kernel, errors)) {
		recorder->has_lost_rows = true;
		write_failed(recorder, totals, kernel);
		return -1;
	}
	output_file_keep(&recorder->file);
	return 0;
}

static const struct sink_ops recorder_ops = {
	.name = "recorder",
	.begin = recorder_begin,
	.operation = recorder_operation,
	.tally = recorder_tally,
	.counted = recorder_counted,
	.sample = recorder_sample,
	.violation = recorder_violation,
	.report = recorder_report,
	.timeline = recorder_timeline,
	.end = recorder_end,
};

/* ---- making and freeing -------------------------------------------------- */

struct recorder *recorder_new(const struct recorder_options *options,
			      struct errors *errors)
{
	struct recorder *recorder;

	if (options->path &&
	    recorder_check_path(options->path, errors) == OUTPUT_REFUSED)
		return NULL;
	recorder = host_alloc(1, sizeof(*recorder));
	if (recorder)
		recorder->stats = op_stats_new();
	if (!recorder || !recorder->stats) {
		free(recorder);
		error_host(errors, "recorder");
		return NULL;
	}
	recorder->options = *options;
	recorder->ops = recorder_ops;
	if (!options->timeline)
		recorder->ops.timeline = NULL;
	if (options->log_ops == LOG_OPS_ALL)
		recorder->ops.tally = NULL;
	recorder->sink.ops = &recorder->ops;
	return recorder;
}

struct sink *recorder_sink(struct recorder *recorder)
{
	return &recorder->sink;
}

static int check_is_over(const struct recorder *recorder, struct errors *errors)
{
	if (!recorder->ended || !recorder->database.db)
		return error_host(errors, "there is no run to sum up");
	return 0;
}

int recorder_run_data(struct recorder *recorder, struct run_data *data,
		      struct errors *errors)
{
	memset(data, 0, sizeof(*data));
	if (check_is_over(recorder, errors))
		return -1;
	return run_data_load(data, &recorder->database, recorder->stats, NULL,
			     errors);
}

int recorder_summary(struct recorder *recorder, enum summary_format format,
		     const struct outlet *outlet, struct text *out,
		     struct errors *errors)
{
	const struct timeline_filter all = { .outlet = outlet };

	if (check_is_over(recorder, errors))
		return -1;
	return summary_of_database(&recorder->database, recorder->stats, format,
				   recorder->options.timeline ? &all : NULL,
				   out, errors);
}

static void commit_unended(struct recorder *recorder)
{
	struct errors unused = ERRORS_NONE;

	commit(recorder, &unused);
	errors_release(&unused);
}

void recorder_free(struct recorder *recorder)
{
	if (!recorder)
		return;
	if (recorder->begun && !recorder->ended)
		commit_unended(recorder);
	close_database(recorder);
	output_file_release(&recorder->file);
	op_stats_free(recorder->stats);
	gfp_texts_release(&recorder->gfp_texts);
	arena_free(recorder->texts);
	free(recorder);
}
