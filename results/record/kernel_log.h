/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_RECORD_KERNEL_LOG_H
#define KMEMSIM_RESULTS_RECORD_KERNEL_LOG_H

/*
 * The kernel's log as the table kernel_log, a report a row. Internal to
 * results/.
 */

#include "results/text/report_text.h"
#include "results/record/rows.h"

/* How often something may be written: struct ratelimit_state. */
struct ratelimit {
	uint64_t begin_ns; /* of the interval that is under way */
	unsigned int printed;
	unsigned int missed;
	bool begun;
};

enum log_limit {
	LOG_LIMIT_PAGES,
	LOG_LIMIT_SLAB,
	LOG_LIMIT_RANGE,
	LOG_LIMIT_OOM,
	NR_LOG_LIMITS
};

struct kernel_log {
	struct rows rows;
	struct report_text text;
	struct ratelimit limit[NR_LOG_LIMITS];
};

/* Opens the table; both are borrowed. */
int kernel_log_init(struct kernel_log *log, const struct database *database,
		    const struct kernel *kernel, const struct names *names,
		    struct errors *errors);
void kernel_log_release(struct kernel_log *log);

/*
 * Writes a report, unless that kind has been written too often of late. -1
 * with an error added.
 */
int kernel_log_add(struct kernel_log *log, const struct kernel_message *message,
		   struct errors *errors);

#endif
