/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A slab allocation sleeps for a page, and meanwhile others use the same
 * cache, on the same CPU or another, or try to get rid of it.
 *
 *	CPU 0   alloc ---- sleeps for a page ----> goes on
 *	                 | others on CPU 0, 1 |
 */

#include "tests/unit/slab_machine.h"

#include "models/slab/slub.h"
#include "tests/unit/others_helper.h"

#define CACHE 1
#define OBJECT 512u /* bytes */
#define MOST 64

struct fixture {
	struct slab_machine_fixture machine;
	struct others others;
	struct slab_cache *cache;
	uint64_t live[MOST];
	int nr_live;
	int wanted;	 /* that the others take */
	uint64_t in_use; /* that destroying the cache comes to */
};

static void check(const struct fixture *f)
{
	char why[256];

	if (!slab_caches_validate(f->machine.caches, why, sizeof(why)) ||
	    !memory_validate(f->machine.memory, why, sizeof(why)))
		fail_msg("%s", why);
}

static void start(struct fixture *f, enum slab_allocator allocator, bool numa,
		  uint64_t size, uint32_t flags)
{
	memset(f, 0, sizeof(*f));
	machine_describe(&f->machine, 2);
	f->machine.desc.slab_allocator = allocator;
	f->machine.desc.numa = numa;
	machine_start(&f->machine);
	f->cache = cache_create(&f->machine, CACHE, size, 0, flags);
}

static struct object_grant take(struct fixture *f, cpu_t cpu)
{
	struct object_grant grant =
		object_get(&f->machine, f->cache, cpu, NODE_ANY);

	assert_int_not_equal(grant.address, OBJECT_NONE);
	assert_true(f->nr_live < MOST);
	f->live[f->nr_live++] = grant.address;
	return grant;
}

static void take_some(void *argument)
{
	struct fixture *f = argument;

	check(f);
	for (int i = 0; i < f->wanted; i++)
		take(f, 0);
	check(f);
}

/* The call sleeps once, and `come_in` has its way. */
static struct object_grant take_dry(struct fixture *f,
				    void (*come_in)(void *argument))
{
	struct object_grant grant;

	others_may_come_in(&f->others, f->machine.memory, come_in, f);
	run_dry(f->machine.memory);
	grant = take(f, 0);
	assert_int_equal(f->others.times, 1);
	check(f);
	return grant;
}

static void free_all(struct fixture *f)
{
	while (f->nr_live) {
		f->nr_live--;
		object_put(&f->machine, f->live[f->nr_live],
			   (cpu_t)(f->nr_live % 2));
	}
	check(f);
}

static void finish(struct fixture *f)
{
	f->others.come_in = NULL;
	free_all(f);
	assert_int_equal(slab_cache_destroy(f->machine.caches, CACHE, 0), 0);
	machine_release(&f->machine);
}

/*
 *	CPU 0   sleeps for slab A   . . . . . . . .   A: o-------
 *	others       slab B: ooo-----
 *
 * Expect: CPU 0 gives B up, with its free objects, for A; the next object is
 * of A, and B is on the node's list.
 */
static void slub_gives_up_the_slab_that_came_in_between(void **state)
{
	struct object_grant first, next;
	const struct slub_cache *slub;
	struct fixture f;

	(void)state;
	start(&f, SLAB_ALLOCATOR_SLUB, true, OBJECT, 0);
	f.wanted = 3;
	first = take_dry(&f, take_some);
	assert_int_equal(first.path, PATH_SLAB_NEW);
	next = take(&f, 0);
	assert_int_equal(next.slab_pfn, first.slab_pfn);
	slub = (const struct slub_cache *)f.cache;
	assert_int_equal(slub->node[0].partial.nr, 1);
	assert_int_equal(cache_info(f.cache).num_slabs, 2);
	finish(&f);
}

/*
 * Expect: a slab that others filled up to its last object meanwhile is on no
 * list, as full slabs are.
 */
static void slub_drops_a_full_slab_that_came_in_between(void **state)
{
	const struct slub_cache *slub;
	struct fixture f;

	(void)state;
	start(&f, SLAB_ALLOCATOR_SLUB, true, OBJECT, 0);
	f.wanted = (int)cache_info(f.cache).objperslab;
	take_dry(&f, take_some);
	slub = (const struct slub_cache *)f.cache;
	assert_int_equal(slub->node[0].partial.nr, 0);
	assert_int_equal(cache_info(f.cache).num_slabs, 2);
	finish(&f);
}

/* Expect: a debugged cache lists both slabs on the node. */
static void a_debugged_cache_lists_both_slabs(void **state)
{
	const struct slub_cache *slub;
	struct fixture f;

	(void)state;
	start(&f, SLAB_ALLOCATOR_SLUB, true, OBJECT, SLAB_RED_ZONE);
	f.wanted = 3;
	take_dry(&f, take_some);
	slub = (const struct slub_cache *)f.cache;
	assert_int_equal(slub->node[0].partial.nr, 2);
	finish(&f);
}

static void make_many_slabs(void *argument)
{
	struct fixture *f = argument;

	/* All tables of slabs grow. */
	for (uint32_t name = 2; name < 300; name++) {
		struct slab_cache *cache =
			cache_create(&f->machine, name, 3000, 0, SLAB_POISON);

		object_put(&f->machine,
			   object_get(&f->machine, cache, 0, NODE_ANY).address,
			   0);
	}
	take_some(f);
}

