/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_OP_LOG_H
#define KMEMSIM_RESULTS_OP_LOG_H

/*
 * Operations as rows of op_log. Internal to results/.
 */

#include "results/gfp_texts.h"
#include "results/rows.h"
#include "sim/call.h"
#include "sim/outcome.h"
#include "sim/base/text.h"

/* 2^64 - 1 in decimal, and the NUL */
#define ID_TEXT_MAX 21

struct op_log {
	struct rows rows;
	struct gfp_texts *gfp_texts; /* borrowed */
	const struct names *names;   /* borrowed */
	char id_text[ROWS_BATCH][ID_TEXT_MAX];
};

int op_log_add(struct op_log *log, const struct call *call,
	       const struct outcome *outcome, struct errors *errors);

#endif
