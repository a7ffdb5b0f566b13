/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether the calls that the writer puts into a file are the calls that the
 * reader takes out of it, for every operation and for names of any bytes.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/workload_calls.h"
#include "tests/unit/workload_text_each.h"
#include "workloads/yaml/writer.h"

static void write_and_read(const struct call *calls, size_t nr,
			   const char *name, const char *comment)
{
	const char *path = scratch_path(&text.scratch, "w.yaml");
	struct workload_writer writer;
	FILE *file = fopen(path, "w");
	size_t i;

	assert_non_null(file);
	workload_write_begin(&writer, file, text.names, name, comment);
	for (i = 0; i < nr; i++)
		workload_write_call(&writer, &calls[i]);
	assert_int_equal(
		workload_write_end(&writer, comment, &text.scratch.errors), 0);
	fclose(file);
	read_workload_file(&text, path);
	print_errors(&text.scratch);
	assert_int_equal(text.nr, (long)nr);
}

static void every_operation(void **state)
{
	struct call calls[NR_CALL_OPS];
	int op;

	(void)state;
	for (op = 0; op < NR_CALL_OPS; op++)
		calls[op] = full_call(text.names, (enum call_op)op);
	write_and_read(calls, NR_CALL_OPS, "full", NULL);
	for (op = 0; op < NR_CALL_OPS; op++)
		expect_same(&text.call[op], &calls[op]);
}

/* Expect: process context that can't sleep, no GFP flag, nothing recorded. */
static void what_equals_the_defaults(void **state)
{
	const struct call calls[] = {
		{ .op = OP_ALLOC_PAGES,
		  .id = 1,
		  .node = NODE_ANY,
		  .has = CALL_HAS_ID | CALL_HAS_ORDER | CALL_HAS_GFP },
		{ .op = OP_FREE_PAGES,
		  .pfn = 9,
		  .node = NODE_ANY,
		  .has = CALL_HAS_PFN | CALL_CAN_SLEEP },
		{ .op = OP_VMALLOC,
		  .id = 2,
		  .node = NODE_ANY,
		  .size = 1,
		  .gfp = GFP_KERNEL,
		  .has = CALL_HAS_ID | CALL_CAN_SLEEP },
		/* Of elements of no size: what it is for must be said. */
		{ .op = OP_MEMPOOL_CREATE,
		  .name = names_intern(text.names, "p", 1),
		  .node = NODE_ANY,
		  .has = CALL_CAN_SLEEP },
	};

	(void)state;
	write_and_read(calls, 4, "plain", NULL);
	expect_same(&text.call[3], &calls[3]);
	expect_same(&text.call[0], &calls[0]);
	expect_same(&text.call[1], &calls[1]);
	expect_same(&text.call[2], &calls[2]);
}

/* Expect: whatever a task calls itself, and ids by name, come back. */
static void names_of_any_bytes(void **state)
{
	static const char *const names[] = {
		"dd",
		"<idle>",
		"kworker/u2:1",
		"a b",
		"x, y: [z] #",
		"it's",
		"\"quoted\"",
		"back\\slash",
		"yes",
		"1e3",
		"null",
		"-1 [000]",
		"tab\there",
		"\x1b[31m",
		"\xc3\xa9t\xc3\xa9",
		"{",
		"&a",
		"*b",
		"<<",
		"~",
		"%",
		"\xf0\x9f\x90\xa7",
	};
	enum { NR = sizeof(names) / sizeof(names[0]) };
	struct call calls[NR];
	size_t i;

	(void)state;
	for (i = 0; i < NR; i++) {
		uint32_t name =
			names_intern(text.names, names[i], strlen(names[i]));

		calls[i] = (struct call){
			.op = OP_KFREE,
			.task = name,
			.id = name,
			.node = NODE_ANY,
			.has = CALL_HAS_NAMED_ID | CALL_CAN_SLEEP,
		};
	}
	write_and_read(calls, NR, "any: name", "two\nlines \x01 of comment");
	assert_string_equal(text.name, "any: name");
	for (i = 0; i < NR; i++)
		expect_same(&text.call[i], &calls[i]);
}

/* Expect: bytes that are no UTF-8 become characters that are. */
static void bytes_that_are_no_text(void **state)
{
	uint32_t name = names_intern(text.names, "\xff\xfe|\xc0\x80", 5);
	struct call call = {
		.op = OP_KFREE, .task = name, .id = 1, .has = CALL_HAS_ID
	};

	(void)state;
	write_and_read(&call, 1, "bytes", NULL);
	assert_string_equal(names_text(text.names, text.call[0].task),
			    "\xc3\xbf\xc3\xbe|\xc3\x80\xc2\x80");
}

static void no_calls_at_all(void **state)
{
	(void)state;
	write_and_read(NULL, 0, "empty", "nothing here");
}

/* Expect: a disk that is full is an error of the host. */
static void what_cannot_be_written_is_told(void **state)
{
	struct workload_writer writer;
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	if (!full)
		skip();
	workload_write_begin(&writer, full, text.names, "full", NULL);
	assert_int_equal(
		workload_write_end(&writer, NULL, &text.scratch.errors), -1);
	assert_true(text.scratch.errors.any_host);
	fclose(full);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_operation),	  TEST(what_equals_the_defaults),
		TEST(names_of_any_bytes), TEST(bytes_that_are_no_text),
		TEST(no_calls_at_all),	  TEST(what_cannot_be_written_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
