/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_DATABASE_VALUES_H
#define KMEMSIM_RESULTS_DATABASE_VALUES_H

/*
 * What is in a column of a row. Internal to results/.
 */

#include <stdbool.h>
#include <string.h>

#include "results/database/database.h"

#define ROWS_COLUMNS_MAX 32

struct value {
	enum { VALUE_NULL, VALUE_INT, VALUE_TEXT, VALUE_BLOB } kind;
	uint32_t length; /* bytes; of a text 0: not counted */
	union {
		int64_t number;
		const char *text; /* borrowed until the rows are flushed */
		const void *blob; /* likewise */
	};
};

static inline struct value value_null(void)
{
	return (struct value){ .kind = VALUE_NULL };
}

/* 64 bits as they are: above 2^63 SQLite shows them as a negative number. */
static inline struct value value_int(uint64_t number)
{
	return (struct value){ .kind = VALUE_INT, .number = (int64_t)number };
}

/* NULL stays NULL. */
static inline struct value value_text(const char *text)
{
	if (!text)
		return value_null();
	return (struct value){ .kind = VALUE_TEXT, .text = text };
}

/* Of a text that many rows have: its length is counted here, once. */
static inline struct value value_common_text(const char *text)
{
	struct value value = value_text(text);

	if (text)
		value.length = (uint32_t)strlen(text);
	return value;
}

static inline struct value value_blob(const void *blob, uint32_t length)
{
	return (struct value){ .kind = VALUE_BLOB,
			       .length = length,
			       .blob = blob };
}

static inline struct value value_int_if(bool has, uint64_t number)
{
	return has ? value_int(number) : value_null();
}

#endif
