/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finding out what work costs.
 *
 * A call's cost is the sum of the work that it did, each kind times the cost
 * of a unit (sim/cost.h). So each operation of a recording is an equation: the
 * models' counters on one side, the kernel's instructions on the other. Equal
 * operations become one row of the table that least_squares.c solves, with
 * the median of their instructions, since a timer's interrupt may have come
 * in between.
 *
 * Left out: operations of which the recording does not know the instructions,
 * those that had nothing to do, and those in which the run did not do what the
 * kernel did, since their counters are not those of its work.
 */

#include "results/calibrate/calibrate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "results/verify/expected_ops.h"
#include "sim/base/host.h"

#define NEAR 0.10
/* What the file of costs can hold: models/machine.h. */
#define UNITS_PER_NS 1000.0
#define BUCKETS_FIRST 1024

struct observation {
	uint32_t row;
	uint32_t in_case;
	uint64_t instructions;
};

struct calibration {
	struct sink sink; /* must be first */
	struct calibration_result result;
	size_t case_room;
	struct calibration_row *row;
	size_t nr_rows;
	size_t row_room;
	struct observation *observation;
	size_t nr_observations;
	size_t observation_room;
	uint32_t *bucket;  /* row + 1; 0: empty. Open addressing. */
	size_t nr_buckets; /* a power of two */
	struct expected_ops ops;
};

/* ---- rows ---- */

static size_t hash_of(const struct work *work, uint8_t op)
{
	return (size_t)XXH3_64bits_withSeed(work, sizeof *work, op);
}

static uint32_t *find_bucket(struct calibration *calibration,
			     const struct work *work, uint8_t op)
{
	size_t mask = calibration->nr_buckets - 1;
	size_t i = hash_of(work, op) & mask;

	for (;; i = (i + 1) & mask) {
		uint32_t *bucket = &calibration->bucket[i];
		const struct calibration_row *row;

		if (!*bucket)
			return bucket;
		row = &calibration->row[*bucket - 1];
		if (row->op == op &&
		    memcmp(&row->work, work, sizeof *work) == 0)
			return bucket;
	}
}

/* At most half of the buckets are in use. */
static int grow_buckets(struct calibration *calibration)
{
	size_t nr = calibration->nr_buckets * 2;

	if (calibration->nr_rows * 2 < calibration->nr_buckets)
		return 0;
	free(calibration->bucket);
	calibration->nr_buckets = nr ? nr : BUCKETS_FIRST;
	calibration->bucket = host_alloc(calibration->nr_buckets,
					 sizeof *calibration->bucket);
	if (!calibration->bucket)
		return -1;
	for (size_t i = 0; i < calibration->nr_rows; i++) {
		const struct calibration_row *row = &calibration->row[i];

		*find_bucket(calibration, &row->work, row->op) =
			(uint32_t)i + 1;
	}
	return 0;
}

/* The number of the row, made if it is new; -1: no memory. */
static long row_of(struct calibration *calibration, const struct work *work,
		   uint8_t op)
{
	struct calibration_row *rows;
	uint32_t *bucket;

	if (grow_buckets(calibration) < 0)
		return -1;
	bucket = find_bucket(calibration, work, op);
	if (*bucket)
		return (long)*bucket - 1;
	rows = host_grow(calibration->row, &calibration->row_room,
			 calibration->nr_rows + 1, sizeof *rows);
	if (!rows)
		return -1;
	calibration->row = rows;
	rows[calibration->nr_rows++] = (struct calibration_row){
		.work = *work,
		.op = op,
		.seen_in = (uint32_t)calibration->result.nr_cases - 1,
	};
	*bucket = (uint32_t)calibration->nr_rows;
	return (long)*bucket - 1;
}

static struct calibration_case *last_case(struct calibration *calibration)
{
	return &calibration->result.cases[calibration->result.nr_cases - 1];
}

static int observe(struct calibration *calibration, const struct work *work,
		   uint8_t op, uint64_t instructions, struct errors *errors)
{
	struct observation *observations;
	long row = row_of(calibration, work, op);

	if (row < 0)
		return error_host(errors, "no memory for what was measured");
	observations = host_grow(calibration->observation,
				 &calibration->observation_room,
				 calibration->nr_observations + 1,
				 sizeof *observations);
	if (!observations)
		return error_host(errors, "no memory for what was measured");
	calibration->observation = observations;
	observations[calibration->nr_observations++] = (struct observation){
		.row = (uint32_t)row,
		.in_case = (uint32_t)calibration->result.nr_cases - 1,
		.instructions = instructions,
	};
	calibration->row[row].count++;
	for (int kind = 0; kind < NR_WORK_KINDS; kind++)
		calibration->result.exercised[kind] += work->count[kind] != 0;
	last_case(calibration)->operations++;
	return 0;
}

