/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Metrics of a sweep along one of its axes.
 *
 *	failures  |              .I        a line for each choice on the other
 *	          |   ___I---'"            axes that vary; bars are the 95 %
 *	          |--I      .--I---        intervals of means over seeds
 *	          +--|------|------|--
 *	            512   2048   8192      sysctl.min_free_kbytes
 *
 * Blocks: (x, mean, low, high) a value of the axis, a block for each metric and
 * line. low and high are NaN where there is one seed only.
 *
 * Rules: values of the axis that are numbers, sizes or times stand where they
 * belong, on a logarithmic axis where all are above 0 and the largest is ten
 * times the smallest or more. Others stand side by side as the sweep has them:
 * words, and numbers of which one is 0 where the others differ so. A metric's
 * axis is logarithmic where its means are above 0 and differ a hundredfold.
 */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/sweep/axis_numbers.h"
#include "results/plots/gnuplot.h"
#include "results/plots/plot_data.h"
#include "results/sweep/sweep_file.h"
#include "results/sweep/sweep_points.h"

#define PANELS_USUAL 3
#define X_LOG_FROM 10  /* the largest to the smallest */
#define Y_LOG_FROM 100 /* the same */

struct sweep_picture {
	struct plot_data *data;
	struct sweep_file file;
	struct sweep_points points;
	struct arena *arena;
	size_t x; /* its axis */
	/* Its values, in the order in which they stand there. */
	const char **text;
	double *at; /* where */
	size_t nr_x;
	bool is_scale; /* they stand where they belong */
	bool is_log;
	/* Of each group: its line and its place among the values. */
	size_t *line, *place;
	size_t *line_row; /* of each line: a row that is in it */
	size_t nr_lines;
	const struct metric *metric[PLOT_PANELS_MAX];
	size_t nr_metrics;
};

static int no_memory(struct errors *errors)
{
	return error_host(errors, "plot");
}

static const struct sweep_table *table_of(const struct sweep_picture *picture)
{
	return &picture->file.table;
}

static const char *x_of_row(const struct sweep_picture *picture, size_t row)
{
	return table_of(picture)->row[row].value[picture->x];
}

/* ---- the axis ----------------------------------------------------------- */

static void sort_values(struct sweep_picture *picture)
{
	for (size_t i = 1; i < picture->nr_x; i++) {
		const char *text = picture->text[i];
		double at = picture->at[i];
		size_t j = i;

		for (; j && picture->at[j - 1] > at; j--) {
			picture->text[j] = picture->text[j - 1];
			picture->at[j] = picture->at[j - 1];
		}
		picture->text[j] = text;
		picture->at[j] = at;
	}
}

static void choose_scale(struct sweep_picture *picture)
{
	double least, most;

	picture->is_scale =
		axis_numbers(picture->text, picture->nr_x, picture->at);
	if (picture->is_scale) {
		sort_values(picture);
		least = picture->at[0];
		most = picture->at[picture->nr_x - 1];
		picture->is_log = least > 0 && most >= least * X_LOG_FROM;
		/* With 0 among them, the small ones would be one. */
		if (least == 0 && picture->nr_x > 2 &&
		    most >= picture->at[1] * X_LOG_FROM)
			picture->is_scale = false;
	}
	for (size_t i = 0; i < picture->nr_x && !picture->is_scale; i++)
		picture->at[i] = (double)i + 1;
}

static size_t find_value(const struct sweep_picture *picture, const char *text)
{
	size_t i = 0;

	while (i < picture->nr_x && strcmp(picture->text[i], text) != 0)
		i++;
	return i;
}

static int read_values(struct sweep_picture *picture, struct errors *errors)
{
	size_t most = table_of(picture)->nr_rows;

	picture->text = arena_alloc(picture->arena, most * sizeof(char *));
	picture->at = arena_alloc(picture->arena, most * sizeof(double));
	if (!picture->text || !picture->at)
		return no_memory(errors);
	for (size_t row = 0; row < most; row++) {
		const char *text = x_of_row(picture, row);

		if (find_value(picture, text) == picture->nr_x)
			picture->text[picture->nr_x++] = text;
	}
	choose_scale(picture);
	return 0;
}

