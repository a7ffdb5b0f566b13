/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmalloc() and vfree(): areas, and the pages in them.
 *
 * Rules, from mm/vmalloc.c of Linux 6.1:
 *
 * - An area is its size rounded up to pages and one guard page behind, at any
 *   page's address: __get_vm_area_node(). Which address:
 *   models/vmalloc/vmap_space.c.
 * - In this order an allocation takes: the vm_struct (kmalloc), the vmap_area
 *   (its own cache), the address range, the array of page pointers, the
 *   pages, the page tables. A failure on the way gives all back through the
 *   same door as vfree(), so the range is freed lazily.
 * - The array of page pointers is a kmalloc object up to one page, above that
 *   an area of its own, allocated right after the range it belongs to:
 *   __vmalloc_area_node().
 * - Pages come in bulk, at most 100 a time; once a bulk comes up short, the
 *   rest come one by one, but not for a task that was killed:
 *   vm_area_alloc_pages(). The request adds __GFP_NOWARN, and __GFP_HIGHMEM
 *   unless it asks for a DMA zone.
 * - vmalloc() maps single pages. kvmalloc() and vmalloc_huge() try blocks of
 *   2 MiB (on x86_64) first, when the size on each node comes to that; the
 *   blocks are split into single pages. Where anything fails they start over
 *   with single pages: __vmalloc_node_range().
 * - An allocation may sleep wherever it takes memory, and others make and free
 *   areas meanwhile. Its range is busy from the moment that it has one, and
 *   its pages are its own as they come; so what is half built is consistent,
 *   but an area has to be looked up by its number after each step.
 * - vfree() clears the mapping, frees the range lazily, then the pages one by
 *   one in the order they came, the array and the vm_struct: __vunmap().
 * - The purge that a vfree() schedules runs on the same CPU at the next
 *   cond_resched(), and that comes after the first page is freed, before the
 *   second. Where none had been had, it comes before the array's own area goes
 *   (might_sleep() in vfree()), or before an area of single pages is tried
 *   instead (might_alloc()). Recordings bear this out: the vfree() that crosses
 *   the limit takes the purge's time itself, and the next vmalloc() finds the
 *   ranges free.
 *
 * - Only an area larger than memory, and one that could not be had, are
 *   reported: the rest is asked for with __GFP_NOWARN
 *   (__vmalloc_node_range(), __vmalloc_area_node()).
 *
 * Left out: under __GFP_NOFAIL the kernel tries again for ever, here the
 * failure is told; ioremap(), vmap(), vm_map_ram() and modules' areas (they can
 * be busy at the start); accounting to memory cgroups; KASAN;
 * vfree() in interrupts is for the caller to put off.
 */

#include "models/vmalloc/vmalloc_internal.h"

#include <inttypes.h>
#include <stdlib.h>

#include "models/gfp.h"
#include "models/report.h"
#include "sim/base/host.h"
#include "sim/base/numbers.h"

#define BULK_MAX 100u /* vm_area_alloc_pages() */

struct vmalloc_request {
	uint64_t size;
	gfp_t gfp;
	node_t node;
	cpu_t cpu;
	bool huge;
};

static void add_boot_tables(struct vmalloc *v)
{
	const struct initial_state_desc *initial = &v->memory->desc->initial;
	size_t i;

	for (i = 0; i < initial->nr_vmap_areas; i++)
		vmalloc_tables_add_boot(&v->tables,
					initial->vmap_areas[i].start,
					initial->vmap_areas[i].end);
}

struct vmalloc *vmalloc_new(struct memory *memory, struct slab_caches *caches,
			    struct errors *errors)
{
	struct vmalloc *v = host_alloc(1, sizeof(*v));

