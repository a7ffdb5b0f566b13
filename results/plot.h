/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_PLOT_H
#define KMEMSIM_RESULTS_PLOT_H

/*
 * Pictures of runs, drawn by gnuplot from scripts that users can copy and
 * change (results/plots/NAME.gp).
 */

#include <stdbool.h>
#include <stddef.h>

#include "sim/base/error.h"

/* A picture that there is a script for: for --what and its help. */
struct plot_kind {
	const char *name;
	const char *shows; /* a line for people */
	/*
	 * Rows of (t_ns, order_, value) of the zone :node, :zone at the
	 * samples in plot_sample, by sample and order; value may be NULL.
	 */
	const char *query;
	unsigned int first_order; /* below it nothing is to be seen */
	bool run_panels; /* a panel for each run, not one with all runs */
};

extern const struct plot_kind plot_kinds[];
extern const size_t nr_plot_kinds;

struct plot_options {
	const char *const *databases;
	size_t nr_databases;
	const char *kind; /* --what */
	const char
		*output;  /* its suffix, .svg, .png or .pdf, says the format */
	const char *zone; /* "Normal"; NULL: the zones with most pages */
	int node;	  /* -1: any */
	unsigned int orders; /* bit o: draw order o; 0: choose */
	/*
	 * Folders to find the scripts in, one after the other; NULL ends
	 * them. Or `script`, used instead of the kind's own (NULL: none).
	 */
	const char *const *script_dirs;
	const char *script;
};

/* -1 with an error added: what was asked for is a wrong usage. */
int plot_check(const struct plot_options *options, struct errors *errors);

/*
 * Draws. The output appears whole or not at all. -1 with an error added: a
 * wrong usage, no samples, no gnuplot, a script that fails.
 */
int plot_draw(const struct plot_options *options, struct errors *errors);

#endif
