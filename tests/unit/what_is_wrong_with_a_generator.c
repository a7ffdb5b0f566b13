/* SPDX-License-Identifier: GPL-2.0-only */
/* Is each mistake in a generator told, with its place and what is allowed? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/workload_text.h"

#define OF(more) "{name: a, op: kmalloc, size: 1, gfp: GFP_KERNEL, " more "}"
#define WITH(more) OF("count: 1, arrivals: {constant: {every: 1us}}, " more)

static const struct {
	const char *generator; /* behind "  - " of line 5 */
	const char *error;     /* all of it begins with this */
} wrong[] = {
	{ "7", "w.yaml:5:5: error: generators: \"7\" is not a mapping" },
	{ "{op: kmalloc}", "w.yaml:5:5: error: a generator needs \"name\"" },
	{ "{name: a}", "w.yaml:5:5: error: a generator needs \"op\"" },
	{ "{name: a, opp: kmalloc}",
	  "w.yaml:5:15: error: generators: unknown key \"opp\"; did you mean "
	  "\"op\"?" },
	{ "{name: a, op: kmaloc, cuont: 5}",
	  "w.yaml:5:27: error: generators: unknown key \"cuont\"; did you mean "
	  "\"count\"?" },
	{ "{name: a, op: kmaloc, gfp: GFP_KERNAL}",
	  "w.yaml:5:32: error: gfp: \"GFP_KERNAL\" is not a GFP flag; did you "
	  "mean \"GFP_KERNEL\"?" },
	{ "{name: a, op: kmaloc, lifetime: 1m}",
	  "w.yaml:5:37: error: lifetime: \"1m\" is not a number of ns" },
	{ "{name: a, op: kfree}",
	  "w.yaml:5:19: error: op: unknown word \"kfree\"; allowed: "
	  "alloc_pages" },
	{ "{name: a, op: kmaloc}",
	  "w.yaml:5:19: error: op: unknown word \"kmaloc\"; did you mean "
	  "\"kmalloc\"?" },
	{ "{name: a, kind: rung, op: kmalloc}",
	  "w.yaml:5:21: error: kind: unknown word \"rung\"; did you mean "
	  "\"ring\"? allowed: stream, ring or fragment" },
	{ OF("arrivals: {constant: {every: 1us}}"),
	  "w.yaml:5:5: error: a generator needs an end: "
	  "\"until\" or \"count\"" },
	{ OF("count: 1"), "w.yaml:5:5: error: a generator needs \"arrivals\"" },
	{ WITH("lifetme: 1us"),
	  "w.yaml:5:100: error: generators: unknown key \"lifetme\"; did you "
	  "mean \"lifetime\"?" },
	{ WITH("order: 1"),
	  "w.yaml:5:100: error: generators: unknown key \"order\"" },
	{ WITH("name: b"), "w.yaml:5:100: error: key \"name\" is there twice" },
	{ WITH("lifetime: 1m"), "w.yaml:5:110: error: lifetime: \"1m\" is not "
				"a number of ns" },
	{ WITH("lifetime: 3 ms"),
	  "w.yaml:5:110: error: lifetime: \"3 ms\" is not a number of ns, or "
	  "one with ns, us, ms or s, in whole ns up to 2^62; did you mean "
	  "\"3ms\"?" },
	{ WITH("lifetime: {exponential: 3ms}"),
	  "w.yaml:5:124: error: exponential: \"3ms\" is not a mapping, such as "
	  "{mean: …}" },
	{ WITH("lifetime: {uniform: [1, 2]}"),
	  "w.yaml:5:120: error: uniform: a list is not a mapping, such as "
	  "{from: …, to: …}" },
	{ WITH("lifetime: {exponental: {mean: 1ms}}"),
	  "w.yaml:5:111: error: lifetime: unknown distribution \"exponental\"; "
	  "did you mean \"exponential\"?" },
	{ WITH("lifetime: {exponential: {}}"),
	  "w.yaml:5:124: error: exponential needs \"mean\"" },
	{ WITH("lifetime: {exponential: {mean: 0}}"),
	  "w.yaml:5:131: error: lifetime: \"0\" is not from 1 to "
	  "9223372036854775807 ns" },
	{ WITH("lifetime: {lognormal: {median: 1us, sigma: 11}}"),
	  "w.yaml:5:143: error: sigma: \"11\" is not a number from 0 to 10" },
	{ WITH("lifetime: {uniform: {from: 2, to: 1}}"),
	  "w.yaml:5:134: error: lifetime: \"1\" is not an upper end" },
	{ WITH("lifetime: {quantiles: [2, 1]}"),
	  "w.yaml:5:126: error: lifetime: \"1\" is not a quantile" },
	{ WITH("lifetime: {empirical: none.csv}"),
	  "none.csv:1:1: error: can't be opened" },
	{ WITH("lifetime: {weighted: {1us: 0}}"),
	  "w.yaml:5:127: error: weight: \"0\" is not from 1 to" },
	{ WITH("lifetime: []"),
	  "w.yaml:5:110: error: lifetime: the list is empty" },
	{ WITH("kept: 1.5"), "w.yaml:5:106: error: kept: \"1.5\" is not a "
			     "number from 0 to 1" },
	{ WITH("free: {order: fi}"),
	  "w.yaml:5:114: error: order: unknown word \"fi\"" },
	{ WITH("free: {size: 1}"),
	  "w.yaml:5:107: error: free: unknown key \"size\"" },
	{ WITH("phases: [{}, {for: 1us}]"),
	  "w.yaml:5:109: error: phases: all but the last need \"for\"" },
	{ WITH("phases: []"), "w.yaml:5:108: error: phases: a list of "
			      "phases is" },
	{ WITH("phases: [{fo: 1us}]"),
	  "w.yaml:5:110: error: phases: unknown key \"fo\"" },
	{ WITH("repeat: true"),
	  "w.yaml:5:5: error: repeat: the last phase needs \"for\", too" },
	{ WITH("cpu: [0, 5000]"),
	  "w.yaml:5:109: error: cpu: \"5000\" is not from 0 to 1023" },
	{ WITH("ctx: [process, irq]"),
	  "w.yaml:5:115: error: ctx: \"irq\" is not known" },
	{ OF("count: 1, arrivals: {posson: {rate: 1}}"),
	  "w.yaml:5:75: error: arrivals: unknown process \"posson\"; did you "
	  "mean \"poisson\"?" },
	{ OF("count: 1, arrivals: {poisson: 100}"),
	  "w.yaml:5:84: error: poisson: \"100\" is not a mapping, such as "
	  "{rate: …}" },
	{ OF("count: 1, arrivals: {poisson: {}}"),
	  "w.yaml:5:84: error: arrivals: either \"rate\"" },
	{ OF("count: 1, arrivals: {poisson: {rate: 0}}"),
	  "w.yaml:5:91: error: rate: \"0\" is not a number from" },
	{ OF("count: 1, arrivals: poisson"),
	  "w.yaml:5:74: error: arrivals: \"poisson\" is not one process" },
	{ "{name: a, op: kmalloc, gfp: GFP_KERNEL, count: 1, arrivals: "
	  "{constant: {every: 1us}}}",
	  "w.yaml:5:5: error: kmalloc needs \"size\"" },
	{ "{name: a, op: alloc_pages, gfp: GFP_KERNEL, lru: [file, anon], "
	  "count: 1, arrivals: {constant: {every: 1us}}}",
	  "w.yaml:5:54: error: lru: a list is not a single value" },
	{ "{name: a, kind: ring, op: kmalloc, size: 1, gfp: GFP_KERNEL, "
	  "count: 1, arrivals: {constant: {every: 1us}}}",
	  "w.yaml:5:5: error: a ring needs \"entries\"" },
	{ "{name: a, kind: fragment, order: 16, index: 1, memory: 1}",
	  "w.yaml:5:38: error: order: \"16\" is not from 1 to 15" },
	{ "{name: a, kind: fragment, order: 9, index: 1, memory: 1MiB}",
	  "w.yaml:5:48: error: index: \"1\" is not a number from 0 to 0.999, "
	  "with" },
	{ "{name: a, kind: fragment, order: 9, index: 0.5, memory: 1MiB, "
	  "until: 1s}",
	  "w.yaml:5:67: error: generators: unknown key \"until\"" },
};

