/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is said of a workload that is wrong: the place of each mistake, the
 * value, what is allowed and what was probably meant; all of it in one pass,
 * and no call handed out once something was found.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/workload_text_each.h"

/* An event on line 5; column 6 is the first inside its braces. */
static void expect_event_error(const char *event, const char *wanted)
{
	char yaml[1000];

	snprintf(yaml, sizeof(yaml), "%sevents:\n  - {%s}\n", HEAD, event);
	read_workload(&text, yaml);
	assert_int_equal(text.nr, -1);
	expect_error(&text.scratch, wanted);
	if (text.scratch.errors.nr != 1)
		print_errors(&text.scratch);
	assert_int_equal(text.scratch.errors.nr, 1);
	errors_release(&text.scratch.errors);
}

static void expect_file_error(const char *yaml, const char *wanted)
{
	read_workload(&text, yaml);
	assert_int_equal(text.nr, -1);
	expect_error(&text.scratch, wanted);
	errors_release(&text.scratch.errors);
}

static void keys(void **state)
{
	(void)state;
	expect_event_error("t: 0, op: kfree, id: 1, cup: 1",
			   "w.yaml:5:30: error: unknown key \"cup\"; did you "
			   "mean \"cpu\"? allowed: t, op, id, ");
	expect_event_error("t: 0, op: kfree, id: 1, id: 2",
			   "w.yaml:5:30: error: key \"id\" is there twice");
	expect_event_error("t: 0, op: kfree, id: 1, align: 2",
			   "w.yaml:5:30: error: kfree takes no \"align\"; "
			   "allowed: t, op, id, cpu");
	expect_event_error("t: 0, op: kfree, id: 1, recorded: {pfm: 1}",
			   "w.yaml:5:41: error: unknown key \"pfm\"; did you "
			   "mean \"pfn\"? allowed: ok, pfn or vaddr");
	expect_event_error("t: 0, op: kfree",
			   "w.yaml:5:5: error: kfree needs \"id\"");
	expect_event_error("op: kfree, id: 1",
			   "w.yaml:5:5: error: an event needs \"t\"");
	expect_event_error("t: 1, id: 1",
			   "w.yaml:5:5: error: an event needs \"op\"");
	expect_event_error("t: 4611686018427387905, op: kfree, id: 1",
			   "w.yaml:5:9: error: t: \"4611686018427387905\" is "
			   "not a number of ns, or one with ns, us, ms or s, "
			   "in whole ns up to 2^62");
	expect_event_error("[t]: 1, t: 1, op: kfree, id: 1",
			   "w.yaml:5:6: error: a key is a single word");
}

static void words(void **state)
{
	(void)state;
	expect_event_error("t: 0, op: kmaloc, id: 1",
			   "w.yaml:5:16: error: op: \"kmaloc\" is not known; "
			   "did you mean \"kmalloc\"? allowed: alloc_pages, ");
	expect_event_error("t: 0, op: kfree, id: 1, ctx: softirc",
			   "w.yaml:5:35: error: ctx: \"softirc\" is not known; "
			   "did you mean \"softirq\"? allowed: process, softirq"
			   ", hardirq or nmi");
	expect_event_error("t: 0, op: kfree, id: 1, can_sleep: maybe",
			   "w.yaml:5:41: error: can_sleep: \"maybe\" is not "
			   "true or false");
	expect_event_error("t: 0, op: kfree, id: 1, can_sleep: [true]",
			   "w.yaml:5:41: error: can_sleep: ");
	expect_event_error("t: 0, op: kfree, id: 1, recorded: true",
			   "w.yaml:5:40: error: recorded: a mapping is "
			   "expected here");
	expect_event_error("t: 0, op: kfree, id: ring",
			   "w.yaml:5:27: error: id: \"ring\" is not a 64-bit "
			   "number (a name is written in quotes)");
	expect_event_error("t: 0, op: kmem_cache_create, cache: c, size: 1, "
			   "flags: [SLAB_PANNIC]",
			   "w.yaml:5:62: error: flags: \"SLAB_PANNIC\" is not "
			   "known; did you mean \"SLAB_PANIC\"? allowed: ");
	expect_event_error("t: 0, op: kmem_cache_create, cache: c, size: 1, "
			   "flags: SLAB_PANIC",
			   "w.yaml:5:61: error: flags: a list is expected");
}

