/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Steps of a run: the engine runs on a thread of its own, and a sink holds it
 * in the middle of telling what a call did.
 *
 *	who looks           engine's thread
 *	stepper_go() -----> … calls … effect: the goal?
 *	  waits             no: on                yes: waits, state as it is
 *	reads the state <---------------------------'
 *
 * Only one of the two runs at any time, so that the state can be read without
 * copies, and nothing of the engine has to know that it is looked at. A step is
 * a call's effect, in the order of effects: with interrupts and sleepers that
 * is not the order in which calls were made (seq). Readings (`sample`) change
 * nothing and are no steps.
 *
 * To go back, the run is given up and begun anew, up to the step before. A
 * million calls take a second or two, and the same run always gives the same
 * state; a state that had been kept would have to be told how to go on. The end
 * of a run is held in the same way, in the sink's end, so that it can be looked
 * at too.
 */

#include "results/step/stepper.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "models/slab/slab_internal.h"
#include "sim/base/host.h"

/* How often the one who waits hears of it. */
#define TELL_NS 200000000l

enum turn { TURN_LOOKER, TURN_ENGINE };

struct stepper {
	struct sink sink;
	struct stepper_run run;
	struct step step;
	struct step_state state[3]; /* step.now, .last, .before */
	struct step_goal goal;
	struct names *names;
	struct source *source;
	uint64_t before_seq; /* whose beginning `before` is of */
	struct errors errors;

	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t changed;
	enum turn turn;
	bool started;
	bool stop; /* the run is given up */
	bool soon; /* at the next step */
	bool finished;
	enum engine_result result;
};

/* ---- on the engine's thread ---------------------------------------------- */

/* 0: go on; -1: the run is given up. */
static int hand_over(struct stepper *stepper)
{
	pthread_mutex_lock(&stepper->mutex);
	stepper->turn = TURN_LOOKER;
	pthread_cond_broadcast(&stepper->changed);
	while (stepper->turn == TURN_LOOKER)
		pthread_cond_wait(&stepper->changed, &stepper->mutex);
	pthread_mutex_unlock(&stepper->mutex);
	return stepper->stop ? -1 : 0;
}

static bool is_wanted_soon(struct stepper *stepper)
{
	return __atomic_load_n(&stepper->soon, __ATOMIC_RELAXED);
}

static void forget_warning(struct step *step)
{
	free(step->warning);
	step->warning = NULL;
}

static int take_begin(struct sink *sink, const struct kernel *kernel,
		      const struct names *names, struct errors *errors)
{
	struct stepper *stepper = (struct stepper *)sink;
	struct step *step = &stepper->step;

	*step = (struct step){ .kernel = kernel, .names = names };
	for (int i = 0; i < 3; i++)
		if (step_state_init(&stepper->state[i], kernel->memory, errors))
			return -1;
	step->now = &stepper->state[0];
	step->last = &stepper->state[1];
	step->before = &stepper->state[2];
	stepper->before_seq = 0;
	step_state_take(step->now, kernel, NULL, true);
	return hand_over(stepper);
}

/* A free need not say what it frees: what it was given does. */
static order_t order_of(const struct kernel *kernel, const struct call *call)
{
	const struct allocation *freed;

	if (call->op != OP_FREE_PAGES || call->has & CALL_HAS_PFN)
		return call->order;
	freed = allocations_find(&kernel->allocations, call);
	return freed && freed->kind == ALLOCATION_PAGES ? freed->order :
							  call->order;
}

static int take_call_begins(struct sink *sink, const struct call *call,
			    uint64_t seq, uint64_t t_ns,
			    const struct kernel *kernel, struct errors *errors)
{
	struct stepper *stepper = (struct stepper *)sink;
	struct step *step = &stepper->step;
	bool asks = stepper->goal.asks && stepper->goal.asks(call);

	(void)errors;
	/* What a call that sleeps was warned of is kept for it. */
	if (step->seq != seq)
		forget_warning(step);
	step_state_take(step->before, kernel, call, asks);
	stepper->before_seq = seq;
	step->order = order_of(kernel, call);
	if (!asks)
		return 0;
	step->kind = STEP_ASKS;
	step->seq = seq;
	step->t_ns = t_ns;
	step->call = *call;
	return hand_over(stepper);
}

static bool is_there(const struct kernel *kernel,
		     const struct slab_cache *cache)
{
	const struct slab_caches *caches = kernel->caches;
	size_t i = 0;

	while (i < caches->nr_caches && caches->cache[i] != cache)
		i++;
	return i < caches->nr_caches;
}

/* The zone whose lists have changed since the step before, if any has. */
static const struct zone *zone_changed(const struct step *step)
{
	const struct memory *memory = step->kernel->memory;

	for (uint32_t i = 0; i < memory->nr_zones; i++) {
		size_t lists = (size_t)step->now->nr_cpus * NR_PCP_LISTS;
		const uint32_t *now = &step->now->pcp[i * lists];
		const uint32_t *last = &step->last->pcp[i * lists];

		if (step->now->zone[i].free_pages !=
			    step->last->zone[i].free_pages ||
		    memcmp(now, last, lists * sizeof *now))
			return &memory->zone[i];
	}
	return NULL;
}

