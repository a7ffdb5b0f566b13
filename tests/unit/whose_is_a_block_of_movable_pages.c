/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When a type takes from another one's pageblock, pages on LRU lists count:
 * they can be moved. Letters: compaction_machine.h.
 */

#include "tests/unit/compaction_machine.h"

/* Takes a block of two pages; the pageblock is then of `types_after`. */
static pfn_t get_two(const char *types, const char *pages, gfp_t gfp,
		     const char *types_after)
{
	struct machine m;
	pfn_t pfn;

	compaction_draw(&m, types, pages);
	pfn = get(&m, gfp, 1);
	expect_types(&m, types_after);
	compaction_stop(&m);
	return pfn;
}

/*
 * 2 of 8 pages are free; 4 count as one's own.
 *
 * Expect: two movable pages tip the scales for a movable request; for an
 * unmovable one it is what is not movable.
 */
static void movable_pages_tip_the_scales(void **state)
{
	(void)state;
	assert_int_equal(get_two("u", "ff####..", GET_MOVABLE, "m"), 6);
	assert_int_equal(get_two("u", "f#####..", GET_MOVABLE, "u"), 6);
	assert_int_equal(get_two("m", "ffff##..", GET_UNMOVABLE, "u"), 6);
	assert_int_equal(get_two("m", "fffff#..", GET_UNMOVABLE, "m"), 6);
}

/* Expect: what has been taken off its list can't be told from the rest. */
static void isolated_pages_do_not_count(void **state)
{
	struct machine m;

	(void)state;
	compaction_draw(&m, "m", "ffffff..");
	folio_isolate(m.memory, folio_at(m.memory, 0));
	folio_isolate(m.memory, folio_at(m.memory, 1));
	assert_int_equal(get(&m, GET_UNMOVABLE, 1), 6);
	expect_types(&m, "u");
	folio_putback(m.memory, folio_at(m.memory, 0));
	folio_putback(m.memory, folio_at(m.memory, 1));
	compaction_stop(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(movable_pages_tip_the_scales),
		cmocka_unit_test(isolated_pages_do_not_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
