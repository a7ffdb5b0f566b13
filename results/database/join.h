/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_DATABASE_JOIN_H
#define KMEMSIM_RESULTS_DATABASE_JOIN_H

/*
 * Several runs in one database: every table holds the rows of all of them,
 * told apart by run_id 1, 2, … in the order in which they are given.
 */

#include <stddef.h>

#include "sim/base/error.h"

/*
 * Writes `output`, which replaces a database that is there. `databases` are
 * paths; of one that holds several runs all are taken, or the one that
 * "PATH#N" names. -1 with an error added: one can't be read, or was written by
 * an older version; `output` is then as it was.
 */
int join_databases(const char *const *databases, size_t nr, const char *output,
		   struct errors *errors);

/*
 * What is replaced must not be what is to be read: -1 with an error added,
 * where `output` is one of the databases.
 */
int join_check_output(const char *const *databases, size_t nr,
		      const char *output, struct errors *errors);

#endif
