/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whom a call in a CPU's queue must wait for: the last one that queues and
 * speaks of the same. Held against a list of all who wait, searched through.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sim/queues/queue_order.h"

#define CPUS 4
#define MOST_WAITING 4096

static struct call numbered(uint64_t id)
{
	return (struct call){ .op = OP_KMALLOC, .id = id, .has = CALL_HAS_ID };
}

static struct call of_cache(enum call_op op, uint32_t name)
{
	return (struct call){ .op = op, .name = name };
}

/* CPUs' queues, and all who wait in them, in the order of their coming. */
struct fixture {
	struct queue_order order;
	uint64_t nr_entered[CPUS];
	struct call waits[MOST_WAITING];
	queue_place place[MOST_WAITING];
	size_t nr;
};

static void start(struct fixture *fixture, uint32_t nr_cpus)
{
	*fixture = (struct fixture){ .nr = 0 };
	assert_int_equal(queue_order_init(&fixture->order, nr_cpus), 0);
}

static void enter(struct fixture *fixture, struct call call, cpu_t cpu)
{
	queue_place place = queue_place_of(cpu, ++fixture->nr_entered[cpu]);

	assert_int_equal(queue_order_enter(&fixture->order, &call, place), 0);
	assert_true(fixture->nr < MOST_WAITING);
	fixture->waits[fixture->nr] = call;
	fixture->place[fixture->nr++] = place;
}

/* The first of the CPU's queue, if there is one. */
static void leave(struct fixture *fixture, cpu_t cpu)
{
	size_t i = 0;

	while (i < fixture->nr && fixture->place[i] >> QUEUE_PLACE_BITS != cpu)
		i++;
	if (i == fixture->nr)
		return;
	fixture->order.nr_changers -= id_key_is_changed(&fixture->waits[i]);
	queue_order_leave_unchanged(&fixture->order, cpu);
	for (fixture->nr--; i < fixture->nr; i++) {
		fixture->waits[i] = fixture->waits[i + 1];
		fixture->place[i] = fixture->place[i + 1];
	}
}

static bool must_wait(const struct fixture *fixture, struct call call)
{
	struct queue_before before = queue_order_before(&fixture->order, &call);

	return queue_order_must_wait(&fixture->order, &before);
}

/* Expect: nobody, while no call queues. */
static void an_empty_queue_keeps_nobody(void **state)
{
	struct fixture fixture;

	(void)state;
	start(&fixture, CPUS);
	assert_false(must_wait(&fixture, numbered(0)));
	assert_false(must_wait(&fixture, numbered(7)));
	queue_order_release(&fixture.order);
}

/* Expect: its id alone, until it has left; 0 is an id as others are. */
static void a_call_waits_for_the_same_id(void **state)
{
	struct call named = numbered(7);
	struct fixture fixture;

	(void)state;
	named.has = CALL_HAS_NAMED_ID;
	start(&fixture, CPUS);
	enter(&fixture, numbered(7), 0);
	assert_true(must_wait(&fixture, numbered(7)));
	assert_false(must_wait(&fixture, numbered(0)));
	assert_false(must_wait(&fixture, numbered(8)));
	assert_false(must_wait(&fixture, named));
	enter(&fixture, numbered(0), 1);
	assert_true(must_wait(&fixture, numbered(0)));
	leave(&fixture, 0);
	assert_false(must_wait(&fixture, numbered(7)));
	assert_true(must_wait(&fixture, numbered(0)));
	leave(&fixture, 1);
	assert_false(must_wait(&fixture, numbered(0)));
	queue_order_release(&fixture.order);
}

/*
 * Small ids lie in a table that grows with the largest; others in a hash.
 * Expect: who waits is known still when it has grown.
 */
