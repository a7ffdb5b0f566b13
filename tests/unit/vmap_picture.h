/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_TESTS_VMAP_PICTURE_H
#define KMEMSIM_TESTS_VMAP_PICTURE_H

/*
 * vmalloc's address space as a picture, to set it up from and to compare it
 * with. One character is `scale` pages:
 *
 *	.  free     #  busy     ~  freed lazily, not usable yet
 */

#include <string.h>

#include "models/vmalloc/vmap_space.h"

#define PICTURE_MAX 80
#define PICTURE_BASE 0xffffc90000000000ull

struct picture {
	struct machine_desc desc;
	struct node_desc node;
	cpu_t cpus[8];
	node_t cpu_node[8];
	struct memory memory;
	struct vmap_area_desc areas[PICTURE_MAX];
	struct vmap_space space;
	uint64_t cell; /* bytes a character */
	uint32_t width;
	char text[PICTURE_MAX + 1];
};

/* Each run of `#` is one range that is busy at the start. */
static inline size_t picture_read(struct picture *picture, const char *text)
{
	struct vmap_area_desc *area = picture->areas;
	uint64_t cell = picture->cell;
	size_t nr = 0;
	size_t i;

	for (i = 0; text[i]; i++) {
		if (text[i] != '#')
			continue;
		if (nr && area[nr - 1].end == i * cell)
			area[nr - 1].end += cell;
		else
			area[nr++] = (struct vmap_area_desc){
				i * cell,
				(i + 1) * cell,
			};
	}
	return nr;
}

/* A space that looks like `text`, on a machine with `nr_cpus` CPUs. */
static inline int picture_init(struct picture *picture, const char *text,
			       uint32_t scale, uint32_t nr_cpus,
			       struct errors *errors)
{
	memset(picture, 0, sizeof(*picture));
	picture->width = (uint32_t)strlen(text);
	picture->cell = (uint64_t)scale << 12;
	picture->node.cpus = picture->cpus;
	picture->node.nr_cpus = nr_cpus;
	picture->desc = (struct machine_desc){
		.page_shift = 12,
		.address_bits = 64,
		.vmalloc_start = PICTURE_BASE,
		.vmalloc_size = picture->width * picture->cell,
		.nodes = &picture->node,
		.nr_nodes = 1,
	};
	picture->desc.initial.vmap_areas = picture->areas;
	picture->desc.initial.nr_vmap_areas = picture_read(picture, text);
	picture->memory.desc = &picture->desc;
	picture->memory.tasks = &no_task_ops;
	picture->memory.nr_cpus = picture->memory.nr_online_cpus = nr_cpus;
	picture->memory.page_shift = 12;
	picture->memory.cpu_node = picture->cpu_node;
	return vmap_space_init(&picture->space, &picture->memory, NULL, errors);
}

static inline void picture_paint(struct picture *picture,
				 const struct vmap_tree *tree, char with)
{
	uint32_t range;

	for (range = vmap_tree_first(tree); range != VMAP_NODE_NONE;
	     range = vmap_tree_next(tree, range)) {
		const struct vmap_node *node = vmap_node(tree, range);
		uint64_t at;

		for (at = 0; at < picture->desc.vmalloc_size;
		     at += picture->cell)
			if (at + PICTURE_BASE >= node->start &&
			    at + PICTURE_BASE < node->end)
				picture->text[at / picture->cell] = with;
	}
}

/* What the space looks like now; `?` is in no state at all. */
static inline const char *picture_draw(struct picture *picture)
{
	memset(picture->text, '?', picture->width);
	picture->text[picture->width] = '\0';
	picture_paint(picture, &picture->space.free, '.');
	picture_paint(picture, &picture->space.busy, '#');
	picture_paint(picture, &picture->space.lazy, '~');
	return picture->text;
}

/* How many free ranges lie in the space, or reach into it. */
static inline uint32_t picture_nr_free(const struct picture *picture)
{
	const struct vmap_tree *tree = &picture->space.free;
	uint64_t end = PICTURE_BASE + picture->desc.vmalloc_size;
	uint32_t range = vmap_tree_first_above(tree, PICTURE_BASE);
	uint32_t nr = 0;

	for (; range != VMAP_NODE_NONE && vmap_node(tree, range)->start < end;
	     range = vmap_tree_next(tree, range))
		nr++;
	return nr;
}

/* Takes characters' worth of space; the first one's number, or -1. */
static inline int picture_take(struct picture *picture, uint32_t characters,
			       uint64_t align)
{
	const struct vmap_caller caller = { .node = NODE_ANY };
	struct vmap_result result;

	result = vmap_space_alloc(&picture->space, characters * picture->cell,
				  align, &caller);
	if (result.range == VMAP_NODE_NONE)
		return -1;
	return (int)((vmap_node(&picture->space.busy, result.range)->start -
		      PICTURE_BASE) /
		     picture->cell);
}

/* Frees the busy range that begins with a character, lazily. */
static inline void picture_free(struct picture *picture, int character)
{
	uint64_t start = PICTURE_BASE + (uint64_t)character * picture->cell;

	vmap_space_free(&picture->space,
			vmap_tree_first_above(&picture->space.busy, start), 0);
}

#endif
