/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which page operations a trace of a real kernel turns into: traces as
 * kernels from 3.10 to 6.1 print them, with what goes wrong in practice.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/import_text_each.h"

static void expect_import(const char *fixture, const char *events)
{
	import_fixture(&text, fixture, IMPORT_PAGES);
	expect_events(&text, events);
}

/* Expect: decimal frames, flags without underscores, four flags a line. */
static void linux_3_10(void **state)
{
	(void)state;
	expect_import(
		"linux-3.10.txt",
		"  - {t: 0, op: alloc_pages, id: 1, order: 0, gfp: "
		"GFP_KERNEL|__GFP_ZERO, recorded: {ok: true, pfn: 4660}}\n"
		"  - {t: 2000, op: alloc_pages, id: 2, order: 2, gfp: "
		"GFP_ATOMIC|__GFP_NOWARN|__GFP_COMP, ctx: hardirq, recorded: "
		"{ok: true, pfn: 5120}}\n"
		"  - {t: 4000, op: free_pages, id: 1, cpu: 1, ctx: softirq}\n"
		"  - {t: 6000, op: free_pages, id: 2}\n");
	assert_int_equal(text.report.events, 6);
	assert_int_equal(text.report.calls, 4);
	assert_int_equal(text.report.span_ns, 6000);
	assert_int_equal(import_report_nr_cpus(&text.report), 2);
	assert_int_equal(kind_of(&text, "mm_page_free_batched")
				 ->skipped[IMPORT_SKIP_REPEATED],
			 1);
	assert_int_equal(kind_of(&text, "mm_page_pcpu_drain")
				 ->skipped[IMPORT_SKIP_INSIDE],
			 1);
	assert_int_equal(text.report.live_at_end, 0);
}

/* Expect: an allocation without a page is one that failed. */
static void linux_4_19(void **state)
{
	(void)state;
	expect_import(
		"linux-4.19.txt",
		"  - {t: 0, op: alloc_pages, id: 1, order: 9, gfp: "
		"GFP_TRANSHUGE, cpu: 3, recorded: {ok: true, pfn: 1048576}}\n"
		"  - {t: 1000, op: alloc_pages, id: 2, order: 4, gfp: "
		"GFP_NOWAIT|__GFP_NOWARN, cpu: 3, recorded: {ok: false}}\n"
		"  - {t: 2000, op: alloc_pages, id: 3, order: 5, gfp: "
		"GFP_KERNEL|__GFP_NORETRY, cpu: 3, recorded: {ok: false}}\n"
		"  - {t: 3000, op: free_pages, id: 1, cpu: 3}\n");
	assert_int_equal(text.report.failed_allocs, 2);
}

/*
 * Expect: a page allocated while it is live means that its free was lost, and
 * is supplied; a time that steps back is held; a free of nothing names the
 * frame.
 */
static void linux_5_10_with_lost_events(void **state)
{
	(void)state;
	expect_import(
		"linux-5.10.txt",
		"  - {t: 0, op: alloc_pages, id: 1, order: 0, gfp: "
		"GFP_HIGHUSER_MOVABLE|__GFP_ZERO, cpu: 1, recorded: {ok: true,"
		" pfn: 1048575}}\n"
		"  - {t: 10000, op: free_pages, id: 1, cpu: 1}\n"
		"  - {t: 10000, op: alloc_pages, id: 2, order: 0, gfp: "
		"GFP_HIGHUSER_MOVABLE|__GFP_ZERO, cpu: 1, recorded: {ok: true,"
		" pfn: 1048575}}\n"
		"  - {t: 10000, op: free_pages, id: 2, cpu: 1}\n"
		"  - {t: 20000, op: free_pages, pfn: 1048575, order: 0, "
		"cpu: 1}\n");
	assert_int_equal(text.report.lost_marks, 2);
	assert_int_equal(text.report.lost_events, 37);
	assert_int_equal(text.report.supplied_frees, 1);
	assert_int_equal(text.report.unknown_frees, 1);
	assert_int_equal(text.report.clamped_times, 1);
}

/*
 * Expect: frees of parts name the part; the free of what is left frees piece
 * by piece.
 *
 *	0x100                    0x108
 *	| 0 | 1 | 2 | 3 | 4 | 5 | 6 7 |
 *	|   freed last      |   | 2nd |
 *	                      ^ freed first
 */
