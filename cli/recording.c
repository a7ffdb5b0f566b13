/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a recording's files are, what it is called, and what it ran on.
 *
 *	scripted   call call kcompactd call call      one thread, no gap
 *	traced     call call   kswapd   call kcompactd      real times
 *
 * A scripted recording's calls came from one thread of the kernel, one after
 * another: the times in workload.yaml only number them, and each begins when
 * the one before it is over, whichever CPU it is made on. Between two calls the
 * thread offers its CPU to others (cond_resched()), as the slow path does
 * within one: kswapd and kcompactd, once woken, run when the fair scheduler
 * lets them (sim/engine/fair.c), by a clock that goes on by what calls cost and
 * stands still in between. Nor does such a thread wait for others to reclaim.
 *
 * The recordings themselves show that it is so: where no memory is left, calls
 * take as many instructions as they do once kswapd has tried and given up.
 *
 *	timed      call call kcompactd call   call      real times, too
 *
 * Where its config says scheduler.kernel_threads, the times are the kernel's
 * own, counted so that the timer's ticks are at multiples of 4 ms, and its
 * `scheduler:` counts as it stands.
 *
 * A scripted recording covers the memory of some nodes only. The machine had
 * more, on the nodes of its CPUs: cli/unrecorded.c.
 */

#include "cli/recording.h"

#include <stdlib.h>
#include <string.h>

#include "cli/simulate.h"
#include "cli/unrecorded.h"
#include "sim/base/host.h"
#include "sim/base/numbers.h"
#include "sim/base/text.h"
#include "sim/source.h"
#include "workloads/workload.h"

#define FOR_EVER "1000000s"   /* longer than any recording lasts */
#define APART_NS 100000000ull /* more than any call takes */

char *path_in(const char *directory, const char *file)
{
	struct text path = TEXT_EMPTY;

	text_add(&path, "%s/%s", directory, file);
	return path.s;
}

char *case_name(const char *directory)
{
	size_t length = strlen(directory);
	size_t start;

	while (length > 1 && directory[length - 1] == '/')
		length--;
	start = length;
	while (start && directory[start - 1] != '/')
		start--;
	return strndup(directory + start, length - start);
}

struct config *load_machine(const char *config_path, enum recording_kind kind,
			    bool *numbered, struct errors *errors)
{
	static const char *const in_a_row[] = {
		"scheduler.keeps_cpu=" FOR_EVER,
		"scheduler.kernel_threads=true",
	};
	struct config *config = load_config(config_path, NULL, 0, errors);

	*numbered = config && kind == RECORDING_SCRIPTED &&
		    !config->machine.scheduler.kernel_threads;
	if (*numbered) {
		config_free(config);
		config = load_config(config_path, in_a_row, LENGTH(in_a_row),
				     errors);
	}
	if (config && kind == RECORDING_SCRIPTED &&
	    add_unrecorded_memory(&config->machine, errors)) {
		config_free(config);
		return NULL;
	}
	return config;
}

/*
 * Another source's calls, one after another. Those of one CPU are all due at
 * once and wait for each other, so that no time passes between them: a tick of
 * the clock there would let others have the CPU. Where the CPU changes, calls
 * are too far apart to overlap.
 */
struct numbered {
	struct source source;
	struct source *calls;
	uint64_t nr;
	uint64_t due_ns;
	cpu_t cpu; /* of the call before */
};

static uint64_t due(struct numbered *numbered, cpu_t cpu)
{
	numbered->nr++;
	if (cpu == numbered->cpu)
		return ++numbered->due_ns;
	numbered->cpu = cpu;
	numbered->due_ns = numbered->nr * APART_NS;
	return numbered->due_ns;
}

static long read_numbered(struct source *source, struct call *batch, size_t max,
			  struct errors *errors)
{
	struct numbered *numbered = (struct numbered *)source;
	struct source *calls = numbered->calls;
	long nr;

	calls->seed = source->seed;
	calls->until_ns = source->until_ns;
	calls->interrupted = source->interrupted;
	nr = source_read(calls, batch, max, errors);
	for (long i = 0; i < nr; i++)
		batch[i].t_ns = due(numbered, batch[i].cpu);
	return nr;
}

static int numbered_progress(const struct source *source)
{
	const struct source *calls = ((const struct numbered *)source)->calls;

	return calls->ops->progress(calls);
}

static void close_numbered(struct source *source)
{
	source_close(((struct numbered *)source)->calls);
	free(source);
}

static struct source *number(struct source *calls, struct errors *errors)
{
	static const struct source_ops ops = {
		.name = "numbered",
		.read = read_numbered,
		.progress = numbered_progress,
		.close = close_numbered,
	};
	struct numbered *numbered = host_alloc(1, sizeof(*numbered));

	if (!numbered) {
		error_host(errors, "no memory for a recording");
		source_close(calls);
		return NULL;
	}
	numbered->source = *calls;
	numbered->source.ops = &ops;
	numbered->calls = calls;
	return &numbered->source;
}

struct source *open_calls(const char *workload_path, bool numbered,
			  struct names *names, struct errors *errors)
{
	struct source *calls = workload_open(workload_path, names, errors);

	return calls && numbered ? number(calls, errors) : calls;
}
