/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lays out a map of physical memory, from pageblock_sample.
 *
 * Over time, a cell is a stretch of addresses at a moment; x is time, y the
 * address, upwards. Where two zones leave addresses out, a strip says so; it
 * is no higher for more:
 *
 *	rows	Normal, node 1	| | | | | | | |
 *		(no memory)	---------------
 *		DMA32, node 0	| | | | | | | |
 *		DMA, node 0	| | | | | | | |
 *
 * All zones have one scale, but for those that would hardly be seen: these
 * get a few rows all the same. Each column of cells shows the sample nearest
 * in time, none where the run was not yet begun or over.
 *
 * Of one sample, a cell is a stretch of addresses too, and they fill lines
 * like words do, downwards, each zone from a line of its own on.
 *
 * Blocks: (x, y, type, share in use) a cell, type being the pageblocks' migrate
 * type, MAP_NO_MEMORY or MAP_NOTHING; then (first row, row behind the last,
 * name) a zone.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/record/pageblock_rows.h"
#include "results/plots/plot_data.h"
#include "sim/base/host.h"

#define ZONES_MAX (MAX_NODES * NR_ZONE_TYPES)
#define ROWS 240    /* over time, of a picture */
#define COLUMNS 300 /* … */
#define CELLS 3072  /* of one sample */
#define TICKS 8	    /* at most, but for zones' starts */
#define MAP_NO_MEMORY 6
#define MAP_NOTHING 7

struct strip { /* a zone, or addresses between two */
	char name[48];
	uint64_t start_pfn, pages;
	size_t nr_groups; /* 0: no memory */
	size_t first_group;
	size_t first_row, nr_rows;
	int node;
	char zone[16];
};

struct cell {
	uint8_t type;
	double used;
};

struct map {
	const struct plot_run *run;
	struct strip strip[2 * ZONES_MAX];
	size_t nr_strips;
	size_t nr_rows, nr_columns;
	uint64_t page_size;
	double cell_pages;
	double pages_each[2 * ZONES_MAX]; /* of a group */
	struct cell *cell; /* of a column, or of all of a sample */
};

/* ---- which addresses there are ------------------------------------------- */

static void add_gap(struct map *map, uint64_t from, uint64_t to)
{
	struct strip *gap = &map->strip[map->nr_strips++];

	memset(gap, 0, sizeof(*gap));
	strcpy(gap->name, "no memory");
	gap->start_pfn = from;
	gap->pages = to - from;
}

/* `chosen`: other zones may be between those that are drawn. */
static void add_strip(struct map *map, bool chosen, sqlite3_stmt *statement)
{
	struct strip *strip;
	uint64_t start = (uint64_t)sqlite3_column_int64(statement, 2);
	uint64_t end = 0;

	if (map->nr_strips && !chosen) {
		strip = &map->strip[map->nr_strips - 1];
		end = strip->start_pfn + strip->pages;
		if (start > end)
			add_gap(map, end, start);
	}
	strip = &map->strip[map->nr_strips];
	memset(strip, 0, sizeof(*strip));
	strip->node = sqlite3_column_int(statement, 0);
	strncpy(strip->zone, column_text(statement, 1),
		sizeof(strip->zone) - 1);
	snprintf(strip->name, sizeof(strip->name), "node %d %s", strip->node,
		 column_text(statement, 1));
	strip->start_pfn = start;
	strip->pages = (uint64_t)sqlite3_column_int64(statement, 3);
	strip->nr_groups = (size_t)sqlite3_column_int64(statement, 4) /
			   PAGEBLOCK_GROUP_BYTES;
	map->pages_each[map->nr_strips++] = sqlite3_column_double(statement, 5);
	map->page_size = (uint64_t)sqlite3_column_int64(statement, 6);
}

