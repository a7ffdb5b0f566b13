/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which calls come of generators: when, with which ids, in which order, and
 * what of them changes when something else does.
 *
 * A line of what is expected is a call: its time in us, `+` or `-` for what
 * it does, and whose number it is of.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/workload_text_each.h"
#include "workloads/generators/generator.h"

#define KMALLOC "op: kmalloc, size: 64, gfp: GFP_KERNEL"

/* "10+1.1 12-1.1": at 10 us the first generator allocates its first, … */
static void add_call(struct text *line, const struct call *call)
{
	text_add(line, "%s%llu%s", line->length ? " " : "",
		 (unsigned long long)(call->t_ns / 1000),
		 call_makes_allocation(call) ? "+" :
		 call->has & CALL_HAS_ID     ? "-" :
					       "!");
	if (call->id >= GENERATED_IDS)
		text_add(line, "%llu.%llu",
			 (unsigned long long)(call->id / GENERATED_IDS),
			 (unsigned long long)(call->id % GENERATED_IDS));
	else if (call->has & CALL_HAS_ID)
		text_add(line, "%llu", (unsigned long long)call->id);
}

static void expect_calls(const char *yaml, const char *wanted)
{
	struct text line = TEXT_EMPTY;

	read_workload(&text, yaml);
	print_errors(&text.scratch);
	for (long i = 0; i < text.nr; i++)
		add_call(&line, &text.call[i]);
	assert_string_equal(line.s, wanted);
	text_release(&line);
}

/* Expect: by time; at the same time events first, then in the list's order. */
static void they_go_between_events(void **state)
{
	static const char *const list =
		"generators:\n"
		"  - {name: a, " KMALLOC ", count: 2, start: 1us,"
		" arrivals: {constant: {every: 2us}}, lifetime: 3us}\n"
		"  - {name: b, " KMALLOC ", count: 1, start: 1us,"
		" arrivals: {constant: {every: 1us}}}\n";
	static const char *const events =
		"events:\n"
		"  - {t: 1us, op: kmalloc, id: 7, size: 1, gfp: GFP_KERNEL}\n"
		"  - {t: 5us, op: kfree, id: 7}\n";
	static const char *const wanted =
		"1+7 1+1.1 1+2.1 3+1.2 4-1.1 5-7 6-1.2";
	char yaml[1024];

	(void)state;
	snprintf(yaml, sizeof(yaml), HEAD "%s%s", list, events);
	expect_calls(yaml, wanted);
	/* Wherever the list stands, and without any event. */
	snprintf(yaml, sizeof(yaml), HEAD "%s%s", events, list);
	expect_calls(yaml, wanted);
	snprintf(yaml, sizeof(yaml), HEAD "%s", list);
	expect_calls(yaml, "1+1.1 1+2.1 3+1.2 4-1.1 6-1.2");
}

#define STREAM(more)                                                           \
	HEAD "generators:\n  - {name: a, " KMALLOC                             \
	     ", arrivals: {constant: {every: 10us}}, " more "}\n"

/* Expect: what is live is freed in the order that was asked for. */
static void frees_have_an_order(void **state)
{
	(void)state;
	expect_calls(STREAM("count: 3, lifetime: 25us"),
		     "0+1.1 10+1.2 20+1.3 25-1.1 35-1.2 45-1.3");
	expect_calls(STREAM("count: 3, lifetime: 25us, free: {order: fifo}"),
		     "0+1.1 10+1.2 20+1.3 25-1.1 35-1.2 45-1.3");
	expect_calls(STREAM("count: 3, lifetime: 25us, free: {order: lifo}"),
		     "0+1.1 10+1.2 20+1.3 25-1.3 35-1.2 45-1.1");
}

/* Expect: no more than max_live; the request or the oldest gives way. */
static void there_is_a_limit(void **state)
{
	(void)state;
	expect_calls(STREAM("until: 60us, lifetime: 35us, max_live: 2"),
		     "0+1.1 10+1.2 35-1.1 40+1.3 45-1.2 50+1.4 75-1.3 85-1.4");
	expect_calls(STREAM("until: 40us, lifetime: 1s, max_live: 2, "
			    "when_full: replace, at_end: keep"),
		     "0+1.1 10+1.2 20-1.1 20+1.3 30-1.2 30+1.4");
	/* What is never freed leaves no room. */
	expect_calls(STREAM("until: 1000s, max_live: 2"), "0+1.1 10+1.2");
}

