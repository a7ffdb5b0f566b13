/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which words are numbers: 512 and 0.5, 4KiB and 1MiB, 10us and 1ms; but not
 * 512 and 10us, nor 512 and auto.
 */

#include "results/sweep/axis_numbers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/text.h"

static bool read_plain(const char *text, double *number)
{
	char *end;

	if (!*text || strspn(text, "+-.0123456789eE") != strlen(text))
		return false;
	*number = strtod(text, &end);
	return !*end;
}

static bool read_size(const char *text, double *number)
{
	uint64_t bytes;
	bool is_one = parse_size(text, strlen(text), &bytes);

	*number = is_one ? (double)bytes : NAN;
	return is_one;
}

static bool read_time(const char *text, double *number)
{
	uint64_t ns;
	bool is_one = parse_time(text, strlen(text), &ns);

	*number = is_one ? (double)ns : NAN;
	return is_one;
}

bool axis_numbers(const char *const *text, size_t nr, double *number)
{
	static bool (*const readers[])(const char *, double *) = {
		read_plain,
		read_size,
		read_time,
	};

	for (size_t r = 0; r < sizeof(readers) / sizeof(readers[0]); r++) {
		size_t i = 0;

		while (i < nr && readers[r](text[i], &number[i]))
			i++;
		if (i == nr)
			return true;
	}
	return false;
}
