/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A trace imported with reclaim left to the run: which pages are page cache or
 * anonymous memory, which frees are no calls, and what became of pages that
 * compaction moved.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/import_text_each.h"

static const struct import_options options = { .no_tasks = true,
					       .model_reclaim = true };

static void reclaim_lines(const char *trace)
{
	import_with(&text, scratch_file(&text.workload.scratch, "t.txt", trace),
		    IMPORT_PAGES, &options);
}

#define EVENT(task, t, rest) "   " task " [000] ..... 6.00000" #t ": " rest "\n"
#define ALLOC(task, t, pfn, gfp)                                               \
	EVENT(task, t,                                                         \
	      "mm_page_alloc: page=ffffea0000 pfn=0x" #pfn                     \
	      " order=0 migratetype=0 gfp_flags=" gfp)
#define FREE(task, t, pfn)                                                     \
	EVENT(task, t, "mm_page_free: page=ffffea0000 pfn=0x" #pfn " order=0")
#define SHRUNK(task, t, list) SHRUNK_BY(task, t, 1, list)
#define SHRUNK_BY(task, t, nr, list)                                           \
	EVENT(task, t,                                                         \
	      "mm_vmscan_lru_shrink_inactive: nid=0 nr_reclaimed=" #nr         \
	      " flags=RECLAIM_WB_" list "|RECLAIM_WB_ASYNC")
#define RECLAIM(task, t, what) EVENT(task, t, "mm_vmscan_direct_reclaim_" what)

#define READ_GFP "GFP_NOFS|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_HARDWALL"
#define ANON_GFP "GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO"
#define AGAIN_GFP "GFP_HIGHUSER_MOVABLE|__GFP_COMP"

/*
 * The trace, by frame; dd reads, writes and has memory:
 *
 *	0x100	read; kswapd takes it, and has it for itself for a while
 *	0x101	read; kcompactd moves it
 *	0x102	read; dd takes it, for itself
 *	0x103	read; truncated
 *	0x104	written
 *	0x105	memory; kcompactd moves it
 *	0x106	memory
 *	0x107	a slab, which a shrinker gives back
 *	0x200	freed by an interrupt while kswapd runs
 *	0x300	freed by kcompactd: taken from the free lists and not needed, or
 *		there before, and moved: the run, which knows its start, decides
 *	0x301	freed among page cache: where 0x101 went
 *	0x302	freed among memory: where 0x105 went
 *	0x303	freed when nothing that was moved is missing any more
 *
 * Expect: what reclaim and compaction did is no call, but for the slab's page
 * and for what kswapd had for itself; the file is truncated when its last page
 * in the kernel is freed; what was moved is freed by its id.
 */
static void everything_in_one_trace(void **state)
{
	(void)state;
	import_with(&text, "tests/fixtures/ftrace/linux-6.1-reclaim.txt",
		    IMPORT_PAGES, &options);
	expect_events(
		&text,
		"  - {t: 0, op: alloc_pages, id: 1, pfn: 768, order: 0, "
		"lru: anon, mapped: true, gfp: GFP_HIGHUSER_MOVABLE}\n"
		"  - {t: 0, op: alloc_pages, id: 2, mapping: task-96/GFP_NOFS, "
		"order: 0, lru: file, gfp: " READ_GFP
		", recorded: {ok: true, pfn: 256}}\n"
		"  - {t: 1000, op: alloc_pages, id: 3, "
		"mapping: task-96/GFP_NOFS, order: 0, lru: file, gfp: " READ_GFP
		", recorded: {ok: true, pfn: 257}}\n"
		"  - {t: 2000, op: alloc_pages, id: 4, "
		"mapping: task-96/GFP_NOFS, order: 0, lru: file, gfp: " READ_GFP
		", recorded: {ok: true, pfn: 258}}\n"
		"  - {t: 3000, op: alloc_pages, id: 5, "
		"mapping: task-96/GFP_NOFS, order: 0, lru: file, gfp: " READ_GFP
		", recorded: {ok: true, pfn: 259}}\n"
		"  - {t: 4000, op: alloc_pages, id: 6, "
		"mapping: task-96/GFP_USER, order: 0, lru: file, dirty: true, "
		"gfp: GFP_USER|__GFP_COMP|__GFP_WRITE, "
		"recorded: {ok: true, pfn: 260}}\n"
		"  - {t: 5000, op: alloc_pages, id: 7, order: 0, lru: anon, "
		"mapped: true, gfp: " ANON_GFP
		", recorded: {ok: true, pfn: 261}}\n"
		"  - {t: 6000, op: alloc_pages, id: 8, order: 0, lru: anon, "
		"mapped: true, gfp: " ANON_GFP
		", recorded: {ok: true, pfn: 262}}\n"
		"  - {t: 7000, op: alloc_pages, id: 9, order: 0, "
		"gfp: GFP_NOFS|__GFP_NOWARN|__GFP_NORETRY|__GFP_RECLAIMABLE, "
		"recorded: {ok: true, pfn: 263}}\n"
		"  - {t: 10000, op: free_pages, pfn: 512, order: 0, "
		"ctx: softirq}\n"
		"  - {t: 11000, op: alloc_pages, id: 10, order: 0, "
		"gfp: GFP_NOWAIT|__GFP_MEMALLOC, "
		"recorded: {ok: true, pfn: 256}}\n"
		"  - {t: 12000, op: free_pages, id: 10}\n"
		"  - {t: 15000, op: free_pages, id: 9}\n"
		"  - {t: 26000, op: free_pages, id: 3}\n"
		"  - {t: 27000, op: free_pages, id: 5}\n"
		"  - {t: 27000, op: truncate, mapping: task-96/GFP_NOFS}\n"
		"  - {t: 28000, op: free_pages, id: 8}\n"
		"  - {t: 29000, op: free_pages, id: 7}\n"
		"  - {t: 30000, op: free_pages, id: 6}\n"
		"  - {t: 31000, op: free_pages, pfn: 771, order: 0}\n");
	assert_int_equal(text.report.lru_allocs[PAGE_LRU_FILE], 5);
	assert_int_equal(text.report.lru_allocs[PAGE_LRU_ANON], 2);
	assert_int_equal(text.report.lru_dirty, 1);
	assert_int_equal(text.report.reclaim_kept, 2);
	assert_int_equal(text.report.moved_freed, 2);
	assert_int_equal(text.report.moved_at_end, 0);
	assert_int_equal(text.report.start_pages, 1);
	assert_int_equal(text.report.truncates, 1);
	assert_int_equal(text.report.nr_sites, 3);
	assert_int_equal(text.report.site[0].taken, 2);
}

/* Expect: each left out with its reason, none without. */
static void what_is_left_out_is_counted(void **state)
{
	const struct import_kind *alloc, *frees;

	(void)state;
	import_with(&text, "tests/fixtures/ftrace/linux-6.1-reclaim.txt",
		    IMPORT_PAGES, &options);
	alloc = kind_of(&text, "mm_page_alloc");
	frees = kind_of(&text, "mm_page_free");
	assert_int_equal(alloc->used, 9);
	assert_int_equal(alloc->skipped[IMPORT_SKIP_OWN], 0);
	assert_int_equal(frees->used, 9);
	assert_int_equal(frees->skipped[IMPORT_SKIP_RECLAIMED], 2);
	assert_int_equal(frees->skipped[IMPORT_SKIP_MOVED], 3);
	assert_int_equal(frees->skipped[IMPORT_SKIP_UNUSED], 0);
	assert_int_equal(frees->skipped[IMPORT_SKIP_OWN], 0);
}

/* Expect: without the option, the same trace is what it always was. */
static void the_same_without(void **state)
{
	(void)state;
	import_fixture(&text, "linux-6.1-reclaim.txt", IMPORT_PAGES);
	assert_int_equal(text.status, 0);
	assert_null(strstr(text.yaml, "lru:"));
	assert_null(strstr(text.yaml, "truncate"));
	assert_int_equal(kind_of(&text, "mm_page_free")->used, 14);
	assert_int_equal(kind_of(&text, "mm_compaction_begin")
				 ->skipped[IMPORT_SKIP_RECLAIM],
			 1);
}

/* What one page of a call site is, by how it is asked for and taken. */
static enum page_lru lru_of(const char *trace)
{
	reclaim_lines(trace);
	print_errors(&text.workload.scratch);
	assert_int_equal(text.status, 0);
	if (strstr(text.yaml, "lru: file"))
		return PAGE_LRU_FILE;
	return strstr(text.yaml, "lru: anon") ? PAGE_LRU_ANON : PAGE_LRU_NONE;
}

static void expect_lru(const char *trace, enum page_lru wanted)
{
	import_text_release(&text);
	import_text_init(&text);
	assert_int_equal(lru_of(trace), wanted);
}

/*
 * Expect: flags that tell are believed; where they don't, the list that reclaim
 * scanned tells; slab pages, cleared ones and those that shrinkers give back
 * are never page cache.
 */
static void whose_pages_these_are(void **state)
{
	(void)state;
	expect_lru(ALLOC("dd-1", 1, 1, "GFP_HIGHUSER_MOVABLE|__GFP_COMP"),
		   PAGE_LRU_ANON);
	expect_lru(ALLOC("dd-1", 1, 1,
			 "GFP_HIGHUSER_MOVABLE|__GFP_NOWARN|__GFP_NORETRY"),
		   PAGE_LRU_FILE);
	expect_lru(ALLOC("dd-1", 1, 1, "GFP_NOFS|__GFP_WRITE"), PAGE_LRU_FILE);
	expect_lru(ALLOC("dd-1", 1, 1, "GFP_HIGHUSER|__GFP_ZERO"),
		   PAGE_LRU_NONE);
	expect_lru(ALLOC("dd-1", 1, 1, "GFP_KERNEL"), PAGE_LRU_NONE);
	/* Taken by reclaim, from a list that the trace tells of, or not. */
	expect_lru(ALLOC("dd-1", 1, 1, "GFP_KERNEL") FREE("kswapd0-9", 2, 1),
		   PAGE_LRU_FILE);
	expect_lru(ALLOC("dd-1", 1, 1, "GFP_KERNEL") FREE("kswapd0-9", 2, 1)
			   SHRUNK("kswapd0-9", 3, "FILE"),
		   PAGE_LRU_FILE);
	expect_lru(ALLOC("dd-1", 1, 1, "GFP_KERNEL")
			   SHRUNK("kswapd0-9", 2, "FILE")
				   FREE("kswapd0-9", 3, 1),
		   PAGE_LRU_NONE);
	expect_lru(ALLOC("dd-1", 1, 1, "GFP_HIGHUSER_MOVABLE")
			   FREE("kswapd0-9", 2, 1)
				   SHRUNK("kswapd0-9", 3, "FILE"),
		   PAGE_LRU_FILE);
	expect_lru(ALLOC("dd-1", 1, 1, "GFP_HIGHUSER_MOVABLE")
			   FREE("kswapd0-9", 2, 1)
				   SHRUNK("kswapd0-9", 3, "ANON"),
		   PAGE_LRU_ANON);
	expect_lru(ALLOC("dd-1", 1, 1, "GFP_NOFS|__GFP_RECLAIMABLE")
			   FREE("kswapd0-9", 2, 1),
		   PAGE_LRU_NONE);
	/* Nobody's but a user's, whatever he calls himself. */
	expect_lru(ALLOC("dd-1", 1, 1, "GFP_KERNEL") FREE("kswapd-x-9", 2, 1),
		   PAGE_LRU_NONE);
}

/*
 * Two files of one task, read in the same way, are one here. Expect: no
 * truncation while the kernel has a page of it, nor where reclaim had no part.
 */
static void when_a_file_is_truncated(void **state)
{
	static const char kept[] = ALLOC("dd-1", 1, 1, READ_GFP)
		ALLOC("dd-1", 2, 2, READ_GFP) ALLOC("dd-1", 3, 3, READ_GFP)
			FREE("kswapd0-9", 4, 1) FREE("dd-1", 5, 2);
	static const char untouched[] =
		ALLOC("dd-1", 1, 1, "GFP_USER|__GFP_WRITE") FREE("dd-1", 2, 1);

	(void)state;
	reclaim_lines(kept);
	assert_int_equal(text.status, 0);
	assert_int_equal(text.report.truncates, 0);
	import_text_release(&text);
	import_text_init(&text);
	reclaim_lines(untouched);
	assert_int_equal(text.status, 0);
	assert_int_equal(text.report.truncates, 0);
}

/*
 * Two pages of hog's go to swap; one is asked for again, with a frame that it
 * did not have. A third one goes when hog has made its last event.
 *
 * Expect: the first that went is used, whether the run has it in memory or in
 * swap, and freed by its new frame; the other when hog ends; what kswapd frees
 * after that was hog's to give up.
 */
static void memory_that_went_to_swap(void **state)
{
	static const char trace[] = ALLOC("hog-7", 0, 100, ANON_GFP) ALLOC(
		"hog-7", 1, 101, ANON_GFP) ALLOC("hog-7", 2, 102, ANON_GFP)
		FREE("kswapd0-9", 3, 100) FREE("kswapd0-9", 3, 101)
			SHRUNK_BY("kswapd0-9", 3, 2, "ANON")
				ALLOC("hog-7", 4, 200, AGAIN_GFP)
					FREE("hog-7", 5, 200)
						FREE("kswapd0-9", 6, 102);

	(void)state;
	reclaim_lines(trace);
	expect_events(
		&text,
		"  - {t: 0, op: alloc_pages, id: 1, order: 0, lru: anon, "
		"mapped: true, gfp: " ANON_GFP
		", recorded: {ok: true, pfn: 256}}\n"
		"  - {t: 1000, op: alloc_pages, id: 2, order: 0, lru: anon, "
		"mapped: true, gfp: " ANON_GFP
		", recorded: {ok: true, pfn: 257}}\n"
		"  - {t: 2000, op: alloc_pages, id: 3, order: 0, lru: anon, "
		"mapped: true, gfp: " ANON_GFP
		", recorded: {ok: true, pfn: 258}}\n"
		"  - {t: 4000, op: touch, id: 1, write: true}\n"
		"  - {t: 5000, op: free_pages, id: 1}\n"
		"  - {t: 5000, op: free_pages, id: 2}\n"
		"  - {t: 6000, op: free_pages, id: 3}\n");
	assert_int_equal(text.report.swapped_in, 1);
	assert_int_equal(text.report.swapped_freed, 1);
}

/*
 * Two pages of a process that has ended. kcompactd moves 0x101; kswapd takes
 * 0x100, then a frame that the trace never allocated: where 0x101 went.
 *
 * Expect: both are freed, as nobody asks for them any more, and the second is
 * counted as a moved page that was found.
 */
static void what_was_moved_of_a_process_that_ended(void **state)
{
	(void)state;
	reclaim_lines(
		ALLOC("a-9", 0, 100, ANON_GFP) ALLOC("a-9", 1, 101, ANON_GFP)
			FREE("kcompactd0-28", 2, 101) FREE("kswapd0-38", 3, 100)
				FREE("kswapd0-38", 4, 300)
					SHRUNK("kswapd0-38", 5, "ANON"));
	assert_int_equal(text.status, 0);
	assert_int_equal(text.report.unknown_frees, 0);
	assert_int_equal(text.report.moved_freed, 1);
	assert_int_equal(text.report.moved_reclaimed, 0);
	assert_int_equal(text.report.moved_at_end, 0);
}

/*
 * dd writes three pages of a file in tmpfs and ends. kswapd takes one of them
 * before that and one after it; cat asks for two, which kswapd takes when cat
 * has ended, and rm frees the third.
 *
 * Expect: nobody has mapped them, and dd's end frees none. While more are in
 * swap than in memory, a page that is asked for is the one that went first.
 */
static void a_file_in_memory_that_outlives_its_writer(void **state)
{
	static const char trace[] = ALLOC("dd-7", 0, 100, AGAIN_GFP) ALLOC(
		"dd-7", 0, 101, AGAIN_GFP) ALLOC("dd-7", 0, 102, AGAIN_GFP)
		FREE("kswapd0-9", 1, 101) ALLOC("dd-7", 2, 300, "GFP_KERNEL")
			FREE("kswapd0-9", 3, 100) SHRUNK("kswapd0-9", 3, "ANON")
				ALLOC("cat-8", 4, 200, AGAIN_GFP) ALLOC(
					"cat-8", 5, 201, AGAIN_GFP) FREE("rm-6",
									 6, 102)
					FREE("kswapd0-9", 7,
					     200) FREE("kswapd0-9", 8, 201)
						SHRUNK("kswapd0-9", 9, "ANON");
#define IN_BETWEEN                                                             \
	"  - {t: 2000, op: alloc_pages, id: 4, order: 0, "                     \
	"gfp: GFP_KERNEL, recorded: {ok: true, pfn: 768}}\n"                   \
	"  - {t: 4000, op: touch, id: 2, write: true}\n"
#define REMOVED "  - {t: 6000, op: free_pages, id: 3}\n"
#define SHARED(t, id, pfn)                                                     \
	"  - {t: " t ", op: alloc_pages, id: " id ", order: 0, lru: anon, "    \
	"gfp: GFP_HIGHUSER_MOVABLE|__GFP_COMP, "                               \
	"recorded: {ok: true, pfn: " pfn "}}\n"

	(void)state;
	reclaim_lines(trace);
	expect_events(&text, SHARED("0", "1", "256") SHARED("0", "2", "257")
				     SHARED("0", "3", "258") IN_BETWEEN SHARED(
					     "5000", "5", "513") REMOVED);
	assert_int_equal(text.report.shared_taken, 4);
	assert_int_equal(text.report.swapped_freed, 0);
	assert_int_equal(text.report.swapped_in, 1);
}

/*
 * kcompactd frees, as the first that is heard of them, 0x402 and 0x406, in one
 * pageblock, and 0x600 in the next; 0x404 has an event of its own. Then 0x404,
 * which dd had freed: a new frame that it did not need.
 *
 *	0x400 . . M ? x ? M . .		M moved, x known, ? in between
 *
 * Expect: those that were moved and what lies between them, in one pageblock
 * and without an event, was there before; what dd freed was not.
 */
static void pages_of_before_the_trace(void **state)
{
	static const char trace[] = FREE("dd-1", 0, 404)
		FREE("kcompactd0-28", 1, 402) FREE("kcompactd0-28", 2, 406)
			FREE("kcompactd0-28", 3, 600)
				FREE("kcompactd0-28", 4, 404);
#define START(id, pfn)                                                         \
	"  - {t: 0, op: alloc_pages, id: " id ", pfn: " pfn ", order: 0, "     \
	"lru: anon, mapped: true, gfp: GFP_HIGHUSER_MOVABLE}\n"
#define FILE_START(id, pfn)                                                    \
	"  - {t: 0, op: alloc_pages, id: " id ", pfn: " pfn ", order: 0, "     \
	"lru: file, gfp: GFP_HIGHUSER_MOVABLE}\n"
#define FREED(t, pfn) "  - {t: " t ", op: free_pages, pfn: " pfn ", order: 0}\n"

	(void)state;
	reclaim_lines(trace);
	expect_events(&text,
		      START("1", "1026") START("2", "1030") START("3", "1536")
			      START("4", "1027") START("5", "1029")
				      FREED("0", "1028"));
	assert_int_equal(text.report.start_pages, 5);
	assert_int_equal(text.report.moved_at_end, 0);
	assert_int_equal(
		kind_of(&text, "mm_page_free")->skipped[IMPORT_SKIP_UNUSED], 1);
}

/*
 * As above, in pageblocks of 4 pages: 0x402 is in one, 0x404 to 0x407 are the
 * next.
 *
 *	0x400 . . M . | M ? M M | . . .
 *
 * Expect: the trace says how large they are, wherever; 0x405 alone was between.
 */
static void pageblocks_are_as_the_trace_says(void **state)
{
	static const char trace[] = FREE("kcompactd0-28", 1,
					 402) FREE("kcompactd0-28", 2, 404)
		FREE("kcompactd0-28", 3, 406) FREE("kcompactd0-28", 4, 407)
			EVENT("dd-1", 5,
			      "mm_page_alloc_extfrag: page=ffffea0000 "
			      "pfn=0x900 alloc_order=0 fallback_order=2 "
			      "pageblock_order=2 alloc_migratetype=0 "
			      "fallback_migratetype=1 fragmenting=0 "
			      "change_ownership=1");

	(void)state;
	reclaim_lines(trace);
	expect_events(&text,
		      START("1", "1026") START("2", "1028") START("3", "1030")
			      START("4", "1031") START("5", "1029"));
	assert_int_equal(kind_of(&text, "mm_page_alloc_extfrag")
				 ->skipped[IMPORT_SKIP_INSIDE],
			 1);
}

/*
 * What reclaim asks for while it reclaims, and compaction while it compacts.
 *
 * Expect: reclaim's is asked for without reclaim, and from the reserves unless
 * the flags forbid it; compaction's is left out, and its free with it.
 */
static void what_they_have_for_themselves(void **state)
{
	static const char trace[] = ALLOC("kswapd0-9", 0, 100, "GFP_NOIO")
		ALLOC("kswapd0-9", 1, 101, "GFP_NOIO|__GFP_NOMEMALLOC")
			ALLOC("kcompactd0-8", 2, 102, "GFP_KERNEL")
				FREE("kcompactd0-8", 3, 102)
					FREE("dd-1", 4, 100);

	(void)state;
	reclaim_lines(trace);
	expect_events(&text, "  - {t: 0, op: alloc_pages, id: 1, order: 0, "
			     "gfp: GFP_NOWAIT|__GFP_MEMALLOC, "
			     "recorded: {ok: true, pfn: 256}}\n"
			     "  - {t: 1000, op: alloc_pages, id: 2, order: 0, "
			     "gfp: GFP_NOWAIT|__GFP_NOMEMALLOC, "
			     "recorded: {ok: true, pfn: 257}}\n"
			     "  - {t: 4000, op: free_pages, id: 1}\n");
	assert_int_equal(
		kind_of(&text, "mm_page_alloc")->skipped[IMPORT_SKIP_OWN], 1);
	assert_int_equal(
		kind_of(&text, "mm_page_free")->skipped[IMPORT_SKIP_OWN], 1);
}

/*
 * kswapd frees frames that nobody has named: 0x101 and 0x100 of an anonymous
 * list, 0x102 of page cache; dd frees 0x103 as it reclaims, without a list's
 * having been scanned. Then kcompactd moves a page, and kswapd frees 0x104.
 *
 * Expect: the first three were there before, on their lists, the one that went
 * first the longest; 0x103 was no page of a list, and 0x104 may be where the
 * page was moved to. What was on a list is freed by no call.
 */
static void pages_of_before_that_reclaim_took(void **state)
{
	static const char trace[] = FREE("kswapd0-9", 0, 101) FREE(
		"kswapd0-9", 1, 100) SHRUNK_BY("kswapd0-9", 2, 2, "ANON")
		FREE("kswapd0-9", 3, 102) SHRUNK("kswapd0-9", 4, "FILE")
			RECLAIM("dd-1", 5, "begin: order=0")
				FREE("dd-1", 6, 103) RECLAIM("dd-1", 7, "end:")
					FREE("kcompactd0-8", 8,
					     400) FREE("kswapd0-9", 9, 104)
						SHRUNK("kswapd0-9", 9, "ANON");
	static const char expected[] = START("1", "257") START("2", "256")
		FILE_START("3", "258") START("4", "1024") FREED("6000", "259")
			FREED("9000", "260");

	(void)state;
	reclaim_lines(trace);
	expect_events(&text, expected);
	assert_int_equal(text.report.start_pages, 4);
	assert_int_equal(
		kind_of(&text, "mm_page_free")->skipped[IMPORT_SKIP_RECLAIMED],
		3);
}

/*
 * A trace without the shrinkers' own events. kswapd frees a slab's frames,
 * 0x100 of before the trace and 0x101 of a site, and 0x102, which it had for
 * itself; between them and after them 0x103 and 0x104 of a list, of which it
 * took two; and once more a slab's, 0x105, and of a list nothing.
 *
 * Expect: the last two that were not its own were on the list, no other.
 */
static void slabs_are_not_on_lists(void **state)
{
	static const char trace[] = ALLOC("dd-1", 0, 101, "GFP_KERNEL") FREE(
		"kswapd0-9", 1, 100) FREE("kswapd0-9", 1, 101)
		ALLOC("kswapd0-9", 2, 102, "GFP_NOIO") FREE("kswapd0-9", 2, 103)
			FREE("kswapd0-9", 2, 102) FREE("kswapd0-9", 2, 104)
				SHRUNK_BY("kswapd0-9", 3, 2,
					  "FILE") FREE("kswapd0-9", 4, 105)
					SHRUNK_BY("kswapd0-9", 5, 0, "FILE");

#define OWN(t, id, gfp, pfn)                                                   \
	"  - {t: " t ", op: alloc_pages, id: " id ", order: 0, gfp: " gfp      \
	", recorded: {ok: true, pfn: " pfn "}}\n"
#define FREED_ID(t, id) "  - {t: " t ", op: free_pages, id: " id "}\n"
	static const char expected[] = FILE_START("1", "259")
		FILE_START("2", "260") OWN("0", "3", "GFP_KERNEL", "257")
			FREED("1000", "256") FREED_ID("1000", "3")
				OWN("2000", "4", "GFP_NOWAIT|__GFP_MEMALLOC",
				    "258") FREED_ID("2000", "4")
					FREED("4000", "261");

	(void)state;
	reclaim_lines(trace);
	expect_events(&text, expected);
}

/* Expect: in a trace that tells of no list, reclaim took page cache. */
static void where_no_list_is_told(void **state)
{
	(void)state;
	reclaim_lines(FREE("kswapd0-9", 0, 100));
	expect_events(&text, FILE_START("1", "256"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(everything_in_one_trace),
		TEST(memory_that_went_to_swap),
		TEST(what_was_moved_of_a_process_that_ended),
		TEST(a_file_in_memory_that_outlives_its_writer),
		TEST(what_is_left_out_is_counted),
		TEST(the_same_without),
		TEST(whose_pages_these_are),
		TEST(when_a_file_is_truncated),
		TEST(pages_of_before_the_trace),
		TEST(pageblocks_are_as_the_trace_says),
		TEST(what_they_have_for_themselves),
		TEST(pages_of_before_that_reclaim_took),
		TEST(slabs_are_not_on_lists),
		TEST(where_no_list_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
