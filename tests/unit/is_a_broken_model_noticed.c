/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether a run with `check` notices a model that no longer agrees with itself.
 * No call can bring that about; a sink does, which writes where it may only
 * read.
 */

#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/machine_fixture.h"
#include "tests/unit/engine_run.h"

/* One page more is said to be free than there is on any list. */
static int lose_a_page(struct sink *sink, const struct call *call,
		       const struct outcome *outcome, struct errors *errors)
{
	const struct engine_run *run = (const struct engine_run *)sink;
	struct memory *memory = run->kernel->memory;

	(void)call;
	(void)outcome;
	(void)errors;
	memory->zone[0].nr_free_pages++;
	return 0;
}

static const struct sink_ops breaking = {
	.name = "breaking",
	.begin = run_begin,
	.operation = lose_a_page,
};

static void run_broken(struct engine_run *run, bool check)
{
	const char *path;
	struct sink *sink = &run->sink;
	struct source *source;
	struct machine m;

	machine_describe(&m, 1024, 9, 11);
	engine_run_init(run);
	run->sink.ops = &breaking;
	run->options.check = check;
	path = scratch_file(&run->scratch, "w.yaml",
			    HEAD
			    "defaults: {gfp: GFP_KERNEL}\n"
			    "events:\n"
			    "  - {t: 0, op: alloc_pages, id: 1, order: 0}\n"
			    "  - {t: 1, op: sample}\n");
	source = workload_open(path, run->names, &run->scratch.errors);
	assert_non_null(source);
	run->result = engine_run(&m.desc, source, &sink, 1, &run->options,
				 &run->totals, &run->scratch.errors);
	source_close(source);
}

/* Expect: the run fails, and says what contradicts what. */
static void with_check_it_is(void **state)
{
	struct engine_run run;

	(void)state;
	run_broken(&run, true);
	assert_int_equal(run.result, ENGINE_FAILED);
	assert_int_equal(run.scratch.errors.nr, 1);
	assert_non_null(strstr(run.scratch.errors.text[0],
			       "the models contradict themselves: "));
	assert_non_null(strstr(run.scratch.errors.text[0], "free"));
	engine_run_release(&run);
}

/* Expect: nobody looks, and nobody pays for it. */
static void without_it_is_not(void **state)
{
	struct engine_run run;

	(void)state;
	run_broken(&run, false);
	assert_int_equal(run.result, ENGINE_DONE);
	assert_int_equal(run.scratch.errors.nr, 0);
	engine_run_release(&run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(with_check_it_is),
		cmocka_unit_test(without_it_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
