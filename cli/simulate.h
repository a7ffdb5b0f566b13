/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_CLI_SIMULATE_H
#define KMEMSIM_CLI_SIMULATE_H

/*
 * What the verbs that run something share: a config and a workload in, sinks
 * told, interrupted by Ctrl-C, progress on a terminal.
 */

#include "cli/cli.h"
#include "configs/config.h"
#include "results/record/recorder.h"
#include "sim/engine/engine.h"
#include "workloads/file_facts.h"

/* The words of the command line, as they are; NULL: not given. */
struct simulation {
	const char *config;
	const char *workload;
	const char *output; /* database; NULL: none is kept */
	const char *log_ops;
	const char *seed;
	const char *until;
	const char *sample_every;
	const char *bad_frees;
	const char *const *sets; /* --set */
	size_t nr_sets;
	const struct config_put *puts; /* of a sweep */
	size_t nr_puts;
	bool check;
	bool timeline; /* recorded, and printed before the summary */
	bool json;
	bool quiet; /* no summary, no progress but that below */
	/*
	 * Zeroed, takes what the run came to, and stays so where it failed or
	 * was interrupted; release it. NULL: nobody asks.
	 */
	struct run_data *data;
	struct file_facts_cache *facts; /* of runs side by side; NULL: none */
	/* Told of progress as engine_options' is; NULL: nobody. */
	void (*progress)(void *argument, uint64_t ops, uint64_t sim_ns,
			 int thousandths);
	void *progress_argument;
	struct errors *errors; /* take what would be printed; NULL: print it */
};

/*
 * Runs it into its database and prints the summary to stdout. Returns the
 * exit status; errors have been printed. `verb` is for messages.
 */
int simulate(const struct verb *verb, const struct simulation *simulation);

/* Loads a config with the program's own profiles. NULL with errors added. */
struct config *load_config(const char *path, const char *const *sets,
			   size_t nr_sets, struct errors *errors);
/* The same with all that may change a config. */
struct config *load_config_with(const char *path, const struct config_set *set,
				struct errors *errors);

/*
 * Does the setting of this name change nothing, since the config gives what
 * would be computed from it?
 */
bool is_idle_setting(const struct config *config, const char *path,
		     size_t length);

/*
 * Says on stderr which settings change nothing, since the config at `path`
 * gives what would be computed from them; cli/set_notes.c.
 */
void note_idle_sets(const struct config *config, const char *const *sets,
		    size_t nr, const char *path);

/* Set by SIGINT and SIGTERM once signals_catch() was called. */
extern volatile int interrupted;
void signals_catch(void);
/*
 * Whoever opens a FIFO sleeps in open() until somebody writes to it. A signal
 * that comes just before is noted and wakes nobody: while `on`, signals that
 * were caught are followed by SIGALRM each second, which does. Not for while
 * results are written to a pipe, which it would cut short.
 */
void signals_repeat(bool on);

/* As fail_with(), but a user who asked for the end needs no reason. */
int fail_or_end(struct errors *errors);

/*
 * Has a verb that leaves things behind go on when the reader of its stdout is
 * gone; main() then ends by SIGPIPE, as others do.
 */
extern volatile int reader_gone;
void broken_pipe_catch(void);

/* For engine_options: seconds of the host's clock. */
double wall_clock(void);

/* For engine_options: a line on stderr, if that is a terminal. */
struct progress {
	const char *what;
	double next; /* when to print again */
	bool shown;
};
void progress_start(struct progress *progress, const char *what);
void progress_print(void *progress, uint64_t ops, uint64_t sim_ns,
		    int thousandths);
void progress_end(struct progress *progress);

#endif
