/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_VMALLOC_VMAP_SPACE_H
#define KMEMSIM_MODELS_VMALLOC_VMAP_SPACE_H

/*
 * vmalloc's address space: which ranges are free, busy, or freed lazily and
 * waiting to be purged. Ranges are addresses, as in the kernel; what is free
 * includes all addresses around the space.
 *
 *	free --alloc--> busy --free--> lazy --purge--> free
 */

#include "models/slab/slab.h"
#include "models/vmalloc/vmap_tree.h"

/* Whoever calls: where the descriptors of ranges are to come from. */
struct vmap_caller {
	gfp_t gfp;
	node_t node;
	cpu_t cpu;
};

struct vmap_space {
	struct vmap_nodes nodes;
	struct vmap_tree free;
	struct vmap_tree busy;
	struct vmap_tree lazy; /* the kernel's purge list: neighbours joined */
	uint64_t base;	       /* VMALLOC_START */
	uint64_t size;	       /* bytes */
	uint64_t lazy_pages;   /* freed since the last purge, guards included */
	uint64_t lazy_max;     /* pages: beyond it the purge is scheduled */
	uint32_t page_shift;
	bool purge_scheduled;

	struct memory *memory;	    /* borrowed */
	struct errors *errors;	    /* borrowed */
	struct slab_caches *caches; /* borrowed; NULL: descriptors are not
				       simulated */
	struct slab_cache *cache;   /* the kernel's vmap_area_cachep */
	uint64_t *preload;	    /* [nr_cpus]: a descriptor kept at hand */
};

struct vmap_result {
	uint32_t range; /* in `busy`; VMAP_NODE_NONE: failed */
	enum alloc_reason reason;
	bool host_failed; /* an error was added; nothing was taken */
};

/*
 * Builds the space of a machine, with the ranges that are busy at the start.
 * All three pointers are borrowed. -1 with errors added: ranges that
 * overlap or leave the space, or a host without memory.
 */
int vmap_space_init(struct vmap_space *space, struct memory *memory,
		    struct slab_caches *caches, struct errors *errors);
void vmap_space_release(struct vmap_space *space);

/* Where a range begins, from VMALLOC_START on. */
static inline uint64_t vmap_space_offset(const struct vmap_space *space,
					 const struct vmap_node *range)
{
	return range->start - space->base;
}

/*
 * The lowest range of one of the space's trees that ends above an offset from
 * VMALLOC_START; NULL: none does.
 */
const struct vmap_node *vmap_space_range_above(const struct vmap_space *space,
					       const struct vmap_tree *tree,
					       uint64_t offset);

/*
 * Takes a free range of `size` bytes, a multiple of the page size, at an
 * address that is a multiple of `align`, a power of two: the lowest or, where
 * `align` is more than a page, the one that the kernel's search comes to
 * (vmap_tree.h). Where nothing fits, purges and tries again. May sleep for the
 * range's descriptor, before any range is looked at. Source:
 * alloc_vmap_area().
 */
struct vmap_result vmap_space_alloc(struct vmap_space *space, uint64_t size,
				    uint64_t align,
				    const struct vmap_caller *caller);

/*
 * Frees a busy range lazily: nobody gets it before the next purge, which this
 * schedules when enough has piled up. Source: free_vmap_area_noflush().
 */
void vmap_space_free(struct vmap_space *space, uint32_t range, cpu_t cpu);

/* Runs the purge where one is scheduled: drain_vmap_area_work(). */
void vmap_space_run_work(struct vmap_space *space, cpu_t cpu);

/*
 * Makes every lazily freed range free, when all CPUs have forgotten them: the
 * others are interrupted for that. Source: __purge_vmap_area_lazy().
 */
void vmap_space_purge(struct vmap_space *space, cpu_t cpu);

/*
 * Recounts: the three kinds of ranges tile all addresses without overlap, free
 * and lazy neighbours are joined, the lazy pages add up.
 */
bool vmap_space_validate(const struct vmap_space *space, char *why,
			 size_t size);

#endif