/* What it touched, and its line in the list of steps. */
static void note_step(struct step *step)
{
	const struct slab_cache *cache = step->now->cache;
	const struct zone *zone = step->outcome.zone;

	if (!cache && step->undisturbed)
		cache = step->before->cache;
	if (cache)
		step->cache = cache;
	if (step->cache && !is_there(step->kernel, step->cache))
		step->cache = NULL;
	if (!zone)
		zone = zone_changed(step);
	if (zone)
		step->zone = zone;
	step->past[step->number % STEP_PAST_MAX] = (struct step_past){
		.number = step->number,
		.seq = call_is_counted(&step->call) ? step->seq : 0,
		.t_ns = step->t_ns,
		.size = step->call.size,
		.op = step->call.op,
		.order = step->order,
		.status = step->outcome.status,
		.path = step->outcome.path,
	};
}

static bool reaches_goal(struct stepper *stepper)
{
	const struct step_goal *goal = &stepper->goal;
	const struct step *step = &stepper->step;

	return step->number == goal->step ||
	       (goal->t_ns && step->t_ns >= goal->t_ns) ||
	       (goal->seq && step->seq == goal->seq &&
		call_is_counted(&step->call)) ||
	       (goal->failure && step->outcome.status == OUTCOME_FAILED) ||
	       is_wanted_soon(stepper);
}

static int take_call_effect(struct sink *sink, const struct call *call,
			    const struct outcome *outcome, uint64_t t_ns,
			    const struct kernel *kernel, struct errors *errors)
{
	struct stepper *stepper = (struct stepper *)sink;
	struct step *step = &stepper->step;
	struct step_state *last = step->last;
	bool there;

	(void)errors;
	step->kind = STEP_DONE;
	step->number++;
	step->seq = outcome->seq;
	if (call_is_counted(call) && step->seq > step->last_seq)
		step->last_seq = step->seq;
	step->t_ns = t_ns;
	step->call = *call;
	step->outcome = *outcome;
	if (outcome->work) {
		step->work = *outcome->work;
		step->outcome.work = &step->work;
	}
	if (stepper->before_seq != outcome->seq)
		step->order = call->order;
	step->undisturbed = stepper->before_seq == outcome->seq &&
			    !outcome->sleep_ns;
	there = reaches_goal(stepper);
	step->last = step->now;
	step->now = last;
	step_state_take(step->now, kernel, call,
			there || step->number + 1 == stepper->goal.step);
	note_step(step);
	return there ? hand_over(stepper) : 0;
}

static int take_violation(struct sink *sink, const struct violation *violation,
			  struct errors *errors)
{
	struct step *step = &((struct stepper *)sink)->step;

	forget_warning(step);
	step->warning = strdup(violation->message);
	step->seq = violation->seq;
	if (step->warning)
		return 0;
	return error_host(errors, "no memory for a warning");
}

static int take_end(struct sink *sink, const struct run_totals *totals,
		    const struct kernel *kernel, struct errors *errors)
{
	struct stepper *stepper = (struct stepper *)sink;
	struct step *step = &stepper->step;
	struct step_state *last = step->last;

	(void)errors;
	if (stepper->stop || totals->status == RUN_FAILED)
		return 0;
	step->over = true;
	step->totals = *totals;
	step->last = step->now;
	step->now = last;
	step_state_take(step->now, kernel, NULL, true);
	hand_over(stepper);
	return 0;
}

static const struct sink_ops stepper_sink_ops = {
	.name = "stepper",
	.reads_work = true,
	.begin = take_begin,
	.call_begins = take_call_begins,
	.call_effect = take_call_effect,
	.violation = take_violation,
	.end = take_end,
};

static void *run(void *argument)
{
	struct stepper *stepper = argument;
	struct sink *sink = &stepper->sink;
	struct run_totals totals;

	stepper->result = engine_run(stepper->run.machine, stepper->source,
				     &sink, 1, &stepper->run.options, &totals,
				     &stepper->errors);
	pthread_mutex_lock(&stepper->mutex);
	stepper->finished = true;
	stepper->turn = TURN_LOOKER;
	pthread_cond_broadcast(&stepper->changed);
	pthread_mutex_unlock(&stepper->mutex);
	return NULL;
}

/* ---- on the thread that looks -------------------------------------------- */

static void add_ns(struct timespec *when, long ns)
{
	when->tv_nsec += ns;
	if (when->tv_nsec >= 1000000000l) {
		when->tv_nsec -= 1000000000l;
		when->tv_sec++;
	}
}

/* Waits for the engine's thread, with the mutex held. */
static void await_turn(struct stepper *stepper)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	while (stepper->turn == TURN_ENGINE) {
		uint64_t at;

		add_ns(&until, TELL_NS);
		if (pthread_cond_timedwait(&stepper->changed, &stepper->mutex,
					   &until) != ETIMEDOUT ||
		    !stepper->run.waiting)
			continue;
		at = __atomic_load_n(&stepper->step.number, __ATOMIC_RELAXED);
		if (stepper->run.waiting(stepper->run.waiting_argument, at))
			__atomic_store_n(&stepper->soon, true,
					 __ATOMIC_RELAXED);
	}
}