static int find_strips(const struct plot_data *data, struct map *map,
		       struct errors *errors)
{
	const struct plot_options *options = data->options;
	bool chosen = options->zone || options->node >= 0;
	struct plot_panel wanted = { .node = options->node };
	const struct database *database = &map->run->database;
	sqlite3_stmt *statement = database_prepare(
		database,
		"SELECT z.node, z.zone, z.start_pfn, z.spanned_pages,"
		" length(p.groups), p.pages_each, (SELECT page_size FROM run)"
		" FROM zone AS z JOIN pageblock_sample AS p"
		" ON p.node = z.node AND p.zone = z.zone"
		" WHERE p.sample = (SELECT min(sample) FROM plot_sample)"
		" AND z.spanned_pages > 0"
		" AND (:node < 0 OR z.node = :node)"
		" AND (:zone IS NULL OR z.zone = :zone) ORDER BY z.start_pfn",
		errors);
	int got;

	if (!statement)
		return -1;
	if (options->zone)
		strncpy(wanted.zone, options->zone, sizeof(wanted.zone) - 1);
	plot_bind(data, statement, &wanted, NULL);
	while ((got = database_step(database, statement, errors)) > 0)
		add_strip(map, chosen, statement);
	sqlite3_finalize(statement);
	if (!got && !map->nr_strips)
		return plot_no_zone(map->run, options, errors);
	return got;
}

static uint64_t total_pages(const struct map *map)
{
	uint64_t total = 0;

	for (size_t i = 0; i < map->nr_strips; i++)
		if (map->strip[i].nr_groups)
			total += map->strip[i].pages;
	return total;
}

/* A power of two times the smallest group, so that there are `most` of them. */
static double pages_per_cell(const struct map *map, double most)
{
	double pages = map->pages_each[0];

	for (size_t i = 0; i < map->nr_strips; i++)
		if (map->strip[i].nr_groups && map->pages_each[i] < pages)
			pages = map->pages_each[i];
	while ((double)total_pages(map) / pages > most)
		pages *= 2;
	return pages;
}

/* ---- how much of it a cell shows ----------------------------------------- */

static size_t at_least(double cells, size_t least)
{
	return cells > (double)least ? (size_t)ceil(cells) : least;
}

static void place_over_time(struct map *map, double pages, size_t rows,
			    size_t columns)
{
	map->cell_pages = pages;
	map->nr_columns = columns;
	map->nr_rows = 0;
	for (size_t i = 0; i < map->nr_strips; i++) {
		struct strip *strip = &map->strip[i];

		strip->first_row = map->nr_rows;
		strip->nr_rows = strip->nr_groups ?
					 at_least((double)strip->pages / pages,
						  1 + rows / 40) :
					 1 + map->nr_rows / 40;
		map->nr_rows += strip->nr_rows;
	}
}

/* About as many lines as cells in one, a blank line between zones. */
static void place_still(struct map *map, double pages, size_t widest)
{
	double nr = (double)total_pages(map) / pages;

	map->cell_pages = pages;
	map->nr_columns = 8;
	map->nr_rows = 0;
	while ((double)(map->nr_columns * map->nr_columns) < 1.25 * nr &&
	       map->nr_columns < widest)
		map->nr_columns *= 2;
	for (size_t i = 0; i < map->nr_strips; i++) {
		struct strip *strip = &map->strip[i];

		if (!strip->nr_groups)
			continue;
		map->nr_rows += map->nr_rows > 0;
		strip->first_row = map->nr_rows;
		strip->nr_rows = at_least((double)strip->pages / pages /
						  (double)map->nr_columns,
					  1);
		map->nr_rows += strip->nr_rows;
	}
}

/* Zones may have whole rows for little: others have to do with fewer then. */
static bool is_too_high(const struct map *map, size_t rows)
{
	bool can_shrink = false;

	for (size_t i = 0; i < map->nr_strips; i++)
		can_shrink |= map->strip[i].nr_rows > 1;
	return can_shrink && map->nr_rows > rows;
}