/* Expect: a line's time in its range, and tracepoints that count. */
static void what_is_said_of_a_tracer(void **state)
{
	(void)state;
	read_workload(&text, HEAD "traced: {line: 65535ns, events: []}\n"
				  "events: []\n");
	assert_int_equal(text.nr, 0);
	assert_int_equal(text.traced.line_ns, 65535);
	expect_file_error(HEAD "traced: {line: 1ms}\nevents: []\n",
			  "w.yaml:4:16: error: line: \"1ms\" is no time of a "
			  "line; allowed: 1ns to 65535ns");
	expect_file_error(
		HEAD "traced: {events: [mm_page_fre]}\nevents: []\n",
		"w.yaml:4:19: error: events: \"mm_page_fre\" is not a "
		"tracepoint whose lines count; did you mean "
		"\"mm_page_free\"? allowed: mm_page_free, ");
	expect_file_error(HEAD "traced: {line: 500ns}\nevents: []\n",
			  "w.yaml:4:9: error: traced: \"events\" is missing");
	expect_file_error(HEAD "traced: {lime: 1us, events: []}\n"
			       "events: []\n",
			  "w.yaml:4:10: error: unknown key \"lime\"; did you "
			  "mean \"line\"? allowed: line or events");
	expect_file_error("kmemsim: workload\nversion: 1\n"
			  "name: {is: a, form: b}\nevents: []\n",
			  "w.yaml:3:15: error: unknown key \"form\"; did you "
			  "mean \"from\"? allowed: is or from");
	expect_file_error(
		HEAD "traced: {line: 500ns, line: 1us}\n"
		     "events: []\n",
		"w.yaml:4:23: error: traced: \"line\" is there twice");
	expect_file_error(HEAD "traced: 1us\nevents: []\n",
			  "w.yaml:4:9: error: traced: {line: TIME, events: ");
}

/* Expect: the one bad name among the good ones is shown. */
static void names_of_gfp_flags(void **state)
{
	(void)state;
	expect_event_error("t: 0, op: kmalloc, id: 1, size: 8, "
			   "gfp: GFP_KERNEL|__GFP_NOWRAN|__GFP_ZERO",
			   "w.yaml:5:46: error: gfp: \"__GFP_NOWRAN\" is not a "
			   "GFP flag; did you mean \"__GFP_NOWARN\"?");
	expect_event_error(
		"t: 0, op: kmalloc, id: 1, size: 8, "
		"gfp: GFP_KERNEL, __GFP_ZERO",
		"w.yaml:5:58: error: unknown key \"__GFP_ZERO\": flags "
		"of gfp are joined by \"|\"");
	expect_event_error("t: 0, op: kmalloc, id: 1, size: 8, gfp: xyzzy",
			   "w.yaml:5:46: error: gfp: \"xyzzy\" is not a GFP "
			   "flag, as are GFP_KERNEL, ");
}

static void numbers_and_units(void **state)
{
	(void)state;
	expect_event_error("t: 3 hours, op: kfree, id: 1",
			   "w.yaml:5:9: error: t: \"3 hours\" is not a number "
			   "of ns, or one with ns, us, ms or s");
	expect_event_error("t: 3usec, op: kfree, id: 1",
			   "w.yaml:5:9: error: t: \"3usec\" is not a number of "
			   "ns, or one with ns, us, ms or s, in whole ns up "
			   "to 2^62; did you mean \"3us\"?");
	expect_event_error("t: 0, op: vmalloc, id: 1, size: 16MB",
			   "w.yaml:5:38: error: size: \"16MB\" is not a number "
			   "of bytes below 2^64, or one with B, KiB, MiB, "
			   "GiB or TiB; "
			   "did you mean \"16MiB\"?");
	expect_event_error("t: 0, op: vmalloc, id: 1, size: 4K",
			   "w.yaml:5:38: error: size: \"4K\" is not a number "
			   "of bytes below 2^64, or one with B, KiB, MiB, "
			   "GiB or TiB; did you mean \"4KiB\"?");
	expect_event_error(
		"t: 10\u00b5s, op: kfree, id: 1",
		"w.yaml:5:9: error: t: \"10\u00b5s\" is not a number "
		"of ns, or one with ns, us, ms or s, in whole ns up "
		"to 2^62; did you mean \"10us\"?");
	expect_event_error("t: 0, op: alloc_pages, id: 1, order: 16, "
			   "gfp: GFP_KERNEL",
			   "w.yaml:5:43: error: order: \"16\" is not a whole "
			   "number from 0 to 15");
	expect_event_error("t: 0, op: kfree, id: -1",
			   "w.yaml:5:27: error: id: \"-1\" is not a 64-bit");
	expect_event_error(
		"t: 0, op: kfree, id: 18446744073709551616",
		"w.yaml:5:27: error: id: \"18446744073709551616\" is "
		"not a 64-bit");
	expect_event_error("t: 0, op: kfree, id: 1, node: 64",
			   "w.yaml:5:36: error: node: \"64\" is not \"any\", "
			   "\"recorded\" or one from 0 to 63");
	expect_event_error("t: 0, op: kfree, id: 1, cpu: [0]",
			   "w.yaml:5:35: error: cpu: a single value is "
			   "expected here, not a list");
	expect_event_error("t: 0, op: kmem_cache_create, cache: c, size: 1, "
			   "align: 48",
			   "w.yaml:5:61: error: align: \"48\" is not 0 or a "
			   "power of two up to 1GiB");
}

