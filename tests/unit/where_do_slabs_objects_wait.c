/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SLAB's arrays and lists: where a freed object waits, who gets it next, and
 * when its slab goes back to the page allocator.
 *
 *	CPU's array, 120 --> node's shared array, 480 --> slabs --> pages
 *	other node's object --> alien array, 12 --> that node
 */

#include "tests/unit/slab_machine.h"

#include "models/slab/aslab.h"

#define MOST 1000

struct fixture {
	struct slab_machine_fixture machine;
	struct slab_cache *cache; /* 64 bytes: 64 objects a slab */
	uint64_t object[MOST];
};

static void begin(struct fixture *f, size_t nr_cpus, enum slab_rules rules)
{
	struct slab_machine_fixture *m = &f->machine;

	machine_describe(m, nr_cpus);
	m->desc.slab_allocator = SLAB_ALLOCATOR_SLAB;
	m->desc.slab_rules = rules;
	machine_start(m);
	f->cache = cache_create(m, 1, 64, 0, 0);
}

static const struct aslab_cache *arrays_of(const struct slab_cache *cache)
{
	return (const struct aslab_cache *)cache;
}

static void get(struct fixture *f, uint32_t from, uint32_t to, cpu_t cpu,
		node_t node)
{
	for (uint32_t i = from; i < to; i++) {
		struct object_grant o =
			object_get(&f->machine, f->cache, cpu, node);

		assert_int_not_equal(o.address, OBJECT_NONE);
		f->object[i] = o.address;
	}
}

static void put(struct fixture *f, uint32_t from, uint32_t to, cpu_t cpu)
{
	for (uint32_t i = from; i < to; i++)
		object_put(&f->machine, f->object[i], cpu);
}

static void expect_arrays(const struct fixture *f, uint32_t cpu0, uint32_t cpu1,
			  uint32_t shared, uint64_t on_slabs)
{
	const struct aslab_cache *cache = arrays_of(f->cache);

	assert_int_equal(cache->cpu[0].avail, cpu0);
	assert_int_equal(cache->cpu[1].avail, cpu1);
	assert_int_equal(cache->node[0].shared.avail, shared);
	assert_int_equal(cache->node[0].free_objects, on_slabs);
}

/*
 *	slab  |0|1|2|…|15|16|…|63|      array  0 1 2 … 14 15 <- taken first
 *
 * Expect: a CPU that was idle takes 16 objects to its array, and hands them
 * out from the top; then batches of 60, but only what there is.
 */
static void an_array_is_filled_in_batches(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, 2, SLAB_RULES_6_1);
	get(&f, 0, 1, 0, NODE_ANY);
	expect_arrays(&f, 15, 0, 0, 48);
	get(&f, 1, 16, 0, NODE_ANY);
	assert_int_equal(f.object[0] - f.object[15], 15 * 64);
	expect_arrays(&f, 0, 0, 0, 48);
	get(&f, 16, 17, 0, NODE_ANY);
	expect_arrays(&f, 47, 0, 0, 0);
	get(&f, 17, 65, 0, NODE_ANY);
	expect_arrays(&f, 59, 0, 0, 4);
	machine_release(&f.machine);
}

/* Expect: the object freed last is the one that is taken next. */
static void the_warmest_object_is_next(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, 2, SLAB_RULES_6_1);
	get(&f, 0, 10, 0, NODE_ANY);
	object_put(&f.machine, f.object[3], 0);
	object_put(&f.machine, f.object[7], 0);
	get(&f, 10, 12, 0, NODE_ANY);
	assert_int_equal(f.object[10], f.object[7]);
	assert_int_equal(f.object[11], f.object[3]);
	machine_release(&f.machine);
}

/*
 * Expect: the 121st free moves the 60 objects freed first to the shared
 * array; the node's other CPU is filled from there, its newest first.
 */
static void a_full_array_goes_to_the_neighbours(void **state)
{
	struct fixture f;
	uint64_t sixtieth;

	(void)state;
	begin(&f, 2, SLAB_RULES_6_1);
	get(&f, 0, 136, 0, NODE_ANY);
	sixtieth = f.object[59];
	expect_arrays(&f, 52, 0, 0, 4);
	get(&f, 136, 188, 0, NODE_ANY);
	expect_arrays(&f, 0, 0, 0, 4);
	put(&f, 0, 120, 0);
	expect_arrays(&f, 120, 0, 0, 4);
	put(&f, 120, 121, 0);
	expect_arrays(&f, 61, 0, 60, 4);
	get(&f, 0, 1, 1, NODE_ANY);
	assert_int_equal(f.object[0], sixtieth);
	expect_arrays(&f, 61, 15, 44, 4);
	machine_release(&f.machine);
}

/*
 * Expect: a single CPU shares with nobody; what does not fit its array goes
 * to the slabs, and slabs go when there are more free objects than a slab has
 * and two batches: 184.
 */
