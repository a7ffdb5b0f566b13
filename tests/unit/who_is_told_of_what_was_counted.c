/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Plain operations are added to sums, and who keeps these is told how many
 * they were: before he is told of anything else, and of the first that ends
 * after somebody was killed by itself (sim/sinks.h).
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/sinks.h"

/* What is told, a word each: "3" counted, "1!" after a kill, "op", "sample". */
struct diary {
	struct sink sink;
	struct text text;
	struct counted last;
};

static int hear_operation(struct sink *sink, const struct call *call,
			  const struct outcome *outcome, struct errors *errors)
{
	(void)call;
	(void)outcome;
	(void)errors;
	text_add(&((struct diary *)sink)->text, "op ");
	return 0;
}

static struct op_tally *no_tally(struct sink *sink, const struct call *call,
				 enum alloc_path path, struct errors *errors)
{
	(void)sink;
	(void)call;
	(void)path;
	(void)errors;
	return NULL;
}

static int hear_counted(struct sink *sink, const struct counted *counted,
			struct errors *errors)
{
	struct diary *diary = (struct diary *)sink;

	(void)errors;
	diary->last = *counted;
	text_add(&diary->text, "%llu%s ", (unsigned long long)counted->nr,
		 counted->after_kill ? "!" : "");
	return 0;
}

static int hear_sample(struct sink *sink, uint64_t t_ns, const char *label,
		       const struct kernel *kernel, struct errors *errors)
{
	(void)t_ns;
	(void)label;
	(void)kernel;
	(void)errors;
	text_add(&((struct diary *)sink)->text, "sample ");
	return 0;
}

static const struct sink_ops counting_ops = {
	.operation = hear_operation,
	.tally = no_tally,
	.counted = hear_counted,
	.sample = hear_sample,
};

static const struct sink_ops asking_ops = { .operation = hear_operation };

/* A kernel of which nothing is asked but how many were killed. */
struct fixture {
	struct diary diary;
	struct diary other;
	struct sink *sink[2];
	struct memory memory;
	struct kernel kernel;
	struct errors errors;
	struct sinks sinks;
};

static void setup(struct fixture *f, size_t nr)
{
	*f = (struct fixture){
		.diary.sink.ops = &counting_ops,
		.other.sink.ops = &asking_ops,
		.sink = { &f->diary.sink, &f->other.sink },
		.kernel.memory = &f->memory,
		.errors = ERRORS_NONE,
	};
	f->sinks = (struct sinks){
		.sink = f->sink,
		.nr = nr,
		.kernel = &f->kernel,
		.errors = &f->errors,
	};
}

static void expect_told(struct fixture *f, const char *words)
{
	assert_string_equal(f->diary.text.s ? f->diary.text.s : "", words);
	text_release(&f->diary.text);
	text_release(&f->other.text);
}

/* Expect: how many, and up to where, before what comes after them. */
static void before_anything_else(void **state)
{
	struct call call = { .op = OP_KFREE };
	struct outcome outcome = { .status = OUTCOME_OK };
	struct fixture f;

	(void)state;
	setup(&f, 1);
	assert_true(sinks_count(&f.sinks));
	sinks_counted(&f.sinks, 1, 500);
	sinks_counted(&f.sinks, 4, 300);
	sinks_sample(&f.sinks, 600, NULL);
	assert_int_equal(f.diary.last.last_seq, 4);
	assert_int_equal(f.diary.last.end_ns, 500);
	sinks_counted(&f.sinks, 5, 700);
	sinks_operation(&f.sinks, &call, &outcome);
	sinks_sample(&f.sinks, 800, NULL);
	expect_told(&f, "2 sample 1 op sample ");
}

/* Expect: not more than COUNTED_MOST at once. */
static void not_too_many(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, 1);
	assert_true(sinks_count(&f.sinks));
	for (uint64_t seq = 1; seq <= 2 * COUNTED_MOST + 1; seq++)
		sinks_counted(&f.sinks, seq, seq);
	sinks_sample(&f.sinks, 1, NULL);
	expect_told(&f, "1024 1024 1 sample ");
}

/* Expect: the first to end after a kill by itself, whoever ends then. */
static void after_a_kill(void **state)
{
	struct call call = { .op = OP_KFREE };
	struct outcome outcome = { .status = OUTCOME_OK };
	struct fixture f;

	(void)state;
	setup(&f, 1);
	assert_true(sinks_count(&f.sinks));
	sinks_counted(&f.sinks, 1, 10);
	f.memory.vm_event[VM_OOM_KILL]++;
	sinks_counted(&f.sinks, 2, 20);
	assert_int_equal(f.diary.last.last_seq, 2);
	assert_int_equal(f.diary.last.end_ns, 20);
	sinks_counted(&f.sinks, 3, 30);
	f.memory.vm_event[VM_OOM_KILL]++;
	sinks_operation(&f.sinks, &call, &outcome);
	sinks_counted(&f.sinks, 5, 50);
	sinks_sample(&f.sinks, 60, NULL);
	expect_told(&f, "1 1! 1 op 1 sample ");
}

/* Expect: nothing is counted where somebody asks for each operation. */
static void not_where_each_is_asked_for(void **state)
{
	struct fixture f;

	(void)state;
	setup(&f, 2);
	assert_false(sinks_count(&f.sinks));
	f.diary.sink.ops = &asking_ops;
	f.sinks.nr = 1;
	assert_false(sinks_count(&f.sinks));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(before_anything_else),
		cmocka_unit_test(not_too_many),
		cmocka_unit_test(after_a_kill),
		cmocka_unit_test(not_where_each_is_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
