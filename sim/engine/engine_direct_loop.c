/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A row of plain calls, one behind the other.
 *
 *	batch   [a][b][c][d][e]…
 *	         |  |  |  |  not plain, or its CPU is busy: the loop takes over
 *	         +--+--+--+-- one after another, here
 *	events               ^ the next one that is due
 *
 * After each call the loop of sim/engine/engine.c asks whether anybody waits,
 * wakes up, goes on or has to be told something. Plain calls
 * (sim/fast_path.h) that find their CPU idle change none of the answers. So
 * these questions are asked once for a whole row of calls, and for each call
 * only what concerns it alone: its CPU, its time, what it does.
 *
 * A row ends before an event that is due, a call that has to wait for its CPU,
 * a call that is not plain, and the end of the batch.
 *
 * The results must be those of the loop:
 * tests/unit/does_a_short_cut_change_anything.c compares them.
 */

#include "sim/engine/engine_fast.h"
#include "sim/fast_path_inline.h"

/*
 * What a row has come to. What nobody looks at before its end is noted in the
 * engine then: end_loop().
 */
struct direct_loop {
	size_t end; /* place in the batch: the first call in no such row */
	const volatile int *interrupted;
	uint64_t seq;
	/* Up to when, that time left out, nothing but calls can happen: */
	uint64_t event_ns; /* for there is no event before, */
	uint64_t quiet_ns; /* no sample is due, and the run isn't over */
	/*
	 * From when on all CPUs are idle, but for calls that end as usual: they
	 * are over before the next one is made. NEVER: nobody knows.
	 */
	uint64_t idle_ns;
	uint32_t asked; /* CPUs, whether they are */
	/* Those behind that number have ended as usual; sinks don't know. */
	uint64_t reported_seq;
	uint64_t over_ns; /* the last of these was over then */
};

/* Does nobody wait for anything, or is in the middle of it? */
static bool only_calls_happen(const struct engine *engine)
{
	return engine_has_only_calls(engine) && !engine_has_queued(engine) &&
	       !engine->call_waits && sinks_know_kills(&engine->sinks);
}

static void begin_loop(const struct engine *engine, struct direct_loop *loop)
{
	static const volatile int never;
	const struct engine_options *options = engine->options;

	*loop = (struct direct_loop){
		.end = engine_batch_limit(engine),
		.interrupted = options->interrupted ? options->interrupted :
						      &never,
		.seq = engine->totals->ops,
		.reported_seq = engine->totals->ops,
		.event_ns = engine->queue.nr ? engine->queue.next_ns : NEVER,
		.idle_ns = NEVER,
	};
	loop->quiet_ns = smaller(loop->event_ns, engine_calls_end_ns(engine));
}

/* Nobody has the CPU, or waits for it, in the middle of something. */
static bool is_unheld(const struct cpu *cpu)
{
	return !cpu->holder && !cpu->ready && !cpu->background;
}

/* From when on all CPUs are idle, if nothing happens. */
static uint64_t all_idle_from(const struct engine *engine)
{
	uint64_t from_ns = 0;

	for (uint32_t i = 0; i < engine->nr_cpus; i++) {
		const struct cpu *cpu = &engine->cpu[i];

		from_ns = larger(from_ns, cpu->irqs_off_until_ns);
		from_ns = larger(from_ns, cpu->free_ns[CONTEXT_PROCESS]);
		if (!is_unheld(cpu))
			return NEVER;
	}
	return from_ns;
}

/*
 * Has the call its CPU to itself, as soon as it is made? In a row that goes on
 * long enough, all CPUs are asked at once: as long as calls are over before
 * the next are made, nobody has to be asked again.
 */
static bool is_alone(const struct engine *engine, struct direct_loop *loop,
		     const struct call *call)
{
	const struct cpu *cpu = &engine->cpu[call->cpu];

	if (++loop->asked == engine->nr_cpus)
		loop->idle_ns = all_idle_from(engine);
	return call->t_ns >= engine->now_ns && cpu_is_idle(cpu, call->t_ns) &&
	       is_unheld(cpu);
}

/* May the call be in the row, as far as others are concerned? */
static inline bool may_take(const struct engine *engine,
			    struct direct_loop *loop, const struct call *call)
{
	return call->t_ns < loop->quiet_ns &&
	       (call->t_ns >= loop->idle_ns || is_alone(engine, loop, call));
}

