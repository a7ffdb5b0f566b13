/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is too long to be put wherever a number is read: recorded addresses.
 */

#include "workloads/yaml/fast_text.h"

const uint32_t powers_of_ten[9] = { 1,	    10,	     100,      1000,	 10000,
				    100000, 1000000, 10000000, 100000000 };

const char *read_many_digits(const char *s, uint64_t *value)
{
	const char *from = s;
	unsigned int nr = 8;

	for (*value = 0; nr == 8; s += nr) {
		uint64_t bytes;

		nr = count_digits(s, &bytes);
		*value = *value * powers_of_ten[nr] + few_digits(bytes, nr);
	}
	return s - from <= SAFE_DIGITS ? s : NULL;
}
