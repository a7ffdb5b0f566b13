/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What waits for a grace period, and for how long: the pages of slabs of caches
 * with SLAB_TYPESAFE_BY_RCU.
 *
 * Objects are of 4 KiB. To give slabs back, all of their objects are freed and
 * the cache is shrunk.
 */

#include "models/task_ops.h"
#include "tests/unit/slab_machine.h"

#define NAME 1
#define MOST 64

struct fixture {
	struct slab_machine_fixture machine;
	struct slab_cache *cache;
	struct task_ops tasks;
	uint64_t before; /* free pages */
	int asked;	 /* how often for ticks */
};

static bool note_asked(struct memory *memory, void *argument)
{
	(void)memory;
	((struct fixture *)argument)->asked++;
	return true;
}

/* Free, on a CPU's list or not. */
static uint64_t free_pages(struct fixture *f)
{
	struct memory *memory = f->machine.memory;
	uint64_t pages = 0;

	page_drain_all(memory, 0);
	for (uint32_t i = 0; i < memory->nr_zones; i++)
		pages += zone_free_pages(&memory->zone[i]);
	return pages;
}

static void start(struct fixture *f, uint32_t flags)
{
	machine_init(&f->machine, 1);
	f->cache = cache_create(&f->machine, NAME, 4096, 0, flags);
	f->tasks = *f->machine.memory->tasks;
	f->tasks.call_rcu = note_asked;
	f->machine.memory->tasks = &f->tasks;
	f->machine.memory->tasks_argument = f;
	f->asked = 0;
	f->before = free_pages(f);
}

/* Fills that many slabs and discards them; their pages. */
static uint64_t discard(struct fixture *f, uint64_t slabs)
{
	uint64_t object[MOST * 8];
	uint64_t pages;
	size_t nr = 0;

	while (cache_info(f->cache).num_slabs < slabs ||
	       nr < cache_info(f->cache).num_objs)
		object[nr++] = object_get(&f->machine, f->cache, 0, 0).address;
	pages = cache_info(f->cache).num_pages;
	while (nr)
		object_put(&f->machine, object[--nr], 0);
	slab_cache_shrink(f->machine.caches, f->cache, 0);
	assert_int_equal(cache_info(f->cache).num_slabs, 0);
	return pages;
}

static void tick(struct fixture *f)
{
	char why[256] = "";

	slab_caches_tick(f->machine.caches);
	if (!slab_caches_validate(f->machine.caches, why, sizeof(why)))
		fail_msg("%s", why);
}

static uint64_t missing(struct fixture *f)
{
	return f->before - free_pages(f);
}

static uint64_t counted(const struct fixture *f)
{
	return f->machine.memory->node[0].stat[NR_SLAB_UNRECLAIMABLE];
}

/*
 *	          |tick      |tick      |tick
 *	discarded |          |          |
 *	     asked under way, over      page_free()
 *
 * Expect: slabinfo forgets the slabs at once, the node at the third tick, when
 * their pages are free.
 */
static void pages_come_back_at_the_third_tick(void **state)
{
	struct fixture f;
	uint64_t pages;

	(void)state;
	start(&f, SLAB_TYPESAFE_BY_RCU);
	pages = discard(&f, 2);
	assert_true(f.asked >= 1);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(missing(&f), pages);
		assert_int_equal(counted(&f), pages);
		assert_true(slab_caches_await_grace(f.machine.caches));
		tick(&f);
	}
	assert_int_equal(missing(&f), pages);
	tick(&f);
	assert_int_equal(missing(&f), 0);
	assert_int_equal(counted(&f), 0);
	assert_false(slab_caches_await_grace(f.machine.caches));
	machine_release(&f.machine);
}

/*
 *	            |1         |2         |3         |4
 *	2 slabs  --> under way  over       free
 *	         3 slabs    -->  under way  over      free
 *
 * Expect: who asks while a grace period is under way waits for the next one,
 * which begins where that ends.
 */
static void the_next_begins_where_one_ends(void **state)
{
	struct fixture f;
	uint64_t first, second;

	(void)state;
	start(&f, SLAB_TYPESAFE_BY_RCU);
	first = discard(&f, 2);
	tick(&f);
	second = discard(&f, 3);
	tick(&f);
	assert_int_equal(missing(&f), first + second);
	tick(&f);
	assert_int_equal(missing(&f), second);
	tick(&f);
	assert_int_equal(missing(&f), 0);
	machine_release(&f.machine);
}

/*
 *	            |1         |2         |3
 *	11 slabs --> under way  over       10 free, 1 left to ksoftirqd
 *	         3 slabs    -->  under way  over: free with that one
 *
 * Expect: what is left to ksoftirqd takes along what has become due by then.
 */
static void what_is_left_over_takes_more_along(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, SLAB_TYPESAFE_BY_RCU);
	discard(&f, 11);
	tick(&f);
	discard(&f, 3);
	tick(&f);
	assert_true(missing(&f) > 0);
	tick(&f);
	assert_int_equal(missing(&f), 0);
	machine_release(&f.machine);
}

/* Expect: other caches' pages don't wait; none do where nobody runs tasks. */
static void others_do_not_wait(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, 0);
	discard(&f, 2);
	assert_int_equal(f.asked, 0);
	assert_int_equal(missing(&f), 0);
	machine_release(&f.machine);
	start(&f, SLAB_TYPESAFE_BY_RCU);
	f.machine.memory->tasks = &no_task_ops;
	discard(&f, 2);
	assert_int_equal(missing(&f), 0);
	machine_release(&f.machine);
}

/* Expect: a cache is gone at once, its pages after the grace period. */
static void a_destroyed_cache_does_not_wait(void **state)
{
	struct fixture f;

	(void)state;
	start(&f, SLAB_TYPESAFE_BY_RCU | SLAB_RECLAIM_ACCOUNT);
	discard(&f, 2);
	assert_int_equal(slab_cache_destroy(f.machine.caches, NAME, 0), 0);
	assert_true(missing(&f) > 0);
	for (int i = 0; i < 3; i++)
		tick(&f);
	assert_int_equal(missing(&f), 0);
	machine_release(&f.machine);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_come_back_at_the_third_tick),
		cmocka_unit_test(the_next_begins_where_one_ends),
		cmocka_unit_test(what_is_left_over_takes_more_along),
		cmocka_unit_test(others_do_not_wait),
		cmocka_unit_test(a_destroyed_cache_does_not_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
