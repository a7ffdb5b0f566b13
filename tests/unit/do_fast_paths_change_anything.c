/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fast paths (docs/fast-paths.md) leave out questions, never steps. So the
 * same random workload (random_workload.h) is run with and without them, on
 * machines that it fills: one that begins at frame 0, with two nodes, and one
 * with HighMem. Calls are few and many in turn, few and with a timeline, or so
 * many that nearly all wait. All that sinks are told is compared, and so are
 * the state at the end and the sums.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/engine/engine.h"
#include "tests/unit/config_case.h"
#include "tests/unit/listener.h"
#include "tests/unit/op_sums.h"
#include "tests/unit/random_workload.h"
#include "workloads/workload.h"

#define ONE_CPU CONFIG_SMALL
#define FOUR_CPUS                                                              \
	CONFIG_HEAD                                                            \
	"  - id: 0\n"                                                          \
	"    cpus: [0, 1, 2, 3]\n"                                             \
	"    zones: [{type: DMA32, size: 64MiB}]\n"
#define SLAB FOUR_CPUS "slab: {allocator: slab}\n"
/* Its first frame is number 0; the second node's CPUs prefer that one. */
#define TWO_NODES                                                              \
	CONFIG_HEAD                                                            \
	"  - id: 0\n"                                                          \
	"    cpus: [0, 1]\n"                                                   \
	"    zones: [{type: DMA, size: 16MiB}, {type: DMA32, size: 24MiB}]\n"  \
	"  - id: 1\n"                                                          \
	"    cpus: [2, 3]\n"                                                   \
	"    zones: [{type: Normal, size: 32MiB}]\n"
#define HIGHMEM                                                                \
	CONFIG_HEAD_OF("linux-6.1-i386-pae")                                   \
	"  - id: 0\n"                                                          \
	"    cpus: [0, 1]\n"                                                   \
	"    zones: [{type: DMA, size: 16MiB}, {type: Normal, size: 24MiB}, "  \
	"{type: HighMem, size: 32MiB}]\n"

struct heard {
	uint64_t sum;
	uint64_t nr;
	struct run_totals totals;
};

/* How it is run. */
struct way {
	bool no_fast_paths;
	bool timeline;
	uint64_t sample_every_ns;
	uint64_t until_ns; /* 0: to the end */
	uint64_t interrupts_at;
};

/* The state is often looked at, or long runs of calls are left alone. */
#define OFTEN_NS 100000
#define SELDOM_NS 20000000

static void run_into(struct sink *sink, const volatile int *interrupted,
		     const struct config *config, const char *path,
		     struct errors *errors, struct way way,
		     struct run_totals *totals)
{
	struct engine_options options = {
		.sample_every_ns = way.sample_every_ns,
		.until_ns = way.until_ns,
		.count_bad_frees = true,
		.no_fast_paths = way.no_fast_paths,
		.interrupted = interrupted,
	};
	struct names *names = names_new();
	struct source *source = workload_open(path, names, errors);

	assert_non_null(source);
	assert_int_equal(engine_run(&config->machine, source, &sink, 1,
				    &options, totals, errors),
			 ENGINE_DONE);
	source_close(source);
	names_free(names);
}

static struct heard run(const struct config *config, const char *path,
			struct errors *errors, struct way way)
{
	struct listener listener = {
		.sink.ops = way.timeline ? &timeline_listener_ops :
					   &listener_ops,
		.interrupts_at = way.interrupts_at,
	};
	struct heard heard;

	run_into(&listener.sink, &listener.interrupted, config, path, errors,
		 way, &heard.totals);
	heard.sum = listener.sum;
	heard.nr = listener.nr;
	return heard;
}

/* Its sums as text, which is the caller's to free(). */
static char *run_for_sums(const struct config *config, const char *path,
			  struct errors *errors, struct way way,
			  struct run_totals *totals)
{
	struct op_sums sums;
	char *text;

	op_sums_init(&sums);
	run_into(&sums.sink, NULL, config, path, errors, way, totals);
	assert_true(way.no_fast_paths ? !sums.nr_counted : sums.nr_counted);
	assert_true(sums.nr_told + sums.nr_counted == totals->ops);
	text = op_sums_text(&sums);
	op_sums_release(&sums);
	return text;
}

/* The run is `told`, by whichever way, and its sums are the same. */
static void sum_up_both_ways(const struct config *config, const char *path,
			     struct errors *errors, struct way way,
			     const struct run_totals *told)
{
	struct run_totals totals;
	char *one, *other;

	one = run_for_sums(config, path, errors, way, &totals);
	assert_string_equal(totals.digest, told->digest);
	way.no_fast_paths = true;
	other = run_for_sums(config, path, errors, way, &totals);
	assert_string_equal(totals.digest, told->digest);
	assert_string_equal(one, other);
	free(one);
	free(other);
}

