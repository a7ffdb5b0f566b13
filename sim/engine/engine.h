/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_ENGINE_ENGINE_H
#define KMEMSIM_SIM_ENGINE_ENGINE_H

/*
 * The discrete-event engine: takes calls from a source, carries them out on
 * the models in simulated time, tells the sinks.
 */

#include "sim/sink.h"
#include "sim/source.h"

struct engine_options {
	uint64_t seed;
	uint64_t until_ns;	  /* 0: to the workload's end */
	uint64_t sample_every_ns; /* nothing else depends on it; 0: never */
	bool check;		  /* validate() often */
	bool count_bad_frees; /* a violation, and go on; else invalid input */
	bool no_fast_paths;   /* each call arrives as if others waited: tests */
	/* The host's clock in seconds, for run_totals.wall_s; may be NULL. */
	double (*wall_clock)(void);
	/* Polled now and then; nonzero: stop as interrupted. May be NULL. */
	const volatile int *interrupted;
	/* Called a few times a second of the host's clock; may be NULL. */
	void (*progress)(void *argument, uint64_t ops, uint64_t sim_ns,
			 int thousandths);
	void *progress_argument;
};

enum engine_result {
	ENGINE_DONE,	/* to the end, to until_ns, or interrupted */
	ENGINE_INVALID, /* invalid input, by the source or by its ids */
	ENGINE_FAILED,	/* the host, a sink, a model contradicting itself */
};

/*
 * Runs the source to its end on a machine. Fills *totals in any case.
 * Returns ENGINE_DONE, or another result with errors added; the sinks' end is
 * called with RUN_FAILED then, and without it if no begin was.
 */
enum engine_result engine_run(const struct machine_desc *machine,
			      struct source *source, struct sink *const *sinks,
			      size_t nr_sinks,
			      const struct engine_options *options,
			      struct run_totals *totals, struct errors *errors);

#endif
