/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_REPORT_PAGE_H
#define KMEMSIM_RESULTS_REPORT_PAGE_H

/*
 * A page about runs: one HTML file that needs nothing beside it, with the
 * runs' key figures, pictures and tables. docs/report.md shows one.
 */

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/error.h"
#include "sim/base/text.h"

#define PAGE_RUNS_MAX 16

struct page_options {
	const char *const *databases; /* 1 … PAGE_RUNS_MAX */
	size_t nr_databases;
	const char *title; /* NULL: from the runs' names */
	bool no_pictures;
	/* What there is to say of each run's first failure; NULL: nothing. */
	const char *const *explanations;
	/* Folders of the pictures' scripts; NULL ends them. */
	const char *const *script_dirs;
	/* Once it is not 0, no further picture is drawn. NULL: none. */
	const volatile int *interrupted;
};

/*
 * Appends the page to `out`. -1 with an error added: a database that can't be
 * read, no gnuplot, no memory.
 */
int page_write(const struct page_options *options, struct text *out,
	       struct errors *errors);

#endif
