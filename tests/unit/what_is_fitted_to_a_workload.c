/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Does a fit find again what generators were told? They make a workload, and
 * what is fitted to it is read: numbers to 10 in 100, since a sample of some
 * thousands has an error of a few.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/unit/workload_text_each.h"
#include "workloads/import/fit.h"
#include "workloads/import/fit_shape.h"

/* What is fitted to a workload; the caller frees it. */
static char *fitted(const char *yaml, struct text *report)
{
	char *spec = NULL;
	size_t length;
	FILE *out = open_memstream(&spec, &length);

	assert_non_null(out);
	assert_int_equal(
		workload_fit(scratch_file(&text.scratch, "w.yaml", yaml), "w",
			     out, report, &text.scratch.errors),
		0);
	fclose(out);
	return spec;
}

/* The number behind `before` is `wanted`, more or less. */
static void expect_about(const char *spec, const char *before, double wanted)
{
	const char *at = strstr(spec, before);

	if (!at)
		print_message("no '%s' in\n%s", before, spec);
	assert_non_null(at);
	assert_true(fabs(strtod(at + strlen(before), NULL) - wanted) <
		    0.1 * wanted);
}

#define PAGES "op: alloc_pages, order: 1, gfp: GFP_KERNEL"

/* Expect: a Poisson process and its rate, exponential lives and their mean. */
static void rates_and_lifetimes(void **state)
{
	struct text report = TEXT_EMPTY;
	char *spec = fitted(HEAD "generators:\n  - {name: a, " PAGES
				 ", count: 3000, lifetime: {exponential: "
				 "{mean: 2ms}}, arrivals: {poisson: {rate: "
				 "10000}}}\n",
			    &report);

	(void)state;
	expect_about(spec, "{poisson: {rate: ", 10000);
	expect_about(spec, "{exponential: {mean: ", 2e6);
	assert_non_null(strstr(spec, "count: 3000\n"));
	assert_non_null(strstr(report.s, "poisson, exponential, distance 0.0"));
	free(spec);
	text_release(&report);
}

/* Expect: lognormal sizes and Pareto lives with their parameters. */
static void other_distributions(void **state)
{
	struct text report = TEXT_EMPTY;
	char *spec = fitted(HEAD
			    "generators:\n  - {name: a, op: kmalloc, gfp: "
			    "GFP_KERNEL, count: 3000, size: {lognormal: "
			    "{median: 4KiB, sigma: 0.5}}, lifetime: {pareto: "
			    "{min: 1ms, alpha: 2.5}}, arrivals: {constant: "
			    "{rate: 10000}}}\n",
			    &report);

	(void)state;
	expect_about(spec, "{lognormal: {median: ", 4096);
	expect_about(spec, "sigma: ", 0.5);
	expect_about(spec, "{pareto: {min: ", 1e6);
	expect_about(spec, "alpha: ", 2.5);
	expect_about(spec, "{constant: {rate: ", 10000);
	free(spec);
	text_release(&report);
}

/* Expect: what stays for ever apart from what goes, each with its times. */
static void what_stays_is_apart(void **state)
{
	struct text report = TEXT_EMPTY;
	char *spec = fitted(HEAD "generators:\n"
				 "  - {name: a, " PAGES ", count: 1000, "
				 "arrivals: {constant: {every: 1us}}}\n"
				 "  - {name: b, " PAGES ", count: 1000, "
				 "start: 1s, lifetime: 1ms, "
				 "arrivals: {constant: {every: 1us}}}\n",
			    &report);

	(void)state;
	assert_non_null(strstr(spec, "- name: \"1 alloc_pages of order 1\""));
	assert_non_null(
		strstr(spec, "- name: \"1 kept alloc_pages of order 1\""));
	assert_non_null(strstr(spec, "start: 1000000000\n"));
	assert_non_null(strstr(spec, "start: 0\n"));
	assert_null(strstr(spec, "kept: "));
	free(spec);
	text_release(&report);
}

/* Expect: a ring with as many entries, and what is replaced beside it. */
static void rings_are_found(void **state)
{
	struct text report = TEXT_EMPTY;
	char *spec = fitted(
		HEAD "generators:\n  - {name: rx, kind: ring, entries: "
		     "64, " PAGES ", count: 2000, arrivals: {poisson: {rate: "
		     "50000}}}\n",
		&report);

	(void)state;
	assert_non_null(strstr(spec, "    kind: ring\n"));
	expect_about(spec, "entries: ", 64);
	expect_about(spec, "count: ", 2000);
	free(spec);
	text_release(&report);
}

/* Expect: what is written can be read, and makes as many allocations. */
static void it_reads_back(void **state)
{
	struct text report = TEXT_EMPTY;
	char *spec = fitted(HEAD
			    "events:\n"
			    "  - {t: 0, op: kmem_cache_create, cache: c, "
			    "size: 64}\n"
			    "  - {t: 5, op: kmem_cache_alloc, id: 1, cache: "
			    "c, gfp: GFP_KERNEL, task: \"a: b\"}\n"
			    "  - {t: 6, op: alloc_pages, id: 2, gfp: "
			    "GFP_KERNEL, lru: file, mapping: m, dirty: "
			    "true}\n"
			    "  - {t: 7, op: touch, id: 2}\n"
			    "  - {t: 9, op: kmem_cache_free, id: 1}\n"
			    "  - {t: 9, op: free_pages, pfn: 1}\n",
			    &report);

	(void)state;
	read_workload(&text, spec);
	print_errors(&text.scratch);
	assert_int_equal(text.nr, 4);
	assert_int_equal(text.call[0].op, OP_CACHE_CREATE);
	assert_non_null(strstr(report.s,
			       "1 free of what was there before is left out"));
	assert_non_null(strstr(report.s, "1 call on allocations is left out"));
	free(spec);
	text_release(&report);
}

/* Expect: the distance of evenly spread numbers is next to none. */
static void distances(void **state)
{
	uint64_t value[1000];

	(void)state;
	for (uint64_t i = 0; i < 1000; i++)
		value[i] = i * 10;
	assert_true(shape_distance_to_even(value, 1000, 0, 10000) < 0.002);
	assert_true(shape_distance_to_even(value, 1000, 0, 20000) > 0.49);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(rates_and_lifetimes), TEST(other_distributions),
		TEST(what_stays_is_apart), TEST(rings_are_found),
		TEST(it_reads_back),	   TEST(distances),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