/* What is told must be the same. Returns what the run came to. */
static struct run_totals run_both_ways(const struct config *config,
				       const char *path, struct errors *errors,
				       struct way way)
{
	struct heard one = run(config, path, errors, way);
	struct heard other;

	sum_up_both_ways(config, path, errors, way, &one.totals);
	way.no_fast_paths = true;
	other = run(config, path, errors, way);
	assert_true(one.totals.ops == other.totals.ops);
	assert_true(one.totals.failed == other.totals.failed);
	assert_true(one.totals.sim_ns == other.totals.sim_ns);
	assert_string_equal(one.totals.digest, other.totals.digest);
	assert_true(one.nr == other.nr);
	assert_true(one.sum == other.sum);
	return one.totals;
}

static void expect_the_same(const char *yaml, uint32_t nr_cpus, uint64_t seed,
			    bool timeline)
{
	struct way way = {
		.timeline = timeline,
		.sample_every_ns = seed % 4 < 2 ? OFTEN_NS : SELDOM_NS,
	};
	struct scratch scratch;
	struct config *config;
	struct run_totals totals;
	const char *path;

	scratch_init(&scratch);
	config = load_fine(&scratch, yaml, NULL);
	path = scratch_file(&scratch, "w.yaml", "");
	write_workload(path, nr_cpus, seed, timeline ? &very_calm : &in_turn);
	totals = run_both_ways(config, path, &scratch.errors, way);
	assert_true(totals.ops >= CALLS + 3);
	assert_true(totals.violations > 0);
	assert_true(totals.failed > 0);
	assert_true(totals.skipped > 0);
	config_free(config);
	scratch_release(&scratch);
}

/* Expect: all that is told, and its order, is the same without fast paths. */
static void on_four_cpus(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 12; seed++)
		expect_the_same(FOUR_CPUS, 4, seed, seed % 2);
}

/* Expect: the same where nobody can do anything meanwhile. */
static void on_one_cpu(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 12; seed++)
		expect_the_same(ONE_CPU, 1, seed, seed % 2);
}

/* Expect: the same with frame 0, and with memory that is farther away. */
static void on_two_nodes(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 6; seed++)
		expect_the_same(TWO_NODES, 4, seed, seed % 2);
}

/* Expect: the same where some pages have no address. */
static void with_highmem(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 6; seed++)
		expect_the_same(HIGHMEM, 2, seed, seed % 2);
}

/* Expect: no call begins after Ctrl-C, by whichever way. */
static void interrupted(void **state)
{
	struct scratch scratch;
	struct config *config;
	struct way way = { .sample_every_ns = SELDOM_NS, .interrupts_at = 100 };
	struct heard one, other;
	const char *path;

	(void)state;
	scratch_init(&scratch);
	config = load_fine(&scratch, FOUR_CPUS, NULL);
	path = scratch_file(&scratch, "w.yaml", "");
	write_fast_calls(path);
	one = run(config, path, &scratch.errors, way);
	way.no_fast_paths = true;
	other = run(config, path, &scratch.errors, way);
	assert_int_equal(one.totals.status, RUN_INTERRUPTED);
	/* Whether the one that is about to begin still does makes no odds. */
	assert_in_range(one.totals.ops, 100, 110);
	assert_in_range(one.totals.ops + 1, other.totals.ops,
			other.totals.ops + 1);
	config_free(config);
	scratch_release(&scratch);
}

/* Expect: the same where objects are SLAB's, whose arrays are not looked at. */
static void with_slab(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 6; seed++)
		expect_the_same(SLAB, 4, seed, seed % 2);
}

/*
 * Expect: the same where nearly all calls wait for a CPU, to the end and where
 * the run is over before that.
 */
static void where_all_wait(void **state)
{
	const char *const machines[] = { TWO_NODES, FOUR_CPUS, ONE_CPU };

	(void)state;
	for (uint64_t seed = 1; seed <= 15; seed++) {
		size_t at = seed > 12 ? 2 : seed % 2;
		struct way way = {
			.sample_every_ns = OFTEN_NS,
			.until_ns = seed > 12 ? 200000 * (seed - 12) :
				    seed % 3  ? 0 :
						4000000,
		};
		struct scratch scratch;
		struct config *config;
		const char *path;

		scratch_init(&scratch);
		config = load_fine(&scratch, machines[at], NULL);
		path = scratch_file(&scratch, "w.yaml", "");
		write_workload(path, at == 2 ? 1 : 4, seed, &all_wait);
		run_both_ways(config, path, &scratch.errors, way);
		config_free(config);
		scratch_release(&scratch);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(interrupted),
		cmocka_unit_test(on_four_cpus),
		cmocka_unit_test(on_one_cpu),
		cmocka_unit_test(on_two_nodes),
		cmocka_unit_test(with_highmem),
		cmocka_unit_test(with_slab),
		cmocka_unit_test(where_all_wait),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