/* Expect: at the end all is freed, or nothing, or each in its time. */
static void the_end_is_as_told(void **state)
{
	(void)state;
	expect_calls(STREAM("until: 15us, lifetime: 100us, at_end: free"),
		     "0+1.1 10+1.2 15-1.1 15-1.2");
	expect_calls(STREAM("until: 15us, lifetime: 100us, at_end: keep"),
		     "0+1.1 10+1.2");
	expect_calls(STREAM("until: 15us, lifetime: 100us"),
		     "0+1.1 10+1.2 100-1.1 110-1.2");
	expect_calls(STREAM("until: 15us, at_end: free"),
		     "0+1.1 10+1.2 15-1.1 15-1.2");
}

/* Expect: rules change with the phase, and come again if they repeat. */
static void phases_follow_each_other(void **state)
{
	(void)state;
	expect_calls(HEAD
		     "generators:\n"
		     "  - name: a\n"
		     "    "
		     "op: kmalloc\n    gfp: GFP_KERNEL\n"
		     "    until: 70us\n    repeat: true\n    phases:\n"
		     "    - {for: 20us, size: 1,"
		     " arrivals: {constant: {every: 10us}}}\n"
		     "    - {for: 30us, size: 2, arrivals: {bursts: {size: 2, "
		     "every: 20us, apart: 1us}}}\n",
		     "0+1.1 10+1.2 20+1.3 21+1.4 40+1.5 41+1.6 "
		     "50+1.7 60+1.8");
	assert_int_equal(text.call[1].size, 1);
	assert_int_equal(text.call[2].size, 2);
	assert_int_equal(text.call[6].size, 1);
}

/* Expect: a ring is filled, then its oldest is replaced by each arrival. */
static void rings_go_round(void **state)
{
	(void)state;
	expect_calls(HEAD "generators:\n"
			  "  - {name: rx, kind: ring, entries: 2, " KMALLOC ","
			  " start: 5us, count: 3, arrivals: {gaps: 10us},"
			  " lifetime: 15us, at_end: free}\n",
		     "5+1.1 5+1.2 15+1.3 25+1.4 30-1.1 35+1.5 35-1.4 35-1.5 "
		     "35-1.2 35-1.3");
	/* Without a lifetime, what leaves the ring is freed at once. */
	expect_calls(HEAD "generators:\n"
			  "  - {name: rx, kind: ring, entries: 2, " KMALLOC ","
			  " count: 2, arrivals: {gaps: 10us}}\n",
		     "0+1.1 0+1.2 10+1.3 10-1.1 20+1.4 20-1.2");
}

/* Expect: all but the pages that stay are freed; of blocks, all but one. */
static void fragmenters_keep_some(void **state)
{
	(void)state;
	expect_calls(HEAD "generators:\n"
			  "  - {name: f, kind: fragment, order: 1, index: "
			  "0, memory: 12KiB, every: 1us}\n",
		     "0+1.1 1+1.2 2+1.3 3-1.1 4-1.2 5-1.3 6!");
	assert_int_equal(text.call[0].gfp, GFP_NOWAIT | __GFP_NOWARN);
	/* All blocks keep a page: the parts of it that go are its buddies. */
	expect_calls(HEAD "generators:\n"
			  "  - {name: f, kind: fragment, order: 3, index: "
			  "0.999, memory: 32KiB, pattern: blocks, "
			  "every: 1us}\n",
		     "0+1.1 1-1.1 2-1.1 3-1.1 4!");
	assert_int_equal(text.call[0].order, 3);
	for (unsigned int i = 1; i < 4; i++) {
		assert_int_equal(text.call[i].order, i - 1);
		assert_true(text.call[i].has & CALL_HAS_PAGE);
	}
}

/* Expect: times from a file, which is looked for beside the workload. */
static void times_may_be_listed(void **state)
{
	(void)state;
	scratch_file(&text.scratch, "times.csv", "t\n0\n3us\n4000\n");
	expect_calls(HEAD "generators:\n"
			  "  - {name: a, " KMALLOC ", start: 10us, "
			  "arrivals: {times: {file: times.csv}}}\n",
		     "10+1.1 13+1.2 14+1.3");
}

