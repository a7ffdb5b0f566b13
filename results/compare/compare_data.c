/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A comparison for programs: JSON and CSV. docs/compare.md describes both;
 * keys and columns are only ever added.
 *
 * Rules: every metric of every run is there, whether it differs or not, in its
 * own unit (ns, bytes, indices and shares from 0 to 1). What is not there, or
 * can't be told, is null in JSON and empty in CSV. `percent` is relative for
 * every unit; what the text tells of shares is in `percentage_points`.
 */

#include <math.h>
#include <string.h>

#include "results/compare/comparison.h"
#include "results/text/json.h"

#define DIGITS 6 /* after the point, of what is no whole number */

/* A share of the first run's mean, whatever the unit. */
static double percent_of(const struct paired *paired)
{
	double percent = 100 * paired->mean / fabs(paired->mean_a);

	return paired->mean == 0 ? 0 : percent;
}

/* What the text tells of a share instead; NaN for all other units. */
static double points_of(const struct metric *metric,
			const struct paired *paired)
{
	return metric->family->unit == METRIC_SHARE ? 100 * paired->mean : NAN;
}

/* ---- JSON --------------------------------------------------------------- */

static void add_real(struct json *json, const char *key, double value)
{
	json_real(json, key, value, value == floor(value) ? 0 : DIGITS);
}

static void add_run(const struct comparison *comparison, struct json *json,
		    const struct compared_run *run)
{
	bool is_kept = !comparison->options->is_scratch;

	json_begin_object(json, NULL);
	json_int(json, "seed", (int64_t)run->seed);
	json_string(json, "database", is_kept ? run->path : NULL);
	json_string(json, "status", run->status);
	json_string(json, "digest", *run->digest ? run->digest : NULL);
	json_string(json, "version", run->version);
	json_string(json, "sample",
		    *run->sample_label ? run->sample_label : NULL);
	json_int(json, "sample_t_ns", (int64_t)run->sample_t_ns);
	json_end_object(json);
}

static void add_contestants(const struct comparison *comparison,
			    struct json *json)
{
	json_begin_array(json, "contestants");
	for (size_t i = 0; i < comparison->nr_contestants; i++) {
		const struct compared_run *run = first_run(comparison, i);

		json_begin_object(json, NULL);
		json_string(json, "letter", comparison->contestant[i].letter);
		json_string(json, "name", run->name);
		json_string(json, "config", run->config_name);
		json_string(json, "workload", run->workload_name);
		json_begin_array(json, "runs");
		for (size_t s = 0; s < comparison->nr_seeds; s++)
			add_run(comparison, json, &run[s]);
		json_end_array(json);
		json_end_object(json);
	}
	json_end_array(json);
}

static void tell_config(void *argument, const char *path,
			const char *const *value, size_t nr)
{
	struct json *json = argument;

	json_begin_object(json, NULL);
	json_string(json, "key", path);
	json_begin_array(json, "values");
	for (size_t i = 0; i < nr; i++)
		json_string(json, NULL, value[i]);
	json_end_array(json);
	json_end_object(json);
}

static void add_values(const struct comparison *comparison, struct json *json,
		       const struct metric *metric)
{
	json_begin_array(json, "values");
	for (size_t i = 0; i < comparison->nr_contestants; i++) {
		const double *value = values_of(comparison, metric, i);

		json_begin_array(json, NULL);
		for (size_t s = 0; s < comparison->nr_seeds; s++)
			add_real(json, NULL, value[s]);
		json_end_array(json);
	}
	json_end_array(json);
}

