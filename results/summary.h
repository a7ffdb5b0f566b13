/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_SUMMARY_H
#define KMEMSIM_RESULTS_SUMMARY_H

/*
 * What a run came to, on a screen: how it ended, its digest, operations with
 * latencies, failures by reason, fragmentation of each zone at the end. As
 * text to read, or as JSON with all that is in the text and more.
 */

#include "sim/base/error.h"
#include "sim/base/text.h"

struct database;

/* Appends to `out`. -1 with an error added. */
int summary_of_database(const struct database *database, bool json,
			struct text *out, struct errors *errors);

/* The same of a database file. */
int summary_of_file(const char *path, bool json, struct text *out,
		    struct errors *errors);

#endif
