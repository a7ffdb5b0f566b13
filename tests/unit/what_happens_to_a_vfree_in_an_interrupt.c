/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vfree() takes a mutex, so in an interrupt it leaves the area to a work item
 * of the same CPU, and in an NMI it can't even do that.
 */

#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "tests/unit/engine_run.h"

#define AREA "  - {t: 1us, op: vmalloc, id: 1, size: 64KiB}\n"
#define AREA_PAGES 16

/* Expect: in process context the area is gone when the call has ended. */
static void a_process_frees_it_itself(void **state)
{
	struct engine_run *run = *state;

	run_events(run, AREA "  - {t: 2us, op: vfree, id: 1}\n");
	assert_int_equal(told_at(run, 0)->area_pages, AREA_PAGES);
	assert_int_equal(told_at(run, 1)->area_pages, 0);
	assert_int_equal(told_at(run, 1)->outcome.status, OUTCOME_OK);
}

static void freed_later(struct engine_run *run, const char *how)
{
	char events[512];

	snprintf(events, sizeof(events),
		 AREA "  - {t: 2us, %s}\n"
		      "  - {t: 2us, op: alloc_pages, id: 2, gfp: GFP_KERNEL}\n",
		 how);
	run_events(run, events);
	assert_int_equal(told_at(run, 1)->outcome.status, OUTCOME_OK);
	assert_int_equal(told_at(run, 1)->area_pages, AREA_PAGES);
	assert_int_equal(told_at(run, 2)->area_pages, 0);
	assert_int_equal(run->area_pages, 0);
}

/*
 *	call	vfree ends	|
 *	work			| area freed
 *	next call			     | at the same time
 *
 * Expect: when the call ends the area is still there; before the next call,
 * be it at the same time, it is gone. No rule is broken.
 */
static void an_interrupt_leaves_it_to_a_task(void **state)
{
	struct engine_run *run = *state;

	freed_later(run, "op: vfree, id: 1, ctx: hardirq");
	assert_int_equal(run->totals.violations, 0);
	freed_later(run, "op: vfree, id: 1, ctx: softirq");
	assert_int_equal(run->totals.violations, 0);
	freed_later(run, "op: kvfree, id: 1, ctx: hardirq");
	assert_int_equal(run->totals.violations, 0);
}

/*
 * Expect: the task runs on the CPU of the interrupt: the pages go to that
 * CPU's lists, where its next allocation finds the one freed last.
 */
static void the_task_is_on_the_same_cpu(void **state)
{
	struct engine_run *run = *state;

	run_events(run, "  - {t: 1us, op: vmalloc, id: 1, size: 4KiB}\n"
			"  - {t: 2us, op: vfree, id: 1, ctx: hardirq, cpu: 1}\n"
			"  - {t: 3us, op: alloc_pages, id: 2, cpu: 1, "
			"gfp: GFP_HIGHUSER}\n");
	assert_int_equal(told_at(run, 2)->outcome.path, PATH_PCP);
	assert_int_equal(told_at(run, 2)->outcome.pfn,
			 told_at(run, 0)->outcome.pfn);
}

/*
 * Expect: in an NMI the kernel stops. The area stays, its id too, and can be
 * freed where that is allowed.
 */
static void an_nmi_can_leave_nothing_behind(void **state)
{
	struct engine_run *run = *state;

	run_events(run, AREA "  - {t: 2us, op: vfree, id: 1, ctx: nmi}\n"
			     "  - {t: 3us, op: kvfree, id: 1, ctx: nmi}\n"
			     "  - {t: 4us, op: vfree, id: 1}\n");
	for (size_t i = 1; i <= 2; i++) {
		assert_int_equal(told_at(run, i)->outcome.status,
				 OUTCOME_FAILED);
		assert_int_equal(told_at(run, i)->outcome.reason,
				 REASON_FORBIDDEN);
		assert_int_equal(told_at(run, i)->area_pages, AREA_PAGES);
	}
	assert_string_equal(told_at(run, 1)->rule, "vfree-in-nmi");
	assert_int_equal(told_at(run, 3)->outcome.status, OUTCOME_OK);
	assert_int_equal(run->area_pages, 0);
}

/* Expect: once the free was called the id is free for another allocation. */
static void the_id_is_free_at_once(void **state)
{
	struct engine_run *run = *state;

	run_events(run, AREA "  - {t: 2us, op: vfree, id: 1, ctx: hardirq}\n"
			     "  - {t: 2us, op: vmalloc, id: 1, size: 8KiB}\n");
	assert_int_equal(run->result, ENGINE_DONE);
	assert_int_equal(run->area_pages, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_process_frees_it_itself),
		TEST(an_interrupt_leaves_it_to_a_task),
		TEST(the_task_is_on_the_same_cpu),
		TEST(an_nmi_can_leave_nothing_behind),
		TEST(the_id_is_free_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
