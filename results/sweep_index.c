/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The index of a sweep.
 *
 *	point                  min_free_kbytes  seed  status    failures  …
 *	min_free_kbytes=102…   1024             1     complete  12
 *
 * Rules: the main metrics are those that a comparison always shows, and the
 * totals of all others. People see a line for all seeds of a point, with
 * means, and of the metrics those that differ between points, as many as fit
 * into a line, the most telling first; programs see all of them.
 */

#include "results/sweep_index.h"

#include <math.h>
#include <string.h>

#include "results/comparison.h"
#include "results/json.h"
#include "results/table.h"

#define WIDTH_USUAL 80
#define JSON_DIGITS 6

/* What is known of a point's run. */
struct point {
	const char *status; /* "missing" where there is none */
	const char *digest;
};

struct index {
	const struct sweep_table *table;
	struct metrics metrics;
	struct point *point;
	size_t width;
};

static void take_point(struct index *index, size_t i,
		       const struct run_data *data)
{
	struct point *point = &index->point[i];
	struct arena *arena = index->metrics.arena;

	point->status =
		arena_strndup(arena, data->status, strlen(data->status));
	point->digest =
		arena_strndup(arena, data->digest, strlen(data->digest));
	metrics_add(&index->metrics, i, data);
}

static void read_point(struct index *index, size_t i, struct errors *errors)
{
	struct errors unreadable = ERRORS_NONE;
	struct database database;
	struct run_data data;

	if (database_open(&database, index->table->row[i].database,
			  &unreadable)) {
		errors_release(&unreadable);
		return;
	}
	if (run_data_load(&data, &database, NULL, NULL, errors) == 0)
		take_point(index, i, &data);
	run_data_release(&data);
	database_close(&database);
}

static int add_point(struct index *index, size_t i, struct errors *errors)
{
	const struct run_data *ready = index->table->row[i].ready;
	struct point *point = &index->point[i];

	*point = (struct point){ "missing", "" };
	if (ready && ready->arena)
		take_point(index, i, ready);
	else
		read_point(index, i, errors);
	if (!point->status || !point->digest)
		return error_host(errors, "sweep");
	return 0;
}

/* A point without a run has no counts either. */
static void forget_missing(struct index *index)
{
	for (size_t i = 0; i < index->table->nr_rows; i++) {
		if (strcmp(index->point[i].status, "missing"))
			continue;
		for (size_t m = 0; m < index->metrics.nr; m++)
			index->metrics.metric[m].value[i] = NAN;
	}
}

static int read_points(struct index *index, struct errors *errors)
{
	index->point = arena_alloc(index->metrics.arena,
				   (index->table->nr_rows + 1) *
					   sizeof(*index->point));
	if (!index->point)
		return error_host(errors, "sweep");
	for (size_t i = 0; i < index->table->nr_rows; i++)
		if (add_point(index, i, errors))
			return -1;
	if (metrics_finish(&index->metrics))
		return error_host(errors, "sweep");
	forget_missing(index);
	return 0;
}

static bool is_main(const struct metric *metric)
{
	return metric->level == LEVEL_KEY || !metric->nr_labels;
}

/* ---- CSV and JSON ------------------------------------------------------- */

static void add_csv_head(const struct index *index, struct text *out)
{
	text_add(out, "point,database,status,digest");
	for (size_t i = 0; i < index->table->nr_axes; i++) {
		text_add(out, ",");
		text_add_csv(out, index->table->axis[i]);
	}
	for (size_t m = 0; m < index->metrics.nr; m++)
		if (is_main(&index->metrics.metric[m])) {
			text_add(out, ",");
			text_add_csv(out, index->metrics.metric[m].name);
		}
	text_add(out, "\n");
}

static void add_csv_row(const struct index *index, size_t i, struct text *out)
{
	const struct sweep_row *row = &index->table->row[i];
	const struct point *point = &index->point[i];

	text_add_csv(out, row->name);
	text_add(out, ",");
	text_add_csv(out, row->database);
	text_add(out, ",%s,%s", point->status, point->digest);
	for (size_t a = 0; a < index->table->nr_axes; a++) {
		text_add(out, ",");
		text_add_csv(out, row->value[a]);
	}
	for (size_t m = 0; m < index->metrics.nr; m++) {
		const struct metric *metric = &index->metrics.metric[m];

		if (!is_main(metric))
			continue;
		text_add(out, ",");
		if (isfinite(metric->value[i]))
			text_add(out, "%.15g", metric->value[i]);
	}
	text_add(out, "\n");
}

