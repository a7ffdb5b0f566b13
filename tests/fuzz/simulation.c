/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any workload on any small machine (any_events.h, any_machine.h), to its end
 * or to any time before it: a run ends, its models agree with themselves, and
 * what it comes to is the same, sums of operations included
 *
 *	as it is		fast calls are counted, many at once
 *	without fast paths	each call asks all questions
 *	looked at		each call is told of, the state is read by the
 *				clock, and the models recount themselves then
 *	counted and looked at	both
 *
 * Interrupted at a sample, all that was called is told of, and by either way
 * it is as much, to one call: whether the one that is about to begin still does
 * makes no odds.
 *
 * The config and the workload of an input are printed with KMEMSIM_FUZZ_SHOW
 * set, and when an input breaks something. What hangs is found by the engine's
 * limit of time for an input.
 */

#include "tests/fuzz/input.h"

#include "configs/config.h"
#include "sim/engine/engine.h"
#include "tests/fuzz/any_events.h"
#include "tests/unit/op_sums.h"
#include "workloads/workload.h"

#include <string.h>

/* What an input stands for. */
struct plot {
	char *config_text;
	size_t config_size;
	char *workload_text;
	size_t workload_size;
	uint64_t until_ns; /* 0: to the end */
	uint64_t sample_every_ns;
	uint64_t interrupts_at; /* the sample with this number; 0: never */
};

static void plot_init(struct plot *plot, const uint8_t *data, size_t size)
{
	enum { PARTS = 65536, MOST_SAMPLES = 8 };
	struct dice dice = { data, size };
	/* Until the end, more often than not. */
	uint64_t until = seldom(&dice, 4) ? 1 + draw(&dice, PARTS) : 0;
	uint32_t samples = 1 + draw(&dice, MOST_SAMPLES);
	uint32_t stop = seldom(&dice, 4) ? 1 + draw(&dice, samples) : 0;
	FILE *file = open_memstream(&plot->config_text, &plot->config_size);
	struct any_machine machine;
	uint64_t end_ns;

	BUG_ON(!file);
	machine = write_machine(file, &dice);
	BUG_ON(fclose(file));
	file = open_memstream(&plot->workload_text, &plot->workload_size);
	BUG_ON(!file);
	end_ns = write_events(file, &dice, &machine);
	BUG_ON(fclose(file));
	plot->until_ns = until ? end_ns * until / PARTS + 1 : 0;
	plot->sample_every_ns = end_ns / samples + 1;
	plot->interrupts_at = stop;
}

static void plot_release(struct plot *plot)
{
	free(plot->config_text);
	free(plot->workload_text);
}

static void plot_show(const struct plot *plot)
{
	fprintf(stderr, "# the config:\n%s# the workload:\n%s",
		plot->config_text, plot->workload_text);
	fprintf(stderr,
		"# until %" PRIu64 " ns, sampled every %" PRIu64
		" ns, interrupted at sample %" PRIu64 "\n",
		plot->until_ns, plot->sample_every_ns, plot->interrupts_at);
}

/* ---- one run ---- */

static int watch_operation(struct sink *sink, const struct call *call,
			   const struct outcome *outcome, struct errors *errors)
{
	(void)sink;
	(void)call;
	(void)outcome;
	(void)errors;
	return 0;
}

static const struct sink_ops spectator_ops = {
	.name = "spectator",
	.operation = watch_operation,
};

struct run {
	enum engine_result result;
	struct run_totals totals;
	char *sums; /* NULL: nobody kept them */
};

/* How it is run. */
struct way {
	const char *name;
	bool no_fast_paths;
	bool looks;	 /* at the state, by the clock */
	bool told;	 /* one by one; else by sums */
	bool interrupts; /* at the sample that was drawn */
};

static void fail(const struct plot *plot, const struct way *way,
		 const char *what)
{
	plot_show(plot);
	fprintf(stderr, "%s: %s\n", way->name, what);
	BUG("a run is not what it should be");
}

static struct engine_options options_of(const struct plot *plot,
					const struct way *way,
					const volatile int *interrupted)
{
	return (struct engine_options){
		.seed = 1,
		.check = true,
		.count_bad_frees = true,
		.until_ns = plot->until_ns,
		.sample_every_ns = way->looks ? plot->sample_every_ns : 0,
		.no_fast_paths = way->no_fast_paths,
		.interrupted = interrupted,
	};
}

static void run_source(const struct plot *plot, const struct config *config,
		       const struct way *way, struct op_sums *sums,
		       struct run *run)
{
	struct engine_options options =
		options_of(plot, way, &sums->interrupted);
	struct sink spectator = { .ops = &spectator_ops };
	struct sink *sink = way->told ? &spectator : &sums->sink;
	struct errors errors = ERRORS_NONE;
	struct names *names = names_new();
	struct source *source;
	struct input input;

