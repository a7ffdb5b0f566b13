/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_COMPARE_THRESHOLDS_H
#define KMEMSIM_RESULTS_COMPARE_THRESHOLDS_H

/*
 * `--fail-if EXPRESSION`: what must not be, as in
 *
 *	unusable[9] > 0.5            of any run but the first
 *	delta(latency_p99) > 10%     its difference to the first run
 *
 * docs/compare.md has the grammar.
 */

#include "results/compare/metric_families.h"
#include "sim/base/error.h"

#define THRESHOLD_NAME_MAX 256
#define THRESHOLD_FILE "--fail-if" /* of errors' places */

enum threshold_operator {
	THRESHOLD_LESS,
	THRESHOLD_AT_MOST,
	THRESHOLD_MORE,
	THRESHOLD_AT_LEAST,
	THRESHOLD_EQUAL,
	THRESHOLD_NOT_EQUAL,
	NR_THRESHOLD_OPERATORS
};

struct threshold {
	const char *option; /* of errors' places: "--fail-if" */
	const char *text;   /* borrowed: the expression as it was given */
	uint64_t number;    /* of the option, from 1: the line of errors */
	uint64_t column;    /* of the metric */
	const struct metric_family *family;
	char metric[THRESHOLD_NAME_MAX]; /* "unusable[9, 0/Normal]" */
	bool delta;
	enum threshold_operator operator;
	double limit;  /* in the metric's unit; `relative`: a share of A's */
	bool relative; /* delta() in per cent of the first run's */
};

/*
 * Reads an expression, number `number` of its kind. -1 with errors added,
 * each with its column.
 */
int threshold_parse(struct threshold *threshold, const char *text,
		    uint64_t number, struct errors *errors);

/*
 * Reads a metric alone, as option `option` was given for the number-th time:
 * `threshold` then has its name and family, and nothing to cross. -1 with
 * errors added.
 */
int metric_name_parse(struct threshold *threshold, const char *option,
		      const char *text, uint64_t number, struct errors *errors);

/*
 * Is it crossed by a run that has `value`, where the first one has `first`?
 * What is no number crosses nothing. *by: how far, in the unit of the limit.
 */
bool threshold_is_crossed(const struct threshold *threshold, double first,
			  double value, double *measured, double *by);

extern const char *const threshold_operators[NR_THRESHOLD_OPERATORS];

#endif