static void a_node_keeps_few_free_objects(void **state)
{
	const struct aslab_cache *cache;
	struct fixture f;

	(void)state;
	begin(&f, 1, SLAB_RULES_6_1);
	cache = arrays_of(f.cache);
	assert_int_equal(cache->node[0].free_limit, 2 * 60 + 64);
	assert_int_equal(cache->sharedfactor, 0);
	get(&f, 0, 640, 0, NODE_ANY);
	assert_int_equal(cache_info(f.cache).num_slabs, 10);
	put(&f, 0, 640, 0);
	assert_in_range(cache->node[0].free_objects, 121, 184);
	assert_in_range(cache_info(f.cache).num_slabs, 3, 5);
	machine_release(&f.machine);
}

/*
 *	node 0, CPU 0               node 1
 *	[alien 12] --the 13th-->    [shared]
 *
 * Expect: objects of another node wait in an alien array of 12, never in the
 * CPU's own; then all 12 go to their node's shared array.
 */
static void strangers_wait_apart(void **state)
{
	const struct aslab_cache *cache;
	struct fixture f;

	(void)state;
	begin(&f, 2, SLAB_RULES_6_1);
	cache = arrays_of(f.cache);
	get(&f, 0, 13, 0, 1);
	expect_arrays(&f, 0, 0, 0, 0);
	assert_int_equal(cache->node[1].free_objects, 51);
	put(&f, 0, 12, 0);
	assert_int_equal(cache->node[0].alien[1].avail, 12);
	put(&f, 12, 13, 1);
	assert_int_equal(cache->node[0].alien[1].avail, 1);
	assert_int_equal(cache->node[1].shared.avail, 12);
	expect_arrays(&f, 0, 0, 0, 0);
	machine_release(&f.machine);
}

/* Expect: what node 0 has no page for comes from node 1, object by object. */
static void a_full_node_falls_back(void **state)
{
	struct page_request all = { .gfp = GFP_NOWAIT | __GFP_THISNODE |
					   __GFP_MEMALLOC };
	struct object_grant grant;
	struct fixture f;

	(void)state;
	begin(&f, 2, SLAB_RULES_6_1);
	while (page_alloc(f.machine.memory, &all).pfn != PFN_NONE)
		;
	grant = object_get(&f.machine, f.cache, 0, NODE_ANY);
	assert_int_equal(grant.zone->node, 1);
	assert_int_equal(grant.path, PATH_SLAB_NEW);
	grant = object_get(&f.machine, f.cache, 0, NODE_ANY);
	assert_int_equal(grant.zone->node, 1);
	assert_int_equal(grant.path, PATH_SLAB_PARTIAL);
	expect_arrays(&f, 0, 0, 0, 0);
	machine_release(&f.machine);
}

static void reap(struct fixture *f, uint64_t from, uint64_t to)
{
	for (uint64_t round = from; round <= to; round++)
		slab_caches_reap(f->machine.caches, 0, round);
}

/*
 * Expect: the first round only notes that the array was used; each later one
 * takes a fifth of its limit, 24, or half of what is left, rounded up: 60 to
 * 36 to 12 to 6 to 3 to 1 to 0. Free slabs follow.
 */
static void an_idle_array_is_emptied(void **state)
{
	static const uint32_t left[] = { 60, 36, 12, 6, 3, 1, 0 };
	struct fixture f;

	(void)state;
	begin(&f, 2, SLAB_RULES_6_1);
	get(&f, 0, 60, 0, NODE_ANY);
	put(&f, 0, 56, 0);
	assert_int_equal(arrays_of(f.cache)->cpu[0].avail, 60);
	for (uint64_t round = 1; round <= 7; round++) {
		reap(&f, round, round);
		assert_int_equal(arrays_of(f.cache)->cpu[0].avail,
				 left[round - 1]);
	}
	assert_int_equal(cache_info(f.cache).num_slabs, 1);
	put(&f, 56, 60, 0);
	reap(&f, 8, 20);
	assert_int_equal(cache_info(f.cache).num_slabs, 0);
	machine_release(&f.machine);
}

/*
 * One CPU, one object of a page a slab: the array holds 24, the node may keep
 * 25 free objects. Of 40 freed, 24 are on free slabs then and 16 in the array.
 *
 * Expect, round by round: nothing goes while free slabs were wanted since the
 * last time; 5 leave the array, and 4 slabs beyond 25 go; the same with 5
 * slabs, and a fifth of 25 by reaping, every other round.
 */
