/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When a slab's pages go back to the page allocator, and when they are kept.
 *
 * With two CPUs a slab of 1 KiB objects holds 16, a CPU's partial list takes
 * 3 slabs before it spills, and a node's list keeps 5 empty ones.
 */

#include "tests/unit/slab_machine.h"

#define PER_SLAB 16
#define MOST_SLABS 16
#define NAME 1

struct fixture {
	struct slab_machine_fixture machine;
	struct slab_cache *cache;
	uint64_t object[MOST_SLABS][PER_SLAB];
};

static void start(struct fixture *f, uint32_t flags)
{
	machine_init(&f->machine, 2);
	f->cache = cache_create(&f->machine, NAME, 1024, 0, flags);
}

static void fill(struct fixture *f, int nr)
{
	for (int i = 0; i < nr; i++)
		for (int j = 0; j < PER_SLAB; j++)
			f->object[i][j] =
				object_get(&f->machine, f->cache, 0, 0).address;
}

/* Frees all objects of a slab but the first `kept`. */
static void empty(struct fixture *f, int slab, int kept)
{
	for (int j = kept; j < PER_SLAB; j++)
		object_put(&f->machine, f->object[slab][j], 0);
}

static uint64_t slabs(const struct fixture *f)
{
	return cache_info(f->cache).num_slabs;
}

/*
 *	after freeing all of…   CPU's partial list   node's list (5 kept)
 *	  slabs 0-2             2 1 0                -
 *	  slab 3                3                    2 1 0
 *	  slabs 4, 5            5 4 3                2 1 0
 *	  slab 6                6                    2 1 0 5 4   (3 goes)
 *	  slabs 7-9             9                    2 1 0 5 4   (8, 7, 6 go)
 *
 * Expect: slabs go back when a spill finds the node's list long enough.
 */
static void empty_slabs_go_when_a_spill_finds_enough(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, 0);
	fill(&f, 11);
	for (int i = 0; i < 6; i++)
		empty(&f, i, 0);
	assert_int_equal(slabs(&f), 11);
	empty(&f, 6, 0);
	assert_int_equal(slabs(&f), 10);
	empty(&f, 7, 0);
	empty(&f, 8, 0);
	assert_int_equal(slabs(&f), 10);
	empty(&f, 9, 0);
	assert_int_equal(slabs(&f), 7);
	machine_release(&f.machine);
}

/*
 *	node's list   #............... six times
 *
 * Expect: the last free into a listed slab gives it back at once while the
 * list has 5 or more, that one included; then they are kept. To find that out
 * its node's list is locked each time.
 */
static void a_listed_slab_goes_with_its_last_object(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, 0);
	fill(&f, 6);
	for (int i = 0; i < 6; i++)
		empty(&f, i, 1);
	slab_cache_shrink(f.machine.caches, f.cache, 0);
	assert_int_equal(slabs(&f), 6);
	for (int i = 0; i < 6; i++)
		object_put(&f.machine, f.object[i][0], 0);
	assert_int_equal(slabs(&f), 4);
	assert_int_equal(f.machine.memory->work.count[WORK_SLAB_EMPTIED], 6);
	machine_release(&f.machine);
}

/* Expect: the same for a cache that is debugged, without any CPU's list. */
static void debugged_slabs_go_the_same_way(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, SLAB_CONSISTENCY_CHECKS);
	fill(&f, 8);
	for (int i = 0; i < 8; i++)
		empty(&f, i, 1);
	for (int i = 0; i < 8; i++)
		object_put(&f.machine, f.object[i][0], 0);
	assert_int_equal(slabs(&f), 4);
	machine_release(&f.machine);
}

/*
 *	before   ##.. ###. .... #...     after   ###. ##.. #...
 *
 * Expect: shrinking empties the CPUs, gives back what is empty and puts the
 * fullest first.
 */
static void shrinking_puts_the_fullest_first(void **state)
{
	struct object_grant grant;
	struct fixture f;
	pfn_t fullest;

	(void)state;
	start(&f, 0);
	fill(&f, 4);
	fullest = slab_pfn_of(f.machine.caches, f.object[1][0]);
	empty(&f, 0, 8);
	empty(&f, 1, 12);
	empty(&f, 2, 0);
	empty(&f, 3, 4);
	slab_cache_shrink(f.machine.caches, f.cache, 0);
	assert_int_equal(slabs(&f), 3);
	grant = object_get(&f.machine, f.cache, 1, 0);
	assert_int_equal(grant.slab_pfn, fullest);
	machine_release(&f.machine);
}

