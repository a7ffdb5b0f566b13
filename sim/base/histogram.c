/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A histogram of 64-bit values in rows of buckets:
 *
 *	row 0	0, 1, 2, … 255			a value each
 *	row 1	256 … 511 in 128 buckets	2 values each
 *	row 2	512 … 1023 in 128 buckets	4 values each
 *	row r	2^(7+r) …			2^r values each
 *
 * A value's bucket is found from its leading 8 bits, so a bucket is never
 * wider than 1/128 of what is in it, and no range has to be known before. These
 * bits are its place in the row: the lower half of all rows but the first stays
 * empty. A row exists once a value falls into it: latencies of one operation
 * rarely need more than three or four.
 *
 * Left out: values are counted, not kept; a mean is the caller's to sum.
 */

#include "sim/base/histogram.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/host.h"

static uint64_t lowest_of(unsigned int row, unsigned int column)
{
	return (uint64_t)column << row;
}

static uint64_t highest_of(unsigned int row, unsigned int column)
{
	return lowest_of(row, column) + ((1ULL << row) - 1);
}

int histogram_add_row(struct histogram *histogram, unsigned int row)
{
	histogram->row[row] = host_alloc(HISTOGRAM_EXACT, sizeof(uint64_t));
	return histogram->row[row] ? 0 : -1;
}

/* ceil(count * thousandths / 1000), without overflow */
static uint64_t rank_of(uint64_t count, unsigned int thousandths)
{
	uint64_t rank = count / 1000 * thousandths +
			(count % 1000 * thousandths + 999) / 1000;

	return rank ? rank : 1;
}

void histogram_percentiles(const struct histogram *histogram,
			   const unsigned int *thousandths, size_t nr,
			   uint64_t *value)
{
	struct histogram_bucket bucket = { .highest = 0 };
	uint64_t seen = 0;
	size_t position = 0;

	for (size_t i = 0; i < nr; i++) {
		uint64_t rank = rank_of(histogram->count, thousandths[i]);

		while (seen < rank &&
		       histogram_next(histogram, &position, &bucket))
			seen += bucket.count;
		value[i] = bucket.highest;
	}
}

int histogram_next(const struct histogram *histogram, size_t *position,
		   struct histogram_bucket *bucket)
{
	unsigned int row, column;

	for (; *position < HISTOGRAM_ROWS * HISTOGRAM_EXACT; ++*position) {
		row = (unsigned int)(*position / HISTOGRAM_EXACT);
		column = (unsigned int)(*position % HISTOGRAM_EXACT);
		if (!histogram->row[row]) {
			*position |= HISTOGRAM_EXACT - 1;
			continue;
		}
		if (!histogram->row[row][column])
			continue;
		bucket->lowest = lowest_of(row, column);
		bucket->highest = highest_of(row, column);
		if (bucket->highest > histogram->max)
			bucket->highest = histogram->max;
		bucket->count = histogram->row[row][column];
		++*position;
		return 1;
	}
	return 0;
}

void histogram_release(struct histogram *histogram)
{
	unsigned int row;

	for (row = 0; row < HISTOGRAM_ROWS; row++)
		free(histogram->row[row]);
	memset(histogram, 0, sizeof(*histogram));
}