/* Expect: where our own tables lie elsewhere afterwards, nothing is lost. */
static void tables_may_move_in_between(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, SLAB_ALLOCATOR_SLUB, true, OBJECT, 0);
	f.wanted = 20;
	take_dry(&f, make_many_slabs);
	finish(&f);
	start(&f, SLAB_ALLOCATOR_SLAB, false, OBJECT, 0);
	f.wanted = 20;
	take_dry(&f, make_many_slabs);
	finish(&f);
}

static void shrink(void *argument)
{
	struct fixture *f = argument;

	take_some(f);
	free_all(f);
	slab_cache_shrink(f->machine.caches, f->cache, 1);
	check(f);
	assert_int_equal(cache_info(f->cache).num_slabs, 0);
}

static void destroy(void *argument)
{
	struct fixture *f = argument;

	check(f);
	f->in_use = slab_cache_destroy(f->machine.caches, CACHE, 1);
	check(f);
}

/*
 * Expect: a cache that is shrunk meanwhile has no slab but the new one. One
 * that somebody destroys stays: the object that is under way counts as one
 * that is in use.
 */
static void a_cache_outlives_its_allocations(enum slab_allocator allocator,
					     bool numa, uint32_t flags)
{
	struct fixture f;

	start(&f, allocator, numa, OBJECT, flags);
	f.wanted = 3;
	take_dry(&f, shrink);
	assert_int_equal(cache_info(f.cache).num_slabs, 1);
	finish(&f);
	start(&f, allocator, numa, OBJECT, flags);
	take_dry(&f, destroy);
	assert_int_equal(f.in_use, 1);
	finish(&f);
}

static void slub_caches_outlive_their_allocations(void **state)
{
	(void)state;
	a_cache_outlives_its_allocations(SLAB_ALLOCATOR_SLUB, true, 0);
	a_cache_outlives_its_allocations(SLAB_ALLOCATOR_SLUB, true,
					 SLAB_RED_ZONE);
}

static void slab_caches_outlive_their_allocations(void **state)
{
	(void)state;
	a_cache_outlives_its_allocations(SLAB_ALLOCATOR_SLAB, true, 0);
	a_cache_outlives_its_allocations(SLAB_ALLOCATOR_SLAB, false, 0);
}

/*
 *	CPU 0's array   empty, sleeps for slab A
 *	others          [2 3 4 5 …] of slab B, they took 0 and 1
 *
 * Expect: the array's newest object serves; A is the node's, untouched.
 */
static void slab_uses_an_array_that_was_filled_in_between(void **state)
{
	struct object_grant got;
	struct fixture f;

	(void)state;
	start(&f, SLAB_ALLOCATOR_SLAB, false, OBJECT, 0);
	f.wanted = 2;
	got = take_dry(&f, take_some);
	assert_int_equal(got.path, PATH_SLAB_CPU);
	assert_int_equal(cache_info(f.cache).num_slabs, 2);
	assert_int_equal(cache_info(f.cache).active_slabs, 1);
	finish(&f);
}

static void fill_array(void *argument)
{
	struct fixture *f = argument;

	f->wanted = MOST - 1;
	take_some(f);
	free_all(f);
}

/* Expect: an array that is full when the slab comes takes none of it. */
static void slab_leaves_a_full_array_alone(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, SLAB_ALLOCATOR_SLAB, false, OBJECT, 0);
	take_dry(&f, fill_array);
	assert_int_equal(cache_info(f.cache).live_objs, 1);
	finish(&f);
}

/*
 * With NUMA it is the last resort, a slab from anywhere, that sleeps.
 *
 * Expect: its object is handed out, whatever others did to the array.
 */
static void slab_falls_back_while_others_refill(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, SLAB_ALLOCATOR_SLAB, true, OBJECT, 0);
	f.wanted = 3;
	take_dry(&f, take_some);
	assert_int_equal(cache_info(f.cache).num_slabs, 2);
	assert_int_equal(cache_info(f.cache).live_objs, 4);
	finish(&f);
}

/*
 *	pages of a slab --> its list, kept off the slab: sleeps --> a slab
 *
 * Expect: pages that wait for their list are nobody's slab yet, so the cache
 * may be shrunk, and can't be destroyed, and all its lists are right.
 */
static void a_list_off_the_slab_may_be_waited_for(void **state)
{
	void (*const come_in[])(void *argument) = { take_some, shrink,
						    destroy };
	struct fixture f;

	(void)state;
	for (int i = 0; i < 3; i++) {
		start(&f, SLAB_ALLOCATOR_SLAB, false, 2048,
		      SLAB_TYPESAFE_BY_RCU);
		f.wanted = 1;
		others_may_come_in(&f.others, f.machine.memory, come_in[i], &f);
		f.others.ops.wake_kswapd = run_dry_again;
		f.machine.memory->zone[0].boosted = true;
		take(&f, 0);
		assert_int_equal(f.others.times, 1);
		assert_int_equal(cache_info(f.cache).live_objs, f.nr_live);
		check(&f);
		finish(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slub_gives_up_the_slab_that_came_in_between),
		cmocka_unit_test(slub_drops_a_full_slab_that_came_in_between),
		cmocka_unit_test(a_debugged_cache_lists_both_slabs),
		cmocka_unit_test(tables_may_move_in_between),
		cmocka_unit_test(slub_caches_outlive_their_allocations),
		cmocka_unit_test(slab_caches_outlive_their_allocations),
		cmocka_unit_test(slab_uses_an_array_that_was_filled_in_between),
		cmocka_unit_test(slab_leaves_a_full_array_alone),
		cmocka_unit_test(slab_falls_back_while_others_refill),
		cmocka_unit_test(a_list_off_the_slab_may_be_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
