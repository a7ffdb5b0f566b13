/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could the CPUs do what the workload asked of them?
 *
 *	calls made   | | | | | | | |
 *	carried out  [--][--][--][--][--][--][--][--]
 *	late         0 1  2  3 …                 the longer, the later
 *
 * A workload says when each call is made. Where calls come faster than their
 * CPU carries them out, they queue, and begin later and later: a run then tells
 * of the machine at another load than the workload's, and of latencies that
 * are those of the queue. Nothing is wrong with the result; but whoever did not
 * mean it has to know.
 *
 * Rules: a burst is no overload, for its CPU catches up. So a CPU has fallen
 * behind where the last of many calls that waited for it began late by a tenth
 * of the time in which they were made, and of the whole run. Where they were
 * all made at once, there is no rate that a CPU could keep up with. What keeps
 * them waiting must be each other: calls also queue behind one that waits for
 * another CPU's call, or for a sample.
 */

#include "sim/engine/engine_internal.h"

#include "sim/base/host.h"

#define MANY_CALLS 1000
#define PART 10 /* of the time: a tenth */

static bool has_fallen_behind(const struct engine *engine,
			      const struct lateness *late)
{
	return late->calls >= MANY_CALLS && late->until_ns > late->since_ns &&
	       late->last_ns >= (late->until_ns - late->since_ns) / PART &&
	       late->last_ns >= engine->now_ns / PART &&
	       late->busy_ns >= late->last_ns / 2;
}

struct overload *engine_overloads(const struct engine *engine, size_t *nr)
{
	struct overload *overloads =
		host_alloc(engine->nr_cpus, sizeof *overloads);

	*nr = 0;
	for (uint32_t i = 0; overloads && i < engine->nr_cpus; i++) {
		const struct lateness *late = &engine->cpu[i].late;

		if (!has_fallen_behind(engine, late))
			continue;
		overloads[(*nr)++] = (struct overload){
			.cpu = (cpu_t)i,
			.late_calls = late->calls,
			.late_ns = late->ns,
			.latest_ns = late->most_ns,
		};
	}
	return overloads;
}
