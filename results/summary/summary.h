/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_SUMMARY_SUMMARY_H
#define KMEMSIM_RESULTS_SUMMARY_SUMMARY_H

/*
 * What a run came to, on a screen: how it ended, what was skipped, which rules
 * were broken, whether its CPUs could do the load, its digest, operations with
 * latencies, where their time went, what was done when memory was short,
 * locks, failures by reason, fragmentation of each zone at the end. As text to
 * read, which is silent about what did not happen, or as JSON with all that is
 * in the text and more.
 */

#include "sim/base/error.h"
#include "sim/base/text.h"

struct database;
struct op_stats;
struct timeline_filter;

enum summary_format { SUMMARY_TEXT, SUMMARY_JSON };

/*
 * Appends to `out`. `stats` is what the database's statistics were written
 * from, which need not be read then; NULL: it is not at hand. `timeline`: which
 * events of the one that the run recorded, which comes first; NULL: there is
 * none. -1 with an error added.
 */
int summary_of_database(const struct database *database,
			const struct op_stats *stats,
			enum summary_format format,
			const struct timeline_filter *timeline,
			struct text *out, struct errors *errors);

/* The same of a database file. */
int summary_of_file(const char *path, enum summary_format format,
		    struct text *out, struct errors *errors);

#endif
