/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The two fragmentation indices, on free lists whose values were read from a
 * kernel or worked out by hand. Pictures: one character a page, `.` free, `#`
 * in use.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "models/page/fragmentation.h"

#define NR_ORDERS 11

struct golden {
	uint64_t nr_free[NR_ORDERS];
	int index[NR_ORDERS];
};

static void expect_extfrag(const struct golden *golden)
{
	unsigned int order;

	for (order = 1; order < NR_ORDERS; order++)
		assert_int_equal(fragmentation_index(golden->nr_free, NR_ORDERS,
						     order),
				 golden->index[order]);
}

/*
 *	.#.#.#.#.#.#…
 *
 * Expect: memory is there and in pieces, the more so the larger the request.
 */
static void many_single_pages_are_fragmented(void **state)
{
	(void)state;
	expect_extfrag(&(struct golden){
		.nr_free = { 1983 },
		.index = { 0, 500, 750, 875, 937, 969, 984, 992, 996, 998,
			   999 },
	});
}

/*
 *	###.########…
 *
 * Expect: one page is all there is, so it is memory that is short: at or
 * below 0, whatever the order.
 */
static void a_single_page_is_a_lack_of_memory(void **state)
{
	(void)state;
	expect_extfrag(&(struct golden){
		.nr_free = { 1 },
		.index = { 0, -500, -250, -125, -62, -31, -15, -7, -3, -1, 0 },
	});
}

/* Expect: -1000 from order 0 to the largest block, a real index above it. */
static void a_request_that_would_not_fail_has_no_index(void **state)
{
	static const uint64_t nr_free[NR_ORDERS] = { 4, 2, 0, 1 };
	unsigned int order;

	(void)state;
	for (order = 0; order <= 3; order++)
		assert_int_equal(fragmentation_index(nr_free, NR_ORDERS, order),
				 -1000);
	/* 16 pages in 7 blocks; order 4: 1000 - (1000 + 1000) / 7 */
	assert_int_equal(fragmentation_index(nr_free, NR_ORDERS, 4), 715);
}

static void unusable_share_of_a_busy_zone(void **state)
{
	static const struct golden zone = {
		.nr_free = { 4022, 3164, 1381, 347, 362, 84, 14, 6, 1, 2, 25 },
		.index = { 0, 72, 185, 285, 334, 439, 487, 503, 517, 521, 540 },
	};
	unsigned int order;

	(void)state;
	for (order = 0; order < NR_ORDERS; order++)
		assert_int_equal(unusable_free_index(zone.nr_free, NR_ORDERS,
						     order),
				 zone.index[order]);
}

/*
 *	................   one block of order 4
 *
 * Expect: all usable up to order 4, none above.
 */
static void one_large_block_is_all_usable(void **state)
{
	static const uint64_t nr_free[NR_ORDERS] = { 0, 0, 0, 0, 1 };

	(void)state;
	assert_int_equal(unusable_free_index(nr_free, NR_ORDERS, 0), 0);
	assert_int_equal(unusable_free_index(nr_free, NR_ORDERS, 4), 0);
	assert_int_equal(unusable_free_index(nr_free, NR_ORDERS, 5), 1000);
}

/* Expect: nothing free is all unusable (1000), and says nothing why (0). */
static void no_free_memory(void **state)
{
	static const uint64_t nr_free[NR_ORDERS] = { 0 };
	unsigned int order;

	(void)state;
	for (order = 0; order < NR_ORDERS; order++) {
		assert_int_equal(unusable_free_index(nr_free, NR_ORDERS, order),
				 1000);
		assert_int_equal(fragmentation_index(nr_free, NR_ORDERS, order),
				 0);
	}
}

/* Expect: 16 orders and 256 GiB of 4 KiB pages stay within 64 bits. */
static void the_largest_machine_does_not_overflow(void **state)
{
	static const uint64_t nr_free[MAX_ORDERS] = {
		[0] = 1,
		[15] = 1ULL << 17,
	};

	(void)state;
	assert_int_equal(unusable_free_index(nr_free, MAX_ORDERS, 15), 0);
	assert_int_equal(fragmentation_index(nr_free, MAX_ORDERS, 15), -1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_single_pages_are_fragmented),
		cmocka_unit_test(a_single_page_is_a_lack_of_memory),
		cmocka_unit_test(a_request_that_would_not_fail_has_no_index),
		cmocka_unit_test(unusable_share_of_a_busy_zone),
		cmocka_unit_test(one_large_block_is_all_usable),
		cmocka_unit_test(no_free_memory),
		cmocka_unit_test(the_largest_machine_does_not_overflow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