	if (!v) {
		error_host(errors, "no memory for vmalloc");
		return NULL;
	}
	v->memory = memory;
	v->caches = caches;
	v->errors = errors;
	v->nr = 1;
	frame_pool_init(&v->frames);
	if (vmap_space_init(&v->space, memory, caches, errors)) {
		free(v);
		return NULL;
	}
	if (vmalloc_tables_init(&v->tables, memory, errors)) {
		vmap_space_release(&v->space);
		free(v);
		return NULL;
	}
	add_boot_tables(v);
	return v;
}

void vmalloc_free(struct vmalloc *v)
{
	if (!v)
		return;
	vmap_space_release(&v->space);
	vmalloc_tables_release(&v->tables);
	frame_pool_release(&v->frames);
	free(v->area);
	free(v);
}

static uint64_t page_size(const struct vmalloc *v)
{
	return (uint64_t)1 << v->memory->page_shift;
}

static bool out_of_host(struct vmalloc *v, struct vmalloc_grant *grant)
{
	error_host(v->errors, "no memory for vmalloc's areas");
	grant->host_failed = true;
	return false;
}

/* kmalloc for ourselves. false, with *grant told, where it fails. */
static bool take_object(struct vmalloc *v, const struct vmalloc_request *req,
			uint64_t size, uint64_t *object,
			struct vmalloc_grant *grant)
{
	struct object_request request = {
		.gfp = (req->gfp & GFP_RECLAIM_MASK) | __GFP_ZERO,
		.cpu = req->cpu,
		.node = req->node,
	};
	struct object_grant got;

	*object = OBJECT_NONE;
	if (!v->caches)
		return true;
	got = kmalloc(v->caches, size, &request);
	*object = got.address;
	if (got.address != OBJECT_NONE)
		return true;
	grant->reason = got.reason;
	grant->host_failed = got.host_failed;
	return false;
}

static void drop_object(struct vmalloc *v, uint64_t object, cpu_t cpu)
{
	if (object != OBJECT_NONE)
		kfree(v->caches, object, cpu);
}

static uint32_t take_entry(struct vmalloc *v)
{
	struct vm_area *grown;
	uint32_t id = v->unused;

	if (id != AREA_NONE) {
		v->unused = v->area[id].array_area;
	} else {
		grown = host_grow(v->area, &v->capacity, v->nr + (size_t)1,
				  sizeof(*grown));
		if (!grown)
			return AREA_NONE;
		v->area = grown;
		id = v->nr++;
	}
	v->area[id] = (struct vm_area){
		.descriptor = OBJECT_NONE,
		.array = OBJECT_NONE,
	};
	return id;
}

static void drop_entry(struct vmalloc *v, uint32_t id)
{
	v->area[id] = (struct vm_area){ .array_area = v->unused };
	v->unused = id;
}

/*
 * vm_struct is eight words on 64 bits. On 32 bits its physical address may
 * take two, and there is no order of pages: nine.
 */
static uint64_t descriptor_size(const struct vmalloc *v)
{
	return v->memory->desc->address_bits == 64 ? 64 : 36;
}

/* The area without pages. Source: __get_vm_area_node(). */
static bool get_range(struct vmalloc *v, const struct vmalloc_request *req,
		      uint32_t id, struct vmalloc_grant *grant)
{
	uint64_t unit = req->huge ? vmalloc_tables_huge_size(&v->tables) :
				    page_size(v);
	const struct vmap_caller caller = {
		.gfp = req->gfp & GFP_RECLAIM_MASK,
		.node = req->node,
		.cpu = req->cpu,
	};
	struct vmap_result result;
	uint64_t descriptor;

	if (!take_object(v, req, descriptor_size(v), &descriptor, grant))
		return false;
	result = vmap_space_alloc(&v->space,
				  round_up(req->size, unit) + page_size(v),
				  unit, &caller);
	if (result.range == VMAP_NODE_NONE) {
		grant->reason = result.reason;
		grant->host_failed = result.host_failed;
		drop_object(v, descriptor, req->cpu);
		return false;
	}
	v->area[id].descriptor = descriptor;
	v->area[id].range = result.range;
	vmap_node(&v->space.busy, result.range)->area = id;
	return true;
}

