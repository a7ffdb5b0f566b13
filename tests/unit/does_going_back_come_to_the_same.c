/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Steps of a run: forwards, backwards, by questions; and the cells that they
 * are drawn with. The screens' contents are for
 * tests/cli/can_a_run_be_stepped_through.sh.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "configs/config.h"
#include "results/step/quiz.h"
#include "results/step/screen.h"
#include "workloads/workload.h"
#include "workloads/yaml/writer.h"

#define STEPS_MAX 256

struct story {
	struct config *config;
	struct stepper *stepper;
	struct errors errors;
};

static struct source *open_workload(void *path, struct names *names,
				    struct errors *errors)
{
	return workload_open(path, names, errors);
}

static void begin(struct story *story, const char *config, const char *workload)
{
	const char *const dirs[] = { "configs", NULL };
	const struct config_set none = { .nr = 0 };
	struct stepper_run run = { .open = open_workload };

	memset(story, 0, sizeof *story);
	story->config = config_load(config, &none, dirs, &story->errors);
	assert_non_null(story->config);
	run.machine = &story->config->machine;
	run.argument = (void *)workload;
	story->stepper = stepper_new(&run, &story->errors);
	assert_non_null(story->stepper);
}

static void end(struct story *story)
{
	stepper_free(story->stepper);
	config_free(story->config);
	errors_release(&story->errors);
}

static const struct step *now(const struct story *story)
{
	return stepper_now(story->stepper);
}

/* The caller frees it. */
static char *screen_of(struct story *story)
{
	const struct step_view view = {
		.width = 130,
		.height = 50,
		.zone = -1,
		.zone_type = -1,
		.order = -1,
		.cache = -1,
		.workload = "w",
		.config = "c",
		.add_event = text_add_event,
	};
	struct text out = TEXT_EMPTY;
	struct cells cells;

	assert_int_equal(cells_init(&cells, view.width, view.height, false,
				    &story->errors),
			 0);
	assert_int_equal(step_draw(now(story), &view, &cells, &story->errors),
			 0);
	cells_print(&cells, &out);
	cells_release(&cells);
	assert_non_null(out.s);
	return out.s;
}

/* Forwards to the end, then backwards to the start: the same screens. */
static void check_both_ways(const char *config, const char *workload)
{
	char *screen[STEPS_MAX];
	struct story story;
	char why[256];
	uint64_t n = 0;

	begin(&story, config, workload);
	screen[0] = screen_of(&story);
	for (;;) {
		struct step_goal goal = { .step = n + 1 };

		if (stepper_go(story.stepper, &goal, &story.errors) ==
		    STEPPER_OVER)
			break;
		assert_int_equal(now(&story)->number, ++n);
		assert_true(n < STEPS_MAX);
		screen[n] = screen_of(&story);
		assert_true(
			kernel_validate(now(&story)->kernel, why, sizeof why));
	}
	assert_true(n > 3);
	assert_true(now(&story)->over);
	for (uint64_t left = n + 1; left-- > 0;) {
		char *again;

		assert_int_equal(stepper_go_to(story.stepper, left,
					       &story.errors),
				 STEPPER_THERE);
		again = screen_of(&story);
		assert_string_equal(again, screen[left]);
		free(again);
	}
	for (uint64_t i = 0; i <= n; i++)
		free(screen[i]);
	end(&story);
}

/* Expect: where calls only do what they do, at once. */
static void plain_calls(void **state)
{
	(void)state;
	check_both_ways("configs/examples/classroom-32m.yaml",
			"workloads/first-steps.yaml");
}

/* Expect: where callers sleep, are killed, wait for each other, are stuck. */
static void calls_in_the_middle(void **state)
{
	(void)state;
	check_both_ways("configs/examples/by-hand.yaml",
			"workloads/oom-two-tasks.yaml");
	check_both_ways("configs/examples/by-hand.yaml",
			"workloads/nothing-can-go-on.yaml");
	check_both_ways("configs/examples/by-hand.yaml",
			"workloads/interrupts-preempt.yaml");
	check_both_ways("configs/examples/tiny-32m.yaml",
			"workloads/mempool-under-pressure.yaml");
}

/* Expect: with slabs, of both allocators' kinds. */
static void slabs(void **state)
{
	(void)state;
	check_both_ways("configs/examples/pc-256m.yaml",
			"workloads/slab-of-inodes.yaml");
	check_both_ways("configs/examples/books-1g.yaml",
			"workloads/slab-of-inodes.yaml");
}

