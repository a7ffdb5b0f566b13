/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_STEP_STEPPER_H
#define KMEMSIM_RESULTS_STEP_STEPPER_H

/*
 * A run that stops after each call, for as long as somebody looks, and that
 * can go back.
 */

#include "results/step/state.h"
#include "sim/engine/engine.h"

struct stepper;

/* What is run; all of it borrowed until stepper_free(). */
struct stepper_run {
	const struct machine_desc *machine;
	/* Opens the workload from its beginning; NULL with errors added. */
	struct source *(*open)(void *argument, struct names *names,
			       struct errors *errors);
	void *argument;
	struct engine_options options; /* without `interrupted`, `progress` */
	/*
	 * Called a few times a second while stepper_go() lasts, on the thread
	 * that called it; true: stop at the next step. May be NULL.
	 */
	bool (*waiting)(void *argument, uint64_t step);
	void *waiting_argument;
};

enum step_kind {
	STEP_START, /* nothing has happened yet: `call` says nothing */
	STEP_ASKS,  /* a call is about to begin: no outcome yet */
	STEP_DONE,  /* a call has had its effect */
};

/* A step that was made, as it is listed. */
struct step_past {
	uint64_t number;
	uint64_t seq; /* 0: a reading has none */
	uint64_t t_ns;
	uint64_t size;
	uint8_t op;
	order_t order;
	uint8_t status; /* enum outcome_status */
	uint8_t path;	/* enum alloc_path */
};
#define STEP_PAST_MAX 64

/* Where the run stands. Valid until the next call to the stepper. */
struct step {
	enum step_kind kind;
	bool over; /* behind the last one, at the end: totals are filled */
	uint64_t number;   /* of calls that have had their effect */
	uint64_t seq;	   /* the call's number, as everywhere (op_log.seq) */
	uint64_t last_seq; /* the highest of those that have had an effect */
	uint64_t t_ns;	   /* when that was, in simulated time */
	struct call call;
	order_t order; /* of its pages: of a free, as they were given */
	struct outcome outcome; /* its `work` is NULL where none is known */
	struct work work;
	char *warning; /* what the kernel would complain of; or NULL */
	const struct kernel *kernel;
	const struct names *names;
	struct step_state *now;	   /* has_fill */
	struct step_state *last;   /* after the step before; may be !taken */
	struct step_state *before; /* when the call began */
	/* Touched last; NULL: none yet, or the cache is gone. */
	const struct zone *zone;
	const struct slab_cache *cache;
	struct step_past past[STEP_PAST_MAX]; /* number n at n % that many */
	bool undisturbed; /* nobody else came in between `before` and `now` */
	struct run_totals totals;
};

/* How far to go: whatever comes first. Zero: not asked for. */
struct step_goal {
	uint64_t step; /* that number */
	uint64_t t_ns; /* the first step then or later */
	uint64_t seq;  /* the effect of that call */
	bool failure;  /* an allocation that fails */
	/* Before a call that the function says true of begins. */
	bool (*asks)(const struct call *call);
};

enum stepper_result {
	STEPPER_THERE, /* a goal is reached */
	STEPPER_OVER,  /* the run's end is */
	STEPPER_WRONG, /* the run can't go on: errors were added */
};

/* Stands at the start, step 0. NULL with errors added. */
struct stepper *stepper_new(const struct stepper_run *run,
			    struct errors *errors);
void stepper_free(struct stepper *stepper);

const struct step *stepper_now(const struct stepper *stepper);

/*
 * The number that people know the step by: that of the call, or of the last
 * one at the end, or before what is not counted; 0 at the start.
 */
uint64_t step_call_number(const struct step *step);

/* Goes on. At the end of the run it stays where it is. */
enum stepper_result stepper_go(struct stepper *stepper,
			       const struct step_goal *goal,
			       struct errors *errors);

/*
 * Goes to a step before or behind this one, 0: the start. To go back, the run
 * begins anew: what it has come to once it comes to again.
 */
enum stepper_result stepper_go_to(struct stepper *stepper, uint64_t step,
				  struct errors *errors);

/* Goes to the effect of the call of that number, 0: the start. */
enum stepper_result stepper_go_to_call(struct stepper *stepper, uint64_t seq,
				       struct errors *errors);

#endif