/* Type and use of the n-th of `nr` equal parts of a strip's groups. */
static struct cell read_cell(const uint8_t *groups, size_t nr_groups,
			     double pages_each, const struct strip *strip,
			     size_t n, size_t nr)
{
	size_t first = n * nr_groups / nr;
	size_t end = (n + 1) * nr_groups / nr;
	unsigned int count[NR_MIGRATETYPES] = { 0 };
	struct cell cell = { .type = MAP_NO_MEMORY };
	double pages = 0, free_pages = 0;
	double offset = fmod((double)strip->start_pfn, pages_each);

	if (end == first)
		end++;
	for (size_t i = first; i < end && i < nr_groups; i++) {
		const uint8_t *group = groups + i * PAGEBLOCK_GROUP_BYTES;
		double from = (double)i * pages_each - offset;
		uint8_t type = pageblock_group_type(group);

		if (type >= NR_MIGRATETYPES)
			continue;
		count[type]++;
		pages += fmin(from + pages_each, (double)strip->pages) -
			 fmax(from, 0);
		free_pages += pageblock_group_free(group);
	}
	for (uint8_t type = 0; type < NR_MIGRATETYPES; type++)
		if (count[type] && (cell.type == MAP_NO_MEMORY ||
				    count[type] > count[cell.type]))
			cell.type = type;
	cell.used = pages > 0 ? 1 - free_pages / pages : 1;
	return cell;
}

/* ---- reading samples ----------------------------------------------------- */

/* As many equal parts as the strip has rows, or cells, from cell[first] on. */
static int read_strip(const struct map *map, size_t number, uint64_t sample,
		      size_t first, size_t nr, sqlite3_stmt *statement,
		      struct errors *errors)
{
	const struct strip *strip = &map->strip[number];
	int got;

	for (size_t n = 0; n < nr; n++)
		map->cell[first + n] = (struct cell){ .type = MAP_NO_MEMORY };
	if (!strip->nr_groups)
		return 0;
	sqlite3_reset(statement);
	sqlite3_bind_int64(statement, 1, (sqlite3_int64)sample);
	sqlite3_bind_int(statement, 2, strip->node);
	sqlite3_bind_text(statement, 3, strip->zone, -1, SQLITE_STATIC);
	got = database_step(&map->run->database, statement, errors);
	if (got > 0 && (size_t)sqlite3_column_bytes(statement, 0) >=
			       strip->nr_groups * PAGEBLOCK_GROUP_BYTES)
		for (size_t n = 0; n < nr; n++)
			map->cell[first + n] = read_cell(
				sqlite3_column_blob(statement, 0),
				strip->nr_groups, map->pages_each[number],
				strip, n, nr);
	return got < 0 ? -1 : 0;
}

static sqlite3_stmt *prepare_groups(const struct map *map,
				    struct errors *errors)
{
	return database_prepare(&map->run->database,
				"SELECT groups FROM pageblock_sample"
				" WHERE sample = ?1 AND node = ?2"
				" AND zone = ?3",
				errors);
}

static void add_cell(struct plot_data *data, double x, double y,
		     const struct cell *cell)
{
	text_add(&data->rows, "%.9g %.9g %u %.3f\n", x, y, cell->type,
		 cell->used);
}

static int add_column(struct plot_data *data, const struct map *map,
		      uint64_t sample, double x, sqlite3_stmt *statement,
		      struct errors *errors)
{
	static const struct cell nothing = { .type = MAP_NOTHING };

	for (size_t i = 0; sample && i < map->nr_strips; i++)
		if (read_strip(map, i, sample, map->strip[i].first_row,
			       map->strip[i].nr_rows, statement, errors))
			return -1;
	for (size_t row = 0; row < map->nr_rows; row++)
		add_cell(data, x, (double)row + 0.5,
			 sample ? &map->cell[row] : &nothing);
	return 0;
}

/* ---- over time ----------------------------------------------------------- */

static int add_over_time(struct plot_data *data, const struct map *map,
			 struct errors *errors)
{
	double first = (double)data->first_t_ns, ns_per_unit;
	double width =
		((double)data->last_t_ns - first) / (double)map->nr_columns;
	sqlite3_stmt *groups = prepare_groups(map, errors);
	int result = groups ? 0 : -1;
	uint64_t sample;

	plot_data_time_unit(data, &ns_per_unit);
	for (size_t n = 0; !result && n < map->nr_columns; n++) {
		double t_ns = first + ((double)n + 0.5) * width;

		result = plot_nearest_sample(map->run, t_ns, &sample, errors);
		if (!result)
			result = add_column(data, map, sample,
					    t_ns / ns_per_unit, groups, errors);
	}
	sqlite3_finalize(groups);
	return result;
}