static void a_larger_id_makes_none_forgotten(void **state)
{
	struct fixture fixture;

	(void)state;
	start(&fixture, CPUS);
	enter(&fixture, numbered(7), 0);
	enter(&fixture, numbered(QUEUE_ORDER_SMALL - 1), 1);
	enter(&fixture, numbered(QUEUE_ORDER_SMALL), 2);
	assert_true(must_wait(&fixture, numbered(7)));
	assert_true(must_wait(&fixture, numbered(QUEUE_ORDER_SMALL - 1)));
	assert_true(must_wait(&fixture, numbered(QUEUE_ORDER_SMALL)));
	assert_false(must_wait(&fixture, numbered(QUEUE_ORDER_SMALL - 2)));
	leave(&fixture, 0);
	assert_false(must_wait(&fixture, numbered(7)));
	queue_order_release(&fixture.order);
}

/* Expect: the last one, on whichever CPU it is; others there do not count. */
static void the_last_of_an_id_counts(void **state)
{
	struct fixture fixture;

	(void)state;
	start(&fixture, CPUS);
	enter(&fixture, numbered(7), 0);
	enter(&fixture, numbered(1), 1);
	enter(&fixture, numbered(7), 1);
	enter(&fixture, numbered(2), 1);
	leave(&fixture, 0);
	leave(&fixture, 1);
	assert_true(must_wait(&fixture, numbered(7)));
	leave(&fixture, 1);
	assert_false(must_wait(&fixture, numbered(7)));
	assert_true(must_wait(&fixture, numbered(2)));
	queue_order_release(&fixture.order);
}

/* Expect: users wait for who makes a cache or takes it down, not for users. */
static void users_wait_for_changers_of_a_name(void **state)
{
	struct fixture fixture;

	(void)state;
	start(&fixture, CPUS);
	enter(&fixture, of_cache(OP_CACHE_ALLOC, 3), 0);
	assert_false(must_wait(&fixture, of_cache(OP_CACHE_DESTROY, 3)));
	enter(&fixture, of_cache(OP_CACHE_DESTROY, 3), 1);
	assert_true(must_wait(&fixture, of_cache(OP_CACHE_ALLOC, 3)));
	assert_true(must_wait(&fixture, of_cache(OP_CACHE_CREATE, 3)));
	assert_false(must_wait(&fixture, of_cache(OP_CACHE_ALLOC, 4)));
	assert_false(must_wait(&fixture, numbered(3)));
	leave(&fixture, 1);
	assert_false(must_wait(&fixture, of_cache(OP_CACHE_ALLOC, 3)));
	queue_order_release(&fixture.order);
}

/* Expect: nobody could overtake with one CPU: nothing is looked up. */
static void one_cpu_needs_no_order(void **state)
{
	struct fixture fixture;

	(void)state;
	start(&fixture, 1);
	enter(&fixture, numbered(7), 0);
	assert_false(must_wait(&fixture, numbered(7)));
	assert_int_equal(fixture.order.nr_waiting, 1);
	leave(&fixture, 0);
	assert_int_equal(fixture.order.nr_waiting, 0);
	queue_order_release(&fixture.order);
}

/* Expect: it is told when the one that is waited for has left, not before. */
static void who_is_wanted_is_told_of(void **state)
{
	struct fixture fixture;
	struct queue_before before;

	(void)state;
	start(&fixture, CPUS);
	enter(&fixture, numbered(1), 2);
	enter(&fixture, numbered(7), 2);
	enter(&fixture, numbered(7), 1);
	before = queue_order_before(&fixture.order, &fixture.waits[1]);
	before.name = queue_place_of(2, 2);
	queue_order_want(&fixture.order, 1, &before);
	leave(&fixture, 2);
	assert_false(fixture.order.wanted_left);
	leave(&fixture, 2);
	assert_true(fixture.order.wanted_left);
	queue_order_want_none(&fixture.order);
	leave(&fixture, 1);
	assert_false(fixture.order.wanted_left);
	queue_order_release(&fixture.order);
}

/* The CPU's first waits for whom it must by its id. */
static void hold(struct fixture *fixture, cpu_t cpu, uint64_t id)
{
	struct call call = numbered(id);
	struct queue_before before = queue_order_before(&fixture->order, &call);

	enter(fixture, call, cpu);
	queue_order_want(&fixture->order, cpu, &before);
}