/* Expect: an error for each, at its place. */
static void each_is_told(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct workload_text text;
		char yaml[1024];

		workload_text_init(&text);
		snprintf(yaml, sizeof(yaml), HEAD "generators:\n  - %s\n",
			 wrong[i].generator);
		read_workload(&text, yaml);
		assert_int_equal(text.nr, -1);
		expect_error(&text.scratch, wrong[i].error);
		workload_text_release(&text);
	}
}

/* Expect: names are unique, and ids of events below those of generators. */
static void nothing_is_there_twice(void **state)
{
	struct workload_text text;

	(void)state;
	workload_text_init(&text);
	read_workload(&text,
		      HEAD "generators:\n  - " WITH("") "\n  - " WITH("") "\n");
	expect_error(&text.scratch, "w.yaml:6:5: error: name: \"a\" is the "
				    "generator of line 5, too");
	errors_release(&text.scratch.errors);
	read_workload(
		&text,
		HEAD "generators:\n  - " WITH(
			"") "\nevents:\n"
			    "  - {t: 0, op: kfree, id: 1000000000000001}\n"
			    "  - {t: 0, op: kfre, id: 1}\n");
	expect_error(&text.scratch, "w.yaml:7:5: error: id: "
				    "\"1000000000000001\" is one of those");
	expect_error(&text.scratch, "w.yaml:8:16: error: op: \"kfre\"");
	assert_int_equal(text.nr, -1);
	errors_release(&text.scratch.errors);
	read_workload(&text, HEAD "generators:\n  - " WITH("") "\n"
							       "defaults: "
							       "{cpu: 1}\n");
	expect_error(&text.scratch, "w.yaml:6:1: error: \"defaults\" must come "
				    "before \"generators\"");
	workload_text_release(&text);
}

