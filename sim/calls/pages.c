/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that allocate and free pages.
 *
 * A block may be freed in parts (the kernel splits it first, split_page()):
 * then it is kept as single pages with a note of which are gone. The workload
 * names a part by the page it starts at and its order.
 */

#include <stdlib.h>

#include "models/gfp.h"
#include "models/reclaim/reclaim.h"
#include "sim/base/host.h"
#include "sim/calls/calls.h"

/* A block that is being freed in parts. */
struct split_block {
	pfn_t pfn;
	uint32_t left;	       /* pages not freed yet */
	unsigned char freed[]; /* a bit per page */
};

static bool is_freed(const struct split_block *split, uint32_t page)
{
	return split->freed[page / 8] >> page % 8 & 1;
}

void report_pages(struct handling *handling, const struct page_grant *grant,
		  uint64_t pages)
{
	const struct kernel *kernel = handling->kernel;
	struct outcome *outcome = handling->outcome;
	unsigned int shift = kernel->machine->page_shift;

	outcome->requested = pages_bytes(pages, shift);
	outcome->path = grant->path;
	outcome->reason = grant->reason;
	outcome->pfn = grant->pfn;
	outcome->zone = grant->zone;
	outcome->status = grant->pfn == PFN_NONE ? OUTCOME_FAILED : OUTCOME_OK;
	if (grant->pfn == PFN_NONE)
		return;
	outcome->granted = pages << shift;
	outcome->extents = 1;
	outcome->vaddr = linear_address(kernel, grant->zone,
					(uint64_t)grant->pfn << shift);
}

/* The block is the id's from here on, whatever came of it. */
static enum call_result file_block(struct handling *handling,
				   const struct page_grant *grant,
				   order_t order, gfp_t gfp)
{
	enum call_result result;

	report_pages(handling, grant, 1ull << order);
	if (handling->call->pages & CALL_LRU && grant->pfn != PFN_NONE)
		result = file_folio(handling, grant->pfn, order, gfp);
	else
		result = file_allocation(
			handling, ALLOCATION_PAGES,
			grant->pfn == PFN_NONE ? 1ull << order : grant->pfn);
	if (handling->allocation)
		handling->allocation->order = order;
	return result;
}

/* A block in use since before the run: whose it is was not known so far. */
static enum call_result take_over(struct handling *handling, order_t order,
				  gfp_t gfp)
{
	struct memory *memory = handling->kernel->memory;
	pfn_t pfn = handling->call->pfn;
	struct page_grant grant = { .pfn = pfn };
	enum call_result result;

	if (!page_is_boot(memory, pfn, order)) {
		handling->outcome->status = OUTCOME_SKIPPED;
		handling->outcome->skipped = SKIP_NOT_IN_USE;
		handling->outcome->pfn = pfn;
		return file_allocation(handling, ALLOCATION_FAILED,
				       1ull << order);
	}
	grant.zone = memory_zone_of(memory, pfn);
	page_adopt_boot(memory, pfn, order, gfp);
	result = file_block(handling, &grant, order, gfp);
	/* The caller was given nothing that it did not have. */
	handling->outcome->requested = handling->outcome->granted = 0;
	handling->outcome->extents = 0;
	return result;
}

static enum call_result alloc_block(struct handling *handling, gfp_t gfp)
{
	const struct call *call = handling->call;
	order_t order =
		call->has & CALL_HAS_ORDER ?
			call->order :
			get_order(call->size,
				  handling->kernel->machine->page_shift);
	struct page_request request = { gfp, order, call->cpu, call->node };
	struct page_grant grant;

	if (call->has & CALL_HAS_PFN)
		return take_over(handling, order, gfp);
	grant = page_alloc(handling->kernel->memory, &request);
	return file_block(handling, &grant, order, gfp);
}

enum call_result handle_alloc_pages(struct handling *handling)
{
	return alloc_block(handling, call_gfp(handling->call));
}

/* The caller wants an address, which HighMem pages have not. */
enum call_result handle_get_free_pages(struct handling *handling)
{
	return alloc_block(handling, call_gfp(handling->call) & ~__GFP_HIGHMEM);
}

enum call_result handle_get_zeroed_page(struct handling *handling)
{
	gfp_t gfp = call_gfp(handling->call) & ~__GFP_HIGHMEM;

	return alloc_block(handling, gfp | __GFP_ZERO);
}

/* A frame that the workload never allocated: in use since before the run. */
static enum call_result free_by_frame(struct handling *handling)
{
	struct memory *memory = handling->kernel->memory;
	const struct call *call = handling->call;
	struct outcome *outcome = handling->outcome;

	if (!page_is_boot(memory, call->pfn, call->order)) {
		outcome->status = OUTCOME_SKIPPED;
		outcome->skipped = SKIP_NOT_IN_USE;
		outcome->pfn = call->pfn;
		return CALL_DONE;
	}
	outcome->pfn = call->pfn;
	outcome->zone = memory_zone_of(memory, call->pfn);
	page_free_boot(memory, call->cpu, call->pfn, call->order);
	return CALL_DONE;
}

enum call_result handle_free_pages(struct handling *handling)
{
	if (handling->call->has & CALL_HAS_PFN)
		return free_by_frame(handling);
	return free_allocation(handling);
}

enum call_result free_pages_allocation(struct handling *handling)
{
	struct kernel *kernel = handling->kernel;
	const struct allocation *allocation = handling->allocation;
	enum call_result result;
	bool mapped;

