/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * SLAB's slabs: how many objects, of which size, beside what, at which
 * addresses. The figures of 2.6 are those that the books and /proc/slabinfo
 * of its time show; those of 6.1 are what CONFIG_SLAB's slabinfo has.
 */

#include "tests/unit/slab_machine.h"

struct class
{
	const char *name;
	uint32_t objsize;
	uint32_t objects;
	uint32_t pages;
	uint32_t limit;
};

static void slab_machine(struct slab_machine_fixture *f, enum slab_rules rules)
{
	machine_describe(f, 2);
	f->desc.slab_allocator = SLAB_ALLOCATOR_SLAB;
	f->desc.slab_rules = rules;
	if (rules == SLAB_RULES_6_1)
		return;
	f->desc.address_bits = 32;
	f->desc.numa = false;
	f->desc.kmalloc = (struct kmalloc_desc){
		.largest = 128 << 10,
		.no_96 = true,
		.families = 1u << KMALLOC_NORMAL | 1u << KMALLOC_DMA,
		.refuse_larger = true,
		.zero_is_smallest = true,
		.old_names = true,
	};
}

static struct slab_info info_of(struct slab_machine_fixture *f,
				const char *name)
{
	struct slab_info info = { 0 };

	for (size_t i = 0; i < slab_caches_count(f->caches); i++) {
		slab_caches_info(f->caches, i, &info);
		if (!strcmp(info.name, name))
			return info;
	}
	fail_msg("there is no cache %s", name);
	return info;
}

static void expect_classes(struct slab_machine_fixture *f,
			   const struct class *class, size_t nr)
{
	for (size_t i = 0; i < nr; i++) {
		struct slab_info info = info_of(f, class[i].name);

		assert_int_equal(info.objsize, class[i].objsize);
		assert_int_equal(info.objperslab, class[i].objects);
		assert_int_equal(info.pagesperslab, class[i].pages);
		assert_int_equal(info.limit, class[i].limit);
		assert_int_equal(info.batchcount, (class[i].limit + 1) / 2);
		assert_int_equal(info.sharedfactor,
				 class[i].objsize <= 4096 ? 8 : 0);
	}
}

/*
 * Expect: 124 objects of 32 bytes and their 124 indexes in a page; from 64
 * bytes on the indexes fit into a free object, so nothing is lost; 96 bytes
 * take two half cache lines more.
 */
static void classes_of_6_1(void **state)
{
	static const struct class classes[] = {
		{ "kmalloc-32", 32, 124, 1, 120 },
		{ "kmalloc-64", 64, 64, 1, 120 },
		{ "kmalloc-96", 128, 32, 1, 120 },
		{ "kmalloc-128", 128, 32, 1, 120 },
		{ "kmalloc-192", 192, 21, 1, 120 },
		{ "kmalloc-256", 256, 16, 1, 120 },
		{ "kmalloc-512", 512, 8, 1, 54 },
		{ "kmalloc-1k", 1024, 4, 1, 54 },
		{ "kmalloc-2k", 2048, 2, 1, 24 },
		{ "kmalloc-4k", 4096, 1, 1, 24 },
		{ "kmalloc-8k", 8192, 1, 2, 8 },
	};
	struct slab_machine_fixture f;

	(void)state;
	slab_machine(&f, SLAB_RULES_6_1);
	machine_start(&f);
	expect_classes(&f, classes, sizeof(classes) / sizeof(classes[0]));
	machine_release(&f);
}

/*
 *	|struct slab, 28|113 links of 4 bytes|113 objects of 32 bytes|
 *
 * Expect: the well-known 113 objects of size-32, 59 of size-64, 30 of
 * size-128; from 512 bytes on nothing but objects, since struct slab is kept
 * off the slab; the largest is 128 KiB.
 */
static void classes_of_2_6(void **state)
{
	static const struct class classes[] = {
		{ "size-32", 32, 113, 1, 120 },
		{ "size-64", 64, 59, 1, 120 },
		{ "size-128", 128, 30, 1, 120 },
		{ "size-192", 192, 20, 1, 120 },
		{ "size-256", 256, 15, 1, 120 },
		{ "size-512", 512, 8, 1, 54 },
		{ "size-1024", 1024, 4, 1, 54 },
		{ "size-2048", 2048, 2, 1, 24 },
		{ "size-4096", 4096, 1, 1, 24 },
		{ "size-8192", 8192, 1, 2, 8 },
		{ "size-16384", 16384, 1, 4, 8 },
		{ "size-32768", 32768, 1, 8, 8 },
		{ "size-65536", 65536, 1, 16, 8 },
		{ "size-131072", 131072, 1, 32, 8 },
		{ "size-131072(DMA)", 131072, 1, 32, 8 },
	};
	struct slab_machine_fixture f;

	(void)state;
	slab_machine(&f, SLAB_RULES_2_6);
	machine_start(&f);
	expect_classes(&f, classes, sizeof(classes) / sizeof(classes[0]));
	assert_int_equal(slab_caches_count(f.caches), 2 * 14);
	machine_release(&f);
}

