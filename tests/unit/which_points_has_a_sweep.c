/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A sweep's file and the points that come of it: all combinations, the last
 * axis fastest, less what is excluded; and all that can be wrong, in one pass.
 */

#define _GNU_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "configs/sweep.h"

#define HEAD "kmemsim: sweep\nversion: 1\n"

static char *path;

static struct sweep *load(const char *text, struct errors *errors)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	return sweep_load(path, errors);
}

/* Expect: the points' names, joined by blanks. */
static void expect_points(const char *text, const char *names)
{
	struct errors errors = ERRORS_NONE;
	struct sweep *sweep = load(text, &errors);
	struct text got = TEXT_EMPTY;
	struct sweep_point point;

	if (errors.nr)
		fail_msg("%s", errors.text[0]);
	assert_non_null(sweep);
	for (size_t n = 0; n < sweep->nr_points; n++) {
		sweep_point(sweep, n, &point);
		if (sweep_is_excluded(sweep, &point))
			continue;
		text_add(&got, "%s", got.length ? " " : "");
		sweep_point_name(sweep, &point, &got);
	}
	assert_string_equal(got.s, names);
	text_release(&got);
	sweep_free(sweep);
}

static void one_point(void **state)
{
	(void)state;
	expect_points(HEAD "config: c.yaml\nworkload: dir/nic-rx.yaml\n",
		      "nic-rx");
}

static void all_combinations(void **state)
{
	(void)state;
	expect_points(HEAD "config: c.yaml\nworkload: [a.yaml, b.yaml]\n"
			   "axes:\n  slab.allocator: [slub, slab]\n"
			   "  seed: 3..4\n",
		      "a,allocator=slub,seed=3 a,allocator=slub,seed=4 "
		      "a,allocator=slab,seed=3 a,allocator=slab,seed=4 "
		      "b,allocator=slub,seed=3 b,allocator=slub,seed=4 "
		      "b,allocator=slab,seed=3 b,allocator=slab,seed=4");
}

static void less_what_is_excluded(void **state)
{
	(void)state;
	expect_points(HEAD "config: c.yaml\nworkload: a.yaml\n"
			   "axes:\n  sysctl.swappiness: [1, 2]\n"
			   "  seed: [1, 2, 3, 4]\n"
			   "exclude:\n"
			   "  - {sysctl.swappiness: 1, seed: 2..3}\n"
			   "  - {sysctl.swappiness: 2, seed: [1, 4]}\n",
		      "swappiness=1,seed=1 swappiness=1,seed=4 "
		      "swappiness=2,seed=2 swappiness=2,seed=3");
}

/* Expect: names stay apart, and hold nothing that a file can't be called. */
static void names_that_would_clash(void **state)
{
	(void)state;
	expect_points(HEAD "config: [x/c.yaml, y/c.yaml]\nworkload: a.yaml\n"
			   "axes:\n  disk.latency: [1us]\n"
			   "  swap.latency: [1us, '1/us']\n",
		      "c,swap.latency=1us c,swap.latency=1_us "
		      "value2,swap.latency=1us value2,swap.latency=1_us");
	expect_points(HEAD "config: c.yaml\nworkload: a.yaml\naxes:\n"
			   "  nodes.0.zones.0:\n"
			   "    - {type: DMA, size: 16MiB}\n"
			   "    - {type: DMA32, size: 1073741824, "
			   "start_pfn: 4096}\n",
		      "nodes.0.zones.0=_type__DMA__size__16MiB_ "
		      "nodes.0.zones.0=value2");
}

/* Expect: the settings of a point keep their places in the sweep. */
static void settings_of_a_point(void **state)
{
	struct errors errors = ERRORS_NONE;
	struct config_put put[SWEEP_AXES_MAX];
	struct sweep_point point;
	struct sweep *sweep;

	(void)state;
	sweep = load(HEAD "config: c.yaml\nworkload: a.yaml\naxes:\n"
			  "  seed: 7\n  slab.allocator: [slub, slab]\n",
		     &errors);
	assert_non_null(sweep);
	sweep_point(sweep, 1, &point);
	assert_int_equal(sweep_puts(sweep, &point, put), 1);
	assert_string_equal(put[0].path, "slab.allocator");
	assert_string_equal(put[0].value->text, "slab");
	assert_int_equal(put[0].place.line, 7);
	assert_int_equal(put[0].value->place.column, 26);
	assert_int_equal(sweep_value_of(sweep, &point, SWEEP_SEED)->seed, 7);
	sweep_free(sweep);
}

/* Expect: all of these, each at its place. */
static void all_errors_in_one_pass(void **state)
{
	static const char *const expected[] = {
		":3:1: error: unknown key \"confg\"; did you mean \"config\"?",
		"the key \"config\" is missing",
		":4:20: error: \"a.yaml\" is on this axis already",
		":6:22: error: sysctl.swappiness: the list has no value",
		":7:9: error: seed: \"3..1\" is no range: FIRST..LAST",
		":8:3: error: \"workload\" stands beside \"axes\"",
		":10:3: error: \"seeds\" is no axis; did you mean \"seed\"?",
		"\"slab.alocator\" is no axis; did you mean "
		"\"slab.allocator\"",
		"slab.allocator: \"slob\" is not on this axis",
		"this would exclude every point",
	};
	struct errors errors = ERRORS_NONE;
	struct sweep *sweep;

	(void)state;
	sweep = load(HEAD "confg: c.yaml\n"
			  "workload: [a.yaml, a.yaml]\naxes:\n"
			  "  sysctl.swappiness: []\n  seed: 3..1\n"
			  "  workload: x\n  slab.allocator: [slub, slab]\n"
			  "  seeds: 1..3\n"
			  "exclude: [{slab.alocator: slab}, "
			  "{slab.allocator: slob}, {}]\n",
		     &errors);
	assert_int_equal(errors.nr, sizeof(expected) / sizeof(expected[0]));
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		bool found = false;

		for (size_t e = 0; e < errors.nr; e++)
			found |= strstr(errors.text[e], expected[i]) != NULL;
		if (!found)
			fail_msg("nobody says %s", expected[i]);
	}
	errors_release(&errors);
	sweep_free(sweep);
}

/* Expect: a grid beyond all measure is refused before it is made. */
static void too_many_points(void **state)
{
	struct errors errors = ERRORS_NONE;

	(void)state;
	assert_null(load(HEAD "config: c.yaml\nworkload: [a.yaml, b.yaml]\n"
			      "axes: {seed: 1..99999}\n",
			 &errors));
	assert_non_null(strstr(errors.text[0], "more than 100000 points"));
	errors_release(&errors);
	sweep_free(load(HEAD "config: c.yaml\nworkload: a.yaml\n"
			     "axes: {seed: 0..18446744073709551615}\n",
			&errors));
	assert_int_equal(errors.nr, 1);
	errors_release(&errors);
}

static int make_path(void **state)
{
	int fd;

	(void)state;
	path = strdup("/tmp/kmemsim-sweep-XXXXXX");
	fd = path ? mkstemp(path) : -1;
	return fd < 0 ? -1 : close(fd);
}

static int remove_path(void **state)
{
	(void)state;
	unlink(path);
	free(path);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_point),
		cmocka_unit_test(all_combinations),
		cmocka_unit_test(less_what_is_excluded),
		cmocka_unit_test(names_that_would_clash),
		cmocka_unit_test(settings_of_a_point),
		cmocka_unit_test(all_errors_in_one_pass),
		cmocka_unit_test(too_many_points),
	};

	return cmocka_run_group_tests(tests, make_path, remove_path);
}