/* One along which there are numbers, if there is such a one. */
static size_t choose_axis(const struct sweep_picture *picture)
{
	const struct sweep_table *table = table_of(picture);
	size_t chosen = table->nr_axes;
	double unused;

	for (size_t a = 0; a < table->nr_axes; a++) {
		const char *first = table->row[0].value[a];

		if (!sweep_axis_varies(table, a))
			continue;
		if (axis_numbers(&first, 1, &unused))
			return a;
		if (chosen == table->nr_axes)
			chosen = a;
	}
	return chosen;
}

static int find_axis(struct sweep_picture *picture, struct errors *errors)
{
	const struct sweep_table *table = table_of(picture);
	const char *wanted = picture->data->options->x;

	if (wanted) {
		picture->x = sweep_axis_find(table, "--x", wanted,
					     strlen(wanted), errors);
		if (picture->x != table->nr_axes &&
		    picture->x == table->seed_axis)
			return error_input(errors,
					   (struct place){ .file = "--x" },
					   "points are means over the seeds: "
					   "choose another axis to draw along");
		return picture->x < table->nr_axes ? 0 : -1;
	}
	picture->x = choose_axis(picture);
	if (picture->x < table->nr_axes)
		return 0;
	return error_input(errors, place_of_file(picture->file.path),
			   "no axis but the seeds' has more than one value: "
			   "there is nothing to draw along");
}

/* ---- lines -------------------------------------------------------------- */

/* Another axis by whose values lines are told apart. */
static bool tells_lines(const struct sweep_picture *picture, size_t axis)
{
	return axis != picture->x && sweep_axis_varies(table_of(picture), axis);
}

static bool is_one_line(const struct sweep_picture *picture, size_t a, size_t b)
{
	const struct sweep_table *table = table_of(picture);

	for (size_t axis = 0; axis < table->nr_axes; axis++)
		if (tells_lines(picture, axis) &&
		    strcmp(table->row[a].value[axis],
			   table->row[b].value[axis]) != 0)
			return false;
	return true;
}

/* "true, slub": the values that tell it from others. */
static int name_line(struct sweep_picture *picture, size_t row,
		     struct errors *errors)
{
	const struct sweep_table *table = table_of(picture);
	struct plot_data *data = picture->data;
	struct text name = TEXT_EMPTY;

	for (size_t axis = 0; axis < table->nr_axes; axis++)
		if (tells_lines(picture, axis))
			text_add(&name, "%s%s", name.length ? ", " : "",
				 table->row[row].value[axis]);
	if (!name.s)
		text_add(&name, "%s", "");
	if (name.failed)
		return no_memory(errors);
	data->series[data->nr_series++] = name.s;
	return 0;
}

static int too_many_lines(const struct sweep_picture *picture,
			  struct errors *errors)
{
	return error_input(errors, place_of_file(picture->file.path),
			   "the other axes make more than the %d lines that "
			   "can be drawn: leave some out by --only AXIS=VALUE",
			   PLOT_SERIES_MAX);
}

static int find_lines(struct sweep_picture *picture, struct errors *errors)
{
	size_t nr = picture->points.nr_groups;

	picture->line = arena_alloc(picture->arena, nr * sizeof(size_t));
	picture->place = arena_alloc(picture->arena, nr * sizeof(size_t));
	picture->line_row =
		arena_alloc(picture->arena, PLOT_SERIES_MAX * sizeof(size_t));
	if (!picture->line || !picture->place || !picture->line_row)
		return no_memory(errors);
	for (size_t g = 0; g < nr; g++) {
		size_t row = sweep_group_row(&picture->points, g), line = 0;

		while (line < picture->nr_lines &&
		       !is_one_line(picture, row, picture->line_row[line]))
			line++;
		if (line == PLOT_SERIES_MAX)
			return too_many_lines(picture, errors);
		if (line == picture->nr_lines) {
			picture->line_row[picture->nr_lines++] = row;
			if (name_line(picture, row, errors))
				return -1;
		}
		picture->line[g] = line;
		picture->place[g] = find_value(picture, x_of_row(picture, row));
	}
	return 0;
}

