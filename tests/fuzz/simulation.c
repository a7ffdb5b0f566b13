/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Any workload on any small machine (any_events.h, any_machine.h): a run ends,
 * its models agree with themselves, and what it comes to is the same
 *
 *	as it is		counted by tallies, plain calls in a row
 *	without short cuts	each call asks all questions
 *	looked at		each call is told of, the state is read by the
 *				clock, and the models recount themselves then
 *
 * The config and the workload of an input are printed with KMEMSIM_FUZZ_SHOW
 * set, and when an input breaks something. What hangs is found by the engine's
 * limit of time for an input.
 */

#include "tests/fuzz/input.h"

#include "configs/config.h"
#include "sim/engine.h"
#include "tests/fuzz/any_events.h"
#include "workloads/workload.h"

#include <string.h>

#define SAMPLES 8

/* What an input stands for. */
struct plot {
	char *config_text;
	size_t config_size;
	char *workload_text;
	size_t workload_size;
	uint64_t end_ns;
};

static void plot_init(struct plot *plot, const uint8_t *data, size_t size)
{
	struct dice dice = { data, size };
	FILE *file = open_memstream(&plot->config_text, &plot->config_size);
	struct any_machine machine;

	BUG_ON(!file);
	machine = write_machine(file, &dice);
	BUG_ON(fclose(file));
	file = open_memstream(&plot->workload_text, &plot->workload_size);
	BUG_ON(!file);
	plot->end_ns = write_events(file, &dice, &machine);
	BUG_ON(fclose(file));
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

static int watch_sample(struct sink *sink, uint64_t t_ns, const char *label,
			const struct kernel *kernel, struct errors *errors)
{
	char why[256];

	(void)sink;
	if (label || kernel_validate(kernel, why, sizeof why))
		return 0;
	error_host(errors, "at %" PRIu64 " ns: %s", t_ns, why);
	return -1;
}

static const struct sink_ops spectator_ops = {
	.name = "spectator",
	.operation = watch_operation,
	.sample = watch_sample,
};

struct run {
	enum engine_result result;
	struct run_totals totals;
};

static struct run run(const struct plot *plot, const struct config *config,
		      const struct engine_options *options, struct sink *sink)
{
	struct run run = { .result = ENGINE_INVALID };
	struct errors errors = ERRORS_NONE;
	struct names *names = names_new();
	struct source *source;
	struct input input;

	BUG_ON(!names);
	input_init(&input, (const uint8_t *)plot->workload_text,
		   plot->workload_size);
	source = workload_open(input.path, names, &errors);
	if (source)
		run.result = engine_run(&config->machine, source, &sink,
					sink ? 1 : 0, options, &run.totals,
					&errors);
	if (getenv("KMEMSIM_FUZZ_SHOW") || run.result == ENGINE_FAILED)
		errors_print(&errors, stderr);
	if (run.result == ENGINE_FAILED) {
		plot_show(plot);
		BUG("the run failed");
	}
	if (source)
		source_close(source);
	input_check(run.result != ENGINE_DONE, &errors);
	names_free(names);
	input_release(&input);
	return run;
}

/* ---- all of them ---- */

static void expect_same(const struct plot *plot, const struct run *a,
			const struct run *b, const char *what)
{
	if (a->result == b->result && a->totals.ops == b->totals.ops &&
	    a->totals.failed == b->totals.failed &&
	    a->totals.skipped == b->totals.skipped &&
	    a->totals.violations == b->totals.violations &&
	    a->totals.sim_ns == b->totals.sim_ns &&
	    strcmp(a->totals.digest, b->totals.digest) == 0)
		return;
	plot_show(plot);
	fprintf(stderr, "%s changes the run\n", what);
	BUG("the digest or a count is another");
}

static void run_all(const struct plot *plot, const struct config *config)
{
	struct engine_options options = { .seed = 1,
					  .check = true,
					  .count_bad_frees = true };
	struct sink spectator = { .ops = &spectator_ops };
	struct run plain = run(plot, config, &options, NULL), other;

	options.no_short_cuts = true;
	other = run(plot, config, &options, NULL);
	expect_same(plot, &plain, &other, "leaving out short cuts");
	options.no_short_cuts = false;
	options.sample_every_ns = plot->end_ns / SAMPLES + 1;
	other = run(plot, config, &options, &spectator);
	expect_same(plot, &plain, &other, "looking at it");
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
