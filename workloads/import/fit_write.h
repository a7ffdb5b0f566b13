/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_FIT_WRITE_H
#define KMEMSIM_WORKLOADS_IMPORT_FIT_WRITE_H

/* A group of allocations as a generator. */

#include "sim/base/text.h"
#include "workloads/import/fit_group.h"

/*
 * Appends the group, as a list's item, to *yaml, and a line about how well it
 * fits to *report. Its records are put in another order. -1: the host has no
 * memory.
 */
int fit_write_group(const struct fit_group *group, size_t number,
		    const struct names *names, struct text *yaml,
		    struct text *report);

#endif
