/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A row of plain calls, one behind the other.
 *
 *	batch   [a][b][c][d][e]…
 *	         |  |  |  |  not plain, or its CPU is busy: the loop takes over
 *	         +--+--+--+-- one after another, here
 *	events               ^ the next one that is due
 *
 * The loop of sim/engine.c asks after each call whether anybody waits, wakes
 * up, goes on or is to be told of anything. Plain calls (sim/plain_calls.h)
 * that find their CPU idle leave nothing behind that could change any of these
 * answers. So they are asked once for a row of calls, and of each call only
 * what is its own: its CPU, its time, what it does.
 *
 * A row ends before whatever is not so: an event that is due, a call that has
 * to wait for its CPU, one that is not plain, the end of the batch.
 *
 * Both ways must come to the same:
 * tests/unit/does_a_short_cut_change_anything.c goes one and the other.
 */

#include "sim/engine_plain.h"
#include "sim/plain_ways.h"

/* Does nobody wait for anything, or is in the middle of it? */
static bool is_nobody_about(const struct engine *engine)
{
	return engine_has_only_calls(engine) && !engine_has_queued(engine) &&
	       !engine->call_waits;
}

/* Up to when, that time left out, nothing but calls can happen. */
static uint64_t quiet_until(const struct engine *engine)
{
	uint64_t until_ns = engine->options->until_ns;
	uint64_t bound = until_ns ? until_ns + 1 : NEVER;

	return engine->queue.nr && engine->queue.next_ns < bound ?
		       engine->queue.next_ns :
		       bound;
}

/* The first call of the batch that is in no row that begins now. */
static const struct call *end_of_row(const struct engine *engine)
{
	uint64_t ops = engine->totals->ops;
	size_t most = CALLS_PER_CHECK - ops % CALLS_PER_CHECK;
	size_t left = engine->batch_nr - engine->batch_at;

	return &engine->batch[engine->batch_at + (left < most ? left : most)];
}

/*
 * The CPU that the call has to itself, as soon as it is made; NULL: it has not,
 * or it is no call.
 */
static inline struct cpu *idle_cpu_of(const struct engine *engine,
				      const struct call *call)
{
	struct cpu *cpu;

	if (call->cpu >= engine->nr_cpus || call->t_ns < engine->now_ns ||
	    call->op == OP_SAMPLE)
		return NULL;
	cpu = &engine->cpu[call->cpu];
	return cpu_is_idle(cpu, call->t_ns) && !cpu->ready && !cpu->background ?
		       cpu :
		       NULL;
}

/* The next call of the row; *done: it was plain, and is over. */
static inline enum engine_result take_plain(struct engine *engine,
					    struct cpu *cpu,
					    const struct call *call, bool *done)
{
	enum engine_result result = ENGINE_DONE;
	struct plain_end end;
	rule_set broken;

	look_ahead(&engine->ahead, engine->kernel, call, engine->batch_at,
		   engine->batch_nr - engine->batch_at);
	if (cpu_has_unfinished(cpu, call->ctx))
		result = engine_finish_level(engine, call->cpu, call->ctx);
	*done = result == ENGINE_DONE &&
		plain_call(engine->kernel, call, &end.outcome, &broken);
	if (!*done)
		return result;
	engine->now_ns = call->t_ns;
	engine->batch_at++;
	end.seq = ++engine->totals->ops;
	return engine_settle_plain(engine, call, &end, broken, cpu);
}

static inline bool is_asked_to_stop(const struct engine_options *options)
{
	return options->interrupted && *options->interrupted;
}

enum engine_result engine_run_row(struct engine *engine)
{
	enum engine_result result = ENGINE_DONE;
	uint64_t quiet_ns, ops = engine->totals->ops;
	const struct call *call, *end;
	bool plain = true;

	if (!is_nobody_about(engine))
		return result;
	quiet_ns = quiet_until(engine);
	end = end_of_row(engine);
	call = &engine->batch[engine->batch_at];
	for (; plain && result == ENGINE_DONE && call < end; call++) {
		struct cpu *cpu = idle_cpu_of(engine, call);

		if (!cpu || call->t_ns >= quiet_ns ||
		    is_asked_to_stop(engine->options))
			break;
		result = take_plain(engine, cpu, call, &plain);
	}
	if (result != ENGINE_DONE || engine->totals->ops == ops)
		return result;
	engine_note_news(engine);
	return engine->totals->ops % CALLS_PER_CHECK == 0 ?
		       engine_check_models(engine) :
		       ENGINE_DONE;
}
