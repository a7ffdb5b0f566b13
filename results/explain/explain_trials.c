/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What would have let it succeed is found by doing the run again with it. Each
 * trial goes up to the call and sees what becomes of it there:
 *
 *	trial 1   GFP_KERNEL	-----------------------> the call fails
 *	trial 2   order n	--- 3 -----> succeeds
 *	trial 3   min_free_kbytes	--- 512 --> fails
 *				--- 1024 -> succeeds
 *				--- 768 --> fails   the nearest that helps lies
 *				--- 896 --> …	    in between: halve it
 *
 * Trials share nothing and are done by several threads. A value is doubled
 * (or halved) from what it is now until it helps, then the way back is halved
 * a few times. More of something need not always help more, so the value that
 * is found is one that helps, beside one that does not; there may be others.
 *
 * A change of the machine changes all of the run before: where other
 * allocations fail that did not, the trial says so. Once the time is over no
 * trial begins any more, and one that is under way is given up.
 */

#include "results/explain/explain_internal.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define CLOCK_EVERY 4096 /* operations between looks at the clock */
/* On the way back: a change of the call is worth more, for it is exact. */
#define HALVINGS_OF_MACHINE 4
#define HALVINGS_OF_CALL 20
#define RUNS_MOST 24 /* of one search */
#define THREADS_MOST 64

/* What the threads share; each takes the next trial. */
struct trials {
	struct explanation *e;
	double end_s;
	pthread_mutex_t lock;
	size_t next;
};

/* The sink that waits for the call. */
struct verdict {
	struct sink sink; /* must be first */
	struct explain_trial *trial;
	const struct trials *trials;
	uint64_t seq;
	uint64_t failed;
	unsigned int since_clock;
	bool late;
	bool told;
	volatile int stop;
};

static bool is_late(const struct trials *trials)
{
	const struct explain_options *options = trials->e->options;

	return options->inputs->clock() > trials->end_s ||
	       (options->interrupted && *options->interrupted);
}

static void keep_outcome(struct explain_trial *trial,
			 const struct outcome *outcome)
{
	trial->verdict = outcome->status == OUTCOME_OK	   ? VERDICT_SUCCEEDS :
			 outcome->status == OUTCOME_FAILED ? VERDICT_FAILS :
							     VERDICT_NOT_MADE;
	trial->reason = outcome->reason;
	trial->path = outcome->path;
	trial->pfn = outcome->pfn;
	trial->latency_ns = outcome->latency_ns;
	if (!outcome->zone)
		return;
	trial->node = outcome->zone->node;
	trial->type = outcome->zone->type;
}

static int verdict_operation(struct sink *sink, const struct call *call,
			     const struct outcome *outcome,
			     struct errors *errors)
{
	struct verdict *verdict = (struct verdict *)sink;

	(void)call;
	(void)errors;
	if (verdict->stop)
		return 0;
	if (outcome->seq == verdict->seq) {
		keep_outcome(verdict->trial, outcome);
		verdict->trial->failed_before = verdict->failed;
		verdict->told = true;
		verdict->stop = 1;
		return 0;
	}
	verdict->failed += explain_is_failure(outcome);
	if (++verdict->since_clock >= CLOCK_EVERY) {
		verdict->since_clock = 0;
		verdict->late = is_late(verdict->trials);
		verdict->stop = verdict->late;
	}
	return 0;
}

static const struct sink_ops verdict_ops = {
	.name = "verdict",
	.operation = verdict_operation,
};

/* One run. *trial has its verdict; false: there is no time left. */
static bool run_once(const struct trials *trials, struct explain_trial *trial)
{
	const struct explanation *e = trials->e;
	struct verdict verdict = {
		.sink = { &verdict_ops },
		.trial = trial,
		.trials = trials,
		.seq = e->failure.seq,
	};
	struct explain_rerun rerun = {
		.options = e->options,
		.change = &trial->change,
		.target = e->failure.seq,
		.sink = &verdict.sink,
		.stop = &verdict.stop,
	};
	struct errors errors = ERRORS_NONE;
	enum engine_result result;

	if (is_late(trials))
		return false;
	result = explain_rerun(&rerun, &errors);
	explain_rerun_release(&rerun);
	if (!verdict.told)
		trial->verdict = result == ENGINE_DONE ? VERDICT_NOT_MADE :
							 VERDICT_INVALID;
	if (trial->verdict == VERDICT_INVALID)
		snprintf(trial->refused, sizeof trial->refused, "%s",
			 errors.nr ? errors.text[0] + errors.place[0].says :
				     "there is no such machine");
	errors_release(&errors);
	return !verdict.late;
}

/* ---- looking for a value ------------------------------------------------- */

/* 0: there is none beyond. */
static uint64_t next_value(const struct explain_search *search, uint64_t value)
{
	bool up = search->limit > search->now;
	uint64_t next = search->by_one ? (up ? value + 1 : value - 1) :
			up	       ? value * 2 :
					 value / 2;

	next -= next % search->step;
	if (value == search->limit)
		return 0;
	if (up ? next > search->limit || next <= value :
		 next < search->limit || next >= value)
		return search->limit;
	return next;
}