/* ---- the usual end of a call ---- */

/*
 * Is all that becomes of it, then, that it is counted, and that its time is
 * over before the next call is made? It isn't known of a batch's last one.
 */
static inline bool ends_as_usual(const struct direct_loop *loop,
				 const struct call *call,
				 const struct fast_outcome *outcome,
				 uint64_t end_ns)
{
	return outcome->counted->may_count && end_ns < loop->event_ns &&
	       call[1].t_ns >= end_ns;
}

/*
 * Its time passes. How long it has its CPU is noted of the row's last call:
 * that of the others is over by then.
 */
static inline void pass_time(struct engine *engine, struct direct_loop *loop,
			     const struct call *call, uint64_t ns)
{
	uint64_t end_ns = call->t_ns + ns;

	engine->now_ns = call->t_ns;
	if (call->ctx == CONTEXT_PROCESS)
		engine_note_task_at_once(engine, call, end_ns);
	loop->seq++;
	loop->over_ns = end_ns;
}

/* The same of a call that took no lock, and it is digested and counted. */
static inline void end_as_usual(struct engine *engine, struct direct_loop *loop,
				const struct call *call,
				const struct fast_outcome *outcome)
{
	struct digest_entry entry = {
		.vaddr = outcome->vaddr,
		.latency_ns = outcome->cost_ns,
		.pfn = outcome->pfn,
		.bytes = outcome->counted->said,
	};

	pass_time(engine, loop, call, outcome->cost_ns);
	entry.seq = loop->seq;
	digest_put_at_once(engine->digest, &entry);
	fast_count(outcome);
}

/* Sinks are told of what was counted; whatever else they hear comes later. */
static enum engine_result report_counted(struct engine *engine,
					 struct direct_loop *loop)
{
	uint64_t nr = loop->seq - loop->reported_seq;

	loop->reported_seq = loop->seq;
	engine->ends += nr;
	return nr && sinks_counted_many(&engine->sinks, nr, loop->seq,
					loop->over_ns) < 0 ?
		       ENGINE_FAILED :
		       ENGINE_DONE;
}

/* ---- any other end ---- */

/* Its effect is there: what it has broken is told, and its time passes. */
static enum engine_result settle(struct engine *engine,
				 struct direct_loop *loop,
				 const struct call *call, size_t at,
				 const struct fast_class *class,
				 struct fast_record *end, uint64_t ns)
{
	enum engine_result result = engine_find_tally(engine, call, end);
	uint64_t end_ns = call->t_ns + ns;

	end->outcome.counted->may_count = end->tally && !class->broken;
	loop->seq++;
	loop->reported_seq = loop->seq;
	end->seq = loop->seq;
	end->t_ns = call->t_ns;
	end->cpu_wait_ns = 0;
	if (class->broken && result == ENGINE_DONE)
		result = engine_report_broken_rules(engine, call, end->seq,
						    class->broken);
	if (result != ENGINE_DONE)
		return result;
	if (call->ctx == CONTEXT_PROCESS)
		engine_note_task(engine, call->cpu, call, end_ns);
	cpu_use_until(&engine->cpu[call->cpu], call->ctx, end_ns);
	engine->ended_ns = end_ns;
	engine->batch_at = at + 1;
	loop->idle_ns = larger(loop->idle_ns, end_ns);
	if (!ns || engine_is_quiet(engine, call->ctx, end_ns))
		return engine_report_fast(engine, call, end, ns);
	engine_keep_fast(engine, call, end);
	return ENGINE_DONE;
}

/* The same, where the row goes on behind it, and sinks know of all before. */
static enum engine_result settle_any(struct engine *engine,
				     struct direct_loop *loop,
				     const struct call *call, size_t at,
				     const struct fast_class *class,
				     struct fast_record *end, uint64_t ns)
{
	enum engine_result result = report_counted(engine, loop);

	if (result == ENGINE_DONE)
		result = settle(engine, loop, call, at, class, end, ns);
	if (*loop->interrupted)
		loop->end = at + 1;
	return result;
}

