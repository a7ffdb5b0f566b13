/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is written to the log, and how often (___ratelimit(), lib/ratelimit.c,
 * Linux 6.1).
 *
 *	|<----- interval ----->|
 *	 write  (missed) (missed)   "warn_alloc: 2 callbacks suppressed", write
 *	 ^ begins with the first    ^ the next one begins with whoever comes
 *
 * - Each kind has a limit of its own: page allocations once in ten seconds
 *   (warn_alloc()), all others ten times in five (DEFAULT_RATELIMIT_BURST and
 *   _INTERVAL). That a task was killed is always written: only the report on
 *   memory before it is limited.
 * - What was left out is counted, and the count written when the next interval
 *   begins.
 * - A request for ZONE_DMA counts towards the limit but is not written where
 *   the machine has no memory there (has_managed_dma()).
 *
 * Left out: the kernel's clock, which ticks only a few hundred times a second.
 */

#include "results/record/kernel_log.h"

#include <inttypes.h>

#include "models/gfp.h"

#define SECOND_NS 1000000000u

static const struct {
	uint64_t interval_ns;
	unsigned int burst;
	const char *function; /* of the kernel, that names itself */
} limits[NR_LOG_LIMITS] = {
	[LOG_LIMIT_PAGES] = { 10ull * SECOND_NS, 1, "warn_alloc" },
	[LOG_LIMIT_SLAB] = { 5ull * SECOND_NS, 10, "slab_out_of_memory" },
	[LOG_LIMIT_RANGE] = { 5ull * SECOND_NS, 10, "alloc_vmap_area" },
	[LOG_LIMIT_OOM] = { 5ull * SECOND_NS, 10, "oom_kill_process" },
};

int kernel_log_init(struct kernel_log *log, const struct database *database,
		    const struct kernel *kernel, const struct names *names,
		    struct errors *errors)
{
	log->text.kernel = kernel;
	log->text.names = names;
	return rows_init(&log->rows, database, "kernel_log", errors);
}

void kernel_log_release(struct kernel_log *log)
{
	rows_release(&log->rows);
	report_text_release(&log->text);
}

/* May it be written? Tells of those that were not. */
static bool may_write(struct kernel_log *log, enum log_limit which,
		      uint64_t t_ns, struct text *out)
{
	struct ratelimit *limit = &log->limit[which];

	if (!limit->begun ||
	    t_ns > limit->begin_ns + limits[which].interval_ns) {
		if (limit->missed)
			text_add(out, "%s: %u callbacks suppressed\n",
				 limits[which].function, limit->missed);
		*limit = (struct ratelimit){ .begun = true, .begin_ns = t_ns };
	}
	if (limit->printed == limits[which].burst) {
		limit->missed++;
		return false;
	}
	limit->printed++;
	return true;
}

static void add_text(struct kernel_log *log,
		     const struct kernel_message *message, struct text *out)
{
	const struct report *report = message->report;
	bool written = true;

	switch (report->kind) {
	case REPORT_NO_PAGES:
		written = may_write(log, LOG_LIMIT_PAGES, message->t_ns, out) &&
			  report->silence == REPORT_WRITTEN;
		break;
	case REPORT_NO_SLAB:
		written = may_write(log, LOG_LIMIT_SLAB, message->t_ns, out);
		break;
	case REPORT_NO_RANGE:
		written = may_write(log, LOG_LIMIT_RANGE, message->t_ns, out);
		break;
	case REPORT_OOM_KILL:
		report_text_add(
			&log->text, message,
			may_write(log, LOG_LIMIT_OOM, message->t_ns, out), out);
		return;
	case REPORT_OOM_NOBODY:
		break;
	}
	if (written)
		report_text_add(&log->text, message, true, out);
}

static int add_row(struct kernel_log *log, const struct kernel_message *message,
		   const char *text, struct errors *errors)
{
	struct value *value = rows_add(&log->rows, errors);
	bool is_call = message->who.kind == ACTOR_CALL;

	if (!value)
		return -1;
	*value++ = value_int(RUN_ID);
	*value++ = value_int(log->rows.written);
	*value++ = value_int(message->t_ns);
	*value++ = value_int_if(is_call, message->who.number);
	*value++ = value_text(text);
	/* The text lives no longer than this call. */
	return rows_flush(&log->rows, errors);
}

int kernel_log_add(struct kernel_log *log, const struct kernel_message *message,
		   struct errors *errors)
{
	enum report_silence silence = message->report->silence;
	struct text text = TEXT_EMPTY;
	int result = 0;

	if (silence == REPORT_NOWARN || silence == REPORT_LOOPS)
		return 0;
	add_text(log, message, &text);
	if (text.failed)
		result = error_host(errors, "the kernel's log");
	else if (text.length)
		result = add_row(log, message, text.s, errors);
	text_release(&text);
	return result;
}
