/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The CSV files of a recording that describe states: a few thousand rows, kept
 * as they are.
 */

#include "results/verify/expected_state.h"

#include <stdlib.h>
#include <unistd.h>

#include "sim/base/csv.h"
#include "sim/base/host.h"
#include "sim/base/numbers.h"

static const char *const sample_columns[] = {
	"label", "node", "zone", "migratetype", "order", "nr_free"
};

/* These name the row; the columns behind them are enum zone_figure. */
static const char *const zone_key_columns[] = { "label", "node", "zone" };
#define NR_ZONE_KEYS LENGTH(zone_key_columns)

const char *const zone_figure_names[NR_ZONE_FIGURES] = {
	[FIGURE_FREE_PAGES] = "nr_free_pages",
	[FIGURE_PCP] = "pcp_count",
	[FIGURE_HIGHATOMIC] = "nr_reserved_highatomic",
	[FIGURE_UNMOVABLE] = "pageblocks_unmovable",
	[FIGURE_MOVABLE] = "pageblocks_movable",
	[FIGURE_RECLAIMABLE] = "pageblocks_reclaimable",
	[FIGURE_HIGHATOMIC_BLOCKS] = "pageblocks_highatomic",
};

char *expected_path(const char *directory, const char *file,
		    struct errors *errors)
{
	struct text path = TEXT_EMPTY;

	text_add(&path, "%s/%s", directory, file);
	if (!path.failed)
		return path.s;
	error_host(errors, "no memory for a path");
	text_release(&path);
	return NULL;
}

static bool read_node(const struct field *field, node_t *node,
		      struct errors *errors)
{
	uint64_t value;

	if (!field_u64(field, "node", 0, MAX_NODES - 1, &value, errors))
		return false;
	*node = (node_t)value;
	return true;
}

static bool read_zone(const struct field *field, enum zone_type *zone,
		      struct errors *errors)
{
	size_t which;

	if (!field_word(field, "zone", zone_type_names, NR_ZONE_TYPES, &which,
			errors))
		return false;
	*zone = (enum zone_type)which;
	return true;
}

static uint32_t read_label(struct expected_state *state,
			   const struct field *field)
{
	return names_intern(state->labels, field->s, field->length);
}

static int add_cell(struct expected_state *state, const struct field *field,
		    struct errors *errors)
{
	struct expected_cell cell = { .label = read_label(state, field) };
	struct expected_cell *grown;
	size_t type;
	uint64_t order;

	if (!read_node(&field[1], &cell.node, errors) ||
	    !read_zone(&field[2], &cell.zone, errors) ||
	    !field_word(&field[3], "migratetype", migratetype_names,
			NR_MIGRATETYPES, &type, errors) ||
	    !field_u64(&field[4], "order", 0, MAX_ORDERS - 1, &order, errors) ||
	    !field_u64(&field[5], "nr_free", 0, UINT32_MAX, &cell.nr_free,
		       errors))
		return -1;
	cell.migratetype = (enum migratetype)type;
	cell.order = order;
	grown = host_grow(state->cell, &state->cell_room, state->nr_cells + 1,
			  sizeof *grown);
	if (!grown || !cell.label)
		return error_host(errors, "no memory for the expected state");
	state->cell = grown;
	state->cell[state->nr_cells++] = cell;
	return 0;
}

static int add_zone(struct expected_state *state, const struct field *field,
		    struct errors *errors)
{
	struct expected_zone zone = { .label = read_label(state, field) };
	struct expected_zone *grown;

	if (!read_node(&field[1], &zone.node, errors) ||
	    !read_zone(&field[2], &zone.zone, errors))
		return -1;
	for (int i = 0; i < NR_ZONE_FIGURES; i++)
		if (!field_u64(&field[NR_ZONE_KEYS + i], zone_figure_names[i],
			       0, UINT32_MAX, &zone.figure[i], errors))
			return -1;
	grown = host_grow(state->zone, &state->zone_room, state->nr_zones + 1,
			  sizeof *grown);
	if (!grown || !zone.label)
		return error_host(errors, "no memory for the expected state");
	state->zone = grown;
	state->zone[state->nr_zones++] = zone;
	return 0;
}

typedef int row_reader(struct expected_state *, const struct field *,
		       struct errors *);

static int read_table(struct expected_state *state, const char *path,
		      const char *const *columns, size_t nr_columns,
		      row_reader *read, struct errors *errors)
{
	size_t before = errors->nr;
	struct csv csv;

	if (csv_open(&csv, path, columns, nr_columns, errors) < 0)
		return -1;
	while (csv_next(&csv, errors) > 0)
		read(state, csv.field, errors);
	csv_close(&csv);
	return errors->nr == before ? 0 : -1;
}

static int read_zones(struct expected_state *state, const char *path,
		      struct errors *errors)
{
	const char *columns[NR_ZONE_KEYS + NR_ZONE_FIGURES];

	if (access(path, F_OK) != 0)
		return 0;
	for (size_t i = 0; i < NR_ZONE_KEYS; i++)
		columns[i] = zone_key_columns[i];
	for (size_t i = 0; i < NR_ZONE_FIGURES; i++)
		columns[NR_ZONE_KEYS + i] = zone_figure_names[i];
	return read_table(state, path, columns, LENGTH(columns), add_zone,
			  errors);
}

int expected_state_read(struct expected_state *state, const char *directory,
			struct errors *errors)
{
	char *samples =
		expected_path(directory, "expected_samples.csv", errors);
	char *zones = expected_path(directory, "expected_zones.csv", errors);
	int status = -1;

	*state = (struct expected_state){ .labels = names_new() };
	if (!state->labels)
		error_host(errors, "no memory for the expected state");
	else if (samples && zones &&
		 read_table(state, samples, sample_columns,
			    LENGTH(sample_columns), add_cell, errors) == 0)
		status = read_zones(state, zones, errors);
	free(samples);
	free(zones);
	return status;
}

void expected_state_release(struct expected_state *state)
{
	if (state->labels)
		names_free(state->labels);
	free(state->cell);
	free(state->zone);
}
