/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Collects what a picture shows.
 *
 * At most 500 samples of a run are drawn, evenly spread, the first and the
 * last among them: a picture has no room for more. Or only the one that was
 * asked for. One run shows every order; several share the picture, and then
 * only a few orders are drawn unless the user names some.
 */

#include "results/plots/plot_data.h"
#include "results/sweep/sweep_file.h"
#include "sim/base/numbers.h"

#include <stdlib.h>
#include <string.h>

#define SAMPLES_DRAWN "500"

static const char all_samples_sql[] =
	"CREATE TEMP TABLE plot_sample AS"
	" WITH all_of_them (n) AS (SELECT max(sample) FROM sample)"
	" SELECT sample, t_ns FROM sample, all_of_them"
	" WHERE sample = 1 OR sample = n OR sample * " SAMPLES_DRAWN " / n"
	" <> (sample - 1) * " SAMPLES_DRAWN " / n ORDER BY sample";

/* The last sample of that label, or by that time, or the first one. */
static const char one_sample_sql[] =
	"CREATE TEMP TABLE plot_sample AS SELECT sample, t_ns FROM sample"
	" WHERE sample = coalesce("
	"(SELECT max(sample) FROM sample WHERE label = :at),"
	"(SELECT max(sample) FROM sample WHERE t_ns <= :t_ns),"
	"(SELECT min(sample) FROM sample WHERE :t_ns IS NOT NULL))";

/* A label of the run's own, for whoever named one that it has not. */
static int no_such_sample(const struct plot_run *run, const char *at,
			  struct errors *errors)
{
	sqlite3_stmt *statement = database_prepare(
		&run->database,
		"SELECT group_concat(label, ', ') FROM (SELECT DISTINCT label"
		" FROM sample WHERE label IS NOT NULL LIMIT 8)",
		errors);
	int got;

	if (!statement)
		return -1;
	got = database_step(&run->database, statement, errors);
	if (got >= 0)
		error_input(
			errors, (struct place){ .file = run->database.path },
			"no sample is called \"%s\", and it is no time such "
			"as 10ms; labels are: %s",
			at, got ? column_text(statement, 0) : "none");
	sqlite3_finalize(statement);
	return -1;
}

static int choose_one_sample(struct plot_run *run, const char *at,
			     struct errors *errors)
{
	sqlite3_stmt *statement =
		database_prepare(&run->database, one_sample_sql, errors);
	uint64_t t_ns;
	int got;

	if (!statement)
		return -1;
	sqlite3_bind_text(statement,
			  sqlite3_bind_parameter_index(statement, ":at"), at,
			  -1, SQLITE_STATIC);
	if (parse_time(at, strlen(at), &t_ns))
		sqlite3_bind_int64(statement,
				   sqlite3_bind_parameter_index(statement,
								":t_ns"),
				   (sqlite3_int64)t_ns);
	got = database_step(&run->database, statement, errors);
	sqlite3_finalize(statement);
	return got;
}

static int count_samples(struct plot_run *run, const struct plot_kind *kind,
			 struct errors *errors)
{
	sqlite3_stmt *statement = database_prepare(
		&run->database,
		"SELECT nr_orders, CASE WHEN (SELECT count(*) FROM plot_sample)"
		" > 1 THEN (SELECT count(*) FROM sample)"
		" ELSE (SELECT count(*) FROM plot_sample) END,"
		" (SELECT min(t_ns) FROM plot_sample),"
		" (SELECT max(t_ns) FROM plot_sample), sim_ns FROM run",
		errors);
	int got;

	if (!statement)
		return -1;
	got = database_step(&run->database, statement, errors);
	if (got > 0) {
		run->nr_orders = (unsigned int)sqlite3_column_int(statement, 0);
		run->nr_samples = (uint64_t)sqlite3_column_int64(statement, 1);
		run->first_t_ns = (uint64_t)sqlite3_column_int64(statement, 2);
		run->last_t_ns = (uint64_t)sqlite3_column_int64(
			statement, kind->no_samples ? 4 : 3);
	}
	sqlite3_finalize(statement);
	if (run->nr_orders > MAX_ORDERS)
		run->nr_orders = MAX_ORDERS;
	return got > 0 ? 0 : -1;
}

static int check_version(const struct plot_run *run,
			 const struct plot_kind *kind, struct errors *errors)
{
	if (run->database.version >= kind->version)
		return 0;
	return error_input(errors, (struct place){ .file = run->database.path },
			   "its tables are version %d, and %s is drawn from "
			   "those of version %d: run it again",
			   run->database.version, kind->name, kind->version);
}

static int load_run(struct plot_data *data, struct plot_run *run,
		    struct errors *errors)
{
	const char *at = data->options->at;

