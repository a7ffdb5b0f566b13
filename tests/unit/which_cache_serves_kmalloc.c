/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which cache a kmalloc() is served from, how much it gives, and what it does
 * beyond the largest cache.
 */

#include "tests/unit/slab_machine.h"

struct served {
	uint64_t size;
	gfp_t gfp;
	const char *cache;
	uint64_t granted;
};

static int setup(void **state)
{
	static struct slab_machine_fixture m;

	machine_init(&m, 1);
	*state = &m;
	return 0;
}

static int teardown(void **state)
{
	machine_release(*state);
	return 0;
}

static struct object_grant get(struct slab_machine_fixture *m, uint64_t size,
			       gfp_t gfp)
{
	struct object_request request = { .gfp = gfp, .node = NODE_ANY };

	return kmalloc(m->caches, size, &request);
}

/* Live objects of the cache with that name. */
static uint64_t live(const struct slab_machine_fixture *m, const char *name)
{
	struct slab_info info;

	for (size_t i = 0; i < slab_caches_count(m->caches); i++) {
		slab_caches_info(m->caches, i, &info);
		if (strcmp(info.name, name) == 0)
			return info.live_objs;
	}
	fail_msg("no cache %s", name);
	return 0;
}

static void expect_served(struct slab_machine_fixture *m,
			  const struct served *want)
{
	uint64_t before = live(m, want->cache);
	struct object_grant grant = get(m, want->size, want->gfp);

	assert_int_equal(live(m, want->cache), before + 1);
	assert_int_equal(grant.granted, want->granted);
	assert_int_equal(ksize(m->caches, grant.address), want->granted);
	object_put(m, grant.address, 0);
	assert_int_equal(ksize(m->caches, grant.address), 0);
}

/* Expect: the smallest class that fits, at both ends of each. */
static void the_smallest_class_that_fits(void **state)
{
	static const struct served served[] = {
		{ 1, GFP_KERNEL, "kmalloc-8", 8 },
		{ 8, GFP_KERNEL, "kmalloc-8", 8 },
		{ 9, GFP_KERNEL, "kmalloc-16", 16 },
		{ 33, GFP_KERNEL, "kmalloc-64", 64 },
		{ 64, GFP_KERNEL, "kmalloc-64", 64 },
		{ 65, GFP_KERNEL, "kmalloc-96", 96 },
		{ 96, GFP_KERNEL, "kmalloc-96", 96 },
		{ 97, GFP_KERNEL, "kmalloc-128", 128 },
		{ 129, GFP_KERNEL, "kmalloc-192", 192 },
		{ 192, GFP_KERNEL, "kmalloc-192", 192 },
		{ 193, GFP_KERNEL, "kmalloc-256", 256 },
		{ 1025, GFP_KERNEL, "kmalloc-2k", 2048 },
		{ 4097, GFP_KERNEL, "kmalloc-8k", 8192 },
		{ 8192, GFP_KERNEL, "kmalloc-8k", 8192 },
	};

	for (size_t i = 0; i < sizeof(served) / sizeof(served[0]); i++)
		expect_served(*state, &served[i]);
}

/* Expect: DMA comes before reclaimable, and that before accounted. */
static void flags_choose_the_family(void **state)
{
	struct slab_machine_fixture *m = *state;
	uint64_t before = live(m, "dma-kmalloc-64");

	expect_served(m, &(struct served){ 64, GFP_KERNEL_ACCOUNT,
					   "kmalloc-cg-64", 64 });
	expect_served(
		m, &(struct served){ 64, GFP_KERNEL_ACCOUNT | __GFP_RECLAIMABLE,
				     "kmalloc-rcl-64", 64 });
	/* The machine has no DMA zone to serve it; the family is DMA's. */
	assert_int_equal(get(m, 64, GFP_KERNEL_ACCOUNT | GFP_DMA).address,
			 OBJECT_NONE);
	assert_int_equal(live(m, "dma-kmalloc-64"), before);
}

