/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The slab allocator under a long random load, beside a plain table of what
 * is live; and whether the recount notices what is wrong.
 */

#include "tests/unit/slab_machine.h"

#include <stdlib.h>

#include "models/slab/aslab.h"

#define NR_CACHES 6
#define NR_STEPS 60000
#define MOST_LIVE 3000

struct live {
	uint64_t address;
	uint64_t bytes;
};

struct fixture {
	struct slab_machine_fixture machine;
	struct slab_cache *cache[NR_CACHES];
	struct live live[MOST_LIVE];
	uint32_t nr_live;
	uint32_t random;
	uint64_t round; /* of reaping */
};

static const uint32_t sizes[NR_CACHES] = { 8, 100, 232, 700, 1500, 4000 };
static const uint32_t flags[NR_CACHES] = {
	[1] = SLAB_RED_ZONE | SLAB_STORE_USER,
	[3] = SLAB_TYPESAFE_BY_RCU,
	[4] = SLAB_RECLAIM_ACCOUNT,
};

static int setup_with(void **state, enum slab_allocator allocator,
		      enum slab_rules rules)
{
	static struct fixture f;

	machine_describe(&f.machine, 2);
	f.machine.desc.slab_allocator = allocator;
	f.machine.desc.slab_rules = rules;
	machine_start(&f.machine);
	for (uint32_t i = 0; i < NR_CACHES; i++)
		f.cache[i] =
			cache_create(&f.machine, i + 1, sizes[i], 0, flags[i]);
	f.nr_live = 0;
	f.random = 1;
	f.round = 0;
	*state = &f;
	return 0;
}

static int setup(void **state)
{
	return setup_with(state, SLAB_ALLOCATOR_SLUB, SLAB_RULES_6_1);
}

static int setup_slab(void **state)
{
	return setup_with(state, SLAB_ALLOCATOR_SLAB, SLAB_RULES_6_1);
}

static int setup_old_slab(void **state)
{
	return setup_with(state, SLAB_ALLOCATOR_SLAB, SLAB_RULES_2_6);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	machine_release(&f->machine);
	return 0;
}

static uint32_t draw(struct fixture *f, uint32_t below)
{
	f->random = f->random * 1664525u + 1013904223u;
	return (f->random >> 8) % below;
}

static void step(struct fixture *f)
{
	cpu_t cpu = (cpu_t)draw(f, 2);
	node_t node = (node_t)((int)draw(f, 3) - 1);
	uint32_t which = draw(f, NR_CACHES);
	struct object_grant grant;

	if (slab_caches_need_reaping(f->machine.caches) && !draw(f, 500)) {
		f->round++;
		for (cpu_t each = 0; each < 2; each++)
			slab_caches_reap(f->machine.caches, each, f->round);
	}
	/* The number of live objects drifts up and down. */
	if (draw(f, MOST_LIVE) < f->nr_live) {
		which = draw(f, f->nr_live);
		object_put(&f->machine, f->live[which].address, cpu);
		f->live[which] = f->live[--f->nr_live];
		return;
	}
	grant = object_get(&f->machine, f->cache[which], cpu, node);
	assert_int_not_equal(grant.address, OBJECT_NONE);
	assert_in_range(grant.granted, sizes[which], sizes[which] + 7);
	f->live[f->nr_live++] = (struct live){ grant.address, sizes[which] };
}