/* ---- one sample ---------------------------------------------------------- */

static void add_line(struct plot_data *data, const struct map *map, size_t row,
		     size_t from, size_t nr)
{
	static const struct cell nothing = { .type = MAP_NOTHING };

	for (size_t x = 0; x < map->nr_columns; x++)
		add_cell(data, (double)x + 0.5, (double)row + 0.5,
			 x < nr ? &map->cell[from + x] : &nothing);
}

static int add_still_strip(struct plot_data *data, const struct map *map,
			   size_t number, uint64_t sample,
			   sqlite3_stmt *statement, struct errors *errors)
{
	const struct strip *strip = &map->strip[number];
	size_t nr = at_least((double)strip->pages / map->cell_pages, 1);

	if (read_strip(map, number, sample, 0, nr, statement, errors))
		return -1;
	if (strip->first_row)
		add_line(data, map, strip->first_row - 1, 0, 0);
	for (size_t row = 0; row < strip->nr_rows; row++) {
		size_t from = row * map->nr_columns;

		add_line(data, map, strip->first_row + row, from,
			 nr > from ? nr - from : 0);
	}
	return 0;
}

static int add_still(struct plot_data *data, const struct map *map,
		     struct errors *errors)
{
	sqlite3_stmt *groups = prepare_groups(map, errors);
	sqlite3_stmt *one = database_prepare(
		&map->run->database, "SELECT sample FROM plot_sample", errors);
	int result = groups && one ? 0 : -1;
	uint64_t sample = 0;

	if (!result && database_step(&map->run->database, one, errors) > 0)
		sample = (uint64_t)sqlite3_column_int64(one, 0);
	for (size_t i = 0; !result && i < map->nr_strips; i++)
		if (map->strip[i].nr_groups)
			result = add_still_strip(data, map, i, sample, groups,
						 errors);
	sqlite3_finalize(groups);
	sqlite3_finalize(one);
	return result;
}

/* ---- what is where ------------------------------------------------------- */

static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };

#define NR_UNITS (sizeof(units) / sizeof(*units))

/* Quarters of a unit are fine, "0.25 GiB", but no less: "64 MiB". */
static size_t unit_of(double step)
{
	size_t unit = 0;

	while (unit < NR_UNITS - 1 && step >= 1024 / 4) {
		step /= 1024;
		unit++;
	}
	return unit;
}

static void add_bytes(struct text *out, double bytes)
{
	size_t unit = unit_of(bytes);

	text_add(out, "%.4g %s", bytes / pow(1024, (double)unit), units[unit]);
}

struct ticks {
	struct text *out;
	double last_row; /* of the one before */
	double least;	 /* rows between two */
	size_t unit;	 /* of all of them, so that they compare */
};

static void add_tick(struct ticks *ticks, double bytes, double row)
{
	double value = bytes / pow(1024, (double)ticks->unit);

	double precision = value < 100 ? 1000 : 10;

	if (row < ticks->last_row + ticks->least)
		return;
	text_add(ticks->out, "%s\"", ticks->last_row < 0 ? "" : ", ");
	/* A page is 0.004 MiB, and memory that ends at 383.863 at 383.9. */
	text_add(ticks->out, bytes > 0 ? "%.7g %s" : "0",
		 round(value * precision) / precision, units[ticks->unit]);
	text_add(ticks->out, "\" %.6g", row);
	ticks->last_row = row;
}

/* At a strip's start and at each multiple of `step` (of `from`) behind it. */
static void add_strip_ticks(struct ticks *ticks, const struct map *map,
			    const struct strip *strip, double from, double step,
			    double rows_per_byte)
{
	double start = (double)(strip->start_pfn * map->page_size);
	double end = start + (double)(strip->pages * map->page_size);

	add_tick(ticks, start, (double)strip->first_row);
	if (!strip->nr_groups)
		return;
	for (double at = from + ceil((start - from) / step) * step; at < end;
	     at += step)
		add_tick(ticks, at,
			 (double)strip->first_row +
				 (at - start) * rows_per_byte);
}

