/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which panels a picture has.
 *
 * Of zones: the one that was asked for, or those of the first run in which
 * most happened, in the machine's order. Of runs: one each. Named ones: what
 * the runs have together, in the order of the first run that has it. As many
 * as there is room for; a terminal has room for one.
 */

#include <stdlib.h>
#include <string.h>

#include "results/plots/gnuplot.h"
#include "results/plots/plot_data.h"

#define PANELS_DRAWN 3 /* of zones and named ones, unless one is asked for */

static size_t most_panels(const struct plot_data *data)
{
	if (plot_in_letters(data->options))
		return 1;
	return data->options->zone ? PLOT_PANELS_MAX : PANELS_DRAWN;
}

bool plot_panel_has_run(const struct plot_panel *panel, size_t run)
{
	return panel->run < 0 || (size_t)panel->run == run;
}

static struct plot_panel *add_panel(struct plot_data *data, int run)
{
	struct plot_panel *panel;

	if (data->nr_panels == PLOT_PANELS_MAX)
		return NULL;
	panel = &data->panel[data->nr_panels++];
	panel->node = -1;
	panel->run = run;
	return panel;
}

/* 1: the run has the zone; 0: not; -1 with an error added. */
static int has_zone(const struct plot_run *run, int node, const char *zone,
		    struct errors *errors)
{
	sqlite3_stmt *statement = database_prepare(
		&run->database,
		"SELECT 1 FROM zone WHERE node = ?1 AND zone = ?2", errors);
	int got;

	if (!statement)
		return -1;
	sqlite3_bind_int(statement, 1, node);
	sqlite3_bind_text(statement, 2, zone, -1, SQLITE_STATIC);
	got = database_step(&run->database, statement, errors);
	sqlite3_finalize(statement);
	return got;
}

static void add_zone_panel(struct plot_data *data, int run, int node,
			   const char *zone)
{
	struct plot_panel *panel = add_panel(data, run);

	if (!panel)
		return;
	panel->node = node;
	strncpy(panel->zone, zone, sizeof(panel->zone) - 1);
}

static bool is_of_run(const struct plot_data *data)
{
	return data->kind->panels == PLOT_ZONES_OF_RUN;
}

/* A zone as a panel; or, for some kinds, one for each run that has it. */
static int add_zone(struct plot_data *data, size_t first_run, int node,
		    const char *zone, struct errors *errors)
{
	if (!is_of_run(data)) {
		add_zone_panel(data, -1, node, zone);
		return 0;
	}
	for (size_t i = first_run; i < data->nr_runs; i++) {
		int has = has_zone(&data->run[i], node, zone, errors);

		if (has < 0)
			return -1;
		if (has)
			add_zone_panel(data, (int)i, node, zone);
	}
	return 0;
}

#define WANTED                                                                 \
	" (:node < 0 OR node = :node) AND (:zone IS NULL OR zone = :zone)"

int plot_no_zone(const struct plot_run *run, const struct plot_options *options,
		 struct errors *errors)
{
	struct place place = { .file = run->database.path };
	const char *zone = options->zone ? options->zone : "at all";
	char node[32] = "";
	sqlite3_stmt *there = database_prepare(
		&run->database,
		"SELECT group_concat(zone || ' on node ' || node, ', ')"
		" FROM zone",
		errors);

	if (!there)
		return -1;
	if (options->node >= 0)
		snprintf(node, sizeof(node), " on node %d", options->node);
	if (database_step(&run->database, there, errors) > 0)
		error_input(errors, place, "has no zone %s%s; it has %s", zone,
			    node, column_text(there, 0));
	sqlite3_finalize(there);
	return -1;
}