/* Expect: a block is said by its order or its size; of defaults, either. */
static void two_sizes_of_a_block(void **state)
{
	(void)state;
	expect_event_error("t: 0, op: alloc_pages, order: 4, size: 4KiB, "
			   "id: 1, gfp: GFP_KERNEL",
			   "w.yaml:5:39: error: \"size\": alloc_pages takes "
			   "only one of order, size");
	expect_event_error("t: 0, op: __get_free_pages, size: 4KiB, order: 0, "
			   "id: 1, gfp: GFP_KERNEL",
			   "w.yaml:5:34: error: \"size\": __get_free_pages "
			   "takes only one of order, size");
	expect_file_error(
		HEAD "defaults: {order: 4, size: 4KiB}\n"
		     "events:\n"
		     "  - {t: 0, op: alloc_pages, id: 1, gfp: 0}\n",
		"w.yaml:4:22: error: \"size\": alloc_pages takes only "
		"one of order, size");
}

/* Expect: the same on a line that would be read fast, behind one that is. */
static void two_sizes_in_plain_words(void **state)
{
	(void)state;
	expect_file_error(
		HEAD "events:\n"
		     "  - {t: 0, op: kfree, id: 1}\n"
		     "  - {t: 0, op: alloc_pages, id: 1, order: 1, "
		     "size: 8192, gfp: GFP_KERNEL}\n"
		     "  - {t: 0, op: kfree, id: 2}\n",
		"w.yaml:6:46: error: \"size\": alloc_pages takes only one "
		"of order, size");
}

static void frees(void **state)
{
	(void)state;
	expect_event_error("t: 0, op: free_pages",
			   "w.yaml:5:5: error: free_pages needs exactly one "
			   "of id, pfn");
	expect_event_error("t: 0, op: free_pages, id: 1, pfn: 2",
			   "w.yaml:5:5: error: free_pages needs exactly one "
			   "of id, pfn");
	expect_event_error("t: 0, op: free_pages, pfn: 2, page: 1",
			   "w.yaml:5:36: error: \"page\" counts within the "
			   "allocation \"id\"");
	expect_event_error("t: 0, op: free_pages, id: 2, page: 1, order: 1",
			   "w.yaml:5:35: error: page: \"1\" is not a multiple "
			   "of 2^order, 2");
}

