/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_BASE_HISTOGRAM_H
#define KMEMSIM_SIM_BASE_HISTOGRAM_H

/*
 * How often which 64-bit value came, kept small: exact below 256, to within
 * 1/128 of the value above.
 */

#include <stddef.h>
#include <stdint.h>

#define HISTOGRAM_BITS 8
#define HISTOGRAM_EXACT 256 /* values below it have a bucket each */
#define HISTOGRAM_ROWS (1 + (64 - HISTOGRAM_BITS))

/* Zeroed memory is an empty histogram. */
struct histogram {
	uint64_t count;
	uint64_t max; /* exact */
	/*
	 * Of HISTOGRAM_EXACT buckets each; owned; NULL while nothing is in it.
	 */
	uint64_t *row[HISTOGRAM_ROWS];
};

/*
 * A bucket that is not empty: [lowest, highest], both inclusive; nothing is
 * above the largest value that came.
 */
struct histogram_bucket {
	uint64_t lowest;
	uint64_t highest;
	uint64_t count;
};

/* Internal to histogram_add_times(): makes a row that nothing has been in. */
int histogram_add_row(struct histogram *histogram, unsigned int row);

/*
 * Counts a value that came `times` times, once at least. 0, or -1 where the
 * host has no memory left. Here, because it is called with each operation; and
 * as values come in no order, nothing in it is a branch that depends on them,
 * but for the rare ones that are the largest yet.
 */
static inline int histogram_add_times(struct histogram *histogram,
				      uint64_t value, uint64_t times)
{
	unsigned int row =
		64 - HISTOGRAM_BITS -
		(unsigned int)__builtin_clzll(value | (HISTOGRAM_EXACT - 1));

	if (!histogram->row[row] && histogram_add_row(histogram, row))
		return -1;
	histogram->row[row][value >> row] += times;
	histogram->count += times;
	if (histogram->max < value)
		histogram->max = value;
	return 0;
}

/* The same of one that came once. */
static inline int histogram_add(struct histogram *histogram, uint64_t value)
{
	return histogram_add_times(histogram, value, 1);
}

/*
 * Nearest-rank percentiles, from the lowest to the highest: the smallest value
 * that at least so many thousandths of all values do not exceed. Above
 * HISTOGRAM_EXACT it is the highest value of its bucket, so never too low, nor
 * above the maximum. 0 where empty.
 */
void histogram_percentiles(const struct histogram *histogram,
			   const unsigned int *thousandths, size_t nr,
			   uint64_t *value);

/*
 * Walks the buckets that are not empty, lowest first. *position starts at 0;
 * returns 1 with *bucket filled, 0 after the last.
 */
int histogram_next(const struct histogram *histogram, size_t *position,
		   struct histogram_bucket *bucket);

void histogram_release(struct histogram *histogram);

_Static_assert(HISTOGRAM_EXACT == 1 << HISTOGRAM_BITS,
	       "a value's row is found from its leading bits");

#endif
