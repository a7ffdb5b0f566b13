/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_SPLAT_HINTS_H
#define KMEMSIM_WORKLOADS_IMPORT_SPLAT_HINTS_H

/*
 * Why a log has no report that can be read: what else it tells of memory that
 * could not be had, which people take for one, or what stands before its lines.
 */

#include "sim/base/error.h"

/* All 0 to begin with. */
struct splat_hints {
	const char *other;   /* what a line tells of that is no report's */
	uint64_t other_line; /* the first such line */
	uint64_t zone_line;  /* tells of a zone; 0: none does */
};

/* Looks at a line, given without what was recognised as a log's prefix. */
void splat_hints_look(struct splat_hints *hints, const char *line, uint64_t nr);

/* Adds the error that the log at `place` has no report; -1. */
int splat_hints_no_report(const struct splat_hints *hints, struct place place,
			  struct errors *errors);

/* Adds the error that the report at `place` has no zone; -1. */
int splat_hints_no_zone(const struct splat_hints *hints, struct place place,
			struct errors *errors);

#endif
