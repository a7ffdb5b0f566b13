/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `perf script` prints of kmem events, from several kernels: the same
 * workload as of ftrace's text, but for contexts, which perf does not tell.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/import_text_each.h"

static void expect_import(const char *path, const char *events)
{
	const struct import_options options = { .no_tasks = false };

	import_with(&text, path, IMPORT_PAGES, &options);
	expect_events(&text, events);
}

/* Expect: idle tasks in a soft interrupt, names with blanks and digits. */
static void linux_3_10(void **state)
{
	(void)state;
	expect_import(
		"tests/fixtures/perf/linux-3.10.txt",
		"  - {t: 0, op: alloc_pages, id: 1, order: 0, gfp: GFP_ATOMIC, "
		"ctx: softirq, task: swapper, recorded: {ok: true, pfn: "
		"4660}}\n"
		"  - {t: 2000, op: alloc_pages, id: 2, order: 2, gfp: "
		"GFP_KERNEL|__GFP_COMP, cpu: 1, task: rsync, recorded: {ok: "
		"true, pfn: 5120}}\n"
		"  - {t: 4000, op: free_pages, id: 1, task: \"kworker/0:1 a "
		"b\"}\n"
		"  - {t: 6000, op: alloc_pages, id: 3, order: 9, gfp: "
		"GFP_KERNEL|__GFP_NOWARN, cpu: 1, task: rsync, recorded: {ok: "
		"false}}\n"
		"  - {t: 8000, op: free_pages, id: 2, cpu: 1, task: rsync}\n");
	assert_int_equal(text.report.no_context, 6);
	assert_int_equal(text.report.softirq_tasks, 1);
	assert_int_equal(text.report.unreadable, 0);
}

/* Expect: masks as numbers by the bits that most of them fit. */
static void linux_4_9_masks(void **state)
{
	(void)state;
	expect_import(
		"tests/fixtures/perf/linux-4.9-masks.txt",
		"  - {t: 0, op: alloc_pages, id: 1, order: 0, gfp: "
		"GFP_HIGHUSER_MOVABLE, task: perf, recorded: {ok: true, pfn: "
		"4660}}\n"
		"  - {t: 1000, op: alloc_pages, id: 2, order: 3, gfp: "
		"GFP_ATOMIC|__GFP_COMP, task: perf, recorded: {ok: true, pfn: "
		"5120}}\n"
		"  - {t: 2000, op: alloc_pages, id: 3, order: 0, gfp: "
		"GFP_KERNEL, task: perf, recorded: {ok: true, pfn: 5376}}\n"
		"  - {t: 3000, op: free_pages, id: 2, cpu: 1, ctx: softirq, "
		"task: swapper}\n");
	assert_string_equal(text.report.gfp_kernels, "4.4 to 4.10");
}

/* Expect: threads, periods and nanoseconds; call chains and losses counted. */
static void linux_6_1_stacks(void **state)
{
	(void)state;
	expect_import(
		"tests/fixtures/perf/linux-6.1-stacks.txt",
		"  - {t: 2000, op: alloc_pages, id: 1, order: 0, gfp: "
		"GFP_HIGHUSER_MOVABLE|__GFP_COMP, cpu: 1, task: init, "
		"recorded: {ok: true, pfn: 131585}}\n"
		"  - {t: 4500, op: free_pages, id: 1, cpu: 1, task: init}\n");
	assert_int_equal(text.report.stack_lines, 7);
	assert_int_equal(text.report.lost_events, 17);
	assert_int_equal(text.report.unreadable, 0);
}

/* Expect: a binary perf.data is refused with what makes text of it. */
static void perf_data(void **state)
{
	struct scratch *scratch = &text.workload.scratch;

	(void)state;
	import_file(&text,
		    scratch_bytes(scratch, "perf.data", "PERFILE2h\0\0", 12),
		    IMPORT_PAGES);
	assert_int_equal(text.status, -1);
	assert_non_null(strstr(scratch->errors.text[0], "perf script"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(linux_3_10),
		TEST(linux_4_9_masks),
		TEST(linux_6_1_stacks),
		TEST(perf_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
