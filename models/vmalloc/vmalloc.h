/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_VMALLOC_VMALLOC_H
#define KMEMSIM_MODELS_VMALLOC_VMALLOC_H

/*
 * vmalloc: memory whose addresses follow each other though its page frames
 * do not. An area is a range of address space (models/vmalloc/vmap_space.h),
 * single page frames (models/page/page_alloc.h), page tables that map one to
 * the other, and a few small objects that describe it (models/slab/slab.h).
 *
 * Areas are named by their offset from VMALLOC_START, in bytes.
 */

#include "models/slab/slab.h"

struct vmalloc;

/*
 * The cache of descriptors of ranges (the kernel's vmap_area_cachep): what it
 * is called, and the number that stands for it in slab_cache_find(). No run's
 * name has that number: names count up from 1.
 */
#define VMAP_AREA_CACHE_TEXT "vmap_area"
#define VMAP_AREA_CACHE_NAME UINT32_MAX

#define VMALLOC_NOWHERE UINT64_MAX /* no offset: the allocation failed */

/*
 * Builds the vmalloc of a machine, with the areas that its initial state says
 * are busy. `memory`, `caches` and `errors` are borrowed until
 * vmalloc_free(). Without `caches` (NULL) the descriptors of areas and the
 * small arrays of pages take no simulated memory. NULL with errors added
 * where the busy areas contradict each other or the host has no memory.
 */
struct vmalloc *vmalloc_new(struct memory *memory, struct slab_caches *caches,
			    struct errors *errors);
void vmalloc_free(struct vmalloc *vmalloc);

struct vmalloc_grant {
	uint64_t vaddr_offset;	  /* VMALLOC_NOWHERE: failed */
	uint64_t pages;		  /* frames mapped: size rounded up */
	uint32_t extents;	  /* runs of frames that follow each other */
	pfn_t pfn;		  /* the first of them; PFN_NONE: failed */
	const struct zone *zone;  /* of that one; NULL: failed */
	enum alloc_reason reason; /* REASON_ADDRESS_SPACE, or why no page */
	bool host_failed; /* the host has no memory: an error was added */
};

/*
 * Allocates `size` bytes, rounded up to pages, from `node` (NODE_ANY: the
 * CPU's own) under `gfp`: GFP_KERNEL for vmalloc(), with __GFP_ZERO for
 * vzalloc(). Adds to memory->work. REASON_TOO_BIG: more than the machine has.
 * REASON_BAD_FLAGS: no bytes at all, which the kernel refuses with a warning.
 * Sources: __vmalloc_node_range(), mm/vmalloc.c, Linux 6.1.
 */
struct vmalloc_grant vmalloc_alloc(struct vmalloc *vmalloc, uint64_t size,
				   gfp_t gfp, node_t node, cpu_t cpu);

/*
 * The same, but tries blocks of a whole page-middle-directory entry (2 MiB on
 * x86_64) first, where the machine maps those: vmalloc_huge(), and what
 * kvmalloc() falls back to.
 */
struct vmalloc_grant vmalloc_alloc_huge(struct vmalloc *vmalloc, uint64_t size,
					gfp_t gfp, node_t node, cpu_t cpu);

/*
 * Frees the area at an offset that vmalloc_alloc() gave, on a CPU that may
 * sleep: in an interrupt the kernel leaves it to a work item on the same CPU,
 * and the caller here calls this when that runs. false where no area begins
 * there: nothing was done, as in the kernel after its warning.
 * Source: vfree(), __vunmap().
 */
bool vmalloc_release(struct vmalloc *vmalloc, uint64_t vaddr_offset, cpu_t cpu);

/* What kvmalloc() would do. Source: kvmalloc_node(), mm/util.c. */
struct kvmalloc_plan {
	gfp_t kmalloc_gfp; /* kmalloc is tried first, with these flags */
	bool then_vmalloc; /* where it fails: vmalloc_alloc_huge(), `gfp` */
};
struct kvmalloc_plan kvmalloc_plan(const struct memory *memory, uint64_t size,
				   gfp_t gfp);

/* A line of /proc/vmallocinfo. */
struct vmalloc_info {
	uint64_t start; /* offsets; end is one past the guard page */
	uint64_t end;
	uint64_t pages; /* frames mapped; 0: not known */
	bool boot;	/* there since before the run began */
	bool vpages;	/* the array of its pages has an area of its own */
};

/*
 * The first area that ends above `offset`, in *info; false: there is none.
 * For all areas in ascending order begin with 0 and go on with info->end.
 */
bool vmalloc_next_area(const struct vmalloc *vmalloc, uint64_t offset,
		       struct vmalloc_info *info);

/*
 * The same for ranges that were freed lazily and wait for the next purge,
 * neighbours joined: what /proc/vmallocinfo calls unpurged.
 */
bool vmalloc_next_unpurged(const struct vmalloc *vmalloc, uint64_t offset,
			   struct vmalloc_info *info);

/* A run of an area's frames that follow each other, and the place behind it. */
struct vmalloc_extent {
	pfn_t pfn;
	uint32_t pages;
	uint32_t chunk; /* where the next one is; the caller sets all to 0 */
	uint32_t index;
};

/*
 * The area's next run of frames, in order of address: begin with an extent of
 * zeros and hand it in again for the next. false: there is no further one, or
 * no area begins at the offset.
 */
bool vmalloc_next_extent(const struct vmalloc *vmalloc, uint64_t vaddr_offset,
			 struct vmalloc_extent *extent);

/* The area's frames by node: the N0=… of /proc/vmallocinfo. */
void vmalloc_count_nodes(const struct vmalloc *vmalloc, uint64_t vaddr_offset,
			 uint64_t count[MAX_NODES]);

/* Page frames in all areas: VmallocUsed of /proc/meminfo. */
uint64_t vmalloc_nr_pages(const struct vmalloc *vmalloc);

/*
 * Recounts from first principles: the ranges tile the address space, each
 * live area has its range and its frames, no frame is in two areas, and the
 * page allocator holds each as allocated. Returns true, or false with the
 * first contradiction in `why`.
 */
bool vmalloc_validate(const struct vmalloc *vmalloc, char *why, size_t size);

#endif
