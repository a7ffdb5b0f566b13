/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rows with a value for each order: a sample a row, or an order a row where
 * there is only one sample.
 */

#include <math.h>

#include "results/plots/plot_data.h"

void plot_add_number(struct text *rows, double value)
{
	if (isnan(value))
		text_add(rows, " NaN");
	else
		text_add(rows, " %.9g", value);
}

/* One sample's values, by order. */
static void add_row(struct plot_data *data, uint64_t t_ns, double ns_per_unit,
		    const double *value)
{
	unsigned int i;

	if (!data->single)
		text_add(&data->rows, "%.9g", (double)t_ns / ns_per_unit);
	for (i = 0; i < data->nr_orders; i++) {
		if (data->single)
			text_add(&data->rows, "%u", data->order[i]);
		plot_add_number(&data->rows, value[data->order[i]]);
		if (data->single)
			text_add(&data->rows, "\n");
	}
	if (!data->single)
		text_add(&data->rows, "\n");
}

static void forget(double *value)
{
	unsigned int order;

	for (order = 0; order < MAX_ORDERS; order++)
		value[order] = NAN;
}

/* The query's rows come by sample, and in it by order. */
static int add_rows(struct plot_data *data, const struct database *database,
		    sqlite3_stmt *statement, struct errors *errors)
{
	double value[MAX_ORDERS], ns_per_unit;
	uint64_t t_ns = 0;
	int order, before = MAX_ORDERS, got;
	bool any = false;

	plot_data_time_unit(data, &ns_per_unit);
	forget(value);
	while ((got = database_step(database, statement, errors)) > 0) {
		order = sqlite3_column_int(statement, 1);
		if (order < 0 || order >= MAX_ORDERS)
			continue;
		if (any && order <= before) {
			add_row(data, t_ns, ns_per_unit, value);
			forget(value);
		}
		any = true;
		before = order;
		t_ns = (uint64_t)sqlite3_column_int64(statement, 0);
		if (sqlite3_column_type(statement, 2) != SQLITE_NULL)
			value[order] = sqlite3_column_double(statement, 2);
	}
	/* A block must not be empty: blocks are found by counting them. */
	add_row(data, t_ns, ns_per_unit, value);
	return got;
}

int plot_add_by_order(struct plot_data *data, struct plot_panel *panel,
		      const struct plot_run *run, struct errors *errors)
{
	sqlite3_stmt *statement =
		database_prepare(&run->database, data->kind->query, errors);
	int result;

	if (!statement)
		return -1;
	plot_bind(data, statement, panel, NULL);
	result = add_rows(data, &run->database, statement, errors);
	text_add(&data->rows, "\n\n");
	sqlite3_finalize(statement);
	return result;
}
