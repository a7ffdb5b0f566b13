/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_RECORD_RECORDER_H
#define KMEMSIM_RESULTS_RECORD_RECORDER_H

/*
 * The sink that writes a run into its database: docs/database.md.
 */

#include "results/summary/summary.h"
#include "sim/sink.h"

enum log_ops {
	LOG_OPS_NONE,
	LOG_OPS_FAILURES, /* allocations that failed */
	LOG_OPS_ALL,
	NR_LOG_OPS
};

/* "none", "failures", "all": for --log-ops. */
extern const char *const log_ops_names[NR_LOG_OPS];

/* Every text is borrowed until recorder_free(). */
struct recorder_options {
	/*
	 * Where the database goes. NULL: into memory, for a summary only; it
	 * then holds the state at the end and no other sample.
	 */
	const char *path;
	enum log_ops log_ops;
	bool timeline; /* records who ran when; the summary tells of it too */
	const char *config_name;
	const char *config_text; /* struct config's: defaults filled in */
	const char *config_path; /* as it was given; NULL: no file */
	const char *workload_name;
	const char *workload_path;
	const char *workload_sha256; /* 64 hexadecimal digits; NULL: unknown */
	const char *version;	     /* of kmemsim */
	uint64_t seed;
	uint64_t until_ns; /* when the run is cut short; 0: it is not */
};

enum output_path {
	OUTPUT_FREE,	/* nothing is there, or an empty file */
	OUTPUT_OLD_RUN, /* a kmemsim database: it will be replaced */
	OUTPUT_REFUSED, /* something else, or no place for a file */
};

/*
 * What a run would find at `path`. OUTPUT_REFUSED comes with an error that
 * says why: for cli/ a wrong usage. Touches nothing.
 */
enum output_path recorder_check_path(const char *path, struct errors *errors);

struct outlet;
struct recorder;

/*
 * Touches no file: the database is made when the engine begins, so that what
 * is found to be invalid before leaves everything as it was. NULL with an
 * error added: the path is refused (see above), or the host has no memory.
 */
struct recorder *recorder_new(const struct recorder_options *options,
			      struct errors *errors);

/* The sink to hand to engine_run(). */
struct sink *recorder_sink(struct recorder *recorder);

/*
 * What the run came to, as a table to read or as JSON:
 * results/summary/summary.h says what is in it. A timeline comes first, and
 * goes to the outlet while it is made; NULL: it stays in `out`, as the rest
 * does. Only after the engine's end, and not after a run that met invalid input
 * (its database is gone): then -1 with an error added.
 */
int recorder_summary(struct recorder *recorder, enum summary_format format,
		     const struct outlet *outlet, struct text *out,
		     struct errors *errors);

struct run_data;

/*
 * The same as data: run_data_load() of its database, without a label, and
 * without reading back what is still at hand. Release it in any case.
 */
int recorder_run_data(struct recorder *recorder, struct run_data *data,
		      struct errors *errors);

/*
 * Closes the database. A run that began and was never ended stays behind as
 * interrupted, as after a kill.
 */
void recorder_free(struct recorder *recorder);

#endif