/* Expect: what is said of pages on LRU lists is said of such pages. */
static void pages_taken_back(void **state)
{
	(void)state;
	expect_event_error("t: 0, op: alloc_pages, id: 1, gfp: GFP_KERNEL, "
			   "lru: fil",
			   "w.yaml:5:58: error: lru: \"fil\" is not known; did "
			   "you mean \"file\"? allowed: file or anon");
	expect_event_error(
		"t: 0, op: alloc_pages, id: 1, gfp: GFP_KERNEL, "
		"dirty: true",
		"w.yaml:5:53: error: \"dirty\" is said of pages with "
		"\"lru: file\" or \"lru: anon\"");
	expect_event_error("t: 0, op: alloc_pages, id: 1, gfp: GFP_KERNEL, "
			   "lru: anon, mapping: f",
			   "w.yaml:5:64: error: \"mapping\" is said of pages "
			   "with \"lru: file\"");
	expect_event_error("t: 0, op: alloc_pages, id: 1, gfp: GFP_KERNEL, "
			   "lru: file, active: true, unevictable: true",
			   "w.yaml:5:64: error: \"active\" and \"unevictable\" "
			   "exclude each other");
	expect_event_error(
		"t: 0, op: oom_score_adj, task: t, value: -1001",
		"w.yaml:5:47: error: value: \"-1001\" is not a whole "
		"number from -1000 to 1000");
	expect_event_error(
		"t: 0, op: touch, id: 1, writes: true",
		"w.yaml:5:30: error: unknown key \"writes\"; did you "
		"mean \"write\"?");
	expect_event_error("t: 0, op: exit",
			   "w.yaml:5:5: error: exit needs \"task\"");
}

/* Expect: both times, and where the other one is. */
static void time_goes_forward(void **state)
{
	(void)state;
	expect_file_error(HEAD "events:\n"
			       "  - {t: 2us, op: kfree, id: 1}\n"
			       "  - {t: 1us, op: kfree, id: 2}\n",
			  "w.yaml:6:6: error: t: 1000 ns is before the 2000 "
			  "ns of line 5; time can't go back");
}

static void the_head(void **state)
{
	(void)state;
	expect_file_error(
		"version: 1\nevents: []\n",
		"w.yaml:2:9: error: a workload starts with "
		"\"kmemsim: workload\" and \"version: 1\"; \"kmemsim\" is "
		"missing");
	expect_file_error(
		"kmemsim: config\nversion: 1\nevents: []\n",
		"w.yaml:1:10: error: a workload belongs here, and this "
		"is \"kmemsim: config\"");
	expect_file_error("kmemsim: workload\nversion: 2\nevents: []\n",
			  "w.yaml:2:10: error: version: \"2\" is not \"1\"");
	expect_file_error(HEAD,
			  "w.yaml:4:1: error: a workload needs \"events\"");
	expect_file_error(HEAD "event: []\n",
			  "w.yaml:4:1: error: unknown key \"event\"; did you "
			  "mean \"events\"? allowed: kmemsim, ");
	expect_file_error(HEAD "events: {}\n",
			  "w.yaml:4:9: error: events: a list is expected");
	expect_file_error(HEAD "events:\n  - kfree\n",
			  "w.yaml:5:5: error: a mapping is expected here");
	expect_file_error("- a\n", "w.yaml:1:1: error: a workload is a "
				   "mapping");
	expect_file_error(HEAD "events: []\ndefaults: {cpu: 1}\n",
			  "w.yaml:5:1: error: \"defaults\" must come before "
			  "\"events\"");
	expect_file_error(HEAD "defaults: {cqu: 1}\nevents: []\n",
			  "w.yaml:4:12: error: unknown key \"cqu\"; did you "
			  "mean \"cpu\"?");
}

/* Expect: the errors of head, events and tail, in the file's order. */
static void all_errors_come_in_one_pass(void **state)
{
	static const char *const wanted[] = {
		"w.yaml:4:12: error: unknown key \"cqu\"",
		"w.yaml:6:9: error: t: \"1x\"",
		"w.yaml:6:29: error: id: \"a\"",
		"w.yaml:7:16: error: op: \"nothing\"",
		"w.yaml:9:46: error: gfp: \"GFP_X\"",
		"w.yaml:9:46: error: gfp: \"__GFP_Y\"",
		"w.yaml:10:6: error: a key is a single word",
		"w.yaml:10:14: error: a key is a single word",
		"w.yaml:11:1: error: unknown key \"tail\"",
	};
	size_t i;

	(void)state;
	read_workload(&text, HEAD "defaults: {cqu: 1}\n"
				  "events:\n"
				  "  - {t: 1x, op: kfree, id:  a}\n"
				  "  - {t: 0, op: nothing}\n"
				  "  - {t: 0, op: kfree, id: 1}\n"
				  "  - {t: 0, op: kmalloc, id: 1, size: 8, "
				  "gfp: GFP_X|__GFP_IO|__GFP_Y}\n"
				  "  - {[t]: 1, {op: 2}: [kfree, 3], t: 0, "
				  "op: kfree, id: 1}\n"
				  "tail: 1\n");
	assert_int_equal(text.nr, -1);
	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		expect_error(&text.scratch, wanted[i]);
	assert_int_equal(text.scratch.errors.nr, i);
}