/* ---- metrics ------------------------------------------------------------ */

/* The largest and smallest that is drawn of it. */
struct extent {
	double mean_low, mean_high;
	double low, high; /* with the intervals */
};

static struct extent extent_of(const struct sweep_picture *picture,
			       const struct metric *metric)
{
	struct extent extent = { INFINITY, -INFINITY, INFINITY, -INFINITY };

	for (size_t g = 0; g < picture->points.nr_groups; g++) {
		struct interval of;

		sweep_group_interval(&picture->points, metric, g, &of);
		if (isnan(of.mean))
			continue;
		extent.mean_low = fmin(extent.mean_low, of.mean);
		extent.mean_high = fmax(extent.mean_high, of.mean);
		/* Of one seed there is no interval: fmin() passes it over. */
		extent.low = fmin(extent.low, fmin(of.mean, of.low));
		extent.high = fmax(extent.high, fmax(of.mean, of.high));
	}
	return extent;
}

static int nothing_of(const struct sweep_picture *picture, const char *name,
		      struct errors *errors)
{
	return error_input(errors, place_of_file(picture->file.path),
			   "no complete run of the sweep has %s", name);
}

static int take_metric(struct sweep_picture *picture,
		       const struct metric *metric, struct errors *errors)
{
	struct plot_data *data = picture->data;
	struct plot_panel *panel;

	if (extent_of(picture, metric).high == -INFINITY)
		return nothing_of(picture, metric->name, errors);
	panel = &data->panel[data->nr_panels++];
	panel->run = -1;
	panel->node = -1;
	snprintf(panel->name, sizeof(panel->name), "%s: %s", metric->name,
		 metric->family->means);
	picture->metric[picture->nr_metrics++] = metric;
	return 0;
}

/* The most telling ones: those that vary, or the first where none does. */
static int choose_metrics(struct sweep_picture *picture, struct errors *errors)
{
	size_t most = plot_in_letters(picture->data->options) ? 1 :
								PANELS_USUAL;

	for (int varying = 1; varying >= 0 && !picture->nr_metrics; varying--)
		for (size_t t = 0; t < nr_sweep_telling &&
				   picture->nr_metrics < (varying ? most : 1);
		     t++) {
			const struct metric *metric = metrics_find(
				&picture->points.metrics, sweep_telling[t]);

			if (metric &&
			    (!varying ||
			     sweep_metric_varies(&picture->points, metric)) &&
			    extent_of(picture, metric).high != -INFINITY &&
			    take_metric(picture, metric, errors))
				return -1;
		}
	return picture->nr_metrics ? 0 :
				     nothing_of(picture, "a metric", errors);
}

static int find_metrics(struct sweep_picture *picture, struct errors *errors)
{
	size_t nr = picture->data->options->nr_metrics;

	if (!nr)
		return choose_metrics(picture, errors);
	if (nr > PLOT_PANELS_MAX)
		return error_input(errors, (struct place){ .file = "--metric" },
				   "%zu given: a picture has room for %d", nr,
				   PLOT_PANELS_MAX);
	for (size_t i = 0; i < nr; i++)
		if (take_metric(picture, picture->points.asked[i], errors))
			return -1;
	return 0;
}

/* ---- numbers and settings ----------------------------------------------- */

struct unit {
	enum metric_unit of;
	const char *name;
	double size;
};

static const struct unit all_times = { METRIC_NS, "time", 1 };

