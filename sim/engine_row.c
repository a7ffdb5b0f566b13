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

/*
 * What a row has come to. What nobody looks at before its end is noted in the
 * engine then: end_row().
 */
struct row {
	const struct call *end; /* the first call that is in no such row */
	const volatile int *interrupted;
	uint64_t now_ns; /* the last call's */
	uint64_t seq;
	/* Up to when, that time left out, nothing but calls can happen: */
	uint64_t event_ns; /* for there is no event before, */
	uint64_t quiet_ns; /* and the run isn't over */
	/* From when on all CPUs are idle; NEVER: nobody knows. */
	uint64_t idle_ns;
	uint32_t asked;	  /* CPUs, whether they are */
	uint64_t counted; /* of its calls, in tallies */
	uint64_t counted_seq;
	uint64_t counted_ns; /* the last one's end */
};

/* Does nobody wait for anything, or is in the middle of it? */
static bool is_nobody_about(const struct engine *engine)
{
	return engine_has_only_calls(engine) && !engine_has_queued(engine) &&
	       !engine->call_waits && sinks_know_kills(&engine->sinks);
}

/* The first call of the batch that is in no row that begins now. */
static const struct call *end_of_row(const struct engine *engine)
{
	uint64_t ops = engine->totals->ops;
	size_t most = CALLS_PER_CHECK - ops % CALLS_PER_CHECK;
	size_t left = engine->batch_nr - engine->batch_at;

	return &engine->batch[engine->batch_at + (left < most ? left : most)];
}

