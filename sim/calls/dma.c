/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that allocate and free memory for devices.
 */

#include "models/contents.h"
#include "sim/base/bug.h"
#include "sim/calls/calls.h"

/*
 * A buffer as an allocation's handle:
 *
 *	bits 63-62   61-32             31-0
 *	source       pages asked for   first frame
 */
#define HANDLE_PAGES_SHIFT 32
#define HANDLE_SOURCE_SHIFT 62

static uint64_t handle_of(const struct dma_buffer *buffer)
{
	BUG_ON(buffer->pages >> (HANDLE_SOURCE_SHIFT - HANDLE_PAGES_SHIFT));
	return (uint64_t)buffer->source << HANDLE_SOURCE_SHIFT |
	       (uint64_t)buffer->pages << HANDLE_PAGES_SHIFT | buffer->pfn;
}

struct dma_buffer dma_buffer_of(uint64_t handle)
{
	uint64_t pages = handle >> HANDLE_PAGES_SHIFT;

	return (struct dma_buffer){
		.pfn = (pfn_t)handle,
		.pages = pages &
			 ((1u << (HANDLE_SOURCE_SHIFT - HANDLE_PAGES_SHIFT)) -
			  1),
		.source = (enum dma_source)(handle >> HANDLE_SOURCE_SHIFT),
	};
}

/* A pool may have fallen low with what was taken from it. */
static int leave_work(struct handling *handling)
{
	struct kernel *kernel = handling->kernel;
	struct work_item later = { WORK_ITEM_DMA_POOLS, handling->call->cpu,
				   0 };

	if (work_queue_add(&kernel->work, later) == 0)
		return 0;
	return error_host(kernel->errors, "no memory for deferred work");
}

/* What the device got is zero, whoever had it before. */
static int note_contents(const struct kernel *kernel,
			 const struct dma_buffer *buffer)
{
	unsigned int shift = kernel->machine->page_shift;

	if (!kernel->contents)
		return 0;
	return contents_clear(kernel->contents, (uint64_t)buffer->pfn << shift,
			      (uint64_t)buffer->pages << shift);
}

enum call_result handle_dma_alloc_coherent(struct handling *handling)
{
	struct kernel *kernel = handling->kernel;
	const struct call *call = handling->call;
	struct dma_request request = {
		.size = call->size,
		.gfp = call_gfp(call),
		.mask_bits = call->mask_bits ? call->mask_bits :
					       DMA_DEFAULT_MASK_BITS,
		.cpu = call->cpu,
		.node = call->node,
		.area = call->name ? names_text(kernel->names, call->name) :
				     NULL,
	};
	bool wanted_work = dma_wants_work(kernel->dma);
	struct suggestion near;
	struct dma_grant grant;

	if (request.area && !dma_has_area(kernel->dma, request.area))
		return refuse_call(
			handling, CALL_INVALID, NO_SUCH_AREA, request.area,
			suggest_area(&near, kernel->machine, request.area));
	grant = dma_alloc_coherent(kernel->dma, &request);
	if (grant.page.pfn != PFN_NONE &&
	    grant.buffer.source == DMA_FROM_POOL && !wanted_work &&
	    dma_wants_work(kernel->dma) && leave_work(handling) < 0)
		return CALL_HOST;
	report_pages(handling, &grant.page, dma_granted_pages(&grant.buffer));
	handling->outcome->requested = call->size;
	if (grant.page.pfn != PFN_NONE &&
	    note_contents(kernel, &grant.buffer) < 0)
		return CALL_HOST;
	return file_allocation(
		handling, ALLOCATION_DMA,
		grant.page.pfn == PFN_NONE ? 0 : handle_of(&grant.buffer));
}

enum call_result handle_dma_free_coherent(struct handling *handling)
{
	return free_allocation(handling);
}

enum call_result free_dma_buffer(struct handling *handling)
{
	struct kernel *kernel = handling->kernel;
	struct dma_buffer buffer = dma_buffer_of(handling->allocation->handle);

	handling->outcome->pfn = buffer.pfn;
	handling->outcome->zone = memory_zone_of(kernel->memory, buffer.pfn);
	dma_free_coherent(kernel->dma, handling->call->cpu, &buffer);
	allocations_remove(&kernel->allocations, handling->call);
	return CALL_DONE;
}

int work_dma_pools(struct kernel *kernel, const struct work_item *item)
{
	return dma_refill_pools(kernel->dma, item->cpu);
}