static void add_json_row(const struct index *index, size_t i, struct json *json)
{
	const struct sweep_row *row = &index->table->row[i];
	const struct point *point = &index->point[i];

	json_begin_object(json, NULL);
	json_string(json, "point", row->name);
	json_string(json, "database", row->database);
	json_string(json, "status", point->status);
	json_bool(json, "was_there", row->was_there);
	json_string(json, "digest", *point->digest ? point->digest : NULL);
	json_begin_object(json, "axes");
	for (size_t a = 0; a < index->table->nr_axes; a++)
		json_string(json, index->table->axis[a], row->value[a]);
	json_end_object(json);
	json_begin_object(json, "metrics");
	for (size_t m = 0; m < index->metrics.nr; m++) {
		const struct metric *metric = &index->metrics.metric[m];
		double value = metric->value[i];

		if (is_main(metric))
			json_real(json, metric->name, value,
				  value == floor(value) ? 0 : JSON_DIGITS);
	}
	json_end_object(json);
	json_end_object(json);
}

/* ---- for people --------------------------------------------------------- */

/* Points that differ in their seed only. */
struct group {
	size_t *row;
	size_t nr;
};

static bool is_one_group(const struct sweep_table *table, size_t a, size_t b)
{
	for (size_t i = 0; i < table->nr_axes; i++)
		if (i != table->seed_axis &&
		    strcmp(table->row[a].value[i], table->row[b].value[i]))
			return false;
	return true;
}

/* The metric's mean over the group that row `first` begins. */
static double group_mean(const struct index *index, const struct metric *metric,
			 size_t first)
{
	double sum = 0;
	size_t nr = 0;

	for (size_t i = first; i < index->table->nr_rows; i++) {
		if (isnan(metric->value[i]) ||
		    !is_one_group(index->table, first, i))
			continue;
		sum += metric->value[i];
		nr++;
	}
	return nr ? sum / (double)nr : NAN;
}

/* Rows of a group that no earlier row began. */
static bool begins_group(const struct sweep_table *table, size_t i)
{
	for (size_t before = 0; before < i; before++)
		if (is_one_group(table, before, i))
			return false;
	return true;
}

static bool metric_varies(const struct index *index,
			  const struct metric *metric)
{
	for (size_t i = 1; i < index->table->nr_rows; i++)
		if (metric->value[i] != metric->value[0] &&
		    !(isnan(metric->value[i]) && isnan(metric->value[0])))
			return true;
	return false;
}

static bool axis_varies(const struct sweep_table *table, size_t axis)
{
	if (axis == table->seed_axis)
		return false;
	for (size_t i = 1; i < table->nr_rows; i++)
		if (strcmp(table->row[i].value[axis],
			   table->row[0].value[axis]))
			return true;
	return false;
}

/* The most telling first. */
static const char *const preferred[] = {
	"failures",
	"unusable[9]",
	"latency_p99",
	"stalls",
	"oom_kills",
	"latency_max",
	"free",
	"kswapd_runs",
	"unusable[3]",
	"compact_stalls",
	"slab_loss",
	"internal_fragmentation",
	"reclaimed_kswapd",
	"sim_time",
	"violations",
};
#define NR_PREFERRED (sizeof(preferred) / sizeof(preferred[0]))

/* The columns of the table. */
struct columns {
	const struct metric *metric[NR_PREFERRED];
	size_t nr;
};

#define COLUMN_GAP 2
#define VALUE_WIDTH 8

static size_t axes_width(const struct sweep_table *table)
{
	size_t width = 0;

	for (size_t a = 0; a < table->nr_axes; a++) {
		size_t widest = strlen(table->short_axis[a]);

		if (!axis_varies(table, a))
			continue;
		for (size_t i = 0; i < table->nr_rows; i++)
			if (strlen(table->row[i].value[a]) > widest)
				widest = strlen(table->row[i].value[a]);
		width += widest + COLUMN_GAP;
	}
	if (table->seed_axis < table->nr_axes)
		width += strlen("seeds") + COLUMN_GAP;
	return width;
}

