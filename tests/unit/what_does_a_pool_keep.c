/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a mempool holds in reserve, when it hands that out, and what it gives
 * back. Two nodes of 32 MiB, CPUs on node 0 only.
 */

#include "tests/unit/slab_machine.h"

#include "models/mempool.h"

#define POOL 7 /* a name */
#define CACHE 8

struct fixture {
	struct slab_machine_fixture machine;
	struct mempools *pools;
};

static int setup(void **state)
{
	static struct fixture f;

	machine_init(&f.machine, 1);
	f.pools = mempools_new(f.machine.memory, f.machine.caches,
			       &f.machine.errors);
	assert_non_null(f.pools);
	*state = &f;
	return 0;
}

static void check(const struct fixture *f)
{
	char why[256];

	if (!mempools_validate(f->pools, why, sizeof(why)))
		fail_msg("%s", why);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	check(f);
	mempools_free(f->pools);
	machine_release(&f->machine);
	return 0;
}

static uint64_t free_pages(const struct fixture *f)
{
	const struct memory *memory = f->machine.memory;
	uint64_t pages = 0;

	for (uint32_t i = 0; i < memory->nr_zones; i++)
		pages += zone_free_pages(&memory->zone[i]) +
			 zone_pcp_pages(memory, &memory->zone[i]);
	return pages;
}

/* Live objects in all caches. */
static uint64_t live_objects(const struct fixture *f)
{
	struct slab_info info;
	uint64_t live = 0;

	for (size_t i = 0; i < slab_caches_count(f->machine.caches); i++) {
		slab_caches_info(f->machine.caches, i, &info);
		live += info.live_objs;
	}
	return live;
}

static struct mempool_request request_of(enum mempool_backing backing,
					 uint32_t min_nr)
{
	return (struct mempool_request){
		.name = POOL,
		.min_nr = min_nr,
		.backing = backing,
		.cache = CACHE,
		.size = 1000,
		.order = 2,
		.node = NODE_ANY,
	};
}

static uint32_t pool_of(struct fixture *f,
			const struct mempool_request *request)
{
	enum alloc_reason reason = REASON_NONE;

	assert_int_equal(mempool_create(f->pools, request, &reason),
			 MEMPOOL_CREATED);
	check(f);
	return mempool_find(f->pools, request->name);
}

static struct mempool_info info_of(const struct fixture *f, uint32_t pool)
{
	struct mempool_info info;

	mempool_info(f->pools, pool, &info);
	return info;
}

static struct object_grant get(struct fixture *f, uint32_t pool, gfp_t gfp)
{
	struct object_grant grant =
		mempool_alloc(f->pools, pool, gfp, 0, false);

	check(f);
	return grant;
}

/* Takes all the memory that GFP_ATOMIC may have, by pages of `order`. */
static void exhaust(struct fixture *f, order_t order)
{
	struct page_request request = { GFP_ATOMIC | __GFP_NOWARN, order, 0,
					NODE_ANY };

	while (page_alloc(f->machine.memory, &request).pfn != PFN_NONE)
		;
}

/*
 *	kmalloc-96: descriptor		72 bytes on 64 bits
 *	kmalloc-32: array		4 pointers
 *	kmalloc-1k: e e e e		the reserve
 *
 * Expect: six live objects, and none once the pool is gone.
 */
static void the_reserve_is_filled_at_creation(void **state)
{
	const struct mempool_request request = request_of(MEMPOOL_KMALLOC, 4);
	struct fixture *f = *state;
	uint32_t pool = pool_of(f, &request);

	assert_int_equal(live_objects(f), 6);
	assert_int_equal(info_of(f, pool).curr_nr, 4);
	assert_int_equal(info_of(f, pool).size, 1000);
	assert_int_equal(mempool_destroy(f->pools, pool, 0), 0);
	assert_int_equal(live_objects(f), 0);
	assert_int_equal(mempool_find(f->pools, POOL), MEMPOOL_NONE);
}

/*
 * Expect: as long as the backing has memory, the reserve is not touched, and
 * what is freed goes back to the backing.
 */
