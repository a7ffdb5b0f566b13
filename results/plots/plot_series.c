/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rows as queries give them: a block for each series (a slab cache, a path, a
 * reason), then one for each of the kind's further queries.
 *
 * All runs share one list of series, so that the same cache has the same
 * colour everywhere: in the order of the first run that has it, what others are
 * taken together as behind all.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/plots/plot_data.h"

static bool has_series(const struct plot_data *data, const char *name)
{
	for (size_t i = 0; i < data->nr_series; i++)
		if (!strcmp(data->series[i], name))
			return true;
	return false;
}

static int add_names(struct plot_data *data, const struct plot_panel *panel,
		     const struct database *database, struct errors *errors)
{
	sqlite3_stmt *statement =
		database_prepare(database, data->kind->series, errors);
	int got;

	if (!statement)
		return -1;
	plot_bind(data, statement, panel, NULL);
	while ((got = database_step(database, statement, errors)) > 0) {
		const char *name = column_text(statement, 0);

		if (data->nr_series == PLOT_SERIES_MAX ||
		    has_series(data, name))
			continue;
		data->series[data->nr_series] = strdup(name);
		if (!data->series[data->nr_series++]) {
			got = error_host(errors, "plot");
			break;
		}
	}
	sqlite3_finalize(statement);
	return got;
}

static void put_others_last(struct plot_data *data)
{
	for (size_t i = 0; i + 1 < data->nr_series; i++) {
		char *name = data->series[i];

		if (strcmp(name, PLOT_OTHERS) != 0)
			continue;
		data->series[i] = data->series[i + 1];
		data->series[i + 1] = name;
	}
}

static int list_series(struct plot_data *data, struct errors *errors)
{
	text_add(&data->series_list, "\n");
	for (size_t i = 0; i < data->nr_series; i++)
		text_add(&data->series_list, "%s\n", data->series[i]);
	return data->series_list.failed ? error_host(errors, "plot") : 0;
}

int plot_choose_series(struct plot_data *data, struct errors *errors)
{
	size_t p, r;

	if (!data->kind->series)
		return 0;
	for (p = 0; p < data->nr_panels; p++)
		for (r = 0; r < data->nr_runs; r++)
			if (plot_panel_has_run(&data->panel[p], r) &&
			    add_names(data, &data->panel[p],
				      &data->run[r].database, errors))
				return -1;
	put_others_last(data);
	return list_series(data, errors);
}

/* A column as gnuplot reads it: a number, or a text in quotes. */
static void add_column(struct text *rows, sqlite3_stmt *statement, int column)
{
	if (sqlite3_column_type(statement, column) != SQLITE_TEXT) {
		plot_add_number(rows, sqlite3_column_type(statement, column) ==
						      SQLITE_NULL ?
					      NAN :
					      sqlite3_column_double(statement,
								    column));
		return;
	}
	text_add(rows, " \"");
	for (const char *s = column_text(statement, column); *s; s++)
		text_add(rows, "%c",
			 *s == '"' || (unsigned char)*s < ' ' ? '\'' : *s);
	text_add(rows, "\"");
}

static int add_block(struct plot_data *data, const struct plot_panel *panel,
		     const struct plot_run *run, const char *sql,
		     const char *series, struct errors *errors)
{
	sqlite3_stmt *statement = database_prepare(&run->database, sql, errors);
	struct text *rows = &data->rows;
	bool any = false;
	int nr, got;

	if (!statement)
		return -1;
	plot_bind(data, statement, panel, series);
	nr = sqlite3_column_count(statement);
	while ((got = database_step(&run->database, statement, errors)) > 0) {
		for (int column = 0; column < nr; column++)
			add_column(rows, statement, column);
		text_add(rows, "\n");
		any = true;
	}
	/* A block must not be empty: blocks are found by counting them. */
	for (int column = 0; !any && column < nr; column++)
		plot_add_number(rows, NAN);
	text_add(rows, "\n\n\n");
	sqlite3_finalize(statement);
	return got;
}

int plot_add_note(struct plot_data *data, struct plot_panel *panel,
		  const struct plot_run *run, struct errors *errors)
{
	sqlite3_stmt *statement;
	int got;

	if (!data->kind->note)
		return 0;
	statement = database_prepare(&run->database, data->kind->note, errors);
	if (!statement)
		return -1;
	plot_bind(data, statement, panel, NULL);
	got = database_step(&run->database, statement, errors);
	if (got > 0 && !panel->note) {
		panel->note = strdup(column_text(statement, 0));
		got = panel->note ? 0 : error_host(errors, "plot");
	}
	sqlite3_finalize(statement);
	return got < 0 ? -1 : 0;
}

int plot_add_by_series(struct plot_data *data, struct plot_panel *panel,
		       const struct plot_run *run, struct errors *errors)
{
	const struct plot_kind *kind = data->kind;
	size_t i;

	for (i = 0; i < data->nr_series; i++)
		if (add_block(data, panel, run, kind->query, data->series[i],
			      errors))
			return -1;
	if (!kind->series &&
	    add_block(data, panel, run, kind->query, NULL, errors))
		return -1;
	for (i = 0; i < PLOT_MORE && kind->more[i]; i++)
		if (add_block(data, panel, run, kind->more[i], NULL, errors))
			return -1;
	return plot_add_note(data, panel, run, errors);
}
