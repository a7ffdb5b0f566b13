/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Least squares with coefficients that are not negative.
 *
 * The method is Lawson and Hanson's ("Solving Least Squares Problems", 1974,
 * chapter 23): coefficients start at zero; the one that helps most is set
 * free, those that are free are solved for, and one that would fall below
 * zero goes back to it; until none that is left would help. On the normal
 * equations, which for a few dozen columns are small, with columns scaled to
 * one length.
 *
 * A row's weight is √count / y, so what is made small is the relative
 * difference over all measurements. Some rows measured something else besides,
 * so the fit is done six times, and a row that was off by r > 5 % has its
 * weight divided by r / 5 % the next time. In the first round nothing is known
 * of that yet; the largest weights are cut, lest a few rows decide.
 *
 * What the table can't tell is found first (dependent_columns.c) and left out.
 */

#include "results/calibrate/least_squares.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "results/calibrate/dependent_columns.h"
#include "sim/base/host.h"

#define ROUNDS 6
#define OFF_MUCH 0.05
#define FIRST_WEIGHTS_KEPT 0.98 /* as a quantile */
#define HELPS 1e-9		/* of the length of y */
#define PIVOT_LEAST 1e-11	/* of a column's length, squared */
#define STEPS_MOST 30		/* for each column; two are usual */
#define NONE ((size_t)-1)

struct solver {
	const struct fit_table *table;
	size_t nr;	  /* columns */
	double *weight;	  /* [row] */
	double *base;	  /* [row]: the weight of a row that is not off */
	double *normal;	  /* [nr * nr]: the equations' left side… */
	double *right;	  /* …and their right */
	double *scale;	  /* [nr]: a column's length */
	double *value;	  /* [nr]: of scaled columns */
	double *solution; /* [nr] */
	double *factor;	  /* [nr * nr]: Cholesky's */
	size_t *order;	  /* [nr]: which columns are in `factor` */
	bool *left_out;	  /* [nr]: for good */
	bool *barred;	  /* [nr]: until something has changed */
	bool *vague;	  /* [nr]: barred, since the others make it up */
	bool *is_free;	  /* [nr]: not held at zero */
	double y_length;
};

/* ---- the equations ---- */

static void add_row(struct solver *solver, size_t row)
{
	const double *x = &solver->table->x[row * solver->nr];
	double y = solver->table->y[row] * solver->weight[row];
	double square = solver->weight[row] * solver->weight[row];

	solver->y_length += y * y;
	for (size_t j = 0; j < solver->nr; j++) {
		if (x[j] == 0)
			continue;
		solver->right[j] += y * solver->weight[row] * x[j];
		for (size_t k = 0; k <= j; k++)
			solver->normal[j * solver->nr + k] +=
				square * x[j] * x[k];
	}
}

static void make_equations(struct solver *solver)
{
	size_t nr = solver->nr;

	memset(solver->normal, 0, nr * nr * sizeof *solver->normal);
	memset(solver->right, 0, nr * sizeof *solver->right);
	solver->y_length = 0;
	for (size_t i = 0; i < solver->table->nr_rows; i++)
		add_row(solver, i);
	solver->y_length = sqrt(solver->y_length);
	for (size_t j = 0; j < nr; j++) {
		double square = solver->normal[j * nr + j];

		solver->scale[j] = square > 0 ? sqrt(square) : 1;
		solver->right[j] /= solver->scale[j];
	}
	for (size_t j = 0; j < nr; j++) {
		for (size_t k = 0; k <= j; k++) {
			double *entry = &solver->normal[j * nr + k];

			*entry /= solver->scale[j] * solver->scale[k];
			solver->normal[k * nr + j] = *entry;
		}
	}
}

/* ---- Lawson and Hanson ---- */

/* Cholesky's factor of the free columns' equations. False: not definite. */
static bool factorize(struct solver *solver, size_t *nr_free)
{
	size_t nr = solver->nr;
	size_t n = 0;

	for (size_t j = 0; j < nr; j++) {
		double *row = &solver->factor[n * nr];

		if (!solver->is_free[j])
			continue;
		for (size_t m = 0; m <= n; m++) {
			size_t k = m < n ? solver->order[m] : j;
			double rest = solver->normal[j * nr + k];

			for (size_t i = 0; i < m; i++)
				rest -= row[i] * solver->factor[m * nr + i];
			if (m == n && rest < PIVOT_LEAST)
				return false;
			row[m] = m < n ? rest / solver->factor[m * nr + m] :
					 sqrt(rest);
		}
		solver->order[n++] = j;
	}
	*nr_free = n;
	return true;
}

