/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_TRACE_LINE_H
#define KMEMSIM_WORKLOADS_IMPORT_TRACE_LINE_H

/*
 * One line of ftrace's text or of `perf script`, taken apart: who, where, when,
 * which event.
 */

#include "sim/call.h"

enum trace_line_kind {
	TRACE_LINE_EVENT,
	TRACE_LINE_COMMENT, /* "# …", "##### CPU 1 buffer started ####", "" */
	TRACE_LINE_LOST,    /* "CPU:1 [LOST 123 EVENTS]" */
	TRACE_LINE_STACK,   /* one of a call chain below an event */
	TRACE_LINE_OTHER,   /* none of these */
};

struct trace_line {
	const char *comm; /* in the line; not NUL-terminated */
	size_t comm_length;
	uint64_t pid;
	uint32_t cpu;
	uint64_t t_ns; /* the trace's own clock */
	enum call_context ctx;
	bool has_ctx;	   /* there is such a column */
	bool can_sleep;	   /* by the flags' column; true where there is none */
	const char *event; /* in the line; not NUL-terminated */
	size_t event_length;
	const char *args; /* the rest of the line, NUL-terminated */
	uint64_t lost;	  /* TRACE_LINE_LOST: events; 0: not said how many */
};

enum trace_line_kind trace_line_parse(const char *line, size_t length,
				      struct trace_line *parsed);

/*
 * The value of `key=` among the arguments, up to the next blank; NULL where
 * there is none.
 */
const char *trace_arg(const char *args, const char *key, size_t *length);

#endif
