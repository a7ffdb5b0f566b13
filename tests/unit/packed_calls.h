/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_TESTS_PACKED_CALLS_H
#define KMEMSIM_TESTS_PACKED_CALLS_H

/* Calls as the bytes of a packed workload. Include after cmocka.h. */

#include <stdio.h>

#include "tests/unit/workload_text.h"
#include "workloads/packed/packed.h"

struct bytes {
	char *at; /* for free() */
	size_t nr;
};

/* Of a file that names w.yaml as its origin; names are those of `text`. */
static inline struct bytes pack_traced(struct workload_text *text,
				       const struct call *calls, size_t nr,
				       const struct traced *traced)
{
	struct errors *errors = &text->scratch.errors;
	struct bytes bytes = { .at = NULL };
	struct packed_writer *writer;
	FILE *to = open_memstream(&bytes.at, &bytes.nr);

	assert_non_null(to);
	writer = packed_write_begin(to, text->names, "packed", "w.yaml", traced,
				    errors);
	assert_non_null(writer);
	assert_int_equal(packed_write_calls(writer, calls, nr, errors), 0);
	assert_int_equal(packed_write_end(writer, errors), 0);
	packed_writer_free(writer);
	fclose(to);
	return bytes;
}

#endif
