/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * zone_reclaim_mode: before another node is asked, the own one gives back page
 * cache that nobody has mapped. 1 % of 2048 pages are 20.
 */

#include "tests/unit/reclaim_machine.h"

static struct machine *with_mode(void **state, uint32_t mode)
{
	struct machine *m = *state;

	machine_stop(m);
	reclaim_describe(m);
	m->desc.sysctl.zone_reclaim_mode = mode;
	reclaim_start(m);
	return m;
}

static bool try(struct machine *m, gfp_t gfp)
{
	struct pressure_request request = {
		.gfp = gfp,
		.highest = ZONE_NORMAL,
		.zonelist = &m->memory->node[0].fallback,
	};

	return reclaim_node(m->memory, &m->memory->zone[0], &request);
}

/* Expect: off, nothing is done. */
static void a_mode_of_0_is_off(void **state)
{
	struct machine *m = *state;

	make_many(m, 800, &cache);
	assert_false(try(m, GFP_KERNEL));
}

/* Expect: more than 20 unmapped pages are worth it; 20 are not. */
static void enough_page_cache_is_taken(void **state)
{
	struct machine *m = with_mode(state, 1);

	make_many(m, 20, &cache);
	assert_false(try(m, GFP_KERNEL));
	make_many(m, 780, &cache);
	assert_true(try(m, GFP_KERNEL));
	assert_int_equal(event(m, VM_PGSTEAL_DIRECT), 32);
	assert_int_equal(event(m, VM_ZONE_RECLAIM_FAILED), 0);
	assert_int_equal(event(m, VM_ALLOCSTALL_NORMAL), 0);
}

/*
 * 40 unmapped pages are on the lists, and 30 mapped ones locked in memory.
 * Expect: 10 is what that leaves, as the kernel counts; it is not worth it.
 */
static void mapped_pages_count_wherever_they_are(void **state)
{
	struct machine *m = with_mode(state, 1);
	const struct folio_desc locked = { .mapped = true,
					   .unevictable = true };

	make_many(m, 30, &locked);
	make_many(m, 40, &cache);
	assert_int_equal(stat_of(m, NR_FILE_MAPPED), 30);
	assert_false(try(m, GFP_KERNEL));
	make_many(m, 11, &cache);
	assert_true(try(m, GFP_KERNEL));
}

/*
 * Expect: more reclaimable slab pages than 5 % of 2048 are a reason to try,
 * whatever comes of it; 102 are not.
 */
static void many_slabs_are_a_reason(void **state)
{
	struct machine *m = with_mode(state, 1);
	uint64_t *slabs = &m->memory->node[0].stat[NR_SLAB_RECLAIMABLE];

	*slabs = 102;
	assert_false(try(m, GFP_KERNEL));
	assert_int_equal(event(m, VM_ZONE_RECLAIM_FAILED), 0);
	*slabs = 103;
	assert_true(try(m, GFP_KERNEL));
	assert_int_equal(event(m, VM_ZONE_RECLAIM_FAILED), 1);
	*slabs = 0;
}

/* Expect: who may not wait does not. */
static void who_may_not_wait_goes_on(void **state)
{
	struct machine *m = with_mode(state, 1);

	make_many(m, 800, &cache);
	assert_false(try(m, GFP_ATOMIC));
}

/* Expect: mapped and dirty pages don't count, unless the mode says so. */
static void the_mode_says_what_counts(void **state)
{
	struct machine *m = with_mode(state, 1);
	const struct folio_desc mapped = { .mapped = true };

	forget_use(m, make_many(m, 300, &mapped), 300);
	make_many(m, 300, &dirty);
	assert_false(try(m, GFP_KERNEL));

	m = with_mode(state, 1 | 4);
	forget_use(m, make_many(m, 300, &mapped), 300);
	make_many(m, 200, &dirty);
	assert_true(try(m, GFP_KERNEL));
	assert_int_not_equal(event(m, VM_PGSTEAL_DIRECT), 0);
}

/* Expect: all is locked: it is tried down to priority 0, and counted. */
static void failure_is_counted(void **state)
{
	struct machine *m = with_mode(state, 1);

	make_many(m, 100, &cache);
	for (folio_t n = 0; n < 100; n++)
		at(m, n)->flags |= FOLIO_LOCKED;
	assert_true(try(m, GFP_KERNEL));
	assert_int_equal(event(m, VM_ZONE_RECLAIM_FAILED), 1);
	assert_int_equal(m->memory->work.count[WORK_NODES_RECLAIMED], 5);
	for (folio_t n = 0; n < 100; n++)
		at(m, n)->flags &= ~FOLIO_LOCKED;
}

int main(void)
{
#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(name, reclaim_setup, reclaim_teardown)
	const struct CMUnitTest tests[] = {
		T(a_mode_of_0_is_off),
		T(enough_page_cache_is_taken),
		T(who_may_not_wait_goes_on),
		T(the_mode_says_what_counts),
		T(failure_is_counted),
		T(mapped_pages_count_wherever_they_are),
		T(many_slabs_are_a_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
