/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The engine's calls, from the moment they are made to their outcome.
 *
 *	call --> kernel --ends--> digest, sinks
 *	           ^  |
 *	           |  +--waits--> asleep --woken, or timeout--+
 *	           +------------------------------------------+
 *
 * Rules:
 *
 * - What calls leave for a task of their CPU is done when they have ended, at
 *   the same time, in the order in which it was left.
 * - After that, those whom they have woken try again, in the order in which
 *   their calls were made. Those who get nothing go back to their place.
 * - Outcomes are told in the order in which calls end: first of the call that
 *   wakes, then of those it has woken. A call has its number (seq) from when
 *   it was made.
 * - What its caller does with the result of a call that waits, waits too, and
 *   is carried out when that call has ended, in the same order.
 * - When the workload is over, those who look for themselves after a timeout
 *   do so until that helps nobody any more. Who then still waits has failed;
 *   unless the run was cut short, that is a violation too.
 *   The clock does not move for tries in vain.
 */

#include "sim/engine_internal.h"

#include "sim/base/bug.h"
#include "sim/cost.h"

static enum engine_result tell_violation(struct engine *engine,
					 const struct call *call, uint64_t seq,
					 const struct call_report *report)
{
	struct violation violation = {
		.seq = seq,
		.t_ns = engine->now_ns,
		.rule = report->rule,
		.message = report->why,
		.file = engine->source->file,
		.line = call->line,
	};

	engine->totals->violations++;
	return sinks_violation(&engine->sinks, &violation) < 0 ? ENGINE_FAILED :
								 ENGINE_DONE;
}

/* What the kernel says of the call's context and flags. */
static enum engine_result tell_broken_rules(struct engine *engine,
					    const struct call *call,
					    uint64_t seq, rule_set broken)
{
	struct rule_case about = {
		.rules = &engine->kernel->rules,
		.call = call,
		.names = engine->source->names,
	};

	for (; broken; broken &= broken - 1) {
		enum rule_id rule = (enum rule_id)__builtin_ctzll(broken);
		struct call_report report = { .rule = rule_table[rule].id };
		enum engine_result result;

		rule_message(rule, &about, report.why, sizeof report.why);
		result = tell_violation(engine, call, seq, &report);
		if (result != ENGINE_DONE)
			return result;
	}
	return ENGINE_DONE;
}

static enum engine_result invalid_call(struct engine *engine,
				       const struct call *call, const char *why)
{
	struct place place = { engine->source->file, call->line, call->column };

	/* An empty reason: the same was said before. */
	if (*why)
		error_input(engine->errors, place, "%s", why);
	engine->invalid = true;
	return ENGINE_DONE;
}

/* The call has ended: its outcome goes to the digest and the sinks. */
static enum engine_result tell_outcome(struct engine *engine,
				       const struct call *call, uint64_t seq,
				       struct outcome *outcome)
{
	struct run_totals *totals = engine->totals;

	if (!call_is_counted(call))
		return ENGINE_DONE;
	outcome->seq = seq;
	if (outcome->work)
		outcome->cost_ns = cost_of_work(&engine->kernel->machine->costs,
						outcome->work);
	outcome->latency_ns = engine->now_ns - call->t_ns + outcome->cost_ns;
	totals->failed += outcome->status == OUTCOME_FAILED;
	totals->skipped += outcome->status == OUTCOME_SKIPPED;
	digest_add(engine->digest, outcome);
	return sinks_operation(&engine->sinks, call, outcome) < 0 ?
		       ENGINE_FAILED :
		       ENGINE_DONE;
}

/* What a call came to that does not wait. */
static enum engine_result end_call(struct engine *engine,
				   const struct call *call, uint64_t seq,
				   enum call_result done,
				   struct outcome *outcome,
				   const struct call_report *report)
{
	enum engine_result result;

	switch (done) {
	case CALL_WAITS:
		BUG("a call that waits has no outcome");
	case CALL_DONE:
	case CALL_VIOLATION:
		break;
	case CALL_BAD_FREE:
		if (!engine->options->count_bad_frees)
			return invalid_call(engine, call, report->why);
		outcome->status = OUTCOME_SKIPPED;
		outcome->skipped = SKIP_BAD_FREE;
		break;
	case CALL_INVALID:
		return invalid_call(engine, call, report->why);
	case CALL_MISSING:
		invalid_call(engine, call, report->why);
		return ENGINE_MISSING;
	case CALL_HOST:
		return ENGINE_FAILED;
	}
	if (done != CALL_DONE) {
		result = tell_violation(engine, call, seq, report);
		if (result != ENGINE_DONE)
			return result;
	}
	if (report->woken.what != WAIT_FOR_NOTHING)
		waiting_wake(&engine->waiting, report->woken.what,
			     report->woken.number);
	return tell_outcome(engine, call, seq, outcome);
}

/* ---- calls that wait ---- */

static enum engine_result start_timer(struct engine *engine, uint32_t ticket)
{
	struct waiter *waiter = waiter_of(&engine->waiting, ticket);

	if (!waiter->retry_ns || waiter->has_timer)
		return ENGINE_DONE;
	waiter->has_timer = true;
	return engine_schedule(engine, waiter->retry_ns, EVENT_RETRY, ticket);
}

