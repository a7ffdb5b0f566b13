/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who has to wait for a lock, for how long, and what is counted of it. A
 * machine of 40 nodes with two zones each: lock n is that of zone n, lock
 * ZONES + n that of node n's slabs. From the 32nd of a kind on locks are kept
 * in another way, 64 to a word.
 */

#include "tests/unit/machine_fixture.h"

#include "models/work.h"
#include "sim/cost.h"
#include "sim/locks.h"

#define NODES 40
#define ZONES 80
#define ZONE_PAGES 512u

struct scene {
	struct machine m;
	struct zone_desc zone[ZONES];
	struct node_desc node[NODES];
	struct cost_desc costs;
	struct locks locks;
};

/* A block taken costs 10 ns, a slab moved 7 ns, a look at a zone 100 ns. */
static int setup(void **state)
{
	static struct scene s;

	memset(&s, 0, sizeof(s));
	s.m.desc = machine_of(&s.m, 9, 11);
	for (uint32_t z = 0; z < ZONES; z++)
		s.zone[z] = open_zone(z % 2 ? ZONE_NORMAL : ZONE_DMA32,
				      (uint64_t)z * ZONE_PAGES, ZONE_PAGES);
	for (uint32_t n = 0; n < NODES; n++)
		s.node[n] = (struct node_desc){ .id = (node_t)n,
						.zones = &s.zone[2 * n],
						.nr_zones = 2 };
	s.node[0].cpus = s.m.cpu;
	s.node[0].nr_cpus = 1;
	s.m.desc.nodes = s.node;
	s.m.desc.nr_nodes = NODES;
	machine_start(&s.m);
	s.costs.multiplier = COST_MULTIPLIER_ONE;
	s.costs.work[WORK_BUDDY_ALLOCS] = 10 * COST_UNITS_PER_NS;
	s.costs.work[WORK_SLAB_TAKEN] = 7 * COST_UNITS_PER_NS;
	s.costs.work[WORK_ZONES_TRIED] = 100 * COST_UNITS_PER_NS;
	assert_int_equal(locks_init(&s.locks, s.m.memory, &s.costs), 0);
	*state = &s;
	return 0;
}

static int teardown(void **state)
{
	struct scene *s = *state;

	locks_release(&s->locks);
	machine_stop(&s->m);
	return 0;
}

/* Work of so many blocks under the locks of two zones, or of one twice. */
static struct work blocks(struct scene *s, uint32_t nr, uint32_t zone,
			  uint32_t other)
{
	struct work work = {
		.count = { [WORK_BUDDY_ALLOCS] = nr, [WORK_ZONES_TRIED] = 1 }
	};

	lock_set_add(&work.zones, &s->m.memory->far_zones, zone);
	lock_set_add(&work.zones, &s->m.memory->far_zones, other);
	return work;
}

/* Takes what `work` says at that time; expects a wait, and for which lock. */
static void expect_wait(struct scene *s, const struct work *work,
			uint64_t now_ns, uint64_t wait_ns, uint32_t slowest)
{
	uint32_t found = 0;

	assert_int_equal(locks_take(&s->locks, work, now_ns, &found), wait_ns);
	if (wait_ns)
		assert_int_equal(found, slowest);
}

static void expect_stats(const struct scene *s, uint32_t lock,
			 struct lock_stats expected)
{
	const struct lock_stats *found = &s->locks.lock[lock].stats;

	assert_int_equal(found->taken, expected.taken);
	assert_int_equal(found->waited, expected.waited);
	assert_int_equal(found->held_ns, expected.held_ns);
	assert_int_equal(found->wait_ns, expected.wait_ns);
	assert_int_equal(found->longest_wait_ns, expected.longest_wait_ns);
}

/*
 *	ns   0      30     50            80
 *	A    [ 30   ]
 *	B      ~~~~~[ 20   ]
 *	C       ~~~~~~~~~~~[ 30          ]
 *	D                                [ 10 ]
 *
 * Expect: who comes while it is held waits for all who came before; who comes
 * when it is let go waits for nobody.
 */
