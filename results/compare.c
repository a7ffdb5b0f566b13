/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Compares runs. Every number of the first run is followed by those of the
 * others, each with its difference to the first, signed. Orders at which no
 * run differs are left out of the text; JSON has everything.
 *
 * The sample compared is the last one whose label all runs have; where they
 * share none, it is each run's last.
 */

#include "results/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/compare_metrics.h"
#include "results/config_keys.h"
#include "results/json.h"
#include "results/table.h"

struct comparison {
	size_t nr;
	struct run_data run[COMPARE_RUNS_MAX];
	struct config_keys keys[COMPARE_RUNS_MAX];
	const char *name[COMPARE_RUNS_MAX]; /* "A", "B", … */
	struct metrics metrics;
	struct arena *arena;
};

static const char *const section_titles[NR_METRIC_SECTIONS] = {
	[SECTION_OUTCOME] = "outcome",
	[SECTION_FAILURES] = "failures by reason",
	[SECTION_LATENCY] = "latency",
	[SECTION_PRESSURE] = "waiting and memory pressure",
	[SECTION_MEMORY] = "memory given for memory asked",
	[SECTION_FRAGMENTATION] = "free memory that a request can't use",
};

static const char *const section_keys[NR_METRIC_SECTIONS] = {
	[SECTION_OUTCOME] = "outcome",
	[SECTION_FAILURES] = "failures",
	[SECTION_LATENCY] = "latency",
	[SECTION_PRESSURE] = "pressure",
	[SECTION_MEMORY] = "memory",
	[SECTION_FRAGMENTATION] = "unusable_index",
};

static const char *const unit_names[] = {
	[METRIC_COUNT] = "count",
	[METRIC_NS] = "ns",
	[METRIC_BYTES] = "bytes",
	[METRIC_PERCENT] = "percent",
};

static const char *const letters[COMPARE_RUNS_MAX] = {
	"A", "B", "C", "D", "E", "F", "G", "H",
	"I", "J", "K", "L", "M", "N", "O", "P",
};

/* ---- loading ------------------------------------------------------------- */

static int has_label(const struct database *database, const char *label,
		     struct errors *errors)
{
	sqlite3_stmt *statement = database_prepare(
		database, "SELECT 1 FROM sample WHERE label = ?1 LIMIT 1",
		errors);
	int got;

	if (!statement)
		return -1;
	sqlite3_bind_text(statement, 1, label, -1, SQLITE_STATIC);
	got = database_step(database, statement, errors);
	sqlite3_finalize(statement);
	return got;
}

static int all_have(const struct database *database, size_t nr,
		    const char *label, struct errors *errors)
{
	int got = 1;
	size_t i;

	for (i = 0; i < nr && got == 1; i++)
		got = has_label(&database[i], label, errors);
	return got;
}

/* NULL in *label: they share none. */
static int find_label(const struct database *database, size_t nr,
		      struct arena *arena, const char **label,
		      struct errors *errors)
{
	sqlite3_stmt *statement = database_prepare(
		&database[0],
		"SELECT label FROM sample WHERE label IS NOT NULL"
		" GROUP BY label ORDER BY max(sample) DESC",
		errors);
	int got, shared = 0;

	*label = NULL;
	if (!statement)
		return -1;
	while ((got = database_step(&database[0], statement, errors)) > 0) {
		const char *text = column_text(statement, 0);

		shared = all_have(database, nr, text, errors);
		if (shared > 0)
			*label = arena_strndup(arena, text, strlen(text));
		if (shared)
			break;
	}
	sqlite3_finalize(statement);
	return got < 0 || shared < 0 ? -1 : 0;
}

static int check_label(const struct database *database, size_t nr,
		       const char *label, struct errors *errors)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		int got = has_label(&database[i], label, errors);

		if (got < 0)
			return -1;
		if (!got)
			return error_input(
				errors,
				(struct place){ .file = database[i].path },
				"has no sample labelled \"%s\"", label);
	}
	return 0;
}

