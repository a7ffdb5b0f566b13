/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_COMPARE_COMPARISON_H
#define KMEMSIM_RESULTS_COMPARE_COMPARISON_H

/*
 * A comparison as it stands between reading the runs and writing about them.
 * Internal to results/.
 */

#include "results/compare/compare.h"
#include "results/compare/compare_metrics.h"
#include "results/compare/config_keys.h"
#include "results/compare/student_t.h"

/* One run, as far as it is told of beside its metrics. */
struct compared_run {
	const char *path; /* "PATH#N" where it is one of several */
	const char *name;
	const char *config_name;
	const char *workload_name;
	const char *config; /* its text */
	const char *workload_sha256;
	const char *version;
	const char *status;
	const char *digest; /* "" for none */
	const char *sample_label;
	uint64_t sample_t_ns;
	uint64_t seed;
	bool has_sample;
	size_t read_as; /* its place when it was read */
};

struct contestant {
	const char *letter; /* "A", "B", … */
	size_t first;	    /* of its runs */
	struct config_keys keys;
};

struct comparison {
	const struct compare_options *options;
	struct compared_run *run; /* contestant after contestant */
	size_t nr_runs;
	size_t nr_seeds; /* runs of each contestant */
	struct contestant contestant[COMPARE_CONTESTANTS_MAX];
	size_t nr_contestants;
	struct metrics metrics;
	struct compare_result *result;
	struct arena *arena;
};

static inline const struct compared_run *
first_run(const struct comparison *comparison, size_t contestant)
{
	return &comparison->run[comparison->contestant[contestant].first];
}

static inline const double *values_of(const struct comparison *comparison,
				      const struct metric *metric,
				      size_t contestant)
{
	return metric->value + comparison->contestant[contestant].first;
}

/* The contestant's difference to the first. */
static inline void difference_of(const struct comparison *comparison,
				 const struct metric *metric, size_t contestant,
				 struct paired *paired)
{
	paired_difference(values_of(comparison, metric, 0),
			  values_of(comparison, metric, contestant),
			  comparison->nr_seeds, paired);
}

/* Does any run differ in it from the first contestant's of its seed? */
bool metric_differs(const struct comparison *comparison,
		    const struct metric *metric);

/*
 * Calls `tell` for each key of the configs that differs, in the order of the
 * first config that has it; a value is NULL where a config lacks the key.
 */
void each_config_difference(const struct comparison *comparison,
			    void (*tell)(void *argument, const char *path,
					 const char *const *value, size_t nr),
			    void *argument);

void compare_write_text(const struct comparison *comparison, struct text *out);
void compare_write_json(const struct comparison *comparison, struct text *out);
void compare_write_csv(const struct comparison *comparison, struct text *out);

/*
 * results/compare/compare_read.c: finds the runs in the databases and reads
 * them, with metrics that are not yet in order. -1 with an error added.
 */
int compare_read_runs(struct comparison *comparison, struct errors *errors);

#define METRIC_LARGE 1000 /* a mean of as many is not known to a tenth */

/* A value for people: "12.3 us", "0.512", "4.0 %", "-" for none. */
#define METRIC_TEXT_MAX 48
const char *metric_format(enum metric_unit unit, double value,
			  char text[METRIC_TEXT_MAX]);

/*
 * The decimals of numbers that stand in a row or a column: as many for all of
 * them as one of them needs. Begin with 0 and consider each.
 */
int metric_decimals(enum metric_unit unit, double value, int decimals);
/* The same with so many; units but counts choose their own. */
const char *metric_format_to(enum metric_unit unit, double value, int decimals,
			     char text[METRIC_TEXT_MAX]);
/*
 * The same of a difference of two, without a plus: of shares in percentage
 * points ("6.0 pp"), for a share of a share would mislead.
 */
const char *metric_format_difference(enum metric_unit unit, double value,
				     int decimals, char text[METRIC_TEXT_MAX]);

#endif
