/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_TEXT_REPORT_TEXT_H
#define KMEMSIM_RESULTS_TEXT_REPORT_TEXT_H

/*
 * A failed allocation, or the OOM killer's work, in the words of the kernel's
 * log. Internal to results/.
 */

#include "results/record/numbering.h"
#include "sim/sink.h"

struct report_text {
	const struct kernel *kernel; /* borrowed */
	const struct names *names;   /* borrowed */
	struct numbering pids; /* tasks by their first appearance in the log */
};

void report_text_release(struct report_text *text);

/*
 * Appends the report's lines, each with its newline. `header`: with what the
 * OOM killer writes at most so often; the line that says who was killed comes
 * in any case. out->failed where the host has no memory.
 */
void report_text_add(struct report_text *text,
		     const struct kernel_message *message, bool header,
		     struct text *out);

#endif
