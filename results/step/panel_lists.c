/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Zones, the free lists of one of them, its watermarks, and a CPU's lists:
 *
 *	Zones       DMA 3840  [DMA32 61440]              free pages
 *	Free blocks     0     1     2     3 …   10
 *	unmovable       3^    1     0v    2     14
 *	order 0     unmovable: 4096 4100 4102 …
 *	Watermarks  [####|##|##|......] 61440 free; min 32, low 64, high 96
 *	CPU 0           0     1     2     3   unmovable, order 0, hottest first
 *	unmovable      62v    0     0     0   4097 4098 4099 …
 *
 * An arrow stands behind what has become more or less since the step before,
 * so that it can be seen without colours.
 */

#include "results/step/panels.h"

#include <inttypes.h>
#include <stdio.h>

#include "models/page/buddy.h"
#include "models/page/pcp.h"
#include "models/page/watermark.h"
#include "results/step/words.h"

#define LABEL 11
#define COLUMN 6
#define GAUGE 22

const char *step_number(uint64_t nr, char text[8])
{
	static const char units[] = "kMGT";
	int unit = -1;

	if (nr < 100000) {
		snprintf(text, 8, "%u", (unsigned int)nr);
		return text;
	}
	while (nr >= 10000 && unit < 3) {
		nr /= 1000;
		unit++;
	}
	snprintf(text, 8, "%u%c", (unsigned int)nr, units[unit]);
	return text;
}

/* A count right-aligned before `end`, and behind it how it changed. */
static void put_count(const struct panel *panel, int row, int end,
		      enum cell_style style, uint64_t now, uint64_t last)
{
	struct cells *cells = panel->cells;
	char number[8];
	int column, from;

	step_number(now, number);
	from = end;
	for (const char *s = number; *s; s++)
		from--;
	column = cells_put(cells, row, from, end, style, number);
	if (!panel->last || now == last)
		return;
	cells_set(cells, row, column, style, now > last ? 0x2191 : 0x2193,
		  true);
	for (; from < column; from++)
		cells_at(cells, row, from)->changed = true;
}

static enum cell_style type_style(int type)
{
	return (enum cell_style)(CELL_TYPE + type);
}

/* Types that the zone has blocks of now, or had; the first three always. */
static bool is_shown(const struct panel *panel, int type)
{
	const struct step_state *now = panel->step->now;
	bool any = type < NR_PCP_MIGRATETYPES;

	for (int o = 0; o < MAX_ORDERS; o++)
		any |= now->zone[panel->zone->index].free[type][o] ||
		       (panel->last &&
			panel->last->zone[panel->zone->index].free[type][o]);
	return any;
}

static int nr_types(const struct panel *panel)
{
	int nr = 0;

	for (int type = 0; type < NR_MIGRATETYPES; type++)
		nr += is_shown(panel, type);
	return nr;
}

int panel_lists_rows(const struct panel *panel)
{
	/* Zones, heading, frames, marks, the CPU's heading and three types. */
	return nr_types(panel) + 8;
}

static void draw_zones(const struct panel *panel, int row)
{
	const struct memory *memory = panel->step->kernel->memory;
	int column = cells_put(panel->cells, row, 0, panel->width, CELL_HEAD,
			       "Zones");

	column = LABEL + 1;
	for (uint32_t i = 0; i < memory->nr_zones; i++) {
		const struct zone *zone = &memory->zone[i];
		bool chosen = zone == panel->zone;
		char node[16] = "";

		if (!zone->present_pages)
			continue;
		if (memory->nr_nodes > 1)
			snprintf(node, sizeof node, "N%d ", zone->node);
		column = cells_format(panel->cells, row, column, panel->width,
				      chosen ? CELL_HEAD : CELL_DIM,
				      "%s%s%s %" PRIu64 "%s  ",
				      chosen ? "[" : "", node,
				      zone_type_names[zone->type],
				      panel->step->now->zone[i].free_pages,
				      chosen ? "]" : "");
	}
	cells_put(panel->cells, row, column, panel->width, CELL_DIM,
		  "pages free");
}

/* The order above a column; the one whose blocks are listed in brackets. */
static void draw_order(const struct panel *panel, int row, int column,
		       order_t order, order_t chosen)
{
	int at = LABEL + COLUMN * column;

	if (order == chosen)
		cells_format(panel->cells, row, at, panel->width, CELL_HEAD,
			     " [%2u]", order);
	else
		cells_format(panel->cells, row, at, panel->width, CELL_DIM,
			     "%*u", COLUMN - 1, order);
}

static void draw_free(const struct panel *panel, int row)
{
	const struct step_state *now = panel->step->now;
	uint32_t orders = panel->step->kernel->memory->nr_orders;
	uint16_t zone = panel->zone->index;

	cells_put(panel->cells, row, 0, LABEL, CELL_HEAD, "Free blocks");
	for (uint32_t o = 0; o < orders; o++)
		draw_order(panel, row, (int)o, (order_t)o, panel->order);
	for (int type = 0; type < NR_MIGRATETYPES; type++) {
		if (!is_shown(panel, type))
			continue;
		row++;
		cells_put(panel->cells, row, 0, LABEL, type_style(type),
			  migratetype_names[type]);
		for (uint32_t o = 0; o < orders; o++)
			put_count(
				panel, row, LABEL + COLUMN * (int)(o + 1) - 1,
				CELL_PLAIN, now->zone[zone].free[type][o],
				panel->last ?
					panel->last->zone[zone].free[type][o] :
					0);
	}
}

/* The blocks of the chosen list, first ones first. */
static void draw_list(const struct panel *panel, int row)
{
	const struct memory *memory = panel->step->kernel->memory;
	pfn_t pfn = buddy_first(panel->zone, panel->type, panel->order);
	int column;

	cells_format(panel->cells, row, 0, LABEL, CELL_DIM, "list [%u]",
		     panel->order);
	column = cells_format(panel->cells, row, LABEL + 1, panel->width,
			      type_style(panel->type),
			      "%s:", migratetype_names[panel->type]);
	if (pfn == PFN_NONE)
		cells_put(panel->cells, row, column, panel->width, CELL_DIM,
			  " empty");
	for (; pfn != PFN_NONE && column < panel->width;
	     pfn = buddy_next(memory, panel->zone, pfn))
		column = cells_format(panel->cells, row, column, panel->width,
				      CELL_PLAIN, " %u", pfn);
}

/*
 * Full at three times the high mark: what is above does not matter to anybody.
 */
static void draw_marks(const struct panel *panel, int row)
{
	static const char *const names[] = { "min", "low", "high" };
	const struct zone *zone = panel->zone;
	uint64_t free_pages = panel->step->now->zone[zone->index].free_pages;
	uint64_t high = (uint64_t)watermark_pages(zone, WMARK_HIGH);
	uint64_t scale = high ? 3 * high : 1, at;
	int column = LABEL + 1;
	enum cell_style style =
		free_pages < (uint64_t)watermark_pages(zone, WMARK_LOW) ?
			CELL_BAD :
			CELL_GOOD;

	cells_put(panel->cells, row, 0, LABEL, CELL_HEAD, "Watermarks");
	for (int i = 0; i < GAUGE; i++)
		cells_set(panel->cells, row, column + i,
			  free_pages * GAUGE > scale * (uint64_t)i ? style :
								     CELL_DIM,
			  free_pages * GAUGE > scale * (uint64_t)i ? 0x2588 :
								     0x2591,
			  false);
	for (int mark = WMARK_MIN; mark <= WMARK_HIGH; mark++) {
		at = (uint64_t)watermark_pages(zone, (unsigned int)mark) *
		     GAUGE / scale;
		cells_set(panel->cells, row, column + (int)at, CELL_HEAD,
			  (uint32_t) "mlh"[mark], false);
	}
	column += GAUGE + 1;
	column = cells_format(panel->cells, row, column, panel->width, style,
			      "%" PRIu64 " free", free_pages);
	for (int mark = WMARK_MIN; mark <= WMARK_HIGH; mark++)
		column = cells_format(
			panel->cells, row, column, panel->width, CELL_PLAIN,
			"%s %s %" PRId64, mark == WMARK_MIN ? ";" : ",",
			names[mark], watermark_pages(zone, (unsigned int)mark));
}

/* The blocks that a CPU's list would hand out next. */
static void draw_hottest(const struct panel *panel, int row, int column,
			 unsigned int number)
{
	const struct pcp_list *list =
		&panel->zone->pcp[panel->cpu].list[number];

	if (!list->count)
		cells_put(panel->cells, row, column, panel->width, CELL_DIM,
			  "empty");
	for (uint32_t i = 0; i < list->count && column < panel->width; i++)
		column =
			cells_format(panel->cells, row, column, panel->width,
				     i ? CELL_PLAIN : CELL_HEAD, "%u ",
				     list->ring[(list->head + i) & list->mask]);
}

/* The order of a column of the CPU's lists. */
static order_t cpu_order(const struct memory *memory, int column)
{
	return column > (int)memory->pcp_max_order ?
		       (order_t)memory->pageblock_order :
		       (order_t)column;
}

/* There is no list of reclaimable huge pages. */
static bool has_cpu_list(const struct memory *memory, order_t order, int type)
{
	return order <= memory->pcp_max_order || type != MIGRATE_RECLAIMABLE;
}

static void draw_cpu_counts(const struct panel *panel, int row, int type,
			    int columns)
{
	const struct memory *memory = panel->step->kernel->memory;

	for (int c = 0; c < columns; c++) {
		order_t order = cpu_order(memory, c);
		unsigned int list =
			pcp_list_number(order, (enum migratetype)type);
		uint32_t now = step_pcp(panel->step->now, panel->zone,
					panel->cpu, list);

		if (has_cpu_list(memory, order, type))
			put_count(panel, row, LABEL + COLUMN * (c + 1) - 1,
				  CELL_PLAIN, now,
				  panel->last ?
					  step_pcp(panel->last, panel->zone,
						   panel->cpu, list) :
					  now);
	}
}

static void draw_cpu(const struct panel *panel, int row)
{
	const struct memory *memory = panel->step->kernel->memory;
	bool holds = pcp_holds_order(memory, panel->order);
	order_t order = holds ? panel->order : 0;
	/* The column of huge pages is there when one is asked for. */
	int columns = (int)memory->pcp_max_order + 1 +
		      (order > memory->pcp_max_order);
	int frames = LABEL + COLUMN * columns + 2;

	cells_format(panel->cells, row, 0, LABEL + 1, CELL_HEAD, "CPU %u",
		     panel->cpu);
	for (int c = 0; c < columns; c++)
		draw_order(panel, row, c, cpu_order(memory, c), order);
	cells_format(panel->cells, row, frames, panel->width, CELL_DIM,
		     "of order %u, hottest first:", order);
	for (int type = 0; type < NR_PCP_MIGRATETYPES; type++) {
		row++;
		cells_put(panel->cells, row, 0, LABEL, type_style(type),
			  migratetype_names[type]);
		draw_cpu_counts(panel, row, type, columns);
		if (has_cpu_list(memory, order, type))
			draw_hottest(panel, row, frames,
				     pcp_list_number(order,
						     (enum migratetype)type));
	}
}

void panel_lists_draw(const struct panel *panel, int row)
{
	int types = nr_types(panel);

	draw_zones(panel, row);
	draw_free(panel, row + 1);
	draw_list(panel, row + 2 + types);
	draw_marks(panel, row + 3 + types);
	draw_cpu(panel, row + 4 + types);
}
