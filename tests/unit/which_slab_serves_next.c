/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which slab an object comes from. Pictures: a slab is its objects in a row,
 * `#` in use, `.` free; lists are read from their heads.
 *
 * With two CPUs a slab of 1 KiB objects holds 16, and a CPU's partial list
 * takes 3 slabs before it spills.
 */

#include "tests/unit/slab_machine.h"

#define PER_SLAB 16
#define MOST_SLABS 8

struct fixture {
	struct slab_machine_fixture machine;
	struct slab_cache *cache;
	uint64_t object[MOST_SLABS][PER_SLAB];
	pfn_t slab[MOST_SLABS];
};

static int setup(void **state)
{
	static struct fixture f;

	machine_init(&f.machine, 2);
	f.cache = cache_create(&f.machine, 1, 1024, 0, 0);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	machine_release(&f->machine);
	return 0;
}

/* Fills `nr` slabs by CPU 0. */
static void fill(struct fixture *f, int nr)
{
	for (int i = 0; i < nr; i++) {
		for (int j = 0; j < PER_SLAB; j++) {
			struct object_grant grant =
				object_get(&f->machine, f->cache, 0, NODE_ANY);

			f->object[i][j] = grant.address;
			f->slab[i] = grant.slab_pfn;
		}
	}
}

static void put(struct fixture *f, int slab, int object, cpu_t cpu)
{
	object_put(&f->machine, f->object[slab][object], cpu);
}

static void expect_next(struct fixture *f, cpu_t cpu, node_t node, pfn_t slab,
			enum alloc_path path)
{
	struct object_grant grant =
		object_get(&f->machine, f->cache, cpu, node);

	assert_int_equal(grant.slab_pfn, slab);
	assert_int_equal(grant.path, path);
}

static pfn_t expect_new(struct fixture *f, cpu_t cpu, node_t node)
{
	struct object_grant grant =
		object_get(&f->machine, f->cache, cpu, node);

	assert_int_equal(grant.path, PATH_SLAB_NEW);
	return grant.slab_pfn;
}

/*
 *	A ################    then    B #...............
 *
 * Expect: the CPU's own slab serves until it is full.
 */
static void the_own_slab_serves_until_it_is_full(void **state)
{
	struct fixture *f = *state;
	pfn_t a = expect_new(f, 0, NODE_ANY);

	for (int i = 1; i < PER_SLAB; i++)
		expect_next(f, 0, NODE_ANY, a, PATH_SLAB_CPU);
	assert_int_not_equal(expect_new(f, 0, NODE_ANY), a);
}

static void expect_object(struct fixture *f, cpu_t cpu, uint64_t address)
{
	assert_int_equal(object_get(&f->machine, f->cache, cpu, 0).address,
			 address);
}

/*
 *	A ################	B ######..........    freed: 3, then 5
 *
 * Expect: the object freed last is the one given next, out of a full slab as
 * before those of the CPU's own that were not in use yet.
 */
static void the_warmest_object_is_next(void **state)
{
	struct fixture *f = *state;
	uint64_t object[6];

	fill(f, 1);
	put(f, 0, 3, 0);
	put(f, 0, 5, 0);
	expect_object(f, 0, f->object[0][5]);
	expect_object(f, 0, f->object[0][3]);
	for (int i = 0; i < 6; i++)
		object[i] =
			object_get(&f->machine, f->cache, 0, NODE_ANY).address;
	object_put(&f->machine, object[3], 0);
	object_put(&f->machine, object[5], 0);
	expect_object(f, 0, object[5]);
	expect_object(f, 0, object[3]);
}

/*
 *	CPU 0 owns   A ###.............    CPU 1 owns   B #...............
 *
 * Expect: each CPU allocates from a slab of its own.
 */
static void cpus_do_not_share_a_slab(void **state)
{
	struct fixture *f = *state;
	pfn_t a = expect_new(f, 0, NODE_ANY);
	pfn_t b = expect_new(f, 1, NODE_ANY);

	assert_int_not_equal(a, b);
	expect_next(f, 0, NODE_ANY, a, PATH_SLAB_CPU);
	expect_next(f, 1, NODE_ANY, b, PATH_SLAB_CPU);
}

/*
 *	CPU 0 owns   A ####.###########    that CPU 1 has freed into
 *
 * Expect: CPU 1 has no use for it; CPU 0 finds it when it has run out.
 */
static void the_owner_collects_what_others_freed(void **state)
{
	struct fixture *f = *state;

	fill(f, 1);
	put(f, 0, 4, 1);
	assert_int_not_equal(expect_new(f, 1, NODE_ANY), f->slab[0]);
	expect_next(f, 0, NODE_ANY, f->slab[0], PATH_SLAB_CPU);
}

