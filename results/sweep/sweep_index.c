/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The index of a sweep.
 *
 *	sweep.csv   a line a point       min_free_kbytes=512,seed=1  …  12
 *	means.csv   a line a group       512  failures  5 seeds  12.4  9.1  15.7
 *	            and metric
 *	the table   a line a group       512      5      12.4  3.3
 *
 * Rules: programs see the main metrics of each point, and means with their
 * intervals beside them; people see a line for all seeds of a point, and of the
 * metrics those that were asked for, or those that differ between points, as
 * many as fit into a line, the most telling first.
 */

#include "results/sweep/sweep_index.h"

#include <math.h>
#include <string.h>

#include "results/compare/comparison.h"
#include "results/text/json.h"
#include "results/sweep/sweep_points.h"
#include "results/text/table.h"
#include "sim/base/numbers.h"

#define WIDTH_USUAL 80
#define JSON_DIGITS 6

/* ---- CSV ---------------------------------------------------------------- */

static void add_csv_head(const struct sweep_points *points, struct text *out)
{
	text_add(out, "point,database,status,digest");
	for (size_t a = 0; a < points->table->nr_axes; a++) {
		text_add(out, ",");
		text_add_csv(out, points->table->axis[a]);
	}
	for (size_t m = 0; m < points->nr_listed; m++) {
		text_add(out, ",");
		text_add_csv(out, points->listed[m]->name);
	}
	text_add(out, "\n");
}

static void add_csv_number(struct text *out, double value)
{
	text_add(out, ",");
	if (isfinite(value))
		text_add(out, "%.15g", value);
}

static void add_csv_row(const struct sweep_points *points, size_t i,
			struct text *out)
{
	const struct sweep_row *row = &points->table->row[i];
	const struct sweep_run *run = &points->run[i];

	text_add_csv(out, row->name);
	text_add(out, ",");
	text_add_csv(out, row->database);
	text_add(out, ",%s,%s", run->status, run->digest);
	for (size_t a = 0; a < points->table->nr_axes; a++) {
		text_add(out, ",");
		text_add_csv(out, row->value[a]);
	}
	for (size_t m = 0; m < points->nr_listed; m++)
		add_csv_number(out, points->listed[m]->value[i]);
	text_add(out, "\n");
}

/* The group's settings: all axes but the seeds'. */
static void add_means_head(const struct sweep_table *table, struct text *out)
{
	for (size_t a = 0; a < table->nr_axes; a++)
		if (a != table->seed_axis) {
			text_add_csv(out, table->axis[a]);
			text_add(out, ",");
		}
	text_add(out, "metric,unit,seeds,mean,low,high\n");
}

static void add_means_row(const struct sweep_points *points, size_t group,
			  const struct metric *metric, struct text *out)
{
	const struct sweep_table *table = points->table;
	size_t row = sweep_group_row(points, group);
	struct interval interval;

	sweep_group_interval(points, metric, group, &interval);
	for (size_t a = 0; a < table->nr_axes; a++)
		if (a != table->seed_axis) {
			text_add_csv(out, table->row[row].value[a]);
			text_add(out, ",");
		}
	text_add_csv(out, metric->name);
	text_add(out, ",%s,%zu", metric_unit_names[metric->family->unit],
		 interval.nr);
	add_csv_number(out, interval.mean);
	add_csv_number(out, interval.low);
	add_csv_number(out, interval.high);
	text_add(out, "\n");
}

static void add_csv(const struct sweep_points *points,
		    struct text out[NR_SWEEP_FORMATS])
{
	add_csv_head(points, &out[SWEEP_CSV]);
	for (size_t i = 0; i < points->table->nr_rows; i++)
		add_csv_row(points, i, &out[SWEEP_CSV]);
	add_means_head(points->table, &out[SWEEP_MEANS]);
	for (size_t g = 0; g < points->nr_groups; g++)
		for (size_t m = 0; m < points->nr_listed; m++)
			add_means_row(points, g, points->listed[m],
				      &out[SWEEP_MEANS]);
}

