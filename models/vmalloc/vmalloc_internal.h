/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_VMALLOC_VMALLOC_INTERNAL_H
#define KMEMSIM_MODELS_VMALLOC_VMALLOC_INTERNAL_H

/*
 * What the files of vmalloc share.
 *
 *	vmalloc.c	  areas: their range, their pages, their freeing
 *	vmalloc_report.c  vmallocinfo, validate
 *	vmalloc_tables.c  page tables
 *	vmap_space.c	  the address space, lazy freeing, purging
 *	vmap_tree.c	  ranges in order
 *	frame_list.c	  an area's page frames
 */

#include "models/page/frame_list.h"
#include "models/vmalloc/vmalloc.h"
#include "models/vmalloc/vmalloc_tables.h"
#include "models/vmalloc/vmap_space.h"

#define AREA_NONE 0u /* the number of no area */

/* The kernel's struct vm_struct. */
struct vm_area {
	struct frame_list frames;
	uint32_t range;	     /* busy; VMAP_NODE_NONE: an unused entry */
	uint32_t array_area; /* holds the array; or the next unused entry */
	uint32_t entries;    /* page-table entries written */
	uint64_t descriptor; /* kmalloc objects, or OBJECT_NONE */
	uint64_t array;
};

struct vmalloc {
	struct memory *memory;
	struct slab_caches *caches;
	struct errors *errors;
	struct vmap_space space;
	struct vmalloc_tables tables;
	struct frame_pool frames;
	struct vm_area *area; /* entry 0 stands for "none" */
	size_t capacity;
	uint32_t nr; /* ever used, entry 0 included */
	uint32_t unused;
	uint64_t nr_pages;
};

/* Where an area begins, from VMALLOC_START on. */
static inline uint64_t vmalloc_area_offset(const struct vmalloc *vmalloc,
					   uint32_t id)
{
	const struct vmap_space *space = &vmalloc->space;

	return vmap_space_offset(space, vmap_node(&space->busy,
						  vmalloc->area[id].range));
}

/* The area that begins at an offset, or AREA_NONE. */
uint32_t vmalloc_find(const struct vmalloc *vmalloc, uint64_t offset);

#endif
