/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmalloc's address space. All of it from mm/vmalloc.c, Linux 6.1.
 *
 * Rules, and the functions that they come from:
 *
 * - A request gets the lowest free range that is long enough, at that range's
 *   lowest address with the right alignment: find_vmap_lowest_match(). With
 *   an alignment above the page size, a range with room for the worst
 *   misalignment is looked for, size + align - 1 (__alloc_vmap_area()), but
 *   the first on the search's way that holds the request is taken. Which are
 *   on its way depends on the shape of the tree: models/vmalloc/vmap_tree.c.
 * - The tree holds free addresses around the space, too, from 1 to the last:
 *   vmap_init_free_space().
 * - What is left of the range stays free, on the left, the right, or both:
 *   adjust_va_to_fit_type().
 * - A freed range is not free yet. It waits, joined with waiting neighbours,
 *   until more than lazy_max_pages() wait: 32 MiB for each bit in the number
 *   of CPUs. Then a work item is scheduled: free_vmap_area_noflush().
 * - The work item makes all waiting ranges free, joined with their free
 *   neighbours: __purge_vmap_area_lazy(), merge_or_add_vmap_area(). When it
 *   runs is the caller's to say; models/vmalloc/vmalloc.c knows.
 * - A request that finds nothing purges by itself and looks once more:
 *   alloc_vmap_area(), "overflow".
 * - Each range, free ones too, has a descriptor of the vmap_area cache. A
 *   request allocates one for itself and, where its CPU has none at hand, one
 *   more, for a split that leaves two parts: preload_this_cpu_lock(). A range
 *   that is joined to another gives its descriptor back. Ranges that are
 *   there before the run have descriptors that nobody counted; and who made
 *   them left each CPU one at hand.
 *
 * Left out: vmap blocks (vb_alloc, vm_map_ram) and their purging; the
 * per-CPU allocator's ranges from the top; notifiers that may free address
 * space on exhaustion. The shape of the tree at the start, which came of all
 * that went on before, is not known: it is the one that adding the free ranges
 * from the lowest to the highest would give.
 */

#include "models/vmalloc/vmap_space.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "models/gfp.h"
#include "models/report.h"
#include "models/vmalloc/vmalloc.h"
#include "sim/base/bug.h"
#include "sim/base/host.h"

#define LAZY_BYTES_PER_BIT (32ull << 20) /* lazy_max_pages() */

/* Kept by a CPU from before the run: nobody counted where it is. */
#define PRELOAD_BOOT (OBJECT_NONE - 2)

static uint64_t lazy_max_pages(const struct memory *memory)
{
	uint64_t bits = 0;

	for (uint32_t cpus = memory->nr_online_cpus; cpus; cpus >>= 1)
		bits++;
	return bits * (LAZY_BYTES_PER_BIT >> memory->page_shift);
}

/* Of those that the kernel counts as free at first: vmap_init_free_space(). */
static uint64_t lowest_address(const struct vmap_space *space)
{
	return space->base ? 1 : 0;
}

static uint64_t highest_address(const struct vmap_space *space)
{
	return UINT64_MAX >> (64 - space->memory->desc->address_bits);
}

static int add_busy(struct vmap_space *space, const struct vmap_area_desc *area,
		    struct errors *errors)
{
	uint64_t in_page = ((uint64_t)1 << space->page_shift) - 1;
	struct place nowhere = { .file = NULL };
	const char *wrong = NULL;
	uint32_t above;

	if (!vmap_nodes_reserve(&space->nodes, 1))
		return error_host(errors, "no memory for vmalloc's ranges");
	above = vmap_tree_first_above(&space->busy, space->base + area->start);
	if (area->start >= area->end)
		wrong = "is empty";
	else if (area->end > space->size)
		wrong = "goes beyond the end of vmalloc's address space";
	else if ((area->start | area->end) & in_page)
		wrong = "does not begin and end with a page";
	else if (above != VMAP_NODE_NONE &&
		 vmap_node(&space->busy, above)->start - space->base <
			 area->end)
		wrong = "overlaps another";
	if (wrong)
		return error_input(errors, nowhere,
				   "the busy vmalloc range from offset %" PRIu64
				   " to %" PRIu64 " %s",
				   area->start, area->end, wrong);
	above = vmap_tree_insert(&space->busy, space->base + area->start,
				 space->base + area->end);
	vmap_node(&space->busy, above)->object = OBJECT_NONE;
	return 0;
}

static void add_free(struct vmap_space *space, uint64_t start, uint64_t end)
{
	uint32_t range;

	if (start >= end)
		return;
	range = vmap_tree_insert(&space->free, start, end);
	vmap_node(&space->free, range)->object = OBJECT_NONE;
}

/*
 * What no busy range covers is free, from address 1 to the last one, for the
 * kernel's search sees what lies around the space, too.
 */