static void free_slabs_go_bit_by_bit(void **state)
{
	const struct aslab_node *node;
	struct fixture f;
	uint64_t round;

	(void)state;
	begin(&f, 1, SLAB_RULES_6_1);
	f.cache = cache_create(&f.machine, 2, 4096, 0, 0);
	node = &arrays_of(f.cache)->node[0];
	round = node->next_reap;
	assert_int_equal(node->free_limit, 25);
	get(&f, 0, 40, 0, NODE_ANY);
	put(&f, 0, 40, 0);
	assert_int_equal(node->free_objects, 24);
	assert_int_equal(cache_info(f.cache).num_slabs, 40);
	reap(&f, round, round);
	assert_int_equal(cache_info(f.cache).num_slabs, 40);
	reap(&f, round + 1, round + 1);
	assert_int_equal(cache_info(f.cache).num_slabs, 36);
	reap(&f, round + 2, round + 2);
	assert_int_equal(cache_info(f.cache).num_slabs, 26);
	machine_release(&f.machine);
}

/*
 * Expect: alien arrays are emptied in turn, one node a round; with two nodes
 * that is every other round.
 */
static void strangers_are_sent_home(void **state)
{
	const struct aslab_cache *cache;
	struct fixture f;

	(void)state;
	begin(&f, 2, SLAB_RULES_6_1);
	cache = arrays_of(f.cache);
	get(&f, 0, 5, 0, 1);
	put(&f, 0, 5, 0);
	reap(&f, 2, 2);
	assert_int_equal(cache->node[0].alien[1].avail, 5);
	reap(&f, 3, 3);
	assert_int_equal(cache->node[0].alien[1].avail, 0);
	assert_int_equal(cache->node[1].shared.avail, 5);
	machine_release(&f.machine);
}

/* Expect: 2.6 passes over a cache with SLAB_NO_REAP; 6.1 has no such flag. */
static void some_caches_are_not_reaped(void **state)
{
	static const enum slab_rules rules[] = { SLAB_RULES_2_6,
						 SLAB_RULES_6_1 };

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct fixture f;
		bool kept = rules[i] == SLAB_RULES_2_6;

		begin(&f, 2, rules[i]);
		f.cache = cache_create(&f.machine, 2, 64, 0, SLAB_NO_REAP);
		get(&f, 0, 40, 0, NODE_ANY);
		put(&f, 0, 40, 0);
		reap(&f, 1, 20);
		assert_int_equal(cache_info(f.cache).num_slabs, kept ? 1 : 0);
		machine_release(&f.machine);
	}
}

/*
 * Expect: shrinking empties the arrays of all CPUs and nodes; destroying a
 * cache with live objects does too, and reports them.
 */
static void shrinking_empties_all_arrays(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, 2, SLAB_RULES_6_1);
	get(&f, 0, 130, 0, NODE_ANY);
	get(&f, 130, 150, 1, NODE_ANY);
	get(&f, 150, 160, 0, 1);
	put(&f, 0, 160, 0);
	slab_cache_shrink(f.machine.caches, f.cache, 1);
	assert_int_equal(cache_info(f.cache).num_slabs, 0);
	get(&f, 0, 3, 0, NODE_ANY);
	assert_int_equal(slab_cache_destroy(f.machine.caches, 1, 0), 3);
	expect_arrays(&f, 0, 0, 0, 61);
	put(&f, 0, 3, 1);
	assert_int_equal(slab_cache_destroy(f.machine.caches, 1, 0), 0);
	machine_release(&f.machine);
}

/*
 * Expect: in 2.6 the slab that is emptied last goes once there are too many
 * free objects; in 6.1 the one that has been free longest. What is left is
 * within a slab of the limit.
 */
static void who_goes_when_there_are_too_many(void **state)
{
	struct fixture f;

	(void)state;
	for (int old = 0; old < 2; old++) {
		const struct aslab_node *node;
		uint32_t per_slab;
		pfn_t first;

		begin(&f, 1, old ? SLAB_RULES_2_6 : SLAB_RULES_6_1);
		per_slab = cache_info(f.cache).objperslab;
		get(&f, 0, 10 * per_slab, 0, NODE_ANY);
		first = slab_pfn_of(f.machine.caches, f.object[0]);
		put(&f, 0, 10 * per_slab, 0);
		assert_int_equal(slab_pfn_of(f.machine.caches, f.object[0]),
				 old ? first : PFN_NONE);
		node = &arrays_of(f.cache)->node[0];
		assert_in_range(node->free_objects,
				node->free_limit - per_slab + 1,
				node->free_limit + per_slab - 1);
		machine_release(&f.machine);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_array_is_filled_in_batches),
		cmocka_unit_test(the_warmest_object_is_next),
		cmocka_unit_test(a_full_array_goes_to_the_neighbours),
		cmocka_unit_test(a_node_keeps_few_free_objects),
		cmocka_unit_test(strangers_wait_apart),
		cmocka_unit_test(a_full_node_falls_back),
		cmocka_unit_test(an_idle_array_is_emptied),
		cmocka_unit_test(free_slabs_go_bit_by_bit),
		cmocka_unit_test(strangers_are_sent_home),
		cmocka_unit_test(some_caches_are_not_reaped),
		cmocka_unit_test(shrinking_empties_all_arrays),
		cmocka_unit_test(who_goes_when_there_are_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
