/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_RECORD_OP_LOG_H
#define KMEMSIM_RESULTS_RECORD_OP_LOG_H

/*
 * Operations as rows of op_log. Internal to results/.
 */

#include "results/text/gfp_texts.h"
#include "results/record/rows.h"
#include "sim/call.h"
#include "sim/kernel.h"
#include "sim/outcome.h"
#include "sim/base/text.h"

/* 2^64 - 1 in decimal, and the NUL */
#define ID_TEXT_MAX 21

/* "0xff" and the NUL */
#define DATA_TEXT_MAX 5

struct op_log {
	struct rows rows;
	struct rows extents;	     /* of areas: table extent */
	const struct kernel *kernel; /* borrowed: knows the areas */
	struct gfp_texts *gfp_texts; /* borrowed */
	const struct names *names;   /* borrowed */
	/* Words that many rows have; NULL where a table says none. */
	struct value op[NR_CALL_OPS];
	struct value ctx[NR_CALL_CONTEXTS];
	struct value zone[NR_ZONE_TYPES];
	struct value path[NR_ALLOC_PATHS];
	struct value reason[NR_ALLOC_REASONS];
	struct value skipped[NR_SKIP_REASONS];
	char id_text[ROWS_BATCH][ID_TEXT_MAX];
	char data_text[ROWS_BATCH][DATA_TEXT_MAX];
};

/* Opens both tables. The borrowed members are the caller's to set. */
int op_log_init(struct op_log *log, const struct database *database,
		struct errors *errors);
int op_log_flush(struct op_log *log, struct errors *errors);
void op_log_release(struct op_log *log);

int op_log_add(struct op_log *log, const struct call *call,
	       const struct outcome *outcome, struct errors *errors);

#endif
