/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_DATABASE_SETUP_H
#define KMEMSIM_RESULTS_DATABASE_SETUP_H

/*
 * Tells SQLite how it is used here: once in a process, before any database is
 * opened. Without it everything works, but more slowly where several threads
 * have databases open.
 */
void results_setup(void);

#endif
