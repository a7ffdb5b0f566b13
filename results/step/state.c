/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The counts of one moment. They are small, a few kilobytes on most machines,
 * so that they can be taken with each step:
 *
 *	call begins --take--> before \
 *	                              > what this call did to the lists
 *	call's effect --take--> now  /
 *	                              \ what changed since the step before:
 *	the step before --> last      / with the kernel's own tasks in between
 *
 * Only the pages in use of each pageblock need a walk over memory: they are
 * counted where somebody is going to look.
 */

#include "results/step/state.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/host.h"

int step_state_init(struct step_state *state, const struct memory *memory,
		    struct errors *errors)
{
	size_t lists =
		(size_t)memory->nr_zones * memory->nr_cpus * NR_PCP_LISTS;

	*state = (struct step_state){
		.nr_cpus = memory->nr_cpus,
		.nr_zones = memory->nr_zones,
		.nr_types = memory->nr_parts_mapped,
		.slab.pfn = PFN_NONE,
	};
	state->zone = host_alloc(memory->nr_zones, sizeof *state->zone);
	state->pcp = host_alloc(lists, sizeof *state->pcp);
	state->type = host_alloc(state->nr_types, sizeof *state->type);
	state->in_use = host_alloc(state->nr_types, sizeof *state->in_use);
	if (state->zone && state->pcp && state->type && state->in_use)
		return 0;
	return error_host(errors, "no memory for a step's state");
}

void step_state_release(struct step_state *state)
{
	free(state->zone);
	free(state->pcp);
	free(state->type);
	free(state->in_use);
	*state = (struct step_state){ .taken = false };
}

static void take_zone(struct step_state *state, const struct zone *zone)
{
	struct step_zone *taken = &state->zone[zone->index];
	uint32_t *pcp = &state->pcp[(size_t)zone->index * state->nr_cpus *
				    NR_PCP_LISTS];

	for (int type = 0; type < NR_MIGRATETYPES; type++)
		memcpy(taken->free[type], zone->area[type].nr_free,
		       sizeof taken->free[type]);
	taken->free_pages = zone_free_pages(zone);
	for (uint32_t cpu = 0; cpu < state->nr_cpus; cpu++)
		for (unsigned int list = 0; list < NR_PCP_LISTS; list++)
			*pcp++ = zone->pcp[cpu].list[list].count;
}

/* A free block may be larger than a pageblock. */
static void note_free(struct step_state *state, const struct memory *memory,
		      const struct zone *zone, pfn_t pfn, uint32_t pages)
{
	uint32_t block = 1u << memory->pageblock_order;

	while (pages) {
		uint32_t part = block - pfn % block;

		if (part > pages)
			part = pages;
		state->in_use[step_block(memory, zone, pfn)] -= part;
		pfn += part;
		pages -= part;
	}
}

static void take_fill(struct step_state *state, const struct memory *memory,
		      const struct zone *zone)
{
	uint32_t block = 1u << memory->pageblock_order;
	pfn_t pfn, next;

	for (pfn = zone->start_pfn; pfn < zone->end_pfn; pfn = next) {
		next = (pfn & ~(block - 1)) + block;
		if (next > zone->end_pfn)
			next = zone->end_pfn;
		state->in_use[step_block(memory, zone, pfn)] = next - pfn;
	}
	for (pfn = zone->start_pfn; pfn < zone->end_pfn; pfn = next) {
		uint8_t page = memory->state[pfn];

		next = pfn + 1;
		if (page_state_is_free(page) || page_state_is_allocated(page))
			next = pfn + (1u << page_state_order(page));
		if (page_state_is_free(page))
			note_free(state, memory, zone, pfn, next - pfn);
	}
}

void step_state_take(struct step_state *state, const struct kernel *kernel,
		     const struct call *call, bool fill)
{
	const struct memory *memory = kernel->memory;
	uint32_t slab;

	state->taken = true;
	state->has_fill = fill;
	for (uint32_t i = 0; i < memory->nr_zones; i++) {
		take_zone(state, &memory->zone[i]);
		if (fill && memory->zone[i].present_pages)
			take_fill(state, memory, &memory->zone[i]);
	}
	memcpy(state->type, memory->pageblock_type, state->nr_types);
	memcpy(state->vm_event, memory->vm_event, sizeof state->vm_event);
	state->cache = call ? step_cache_of(kernel, call) : NULL;
	state->slab.pfn = PFN_NONE;
	if (!state->cache || call->cpu >= state->nr_cpus)
		return;
	slab = step_slab_freed(kernel, call);
	if (!slab)
		slab = step_cpu_slab(state->cache, call->cpu);
	step_slab_take(&state->slab, state->cache, slab, call->cpu);
}
