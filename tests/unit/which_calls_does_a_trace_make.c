/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which calls a trace turns into at the level of calls: objects through
 * caches found by name, and of the page events those that are not the slab
 * allocator's own.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/import_text_each.h"

/*
 * The trace, by frame:
 *
 *	0x100 order 1	a slab of dentries: its page event is left out
 *	0x140		a user's page: stays
 *	0x200		objects on a slab from before the trace
 *	0x300		held an object once: its free is the slab's
 *	0x304		nothing is known of it: stays, by its frame
 *
 * Expect: the dentry that is never freed has its cache by its call site; the
 * object of `rare` has one by its size.
 */
static void objects_and_pages(void **state)
{
	(void)state;
	import_fixture(&text, "linux-6.1-slab.txt", IMPORT_CALLS);
	expect_events(
		&text,
		"  - {t: 0, op: kmem_cache_create, cache: dentry, size: 192, "
		"flags: [SLAB_RECLAIM_ACCOUNT, SLAB_ACCOUNT]}\n"
		"  - {t: 0, op: kmem_cache_create, cache: unnamed-64, "
		"size: 64}\n"
		"  - {t: 1000, op: kmem_cache_alloc, id: 1, cache: dentry, "
		"gfp: GFP_KERNEL, recorded: {ok: true}}\n"
		"  - {t: 2000, op: alloc_pages, id: 2, order: 0, "
		"gfp: GFP_HIGHUSER_MOVABLE, recorded: {ok: true, pfn: 320}}\n"
		"  - {t: 3000, op: kmalloc, id: 3, size: 50, "
		"gfp: GFP_KERNEL, node: 1, recorded: {ok: true}}\n"
		"  - {t: 4000, op: kmem_cache_alloc, id: 4, cache: dentry, "
		"gfp: GFP_KERNEL, recorded: {ok: true}}\n"
		"  - {t: 5000, op: kmem_cache_free, id: 1}\n"
		"  - {t: 6000, op: kfree, id: 3}\n"
		"  - {t: 10000, op: free_pages, pfn: 772, order: 0}\n"
		"  - {t: 11000, op: free_pages, id: 2}\n"
		"  - {t: 12000, op: kmem_cache_alloc, id: 5, "
		"cache: unnamed-64, gfp: GFP_NOWAIT, recorded: {ok: true}}\n"
		"  - {t: 13000, op: kmalloc, id: 6, size: 50, "
		"gfp: GFP_NOWAIT, recorded: {ok: false}}\n");
	assert_int_equal(text.report.caches, 2);
	assert_int_equal(text.report.caches_guessed, 2);
	assert_int_equal(text.report.failed_allocs, 1);
	assert_int_equal(text.report.live_objects_at_end, 2);
	assert_int_equal(
		kind_of(&text, "kfree")->skipped[IMPORT_SKIP_NULL_FREE], 1);
	assert_int_equal(kind_of(&text, "kmem_cache_free")
				 ->skipped[IMPORT_SKIP_UNKNOWN_OBJECT],
			 1);
	assert_int_equal(
		kind_of(&text, "mm_page_alloc")->skipped[IMPORT_SKIP_SLAB_PAGE],
		1);
	assert_int_equal(
		kind_of(&text, "mm_page_free")->skipped[IMPORT_SKIP_SLAB_PAGE],
		1);
}

/* A trace of a slab page and an object on it, and a free of both. */
static void import_pair(const char *object, uint64_t pfn)
{
	struct scratch *scratch = &text.workload.scratch;
	char trace[1000];

	snprintf(trace, sizeof(trace),
		 "    dd-91  [000] ..... 1.0: mm_page_alloc: page=ffffea0000 "
		 "pfn=0x%llx order=0 migratetype=0 gfp_flags=GFP_KERNEL\n"
		 "    dd-91  [000] ..... 1.1: kmalloc: call_site=a ptr=%s "
		 "bytes_req=8 bytes_alloc=8 gfp_flags=GFP_KERNEL\n"
		 "    dd-91  [000] ..... 1.2: kfree: call_site=a ptr=%s\n",
		 (unsigned long long)pfn, object, object);
	import_file(&text, scratch_file(scratch, "t.txt", trace), IMPORT_CALLS);
}

/* Expect: where the linear map begins shows in the trace, KASLR or not. */
static void the_linear_map_moves(void **state)
{
	static const char events[] =
		"  - {t: 100000000, op: kmalloc, id: 1, size: 8, "
		"gfp: GFP_KERNEL, recorded: {ok: true}}\n"
		"  - {t: 200000000, op: kfree, id: 1}\n";

	(void)state;
	import_pair("ffff9c4540123008", 0x123);
	expect_events(&text, events);
	import_report_release(&text.report);
	free(text.yaml);
	/* 32 bits */
	import_pair("c0123008", 0x123);
	expect_events(&text, events);
}

/*
 * Expect: an object of vmalloc's own cache is one of the cache that each run
 * has, which is not created once more.
 */
static void an_object_of_vmallocs_own(void **state)
{
	(void)state;
	import_file(
		&text,
		scratch_file(
			&text.workload.scratch, "t.txt",
			"dd-91 [000] ..... 1.0: kmem_cache_alloc: call_site=a "
			"ptr=ffff888000123040 bytes_req=64 bytes_alloc=64 "
			"gfp_flags=GFP_KERNEL node=-1 accounted=false\n"
			"dd-91 [000] ..... 1.1: kmem_cache_free: call_site=a "
			"ptr=ffff888000123040 name=vmap_area\n"),
		IMPORT_CALLS);
	expect_events(&text,
		      "  - {t: 0, op: kmem_cache_alloc, id: 1, "
		      "cache: vmap_area, gfp: GFP_KERNEL, "
		      "recorded: {ok: true}}\n"
		      "  - {t: 100000000, op: kmem_cache_free, id: 1}\n");
	assert_int_equal(text.report.caches, 1);
}

/* Expect: hashed pointers are refused, with the way out. */
static void hashed_pointers(void **state)
{
	(void)state;
	import_pair("00000000deadbeef", 0x1230);
	assert_int_equal(text.status, -1);
	expect_error(&text.workload.scratch,
		     "t.txt:1:1: error: the trace's pointers are hashed");
}

/*
 * Kernels that name the cache in front of the sizes, and its name has a blank.
 *
 * Expect: the name ends where the next argument begins, in both events.
 */
static void the_name_comes_in_the_middle(void **state)
{
	static const char trace[] =
		"dd-91 [000] ..... 6.000001: kmem_cache_alloc: call_site=f+0x1/0x2 "
		"ptr=ffff888000100000 name=old cache bytes_req=60 "
		"bytes_alloc=64 gfp_flags=GFP_KERNEL node=-1 accounted=false\n"
		"dd-91 [000] ..... 6.000002: kmem_cache_free: call_site=f+0x1/0x2 "
		"ptr=ffff888000100000 name=old cache\n";

	(void)state;
	import_file(&text, scratch_file(&text.workload.scratch, "t.txt", trace),
		    IMPORT_CALLS);
	assert_int_equal(text.status, 0);
	assert_int_equal(text.report.caches, 1);
	assert_int_equal(text.report.caches_guessed, 0);
	assert_non_null(strstr(text.yaml, "old cache"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(objects_and_pages),
		TEST(the_linear_map_moves),
		TEST(an_object_of_vmallocs_own),
		TEST(hashed_pointers),
		TEST(the_name_comes_in_the_middle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