/*
 *	full, on no list     A ################
 *	CPU 0 owns           B ################
 *
 * Expect: a free into A puts it on the freeing CPU's partial list, which
 * serves when B is full.
 */
static void a_full_slab_comes_back_where_it_is_freed(void **state)
{
	struct fixture *f = *state;

	fill(f, 2);
	put(f, 0, 0, 1);
	expect_new(f, 0, NODE_ANY);
	expect_next(f, 1, NODE_ANY, f->slab[0], PATH_SLAB_PARTIAL);
}

/*
 *	CPU 0's partial list   C B A     then a free into D
 *	CPU 0's partial list   D         node's list   C B A
 *
 * Expect: the whole list spills, newest first. D serves next. Then C from
 * the node, which brings B and A with it: A, the last to come, before B.
 */
static void a_full_partial_list_spills_whole(void **state)
{
	enum { A, B, C, D, E };
	struct fixture *f = *state;

	fill(f, 5);
	put(f, A, 0, 0);
	put(f, B, 0, 0);
	put(f, C, 0, 0);
	assert_int_equal(cache_info(f->cache).active_objs, 5 * PER_SLAB);
	put(f, D, 0, 0);
	assert_int_equal(cache_info(f->cache).active_objs, 5 * PER_SLAB - 3);

	expect_next(f, 0, NODE_ANY, f->slab[D], PATH_SLAB_PARTIAL);
	expect_next(f, 0, NODE_ANY, f->slab[C], PATH_SLAB_PARTIAL);
	expect_next(f, 0, NODE_ANY, f->slab[A], PATH_SLAB_PARTIAL);
	expect_next(f, 0, NODE_ANY, f->slab[B], PATH_SLAB_PARTIAL);
	expect_new(f, 0, NODE_ANY);
}

/*
 *	CPU 0 owns   A #............... of node 0; node 1 is asked for
 *
 * Expect: A goes to node 0's list, a slab of node 1 is made; the next
 * request for node 0 takes A back.
 */
static void another_node_costs_the_own_slab(void **state)
{
	struct fixture *f = *state;
	pfn_t a = expect_new(f, 0, 0);
	pfn_t b = expect_new(f, 0, 1);

	assert_in_range(a, NODE_PAGES, 2 * NODE_PAGES - 1);
	assert_in_range(b, 2 * NODE_PAGES, 3 * NODE_PAGES - 1);
	expect_next(f, 0, 0, a, PATH_SLAB_PARTIAL);
	expect_next(f, 0, 1, b, PATH_SLAB_PARTIAL);
	/* Who does not care takes what the CPU has. */
	expect_next(f, 0, NODE_ANY, b, PATH_SLAB_CPU);
}

/*
 *	node 0's list   A B   after CPU 0 gave A up last
 *
 * Expect: a slab given up goes to the head of the list…
 */
static void a_slab_given_up_is_next(void **state)
{
	struct fixture *f = *state;
	pfn_t b = expect_new(f, 1, 0);
	pfn_t a = expect_new(f, 0, 0);

	expect_new(f, 1, 1);
	expect_new(f, 0, 1);
	expect_next(f, 0, 0, a, PATH_SLAB_PARTIAL);
	assert_int_not_equal(a, b);
}

/* Expect: …but to the tail if another CPU freed into it. */
static void a_slab_that_others_freed_into_is_last(void **state)
{
	struct fixture *f = *state;
	struct object_grant a;
	pfn_t b = expect_new(f, 1, 0);

	a = object_get(&f->machine, f->cache, 0, 0);
	object_put(&f->machine, a.address, 1);
	expect_new(f, 1, 1);
	expect_new(f, 0, 1);
	expect_next(f, 0, 0, b, PATH_SLAB_PARTIAL);
}

/*
 *	node 0, CPU 0: partial   A #...............
 *	node 1, CPU 1: partial   B #...............
 *
 * Expect: who names no node is served from his own node's list.
 */
static void the_own_nodes_slabs_serve(void **state)
{
	struct fixture f;

	(void)state;
	machine_describe(&f.machine, 1);
	f.machine.node[1].cpus = &f.machine.cpu[1];
	f.machine.node[1].nr_cpus = 1;
	machine_start(&f.machine);
	f.cache = cache_create(&f.machine, 1, 1024, 0, 0);
	f.slab[0] = expect_new(&f, 0, NODE_ANY);
	f.slab[1] = expect_new(&f, 1, NODE_ANY);
	slab_cache_shrink(f.machine.caches, f.cache, 0);
	expect_next(&f, 1, NODE_ANY, f.slab[1], PATH_SLAB_PARTIAL);
	expect_next(&f, 0, NODE_ANY, f.slab[0], PATH_SLAB_PARTIAL);
	machine_release(&f.machine);
}