/* ---- JSON --------------------------------------------------------------- */

/* A number as a number; "0x10" and "007" are texts. */
static void add_axis_value(struct json *json, const char *axis,
			   const char *value)
{
	size_t length = strlen(value);
	bool is_plain = strspn(value, "0123456789") == length &&
			(*value != '0' || length == 1);
	uint64_t number;

	if (is_plain && parse_u64(value, length, &number) &&
	    number <= INT64_MAX)
		json_int(json, axis, (int64_t)number);
	else
		json_string(json, axis, value);
}

static void add_real(struct json *json, const char *key, double value)
{
	json_real(json, key, value, value == floor(value) ? 0 : JSON_DIGITS);
}

static void add_interval(const struct sweep_points *points,
			 const struct metric *metric, size_t group,
			 struct json *json)
{
	struct interval interval;

	sweep_group_interval(points, metric, group, &interval);
	json_begin_object(json, metric->name);
	json_int(json, "seeds", (int64_t)interval.nr);
	add_real(json, "mean", interval.mean);
	add_real(json, "low", interval.low);
	add_real(json, "high", interval.high);
	json_end_object(json);
}

static void add_json_row(const struct sweep_points *points, size_t i,
			 struct json *json)
{
	const struct sweep_table *table = points->table;
	const struct sweep_row *row = &table->row[i];
	const struct sweep_run *run = &points->run[i];

	json_begin_object(json, NULL);
	json_string(json, "point", row->name);
	json_string(json, "database", row->database);
	json_string(json, "status", run->status);
	json_bool(json, "was_there", row->was_there);
	json_string(json, "digest", *run->digest ? run->digest : NULL);
	json_begin_object(json, "axes");
	for (size_t a = 0; a < table->nr_axes; a++)
		add_axis_value(json, table->axis[a], row->value[a]);
	json_end_object(json);
	json_begin_object(json, "metrics");
	for (size_t m = 0; m < points->nr_listed; m++)
		add_real(json, points->listed[m]->name,
			 points->listed[m]->value[i]);
	json_end_object(json);
	json_begin_object(json, "over_seeds");
	for (size_t m = 0; m < points->nr_listed; m++)
		add_interval(points, points->listed[m], points->group[i], json);
	json_end_object(json);
	json_end_object(json);
}

static void add_json(const struct sweep_points *points, struct text *out)
{
	struct json json = JSON_TO(out);

	json_begin_array(&json, NULL);
	for (size_t i = 0; i < points->table->nr_rows; i++)
		add_json_row(points, i, &json);
	json_end_array(&json);
}

/* ---- for people --------------------------------------------------------- */

#define COLUMN_GAP 2
#define COLUMNS_MAX 20
#define HALF_WIDTH_HEAD "±"

/* The columns of the table. */
struct columns {
	const struct metric *metric[COLUMNS_MAX];
	int decimals[COLUMNS_MAX];
	size_t nr;
	bool intervals; /* a group has more than one run */
};

static size_t axes_width(const struct sweep_table *table)
{
	size_t width = 0;

	for (size_t a = 0; a < table->nr_axes; a++) {
		size_t widest = strlen(table->short_axis[a]);

		if (!sweep_axis_varies(table, a))
			continue;
		for (size_t i = 0; i < table->nr_rows; i++)
			widest = larger(widest, strlen(table->row[i].value[a]));
		width += widest + COLUMN_GAP;
	}
	if (table->seed_axis < table->nr_axes)
		width += strlen("seeds") + COLUMN_GAP;
	return width;
}

/* "=": every seed gave the same. */
static const char *half_width_text(const struct metric *metric,
				   const struct interval *interval,
				   int decimals, char text[METRIC_TEXT_MAX])
{
	if (interval->half_width == 0)
		return "=";
	return metric_format_to(metric->family->unit, interval->half_width,
				decimals, text);
}