static void begin_row(const struct engine *engine, struct row *row)
{
	static const volatile int never;
	uint64_t until_ns = engine->options->until_ns;
	uint64_t over_ns = until_ns ? until_ns + 1 : NEVER;

	*row = (struct row){
		.end = end_of_row(engine),
		.interrupted = engine->options->interrupted ?
				       engine->options->interrupted :
				       &never,
		.now_ns = engine->now_ns,
		.seq = engine->totals->ops,
		.event_ns = engine->queue.nr ? engine->queue.next_ns : NEVER,
		.idle_ns = NEVER,
	};
	row->quiet_ns = row->event_ns < over_ns ? row->event_ns : over_ns;
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

		from_ns = engine_later(from_ns, cpu->irqs_off_until_ns);
		for (int l = 0; l < NR_CALL_CONTEXTS; l++)
			from_ns = engine_later(from_ns, cpu->until_ns[l]);
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
static bool is_alone(const struct engine *engine, struct row *row,
		     const struct call *call)
{
	const struct cpu *cpu = &engine->cpu[call->cpu];

	if (++row->asked == engine->nr_cpus)
		row->idle_ns = all_idle_from(engine);
	return cpu_is_idle(cpu, call->t_ns) && is_unheld(cpu);
}

/* May the call be in the row, as far as others are concerned? */
static inline bool is_in_row(const struct engine *engine, struct row *row,
			     const struct call *call)
{
	uint64_t since_ns = call->t_ns - row->now_ns;

	return since_ns < row->quiet_ns - row->now_ns && !*row->interrupted &&
	       (call->t_ns >= row->idle_ns || is_alone(engine, row, call));
}

/* Is it certain that nothing else happens before the call is over? */
static inline bool is_over_first(struct engine *engine, const struct row *row,
				 const struct call *call, uint64_t end_ns)
{
	if (end_ns < row->event_ns && call + 1 < row->end &&
	    call[1].t_ns >= end_ns)
		return true;
	/* There may be another answer to that. */
	engine->batch_at = (size_t)(call + 1 - engine->batch);
	return end_ns == call->t_ns ||
	       engine_is_quiet(engine, call->ctx, end_ns);
}

/* Its time is over. Sinks are told at the row's end, if they count. */
static inline enum engine_result tell(struct engine *engine, struct row *row,
				      const struct call *call,
				      const struct plain_end *end,
				      uint64_t end_ns)
{
	struct plain_end whole;

	if (!end->tally) {
		whole = *end;
		return engine_tell_plain(engine, call, &whole,
					 end_ns - call->t_ns);
	}
	row->counted++;
	row->counted_seq = end->seq;
	row->counted_ns = engine_later(row->counted_ns, end_ns);
	engine_digest_plain(engine, end, end_ns - call->t_ns);
	return engine_tally_plain(engine, end, end_ns - call->t_ns);
}

/* Sinks are told of what was counted; whatever else they hear comes later. */
static enum engine_result tell_counted(struct engine *engine, struct row *row)
{
	uint64_t nr = row->counted;

	row->counted = 0;
	return nr && sinks_counted_row(&engine->sinks, nr, row->counted_seq,
				       row->counted_ns) < 0 ?
		       ENGINE_FAILED :
		       ENGINE_DONE;
}

static enum engine_result tell_broken(struct engine *engine, struct row *row,
				      const struct call *call, rule_set broken)
{
	enum engine_result result = tell_counted(engine, row);

	return result == ENGINE_DONE ?
		       engine_tell_broken_rules(engine, call, row->seq,
						broken) :
		       result;
}

/* What was under way on the call's level of its CPU is over. */
static enum engine_result finish_level(struct engine *engine, struct row *row,
				       const struct call *call)
{
	enum engine_result result = tell_counted(engine, row);

	return result == ENGINE_DONE ?
		       engine_finish_level(engine, call->cpu, call->ctx) :
		       result;
}

static void keep(struct engine *engine, const struct call *call,
		 const struct plain_end *end)
{
	struct plain_end whole = *end;

	engine_keep_plain(engine, call, &whole);
}

/* Its effect is there: what it has broken is told, and its time passes. */
static inline enum engine_result settle(struct engine *engine, struct row *row,
					const struct call *call,
					const struct plain_class *class,
					struct plain_end *end)
{
	struct cpu *cpu = &engine->cpu[call->cpu];
	enum engine_result result = engine_find_tally(engine, call, end);
	uint64_t end_ns = call->t_ns + engine_charge_plain(
					       engine, &end->outcome,
					       call->t_ns);

	if (class->broken && result == ENGINE_DONE)
		result = tell_broken(engine, row, call, class->broken);
	if (result != ENGINE_DONE)
		return result;
	if (call->ctx == CONTEXT_PROCESS)
		engine_note_task(engine, call->cpu, call, end_ns);
	cpu->until_ns[call->ctx] = end_ns;
	row->idle_ns = engine_later(row->idle_ns, end_ns);
	engine->ended_ns = end_ns;
	if (is_over_first(engine, row, call, end_ns))
		return tell(engine, row, call, end, end_ns);
	keep(engine, call, end);
	return ENGINE_DONE;
}

/* The next call of the row; *goes_on: it was plain, and is over. */
static inline enum engine_result take(struct engine *engine, struct row *row,
				      const struct call *call, bool *goes_on)
{
	struct plain_class *class = plain_class_of(engine->kernel, call);
	enum engine_result result = ENGINE_DONE;
	struct plain_end end;

	*goes_on = false;
	if (class->way == NOT_PLAIN || !is_in_row(engine, row, call))
		return result;
	look_ahead(&engine->ahead, engine->kernel, call,
		   (size_t)(call - engine->batch),
		   engine->batch_nr - (size_t)(call - engine->batch));
	if (cpu_has_unfinished(&engine->cpu[call->cpu], call->ctx))
		result = finish_level(engine, row, call);
	if (result != ENGINE_DONE ||
	    !plain_try(engine->kernel, call, class, &end.outcome))
		return result;
	*goes_on = true;
	row->now_ns = call->t_ns;
	engine->now_ns = call->t_ns;
	end.seq = ++row->seq;
	end.t_ns = call->t_ns;
	end.cpu_wait_ns = 0;
	return settle(engine, row, call, class, &end);
}

/* `next`: the first call that was not in it. */
static enum engine_result end_row(struct engine *engine, struct row *row,
				  const struct call *next)
{
	enum engine_result result = tell_counted(engine, row);

	if (row->seq == engine->totals->ops || result != ENGINE_DONE)
		return result;
	engine->batch_at = (size_t)(next - engine->batch);
	engine->totals->ops = row->seq;
	engine_note_caller(engine, next - 1);
	engine_note_news(engine);
	return row->seq % CALLS_PER_CHECK == 0 ? engine_check_models(engine) :
						 ENGINE_DONE;
}

enum engine_result engine_run_row(struct engine *engine)
{
	const struct call *call = &engine->batch[engine->batch_at];
	enum engine_result result = ENGINE_DONE, ended;
	bool goes_on = true;
	struct row row;

	if (!is_nobody_about(engine))
		return result;
	begin_row(engine, &row);
	while (call < row.end && result == ENGINE_DONE) {
		result = take(engine, &row, call, &goes_on);
		if (!goes_on)
			break;
		call++;
	}
	ended = end_row(engine, &row, call);
	return result == ENGINE_DONE ? ended : result;
}