/* Over time, at round addresses; of a sample, at what begins a line. */
static void add_ticks(struct text *out, const struct map *map, bool single)
{
	double page_size = (double)map->page_size;
	double line = (double)map->nr_columns * map->cell_pages * page_size;
	struct ticks ticks = { .out = out, .last_row = -1e9 };
	double step = single ? line : page_size, end = 0;

	while (total_pages(map) * page_size / step > (single ? 16 : TICKS))
		step *= 2;
	ticks.unit = unit_of(step);
	ticks.least = fmax((double)map->nr_rows / (2 * TICKS), 1);
	for (size_t i = 0; i < map->nr_strips; i++) {
		const struct strip *strip = &map->strip[i];
		double start = (double)strip->start_pfn * page_size;
		double bytes = (double)strip->pages * page_size;

		if (!strip->nr_rows)
			continue;
		end = start + bytes;
		add_strip_ticks(&ticks, map, strip, single ? start : 0, step,
				single ? 1 / line :
					 (double)strip->nr_rows / bytes);
	}
	if (!single)
		add_tick(&ticks, end, (double)map->nr_rows);
}

static void add_settings(struct plot_data *data, const struct map *map,
			 size_t panel)
{
	struct text *out = &data->settings;

	if (!panel)
		text_add(out,
			 "array map_rows[%zu]\narray map_columns[%zu]\n"
			 "array map_tics[%zu]\narray map_cell[%zu]\n"
			 "array map_zones[%zu]\n",
			 data->nr_panels, data->nr_panels, data->nr_panels,
			 data->nr_panels, data->nr_panels);
	panel++;
	text_add(out, "map_rows[%zu] = %zu\nmap_columns[%zu] = %zu\n", panel,
		 map->nr_rows, panel, map->nr_columns);
	text_add(out, "map_zones[%zu] = %zu\nmap_cell[%zu] = '", panel,
		 map->nr_strips, panel);
	add_bytes(out, map->cell_pages * (double)map->page_size);
	text_add(out, "'\nmap_tics[%zu] = '", panel);
	add_ticks(out, map, data->single);
	text_add(out, "'\n");
}

static void add_zones(struct plot_data *data, const struct map *map)
{
	text_add(&data->rows, "\n\n");
	for (size_t i = 0; i < map->nr_strips; i++)
		if (map->strip[i].nr_rows)
			text_add(&data->rows, "%zu %zu \"%s\"\n",
				 map->strip[i].first_row,
				 map->strip[i].first_row +
					 map->strip[i].nr_rows,
				 map->strip[i].name);
	text_add(&data->rows, "\n\n");
}

static int lay_out(const struct plot_data *data, struct map *map,
		   struct errors *errors)
{
	const struct plot_options *options = data->options;
	size_t rows = ROWS, columns = COLUMNS, cells = CELLS, widest = 128;
	double pages;

	if (plot_in_letters(options)) {
		/* Beside and below them are addresses, names and the legend. */
		rows = plot_lines(options) - 8;
		columns = plot_columns(options) - 27;
		widest = 32;
		cells = rows * widest;
	}
	pages = pages_per_cell(map,
			       data->single ? (double)cells : (double)rows);
	do {
		if (data->single)
			place_still(map, pages, widest);
		else
			place_over_time(map, pages, rows, columns);
		pages *= 2;
	} while (plot_in_letters(options) && is_too_high(map, rows));
	map->cell = host_alloc(map->nr_rows * map->nr_columns + 1,
			       sizeof(*map->cell));
	return map->cell ? 0 : error_host(errors, "map");
}

int plot_add_map(struct plot_data *data, struct plot_panel *panel,
		 const struct plot_run *run, struct errors *errors)
{
	struct map *map = host_alloc(1, sizeof(*map));
	int result = -1;

	if (!map)
		return error_host(errors, "map");
	map->run = run;
	if (!find_strips(data, map, errors) && !lay_out(data, map, errors)) {
		result = data->single ? add_still(data, map, errors) :
					add_over_time(data, map, errors);
		add_zones(data, map);
		add_settings(data, map, (size_t)(panel - data->panel));
	}
	free(map->cell);
	free(map);
	return result ? result : plot_add_note(data, panel, run, errors);
}
