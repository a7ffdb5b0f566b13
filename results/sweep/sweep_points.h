/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_SWEEP_SWEEP_POINTS_H
#define KMEMSIM_RESULTS_SWEEP_SWEEP_POINTS_H

/*
 * What the points of a sweep came to: the numbers of each, and of those that
 * differ in their seed alone the mean and how sure it is. Internal to results/.
 */

#include "results/compare/compare_metrics.h"
#include "results/compare/student_t.h"
#include "results/sweep/sweep_index.h"

/* What is known of a point's run. */
struct sweep_run {
	const char *status; /* "missing" where there is none */
	const char *digest;
};

struct sweep_points {
	const struct sweep_table *table; /* borrowed */
	struct metrics metrics;		 /* a run of theirs is a row */
	struct sweep_run *run;		 /* by row */
	/*
	 * Rows that differ in their seed alone are a group; groups are numbered
	 * in the order in which they appear.
	 */
	size_t *group; /* of each row */
	size_t nr_groups;
	size_t *member;	      /* rows, group after group, in their order */
	size_t *first_member; /* of each group; one more: behind the last */
	double *scratch;      /* numbers of a group */
	/* What was asked for, in that order, whether runs have it or not. */
	const struct metric **asked; /* [table->nr_asked] */
	/* The main ones, and what was asked for besides. */
	const struct metric **listed;
	size_t nr_listed;
};

/*
 * Reads all. -1 with an error added: the host has no memory; release in any
 * case.
 */
int sweep_points_read(struct sweep_points *points,
		      const struct sweep_table *table, struct errors *errors);
void sweep_points_release(struct sweep_points *points);

/* The group's first row. */
static inline size_t sweep_group_row(const struct sweep_points *points,
				     size_t group)
{
	return points->member[points->first_member[group]];
}

bool sweep_run_is_complete(const struct sweep_points *points, size_t row);

/* How many runs of the group are complete. */
size_t sweep_group_seeds(const struct sweep_points *points, size_t group);

/*
 * The metric's mean over the group's runs that are complete. Of its interval,
 * `low` and `high` are cut to what the metric can be, the half width is not.
 */
void sweep_group_interval(const struct sweep_points *points,
			  const struct metric *metric, size_t group,
			  struct interval *interval);

/* Has a point another value than the first? */
bool sweep_metric_varies(const struct sweep_points *points,
			 const struct metric *metric);

/* The same of an axis; false for the seeds'. */
bool sweep_axis_varies(const struct sweep_table *table, size_t axis);

/* Names of metrics, the most telling first. */
extern const char *const sweep_telling[];
extern const size_t nr_sweep_telling;

#endif
