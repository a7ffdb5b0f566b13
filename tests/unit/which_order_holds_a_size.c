/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The order of the smallest block for a size, and the bytes of a block: up to
 * what 64 bits can say.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "models/types.h"

/* Expect: whole blocks, of pages of 4 KiB. */
static void a_block_is_as_large_as_it_must_be(void **state)
{
	(void)state;
	assert_int_equal(get_order(0, 12), 0);
	assert_int_equal(get_order(1, 12), 0);
	assert_int_equal(get_order(4096, 12), 0);
	assert_int_equal(get_order(4097, 12), 1);
	assert_int_equal(get_order(8192, 12), 1);
	assert_int_equal(get_order(1 << 22, 12), 10);
	assert_int_equal(get_order((1 << 22) + 1, 12), 11);
	assert_int_equal(get_order(UINT64_MAX, 12), 52);
}

/* Expect: the same of pages. */
static void pages_fill_blocks(void **state)
{
	(void)state;
	assert_int_equal(get_order(1, 0), 0);
	assert_int_equal(get_order(2, 0), 1);
	assert_int_equal(get_order(3, 0), 2);
	assert_int_equal(get_order(512, 0), 9);
}

/* Expect: the largest number where there are more bytes than it can say. */
static void bytes_have_an_end(void **state)
{
	(void)state;
	assert_true(pages_bytes(3, 12) == 12288);
	assert_true(pages_bytes(1ull << 51, 12) == 1ull << 63);
	assert_true(pages_bytes(1ull << 52, 12) == UINT64_MAX);
	assert_true(pages_bytes(UINT64_MAX, 12) == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_block_is_as_large_as_it_must_be),
		cmocka_unit_test(pages_fill_blocks),
		cmocka_unit_test(bytes_have_an_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
