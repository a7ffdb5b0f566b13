/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Slabs when memory is fragmented, or short.
 */

#include "tests/unit/slab_machine.h"

struct fixture {
	struct slab_machine_fixture machine;
	struct slab_cache *cache;
	pfn_t page[NODE_PAGES];
	uint32_t nr_pages;
};

static int setup(void **state)
{
	static struct fixture f;

	machine_init(&f.machine, 2);
	f.cache = cache_create(&f.machine, 1, 1024, 0, 0);
	f.nr_pages = 0;
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	machine_release(&f->machine);
	return 0;
}

/* Takes single pages of node 0 until there are none for such a caller. */
static void fill_node(struct fixture *f, gfp_t gfp)
{
	struct page_request request = {
		.gfp = gfp | __GFP_THISNODE,
		.node = 0,
	};
	pfn_t pfn;

	while ((pfn = page_alloc(f->machine.memory, &request).pfn) != PFN_NONE)
		f->page[f->nr_pages++] = pfn;
}

static struct object_grant get(struct fixture *f, gfp_t gfp)
{
	struct object_request request = {
		.gfp = gfp | __GFP_THISNODE,
		.node = 0,
	};

	return slab_cache_alloc(f->machine.caches, f->cache, &request);
}

/*
 *	memory   .#.#.#.#.#.#…      a slab of 4 pages is wanted
 *
 * Expect: the slab gets the one page that its objects need: it holds 4, and
 * the fifth is on another.
 */
static void one_page_will_do(void **state)
{
	struct fixture *f = *state;
	struct object_grant first;

	fill_node(f, __GFP_MEMALLOC);
	for (uint32_t i = 0; i < f->nr_pages; i++)
		if (f->page[i] % 2)
			page_free(f->machine.memory, 0, f->page[i], 0);
	first = get(f, GFP_KERNEL);
	assert_int_equal(first.path, PATH_SLAB_NEW);
	for (int i = 1; i < 4; i++)
		assert_int_equal(get(f, GFP_KERNEL).slab_pfn, first.slab_pfn);
	assert_int_equal(get(f, GFP_KERNEL).path, PATH_SLAB_NEW);
	assert_int_equal(cache_info(f->cache).num_objs, 8);
	assert_int_equal(cache_info(f->cache).num_pages, 2);
	assert_int_equal(cache_info(f->cache).objperslab, 16);
}

/* Expect: a failure is a result, with the page allocator's reason. */
static void no_page_is_a_failure(void **state)
{
	struct fixture *f = *state;
	struct object_grant grant;

	fill_node(f, GFP_NOWAIT);
	grant = get(f, GFP_NOWAIT);
	assert_int_equal(grant.address, OBJECT_NONE);
	assert_int_equal(grant.reason, REASON_WATERMARK);
	assert_int_equal(grant.path, PATH_NONE);
	assert_false(grant.host_failed);
	assert_int_equal(cache_info(f->cache).live_objs, 0);
}

/*
 *	memory below its marks; one slab, from the reserves   #...
 *
 * Expect: on a list, it serves only those who may use the reserves. Once it
 * is a CPU's own, its objects go to anyone, unchecked.
 */
static void reserves_are_for_those_who_may(void **state)
{
	const gfp_t may = GFP_NOWAIT | __GFP_MEMALLOC;
	struct fixture *f = *state;
	struct object_grant first;

	fill_node(f, GFP_ATOMIC);
	first = get(f, may);
	assert_int_not_equal(first.address, OBJECT_NONE);
	assert_int_equal(get(f, GFP_NOWAIT).slab_pfn, first.slab_pfn);

	slab_cache_shrink(f->machine.caches, f->cache, 0);
	assert_int_equal(get(f, GFP_NOWAIT).address, OBJECT_NONE);
	assert_int_equal(get(f, may | __GFP_NOMEMALLOC).address, OBJECT_NONE);
	assert_int_equal(get(f, may).slab_pfn, first.slab_pfn);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(one_page_will_do),
		test(no_page_is_a_failure),
		test(reserves_are_for_those_who_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
