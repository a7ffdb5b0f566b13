/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An area of vmalloc's, or an element of a mempool, is waited for in the
 * middle, and others make and free areas and pools meanwhile. An area takes,
 * in this order, any of which may sleep:
 *
 *	descriptors --> range --> array --> pages --> page tables
 */

#include "tests/unit/slab_machine.h"

#include "models/mempool.h"
#include "models/vmalloc/vmalloc_internal.h"
#include "tests/unit/others_helper.h"

#define PAGE ((uint64_t)4096)
#define MOST 600
#define NAME 7

struct fixture {
	struct slab_machine_fixture machine;
	struct others others;
	struct vmalloc *vmalloc;
	struct mempools *pools;
	uint64_t offset[MOST];
	int nr;
	int wanted;	/* areas that others make */
	uint64_t pages; /* of each */
	uint64_t outstanding;
};

static void check(const struct fixture *f)
{
	char why[256];

	if (!slab_caches_validate(f->machine.caches, why, sizeof(why)) ||
	    !vmalloc_validate(f->vmalloc, why, sizeof(why)) ||
	    !mempools_validate(f->pools, why, sizeof(why)) ||
	    !memory_validate(f->machine.memory, why, sizeof(why)))
		fail_msg("%s", why);
}

static void start(struct fixture *f)
{
	memset(f, 0, sizeof(*f));
	machine_describe(&f->machine, 2);
	f->machine.desc.vmalloc_start = 0xffffc90000000000;
	f->machine.desc.vmalloc_size = 1ull << 32;
	machine_start(&f->machine);
	f->vmalloc = vmalloc_new(f->machine.memory, f->machine.caches,
				 &f->machine.errors);
	f->pools = mempools_new(f->machine.memory, f->machine.caches,
				&f->machine.errors);
	assert_non_null(f->vmalloc);
	assert_non_null(f->pools);
	f->pages = 1;
}

static struct vmalloc_grant take(struct fixture *f, uint64_t pages)
{
	struct vmalloc_grant grant = vmalloc_alloc(f->vmalloc, pages * PAGE,
						   GFP_KERNEL, NODE_ANY, 0);

	assert_int_equal(grant.reason, REASON_NONE);
	assert_int_equal(grant.pages, pages);
	assert_true(f->nr < MOST);
	f->offset[f->nr++] = grant.vaddr_offset;
	return grant;
}

static void drop_last(struct fixture *f)
{
	assert_true(vmalloc_release(f->vmalloc, f->offset[--f->nr], 0));
}

/* Others make areas, and free every other one. */
static void make_areas(void *argument)
{
	struct fixture *f = argument;

	check(f);
	for (int i = 0; i < f->wanted; i++) {
		take(f, f->pages);
		if (i % 2)
			drop_last(f);
	}
	check(f);
}

static void wait_with(struct fixture *f, void (*come_in)(void *argument))
{
	others_may_come_in(&f->others, f->machine.memory, come_in, f);
	run_dry(f->machine.memory);
}

static uint64_t objects_of(const struct fixture *f, const char *name)
{
	for (size_t i = 0; i < slab_caches_count(f->machine.caches); i++) {
		struct slab_info info;

		slab_caches_info(f->machine.caches, i, &info);
		if (!strcmp(info.name, name))
			return info.live_objs;
	}
	fail_msg("no cache %s", name);
	return 0;
}

static uint64_t descriptors_in(const struct vmap_tree *tree)
{
	uint64_t nr = 0;

	for (uint32_t n = vmap_tree_first(tree); n != VMAP_NODE_NONE;
	     n = vmap_tree_next(tree, n))
		nr += vmap_node(tree, n)->object != OBJECT_NONE;
	return nr;
}

/* Each descriptor of a range is some range's, or kept at hand for one. */
static void expect_no_lost_descriptor(const struct fixture *f)
{
	const struct vmap_space *space = &f->vmalloc->space;
	uint64_t nr = descriptors_in(&space->free) +
		      descriptors_in(&space->busy) +
		      descriptors_in(&space->lazy);

	for (uint32_t cpu = 0; cpu < f->machine.memory->nr_cpus; cpu++)
		nr += space->preload[cpu] != OBJECT_NONE;
	assert_int_equal(objects_of(f, "vmap_area"), nr);
}

static void finish(struct fixture *f)
{
	f->others.come_in = NULL;
	check(f);
	expect_no_lost_descriptor(f);
	while (f->nr)
		drop_last(f);
	check(f);
	expect_no_lost_descriptor(f);
	assert_int_equal(vmalloc_nr_pages(f->vmalloc), 0);
	mempools_free(f->pools);
	vmalloc_free(f->vmalloc);
	machine_release(&f->machine);
}

/*
 * Sleeps for the very first thing that an area takes, its descriptor, while
 * others make so many areas that all tables of ours lie elsewhere.
 *
 * Expect: the area is as any other, and all of them can be freed.
 */