/* The largest one that the number fills. */
static const struct unit *unit_for(enum metric_unit of, double number)
{
	static const struct unit units[] = {
		{ METRIC_COUNT, "number", 1 },
		{ METRIC_INDEX, "index", 1 },
		{ METRIC_SHARE, "%", 0.01 },
		{ METRIC_NS, "ns", 1 },
		{ METRIC_NS, "µs", 1e3 },
		{ METRIC_NS, "ms", 1e6 },
		{ METRIC_NS, "s", 1e9 },
		{ METRIC_BYTES, "B", 1 },
		{ METRIC_BYTES, "KiB", 1024.0 },
		{ METRIC_BYTES, "MiB", 1024.0 * 1024 },
		{ METRIC_BYTES, "GiB", 1024.0 * 1024 * 1024 },
	};
	const struct unit *best = NULL;

	for (size_t u = 0; u < sizeof(units) / sizeof(units[0]); u++)
		if (units[u].of == of &&
		    (!best || fabs(number) >= units[u].size))
			best = &units[u];
	return best;
}

/* From 0 on, unless all of it is far above; some room, or a line at rest. */
static void set_range(struct extent *extent, bool is_log)
{
	double span = extent->high - extent->low;

	if (is_log) {
		extent->low = fmax(extent->low, extent->mean_low / 4) / 1.3;
		extent->high *= 1.3;
		return;
	}
	if (span == 0)
		span = extent->high ? fabs(extent->high) : 1;
	extent->high += span * 0.08;
	if (extent->mean_low >= 0 && extent->low < extent->high / 2)
		extent->low = 0;
	else
		extent->low -= span * 0.08;
}

static void add_panel(struct sweep_picture *picture, size_t p)
{
	const struct metric *metric = picture->metric[p];
	struct text *out = &picture->data->settings;
	struct extent extent = extent_of(picture, metric);
	bool is_log = extent.mean_low > 0 &&
		      extent.mean_high >= extent.mean_low * Y_LOG_FROM;
	const struct unit *unit =
		unit_for(metric->family->unit,
			 is_log ? extent.mean_low : extent.mean_high);

	/* Times that differ so have units of their own at each tic. */
	if (is_log && metric->family->unit == METRIC_NS)
		unit = &all_times;
	set_range(&extent, is_log);
	text_add(out, "panel_unit[%zu] = ", p + 1);
	gnuplot_quote(out, unit->name);
	text_add(out,
		 "\npanel_size[%zu] = %.17g\npanel_log[%zu] = %d\n"
		 "panel_low[%zu] = %.9g\npanel_high[%zu] = %.9g\n",
		 p + 1, unit->size, p + 1, is_log, p + 1,
		 extent.low / unit->size, p + 1, extent.high / unit->size);
}

/* Who tells the lines apart, a line each: "allocator,", "min_free_kbytes". */
static void add_legend_title(struct sweep_picture *picture)
{
	const struct sweep_table *table = table_of(picture);
	struct text *out = &picture->data->settings;
	size_t longest = 0;

	text_add(out, "legend_title = ''");
	for (size_t axis = 0; axis < table->nr_axes; axis++) {
		const char *name = table->short_axis[axis];

		if (!tells_lines(picture, axis))
			continue;
		text_add(out, longest ? ".\",\\n\"." : ".");
		gnuplot_quote(out, name);
		longest = strlen(name) > longest ? strlen(name) : longest;
	}
	text_add(out, "\nlongest_axis = %zu\n", longest + 1);
}

static void add_seeds(struct sweep_picture *picture)
{
	size_t least = SIZE_MAX, most = 0;

	for (size_t g = 0; g < picture->points.nr_groups; g++) {
		size_t seeds = sweep_group_seeds(&picture->points, g);

		least = seeds < least ? seeds : least;
		most = seeds > most ? seeds : most;
	}
	text_add(&picture->data->settings,
		 "least_seeds = %zu\n"
		 "most_seeds = %zu\n",
		 least, most);
}

