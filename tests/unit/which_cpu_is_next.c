/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In which order CPUs are rescheduled while nothing else happens: by time, and
 * of equal times as the rescheds were noted. Held against a list that is
 * searched from its beginning.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/queues/resched_list.h"

/* The rescheds, and as a plain list: in the order in which they come. */
struct fixture {
	struct resched_list list;
	struct simple {
		uint64_t t_ns;
		cpu_t cpu;
	} simple[RESCHED_LIST_MOST];
	size_t nr;
};

static void start(struct fixture *fixture)
{
	resched_list_init(&fixture->list);
	fixture->nr = 0;
}

/* Behind all that are not later. */
static void put_simple(struct fixture *fixture, uint64_t t_ns, cpu_t cpu)
{
	struct simple *simple = fixture->simple;
	size_t at = 0;

	while (at < fixture->nr && simple[at].t_ns <= t_ns)
		at++;
	memmove(&simple[at + 1], &simple[at],
		(fixture->nr - at) * sizeof *simple);
	simple[at] = (struct simple){ t_ns, cpu };
	fixture->nr++;
}

static void take_simple(struct fixture *fixture)
{
	fixture->nr--;
	memmove(fixture->simple, &fixture->simple[1],
		fixture->nr * sizeof *fixture->simple);
}

static void put(struct fixture *fixture, uint64_t t_ns, cpu_t cpu)
{
	resched_list_put(&fixture->list, resched_key(t_ns, cpu));
	put_simple(fixture, t_ns, cpu);
}

static void move(struct fixture *fixture, uint64_t t_ns)
{
	cpu_t cpu = fixture->simple[0].cpu;

	resched_list_move(&fixture->list, resched_key(t_ns, cpu));
	take_simple(fixture);
	put_simple(fixture, t_ns, cpu);
}

static void expect_next(const struct fixture *fixture)
{
	uint64_t key = resched_list_next(&fixture->list);

	assert_int_equal(fixture->list.nr, fixture->nr);
	if (!fixture->nr) {
		assert_true(key == UINT64_MAX);
		return;
	}
	assert_true(resched_key_time(key) == fixture->simple[0].t_ns);
	assert_int_equal(resched_key_cpu(key), fixture->simple[0].cpu);
}

static void take(struct fixture *fixture)
{
	expect_next(fixture);
	resched_list_take(&fixture->list);
	take_simple(fixture);
}

/* Expect: those of a time come as they were noted, whatever their CPUs are. */
static void equal_times_keep_their_order(void **state)
{
	struct fixture fixture;

	(void)state;
	start(&fixture);
	put(&fixture, 10, 3);
	put(&fixture, 10, MAX_CPUS - 1);
	put(&fixture, 10, 0);
	put(&fixture, 5, 2);
	move(&fixture, 10);
	while (fixture.nr)
		take(&fixture);
	expect_next(&fixture);
}

/* Expect: a resched is put off behind as many as are not later. */
static void a_resched_is_put_off_behind_any(void **state)
{
	struct fixture fixture;

	(void)state;
	for (size_t passed = 0; passed < RESCHED_LIST_MOST / 2; passed++) {
		start(&fixture);
		put(&fixture, 1, 7);
		for (cpu_t i = 0; i < RESCHED_LIST_MOST - 2; i++)
			put(&fixture, 10 + i / 2, i);
		move(&fixture, 10 + passed);
		while (fixture.nr)
			take(&fixture);
	}
}

/* Expect: as with the list that is searched. */
static void many_rescheds_come_in_their_order(void **state)
{
	uint64_t random = 88172645463325252;
	uint64_t now_ns = 0;
	struct fixture fixture;

	(void)state;
	start(&fixture);
	for (int i = 0; i < 100000; i++) {
		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		expect_next(&fixture);
		if (fixture.nr)
			now_ns = fixture.simple[0].t_ns;
		if (random % 8 < 2 && fixture.nr < RESCHED_LIST_MOST)
			put(&fixture, now_ns + (random >> 8) % 7,
			    (random >> 16) % 4);
		else if (random % 8 < 6 && fixture.nr)
			move(&fixture, now_ns + (random >> 8) % 7);
		else if (fixture.nr)
			take(&fixture);
	}
}

/*
 * Expect: rescheds that are all that is due by their time are taken if they are
 * the same, and only then.
 */
static void only_the_same_resched_is_taken(void **state)
{
	struct resched_list list;

	(void)state;
	resched_list_init(&list);
	resched_list_put(&list, resched_key(20, 1));
	resched_list_put(&list, resched_key(10, 3));
	assert_true(resched_list_is_only(&list));
	resched_list_put_first(&list, resched_key(10, 3));
	assert_false(resched_list_is_only(&list));
	assert_false(resched_list_take_only(&list, resched_key(10, 2)));
	assert_true(resched_list_take_only(&list, resched_key(10, 3)));
	assert_int_equal(list.nr, 1);
	resched_list_put(&list, resched_key(10, 3));
	resched_list_put(&list, resched_key(10, 2));
	assert_false(resched_list_take_only(&list, resched_key(10, 3)));
	assert_int_equal(list.nr, 3);
}

/* Expect: all at a time or before, none later; and none that is none. */
static void rescheds_are_compared_with_any_time(void **state)
{
	struct resched_list list;

	(void)state;
	resched_list_init(&list);
	assert_true(resched_list_next(&list) > resched_key_until(UINT64_MAX));
	assert_true(resched_key(10, MAX_CPUS - 1) <= resched_key_until(10));
	assert_true(resched_key(11, 0) > resched_key_until(10));
	assert_true(resched_key(RESCHED_END_NS - 1, MAX_CPUS - 1) <=
		    resched_key_until(RESCHED_END_NS));
	assert_true(resched_key_time(resched_key(RESCHED_END_NS - 1, 1)) ==
		    RESCHED_END_NS - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_times_keep_their_order),
		cmocka_unit_test(a_resched_is_put_off_behind_any),
		cmocka_unit_test(many_rescheds_come_in_their_order),
		cmocka_unit_test(only_the_same_resched_is_taken),
		cmocka_unit_test(rescheds_are_compared_with_any_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
