/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What can be read of vmalloc: its areas as /proc/vmallocinfo lists them
 * (s_show() and show_numa_info(), mm/vmalloc.c, Linux 6.1), and whether its
 * books agree with themselves and the page allocator's.
 *
 * Left out: the callers' names; the kinds of areas that were there before
 * the run (ioremap, vmap, modules).
 */

#include "models/vmalloc/vmalloc_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/base/host.h"

bool vmalloc_next_area(const struct vmalloc *v, uint64_t offset,
		       struct vmalloc_info *info)
{
	const struct vmap_node *node =
		vmap_space_range_above(&v->space, &v->space.busy, offset);

	if (!node)
		return false;
	*info = (struct vmalloc_info){
		.start = node->start - v->space.base,
		.end = node->end - v->space.base,
		.boot = node->area == AREA_NONE,
	};
	if (!info->boot) {
		info->pages = v->area[node->area].frames.nr;
		info->vpages = v->area[node->area].array_area != AREA_NONE;
	}
	return true;
}

bool vmalloc_next_unpurged(const struct vmalloc *v, uint64_t offset,
			   struct vmalloc_info *info)
{
	const struct vmap_node *node =
		vmap_space_range_above(&v->space, &v->space.lazy, offset);

	if (!node)
		return false;
	*info = (struct vmalloc_info){
		.start = node->start - v->space.base,
		.end = node->end - v->space.base,
	};
	return true;
}

bool vmalloc_next_extent(const struct vmalloc *v, uint64_t offset,
			 struct vmalloc_extent *extent)
{
	const struct vm_area *area = &v->area[vmalloc_find(v, offset)];
	struct frame_cursor cursor = { extent->chunk, extent->index };
	bool found;

	if (area == &v->area[AREA_NONE])
		return false;
	if (!cursor.index)
		cursor.chunk = area->frames.first;
	found = frame_list_next_run(&v->frames, &area->frames, &cursor,
				    &extent->pfn, &extent->pages);
	extent->chunk = cursor.chunk;
	extent->index = cursor.index;
	return found;
}

void vmalloc_count_nodes(const struct vmalloc *v, uint64_t vaddr_offset,
			 uint64_t count[MAX_NODES])
{
	uint32_t id = vmalloc_find(v, vaddr_offset);
	struct frame_cursor cursor = { .index = 0 };
	pfn_t pfn;
	int i;

	for (i = 0; i < MAX_NODES; i++)
		count[i] = 0;
	if (id == AREA_NONE)
		return;
	cursor.chunk = v->area[id].frames.first;
	while ((pfn = frame_list_next(&v->frames, &v->area[id].frames,
				      &cursor)) != PFN_NONE)
		count[memory_zone_of(v->memory, pfn)->node]++;
}

uint64_t vmalloc_nr_pages(const struct vmalloc *v)
{
	return v->nr_pages;
}

/* Counts an area's frames in `seen`; false: one is elsewhere too. */
static bool claim_frames(const struct vmalloc *v, const struct vm_area *area,
			 uint8_t *seen)
{
	struct frame_cursor cursor = { .chunk = area->frames.first };
	pfn_t pfn;

	while ((pfn = frame_list_next(&v->frames, &area->frames, &cursor)) !=
	       PFN_NONE) {
		if (v->memory->state[pfn] != PAGE_ALLOCATED)
			return false;
		if (seen[pfn / 8] & 1u << pfn % 8)
			return false;
		seen[pfn / 8] |= (uint8_t)(1u << pfn % 8);
	}
	return true;
}

bool vmalloc_validate(const struct vmalloc *v, char *why, size_t size)
{
	const struct vmap_tree *busy = &v->space.busy;
	uint8_t *seen = host_alloc(v->memory->max_pfn / 8 + (size_t)1, 1);
	uint64_t pages = 0;
	bool good = seen != NULL;
	uint32_t id;

	if (!good)
		snprintf(why, size, "no memory to validate vmalloc");
	for (id = 1; good && id < v->nr; id++) {
		const struct vm_area *area = &v->area[id];

		if (area->range == VMAP_NODE_NONE)
			continue;
		pages += area->frames.nr;
		good = vmap_node(busy, area->range)->area == id &&
		       claim_frames(v, area, seen);
		if (!good)
			snprintf(why, size,
				 "the vmalloc area at offset %" PRIu64
				 " has lost its range or a frame",
				 vmalloc_area_offset(v, id));
	}
	free(seen);
	if (good && pages != v->nr_pages) {
		snprintf(why, size, "vmalloc's pages do not add up");
		good = false;
	}
	return good && vmap_space_validate(&v->space, why, size);
}
