/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whether random numbers are those of the published generators, whether the
 * functions in fixed point are libm's, and whether what is drawn from each
 * distribution has its moments and quantiles.
 *
 * Tolerances: of N draws with deviation s, the mean is off by more than
 * 5 s / sqrt(N) once in two million times, and the share below a quantile by
 * more than 5 * 0.5 / sqrt(N). Seeds are fixed: what passes once, passes.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/scratch.h"
#include "workloads/generators/arrivals.h"
#include "workloads/generators/fixed.h"

#define DRAWS 200000
#define OF_FIXED(x) ((double)(x) / 0x1p32)

/* ---- random numbers ------------------------------------------------------ */

/* Expect: the authors' reference values of both generators. */
static void they_are_the_published_ones(void **state)
{
	/* xoshiro256** from the state 1, 2, 3, 4 */
	static const uint64_t wanted[] = { 11520, 0, 1509978240,
					   1215971899390074240ull };
	struct random random = { { 1, 2, 3, 4 } };

	(void)state;
	for (int i = 0; i < 4; i++)
		assert_true(random_next(&random) == wanted[i]);
	/* SplitMix64 from the seed 1234567 */
	assert_true(scramble(1234567 + GOLDEN_RATIO) == 6457827717110365317ull);
}

/* Expect: run's seed, generator and purpose each make another stream. */
static void streams_differ(void **state)
{
	struct random one, other;

	(void)state;
	random_start(&one, 1, 2, 3);
	random_start(&other, 1, 2, 3);
	assert_true(random_next(&one) == random_next(&other));
	random_start(&other, 2, 1, 3);
	assert_true(random_next(&one) != random_next(&other));
	random_start(&other, 1, 3, 2);
	assert_true(random_next(&one) != random_next(&other));
}

/* Expect: each of a few numbers as often as the others. */
static void none_is_preferred(void **state)
{
	unsigned int nr[6] = { 0 };
	struct random random;

	(void)state;
	random_start(&random, 0, 0, 0);
	for (int i = 0; i < DRAWS; i++)
		nr[random_below(&random, 6)]++;
	for (int i = 0; i < 6; i++)
		assert_true(fabs(nr[i] - DRAWS / 6.0) < 5 * sqrt(DRAWS / 6.0));
}

/* ---- fixed point --------------------------------------------------------- */

/* Expect: the logarithm is libm's but for 2^-28, also at the ends. */
static void logarithms(void **state)
{
	struct random random;

	(void)state;
	random_start(&random, 0, 0, 1);
	assert_true(fixed_ln(1) == 0);
	for (int i = 0; i < 100000; i++) {
		uint64_t x = random_next(&random) >> (i % 64);

		if (!x)
			continue;
		assert_true(fabs(OF_FIXED(fixed_ln(x)) - log((double)x)) <
			    0x1p-28);
	}
	assert_true(fabs(OF_FIXED(fixed_ln(UINT64_MAX)) - 64 * log(2)) <
		    0x1p-28);
}

/* Expect: powers of e are libm's but for 2^-28 of them, or for a half. */
static void powers(void **state)
{
	struct random random;

	(void)state;
	random_start(&random, 0, 0, 2);
	for (int i = 0; i < 100000; i++) {
		int64_t y = (int64_t)(random_next(&random) >> 26) -
			    ((int64_t)1 << 37);
		double wanted = 1e6 * exp((double)y * 0x1p-32);
		double got = (double)fixed_scale_exp(1000000, y);

		assert_true(wanted > 0x1p63 ||
			    fabs(got - wanted) <= 0.5 + wanted * 0x1p-28);
	}
	assert_true(fixed_scale_exp(7, 0) == 7);
	assert_true(fixed_scale_exp(UINT64_MAX, 1 << 30) == UINT64_MAX);
	assert_true(fixed_scale_exp(5, -((int64_t)100 << 32)) == 0);
	assert_true(fixed_scale_exp(5, (int64_t)100 << 32) == UINT64_MAX);
}

/* Expect: the root of each square, and of what is just below it. */
static void roots(void **state)
{
	(void)state;
	assert_true(fixed_root(0) == 0);
	for (uint64_t i = 1; i < UINT32_MAX; i += 1 + i / 3) {
		assert_true(fixed_root(i * i) == i);
		assert_true(fixed_root(i * i - 1) == i - 1);
	}
	assert_true(fixed_root(UINT64_MAX) == UINT32_MAX);
}

/* Expect: decimal numbers to the nearest, and nothing but those. */
static void decimals(void **state)
{
	static const char *const wrong[] = { "",	   ".5", "1.",
					     "1e3",	   "-1", "1.0000000001",
					     "99999999999" };
	uint64_t value;

	(void)state;
	assert_true(parse_fixed("0.75", 4, &value) &&
		    value == FIXED_ONE / 4 * 3);
	assert_true(parse_fixed("12", 2, &value) && value == 12 * FIXED_ONE);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_false(parse_fixed(wrong[i], strlen(wrong[i]), &value));
}

