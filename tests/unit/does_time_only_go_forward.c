/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In which order events come out of the queue: by time, and of equal times
 * as they were put in. Held against a list that is sorted the plain way.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sim/queues/event_queue.h"

#define MOST_EVENTS 20000
#define MANY_NEAR 12

static void push(struct event_queue *queue, uint64_t t_ns, uint32_t argument)
{
	struct event event = { t_ns, 7, argument };

	assert_int_equal(event_queue_push(queue, event), 0);
}

static void expect_next(struct event_queue *queue, uint64_t t_ns,
			uint32_t argument)
{
	struct event event;

	assert_true(event_queue_is_due(queue, t_ns));
	if (t_ns)
		assert_false(event_queue_is_due(queue, t_ns - 1));
	assert_int_equal(event_queue_pop(queue, &event), 0);
	assert_int_equal(event.t_ns, t_ns);
	assert_int_equal(event.argument, argument);
	assert_int_equal(event.kind, 7);
}

static void an_empty_queue_has_nothing_due(void **state)
{
	struct event_queue queue = { .nr = 0 };

	(void)state;
	assert_false(event_queue_is_due(&queue, UINT64_MAX));
	push(&queue, 5, 0);
	expect_next(&queue, 5, 0);
	assert_false(event_queue_is_due(&queue, UINT64_MAX));
	event_queue_release(&queue);
}

static void the_earliest_comes_first(void **state)
{
	struct event_queue queue = { .nr = 0 };

	(void)state;
	push(&queue, 30, 1);
	push(&queue, 10, 2);
	push(&queue, 20, 3);
	expect_next(&queue, 10, 2);
	expect_next(&queue, 20, 3);
	expect_next(&queue, 30, 1);
	event_queue_release(&queue);
}

/* Expect: first put in, first out, also when put in at different moments. */
static void equal_times_keep_their_order(void **state)
{
	struct event_queue queue = { .nr = 0 };

	(void)state;
	push(&queue, 100, 1);
	push(&queue, 64, 2);
	push(&queue, 100, 3);
	expect_next(&queue, 64, 2);
	push(&queue, 100, 4);
	push(&queue, 96, 5);
	expect_next(&queue, 96, 5);
	push(&queue, 100, 6);
	expect_next(&queue, 100, 1);
	push(&queue, 100, 7);
	expect_next(&queue, 100, 3);
	expect_next(&queue, 100, 4);
	expect_next(&queue, 100, 6);
	expect_next(&queue, 100, 7);
	event_queue_release(&queue);
}

/* Expect: what is put in for the present moment comes before the future. */
static void now_comes_before_later(void **state)
{
	struct event_queue queue = { .nr = 0 };

	(void)state;
	push(&queue, 10, 1);
	push(&queue, 11, 2);
	expect_next(&queue, 10, 1);
	push(&queue, 10, 3);
	expect_next(&queue, 10, 3);
	expect_next(&queue, 11, 2);
	event_queue_release(&queue);
}

/*
 * Expect: up to the first event of another kind, or one that is far off, all
 * are of the kind.
 */
static void up_to_one_of_another_kind(void **state)
{
	struct event_queue queue = { .nr = 0 };

	(void)state;
	assert_true(event_queue_only_until(&queue, 7) == UINT64_MAX);
	push(&queue, 10, 1);
	push(&queue, 20, 2);
	assert_true(event_queue_only_until(&queue, 7) == UINT64_MAX);
	assert_true(event_queue_only_until(&queue, 8) == 10);
	assert_int_equal(event_queue_push(&queue, (struct event){ 50, 8, 4 }),
			 0);
	assert_true(event_queue_only_until(&queue, 7) == 50);
	expect_next(&queue, 10, 1);
	expect_next(&queue, 20, 2);
	event_queue_release(&queue);
}

/* Expect: a list that is full leaves the rest to the heap. */
static void far_events_are_none_that_come_next(void **state)
{
	struct event_queue queue = { .nr = 0 };
	uint64_t until_ns;

	(void)state;
	for (uint32_t i = 0; i < 2 * EVENTS_NEAR; i++)
		push(&queue, 100 + i, i);
	until_ns = event_queue_only_until(&queue, 7);
	assert_true(until_ns > 100 && until_ns < 100 + 2 * EVENTS_NEAR);
	for (uint32_t i = 0; 100 + i < until_ns; i++) {
		assert_int_equal(event_queue_nearest(&queue)->argument, i);
		expect_next(&queue, 100 + i, i);
	}
	event_queue_release(&queue);
}