/* ---- the sink ---- */

static int wrong_length(struct calibration *calibration, struct errors *errors)
{
	return error_input(errors, calibration->ops.csv.lines.place,
			   "the workload and this file don't have the same "
			   "number of operations");
}

static int read_recorded(struct calibration *calibration, uint64_t number,
			 struct expected_op *op, struct errors *errors)
{
	int more = expected_ops_take(&calibration->ops, number, op, errors);

	if (!more)
		return wrong_length(calibration, errors);
	return more < 0 ? -1 : 0;
}

static int operation(struct sink *sink, const struct call *call,
		     const struct outcome *outcome, struct errors *errors)
{
	struct calibration *calibration = (struct calibration *)sink;
	struct calibration_case *this = last_case(calibration);
	struct expected_op op;

	if (read_recorded(calibration, outcome->seq, &op, errors) < 0)
		return -1;
	if (op.skipped && outcome->status == OUTCOME_SKIPPED)
		return 0;
	if (!op.instructions) {
		this->unsaid++;
		return 0;
	}
	if (op.skipped || outcome->status == OUTCOME_SKIPPED ||
	    op.ok != (outcome->status == OUTCOME_OK) ||
	    (op.has_frame && op.frame != outcome->pfn)) {
		this->otherwise++;
		return 0;
	}
	return observe(calibration, outcome->work, call->op, op.instructions,
		       errors);
}

static int end(struct sink *sink, const struct run_totals *totals,
	       const struct kernel *kernel, struct errors *errors)
{
	struct calibration *calibration = (struct calibration *)sink;
	int left;

	(void)kernel;
	if (totals->status != RUN_COMPLETE)
		return 0;
	left = expected_ops_left(&calibration->ops, errors);
	if (left > 0)
		return wrong_length(calibration, errors);
	return left;
}

static const struct sink_ops calibration_ops = {
	.name = "calibration",
	.reads_work = true,
	.operation = operation,
	.end = end,
};

/* ---- the fit ---- */

/* By row, then by what was measured. */
static int by_row(const void *a, const void *b)
{
	const struct observation *x = a, *y = b;

	if (x->row != y->row)
		return x->row < y->row ? -1 : 1;
	return (x->instructions > y->instructions) -
	       (x->instructions < y->instructions);
}

static void find_medians(struct calibration *calibration)
{
	const struct observation *first = calibration->observation;

	qsort(calibration->observation, calibration->nr_observations,
	      sizeof *calibration->observation, by_row);
	for (size_t i = 0; i < calibration->nr_rows; i++) {
		struct calibration_row *row = &calibration->row[i];
		size_t middle = row->count / 2;

		row->recorded = (double)first[middle].instructions;
		if (row->count % 2 == 0)
			row->recorded =
				(row->recorded +
				 (double)first[middle - 1].instructions) /
				2;
		first += row->count;
	}
}

static int fit_rows(struct calibration *calibration, struct errors *errors)
{
	size_t nr = calibration->nr_rows;
	double *x = host_alloc(nr * NR_WORK_KINDS, sizeof *x);
	double *y = host_alloc(nr, sizeof *y);
	double *count = host_alloc(nr, sizeof *count);
	struct fit_table table = { nr, NR_WORK_KINDS, x, y, count };
	int status = -1;

	if (!x || !y || !count) {
		error_host(errors, "no memory for a fit");
		goto out;
	}
	for (size_t i = 0; i < nr; i++) {
		const struct calibration_row *row = &calibration->row[i];

		for (int kind = 0; kind < NR_WORK_KINDS; kind++)
			x[i * NR_WORK_KINDS + kind] = row->work.count[kind];
		y[i] = row->recorded;
		count[i] = (double)row->count;
	}
	status = fit_table(&calibration->result.fit, &table, errors);
out:
	free(x);
	free(y);
	free(count);
	return status;
}

