/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_GENERATORS_VALUES_FILE_H
#define KMEMSIM_WORKLOADS_GENERATORS_VALUES_FILE_H

/* Numbers in a file of comma-separated values, behind a line of names. */

#include <stddef.h>

#include "sim/base/error.h"
#include "sim/base/host.h"

struct values_file {
	uint64_t *value;
	uint64_t *count; /* NULL where the file has no such column */
	size_t nr;
};

/* How a value is written: parse_size() and its kin, and what that allows. */
typedef bool values_parse_fn(const char *s, size_t length, uint64_t *value);

/*
 * Reads `value,count` (with_counts; none of them 0, and all together below
 * 2^63) or `t`, where no value may be below the one before. 0, or -1 with
 * every error of the file added. The arena owns the lists.
 */
int values_file_read(struct values_file *file, const char *path,
		     bool with_counts, values_parse_fn *parse,
		     const char *wanted, struct arena *arena,
		     struct errors *errors);

#endif
