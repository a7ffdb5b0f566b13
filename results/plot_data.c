/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Collects what a picture shows.
 *
 * Panels are zones: the one that was asked for, or the largest ones of the
 * first run, in the machine's order. At most 1,000 samples of a run are
 * drawn, evenly spread, the first and the last among them: a picture has no
 * room for more. One run shows every order; several share the picture, and
 * then only a few orders are drawn unless the user names some.
 */

#include "results/plot_data.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAMPLES_DRAWN "1000"
#define ZONES_DRAWN 3 /* unless one is asked for */

static const char plot_sample_sql[] =
	"CREATE TEMP TABLE plot_sample AS"
	" WITH all_of_them (n) AS (SELECT max(sample) FROM sample)"
	" SELECT sample, t_ns FROM sample, all_of_them"
	" WHERE sample = 1 OR sample = n OR sample * " SAMPLES_DRAWN " / n"
	" <> (sample - 1) * " SAMPLES_DRAWN " / n ORDER BY sample";

static int load_run(struct plot_run *run, struct errors *errors)
{
	sqlite3_stmt *statement;
	int got;

	if (database_run(&run->database, plot_sample_sql, errors))
		return -1;
	statement = database_prepare(
		&run->database,
		"SELECT nr_orders, (SELECT count(*) FROM sample),"
		" (SELECT min(t_ns) FROM sample),"
		" (SELECT max(t_ns) FROM sample) FROM run",
		errors);
	if (!statement)
		return -1;
	got = database_step(&run->database, statement, errors);
	if (got > 0) {
		run->nr_orders = (unsigned int)sqlite3_column_int(statement, 0);
		run->nr_samples = (uint64_t)sqlite3_column_int64(statement, 1);
		run->first_t_ns = (uint64_t)sqlite3_column_int64(statement, 2);
		run->last_t_ns = (uint64_t)sqlite3_column_int64(statement, 3);
	}
	sqlite3_finalize(statement);
	if (got <= 0)
		return -1;
	if (run->nr_orders > MAX_ORDERS)
		run->nr_orders = MAX_ORDERS;
	if (!run->nr_samples)
		return error_input(errors,
				   (struct place){ .file = run->database.path },
				   "holds no samples to draw");
	return 0;
}

static int open_runs(struct plot_data *data, const struct plot_options *options,
		     struct errors *errors)
{
	size_t i;

	data->single = true;
	for (i = 0; i < options->nr_databases; i++) {
		struct plot_run *run = &data->run[i];

		if (database_open(&run->database, options->databases[i],
				  errors))
			return -1;
		data->nr_runs++;
		if (load_run(run, errors))
			return -1;
		if (run->nr_samples > 1)
			data->single = false;
		if (!i || run->first_t_ns < data->first_t_ns)
			data->first_t_ns = run->first_t_ns;
		if (run->last_t_ns > data->last_t_ns)
			data->last_t_ns = run->last_t_ns;
		if (run->nr_orders > data->nr_machine_orders)
			data->nr_machine_orders = run->nr_orders;
	}
	return 0;
}

static bool names_differ(const struct plot_data *data)
{
	size_t i, j;

	for (i = 0; i < data->nr_runs; i++)
		for (j = 0; j < i; j++)
			if (!strcmp(data->run[i].name, data->run[j].name))
				return false;
	return true;
}

/* A name from the database; "file": the last part of its path. */
static char *read_name(const struct plot_run *run, const char *column)
{
	const char *slash = strrchr(run->database.path, '/');
	struct errors unused = ERRORS_NONE;
	struct text sql = TEXT_EMPTY;
	sqlite3_stmt *statement = NULL;
	char *name = NULL;

	if (!strcmp(column, "file"))
		return strdup(slash ? slash + 1 : run->database.path);
	text_add(&sql, "SELECT %s FROM run", column);
	if (!sql.failed)
		statement = database_prepare(&run->database, sql.s, &unused);
	if (statement && sqlite3_step(statement) == SQLITE_ROW)
		name = strdup(column_text(statement, 0));
	sqlite3_finalize(statement);
	text_release(&sql);
	errors_release(&unused);
	return name;
}

/* Runs go by the shortest thing that tells them apart. */
static int name_runs(struct plot_data *data, struct errors *errors)
{
	static const char *const columns[] = {
		"config_name",	   "workload_name", "name",
		"'seed ' || seed", "file",
	};
	size_t c, i;

	for (c = 0; c < sizeof(columns) / sizeof(columns[0]); c++) {
		for (i = 0; i < data->nr_runs; i++) {
			free(data->run[i].name);
			data->run[i].name =
				read_name(&data->run[i], columns[c]);
			if (!data->run[i].name)
				return error_host(errors, "plot");
		}
		if (names_differ(data))
			break;
	}
	return 0;
}

/* Several runs in one panel: few lines each, or nobody can tell them apart. */
static bool is_drawn(const struct plot_data *data, unsigned int wanted,
		     unsigned int order)
{
	static const unsigned int few = 1u << 2 | 1u << 4 | 1u << 6 | 1u << 9;

	if (wanted)
		return wanted >> order & 1;
	if (order < data->kind->first_order)
		return false;
	if (data->nr_runs > 1 && !data->kind->run_panels && !data->single)
		return few >> order & 1;
	return true;
}