/*
 * Expect: of three who wait for calls in the same queue, each one is told of
 * when its own has left, in the order of that queue; else nobody is.
 */
static void who_waits_for_it_is_found(void **state)
{
	struct fixture fixture;
	cpu_t waiter = CPUS;

	(void)state;
	start(&fixture, CPUS);
	for (uint64_t id = 1; id <= 4; id++)
		enter(&fixture, numbered(id), 2);
	hold(&fixture, 3, 4);
	hold(&fixture, 0, 1);
	hold(&fixture, 1, 2);
	leave(&fixture, 2);
	assert_true(fixture.order.wanted_left);
	assert_true(queue_order_take_waiter(&fixture.order, 2, &waiter));
	assert_int_equal(waiter, 0);
	assert_false(fixture.order.wanted_left);
	leave(&fixture, 2);
	assert_true(queue_order_take_waiter(&fixture.order, 2, &waiter));
	assert_int_equal(waiter, 1);
	leave(&fixture, 2);
	assert_false(fixture.order.wanted_left);
	assert_false(queue_order_take_waiter(&fixture.order, 2, &waiter));
	leave(&fixture, 2);
	assert_true(fixture.order.wanted_left);
	assert_true(queue_order_take_waiter(&fixture.order, 2, &waiter));
	assert_int_equal(waiter, 3);
	leave(&fixture, 0);
	assert_false(fixture.order.wanted_left);
	queue_order_release(&fixture.order);
}

/* ---- against a search through all who wait ---- */

static uint64_t draw(uint64_t *random)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return *random;
}

static bool has_same_id(const struct fixture *fixture, uint64_t id)
{
	for (size_t i = 0; i < fixture->nr; i++)
		if (fixture->waits[i].id == id)
			return true;
	return false;
}

/* Of 4096 ids, each `step` from the next, up to `most` calls wait. */
static void expect_as_searched(uint64_t step, size_t most, uint64_t seed)
{
	static struct fixture fixture;
	uint64_t random = seed;

	start(&fixture, CPUS);
	for (int i = 0; i < 20000; i++) {
		uint64_t id = draw(&random) % 4096 * step;

		assert_int_equal(must_wait(&fixture, numbered(id)),
				 has_same_id(&fixture, id));
		enter(&fixture, numbered(id), draw(&random) % CPUS);
		while (fixture.nr && draw(&random) % (2 * most) < fixture.nr)
			leave(&fixture, draw(&random) % CPUS);
		assert_int_equal(fixture.order.nr_waiting, fixture.nr);
	}
	queue_order_release(&fixture.order);
}

/*
 * Expect: the same, whether ids are small or not (QUEUE_ORDER_SMALL lies within
 * the second of these), follow each other or lie apart, or all belong
 * into one line of the table, as the last ones do: they are multiples of what
 * their scatter leaves in the lowest bits alone.
 */
static void the_table_finds_what_a_search_does(void **state)
{
	uint64_t inverse = GOLDEN_RATIO;

	(void)state;
	/* Each round doubles the bits that are right. */
	for (int i = 0; i < 6; i++)
		inverse *= 2 - GOLDEN_RATIO * inverse;
	assert_true(inverse * GOLDEN_RATIO == 1);
	for (size_t most = 2; most <= 512; most *= 4) {
		expect_as_searched(1, most, 88172645463325252 + most);
		expect_as_searched(4096, most, 88172645463325252 + most);
		expect_as_searched(1ull << 52, most, 88172645463325252 + most);
		expect_as_searched(inverse, most, 88172645463325252 + most);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_queue_keeps_nobody),
		cmocka_unit_test(a_call_waits_for_the_same_id),
		cmocka_unit_test(a_larger_id_makes_none_forgotten),
		cmocka_unit_test(the_last_of_an_id_counts),
		cmocka_unit_test(users_wait_for_changers_of_a_name),
		cmocka_unit_test(one_cpu_needs_no_order),
		cmocka_unit_test(who_is_wanted_is_told_of),
		cmocka_unit_test(who_waits_for_it_is_found),
		cmocka_unit_test(the_table_finds_what_a_search_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