static void blocks_split_by_the_kernel(void **state)
{
	(void)state;
	expect_import(
		"linux-6.1-split.txt",
		"  - {t: 0, op: alloc_pages, id: 1, order: 3, gfp: "
		"GFP_KERNEL, recorded: {ok: true, pfn: 256}}\n"
		"  - {t: 1000, op: free_pages, id: 1, page: 5, order: 0}\n"
		"  - {t: 2000, op: free_pages, id: 1, page: 6, order: 1}\n"
		"  - {t: 3000, op: free_pages, id: 1, page: 0, order: 2}\n"
		"  - {t: 3000, op: free_pages, id: 1, page: 4, order: 0}\n"
		"  - {t: 3000, op: free_pages, pfn: 261, order: 0}\n"
		"  - {t: 3000, op: free_pages, pfn: 262, order: 1}\n");
	assert_int_equal(text.report.part_frees, 4);
	assert_int_equal(text.report.live_pages_at_end, 0);
}

/*
 * Two areas of vmalloc's. The first has 3 pages, of which the last has an event
 * of its own, as has the page of a page table on the way, and a soft interrupt
 * frees something before it; it is freed by another task, in whose frees a soft
 * interrupt comes between. The second, of 2 pages, stays.
 *
 * Expect: what has no event is allocated with the array, in the array's order,
 * with the flags of the area's page that has one, else with the array's; frames
 * are known of what is freed.
 */
static void pages_that_vmalloc_takes_in_bulk(void **state)
{
	(void)state;
	expect_import("linux-6.1-bulk.txt",
		      "  - {t: 0, op: alloc_pages, id: 1, order: 0, "
		      "gfp: GFP_KERNEL|__GFP_HIGHMEM|__GFP_NOWARN, "
		      "recorded: {ok: true, pfn: 257}}\n"
		      "  - {t: 0, op: alloc_pages, id: 2, order: 0, "
		      "gfp: GFP_KERNEL|__GFP_HIGHMEM|__GFP_NOWARN, "
		      "recorded: {ok: true, pfn: 258}}\n"
		      "  - {t: 1000, op: alloc_pages, id: 3, order: 0, "
		      "gfp: GFP_KERNEL, recorded: {ok: true, pfn: 144}}\n"
		      "  - {t: 2000, op: alloc_pages, id: 4, order: 0, "
		      "gfp: GFP_KERNEL|__GFP_HIGHMEM|__GFP_NOWARN, "
		      "recorded: {ok: true, pfn: 259}}\n"
		      "  - {t: 4000, op: alloc_pages, id: 5, order: 0, "
		      "gfp: GFP_KERNEL|__GFP_HIGHMEM|__GFP_NOWARN|__GFP_ZERO}\n"
		      "  - {t: 4000, op: alloc_pages, id: 6, order: 0, "
		      "gfp: GFP_KERNEL|__GFP_HIGHMEM|__GFP_NOWARN|__GFP_ZERO}\n"
		      "  - {t: 5000, op: free_pages, id: 1}\n"
		      "  - {t: 5000, op: free_pages, id: 3, ctx: softirq}\n"
		      "  - {t: 6000, op: free_pages, id: 2}\n"
		      "  - {t: 7000, op: free_pages, id: 4}\n");
	assert_int_equal(text.report.bulk_pages, 4);
	assert_int_equal(text.report.bulk_found, 2);
	assert_int_equal(text.report.live_at_end, 2);
	assert_int_equal(text.report.live_pages_at_end, 2);
}

#define ARRAY "kmalloc: call_site=__vmalloc_node_range+0x1/0x2 "
#define ARRAY_END " bytes_alloc=8 gfp_flags=GFP_KERNEL node=-1\n"

/*
 * Expect: an array as large as the largest page is believed, a larger one is
 * not, nor one whose pages would not fit into 32 bits.
 */
static void arrays_that_are_too_large(void **state)
{
	(void)state;
	import_lines(&text,
		     "a-1 [000] ..... 1.0: " ARRAY
		     "ptr=ffff888006271200 bytes_req=65544" ARRAY_END
		     "a-1 [000] ..... 1.1: " ARRAY "ptr=ffff888006271280 "
		     "bytes_req=34359738376" ARRAY_END);
	assert_int_equal(text.status, 0);
	assert_int_equal(text.report.calls, 0);
	assert_int_equal(text.report.bulk_pages, 0);
}