/*
 * The first steps of the lesson, asked about: another type's pageblock, the
 * CPU's list twice, a block of order 4 as it is; a new slab, then the CPU's;
 * a refill; six blocks of 4 MiB of another type, and one too many.
 */
static void each_question_has_its_answer(void **state)
{
	static const int right[] = { 5, 1, 1, 3, 3, 1, 2, 5, 5, 5, 5, 5, 5, 7 };
	struct story story;
	size_t i = 0;

	(void)state;
	begin(&story, "configs/examples/classroom-32m.yaml",
	      "workloads/first-steps.yaml");
	for (;; i++) {
		struct step_goal ask = { .asks = step_asks };
		struct step_goal go = { .seq = 0 };
		struct text verdict = TEXT_EMPTY;

		if (stepper_go(story.stepper, &ask, &story.errors) ==
		    STEPPER_OVER)
			break;
		assert_int_equal(now(&story)->kind, STEP_ASKS);
		go.seq = now(&story)->seq;
		stepper_go(story.stepper, &go, &story.errors);
		assert_int_equal(now(&story)->kind, STEP_DONE);
		assert_int_equal(now(&story)->seq, go.seq);
		assert_true(i < sizeof right / sizeof *right);
		assert_int_equal(step_right_choice(now(&story)), right[i]);
		step_verdict(now(&story), right[i], &verdict);
		assert_memory_equal(verdict.s, "Right", 5);
		text_release(&verdict);
	}
	assert_int_equal(i, sizeof right / sizeof *right);
	end(&story);
}

/* Expect: a question that is left open can be gone back from. */
static void a_question_can_be_left(void **state)
{
	struct step_goal ask = { .asks = step_asks };
	struct story story;

	(void)state;
	begin(&story, "configs/examples/classroom-32m.yaml",
	      "workloads/first-steps.yaml");
	stepper_go_to(story.stepper, 3, &story.errors);
	stepper_go(story.stepper, &ask, &story.errors);
	assert_int_equal(now(&story)->kind, STEP_ASKS);
	assert_int_equal(now(&story)->number, 3);
	stepper_go_to(story.stepper, 3, &story.errors);
	assert_int_equal(now(&story)->kind, STEP_DONE);
	assert_int_equal(now(&story)->number, 3);
	end(&story);
}

/* Expect: a mistake further down stops the run there, with its place. */
static void a_broken_workload_stops_there(void **state)
{
	struct story story;
	struct step_goal on = { .step = 0 };

	(void)state;
	begin(&story, "configs/examples/by-hand.yaml",
	      "tests/fixtures/step/frees-twice.yaml");
	assert_int_equal(stepper_go(story.stepper, &on, &story.errors),
			 STEPPER_WRONG);
	assert_int_equal(story.errors.nr, 1);
	assert_non_null(strstr(story.errors.text[0], "frees-twice.yaml:10:"));
	end(&story);
}

/* ---- cells ---- */

static void expect_cells(const struct cells *cells, const char *expected)
{
	struct text out = TEXT_EMPTY;

	cells_print(cells, &out);
	assert_string_equal(out.s, expected);
	text_release(&out);
}

/*
 *	0       8
 *	|one two|      8 columns: words kept whole
 *	|three  |
 *	|→fou…  |      cut at column 5
 */
static void cells_hold_what_fits(void **state)
{
	struct errors errors = ERRORS_NONE;
	struct cells cells;

	(void)state;
	assert_int_equal(cells_init(&cells, 8, 3, false, &errors), 0);
	assert_int_equal(cells_wrap(&cells, 0, 0, 8, 2, CELL_PLAIN,
				    "one two three\n"),
			 2);
	assert_int_equal(cells_put(&cells, 2, 0, 5, CELL_PLAIN, "→fourteen"),
			 5);
	expect_cells(&cells, "one two\nthree\n→fou…\n");
	cells_release(&cells);
	assert_int_equal(cells_init(&cells, 8, 1, true, &errors), 0);
	cells_put(&cells, 0, 0, 8, CELL_PLAIN, "→█ö漢…");
	cells_set(&cells, 0, 8, CELL_PLAIN, 'x', false);
	cells_set(&cells, 1, 0, CELL_PLAIN, 'x', false);
	expect_cells(&cells, ">#\?\?~\n");
	cells_release(&cells);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plain_calls),
		cmocka_unit_test(calls_in_the_middle),
		cmocka_unit_test(slabs),
		cmocka_unit_test(each_question_has_its_answer),
		cmocka_unit_test(a_question_can_be_left),
		cmocka_unit_test(a_broken_workload_stops_there),
		cmocka_unit_test(cells_hold_what_fits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
