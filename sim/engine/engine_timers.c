/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a kernel does by the clock, whoever calls: delayed work of each CPU.
 *
 *	0 s        1 s        2 s        3 s
 *	           reap                  reap …    SLAB only
 *	           fold       fold       fold …
 *	   | | | | | …    ticks, while slabs wait for a grace period
 *
 * Rules:
 * - Where the slab allocator wants to be reaped, each CPU does it every two
 *   seconds, first a second after the start and 12 ms more for each CPU
 *   before it, as the kernel spreads them: by three ticks of 4 ms
 *   (start_cpu_timer(), mm/slab.c, Linux 6.1).
 * - Every second each CPU that is idle then adds its shares to the zones'
 *   counters of free pages, so that those lag no more (vmstat_update(),
 *   mm/vmstat.c). One that is busy does so another time. That goes on until
 *   the last call has ended, but keeps no run from its end: nobody waits for
 *   it.
 * - While pages wait for a grace period, each tick of 4 ms counts (rules:
 *   models/slab/slab_grace.c). What still waits at the end of a run stays so:
 *   nobody waits for it.
 *
 * Left out: that a CPU that is busy then does so at its next tick.
 */

#include "sim/engine/engine_internal.h"

#include "models/page/watermark.h"
#include "sim/engine/engine_cpu.h"

/* When CPU 0 reaps first, how much later the next one, and how often. */
#define REAP_FIRST_NS 1000000000ull
#define REAP_SPREAD_NS 12000000ull
#define REAP_EVERY_NS 2000000000ull
/* sysctl_stat_interval */
#define FOLD_EVERY_NS 1000000000ull

enum engine_result engine_reap(struct engine *engine, uint32_t cpu)
{
	uint64_t round = engine->now_ns / REAP_EVERY_NS + 1;

	if (engine->over)
		return ENGINE_DONE;
	slab_caches_reap(engine->kernel->caches, (cpu_t)cpu, round);
	return engine_schedule(engine, engine->now_ns + REAP_EVERY_NS,
			       EVENT_REAP, cpu);
}

static enum engine_result schedule_reaping(struct engine *engine)
{
	const struct machine_desc *machine = engine->kernel->machine;
	enum engine_result result = ENGINE_DONE;

	if (!slab_caches_need_reaping(engine->kernel->caches))
		return result;
	for (size_t n = 0; n < machine->nr_nodes; n++) {
		const struct node_desc *node = &machine->nodes[n];

		for (size_t i = 0; i < node->nr_cpus; i++) {
			uint64_t later = node->cpus[i] * REAP_SPREAD_NS;

			if (result == ENGINE_DONE)
				result = engine_schedule(engine,
							 REAP_FIRST_NS + later,
							 EVENT_REAP,
							 node->cpus[i]);
		}
	}
	return result;
}

enum engine_result engine_fold(struct engine *engine, uint32_t argument)
{
	(void)argument;
	engine->folds = !engine->over;
	if (engine->over)
		return ENGINE_DONE;
	for (uint32_t cpu = 0; cpu < engine->nr_cpus; cpu++)
		if (engine_cpu_is_idle(engine, &engine->cpu[cpu]))
			watermark_fold_counters(engine->kernel->memory,
						(cpu_t)cpu);
	return engine_schedule(engine, engine->now_ns + FOLD_EVERY_NS,
			       EVENT_FOLD, 0);
}

static enum engine_result schedule_tick(struct engine *engine)
{
	uint64_t next = engine->now_ns / TICK_NS + 1;

	engine->ticks = true;
	return engine_schedule(engine, next * TICK_NS, EVENT_TICK, 0);
}

bool engine_call_rcu(struct memory *memory, void *argument)
{
	struct engine *engine = argument;

	(void)memory;
	if (!engine->ticks)
		engine_note(engine, schedule_tick(engine));
	return true;
}

enum engine_result engine_tick(struct engine *engine, uint32_t argument)
{
	struct slab_caches *caches = engine->kernel->caches;

	(void)argument;
	engine->ticks = false;
	if (engine->over)
		return ENGINE_DONE;
	slab_caches_tick(caches);
	return slab_caches_await_grace(caches) ? schedule_tick(engine) :
						 ENGINE_DONE;
}

enum engine_result engine_start_timers(struct engine *engine)
{
	enum engine_result result = schedule_reaping(engine);

	engine->folds = true;
	return result == ENGINE_DONE ?
		       engine_schedule(engine, FOLD_EVERY_NS, EVENT_FOLD, 0) :
		       result;
}
