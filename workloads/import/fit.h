/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_FIT_H
#define KMEMSIM_WORKLOADS_IMPORT_FIT_H

/*
 * From a workload of events to generators that do much the same: what
 * `import --fit` makes of a trace.
 */

#include <stdio.h>

#include "sim/base/error.h"
#include "sim/base/text.h"

/*
 * Reads the workload at `path`, three times, and writes one with generators to
 * `out`, under the same name; `from` is what its comment says it is from. What
 * was fitted how well, and what was lost, is appended to *report. 0, or -1
 * with errors added.
 */
int workload_fit(const char *path, const char *from, FILE *out,
		 struct text *report, struct errors *errors);

#endif