/*
 * Expect: of an event that YAML breaks in, or may have broken off, that alone;
 * what was wrong above it stays.
 */
static void half_an_event_is_not_judged(void **state)
{
	(void)state;
	read_workload(&text, HEAD "events:\n"
				  "  - {t: 0, op: kfree}\n"
				  "  - {t: 1x, op: kmalloc, gfp: GFP_KERNEL\n"
				  "  - {t: 0, op: kfree, id: 1}\n");
	expect_error(&text.scratch, "w.yaml:5:5: error: kfree needs \"id\"");
	expect_error(&text.scratch, "w.yaml:7:5: error: not valid YAML");
	assert_int_equal(text.scratch.errors.nr, 2);
	errors_release(&text.scratch.errors);

	read_workload(&text, HEAD "events:\n"
				  "  - {t: 0, op: kfree}\n"
				  "  - t: 0\n"
				  "    op: kfree\n"
				  "   id: 1\n");
	expect_error(&text.scratch, "w.yaml:5:5: error: kfree needs \"id\"");
	expect_error(&text.scratch, "w.yaml:8:4: error: not valid YAML");
	assert_int_equal(text.scratch.errors.nr, 2);
	errors_release(&text.scratch.errors);

	/* The end of the list was reached: the event is whole. */
	read_workload(&text, HEAD "events:\n"
				  "  - t: 0\n"
				  "    op: kfree\n"
				  "tail: [\n");
	expect_error(&text.scratch, "w.yaml:5:5: error: kfree needs \"id\"");
	errors_release(&text.scratch.errors);
}

static void a_blank_behind_the_colon(void **state)
{
	(void)state;
	read_workload(&text, HEAD "events:\n  - {t:0, op: drain_all_pages}\n");
	expect_error(&text.scratch, "w.yaml:5:6: error: unknown key \"t:0\"; a "
				    "blank belongs behind the colon: "
				    "\"t: …\"");
}

/* Expect: 100 errors told, all of them counted. */
static void a_flood_of_errors_is_counted(void **state)
{
	struct text yaml = TEXT_EMPTY;
	int i;

	(void)state;
	text_add(&yaml, HEAD "events:\n");
	for (i = 0; i < 5000; i++)
		text_add(&yaml, "  - {t: 0, op: kfree}\n");
	read_workload(&text, yaml.s);
	text_release(&yaml);
	assert_int_equal(text.nr, -1);
	assert_int_equal(text.scratch.errors.nr, 5000);
}

/* Expect: a file that ends in the middle of an event is refused. */
static void a_file_cut_off_is_refused(void **state)
{
	(void)state;
	expect_file_error(HEAD "events:\n  - {t: 0, op: kfree, id: 1}\n"
			       "  - {t: 0, op: kfr",
			  "w.yaml:");
	read_workload_file(&text, text.scratch.dir);
	assert_int_equal(text.nr, -1);
}

/* Expect: what is wrong with generators is told with what is with events. */
static void generators_are_checked_too(void **state)
{
	(void)state;
	read_workload(&text, HEAD "events: [1]\ngenerators: [{rate: 1}, {}]\n");
	assert_int_equal(text.nr, -1);
	expect_error(&text.scratch, "w.yaml:4:10: error: a mapping is");
	expect_error(&text.scratch, "w.yaml:5:14: error: a generator needs "
				    "\"name\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(keys),
		TEST(words),
		TEST(what_is_said_of_a_tracer),
		TEST(names_of_gfp_flags),
		TEST(numbers_and_units),
		TEST(two_sizes_of_a_block),
		TEST(two_sizes_in_plain_words),
		TEST(frees),
		TEST(pages_taken_back),
		TEST(time_goes_forward),
		TEST(the_head),
		TEST(all_errors_come_in_one_pass),
		TEST(half_an_event_is_not_judged),
		TEST(a_blank_behind_the_colon),
		TEST(a_flood_of_errors_is_counted),
		TEST(a_file_cut_off_is_refused),
		TEST(generators_are_checked_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
