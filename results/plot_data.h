/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_PLOT_DATA_H
#define KMEMSIM_RESULTS_PLOT_DATA_H

/*
 * The numbers of a picture, out of the runs' databases, as gnuplot reads
 * them. Internal to results/.
 */

#include "models/types.h"
#include "results/database.h"
#include "results/plot.h"
#include "sim/base/text.h"

#define PLOT_RUNS_MAX 16
#define PLOT_PANELS_MAX 16

struct plot_run {
	struct database database;
	char *name; /* owned */
	unsigned int nr_orders;
	uint64_t nr_samples;
	uint64_t first_t_ns, last_t_ns; /* of its samples */
};

struct plot_panel {
	int node;
	char zone[16];
	int run; /* -1: all runs in it */
};

struct plot_data {
	const struct plot_kind *kind;
	struct plot_run run[PLOT_RUNS_MAX];
	size_t nr_runs;
	struct plot_panel panel[PLOT_PANELS_MAX];
	int zones_left; /* that there was no panel for */
	size_t nr_panels;
	unsigned int order[MAX_ORDERS]; /* those drawn */
	unsigned int nr_orders;
	unsigned int nr_machine_orders; /* of the run with most */
	uint64_t first_t_ns, last_t_ns; /* of all runs */
	bool single; /* one sample a run: by order, not over time */
	struct text rows;
};

/*
 * Opens the databases and fills everything in. The rows are blocks, two blank
 * lines between them, panel after panel and in it run after run; each row is
 * a time (in units of `ns_per_unit`) and a value for each order drawn, or,
 * where `single` is set, an order and its value. NaN: there is no value. -1
 * with an error added; release in any case.
 */
int plot_data_load(struct plot_data *data, const struct plot_kind *kind,
		   const struct plot_options *options, struct errors *errors);

/* The unit that the times are best read in. */
const char *plot_data_time_unit(const struct plot_data *data,
				double *ns_per_unit);

void plot_data_release(struct plot_data *data);

#endif
