/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A run, once more. The same config, workload and seed give the same run, so a
 * failure can be looked at by going there again, and a remedy be tried by
 * going there with one thing changed:
 *
 *	workload --> altered source --> engine --> sink
 *		     the call whose seq	 ^
 *		     is `target` gets	 | config text, with words of --set
 *		     other fields, or	 machine
 *		     its pool others
 *
 * Reruns share nothing but the files that they read, so they may run side by
 * side. Freeing what is not live never ends one: with the original it did not,
 * or there would be no database.
 */

#include "results/explain/explain_internal.h"

#include "models/gfp.h"

struct altered_source {
	struct source source; /* must be first */
	struct source *inner;
	const struct explain_rerun *rerun;
	uint64_t counted; /* calls that have a seq, so far */
};

static void apply(const struct explain_change *change, struct call *call)
{
	if (change->has_op) {
		call->op = change->op;
		call->has &= (uint16_t)~CALL_HAS_ORDER;
	}
	if (change->has_size)
		call->size = change->size;
	if (change->has_order) {
		call->order = change->order;
		call->has |= CALL_HAS_ORDER;
	}
	if (change->has_gfp) {
		call->gfp = change->gfp;
		call->has |= CALL_HAS_GFP;
	}
	if (change->may_sleep) {
		call->ctx = CONTEXT_PROCESS;
		call->has |= CALL_CAN_SLEEP;
	}
	if (change->has_mask)
		call->mask_bits = change->mask_bits;
	if (change->any_node)
		call->node = NODE_ANY;
}

/* The call that creates the pool is an earlier one. */
static void apply_to_pool(const struct explain_change *change,
			  struct call *call)
{
	if (change->pool && call->op == OP_MEMPOOL_CREATE &&
	    call->name == change->pool)
		call->min_nr = change->min_nr;
}

static long altered_read(struct source *source, struct call *batch, size_t max,
			 struct errors *errors)
{
	struct altered_source *altered = (struct altered_source *)source;
	const struct explain_rerun *rerun = altered->rerun;
	long nr = source_read(altered->inner, batch, max, errors);

	for (long i = 0; i < nr; i++) {
		altered->counted += call_is_counted(&batch[i]);
		if (rerun->change && call_is_counted(&batch[i]) &&
		    altered->counted == rerun->target)
			apply(rerun->change, &batch[i]);
		if (rerun->change)
			apply_to_pool(rerun->change, &batch[i]);
		if (rerun->seen && rerun->seen(rerun->argument, &batch[i]))
			return error_host(errors, "the calls of the workload");
	}
	return nr;
}

static int altered_progress(const struct source *source)
{
	const struct altered_source *altered =
		(const struct altered_source *)source;

	return altered->inner->ops->progress(altered->inner);
}

static void altered_close(struct source *source)
{
	source_close(((struct altered_source *)source)->inner);
}

static const struct source_ops altered_ops = {
	.name = "altered",
	.read = altered_read,
	.progress = altered_progress,
	.close = altered_close,
};

static enum engine_result run_source(struct explain_rerun *rerun,
				     const struct machine_desc *machine,
				     struct source *inner,
				     struct errors *errors)
{
	const struct explain_options *options = rerun->options;
	struct altered_source altered = {
		.source = *inner,
		.inner = inner,
		.rerun = rerun,
	};
	struct engine_options engine_options = {
		.seed = options->run->seed,
		.until_ns = options->run->until_ns,
		.count_bad_frees = true,
		.interrupted = rerun->stop,
	};
	enum engine_result result;

	/* Those with a change run side by side: one line can't tell of them. */
	if (!rerun->change) {
		engine_options.progress = options->progress;
		engine_options.progress_argument = options->progress_argument;
	}
	/* What is drawn, and what takes long, is the inner one's. */
	inner->seed = options->run->seed;
	inner->until_ns = options->run->until_ns;
	inner->interrupted = rerun->stop;
	altered.source.ops = &altered_ops;
	result = engine_run(machine, &altered.source, &rerun->sink, 1,
			    &engine_options, &rerun->totals, errors);
	source_close(&altered.source);
	return result;
}

/* A change of the machine that makes no sense is as good as invalid input. */
enum engine_result explain_rerun(struct explain_rerun *rerun,
				 struct errors *errors)
{
	const struct explain_inputs *inputs = rerun->options->inputs;
	const char *sets[EXPLAIN_SETS_MOST];
	size_t nr_sets = rerun->change ? rerun->change->nr_sets : 0;
	const struct machine_desc *machine;
	enum engine_result result = ENGINE_INVALID;
	struct source *source;
	void *handle;

	for (size_t i = 0; i < nr_sets; i++)
		sets[i] = rerun->change->set[i];
	rerun->names = names_new();
	if (!rerun->names) {
		error_host(errors, "names");
		return ENGINE_FAILED;
	}
	handle = inputs->open_machine(inputs->argument, sets, nr_sets, &machine,
				      errors);
	if (!handle)
		return ENGINE_INVALID;
	source = inputs->open_source(inputs->argument, rerun->names, errors);
	if (source)
		result = run_source(rerun, machine, source, errors);
	inputs->close_machine(inputs->argument, handle);
	return result;
}

void explain_rerun_release(struct explain_rerun *rerun)
{
	if (rerun->names)
		names_free(rerun->names);
	rerun->names = NULL;
}