static int fill_gaps(struct vmap_space *space, struct errors *errors)
{
	uint64_t end = lowest_address(space);
	uint32_t range;

	if (!vmap_nodes_reserve(&space->nodes, space->busy.nr + 1))
		return error_host(errors, "no memory for vmalloc's ranges");
	for (range = vmap_tree_first(&space->busy); range != VMAP_NODE_NONE;
	     range = vmap_tree_next(&space->busy, range)) {
		add_free(space, end, vmap_node(&space->busy, range)->start);
		end = vmap_node(&space->busy, range)->end;
	}
	add_free(space, end, highest_address(space));
	return 0;
}

/* Source: vmalloc_init(); struct vmap_area is eight words on 64 bits. */
static int create_cache(struct vmap_space *space)
{
	uint32_t word = space->memory->desc->address_bits / 8;
	struct slab_cache_request request = {
		.name = VMAP_AREA_CACHE_NAME,
		.text = VMAP_AREA_CACHE_TEXT,
		.size = 8 * word,
		.flags = SLAB_PANIC,
	};

	if (!space->caches)
		return 0;
	if (slab_cache_create(space->caches, &request) != SLAB_CREATED)
		return -1; /* the slab allocator added the error */
	space->cache = slab_cache_find(space->caches, VMAP_AREA_CACHE_NAME);
	return 0;
}

static int create_preload(struct vmap_space *space, struct errors *errors)
{
	const struct initial_state_desc *initial =
		&space->memory->desc->initial;
	uint64_t kept = initial->nr_vmap_areas ? PRELOAD_BOOT : OBJECT_NONE;
	uint32_t cpu;

	space->preload =
		host_alloc(space->memory->nr_cpus, sizeof(*space->preload));
	if (!space->preload)
		return error_host(errors, "no memory for vmalloc's ranges");
	for (cpu = 0; cpu < space->memory->nr_cpus; cpu++)
		space->preload[cpu] = kept;
	return 0;
}

int vmap_space_init(struct vmap_space *space, struct memory *memory,
		    struct slab_caches *caches, struct errors *errors)
{
	const struct machine_desc *desc = memory->desc;
	const struct initial_state_desc *initial = &desc->initial;
	size_t i;
	int bad = 0;

	*space = (struct vmap_space){
		.base = desc->vmalloc_start,
		.lazy_max = lazy_max_pages(memory),
		.page_shift = desc->page_shift,
		.memory = memory,
		.errors = errors,
		.caches = caches,
	};
	space->size = highest_address(space) - space->base;
	if (space->size > desc->vmalloc_size)
		space->size = desc->vmalloc_size;
	space->size = space->size >> desc->page_shift << desc->page_shift;
	vmap_nodes_init(&space->nodes);
	vmap_tree_init(&space->free, &space->nodes);
	vmap_tree_init(&space->busy, &space->nodes);
	vmap_tree_init(&space->lazy, &space->nodes);
	for (i = 0; i < initial->nr_vmap_areas; i++)
		bad |= add_busy(space, &initial->vmap_areas[i], errors);
	if (bad || fill_gaps(space, errors) || create_preload(space, errors) ||
	    create_cache(space)) {
		vmap_space_release(space);
		return -1;
	}
	return 0;
}

void vmap_space_release(struct vmap_space *space)
{
	free(space->preload);
	vmap_nodes_release(&space->nodes);
	*space = (struct vmap_space){ .caches = NULL };
}

const struct vmap_node *vmap_space_range_above(const struct vmap_space *space,
					       const struct vmap_tree *tree,
					       uint64_t offset)
{
	uint32_t range = vmap_tree_first_above(tree, space->base + offset);

	return range == VMAP_NODE_NONE ? NULL : vmap_node(tree, range);
}

static struct object_grant take_descriptor(struct vmap_space *space,
					   const struct vmap_caller *caller)
{
	struct object_request request = {
		.gfp = caller->gfp,
		.cpu = caller->cpu,
		.node = caller->node,
	};

	if (!space->caches)
		return (struct object_grant){ .address = OBJECT_NONE };
	return slab_cache_alloc(space->caches, space->cache, &request);
}

static void drop_descriptor(struct vmap_space *space, uint64_t object,
			    cpu_t cpu)
{
	if (object != OBJECT_NONE)
		slab_cache_free(space->caches, space->cache, object, cpu);
}

/*
 * Joins or adds a range that lies in no tree, with its descriptor: see
 * __merge_or_add_vmap_area() for which of the descriptors go, and when.
 */