/* As many as one of the column's numbers needs, all of them have. */
static int column_decimals(const struct sweep_points *points,
			   const struct metric *metric)
{
	enum metric_unit unit = metric->family->unit;
	int decimals = 0;

	for (size_t g = 0; g < points->nr_groups; g++) {
		struct interval of;

		sweep_group_interval(points, metric, g, &of);
		decimals = metric_decimals(unit, of.mean, decimals);
		if (of.mean < METRIC_LARGE)
			decimals =
				metric_decimals(unit, of.half_width, decimals);
	}
	return decimals;
}

static size_t metric_width(const struct sweep_points *points,
			   const struct metric *metric, bool intervals)
{
	int decimals = column_decimals(points, metric);
	size_t mean = strlen(metric->name), half_width = 1;
	char text[METRIC_TEXT_MAX];

	for (size_t g = 0; g < points->nr_groups; g++) {
		struct interval of;

		sweep_group_interval(points, metric, g, &of);
		mean = larger(mean, strlen(metric_format_to(
					    metric->family->unit, of.mean,
					    decimals, text)));
		half_width = larger(
			half_width,
			strlen(half_width_text(metric, &of, decimals, text)));
	}
	return mean + COLUMN_GAP + (intervals ? half_width + COLUMN_GAP : 0);
}

/* Where nothing differs, what matters most is shown all the same. */
static void choose_columns(const struct sweep_points *points, size_t width,
			   struct columns *columns)
{
	size_t used = axes_width(points->table);

	for (int differing = 1; differing >= 0 && !columns->nr; differing--)
		for (size_t t = 0; t < nr_sweep_telling; t++) {
			const struct metric *metric = metrics_find(
				&points->metrics, sweep_telling[t]);
			size_t needs;

			if (!metric || columns->nr == COLUMNS_MAX ||
			    (differing && !sweep_metric_varies(points, metric)))
				continue;
			needs = metric_width(points, metric,
					     columns->intervals);
			if (columns->nr && used + needs > width + COLUMN_GAP)
				continue;
			used += needs;
			columns->metric[columns->nr++] = metric;
		}
}

static bool has_intervals(const struct sweep_points *points)
{
	for (size_t g = 0; g < points->nr_groups; g++)
		if (sweep_group_seeds(points, g) > 1)
			return true;
	return false;
}

static void set_columns(const struct sweep_points *points, size_t width,
			struct columns *columns)
{
	*columns = (struct columns){ .nr = 0 };
	columns->intervals = has_intervals(points);
	if (!points->table->nr_asked)
		choose_columns(points, width, columns);
	while (columns->nr < points->table->nr_asked &&
	       columns->nr < COLUMNS_MAX) {
		columns->metric[columns->nr] = points->asked[columns->nr];
		columns->nr++;
	}
	for (size_t c = 0; c < columns->nr; c++)
		columns->decimals[c] =
			column_decimals(points, columns->metric[c]);
}

static void add_head(const struct sweep_table *table,
		     const struct columns *columns, struct table *to)
{
	for (size_t a = 0; a < table->nr_axes; a++)
		if (sweep_axis_varies(table, a))
			table_add(to, "%s", table->short_axis[a]);
	if (table->seed_axis < table->nr_axes)
		table_add(to, "seeds");
	for (size_t c = 0; c < columns->nr; c++) {
		table_add(to, "%s", columns->metric[c]->name);
		if (columns->intervals)
			table_add(to, HALF_WIDTH_HEAD);
	}
	table_end_row(to);
}

