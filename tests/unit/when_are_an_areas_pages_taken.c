/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When an import takes the pages of an area of vmalloc's whose task is not seen
 * again after it has asked for them, while somebody else still had one of them.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/import_text_each.h"

#define ARRAY "kmalloc: call_site=__vmalloc_node_range+0x1/0x2 "
#define ARRAY_END " bytes_alloc=8 gfp_flags=GFP_KERNEL node=-1\n"

/*
 * A task asks for two pages and has no more events; another frees its area.
 *
 * Expect: the pages are taken just before the first of them is freed that
 * nobody has, by the task that asked for them, on its CPU.
 */
static void pages_of_a_task_that_is_not_seen_again(void **state)
{
	(void)state;
	import_lines(&text,
		     "b-2 [000] ..... 1.0: mm_page_alloc: page=1 pfn=0x90 "
		     "order=0 migratetype=0 gfp_flags=GFP_KERNEL\n"
		     "a-1 [001] ..... 1.000001: " ARRAY
		     "ptr=ffff888006271200 bytes_req=16" ARRAY_END
		     "b-2 [000] ..... 1.000002: mm_page_free: page=1 "
		     "pfn=0x90 order=0\n"
		     "c-3 [000] ..... 1.000003: mm_page_free: page=1 "
		     "pfn=0x90 order=0\n"
		     "c-3 [000] ..... 1.000004: mm_page_free: page=1 "
		     "pfn=0x91 order=0\n"
		     "c-3 [000] ..... 1.000005: kfree: call_site=x "
		     "ptr=ffff888006271200\n");
	expect_events(&text,
		      "  - {t: 0, op: alloc_pages, id: 1, order: 0, "
		      "gfp: GFP_KERNEL, recorded: {ok: true, pfn: 144}}\n"
		      "  - {t: 2000, op: free_pages, id: 1}\n"
		      "  - {t: 3000, op: alloc_pages, id: 2, order: 0, "
		      "gfp: GFP_KERNEL|__GFP_HIGHMEM|__GFP_NOWARN, cpu: 1, "
		      "recorded: {ok: true, pfn: 144}}\n"
		      "  - {t: 3000, op: alloc_pages, id: 3, order: 0, "
		      "gfp: GFP_KERNEL|__GFP_HIGHMEM|__GFP_NOWARN, cpu: 1, "
		      "recorded: {ok: true, pfn: 145}}\n"
		      "  - {t: 3000, op: free_pages, id: 2}\n"
		      "  - {t: 4000, op: free_pages, id: 3}\n");
	assert_int_equal(text.report.unknown_frees, 0);
	assert_int_equal(text.report.bulk_found, 2);
}

/*
 * The frames of an area: 0x90 and 0x91. The trace ends while another task has
 * them again, and the one that asked was not seen any more.
 *
 * Expect: nothing is left out without a word.
 */
static void pages_that_nothing_shows_taken(void **state)
{
	(void)state;
	import_lines(&text,
		     "b-2 [000] ..... 1.0: mm_page_alloc: page=1 pfn=0x90 "
		     "order=0 migratetype=0 gfp_flags=GFP_KERNEL\n"
		     "a-1 [001] ..... 1.000001: " ARRAY
		     "ptr=ffff888006271200 bytes_req=8" ARRAY_END
		     "b-2 [000] ..... 1.000002: mm_page_free: page=1 "
		     "pfn=0x90 order=0\n"
		     "b-2 [000] ..... 1.000003: kfree: call_site=x "
		     "ptr=ffff888006271200\n"
		     "b-2 [000] ..... 1.000004: mm_page_alloc: page=1 "
		     "pfn=0x90 order=0 migratetype=0 "
		     "gfp_flags=GFP_KERNEL\n");
	expect_events(&text,
		      "  - {t: 0, op: alloc_pages, id: 1, order: 0, "
		      "gfp: GFP_KERNEL, recorded: {ok: true, pfn: 144}}\n"
		      "  - {t: 2000, op: free_pages, id: 1}\n"
		      "  - {t: 4000, op: alloc_pages, id: 2, order: 0, "
		      "gfp: GFP_KERNEL, recorded: {ok: true, pfn: 144}}\n"
		      "  - {t: 4000, op: alloc_pages, id: 3, order: 0, "
		      "gfp: GFP_KERNEL|__GFP_HIGHMEM|__GFP_NOWARN, cpu: 1}\n");
	assert_int_equal(text.report.bulk_pages, 1);
	assert_int_equal(text.report.bulk_unplaced, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pages_of_a_task_that_is_not_seen_again),
		TEST(pages_that_nothing_shows_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