/* Expect: a kernel without a DMA zone ignores the flag. */
static void without_a_dma_zone_there_is_no_dma_family(void **state)
{
	struct slab_machine_fixture m;

	(void)state;
	machine_describe(&m, 1);
	m.desc.zone_types = 1u << ZONE_NORMAL | 1u << ZONE_MOVABLE;
	machine_start(&m);
	expect_served(&m, &(struct served){ 64, GFP_KERNEL | GFP_DMA,
					    "kmalloc-64", 64 });
	machine_release(&m);
}

/*
 * Expect: a cache is looked for once for each size that may have one, whether
 * it has memory or not; 0 bytes and blocks of pages need none.
 */
static void looking_for_a_cache_is_work(void **state)
{
	struct slab_machine_fixture *m = *state;
	const uint32_t *count = m->memory->work.count;
	uint32_t sizes = count[WORK_KMALLOC_SIZES];
	uint32_t large = count[WORK_LARGE_OBJECTS];

	get(m, 1, GFP_KERNEL);
	get(m, 8192, GFP_KERNEL);
	assert_int_equal(count[WORK_KMALLOC_SIZES], sizes + 2);
	get(m, 0, GFP_KERNEL);
	assert_int_equal(count[WORK_LARGE_OBJECTS], large);
	get(m, 8193, GFP_KERNEL);
	assert_int_equal(count[WORK_LARGE_OBJECTS], large + 1);
	assert_int_equal(count[WORK_KMALLOC_SIZES], sizes + 2);
}

/* Expect: one that there is no memory for costs what its refusal costs. */
static void a_refused_large_object_is_none(void **state)
{
	struct slab_machine_fixture *m = *state;
	uint32_t before = m->memory->work.count[WORK_LARGE_OBJECTS];
	uint32_t given = 0;

	for (int i = 0; i < 5000; i++)
		given += get(m, 1 << 20, GFP_NOWAIT).granted != 0;
	assert_in_range(given, 1, 4999);
	assert_int_equal(m->memory->work.count[WORK_LARGE_OBJECTS],
			 before + given);
}

/* Expect: objects of a power of two lie at multiples of it. */
static void powers_of_two_are_aligned(void **state)
{
	struct slab_machine_fixture *m = *state;

	for (uint64_t size = 8; size <= 8192; size *= 2)
		for (int i = 0; i < 3; i++)
			assert_int_equal(
				get(m, size, GFP_KERNEL).address % size, 0);
}

/*
 *	8,193 bytes   ## ##   order 2, no slab
 *
 * Expect: above two pages the page allocator serves, by order; kfree() knows
 * how much to give back.
 */
static void large_requests_go_to_the_page_allocator(void **state)
{
	struct slab_machine_fixture *m = *state;
	const uint64_t *stat = m->memory->node[0].stat;
	uint64_t before = stat[NR_SLAB_UNRECLAIMABLE];
	struct object_grant grant = get(m, 8193, GFP_KERNEL);

	assert_int_equal(grant.granted, 16384);
	/* They count as the slab allocator's all the same. */
	assert_int_equal(stat[NR_SLAB_UNRECLAIMABLE], before + 4);
	assert_int_equal(grant.address, (uint64_t)grant.slab_pfn << 12);
	assert_int_equal(slab_pfn_of(m->caches, grant.address), PFN_NONE);
	assert_int_equal(ksize(m->caches, grant.address), 16384);
	assert_int_equal(kfree(m->caches, grant.address + 4096, 0),
			 SLAB_FREE_BAD);
	object_put(m, grant.address, 0);
	assert_int_equal(kfree(m->caches, grant.address, 0), SLAB_FREE_BAD);
	assert_int_equal(stat[NR_SLAB_UNRECLAIMABLE], before);
	assert_int_equal(m->memory->work.count[WORK_LARGE_OBJECTS], 2);
	/* The largest block there is, and one byte more. */
	grant = get(m, 4u << 20, GFP_KERNEL);
	assert_int_equal(grant.granted, 4 << 20);
	assert_int_equal(grant.path, PATH_BUDDY);
	object_put(m, grant.address, 0);
	grant = get(m, (4u << 20) + 1, GFP_KERNEL);
	assert_int_equal(grant.address, OBJECT_NONE);
	assert_int_equal(grant.reason, REASON_TOO_BIG);
	grant = get(m, UINT64_MAX, GFP_KERNEL);
	assert_int_equal(grant.reason, REASON_TOO_BIG);
}

