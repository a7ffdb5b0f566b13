/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is in memory, and is it whose it should be? Pages of 4096 bytes are
 * drawn by eighths, 512 bytes each:
 *
 *	.	nobody has ever written it
 *	0	zero
 *	a b c	filled with 0x0a, 0x0b, 0x0c
 *	o A B C	the same, stale: zero (o), or filled with 0x0a …
 */

#include <stdlib.h>

#include "tests/unit/machine_fixture.h"

#include "models/contents.h"

#define PAGES 64
#define PAGE 4096u
#define EIGHTH (PAGE / 8)

struct fixture {
	struct machine machine;
	struct contents *contents;
};

static int setup(void **state)
{
	static struct fixture f;

	machine_describe(&f.machine, PAGES, 4, 6);
	machine_start(&f.machine);
	f.contents = contents_new(f.machine.memory, &f.machine.errors);
	assert_non_null(f.contents);
	*state = &f;
	return 0;
}

static void check(const struct fixture *f)
{
	char why[256];

	if (!contents_validate(f->contents, why, sizeof(why)))
		fail_msg("%s", why);
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	check(f);
	contents_free(f->contents);
	machine_stop(&f->machine);
	return 0;
}

static void fill(struct fixture *f, uint64_t address, uint64_t size,
		 uint8_t byte, uint64_t id)
{
	const struct content_writer writer = { .id = id, .byte = byte };
	uint32_t number = contents_begin_fill(f->contents, &writer);

	assert_int_not_equal(number, 0);
	assert_int_equal(contents_fill(f->contents, number, address, size), 0);
	contents_end_fill(f->contents, number);
}

static struct content_reading reading_of(const struct fixture *f,
					 uint64_t address, uint64_t size)
{
	struct content_reading reading = { .zero = 0 };

	contents_read(f->contents, address, size, &reading);
	assert_int_equal(reading.zero + reading.filled + reading.stale, size);
	return reading;
}

static enum content_data data_of(const struct fixture *f, uint64_t address,
				 uint64_t size)
{
	struct content_reading reading = reading_of(f, address, size);

	return content_reading_data(&reading);
}

/* What is in bytes that are all of one kind, as drawn above. */
static char letter_of(const struct fixture *f, uint64_t address, uint64_t size)
{
	struct content_reading reading = reading_of(f, address, size);

	switch (content_reading_data(&reading)) {
	case DATA_ZERO:
		return '0';
	case DATA_BYTE:
		return 'a' + reading.byte - 0x0a;
	case DATA_STALE:
		if (reading.never_written == size)
			return '.';
		if (reading.has_writer && reading.writer.byte)
			return 'A' + reading.writer.byte - 0x0a;
		return 'o';
	default:
		return '?';
	}
}

#define expect_page(f, pfn, picture)                                           \
	expect_page_at(f, pfn, picture, __FILE__, __LINE__)
static void expect_page_at(const struct fixture *f, pfn_t pfn,
			   const char *picture, const char *file, int line)
{
	char found[9] = "";

	for (int i = 0; i < 8; i++)
		found[i] = letter_of(f, pfn * PAGE + i * EIGHTH, EIGHTH);
	check(f);
	if (strcmp(found, picture) == 0)
		return;
	print_error("expected %s\nfound    %s\n", picture, found);
	_fail(file, line);
}

/* Draws a page from nothing: writes only what is of no one's before. */
static void draw(struct fixture *f, pfn_t pfn, const char *picture)
{
	for (int i = 0; i < 8; i++)
		if (picture[i] != '.')
			fill(f, pfn * PAGE + i * EIGHTH, EIGHTH,
			     picture[i] == '0' ? 0 : picture[i] - 'a' + 0x0a,
			     1);
	expect_page(f, pfn, picture);
}

/* Expect: nobody's, so to read it is to read what is stale. */
static void memory_begins_as_nobodys(void **state)
{
	const struct fixture *f = *state;

	expect_page(f, 0, "........");
	assert_int_equal(data_of(f, 0, PAGES * PAGE), DATA_STALE);
	assert_int_equal(reading_of(f, 0, PAGE).never_written, PAGE);
	assert_int_equal(data_of(f, 0, 0), DATA_NONE);
}

