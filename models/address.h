/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_ADDRESS_H
#define KMEMSIM_MODELS_ADDRESS_H

/*
 * Physical addresses and the kernel's virtual ones, in bytes. Which of them a
 * page has depends on its zone:
 *
 *	physical  0        high memory begins
 *	          |--------|------------------>
 *	          | +page_offset
 *	          v        v
 *	virtual   |--------|  vmalloc  kmap
 *	          linear map
 *
 * A page of HighMem has no address but what models/kmap.h lends it.
 */

#include "models/memory.h"

/*
 * Is the zone's memory beyond the linear map? HighMem is, and so is Movable
 * on a kernel with HighMem, whose highest memory it is made of.
 * Source: is_highmem(), include/linux/mmzone.h.
 */
static inline bool zone_is_highmem(const struct memory *memory,
				   const struct zone *zone)
{
	return memory->zone_types & 1u << ZONE_HIGHMEM &&
	       (zone->type == ZONE_HIGHMEM || zone->type == ZONE_MOVABLE);
}

/* The linear map's address of a physical one: __va(), phys_to_virt(). */
static inline uint64_t phys_to_virt(const struct memory *memory,
				    uint64_t physical)
{
	return memory->desc->page_offset + physical;
}

/* The linear map's address of a frame, as if it were in it. */
uint64_t pfn_to_kaddr(const struct memory *memory, pfn_t pfn);

/*
 * The address that a page always has; 0: none, it is in HighMem or no memory.
 * Source: lowmem_page_address(), include/linux/mm.h.
 */
uint64_t page_address(const struct memory *memory, pfn_t pfn);

#endif
