/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_TRACE_DAT_H
#define KMEMSIM_WORKLOADS_IMPORT_TRACE_DAT_H

/*
 * A binary trace.dat of trace-cmd's, as the lines that its text would have.
 */

#include "sim/base/error.h"

struct trace_dat;

/* Do these bytes begin such a file? */
bool trace_dat_is_one(const char *bytes, size_t length);

/*
 * Opens the file at `path`, which can't be a pipe. NULL with an error added:
 * it can't be read, or the host has no memory.
 */
struct trace_dat *trace_dat_open(const char *path, struct errors *errors);

/*
 * The next line in the order of time, as ftrace's `trace` has them, with times
 * in ns; valid until the next call. 1; 0 at the end; -1 with an error.
 */
int trace_dat_next(struct trace_dat *dat, const char **line, size_t *length,
		   struct errors *errors);

void trace_dat_close(struct trace_dat *dat);

#endif