/* Expect: mean 0, deviation 1, and the tails of the normal distribution. */
static void normal_numbers(void **state)
{
	double sum = 0, squares = 0;
	struct random random;
	int beyond = 0;

	(void)state;
	random_start(&random, 0, 0, 3);
	for (int i = 0; i < DRAWS; i++) {
		double z = OF_FIXED(fixed_normal(&random));

		sum += z;
		squares += z * z;
		beyond += z > 2;
	}
	assert_true(fabs(sum / DRAWS) < 5 / sqrt(DRAWS));
	/* The deviation of a normal number's square is sqrt 2. */
	assert_true(fabs(squares / DRAWS - 1) < 5 * sqrt(2.0 / DRAWS));
	/* 1 - Phi(2) */
	assert_true(fabs(beyond / (double)DRAWS - 0.02275) <
		    5 * sqrt(0.02275 / DRAWS));
}

/* ---- distributions ------------------------------------------------------- */

static struct scratch scratch;
static struct spec spec;

static int setup(void **state)
{
	(void)state;
	scratch_init(&scratch);
	spec = (struct spec){ .arena = arena_new(), .file = "w.yaml" };
	spec.input.errors = &scratch.errors;
	assert_non_null(spec.arena);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(spec.arena);
	scratch_release(&scratch);
	return 0;
}