static int load_runs(struct comparison *comparison,
		     const struct database *database, const char *asked,
		     struct errors *errors)
{
	const char *label = asked;
	size_t i;

	if (asked ? check_label(database, comparison->nr, asked, errors) :
		    find_label(database, comparison->nr, comparison->arena,
			       &label, errors))
		return -1;
	for (i = 0; i < comparison->nr; i++) {
		struct run_data *run = &comparison->run[i];

		comparison->name[i] = letters[i];
		if (run_data_load(run, &database[i], label, errors))
			return -1;
		if (config_keys_read(&comparison->keys[i], run->config,
				     comparison->arena))
			return error_host(errors, "%s", run->path);
	}
	return 0;
}

static int load(struct comparison *comparison,
		const struct compare_options *options, struct errors *errors)
{
	struct database database[COMPARE_RUNS_MAX];
	size_t opened = 0;
	int result = 0;

	comparison->arena = arena_new();
	if (!comparison->arena)
		return error_host(errors, "compare");
	comparison->nr = options->nr_databases;
	for (; opened < comparison->nr && !result; opened += !result)
		result = database_open(&database[opened],
				       options->databases[opened], errors);
	if (!result)
		result =
			load_runs(comparison, database, options->label, errors);
	while (opened--)
		database_close(&database[opened]);
	if (!result && metrics_collect(&comparison->metrics, comparison->run,
				       comparison->nr))
		result = error_host(errors, "compare");
	return result;
}

static void release(struct comparison *comparison)
{
	size_t i;

	for (i = 0; i < comparison->nr; i++)
		run_data_release(&comparison->run[i]);
	metrics_release(&comparison->metrics);
	arena_free(comparison->arena);
}

/* ---- what differs between configs ---------------------------------------- */

/* True where the runs do not all have the same value. */
static bool key_differs(const struct comparison *comparison, const char *path,
			const char *value[COMPARE_RUNS_MAX])
{
	bool differs = false;
	size_t i;

	for (i = 0; i < comparison->nr; i++) {
		value[i] = config_keys_find(&comparison->keys[i], path);
		if (!value[i] || !value[0])
			differs |= value[i] != value[0];
		else
			differs |= strcmp(value[i], value[0]) != 0;
	}
	return differs;
}

/*
 * Calls `tell` for each key that differs, in the order of the first config
 * that has it.
 */
static void each_difference(const struct comparison *comparison,
			    void (*tell)(void *argument, const char *path,
					 const char *const *value, size_t nr),
			    void *argument)
{
	const char *value[COMPARE_RUNS_MAX];
	size_t i, j, k;

	for (i = 0; i < comparison->nr; i++)
		for (k = 0; k < comparison->keys[i].nr; k++) {
			const char *path = comparison->keys[i].key[k].path;

			for (j = 0; j < i; j++)
				if (config_keys_find(&comparison->keys[j],
						     path))
					break;
			if (j == i && key_differs(comparison, path, value))
				tell(argument, path, value, comparison->nr);
		}
}

static void tell_in_table(void *argument, const char *path,
			  const char *const *value, size_t nr)
{
	struct table *table = argument;
	size_t i;

	table_add(table, "%s", path);
	for (i = 0; i < nr; i++)
		table_add(table, "%s", value[i] ? value[i] : "-");
	table_end_row(table);
}

static void tell_in_json(void *argument, const char *path,
			 const char *const *value, size_t nr)
{
	struct json *json = argument;
	size_t i;

	json_begin_object(json, NULL);
	json_string(json, "key", path);
	json_begin_array(json, "values");
	for (i = 0; i < nr; i++)
		json_string(json, NULL, value[i]);
	json_end_array(json);
	json_end_object(json);
}

/* ---- as text ------------------------------------------------------------- */

