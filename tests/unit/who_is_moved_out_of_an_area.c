/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What becomes of folios in a range of a contiguous memory area that a device
 * needs. Letters: compaction_machine.h. Pageblocks 1 and 2 of 4 are the area.
 */

#include "models/dma/cma.h"
#include "tests/unit/compaction_machine.h"

#define PAGES 16

static const struct cma_desc the_area = {
	.name = "area",
	.node = NODE_ANY,
	.start_pfn = 8,
	.pages = PAGES,
};

/* Takes all of the area; PFN_NONE: it can't be had. */
static pfn_t take_all(struct machine *m, struct runner *runner,
		      const char *pages)
{
	struct cma_area area;
	char why[256] = "";
	pfn_t pfn;

	compaction_draw(m, "mccm", pages);
	run_with(m, runner);
	assert_int_equal(cma_init(&area, m->memory, &the_area, &m->errors), 0);
	pfn = cma_alloc(m->memory, &area, 0, PAGES, 0);
	if (!cma_validate(m->memory, &area, why, sizeof(why)))
		fail_msg("%s", why);
	assert_int_equal(m->memory->zone[0].nr_isolated, 0);
	assert_false(m->memory->compaction->takes_range);
	cma_release_area(&area);
	return pfn;
}

#define ALL "################"

/*
 * Expect: anonymous memory is moved to where a request for movable pages finds
 * some; clean page cache is dropped, used as it may be.
 */
static void folios_make_way(void **state)
{
	struct runner runner = { .elapsed = 0 };
	struct machine m;

	(void)state;
	assert_int_equal(take_all(&m, &runner,
				  "######.. .f..a... ....a.f. ########"),
			 8);
	expect_folios(&m, "######aa" ALL "########");
	assert_int_equal(m.memory->vm_event[VM_PGMIGRATE_SUCCESS], 2);
	assert_int_equal(m.memory->node[0].stat[NR_INACTIVE_FILE], 0);
	compaction_stop(&m);
}

/* Expect: a range with a page that can't be moved is not taken. */
static void what_can_not_be_moved_keeps_its_range(void **state)
{
	struct runner runner = { .elapsed = 0 };
	struct machine m;

	(void)state;
	assert_int_equal(take_all(&m, &runner,
				  "######.. ....a... ..cc.... ########"),
			 PFN_NONE);
	assert_int_equal(m.memory->work.count[WORK_CMA_BUSY], 1);
	expect_folios(&m, "######ap ........ ..##.... ########");
	compaction_stop(&m);
}

/* Expect: what is locked is waited for, and moved then. */
static void locked_pages_are_waited_for(void **state)
{
	struct runner runner = { .elapsed = 0 };
	struct machine m;

	(void)state;
	assert_int_equal(take_all(&m, &runner,
				  "######.. ....l... ........ ########"),
			 8);
	assert_int_equal(runner.waits, 1);
	expect_folios(&m, "######fp" ALL "########");
	compaction_stop(&m);
}

/*
 * Expect: where there is no page to move to, folios stay, and no other range
 * is tried.
 */
static void folios_need_somewhere_to_go(void **state)
{
	static const char pages[] = "######## ....aa.. ........ ########";
	struct runner runner = { .elapsed = 0 };
	struct machine m;

	(void)state;
	assert_int_equal(take_all(&m, &runner, pages), PFN_NONE);
	expect_folios(&m, pages);
	assert_int_equal(m.memory->node[0].stat[NR_ISOLATED_ANON], 0);
	compaction_stop(&m);
}

/* Expect: who comes while another one takes a range waits; here, in vain. */
static void one_range_at_a_time(void **state)
{
	struct runner runner = { .elapsed = 0 };
	struct cma_area area;
	struct machine m;

	(void)state;
	compaction_draw(&m, "mccm", "######## ........ ........ ########");
	run_with(&m, &runner);
	assert_int_equal(cma_init(&area, m.memory, &the_area, &m.errors), 0);
	m.memory->compaction->takes_range = true;
	assert_int_equal(cma_alloc(m.memory, &area, 0, 1, 0), PFN_NONE);
	m.memory->compaction->takes_range = false;
	assert_int_equal(cma_alloc(m.memory, &area, 0, 1, 0), 8);
	cma_release_area(&area);
	compaction_stop(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(folios_make_way),
		cmocka_unit_test(what_can_not_be_moved_keeps_its_range),
		cmocka_unit_test(locked_pages_are_waited_for),
		cmocka_unit_test(folios_need_somewhere_to_go),
		cmocka_unit_test(one_range_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
