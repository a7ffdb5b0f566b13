/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_COMPARE_VERDICTS_H
#define KMEMSIM_RESULTS_COMPARE_VERDICTS_H

/*
 * Thresholds held against what was measured: the contestants of a comparison,
 * or the points of a sweep. Judging is results/'s; verbs read the verdicts.
 */

#include "results/compare/compare_metrics.h"
#include "results/compare/thresholds.h"
#include "sim/base/text.h"

/* Who is judged. */
struct judged {
	const struct threshold *thresholds;
	size_t nr_thresholds;
	const struct metrics *metrics;
	size_t nr;	/* there are so many of them; the first is number 0 */
	bool but_first; /* it is what the others are held against */
	bool are_means;
	/* The metric's value, or its mean; NaN: there is none. */
	double (*value)(const void *argument, const struct metric *metric,
			size_t number);
	void (*add_name)(const void *argument, size_t number, struct text *out);
	const void *argument;
};

struct verdicts {
	struct text crossed; /* a line each */
	size_t nr_crossed;   /* thresholds × those judged */
	bool wrong_usage;    /* an error is about what was asked for */
};

/*
 * Each crossed threshold is told in a line that says whose, what, and by how
 * much. -1 with an error added: no memory, or a metric that nobody has.
 */
int thresholds_judge(const struct judged *judged, struct verdicts *verdicts,
		     struct errors *errors);

#endif