/* Expect: the whole range of 64 bits. */
static void time_ends_at_64_bits(void **state)
{
	struct event_queue queue = { .nr = 0 };

	(void)state;
	push(&queue, UINT64_MAX, 1);
	push(&queue, 0, 2);
	push(&queue, 1ull << 63, 3);
	push(&queue, UINT64_MAX - 1, 4);
	expect_next(&queue, 0, 2);
	expect_next(&queue, 1ull << 63, 3);
	expect_next(&queue, UINT64_MAX - 1, 4);
	expect_next(&queue, UINT64_MAX, 1);
	push(&queue, UINT64_MAX, 5);
	expect_next(&queue, UINT64_MAX, 5);
	event_queue_release(&queue);
}

/*
 * Expect: more equal times than stand in the short list before the heap stay
 * in their order, with earlier ones coming in when the list is full of them.
 */
static void many_equal_times_keep_their_order(void **state)
{
	struct event_queue queue = { .nr = 0 };
	uint32_t many = 3 * EVENTS_NEAR;

	(void)state;
	for (uint32_t i = 0; i < many; i++)
		push(&queue, 1000, i);
	for (uint32_t i = 0; i < many; i++)
		push(&queue, 500 - i / 2, many + i);
	for (uint32_t i = 0; i < many; i++)
		push(&queue, 1000, 2 * many + i);
	for (uint32_t i = many; i > 0; i -= 2) {
		expect_next(&queue, 500 - (i - 1) / 2, many + i - 2);
		expect_next(&queue, 500 - (i - 1) / 2, many + i - 1);
	}
	for (uint32_t i = 0; i < many; i++)
		expect_next(&queue, 1000, i);
	for (uint32_t i = 0; i < many; i++)
		expect_next(&queue, 1000, 2 * many + i);
	event_queue_release(&queue);
}

/* ---- against a sorted list ---- */

struct reference {
	struct event event[MOST_EVENTS];
	size_t nr;
	size_t taken;
};

/* Behind all that are not later: the plain way. */
static void insert(struct reference *reference, struct event event)
{
	size_t i = reference->nr++;

	assert_true(i < MOST_EVENTS);
	while (i > reference->taken &&
	       reference->event[i - 1].t_ns > event.t_ns) {
		reference->event[i] = reference->event[i - 1];
		i--;
	}
	reference->event[i] = event;
}

static uint64_t draw(uint64_t *random)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return *random;
}

/*
 * Times up to 2^bits ahead: few bits make many equal times. On the average
 * `most` are in the queue.
 */
static void expect_as_sorted(unsigned int bits, size_t most, uint64_t seed)
{
	static struct reference reference;
	struct event_queue queue = { .nr = 0 };
	uint64_t random = seed;
	uint64_t now = 0;

	reference.nr = reference.taken = 0;
	for (uint32_t i = 0; i < MOST_EVENTS; i++) {
		uint64_t ahead = draw(&random) >> (64 - bits);
		struct event event = { now + ahead, 7, i };

		insert(&reference, event);
		push(&queue, event.t_ns, event.argument);
		while (queue.nr && draw(&random) % (2 * most) < queue.nr) {
			event = reference.event[reference.taken++];
			expect_next(&queue, event.t_ns, event.argument);
			now = event.t_ns;
		}
	}
	while (reference.taken < reference.nr) {
		struct event event = reference.event[reference.taken++];

		expect_next(&queue, event.t_ns, event.argument);
	}
	assert_int_equal(queue.nr, 0);
	event_queue_release(&queue);
}

static void random_events_come_sorted(void **state)
{
	(void)state;
	for (unsigned int bits = 1; bits <= 40; bits += 3)
		for (size_t most = 8; most <= 512; most *= 2)
			expect_as_sorted(bits, most, 88172645463325252 + bits);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_queue_has_nothing_due),
		cmocka_unit_test(the_earliest_comes_first),
		cmocka_unit_test(equal_times_keep_their_order),
		cmocka_unit_test(many_equal_times_keep_their_order),
		cmocka_unit_test(now_comes_before_later),
		cmocka_unit_test(time_ends_at_64_bits),
		cmocka_unit_test(up_to_one_of_another_kind),
		cmocka_unit_test(far_events_are_none_that_come_next),
		cmocka_unit_test(random_events_come_sorted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
