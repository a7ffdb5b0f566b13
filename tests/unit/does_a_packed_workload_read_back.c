/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether the calls that are packed are the calls that are read back, over any
 * number of blocks, and what becomes of a file that was damaged on the way.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "sim/base/scatter.h"
#include "tests/unit/packed_calls.h"
#include "tests/unit/workload_calls.h"
#include "tests/unit/workload_text_each.h"
#include "workloads/packed/packed_format.h"
#include "workloads/yaml/writer.h"

static const struct traced traced = { .line_ns = 500, .tracepoints = 5 };

static struct bytes pack(const struct call *calls, size_t nr)
{
	return pack_traced(&text, calls, nr, &traced);
}

static const char *write_out(const struct bytes *bytes)
{
	return scratch_bytes(&text.scratch, "w.kmt", bytes->at, bytes->nr);
}

static void pack_and_read(const struct call *calls, size_t nr)
{
	struct bytes bytes = pack(calls, nr);

	read_workload_file(&text, write_out(&bytes));
	print_errors(&text.scratch);
	assert_int_equal(text.nr, (long)nr);
	assert_int_equal(text.traced.line_ns, traced.line_ns);
	assert_int_equal(text.traced.tracepoints, traced.tracepoints);
	assert_string_equal(text.name, "packed");
	free(bytes.at);
}

/* Expect: every field of every operation, and the place in the YAML file. */
static void every_operation(void **state)
{
	struct call calls[NR_CALL_OPS];

	(void)state;
	for (int op = 0; op < NR_CALL_OPS; op++) {
		calls[op] = full_call(text.names, (enum call_op)op);
		calls[op].line = 100 - (uint64_t)op; /* lines may go back */
		calls[op].column = 5 + (uint32_t)op;
	}
	pack_and_read(calls, NR_CALL_OPS);
	for (int op = 0; op < NR_CALL_OPS; op++) {
		expect_same(&text.call[op], &calls[op]);
		assert_true(text.call[op].line == calls[op].line);
		assert_int_equal(text.call[op].column, calls[op].column);
	}
}

/* Expect: the ends of what a field may hold, side by side. */
static void the_smallest_and_the_largest(void **state)
{
	struct call calls[4] = {
		{ .op = OP_FREE_PAGES, .has = CALL_HAS_PFN },
		{ .op = OP_FREE_PAGES,
		  .has = CALL_HAS_PFN | CALL_HAS_RECORDED_PFN |
			 CALL_HAS_RECORDED_VADDR,
		  .pfn = PFN_NONE - 1,
		  .recorded_pfn = PFN_NONE - 1,
		  .recorded_vaddr = UINT64_MAX,
		  .cpu = MAX_CPUS - 1,
		  .node = MAX_NODES - 1,
		  .line = UINT64_MAX },
		{ .op = OP_KFREE, .has = CALL_HAS_ID, .node = NODE_ANY },
		{ .op = OP_KFREE,
		  .has = CALL_HAS_ID,
		  .id = UINT64_MAX,
		  .t_ns = TIME_MOST,
		  .column = UINT32_MAX },
	};

	(void)state;
	pack_and_read(calls, 4);
	for (int i = 0; i < 4; i++)
		expect_same(&text.call[i], &calls[i]);
}

/* Expect: a number of its own for each, so that old files can be read. */
static void every_operation_has_a_number(void **state)
{
	unsigned char bytes[PACKED_SHAPE_BYTES];
	struct packed_shape shape = { .op = OP_KFREE };
	struct packed_shape read;

	(void)state;
	packed_shape_put(bytes, &shape);
	assert_int_equal(bytes[offsetof(struct packed_shape, op)], 7);
	for (int op = 0; op < NR_CALL_OPS; op++) {
		shape.op = (uint8_t)op;
		packed_shape_put(bytes, &shape);
		packed_shape_get(bytes, &read);
		assert_memory_equal(&read, &shape, sizeof(shape));
	}
}

