/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_TIMELINE_WORDS_H
#define KMEMSIM_RESULTS_TIMELINE_WORDS_H

/*
 * An event of a timeline in words. Internal to results/.
 */

#include <stdbool.h>

#include "results/database.h"
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
	/* What the actor did last; NULL: this is its first event. */
	COLUMN_LAST_KIND,
	COLUMN_LAST_T_NS,
	COLUMN_FIRST_T_NS,
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
	/* A nap of a kernel task that did nothing in it. */
	COLUMN_IDLE,
};

/* Is there anything? */
static inline bool timeline_has(sqlite3_stmt *row, enum timeline_column column)
{
	return sqlite3_column_type(row, column) != SQLITE_NULL;
}

static inline uint64_t timeline_number(sqlite3_stmt *row,
				       enum timeline_column column)
{
	return (uint64_t)sqlite3_column_int64(row, column);
}

/* Who it is: "call 12", "kswapd0", "disk". */
void timeline_add_who(sqlite3_stmt *row, struct text *out);

/* What they do: "runs: alloc_pages order 0, GFP_KERNEL". */
void timeline_add_what(sqlite3_stmt *row, struct text *out);

/* What an event makes of the CPU that it happens on. */
enum cpu_change { CPU_STAYS, CPU_BUSY, CPU_IDLE };
enum cpu_change timeline_cpu_change(sqlite3_stmt *row);

#endif