/*
 * Expect: with pages of 8 KiB an index of 6.1 takes two bytes: 8192 / 34
 * objects of 32 bytes; 2.6 has 226, with links of 4 bytes as ever.
 */
static void pages_of_8_kib(void **state)
{
	struct slab_machine_fixture f;

	(void)state;
	slab_machine(&f, SLAB_RULES_6_1);
	f.desc.page_shift = 13;
	machine_start(&f);
	assert_int_equal(info_of(&f, "kmalloc-32").objperslab, 240);
	machine_release(&f);

	slab_machine(&f, SLAB_RULES_2_6);
	f.desc.page_shift = 13;
	machine_start(&f);
	assert_int_equal(info_of(&f, "size-32").objperslab, 226);
	machine_release(&f);
}

static void expect_order(struct slab_machine_fixture *f, uint32_t name,
			 uint64_t size, uint32_t flags, uint32_t objects,
			 uint32_t pages)
{
	struct slab_info info =
		cache_info(cache_create(f, name, size, 0, flags));

	assert_int_equal(info.objperslab, objects);
	assert_int_equal(info.pagesperslab, pages);
}

/*
 * Expect: 5 objects of 704 bytes leave more than an eighth of a page, so two
 * pages are taken; not for reclaimable objects. Larger slabs only where one
 * object needs them.
 */
static void an_eighth_may_be_lost(void **state)
{
	struct slab_machine_fixture f;

	(void)state;
	slab_machine(&f, SLAB_RULES_6_1);
	machine_start(&f);
	expect_order(&f, 1, 700, 0, 11, 2);
	expect_order(&f, 2, 700, SLAB_RECLAIM_ACCOUNT, 5, 1);
	expect_order(&f, 3, 2100, 0, 3, 2);
	expect_order(&f, 4, 5000, 0, 1, 2);
	expect_order(&f, 5, 9000, 0, 1, 4);
	expect_order(&f, 6, 4 << 20, 0, 1, 1024);
	assert_int_equal(cache_create_as(&f, 7, (4 << 20) + 1, 0, 0),
			 SLAB_CREATE_TOO_BIG);
	machine_release(&f);
}

/* Expect: 32 MiB of memory are too few for slabs of two pages. */
static void small_machines_have_small_slabs(void **state)
{
	struct slab_machine_fixture f;

	(void)state;
	slab_machine(&f, SLAB_RULES_6_1);
	f.desc.nr_nodes = 1;
	machine_start(&f);
	expect_order(&f, 1, 700, 0, 5, 1);
	machine_release(&f);
}

/* Expect: 2.6 has slabs of 32 pages at most. */
static void slabs_of_2_6_end_at_order_5(void **state)
{
	struct slab_machine_fixture f;

	(void)state;
	slab_machine(&f, SLAB_RULES_2_6);
	machine_start(&f);
	expect_order(&f, 1, 128 << 10, 0, 1, 32);
	assert_int_equal(cache_create_as(&f, 2, (128 << 10) + 4, 0, 0),
			 SLAB_CREATE_TOO_BIG);
	machine_release(&f);
}

/* The offset in its slab of the lowest object of a new slab. */
static uint32_t offset_of_next(struct slab_machine_fixture *f,
			       struct slab_cache *cache)
{
	struct slab_info info = cache_info(cache);
	uint64_t lowest = UINT64_MAX;
	pfn_t pfn = PFN_NONE;

	for (uint32_t i = 0; i < info.objperslab; i++) {
		struct object_grant o = object_get(f, cache, 0, NODE_ANY);

		assert_int_not_equal(o.address, OBJECT_NONE);
		if (o.address < lowest)
			lowest = o.address;
		assert_true(pfn == PFN_NONE || pfn == o.slab_pfn);
		pfn = o.slab_pfn;
	}
	return (uint32_t)(lowest - ((uint64_t)pfn << 12));
}