/* Expect: what is written is read; what lies beside it is not touched. */
static void what_is_written_is_read(void **state)
{
	struct fixture *f = *state;

	fill(f, 3 * PAGE, PAGE, 0x0a, 1);
	expect_page(f, 2, "........");
	expect_page(f, 3, "aaaaaaaa");
	expect_page(f, 4, "........");
	fill(f, 3 * PAGE + 2 * EIGHTH, 3 * EIGHTH, 0x0b, 1);
	expect_page(f, 3, "aabbbaaa");
	fill(f, 3 * PAGE + EIGHTH, 2 * EIGHTH, 0, 1);
	expect_page(f, 3, "a00bbaaa");
	fill(f, 3 * PAGE, PAGE, 0x0c, 1);
	expect_page(f, 3, "cccccccc");
}

/* Expect: a write goes over the ends of pages; to the byte. */
static void writes_keep_to_their_bytes(void **state)
{
	struct fixture *f = *state;

	fill(f, 2 * PAGE - 1, PAGE + 2, 0x0a, 1);
	assert_int_equal(data_of(f, 2 * PAGE - 2, 1), DATA_STALE);
	assert_int_equal(data_of(f, 2 * PAGE - 1, 1), DATA_BYTE);
	assert_int_equal(data_of(f, 2 * PAGE - 1, PAGE + 2), DATA_BYTE);
	assert_int_equal(data_of(f, 3 * PAGE, 1), DATA_BYTE);
	assert_int_equal(data_of(f, 3 * PAGE + 1, 1), DATA_STALE);
	assert_int_equal(data_of(f, 2 * PAGE - 2, PAGE + 2), DATA_MIXED);
}

/* Expect: two values, or a value and zero, are mixed; the same one is not. */
static void values_that_differ_are_mixed(void **state)
{
	struct fixture *f = *state;

	draw(f, 1, "aaabb00.");
	assert_int_equal(data_of(f, PAGE, 3 * EIGHTH), DATA_BYTE);
	assert_int_equal(data_of(f, PAGE, 4 * EIGHTH), DATA_MIXED);
	assert_int_equal(data_of(f, PAGE + 4 * EIGHTH, 2 * EIGHTH), DATA_MIXED);
	assert_int_equal(data_of(f, PAGE + 5 * EIGHTH, 2 * EIGHTH), DATA_ZERO);
	assert_int_equal(data_of(f, PAGE + 5 * EIGHTH, 3 * EIGHTH), DATA_MIXED);
	fill(f, PAGE + 3 * EIGHTH, 2 * EIGHTH, 0x0a, 2);
	assert_int_equal(data_of(f, PAGE, 5 * EIGHTH), DATA_BYTE);
}

/*
 *	aab..0b.	handed out
 *	AAB..oB.	as it was, or
 *	00000000	cleared
 *
 * Expect: what was there is there and stale, unless it was cleared.
 */
static void pages_come_as_they_were_or_cleared(void **state)
{
	struct fixture *f = *state;

	draw(f, 4, "aab..0b.");
	draw(f, 5, "aaaaaaaa");
	contents_pages_given(f->contents, 4, 1, false);
	expect_page(f, 4, "AAB..oB.");
	expect_page(f, 5, "AAAAAAAA");
	fill(f, 4 * PAGE + EIGHTH, 2 * EIGHTH, 0x0c, 2);
	expect_page(f, 4, "Acc..oB.");
	contents_pages_given(f->contents, 4, 0, true);
	expect_page(f, 4, "00000000");
	expect_page(f, 5, "AAAAAAAA");
	contents_pages_given(f->contents, 4, 0, false);
	expect_page(f, 4, "oooooooo");
}

/*
 *	aaaabbbb	an object of four eighths from the third on is handed
 *	aa00BBbb	out, the first two of them cleared
 *
 * Expect: neighbours in the same page keep what they have.
 */
static void objects_keep_to_themselves(void **state)
{
	struct fixture *f = *state;

	draw(f, 6, "aaaabbbb");
	assert_int_equal(contents_object_given(f->contents,
					       6 * PAGE + 2 * EIGHTH,
					       4 * EIGHTH, 2 * EIGHTH),
			 0);
	expect_page(f, 6, "aa00BBbb");
	assert_int_equal(
		contents_object_given(f->contents, 6 * PAGE, 2 * EIGHTH, 0), 0);
	expect_page(f, 6, "AA00BBbb");
}