static void no_calls_at_all(void **state)
{
	(void)state;
	pack_and_read(NULL, 0);
}

/* The n-th of many calls, unlike its neighbours. */
static struct call call_number(uint64_t n)
{
	char word[16];

	snprintf(word, sizeof(word), "t%llu", (unsigned long long)(n % 300));
	return (struct call){
		.op = n % 3 ? OP_KMALLOC : OP_KZALLOC,
		.t_ns = n * 1000003 % 7 + n * 7,
		.line = n + 4,
		.column = 5,
		.has = CALL_HAS_ID | CALL_HAS_GFP | CALL_CAN_SLEEP,
		.id = n * GOLDEN_RATIO,
		.size = n % 5 ? n : 0,
		.gfp = n % 7 ? GFP_KERNEL : GFP_ATOMIC,
		.node = NODE_ANY,
		.task = n % 11 ? names_intern(text.names, word, strlen(word)) :
				 0,
		.cpu = (cpu_t)(n % MAX_CPUS),
	};
}

/* Reads with batches of `max` what call_number() made; the digest is equal. */
static void expect_numbered(const char *path, uint64_t nr, size_t max)
{
	struct errors *errors = &text.scratch.errors;
	struct source *source = workload_open(path, text.names, errors);
	struct call batch[100];
	uint64_t n = 0;
	long got;

	assert_non_null(source);
	while ((got = source_read(source, batch, max, errors)) > 0) {
		for (long i = 0; i < got; i++, n++) {
			struct call expected = call_number(n);

			expect_same(&batch[i], &expected);
			assert_true(batch[i].line == expected.line);
		}
	}
	print_errors(&text.scratch);
	assert_int_equal(got, 0);
	assert_true(n == nr);
	source_close(source);
}

static struct bytes pack_numbered(uint64_t nr)
{
	struct call *calls = calloc(nr, sizeof(*calls));
	struct bytes bytes;

	assert_non_null(calls);
	for (uint64_t n = 0; n < nr; n++)
		calls[n] = call_number(n);
	bytes = pack(calls, nr);
	free(calls);
	return bytes;
}

/*
 *	[8192][8192][8192][8192][8192][8192][1]
 *
 * Expect: more blocks than are read ahead come in order, in batches of any
 * size; and so do exactly full ones.
 */
static void many_blocks(void **state)
{
	uint64_t nr = 6 * PACKED_BLOCK_EVENTS + 1;
	struct bytes bytes = pack_numbered(nr);

	(void)state;
	expect_numbered(write_out(&bytes), nr, 100);
	expect_numbered(text.scratch.path, nr, 1);
	free(bytes.at);
	nr = 2 * PACKED_BLOCK_EVENTS;
	bytes = pack_numbered(nr);
	expect_numbered(write_out(&bytes), nr, 77);
	free(bytes.at);
}

/* Expect: who closes it in the middle does not wait for the rest. */
static void closed_in_the_middle(void **state)
{
	struct bytes bytes = pack_numbered(12 * PACKED_BLOCK_EVENTS);
	struct errors *errors = &text.scratch.errors;
	struct call batch[100];

	(void)state;
	for (int nr = 0; nr < 3 * PACKED_BLOCK_EVENTS / 100; nr += 100) {
		struct source *source =
			workload_open(write_out(&bytes), text.names, errors);

		assert_non_null(source);
		for (int i = 0; i < nr; i++)
			assert_true(source_read(source, batch, 100, errors) >
				    0);
		source_close(source);
	}
	free(bytes.at);
}

/* Some calls with lanes of all kinds, and names. */
static struct bytes pack_some(struct call calls[NR_CALL_OPS])
{
	for (int op = 0; op < NR_CALL_OPS; op++)
		calls[op] = full_call(text.names, (enum call_op)op);
	return pack(calls, NR_CALL_OPS);
}

