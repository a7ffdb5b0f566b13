/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * simulate KIND CONFIG OPS TARGET BREATH DATABASE: the simulator on the
 * operations of stream.h, from memory: what a run takes without its reading.
 * KIND: pages or slab. Statistics and samples go to DATABASE ("": nowhere), as
 * those of `kmemsim run` do; the log of operations is off.
 *
 *	ns	CPU time of an operation, those that fill left out: from when
 *		the engine asks for the first behind them to when it has had all
 *	bytes	resident memory at the most, less what this program itself
 *		has of it when the engine begins
 *	start	from there to the first call, in ms
 *
 * The floor knows what it will be asked next, as the operations are in memory;
 * so does the engine, by batches.
 */

#include "configs/config.h"
#include "models/gfp.h"
#include "results/record/recorder.h"
#include "sim/engine/engine.h"
#include "tests/bench/stream.h"

/* How often the state is sampled, in simulated time: some 100 000 calls. */
#define SAMPLE_EVERY_NS 2000000000u

/* What stands above the slot in an operation. */
#define NR_PATTERNS 32

/* A call as all of a size are, or all frees, but for its id and time. */
struct pattern {
	struct call call;
	uint64_t gap_ns; /* before it */
};

struct stream_source {
	struct source source; /* must be first */
	struct pattern pattern[NR_PATTERNS];
	struct stream stream;
	enum stream_kind kind;
	size_t at;
	uint64_t t_ns;
	double first_ns; /* CPU time at the first call */
	double begin_ns; /* when the live set is there */
	double end_ns;
};

static uint64_t resident_kib(const char *key)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[256];
	unsigned long long kib = 0;

	if (!file)
		die("no /proc");
	while (fgets(line, sizeof(line), file))
		if (strncmp(line, key, strlen(key)) == 0)
			kib = strtoull(line + strlen(key), NULL, 10);
	fclose(file);
	return kib;
}

/* From here on the peak of resident memory is a new one. */
static void forget_peak(void)
{
	FILE *file = fopen("/proc/self/clear_refs", "w");

	if (!file || fputs("5", file) < 0 || fclose(file))
		die("cannot reset the peak of resident memory");
}

static struct pattern pattern_of(enum stream_kind kind, uint32_t op)
{
	bool pages = kind == STREAM_PAGES;
	struct pattern pattern = {
		.call = {
			.node = NODE_ANY,
			.ctx = CONTEXT_PROCESS,
			.has = CALL_HAS_ID | CALL_CAN_SLEEP,
			.op = pages ? OP_FREE_PAGES : OP_KFREE,
		},
		.gap_ns = stream_gap_ns(kind, op),
	};
	struct call *call = &pattern.call;

	if (!stream_is_allocation(op))
		return pattern;
	call->has |= CALL_HAS_GFP;
	if (pages) {
		call->op = OP_ALLOC_PAGES;
		call->order = stream_size(op);
		call->has |= CALL_HAS_ORDER;
		call->gfp = __GFP_HIGHMEM | __GFP_MOVABLE | __GFP_NOWARN;
	} else {
		call->op = OP_KMALLOC;
		call->size = slab_sizes[stream_size(op)];
		call->gfp = GFP_KERNEL;
	}
	return pattern;
}

static void make_patterns(struct stream_source *source)
{
	unsigned int nr_sizes = source->kind == STREAM_PAGES ?
					STREAM_MAX_ORDER + 1 :
					NR_SLAB_SIZES;

	for (uint32_t i = 0; i < NR_PATTERNS; i++) {
		uint32_t op = i << 27;

		if (!stream_is_allocation(op) || stream_size(op) < nr_sizes)
			source->pattern[i] = pattern_of(source->kind, op);
	}
}

static inline void fill_call(struct stream_source *source, uint32_t op,
			     struct call *call)
{
	const struct pattern *pattern = &source->pattern[op >> 27];

	source->t_ns += pattern->gap_ns;
	*call = pattern->call;
	call->t_ns = source->t_ns;
	call->id = (op & STREAM_SLOT) + 1;
}

