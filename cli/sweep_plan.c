/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds out what a sweep comes to before anything is run: an error in the last
 * of a thousand points must not come to light after a night.
 *
 *	point --config and settings--> combination --config_load()--> its text
 *	      --workload-------------> SHA-256, and its head read
 *
 * Points that differ in seed or workload alone share a combination, which is
 * loaded once. A name of a config or workload that comes with the program will
 * do where there is no such file. What is wrong with a setting shows at its
 * place in the sweep.
 */

#include "cli/sweep_plan.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/shipped.h"
#include "cli/simulate.h"
#include "sim/base/host.h"
#include "sim/base/numbers.h"
#include "workloads/workload.h"

static bool is_of_config(const struct sweep_axis *axis)
{
	return axis->kind == SWEEP_CONFIG || axis->kind == SWEEP_SETTING;
}

/* Numbers the combinations of config and settings. */
static size_t combination_of(const struct sweep *sweep,
			     const struct sweep_point *point)
{
	size_t number = 0;

	for (size_t i = 0; i < sweep->nr_axes; i++)
		if (is_of_config(&sweep->axis[i]))
			number = number * sweep->axis[i].nr + point->at[i];
	return number;
}

static size_t count_combinations(const struct sweep *sweep)
{
	size_t nr = 1;

	for (size_t i = 0; i < sweep->nr_axes; i++)
		if (is_of_config(&sweep->axis[i]))
			nr *= sweep->axis[i].nr;
	return nr;
}

/* An axis of what the config gives anyway: once for each config. */
static void note_idle_axes(struct sweep_plan *plan,
			   const struct sweep_point *point,
			   const struct config *config)
{
	const struct sweep *sweep = plan->sweep;
	const struct sweep_value *file =
		sweep_value_of(sweep, point, SWEEP_CONFIG);
	size_t nr_files = sweep->axis[0].nr;

	for (size_t i = 0; i < sweep->nr_axes; i++) {
		const struct sweep_axis *axis = &sweep->axis[i];
		bool *noted =
			&plan->noted[i * nr_files +
				     (size_t)(file - sweep->axis[0].value)];

		if (axis->kind != SWEEP_SETTING || *noted ||
		    !is_idle_setting(config, axis->path, strlen(axis->path)))
			continue;
		*noted = true;
		text_add(&plan->notes,
			 "note: the axis %s changes no watermark: %s gives "
			 "those of all zones; an axis "
			 "'nodes.*.zones.*.watermarks': [auto] has them "
			 "computed\n",
			 axis->path, file->file);
	}
}

static void load_combination(struct sweep_plan *plan,
			     const struct sweep_point *point, size_t number,
			     struct errors *errors)
{
	struct config_put put[SWEEP_AXES_MAX];
	const struct config_set set = {
		.puts = put,
		.nr_puts = sweep_puts(plan->sweep, point, put),
	};
	const char *file =
		sweep_value_of(plan->sweep, point, SWEEP_CONFIG)->file;
	struct config *config = load_config_with(file, &set, errors);

	plan->config_text[number] = strdup(config ? config->text : "");
	if (!plan->config_text[number])
		error_host(errors, "no memory for a config");
	if (config) {
		note_idle_axes(plan, point, config);
		config_free(config);
	}
}

static int add_point(struct sweep_plan *plan, const struct sweep_point *at,
		     size_t number, struct errors *errors)
{
	const struct sweep *sweep = plan->sweep;
	struct plan_point *point = &plan->point[plan->nr];
	const struct sweep_value *seed = sweep_value_of(sweep, at, SWEEP_SEED);
	const struct sweep_value *workload =
		sweep_value_of(sweep, at, SWEEP_WORKLOAD);
	size_t combination = combination_of(sweep, at);
	struct text name = TEXT_EMPTY;

	if (!plan->config_text[combination])
		load_combination(plan, at, combination, errors);
	sweep_point_name(sweep, at, &name);
	if (name.failed)
		return error_host(errors, "no memory for a sweep's points");
	plan->nr++;
	*point = (struct plan_point){
		.number = number,
		.name = name.s,
		.config_text = plan->config_text[combination],
		.sha256 = plan->sha256[workload - sweep->axis[1].value],
		.seed = seed ? seed->seed : 0,
	};
	return 0;
}

