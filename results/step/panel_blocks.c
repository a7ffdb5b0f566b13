/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A map of the zone's pageblocks, in bands of two rows: a letter for the type,
 * below it how full the block is.
 *
 *	Pageblocks  64 pages each  U unmovable M movable …   '.' empty to '#'
 *	UUMMMMMMMMMMRRMM
 *	#73......###11..
 *
 * Where there are more blocks than cells, a cell stands for as many as it
 * takes; a small letter says that they are of several types. Pages on CPUs'
 * lists are not on free lists, and count as in use.
 */

#include "results/step/panels.h"

#include <ctype.h>

const char step_type_letters[] = "UMRHCI";

/* Cells from empty to full: only what is all free is empty, or all used full */
static uint32_t fill_character(uint64_t in_use, uint64_t pages)
{
	if (!in_use)
		return 0x00b7;
	if (in_use >= pages)
		return 0x2588;
	return 0x2581 + (uint32_t)(in_use * 7 / pages);
}

/* The zone's blocks by number, holes included. */
static uint32_t first_block(const struct panel *panel)
{
	return panel->zone->start_pfn >>
	       panel->step->kernel->memory->pageblock_order;
}

static uint32_t nr_blocks(const struct panel *panel)
{
	return ((panel->zone->end_pfn - 1) >>
		panel->step->kernel->memory->pageblock_order) -
	       first_block(panel) + 1;
}

/* What a cell shows. */
struct group {
	int type; /* the first block's, or -1: a hole */
	bool mixed;
	bool changed;
	uint64_t in_use;
	uint64_t pages;
};

static void add_block(const struct panel *panel, struct group *group,
		      uint32_t block)
{
	const struct memory *memory = panel->step->kernel->memory;
	const struct step_state *now = panel->step->now, *last = panel->last;
	pfn_t pages = 1u << memory->pageblock_order;
	pfn_t from = block << memory->pageblock_order, to = from + pages;
	size_t i = step_block(memory, panel->zone, from);

	if (now->type[i] >= NR_MIGRATETYPES)
		return;
	if (from < panel->zone->start_pfn)
		from = panel->zone->start_pfn;
	if (to > panel->zone->end_pfn)
		to = panel->zone->end_pfn;
	if (group->type < 0)
		group->type = now->type[i];
	group->mixed |= group->type != now->type[i];
	group->in_use += now->in_use[i];
	group->pages += to - from;
	group->changed |=
		last && (last->type[i] != now->type[i] ||
			 (last->has_fill && last->in_use[i] != now->in_use[i]));
}

/* Blocks that each cell stands for. */
static uint32_t group_size(const struct panel *panel, int bands)
{
	uint32_t cells = (uint32_t)(panel->width * bands);

	return (nr_blocks(panel) + cells - 1) / cells;
}

int panel_blocks_rows(const struct panel *panel, int most)
{
	int bands = 1;

	while (3 + 2 * bands <= most && group_size(panel, bands) > 1)
		bands++;
	return 1 + 2 * bands;
}

static void draw_heading(const struct panel *panel, int row, uint32_t size)
{
	const struct memory *memory = panel->step->kernel->memory;
	int end = panel->width, column;

	column = cells_format(panel->cells, row, 0, end, CELL_HEAD,
			      "Pageblocks");
	column = cells_format(panel->cells, row, column, end, CELL_DIM,
			      " of %u pages", 1u << memory->pageblock_order);
	if (size > 1)
		column = cells_format(panel->cells, row, column, end, CELL_DIM,
				      ", %u a cell", size);
	column = cells_put(panel->cells, row, column, end, CELL_DIM,
			   " · free █ full");
	for (int type = 0; type < NR_PCP_MIGRATETYPES; type++)
		column = cells_format(panel->cells, row, column, end,
				      (enum cell_style)(CELL_TYPE + type),
				      " %s", proc_migratetype_names[type]);
}

void panel_blocks_draw(const struct panel *panel, int row, int rows)
{
	int bands = (rows - 1) / 2;
	uint32_t size = group_size(panel, bands), nr = nr_blocks(panel);
	uint32_t block = 0;

	draw_heading(panel, row, size);
	for (int cell = 0; block < nr; cell++) {
		struct group group = { .type = -1 };
		int at = row + 1 + cell / panel->width * 2;
		enum cell_style style;

		for (uint32_t i = 0; i < size && block < nr; i++)
			add_block(panel, &group, first_block(panel) + block++);
		if (group.type < 0)
			continue;
		style = (enum cell_style)(CELL_TYPE + group.type);
		cells_set(panel->cells, at, cell % panel->width, style,
			  group.mixed ? (uint32_t)tolower(
						step_type_letters[group.type]) :
					(uint32_t)step_type_letters[group.type],
			  group.changed);
		cells_set(panel->cells, at + 1, cell % panel->width, style,
			  fill_character(group.in_use, group.pages),
			  group.changed);
	}
}
