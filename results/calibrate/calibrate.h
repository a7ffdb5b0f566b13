/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_CALIBRATE_CALIBRATE_H
#define KMEMSIM_RESULTS_CALIBRATE_CALIBRATE_H

/*
 * What a unit of each kind of work costs, from recordings of a real kernel
 * that counted the instructions of each call (tests/recordings/README.md): a
 * sink that sets what the models did beside what the kernel needed for it, and
 * the costs that explain it best. An instruction counts as a nanosecond.
 *
 * For each recording: calibration_open(), a run with calibration_sink(),
 * calibration_close(). Then calibration_fit(), and what it found as text.
 */

#include "models/work.h"
#include "results/calibrate/least_squares.h"
#include "sim/base/text.h"
#include "sim/sink.h"

#define CALIBRATION_WORST 10

/* Operations are those that the fit rests on. */
struct calibration_case {
	char *name; /* owned */
	uint64_t operations;
	uint64_t within; /* of these, within 10 % of what was recorded */
	double recorded; /* ns in all… */
	double computed; /* …and by the costs found */
	uint64_t unsaid; /* left out: the recording does not say what it took */
	uint64_t
		otherwise; /* left out: the run did otherwise than the kernel */
};

/* Operations of one kind that did the same work. */
struct calibration_row {
	struct work work;
	uint8_t op;	  /* enum call_op */
	uint32_t seen_in; /* the first recording that has it */
	uint64_t count;
	uint64_t off;	 /* of these, more than 10 % off */
	double recorded; /* ns, the median */
	double computed;
};

struct calibration_result {
	struct calibration_case *cases;
	size_t nr_cases;
	struct fit fit; /* a column for each enum work_kind; ns */
	uint64_t exercised[NR_WORK_KINDS]; /* operations with such work */
	/* Those with most operations off, most first; borrowed. */
	const struct calibration_row *worst[CALIBRATION_WORST];
	size_t nr_worst;
};

struct calibration;

/* NULL with an error added. */
struct calibration *calibration_new(struct errors *errors);
void calibration_free(struct calibration *calibration);

/*
 * The scripted recording in this folder is next; `name` is for people, both
 * are copied. 0; -1 with errors added.
 */
int calibration_open(struct calibration *calibration, const char *directory,
		     const char *name, struct errors *errors);
/* The sink to hand to engine_run() after calibration_open(). */
struct sink *calibration_sink(struct calibration *calibration);
/*
 * The run is over. -1 with an error added: nothing in the recording says how
 * many instructions it took.
 */
int calibration_close(struct calibration *calibration, struct errors *errors);

/* Once, at the end. 0; -1 with an error added. */
int calibration_fit(struct calibration *calibration, struct errors *errors);
/* Valid until calibration_free(). */
const struct calibration_result *
calibration_result(const struct calibration *calibration);

/* The tables for people; as JSON; and as the section `costs` of a config. */
void calibration_print(const struct calibration_result *result,
		       struct text *text);
void calibration_print_json(const struct calibration_result *result,
			    struct text *text);
void calibration_print_yaml(const struct calibration_result *result,
			    struct text *text);

#endif