static void write_runs(const struct comparison *comparison, struct text *out)
{
	size_t i;

	for (i = 0; i < comparison->nr; i++) {
		const struct run_data *run = &comparison->run[i];

		text_add(out, "%s  %s, seed %llu, %s (%s)\n",
			 comparison->name[i], run->name,
			 (unsigned long long)run->seed, run->status, run->path);
	}
}

static void write_config(const struct comparison *comparison, struct text *out)
{
	struct table table = TABLE_EMPTY;
	size_t i;

	table_add(&table, "config");
	for (i = 0; i < comparison->nr; i++)
		table_add(&table, "%s", comparison->name[i]);
	table_end_row(&table);
	each_difference(comparison, tell_in_table, &table);
	text_add(out, "\n");
	if (table_is_bare(&table)) {
		text_add(out, "The configs are the same.\n");
		table_release(&table);
	} else {
		table_write(&table, 0, out);
	}
}

static void add_value(struct table *table, enum metric_unit unit, double value,
		      const char *sign)
{
	char text[NUMBER_TEXT_MAX];

	if (isnan(value))
		table_add(table, "-");
	else if (unit == METRIC_PERCENT)
		table_add(table, "%s%.1f %%", sign, value);
	else if (unit == METRIC_NS)
		table_add(table, "%s%s", sign,
			  format_ns((uint64_t)value, text));
	else if (unit == METRIC_BYTES)
		table_add(table, "%s%s", sign,
			  format_bytes((uint64_t)value, text));
	else
		table_add(table, "%s%.0f", sign, value);
}

static void add_difference(struct table *table, enum metric_unit unit,
			   double difference)
{
	if (difference == 0)
		table_add(table, "=");
	else
		add_value(table, unit, fabs(difference),
			  difference < 0 ? "-" : "+");
}

static bool is_equal_everywhere(const struct metric *metric, size_t nr)
{
	size_t i;

	for (i = 1; i < nr; i++)
		if (metric->value[i] != metric->value[0])
			return false;
	return true;
}

static void begin_section(const struct comparison *comparison,
			  enum metric_section section, struct table *table)
{
	size_t i;

	table_add(table, "%s", section_titles[section]);
	table_add(table, "%s", comparison->name[0]);
	for (i = 1; i < comparison->nr; i++) {
		table_add(table, "%s", comparison->name[i]);
		table_add(table, "%s-%s", comparison->name[i],
			  comparison->name[0]);
	}
	table_end_row(table);
}

static void add_metric(const struct comparison *comparison,
		       const struct metric *metric, struct table *table)
{
	size_t i;

	table_add(table, "%s", metric->what);
	add_value(table, metric->unit, metric->value[0], "");
	for (i = 1; i < comparison->nr; i++) {
		add_value(table, metric->unit, metric->value[i], "");
		add_difference(table, metric->unit,
			       metric->value[i] - metric->value[0]);
	}
	table_end_row(table);
}

/* Without a cost model all latencies are 0: nothing to compare. */
static bool has_latencies(const struct comparison *comparison)
{
	size_t i, j;

	for (i = 0; i < comparison->nr; i++)
		for (j = 0; j < comparison->run[i].nr_ops; j++)
			if (comparison->run[i].op[j].max_ns)
				return true;
	return false;
}

static void write_section(const struct comparison *comparison,
			  enum metric_section section, struct text *out)
{
	const struct metrics *metrics = &comparison->metrics;
	struct table table = TABLE_EMPTY;
	size_t equal = 0, i;

	begin_section(comparison, section, &table);
	for (i = 0; i < metrics->nr; i++) {
		const struct metric *metric = &metrics->metric[i];

		if (metric->section != section)
			continue;
		if (section == SECTION_FRAGMENTATION &&
		    is_equal_everywhere(metric, comparison->nr))
			equal++;
		else
			add_metric(comparison, metric, &table);
	}
	if (table_is_bare(&table) && !equal) {
		table_release(&table);
		return;
	}
	text_add(out, "\n");
	table_write(&table, 0, out);
	if (equal)
		text_add(out, "(%zu more lines are the same in all runs)\n",
			 equal);
}