/* Expect: a cache with objects stays, and says how many there are. */
static void a_cache_in_use_is_not_destroyed(void **state)
{
	struct slab_caches *caches;
	struct fixture f;

	(void)state;
	start(&f, 0);
	caches = f.machine.caches;
	fill(&f, 3);
	empty(&f, 0, 0);
	empty(&f, 1, 3);
	assert_int_equal(slab_cache_destroy(caches, NAME, 0), 3 + PER_SLAB);
	assert_ptr_equal(slab_cache_find(caches, NAME), f.cache);
	assert_int_equal(slabs(&f), 2);
	for (int j = 0; j < 3; j++)
		object_put(&f.machine, f.object[1][j], 0);
	empty(&f, 2, 0);
	assert_int_equal(slab_cache_destroy(caches, NAME, 0), 0);
	assert_null(slab_cache_find(caches, NAME));
	machine_release(&f.machine);
}

/*
 *	node 0   #...  ....      node 1   ....  ....
 *
 * Expect: destroying stops at the first node that has a slab in use, behind
 * its empty ones; the empty slabs of the nodes after it stay, too.
 */
static void nodes_behind_a_busy_one_keep_their_slabs(void **state)
{
	uint64_t far[2 * PER_SLAB];
	struct slab_caches *caches;
	struct fixture f;

	(void)state;
	start(&f, 0);
	caches = f.machine.caches;
	fill(&f, 2);
	for (int i = 0; i < 2 * PER_SLAB; i++)
		far[i] = object_get(&f.machine, f.cache, 0, 1).address;
	empty(&f, 0, 1);
	empty(&f, 1, 0);
	for (int i = 0; i < 2 * PER_SLAB; i++)
		object_put(&f.machine, far[i], 0);
	assert_int_equal(slabs(&f), 4);
	assert_int_equal(slab_cache_destroy(caches, NAME, 0), 1);
	assert_int_equal(slabs(&f), 3);
	object_put(&f.machine, f.object[0][0], 0);
	assert_int_equal(slab_cache_destroy(caches, NAME, 0), 0);
	machine_release(&f.machine);
}

static uint64_t free_pages(const struct slab_machine_fixture *m)
{
	uint64_t pages = 0;

	for (uint32_t i = 0; i < m->memory->nr_zones; i++)
		pages += zone_free_pages(&m->memory->zone[i]);
	return pages;
}

/* Expect: once a cache is gone, so is every page of it; its name is free. */
static void a_destroyed_cache_leaves_nothing(void **state)
{
	struct fixture f;
	uint64_t before;

	(void)state;
	start(&f, 0);
	before = free_pages(&f.machine);
	for (int round = 0; round < 3; round++) {
		fill(&f, 9);
		assert_int_equal(cache_info(f.cache).num_pages, 9 * 4);
		for (int i = 0; i < 9; i++)
			empty(&f, i, 0);
		assert_int_equal(slab_cache_destroy(f.machine.caches, NAME, 0),
				 0);
		f.cache = cache_create(&f.machine, NAME, 1024, 0, 0);
	}
	page_drain_all(f.machine.memory, 0);
	assert_int_equal(free_pages(&f.machine), before);
	machine_release(&f.machine);
}

/* Expect: a second free of an object and one beside it are noticed. */
static void bad_frees_are_noticed(void **state)
{
	struct slab_cache *other;
	struct fixture f;

	(void)state;
	start(&f, 0);
	other = cache_create(&f.machine, 2, 512, 0, 0);
	fill(&f, 1);
	object_put(&f.machine, f.object[0][0], 0);
	assert_int_equal(kfree(f.machine.caches, f.object[0][0], 0),
			 SLAB_FREE_BAD);
	assert_int_equal(kfree(f.machine.caches, f.object[0][1] + 8, 0),
			 SLAB_FREE_BAD);
	assert_int_equal(kfree(f.machine.caches, 1ull << 50, 0), SLAB_FREE_BAD);
	/* As the kernel does: noticed, and freed all the same. */
	assert_int_equal(slab_cache_free(f.machine.caches, other,
					 f.object[0][1], 0),
			 SLAB_FREED_WRONG_CACHE);
	assert_int_equal(cache_info(f.cache).live_objs, PER_SLAB - 2);
	machine_release(&f.machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_slabs_go_when_a_spill_finds_enough),
		cmocka_unit_test(a_listed_slab_goes_with_its_last_object),
		cmocka_unit_test(debugged_slabs_go_the_same_way),
		cmocka_unit_test(shrinking_puts_the_fullest_first),
		cmocka_unit_test(a_cache_in_use_is_not_destroyed),
		cmocka_unit_test(nodes_behind_a_busy_one_keep_their_slabs),
		cmocka_unit_test(a_destroyed_cache_leaves_nothing),
		cmocka_unit_test(bad_frees_are_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
