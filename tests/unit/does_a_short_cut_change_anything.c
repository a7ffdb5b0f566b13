/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A call that finds its CPU free begins without the questions that the engine
 * asks where others wait. The same random workload is run with and without
 * that short cut, in all contexts, with samples, on a machine that it fills:
 * calm and rushed in turn, or calm and with a timeline.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/engine.h"
#include "tests/unit/config_case.h"
#include "workloads/workload.h"

#define CALLS 6000
#define MOST_LIVE 4000

#define ONE_CPU CONFIG_SMALL
#define FOUR_CPUS                                                              \
	CONFIG_HEAD                                                            \
	"  - id: 0\n"                                                          \
	"    cpus: [0, 1, 2, 3]\n"                                             \
	"    zones: [{type: DMA32, size: 64MiB}]\n"

/* ---- what is told, in one number ---- */

struct listener {
	struct sink sink;
	uint64_t sum;
	uint64_t nr;
};

static void hear(struct sink *sink, uint64_t value)
{
	struct listener *listener = (struct listener *)sink;

	listener->sum = (listener->sum ^ value) * 0x9e3779b97f4a7c15;
	listener->sum ^= listener->sum >> 29;
	listener->nr++;
}

static int hear_operation(struct sink *sink, const struct call *call,
			  const struct outcome *outcome, struct errors *errors)
{
	(void)errors;
	hear(sink, call->line);
	hear(sink, outcome->seq);
	hear(sink, outcome->latency_ns);
	hear(sink, outcome->cost_ns);
	hear(sink, outcome->cpu_wait_ns);
	hear(sink, outcome->lock_wait_ns);
	hear(sink, outcome->sleep_ns);
	hear(sink, outcome->vaddr);
	hear(sink, outcome->pfn);
	hear(sink, outcome->status | outcome->path << 8 |
			   outcome->reason << 16 | outcome->skipped << 24);
	return 0;
}

static int hear_sample(struct sink *sink, uint64_t t_ns, const char *label,
		       const struct kernel *kernel, struct errors *errors)
{
	(void)label;
	(void)errors;
	hear(sink, t_ns);
	hear(sink, zone_free_pages(&kernel->memory->zone[0]));
	return 0;
}

static int hear_violation(struct sink *sink, const struct violation *violation,
			  struct errors *errors)
{
	(void)errors;
	hear(sink, violation->seq);
	hear(sink, violation->t_ns);
	hear(sink, violation->line);
	return 0;
}

static int hear_timeline(struct sink *sink, const struct timeline_event *event,
			 struct errors *errors)
{
	(void)errors;
	hear(sink, event->t_ns);
	hear(sink, event->kind);
	hear(sink, event->cpu);
	hear(sink, event->who.number);
	hear(sink, event->other.number);
	hear(sink, event->ns);
	return 0;
}

static const struct sink_ops listener_ops = {
	.name = "listener",
	.operation = hear_operation,
	.sample = hear_sample,
	.violation = hear_violation,
};

static const struct sink_ops timeline_listener_ops = {
	.name = "listener",
	.operation = hear_operation,
	.sample = hear_sample,
	.violation = hear_violation,
	.timeline = hear_timeline,
};

/* ---- the workload ---- */

struct author {
	uint64_t random;
	uint64_t t_ns;
	uint32_t live[MOST_LIVE]; /* ids: those of pages are odd */
	uint32_t nr_live;
	uint32_t last_id;
};

static uint32_t draw(struct author *author, uint32_t below)
{
	author->random = author->random * 6364136223846793005u + 1;
	return (uint32_t)(author->random >> 33) % below;
}