static const struct node *tree_of(const char *yaml)
{
	struct yaml_stream *stream = yaml_stream_open_memory(
		"w.yaml", yaml, strlen(yaml), &scratch.errors);
	struct yaml_item item;
	struct node *node;

	assert_non_null(stream);
	spec.input.stream = stream;
	assert_int_equal(yaml_stream_next(stream, &item, &scratch.errors), 0);
	assert_int_equal(spec_read_tree(&spec, &item, &node), 0);
	yaml_stream_close(stream);
	return node;
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* DRAWS of them, sorted; the caller frees them. */
static uint64_t *drawn(const char *yaml)
{
	uint64_t *value = malloc(DRAWS * sizeof(*value));
	const struct distribution *distribution = distribution_read(
		&spec, tree_of(yaml), "size", UNIT_SIZE, 1, INT64_MAX);
	struct random random;

	print_errors(&scratch);
	assert_non_null(distribution);
	assert_non_null(value);
	random_start(&random, 0, 0, 4);
	for (int i = 0; i < DRAWS; i++)
		value[i] = distribution_draw(distribution, &random);
	qsort(value, DRAWS, sizeof(*value), by_value);
	return value;
}

/* The share of what is drawn up to x is `wanted`. */
static void expect_share(const uint64_t *value, double x, double wanted)
{
	int nr = 0;

	while (nr < DRAWS && (double)value[nr] <= x)
		nr++;
	assert_true(fabs(nr / (double)DRAWS - wanted) < 2.5 / sqrt(DRAWS));
}

static double mean_of(const uint64_t *value)
{
	double sum = 0;

	for (int i = 0; i < DRAWS; i++)
		sum += (double)value[i];
	return sum / DRAWS;
}

/* Expect: 1 - e^-x of the mean; mean and deviation are the same. */
static void exponential_ones(void **state)
{
	uint64_t *value = drawn("{exponential: {mean: 1000000}}");

	(void)state;
	assert_true(fabs(mean_of(value) - 1e6) < 5 * 1e6 / sqrt(DRAWS));
	for (double x = 0.1; x < 5; x *= 2)
		expect_share(value, x * 1e6, 1 - exp(-x));
	free(value);
}

/* Expect: the quantiles of e^(sigma Z); mean e^(sigma^2 / 2). */
static void lognormal_ones(void **state)
{
	uint64_t *value = drawn("{lognormal: {median: 1MiB, sigma: 0.5}}");
	double mean = 0x1p20 * exp(0.125);

	(void)state;
	for (double z = -3; z <= 3; z += 0.5)
		expect_share(value, 0x1p20 * exp(0.5 * z),
			     0.5 * erfc(-z / sqrt(2)));
	/* Its deviation is the mean times sqrt(e^(sigma^2) - 1). */
	assert_true(fabs(mean_of(value) - mean) <
		    5 * mean * sqrt(exp(0.25) - 1) / sqrt(DRAWS));
	free(value);
}

/* Expect: (min / x)^alpha above x, and no more than what is allowed. */
static void pareto_ones(void **state)
{
	uint64_t *value =
		drawn("{pareto: {min: 1000, alpha: 1.5, at_most: 1000000}}");

	(void)state;
	for (double x = 1; x < 900; x *= 3)
		expect_share(value, 1000 * x + 0.5, 1 - pow(x, -1.5));
	assert_true(value[0] >= 1000);
	assert_true(value[DRAWS - 1] == 1000000);
	free(value);
}

/* Expect: all of 10 … 19 alike. */
static void uniform_ones(void **state)
{
	uint64_t *value = drawn("{uniform: {from: 10, to: 19}}");

	(void)state;
	assert_true(value[0] == 10 && value[DRAWS - 1] == 19);
	for (int x = 10; x < 20; x++)
		expect_share(value, x, (x - 9) / 10.0);
	free(value);
}

/* Expect: values by their weights, from lists, mappings and files. */
static void weighted_ones(void **state)
{
	uint64_t *value = drawn("{weighted: {4KiB: 3, 64KiB: 1}}");
	char yaml[600];

	(void)state;
	expect_share(value, 4096, 0.75);
	expect_share(value, 65536, 1);
	free(value);
	value = drawn("[1, 2, 4, 8]");
	expect_share(value, 2, 0.5);
	free(value);
	scratch_file(&scratch, "sizes.csv", "value,count\n100,1\n1KiB,4\n");
	snprintf(yaml, sizeof(yaml), "{empirical: %s}", scratch.path);
	value = drawn(yaml);
	expect_share(value, 100, 0.2);
	expect_share(value, 1024, 1);
	free(value);
}

/* Expect: a quarter between each two of five, spread evenly. */
static void quantiles_between(void **state)
{
	uint64_t *value = drawn("{quantiles: [1, 100, 100, 500, 1000]}");

	(void)state;
	expect_share(value, 50, 0.125);
	expect_share(value, 100, 0.5);
	expect_share(value, 300, 0.625);
	expect_share(value, 1000, 1);
	free(value);
}

/* ---- arrivals ------------------------------------------------------------ */

/* How many come in a second. */
static int nr_in_a_second(const char *yaml, double *index_of_dispersion)
{
	const struct arrivals *arrivals = arrivals_read(&spec, tree_of(yaml));
	int bin[1000] = { 0 }, nr = 0;
	struct arrival_state at;
	struct random random;
	double squares = 0;

	print_errors(&scratch);
	assert_non_null(arrivals);
	random_start(&random, 0, 0, 5);
	arrivals_start(arrivals, &at, 1000, &random);
	while (arrivals_next(arrivals, &at, &random) &&
	       (at.t >> MOMENT_BITS) < 1000001000) {
		bin[((uint64_t)(at.t >> MOMENT_BITS) - 1000) / 1000000]++;
		nr++;
	}
	for (int i = 0; i < 1000; i++)
		squares += (bin[i] - nr / 1000.0) * (bin[i] - nr / 1000.0);
	*index_of_dispersion = squares / nr;
	return nr;
}

/*
 * Expect: rates as asked for; the variance of counts is 0, that of a Poisson
 * distribution, or far above. Of 1000 bins, the index of dispersion of Poisson
 * counts is 1 with a deviation of sqrt(2 / 1000).
 */
static void arrivals_come_at_their_rates(void **state)
{
	double dispersion;
	int nr;

	(void)state;
	nr = nr_in_a_second("{constant: {rate: 30000}}", &dispersion);
	/* Gaps are whole numbers of 2^-16 ns. */
	assert_true(abs(nr - 30000) <= 1);
	assert_true(dispersion < 0.01);
	nr = nr_in_a_second("{poisson: {every: 20us}}", &dispersion);
	assert_true(fabs(nr - 50000.0) < 5 * sqrt(50000));
	assert_true(fabs(dispersion - 1) < 5 * sqrt(2 / 1000.0));
	nr = nr_in_a_second("{bursts: {size: 100, every: 10ms, apart: 1us}}",
			    &dispersion);
	assert_int_equal(nr, 10000);
	assert_true(dispersion > 50);
	/* Busy 1 of 4 ms: a quarter of the rate. */
	nr = nr_in_a_second("{on_off: {rate: 200000, busy: {exponential: "
			    "{mean: 1ms}}, idle: {exponential: {mean: 3ms}}}}",
			    &dispersion);
	assert_true(fabs(nr - 50000.0) < 10000);
	assert_true(dispersion > 20);
	nr = nr_in_a_second("{gaps: {uniform: {from: 10us, to: 30us}}}",
			    &dispersion);
	assert_true(fabs(nr - 50000.0) < 500);
	assert_true(dispersion < 0.5);
	/* A quarter of 1000 in each interval, exactly. */
	nr = nr_in_a_second("{curve: {times: [0, 1ms, 2ms, 10ms, 900ms], "
			    "count: 1000}}",
			    &dispersion);
	assert_int_equal(nr, 1000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(they_are_the_published_ones),
		TEST(streams_differ),
		TEST(none_is_preferred),
		TEST(logarithms),
		TEST(powers),
		TEST(roots),
		TEST(decimals),
		TEST(normal_numbers),
		TEST(exponential_ones),
		TEST(lognormal_ones),
		TEST(pareto_ones),
		TEST(uniform_ones),
		TEST(weighted_ones),
		TEST(quantiles_between),
		TEST(arrivals_come_at_their_rates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