/* The call behind a ticket has fallen asleep. */
static enum engine_result now_waits(struct engine *engine, uint32_t ticket)
{
	const struct waiter *waiter = waiter_of(&engine->waiting, ticket);

	if (waiter->wait.what == WAIT_FOR_CALL)
		return ENGINE_DONE;
	kernel_set_ticket(engine->kernel, &waiter->call, ticket);
	return start_timer(engine, ticket);
}

enum engine_result engine_operate(struct engine *engine,
				  const struct call *call)
{
	struct call_report report;
	struct outcome outcome;
	enum call_result done =
		kernel_call(engine->kernel, call, &outcome, &report);
	enum engine_result result = ENGINE_DONE;
	uint32_t ticket;

	engine->totals->ops += call_is_counted(call);
	if (report.broken)
		result = tell_broken_rules(engine, call, engine->totals->ops,
					   report.broken);
	if (result != ENGINE_DONE)
		return result;
	if (done != CALL_WAITS)
		return end_call(engine, call, engine->totals->ops, done,
				&outcome, &report);
	ticket = waiting_add(&engine->waiting, call, engine->totals->ops,
			     &report.wait, engine->now_ns);
	if (ticket == TICKET_NONE) {
		error_host(engine->errors, "no memory for a call that waits");
		return ENGINE_FAILED;
	}
	return now_waits(engine, ticket);
}

/* The one whose turn it is tries again. */
static enum engine_result try_again(struct engine *engine, uint32_t ticket)
{
	struct waiter waiter = *waiter_of(&engine->waiting, ticket);
	struct call_report report;
	struct outcome outcome;
	enum call_result done = kernel_try_again(
		engine->kernel, &waiter.call, &waiter.wait, &outcome, &report);
	enum engine_result result = tell_broken_rules(
		engine, &waiter.call, waiter.seq, report.broken);

	if (result != ENGINE_DONE)
		return result;
	if (done == CALL_WAITS) {
		waiting_sleep_on(&engine->waiting, ticket, &report.wait,
				 engine->now_ns);
		return now_waits(engine, ticket);
	}
	waiting_end(&engine->waiting, ticket);
	engine->ended_ns = engine->now_ns;
	return end_call(engine, &waiter.call, waiter.seq, done, &outcome,
			&report);
}

enum engine_result engine_finish_left(struct engine *engine)
{
	enum engine_result result = ENGINE_DONE;

	while (result == ENGINE_DONE) {
		uint32_t ticket;

		kernel_run_work(engine->kernel);
		ticket = waiting_take(&engine->waiting);
		if (ticket == TICKET_NONE)
			break;
		result = try_again(engine, ticket);
	}
	return result == ENGINE_DONE ? engine_schedule_kswapds(engine) : result;
}

/*
 * A ticket has one timer at most, which may outlive its call and serve the
 * next one: it looks when that is really due.
 */
enum engine_result engine_retry(struct engine *engine, uint32_t ticket)
{
	struct waiter *waiter = waiter_of(&engine->waiting, ticket);

	waiter->has_timer = false;
	if (!waiting_is_asleep(&engine->waiting, ticket) || !waiter->retry_ns)
		return ENGINE_DONE;
	if (waiter->retry_ns > engine->now_ns)
		return start_timer(engine, ticket);
	waiting_wake_one(&engine->waiting, ticket);
	return engine_finish_left(engine);
}

/*
 * The workload is over. Those who look for themselves after a timeout do so
 * once more, as long as that helps anybody.
 */
static enum engine_result last_tries(struct engine *engine)
{
	enum engine_result result;
	uint64_t before_ns;

	engine->over = true;
	engine->ended_ns = engine->now_ns;
	do {
		before_ns = engine->ended_ns;
		result = engine_run_events(
			engine, waiting_last_retry(&engine->waiting));
	} while (result == ENGINE_DONE && engine->ended_ns != before_ns);
	engine->now_ns = engine->ended_ns;
	return result;
}

/* Nobody can wake them any more. */
static enum engine_result abandon(struct engine *engine, uint32_t ticket)
{
	struct waiter waiter = *waiter_of(&engine->waiting, ticket);
	struct call_report report;
	enum engine_result result = ENGINE_DONE;
	struct outcome outcome;

	kernel_abandon(engine->kernel, &waiter.call, &waiter.wait, &outcome,
		       &report);
	waiting_end(&engine->waiting, ticket);
	if (report.rule && !engine->cut)
		result = tell_violation(engine, &waiter.call, waiter.seq,
					&report);
	if (result != ENGINE_DONE)
		return result;
	return tell_outcome(engine, &waiter.call, waiter.seq, &outcome);
}

enum engine_result engine_end_waiting(struct engine *engine)
{
	enum engine_result result = ENGINE_DONE;
	uint32_t ticket;

	if (!engine->cut && !engine->options->until_ns)
		result = last_tries(engine);
	while (result == ENGINE_DONE &&
	       (ticket = waiting_take_abandoned(&engine->waiting)) !=
		       TICKET_NONE)
		result = abandon(engine, ticket);
	return result;
}