static void add_settings(struct sweep_picture *picture)
{
	struct text *out = &picture->data->settings;

	text_add(out, "x_axis = ");
	gnuplot_quote(out, table_of(picture)->axis[picture->x]);
	text_add(out, "\nx_values = %zu\nx_scale = %d\nx_log = %d\n",
		 picture->nr_x, picture->is_scale, picture->is_log);
	text_add(out, "array x_at[%zu]\narray x_text[%zu]\n", picture->nr_x,
		 picture->nr_x);
	for (size_t i = 0; i < picture->nr_x; i++) {
		text_add(out, "x_at[%zu] = %.17g\nx_text[%zu] = ", i + 1,
			 picture->at[i], i + 1);
		gnuplot_quote(out, picture->text[i]);
		text_add(out, "\n");
	}
	text_add(out,
		 "array panel_unit[%zu]\narray panel_size[%zu]\n"
		 "array panel_log[%zu]\narray panel_low[%zu]\n"
		 "array panel_high[%zu]\n",
		 picture->nr_metrics, picture->nr_metrics, picture->nr_metrics,
		 picture->nr_metrics, picture->nr_metrics);
	for (size_t p = 0; p < picture->nr_metrics; p++)
		add_panel(picture, p);
	add_legend_title(picture);
	add_seeds(picture);
}

/* The group of a line and value, or nr_groups. */
static size_t group_at(const struct sweep_picture *picture, size_t line,
		       size_t place)
{
	size_t g = 0;

	while (g < picture->points.nr_groups &&
	       (picture->line[g] != line || picture->place[g] != place))
		g++;
	return g;
}

static void add_block(struct sweep_picture *picture, size_t metric, size_t line)
{
	struct text *rows = &picture->data->rows;

	for (size_t i = 0; i < picture->nr_x; i++) {
		size_t g = group_at(picture, line, i);
		struct interval of = { 0, NAN, NAN, NAN, NAN };

		if (g < picture->points.nr_groups)
			sweep_group_interval(&picture->points,
					     picture->metric[metric], g, &of);
		plot_add_number(rows, picture->at[i]);
		plot_add_number(rows, of.mean);
		plot_add_number(rows, of.low);
		plot_add_number(rows, of.high);
		text_add(rows, "\n");
	}
	text_add(rows, "\n\n");
}

static int check_folders(const struct plot_data *data, struct errors *errors)
{
	const struct plot_options *options = data->options;

	for (size_t i = 0; i < options->nr_databases; i++)
		if (!sweep_file_is_there(options->databases[i]))
			return error_input(errors,
					   place_of_file(options->databases[i]),
					   "%s", data->kind->has_not);
	if (options->nr_databases == 1)
		return 0;
	return error_input(errors, place_of_file(options->databases[1]),
			   "one sweep is drawn at a time");
}

static int load(struct sweep_picture *picture, struct errors *errors)
{
	struct plot_data *data = picture->data;
	const struct plot_options *options = data->options;

	if (check_folders(data, errors))
		return -1;
	if (sweep_file_read(&picture->file, options->databases[0],
			    options->only, options->nr_only, errors))
		return -1;
	picture->arena = picture->file.arena;
	picture->file.table.asked = options->metrics;
	picture->file.table.nr_asked = options->nr_metrics;
	if (find_axis(picture, errors) ||
	    sweep_points_read(&picture->points, table_of(picture), errors) ||
	    read_values(picture, errors) || find_lines(picture, errors) ||
	    find_metrics(picture, errors))
		return -1;
	data->blocks_each = (unsigned int)picture->nr_lines;
	for (size_t m = 0; m < picture->nr_metrics; m++)
		for (size_t line = 0; line < picture->nr_lines; line++)
			add_block(picture, m, line);
	add_settings(picture);
	return data->rows.failed || data->settings.failed ? no_memory(errors) :
							    0;
}

int plot_load_sweep(struct plot_data *data, struct errors *errors)
{
	struct sweep_picture picture = { .data = data };
	int result = load(&picture, errors);

	sweep_points_release(&picture.points);
	sweep_file_release(&picture.file);
	return result;
}