/* Files that are not beside the sweep may be among those that are shipped. */
static void take_shipped(struct sweep *sweep, struct errors *errors)
{
	static const struct shipped *const kinds[] = { &shipped_configs,
						       &shipped_workloads };

	for (size_t a = 0; a < LENGTH(kinds); a++)
		for (size_t i = 0; i < sweep->axis[a].nr; i++) {
			struct sweep_value *value = &sweep->axis[a].value[i];
			struct errors misspelt = ERRORS_NONE;
			char *path = NULL;

			if (value->file && access(value->file, F_OK))
				path = shipped_path(kinds[a], value->text,
						    &misspelt);
			/* Whoever opens it will say that it is not there. */
			if (misspelt.any_host)
				errors_merge(errors, &misspelt);
			else
				errors_release(&misspelt);
			if (!path)
				continue;
			value->file =
				arena_strndup(sweep->arena, path, strlen(path));
			free(path);
			if (!value->file)
				error_host(errors, "no memory for a sweep");
		}
}

/* Its first lines, and its digest; sweep->axis[1] are the workloads. */
static void read_workloads(struct sweep_plan *plan, struct errors *errors)
{
	const struct sweep_axis *axis = &plan->sweep->axis[1];

	for (size_t i = 0; i < axis->nr; i++) {
		const char *file = axis->value[i].file;
		struct names *names = names_new();
		struct source *source = NULL;

		if (!names)
			error_host(errors, "no memory for names");
		else
			source = workload_open_summed(file, names, NULL,
						      plan->sha256[i], errors);
		if (source && !*plan->sha256[i])
			error_input(errors, place_of_file(file),
				    "can't be read again and again, as a "
				    "sweep has to");
		if (source)
			source_close(source);
		if (names)
			names_free(names);
	}
}

static int allocate(struct sweep_plan *plan, struct errors *errors)
{
	const struct sweep *sweep = plan->sweep;

	plan->nr_configs = count_combinations(sweep);
	plan->config_text =
		host_alloc(plan->nr_configs, sizeof(*plan->config_text));
	plan->sha256 = host_alloc(sweep->axis[1].nr, sizeof(*plan->sha256));
	plan->point = host_alloc(sweep->nr_points, sizeof(*plan->point));
	plan->noted = host_alloc(sweep->nr_axes * sweep->axis[0].nr,
				 sizeof(*plan->noted));
	if (!plan->noted || !plan->config_text || !plan->sha256 || !plan->point)
		return error_host(errors, "no memory for a sweep's points");
	return 0;
}

static void release_texts(struct sweep_plan *plan)
{
	for (size_t i = 0; i < plan->nr; i++)
		free(plan->point[i].name);
	for (size_t i = 0; plan->config_text && i < plan->nr_configs; i++)
		free(plan->config_text[i]);
}

int sweep_plan_make(struct sweep_plan *plan, const char *path,
		    struct errors *errors)
{
	size_t before = errors->nr;
	struct sweep_point point;

	*plan = (struct sweep_plan){ .sweep = sweep_load(path, errors) };
	if (!plan->sweep || allocate(plan, errors))
		return -1;
	take_shipped(plan->sweep, errors);
	read_workloads(plan, errors);
	for (size_t n = 0; n < plan->sweep->nr_points; n++) {
		sweep_point(plan->sweep, n, &point);
		if (!sweep_is_excluded(plan->sweep, &point) &&
		    add_point(plan, &point, n, errors))
			return -1;
	}
	if (errors->nr == before && !plan->nr)
		error_input(errors, place_of_file(path),
			    "every point is excluded");
	return errors->nr == before ? 0 : -1;
}

void sweep_plan_release(struct sweep_plan *plan)
{
	release_texts(plan);
	free(plan->config_text);
	free(plan->sha256);
	free(plan->point);
	free(plan->noted);
	text_release(&plan->notes);
	sweep_free(plan->sweep);
	*plan = (struct sweep_plan){ .nr = 0 };
}