	if (check_version(run, data->kind, errors))
		return -1;
	if (at ? choose_one_sample(run, at, errors) :
		 database_run(&run->database, all_samples_sql, errors))
		return -1;
	if (data->kind->prepare &&
	    database_run(&run->database, data->kind->prepare, errors))
		return -1;
	if (count_samples(run, data->kind, errors))
		return -1;
	if (data->kind->no_samples) {
		run->first_t_ns = 0;
		return 0;
	}
	if (run->nr_samples)
		return 0;
	if (at)
		return no_such_sample(run, at, errors);
	return error_input(errors, (struct place){ .file = run->database.path },
			   "holds no samples to draw");
}

static int open_runs(struct plot_data *data, struct errors *errors)
{
	size_t i;

	data->single = !data->kind->no_samples;
	for (i = 0; i < data->options->nr_databases; i++) {
		struct plot_run *run = &data->run[i];

		if (database_open(&run->database, data->options->databases[i],
				  errors))
			return -1;
		data->nr_runs++;
		if (load_run(data, run, errors))
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

/* Gives each run the name that is in that column. */
static int take_names(struct plot_data *data, const char *column,
		      struct errors *errors)
{
	for (size_t i = 0; i < data->nr_runs; i++) {
		free(data->run[i].name);
		data->run[i].name = read_name(&data->run[i], column);
		if (!data->run[i].name)
			return error_host(errors, "plot");
	}
	return 0;
}

/* Do all runs have the same there? What they are called is lost. */
static bool is_the_same(struct plot_data *data, const char *column,
			struct errors *errors)
{
	if (take_names(data, column, errors) < 0)
		return false;
	for (size_t i = 1; i < data->nr_runs; i++)
		if (strcmp(data->run[i].name, data->run[0].name) != 0)
			return false;
	return true;
}

/*
 * Runs go by the shortest thing that tells them apart. A seed does so only
 * where it is all that they differ in.
 */
static int name_runs(struct plot_data *data, struct errors *errors)
{
	static const struct {
		const char *column;
		const char *alike; /* what must be the same; NULL: nothing */
	} choices[] = {
		{ "config_name", NULL }, { "workload_name", NULL },
		{ "name", NULL },	 { "'seed ' || seed", "config" },
		{ "file", NULL },
	};

	for (size_t c = 0; c < LENGTH(choices); c++) {
		if (choices[c].alike &&
		    !is_the_same(data, choices[c].alike, errors))
			continue;
		if (take_names(data, choices[c].column, errors) < 0)
			return -1;
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
	if (data->nr_runs > 1 && data->kind->panels == PLOT_ZONES &&
	    !data->single)
		return few >> order & 1;
	return true;
}

static int choose_orders(struct plot_data *data, struct errors *errors)
{
	unsigned int wanted = data->options->orders;
	const char *path = data->run[0].database.path;
	unsigned int order;

	for (order = data->nr_machine_orders; order < MAX_ORDERS; order++)
		if (wanted >> order & 1)
			return error_input(errors,
					   (struct place){ .file = path },
					   "--orders: there is no order %u; "
					   "allowed: 0 to %u",
					   order, data->nr_machine_orders - 1);
	for (order = 0; order < data->nr_machine_orders; order++)
		if (is_drawn(data, wanted, order))
			data->order[data->nr_orders++] = order;
	if (data->nr_orders)
		return 0;
	return error_input(errors, (struct place){ .file = path },
			   "has none of the orders to draw");
}

/* Bytes of the list of series up to behind this one. */
static int upto(const struct plot_data *data, const char *series)
{
	size_t length = 1;

	for (size_t i = 0; i < data->nr_series; i++) {
		length += strlen(data->series[i]) + 1;
		if (!strcmp(data->series[i], series))
			break;
	}
	return (int)length;
}

void plot_bind(const struct plot_data *data, sqlite3_stmt *statement,
	       const struct plot_panel *panel, const char *series)
{
	const struct {
		const char *name, *value;
	} texts[] = {
		{ ":zone", *panel->zone ? panel->zone : NULL },
		{ ":panel", panel->name },
		{ ":series", series },
		{ ":all", data->series_list.s },
	};
	double ns_per_unit;
	size_t i;

	/* A query that does not ask for one has no place for it: 0. */
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		sqlite3_bind_text(statement,
				  sqlite3_bind_parameter_index(statement,
							       texts[i].name),
				  texts[i].value, -1, SQLITE_STATIC);
	if (series && data->series_list.s)
		sqlite3_bind_text(
			statement,
			sqlite3_bind_parameter_index(statement, ":upto"),
			data->series_list.s, upto(data, series), SQLITE_STATIC);
	sqlite3_bind_int(statement,
			 sqlite3_bind_parameter_index(statement, ":node"),
			 panel->node);
	plot_data_time_unit(data, &ns_per_unit);
	sqlite3_bind_double(statement,
			    sqlite3_bind_parameter_index(statement, ":unit"),
			    ns_per_unit);
}

int plot_nearest_sample(const struct plot_run *run, double t_ns,
			uint64_t *sample, struct errors *errors)
{
	sqlite3_stmt *statement;
	int got;

	*sample = 0;
	if (t_ns < (double)run->first_t_ns || t_ns > (double)run->last_t_ns)
		return 0;
	statement = database_prepare(&run->database,
				     "SELECT sample FROM plot_sample"
				     " ORDER BY abs(t_ns - ?1) LIMIT 1",
				     errors);
	if (!statement)
		return -1;
	sqlite3_bind_double(statement, 1, t_ns);
	got = database_step(&run->database, statement, errors);
	if (got > 0)
		*sample = (uint64_t)sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return got < 0 ? -1 : 0;
}

static int add_rows(struct plot_data *data, struct plot_panel *panel,
		    const struct plot_run *run, struct errors *errors)
{
	text_add(&data->rows, "# ");
	if (*panel->zone)
		text_add(&data->rows, "node %d %s, ", panel->node, panel->zone);
	text_add(&data->rows, "%s%s%s\n", panel->name, *panel->name ? ", " : "",
		 run->name);
	switch (data->kind->layout) {
	case PLOT_BY_ORDER:
		return plot_add_by_order(data, panel, run, errors);
	case PLOT_BY_SERIES:
		return plot_add_by_series(data, panel, run, errors);
	case PLOT_MAP:
		return plot_add_map(data, panel, run, errors);
	case PLOT_VMALLOC:
		return plot_add_vmalloc(data, panel, run, errors);
	case PLOT_SWEEP:
		break;
	}
	return -1;
}

static int add_blocks(struct plot_data *data, struct errors *errors)
{
	size_t p, r;

	for (p = 0; p < data->nr_panels; p++)
		for (r = 0; r < data->nr_runs; r++)
			if (plot_panel_has_run(&data->panel[p], r) &&
			    add_rows(data, &data->panel[p], &data->run[r],
				     errors))
				return -1;
	if (data->rows.failed || data->settings.failed)
		return error_host(errors, "plot");
	return 0;
}

static unsigned int count_blocks(const struct plot_data *data)
{
	unsigned int nr = data->nr_series ? (unsigned int)data->nr_series : 1;
	size_t i;

	if (data->kind->layout == PLOT_MAP)
		return 2;
	for (i = 0; i < PLOT_MORE && data->kind->more[i]; i++)
		nr++;
	return nr;
}

/* One number: whether the run has what the kind shows. */
static int run_has_data(const struct plot_run *run,
			const struct plot_kind *kind, struct errors *errors)
{
	sqlite3_stmt *statement;
	int got;

	if (!kind->has)
		return 1;
	statement = database_prepare(&run->database, kind->has, errors);
	if (!statement)
		return -1;
	got = database_step(&run->database, statement, errors);
	if (got > 0)
		got = sqlite3_column_int64(statement, 0) > 0;
	sqlite3_finalize(statement);
	return got;
}

static int check_has_data(const struct plot_data *data, struct errors *errors)
{
	size_t i;

	if (data->kind->empty_too)
		return 0;
	for (i = 0; i < data->nr_runs; i++) {
		int has = run_has_data(&data->run[i], data->kind, errors);

		if (has)
			return has < 0 ? -1 : 0;
	}
	return error_input(errors,
			   (struct place){ .file = data->run[0].database.path },
			   "%s", data->kind->has_not);
}

int plot_has_data(const struct plot_options *options,
		  const struct plot_kind *kind, struct errors *errors)
{
	struct plot_run run = { .name = NULL };
	bool any = false;
	int has = 0;
	size_t i;

	if (options->nr_databases == 1 &&
	    sweep_file_is_there(options->databases[0]))
		return !plot_is_of_runs(kind);
	if (!plot_is_of_runs(kind))
		return 0;
	for (i = 0; i < options->nr_databases && has >= 0; i++) {
		bool is_old;

		if (database_open(&run.database, options->databases[i], errors))
			return -1;
		is_old = run.database.version < kind->version;
		if (!is_old && !any)
			has = run_has_data(&run, kind, errors);
		database_close(&run.database);
		/* One that is too old is in the way of the others. */
		if (is_old)
			return 0;
		any |= has > 0;
	}
	return has < 0 ? -1 : any;
}

int plot_data_load(struct plot_data *data, const struct plot_kind *kind,
		   const struct plot_options *options, struct errors *errors)
{
	memset(data, 0, sizeof(*data));
	data->kind = kind;
	data->options = options;
	if (!plot_is_of_runs(kind))
		return plot_load_sweep(data, errors);
	if (open_runs(data, errors) || check_has_data(data, errors) ||
	    name_runs(data, errors) || choose_orders(data, errors) ||
	    plot_choose_panels(data, errors) ||
	    plot_choose_series(data, errors))
		return -1;
	data->blocks_each = count_blocks(data);
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
	for (i = 0; i < data->nr_panels; i++)
		free(data->panel[i].note);
	for (i = 0; i < data->nr_series; i++)
		free(data->series[i]);
	text_release(&data->series_list);
	text_release(&data->settings);
	text_release(&data->rows);
	memset(data, 0, sizeof(*data));
}