/* Refused with something to say, and only once. */
static void expect_refused(const struct bytes *bytes, const char *wanted)
{
	read_workload_file(&text, write_out(bytes));
	assert_int_equal(text.nr, -1);
	assert_int_equal(text.scratch.errors.nr, 1);
	assert_false(text.scratch.errors.any_host);
	assert_non_null(strstr(text.scratch.errors.text[0], wanted));
	errors_release(&text.scratch.errors);
}

/* Expect: whichever byte is another, the file is refused. */
static void any_byte_damaged(void **state)
{
	static const char masks[] = { 1, 0x10, (char)0x80, (char)0xff };
	struct call calls[NR_CALL_OPS];
	struct bytes bytes = pack_some(calls);

	(void)state;
	for (size_t i = 0; i < bytes.nr; i++) {
		for (size_t m = 0; m < sizeof(masks); m++) {
			bytes.at[i] ^= masks[m];
			expect_refused(&bytes, "error: ");
			bytes.at[i] ^= masks[m];
		}
	}
	free(bytes.at);
}

/* Expect: wherever the file ends too early, it is refused. */
static void cut_off_anywhere(void **state)
{
	struct call calls[NR_CALL_OPS];
	struct bytes bytes = pack_some(calls);
	struct bytes part = bytes;

	(void)state;
	for (part.nr = 1; part.nr < bytes.nr; part.nr++)
		expect_refused(&part, "cut off");
	free(bytes.at);
}

/* Expect: block and byte are named, and what stands before is handed out. */
static void the_damaged_block_is_named(void **state)
{
	uint64_t nr = 3 * PACKED_BLOCK_EVENTS;
	struct bytes bytes = pack_numbered(nr);
	struct errors *errors = &text.scratch.errors;
	struct call batch[64];
	struct source *source;
	uint64_t n = 0;
	long got;

	(void)state;
	bytes.at[bytes.nr / 2] ^= 1;
	source = workload_open(write_out(&bytes), text.names, errors);
	assert_non_null(source);
	while ((got = source_read(source, batch, 64, errors)) > 0)
		n += (uint64_t)got;
	assert_int_equal(got, -1);
	assert_true(n == PACKED_BLOCK_EVENTS);
	assert_non_null(
		strstr(errors->text[0], "w.kmt:1:1: error: block 2, at byte "));
	assert_int_equal(source_read(source, batch, 64, errors), -1);
	assert_int_equal(errors->nr, 1);
	source_close(source);
	free(bytes.at);
}

/* Expect: the block that is not whole is named, by its number from 1. */
static void the_block_that_is_cut_off_is_named(void **state)
{
	struct bytes bytes = pack_numbered(3 * PACKED_BLOCK_EVENTS);
	struct bytes part = { bytes.at, bytes.nr / 2 };
	struct errors *errors = &text.scratch.errors;
	struct call batch[64];
	struct source *source;

	(void)state;
	source = workload_open(write_out(&part), text.names, errors);
	assert_non_null(source);
	while (source_read(source, batch, 64, errors) > 0)
		;
	assert_non_null(strstr(errors->text[0],
			       "the file ends in or before block 2, at byte "));
	assert_int_equal(errors->nr, 1);
	source_close(source);
	free(bytes.at);
}

/* Expect: no room is asked for texts as long as that, and none is read. */
static void texts_too_long_for_a_head(void **state)
{
	struct call calls[NR_CALL_OPS];
	struct bytes bytes = pack_some(calls);

	(void)state;
	for (size_t at = 4; at <= 8; at += 4) {
		char *length = bytes.at + PACKED_MAGIC_BYTES + at;
		char was = length[2];

		length[2] = 2; /* 128 KiB more */
		expect_refused(&bytes, "the head, at byte 0: it is damaged");
		length[2] = was;
	}
	free(bytes.at);
}

static void what_follows_the_end(void **state)
{
	struct call calls[NR_CALL_OPS];
	struct bytes bytes = pack_some(calls);
	struct bytes longer = { malloc(bytes.nr + 1), bytes.nr + 1 };

	(void)state;
	assert_non_null(longer.at);
	memcpy(longer.at, bytes.at, bytes.nr);
	longer.at[bytes.nr] = 0;
	expect_refused(&longer, "something follows the end");
	free(longer.at);
	free(bytes.at);
}

