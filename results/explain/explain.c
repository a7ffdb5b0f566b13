/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a run's database to an explanation:
 *
 *	database --> config, workload, seed
 *	    the whole run, again: which allocations failed? is it the same run?
 *	    up to the failure: the state that it found
 *	    up to the failure, with something changed, again and again
 *	--> text, or JSON
 *
 * What the kernel wrote to its log is the database's own; where it wrote
 * nothing, it is made up from the state, and said to be.
 */

#include "results/explain/explain_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "results/show/show_dmesg.h"
#include "sim/base/host.h"

/* ---- the run ------------------------------------------------------------- */

static const char *keep_column(struct explain_run *run, sqlite3_stmt *row,
			       int column)
{
	const char *text = column_text(row, column);

	return arena_strndup(run->arena, text, strlen(text));
}

enum {
	COLUMN_CONFIG,
	COLUMN_CONFIG_NAME,
	COLUMN_WORKLOAD_PATH,
	COLUMN_SHA256,
	COLUMN_WORKLOAD_NAME,
	COLUMN_STATUS,
	COLUMN_DIGEST,
	COLUMN_SEED,
	COLUMN_OPS,
	COLUMN_FAILED,
	COLUMN_UNTIL_NS,
	COLUMN_CONFIG_PATH
};

static int take_run(struct explain_run *run, sqlite3_stmt *row,
		    struct errors *errors)
{
	const char **texts[] = {
		[COLUMN_CONFIG] = &run->config,
		[COLUMN_CONFIG_NAME] = &run->config_name,
		[COLUMN_WORKLOAD_PATH] = &run->workload_path,
		[COLUMN_SHA256] = &run->workload_sha256,
		[COLUMN_WORKLOAD_NAME] = &run->workload_name,
		[COLUMN_STATUS] = &run->status,
		[COLUMN_DIGEST] = &run->digest,
	};

	for (int i = COLUMN_CONFIG; i <= COLUMN_DIGEST; i++) {
		*texts[i] = keep_column(run, row, i);
		if (!*texts[i])
			return error_host(errors, "the run");
	}
	run->seed = (uint64_t)sqlite3_column_int64(row, COLUMN_SEED);
	run->ops = (uint64_t)sqlite3_column_int64(row, COLUMN_OPS);
	run->failed = (uint64_t)sqlite3_column_int64(row, COLUMN_FAILED);
	run->until_ns = (uint64_t)sqlite3_column_int64(row, COLUMN_UNTIL_NS);
	run->config_path = keep_column(run, row, COLUMN_CONFIG_PATH);
	return run->config_path ? 0 : error_host(errors, "the run");
}

#define RUN_COLUMNS                                                            \
	"SELECT config, config_name, workload_path, workload_sha256,"          \
	" workload_name, status, digest, seed, ops, failed, "

/* Tables before version 5 say neither where the config was nor until when. */
static int read_run(struct explain_run *run, const struct database *database,
		    struct errors *errors)
{
	sqlite3_stmt *row = database_prepare(
		database,
		database->version >= 5 ? RUN_COLUMNS
			"until_ns, config_path FROM run" :
					 RUN_COLUMNS "NULL, NULL FROM run",
		errors);
	int result = row ? database_step(database, row, errors) : -1;

	if (result > 0)
		result = take_run(run, row, errors);
	sqlite3_finalize(row);
	return result;
}

int explain_run_load(struct explain_run *run, const char *path,
		     struct errors *errors)
{
	struct database database;
	int result;

	*run = (struct explain_run){ .arena = arena_new() };
	if (!run->arena)
		return error_host(errors, "the run");
	if (database_open(&database, path, errors))
		return -1;
	result = read_run(run, &database, errors);
	database_close(&database);
	return result;
}

void explain_run_release(struct explain_run *run)
{
	if (run->arena)
		arena_free(run->arena);
	*run = (struct explain_run){ .arena = NULL };
}

/* ---- the failure --------------------------------------------------------- */

/* What the run's kernel wrote, where it did. */
static int read_log(struct explanation *e, struct errors *errors)
{
	struct text written = TEXT_EMPTY;
	struct database database;
	int result;

	if (database_open(&database, e->options->database, errors))
		return -1;
	result = database.version >= 3 ?
			 show_dmesg_of(&database, e->failure.seq, &written,
				       errors) :
			 0;
	database_close(&database);
	e->logged = written.length > 0;
	e->reported |= e->logged;
	if (e->logged) {
		text_release(&e->log);
		e->log = written;
	} else {
		text_release(&written);
	}
	return result;
}

