/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a list of free blocks keeps its order through all that is done to it:
 * at both ends, in the middle, in rows, when it is turned, grows or is packed.
 * Beside it runs a plain array to which the same is done by hand.
 */

#include <stdlib.h>

#include "models/page/free_list.h"
#include "tests/unit/machine_fixture.h"

#define PAGES 16384
#define MOST (PAGES / 2) /* blocks: of each pair of buddies one */

struct run {
	struct machine machine;
	struct memory *memory;
	struct free_list
		*list; /* of order 0, which the machine has left empty */
	pfn_t listed[MOST];
	uint32_t nr;
	pfn_t unlisted[MOST];
	uint64_t random;
};

static uint32_t below(struct run *run, uint32_t bound)
{
	run->random = run->random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)((run->random >> 32) * bound >> 32);
}

static void start(struct run *run, uint64_t random)
{
	*run = (struct run){ .random = random };
	machine_describe(&run->machine, PAGES, 9, 11);
	machine_start(&run->machine);
	run->memory = run->machine.memory;
	run->list = &run->memory->zone[0].area[MIGRATE_RECLAIMABLE].list[0];
	for (pfn_t i = 0; i < MOST; i++)
		run->unlisted[i] = 2 * i + below(run, 2);
}

/* No recount: nobody but the list knows of its blocks. */
static void stop(struct run *run)
{
	memory_free(run->memory);
}

/* Any block that is not on the list, which then is its caller's to list. */
static pfn_t take_unlisted(struct run *run)
{
	uint32_t left = MOST - run->nr;
	uint32_t i = below(run, left);
	pfn_t pfn = run->unlisted[i];

	run->unlisted[i] = run->unlisted[left - 1];
	return pfn;
}

static void note_at(struct run *run, uint32_t at, pfn_t pfn)
{
	memmove(run->listed + at + 1, run->listed + at,
		(run->nr - at) * sizeof(pfn_t));
	run->listed[at] = pfn;
	run->nr++;
}

static void forget_at(struct run *run, uint32_t at)
{
	run->unlisted[MOST - run->nr] = run->listed[at];
	run->nr--;
	memmove(run->listed + at, run->listed + at + 1,
		(run->nr - at) * sizeof(pfn_t));
}

static void add(struct run *run, bool tail)
{
	pfn_t pfn = take_unlisted(run);

	if (tail)
		free_list_add_tail(run->memory, run->list, pfn, 0, run->nr);
	else
		free_list_add_head(run->memory, run->list, pfn, 0, run->nr);
	note_at(run, tail ? run->nr : 0, pfn);
}

static void remove_any(struct run *run)
{
	uint32_t at = below(run, run->nr);

	free_list_remove(run->memory, run->list, run->listed[at], 0);
	forget_at(run, at);
}

static void take_row(struct run *run)
{
	uint32_t nr = 1 + below(run, run->nr < 63 ? run->nr : 63);
	pfn_t taken[63];

	free_list_take(run->list, taken, nr);
	for (uint32_t i = 0; i < nr; i++) {
		assert_int_equal(taken[i], run->listed[0]);
		forget_at(run, 0);
	}
}

static void turn(struct run *run)
{
	uint32_t at = below(run, run->nr);
	pfn_t before[MOST];

	free_list_turn(run->memory, run->list, 0, run->listed[at]);
	memcpy(before, run->listed, at * sizeof(pfn_t));
	memmove(run->listed, run->listed + at, (run->nr - at) * sizeof(pfn_t));
	memcpy(run->listed + run->nr - at, before, at * sizeof(pfn_t));
}

static pfn_t after(const struct run *run, pfn_t pfn)
{
	return free_list_from(run->list,
			      *free_list_place(run->memory, pfn, 0) + 1);
}

static void expect_as_noted(const struct run *run)
{
	pfn_t pfn = free_list_from(run->list, run->list->first);

	for (uint32_t i = 0; i < run->nr; i++, pfn = after(run, pfn))
		assert_int_equal(pfn, run->listed[i]);
	assert_int_equal(pfn, PFN_NONE);
	pfn = free_list_before(run->list, run->list->end);
	for (uint32_t i = run->nr; i-- > 0;) {
		assert_int_equal(pfn, run->listed[i]);
		pfn = free_list_before(run->list,
				       *free_list_place(run->memory, pfn, 0));
	}
	assert_int_equal(pfn, PFN_NONE);
}

/* Mostly adds below `wanted` blocks, and mostly takes above. */
static void step(struct run *run, uint32_t wanted)
{
	bool adds = below(run, 10) < (run->nr < wanted ? 8u : 2u);

	if (adds && run->nr < MOST)
		add(run, below(run, 3) == 0);
	else if (run->nr && below(run, 200) == 0)
		turn(run);
	else if (run->nr && below(run, 100) == 0)
		take_row(run);
	else if (run->nr)
		remove_any(run);
}

/*
 * Expect: the order that a plain array has, however long the list: below a
 * thousand slots, when it has grown past them, and with every block on it.
 */
static void random_steps_keep_the_order(void **state)
{
	static const uint32_t wanted[] = { 20, 900, 3000, MOST, 100, MOST, 0 };
	static struct run run;

	(void)state;
	start(&run, 88172645463325252);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(*wanted); i++)
		for (int n = 0; n < 20000; n++) {
			step(&run, wanted[i]);
			if (n % 1000 == 0)
				expect_as_noted(&run);
		}
	assert_true(run.list->mask > 1023);
	stop(&run);
}

/*
 * Expect: a list of few blocks that always leaves at one end and comes at the
 * other stays in few slots, also with one block that never moves.
 */
static void a_list_that_wanders_does_not_grow(void **state)
{
	static struct run run;
	uint32_t mask;

	(void)state;
	start(&run, 1);
	mask = run.list->mask;
	for (int n = 0; n < 10; n++)
		add(&run, true);
	for (int n = 0; n < 100000; n++) {
		free_list_remove(run.memory, run.list, run.listed[1], 0);
		forget_at(&run, 1);
		add(&run, true);
	}
	expect_as_noted(&run);
	assert_int_equal(run.list->mask, mask);
	stop(&run);
}

/*
 * Expect: a zone that begins between two buddies keeps their places apart, as
 * both may be free then.
 */
static void buddies_of_two_zones_have_a_place_each(void **state)
{
	struct machine m;

	(void)state;
	machine_describe(&m, 64, 4, 6);
	m.node[0].nr_zones = 2;
	m.zone[0] = open_zone(ZONE_DMA32, 0, 33);
	m.zone[1] = open_zone(ZONE_NORMAL, 33, 31);
	machine_start(&m);
	assert_ptr_not_equal(free_list_place(m.memory, 32, 0),
			     free_list_place(m.memory, 33, 0));
	machine_check(&m);
	machine_stop(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_steps_keep_the_order),
		cmocka_unit_test(a_list_that_wanders_does_not_grow),
		cmocka_unit_test(buddies_of_two_zones_have_a_place_each),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