static void the_backing_comes_first(void **state)
{
	const struct mempool_request request = request_of(MEMPOOL_PAGES, 2);
	struct fixture *f = *state;
	uint32_t pool = pool_of(f, &request);
	uint64_t before = free_pages(f);
	struct object_grant grant = get(f, pool, GFP_NOIO);

	assert_int_not_equal(grant.path, PATH_RESERVE);
	assert_int_equal(grant.granted, 4 * 4096);
	assert_int_equal(grant.address, (uint64_t)grant.slab_pfn << 12);
	assert_int_equal(info_of(f, pool).curr_nr, 2);
	assert_int_equal(info_of(f, pool).outstanding, 1);
	assert_int_equal(free_pages(f), before - 4);
	assert_false(mempool_free(f->pools, pool, grant.address, 0));
	assert_int_equal(free_pages(f), before);
}

/*
 *	reserve	a b |			all other memory is gone
 *	get	a   | b
 *	get	    | b a
 *	get	    |			nothing, and the caller may wait
 *	free b	b   | a			the reserve has grown: wake someone
 *	free a	a b |
 *	free x	a b |			the reserve is full: x to the backing
 *
 * Expect: the newest of the reserve is handed out first, and it is filled up
 * before the backing gets anything back.
 */
static void the_reserve_comes_last_and_is_refilled_first(void **state)
{
	const struct mempool_request request = request_of(MEMPOOL_PAGES, 2);
	struct fixture *f = *state;
	uint32_t pool = pool_of(f, &request);
	struct object_grant other = get(f, pool, GFP_NOIO);
	struct object_grant b, a;
	uint64_t left;

	exhaust(f, 2);
	left = free_pages(f);
	b = get(f, pool, GFP_NOIO);
	a = get(f, pool, GFP_ATOMIC);
	assert_int_equal(b.path, PATH_RESERVE);
	assert_int_equal(a.path, PATH_RESERVE);
	assert_non_null(a.zone);
	assert_int_equal(a.granted, 4 * 4096);
	assert_int_equal(get(f, pool, GFP_NOIO).address, OBJECT_NONE);
	assert_int_equal(get(f, pool, GFP_NOIO).reason, REASON_POOL_EMPTY);
	assert_true(mempool_free(f->pools, pool, b.address, 0));
	assert_true(mempool_free(f->pools, pool, a.address, 0));
	assert_int_equal(free_pages(f), left);
	assert_false(mempool_free(f->pools, pool, other.address, 0));
	assert_int_equal(free_pages(f), left + 4);
	assert_int_equal(info_of(f, pool).outstanding, 0);
}

/*
 * Expect: an element is never worth the emergency reserves, whatever the
 * caller's flags: free pages stay above those that a plain caller leaves.
 */
static void the_emergency_reserves_are_not_touched(void **state)
{
	const struct mempool_request request = request_of(MEMPOOL_PAGES, 1);
	struct fixture *f = *state;
	uint32_t pool = pool_of(f, &request);
	uint64_t left;

	exhaust(f, 2);
	left = free_pages(f);
	assert_int_equal(get(f, pool, GFP_ATOMIC | __GFP_MEMALLOC).path,
			 PATH_RESERVE);
	assert_int_equal(free_pages(f), left);
}

/*
 * Expect: a pool that can't fill its reserve is not made, and all that it had
 * by then is given back; its name is remembered as refused until it is made.
 */
static void a_reserve_that_cannot_be_filled(void **state)
{
	struct mempool_request request = request_of(MEMPOOL_PAGES, 1000000);
	enum alloc_reason reason = REASON_NONE;
	struct fixture *f = *state;

	request.order = 0;
	assert_int_equal(mempool_create(f->pools, &request, &reason),
			 MEMPOOL_NO_MEMORY);
	assert_int_equal(reason, REASON_TOO_BIG); /* the array alone: 8 MB */
	request.min_nr = 100000;
	assert_int_equal(mempool_create(f->pools, &request, &reason),
			 MEMPOOL_NO_MEMORY);
	assert_int_equal(reason, REASON_WATERMARK);
	assert_int_equal(live_objects(f), 0);
	assert_true(free_pages(f) > 2 * NODE_PAGES - 16);
	assert_int_equal(mempool_find(f->pools, POOL), MEMPOOL_NONE);
	assert_true(mempool_was_refused(f->pools, POOL));
	request.min_nr = 1;
	pool_of(f, &request);
	assert_false(mempool_was_refused(f->pools, POOL));
}

