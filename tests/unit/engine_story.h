/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_TESTS_ENGINE_STORY_H
#define KMEMSIM_TESTS_ENGINE_STORY_H

/*
 * A story: calls, one after another, on a small machine, and what the engine
 * tells of them. By story_init() the machine has 4 MiB, two CPUs, everything
 * free, nothing kept on per-CPU lists; calls are made by CPU 0, 10 ns apart.
 */

#include "sim/engine/engine.h"
#include "tests/unit/machine_fixture.h"

#define STORY_CALLS 64
#define STORY_PAGES 1024

/* One thing that the sink was told. */
struct told {
	enum { TOLD_OUTCOME, TOLD_SAMPLE, TOLD_VIOLATION } what;
	uint64_t t_ns;
	struct outcome outcome;
	uint64_t free_pages; /* at a sample */
	char text[96];	     /* a sample's label, a violation's rule */
};

struct story_sink {
	struct sink sink;
	struct told told[2 * STORY_CALLS];
	size_t nr;
	int begun, ended;
	enum run_status status;
};

struct story_source {
	struct source source;
	const struct call *call;
	size_t nr;
	size_t given;
};

struct story {
	struct machine m;
	struct call call[STORY_CALLS];
	size_t nr_calls;
	struct names *names;
	struct engine_options options;
	struct story_source source;
	struct story_sink sink;
	struct run_totals totals;
};

/* ---- the sink ---- */

static inline struct told *note_told(struct sink *sink)
{
	struct story_sink *story = (struct story_sink *)sink;

	assert_true(story->nr < 2 * STORY_CALLS);
	return &story->told[story->nr++];
}

static inline int story_begin(struct sink *sink, const struct kernel *kernel,
			      const struct names *names, struct errors *errors)
{
	(void)kernel;
	(void)names;
	(void)errors;
	((struct story_sink *)sink)->begun++;
	return 0;
}

static inline int story_operation(struct sink *sink, const struct call *call,
				  const struct outcome *outcome,
				  struct errors *errors)
{
	(void)errors;
	*note_told(sink) = (struct told){ .what = TOLD_OUTCOME,
					  .t_ns = call->t_ns,
					  .outcome = *outcome };
	return 0;
}

static inline int story_sample(struct sink *sink, uint64_t t_ns,
			       const char *label, const struct kernel *kernel,
			       struct errors *errors)
{
	struct told *told = note_told(sink);

	(void)errors;
	*told = (struct told){
		.what = TOLD_SAMPLE,
		.t_ns = t_ns,
		.free_pages = zone_free_pages(&kernel->memory->zone[0]),
	};
	snprintf(told->text, sizeof(told->text), "%s", label ? label : "clock");
	return 0;
}

static inline int story_violation(struct sink *sink,
				  const struct violation *violation,
				  struct errors *errors)
{
	struct told *told = note_told(sink);

	(void)errors;
	*told = (struct told){ .what = TOLD_VIOLATION,
			       .t_ns = violation->t_ns };
	snprintf(told->text, sizeof(told->text), "%s", violation->rule);
	return 0;
}

static inline int story_end(struct sink *sink, const struct run_totals *totals,
			    const struct kernel *kernel, struct errors *errors)
{
	struct story_sink *story = (struct story_sink *)sink;

	(void)kernel;
	(void)errors;
	story->ended++;
	story->status = totals->status;
	return 0;
}

/* ---- the source ---- */

/* A few calls at a time, as a reader may give them. */
static inline long story_read(struct source *source, struct call *batch,
			      size_t max, struct errors *errors)
{
	struct story_source *story = (struct story_source *)source;
	size_t nr = story->nr - story->given;

	(void)errors;
	if (nr > 3)
		nr = 3;
	assert_true(nr <= max);
	memcpy(batch, story->call + story->given, nr * sizeof(*batch));
	story->given += nr;
	return nr;
}

static inline int story_progress(const struct source *source)
{
	(void)source;
	return -1;
}

static inline void story_close(struct source *source)
{
	(void)source;
}

/* ---- the story ---- */