static void add_difference(const struct comparison *comparison,
			   struct json *json, const struct metric *metric,
			   size_t contestant)
{
	struct paired paired;

	difference_of(comparison, metric, contestant, &paired);
	json_begin_object(json, NULL);
	json_string(json, "letter", comparison->contestant[contestant].letter);
	add_real(json, "mean", paired.mean_b);
	json_int(json, "pairs", (int64_t)paired.nr);
	add_real(json, "difference", paired.mean);
	add_real(json, "low", paired.mean - paired.half_width);
	add_real(json, "high", paired.mean + paired.half_width);
	add_real(json, "percent", percent_of(&paired));
	add_real(json, "percentage_points", points_of(metric, &paired));
	if (paired.nr < 2)
		json_null(json, "excludes_zero");
	else
		json_bool(json, "excludes_zero", paired.excludes_zero);
	json_end_object(json);
}

static void add_metric(const struct comparison *comparison, struct json *json,
		       const struct metric *metric)
{
	json_begin_object(json, NULL);
	json_string(json, "metric", metric->name);
	json_string(json, "family", metric->family->name);
	json_begin_array(json, "labels");
	for (size_t i = 0; i < metric->nr_labels; i++)
		json_string(json, NULL, metric->label[i]);
	json_end_array(json);
	json_string(json, "group", metric_groups[metric->family->group].key);
	json_string(json, "unit", metric_unit_names[metric->family->unit]);
	add_values(comparison, json, metric);
	add_real(json, "mean",
		 mean_of(values_of(comparison, metric, 0),
			 comparison->nr_seeds));
	json_begin_array(json, "differences");
	for (size_t i = 1; i < comparison->nr_contestants; i++)
		add_difference(comparison, json, metric, i);
	json_end_array(json);
	json_end_object(json);
}

void compare_write_json(const struct comparison *comparison, struct text *out)
{
	struct json json = JSON_TO(out);

	json_begin_object(&json, NULL);
	json_string(&json, "workload", comparison->options->workload);
	add_contestants(comparison, &json);
	json_begin_array(&json, "config");
	each_config_difference(comparison, tell_config, &json);
	json_end_array(&json);
	json_begin_array(&json, "metrics");
	for (size_t i = 0; i < comparison->metrics.nr; i++)
		add_metric(comparison, &json, &comparison->metrics.metric[i]);
	json_end_array(&json);
	json_int(&json, "thresholds_crossed",
		 (int64_t)comparison->result->verdicts.nr_crossed);
	json_end_object(&json);
}

/* ---- CSV ---------------------------------------------------------------- */

static void add_number(struct text *out, double value)
{
	text_add(out, ",");
	if (isfinite(value))
		text_add(out, "%.15g", value);
}

static void add_row(const struct comparison *comparison,
		    const struct metric *metric, size_t contestant,
		    struct text *out)
{
	const struct compared_run *run = first_run(comparison, contestant);
	struct paired paired;

	difference_of(comparison, metric, contestant, &paired);
	text_add_csv(out, run->workload_name);
	text_add(out, ",%s,", metric_groups[metric->family->group].key);
	text_add_csv(out, metric->name);
	text_add(out, ",%s,%s,", metric_unit_names[metric->family->unit],
		 comparison->contestant[contestant].letter);
	text_add_csv(out, run->config_name);
	text_add(out, ",%zu", comparison->nr_seeds);
	add_number(out, paired.mean_b);
	if (!contestant) {
		text_add(out, ",,,,,,\n");
		return;
	}
	add_number(out, paired.mean);
	add_number(out, paired.mean - paired.half_width);
	add_number(out, paired.mean + paired.half_width);
	add_number(out, percent_of(&paired));
	text_add(out, ",%s",
		 paired.nr < 2	      ? "" :
		 paired.excludes_zero ? "1" :
					"0");
	add_number(out, points_of(metric, &paired));
	text_add(out, "\n");
}

void compare_write_csv(const struct comparison *comparison, struct text *out)
{
	if (!comparison->options->no_head)
		text_add(out, "workload,group,metric,unit,run,config,seeds,"
			      "mean,difference,low,high,percent,"
			      "excludes_zero,percentage_points\n");
	for (size_t i = 0; i < comparison->metrics.nr; i++)
		for (size_t c = 0; c < comparison->nr_contestants; c++)
			add_row(comparison, &comparison->metrics.metric[i], c,
				out);
}
