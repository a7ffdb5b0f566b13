/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From what an id stands for to the frames behind it.
 *
 *	pages, folios, DMA buffers	one run of frames
 *	blocks that are freed in parts	a run for each page that is left
 *	vmalloc				a run for each extent
 *	objects, small elements		the frames of a slab that they lie on
 *
 * What calls take for the kernel's own use (page tables, slabs without a live
 * object, a mempool's reserve) has no id and is not here.
 */

#include "sim/ids/holdings.h"

#include "models/reclaim/folio.h"
#include "sim/calls/calls.h"

struct holding_walk {
	const struct kernel *kernel;
	holding_visitor *visit;
	void *argument;
	struct holding holding;
};

static void tell(struct holding_walk *walk, pfn_t pfn, uint64_t pages)
{
	walk->holding.pfn = pfn;
	walk->holding.pages = (uint32_t)pages;
	if (pages)
		walk->visit(walk->argument, &walk->holding);
}

/* Bytes at a physical address, in a slab or in pages of their own. */
static void tell_bytes(struct holding_walk *walk, uint64_t address,
		       uint64_t size)
{
	unsigned int shift = walk->kernel->machine->page_shift;
	pfn_t first = (pfn_t)(address >> shift);

	if (!size || address == ZERO_SIZE_OBJECT)
		return;
	walk->holding.cache = slab_cache_at(walk->kernel->caches, address);
	tell(walk, first, ((address + size - 1) >> shift) - first + 1);
}

static void tell_object(struct holding_walk *walk, uint64_t address)
{
	if (address != ZERO_SIZE_OBJECT)
		tell_bytes(walk, address, ksize(walk->kernel->caches, address));
}

static void tell_element(struct holding_walk *walk)
{
	const struct allocation *allocation = walk->holding.allocation;
	struct mempool_info info;

	mempool_info(walk->kernel->mempools, allocation->name, &info);
	tell_bytes(walk, allocation->handle, info.size);
}

static void tell_split(struct holding_walk *walk)
{
	const struct allocation *allocation = walk->holding.allocation;

	for (uint32_t page = 0; page < 1u << allocation->order; page++)
		if (!part_is_freed(walk->kernel, allocation, page))
			tell(walk, (pfn_t)allocation->handle + page, 1);
}

static void tell_area(struct holding_walk *walk)
{
	struct vmalloc_extent extent = { .pfn = 0 };

	while (vmalloc_next_extent(walk->kernel->vmalloc,
				   walk->holding.allocation->handle, &extent))
		tell(walk, extent.pfn, extent.pages);
}

static void tell_folio(struct holding_walk *walk)
{
	const struct folio *folio =
		folio_get(walk->kernel->memory,
			  (folio_t)walk->holding.allocation->handle);

	if (folio_is_cached(folio))
		tell(walk, folio->pfn, folio_pages(folio));
}

static void tell_buffer(struct holding_walk *walk)
{
	struct dma_buffer buffer =
		dma_buffer_of(walk->holding.allocation->handle);

	tell(walk, buffer.pfn, dma_granted_pages(&buffer));
}

static void tell_allocation(struct holding_walk *walk)
{
	const struct allocation *allocation = walk->holding.allocation;

	switch ((enum allocation_kind)allocation->kind) {
	case ALLOCATION_PAGES:
		tell(walk, (pfn_t)allocation->handle, 1u << allocation->order);
		break;
	case ALLOCATION_SPLIT:
		tell_split(walk);
		break;
	case ALLOCATION_OBJECT:
	case ALLOCATION_KMALLOC:
	case ALLOCATION_KVMALLOC:
		tell_object(walk, slab_address_of(walk->kernel->caches,
						  allocation->handle));
		break;
	case ALLOCATION_DROPPABLE:
		tell_object(walk, droppable_address(walk->kernel,
						    allocation->handle));
		break;
	case ALLOCATION_ELEMENT:
		tell_element(walk);
		break;
	case ALLOCATION_VMALLOC:
		tell_area(walk);
		break;
	case ALLOCATION_DMA:
		tell_buffer(walk);
		break;
	case ALLOCATION_FOLIO:
		tell_folio(walk);
		break;
	case ALLOCATION_NONE:
	case ALLOCATION_FAILED:
	case ALLOCATION_WAITING:
	case ALLOCATION_DROPPED:
	case NR_ALLOCATION_KINDS:
		break;
	}
}

void holdings_visit(const struct kernel *kernel, holding_visitor *visit,
		    void *argument)
{
	struct holding_walk walk = { kernel, visit, argument,
				     .holding = { .pfn = PFN_NONE } };
	struct allocation_cursor seen = { .named = false };

	while (allocations_next(&kernel->allocations, &seen)) {
		walk.holding = (struct holding){ .allocation = seen.allocation,
						 .id = seen.id,
						 .named = seen.named };
		tell_allocation(&walk);
	}
}
