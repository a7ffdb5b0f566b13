/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Lays out a map of vmalloc's address space, from vmalloc_area: cells of a
 * grid, however many areas there are. A cell has the state that most of its
 * bytes have, and says how much of it is in areas:
 *
 *	over time	rows are addresses, columns times
 *	of one sample	columns are addresses, a row each state
 *
 * What is above the first hole of a gigabyte is left out, or nobody would see
 * the rest: x86_64 has the areas of its CPUs at the far end. A note says so.
 *
 * One block: (x, y, state, share in areas) a cell; times in the picture's
 * unit, addresses in MiB from the start of the space.
 */

#include <stdlib.h>
#include <string.h>

#include "results/plots/plot_data.h"
#include "sim/base/host.h"

#define ROWS 200
#define COLUMNS 300
#define STILL_CELLS 500
#define MIB 1048576.0

enum area_state { AREA_BEFORE, AREA_USED, AREA_UNPURGED, NR_AREA_STATES };

struct cell {
	double bytes[NR_AREA_STATES];
};

struct space {
	const struct plot_run *run;
	int64_t base;	   /* of the space */
	double first, end; /* of what is drawn, in bytes from there */
	size_t nr;	   /* cells that the addresses are divided into */
	struct cell *cell, *before; /* of a sample; of those that stay */
};

static int find_space(struct space *space, struct errors *errors)
{
	const struct database *database = &space->run->database;
	sqlite3_stmt *statement = database_prepare(
		database,
		"WITH edge AS (SELECT start_vaddr, max(end_vaddr) OVER"
		" (ORDER BY start_vaddr ROWS BETWEEN UNBOUNDED PRECEDING AND 1"
		" PRECEDING) AS before FROM vmalloc_area), far AS (SELECT"
		" min(start_vaddr) AS vaddr FROM edge"
		" WHERE start_vaddr - before > 1 << 30)"
		" SELECT (SELECT vmalloc_start FROM machine), min(start_vaddr),"
		" max(end_vaddr) FROM vmalloc_area"
		" WHERE start_vaddr < coalesce((SELECT vaddr FROM far),"
		" 0x7fffffffffffffff)",
		errors);
	int got;

	if (!statement)
		return -1;
	got = database_step(database, statement, errors);
	if (got > 0) {
		space->base = sqlite3_column_int64(statement, 0);
		space->first = (double)(sqlite3_column_int64(statement, 1) -
					space->base);
		space->end = (double)(sqlite3_column_int64(statement, 2) -
				      space->base);
	}
	sqlite3_finalize(statement);
	return got < 0 ? -1 : 0;
}

static void add_area(const struct space *space, struct cell *cell, double from,
		     double to, enum area_state state)
{
	double each = (space->end - space->first) / (double)space->nr;
	size_t n = (size_t)((from - space->first) / each);

	for (; n < space->nr; n++) {
		double start = space->first + (double)n * each;

		if (start >= to)
			break;
		cell[n].bytes[state] +=
			(to < start + each ? to : start + each) -
			(from > start ? from : start);
	}
}

/* The areas of a sample; those of sample 0 were there before. */
static int read_sample(const struct space *space, struct cell *cell,
		       uint64_t sample, sqlite3_stmt *statement,
		       struct errors *errors)
{
	int got;

	sqlite3_reset(statement);
	sqlite3_bind_int64(statement, 1, (sqlite3_int64)sample);
	while ((got = database_step(&space->run->database, statement, errors)) >
	       0) {
		double from = (double)(sqlite3_column_int64(statement, 0) -
				       space->base);
		double to = (double)(sqlite3_column_int64(statement, 1) -
				     space->base);
		enum area_state state = AREA_USED;

		if (!sample)
			state = AREA_BEFORE;
		else if (!strcmp(column_text(statement, 2), "unpurged"))
			state = AREA_UNPURGED;
		if (from < space->end)
			add_area(space, cell, from, to, state);
	}
	return got;
}

static int read_areas(const struct space *space, uint64_t sample,
		      sqlite3_stmt *statement, struct errors *errors)
{
	memcpy(space->cell, space->before, space->nr * sizeof(*space->cell));
	return sample ? read_sample(space, space->cell, sample, statement,
				    errors) :
			0;
}

static void add_cell(struct plot_data *data, double x, double y, int state,
		     double share)
{
	text_add(&data->rows, "%.9g %.9g %d %.3f\n", x, y, state, share);
}

/* The middle of the n-th cell, in MiB. */
static double middle(const struct space *space, size_t n)
{
	double each = (space->end - space->first) / (double)space->nr;

	return (space->first + ((double)n + 0.5) * each) / MIB;
}

static double share(const struct space *space, double bytes)
{
	return bytes * (double)space->nr / (space->end - space->first);
}

static void add_column(struct plot_data *data, const struct space *space,
		       double x)
{
	for (size_t n = 0; n < space->nr; n++) {
		const double *bytes = space->cell[n].bytes;
		int main = 0;
		double all = 0;

		for (int state = 0; state < NR_AREA_STATES; state++) {
			all += bytes[state];
			if (bytes[state] > bytes[main])
				main = state;
		}
		add_cell(data, x, middle(space, n), main, share(space, all));
	}
}

static void add_still(struct plot_data *data, const struct space *space)
{
	for (int state = 0; state < NR_AREA_STATES; state++)
		for (size_t n = 0; n < space->nr; n++)
			add_cell(data, middle(space, n), state + 1, state,
				 share(space, space->cell[n].bytes[state]));
}

static int add_cells(struct plot_data *data, const struct space *space,
		     size_t nr_columns, sqlite3_stmt *areas,
		     struct errors *errors)
{
	double first = (double)data->first_t_ns, ns_per_unit;
	double width = ((double)data->last_t_ns - first) / (double)nr_columns;
	uint64_t sample;

	if (read_sample(space, space->before, 0, areas, errors))
		return -1;
	plot_data_time_unit(data, &ns_per_unit);
	for (size_t n = 0; n < nr_columns; n++) {
		double t_ns = first + ((double)n + 0.5) * width;

		if (plot_nearest_sample(space->run, t_ns, &sample, errors) ||
		    read_areas(space, sample, areas, errors))
			return -1;
		if (data->single)
			add_still(data, space);
		else
			add_column(data, space, t_ns / ns_per_unit);
	}
	return 0;
}

int plot_add_vmalloc(struct plot_data *data, struct plot_panel *panel,
		     const struct plot_run *run, struct errors *errors)
{
	bool letters = plot_in_letters(data->options);
	struct space space = { .run = run };
	sqlite3_stmt *areas = NULL;
	int result = -1;

	space.nr = data->single ? STILL_CELLS : ROWS;
	if (letters)
		space.nr = data->single ? 40 : 30;
	space.cell = host_alloc(space.nr, sizeof(*space.cell));
	space.before = host_alloc(space.nr, sizeof(*space.before));
	if (!space.cell || !space.before)
		error_host(errors, "plot");
	else if (!find_space(&space, errors))
		areas = database_prepare(&run->database,
					 "SELECT start_vaddr, end_vaddr, flags"
					 " FROM vmalloc_area WHERE sample = ?1",
					 errors);
	if (areas)
		result = add_cells(data, &space,
				   data->single ? 1 :
				   letters	? 60 :
						  COLUMNS,
				   areas, errors);
	text_add(&data->rows, "\n\n");
	sqlite3_finalize(areas);
	free(space.cell);
	free(space.before);
	return result ? -1 : plot_add_note(data, panel, run, errors);
}