static void a_newer_version(void **state)
{
	struct bytes bytes = pack(NULL, 0);

	(void)state;
	bytes.at[PACKED_MAGIC_BYTES] = PACKED_VERSION + 1;
	expect_refused(&bytes, "version 3 of packed workloads");
	free(bytes.at);
}

static void expect_version(struct traced by, unsigned int version)
{
	struct call call = { .op = OP_DRAIN_ALL_PAGES };
	struct bytes bytes = pack_traced(&text, &call, 1, &by);

	assert_int_equal(bytes.at[PACKED_MAGIC_BYTES], version);
	read_workload_file(&text, write_out(&bytes));
	print_errors(&text.scratch);
	assert_int_equal(text.nr, 1);
	assert_int_equal(text.traced.line_ns, by.line_ns);
	assert_int_equal(text.traced.tracepoints, by.tracepoints);
	free(bytes.at);
}

/*
 * Expect: a program that knows version 1 alone reads what says nothing of a
 * tracer, and refuses what does, which it would not look at.
 */
static void as_old_a_version_as_will_do(void **state)
{
	(void)state;
	expect_version((struct traced){ .line_ns = 0 }, 1);
	expect_version((struct traced){ .line_ns = 1 }, 2);
	expect_version((struct traced){ .tracepoints = 1 }, 2);
	expect_version(traced, 2);
}

/* Reads `yaml`, packs it, writes that as YAML again, and packs that. */
static void expect_unpacked_packs_the_same(const char *yaml)
{
	struct errors *errors = &text.scratch.errors;
	struct workload_writer writer;
	struct bytes first, second;
	FILE *file;

	read_workload(&text, yaml);
	assert_true(text.nr > 0);
	first = pack(text.call, (size_t)text.nr);
	file = fopen(scratch_path(&text.scratch, "w.yaml"), "w");
	assert_non_null(file);
	workload_write_begin_in_place(&writer, file, text.names, "packed",
				      "w.yaml");
	for (long i = 0; i < text.nr; i++)
		workload_write_call(&writer, &text.call[i]);
	assert_int_equal(workload_write_end(&writer, NULL, errors), 0);
	fclose(file);
	read_workload_file(&text, text.scratch.path);
	print_errors(&text.scratch);
	second = pack(text.call, (size_t)text.nr);
	assert_int_equal(first.nr, second.nr);
	assert_memory_equal(first.at, second.at, first.nr);
	free(first.at);
	free(second.at);
}

/* Expect: events stay on their lines, and in their columns. */
static void unpacked_it_packs_the_same(void **state)
{
	(void)state;
	expect_unpacked_packs_the_same(
		HEAD "# a remark\n\nevents:\n"
		     "- {t: 0, op: kmalloc, id: 1, size: 8, gfp: GFP_NOIO}\n"
		     "# another\n"
		     "- {t: 1us, op: kfree, id: 1}\n");
	expect_unpacked_packs_the_same(
		HEAD "events:\n"
		     "      - t: 0\n"
		     "        op: alloc_pages\n"
		     "        id: 'a name'\n"
		     "        gfp: GFP_KERNEL\n"
		     "      -    {t: 1us, op: free_pages, id: 'a name'}\n"
		     "      - {t: 1us, op: sample}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_operation),
		TEST(the_smallest_and_the_largest),
		TEST(every_operation_has_a_number),
		TEST(no_calls_at_all),
		TEST(many_blocks),
		TEST(closed_in_the_middle),
		TEST(any_byte_damaged),
		TEST(cut_off_anywhere),
		TEST(the_damaged_block_is_named),
		TEST(the_block_that_is_cut_off_is_named),
		TEST(texts_too_long_for_a_head),
		TEST(what_follows_the_end),
		TEST(a_newer_version),
		TEST(as_old_a_version_as_will_do),
		TEST(unpacked_it_packs_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
