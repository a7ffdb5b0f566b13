/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What all kinds of generators do alike: when the next request comes, and the
 * calls that allocate and free.
 *
 *	start      phase 0         phase 1            phase 0 again, or until
 *	  |  |  |  |   |  |  | | ||||| ||| || |||| |   |
 *	                      ^ arrivals begin anew with each phase
 *
 * Random numbers come from three streams, for arrivals, for what is asked for
 * and for lives, so that a change of one leaves the others as they were.
 */
#include "workloads/generators/generator.h"

#include <stdlib.h>

enum { STREAM_ARRIVES, STREAM_DRAWS, STREAM_LIVES };

static void begin_phase(struct generator *generator, uint64_t t_ns)
{
	const struct generator_phase *phase = generator_phase(generator);

	generator->phase_end_ns = phase->length_ns < TIME_NEVER - t_ns ?
					  t_ns + phase->length_ns :
					  TIME_NEVER;
	arrivals_start(phase->arrivals, &generator->arrival, t_ns,
		       &generator->arrives);
	generator->arrival.source = generator->source;
}

/* False: that was the last. */
static bool next_phase(struct generator *generator)
{
	uint64_t t_ns = generator->phase_end_ns;

	if (t_ns == TIME_NEVER || t_ns >= generator->until_ns)
		return false;
	if (++generator->phase_at == generator->nr_phases) {
		if (!generator->repeats) {
			generator->phase_at--;
			return false;
		}
		generator->phase_at = 0;
	}
	begin_phase(generator, t_ns);
	return true;
}

void generator_next_arrival(struct generator *generator)
{
	struct arrival_state *state = &generator->arrival;

	generator->arrival_ns = TIME_NEVER;
	if (generator->arrived == generator->count)
		return;
	while (!generator_is_interrupted(generator)) {
		const struct generator_phase *phase =
			generator_phase(generator);
		bool came = arrivals_next(phase->arrivals, state,
					  &generator->arrives);
		moment t = state->t >> MOMENT_BITS;

		if (came && t < generator->phase_end_ns) {
			if (t >= generator->until_ns || t > TIME_MOST)
				return;
			generator->arrival_ns = (uint64_t)t;
			generator->arrived++;
			return;
		}
		if (!next_phase(generator))
			return;
	}
}

void generator_first_arrival(struct generator *generator)
{
	generator->phase_at = 0;
	begin_phase(generator, generator->start_ns);
	generator_next_arrival(generator);
}

int generator_begin(struct generator *generator, const struct source *source)
{
	uint64_t seed = source->seed;

	generator->source = source;
	random_start(&generator->arrives, seed, generator->seed,
		     STREAM_ARRIVES);
	random_start(&generator->draws, seed, generator->seed, STREAM_DRAWS);
	random_start(&generator->lives, seed, generator->seed, STREAM_LIVES);
	return generator->kind->begin(generator);
}

void generator_release(struct generator *generator)
{
	live_release(&generator->live);
	free(generator->ring.item);
	generator->ring.item = NULL;
}

static uint64_t draw_end(struct generator *generator, uint64_t t_ns)
{
	const struct generator_phase *phase = generator_phase(generator);
	uint64_t life;

	if (!phase->lifetime)
		return TIME_NEVER;
	if (phase->kept && random_next(&generator->lives) >> 32 < phase->kept)
		return TIME_NEVER;
	life = distribution_draw(phase->lifetime, &generator->lives);
	return life < TIME_MOST - t_ns ? t_ns + life : TIME_NEVER;
}

static void stamp(const struct generator *generator, uint64_t t_ns,
		  uint64_t number, struct call *call)
{
	call->t_ns = t_ns;
	call->id = generator_id(generator, number);
	call->has |= CALL_HAS_ID;
	call->line = generator->place.line;
	call->column = (uint32_t)generator->place.column;
}

void generator_allocate(struct generator *generator, uint64_t t_ns,
			struct call *call, struct live_item *item)
{
	const struct generator_phase *phase = generator_phase(generator);

	call_template_draw(&phase->alloc, &generator->draws, call);
	stamp(generator, t_ns, ++generator->made, call);
	*item = (struct live_item){
		.t_ns = draw_end(generator, t_ns),
		.number = generator->made,
		.task = call->task,
		.cpu = call->cpu,
		.ctx = call->ctx,
		.can_sleep = call->has & CALL_CAN_SLEEP,
	};
	generator->last_ns = t_ns;
}

void generator_free(struct generator *generator, uint64_t t_ns,
		    const struct live_item *item, struct call *call)
{
	const struct free_caller *frees = &generator->frees;

	call_template_draw(&frees->template, &generator->lives, call);
	call->op = (uint8_t)generator->free_op;
	if (!(frees->said & FIELD_BIT(FIELD_CPU)))
		call->cpu = item->cpu;
	if (!(frees->said & FIELD_BIT(FIELD_TASK)))
		call->task = item->task;
	if (!(frees->said & FIELD_BIT(FIELD_CTX))) {
		call->ctx = item->ctx;
		if (!(frees->said & FIELD_BIT(FIELD_CAN_SLEEP)) &&
		    item->can_sleep)
			call->has |= CALL_CAN_SLEEP;
	}
	stamp(generator, t_ns, item->number, call);
	generator->last_ns = t_ns;
}