/* Expect: what is no generator at all does not hide others' errors. */
static void each_of_a_list_is_told(void **state)
{
	struct workload_text text;

	(void)state;
	workload_text_init(&text);
	read_workload(&text, HEAD "generators: [1, [], {name: a}]\n");
	expect_error(&text.scratch, "w.yaml:4:14: error: generators: \"1\"");
	expect_error(&text.scratch, "w.yaml:4:17: error: generators: a list");
	expect_error(&text.scratch, "w.yaml:4:21: error: a generator needs "
				    "\"op\"");
	workload_text_release(&text);
}

/* Expect: errors in a list of values are told at their places in that file. */
static void files_are_checked(void **state)
{
	struct workload_text text;

	(void)state;
	workload_text_init(&text);
	scratch_file(&text.scratch, "v.csv", "value,count\n1,0\nx,1\n1,1,1\n");
	read_workload(&text, HEAD "generators:\n  - " WITH(
				     "lifetime: {empirical: v.csv}") "\n");
	expect_error(&text.scratch, "v.csv:2:3: error: ");
	expect_error(&text.scratch, "v.csv:3:1: error: \"x\" is not a number");
	expect_error(&text.scratch, "v.csv:4:");
	errors_release(&text.scratch.errors);
	scratch_file(&text.scratch, "t.csv", "t\n5us\n4us\n");
	read_workload(&text, HEAD "generators:\n  - " OF(
				     "arrivals: {times: {file: t.csv}}") "\n");
	expect_error(&text.scratch, "t.csv:3:1: error: \"4us\" is before");
	workload_text_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_is_told),
		cmocka_unit_test(nothing_is_there_twice),
		cmocka_unit_test(each_of_a_list_is_told),
		cmocka_unit_test(files_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