/*
 * Expect: a node without memory is as good as no wish at all, but for the slow
 * path that it takes to find out; and it has no list to lock.
 */
static void a_node_without_memory_is_no_constraint(void **state)
{
	struct slab_machine_fixture m;
	struct slab_cache *cache;
	struct object_grant first, second;

	(void)state;
	machine_describe(&m, 2);
	m.node[0].nr_zones = 0;
	machine_start(&m);
	cache = cache_create(&m, 1, 1024, 0, 0);
	first = object_get(&m, cache, 0, 0);
	assert_int_equal(first.path, PATH_SLAB_NEW);
	assert_in_range(first.slab_pfn, 2 * NODE_PAGES, 3 * NODE_PAGES - 1);
	second = object_get(&m, cache, 0, 1);
	assert_int_equal(second.slab_pfn, first.slab_pfn);
	m.memory->work = (struct work){ .zones = 0 };
	second = object_get(&m, cache, 0, 0);
	assert_int_equal(second.slab_pfn, first.slab_pfn);
	assert_int_equal(second.path, PATH_SLAB_CPU);
	assert_int_equal(m.memory->work.count[WORK_SLAB_FAST], 0);
	assert_int_equal(m.memory->work.count[WORK_SLAB_SLOW], 1);
	slab_cache_shrink(m.caches, cache, 0);
	assert_int_equal(m.memory->work.nodes, 1u << 1);
	machine_release(&m);
}

/*
 * A cache that is debugged, CPU 0 and CPU 1:
 *	node's list   A ##..............
 *
 * Expect: no CPU owns a slab; all take from the list's head. A full slab
 * leaves the list, and comes back to its tail.
 */
static void a_debugged_cache_has_no_cpu_slabs(void **state)
{
	struct fixture *f = *state;
	struct slab_cache *plain = f->cache;
	uint64_t first;
	pfn_t a, b;

	f->cache =
		cache_create(&f->machine, 2, 1024, 0, SLAB_CONSISTENCY_CHECKS);
	first = object_get(&f->machine, f->cache, 0, NODE_ANY).address;
	a = slab_pfn_of(f->machine.caches, first);
	for (int i = 1; i < PER_SLAB; i++)
		expect_next(f, i % 2, NODE_ANY, a, PATH_SLAB_PARTIAL);
	b = expect_new(f, 0, NODE_ANY);
	object_put(&f->machine, first, 0);
	expect_next(f, 0, NODE_ANY, b, PATH_SLAB_PARTIAL);
	for (int i = 2; i < PER_SLAB; i++)
		expect_next(f, 0, NODE_ANY, b, PATH_SLAB_PARTIAL);
	expect_next(f, 1, NODE_ANY, a, PATH_SLAB_PARTIAL);
	f->cache = plain;
}

/*
 *	node 1's list   6 slabs   node 0's list   none
 *
 * Expect: who names no node is served from node 1 before a new slab is made,
 * since it lists more than it has to keep (5).
 */
static void another_node_helps_who_names_none(void **state)
{
	struct fixture *f = *state;
	pfn_t pfn = PFN_NONE;

	/* One object on each of six slabs of node 1, given up in turn. */
	for (int slab = 0; slab < 6; slab++) {
		for (int i = 0; i < PER_SLAB; i++)
			f->object[slab][i] =
				object_get(&f->machine, f->cache, 0, 1).address;
	}
	slab_cache_shrink(f->machine.caches, f->cache, 0);
	for (int slab = 0; slab < 6; slab++)
		put(f, slab, 0, 0);
	slab_cache_shrink(f->machine.caches, f->cache, 0);
	pfn = object_get(&f->machine, f->cache, 1, NODE_ANY).slab_pfn;
	assert_in_range(pfn, 2 * NODE_PAGES, 3 * NODE_PAGES - 1);
	/* Five and fewer stay with their node. */
	slab_cache_shrink(f->machine.caches, f->cache, 0);
	pfn = object_get(&f->machine, f->cache, 1, NODE_ANY).slab_pfn;
	assert_in_range(pfn, NODE_PAGES, 2 * NODE_PAGES - 1);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(the_own_slab_serves_until_it_is_full),
		test(the_warmest_object_is_next),
		test(cpus_do_not_share_a_slab),
		test(the_owner_collects_what_others_freed),
		test(a_full_slab_comes_back_where_it_is_freed),
		test(a_full_partial_list_spills_whole),
		test(another_node_costs_the_own_slab),
		test(a_slab_given_up_is_next),
		test(a_slab_that_others_freed_into_is_last),
		test(the_own_nodes_slabs_serve),
		test(a_node_without_memory_is_no_constraint),
		test(a_debugged_cache_has_no_cpu_slabs),
		test(another_node_helps_who_names_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
