/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * event_loop PENDING HOLDS: what the engine's queue of events takes, for what
 * floor_events does.
 */

#include "sim/queues/event_queue.h"
#include "tests/bench/events.h"

static void push(struct event_queue *queue, struct event event)
{
	if (event_queue_push(queue, event) < 0)
		die("no memory");
}

static void hold(struct event_queue *queue, uint64_t holds)
{
	struct event event;

	for (uint64_t i = 0; i < holds; i++) {
		if (event_queue_pop(queue, &event) < 0)
			die("no memory");
		hold_handlers[event.kind](event.t_ns, event.argument);
		event.t_ns += hold_delay[i % NR_HOLD_DELAYS];
		push(queue, event);
	}
}

int main(int argc, char **argv)
{
	struct event_queue queue = { .nr = 0 };
	uint64_t pending, holds;
	double begin, ns;

	if (argc != 3)
		die("event_loop PENDING HOLDS");
	pending = to_number(argv[1]);
	holds = to_number(argv[2]);
	hold_init();
	for (uint64_t i = 0; i < pending; i++)
		push(&queue,
		     (struct event){ hold_delay[i * 7919 % NR_HOLD_DELAYS],
				     i % NR_HOLD_KINDS, (uint32_t)i });
	hold(&queue, hold_warm(pending));
	begin = cpu_ns();
	hold(&queue, holds);
	ns = cpu_ns() - begin;
	event_queue_release(&queue);
	print_result(ns, holds, 0, hold_sum);
	return 0;
}