static void an_area_may_wait_for_its_descriptor(void **state)
{
	struct fixture f;

	(void)state;
	start(&f);
	f.wanted = 500;
	wait_with(&f, make_areas);
	take(&f, 3);
	assert_int_equal(f.others.times, 1);
	finish(&f);
}

/*
 *	CPU 0's descriptors   [# # # … # .]
 *
 * The last one is for the range itself; the one to be kept at hand besides has
 * to be waited for, and others come, and leave one there.
 *
 * Expect: the one that was waited for goes back.
 */
static void a_spare_descriptor_may_be_brought_by_another(void **state)
{
	uint64_t held[MOST];
	struct fixture f;
	uint32_t nr;

	(void)state;
	start(&f);
	object_put(&f.machine,
		   kmalloc(f.machine.caches, 64,
			   &(struct object_request){ GFP_KERNEL, 0, NODE_ANY })
			   .address,
		   0);
	nr = cache_info(f.vmalloc->space.cache).objperslab - 1;
	for (uint32_t i = 0; i < nr; i++)
		held[i] = object_get(&f.machine, f.vmalloc->space.cache, 0,
				     NODE_ANY)
				  .address;
	f.wanted = 2;
	wait_with(&f, make_areas);
	take(&f, 1);
	assert_int_equal(f.others.times, 1);
	for (uint32_t i = 0; i < nr; i++)
		object_put(&f.machine, held[i], 0);
	finish(&f);
}

/* So many that the slabs of descriptors are not what is waited for. */
static void warm_up(struct fixture *f, uint64_t pages)
{
	take(f, pages);
	take(f, pages);
	drop_last(f);
}

/*
 * Sleeps for its pages: one by one, since no zone has as many at once.
 *
 * Expect: others use up all room that there was for ranges and frames, and
 * the area still gets each of its pages once.
 */
