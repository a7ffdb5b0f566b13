/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_VERIFY_VERIFY_H
#define KMEMSIM_RESULTS_VERIFY_VERIFY_H

/*
 * A run held against a recording of a real kernel: tests/recordings/README.md
 * describes the files. A sink that counts what is equal and keeps the first
 * differences.
 */

#include "sim/base/text.h"
#include "sim/sink.h"

/*
 * - Scripted: expected_ops.csv has a row an operation, expected_samples.csv
 *   and expected_zones.csv have the state at each labelled sample. All of it
 *   must be equal.
 * - Traced: each call carries what the kernel did (`recorded:`), and
 *   expected_samples.csv has the state at the end, under the label `end`.
 *   A trace does not tell everything (which pages others than vmalloc take in
 *   bulk, for one). So frames must be equal in 99.8 % of the allocations, and
 *   the unusable index at the end within 0.001 at every order of every zone.
 */
enum recording_kind { RECORDING_SCRIPTED, RECORDING_TRACED };

/* Something compared again and again. */
struct tally {
	uint64_t compared;
	uint64_t equal;
};

#define VERIFY_DIFFERENCES_KEPT 5

struct verify_result {
	enum recording_kind kind;
	struct tally ok;	/* succeeded or failed as recorded */
	struct tally frames;	/* first page frames */
	struct tally addresses; /* vmalloc addresses */
	struct tally cells;	/* free blocks by zone, type and order */
	struct tally zones;	/* counters of zones */
	struct tally costs;	/* within 10 % of the instructions counted */
	uint64_t instructions;	/* of all operations compared, */
	uint64_t cost_ns;	/* and what they cost here */
	/* Traced: of the unusable index at the end, in thousandths. */
	unsigned int worst_index_difference;
	bool index_compared;
	char *difference[VERIFY_DIFFERENCES_KEPT]; /* owned */
	size_t nr_differences;			   /* all, kept or not */
	bool incomplete; /* the recording has more, or less, than was run */
};

struct verifier;

/*
 * `directory` holds the recording: it is borrowed until verifier_free(). NULL
 * with errors added.
 */
struct verifier *verifier_new(const char *directory, enum recording_kind kind,
			      struct errors *errors);

/* The sink to hand to engine_run(). */
struct sink *verifier_sink(struct verifier *verifier);

/* Valid until verifier_free(), and whole after the engine's end. */
const struct verify_result *verifier_result(const struct verifier *verifier);

void verifier_free(struct verifier *verifier);

/* Is it as exact as its kind of recording can be? */
bool verify_passes(const struct verify_result *result);

/* A few lines for people. `name` is the case's. */
void verify_print(const struct verify_result *result, const char *name,
		  struct text *text);

#endif