/* The run's zones in which most happened, then the largest ones. */
static int choose_zones_of(struct plot_data *data, size_t run,
			   struct errors *errors)
{
	const struct database *database = &data->run[run].database;
	struct plot_panel wanted = { .node = data->options->node };
	sqlite3_stmt *statement = database_prepare(
		database,
		"SELECT node, zone, (SELECT count(*) FROM zone WHERE" WANTED
		") FROM (SELECT rowid AS r, node, zone FROM zone WHERE" WANTED
		" ORDER BY (SELECT max(free_pages) - min(free_pages)"
		" FROM zone_sample AS s WHERE s.node = zone.node"
		" AND s.zone = zone.zone) DESC, managed_pages DESC, rowid"
		" LIMIT :most) ORDER BY r",
		errors);
	int drawn = 0;
	int got;

	if (!statement)
		return -1;
	if (data->options->zone)
		strncpy(wanted.zone, data->options->zone,
			sizeof(wanted.zone) - 1);
	plot_bind(data, statement, &wanted, NULL);
	sqlite3_bind_int64(statement,
			   sqlite3_bind_parameter_index(statement, ":most"),
			   (sqlite3_int64)most_panels(data));
	while ((got = database_step(database, statement, errors)) > 0) {
		if (add_zone(data, run, sqlite3_column_int(statement, 0),
			     column_text(statement, 1), errors)) {
			got = -1;
			break;
		}
		data->zones_left = sqlite3_column_int(statement, 2) - ++drawn;
	}
	sqlite3_finalize(statement);
	return got;
}

static bool has_panel(const struct plot_data *data, size_t run)
{
	for (size_t i = 0; i < data->nr_panels; i++)
		if (plot_panel_has_run(&data->panel[i], run))
			return true;
	return false;
}

/* The first run's zones; a run that has none of them shows its own. */
static int choose_zones(struct plot_data *data, struct errors *errors)
{
	size_t nr = is_of_run(data) ? data->nr_runs : 1;

	for (size_t i = 0; i < nr; i++)
		if (!has_panel(data, i) && choose_zones_of(data, i, errors))
			return -1;
	return data->nr_panels ?
		       0 :
		       plot_no_zone(&data->run[0], data->options, errors);
}

static bool is_named(const struct plot_data *data, const char *name)
{
	for (size_t i = 0; i < data->nr_panels; i++)
		if (!strncmp(data->panel[i].name, name,
			     sizeof(data->panel[i].name) - 1))
			return true;
	return false;
}

static int add_named(struct plot_data *data, const struct database *database,
		     struct errors *errors)
{
	sqlite3_stmt *statement =
		database_prepare(database, data->kind->panel_names, errors);
	struct text left = TEXT_EMPTY;
	int got;

	if (!statement)
		return -1;
	while ((got = database_step(database, statement, errors)) > 0) {
		const char *name = column_text(statement, 0);
		struct plot_panel *panel;

		if (is_named(data, name))
			continue;
		if (data->nr_panels == most_panels(data)) {
			text_add(&left, "%s%s", left.length ? ", " : "", name);
			continue;
		}
		panel = add_panel(data, -1);
		if (panel)
			strncpy(panel->name, name, sizeof(panel->name) - 1);
	}
	/* The first run says it for all: the others have much the same. */
	if (left.length && !data->settings.length) {
		text_add(&data->settings, "panels_left = ");
		gnuplot_quote(&data->settings, left.s);
		text_add(&data->settings, "\n");
	}
	text_release(&left);
	sqlite3_finalize(statement);
	return got;
}

int plot_choose_panels(struct plot_data *data, struct errors *errors)
{
	size_t i;

	switch (data->kind->panels) {
	case PLOT_ZONES:
	case PLOT_ZONES_OF_RUN:
		return choose_zones(data, errors);
	case PLOT_RUNS:
		for (i = 0; i < data->nr_runs; i++)
			add_panel(data, (int)i);
		return 0;
	case PLOT_NAMED:
		for (i = 0; i < data->nr_runs; i++)
			if (add_named(data, &data->run[i].database, errors))
				return -1;
		return 0;
	case PLOT_ONE:
		add_panel(data, -1);
		return 0;
	}
	return 0;
}