static int by_address(const void *a, const void *b)
{
	const struct live *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

static void expect_valid(const struct fixture *f)
{
	char why[256] = "";

	if (!slab_caches_validate(f->machine.caches, why, sizeof(why)))
		fail_msg("%s", why);
	if (!memory_validate(f->machine.memory, why, sizeof(why)))
		fail_msg("%s", why);
}

static void expect_no_overlap(struct fixture *f)
{
	qsort(f->live, f->nr_live, sizeof(f->live[0]), by_address);
	for (uint32_t i = 1; i < f->nr_live; i++)
		assert_true(f->live[i - 1].address + f->live[i - 1].bytes <=
			    f->live[i].address);
}

/* Expect: counters and lists hold, no two objects share a byte. */
static void a_long_load_leaves_all_in_its_place(void **state)
{
	struct fixture *f = *state;
	uint64_t live = 0;

	for (int i = 0; i < NR_STEPS; i++) {
		step(f);
		if (i % 2000 == 0)
			expect_valid(f);
	}
	expect_no_overlap(f);
	for (int i = 0; i < NR_CACHES; i++)
		live += cache_info(f->cache[i]).live_objs;
	assert_int_equal(live, f->nr_live);
}

/* Expect: when all are freed and the caches gone, all memory is free. */
static void nothing_is_left_behind(void **state)
{
	struct fixture *f = *state;
	uint64_t pages = 0;

	for (int i = 0; i < NR_STEPS / 4; i++)
		step(f);
	while (f->nr_live)
		object_put(&f->machine, f->live[--f->nr_live].address,
			   (cpu_t)draw(f, 2));
	for (uint32_t i = 0; i < NR_CACHES; i++)
		assert_int_equal(
			slab_cache_destroy(f->machine.caches, i + 1, 0), 0);
	page_drain_all(f->machine.memory, 0);
	for (int i = 0; i < 2; i++)
		pages += zone_free_pages(&f->machine.memory->zone[i]);
	assert_int_equal(pages, 2 * NODE_PAGES);
}

static void expect_invalid(const struct fixture *f)
{
	char why[256] = "";

	assert_false(slab_caches_validate(f->machine.caches, why, sizeof(why)));
	assert_int_not_equal(why[0], 0);
}

/* Expect: the recount sees each of these slips, and only these. */
static void the_recount_notices(void **state)
{
	struct fixture *f = *state;
	struct slab_caches *caches = f->machine.caches;
	struct slab *slab;
	slab_id id = 1;

	for (int i = 0; i < 5000; i++)
		step(f);
	slab_cache_shrink(caches, f->cache[2], 0);
	while (slab_at(caches, id)->pfn == PFN_NONE ||
	       slab_at(caches, id)->cache != f->cache[2]->number)
		id++;
	slab = slab_at(caches, id);

	slab->inuse++;
	expect_invalid(f);
	slab->inuse--;
	slab->frozen = !slab->frozen;
	expect_invalid(f);
	slab->frozen = !slab->frozen;
	f->cache[2]->live++;
	expect_invalid(f);
	f->cache[2]->live--;
	caches->of_page[slab->pfn] = SLAB_NONE;
	expect_invalid(f);
	caches->of_page[slab->pfn] = id;
	slab->cache = f->cache[0]->number;
	expect_invalid(f);
	slab->cache = f->cache[2]->number;
	expect_valid(f);
}

/* Expect: objects that SLAB's arrays should not have are noticed, too. */
static void the_recount_notices_misplaced_objects(void **state)
{
	struct fixture *f = *state;
	struct aslab_cache *cache = (struct aslab_cache *)f->cache[2];
	struct array_cache *ac;

	for (int i = 0; i < 5000; i++)
		step(f);
	ac = &cache->cpu[0];
	while (!ac->avail)
		step(f);
	ac->avail--;
	expect_invalid(f);
	ac->avail++;
	ac->entry[0].index++;
	expect_invalid(f);
	ac->entry[0].index--;
	cache->node[0].free_objects++;
	expect_invalid(f);
	cache->node[0].free_objects--;
	expect_valid(f);
}

/*
 * Expect: a new cache takes the place of one that is gone, and no object is
 * taken for another cache's; where all numbers are in use, an error says so.
 */
static void caches_are_told_apart_by_number(void **state)
{
	struct fixture *f = *state;
	struct slab_caches *caches = f->machine.caches;
	cache_number gone = f->cache[3]->number;
	struct slab_cache_request request = { .name = NR_CACHES + 2,
					      .text = "late",
					      .size = 48,
					      .flags = SLAB_RED_ZONE };
	size_t numbers = caches->nr_numbers;
	uint64_t before, after;

	before = object_get(&f->machine, f->cache[4], 0, NODE_ANY).address;
	assert_int_equal(slab_cache_destroy(caches, 4, 0), 0);
	f->cache[3] = cache_create(&f->machine, NR_CACHES + 1, 700, 0,
				   SLAB_TYPESAFE_BY_RCU);
	assert_int_equal(f->cache[3]->number, gone);
	after = object_get(&f->machine, f->cache[3], 0, NODE_ANY).address;
	assert_ptr_equal(slab_cache_at(caches, before), f->cache[4]);
	assert_ptr_equal(slab_cache_at(caches, after), f->cache[3]);
	assert_int_equal(kfree(caches, before, 0), SLAB_FREED);
	assert_int_equal(kfree(caches, after, 1), SLAB_FREED);
	assert_int_equal(caches->nr_numbers, numbers);

	/* One more than there may be is nothing that the host lacks. */
	caches->free_number = (size_t)SLAB_MOST_CACHES + 1;
	assert_int_equal(slab_cache_create(caches, &request),
			 SLAB_CREATE_TOO_MANY);
	assert_int_equal(f->machine.errors.nr, 0);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define test_slab(name)                                                        \
	cmocka_unit_test_setup_teardown(name, setup_slab, teardown)
#define test_old_slab(name)                                                    \
	cmocka_unit_test_setup_teardown(name, setup_old_slab, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(a_long_load_leaves_all_in_its_place),
		test(nothing_is_left_behind),
		test(the_recount_notices),
		test(caches_are_told_apart_by_number),
		test_slab(a_long_load_leaves_all_in_its_place),
		test_slab(nothing_is_left_behind),
		test_slab(the_recount_notices_misplaced_objects),
		test_old_slab(a_long_load_leaves_all_in_its_place),
		test_old_slab(nothing_is_left_behind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
