/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sizes and orders of slabs, beside what /proc/slabinfo said on machines
 * with one CPU and with two.
 */

#include "tests/unit/slab_machine.h"

struct recorded {
	uint32_t objsize;
	uint32_t objects_1; /* per slab, with one CPU */
	uint32_t pages_1;
	uint32_t objects_2; /* the same with two */
	uint32_t pages_2;
};

/* Linux 6.1, 4 KiB pages: every size of object that its caches had. */
static const struct recorded slabinfo[] = {
	/* clang-format off */
	{ 8, 512, 1, 512, 1 },
	{ 16, 256, 1, 256, 1 },
	{ 24, 170, 1, 170, 1 },
	{ 32, 128, 1, 128, 1 },
	{ 40, 102, 1, 102, 1 },
	{ 48, 85, 1, 85, 1 },
	{ 56, 73, 1, 73, 1 },
	{ 64, 64, 1, 64, 1 },
	{ 72, 56, 1, 56, 1 },
	{ 80, 51, 1, 51, 1 },
	{ 88, 46, 1, 46, 1 },
	{ 96, 42, 1, 42, 1 },
	{ 104, 39, 1, 39, 1 },
	{ 112, 36, 1, 36, 1 },
	{ 120, 34, 1, 34, 1 },
	{ 128, 32, 1, 32, 1 },
	{ 136, 30, 1, 30, 1 },
	{ 152, 26, 1, 26, 1 },
	{ 184, 22, 1, 22, 1 },
	{ 192, 21, 1, 21, 1 },
	{ 200, 20, 1, 20, 1 },
	{ 216, 18, 1, 18, 1 },
	{ 256, 16, 1, 16, 1 },
	{ 272, 15, 1, 15, 1 },
	{ 312, 13, 1, 13, 1 },
	{ 320, 12, 1, 12, 1 },
	{ 384, 10, 1, 21, 2 },
	{ 416, 19, 2, 19, 2 },
	{ 432, 9, 1, 18, 2 },
	{ 512, 8, 1, 16, 2 },
	{ 576, 14, 2, 14, 2 },
	{ 584, 14, 2, 14, 2 },
	{ 624, 13, 2, 13, 2 },
	{ 640, 12, 2, 12, 2 },
	{ 664, 12, 2, 12, 2 },
	{ 704, 11, 2, 23, 4 },
	{ 712, 11, 2, 23, 4 },
	{ 768, 10, 2, 21, 4 },
	{ 784, 10, 2, 20, 4 },
	{ 832, 19, 4, 19, 4 },
	{ 960, 8, 2, 17, 4 },
	{ 968, 8, 2, 16, 4 },
	{ 1024, 8, 2, 16, 4 },
	{ 1088, 15, 4, 15, 4 },
	{ 1152, 14, 4, 14, 4 },
	{ 1216, 13, 4, 13, 4 },
	{ 1232, 13, 4, 13, 4 },
	{ 1344, 12, 4, 12, 4 },
	{ 1360, 12, 4, 12, 4 },
	{ 1600, 10, 4, 20, 8 },
	{ 1984, 8, 4, 16, 8 },
	{ 2048, 8, 4, 16, 8 },
	{ 2112, 15, 8, 15, 8 },
	{ 2176, 15, 8, 15, 8 },
	{ 2304, 14, 8, 14, 8 },
	{ 2496, 13, 8, 13, 8 },
	{ 4096, 8, 8, 8, 8 },
	{ 4480, 7, 8, 7, 8 },
	{ 6208, 5, 8, 5, 8 },
	{ 8192, 4, 8, 4, 8 },
	/* clang-format on */
};

#define NR_RECORDED (sizeof(slabinfo) / sizeof(slabinfo[0]))

static void expect_slab(struct slab_cache *cache, uint32_t objsize,
			uint32_t objects, uint32_t pages)
{
	struct slab_info info = cache_info(cache);

	assert_int_equal(info.objsize, objsize);
	assert_int_equal(info.objperslab, objects);
	assert_int_equal(info.pagesperslab, pages);
}

/* Expect: with one CPU, a slab should hold 8 objects or more. */
static void one_cpu_wants_few_objects(void **state)
{
	struct slab_machine_fixture f;

	(void)state;
	machine_init(&f, 1);
	for (uint32_t i = 0; i < NR_RECORDED; i++)
		expect_slab(cache_create(&f, i + 1, slabinfo[i].objsize, 0, 0),
			    slabinfo[i].objsize, slabinfo[i].objects_1,
			    slabinfo[i].pages_1);
	machine_release(&f);
}

/* Expect: with two, 12 or more, so that some slabs are twice as large. */
static void two_cpus_want_more(void **state)
{
	struct slab_machine_fixture f;

	(void)state;
	machine_init(&f, 2);
	for (uint32_t i = 0; i < NR_RECORDED; i++)
		expect_slab(cache_create(&f, i + 1, slabinfo[i].objsize, 0, 0),
			    slabinfo[i].objsize, slabinfo[i].objects_2,
			    slabinfo[i].pages_2);
	machine_release(&f);
}

/*
 *	|232 bytes.....|24|232 bytes.....|24|      aligned to 64
 *
 * Expect: the distance of two objects is a multiple of the alignment, which
 * SLAB_HWCACHE_ALIGN makes a cache line or the part of it that fits.
 */
