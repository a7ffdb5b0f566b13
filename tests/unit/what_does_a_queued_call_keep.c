/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A call that waits in a CPU's queue leaves it as it came, in its turn, however
 * many wait with it, and whether or not it has more than most calls have.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/queues/call_queue.h"

/* Every byte of a kmalloc's head is something else, and none behind it. */
static struct call plain(uint64_t n)
{
	struct call call;

	memset(&call, 0, sizeof call);
	for (size_t i = 0; i < CALL_REST; i++)
		((unsigned char *)&call)[i] = (unsigned char)(n * 7 + i);
	call.op = OP_KMALLOC;
	return call;
}

/* The n-th of a test's; each third has a field behind its head. */
static struct call nth(uint64_t n)
{
	struct call call = plain(n);

	if (n % 3 == 0)
		call.recorded_vaddr = n + 1;
	if (n % 9 == 0)
		call.cache = 7;
	return call;
}

static struct queue_before before_of(uint64_t n)
{
	struct queue_before before = { .id = queue_place_of(3, n + 1) };

	if (n % 5 == 0)
		before.name = queue_place_of(4, n + 2);
	return before;
}

static void append(struct call_queue *queue, uint64_t n)
{
	struct call call = nth(n);

	assert_int_equal(call_queue_append(queue, &call, n, before_of(n)), 0);
}

static void expect_taken(struct call_queue *queue, uint64_t n)
{
	struct queue_before before = call_queue_before(queue);
	struct queue_before expected = before_of(n);
	struct call call = nth(n);
	struct call taken;

	assert_memory_equal(queued_head(call_queue_first(queue)), &call,
			    CALL_HEAD);
	assert_true(before.id == expected.id);
	assert_true(before.name == expected.name);
	assert_true(call_queue_first(queue)->number.seq == n);
	call_queue_copy(queue, &taken);
	call_queue_drop(queue);
	assert_memory_equal(&taken, &call, sizeof call);
}

/* Expect: all as they came, while some leave and ever more come. */
static void calls_leave_as_they_came(void **state)
{
	struct call_queue queue = { .nr = 0 };
	uint64_t in = 0;
	uint64_t out = 0;

	(void)state;
	for (int round = 0; round < 1000; round++) {
		for (int i = 0; i < 5; i++)
			append(&queue, in++);
		for (int i = 0; i < 3; i++)
			expect_taken(&queue, out++);
		assert_true(queue.nr == in - out);
	}
	while (queue.nr)
		expect_taken(&queue, out++);
	assert_true(out == in);
	call_queue_release(&queue);
}

/* Expect: who waits for more than for an id is found by its `has_rest`. */
static void who_must_be_asked_more_is_marked(void **state)
{
	const uint8_t ops[] = { OP_SAMPLE, OP_CACHE_DESTROY, OP_MEMPOOL_DESTROY,
				OP_CACHE_CREATE, OP_KFREE };
	struct call_queue queue = { .nr = 0 };
	struct queue_before nobody = { .id = QUEUE_NOBODY };

	(void)state;
	for (size_t i = 0; i < sizeof ops; i++) {
		struct call call = { .op = ops[i] };

		assert_int_equal(call_queue_append(&queue, &call, i, nobody),
				 0);
	}
	for (size_t i = 0; i < sizeof ops; i++) {
		assert_int_equal(call_queue_first(&queue)->number.has_rest,
				 i < 3);
		assert_int_equal(queued_head(call_queue_first(&queue))->op,
				 ops[i]);
		call_queue_drop(&queue);
	}
	call_queue_release(&queue);
}

/* Expect: nothing is set up for what no call has. */
static void the_rest_costs_nothing_until_needed(void **state)
{
	struct call_queue queue = { .nr = 0 };
	struct queue_before nobody = { .id = QUEUE_NOBODY };
	struct call call = plain(1);

	(void)state;
	for (uint64_t n = 0; n < 100; n++)
		assert_int_equal(call_queue_append(&queue, &call, n, nobody),
				 0);
	assert_null(queue.rest);
	call.page = 1;
	assert_int_equal(call_queue_append(&queue, &call, 100, nobody), 0);
	assert_non_null(queue.rest);
	call_queue_release(&queue);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_leave_as_they_came),
		cmocka_unit_test(who_must_be_asked_more_is_marked),
		cmocka_unit_test(the_rest_costs_nothing_until_needed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
