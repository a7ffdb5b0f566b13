/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who, when, where and in which context, by one line of ftrace's text: lines
 * of several kernels and tools, and task names that look like a line.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "workloads/import/trace_gfp.h"
#include "workloads/import/trace_line.h"

/* "comm|pid|cpu|ns|context|can sleep|event|args" */
static void expect_event(const char *line, const char *wanted)
{
	struct trace_line parsed;
	char found[300];

	assert_int_equal(trace_line_parse(line, strlen(line), &parsed),
			 TRACE_LINE_EVENT);
	snprintf(found, sizeof(found), "%.*s|%llu|%u|%llu|%s|%d|%.*s|%s",
		 (int)parsed.comm_length, parsed.comm,
		 (unsigned long long)parsed.pid, parsed.cpu,
		 (unsigned long long)parsed.t_ns,
		 call_context_names[parsed.ctx], parsed.can_sleep,
		 (int)parsed.event_length, parsed.event, parsed.args);
	assert_string_equal(found, wanted);
}

static void expect_kind(const char *line, enum trace_line_kind kind)
{
	struct trace_line parsed;

	assert_int_equal(trace_line_parse(line, strlen(line), &parsed), kind);
}

static void lines_of_many_kernels(void **state)
{
	(void)state;
	/* 5.17 and later: five flags */
	expect_event("            init-1       [000] .....     6.033207: "
		     "kfree: ptr=0",
		     "init|1|0|6033207000|process|1|kfree|ptr=0");
	/* before: four */
	expect_event("            bash-1994    [001] d.h1  6.033207: "
		     "kfree: ptr=0",
		     "bash|1994|1|6033207000|hardirq|0|kfree|ptr=0");
	/* 3.x: no flags' column */
	expect_event("            bash-1994  [001]  6.033207: kfree: ptr=0",
		     "bash|1994|1|6033207000|process|1|kfree|ptr=0");
	/* with the thread group's id */
	expect_event("     kworker/0:1-23      (     23) [000] ..s1.   "
		     "100.000001: kfree: ",
		     "kworker/0:1|23|0|100000001000|softirq|0|kfree|");
	expect_event("     kworker/0:1-23      (-------) [000] .....   "
		     "100.000001: kfree: ",
		     "kworker/0:1|23|0|100000001000|process|1|kfree|");
	/* nanoseconds, by trace-cmd */
	expect_event("             cat-77    [002]  6.033207123: kfree: x=1",
		     "cat|77|2|6033207123|process|1|kfree|x=1");
	/* a clock that counts */
	expect_event("             cat-77    [002] ..... 6033207123: kfree: ",
		     "cat|77|2|6033207123|process|1|kfree|");
	/* latency-format */
	expect_event("     cat-77        1d.s.  125us : kfree: x=1",
		     "cat|77|1|125000|softirq|0|kfree|x=1");
	expect_event("     cat-77        1.....  125us+: kfree: x=1",
		     "cat|77|1|125000|process|1|kfree|x=1");
}

/* Expect: the flags' column says who may sleep. */
static void flags_say_the_context(void **state)
{
	static const struct {
		const char *flags;
		enum call_context ctx;
		bool can_sleep;
	} cases[] = {
		{ ".....", CONTEXT_PROCESS, true },
		{ ".N...", CONTEXT_PROCESS, true },
		{ "...1.", CONTEXT_PROCESS, false },
		{ "d....", CONTEXT_PROCESS, false },
		{ "b....", CONTEXT_PROCESS, false },
		{ "D....", CONTEXT_PROCESS, false },
		{ "..s..", CONTEXT_SOFTIRQ, false },
		{ "dNs1.", CONTEXT_SOFTIRQ, false },
		{ "d.h..", CONTEXT_HARDIRQ, false },
		{ "d.H2.", CONTEXT_HARDIRQ, false },
		{ "d.z..", CONTEXT_NMI, false },
		{ "d.Z1.", CONTEXT_NMI, false },
		{ "...0", CONTEXT_PROCESS, true },
		{ "...2", CONTEXT_PROCESS, false },
	};
	struct trace_line parsed;
	char line[100];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		snprintf(line, sizeof(line),
			 "              dd-91      [000] %s 1.0: kfree: x",
			 cases[i].flags);
		assert_int_equal(trace_line_parse(line, strlen(line), &parsed),
				 TRACE_LINE_EVENT);
		assert_int_equal(parsed.ctx, cases[i].ctx);
		assert_int_equal(parsed.can_sleep, cases[i].can_sleep);
	}
}

