/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * floor_events PENDING HOLDS: the least that a queue of events has to do
 * (events.h). A radix heap without checks: an event lies in the bucket of the
 * highest bit in which its time differs from that of the one last taken, and
 * the lowest bucket with any is dealt out when those of that time are through.
 */

#include "tests/bench/events.h"

struct pending {
	uint64_t t_ns;
	uint32_t kind;
	uint32_t argument;
};

struct bucket {
	struct pending *event;
	size_t nr, room;
};

static struct bucket bucket[65];
static size_t taken; /* of bucket 0 */
static uint64_t now_ns;
static uint64_t nonempty; /* bit b: bucket b + 1 */

static inline void put(struct pending event)
{
	uint64_t differs = event.t_ns ^ now_ns;
	unsigned int b = differs ? 64 - __builtin_clzll(differs) : 0;
	struct bucket *into = &bucket[b];

	if (into->nr == into->room) {
		into->room = into->room ? 2 * into->room : 16;
		into->event =
			realloc(into->event, into->room * sizeof(*into->event));
		if (!into->event)
			die("no memory");
	}
	into->event[into->nr++] = event;
	if (b)
		nonempty |= 1ull << (b - 1);
}

static inline struct pending take(void)
{
	if (taken == bucket[0].nr) {
		struct bucket *from = &bucket[__builtin_ctzll(nonempty) + 1];
		size_t nr = from->nr;

		nonempty &= nonempty - 1;
		taken = bucket[0].nr = 0;
		now_ns = from->event[0].t_ns;
		for (size_t i = 1; i < nr; i++)
			if (from->event[i].t_ns < now_ns)
				now_ns = from->event[i].t_ns;
		from->nr = 0;
		for (size_t i = 0; i < nr; i++)
			put(from->event[i]);
	}
	return bucket[0].event[taken++];
}

static void hold(uint64_t holds)
{
	for (uint64_t i = 0; i < holds; i++) {
		struct pending event = take();

		hold_handlers[event.kind](event.t_ns, event.argument);
		event.t_ns += hold_delay[i % NR_HOLD_DELAYS];
		put(event);
	}
}

int main(int argc, char **argv)
{
	uint64_t pending, holds;
	double begin;

	if (argc != 3)
		die("floor_events PENDING HOLDS");
	pending = to_number(argv[1]);
	holds = to_number(argv[2]);
	hold_init();
	for (uint64_t i = 0; i < pending; i++)
		put((struct pending){ hold_delay[i * 7919 % NR_HOLD_DELAYS],
				      i % NR_HOLD_KINDS, (uint32_t)i });
	hold(hold_warm(pending));
	begin = cpu_ns();
	hold(holds);
	print_result(cpu_ns() - begin, holds, 0, hold_sum);
	return 0;
}