static uint32_t alloc_area(struct vmalloc *v, const struct vmalloc_request *req,
			   struct vmalloc_grant *grant);

/* The array of page pointers. Source: __vmalloc_area_node(). */
static bool get_array(struct vmalloc *v, const struct vmalloc_request *req,
		      uint32_t id, uint32_t pages, struct vmalloc_grant *grant)
{
	uint64_t size = (uint64_t)pages * (v->memory->desc->address_bits / 8);
	struct vmalloc_request nested = *req;
	uint32_t array_area;
	uint64_t array;
	bool got;

	if (size <= page_size(v)) {
		got = take_object(v, req, size, &array, grant);
		v->area[id].array = array;
		return got;
	}
	nested.size = size;
	nested.gfp = (req->gfp & GFP_RECLAIM_MASK) | __GFP_ZERO;
	nested.huge = false;
	array_area = alloc_area(v, &nested, grant);
	v->area[id].array_area = array_area;
	return array_area != AREA_NONE;
}

/*
 * Pages that have come are the area's. Room for them is made only now: others
 * would use it up while pages are waited for. Without it the run is over.
 */
static bool add_pages(struct vmalloc *v, uint32_t id, const pfn_t *pfn,
		      uint32_t nr, order_t order, struct vmalloc_grant *grant)
{
	uint32_t pages = nr << order;
	uint32_t i;

	if (!frame_pool_reserve(&v->frames, pages))
		return out_of_host(v, grant);
	for (i = 0; i < pages; i++)
		frame_list_add(&v->frames, &v->area[id].frames,
			       pfn[i >> order] + (i & ((1u << order) - 1)));
	v->nr_pages += pages;
	return true;
}

static bool get_bulk(struct vmalloc *v, const struct page_request *request,
		     uint32_t id, uint32_t pages, struct vmalloc_grant *grant)
{
	struct page_request bulk = *request;
	pfn_t pfn[BULK_MAX];
	uint32_t wanted, got;

	bulk.gfp &= ~__GFP_NOFAIL;
	while (v->area[id].frames.nr < pages) {
		wanted = pages - v->area[id].frames.nr;
		if (wanted > BULK_MAX)
			wanted = BULK_MAX;
		got = page_alloc_bulk(v->memory, &bulk, wanted, pfn);
		if (!add_pages(v, id, pfn, got, 0, grant))
			return false;
		if (got != wanted)
			break;
	}
	return true;
}

/* A task that was killed gives up, unless the caller insists (`nofail`). */
static bool get_one_by_one(struct vmalloc *v,
			   const struct page_request *request, bool nofail,
			   uint32_t id, uint32_t pages,
			   struct vmalloc_grant *grant)
{
	struct page_grant page;

	while (v->area[id].frames.nr < pages) {
		if (v->memory->dying && !nofail) {
			grant->reason = REASON_WATERMARK;
			return false;
		}
		page = page_alloc(v->memory, request);
		if (page.pfn == PFN_NONE) {
			grant->reason = page.reason;
			return false;
		}
		if (request->order) {
			page_split(v->memory, page.pfn, request->order);
			v->memory->work.count[WORK_PAGES_TAKEN] +=
				1u << request->order;
		}
		if (!add_pages(v, id, &page.pfn, 1, request->order, grant))
			return false;
	}
	return true;
}