static void merge_or_add(struct vmap_space *space, struct vmap_tree *tree,
			 uint64_t start, uint64_t end, uint64_t object,
			 cpu_t cpu)
{
	uint32_t next = vmap_tree_first_above(tree, start);
	uint32_t range = VMAP_NODE_NONE;
	uint32_t previous;

	if (next != VMAP_NODE_NONE)
		previous = vmap_tree_previous(tree, next);
	else
		previous = vmap_tree_last(tree);
	if (next != VMAP_NODE_NONE && vmap_node(tree, next)->start == end) {
		end = vmap_node(tree, next)->end;
		drop_descriptor(space, object, cpu);
		object = vmap_node(tree, next)->object;
		range = next;
	}
	if (previous != VMAP_NODE_NONE &&
	    vmap_node(tree, previous)->end == start) {
		if (range != VMAP_NODE_NONE)
			vmap_tree_erase(tree, range);
		start = vmap_node(tree, previous)->start;
		drop_descriptor(space, object, cpu);
		range = previous;
	}
	if (range != VMAP_NODE_NONE) {
		vmap_tree_resize(tree, range, start, end);
		return;
	}
	range = vmap_tree_insert(tree, start, end);
	vmap_node(tree, range)->object = object;
}

/* The way down a tree to a new range's place: find_va_links(). */
static void count_way(struct vmap_space *space, const struct vmap_tree *tree,
		      uint32_t range)
{
	space->memory->work.count[WORK_VMAP_SEARCH] +=
		vmap_tree_depth(tree, range);
}

/* What the CPU kept at hand, for the second part of a split. */
static uint64_t take_preload(struct vmap_space *space, cpu_t cpu)
{
	uint64_t kept = space->preload[cpu];

	space->preload[cpu] = OBJECT_NONE;
	return kept == PRELOAD_BOOT ? OBJECT_NONE : kept;
}

/* Takes [start, end) out of a free range that holds it. */
static void take_out(struct vmap_space *space, uint32_t range, uint64_t start,
		     uint64_t end, cpu_t cpu)
{
	const struct vmap_node node = *vmap_node(&space->free, range);
	uint32_t left;

	if (node.start == start && node.end == end) {
		vmap_tree_erase(&space->free, range);
		drop_descriptor(space, node.object, cpu);
	} else if (node.start == start) {
		vmap_tree_resize(&space->free, range, end, node.end);
	} else if (node.end == end) {
		vmap_tree_resize(&space->free, range, node.start, start);
	} else {
		vmap_tree_resize(&space->free, range, end, node.end);
		left = vmap_tree_insert(&space->free, node.start, start);
		vmap_node(&space->free, left)->object =
			take_preload(space, cpu);
	}
}

/* Finds and takes a range. false: there is no room for it. */
static bool take_range(struct vmap_space *space, uint64_t size, uint64_t align,
		       cpu_t cpu, uint64_t *start)
{
	struct vmap_want want = {
		.from = space->base,
		.size = size,
		.align = align,
		.length = size,
	};
	uint32_t range;

	if (align > (uint64_t)1 << space->page_shift && size < space->size)
		want.length += align - 1;
	range = vmap_tree_find(&space->free, &want,
			       &space->memory->work.count[WORK_VMAP_SEARCH]);
	if (range == VMAP_NODE_NONE)
		return false;
	BUG_ON(!vmap_range_holds(vmap_node(&space->free, range), &want, start));
	if (*start + size > space->base + space->size)
		return false;
	take_out(space, range, *start, *start + size, cpu);
	return true;
}

/*
 * Keeps a descriptor at hand. Where even that fails the kernel tries once more
 * under GFP_NOWAIT, and a split in two would then fail; here it does not.
 */
static bool preload(struct vmap_space *space, const struct vmap_caller *caller)
{
	uint64_t *kept = &space->preload[caller->cpu];
	struct object_grant object;

	if (!space->caches || *kept != OBJECT_NONE)
		return true;
	object = take_descriptor(space, caller);
	/* While this one slept another one may have brought one. */
	if (*kept != OBJECT_NONE)
		drop_descriptor(space, object.address, caller->cpu);
	else
		*kept = object.address;
	return !object.host_failed;
}

static struct vmap_result out_of_host(struct vmap_space *space, uint64_t object,
				      cpu_t cpu)
{
	drop_descriptor(space, object, cpu);
	return (struct vmap_result){ .range = VMAP_NODE_NONE,
				     .host_failed = true };
}

static void tell_failure(const struct vmap_space *space, uint64_t size,
			 const struct vmap_caller *caller)
{
	if (!(caller->gfp & __GFP_NOWARN))
		report_tell(space->memory,
			    &(struct report){ .kind = REPORT_NO_RANGE,
					      .size = size });
}

