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

#include "tests/unit/workload_text.h"
#include "workloads/fields.h"
#include "workloads/writer.h"

static struct workload_text text;

static int setup(void **state)
{
	(void)state;
	workload_text_init(&text);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	workload_text_release(&text);
	return 0;
}

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

static void expect_same(const struct call *read, const struct call *written)
{
	assert_int_equal(read->op, written->op);
	assert_int_equal(read->t_ns, written->t_ns);
	assert_true(read->id == written->id);
	assert_true(read->size == written->size);
	assert_true(read->recorded_vaddr == written->recorded_vaddr);
	assert_int_equal(read->name, written->name);
	assert_int_equal(read->cache, written->cache);
	assert_int_equal(read->task, written->task);
	assert_int_equal(read->gfp, written->gfp);
	assert_int_equal(read->pfn, written->pfn);
	assert_int_equal(read->page, written->page);
	assert_int_equal(read->recorded_pfn, written->recorded_pfn);
	assert_int_equal(read->align, written->align);
	assert_int_equal(read->slab_flags, written->slab_flags);
	assert_int_equal(read->min_nr, written->min_nr);
	assert_int_equal(read->has, written->has);
	assert_int_equal(read->cpu, written->cpu);
	assert_int_equal(read->node, written->node);
	assert_int_equal(read->ctx, written->ctx);
	assert_int_equal(read->order, written->order);
	assert_int_equal(read->mask_bits, written->mask_bits);
	assert_int_equal(read->offset, written->offset);
	assert_int_equal(read->byte, written->byte);
	assert_int_equal(read->pages, written->pages);
}

/* All arguments that an operation takes, at values of no default. */
static struct call full_call(enum call_op op)
{
	field_set takes = operation_fields(op);
	uint32_t name = names_intern(text.names, "a name", 6);
	struct call call = {
		.op = (uint8_t)op,
		.t_ns = 1000 + (uint64_t)op,
		.cpu = 3,
		.node = 2,
		.ctx = CONTEXT_SOFTIRQ,
		.task = names_intern(text.names, "kworker/0:1", 11),
		.recorded_pfn = 77,
		.recorded_vaddr = 1u << 20,
		.has = CALL_CAN_SLEEP | CALL_HAS_RECORDED_OK |
		       CALL_RECORDED_OK | CALL_HAS_RECORDED_PFN |
		       CALL_HAS_RECORDED_VADDR,
	};

#define TAKES(field) (takes & FIELD_BIT(FIELD_##field))
	if (TAKES(ID)) {
		call.id = UINT64_MAX;
		call.has |= CALL_HAS_ID;
	}
	if (TAKES(PAGE)) {
		call.page = 2;
		call.has |= CALL_HAS_PAGE;
	}
	if (TAKES(CACHE) || TAKES(POOL) || TAKES(LABEL) || TAKES(MAPPING))
		call.name = name;
	if (TAKES(POOL) && TAKES(CACHE))
		call.cache = names_intern(text.names, "skb", 3);
	else if (TAKES(SIZE))
		call.size = UINT64_MAX;
	if (TAKES(ORDER) && !TAKES(POOL)) {
		call.order = 1;
		call.has |= CALL_HAS_ORDER;
	}
	call.align = TAKES(ALIGN) ? 64 : 0;
	call.min_nr = TAKES(MIN_NR) ? 4 : 0;
	call.mask_bits = TAKES(MASK_BITS) ? 24 : 0;
	call.offset = TAKES(OFFSET) ? 12 : 0;
	if (TAKES(LRU))
		call.pages = CALL_LRU_FILE | CALL_DIRTY | CALL_MAPPED;
	call.byte = TAKES(BYTE) ? 0x55 : 0;
	call.slab_flags = TAKES(FLAGS) ? SLAB_HWCACHE_ALIGN | SLAB_NO_MERGE : 0;
	if (TAKES(LRU))
		call.pages = CALL_LRU_FILE | CALL_DIRTY | CALL_ACTIVE |
			     CALL_MAPPED | CALL_EXECUTABLE;
	if (TAKES(WRITE))
		call.pages = CALL_DIRTY;
	if (TAKES(RECLAIMABLE))
		call.pages = CALL_RECLAIMABLE;
	if (TAKES(VALUE))
		call.value = -17;
	if (TAKES(GFP)) {
		call.gfp = GFP_KERNEL_ACCOUNT | __GFP_ZERO;
		call.has |= CALL_HAS_GFP;
	}
	return call;
}

static void every_operation(void **state)
{
	struct call calls[NR_CALL_OPS];
	int op;

	(void)state;
	for (op = 0; op < NR_CALL_OPS; op++)
		calls[op] = full_call((enum call_op)op);
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
	};

	(void)state;
	write_and_read(calls, 3, "plain", NULL);
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
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(every_operation),	  TEST(what_equals_the_defaults),
		TEST(names_of_any_bytes), TEST(bytes_that_are_no_text),
		TEST(no_calls_at_all),	  TEST(what_cannot_be_written_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
