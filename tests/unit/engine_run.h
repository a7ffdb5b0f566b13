/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_TESTS_ENGINE_RUN_H
#define KMEMSIM_TESTS_ENGINE_RUN_H

/*
 * A workload written in a test, run by the engine on a small machine: 2 CPUs,
 * one node of 32 MiB, eight blocks of order 10, all free. What it tells its
 * sinks is kept, in the order in which it is told. Include after cmocka.h.
 */

#include "sim/engine/engine.h"
#include "tests/unit/workload_text.h"

#define RUN_PAGES 8192u
#define TOLD_MAX 64

struct told {
	struct call call;
	struct outcome outcome;
	uint64_t area_pages; /* in vmalloc areas at that moment */
	char rule[32];	     /* told before it; "": no rule was broken */
	char message[320];
};

struct engine_run {
	struct sink sink;
	struct scratch scratch;
	struct names *names;
	struct told told[TOLD_MAX];
	size_t nr;
	const struct kernel *kernel; /* while it runs */
	struct told last;	     /* a violation told since */
	size_t samples;
	uint64_t free_pages; /* at the end */
	uint64_t area_pages;
	struct engine_options options;
	struct run_totals totals;
	enum engine_result result;
};

static inline uint64_t run_free_pages(const struct memory *memory)
{
	uint64_t pages = 0;

	for (uint32_t i = 0; i < memory->nr_zones; i++)
		pages += zone_free_pages(&memory->zone[i]) +
			 zone_pcp_pages(memory, &memory->zone[i]);
	return pages;
}

static inline int run_begin(struct sink *sink, const struct kernel *kernel,
			    const struct names *names, struct errors *errors)
{
	(void)names;
	(void)errors;
	((struct engine_run *)sink)->kernel = kernel;
	return 0;
}

static inline int run_operation(struct sink *sink, const struct call *call,
				const struct outcome *outcome,
				struct errors *errors)
{
	struct engine_run *run = (struct engine_run *)sink;
	struct told *told = &run->told[run->nr++];

	(void)errors;
	assert_true(run->nr <= TOLD_MAX);
	*told = run->last;
	told->call = *call;
	told->outcome = *outcome;
	told->area_pages = vmalloc_nr_pages(run->kernel->vmalloc);
	run->last = (struct told){ .rule = "" };
	return 0;
}

static inline int run_sample(struct sink *sink, uint64_t t_ns,
			     const char *label, const struct kernel *kernel,
			     struct errors *errors)
{
	(void)t_ns;
	(void)label;
	(void)kernel;
	(void)errors;
	((struct engine_run *)sink)->samples++;
	return 0;
}

static inline int run_violation(struct sink *sink,
				const struct violation *violation,
				struct errors *errors)
{
	struct engine_run *run = (struct engine_run *)sink;

	(void)errors;
	if (run->last.rule[0])
		return 0; /* the first one is enough */
	snprintf(run->last.rule, sizeof(run->last.rule), "%s", violation->rule);
	snprintf(run->last.message, sizeof(run->last.message), "%s",
		 violation->message);
	return 0;
}

static inline int run_end(struct sink *sink, const struct run_totals *totals,
			  const struct kernel *kernel, struct errors *errors)
{
	struct engine_run *run = (struct engine_run *)sink;

	(void)totals;
	(void)errors;
	run->free_pages = run_free_pages(kernel->memory);
	run->area_pages = vmalloc_nr_pages(kernel->vmalloc);
	return 0;
}

static const struct sink_ops engine_run_sink = {
	.name = "test",
	.begin = run_begin,
	.operation = run_operation,
	.sample = run_sample,
	.violation = run_violation,
	.end = run_end,
};

/* Every model recounts itself as the run goes. */
static inline void engine_run_init(struct engine_run *run)
{
	memset(run, 0, sizeof(*run));
	run->sink.ops = &engine_run_sink;
	scratch_init(&run->scratch);
	run->names = names_new();
	assert_non_null(run->names);
	run->options.check = true;
}

