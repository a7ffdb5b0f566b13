/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The commonest kind of generator: requests come, and what they got lives for a
 * while and is freed.
 *
 *	arrivals   A1   A2      A3  A4            a free at the same time as an
 *	lives       |----|------|---|---> F1       arrival comes first
 *	                 |------|-> F2
 *
 * The rules at the limits: with max_live of them live, a request is passed
 * over, or the one that would be freed next is freed first (when_full:
 * replace). Behind `until` nothing is allocated; what is live then is freed
 * when its time comes, at once, or not at all (at_end).
 *
 * Left out: feedback. Whether an allocation succeeded is not known here, and
 * the run skips the free of one that failed.
 */
#include "workloads/generators/generator.h"

/* When the next free is due. */
static uint64_t next_free(const struct generator *generator)
{
	uint64_t t_ns = live_next(&generator->live);
	uint64_t end_ns = generator->until_ns != TIME_NEVER ?
				  generator->until_ns :
				  generator->last_ns;

	if (generator->arrival_ns != TIME_NEVER || t_ns <= end_ns)
		return t_ns;
	switch (generator->at_end) {
	case END_FREE:
		return generator->live.nr ? end_ns : TIME_NEVER;
	case END_KEEP:
		return TIME_NEVER;
	case END_EXPIRE:
		break;
	}
	return t_ns;
}

static bool is_full(const struct generator *generator)
{
	return generator->live.nr + generator->nr_forever >=
	       generator->max_live;
}

static void plan(struct generator *generator)
{
	uint64_t free_ns = next_free(generator);

	/* What will never be freed leaves no room ever. */
	if (is_full(generator) && generator->when_full == FULL_SKIP &&
	    live_next(&generator->live) == TIME_NEVER)
		generator->arrival_ns = TIME_NEVER;
	/* One that nobody will read need not be passed over. */
	while (generator->when_full == FULL_SKIP && is_full(generator) &&
	       generator->arrival_ns < free_ns &&
	       !generator_is_unread(generator, generator->arrival_ns))
		generator_next_arrival(generator);
	free_ns = next_free(generator);
	generator->next_ns = free_ns <= generator->arrival_ns ?
				     free_ns :
				     generator->arrival_ns;
}

static int begin_stream(struct generator *generator)
{
	generator_first_arrival(generator);
	plan(generator);
	return 0;
}

static int allocate(struct generator *generator, struct call *call)
{
	struct live_item item;

	generator_allocate(generator, generator->arrival_ns, call, &item);
	generator_next_arrival(generator);
	if (item.t_ns != TIME_NEVER || generator->at_end == END_FREE ||
	    generator->when_full == FULL_REPLACE)
		return live_add(&generator->live, &item);
	generator->nr_forever++;
	return 0;
}

static int emit_stream(struct generator *generator, struct call *call)
{
	uint64_t t_ns = generator->next_ns;
	struct live_item item;
	int err = 0;

	if (t_ns != generator->arrival_ns ||
	    live_next(&generator->live) <= t_ns || is_full(generator)) {
		item = live_take(&generator->live, &generator->lives);
		generator_free(generator, t_ns, &item, call);
	} else {
		err = allocate(generator, call);
	}
	plan(generator);
	return err;
}

static const char *const no_keys[] = { NULL };

static bool read_stream(struct spec *spec, const struct node *node,
			struct generator *generator)
{
	(void)spec;
	(void)node;
	(void)generator;
	return true;
}

const struct generator_kind stream_kind = {
	.name = "stream",
	.keys = no_keys,
	.op = NR_CALL_OPS,
	.arrives = true,
	.read = read_stream,
	.begin = begin_stream,
	.emit = emit_stream,
};