struct vmap_result vmap_space_alloc(struct vmap_space *space, uint64_t size,
				    uint64_t align,
				    const struct vmap_caller *caller)
{
	struct vmap_result result = { .range = VMAP_NODE_NONE };
	struct object_grant object = take_descriptor(space, caller);
	uint64_t start;
	bool found;

	if (space->caches && object.address == OBJECT_NONE) {
		result.reason = object.reason;
		result.host_failed = object.host_failed;
		return result;
	}
	if (!preload(space, caller))
		return out_of_host(space, object.address, caller->cpu);
	/* For the new range, and for the second part of a split. */
	if (!vmap_nodes_reserve(&space->nodes, 2)) {
		error_host(space->errors, "no memory for vmalloc's areas");
		return out_of_host(space, object.address, caller->cpu);
	}
	found = take_range(space, size, align, caller->cpu, &start);
	if (!found) {
		vmap_space_purge(space, caller->cpu);
		found = take_range(space, size, align, caller->cpu, &start);
	}
	if (!found) {
		tell_failure(space, size, caller);
		drop_descriptor(space, object.address, caller->cpu);
		result.reason = REASON_ADDRESS_SPACE;
		return result;
	}
	result.range = vmap_tree_insert(&space->busy, start, start + size);
	vmap_node(&space->busy, result.range)->object = object.address;
	count_way(space, &space->busy, result.range);
	return result;
}

void vmap_space_free(struct vmap_space *space, uint32_t range, cpu_t cpu)
{
	const struct vmap_node node = *vmap_node(&space->busy, range);

	vmap_tree_erase(&space->busy, range);
	merge_or_add(space, &space->lazy, node.start, node.end, node.object,
		     cpu);
	space->lazy_pages += (node.end - node.start) >> space->page_shift;
	if (space->lazy_pages > space->lazy_max)
		space->purge_scheduled = true;
}

void vmap_space_run_work(struct vmap_space *space, cpu_t cpu)
{
	if (!space->purge_scheduled)
		return;
	space->purge_scheduled = false;
	vmap_space_purge(space, cpu);
}

void vmap_space_purge(struct vmap_space *space, cpu_t cpu)
{
	uint32_t range;

	/* flush_tlb_kernel_range() */
	if (space->lazy.nr)
		space->memory->work.count[WORK_IPIS] +=
			memory_other_cpus(space->memory);
	while ((range = vmap_tree_first(&space->lazy)) != VMAP_NODE_NONE) {
		const struct vmap_node node = *vmap_node(&space->lazy, range);

		vmap_tree_erase(&space->lazy, range);
		merge_or_add(space, &space->free, node.start, node.end,
			     node.object, cpu);
		space->memory->work.count[WORK_VMAP_PURGED]++;
	}
	space->lazy_pages = 0;
}

static uint64_t bytes_of(const struct vmap_tree *tree, bool *joined)
{
	uint64_t bytes = 0;
	uint64_t end = UINT64_MAX;
	uint32_t range;

	*joined = true;
	for (range = vmap_tree_first(tree); range != VMAP_NODE_NONE;
	     range = vmap_tree_next(tree, range)) {
		const struct vmap_node *node = vmap_node(tree, range);

		if (node->start == end)
			*joined = false;
		bytes += node->end - node->start;
		end = node->end;
	}
	return bytes;
}

/* Whether any range of one tree overlaps one of the other. */
static bool overlaps(const struct vmap_tree *tree, const struct vmap_tree *with)
{
	uint32_t range;

	for (range = vmap_tree_first(tree); range != VMAP_NODE_NONE;
	     range = vmap_tree_next(tree, range)) {
		const struct vmap_node *node = vmap_node(tree, range);
		uint32_t other = vmap_tree_first_above(with, node->start);

		if (other != VMAP_NODE_NONE &&
		    vmap_node(with, other)->start < node->end)
			return true;
	}
	return false;
}

bool vmap_space_validate(const struct vmap_space *space, char *why, size_t size)
{
	bool free_joined, busy_joined, lazy_joined;
	uint64_t lazy = bytes_of(&space->lazy, &lazy_joined);
	uint64_t all = lazy + bytes_of(&space->free, &free_joined) +
		       bytes_of(&space->busy, &busy_joined);
	const char *wrong = NULL;

	if (!vmap_tree_validate(&space->free, why, size) ||
	    !vmap_tree_validate(&space->busy, why, size) ||
	    !vmap_tree_validate(&space->lazy, why, size))
		return false;
	if (overlaps(&space->free, &space->busy) ||
	    overlaps(&space->lazy, &space->busy) ||
	    overlaps(&space->lazy, &space->free))
		wrong = "a range is in two states";
	else if (all != highest_address(space) - lowest_address(space))
		wrong = "the ranges do not add up to all addresses";
	else if (!free_joined || !lazy_joined)
		wrong = "free neighbours are not joined";
	else if (lazy >> space->page_shift != space->lazy_pages)
		wrong = "the lazily freed pages do not add up";
	if (wrong)
		snprintf(why, size, "vmalloc's address space: %s", wrong);
	return !wrong;
}
