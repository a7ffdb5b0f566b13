/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Dependent columns, by Gram and Schmidt's orthogonalisation.
 *
 * Column by column, in the table's order, what the columns before it can say
 * is taken away. If nothing is left, it is a sum of multiples of these, and
 * one of those concerned is left out: the column that is the sum of the
 * others, since they can take over its share and stay at zero or above (when
 * each allocation takes one block, `zones tried` is `blocks from a per-CPU
 * list` plus `blocks from the free lists`, and nothing is lost without it).
 * Where no column stands alone against the others it is the last one.
 *
 * Taking away is done twice, which makes up for what rounding leaves.
 */

#include "results/calibrate/dependent_columns.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/host.h"

/* Of a column's length: less than this left is nothing left. */
#define NOTHING_LEFT 1e-6
#define NO_SHARE 1e-5
#define NONE ((size_t)-1)

struct basis {
	const double *x;
	const double *scale;
	size_t nr_rows;
	size_t nr_columns;
	double *direction; /* [n * nr_rows]: of unit length, the n-th kept */
	double *part;	   /* [n * nr_columns + j]: of n in column j */
	double *length;	   /* [j]: of the scaled column */
	size_t *kept;	   /* [n]: the column */
	size_t nr_kept;
	double *left;  /* what is left of the column in hand */
	double *share; /* of the column in hand */
};

static double product(const double *a, const double *b, size_t nr)
{
	double sum = 0;

	for (size_t i = 0; i < nr; i++)
		sum += a[i] * b[i];
	return sum;
}

/* Column j, scaled to unit length, in basis->left. False: all zeros. */
static bool take_column(struct basis *basis, size_t j)
{
	double length;

	for (size_t i = 0; i < basis->nr_rows; i++)
		basis->left[i] =
			basis->x[i * basis->nr_columns + j] * basis->scale[i];
	length = sqrt(product(basis->left, basis->left, basis->nr_rows));
	basis->length[j] = length;
	if (length == 0)
		return false;
	for (size_t i = 0; i < basis->nr_rows; i++)
		basis->left[i] /= length;
	return true;
}

/* How much of it is none of those kept. */
static double take_away_kept(struct basis *basis, size_t j)
{
	for (size_t n = 0; n < basis->nr_kept; n++)
		basis->part[n * basis->nr_columns + j] = 0;
	for (int round = 0; round < 2; round++) {
		for (size_t n = 0; n < basis->nr_kept; n++) {
			const double *direction =
				&basis->direction[n * basis->nr_rows];
			double part =
				product(direction, basis->left, basis->nr_rows);

			for (size_t i = 0; i < basis->nr_rows; i++)
				basis->left[i] -= part * direction[i];
			basis->part[n * basis->nr_columns + j] += part;
		}
	}
	return sqrt(product(basis->left, basis->left, basis->nr_rows));
}

static void keep(struct basis *basis, size_t j, double length)
{
	size_t n = basis->nr_kept++;

	basis->kept[n] = j;
	basis->part[n * basis->nr_columns + j] = length;
	for (size_t i = 0; i < basis->nr_rows; i++)
		basis->direction[n * basis->nr_rows + i] =
			basis->left[i] / length;
}

/* How many times each kept column is in column j, by solving backwards. */
static void find_shares(struct basis *basis, size_t j)
{
	memset(basis->share, 0, basis->nr_columns * sizeof *basis->share);
	for (size_t n = basis->nr_kept; n-- > 0;) {
		const double *part = &basis->part[n * basis->nr_columns];
		double rest = part[j];

		for (size_t m = n + 1; m < basis->nr_kept; m++)
			rest -= part[basis->kept[m]] *
				basis->share[basis->kept[m]];
		basis->share[basis->kept[n]] = rest / part[basis->kept[n]];
	}
	for (size_t n = 0; n < basis->nr_kept; n++) {
		double *share = &basis->share[basis->kept[n]];

		*share *= basis->length[j] / basis->length[basis->kept[n]];
		if (fabs(*share) < NO_SHARE)
			*share = 0;
	}
}

/* Of j and the columns in it, the one that is the sum of the others; or j. */
static size_t sum_of_others(struct basis *basis, size_t j)
{
	double *share = basis->share;
	size_t only = NONE;
	bool any_below = false;
	double times;

	for (size_t k = 0; k < basis->nr_columns; k++) {
		any_below |= share[k] < 0;
		if (share[k] > 0 && only != NONE)
			return j;
		if (share[k] > 0)
			only = k;
	}
	if (!any_below || only == NONE)
		return j;
	times = share[only];
	for (size_t k = 0; k < basis->nr_columns; k++)
		share[k] = share[k] / -times;
	share[only] = 0;
	share[j] = 1 / times;
	return only;
}

/* The next column to be left out; NONE: the others are all needed. */
static size_t find_dependent(struct basis *basis, const bool *left_out)
{
	basis->nr_kept = 0;
	for (size_t j = 0; j < basis->nr_columns; j++) {
		double left;

		if (left_out[j])
			continue;
		memset(basis->share, 0,
		       basis->nr_columns * sizeof *basis->share);
		if (!take_column(basis, j))
			return j;
		left = take_away_kept(basis, j);
		if (left < NOTHING_LEFT) {
			find_shares(basis, j);
			return sum_of_others(basis, j);
		}
		keep(basis, j, left);
	}
	return NONE;
}

static bool make_room(struct basis *basis)
{
	size_t columns = basis->nr_columns;

	basis->direction = host_alloc(columns * basis->nr_rows, sizeof(double));
	basis->part = host_alloc(columns * columns, sizeof(double));
	basis->length = host_alloc(columns, sizeof(double));
	basis->kept = host_alloc(columns, sizeof *basis->kept);
	basis->left = host_alloc(basis->nr_rows, sizeof(double));
	basis->share = host_alloc(columns, sizeof(double));
	return basis->direction && basis->part && basis->length &&
	       basis->kept && basis->left && basis->share;
}

static void release(struct basis *basis)
{
	free(basis->direction);
	free(basis->part);
	free(basis->length);
	free(basis->kept);
	free(basis->left);
	free(basis->share);
}

int dependent_columns(const double *x, const double *scale, size_t nr_rows,
		      size_t nr_columns, bool *left_out, double *share,
		      struct errors *errors)
{
	struct basis basis = { .x = x,
			       .scale = scale,
			       .nr_rows = nr_rows,
			       .nr_columns = nr_columns };
	int status = 0;
	size_t j;

	memset(left_out, 0, nr_columns * sizeof *left_out);
	memset(share, 0, nr_columns * nr_columns * sizeof *share);
	if (!make_room(&basis)) {
		status = error_host(errors, "no memory for a fit");
		goto out;
	}
	while ((j = find_dependent(&basis, left_out)) != NONE) {
		left_out[j] = true;
		memcpy(&share[j * nr_columns], basis.share,
		       nr_columns * sizeof *share);
	}
out:
	release(&basis);
	return status;
}