static void let_go(struct stepper *stepper)
{
	pthread_mutex_lock(&stepper->mutex);
	stepper->turn = TURN_ENGINE;
	pthread_cond_broadcast(&stepper->changed);
	await_turn(stepper);
	pthread_mutex_unlock(&stepper->mutex);
}

/* Errors of the run, handed to the caller. */
static enum stepper_result give_errors(struct stepper *stepper,
				       struct errors *errors)
{
	*errors = stepper->errors;
	stepper->errors = ERRORS_NONE;
	return STEPPER_WRONG;
}

static void end_run(struct stepper *stepper)
{
	if (stepper->started) {
		stepper->stop = true;
		while (!stepper->finished)
			let_go(stepper);
		pthread_join(stepper->thread, NULL);
		stepper->started = false;
	}
	for (int i = 0; i < 3; i++)
		step_state_release(&stepper->state[i]);
	forget_warning(&stepper->step);
	if (stepper->source)
		source_close(stepper->source);
	stepper->source = NULL;
	if (stepper->names)
		names_free(stepper->names);
	stepper->names = NULL;
	errors_release(&stepper->errors);
}

/* From the beginning: stands at step 0 then. 0, or -1 with errors added. */
static int begin_run(struct stepper *stepper, struct errors *errors)
{
	stepper->stop = stepper->finished = false;
	stepper->goal = (struct step_goal){ .step = 0 };
	stepper->turn = TURN_ENGINE;
	stepper->names = names_new();
	if (!stepper->names)
		return error_host(errors, "no memory for names");
	stepper->source = stepper->run.open(stepper->run.argument,
					    stepper->names, errors);
	if (!stepper->source)
		return -1;
	errno = pthread_create(&stepper->thread, NULL, run, stepper);
	if (errno)
		return error_host(errors, "can't start a thread");
	stepper->started = true;
	pthread_mutex_lock(&stepper->mutex);
	await_turn(stepper);
	pthread_mutex_unlock(&stepper->mutex);
	if (!stepper->finished)
		return 0;
	give_errors(stepper, errors);
	return -1;
}

struct stepper *stepper_new(const struct stepper_run *how,
			    struct errors *errors)
{
	struct stepper *stepper = host_alloc(1, sizeof *stepper);

	if (!stepper) {
		error_host(errors, "no memory for steps");
		return NULL;
	}
	stepper->sink.ops = &stepper_sink_ops;
	stepper->run = *how;
	pthread_mutex_init(&stepper->mutex, NULL);
	pthread_cond_init(&stepper->changed, NULL);
	if (begin_run(stepper, errors) == 0)
		return stepper;
	stepper_free(stepper);
	return NULL;
}

void stepper_free(struct stepper *stepper)
{
	if (!stepper)
		return;
	end_run(stepper);
	pthread_cond_destroy(&stepper->changed);
	pthread_mutex_destroy(&stepper->mutex);
	free(stepper);
}

const struct step *stepper_now(const struct stepper *stepper)
{
	return &stepper->step;
}

enum stepper_result stepper_go(struct stepper *stepper,
			       const struct step_goal *goal,
			       struct errors *errors)
{
	if (stepper->step.over)
		return STEPPER_OVER;
	stepper->goal = *goal;
	stepper->soon = false;
	let_go(stepper);
	if (stepper->finished)
		return give_errors(stepper, errors);
	return stepper->step.over ? STEPPER_OVER : STEPPER_THERE;
}

enum stepper_result stepper_go_to(struct stepper *stepper, uint64_t step,
				  struct errors *errors)
{
	const struct step *now = &stepper->step;

	if (step < now->number ||
	    (step == now->number && (now->kind == STEP_ASKS || now->over))) {
		end_run(stepper);
		if (begin_run(stepper, errors) < 0)
			return STEPPER_WRONG;
	}
	if (step == now->number)
		return STEPPER_THERE;
	return stepper_go(stepper, &(struct step_goal){ .step = step }, errors);
}

uint64_t step_call_number(const struct step *step)
{
	if (step->kind == STEP_START)
		return 0;
	if (step->over ||
	    (step->kind == STEP_DONE && !call_is_counted(&step->call)))
		return step->last_seq;
	return step->seq;
}

enum stepper_result stepper_go_to_call(struct stepper *stepper, uint64_t seq,
				       struct errors *errors)
{
	const struct step *now = &stepper->step;

	if (!seq)
		return stepper_go_to(stepper, 0, errors);
	if (now->kind == STEP_DONE && !now->over && now->seq == seq &&
	    call_is_counted(&now->call))
		return STEPPER_THERE;
	/* Those of other CPUs may have come first: it may be behind us. */
	if (seq <= now->last_seq &&
	    stepper_go_to(stepper, 0, errors) == STEPPER_WRONG)
		return STEPPER_WRONG;
	return stepper_go(stepper, &(struct step_goal){ .seq = seq }, errors);
}