/* Where nothing differs, what matters most is shown all the same. */
static void choose_columns(const struct index *index, struct columns *columns)
{
	size_t width = axes_width(index->table);

	for (int differing = 1; differing >= 0 && !columns->nr; differing--)
		for (size_t p = 0; p < NR_PREFERRED; p++) {
			const struct metric *metric =
				metrics_find(&index->metrics, preferred[p]);
			size_t needs = strlen(preferred[p]);

			if (!metric ||
			    (differing && !metric_varies(index, metric)))
				continue;
			needs = (needs > VALUE_WIDTH ? needs : VALUE_WIDTH) +
				COLUMN_GAP;
			if (columns->nr && width + needs > index->width)
				continue;
			width += needs;
			columns->metric[columns->nr++] = metric;
		}
}

static void add_head(const struct index *index, const struct columns *columns,
		     struct table *to)
{
	const struct sweep_table *table = index->table;

	for (size_t a = 0; a < table->nr_axes; a++)
		if (axis_varies(table, a))
			table_add(to, "%s", table->short_axis[a]);
	if (table->seed_axis < table->nr_axes)
		table_add(to, "seeds");
	for (size_t c = 0; c < columns->nr; c++)
		table_add(to, "%s", columns->metric[c]->name);
	table_end_row(to);
}

static void add_group(const struct index *index, const struct columns *columns,
		      size_t first, struct table *to)
{
	const struct sweep_table *table = index->table;
	char text[METRIC_TEXT_MAX];
	size_t seeds = 0;

	for (size_t i = first; i < table->nr_rows; i++)
		seeds += is_one_group(table, first, i) &&
			 !strcmp(index->point[i].status, "complete");
	for (size_t a = 0; a < table->nr_axes; a++)
		if (axis_varies(table, a))
			table_add(to, "%s", table->row[first].value[a]);
	if (table->seed_axis < table->nr_axes)
		table_add(to, "%zu", seeds);
	for (size_t c = 0; c < columns->nr; c++) {
		const struct metric *metric = columns->metric[c];

		table_add(to, "%s",
			  metric_format(metric->family->unit,
					group_mean(index, metric, first),
					text));
	}
	table_end_row(to);
}

static void add_text(const struct index *index, struct text *out)
{
	const struct sweep_table *table = index->table;
	struct columns columns = { .nr = 0 };
	struct table to = TABLE_EMPTY;
	size_t complete = 0, were_there = 0;

	choose_columns(index, &columns);
	add_head(index, &columns, &to);
	for (size_t i = 0; i < table->nr_rows; i++) {
		complete += !strcmp(index->point[i].status, "complete");
		were_there += table->row[i].was_there;
		if (begins_group(table, i))
			add_group(index, &columns, i, &to);
	}
	table_write(&to, 0, out);
	text_add(out, "\n%zu point%s, %zu complete", table->nr_rows,
		 plural(table->nr_rows), complete);
	if (were_there)
		text_add(out, ", %zu of them from before", were_there);
	if (table->seed_axis < table->nr_axes)
		text_add(out, "; means over seeds");
	text_add(out, ".\n");
}

int sweep_index(const struct sweep_table *table, size_t width,
		struct text out[NR_SWEEP_FORMATS], struct errors *errors)
{
	struct index index = { .table = table, .width = width ?: WIDTH_USUAL };
	struct json json = JSON_TO(&out[SWEEP_JSON]);
	int result;

	if (metrics_init(&index.metrics, table->nr_rows))
		return error_host(errors, "sweep");
	result = read_points(&index, errors);
	if (!result) {
		add_csv_head(&index, &out[SWEEP_CSV]);
		json_begin_array(&json, NULL);
		for (size_t i = 0; i < table->nr_rows; i++) {
			add_csv_row(&index, i, &out[SWEEP_CSV]);
			add_json_row(&index, i, &json);
		}
		json_end_array(&json);
		add_text(&index, &out[SWEEP_TEXT]);
	}
	metrics_release(&index.metrics);
	for (int format = 0; !result && format < NR_SWEEP_FORMATS; format++)
		if (out[format].failed)
			result = error_host(errors, "sweep");
	return result;
}
