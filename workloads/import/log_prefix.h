/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_LOG_PREFIX_H
#define KMEMSIM_WORKLOADS_IMPORT_LOG_PREFIX_H

/* Where in a log's line the kernel's own begins: NUL-terminated, as the line. */
const char *log_prefix_end(const char *line);

#endif
