/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Holds thresholds against what was measured of each contestant or point, in
 * the mean over its seeds. A crossed one is told in a line that says whose,
 * what, and by how much.
 *
 *	--fail-if 'failures > 0': B (nic-rx on small) has 12.5 in the mean, …
 *
 * Rules: a count of what did not happen is 0; any other metric that nobody has
 * is an error. One that lacks a value that others have crosses nothing.
 */

#include "results/compare/verdicts.h"

#include <math.h>
#include <string.h>

#include "results/compare/comparison.h"

/* What there is that is nearest to a metric's name, or NULL. */
static const char *nearest_name(const struct metrics *metrics, const char *name)
{
	struct nearest nearest = { .word = name, .length = strlen(name) };

	for (size_t i = 0; i < metrics->nr; i++)
		nearest_consider(&nearest, metrics->metric[i].name);
	return nearest.best;
}

static int no_such_metric(const struct judged *judged,
			  const struct threshold *threshold,
			  struct verdicts *verdicts, struct errors *errors)
{
	struct text near = TEXT_EMPTY;
	struct place place = { THRESHOLD_FILE, threshold->number,
			       threshold->column };

	verdicts->wrong_usage = true;
	text_add_near(&near, nearest_name(judged->metrics, threshold->metric));
	error_input(errors, place, "no run has %s%s", threshold->metric,
		    near.s ? near.s : "");
	text_release(&near);
	return -1;
}

/* Of the metric, or of a share of it; `by`: a difference of two such values. */
static const char *format(const struct threshold *threshold, double value,
			  bool by, char text[METRIC_TEXT_MAX])
{
	enum metric_unit unit = threshold->relative ? METRIC_SHARE :
						      threshold->family->unit;

	if (threshold->relative && isinf(value))
		return value < 0 ? "-infinity" : "infinity";
	return by ? metric_format_difference(unit, value,
					     metric_decimals(unit, value, 0),
					     text) :
		    metric_format(unit, value, text);
}

static void tell(const struct judged *judged, size_t number,
		 const struct threshold *threshold, double measured, double by,
		 struct verdicts *verdicts)
{
	struct text *out = &verdicts->crossed;
	char value[METRIC_TEXT_MAX], distance[METRIC_TEXT_MAX];

	verdicts->nr_crossed++;
	text_add(out, "%s", THRESHOLD_FILE " '");
	text_add_visible(out, threshold->text);
	text_add(out, "': ");
	judged->add_name(judged->argument, number, out);
	text_add(out, " has %s%s",
		 format(threshold, measured,
			threshold->delta && !threshold->relative, value),
		 judged->are_means ? " in the mean" : "");
	if (by != 0)
		text_add(out, ", off by %s",
			 format(threshold, by, true, distance));
	text_add(out, "\n");
}

/* `metric` NULL: it is counted, and did not happen to anybody. */
static double value_of(const struct judged *judged, const struct metric *metric,
		       size_t number)
{
	return metric ? judged->value(judged->argument, metric, number) : 0;
}

static void judge(const struct judged *judged,
		  const struct threshold *threshold,
		  const struct metric *metric, struct verdicts *verdicts)
{
	bool but_first = judged->but_first || threshold->delta;
	double first = value_of(judged, metric, 0);

	for (size_t i = but_first; i < judged->nr; i++) {
		double measured, by;

		if (threshold_is_crossed(threshold, first,
					 value_of(judged, metric, i), &measured,
					 &by))
			tell(judged, i, threshold, measured, by, verdicts);
	}
}

/* Is nothing there because the runs have none of it, or no sample at all? */
static bool may_be_missing(const struct metric_family *family)
{
	/* Where a block would be found, the kernel gives no such index. */
	return family == &metric_families[METRIC_EXTFRAG];
}

int thresholds_judge(const struct judged *judged, struct verdicts *verdicts,
		     struct errors *errors)
{
	int result = 0;

	for (size_t i = 0; i < judged->nr_thresholds; i++) {
		const struct threshold *threshold = &judged->thresholds[i];
		const struct metric *metric =
			metrics_find(judged->metrics, threshold->metric);

		if (metric || threshold->family->counts)
			judge(judged, threshold, metric, verdicts);
		else if (!may_be_missing(threshold->family))
			result = no_such_metric(judged, threshold, verdicts,
						errors);
	}
	return result;
}