static bool solve_free(struct solver *solver)
{
	const double *factor = solver->factor;
	double *solution = solver->solution;
	size_t nr = solver->nr;
	size_t n;

	if (!factorize(solver, &n))
		return false;
	for (size_t m = 0; m < n; m++) {
		double rest = solver->right[solver->order[m]];

		for (size_t i = 0; i < m; i++)
			rest -= factor[m * nr + i] * solution[solver->order[i]];
		solution[solver->order[m]] = rest / factor[m * nr + m];
	}
	for (size_t m = n; m-- > 0;) {
		double rest = solution[solver->order[m]];

		for (size_t i = m + 1; i < n; i++)
			rest -= factor[i * nr + m] * solution[solver->order[i]];
		solution[solver->order[m]] = rest / factor[m * nr + m];
	}
	return true;
}

/* The column at zero that helps most; NONE: no more would. */
static size_t best_to_free(const struct solver *solver)
{
	double most = HELPS * solver->y_length;
	size_t best = NONE;

	for (size_t j = 0; j < solver->nr; j++) {
		double help = solver->right[j];

		if (solver->is_free[j] || solver->left_out[j] ||
		    solver->barred[j])
			continue;
		for (size_t k = 0; k < solver->nr; k++)
			help -= solver->normal[j * solver->nr + k] *
				solver->value[k];
		if (help > most) {
			most = help;
			best = j;
		}
	}
	return best;
}

/* As far towards the solution as zero allows. False: all the way. */
static bool step_back(struct solver *solver)
{
	double far = 1;
	size_t first = NONE;

	for (size_t j = 0; j < solver->nr; j++) {
		double value = solver->value[j];
		double step;

		if (!solver->is_free[j] || solver->solution[j] > 0)
			continue;
		step = value > 0 ? value / (value - solver->solution[j]) : 0;
		if (first == NONE || step < far) {
			far = step;
			first = j;
		}
	}
	for (size_t j = 0; j < solver->nr; j++)
		if (solver->is_free[j])
			solver->value[j] +=
				far * (solver->solution[j] - solver->value[j]);
	if (first == NONE)
		return false;
	solver->value[first] = 0;
	solver->is_free[first] = false;
	return true;
}

static void forget_barred(struct solver *solver)
{
	memset(solver->barred, 0, solver->nr * sizeof *solver->barred);
	memset(solver->vague, 0, solver->nr * sizeof *solver->vague);
}

static void solve(struct solver *solver)
{
	size_t nr = solver->nr;
	size_t j;

	memset(solver->value, 0, nr * sizeof *solver->value);
	memset(solver->is_free, 0, nr * sizeof *solver->is_free);
	forget_barred(solver);
	for (size_t steps = 0; steps < STEPS_MOST * nr; steps++) {
		j = best_to_free(solver);
		if (j == NONE)
			return;
		solver->is_free[j] = true;
		solver->vague[j] = !solve_free(solver);
		if (solver->vague[j] || solver->solution[j] <= 0) {
			solver->is_free[j] = false;
			solver->barred[j] = true;
			continue;
		}
		forget_barred(solver);
		while (step_back(solver))
			solve_free(solver);
	}
}

/* ---- weights ---- */

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* `sorted` has a place for each row. */
static void first_weights(struct solver *solver, double *sorted)
{
	const struct fit_table *table = solver->table;
	double most;

	for (size_t i = 0; i < table->nr_rows; i++)
		sorted[i] = solver->base[i] =
			sqrt(table->count[i]) / table->y[i];
	qsort(sorted, table->nr_rows, sizeof *sorted, ascending);
	most = sorted[(size_t)(FIRST_WEIGHTS_KEPT *
			       (double)(table->nr_rows - 1))];
	for (size_t i = 0; i < table->nr_rows; i++)
		solver->weight[i] = fmin(solver->base[i], most);
}