/* Expect: fields that are drawn, and who frees. */
static void fields_are_drawn(void **state)
{
	unsigned int atomic = 0, sleeps = 0;

	(void)state;
	read_workload(&text, HEAD
		      "defaults: {gfp: GFP_NOIO, task: t}\n"
		      "generators:\n"
		      "  - {name: a, op: kmem_cache_alloc, cache: [x, y],\n"
		      "     gfp: {weighted: {GFP_ATOMIC: 1, GFP_KERNEL: 1}},\n"
		      "     ctx: [process, softirq], count: 30, lifetime: 0,\n"
		      "     free: {ctx: hardirq, cpu: 3},\n"
		      "     arrivals: {poisson: {rate: 1000}}}\n");
	print_errors(&text.scratch);
	assert_int_equal(text.nr, 60);
	for (long i = 0; i < text.nr; i++) {
		const struct call *call = &text.call[i];

		assert_string_equal(names_text(text.names, call->task), "t");
		if (call->op == OP_CACHE_FREE) {
			assert_int_equal(call->ctx, CONTEXT_HARDIRQ);
			assert_int_equal(call->cpu, 3);
			assert_false(call->has & CALL_CAN_SLEEP);
			continue;
		}
		assert_non_null(
			strchr("xy", *names_text(text.names, call->name)));
		assert_int_equal(!!(call->has & CALL_CAN_SLEEP),
				 call->ctx == CONTEXT_PROCESS);
		atomic += call->gfp == GFP_ATOMIC;
		sleeps += call->ctx == CONTEXT_PROCESS;
	}
	assert_in_range(atomic, 5, 25);
	assert_in_range(sleeps, 5, 25);
}

/*
 * Two allocations live at a time, of different callers. Expect: each is freed
 * by its own, but for what `free` says of it.
 */
static void who_allocated_frees(void **state)
{
	const struct call *call = text.call;
	int in_interrupts = 0;

	(void)state;
	read_workload(&text,
		      HEAD "generators:\n"
			   "  - {name: a, " KMALLOC ", cpu: [0, 1, 2, 3],\n"
			   "     ctx: [process, softirq], count: 16,\n"
			   "     task: [x, y], lifetime: 15us,\n"
			   "     arrivals: {constant: {every: 10us}}}\n");
	print_errors(&text.scratch);
	assert_int_equal(text.nr, 32);
	for (long i = 0; i < text.nr; i++) {
		long of = 0;

		if (call[i].op != OP_KFREE)
			continue;
		while (call[of].op == OP_KFREE || call[of].id != call[i].id)
			of++;
		assert_int_equal(call[i].cpu, call[of].cpu);
		assert_int_equal(call[i].task, call[of].task);
		assert_int_equal(call[i].ctx, call[of].ctx);
		assert_int_equal(call[i].has & CALL_CAN_SLEEP,
				 call[of].has & CALL_CAN_SLEEP);
		in_interrupts += call[i].ctx == CONTEXT_SOFTIRQ;
	}
	assert_in_range(in_interrupts, 1, 15);
}

/* ---- seeds --------------------------------------------------------------- */

#define DRAWN(name)                                                            \
	"  - {name: " name ", " KMALLOC                                        \
	", count: 10, arrivals: {poisson: {rate: 1000000}}}\n"

/* The times of the allocations of a generator. */
static size_t times_of(const char *list, uint64_t seed, uint64_t number,
		       uint64_t t_ns[10])
{
	struct source *source;
	char yaml[1024];
	size_t found = 0;
	long nr;

	snprintf(yaml, sizeof(yaml), HEAD "generators:\n%s", list);
	source = workload_open(scratch_file(&text.scratch, "w.yaml", yaml),
			       text.names, &text.scratch.errors);
	assert_non_null(source);
	source->seed = seed;
	nr = source_read(source, text.call, CALLS_MAX, &text.scratch.errors);
	source_close(source);
	for (long i = 0; i < nr; i++)
		if (text.call[i].id / GENERATED_IDS == number)
			t_ns[found++] = text.call[i].t_ns;
	return found;
}

/* Expect: a generator's numbers are its own, and change with the run's seed. */
static void others_change_nothing(void **state)
{
	uint64_t alone[10], between[10], reseeded[10];

	(void)state;
	assert_int_equal(times_of(DRAWN("a"), 0, 1, alone), 10);
	assert_int_equal(
		times_of(DRAWN("x") DRAWN("a") DRAWN("y"), 0, 2, between), 10);
	assert_memory_equal(alone, between, sizeof(alone));
	times_of(DRAWN("x") DRAWN("a"), 0, 1, between);
	assert_memory_not_equal(alone, between, sizeof(alone));
	times_of(DRAWN("a"), 1, 1, reseeded);
	assert_memory_not_equal(alone, reseeded, sizeof(alone));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(they_go_between_events),	TEST(frees_have_an_order),
		TEST(there_is_a_limit),		TEST(the_end_is_as_told),
		TEST(phases_follow_each_other), TEST(rings_go_round),
		TEST(fragmenters_keep_some),	TEST(times_may_be_listed),
		TEST(fields_are_drawn),		TEST(who_allocated_frees),
		TEST(others_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