static inline void engine_run_release(struct engine_run *run)
{
	names_free(run->names);
	scratch_release(&run->scratch);
}

static inline void run_on(struct engine_run *run,
			  const struct machine_desc *machine, const char *yaml)
{
	const char *path = scratch_file(&run->scratch, "w.yaml", yaml);
	struct source *source =
		workload_open(path, run->names, &run->scratch.errors);
	struct sink *sink = &run->sink;

	run->nr = run->samples = 0;
	run->last = (struct told){ .rule = "" };
	if (source) {
		run->result = engine_run(machine, source, &sink, 1,
					 &run->options, &run->totals,
					 &run->scratch.errors);
		source_close(source);
	}
	if (!source || run->result != ENGINE_DONE)
		print_errors(&run->scratch);
	assert_non_null(source);
}

/* Runs the events, each a line of YAML, on the machine described above. */
static inline void run_events(struct engine_run *run, const char *events)
{
	cpu_t cpu[2] = { 0, 1 };
	struct zone_desc zone = {
		.type = ZONE_NORMAL,
		.start_pfn = RUN_PAGES,
		.spanned_pages = RUN_PAGES,
		.present_pages = RUN_PAGES,
		.managed_pages = RUN_PAGES,
	};
	struct node_desc node = {
		.cpus = cpu, .nr_cpus = 2, .zones = &zone, .nr_zones = 1
	};
	const struct machine_desc machine = {
		.page_shift = 12,
		.nr_orders = 11,
		.pageblock_order = 9,
		.zone_types = 1u << ZONE_NORMAL | 1u << ZONE_MOVABLE,
		.numa = true,
		.address_bits = 64,
		.page_offset = 0xffff888000000000,
		.vmalloc_start = 0xffffc90000000000,
		.vmalloc_size = (uint64_t)1 << 32,
		.sysctl = { .watermark_scale_factor = 10,
			    .lowmem_reserve_ratio = { 256, 256, 32 } },
		.nodes = &node,
		.nr_nodes = 1,
	};
	char *yaml = NULL;

	assert_true(asprintf(&yaml, HEAD "events:\n%s", events) > 0);
	run_on(run, &machine, yaml);
	free(yaml);
}

/* The n-th that was told, from 0. */
static inline const struct told *told_at(const struct engine_run *run, size_t n)
{
	assert_true(n < run->nr);
	return &run->told[n];
}

/* What was told of the operation with that number. */
static inline const struct told *told_of(const struct engine_run *run,
					 uint64_t seq)
{
	for (size_t i = 0; i < run->nr; i++)
		if (run->told[i].outcome.seq == seq)
			return &run->told[i];
	fail_msg("nothing was told of operation %llu", (unsigned long long)seq);
	return NULL;
}

/* The numbers of the operations in the order in which they were told. */
static inline void expect_order(const struct engine_run *run,
				const uint64_t *seq, size_t nr)
{
	bool equal = run->nr == nr;

	for (size_t i = 0; i < nr && equal; i++)
		equal = run->told[i].outcome.seq == seq[i];
	if (equal)
		return;
	print_message("told:\n");
	for (size_t i = 0; i < run->nr; i++)
		print_message(
			"  %llu %s id %llu after %llu ns\n",
			(unsigned long long)run->told[i].outcome.seq,
			call_op_names[run->told[i].call.op],
			(unsigned long long)run->told[i].call.id,
			(unsigned long long)run->told[i].outcome.latency_ns);
	fail_msg("another order was expected");
}

/* Each TEST() has a run of its own: *state. */
static inline int setup(void **state)
{
	static struct engine_run run;

	engine_run_init(&run);
	*state = &run;
	return 0;
}

static inline int teardown(void **state)
{
	engine_run_release(*state);
	return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
