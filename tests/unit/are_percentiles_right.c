/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Percentiles from the histogram, against sorting the values themselves. The
 * histogram may be up to 1/128 too high, and is never too low.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "sim/base/histogram.h"

#define NR_VALUES 5000

static const unsigned int thousandths[] = { 1, 100, 500, 900, 990, 999, 1000 };
#define NR_PERCENTILES (sizeof(thousandths) / sizeof(thousandths[0]))

static uint64_t percentile(const struct histogram *histogram, unsigned int p)
{
	uint64_t value;

	histogram_percentiles(histogram, &p, 1, &value);
	return value;
}

static uint64_t random_bits(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* The smallest value that at least so many of all do not exceed. */
static uint64_t nearest_rank(const uint64_t *sorted, size_t nr,
			     unsigned int p_thousandths)
{
	size_t rank = (nr * p_thousandths + 999) / 1000;

	return sorted[rank ? rank - 1 : 0];
}

static void expect_percentiles(uint64_t *value, size_t nr)
{
	struct histogram histogram = { .count = 0 };
	uint64_t together[NR_PERCENTILES], right, got;
	size_t i;

	for (i = 0; i < nr; i++)
		assert_int_equal(histogram_add(&histogram, value[i]), 0);
	qsort(value, nr, sizeof(*value), ascending);
	histogram_percentiles(&histogram, thousandths, NR_PERCENTILES,
			      together);
	for (i = 0; i < NR_PERCENTILES; i++) {
		right = nearest_rank(value, nr, thousandths[i]);
		got = percentile(&histogram, thousandths[i]);
		assert_true(got == together[i]);
		assert_true(got >= right);
		assert_true(got - right <= right / 128);
	}
	assert_true(percentile(&histogram, 1000) == value[nr - 1]);
	histogram_release(&histogram);
}

/* Expect: below 256 each value has its own bucket, so no error at all. */
static void small_values_are_exact(void **state)
{
	struct histogram histogram = { .count = 0 };
	unsigned int i;

	(void)state;
	for (i = 1; i <= 200; i++)
		assert_int_equal(histogram_add(&histogram, i), 0);
	assert_int_equal(percentile(&histogram, 500), 100);
	assert_int_equal(percentile(&histogram, 900), 180);
	assert_int_equal(percentile(&histogram, 990), 198);
	assert_int_equal(percentile(&histogram, 999), 200);
	histogram_release(&histogram);
}

/* Values of all magnitudes, as latencies are: few are long, some are huge. */
static void values_of_all_magnitudes(void **state)
{
	static uint64_t value[NR_VALUES];
	uint64_t seed = 88172645463325252u;
	size_t i;

	(void)state;
	for (i = 0; i < NR_VALUES; i++)
		value[i] = random_bits(&seed) >> (random_bits(&seed) % 64);
	expect_percentiles(value, NR_VALUES);
}

static void nearly_all_the_same(void **state)
{
	static uint64_t value[NR_VALUES];
	size_t i;

	(void)state;
	for (i = 0; i < NR_VALUES; i++)
		value[i] = 12345;
	value[0] = UINT64_MAX;
	value[1] = 0;
	expect_percentiles(value, NR_VALUES);
}

static void a_single_value(void **state)
{
	uint64_t value[1] = { 1000003 };

	(void)state;
	expect_percentiles(value, 1);
}

static void no_value_at_all(void **state)
{
	struct histogram histogram = { .count = 0 };
	struct histogram_bucket bucket;
	size_t position = 0;

	(void)state;
	assert_int_equal(percentile(&histogram, 500), 0);
	assert_int_equal(histogram_next(&histogram, &position, &bucket), 0);
}

/* Expect: buckets ascend without overlap, and their counts add up. */
static void buckets_cover_every_value_once(void **state)
{
	struct histogram histogram = { .count = 0 };
	struct histogram_bucket bucket;
	uint64_t seed = 7, counted = 0, above = 0;
	size_t position = 0, i;

	(void)state;
	for (i = 0; i < NR_VALUES; i++)
		assert_int_equal(histogram_add(&histogram,
					       random_bits(&seed) >> (i % 64)),
				 0);
	while (histogram_next(&histogram, &position, &bucket)) {
		assert_true(!counted || bucket.lowest > above);
		assert_true(bucket.highest >= bucket.lowest);
		above = bucket.highest;
		counted += bucket.count;
	}
	assert_int_equal(counted, NR_VALUES);
	histogram_release(&histogram);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_values_are_exact),
		cmocka_unit_test(values_of_all_magnitudes),
		cmocka_unit_test(nearly_all_the_same),
		cmocka_unit_test(a_single_value),
		cmocka_unit_test(no_value_at_all),
		cmocka_unit_test(buckets_cover_every_value_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
