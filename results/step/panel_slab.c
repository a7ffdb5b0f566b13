/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A cache and its slabs near the CPU, an object a cell:
 *
 *	Cache kmalloc-64  64 B, 64 a slab of order 0; 3 slabs, 130 objects live
 *	CPU 0's    4711  ######o#ooooooooo  54 in use
 *	partial    4720  ##.....#########
 *
 *	#  in use    o  free, the CPU has it at hand    .  free
 */

#include "results/step/panels.h"

#include <inttypes.h>

#include "models/slab/aslab.h"
#include "models/slab/slub.h"
#include "results/step/words.h"

#define OBJECTS_AT 22

static const struct slub_cache *slub_of(const struct panel *panel)
{
	return panel->cache->caches->ops == &slub_ops ?
		       (const struct slub_cache *)panel->cache :
		       NULL;
}

/*
 * The slabs to show, those nearest to the CPU first: *where says whose it is.
 * 0: there are no more.
 */
static slab_id slab_number(const struct panel *panel, int n, const char **where)
{
	const struct slub_cache *slub = slub_of(panel);
	const struct slab_caches *caches = panel->cache->caches;
	slab_id id;

	*where = slub ? "CPU's own" : "array's top";
	if (!n)
		return step_cpu_slab(panel->cache, panel->cpu);
	*where = "CPU partial";
	for (id = slub ? slub->cpu[panel->cpu].partial : SLAB_NONE;
	     id != SLAB_NONE; id = slab_at(caches, id)->next)
		if (!--n)
			return id;
	*where = "node partial";
	for (uint32_t i = 0; i < caches->memory->nr_nodes; i++) {
		const struct slab_list *list =
			slub ? &slub->node[i].partial :
			       &((const struct aslab_cache *)panel->cache)
					->node[i]
					.partial;

		if (!slub && i >= aslab_nr_nodes(caches))
			break;
		for (id = list->head; id != SLAB_NONE;
		     id = slab_at(caches, id)->next)
			if (!--n)
				return id;
	}
	return SLAB_NONE;
}

int panel_slab_rows(const struct panel *panel)
{
	const char *where;
	int rows = 2;

	if (!panel->cache)
		return 0;
	while (rows < 12 && slab_number(panel, rows - 1, &where) != SLAB_NONE)
		rows++;
	return rows;
}

static void draw_slab(const struct panel *panel, int row, slab_id id,
		      const char *where)
{
	static const uint32_t characters[] = {
		[STEP_OBJECT_FREE] = 0x00b7,
		[STEP_OBJECT_CPU] = 0x25cb,
		[STEP_OBJECT_USED] = 0x25a0,
	};
	const struct step_state *before = panel->step->before;
	struct step_slab slab;
	uint32_t used = 0;
	int column = OBJECTS_AT, end = panel->width - 12;
	bool same;

	cells_put(panel->cells, row, 0, OBJECTS_AT, CELL_DIM, where);
	if (id == SLAB_NONE) {
		cells_put(panel->cells, row, OBJECTS_AT, panel->width, CELL_DIM,
			  "none");
		return;
	}
	step_slab_take(&slab, panel->cache, id, panel->cpu);
	same = panel->step->undisturbed && before->cache == panel->cache &&
	       before->slab.pfn == slab.pfn;
	cells_format(panel->cells, row, 13, OBJECTS_AT, CELL_PLAIN, "%u",
		     slab.pfn);
	for (uint32_t i = 0; i < slab.nr; i++) {
		uint8_t object = slab.object[i];

		used += object == STEP_OBJECT_USED;
		if (column < end)
			cells_set(panel->cells, row, column++,
				  object == STEP_OBJECT_USED ? CELL_PLAIN :
							       CELL_GOOD,
				  characters[object],
				  same && before->slab.object[i] != object);
	}
	if (column == end && slab.nr > (uint32_t)(end - OBJECTS_AT))
		cells_set(panel->cells, row, column++, CELL_DIM, 0x2026, false);
	cells_format(panel->cells, row, column + 1, panel->width, CELL_DIM,
		     "%u of %u", used, slab.nr);
}

void panel_slab_draw(const struct panel *panel, int row, int rows)
{
	const struct slab_cache *cache = panel->cache;
	int column = cells_put(panel->cells, row, 0, 40, CELL_HEAD, "Cache ");
	const char *where;
	slab_id id;

	column = cells_format(panel->cells, row, column, 40, CELL_HEAD, "%s",
			      cache->text);
	cells_format(panel->cells, row, column, panel->width, CELL_DIM,
		     "  %u B, %u a slab of order %u; %" PRIu64
		     " slab%s, %" PRIu64 " object%s live",
		     cache->object_size, cache->objects, cache->order,
		     cache->nr_slabs, plural(cache->nr_slabs), cache->live,
		     plural(cache->live));
	for (int n = 0; n < rows - 1; n++) {
		id = slab_number(panel, n, &where);
		if (n && id == SLAB_NONE)
			break;
		draw_slab(panel, row + 1 + n, id, where);
	}
}