/* The costs as a config will have them, and what rows cost with them. */
static int apply_costs(struct calibration *calibration, struct errors *errors)
{
	struct fit *fit = &calibration->result.fit;

	for (int kind = 0; kind < NR_WORK_KINDS; kind++) {
		double *value = &fit->value[kind];
		char name[WORK_NAME_BYTES];

		*value = round(*value * UNITS_PER_NS) / UNITS_PER_NS;
		if (*value * UNITS_PER_NS <= UINT32_MAX)
			continue;
		return error_host(errors,
				  "a unit of %s would cost %.0f ns: that is "
				  "more than a config can say",
				  work_name(kind, name), *value);
	}
	for (size_t i = 0; i < calibration->nr_rows; i++) {
		struct calibration_row *row = &calibration->row[i];

		for (int kind = 0; kind < NR_WORK_KINDS; kind++)
			row->computed +=
				fit->value[kind] * row->work.count[kind];
	}
	return 0;
}

static void judge(struct calibration *calibration)
{
	for (size_t i = 0; i < calibration->nr_observations; i++) {
		const struct observation *seen = &calibration->observation[i];
		struct calibration_row *row = &calibration->row[seen->row];
		struct calibration_case *its =
			&calibration->result.cases[seen->in_case];
		double recorded = (double)seen->instructions;
		bool near = fabs(row->computed - recorded) <= NEAR * recorded;

		its->recorded += recorded;
		its->computed += row->computed;
		its->within += near;
		row->off += !near;
	}
}

/* Few are kept, so each finds its place among them step by step. */
static void find_worst(struct calibration *calibration)
{
	struct calibration_result *result = &calibration->result;

	for (size_t i = 0; i < calibration->nr_rows; i++) {
		const struct calibration_row *row = &calibration->row[i];
		size_t place = result->nr_worst;

		while (place && result->worst[place - 1]->off < row->off) {
			if (place < CALIBRATION_WORST)
				result->worst[place] = result->worst[place - 1];
			place--;
		}
		if (!row->off || place >= CALIBRATION_WORST)
			continue;
		result->worst[place] = row;
		if (result->nr_worst < CALIBRATION_WORST)
			result->nr_worst++;
	}
}

int calibration_fit(struct calibration *calibration, struct errors *errors)
{
	find_medians(calibration);
	if (fit_rows(calibration, errors) < 0 ||
	    apply_costs(calibration, errors) < 0)
		return -1;
	judge(calibration);
	find_worst(calibration);
	return 0;
}

/* ---- outside ---- */

struct calibration *calibration_new(struct errors *errors)
{
	struct calibration *calibration = host_alloc(1, sizeof *calibration);

	if (calibration)
		calibration->sink.ops = &calibration_ops;
	else
		error_host(errors, "no memory for a calibration");
	return calibration;
}

void calibration_free(struct calibration *calibration)
{
	if (!calibration)
		return;
	expected_ops_close(&calibration->ops);
	for (size_t i = 0; i < calibration->result.nr_cases; i++)
		free(calibration->result.cases[i].name);
	free(calibration->result.cases);
	fit_release(&calibration->result.fit);
	free(calibration->row);
	free(calibration->observation);
	free(calibration->bucket);
	free(calibration);
}

int calibration_open(struct calibration *calibration, const char *directory,
		     const char *name, struct errors *errors)
{
	struct calibration_result *result = &calibration->result;
	struct calibration_case *cases =
		host_grow(result->cases, &calibration->case_room,
			  result->nr_cases + 1, sizeof *cases);

	if (!cases)
		return error_host(errors, "no memory for a recording");
	result->cases = cases;
	cases[result->nr_cases] =
		(struct calibration_case){ .name = strdup(name) };
	if (!cases[result->nr_cases++].name)
		return error_host(errors, "no memory for a recording");
	return expected_ops_open(&calibration->ops, directory, errors);
}

struct sink *calibration_sink(struct calibration *calibration)
{
	return &calibration->sink;
}

int calibration_close(struct calibration *calibration, struct errors *errors)
{
	struct place place = { calibration->ops.path, 1, 1 };
	int status = 0;

	if (!last_case(calibration)->operations)
		status = error_input(errors, place,
				     "no operation here says how many "
				     "instructions it took");
	expected_ops_close(&calibration->ops);
	return status;
}

const struct calibration_result *
calibration_result(const struct calibration *calibration)
{
	return &calibration->result;
}