static int choose_orders(struct plot_data *data, unsigned int wanted,
			 const char *path, struct errors *errors)
{
	unsigned int order;

	for (order = 0; order < data->nr_machine_orders; order++)
		if (is_drawn(data, wanted, order))
			data->order[data->nr_orders++] = order;
	if (data->nr_orders)
		return 0;
	return error_input(errors, (struct place){ .file = path },
			   "has none of the orders to draw");
}

/* A zone as a panel; or, for some kinds, one panel for each run. */
static void add_panels(struct plot_data *data, int node, const char *zone)
{
	size_t nr = data->kind->run_panels ? data->nr_runs : 1;
	size_t i;

	for (i = 0; i < nr && data->nr_panels < PLOT_PANELS_MAX; i++) {
		struct plot_panel *panel = &data->panel[data->nr_panels++];

		panel->node = node;
		panel->run = data->kind->run_panels ? (int)i : -1;
		strncpy(panel->zone, zone, sizeof(panel->zone) - 1);
	}
}

static int bind(sqlite3_stmt *statement, const char *name, int number)
{
	return sqlite3_bind_int(statement,
				sqlite3_bind_parameter_index(statement, name),
				number);
}

static int bind_zone(sqlite3_stmt *statement, const char *zone)
{
	return sqlite3_bind_text(
		statement, sqlite3_bind_parameter_index(statement, ":zone"),
		zone, -1, SQLITE_STATIC);
}

#define WANTED                                                                 \
	" (:node < 0 OR node = :node) AND (:zone IS NULL OR zone = :zone)"

/* The zones in which most happened, then the largest ones. */
static int choose_panels(struct plot_data *data,
			 const struct plot_options *options,
			 struct errors *errors)
{
	const struct database *database = &data->run[0].database;
	sqlite3_stmt *statement = database_prepare(
		database,
		"SELECT node, zone, (SELECT count(*) FROM zone WHERE" WANTED
		") FROM (SELECT rowid AS r, node, zone FROM zone WHERE" WANTED
		" ORDER BY (SELECT max(free_pages) - min(free_pages)"
		" FROM zone_sample AS s WHERE s.node = zone.node"
		" AND s.zone = zone.zone) DESC, managed_pages DESC, rowid"
		" LIMIT :most) ORDER BY r",
		errors);
	struct place place = { .file = database->path };
	int drawn = 0;
	int got;

	if (!statement)
		return -1;
	bind(statement, ":node", options->node);
	bind(statement, ":most", options->zone ? PLOT_PANELS_MAX : ZONES_DRAWN);
	bind_zone(statement, options->zone);
	while ((got = database_step(database, statement, errors)) > 0) {
		add_panels(data, sqlite3_column_int(statement, 0),
			   column_text(statement, 1));
		data->zones_left = sqlite3_column_int(statement, 2) - ++drawn;
	}
	sqlite3_finalize(statement);
	if (got < 0)
		return -1;
	if (data->nr_panels)
		return 0;
	if (options->node < 0)
		return error_input(errors, place, "has no zone %s",
				   options->zone);
	return error_input(errors, place, "has no zone %s on node %d",
			   options->zone ? options->zone : "at all",
			   options->node);
}

static void add_number(struct text *rows, double value)
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
		add_number(&data->rows, value[data->order[i]]);
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

static int add_block(struct plot_data *data, const struct plot_panel *panel,
		     const struct plot_run *run, struct errors *errors)
{
	sqlite3_stmt *statement;
	int result;

	statement = database_prepare(&run->database, data->kind->query, errors);
	if (!statement)
		return -1;
	bind(statement, ":node", panel->node);
	bind_zone(statement, panel->zone);
	text_add(&data->rows, "# node %d %s, %s\n", panel->node, panel->zone,
		 run->name);
	result = add_rows(data, &run->database, statement, errors);
	text_add(&data->rows, "\n\n");
	sqlite3_finalize(statement);
	return result;
}

static int add_blocks(struct plot_data *data, struct errors *errors)
{
	size_t p, r;

	for (p = 0; p < data->nr_panels; p++)
		for (r = 0; r < data->nr_runs; r++) {
			int only = data->panel[p].run;

			if (only >= 0 && (size_t)only != r)
				continue;
			if (add_block(data, &data->panel[p], &data->run[r],
				      errors))
				return -1;
		}
	return data->rows.failed ? error_host(errors, "plot") : 0;
}

int plot_data_load(struct plot_data *data, const struct plot_kind *kind,
		   const struct plot_options *options, struct errors *errors)
{
	memset(data, 0, sizeof(*data));
	data->kind = kind;
	if (open_runs(data, options, errors) || name_runs(data, errors) ||
	    choose_orders(data, options->orders, options->databases[0],
			  errors) ||
	    choose_panels(data, options, errors))
		return -1;
	return add_blocks(data, errors);
}

const char *plot_data_time_unit(const struct plot_data *data,
				double *ns_per_unit)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = { { "s", 1e9 }, { "ms", 1e6 }, { "µs", 1e3 } };
	size_t i;

	for (i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		*ns_per_unit = units[i].ns;
		if ((double)data->last_t_ns >= 2 * units[i].ns)
			return units[i].name;
	}
	*ns_per_unit = 1;
	return "ns";
}

void plot_data_release(struct plot_data *data)
{
	size_t i;

	for (i = 0; i < data->nr_runs; i++) {
		database_close(&data->run[i].database);
		free(data->run[i].name);
	}
	text_release(&data->rows);
	memset(data, 0, sizeof(*data));
}
