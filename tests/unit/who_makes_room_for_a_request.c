/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A page allocator that finds nothing free, and the kernel's own helpers:
 * models/pressure.c. Memory is full of page cache; the marks are 64, 80 and 96.
 */

#include "tests/unit/reclaim_machine.h"

#include "models/pressure.h"

static struct machine *full(void **state)
{
	struct machine *m = *state;
	gfp_t gfp = GFP_NOWAIT | __GFP_MOVABLE;
	pfn_t pfn;

	m->memory->pressure = &kernel_pressure_ops;
	while ((pfn = get(m, gfp, 0)) != PFN_NONE)
		folio_new(m->memory, pfn, 0, gfp, &cache);
	return m;
}

/* Expect: without time for kswapd, it reclaims by itself and is served. */
static void a_caller_reclaims_for_itself(void **state)
{
	struct machine *m = full(state);
	struct page_grant grant = get_grant(m, GFP_KERNEL, 0);

	assert_int_not_equal(grant.pfn, PFN_NONE);
	assert_int_equal(grant.path, PATH_RECLAIM);
	assert_int_equal(event(m, VM_ALLOCSTALL_NORMAL), 1);
	assert_in_range(event(m, VM_PGSTEAL_DIRECT), 32, 63);
	assert_int_equal(event(m, VM_PGSTEAL_KSWAPD), 0);
}

/* Expect: a sleeping kswapd is woken by who can't wait; it makes room, and the
 * next such request is served at once. */
static void kswapd_makes_room_for_who_can_not_wait(void **state)
{
	struct machine *m = full(state);

	tasks.asleep[SLEEP_KSWAPD] = true;
	assert_int_equal(get(m, GFP_NOWAIT, 0), PFN_NONE);
	expect_log("+kswapd; ");
	reclaim_kswapd(m->memory, 0);
	assert_int_not_equal(get(m, GFP_NOWAIT, 0), PFN_NONE);
	assert_int_equal(event(m, VM_ALLOCSTALL_NORMAL), 0);
	assert_true(event(m, VM_PGSTEAL_KSWAPD) >= 32);
}

/* Expect: nothing but memory in use: it gives up after reclaim in vain. */
static void a_request_fails_when_nothing_can_be_taken(void **state)
{
	struct machine *m = *state;

	m->memory->pressure = &kernel_pressure_ops;
	while (get(m, GFP_NOWAIT, 0) != PFN_NONE)
		;
	assert_int_equal(get(m, GFP_KERNEL | __GFP_NORETRY, 0), PFN_NONE);
	assert_int_equal(event(m, VM_ALLOCSTALL_NORMAL), 1);
	assert_int_equal(event(m, VM_PGSTEAL_DIRECT), 0);
}

int main(void)
{
#define T(name)                                                                \
	cmocka_unit_test_setup_teardown(name, reclaim_setup, reclaim_teardown)
	const struct CMUnitTest tests[] = {
		T(a_caller_reclaims_for_itself),
		T(kswapd_makes_room_for_who_can_not_wait),
		T(a_request_fails_when_nothing_can_be_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