/* A batch ends where the filling does, so that the clock can be read there. */
static long stream_read(struct source *base, struct call *batch, size_t max,
			struct errors *errors)
{
	struct stream_source *source = (struct stream_source *)base;
	const struct stream *stream = &source->stream;
	size_t end = source->at < stream->nr_fill ? stream->nr_fill :
						    stream->nr;
	size_t nr = end - source->at < max ? end - source->at : max;

	(void)errors;
	if (!source->at)
		source->first_ns = cpu_ns();
	if (source->at == stream->nr_fill)
		source->begin_ns = cpu_ns();
	if (!nr)
		source->end_ns = cpu_ns();
	for (size_t i = 0; i < nr; i++)
		fill_call(source, stream->op[source->at++], &batch[i]);
	return (long)nr;
}

static int stream_progress(const struct source *base)
{
	(void)base;
	return -1;
}

static void stream_close(struct source *base)
{
	(void)base;
}

static const struct source_ops stream_ops = {
	.name = "stream",
	.read = stream_read,
	.progress = stream_progress,
	.close = stream_close,
};

static void print_errors(const struct errors *errors)
{
	errors_print(errors, stderr);
	exit(1);
}

static struct config *read_config(const char *path, struct errors *errors)
{
	static const char *const dirs[] = { "configs", NULL };
	struct config_set set = { .nr = 0 };
	struct config *config = config_load(path, &set, dirs, errors);

	if (!config)
		print_errors(errors);
	return config;
}

static void run(struct stream_source *source, const struct config *config,
		const char *path, struct errors *errors)
{
	struct recorder_options recorded = {
		.path = *path ? path : NULL,
		.log_ops = LOG_OPS_NONE,
		.config_name = config->name,
		.config_text = config->text,
		.workload_name = "stream",
		.workload_path = "stream",
		.version = KMEMSIM_VERSION,
	};
	struct engine_options options = { .sample_every_ns = SAMPLE_EVERY_NS };
	struct recorder *recorder = recorder_new(&recorded, errors);
	struct sink *sinks[] = { recorder ? recorder_sink(recorder) : NULL };
	uint64_t held = resident_kib("VmRSS:");
	double begin;
	struct run_totals totals;
	struct text summary = TEXT_EMPTY;

	forget_peak();
	begin = cpu_ns();
	if (!recorder ||
	    engine_run(&config->machine, &source->source, sinks, 1, &options,
		       &totals, errors) != ENGINE_DONE ||
	    recorder_summary(recorder, SUMMARY_JSON, NULL, &summary, errors) <
		    0)
		print_errors(errors);
	printf("ns=%.2f ops=%zu failed=%llu start=%.1f bytes=%llu\n",
	       (source->end_ns - source->begin_ns) /
		       (source->stream.nr - source->stream.nr_fill),
	       source->stream.nr - source->stream.nr_fill,
	       (unsigned long long)totals.failed,
	       (source->first_ns - begin) / 1e6,
	       (unsigned long long)(resident_kib("VmHWM:") - held) * 1024);
	text_release(&summary);
	recorder_free(recorder);
}

int main(int argc, char **argv)
{
	struct stream_source source = { .source = { .ops = &stream_ops,
						    .file = "stream",
						    .name = "stream" } };
	struct errors errors = ERRORS_NONE;
	struct config *config;

	if (argc != 7)
		die("simulate KIND CONFIG OPS TARGET BREATH DATABASE");
	source.kind = strcmp(argv[1], "slab") == 0 ? STREAM_SLAB : STREAM_PAGES;
	make_patterns(&source);
	source.source.names = names_new();
	if (!source.source.names)
		die("no memory");
	source.stream = stream_make(source.kind, to_number(argv[4]),
				    to_number(argv[5]), to_number(argv[3]));
	config = read_config(argv[2], &errors);
	run(&source, config, argv[6], &errors);
	config_free(config);
	names_free(source.source.names);
	errors_release(&errors);
	return 0;
}
