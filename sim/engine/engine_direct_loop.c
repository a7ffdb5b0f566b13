/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The direct loop: fast calls that begin as soon as they are made, one after
 * another (docs/fast-paths.md).
 *
 *	batch   [a][b][c][d][e]…
 *	         |  |  |  |  not fast, or its CPU is busy: the general loop's
 *	         +--+--+--+-- one after another, here
 *	events               ^ the next one that is due
 *
 * After each call the general loop (sim/engine/engine.c) asks whether anybody
 * waits, wakes up, goes on or has to be told something. A fast call that finds
 * its CPU idle changes none of the answers. So these questions are asked once
 * for many calls, and for each call only what concerns it alone: its CPU, its
 * time, what it does.
 *
 * The loop ends before an event or sample that is due, a call that has to wait
 * for its CPU, a call that is not fast, and the end of the batch.
 *
 * The results must be those of the general loop:
 * tests/unit/do_fast_paths_change_anything.c compares them.
 */

#include "sim/engine/engine_fast.h"
#include "sim/fast/fast_path_inline.h"

/*
 * How far the loop has come. What nobody reads before it ends is written to the
 * engine then: end_loop().
 */
struct direct_loop {
	size_t end; /* place in the batch that the loop does not go beyond */
	const volatile int *interrupted;
	uint64_t seq;
	/* Before these times nothing happens but calls: */
	uint64_t event_ns; /* the next event is due */
	uint64_t quiet_ns; /* or the next sample, or the run is over */
	/*
	 * From when on all CPUs are idle. Calls that end as usual don't count:
	 * they are over before the next one is made. NEVER: not known yet.
	 */
	uint64_t idle_ns;
	uint32_t asked; /* how often a CPU was asked whether it is idle */
	/* Calls above this number have ended as usual; sinks don't know yet. */
	uint64_t reported_seq;
	uint64_t over_ns; /* when the last of them was over */
};

/* Does nobody wait for anything, and is nobody in the middle of a call? */
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

/* Does no thread have the CPU, or wait for it? */
static bool has_no_thread(const struct cpu *cpu)
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
		if (!has_no_thread(cpu))
			return NEVER;
	}
	return from_ns;
}

/*
 * Has the call its CPU to itself, as soon as it is made? If the loop goes on
 * for long enough, all CPUs are asked at once: as long as each call is over
 * before the next is made, none has to be asked again.
 */
static bool is_alone(const struct engine *engine, struct direct_loop *loop,
		     const struct call *call)
{
	const struct cpu *cpu = &engine->cpu[call->cpu];

	if (++loop->asked == engine->nr_cpus)
		loop->idle_ns = all_idle_from(engine);
	return call->t_ns >= engine->now_ns && cpu_is_idle(cpu, call->t_ns) &&
	       has_no_thread(cpu);
}

/* May the loop take the call, as far as others are concerned? */
static inline bool may_take(const struct engine *engine,
			    struct direct_loop *loop, const struct call *call)
{
	return call->t_ns < loop->quiet_ns &&
	       (call->t_ns >= loop->idle_ns || is_alone(engine, loop, call));
}

/* ---- the usual end of a call ---- */

/*
 * Is it enough to count the call, since it is over before the next event and
 * before the next call is made? Not known of a batch's last call: behind it,
 * t_ns is 0.
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
 * The call's time passes. When its CPU is free again is written only for the
 * loop's last call: the others are over by then.
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

/* The same for a call that took no lock, which is digested and counted. */
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

/* Sinks are told how many were counted, before they hear of anything else. */
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

/* It has taken effect: broken rules are reported, and its time passes. */
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

/* The same, after sinks were told of all calls before it. */
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

/* ---- the loop ---- */

/*
 * The call was fast, and has taken effect. It takes its locks, and ends as
 * usual or not.
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
 * Carries out the next call, if the loop may take it; *taken: it was fast, and
 * is over or under way.
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
	/* The CPU of a fast call exists. */
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

/* `next`: the place in the batch of the first call that the loop leaves. */
static enum engine_result end_loop(struct engine *engine,
				   struct direct_loop *loop, size_t next)
{
	bool is_written = loop->reported_seq == loop->seq;
	enum engine_result result = report_counted(engine, loop);
	const struct call *last;

	if (loop->seq == engine->totals->ops || result != ENGINE_DONE)
		return result;
	last = &engine->batch[next - 1];
	if (!is_written) {
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