static void add_group(const struct sweep_points *points, size_t group,
		      const struct columns *columns, struct table *to)
{
	const struct sweep_table *table = points->table;
	size_t row = sweep_group_row(points, group);
	char text[METRIC_TEXT_MAX];

	for (size_t a = 0; a < table->nr_axes; a++)
		if (sweep_axis_varies(table, a))
			table_add(to, "%s", table->row[row].value[a]);
	if (table->seed_axis < table->nr_axes)
		table_add(to, "%zu", sweep_group_seeds(points, group));
	for (size_t c = 0; c < columns->nr; c++) {
		const struct metric *metric = columns->metric[c];
		struct interval of;

		sweep_group_interval(points, metric, group, &of);
		table_add(to, "%s",
			  metric_format_to(metric->family->unit, of.mean,
					   columns->decimals[c], text));
		if (columns->intervals)
			table_add(to, "%s",
				  half_width_text(metric, &of,
						  columns->decimals[c], text));
	}
	table_end_row(to);
}

static void add_text(const struct sweep_points *points, size_t width,
		     struct text *out)
{
	const struct sweep_table *table = points->table;
	struct table to = TABLE_EMPTY;
	size_t complete = 0, were_there = 0;
	struct columns columns;

	set_columns(points, width, &columns);
	add_head(table, &columns, &to);
	for (size_t g = 0; g < points->nr_groups; g++)
		add_group(points, g, &columns, &to);
	table_write(&to, 0, out);
	for (size_t i = 0; i < table->nr_rows; i++) {
		complete += sweep_run_is_complete(points, i);
		were_there += table->row[i].was_there;
	}
	text_add(out, "\n%zu point%s, %zu complete", table->nr_rows,
		 plural(table->nr_rows), complete);
	if (were_there)
		text_add(out, ", %zu of them from before", were_there);
	text_add(out, ".\n");
	if (table->seed_axis < table->nr_axes)
		text_add(out, "Means over seeds%s.\n",
			 columns.intervals ? ", ± their 95 % interval" : "");
}

/* ---- thresholds --------------------------------------------------------- */

static double mean_of_group(const void *argument, const struct metric *metric,
			    size_t group)
{
	struct interval interval;

	sweep_group_interval(argument, metric, group, &interval);
	return interval.mean;
}

/* "min_free_kbytes=512,batch=auto" */
static void add_group_name(const void *argument, size_t group, struct text *out)
{
	const struct sweep_points *points = argument;
	const struct sweep_table *table = points->table;
	size_t row = sweep_group_row(points, group);
	bool any = false;

	for (size_t a = 0; a < table->nr_axes; a++) {
		if (!sweep_axis_varies(table, a))
			continue;
		text_add(out, "%s%s=", any ? "," : "", table->short_axis[a]);
		text_add_visible(out, table->row[row].value[a]);
		any = true;
	}
	if (!any)
		text_add_visible(out, table->row[row].name);
}

static int judge(const struct sweep_points *points, struct verdicts *verdicts,
		 struct errors *errors)
{
	const struct judged judged = {
		.thresholds = points->table->thresholds,
		.nr_thresholds = points->table->nr_thresholds,
		.metrics = &points->metrics,
		.nr = points->nr_groups,
		.are_means = has_intervals(points),
		.value = mean_of_group,
		.add_name = add_group_name,
		.argument = points,
	};

	return thresholds_judge(&judged, verdicts, errors);
}

int sweep_index(const struct sweep_table *table, size_t width,
		struct text out[NR_SWEEP_FORMATS], struct verdicts *verdicts,
		struct errors *errors)
{
	struct sweep_points points;
	int result = sweep_points_read(&points, table, errors);

	if (!result) {
		add_csv(&points, out);
		add_json(&points, &out[SWEEP_JSON]);
		add_text(&points, width ?: WIDTH_USUAL, &out[SWEEP_TEXT]);
		result = judge(&points, verdicts, errors);
	}
	sweep_points_release(&points);
	for (int format = 0; !result && format < NR_SWEEP_FORMATS; format++)
		if (out[format].failed)
			result = error_host(errors, "sweep");
	if (!result && verdicts->crossed.failed)
		result = error_host(errors, "sweep");
	return result;
}