static void first_come_first_served(void **state)
{
	struct scene *s = *state;
	struct work three = blocks(s, 3, 5, 5);
	struct work two = blocks(s, 2, 5, 5);
	struct work one = blocks(s, 1, 5, 5);

	assert_int_equal(locks_hold_ns(&s->locks, &three), 30);
	expect_wait(s, &three, 0, 0, 0);
	expect_wait(s, &two, 10, 20, 5);
	expect_wait(s, &three, 12, 38, 5);
	expect_wait(s, &one, 80, 0, 0);
	expect_stats(s, 5,
		     (struct lock_stats){ .taken = 4,
					  .waited = 2,
					  .held_ns = 90,
					  .wait_ns = 58,
					  .longest_wait_ns = 38 });
	/* The longest stays the longest. */
	expect_wait(s, &one, 85, 5, 5);
	assert_int_equal(s->locks.lock[5].stats.longest_wait_ns, 38);
}

/*
 * Zones 2 and 3 are held until 100 and 150. Work of four blocks takes both.
 *
 * Expect: one after the other, each for half of the 40 ns: a wait of 100 for
 * the first, and of 30 for the second, from 120 on.
 */
static void several_are_taken_in_turn(void **state)
{
	struct scene *s = *state;
	struct work work = blocks(s, 10, 2, 2);

	expect_wait(s, &work, 0, 0, 0);
	work = blocks(s, 15, 3, 3);
	expect_wait(s, &work, 0, 0, 0);
	work = blocks(s, 4, 2, 3);
	expect_wait(s, &work, 0, 130, 2);
	assert_int_equal(s->locks.lock[2].free_ns, 120);
	assert_int_equal(s->locks.lock[3].free_ns, 170);
	assert_int_equal(s->locks.lock[2].stats.held_ns, 100 + 20);
}

/* Expect: a node's slab lock is another lock than its zone's. */
static void slabs_have_locks_of_their_own(void **state)
{
	struct scene *s = *state;
	struct work work = blocks(s, 10, 1, 1);
	struct work slabs = { .count = { [WORK_SLAB_TAKEN] = 2 } };

	lock_set_add(&slabs.nodes, &s->m.memory->far_nodes, 1);
	assert_int_equal(locks_hold_ns(&s->locks, &slabs), 14);
	expect_wait(s, &work, 0, 0, 0);
	expect_wait(s, &slabs, 0, 0, 0);
	expect_wait(s, &slabs, 4, 10, ZONES + 1);
	assert_string_equal(s->locks.lock[0].stats.name, "zone 0 DMA32");
	assert_string_equal(s->locks.lock[ZONES - 1].stats.name,
			    "zone 39 Normal");
	assert_string_equal(s->locks.lock[ZONES].stats.name, "list_lock 0");
	assert_string_equal(s->locks.lock[ZONES + 1].stats.name, "list_lock 1");
}

/*
 * Zones 30 and 31, on both sides of where the other way begins, and 69, in the
 * next word.
 *
 * Expect: they are locks as all others, for one who takes one and for one who
 * takes both.
 */
static void locks_beyond_the_31st_are_the_same(void **state)
{
	struct scene *s = *state;
	struct work work = blocks(s, 10, 69, 69);
	struct work slabs = { .count = { [WORK_SLAB_TAKEN] = 10 } };

	expect_wait(s, &work, 0, 0, 0);
	expect_wait(s, &work, 40, 60, 69);
	work = blocks(s, 4, 30, 31);
	expect_wait(s, &work, 0, 0, 0);
	assert_int_equal(s->locks.lock[30].free_ns, 20);
	assert_int_equal(s->locks.lock[31].free_ns, 40);
	work = blocks(s, 4, 31, 69);
	expect_wait(s, &work, 0, 40 + 140, 69);
	lock_set_add(&slabs.nodes, &s->m.memory->far_nodes, 38);
	expect_wait(s, &slabs, 0, 0, 0);
	expect_wait(s, &slabs, 0, 70, ZONES + 38);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(first_come_first_served),
		T(several_are_taken_in_turn),
		T(slabs_have_locks_of_their_own),
		T(locks_beyond_the_31st_are_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
