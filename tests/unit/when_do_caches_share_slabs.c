/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Merging: when a new cache is but another name for one that exists.
 */

#include "tests/unit/slab_machine.h"

static int setup(void **state)
{
	static struct slab_machine_fixture m;

	machine_describe(&m, 1);
	m.desc.slab_merge = true;
	machine_start(&m);
	*state = &m;
	return 0;
}

static int teardown(void **state)
{
	machine_release(*state);
	return 0;
}

/* Creates a cache beside one of 200 bytes; true if they share. */
static bool shares(struct slab_machine_fixture *m, uint32_t size,
		   uint32_t align, uint32_t flags)
{
	struct slab_cache *first = cache_create(m, 1, 200, 0, 0);
	struct slab_cache *second = cache_create(m, 2, size, align, flags);
	bool same = first == second;

	assert_int_equal(slab_cache_destroy(m->caches, 1, 0), 0);
	assert_int_equal(slab_cache_destroy(m->caches, 2, 0), 0);
	return same;
}

/* Expect: up to a word smaller, never larger than the cache's objects. */
static void of_one_size_to_the_word(void **state)
{
	assert_true(shares(*state, 200, 0, 0));
	assert_true(shares(*state, 193, 0, 0));
	assert_false(shares(*state, 192, 0, 0));
	assert_false(shares(*state, 201, 0, 0));
}

/* Expect: objects 200 bytes apart are aligned to 8, not to 16. */
static void of_an_alignment_that_the_size_keeps(void **state)
{
	assert_true(shares(*state, 200, 8, 0));
	assert_false(shares(*state, 200, 16, 0));
}

/*
 * Expect: with SLUB, 64 bytes are aligned to 64 whoever asked for it; with
 * SLAB, where colours move objects, only if the older cache did.
 */
static void of_one_alignment_with_slab(void **state)
{
	struct slab_machine_fixture *slub = *state;
	struct slab_machine_fixture slab;
	struct slab_cache *old = cache_create(slub, 1, 64, 0, 0);

	assert_ptr_equal(cache_create(slub, 2, 64, 64, 0), old);
	machine_describe(&slab, 1);
	slab.desc.slab_merge = true;
	slab.desc.slab_allocator = SLAB_ALLOCATOR_SLAB;
	machine_start(&slab);
	old = cache_create(&slab, 1, 64, 0, 0);
	assert_ptr_not_equal(cache_create(&slab, 2, 64, 64, 0), old);
	assert_ptr_equal(cache_create(&slab, 3, 64, 8, 0), old);
	machine_release(&slab);
}

/* Expect: pages of one zone, mobility and account. */
static void of_one_kind_of_page(void **state)
{
	assert_false(shares(*state, 200, 0, SLAB_RECLAIM_ACCOUNT));
	assert_false(shares(*state, 200, 0, SLAB_ACCOUNT));
	assert_false(shares(*state, 200, 0, SLAB_CACHE_DMA32));
	assert_true(shares(*state, 200, 0, SLAB_PANIC));
}

/* Expect: none with caches that must keep to themselves. */
static void not_with_those_that_say_no(void **state)
{
	assert_false(shares(*state, 200, 0, SLAB_NO_MERGE));
	assert_false(shares(*state, 200, 0, SLAB_RED_ZONE));
	assert_false(shares(*state, 200, 0, SLAB_TYPESAFE_BY_RCU));
}

/* Expect: kmalloc's caches share with nobody. */
static void not_with_kmallocs(void **state)
{
	struct slab_machine_fixture *m = *state;
	size_t before = slab_caches_count(m->caches);

	cache_create(m, 1, 256, 0, 0);
	assert_int_equal(slab_caches_count(m->caches), before + 1);
}

/* Expect: a shared cache lives until its last name goes. */
static void until_the_last_name_goes(void **state)
{
	struct slab_machine_fixture *m = *state;
	struct slab_cache *cache = cache_create(m, 1, 200, 0, 0);
	uint64_t object;

	assert_ptr_equal(cache_create(m, 2, 196, 0, 0), cache);
	object = object_get(m, cache, 0, NODE_ANY).address;
	assert_int_equal(slab_cache_destroy(m->caches, 1, 0), 0);
	assert_null(slab_cache_find(m->caches, 1));
	assert_int_equal(slab_cache_destroy(m->caches, 2, 0), 1);
	object_put(m, object, 0);
	assert_int_equal(slab_cache_destroy(m->caches, 2, 0), 0);
}

/* Expect: nothing is shared on a machine that does not merge. */
static void not_where_the_machine_does_not_merge(void **state)
{
	struct slab_machine_fixture m;

	(void)state;
	machine_init(&m, 1);
	assert_false(shares(&m, 200, 0, 0));
	machine_release(&m);
}

/* Expect: names are found among many, before and after others go. */
static void names_are_kept_apart(void **state)
{
	struct slab_machine_fixture *m = *state;
	struct slab_cache *cache[200];

	for (uint32_t i = 0; i < 200; i++)
		cache[i] = cache_create(m, 1 + 1000 * i, 64 + 16 * i, 0, 0);
	for (uint32_t i = 0; i < 200; i += 2)
		assert_int_equal(slab_cache_destroy(m->caches, 1 + 1000 * i, 0),
				 0);
	for (uint32_t i = 0; i < 200; i++)
		assert_ptr_equal(slab_cache_find(m->caches, 1 + 1000 * i),
				 i % 2 ? cache[i] : NULL);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(of_one_size_to_the_word),
		test(of_an_alignment_that_the_size_keeps),
		test(of_one_alignment_with_slab),
		test(of_one_kind_of_page),
		test(not_with_those_that_say_no),
		test(not_with_kmallocs),
		test(until_the_last_name_goes),
		cmocka_unit_test(not_where_the_machine_does_not_merge),
		test(names_are_kept_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
