/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an import makes of kswapd where its frees are calls of the workload:
 * when it was at work, and when per-CPU lists were emptied.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/import_text_each.h"

#define EVENT(task, t, rest) "   " task " [000] ..... 6.00000" #t ": " rest "\n"
#define FREE(task, t, pfn)                                                     \
	EVENT(task, t, "mm_page_free: page=ffffea0000 pfn=0x" #pfn " order=0")
#define ALLOC(task, t, pfn)                                                    \
	EVENT(task, t,                                                         \
	      "mm_page_alloc: page=ffffea0000 pfn=0x" #pfn                     \
	      " order=0 migratetype=0 gfp_flags=GFP_KERNEL")
#define WAKEUP(t)                                                              \
	EVENT("dd-1", t,                                                       \
	      "mm_vmscan_wakeup_kswapd: nid=1 order=0 gfp_flags=GFP_KERNEL")
#define BEGIN(t) EVENT("kswapd1-9", t, "mm_vmscan_kswapd_wake: nid=1 order=0")
#define SLEEP(t) EVENT("kswapd1-9", t, "mm_vmscan_kswapd_sleep: nid=1")
#define SHRUNK(t) EVENT("kswapd1-9", t, "mm_shrink_slab_end: x: nid: 1")

/*
 * Expect: known before the request that wakes it; each run ends behind
 * kswapd's own last event, where it slept after that: it was woken, or says so.
 */
static void runs_end_behind_their_last_event(void **state)
{
	static const char trace[] = FREE("dd-1", 0, 10) WAKEUP(1);
	static const char first[] = BEGIN(2) FREE("kswapd1-9", 3, 20);
	static const char rest[] = SHRUNK(4) FREE("dd-1", 5, 11) WAKEUP(6);
	static const char last[] = BEGIN(7) FREE("dd-1", 8, 12) SLEEP(9);
	char all[2000];

	(void)state;
	snprintf(all, sizeof(all), "%s%s%s%s", trace, first, rest, last);
	import_lines(&text, all);
	expect_events(&text,
		      "  - {t: 0, op: free_pages, pfn: 16, order: 0}\n"
		      "  - {t: 1000, op: kswapd_end, node: 1}\n"
		      "  - {t: 2000, op: kswapd_begin, node: 1}\n"
		      "  - {t: 3000, op: free_pages, pfn: 32, order: 0}\n"
		      "  - {t: 4000, op: kswapd_end, node: 1}\n"
		      "  - {t: 5000, op: free_pages, pfn: 17, order: 0}\n"
		      "  - {t: 7000, op: kswapd_begin, node: 1}\n"
		      "  - {t: 7000, op: kswapd_end, node: 1}\n"
		      "  - {t: 8000, op: free_pages, pfn: 18, order: 0}\n");
	assert_int_equal(kind_of(&text, "mm_vmscan_kswapd_wake")->used, 2);
	assert_int_equal(kind_of(&text, "mm_shrink_slab_end")
				 ->skipped[IMPORT_SKIP_RECLAIM],
			 1);
}

/* Expect: it begins anew and nobody woke it: it was at work until then. */
static void runs_may_follow_each_other_at_once(void **state)
{
	static const char first[] = BEGIN(0) FREE("kswapd1-9", 1, 20);
	static const char rest[] = FREE("dd-1", 2, 11) BEGIN(3);
	char all[1000];

	(void)state;
	snprintf(all, sizeof(all), "%s%s", first, rest);
	import_lines(&text, all);
	expect_events(&text,
		      "  - {t: 0, op: kswapd_end, node: 1}\n"
		      "  - {t: 0, op: kswapd_begin, node: 1}\n"
		      "  - {t: 1000, op: free_pages, pfn: 32, order: 0}\n"
		      "  - {t: 2000, op: free_pages, pfn: 17, order: 0}\n"
		      "  - {t: 3000, op: kswapd_end, node: 1}\n"
		      "  - {t: 3000, op: kswapd_begin, node: 1}\n");
}

#define COMPACTED(t, status)                                                   \
	EVENT("kcompactd1-8", t,                                               \
	      "mm_compaction_end: zone_start=0x1000 migrate_pfn=0x1e22 "       \
	      "free_pfn=0x1e00 zone_end=0x17fdd, mode=sync status=" status)

/* Expect: kcompactd has emptied the zone's lists where it came to nothing. */
static void compaction_in_vain_empties_lists(void **state)
{
	static const char first[] = COMPACTED(0, "complete") BEGIN(1);
	static const char then[] = SLEEP(2) COMPACTED(3, "complete");
	static const char rest[] = COMPACTED(4, "success");
	static const char last[] = COMPACTED(5, "partial_skipped");
	char all[2000];

	(void)state;
	snprintf(all, sizeof(all), "%s%s%s%s", first, then, rest, last);
	import_lines(&text, all);
	expect_events(&text, "  - {t: 1000, op: kswapd_end, node: 1}\n"
			     "  - {t: 1000, op: kswapd_begin, node: 1}\n"
			     "  - {t: 1000, op: kswapd_end, node: 1}\n"
			     "  - {t: 3000, op: drain_all_pages, pfn: 4096}\n"
			     "  - {t: 5000, op: drain_all_pages, pfn: 4096}\n");
}

#define DIRECT(t, what) EVENT("dd-1", t, "mm_vmscan_direct_reclaim_" what)

/*
 * Expect: who has reclaimed and reclaims again without a page has emptied all
 * lists in between; not who got one, nor who had reclaimed nothing.
 */
static void reclaim_in_vain_empties_lists(void **state)
{
	static const char reclaims[] = DIRECT(1, "begin: order=0");
	static const char some[] = DIRECT(2, "end: nr_reclaimed=5");
	static const char none[] = DIRECT(3, "end: nr_reclaimed=0");
	static const char alloc[] = ALLOC("dd-1", 4, 11);
	char all[2000];

	(void)state;
	snprintf(all, sizeof(all), BEGIN(0) "%s%s%s%s%s%s%s%s", reclaims, some,
		 alloc, reclaims, none, reclaims, some, reclaims);
	import_lines(&text, all);
	expect_events(&text,
		      "  - {t: 0, op: kswapd_end, node: 1}\n"
		      "  - {t: 0, op: kswapd_begin, node: 1}\n"
		      "  - {t: 4000, op: alloc_pages, id: 1, order: 0, gfp: "
		      "GFP_KERNEL, recorded: {ok: true, pfn: 17}}\n"
		      "  - {t: 4000, op: drain_all_pages}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(runs_end_behind_their_last_event),
		TEST(runs_may_follow_each_other_at_once),
		TEST(compaction_in_vain_empties_lists),
		TEST(reclaim_in_vain_empties_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
