/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_TESTS_LISTENER_H
#define KMEMSIM_TESTS_LISTENER_H

/*
 * A sink that makes one number of all that a run tells, in the order in which
 * it is told: two runs that tell the same come to the same number.
 */

#include "sim/base/scatter.h"
#include "sim/sink.h"

struct listener {
	struct sink sink;
	volatile int interrupted; /* the engine is to stop */
	uint64_t interrupts_at;	  /* when so many were told; 0: never */
	uint64_t nr_operations;
	uint64_t sum;
	uint64_t nr;
};

static inline void hear(struct sink *sink, uint64_t value)
{
	struct listener *listener = (struct listener *)sink;

	listener->sum = (listener->sum ^ value) * GOLDEN_RATIO;
	listener->sum ^= listener->sum >> 29;
	listener->nr++;
}

static inline int hear_operation(struct sink *sink, const struct call *call,
				 const struct outcome *outcome,
				 struct errors *errors)
{
	struct listener *listener = (struct listener *)sink;

	(void)errors;
	if (++listener->nr_operations == listener->interrupts_at)
		listener->interrupted = 1;
	hear(sink, call->line);
	hear(sink, outcome->seq);
	hear(sink, outcome->latency_ns);
	hear(sink, outcome->cost_ns);
	hear(sink, outcome->cpu_wait_ns);
	hear(sink, outcome->lock_wait_ns);
	hear(sink, outcome->sleep_ns);
	hear(sink, outcome->vaddr);
	hear(sink, outcome->pfn);
	hear(sink, outcome->requested);
	hear(sink, outcome->granted);
	hear(sink, outcome->extents);
	hear(sink, outcome->zone ? outcome->zone->index : UINT64_MAX);
	hear(sink, outcome->status | outcome->path << 8 |
			   outcome->reason << 16 | outcome->skipped << 24);
	for (int kind = 0; outcome->work && kind < NR_WORK_KINDS; kind++)
		hear(sink, outcome->work->count[kind]);
	return 0;
}

static inline void hear_memory(struct sink *sink, const struct memory *memory)
{
	for (pfn_t pfn = 0; pfn < memory->max_pfn; pfn += 61) /* some */
		hear(sink, memory->state[pfn]);
	for (int event = 0; event < NR_VM_EVENTS; event++)
		hear(sink, memory->vm_event[event]);
	for (uint32_t i = 0; i < memory->nr_zones; i++) {
		const struct zone *zone = &memory->zone[i];

		for (int event = 0; event < NR_NUMA_EVENTS; event++)
			hear(sink, zone->numa_event[event]);
		for (uint32_t cpu = 0; cpu < memory->nr_cpus; cpu++) {
			hear(sink, (uint64_t)zone->pcp[cpu].count);
			hear(sink, (uint64_t)zone->pcp[cpu].free_factor);
		}
		hear(sink, zone_free_pages(zone));
		hear(sink, zone_counted_free_pages(zone));
	}
}

static inline void hear_caches(struct sink *sink,
			       const struct slab_caches *caches)
{
	struct slab_info info;

	for (size_t i = 0; i < slab_caches_count(caches); i++) {
		slab_caches_info(caches, i, &info);
		hear(sink, info.active_objs);
		hear(sink, info.num_objs);
		hear(sink, info.live_objs);
		hear(sink, info.active_slabs);
		hear(sink, info.num_pages);
	}
}

static inline int hear_sample(struct sink *sink, uint64_t t_ns,
			      const char *label, const struct kernel *kernel,
			      struct errors *errors)
{
	(void)label;
	(void)errors;
	hear(sink, t_ns);
	hear_memory(sink, kernel->memory);
	hear_caches(sink, kernel->caches);
	return 0;
}

static inline int hear_violation(struct sink *sink,
				 const struct violation *violation,
				 struct errors *errors)
{
	(void)errors;
	hear(sink, violation->seq);
	hear(sink, violation->t_ns);
	hear(sink, violation->line);
	return 0;
}

static inline int hear_timeline(struct sink *sink,
				const struct timeline_event *event,
				struct errors *errors)
{
	(void)errors;
	hear(sink, event->t_ns);
	hear(sink, event->kind);
	hear(sink, event->cpu);
	hear(sink, event->who.number);
	hear(sink, event->other.number);
	hear(sink, event->ns);
	return 0;
}

static const struct sink_ops listener_ops = {
	.name = "listener",
	.operation = hear_operation,
	.sample = hear_sample,
	.violation = hear_violation,
	.reads_work = true,
};

static const struct sink_ops timeline_listener_ops = {
	.name = "listener",
	.operation = hear_operation,
	.sample = hear_sample,
	.violation = hear_violation,
	.timeline = hear_timeline,
};

#endif