/* What was under way on the call's level of its CPU is over. */
static enum engine_result finish_level(struct engine *engine,
				       struct direct_loop *loop,
				       const struct call *call)
{
	enum engine_result result = report_counted(engine, loop);

	return result == ENGINE_DONE ?
		       engine_finish_level(engine, call->cpu, call->ctx) :
		       result;
}

/* ---- the row ---- */

/*
 * The call was plain, and its effect is there. Its locks are taken, and it ends
 * as usual or not.
 */
static __attribute__((noinline)) enum engine_result
conclude(struct engine *engine, struct direct_loop *loop,
	 const struct call *call, size_t at, const struct fast_class *class,
	 struct fast_record *end)
{
	struct fast_outcome *outcome = &end->outcome;
	uint64_t ns = engine_charge_fast(engine, outcome, call->t_ns);

	engine->now_ns = call->t_ns;
	if (!ends_as_usual(loop, call, outcome, call->t_ns + ns))
		return settle_any(engine, loop, call, at, class, end, ns);
	pass_time(engine, loop, call, ns);
	engine_digest_fast(engine, outcome, loop->seq, ns);
	return engine_tally_fast(engine, outcome->counted->tally, outcome, 0,
				 ns);
}

/*
 * The next call, if it may be in the row; *taken: it was plain, and is over or
 * under way.
 */
static inline __attribute__((always_inline)) enum engine_result
take(struct engine *engine, struct direct_loop *loop, const struct call *call,
     size_t at, bool *taken)
{
	struct fast_class *class = fast_class_of(engine->kernel, call);
	struct fast_outcome outcome;
	enum engine_result result;
	struct fast_record end;
	enum fast_done done;

	*taken = false;
	/* A plain call's CPU exists. */
	if (class->kind == NOT_FAST || !may_take(engine, loop, call))
		return ENGINE_DONE;
	prefetch_ahead_unchecked(&engine->prefetch, engine->kernel, call, at);
	if (engine->nr_unfinished &&
	    cpu_has_unfinished(&engine->cpu[call->cpu], call->ctx)) {
		result = finish_level(engine, loop, call);
		if (result != ENGINE_DONE)
			return result;
	}
	done = fast_try(engine->kernel, call, class, &outcome, &end.outcome);
	*taken = done != FAST_NOT_DONE;
	if (done == FAST_DONE && fast_has_number(&outcome) &&
	    ends_as_usual(loop, call, &outcome, call->t_ns + outcome.cost_ns)) {
		end_as_usual(engine, loop, call, &outcome);
		return ENGINE_DONE;
	}
	if (done == FAST_DONE)
		end.outcome = outcome;
	return *taken ? conclude(engine, loop, call, at, class, &end) :
			ENGINE_DONE;
}

/* Its last call is the one before the place `next` of the batch. */
static enum engine_result end_loop(struct engine *engine,
				   struct direct_loop *loop, size_t next)
{
	bool is_noted = loop->reported_seq == loop->seq;
	enum engine_result result = report_counted(engine, loop);
	const struct call *last;

	if (loop->seq == engine->totals->ops || result != ENGINE_DONE)
		return result;
	last = &engine->batch[next - 1];
	if (!is_noted) {
		cpu_use_until(&engine->cpu[last->cpu], last->ctx,
			      loop->over_ns);
		engine->ended_ns = loop->over_ns;
	}
	engine->batch_at = next;
	engine->totals->ops = loop->seq;
	engine_note_caller(engine, last);
	engine_note_progress(engine);
	return loop->seq % CALLS_PER_CHECK == 0 ? engine_check_models(engine) :
						  ENGINE_DONE;
}

enum engine_result engine_run_direct_loop(struct engine *engine)
{
	const struct call *call = &engine->batch[engine->batch_at];
	enum engine_result result = ENGINE_DONE, ended;
	size_t at = engine->batch_at;
	bool taken = true;
	struct direct_loop loop;

	if (!only_calls_happen(engine))
		return result;
	begin_loop(engine, &loop);
	fast_epoch_ends(engine->kernel);
	while (at < loop.end && taken && result == ENGINE_DONE) {
		result = take(engine, &loop, call, at, &taken);
		at += taken;
		call += taken;
	}
	ended = end_loop(engine, &loop, at);
	return result == ENGINE_DONE ? ended : result;
}