/* A value to try between the two; `a` itself where there is none. */
static uint64_t between(const struct explain_search *search, uint64_t a,
			uint64_t b)
{
	uint64_t low = a < b ? a : b;
	uint64_t high = a < b ? b : a;
	uint64_t middle = low + (high - low) / 2;

	middle -= middle % search->step;
	if (middle <= low)
		middle = low - low % search->step + search->step;
	return middle < high ? middle : a;
}

static bool run_value(const struct trials *trials, struct explain_trial *trial,
		      uint64_t value)
{
	trial->search.runs++;
	trial->search.value = value;
	trial->search.set(trials->e, trial, value);
	return run_once(trials, trial);
}

/* From one that helps towards the nearest that does not. */
static void narrow(const struct trials *trials, struct explain_trial *trial)
{
	struct explain_search *search = &trial->search;
	int most = search->by_one ? 0 :
		   trial->machine ? HALVINGS_OF_MACHINE :
				    HALVINGS_OF_CALL;

	for (int i = 0; i < most; i++) {
		struct explain_trial other = *trial;
		uint64_t middle = between(search, search->fails, search->value);

		if (middle == search->fails ||
		    !run_value(trials, &other, middle))
			return;
		search->runs++;
		if (other.verdict == VERDICT_SUCCEEDS) {
			other.search.fails = search->fails;
			*trial = other;
		} else {
			search->fails = middle;
		}
	}
}

/* `beyond` is refused: is there one before it that is not, and helps? */
static bool look_before(const struct trials *trials,
			struct explain_trial *trial, uint64_t beyond)
{
	struct explain_search *search = &trial->search;

	for (int i = 0; i < HALVINGS_OF_MACHINE; i++) {
		uint64_t middle = between(search, search->fails, beyond);

		if (middle == search->fails)
			break;
		if (!run_value(trials, trial, middle))
			return false;
		if (trial->verdict == VERDICT_SUCCEEDS) {
			narrow(trials, trial);
			break;
		}
		if (trial->verdict == VERDICT_INVALID)
			beyond = middle;
		else
			search->fails = middle;
	}
	return true;
}

static bool look_for_value(const struct trials *trials,
			   struct explain_trial *trial)
{
	struct explain_search *search = &trial->search;
	uint64_t value = search->now;

	search->fails = search->now;
	while (search->runs < RUNS_MOST) {
		value = next_value(search, value);
		if (!value)
			break;
		if (!run_value(trials, trial, value))
			return false;
		if (trial->verdict == VERDICT_SUCCEEDS) {
			narrow(trials, trial);
			break;
		}
		if (trial->verdict == VERDICT_INVALID)
			return look_before(trials, trial, value);
		/* Beyond there is only more of it. */
		if (trial->verdict != VERDICT_FAILS)
			break;
		search->fails = value;
	}
	return true;
}

/* ---- threads ------------------------------------------------------------- */

static struct explain_trial *take(struct trials *trials)
{
	struct explain_trial *trial = NULL;

	pthread_mutex_lock(&trials->lock);
	if (trials->next < trials->e->nr_trials)
		trial = &trials->e->trial[trials->next++];
	pthread_mutex_unlock(&trials->lock);
	return trial;
}

static void *work(void *argument)
{
	struct trials *trials = argument;
	struct explain_trial *trial;

	while ((trial = take(trials))) {
		bool done;

		if (trial->verdict == VERDICT_NOT_TRIED)
			continue;
		done = trial->search.set ? look_for_value(trials, trial) :
					   run_once(trials, trial);
		if (!done)
			trial->verdict = VERDICT_LEFT_OUT;
	}
	return NULL;
}

/*
 * Reclaim and compaction can do nothing for a request in pages of which nobody
 * says what they are: that it fails is no finding then.
 */
static void doubt(const struct explanation *e, struct explain_trial *trial)
{
	gfp_t gfp = trial->change.has_gfp ? trial->change.gfp : e->gfp;

	if (trial->verdict != VERDICT_FAILS || !e->use_unknown ||
	    !e->where.boot || !(gfp & __GFP_DIRECT_RECLAIM))
		return;
	trial->verdict = VERDICT_UNKNOWN;
	trial->note = "it fails here, but the starting state does not say "
		      "what the pages in use are, so that none of them could "
		      "be reclaimed or moved";
}

int explain_try(struct explanation *e, struct errors *errors)
{
	const struct explain_options *options = e->options;
	unsigned int threads = options->threads < THREADS_MOST ?
				       options->threads :
				       THREADS_MOST;
	struct trials trials = {
		.e = e,
		.end_s = options->inputs->clock() + options->seconds,
		.lock = PTHREAD_MUTEX_INITIALIZER,
	};
	pthread_t thread[THREADS_MOST];
	unsigned int nr = 0;

	if (e->no_memory)
		return error_host(errors, "the explanation");
	while (nr + 1 < threads &&
	       !pthread_create(&thread[nr], NULL, work, &trials))
		nr++;
	work(&trials);
	while (nr)
		pthread_join(thread[--nr], NULL);
	for (size_t i = 0; i < e->nr_trials; i++)
		doubt(e, &e->trial[i]);
	for (size_t i = 0; i < e->nr_trials; i++)
		if (e->trial[i].verdict == VERDICT_SUCCEEDS)
			e->trial[i].price = explain_price(e, &e->trial[i]);
	for (size_t i = 0; i < e->nr_trials; i++)
		e->out_of_time |= e->trial[i].verdict == VERDICT_LEFT_OUT;
	return 0;
}
