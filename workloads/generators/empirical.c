/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What was counted: a file of comma-separated values with the columns value
 * and count. Each value is drawn as often as its count says.
 */
#include "workloads/generators/distribution.h"
#include "workloads/generators/values_file.h"

static values_parse_fn *const parse[] = {
	[UNIT_NUMBER] = parse_u64,
	[UNIT_SIZE] = parse_size,
	[UNIT_TIME] = parse_time,
};

static const char *const wanted[] = {
	[UNIT_NUMBER] = "a whole number",
	[UNIT_SIZE] = SIZE_UNITS,
	[UNIT_TIME] = TIME_UNITS,
};

static bool read_empirical(const struct spec *spec, const struct node *node,
			   const char *key, struct distribution *distribution)
{
	const char *path = spec_path(spec, node, key);
	struct values_file file;
	uint64_t sum = 0;

	if (!path ||
	    values_file_read(&file, path, true, parse[distribution->unit],
			     wanted[distribution->unit], spec->arena,
			     spec->input.errors) < 0)
		return false;
	/* Counts become the sums of those up to them. */
	for (size_t i = 0; i < file.nr; i++)
		file.count[i] = sum += file.count[i];
	distribution->value = file.value;
	distribution->behind = file.count;
	distribution->nr = file.nr;
	return true;
}

const struct distribution_kind empirical_distribution = {
	.name = "empirical",
	.read = read_empirical,
	.draw = weighted_draw,
};