/* Source: vm_area_alloc_pages(). */
static bool get_pages(struct vmalloc *v, const struct vmalloc_request *req,
		      uint32_t id, uint32_t pages, struct vmalloc_grant *grant)
{
	struct page_request request = {
		.gfp = req->gfp | __GFP_NOWARN,
		.cpu = req->cpu,
		.node = req->node,
	};

	if (!(req->gfp & (GFP_DMA | GFP_DMA32)))
		request.gfp |= __GFP_HIGHMEM;
	if (req->huge) {
		request.order =
			(order_t)(v->tables.pte_shift - v->memory->page_shift);
		request.gfp &= ~__GFP_NOFAIL;
	} else if (!get_bulk(v, &request, id, pages, grant)) {
		return false;
	}
	return get_one_by_one(v, &request, req->gfp & __GFP_NOFAIL, id, pages,
			      grant);
}

/* Source: the end of __vmalloc_area_node(). */
static bool map_pages(struct vmalloc *v, const struct vmalloc_request *req,
		      uint32_t id, uint32_t pages, struct vmalloc_grant *grant)
{
	uint64_t start = vmalloc_area_offset(v, id);
	uint64_t end = start + ((uint64_t)pages << v->memory->page_shift);
	uint32_t entries = 0;

	grant->reason = vmalloc_tables_map(&v->tables, start, end, req->huge,
					   req->gfp, req->cpu, &entries);
	v->area[id].entries = entries;
	return grant->reason == REASON_NONE;
}

/*
 * Source: __vunmap(). The lazy range has the room of the busy one.
 */
static void release_area(struct vmalloc *v, uint32_t id, cpu_t cpu)
{
	struct vm_area *area = &v->area[id];
	struct frame_cursor cursor = { .chunk = area->frames.first };
	pfn_t pfn;

	v->memory->work.count[WORK_PTES_CLEARED] += area->entries;
	vmap_space_free(&v->space, area->range, cpu);
	while ((pfn = frame_list_next(&v->frames, &area->frames, &cursor)) !=
	       PFN_NONE) {
		page_free(v->memory, cpu, pfn, 0);
		vmap_space_run_work(&v->space, cpu);
	}
	v->memory->work.count[WORK_AREA_PAGES_FREED] += area->frames.nr;
	v->nr_pages -= area->frames.nr;
	frame_list_clear(&v->frames, &area->frames);
	if (area->array_area != AREA_NONE) {
		vmap_space_run_work(&v->space, cpu);
		release_area(v, area->array_area, cpu);
	}
	drop_object(v, area->array, cpu);
	drop_object(v, area->descriptor, cpu);
	drop_entry(v, id);
}

static uint32_t alloc_area(struct vmalloc *v, const struct vmalloc_request *req,
			   struct vmalloc_grant *grant)
{
	uint64_t unit = req->huge ? vmalloc_tables_huge_size(&v->tables) :
				    page_size(v);
	uint32_t pages =
		(uint32_t)(round_up(req->size, unit) >> v->memory->page_shift);
	uint32_t id = take_entry(v);

	if (id == AREA_NONE) {
		out_of_host(v, grant);
		return AREA_NONE;
	}
	if (!get_range(v, req, id, grant)) {
		if (!grant->host_failed)
			report_no_pages(
				v->memory, req->gfp,
				"vmalloc error: size %" PRIu64
				", vm_struct allocation failed%s",
				req->size,
				req->gfp & __GFP_NOFAIL ? ". Retrying." : "");
		drop_entry(v, id);
		return AREA_NONE;
	}
	if (!get_array(v, req, id, pages, grant) ||
	    !get_pages(v, req, id, pages, grant) ||
	    !map_pages(v, req, id, pages, grant)) {
		release_area(v, id, req->cpu);
		return AREA_NONE;
	}
	return id;
}

/* Whether huge mappings are tried: __vmalloc_node_range(). */
static bool tries_huge(const struct vmalloc *v,
		       const struct vmalloc_request *req)
{
	uint64_t per_node = req->size;

	if (req->node == NODE_ANY)
		per_node /= v->memory->nr_nodes;
	return v->memory->desc->address_bits == 64 &&
	       per_node >= vmalloc_tables_huge_size(&v->tables);
}