static void an_array_of_the_largest_size(void **state)
{
	(void)state;
	import_lines(&text,
		     "a-1 [000] ..... 1.0: " ARRAY "ptr=ffff888006271200 "
		     "bytes_req=65536" ARRAY_END);
	assert_int_equal(text.report.bulk_pages, 8192);
}

/* Expect: a page freed before an area was made is none of its pages. */
static void pages_freed_before_the_area(void **state)
{
	(void)state;
	import_lines(&text, "a-1 [000] ..... 1.0: mm_page_free: page=1 "
			    "pfn=0x90 order=0\n"
			    "a-1 [000] ..... 1.1: " ARRAY
			    "ptr=ffff888006271200 bytes_req=16" ARRAY_END
			    "a-1 [000] ..... 1.2: mm_page_free: page=1 "
			    "pfn=0x91 order=0\n"
			    "a-1 [000] ..... 1.3: kfree: call_site=x "
			    "ptr=ffff888006271200\n");
	assert_int_equal(text.status, 0);
	assert_int_equal(text.report.bulk_pages, 2);
	assert_int_equal(text.report.bulk_found, 0);
	assert_int_equal(text.report.unknown_frees, 2);
}

/*
 * A task loses the CPU between its array and its pages: another frees one that
 * the area then has, and an interrupt of the first task's is not that task.
 *
 * Expect: the pages are taken where the task goes on, on the CPU that it does
 * so on, and no free is supplied for the one that was in use.
 */
static void pages_taken_by_a_task_that_had_to_wait(void **state)
{
	(void)state;
	import_lines(&text,
		     "b-2 [000] ..... 1.0: mm_page_alloc: page=1 pfn=0x90 "
		     "order=0 migratetype=0 gfp_flags=GFP_KERNEL\n"
		     "a-1 [000] ..... 1.000001: " ARRAY
		     "ptr=ffff888006271200 bytes_req=8" ARRAY_END
		     "a-1 [000] ..s1. 1.000002: kfree: call_site=x ptr=1\n"
		     "b-2 [000] ..... 1.000003: mm_page_free: page=1 "
		     "pfn=0x90 order=0\n"
		     "a-1 [001] ..... 1.000004: kfree: call_site=x ptr=1\n"
		     "c-3 [000] ..... 1.000005: mm_page_free: page=1 "
		     "pfn=0x90 order=0\n"
		     "c-3 [000] ..... 1.000006: kfree: call_site=x "
		     "ptr=ffff888006271200\n");
	expect_events(&text,
		      "  - {t: 0, op: alloc_pages, id: 1, order: 0, "
		      "gfp: GFP_KERNEL, recorded: {ok: true, pfn: 144}}\n"
		      "  - {t: 3000, op: free_pages, id: 1}\n"
		      "  - {t: 4000, op: alloc_pages, id: 2, order: 0, "
		      "gfp: GFP_KERNEL|__GFP_HIGHMEM|__GFP_NOWARN, cpu: 1, "
		      "recorded: {ok: true, pfn: 144}}\n"
		      "  - {t: 5000, op: free_pages, id: 2}\n");
	assert_int_equal(text.report.supplied_frees, 0);
	assert_int_equal(text.report.bulk_found, 1);
}

/*
 * Expect: who chooses a node has the one of the frame that it got: by
 * __GFP_THISNODE, as khugepaged, for per-CPU memory. Others have any.
 */