/* Expect: the name ends at the 17th column, whatever is in it. */
static void names_can_look_like_lines(void **state)
{
	(void)state;
	expect_event("  -1 [0] 1.0: e:-91      [001] ..... 2.0: kfree: x",
		     "-1 [0] 1.0: e:|91|1|2000000000|process|1|kfree|x");
	expect_event("      a-1 [000] -91      [001] ..... 2.0: kfree: x",
		     "a-1 [000] |91|1|2000000000|process|1|kfree|x");
	expect_event("          <idle>-0       [001] ..... 2.0: kfree: x",
		     "<idle>|0|1|2000000000|process|1|kfree|x");
	expect_event("           <...>-4321    [001] ..... 2.0: kfree: x",
		     "<...>|4321|1|2000000000|process|1|kfree|x");
	expect_event("                -5       [001] ..... 2.0: kfree: x",
		     "|5|1|2000000000|process|1|kfree|x");
	/* blanks cut off the line */
	expect_event("a b-c-91 [001] ..... 2.0: sched: prev=x-1 [000] 3.0: y:",
		     "a b-c|91|1|2000000000|process|1|sched|"
		     "prev=x-1 [000] 3.0: y:");
}

static void lines_that_are_no_events(void **state)
{
	struct trace_line parsed;

	(void)state;
	expect_kind("# tracer: nop", TRACE_LINE_COMMENT);
	expect_kind("", TRACE_LINE_COMMENT);
	expect_kind("##### CPU 2 buffer started ####", TRACE_LINE_COMMENT);
	expect_kind("cpus=2", TRACE_LINE_COMMENT);
	expect_kind("hello", TRACE_LINE_OTHER);
	expect_kind("              dd-91      [000] .....  6.05",
		    TRACE_LINE_OTHER);
	expect_kind("              dd-91      [9999] ..... 2.0: kfree: x",
		    TRACE_LINE_OTHER);
	expect_kind("CPU:1 [LOST 123 EVENTS]", TRACE_LINE_LOST);
	expect_kind("CPU:1 [LOST EVENTS]", TRACE_LINE_LOST);
	expect_kind("CPU:0 [7 EVENTS DROPPED]", TRACE_LINE_LOST);

	trace_line_parse("CPU:1 [LOST 123 EVENTS]", 23, &parsed);
	assert_int_equal(parsed.lost, 123);
	trace_line_parse("CPU:12 [LOST EVENTS]", 20, &parsed);
	assert_int_equal(parsed.lost, 0);
	trace_line_parse("CPU:0 [7 EVENTS DROPPED]", 24, &parsed);
	assert_int_equal(parsed.lost, 7);
}

static void arguments_have_keys(void **state)
{
	const char *args = "xpfn=1 page=2 pfn=0x3 order=4";
	size_t length;
	const char *s = trace_arg(args, "pfn", &length);

	(void)state;
	assert_int_equal(length, 3);
	assert_memory_equal(s, "0x3", 3);
	s = trace_arg(args, "order", &length);
	assert_int_equal(length, 1);
	assert_memory_equal(s, "4", 1);
	assert_null(trace_arg(args, "gfp", &length));
}

static void expect_gfp(const char *s, gfp_t flags, bool known)
{
	gfp_t found;

	assert_int_equal(trace_gfp_parse(s, strlen(s),
					 gfp_bits_of(KERNEL_VERSION(6, 1, 0)),
					 &found),
			 known);
	assert_int_equal(found, flags);
}

/* Expect: flags of any kernel, in the bits of 6.1. */
static void flags_of_many_kernels(void **state)
{
	(void)state;
	expect_gfp("GFP_KERNEL|__GFP_ZERO", GFP_KERNEL | __GFP_ZERO, true);
	expect_gfp("GFP_KERNEL|GFP_ZERO|GFP_REPEAT",
		   GFP_KERNEL | __GFP_ZERO | __GFP_RETRY_MAYFAIL, true);
	expect_gfp("GFP_TEMPORARY", GFP_KERNEL | __GFP_RECLAIMABLE, true);
	expect_gfp("GFP_KERNEL|__GFP_NO_KSWAPD",
		   GFP_KERNEL & ~__GFP_KSWAPD_RECLAIM, true);
	expect_gfp("none", 0, true);
	expect_gfp("0xcc0", GFP_KERNEL, true);
	expect_gfp("GFP_NOWAIT|0x80000000", GFP_NOWAIT, false);
	expect_gfp("GFP_KERNEL|__GFP_FROM_THE_FUTURE", GFP_KERNEL, false);
	expect_gfp("", 0, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_many_kernels),
		cmocka_unit_test(flags_say_the_context),
		cmocka_unit_test(names_can_look_like_lines),
		cmocka_unit_test(lines_that_are_no_events),
		cmocka_unit_test(arguments_have_keys),
		cmocka_unit_test(flags_of_many_kernels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