static void write_failure(const struct explanation *e, struct text *out)
{
	if (e->options->json)
		explain_json(e, out);
	else if (e->granted.is)
		explain_granted_text(e, out);
	else
		explain_text(e, out);
}

static int write_text(const struct explanation *e, struct text *out,
		      struct errors *errors)
{
	write_failure(e, out);
	errno = ENOMEM;
	return out->failed || e->no_memory ?
		       error_host(errors, "the explanation") :
		       0;
}

/* A call that failed, or one that was granted and should have failed. */
static enum explain_result explain_call(const struct explain_options *options,
					const struct explain_failures *failures,
					size_t which, bool granted,
					struct text *out, struct errors *errors)
{
	struct explanation *e = host_alloc(1, sizeof *e);
	int result = -1;

	if (!e) {
		error_host(errors, "the explanation");
		return EXPLAIN_FAILED;
	}
	e->options = options;
	e->number = which + 1;
	e->nr_failures = failures->nr;
	e->unverified = failures->same != SAME_RUN;
	e->granted.is = granted;
	e->failure = granted ? failures->granted[which] :
			       failures->failure[which];
	e->arena = arena_new();
	if (!e->arena)
		error_host(errors, "the explanation");
	else if (!explain_capture(e, errors) && !read_log(e, errors)) {
		if (options->seconds > 0 && !granted)
			explain_candidates(e);
		result = explain_try(e, errors);
	}
	if (!result)
		result = write_text(e, out, errors);
	text_release(&e->log);
	if (e->arena)
		arena_free(e->arena);
	free(e);
	if (options->interrupted && *options->interrupted)
		return EXPLAIN_INTERRUPTED;
	return result ? EXPLAIN_FAILED : EXPLAIN_DONE;
}

static enum explain_result find_failure(const struct explain_options *options,
					const struct explain_failures *failures,
					size_t *which, struct errors *errors)
{
	*which = options->number - 1;
	if (options->number && options->number <= failures->nr)
		return EXPLAIN_DONE;
	errno = 0;
	if (options->number) {
		error_host(errors, "there is no failure %llu: the run has %zu",
			   (unsigned long long)options->number, failures->nr);
		return EXPLAIN_NO_SUCH;
	}
	for (*which = 0; *which < failures->nr; ++*which)
		if (failures->failure[*which].seq == options->seq)
			return EXPLAIN_DONE;
	error_host(errors,
		   "operation %llu did not fail: --failure list tells which "
		   "did",
		   (unsigned long long)options->seq);
	return EXPLAIN_NO_SUCH;
}

/* Is it about one that was granted here, and which? */
static bool find_granted(const struct explain_options *options,
			 const struct explain_failures *failures, size_t *which)
{
	*which = 0;
	if (options->number)
		return options->number == 1 && !failures->nr &&
		       failures->nr_granted;
	for (; *which < failures->nr_granted; ++*which)
		if (failures->granted[*which].seq == options->seq)
			return true;
	return false;
}

static enum explain_result
explain_scanned(const struct explain_options *options,
		const struct explain_failures *failures, struct text *out,
		struct errors *errors)
{
	enum explain_result result;
	size_t which;

	if (!options->list && find_granted(options, failures, &which))
		return explain_call(options, failures, which, true, out,
				    errors);
	if (options->list || !failures->nr) {
		if (options->json)
			explain_list_json(options, failures, out);
		else
			explain_list_text(options, failures, out);
		return out->failed ? EXPLAIN_FAILED : EXPLAIN_DONE;
	}
	result = find_failure(options, failures, &which, errors);
	if (result != EXPLAIN_DONE)
		return result;
	return explain_call(options, failures, which, false, out, errors);
}

enum explain_result explain(const struct explain_options *options,
			    struct text *out, struct errors *errors)
{
	struct explain_failures failures = { .nr = 0 };
	enum explain_result result = explain_scan(options, &failures, errors);

	if (result == EXPLAIN_DONE)
		result = explain_scanned(options, &failures, out, errors);
	explain_failures_release(&failures);
	return result;
}