/* Expect: whose data it was: the first of the stale ones, and if more. */
static void it_is_known_whose_data_was_left(void **state)
{
	struct fixture *f = *state;
	struct content_reading reading;

	fill(f, 7 * PAGE, PAGE, 0x55, 17);
	fill(f, 8 * PAGE, EIGHTH, 0x66, 18);
	contents_pages_given(f->contents, 7, 0, false);
	contents_pages_given(f->contents, 8, 0, false);
	reading = reading_of(f, 7 * PAGE, PAGE);
	assert_true(reading.has_writer);
	assert_int_equal(reading.writer.id, 17);
	assert_int_equal(reading.writer.byte, 0x55);
	assert_false(reading.several_writers);
	reading = reading_of(f, 7 * PAGE, 2 * PAGE);
	assert_int_equal(reading.writer.id, 17);
	assert_true(reading.several_writers);
	assert_int_equal(reading.never_written, 7 * EIGHTH);
	fill(f, 7 * PAGE, PAGE, 0x77, 19);
	reading = reading_of(f, 7 * PAGE, PAGE);
	assert_false(reading.has_writer);
	assert_int_equal(reading.stale, 0);
}

/* ---- against an array of bytes ------------------------------------------ */

/* What each byte is, kept the plain way. */
struct plain {
	uint8_t byte;
	bool written;
	bool stale;
};

#define PLAIN_PAGES 4
#define PLAIN_BYTES (PLAIN_PAGES * PAGE)

static uint32_t draw_number(uint64_t *random, uint32_t below)
{
	*random = *random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*random >> 33) % below;
}

static void plain_set(struct plain *plain, uint64_t from, uint64_t size,
		      struct plain to)
{
	for (uint64_t i = from; i < from + size; i++)
		plain[i] = to;
}

static void plain_given(struct plain *plain, uint64_t from, uint64_t size)
{
	for (uint64_t i = from; i < from + size; i++)
		plain[i].stale = true;
}

/* One write, or hand-over, to both. */
static void change_both(struct fixture *f, struct plain *plain,
			uint64_t *random)
{
	uint32_t from = draw_number(random, PLAIN_BYTES);
	uint32_t most = PLAIN_BYTES - from;
	uint32_t size = draw_number(random, most < 9000 ? most : 9000);
	uint32_t cleared = size ? draw_number(random, size) : 0;
	pfn_t pfn = draw_number(random, PLAIN_PAGES);
	uint8_t byte = draw_number(random, 4);

	switch (draw_number(random, 5)) {
	case 0:
	case 1:
		fill(f, from, size, byte, 1);
		plain_set(plain, from, size,
			  (struct plain){ byte, true, false });
		break;
	case 2:
		assert_int_equal(contents_object_given(f->contents, from, size,
						       cleared),
				 0);
		plain_given(plain, from, size);
		plain_set(plain, from, cleared,
			  (struct plain){ 0, true, false });
		break;
	case 3:
		contents_pages_given(f->contents, pfn, 0, false);
		plain_given(plain, pfn * PAGE, PAGE);
		break;
	default:
		contents_pages_given(f->contents, pfn, 0, true);
		plain_set(plain, pfn * PAGE, PAGE,
			  (struct plain){ 0, true, false });
	}
}

static void compare_both(const struct fixture *f, const struct plain *plain,
			 uint64_t from, uint64_t size)
{
	struct content_reading reading = reading_of(f, from, size);
	uint64_t zero = 0, filled = 0, stale = 0, never = 0;

	for (uint64_t i = from; i < from + size; i++) {
		never += !plain[i].written;
		if (!plain[i].written || plain[i].stale)
			stale++;
		else if (plain[i].byte)
			filled++;
		else
			zero++;
	}
	assert_int_equal(reading.zero, zero);
	assert_int_equal(reading.filled, filled);
	assert_int_equal(reading.stale, stale);
	assert_int_equal(reading.never_written, never);
}

/* Expect: after each of thousands of random changes, the same in both. */
static void it_is_what_an_array_of_bytes_would_hold(void **state)
{
	struct fixture *f = *state;
	struct plain *plain = calloc(PLAIN_BYTES, sizeof(*plain));
	uint64_t random = 42;

	assert_non_null(plain);
	for (int i = 0; i < 3000; i++) {
		uint32_t from;

		change_both(f, plain, &random);
		from = draw_number(&random, PLAIN_BYTES);
		compare_both(f, plain, from,
			     draw_number(&random, PLAIN_BYTES - from));
		check(f);
	}
	for (pfn_t pfn = 0; pfn < PLAIN_PAGES; pfn++)
		contents_pages_given(f->contents, pfn, 0, true);
	assert_int_equal(data_of(f, 0, PLAIN_BYTES), DATA_ZERO);
	free(plain);
}

#define test(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		test(memory_begins_as_nobodys),
		test(what_is_written_is_read),
		test(writes_keep_to_their_bytes),
		test(values_that_differ_are_mixed),
		test(pages_come_as_they_were_or_cleared),
		test(objects_keep_to_themselves),
		test(it_is_known_whose_data_was_left),
		test(it_is_what_an_array_of_bytes_would_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
