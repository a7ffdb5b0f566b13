/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_EXPLAIN_EXPLAIN_H
#define KMEMSIM_RESULTS_EXPLAIN_EXPLAIN_H

/*
 * Why an allocation of a run failed, in the kernel's own terms, and what would
 * have let it succeed. The run is done again for that, up to the failure, and
 * then again and again with one thing changed: docs/explain.md.
 */

#include "models/machine.h"
#include "sim/source.h"

/* What the database says of the run. Texts are "" where it does not say. */
struct explain_run {
	const char *config; /* its text */
	const char *config_path;
	const char *config_name;
	const char *workload_path;
	const char *workload_sha256;
	const char *workload_name;
	const char *status;
	const char *digest;
	uint64_t seed;
	uint64_t ops;
	uint64_t failed;
	uint64_t until_ns;   /* it was cut short then; 0: it was not */
	struct arena *arena; /* holds all of it */
};

/* -1 with an error added; release in any case. */
int explain_run_load(struct explain_run *run, const char *path,
		     struct errors *errors);
void explain_run_release(struct explain_run *run);

/*
 * Where the run's machine and its calls come from, again for each time that it
 * is done: called by several threads at once.
 */
struct explain_inputs {
	void *argument;
	/* From the first call on. NULL with errors added. */
	struct source *(*open_source)(void *argument, struct names *names,
				      struct errors *errors);
	/*
	 * The run's config, changed by words as of `run --set`: a handle, and
	 * in *machine what it describes. NULL with errors added.
	 */
	void *(*open_machine)(void *argument, const char *const *sets,
			      size_t nr_sets,
			      const struct machine_desc **machine,
			      struct errors *errors);
	void (*close_machine)(void *argument, void *handle);
	double (*clock)(void); /* the host's, in seconds */
};

struct explain_options {
	const char *database; /* path */
	const struct explain_run *run;
	const struct explain_inputs *inputs;
	const char *workload; /* path, as messages and texts name it */
	bool list;	      /* tells which failures there are, no more */
	uint64_t number;      /* 1 for the first; 0: by seq */
	uint64_t seq;
	bool json;
	double seconds; /* no new trial begins after this long */
	unsigned int threads;
	const volatile int *interrupted; /* may be NULL */
	/* As of struct engine_options, while nothing is changed; or NULL. */
	void (*progress)(void *argument, uint64_t ops, uint64_t sim_ns,
			 int thousandths);
	void *progress_argument;
};

enum explain_result {
	EXPLAIN_DONE,
	EXPLAIN_NO_SUCH, /* no such failure: an error was added */
	EXPLAIN_INVALID, /* an input is: errors were added */
	EXPLAIN_FAILED,	 /* the run does not come out as before, or the host */
	EXPLAIN_INTERRUPTED,
};

/* Appends the explanation, or that nothing failed. */
enum explain_result explain(const struct explain_options *options,
			    struct text *out, struct errors *errors);

#endif
