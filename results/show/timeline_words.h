/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_SHOW_TIMELINE_WORDS_H
#define KMEMSIM_RESULTS_SHOW_TIMELINE_WORDS_H

/*
 * An event of a timeline in words. Internal to results/.
 */

#include <stdbool.h>

#include "results/database/database.h"
#include "results/show/timeline_lives.h"
#include "sim/base/text.h"

/* What is read of an event. */
enum timeline_column {
	COLUMN_SHOWN,
	COLUMN_N,
	COLUMN_T_NS,
	COLUMN_KIND,
	COLUMN_CPU,
	COLUMN_ACTOR,
	COLUMN_ACTOR_NUMBER,
	COLUMN_OTHER,
	COLUMN_OTHER_NUMBER,
	COLUMN_OP,
	COLUMN_TASK,
	COLUMN_QUEUE,
	COLUMN_QUEUE_NUMBER,
	COLUMN_LOCK,
	COLUMN_NS,
	/* Of the call, where it was logged: */
	COLUMN_CTX,
	COLUMN_ORDER,
	COLUMN_SIZE,
	COLUMN_CACHE,
	COLUMN_GFP,
	COLUMN_OK,
	COLUMN_PATH,
	COLUMN_REASON,
	COLUMN_LOGGED,
};

/* An event: what is written of it, and what its actor did before. */
struct timeline_row {
	sqlite3_stmt *values;
	enum timeline_kind kind; /* NR_TIMELINE_KINDS: an unknown one */
	struct life before;
};

/* Is there anything? */
static inline bool timeline_has(const struct timeline_row *row,
				enum timeline_column column)
{
	return sqlite3_column_type(row->values, column) != SQLITE_NULL;
}

static inline uint64_t timeline_number(const struct timeline_row *row,
				       enum timeline_column column)
{
	return (uint64_t)sqlite3_column_int64(row->values, column);
}

/* Never NULL. */
static inline const char *timeline_text(const struct timeline_row *row,
					enum timeline_column column)
{
	return column_text(row->values, column);
}

/* By their names: NR_ACTOR_KINDS and NR_TIMELINE_KINDS for unknown ones. */
enum actor_kind timeline_actor_kind(const char *name);
enum timeline_kind timeline_kind_of(const char *name);

/* Who it is: "call 12", "kswapd0", "disk". */
void timeline_add_who(const struct timeline_row *row, struct text *out);

/* What they do: "runs: alloc_pages order 0, GFP_KERNEL". */
void timeline_add_what(const struct timeline_row *row, struct text *out);

/* What an event makes of the CPU that it happens on. */
enum cpu_change { CPU_STAYS, CPU_BUSY, CPU_IDLE };
enum cpu_change timeline_cpu_change(const struct timeline_row *row);

#endif