static void callers_that_choose_a_node(void **state)
{
	(void)state;
	import_lines(&text,
		     "a-1 [000] ..... 1.0: mm_page_alloc: page=1 pfn=1 "
		     "order=0 gfp_flags=GFP_KERNEL|__GFP_THISNODE\n"
		     "khugepaged-9 [000] ..... 1.0: mm_page_alloc: page=1 "
		     "pfn=512 order=9 gfp_flags=GFP_TRANSHUGE\n"
		     "a-1 [000] ..... 1.0: mm_page_alloc: page=1 pfn=2 "
		     "order=0 gfp_flags=GFP_KERNEL|__GFP_HIGHMEM\n"
		     "a-1 [000] ..... 1.0: mm_page_alloc: page=1 pfn=3 "
		     "order=0 gfp_flags=GFP_KERNEL|__GFP_HIGHMEM|"
		     "__GFP_NOWARN\n"
		     "a-1 [000] ..... 1.0: mm_page_alloc: page=1 pfn=1024 "
		     "order=9 gfp_flags=GFP_TRANSHUGE\n");
	expect_events(&text, "  - {t: 0, op: alloc_pages, id: 1, order: 0, "
			     "gfp: GFP_KERNEL|__GFP_THISNODE, node: recorded, "
			     "recorded: {ok: true, pfn: 1}}\n"
			     "  - {t: 0, op: alloc_pages, id: 2, order: 9, "
			     "gfp: GFP_TRANSHUGE, node: recorded, "
			     "recorded: {ok: true, pfn: 512}}\n"
			     "  - {t: 0, op: alloc_pages, id: 3, order: 0, "
			     "gfp: GFP_KERNEL|__GFP_HIGHMEM, node: recorded, "
			     "recorded: {ok: true, pfn: 2}}\n"
			     "  - {t: 0, op: alloc_pages, id: 4, order: 0, "
			     "gfp: GFP_KERNEL|__GFP_HIGHMEM|__GFP_NOWARN, "
			     "recorded: {ok: true, pfn: 3}}\n"
			     "  - {t: 0, op: alloc_pages, id: 5, order: 9, "
			     "gfp: GFP_TRANSHUGE, "
			     "recorded: {ok: true, pfn: 1024}}\n");
}

#define RANGE(time, ptr)                                                       \
	"a-1 [000] ..... " time ": kmalloc: "                                  \
	"call_site=__get_vm_area_node+0x1/0x2 ptr=" ptr " "                    \
	"bytes_req=64 bytes_alloc=64 gfp_flags=GFP_KERNEL node=-1\n"

/* An area so large that its array is one, too; `nr` of its pages are freed. */
static void import_large_area(unsigned int nr)
{
	struct text trace = TEXT_EMPTY;

	text_add(&trace, "%s", RANGE("1.0", "ffff888006271000"));
	text_add(&trace, "a-1 [000] ..... 1.0: kmem_cache_alloc: "
			 "call_site=alloc_vmap_area+0x1/0x2 "
			 "ptr=ffff888006271100 bytes_req=64 bytes_alloc=64 "
			 "gfp_flags=GFP_KERNEL node=-1\n");
	text_add(&trace, "%s", RANGE("1.0", "ffff888006271040"));
	text_add(&trace, "a-1 [000] ..... 1.0: " ARRAY
			 "ptr=ffff888006271200 bytes_req=16" ARRAY_END);
	text_add(&trace, "a-1 [000] ..... 1.1: kfree: call_site=x ptr=1\n");
	for (unsigned int i = 0; i < nr + 2; i++)
		text_add(&trace,
			 "a-1 [000] ..... 1.2: mm_page_free: page=1 pfn=%u "
			 "order=0\n",
			 i < nr ? 2000 + i : 1000 + i - nr);
	text_add(&trace, "a-1 [000] ..... 1.3: kfree: call_site=x "
			 "ptr=ffff888006271200\n");
	import_lines(&text, trace.s);
	text_release(&trace);
	assert_int_equal(text.status, 0);
}

/*
 * Expect: the array's two pages are taken, then the area's, as many as were
 * freed in front of them.
 */
static void an_area_whose_array_is_an_area(void **state)
{
	(void)state;
	import_large_area(600);
	assert_int_equal(text.report.bulk_pages, 602);
	assert_int_equal(text.report.bulk_found, 602);
	assert_int_equal(text.report.live_at_end, 0);
	assert_non_null(strstr(text.yaml, "id: 2, order: 0, "
					  "gfp: GFP_KERNEL|__GFP_HIGHMEM|"
					  "__GFP_NOWARN, "
					  "recorded: {ok: true, pfn: 1001}"));
	assert_non_null(strstr(text.yaml, "id: 3, order: 0, "
					  "gfp: GFP_KERNEL|__GFP_HIGHMEM|"
					  "__GFP_NOWARN, "
					  "recorded: {ok: true, pfn: 2000}"));
}

/*
 * Expect: where fewer are freed than need an array of two pages, they are other
 * ones, and the area has the fewest that do: 513.
 */
static void an_area_of_a_size_that_nothing_tells(void **state)
{
	(void)state;
	import_large_area(512);
	assert_int_equal(text.report.bulk_pages, 2 + 513);
	assert_int_equal(text.report.bulk_found, 2);
	assert_int_equal(text.report.unknown_frees, 512);
}

/*
 * Expect: flags that the kernel did not print, for nohash-ptr, are told as
 * what they are.
 */
