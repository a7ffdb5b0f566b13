/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_STEP_STATE_H
#define KMEMSIM_RESULTS_STEP_STATE_H

/*
 * What a screen of `kmemsim step` is held against: the counts of a kernel's
 * state at one moment, so that what changed can be shown and told.
 */

#include "sim/kernel.h"

struct step_zone {
	uint32_t free[NR_MIGRATETYPES][MAX_ORDERS]; /* blocks */
	uint64_t free_pages;			    /* on the free lists */
};

/* Objects of a slab that are looked at, at most. */
#define STEP_OBJECTS_MAX 512

enum step_object { STEP_OBJECT_FREE, STEP_OBJECT_CPU, STEP_OBJECT_USED };

/* A slab's objects as they were. */
struct step_slab {
	pfn_t pfn; /* PFN_NONE: there was none */
	uint32_t nr;
	uint8_t object[STEP_OBJECTS_MAX]; /* enum step_object */
};

struct step_state {
	bool taken;
	bool has_fill;		/* in_use[] is filled */
	struct step_zone *zone; /* [nr_zones] */
	uint32_t *pcp;		/* blocks: step_pcp() */
	uint8_t *type;		/* [nr_parts_mapped]: of each pageblock */
	uint32_t *in_use;	/* the same: its pages not on free lists */
	uint64_t vm_event[NR_VM_EVENTS];
	const struct slab_cache *cache; /* of the call; NULL: none */
	struct step_slab slab; /* of a free its object's, else the CPU's */
	uint32_t nr_cpus;
	uint32_t nr_zones;
	size_t nr_types;
};

/* 0, or -1 with an error added. Release in any case. */
int step_state_init(struct step_state *state, const struct memory *memory,
		    struct errors *errors);
void step_state_release(struct step_state *state);

/*
 * Takes the kernel's state as it is. `call` says which cache is looked at;
 * NULL: none. `fill`: counts the pages in use of each pageblock, which takes a
 * walk over all page frames.
 */
void step_state_take(struct step_state *state, const struct kernel *kernel,
		     const struct call *call, bool fill);

/* Blocks on a list of a CPU. */
static inline uint32_t step_pcp(const struct step_state *state,
				const struct zone *zone, cpu_t cpu,
				unsigned int list)
{
	return state->pcp[((size_t)zone->index * state->nr_cpus + cpu) *
				  NR_PCP_LISTS +
			  list];
}

/* A pageblock's place in type[] and in_use[]. */
static inline size_t step_block(const struct memory *memory,
				const struct zone *zone, pfn_t pfn)
{
	return (size_t)((int64_t)(pfn >> memory->pageblock_order) +
			zone->block_bias);
}

/* --- slabs: step/slabs.c --- */

/* The cache that a call works on; NULL: none, or it is not there yet. */
const struct slab_cache *step_cache_of(const struct kernel *kernel,
				       const struct call *call);

/* The slab of the object that a free is about; 0: none. */
uint32_t step_slab_freed(const struct kernel *kernel, const struct call *call);

/* The slab that serves the CPU; 0: it has none. */
uint32_t step_cpu_slab(const struct slab_cache *cache, cpu_t cpu);

/* What each object of a slab is. `cpu`: whose own slab it may be. */
void step_slab_take(struct step_slab *taken, const struct slab_cache *cache,
		    uint32_t slab, cpu_t cpu);

#endif