static void write_text(const struct comparison *comparison, struct text *out)
{
	const char *label = comparison->run[0].sample_label;
	unsigned int section;

	write_runs(comparison, out);
	write_config(comparison, out);
	for (section = 0; section < NR_METRIC_SECTIONS; section++)
		if (section != SECTION_LATENCY || has_latencies(comparison))
			write_section(comparison, section, out);
	if (!comparison->run[0].nr_zones)
		return;
	if (*label)
		text_add(out, "(at the sample \"%s\")\n", label);
	else
		text_add(out, "(at each run's last sample)\n");
}

/* ---- as JSON ------------------------------------------------------------- */

static void json_runs(const struct comparison *comparison, struct json *json)
{
	size_t i;

	json_begin_array(json, "runs");
	for (i = 0; i < comparison->nr; i++) {
		const struct run_data *run = &comparison->run[i];

		json_begin_object(json, NULL);
		json_string(json, "letter", comparison->name[i]);
		json_string(json, "name", run->name);
		json_string(json, "config", run->config_name);
		json_string(json, "workload", run->workload_name);
		json_string(json, "database", run->path);
		json_string(json, "status", run->status);
		json_int(json, "seed", (int64_t)run->seed);
		json_string(json, "digest", *run->digest ? run->digest : NULL);
		json_string(json, "sample",
			    *run->sample_label ? run->sample_label : NULL);
		json_int(json, "sample_t_ns", (int64_t)run->sample_t_ns);
		json_end_object(json);
	}
	json_end_array(json);
}

static void json_metric(struct json *json, const struct metric *metric,
			size_t nr)
{
	int digits = metric->unit == METRIC_PERCENT ? 3 : 0;
	size_t i;

	json_begin_object(json, NULL);
	json_string(json, "what", metric->what);
	json_string(json, "unit", unit_names[metric->unit]);
	json_begin_array(json, "values");
	for (i = 0; i < nr; i++)
		json_real(json, NULL, metric->value[i], digits);
	json_end_array(json);
	json_begin_array(json, "differences");
	for (i = 0; i < nr; i++)
		json_real(json, NULL, metric->value[i] - metric->value[0],
			  digits);
	json_end_array(json);
	json_end_object(json);
}

static void write_json(const struct comparison *comparison, struct text *out)
{
	const struct metrics *metrics = &comparison->metrics;
	struct json json = JSON_TO(out);
	unsigned int section;
	size_t i;

	json_begin_object(&json, NULL);
	json_runs(comparison, &json);
	json_begin_array(&json, "config");
	each_difference(comparison, tell_in_json, &json);
	json_end_array(&json);
	for (section = 0; section < NR_METRIC_SECTIONS; section++) {
		json_begin_array(&json, section_keys[section]);
		for (i = 0; i < metrics->nr; i++)
			if (metrics->metric[i].section == section)
				json_metric(&json, &metrics->metric[i],
					    comparison->nr);
		json_end_array(&json);
	}
	json_end_object(&json);
}

int compare_databases(const struct compare_options *options, struct text *out,
		      struct errors *errors)
{
	struct comparison *comparison;
	int result;

	if (options->nr_databases < 2 ||
	    options->nr_databases > COMPARE_RUNS_MAX)
		return error_input(errors, (struct place){ .file = "compare" },
				   "%zu databases: 2 to %d can be compared",
				   options->nr_databases, COMPARE_RUNS_MAX);
	comparison = host_alloc(1, sizeof(*comparison));
	if (!comparison)
		return error_host(errors, "compare");
	result = load(comparison, options, errors);
	if (!result && options->json)
		write_json(comparison, out);
	else if (!result)
		write_text(comparison, out);
	release(comparison);
	free(comparison);
	if (!result && out->failed)
		result = error_host(errors, "compare");
	return result;
}
