/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The points of a sweep, read and put together by what they have in common.
 *
 *	row  min_free_kbytes  seed  failures          group  failures
 *	  0  512              1     12         -->        0  13 ± 9
 *	  1  512              2     14
 *	  2  8192             1     90                    1  91 ± 9
 *	  3  8192             2     92
 *
 * Rules: the main metrics are those that a comparison always shows, and the
 * totals of all others. A group's mean is of the runs that are complete: one
 * that was cut short came to less only for want of time. Its interval is that
 * of a comparison (results/compare/student_t.c), cut to what the quantity can
 * be; differences can be below 0, and are not cut.
 */

#define _GNU_SOURCE

#include "results/sweep/sweep_points.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const sweep_telling[] = {
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
const size_t nr_sweep_telling =
	sizeof(sweep_telling) / sizeof(sweep_telling[0]);

/* ---- runs --------------------------------------------------------------- */

static void take_run(struct sweep_points *points, size_t row,
		     const struct run_data *data)
{
	struct sweep_run *run = &points->run[row];
	struct arena *arena = points->metrics.arena;

	run->status = arena_strndup(arena, data->status, strlen(data->status));
	run->digest = arena_strndup(arena, data->digest, strlen(data->digest));
	metrics_add(&points->metrics, row, data);
}

static void read_run(struct sweep_points *points, size_t row,
		     struct errors *errors)
{
	struct errors unreadable = ERRORS_NONE;
	struct database database;
	struct run_data data;

	if (database_open(&database, points->table->row[row].database,
			  &unreadable)) {
		errors_release(&unreadable);
		return;
	}
	if (run_data_load(&data, &database, NULL, NULL, errors) == 0)
		take_run(points, row, &data);
	run_data_release(&data);
	database_close(&database);
}

static int add_run(struct sweep_points *points, size_t row,
		   struct errors *errors)
{
	const struct run_data *ready = points->table->row[row].ready;
	struct sweep_run *run = &points->run[row];

	*run = (struct sweep_run){ "missing", "" };
	if (ready && ready->arena)
		take_run(points, row, ready);
	else
		read_run(points, row, errors);
	if (!run->status || !run->digest)
		return error_host(errors, "sweep");
	return 0;
}

/* A point without a run has no counts either. */
static void forget_missing(struct sweep_points *points)
{
	for (size_t row = 0; row < points->table->nr_rows; row++) {
		if (strcmp(points->run[row].status, "missing"))
			continue;
		for (size_t m = 0; m < points->metrics.nr; m++)
			points->metrics.metric[m].value[row] = NAN;
	}
}

static int read_runs(struct sweep_points *points, struct errors *errors)
{
	for (size_t row = 0; row < points->table->nr_rows; row++)
		if (add_run(points, row, errors))
			return -1;
	if (metrics_finish(&points->metrics))
		return error_host(errors, "sweep");
	forget_missing(points);
	return 0;
}

/* ---- metrics ------------------------------------------------------------ */

static bool is_main(const struct metric *metric)
{
	return metric->level == LEVEL_KEY || !metric->nr_labels;
}

/* What no run has: what is counted did not happen; of others, nothing. */
static const struct metric *make_nothing(struct sweep_points *points,
					 const struct named_metric *asked)
{
	struct arena *arena = points->metrics.arena;
	size_t nr = points->table->nr_rows;
	struct metric *metric = arena_alloc(arena, sizeof(*metric));
	double *value = arena_alloc(arena, (nr + 1) * sizeof(*value));

	if (!metric || !value)
		return NULL;
	for (size_t row = 0; row < nr; row++)
		value[row] = asked->family->counts && sweep_run_is_complete(
							      points, row) ?
				     0 :
				     NAN;
	*metric = (struct metric){
		.family = asked->family,
		.name = asked->name,
		.value = value,
	};
	return metric;
}

static bool is_listed(const struct sweep_points *points,
		      const struct metric *metric)
{
	for (size_t i = 0; i < points->nr_listed; i++)
		if (points->listed[i] == metric)
			return true;
	return false;
}

static int list_metrics(struct sweep_points *points, struct errors *errors)
{
	struct metrics *metrics = &points->metrics;
	size_t nr_asked = points->table->nr_asked;
	size_t most = metrics->nr + nr_asked + 1;

	points->asked = arena_alloc(metrics->arena,
				    (nr_asked + 1) * sizeof(*points->asked));
	points->listed =
		arena_alloc(metrics->arena, most * sizeof(*points->listed));
	if (!points->asked || !points->listed)
		return error_host(errors, "sweep");
	for (size_t m = 0; m < metrics->nr; m++)
		if (is_main(&metrics->metric[m]))
			points->listed[points->nr_listed++] =
				&metrics->metric[m];
	for (size_t i = 0; i < nr_asked; i++) {
		const struct named_metric *asked = &points->table->asked[i];
		const struct metric *metric =
			metrics_find(metrics, asked->name);

		if (!metric)
			metric = make_nothing(points, asked);
		if (!metric)
			return error_host(errors, "sweep");
		points->asked[i] = metric;
		if (!is_listed(points, metric))
			points->listed[points->nr_listed++] = metric;
	}
	return 0;
}

/* ---- groups ------------------------------------------------------------- */

static int compare_settings(const struct sweep_table *table, size_t a, size_t b)
{
	int order = 0;

	for (size_t i = 0; !order && i < table->nr_axes; i++)
		if (i != table->seed_axis)
			order = strcmp(table->row[a].value[i],
				       table->row[b].value[i]);
	return order;
}

