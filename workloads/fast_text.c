/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is too long to be put wherever a number is read: times late in a long
 * run, and recorded addresses.
 */

#include "workloads/fast_text.h"

const char *read_many_digits(const char *s, uint64_t *value)
{
	static const uint32_t powers[] = { 1,	    10,	      100,
					   1000,    10000,    100000,
					   1000000, 10000000, 100000000 };
	const char *from = s;
	unsigned int nr = 8;

	for (*value = 0; nr == 8; s += nr) {
		uint64_t bytes;

		nr = count_digits(s, &bytes);
		if (nr == 0)
			break;
		*value = *value * powers[nr] +
			 eight_digits(bytes << (64 - 8 * nr));
	}
	return s - from <= SAFE_DIGITS ? s : NULL;
}