/* Expect: objects of a cache, as many as are asked for; none of it is lost. */
static void a_pool_over_a_cache(void **state)
{
	const struct mempool_request request = request_of(MEMPOOL_SLAB, 3);
	enum alloc_reason reason = REASON_NONE;
	struct fixture *f = *state;
	struct object_grant grant;
	struct slab_cache *cache;
	uint32_t pool;

	assert_int_equal(mempool_create(f->pools, &request, &reason),
			 MEMPOOL_NO_CACHE);
	cache = cache_create(&f->machine, CACHE, 200, 0, 0);
	pool = pool_of(f, &request);
	assert_int_equal(cache_info(cache).live_objs, 3);
	grant = get(f, pool, GFP_KERNEL);
	assert_int_equal(cache_info(cache).live_objs, 4);
	assert_int_equal(info_of(f, pool).size, 200);
	/* A cache with objects in a reserve is not destroyed. */
	assert_int_equal(slab_cache_destroy(f->machine.caches, CACHE, 0), 4);
	mempool_free(f->pools, pool, grant.address, 0);
	mempool_destroy(f->pools, pool, 0);
	assert_int_equal(slab_cache_destroy(f->machine.caches, CACHE, 0), 0);
	assert_false(mempool_has_backing(f->pools, pool));
}

/*
 * Expect: a pool is destroyed though an element is out, and says how many
 * are. The element then goes to the backing; the name is free for another
 * pool, which gets nothing of it.
 */
static void an_element_outlives_its_pool(void **state)
{
	const struct mempool_request request = request_of(MEMPOOL_KMALLOC, 2);
	struct fixture *f = *state;
	uint32_t pool = pool_of(f, &request);
	struct object_grant grant = get(f, pool, GFP_KERNEL);
	uint32_t second;

	assert_int_equal(mempool_destroy(f->pools, pool, 0), 1);
	assert_true(info_of(f, pool).destroyed);
	assert_int_equal(live_objects(f), 1);
	second = pool_of(f, &request);
	assert_int_not_equal(second, pool);
	assert_false(mempool_free(f->pools, pool, grant.address, 0));
	assert_int_equal(info_of(f, second).curr_nr, 2);
	assert_int_equal(live_objects(f), 4);
	mempool_destroy(f->pools, second, 0);
	assert_int_equal(live_objects(f), 0);
}

/* Expect: an empty reserve is a reserve too, and so is one of nothing. */
static void pools_of_nothing(void **state)
{
	struct mempool_request request = request_of(MEMPOOL_KMALLOC, 0);
	struct fixture *f = *state;
	struct object_grant grant;
	uint32_t pool = pool_of(f, &request);

	grant = get(f, pool, GFP_KERNEL);
	assert_int_not_equal(grant.address, OBJECT_NONE);
	assert_false(mempool_free(f->pools, pool, grant.address, 0));
	mempool_destroy(f->pools, pool, 0);
	request.min_nr = 3;
	request.size = 0;
	pool = pool_of(f, &request);
	grant = get(f, pool, GFP_KERNEL);
	assert_int_equal(grant.address, ZERO_SIZE_OBJECT);
	assert_false(mempool_free(f->pools, pool, grant.address, 0));
	assert_int_equal(mempool_destroy(f->pools, pool, 0), 0);
	assert_int_equal(live_objects(f), 0);
}

/* Expect: an element that the backing does not know is noticed. */
static void a_lost_element_is_noticed(void **state)
{
	const struct mempool_request request = request_of(MEMPOOL_PAGES, 1);
	struct fixture *f = *state;
	uint32_t pool = pool_of(f, &request);
	const struct page_request back = { GFP_ATOMIC | __GFP_MEMALLOC, 2, 0,
					   NODE_ANY };
	struct object_grant grant;
	char why[256] = "";

	exhaust(f, 2);
	grant = get(f, pool, GFP_NOIO);
	assert_int_equal(grant.path, PATH_RESERVE);
	mempool_free(f->pools, pool, grant.address, 0);
	page_free(f->machine.memory, 0, grant.slab_pfn, 2);
	assert_false(mempools_validate(f->pools, why, sizeof(why)));
	assert_non_null(strstr(why, "not allocated"));
	/* Taken again, it is in order. */
	assert_int_equal(page_alloc(f->machine.memory, &back).pfn,
			 grant.slab_pfn);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_reserve_is_filled_at_creation),
		TEST(the_backing_comes_first),
		TEST(the_reserve_comes_last_and_is_refilled_first),
		TEST(the_emergency_reserves_are_not_touched),
		TEST(a_reserve_that_cannot_be_filled),
		TEST(a_pool_over_a_cache),
		TEST(an_element_outlives_its_pool),
		TEST(pools_of_nothing),
		TEST(a_lost_element_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