static void flags_that_are_missing(void **state)
{
	(void)state;
	import_lines(&text, "a-1 [000] ..... 1.0: mm_page_alloc: page=1 "
			    "pfn=0x90 order=0 migratetype=1 gfp_flags=\n");
	expect_events(&text,
		      "  - {t: 0, op: alloc_pages, id: 1, order: 0, gfp: 0, "
		      "recorded: {ok: true, pfn: 144}}\n");
	assert_int_equal(text.report.missing_gfp, 1);
	assert_int_equal(text.report.unknown_gfp, 0);
}

/* Expect: nothing is dropped without a count. */
static void what_is_left_out_is_counted(void **state)
{
	(void)state;
	expect_import("linux-6.1.txt",
		      "  - {t: 1000, op: alloc_pages, id: 1, order: 0, gfp: "
		      "GFP_NOWAIT, can_sleep: false, recorded: {ok: true, "
		      "pfn: 256}}\n"
		      "  - {t: 2000, op: free_pages, pfn: 4608, order: 1, "
		      "ctx: softirq}\n");
	assert_int_equal(text.report.overwritten, 1000);
	assert_int_equal(text.report.unreadable, 1);
	assert_int_equal(text.report.unreadable_line[0], 8);
	assert_true(text.report.unfinished);
	assert_int_equal(text.report.unknown_gfp, 1);
	assert_int_equal(text.report.live_at_end, 1);
	assert_int_equal(
		kind_of(&text, "mm_page_free")->skipped[IMPORT_SKIP_UNREADABLE],
		2);
	assert_int_equal(kind_of(&text, "sched_switch")
				 ->skipped[IMPORT_SKIP_UNKNOWN_EVENT],
			 1);
	assert_int_equal(kind_of(&text, "mm_vmscan_kswapd_wake")
				 ->skipped[IMPORT_SKIP_RECLAIM],
			 1);
	assert_int_equal(kind_of(&text, "kfree")->skipped[IMPORT_SKIP_OBJECT],
			 1);
}

/* Expect: one letter in a frame's number, and all are hexadecimal; CR LF. */
static void frames_in_plain_hexadecimal(void **state)
{
	(void)state;
	expect_import("hex-without-0x.txt",
		      "  - {t: 0, op: alloc_pages, id: 1, order: 0, gfp: "
		      "GFP_KERNEL|__GFP_NOFAIL, recorded: {ok: true, "
		      "pfn: 256}}\n"
		      "  - {t: 1000, op: alloc_pages, id: 2, order: 0, gfp: "
		      "GFP_KERNEL, recorded: {ok: true, pfn: 419}}\n"
		      "  - {t: 2000, op: free_pages, id: 1}\n");
}

static void what_trace_cmd_prints(void **state)
{
	(void)state;
	expect_import("trace-cmd.txt",
		      "  - {t: 0, op: alloc_pages, id: 1, order: 0, gfp: "
		      "GFP_HIGHUSER_MOVABLE, cpu: 1, recorded: {ok: true, "
		      "pfn: 256}}\n"
		      "  - {t: 500, op: free_pages, id: 1, cpu: 1}\n");
	assert_int_equal(text.report.unreadable, 0);
	assert_int_equal(text.report.lost_events, 3);
}

static void expect_refused(const char *bytes, size_t length, const char *wanted)
{
	struct scratch *scratch = &text.workload.scratch;

	import_file(&text, scratch_bytes(scratch, "t.txt", bytes, length),
		    IMPORT_PAGES);
	assert_int_equal(text.status, -1);
	expect_error(scratch, wanted);
	errors_release(&scratch->errors);
	import_report_release(&text.report);
	free(text.yaml);
	text.yaml = NULL;
}

/* Expect: what is no trace is refused, and told what it may be. */
static void files_that_are_no_traces(void **state)
{
	static const char binary[] = "\x17\x08\x44tracing6\0\0";
	char *wide = calloc(1, 3000000);

	(void)state;
	assert_non_null(wide);
	expect_refused("", 0, "t.txt:1:1: error: no trace event found");
	expect_refused("# tracer: nop\n", 14,
		       "t.txt:1:1: error: no trace event found");
	expect_refused(binary, sizeof(binary),
		       "t.txt:1:1: error: begins as a trace.dat");
	memset(wide, 'x', 2999999);
	expect_refused(wide, 2999999, "t.txt:1:1: error: no trace event found");
	assert_int_equal(text.report.lines, 1);
	memset(wide, '\0', 2999999);
	expect_refused(wide, 2999999, "t.txt:1:1: error: no trace event found");
	free(wide);
	import_file(&text, text.workload.scratch.dir, IMPORT_PAGES);
	assert_int_equal(text.status, -1);
}