/*
 *	|     |object|object|…|object|  left  |	colour 1
 *	|          |object|object|…|object|   |	colour 2
 *
 * Expect: 448 bytes are left of two pages with 11 objects of 704: 7 colours,
 * a cache line apart, each slab the next, beginning with the second.
 */
static void slabs_of_6_1_are_coloured(void **state)
{
	static const uint32_t offsets[] = {
		64, 128, 192, 256, 320, 384, 0, 64
	};
	struct slab_machine_fixture f;
	struct slab_cache *cache;

	(void)state;
	slab_machine(&f, SLAB_RULES_6_1);
	machine_start(&f);
	cache = cache_create(&f, 1, 700, 0, 0);
	assert_int_equal(cache_info(cache).colours, 7);
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++)
		assert_int_equal(offset_of_next(&f, cache), offsets[i]);
	machine_release(&f);
}

/*
 * Expect: in 2.6 the 492 bytes left have room for struct slab and 11 links,
 * 72 bytes, after all; 420 are left for 6 colours, beginning with the first.
 */
static void slabs_of_2_6_are_coloured(void **state)
{
	static const uint32_t offsets[] = { 72, 136, 200, 264, 328, 392, 72 };
	struct slab_machine_fixture f;
	struct slab_cache *cache;

	(void)state;
	slab_machine(&f, SLAB_RULES_2_6);
	machine_start(&f);
	cache = cache_create(&f, 1, 700, 0, 0);
	assert_int_equal(cache_info(cache).colours, 6);
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++)
		assert_int_equal(offset_of_next(&f, cache), offsets[i]);
	machine_release(&f);
}

static void expect_manager(struct slab_machine_fixture *f, uint32_t name,
			   uint64_t size, uint32_t flags, const char *manager)
{
	struct slab_cache *cache = cache_create(f, name, size, 0, flags);
	struct object_grant o = object_get(f, cache, 0, NODE_ANY);

	assert_int_equal(o.address % size, 0);
	assert_int_equal(info_of(f, manager).live_objs, 1);
	object_put(f, o.address, 0);
	slab_cache_shrink(f->caches, cache, 0);
	assert_int_equal(cache_info(cache).num_slabs, 0);
	assert_int_equal(info_of(f, manager).live_objs, 0);
}

/*
 * Expect: where objects fill their slab to the last byte and the list may not
 * lie in a free one, it is an object of kmalloc's as long as the slab lives.
 * In 2.6: struct slab and 8 links, 60 bytes.
 */
static void lists_off_the_slab(void **state)
{
	struct slab_machine_fixture f;

	(void)state;
	slab_machine(&f, SLAB_RULES_6_1);
	machine_start(&f);
	expect_manager(&f, 1, 1024, SLAB_TYPESAFE_BY_RCU, "kmalloc-32");
	machine_release(&f);

	slab_machine(&f, SLAB_RULES_2_6);
	machine_start(&f);
	expect_manager(&f, 1, 512, 0, "size-64");
	machine_release(&f);
}

/* Expect: 2.6 aligns to a word, 6.1 to 8 bytes, and to 16 bytes at least. */
static void small_objects_are_padded(void **state)
{
	struct slab_machine_fixture f;

	(void)state;
	slab_machine(&f, SLAB_RULES_6_1);
	machine_start(&f);
	assert_int_equal(cache_info(cache_create(&f, 1, 5, 0, 0)).objsize, 16);
	assert_int_equal(cache_info(cache_create(&f, 2, 20, 0, 0)).objsize, 24);
	machine_release(&f);

	slab_machine(&f, SLAB_RULES_2_6);
	machine_start(&f);
	assert_int_equal(cache_info(cache_create(&f, 1, 5, 0, 0)).objsize, 8);
	assert_int_equal(cache_info(cache_create(&f, 2, 20, 0, 0)).objsize, 20);
	machine_release(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(classes_of_6_1),
		cmocka_unit_test(classes_of_2_6),
		cmocka_unit_test(pages_of_8_kib),
		cmocka_unit_test(an_eighth_may_be_lost),
		cmocka_unit_test(small_machines_have_small_slabs),
		cmocka_unit_test(slabs_of_2_6_end_at_order_5),
		cmocka_unit_test(slabs_of_6_1_are_coloured),
		cmocka_unit_test(slabs_of_2_6_are_coloured),
		cmocka_unit_test(lists_off_the_slab),
		cmocka_unit_test(small_objects_are_padded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
