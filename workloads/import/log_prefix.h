/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_LOG_PREFIX_H
#define KMEMSIM_WORKLOADS_IMPORT_LOG_PREFIX_H

/* Where the kernel's own begins in a line of a log, NUL-terminated. */
const char *log_prefix_end(const char *line);

#endif