static int by_settings(const void *a, const void *b, void *table)
{
	size_t left = *(const size_t *)a, right = *(const size_t *)b;
	int order = compare_settings(table, left, right);

	return order ? order : (left > right) - (left < right);
}

/* group[] becomes the first row with the same settings. */
static void find_leaders(struct sweep_points *points, size_t *sorted)
{
	const struct sweep_table *table = points->table;
	size_t leader = 0;

	for (size_t row = 0; row < table->nr_rows; row++)
		sorted[row] = row;
	qsort_r(sorted, table->nr_rows, sizeof(*sorted), by_settings,
		(void *)table);
	for (size_t i = 0; i < table->nr_rows; i++) {
		if (!i || compare_settings(table, leader, sorted[i]))
			leader = sorted[i];
		points->group[sorted[i]] = leader;
	}
}

/* A leader comes before those whom it leads, and so has its number first. */
static void number_groups(struct sweep_points *points)
{
	for (size_t row = 0; row < points->table->nr_rows; row++) {
		size_t leader = points->group[row];

		points->group[row] = leader == row ? points->nr_groups++ :
						     points->group[leader];
		points->first_member[points->group[row] + 1]++;
	}
}

static void fill_groups(struct sweep_points *points)
{
	size_t *first = points->first_member;

	for (size_t g = 0; g < points->nr_groups; g++)
		first[g + 1] += first[g];
	/* Each is filled up to where the next begins, from its end on. */
	for (size_t row = points->table->nr_rows; row--;)
		points->member[--first[points->group[row] + 1]] = row;
	for (size_t g = 0; g < points->nr_groups; g++)
		first[g] = first[g + 1];
	first[points->nr_groups] = points->table->nr_rows;
}

static int allocate(struct sweep_points *points, struct errors *errors)
{
	struct arena *arena = points->metrics.arena;
	size_t nr = points->table->nr_rows;

	points->run = arena_alloc(arena, (nr + 1) * sizeof(*points->run));
	points->group = arena_alloc(arena, (nr + 1) * sizeof(*points->group));
	points->member = arena_alloc(arena, (nr + 1) * sizeof(*points->member));
	points->first_member =
		arena_alloc(arena, (nr + 2) * sizeof(*points->first_member));
	points->scratch =
		arena_alloc(arena, (nr + 1) * sizeof(*points->scratch));
	if (!points->run || !points->group || !points->member ||
	    !points->first_member || !points->scratch)
		return error_host(errors, "sweep");
	memset(points->first_member, 0,
	       (nr + 2) * sizeof(*points->first_member));
	return 0;
}

int sweep_points_read(struct sweep_points *points,
		      const struct sweep_table *table, struct errors *errors)
{
	*points = (struct sweep_points){ .table = table };
	if (metrics_init(&points->metrics, table->nr_rows))
		return error_host(errors, "sweep");
	if (allocate(points, errors) || read_runs(points, errors) ||
	    list_metrics(points, errors))
		return -1;
	find_leaders(points, points->member);
	number_groups(points);
	fill_groups(points);
	return 0;
}

void sweep_points_release(struct sweep_points *points)
{
	metrics_release(&points->metrics);
	*points = (struct sweep_points){ .nr_groups = 0 };
}

/* ---- what they say ------------------------------------------------------ */

bool sweep_run_is_complete(const struct sweep_points *points, size_t row)
{
	return !strcmp(points->run[row].status, "complete");
}

size_t sweep_group_seeds(const struct sweep_points *points, size_t group)
{
	size_t nr = 0;

	for (size_t i = points->first_member[group];
	     i < points->first_member[group + 1]; i++)
		nr += sweep_run_is_complete(points, points->member[i]);
	return nr;
}

/*
 * No true mean lies beyond what the quantity can be, so that an interval that
 * is cut there contains it as often as the whole one. Nothing is below 0.
 */
static void cut_to_what_can_be(enum metric_unit unit, struct interval *interval)
{
	bool is_part = unit == METRIC_INDEX || unit == METRIC_SHARE;

	if (interval->low < 0)
		interval->low = 0;
	if (is_part && interval->high > 1)
		interval->high = 1;
}

void sweep_group_interval(const struct sweep_points *points,
			  const struct metric *metric, size_t group,
			  struct interval *interval)
{
	size_t nr = 0;

	for (size_t i = points->first_member[group];
	     i < points->first_member[group + 1]; i++)
		if (sweep_run_is_complete(points, points->member[i]))
			points->scratch[nr++] =
				metric->value[points->member[i]];
	interval_of(points->scratch, nr, interval);
	cut_to_what_can_be(metric->family->unit, interval);
}

bool sweep_metric_varies(const struct sweep_points *points,
			 const struct metric *metric)
{
	const double *first = NULL;

	for (size_t i = 0; i < points->table->nr_rows; i++) {
		const double *value = &metric->value[i];

		if (!sweep_run_is_complete(points, i))
			continue;
		if (!first)
			first = value;
		if (*value != *first && !(isnan(*value) && isnan(*first)))
			return true;
	}
	return false;
}

bool sweep_axis_varies(const struct sweep_table *table, size_t axis)
{
	if (axis == table->seed_axis)
		return false;
	for (size_t i = 1; i < table->nr_rows; i++)
		if (strcmp(table->row[i].value[axis],
			   table->row[0].value[axis]))
			return true;
	return false;
}
