/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In which order CPUs are looked at while nothing else happens: by time, and of
 * equal times as the looks were noted. Held against a list that is searched
 * from its beginning.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/looks.h"

/* The looks, and in plain: in the order in which they come. */
struct fixture {
	struct looks looks;
	struct plain_look {
		uint64_t t_ns;
		cpu_t cpu;
	} plain[LOOKS_MOST];
	size_t nr;
};

static void start(struct fixture *fixture)
{
	looks_begin(&fixture->looks);
	fixture->nr = 0;
}

/* Behind all that are not later. */
static void put_plain(struct fixture *fixture, uint64_t t_ns, cpu_t cpu)
{
	struct plain_look *plain = fixture->plain;
	size_t at = 0;

	while (at < fixture->nr && plain[at].t_ns <= t_ns)
		at++;
	memmove(&plain[at + 1], &plain[at], (fixture->nr - at) * sizeof *plain);
	plain[at] = (struct plain_look){ t_ns, cpu };
	fixture->nr++;
}

static void take_plain(struct fixture *fixture)
{
	fixture->nr--;
	memmove(fixture->plain, &fixture->plain[1],
		fixture->nr * sizeof *fixture->plain);
}

static void put(struct fixture *fixture, uint64_t t_ns, cpu_t cpu)
{
	looks_put(&fixture->looks, look_of(t_ns, cpu));
	put_plain(fixture, t_ns, cpu);
}

static void move(struct fixture *fixture, uint64_t t_ns)
{
	cpu_t cpu = fixture->plain[0].cpu;

	looks_move(&fixture->looks, look_of(t_ns, cpu));
	take_plain(fixture);
	put_plain(fixture, t_ns, cpu);
}

static void expect_next(const struct fixture *fixture)
{
	uint64_t look = looks_next(&fixture->looks);

	assert_int_equal(fixture->looks.nr, fixture->nr);
	if (!fixture->nr) {
		assert_true(look == UINT64_MAX);
		return;
	}
	assert_true(look_time(look) == fixture->plain[0].t_ns);
	assert_int_equal(look_cpu(look), fixture->plain[0].cpu);
}

static void take(struct fixture *fixture)
{
	expect_next(fixture);
	looks_take(&fixture->looks);
	take_plain(fixture);
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

/* Expect: a look is put off behind as many as are not later. */
static void a_look_is_put_off_behind_any(void **state)
{
	struct fixture fixture;

	(void)state;
	for (size_t passed = 0; passed < LOOKS_MOST / 2; passed++) {
		start(&fixture);
		put(&fixture, 1, 7);
		for (cpu_t i = 0; i < LOOKS_MOST - 2; i++)
			put(&fixture, 10 + i / 2, i);
		move(&fixture, 10 + passed);
		while (fixture.nr)
			take(&fixture);
	}
}

/* Expect: as with the list that is searched. */
static void many_looks_come_in_their_order(void **state)
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
			now_ns = fixture.plain[0].t_ns;
		if (random % 8 < 2 && fixture.nr < LOOKS_MOST)
			put(&fixture, now_ns + (random >> 8) % 7,
			    (random >> 16) % 4);
		else if (random % 8 < 6 && fixture.nr)
			move(&fixture, now_ns + (random >> 8) % 7);
		else if (fixture.nr)
			take(&fixture);
	}
}

/*
 * Expect: looks that are all that is due by their time are taken if they are
 * the same, and only then.
 */
static void only_the_same_look_is_taken(void **state)
{
	struct looks looks;

	(void)state;
	looks_begin(&looks);
	looks_put(&looks, look_of(20, 1));
	looks_put(&looks, look_of(10, 3));
	assert_true(looks_is_only(&looks));
	looks_put_first(&looks, look_of(10, 3));
	assert_false(looks_is_only(&looks));
	assert_false(looks_take_only(&looks, look_of(10, 2)));
	assert_true(looks_take_only(&looks, look_of(10, 3)));
	assert_int_equal(looks.nr, 1);
	looks_put(&looks, look_of(10, 3));
	looks_put(&looks, look_of(10, 2));
	assert_false(looks_take_only(&looks, look_of(10, 3)));
	assert_int_equal(looks.nr, 3);
}

/* Expect: all looks at a time or before, none later; and none that is none. */
static void looks_are_compared_with_any_time(void **state)
{
	struct looks looks;

	(void)state;
	looks_begin(&looks);
	assert_true(looks_next(&looks) > looks_until(UINT64_MAX));
	assert_true(look_of(10, MAX_CPUS - 1) <= looks_until(10));
	assert_true(look_of(11, 0) > looks_until(10));
	assert_true(look_of(LOOKS_END - 1, MAX_CPUS - 1) <=
		    looks_until(LOOKS_END));
	assert_true(look_time(look_of(LOOKS_END - 1, 1)) == LOOKS_END - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_times_keep_their_order),
		cmocka_unit_test(a_look_is_put_off_behind_any),
		cmocka_unit_test(many_looks_come_in_their_order),
		cmocka_unit_test(only_the_same_look_is_taken),
		cmocka_unit_test(looks_are_compared_with_any_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