static void an_area_may_wait_for_its_pages(void **state)
{
	struct vmalloc_grant grant;
	struct fixture f;

	(void)state;
	start(&f);
	warm_up(&f, 250);
	f.wanted = 9;
	f.pages = 100;
	wait_with(&f, make_areas);
	grant = take(&f, 250);
	assert_int_equal(f.others.times, 1);
	assert_int_equal(grant.pages, 250);
	finish(&f);
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

static void map_the_same(void *argument)
{
	struct fixture *f = argument;

	assert_int_equal(vmalloc_tables_map(&f->vmalloc->tables, 0, 7 * PAGE,
					    false, GFP_KERNEL, 1,
					    &(uint32_t){ 0 }),
			 REASON_NONE);
}

/*
 *	CPU 0   PMDs: sleeps for a page . . . . . . there: gives its page back
 *	CPU 1           makes PMDs, PTEs
 *
 * Expect: the two tables cost two pages, not three; and the entries written
 * are counted although work was counted anew in between.
 */
static void tables_may_be_made_by_another(void **state)
{
	struct fixture f;
	uint32_t entries = 0;
	uint64_t before;

	(void)state;
	start(&f);
	before = free_pages(&f);
	wait_with(&f, map_the_same);
	assert_int_equal(vmalloc_tables_map(&f.vmalloc->tables, 0, 3 * PAGE,
					    false, GFP_KERNEL, 0, &entries),
			 REASON_NONE);
	assert_int_equal(f.others.times, 1);
	assert_int_equal(entries, 3);
	assert_int_equal(free_pages(&f), before - 2);
	finish(&f);
}

/*
 *	first table of 512                  |  second, not there yet
 *	[101 pages  g][380 pages  g][next  ..|..                 g]
 *
 * Descriptors, and what notes 101 pages, are there.
 */
static void make_first_areas(struct fixture *f)
{
	take(f, 101);
	take(f, 380);
}

/*
 * The last of 101 pages comes alone, and its zone has been boosted; so it is
 * the second table that is waited for, after entries in the first.
 *
 * Expect: what an area has written into its tables is cleared when it is
 * freed, though it slept between two of them.
 */
static void entries_are_counted_across_a_sleep(void **state)
{
	struct fixture f;
	uint32_t area;

	(void)state;
	start(&f);
	make_first_areas(&f);
	f.wanted = 4;
	others_may_come_in(&f.others, f.machine.memory, make_areas, &f);
	f.others.ops.wake_kswapd = run_dry_again;
	f.machine.memory->zone[0].boosted = true;
	take(&f, 101);
	assert_int_equal(f.others.times, 1);
	area = vmalloc_find(f.vmalloc, f.offset[f.nr - 1]);
	assert_int_equal(f.vmalloc->area[area].entries, 101);
	finish(&f);
}

static void never_again(void *argument)
{
	struct fixture *f = argument;

	make_areas(f);
	f->others.ops.direct_reclaim = no_pressure_ops.direct_reclaim;
	/* Dry again after the next page. */
	f->machine.memory->zone[0].boosted = true;
}

/*
 * The second time that memory is dry nobody helps, and the area fails with
 * some of its pages there.
 *
 * Expect: all goes back, and the areas of others are as they were.
 */
static void a_half_built_area_is_given_back(void **state)
{
	struct vmalloc_grant grant;
	struct fixture f;
	uint64_t pages;

	(void)state;
	start(&f);
	make_first_areas(&f);
	f.wanted = 5;
	wait_with(&f, never_again);
	f.others.ops.wake_kswapd = run_dry_again;
	grant = vmalloc_alloc(f.vmalloc, 100 * PAGE, GFP_KERNEL, NODE_ANY, 0);
	assert_int_not_equal(grant.reason, REASON_NONE);
	assert_int_equal(f.others.times, 1);
	end_dryness(f.machine.memory);
	pages = 101 + 380 + 3;
	assert_int_equal(vmalloc_nr_pages(f.vmalloc), pages);
	finish(&f);
}

/* ---- mempools ---- */

static uint32_t make_pool(struct fixture *f, uint32_t name)
{
	struct mempool_request request = {
		.name = name,
		.min_nr = 2,
		.backing = MEMPOOL_PAGES,
		.node = NODE_ANY,
	};
	enum alloc_reason reason;

	assert_int_equal(mempool_create(f->pools, &request, &reason),
			 MEMPOOL_CREATED);
	return mempool_find(f->pools, name);
}

/* The reserve is out, so that the third element has to be waited for. */
static void empty_pool(struct fixture *f, uint32_t pool, uint64_t address[2])
{
	run_dry(f->machine.memory);
	for (int i = 0; i < 2; i++) {
		address[i] = mempool_alloc(f->pools, pool, GFP_NOWAIT, 0, false)
				     .address;
		assert_int_not_equal(address[i], OBJECT_NONE);
	}
}

static void make_pools(void *argument)
{
	struct fixture *f = argument;

	for (uint32_t name = NAME + 1; name < NAME + 200; name++)
		make_pool(f, name);
	check(f);
}

/* Expect: an element of the pool, wherever our table of pools lies by then. */
static void pools_may_be_made_in_between(void **state)
{
	struct mempool_info info;
	struct object_grant got;
	uint64_t address[2];
	struct fixture f;
	uint32_t pool;

	(void)state;
	start(&f);
	pool = make_pool(&f, NAME);
	empty_pool(&f, pool, address);
	wait_with(&f, make_pools);
	got = mempool_alloc(f.pools, pool, GFP_KERNEL, 0, false);
	assert_int_equal(f.others.times, 1);
	assert_int_equal(got.granted, PAGE);
	mempool_info(f.pools, pool, &info);
	assert_int_equal(info.outstanding, 3);
	for (int i = 0; i < 2; i++)
		assert_true(mempool_free(f.pools, pool, address[i], 0));
	assert_false(mempool_free(f.pools, pool, got.address, 0));
	finish(&f);
}

static void destroy_pool(void *argument)
{
	struct fixture *f = argument;

	f->outstanding =
		mempool_destroy(f->pools, mempool_find(f->pools, NAME), 1);
	check(f);
}

/*
 * Expect: a pool that is destroyed while somebody waits in it has one element
 * out besides the two that are; and that one goes to the backing at last.
 */
static void a_pool_may_be_destroyed_in_between(void **state)
{
	struct object_grant got;
	uint64_t address[2];
	struct fixture f;
	uint64_t before;
	uint32_t pool;

	(void)state;
	start(&f);
	pool = make_pool(&f, NAME);
	empty_pool(&f, pool, address);
	wait_with(&f, destroy_pool);
	got = mempool_alloc(f.pools, pool, GFP_KERNEL, 0, false);
	assert_int_equal(f.outstanding, 3);
	assert_int_not_equal(got.address, OBJECT_NONE);
	before = free_pages(&f);
	assert_false(mempool_free(f.pools, pool, got.address, 0));
	assert_int_equal(free_pages(&f), before + 1);
	for (int i = 0; i < 2; i++)
		assert_false(mempool_free(f.pools, pool, address[i], 0));
	finish(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_area_may_wait_for_its_descriptor),
		cmocka_unit_test(a_spare_descriptor_may_be_brought_by_another),
		cmocka_unit_test(an_area_may_wait_for_its_pages),
		cmocka_unit_test(tables_may_be_made_by_another),
		cmocka_unit_test(entries_are_counted_across_a_sleep),
		cmocka_unit_test(a_half_built_area_is_given_back),
		cmocka_unit_test(pools_may_be_made_in_between),
		cmocka_unit_test(a_pool_may_be_destroyed_in_between),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