/* Expect: a line longer than any event costs that line only. */
static void a_monstrous_line_among_others(void **state)
{
	static const char line[] =
		"              dd-91      [000] .....     6.000000: "
		"mm_page_free: page=ffffea0000004000 pfn=0x100 order=0\n";
	struct scratch *scratch = &text.workload.scratch;
	struct text trace = TEXT_EMPTY;
	int i;

	(void)state;
	text_add(&trace, "%s", line);
	for (i = 0; i < 300000; i++)
		text_add(&trace, "noise ");
	text_add(&trace, "\n%s", line);
	import_file(&text, scratch_file(scratch, "t.txt", trace.s),
		    IMPORT_PAGES);
	text_release(&trace);
	expect_events(&text,
		      "  - {t: 0, op: free_pages, pfn: 256, order: 0}\n"
		      "  - {t: 0, op: free_pages, pfn: 256, order: 0}\n");
	assert_int_equal(text.report.lines, 3);
	assert_int_equal(text.report.unreadable, 1);
}

/* Expect: flags by the bits of their kernel, decimal or hex; it is a guess. */
static void linux_4_4_masks(void **state)
{
	(void)state;
	expect_import("linux-4.4-masks.txt",
		      "  - {t: 0, op: alloc_pages, id: 1, order: 0, gfp: "
		      "GFP_HIGHUSER_MOVABLE, recorded: {ok: true, pfn: 4660}}\n"
		      "  - {t: 1000, op: alloc_pages, id: 2, order: 3, gfp: "
		      "GFP_ATOMIC|__GFP_COMP, cpu: 1, ctx: softirq, recorded: "
		      "{ok: true, pfn: 5120}}\n"
		      "  - {t: 4000, op: free_pages, id: 2}\n"
		      "  - {t: 5000, op: alloc_pages, id: 3, order: 10, gfp: "
		      "GFP_KERNEL|__GFP_COMP, recorded: {ok: false}}\n");
	assert_int_equal(text.report.gfp_masks, 5);
	assert_string_equal(text.report.gfp_kernels, "4.4 to 4.10");
	assert_int_equal(text.report.softirq_tasks, 1);
	assert_int_equal(
		kind_of(&text, "kmalloc_node")->skipped[IMPORT_SKIP_OBJECT], 1);
}

/* Expect: microseconds, and contexts from the column behind the CPU. */
static void latency_format(void **state)
{
	(void)state;
	expect_import(
		"linux-6.1-latency.txt",
		"  - {t: 0, op: alloc_pages, id: 1, order: 0, gfp: GFP_ATOMIC, "
		"ctx: softirq, recorded: {ok: true, pfn: 4660}}\n"
		"  - {t: 6000, op: alloc_pages, id: 2, order: 2, gfp: "
		"GFP_KERNEL|__GFP_COMP, cpu: 1, recorded: {ok: true, pfn: "
		"5120}}\n"
		"  - {t: 196000, op: free_pages, id: 2, cpu: 1, can_sleep: "
		"false}\n"
		"  - {t: 996000, op: free_pages, id: 1, ctx: softirq}\n");
	assert_int_equal(text.report.no_context, 0);
	assert_int_equal(text.report.unreadable, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(linux_3_10),
		TEST(linux_4_19),
		TEST(linux_5_10_with_lost_events),
		TEST(blocks_split_by_the_kernel),
		TEST(pages_that_vmalloc_takes_in_bulk),
		TEST(pages_taken_by_a_task_that_had_to_wait),
		TEST(callers_that_choose_a_node),
		TEST(an_area_whose_array_is_an_area),
		TEST(an_area_of_a_size_that_nothing_tells),
		TEST(arrays_that_are_too_large),
		TEST(an_array_of_the_largest_size),
		TEST(pages_freed_before_the_area),
		TEST(flags_that_are_missing),
		TEST(what_is_left_out_is_counted),
		TEST(frames_in_plain_hexadecimal),
		TEST(what_trace_cmd_prints),
		TEST(linux_4_4_masks),
		TEST(latency_format),
		TEST(files_that_are_no_traces),
		TEST(a_monstrous_line_among_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
