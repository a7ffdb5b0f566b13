/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A run without the reading of a workload: calls that are ready in memory go
 * through the engine, so that what it and the recording cost can be seen.
 *
 *	replay CONFIG pages|kmalloc|both OPS LIVE nothing|none|failures|all [DB]
 *
 * OPS calls, about LIVE allocations in use once it has warmed up. Recorded is
 * `nothing` at all, or what `run --log-ops` of that name would, into the
 * database DB or into memory. Prints the host's time for one operation (of
 * the CPU, of the clock), operations per second of the clock, the digest.
 */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "configs/config.h"
#include "results/record/recorder.h"
#include "sim/engine/engine.h"

#define CALL_EVERY_NS 1000

enum kinds { KIND_PAGES = 1, KIND_KMALLOC = 2, KIND_BOTH = 3 };

struct ready_calls {
	struct source source; /* must be first */
	struct call *call;
	size_t nr;
	size_t at;
};

static _Noreturn void die(const char *why)
{
	fprintf(stderr, "replay: %s\n", why);
	exit(1);
}

static double seconds(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* xorshift64: any steady stream of numbers will do. */
static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static struct call make_allocation(enum kinds kinds, uint64_t random)
{
	if (kinds == KIND_KMALLOC || (kinds == KIND_BOTH && random >> 40 & 1))
		return (struct call){ .op = OP_KMALLOC,
				      .size = 8 + (random >> 44) % 1000 };
	return (struct call){ .op = OP_ALLOC_PAGES };
}

static struct call make_free(uint8_t made_by)
{
	return (struct call){
		.op = made_by == OP_KMALLOC ? OP_KFREE : OP_FREE_PAGES,
	};
}

/* Allocates and frees at random, rather allocates while few are in use. */
static void make_calls(struct ready_calls *ready, enum kinds kinds, size_t live)
{
	uint32_t *used = calloc(live + 1, sizeof(*used)); /* by their calls */
	uint64_t state = 88172645463325252u;
	size_t nr = 0;

	ready->call = calloc(ready->nr, sizeof(*ready->call));
	if (!used || !ready->call)
		die("no memory");
	for (size_t i = 0; i < ready->nr; i++) {
		uint64_t random = next_random(&state);
		struct call *call = &ready->call[i];

		if (nr < live && (nr == 0 || random % 8 < 5)) {
			*call = make_allocation(kinds, random);
			call->has = CALL_HAS_GFP;
			call->gfp = GFP_KERNEL;
			call->id = i;
			used[nr++] = (uint32_t)i;
		} else {
			size_t victim = (random >> 8) % nr;

			*call = make_free(ready->call[used[victim]].op);
			call->id = used[victim];
			used[victim] = used[--nr];
		}
		call->has |= CALL_HAS_ID | CALL_CAN_SLEEP;
		call->t_ns = (i + 1) * CALL_EVERY_NS;
		call->node = NODE_ANY;
		call->line = i + 1;
	}
	free(used);
}

static long read_ready(struct source *source, struct call *batch, size_t max,
		       struct errors *errors)
{
	struct ready_calls *ready = (struct ready_calls *)source;
	size_t nr = ready->nr - ready->at < max ? ready->nr - ready->at : max;

	(void)errors;
	memcpy(batch, ready->call + ready->at, nr * sizeof(*batch));
	ready->at += nr;
	return (long)nr;
}

static const struct source_ops ready_ops = {
	.name = "ready",
	.read = read_ready,
};

static enum kinds kinds_of(const char *word)
{
	if (!strcmp(word, "pages"))
		return KIND_PAGES;
	if (!strcmp(word, "kmalloc"))
		return KIND_KMALLOC;
	if (!strcmp(word, "both"))
		return KIND_BOTH;
	die("pages, kmalloc or both?");
}

static struct recorder *open_recorder(const struct config *config,
				      const char *log_ops, const char *path,
				      struct errors *errors)
{
	struct recorder_options options = {
		.path = path,
		.config_name = config->name,
		.config_text = config->text,
		.workload_name = "replay",
		.workload_path = "replay",
		.version = "bench",
	};
	struct recorder *recorder = NULL;

	for (int i = 0; i < NR_LOG_OPS; i++) {
		options.log_ops = (enum log_ops)i;
		if (!strcmp(log_ops, log_ops_names[i]))
			recorder = recorder_new(&options, errors);
	}
	if (!recorder)
		die("nothing, none, failures or all? Into which file?");
	return recorder;
}

static void replay(const struct config *config, struct ready_calls *ready,
		   struct recorder *recorder, struct errors *errors)
{
	struct sink *sinks[] = { recorder ? recorder_sink(recorder) : NULL };
	struct engine_options options = { .seed = 0 };
	struct run_totals totals;
	double cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
	double clock = seconds(CLOCK_MONOTONIC);

	if (engine_run(&config->machine, &ready->source, sinks,
		       recorder ? 1 : 0, &options, &totals,
		       errors) != ENGINE_DONE) {
		errors_print(errors, stderr);
		die("the run has failed");
	}
	clock = seconds(CLOCK_MONOTONIC) - clock;
	cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	printf("%.1f ns CPU, %.1f ns, %.3f M/s, %" PRIu64 " failed, %s\n",
	       cpu * 1e9 / (double)totals.ops, clock * 1e9 / (double)totals.ops,
	       (double)totals.ops / clock / 1e6, totals.failed, totals.digest);
}

int main(int argc, char **argv)
{
	static const char *const profiles[] = { "configs", NULL };
	struct ready_calls ready = {
		.source = { .ops = &ready_ops, .file = "-", .name = "replay" },
	};
	struct errors errors = ERRORS_NONE;
	struct recorder *recorder = NULL;
	struct config *config;

	if (argc < 6 || argc > 7)
		die("CONFIG pages|kmalloc|both OPS LIVE "
		    "nothing|none|failures|all [DB]");
	config = config_load(argv[1], NULL, profiles, &errors);
	ready.nr = strtoull(argv[3], NULL, 10);
	ready.source.names = names_new();
	if (!config || !ready.source.names) {
		errors_print(&errors, stderr);
		die("can't begin");
	}
	make_calls(&ready, kinds_of(argv[2]), strtoull(argv[4], NULL, 10));
	if (strcmp(argv[5], "nothing") != 0)
		recorder = open_recorder(config, argv[5], argv[6], &errors);
	replay(config, &ready, recorder, &errors);
	recorder_free(recorder);
	names_free(ready.source.names);
	config_free(config);
	errors_release(&errors);
	free(ready.call);
	return 0;
}