static inline void story_init(struct story *story)
{
	memset(story, 0, sizeof(*story));
	machine_describe(&story->m, STORY_PAGES, 9, 11);
	story->m.zone[0].pcp_high = 1;
	story->m.zone[0].pcp_batch = 1;
	story->m.node[0].nr_cpus = 2;
	story->options.check = true;
	story->names = names_new();
	assert_non_null(story->names);
}

static inline void story_release(struct story *story)
{
	names_free(story->names);
	errors_release(&story->m.errors);
}

/* cmocka's fixture: a story of its own for each test. */
static inline int story_set_up(void **state)
{
	static struct story story;

	story_init(&story);
	*state = &story;
	return 0;
}

static inline int story_tear_down(void **state)
{
	story_release(*state);
	return 0;
}

static inline struct call *story_add(struct story *story, enum call_op op)
{
	struct call *call = &story->call[story->nr_calls];

	assert_true(story->nr_calls < STORY_CALLS);
	*call = (struct call){
		.t_ns = 10 * story->nr_calls,
		.line = ++story->nr_calls,
		.column = 1,
		.op = op,
		.node = NODE_ANY,
		.ctx = CONTEXT_PROCESS,
		.has = CALL_CAN_SLEEP,
	};
	return call;
}

static inline struct call *story_alloc(struct story *story, uint64_t id,
				       order_t order)
{
	struct call *call = story_add(story, OP_ALLOC_PAGES);

	call->id = id;
	call->order = order;
	call->gfp = GFP_KERNEL;
	call->has |= CALL_HAS_ID | CALL_HAS_ORDER | CALL_HAS_GFP;
	return call;
}

static inline struct call *story_free(struct story *story, uint64_t id)
{
	struct call *call = story_add(story, OP_FREE_PAGES);

	call->id = id;
	call->has |= CALL_HAS_ID;
	return call;
}

/* 2^order pages of the allocation, from page `page` on. */
static inline struct call *story_free_part(struct story *story, uint64_t id,
					   uint32_t page, order_t order)
{
	struct call *call = story_free(story, id);

	call->page = page;
	call->order = order;
	call->has |= CALL_HAS_PAGE | CALL_HAS_ORDER;
	return call;
}

static inline void story_sample_as(struct story *story, const char *label)
{
	story_add(story, OP_SAMPLE)->name =
		names_intern(story->names, label, strlen(label));
}

static inline enum engine_result story_run(struct story *story)
{
	static const struct source_ops source_ops = {
		.name = "story",
		.read = story_read,
		.progress = story_progress,
		.close = story_close,
	};
	static const struct sink_ops sink_ops = {
		.name = "story",
		.begin = story_begin,
		.operation = story_operation,
		.sample = story_sample,
		.violation = story_violation,
		.end = story_end,
	};
	struct sink *sinks[] = { &story->sink.sink };

	story->source = (struct story_source){
		.source = { .ops = &source_ops,
			    .file = "story.yaml",
			    .name = "story",
			    .names = story->names },
		.call = story->call,
		.nr = story->nr_calls,
	};
	story->sink = (struct story_sink){ .sink.ops = &sink_ops };
	return engine_run(&story->m.desc, &story->source.source, sinks, 1,
			  &story->options, &story->totals, &story->m.errors);
}

static inline void story_run_well(struct story *story)
{
	enum engine_result result = story_run(story);

	if (story->m.errors.nr)
		fail_msg("%s", story->m.errors.text[0]);
	assert_int_equal(result, ENGINE_DONE);
	assert_int_equal(story->totals.status, RUN_COMPLETE);
	assert_int_equal(story->sink.begun, 1);
	assert_int_equal(story->sink.ended, 1);
}

/* The outcome of the n-th operation that the sink was told of, from 1. */
static inline const struct outcome *story_outcome(const struct story *story,
						  size_t n)
{
	for (size_t i = 0; i < story->sink.nr; i++)
		if (story->sink.told[i].what == TOLD_OUTCOME && --n == 0)
			return &story->sink.told[i].outcome;
	fail_msg("too few outcomes");
	return NULL;
}

#endif