static void write_call(struct author *author, FILE *file, uint32_t nr_cpus)
{
	static const char *const contexts[] = { "process", "process", "process",
						"softirq", "hardirq" };
	const char *ctx = contexts[draw(author, 5)];
	const char *gfp = *ctx == 'p' ? "GFP_KERNEL|__GFP_NORETRY" :
					"GFP_ATOMIC";

	fprintf(file, "- {t: %llu, cpu: %u, ctx: %s, ",
		(unsigned long long)author->t_ns, draw(author, nr_cpus), ctx);
	if (author->nr_live == MOST_LIVE ||
	    (author->nr_live && draw(author, 5) < 2)) {
		uint32_t i = draw(author, author->nr_live);
		uint32_t id = author->live[i];

		author->live[i] = author->live[--author->nr_live];
		fprintf(file, "op: %s, id: %u}\n",
			id % 2 ? "free_pages" : "kfree", id);
		return;
	}
	author->live[author->nr_live++] = ++author->last_id;
	if (author->last_id % 2)
		fprintf(file, "op: alloc_pages, order: %u", draw(author, 8));
	else
		fprintf(file, "op: kmalloc, size: %u", 1 + draw(author, 9000));
	fprintf(file, ", id: %u, gfp: %s}\n", author->last_id, gfp);
}

/* Very calm, or calm and rushed in turn, 500 calls each. */
static void write_workload(const char *path, uint32_t nr_cpus, uint64_t seed,
			   bool rushes)
{
	static struct author author;
	uint32_t calm_ns = rushes ? 5000 : 60000;
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	author = (struct author){ .random = seed };
	fputs("kmemsim: workload\nversion: 1\nname: any\nevents:\n", file);
	for (int i = 0; i < CALLS; i++) {
		author.t_ns +=
			draw(&author, rushes && i / 500 % 2 ? 300 : calm_ns);
		if (draw(&author, 200) == 0)
			fprintf(file, "- {t: %llu, op: sample}\n",
				(unsigned long long)author.t_ns);
		write_call(&author, file, nr_cpus);
	}
	assert_int_equal(fclose(file), 0);
}

/* ---- the runs ---- */

struct heard {
	uint64_t sum;
	uint64_t nr;
	struct run_totals totals;
};

static struct heard run(const struct config *config, const char *path,
			struct errors *errors, bool no_short_cuts,
			bool timeline)
{
	struct engine_options options = { .sample_every_ns = 100000,
					  .no_short_cuts = no_short_cuts };
	struct listener listener = {
		.sink.ops = timeline ? &timeline_listener_ops : &listener_ops,
	};
	struct names *names = names_new();
	struct source *source = workload_open(path, names, errors);
	struct sink *sink = &listener.sink;
	struct heard heard;

	assert_non_null(source);
	assert_int_equal(engine_run(&config->machine, source, &sink, 1,
				    &options, &heard.totals, errors),
			 ENGINE_DONE);
	source_close(source);
	names_free(names);
	heard.sum = listener.sum;
	heard.nr = listener.nr;
	return heard;
}

static void expect_the_same(const char *yaml, uint32_t nr_cpus, uint64_t seed,
			    bool timeline)
{
	struct scratch scratch;
	struct config *config;
	struct heard one, other;
	const char *path;

	scratch_init(&scratch);
	config = load_fine(&scratch, yaml, NULL);
	path = scratch_file(&scratch, "w.yaml", "");
	write_workload(path, nr_cpus, seed, !timeline);
	one = run(config, path, &scratch.errors, false, timeline);
	other = run(config, path, &scratch.errors, true, timeline);
	assert_int_equal(one.totals.ops, CALLS);
	assert_true(one.totals.failed > 0);
	assert_true(one.totals.failed == other.totals.failed);
	assert_true(one.totals.sim_ns == other.totals.sim_ns);
	assert_string_equal(one.totals.digest, other.totals.digest);
	assert_true(one.nr == other.nr);
	assert_true(one.sum == other.sum);
	config_free(config);
	scratch_release(&scratch);
}

/* Expect: all that is told, and its order, is the same without short cuts. */
static void on_four_cpus(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++)
		expect_the_same(FOUR_CPUS, 4, seed, seed % 2);
}

/* Expect: the same where nobody can do anything meanwhile. */
static void on_one_cpu(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++)
		expect_the_same(ONE_CPU, 1, seed, seed % 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(on_four_cpus),
		cmocka_unit_test(on_one_cpu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
