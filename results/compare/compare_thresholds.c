/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Holds thresholds against a comparison: each run but the first, means over
 * its seeds. A crossed one is told in a line that says whose, what, and by how
 * much.
 */

#include <math.h>
#include <string.h>

#include "results/compare/comparison.h"

/* What the comparison has that is nearest to a metric's name, or NULL. */
static const char *nearest_name(const struct comparison *comparison,
				const char *name)
{
	const struct metrics *metrics = &comparison->metrics;
	const char **names = arena_alloc(comparison->arena,
					 (metrics->nr + 1) * sizeof(*names));

	for (size_t i = 0; names && i < metrics->nr; i++)
		names[i] = metrics->metric[i].name;
	return names ? nearest_match(name, strlen(name), names, metrics->nr) :
		       NULL;
}

static int no_such_metric(struct comparison *comparison,
			  const struct threshold *threshold,
			  struct errors *errors)
{
	struct text near = TEXT_EMPTY;
	struct place place = { THRESHOLD_FILE, threshold->number,
			       threshold->column };

	comparison->result->wrong_usage = true;
	text_add_near(&near, nearest_name(comparison, threshold->metric));
	error_input(errors, place, "no run has %s%s", threshold->metric,
		    near.s ? near.s : "");
	text_release(&near);
	return -1;
}

/* Of the metric, or of a share of it. */
static const char *format(const struct threshold *threshold, double value,
			  char text[METRIC_TEXT_MAX])
{
	if (threshold->relative && isinf(value))
		return value < 0 ? "-infinity" : "infinity";
	return metric_format(threshold->relative ? METRIC_SHARE :
						   threshold->family->unit,
			     value, text);
}

static void tell(struct comparison *comparison, size_t contestant,
		 const struct threshold *threshold, double measured, double by)
{
	struct compare_result *result = comparison->result;
	const struct compared_run *run = first_run(comparison, contestant);
	char value[METRIC_TEXT_MAX], distance[METRIC_TEXT_MAX];

	result->nr_crossed++;
	text_add(&result->crossed, "%s", THRESHOLD_FILE " '");
	text_add_visible(&result->crossed, threshold->text);
	text_add(&result->crossed, "': %s (",
		 comparison->contestant[contestant].letter);
	text_add_visible(&result->crossed, run->name);
	text_add(&result->crossed, ") has %s%s",
		 format(threshold, measured, value),
		 comparison->nr_seeds > 1 ? " in the mean" : "");
	if (by != 0)
		text_add(&result->crossed, ", off by %s",
			 format(threshold, by, distance));
	text_add(&result->crossed, "\n");
}

static void judge(struct comparison *comparison,
		  const struct threshold *threshold,
		  const struct metric *metric)
{
	size_t seeds = comparison->nr_seeds;
	double first = mean_of(values_of(comparison, metric, 0), seeds);

	for (size_t i = 1; i < comparison->nr_contestants; i++) {
		double value = mean_of(values_of(comparison, metric, i), seeds);
		double measured, by;

		if (threshold_is_crossed(threshold, first, value, &measured,
					 &by))
			tell(comparison, i, threshold, measured, by);
	}
}

/* What is counted and did not happen in any run: 0 in all of them. */
static int judge_nothing(struct comparison *comparison,
			 const struct threshold *threshold)
{
	struct metric nothing = { .family = threshold->family };

	nothing.value = arena_alloc(comparison->arena,
				    comparison->nr_runs * sizeof(double));
	if (!nothing.value)
		return -1;
	judge(comparison, threshold, &nothing);
	return 0;
}

/* Is nothing there because the runs have none of it, or no sample at all? */
static bool may_be_missing(const struct metric_family *family)
{
	/* Where a block would be found, the kernel gives no such index. */
	return family == &metric_families[METRIC_EXTFRAG];
}

int compare_judge(struct comparison *comparison, struct errors *errors)
{
	const struct compare_options *options = comparison->options;
	int result = 0;

	for (size_t i = 0; i < options->nr_thresholds; i++) {
		const struct threshold *threshold = &options->thresholds[i];
		const struct metric *metric =
			metrics_find(&comparison->metrics, threshold->metric);

		if (metric)
			judge(comparison, threshold, metric);
		else if (threshold->family->counts) {
			if (judge_nothing(comparison, threshold))
				result = error_host(errors, "compare");
		} else if (!may_be_missing(threshold->family)) {
			result = no_such_metric(comparison, threshold, errors);
		}
	}
	return result;
}
