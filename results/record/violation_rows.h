/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_RECORD_VIOLATION_ROWS_H
#define KMEMSIM_RESULTS_RECORD_VIOLATION_ROWS_H

/*
 * Broken rules as rows of violation_row and violation_message, of which the
 * view `violation` is made. Internal to results/.
 */

#include "results/record/rows.h"
#include "sim/sink.h"

#define NR_KNOWN_MESSAGES 1024	 /* a power of two */
#define NR_NUMBERED_MESSAGES 256 /* a power of two */

struct violation_rows {
	struct rows rows;
	sqlite3_stmt *add_message;
	sqlite3_stmt *set_count; /* of a message's row */
	int64_t nr_messages;	 /* written */
	struct known_message {
		uint64_t hash;
		int64_t number; /* its row's; 0: none is known */
		char *text;	/* owned: rule, text and file, with NULs */
		size_t bytes;	/* of that */
		uint64_t count; /* rows that point to its own */
		uint64_t count_written;
		/* The latest violation with it: the numbers that it came by. */
		uint64_t message_number;
		const char *file;
	} known[NR_KNOWN_MESSAGES];
	/* The texts that messages with numbers had last, by these. */
	struct known_message *numbered[NR_NUMBERED_MESSAGES];
};

int violation_rows_init(struct violation_rows *violations,
			const struct database *database, struct errors *errors);
int violation_rows_flush(struct violation_rows *violations,
			 struct errors *errors);
void violation_rows_release(struct violation_rows *violations);

/* The violation's texts may go afterwards. */
int violation_rows_add(struct violation_rows *violations,
		       const struct violation *violation,
		       struct errors *errors);

#endif