	if (waits_for_kmap(handling, allocation->handle, allocation->order,
			   &result))
		return result;
	mapped = block_is_mapped(kernel, allocation->handle, allocation->order);
	handling->outcome->pfn = allocation->handle;
	handling->outcome->zone =
		memory_zone_of(kernel->memory, allocation->handle);
	page_free(kernel->memory, handling->call->cpu, allocation->handle,
		  allocation->order);
	allocations_remove(&kernel->allocations, handling->call);
	return mapped ? freed_while_mapped(handling) : CALL_DONE;
}

/* A place for one more, and for its number once it is free; false: no memory */
static bool splits_reserve(struct splits *splits)
{
	struct split_block **block = host_grow(splits->block, &splits->capacity,
					       splits->nr + 1, sizeof *block);
	uint32_t *free;

	if (!block)
		return false;
	splits->block = block;
	free = host_grow(splits->free, &splits->free_capacity, splits->nr + 1,
			 sizeof *free);
	if (!free)
		return false;
	splits->free = free;
	return true;
}

static uint32_t splits_take_place(struct splits *splits)
{
	return splits->nr_free ? splits->free[--splits->nr_free] : splits->nr++;
}

/* The block's pages become single ones, none of them freed yet. */
static struct split_block *split(struct handling *handling)
{
	struct kernel *kernel = handling->kernel;
	struct allocation *allocation = handling->allocation;
	uint32_t pages = 1u << allocation->order;
	struct split_block *block =
		host_alloc(1, sizeof *block + (pages + 7) / 8);

	if (!block || !splits_reserve(&kernel->splits)) {
		free(block);
		return NULL;
	}
	block->pfn = allocation->handle;
	block->left = pages;
	allocation->name = splits_take_place(&kernel->splits);
	kernel->splits.block[allocation->name] = block;
	page_split(kernel->memory, block->pfn, allocation->order);
	allocation->kind = ALLOCATION_SPLIT;
	return block;
}

bool part_is_freed(const struct kernel *kernel,
		   const struct allocation *allocation, uint32_t page)
{
	return allocation->kind == ALLOCATION_SPLIT &&
	       is_freed(kernel->splits.block[allocation->name], page);
}

static void forget_split(struct handling *handling)
{
	struct splits *splits = &handling->kernel->splits;
	uint32_t place = handling->allocation->name;

	free(splits->block[place]);
	splits->block[place] = NULL;
	splits->free[splits->nr_free++] = place;
	allocations_remove(&handling->kernel->allocations, handling->call);
}

static bool part_is_live(const struct handling *handling,
			 const struct split_block *block)
{
	const struct call *call = handling->call;
	uint64_t end = call->page + (1ull << call->order);

	if (end > 1u << handling->allocation->order ||
	    call->page & ((1u << call->order) - 1))
		return false;
	for (uint32_t page = call->page; page < end; page++)
		if (block && is_freed(block, page))
			return false;
	return true;
}

enum call_result free_part(struct handling *handling)
{
	struct kernel *kernel = handling->kernel;
	const struct call *call = handling->call;
	struct allocation *allocation = handling->allocation;
	struct split_block *block = NULL;
	enum call_result result;
	bool mapped;
	char id[ID_TEXT_MAX];

	if (allocation->kind == ALLOCATION_SPLIT)
		block = kernel->splits.block[allocation->name];
	if (!part_is_live(handling, block))
		return refuse_call(handling, CALL_BAD_FREE, NO_LIVE_PART,
				   call->page, call->order,
				   id_text(handling, id));
	if (!block)
		block = split(handling);
	if (!block) {
		error_host(kernel->errors, "no memory for a split block");
		return CALL_HOST;
	}
	handling->outcome->pfn = block->pfn + call->page;
	handling->outcome->zone =
		memory_zone_of(kernel->memory, handling->outcome->pfn);
	if (waits_for_kmap(handling, handling->outcome->pfn, call->order,
			   &result))
		return result;
	mapped = block_is_mapped(kernel, handling->outcome->pfn, call->order);
	page_free_part(kernel->memory, call->cpu, handling->outcome->pfn,
		       call->order);
	for (uint32_t i = 0; i < 1u << call->order; i++)
		block->freed[(call->page + i) / 8] |= 1 << (call->page + i) % 8;
	block->left -= 1u << call->order;
	if (!block->left)
		forget_split(handling);
	return mapped ? freed_while_mapped(handling) : CALL_DONE;
}

void splits_release(struct splits *splits)
{
	for (uint32_t i = 0; i < splits->nr; i++)
		free(splits->block[i]);
	free(splits->block);
	free(splits->free);
}

enum call_result handle_drain_all_pages(struct handling *handling)
{
	struct memory *memory = handling->kernel->memory;
	const struct call *call = handling->call;
	struct zone *zone;

	if (!(call->has & CALL_HAS_PFN)) {
		page_drain_all(memory, call->cpu);
		return CALL_DONE;
	}
	zone = memory_zone_of(memory, call->pfn);
	if (zone)
		page_drain_zone(memory, zone, call->cpu);
	return CALL_DONE;
}

/* The call's node, or its CPU's own. */
static uint32_t node_of_kswapd(const struct handling *handling)
{
	const struct memory *memory = handling->kernel->memory;
	const struct call *call = handling->call;
	node_t node = call->node == NODE_ANY ? memory->cpu_node[call->cpu] :
					       call->node;

	return (uint32_t)memory->node_index[node];
}

enum call_result handle_kswapd_begin(struct handling *handling)
{
	reclaim_begin_recorded(handling->kernel->memory,
			       node_of_kswapd(handling));
	return CALL_DONE;
}

enum call_result handle_kswapd_end(struct handling *handling)
{
	reclaim_end_recorded(handling->kernel->memory,
			     node_of_kswapd(handling));
	return CALL_DONE;
}
