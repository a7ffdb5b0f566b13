/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_SHOW_SHOW_DMESG_H
#define KMEMSIM_RESULTS_SHOW_SHOW_DMESG_H

/*
 * The log that a run's kernel has written, as dmesg prints it.
 */

#include "results/database/database.h"
#include "results/text/json.h"

/*
 * Appends each line with the time stamp of its report. -1 with an error added:
 * the run was made before there were logs.
 */
int show_dmesg(const struct database *database, struct text *out,
	       struct errors *errors);

/* The same of what a call had the kernel write, by its seq. */
int show_dmesg_of(const struct database *database, uint64_t seq,
		  struct text *out, struct errors *errors);

/*
 * The same as the member "reports" of the object that is under way; a report's
 * lines are without stamps.
 */
int show_dmesg_json(const struct database *database, struct json *json,
		    struct errors *errors);

#endif