static void next_weights(struct solver *solver)
{
	const struct fit_table *table = solver->table;

	for (size_t i = 0; i < table->nr_rows; i++) {
		const double *x = &table->x[i * solver->nr];
		double sum = 0;
		double off;

		for (size_t j = 0; j < solver->nr; j++)
			sum += x[j] * solver->value[j] / solver->scale[j];
		off = fabs(sum - table->y[i]) / table->y[i];
		solver->weight[i] = solver->base[i] / fmax(1, off / OFF_MUCH);
	}
}

/* ---- outside ---- */

static bool solver_make_room(struct solver *solver)
{
	size_t nr = solver->nr;
	size_t rows = solver->table->nr_rows;

	solver->weight = host_alloc(rows, sizeof(double));
	solver->base = host_alloc(rows, sizeof(double));
	solver->normal = host_alloc(nr * nr, sizeof(double));
	solver->right = host_alloc(nr, sizeof(double));
	solver->scale = host_alloc(nr, sizeof(double));
	solver->value = host_alloc(nr, sizeof(double));
	solver->solution = host_alloc(nr, sizeof(double));
	solver->factor = host_alloc(nr * nr, sizeof(double));
	solver->order = host_alloc(nr, sizeof *solver->order);
	solver->left_out = host_alloc(nr, sizeof *solver->left_out);
	solver->barred = host_alloc(nr, sizeof *solver->barred);
	solver->vague = host_alloc(nr, sizeof *solver->vague);
	solver->is_free = host_alloc(nr, sizeof *solver->is_free);
	return solver->weight && solver->base && solver->normal &&
	       solver->right && solver->scale && solver->value &&
	       solver->solution && solver->factor && solver->order &&
	       solver->left_out && solver->barred && solver->vague &&
	       solver->is_free;
}

static void solver_release(struct solver *solver)
{
	free(solver->weight);
	free(solver->base);
	free(solver->normal);
	free(solver->right);
	free(solver->scale);
	free(solver->value);
	free(solver->solution);
	free(solver->factor);
	free(solver->order);
	free(solver->left_out);
	free(solver->barred);
	free(solver->vague);
	free(solver->is_free);
}

static int fit_make_room(struct fit *fit, size_t nr)
{
	*fit = (struct fit){ .nr_columns = nr };
	fit->value = host_alloc(nr, sizeof *fit->value);
	fit->fate = host_alloc(nr, sizeof *fit->fate);
	fit->share = host_alloc(nr * nr, sizeof *fit->share);
	return fit->value && fit->fate && fit->share ? 0 : -1;
}

static bool is_made_up(const struct fit *fit, size_t j)
{
	for (size_t k = 0; k < fit->nr_columns; k++)
		if (fit->share[j * fit->nr_columns + k] != 0)
			return true;
	return false;
}

static void take_values(struct fit *fit, const struct solver *solver)
{
	for (size_t j = 0; j < fit->nr_columns; j++) {
		fit->value[j] = solver->value[j] / solver->scale[j];
		if (solver->vague[j])
			fit->fate[j] = FIT_NOT_TOLD_APART;
		else if (solver->left_out[j])
			fit->fate[j] = is_made_up(fit, j) ? FIT_NOT_TOLD_APART :
							    FIT_NOT_EXERCISED;
		else
			fit->fate[j] = fit->value[j] > 0 ? FIT_FOUND :
							   FIT_AT_ZERO;
	}
}

int fit_table(struct fit *fit, const struct fit_table *table,
	      struct errors *errors)
{
	struct solver solver = { .table = table, .nr = table->nr_columns };
	double *sorted = host_alloc(table->nr_rows, sizeof *sorted);
	int status = fit_make_room(fit, table->nr_columns);

	if (status || !sorted || !solver_make_room(&solver)) {
		status = error_host(errors, "no memory for a fit");
		goto out;
	}
	first_weights(&solver, sorted);
	status = dependent_columns(table->x, solver.base, table->nr_rows,
				   table->nr_columns, solver.left_out,
				   fit->share, errors);
	for (int round = 0; !status && round < ROUNDS; round++) {
		if (round)
			next_weights(&solver);
		make_equations(&solver);
		solve(&solver);
	}
	if (!status)
		take_values(fit, &solver);
out:
	free(sorted);
	solver_release(&solver);
	return status;
}

void fit_release(struct fit *fit)
{
	free(fit->value);
	free(fit->fate);
	free(fit->share);
	*fit = (struct fit){ .nr_columns = 0 };
}