/* Expect: nothing is asked for, an address is given, nothing is freed. */
static void zero_bytes_have_an_address(void **state)
{
	struct slab_machine_fixture *m = *state;
	struct object_grant grant = get(m, 0, GFP_KERNEL);

	assert_int_equal(grant.address, ZERO_SIZE_OBJECT);
	assert_int_equal(grant.granted, 0);
	assert_int_equal(ksize(m->caches, grant.address), 0);
	assert_int_equal(kfree(m->caches, grant.address, 0), SLAB_FREED);
	assert_int_equal(kfree(m->caches, grant.address, 0), SLAB_FREED);
}

/* Allocates pages until frame 0 is the next one to be given. */
static void make_frame_0_the_next(struct slab_machine_fixture *m)
{
	struct page_request request = { .gfp = GFP_KERNEL, .node = 0 };
	struct page_grant grant;

	do {
		grant = page_alloc(m->memory, &request);
		assert_true(grant.pfn < NODE_PAGES);
	} while (grant.pfn);
	page_free(m->memory, 0, 0, 0);
}

/*
 * Expect: the object at byte 16 of memory, where ZERO_SIZE_PTR points in the
 * kernel's own addresses, is one like others; of no bytes, nothing is freed.
 */
static void an_object_at_16_is_not_zero_bytes(void **state)
{
	struct object_grant grant = { .address = OBJECT_NONE };
	struct slab_machine_fixture m;

	(void)state;
	machine_describe(&m, 1);
	for (int i = 0; i < 2; i++)
		m.zone[i].start_pfn -= NODE_PAGES;
	machine_start(&m);
	make_frame_0_the_next(&m);
	for (int i = 0; i < 512 && grant.address != 16; i++)
		grant = get(&m, 8, GFP_KERNEL);
	assert_int_equal(grant.address, 16);
	assert_int_equal(ksize(m.caches, 16), 8);
	assert_int_equal(kfree(m.caches, get(&m, 0, GFP_KERNEL).address, 0),
			 SLAB_FREED);
	assert_int_equal(ksize(m.caches, 16), 8);
	assert_int_equal(kfree(m.caches, 16, 0), SLAB_FREED);
	assert_int_equal(ksize(m.caches, 16), 0);
	machine_release(&m);
}

/* Expect: the newest cache first, as /proc/slabinfo of a real kernel. */
static void slabinfo_lists_them_in_the_kernels_order(void **state)
{
	static const char *const order[] = {
		"dma-kmalloc-8k",  "dma-kmalloc-4k",  "dma-kmalloc-2k",
		"dma-kmalloc-1k",  "dma-kmalloc-512", "dma-kmalloc-256",
		"dma-kmalloc-192", "dma-kmalloc-128", "dma-kmalloc-96",
		"dma-kmalloc-64",  "dma-kmalloc-32",  "dma-kmalloc-16",
		"dma-kmalloc-8",   "kmalloc-rcl-8k",
	};
	struct slab_machine_fixture *m = *state;
	struct slab_info info;

	assert_int_equal(slab_caches_count(m->caches), 4 * 13);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		slab_caches_info(m->caches, i, &info);
		assert_string_equal(info.name, order[i]);
	}
	slab_caches_info(m->caches, 4 * 13 - 1, &info);
	assert_string_equal(info.name, "kmalloc-8");
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(the_smallest_class_that_fits),
		test(flags_choose_the_family),
		cmocka_unit_test(without_a_dma_zone_there_is_no_dma_family),
		test(looking_for_a_cache_is_work),
		test(a_refused_large_object_is_none),
		test(powers_of_two_are_aligned),
		test(large_requests_go_to_the_page_allocator),
		test(zero_bytes_have_an_address),
		cmocka_unit_test(an_object_at_16_is_not_zero_bytes),
		test(slabinfo_lists_them_in_the_kernels_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