static struct vmalloc_grant failed(struct vmalloc_grant grant)
{
	grant.vaddr_offset = VMALLOC_NOWHERE;
	grant.pfn = PFN_NONE;
	grant.pages = 0;
	return grant;
}

static struct vmalloc_grant allocate(struct vmalloc *v,
				     struct vmalloc_request *req)
{
	struct vmalloc_grant grant = { .pages = 0 };
	struct frame_cursor cursor = { .index = 0 };
	const struct vm_area *area;
	uint32_t id;

	if (!req->size) {
		grant.reason = REASON_BAD_FLAGS;
		return failed(grant);
	}
	if (req->size >> v->memory->page_shift > v->memory->managed_pages) {
		report_no_pages(v->memory, req->gfp,
				"vmalloc error: size %" PRIu64
				", exceeds total pages",
				req->size);
		grant.reason = REASON_TOO_BIG;
		return failed(grant);
	}
	req->huge = req->huge && tries_huge(v, req);
	id = alloc_area(v, req, &grant);
	if (id == AREA_NONE && req->huge && !grant.host_failed) {
		req->huge = false;
		vmap_space_run_work(&v->space, req->cpu);
		id = alloc_area(v, req, &grant);
	}
	vmap_space_run_work(&v->space, req->cpu);
	v->memory->work.count[WORK_AREAS_MADE]++;
	if (id == AREA_NONE)
		return failed(grant);
	area = &v->area[id];
	cursor.chunk = area->frames.first;
	grant.vaddr_offset = vmalloc_area_offset(v, id);
	grant.pages = area->frames.nr;
	grant.extents = area->frames.nr_runs;
	grant.pfn = frame_list_next(&v->frames, &area->frames, &cursor);
	grant.zone = memory_zone_of(v->memory, grant.pfn);
	return grant;
}

struct vmalloc_grant vmalloc_alloc(struct vmalloc *v, uint64_t size, gfp_t gfp,
				   node_t node, cpu_t cpu)
{
	struct vmalloc_request req = {
		.size = size,
		.gfp = gfp,
		.node = node,
		.cpu = cpu,
	};

	return allocate(v, &req);
}

struct vmalloc_grant vmalloc_alloc_huge(struct vmalloc *v, uint64_t size,
					gfp_t gfp, node_t node, cpu_t cpu)
{
	struct vmalloc_request req = {
		.size = size,
		.gfp = gfp,
		.node = node,
		.cpu = cpu,
		.huge = true,
	};

	return allocate(v, &req);
}

uint32_t vmalloc_find(const struct vmalloc *v, uint64_t offset)
{
	const struct vmap_node *range =
		vmap_space_range_above(&v->space, &v->space.busy, offset);

	if (!range || vmap_space_offset(&v->space, range) != offset)
		return AREA_NONE;
	return range->area;
}

bool vmalloc_release(struct vmalloc *v, uint64_t vaddr_offset, cpu_t cpu)
{
	uint32_t id = vmalloc_find(v, vaddr_offset);

	if (id == AREA_NONE)
		return false;
	release_area(v, id, cpu);
	vmap_space_run_work(&v->space, cpu);
	v->memory->work.count[WORK_AREAS_FREED]++;
	return true;
}

struct kvmalloc_plan kvmalloc_plan(const struct memory *memory, uint64_t size,
				   gfp_t gfp)
{
	struct kvmalloc_plan plan = { .kmalloc_gfp = gfp };

	if (size <= (uint64_t)1 << memory->page_shift)
		return plan;
	plan.kmalloc_gfp |= __GFP_NOWARN;
	if (!(gfp & __GFP_RETRY_MAYFAIL))
		plan.kmalloc_gfp |= __GFP_NORETRY;
	plan.kmalloc_gfp &= ~__GFP_NOFAIL;
	plan.then_vmalloc = (gfp & __GFP_DIRECT_RECLAIM) && size <= INT32_MAX;
	return plan;
}
