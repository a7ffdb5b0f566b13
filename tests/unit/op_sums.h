/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_TESTS_OP_SUMS_H
#define KMEMSIM_TESTS_OP_SUMS_H

/*
 * A sink that keeps sums of operations, as the recorder does: so the engine
 * counts the plainest ones itself (sim/sinks.h), by ways that it takes for
 * nobody else. Two runs of the same come to the same text of their sums.
 */

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* open_memstream() */
#endif
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "results/record/op_stats.h"
#include "sim/base/bug.h"
#include "sim/sink.h"

struct op_sums {
	struct sink sink;
	struct op_stats *stats; /* owned */
	uint64_t nr_told;	/* one by one */
	uint64_t nr_counted;
	uint64_t last_seq;    /* the highest number of both */
	uint64_t last_end_ns; /* when the last one that was counted ended */
	uint64_t samples;
	volatile int interrupted; /* for the engine's options */
	uint64_t interrupts_at;	  /* the sample with this number; 0: never */
};

static inline int sums_operation(struct sink *sink, const struct call *call,
				 const struct outcome *outcome,
				 struct errors *errors)
{
	struct op_sums *sums = (struct op_sums *)sink;

	(void)errors;
	if (!call_is_counted(call))
		return 0;
	BUG_ON(op_stats_add(sums->stats, call, outcome) < 0);
	sums->nr_told++;
	if (sums->last_seq < outcome->seq)
		sums->last_seq = outcome->seq;
	return 0;
}

static inline struct op_tally *sums_tally(struct sink *sink,
					  const struct call *call,
					  enum alloc_path path,
					  struct errors *errors)
{
	struct op_tally *tally =
		op_stats_tally(((struct op_sums *)sink)->stats, call, path);

	(void)errors;
	BUG_ON(!tally);
	return tally;
}

static inline int sums_counted(struct sink *sink, const struct counted *counted,
			       struct errors *errors)
{
	struct op_sums *sums = (struct op_sums *)sink;

	(void)errors;
	sums->nr_counted += counted->nr;
	if (sums->last_seq < counted->last_seq)
		sums->last_seq = counted->last_seq;
	if (sums->last_end_ns < counted->end_ns)
		sums->last_end_ns = counted->end_ns;
	return 0;
}

static inline int sums_sample(struct sink *sink, uint64_t t_ns,
			      const char *label, const struct kernel *kernel,
			      struct errors *errors)
{
	struct op_sums *sums = (struct op_sums *)sink;

	(void)t_ns;
	(void)label;
	(void)kernel;
	(void)errors;
	if (++sums->samples == sums->interrupts_at)
		sums->interrupted = 1;
	return 0;
}

static const struct sink_ops op_sums_ops = {
	.name = "sums",
	.operation = sums_operation,
	.tally = sums_tally,
	.counted = sums_counted,
	.sample = sums_sample,
};

static inline void op_sums_init(struct op_sums *sums)
{
	*sums = (struct op_sums){
		.sink.ops = &op_sums_ops,
		.stats = op_stats_new(),
	};
	BUG_ON(!sums->stats);
}

static inline void op_sums_release(struct op_sums *sums)
{
	op_stats_free(sums->stats);
}

static inline void say_tally(FILE *file, const struct op_tally *tally)
{
	struct histogram_bucket bucket;
	size_t position = 0;

	fprintf(file,
		" count %" PRIu64 " failed %" PRIu64 " skipped %" PRIu64
		" requested %" PRIu64 " granted %" PRIu64 " cost %" PRIu64
		" cpu %" PRIu64 " locks %" PRIu64 " slept %" PRIu64 "\n ",
		tally->count, tally->failed, tally->skipped,
		tally->requested_bytes, tally->granted_bytes, tally->cost_ns,
		tally->cpu_wait_ns, tally->lock_wait_ns, tally->sleep_ns);
	while (histogram_next(&tally->latency, &position, &bucket))
		fprintf(file, " %" PRIu64 "-%" PRIu64 ":%" PRIu64,
			bucket.lowest, bucket.highest, bucket.count);
	fputc('\n', file);
}

/* All of it as text, which the caller is to free(). */
static inline char *op_sums_text(const struct op_sums *sums)
{
	char *text;
	size_t size, nr;
	FILE *file = open_memstream(&text, &size);
	const struct op_group **group = op_stats_groups(sums->stats, &nr);
	const struct failure_group **failure;

	BUG_ON(!file || !group);
	for (size_t i = 0; i < nr; i++) {
		/* Prepared for what then never came. */
		if (!group[i]->tally.count && !group[i]->tally.skipped)
			continue;
		fprintf(file, "%s gfp %d %#x ctx %d path %d\n ",
			call_op_names[group[i]->op], group[i]->has_gfp,
			group[i]->gfp, group[i]->ctx, group[i]->path);
		say_tally(file, &group[i]->tally);
	}
	free(group);
	failure = op_stats_failures(sums->stats, &nr);
	BUG_ON(!failure);
	for (size_t i = 0; i < nr; i++)
		fprintf(file,
			"%s gfp %#x ctx %d order %d failed by %d: %" PRIu64
			"\n",
			call_op_names[failure[i]->op], failure[i]->gfp,
			failure[i]->ctx, failure[i]->order, failure[i]->reason,
			failure[i]->count);
	free(failure);
	BUG_ON(fclose(file));
	return text;
}

#endif