	BUG_ON(!names);
	input_init(&input, (const uint8_t *)plot->workload_text,
		   plot->workload_size);
	source = workload_open(input.path, names, &errors);
	if (source)
		run->result = engine_run(&config->machine, source, &sink, 1,
					 &options, &run->totals, &errors);
	if (getenv("KMEMSIM_FUZZ_SHOW") || run->result == ENGINE_FAILED)
		errors_print(&errors, stderr);
	if (run->result == ENGINE_FAILED)
		fail(plot, way, "the run failed");
	if (source)
		source_close(source);
	input_check(run->result != ENGINE_DONE, &errors);
	names_free(names);
	input_release(&input);
}

static struct run run(const struct plot *plot, const struct config *config,
		      const struct way *way)
{
	struct run run = { .result = ENGINE_INVALID };
	struct op_sums sums;

	op_sums_init(&sums);
	sums.interrupts_at = way->interrupts ? plot->interrupts_at : 0;
	run_source(plot, config, way, &sums, &run);
	if (!way->told) {
		if (run.result == ENGINE_DONE &&
		    sums.nr_told + sums.nr_counted != run.totals.ops)
			fail(plot, way, "not all operations were told");
		run.sums = op_sums_text(&sums);
	}
	op_sums_release(&sums);
	return run;
}

/* ---- all of them ---- */

static const struct way counted = { .name = "counted" };

/* They are expected to be what `counted` is. */
static const struct way same_ways[] = {
	{ .name = "without fast paths", .no_fast_paths = true },
	{ .name = "looked at", .looks = true, .told = true },
	{ .name = "counted and looked at", .looks = true },
};

static const struct way interrupted[] = {
	{ .name = "interrupted", .looks = true, .interrupts = true },
	{ .name = "interrupted, without fast paths",
	  .looks = true,
	  .interrupts = true,
	  .no_fast_paths = true },
};

static void expect_same(const struct plot *plot, const struct run *a,
			const struct run *b, const struct way *way)
{
	if (a->result != b->result || a->totals.ops != b->totals.ops ||
	    a->totals.failed != b->totals.failed ||
	    a->totals.skipped != b->totals.skipped ||
	    a->totals.not_begun != b->totals.not_begun ||
	    a->totals.violations != b->totals.violations ||
	    a->totals.sim_ns != b->totals.sim_ns ||
	    strcmp(a->totals.digest, b->totals.digest) != 0)
		fail(plot, way, "the digest or a count is another");
	if (b->sums && strcmp(a->sums, b->sums) != 0) {
		fprintf(stderr, "%s: %s\n%s: %s\n", counted.name, a->sums,
			way->name, b->sums);
		fail(plot, way, "the sums are others");
	}
}

static void expect_interrupted(const struct plot *plot,
			       const struct config *config,
			       const struct run *whole)
{
	struct run one = run(plot, config, &interrupted[0]);
	struct run other = run(plot, config, &interrupted[1]);

	if (one.result != other.result ||
	    one.totals.status != other.totals.status ||
	    one.totals.ops > whole->totals.ops ||
	    one.totals.ops + 1 < other.totals.ops ||
	    other.totals.ops + 1 < one.totals.ops)
		fail(plot, &interrupted[0], "it did not stop there");
	free(one.sums);
	free(other.sums);
}

static void run_all(const struct plot *plot, const struct config *config)
{
	struct run first = run(plot, config, &counted);

	for (size_t i = 0; i < sizeof same_ways / sizeof *same_ways; i++) {
		struct run other = run(plot, config, &same_ways[i]);

		expect_same(plot, &first, &other, &same_ways[i]);
		free(other.sums);
	}
	if (plot->interrupts_at)
		expect_interrupted(plot, config, &first);
	free(first.sums);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *root = getenv("KMEMSIM_DATA");
	struct errors errors = ERRORS_NONE;
	struct config *config;
	struct plot plot;
	char profiles[4096];
	const char *const folders[] = { profiles, NULL };

	plot_init(&plot, data, size);
	if (getenv("KMEMSIM_FUZZ_SHOW"))
		plot_show(&plot);
	snprintf(profiles, sizeof profiles, "%s/configs", root ? root : ".");
	config = config_load_text(plot.config_text, "any.yaml", NULL, folders,
				  &errors);
	if (!config && getenv("KMEMSIM_FUZZ_SHOW"))
		errors_print(&errors, stderr);
	input_check(!config, &errors);
	if (config)
		run_all(&plot, config);
	plot_release(&plot);
	if (!config)
		return -1; /* not worth being kept */
	config_free(config);
	return 0;
}