static void alignment_costs_room(void **state)
{
	struct slab_machine_fixture f;

	(void)state;
	machine_init(&f, 1);
	expect_slab(cache_create(&f, 1, 1, 0, 0), 8, 512, 1);
	expect_slab(cache_create(&f, 2, 100, 0, 0), 104, 39, 1);
	expect_slab(cache_create(&f, 3, 232, 64, 0), 256, 16, 1);
	expect_slab(cache_create(&f, 4, 100, 0, SLAB_HWCACHE_ALIGN), 128, 32,
		    1);
	expect_slab(cache_create(&f, 5, 20, 0, SLAB_HWCACHE_ALIGN), 32, 128, 1);
	expect_slab(cache_create(&f, 6, 20, 256, SLAB_HWCACHE_ALIGN), 256, 16,
		    1);
	expect_slab(cache_create(&f, 7, 20, 4, 0), 24, 170, 1);
	machine_release(&f);
}

/*
 *	RCU      |object 100|4|free pointer|
 *	red zone |left pad 8|object 100|4|padding 8|
 *	tracks   |object 100|4|who allocated 32|who freed 32|
 *
 * Expect: what is kept beside an object is kept behind it, in its order.
 */
static void metadata_costs_room(void **state)
{
	struct slab_machine_fixture f;

	(void)state;
	machine_init(&f, 1);
	expect_slab(cache_create(&f, 1, 100, 0, SLAB_TYPESAFE_BY_RCU), 112, 36,
		    1);
	expect_slab(cache_create(&f, 2, 100, 0, SLAB_POISON), 112, 36, 1);
	expect_slab(cache_create(&f, 3, 100, 0, SLAB_RED_ZONE), 120, 34, 1);
	/* No room is left by the rounding: one more word for the red zone. */
	expect_slab(cache_create(&f, 4, 104, 0, SLAB_RED_ZONE), 128, 32, 1);
	expect_slab(cache_create(&f, 5, 100, 0, SLAB_STORE_USER), 168, 24, 1);
	expect_slab(cache_create(&f, 6, 100, 64, SLAB_RED_ZONE), 192, 21, 1);
	expect_slab(cache_create(&f, 7, 100, 0, SLAB_CONSISTENCY_CHECKS), 104,
		    39, 1);
	machine_release(&f);
}

/* Expect: a 32-bit kernel counts in words of 4 bytes, aligns to 8. */
static void words_are_shorter_on_32_bits(void **state)
{
	struct slab_machine_fixture f;

	(void)state;
	machine_describe(&f, 1);
	f.desc.address_bits = 32;
	machine_start(&f);
	expect_slab(cache_create(&f, 1, 100, 0, 0), 104, 39, 1);
	expect_slab(cache_create(&f, 2, 100, 0, SLAB_TYPESAFE_BY_RCU), 104, 39,
		    1);
	expect_slab(cache_create(&f, 3, 100, 0, SLAB_STORE_USER), 144, 28, 1);
	machine_release(&f);
}

/*
 * Expect: one object a slab where no more fit order 3; the largest is the
 * page allocator's largest block, and one byte more is refused.
 */
static void large_objects_have_large_slabs(void **state)
{
	struct slab_machine_fixture f;

	(void)state;
	machine_init(&f, 1);
	expect_slab(cache_create(&f, 1, 20000, 0, 0), 20000, 1, 8);
	expect_slab(cache_create(&f, 2, 40000, 0, 0), 40000, 1, 16);
	expect_slab(cache_create(&f, 3, 4 << 20, 0, 0), 4 << 20, 1, 1024);
	assert_int_equal(cache_create_as(&f, 4, (4 << 20) + 1, 0, 0),
			 SLAB_CREATE_TOO_BIG);
	assert_null(slab_cache_find(f.caches, 4));
	assert_true(slab_cache_was_refused(f.caches, 4));
	assert_false(slab_cache_was_refused(f.caches, 3));
	/* Tried again with what there is room for, the name is as any other. */
	assert_int_equal(cache_create_as(&f, 4, 64, 0, 0), SLAB_CREATED);
	assert_non_null(slab_cache_find(f.caches, 4));
	assert_false(slab_cache_was_refused(f.caches, 4));
	/* 64 bytes more than 32 bits can say. */
	assert_int_equal(cache_create_as(&f, 5, (1ull << 32) + 64, 0, 0),
			 SLAB_CREATE_TOO_BIG);
	machine_release(&f);
}

/* Expect: pages of 64 KiB hold many objects without going to an order. */
static void large_pages_hold_more(void **state)
{
	struct slab_machine_fixture f;

	(void)state;
	machine_describe(&f, 1);
	f.desc.page_shift = 16;
	machine_start(&f);
	expect_slab(cache_create(&f, 1, 8, 0, 0), 8, 8192, 1);
	expect_slab(cache_create(&f, 2, 4096, 0, 0), 4096, 16, 1);
	expect_slab(cache_create(&f, 3, 9000, 0, 0), 9000, 14, 2);
	machine_release(&f);
}

/* Expect: what no caller can mean is told apart from what can't be had. */
static void mistakes_are_refused(void **state)
{
	struct slab_machine_fixture f;

	(void)state;
	machine_init(&f, 1);
	cache_create(&f, 1, 64, 0, 0);
	assert_int_equal(cache_create_as(&f, 1, 64, 0, 0), SLAB_CREATE_EXISTS);
	assert_int_equal(cache_create_as(&f, 2, 0, 0, 0), SLAB_CREATE_BAD_SIZE);
	assert_int_equal(cache_create_as(&f, 3, 64, 24, 0),
			 SLAB_CREATE_BAD_ALIGN);
	machine_release(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_cpu_wants_few_objects),
		cmocka_unit_test(two_cpus_want_more),
		cmocka_unit_test(alignment_costs_room),
		cmocka_unit_test(metadata_costs_room),
		cmocka_unit_test(words_are_shorter_on_32_bits),
		cmocka_unit_test(large_objects_have_large_slabs),
		cmocka_unit_test(large_pages_hold_more),
		cmocka_unit_test(mistakes_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
