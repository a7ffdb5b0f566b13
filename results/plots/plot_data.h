/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_PLOTS_PLOT_DATA_H
#define KMEMSIM_RESULTS_PLOTS_PLOT_DATA_H

/*
 * The numbers of a picture, out of the runs' databases, as gnuplot reads
 * them. Internal to results/.
 */

#include "models/types.h"
#include "results/database/database.h"
#include "results/plots/plot.h"
#include "sim/base/text.h"

#define PLOT_RUNS_MAX 16
#define PLOT_PANELS_MAX 16
#define PLOT_SERIES_MAX 48

struct plot_run {
	struct database database;
	char *name; /* owned */
	unsigned int nr_orders;
	uint64_t nr_samples;		/* that it has; 1 with options->at */
	uint64_t first_t_ns, last_t_ns; /* of its samples */
};

struct plot_panel {
	int node;
	char zone[16];
	char name[128]; /* of one that is no zone's */
	int run;	/* -1: all runs in it */
	char *note;	/* owned; NULL: none */
};

struct plot_data {
	const struct plot_kind *kind;
	const struct plot_options *options; /* borrowed */
	struct plot_run run[PLOT_RUNS_MAX];
	size_t nr_runs;
	struct plot_panel panel[PLOT_PANELS_MAX];
	int zones_left; /* that there was no panel for */
	size_t nr_panels;
	unsigned int order[MAX_ORDERS]; /* those drawn */
	unsigned int nr_orders;
	unsigned int nr_machine_orders; /* of the run with most */
	char *series[PLOT_SERIES_MAX];	/* owned */
	size_t nr_series;
	/* All of them, a line feed before, between and behind; owned. */
	struct text series_list;
	unsigned int blocks_each;	/* for a panel and run */
	uint64_t first_t_ns, last_t_ns; /* of all runs */
	bool single; /* one sample a run: the state then, not over time */
	struct text settings; /* the kind's own */
	struct text rows;
};

/*
 * Opens the databases and fills everything in. The rows are blocks, two blank
 * lines between them, panel after panel and in it run after run, blocks_each
 * for each of those:
 *
 * PLOT_BY_ORDER: one. A row is a time (in units of plot_data_time_unit()) and
 * a value for each order drawn, or, where `single` is set, an order and its
 * value.
 * PLOT_BY_SERIES: one for each series, or one where there are none; then one
 * for each of the kind's further queries. A row is what the query gives.
 * PLOT_MAP, PLOT_VMALLOC, PLOT_SWEEP: results/plots/plot_map.c, plot_vmalloc.c
 * and plot_sweep.c say which.
 *
 * NaN: there is no value. -1 with an error added; release in any case.
 */
int plot_data_load(struct plot_data *data, const struct plot_kind *kind,
		   const struct plot_options *options, struct errors *errors);

/* The unit that the times are best read in. */
const char *plot_data_time_unit(const struct plot_data *data,
				double *ns_per_unit);

/* Is it drawn in letters, for a terminal? */
bool plot_in_letters(const struct plot_options *options);

/* … of so many, and for each panel so many lines; never too few to draw in. */
unsigned int plot_columns(const struct plot_options *options);
unsigned int plot_lines(const struct plot_options *options);

/* Does the panel show the run? */
bool plot_panel_has_run(const struct plot_panel *panel, size_t run);

/* Gives a query of the panel and run what it asks for. NULL series: none. */
void plot_bind(const struct plot_data *data, sqlite3_stmt *statement,
	       const struct plot_panel *panel, const char *series);

void plot_data_release(struct plot_data *data);

/* ---- parts of plot_data_load(), each in a file of its own ---------------- */

/* results/plots/plot_panels.c: which panels there are. */
int plot_choose_panels(struct plot_data *data, struct errors *errors);
/* Adds that the run has none such as was asked for. Returns -1, always. */
int plot_no_zone(const struct plot_run *run, const struct plot_options *options,
		 struct errors *errors);

/* The rows of a panel and run, by the kind's layout. */
int plot_add_by_order(struct plot_data *data, struct plot_panel *panel,
		      const struct plot_run *run, struct errors *errors);
int plot_add_by_series(struct plot_data *data, struct plot_panel *panel,
		       const struct plot_run *run, struct errors *errors);
int plot_add_map(struct plot_data *data, struct plot_panel *panel,
		 const struct plot_run *run, struct errors *errors);

int plot_add_vmalloc(struct plot_data *data, struct plot_panel *panel,
		     const struct plot_run *run, struct errors *errors);

/* In place of all of it, of a sweep. -1 with an error added. */
int plot_load_sweep(struct plot_data *data, struct errors *errors);

/* The kind's note on the panel, which may be of several runs: the first's. */
int plot_add_note(struct plot_data *data, struct plot_panel *panel,
		  const struct plot_run *run, struct errors *errors);

/* The drawn sample nearest to a time; 0: the run has none there. */
int plot_nearest_sample(const struct plot_run *run, double t_ns,
			uint64_t *sample, struct errors *errors);

/* results/plots/plot_series.c: names of the series, of all runs together. */
int plot_choose_series(struct plot_data *data, struct errors *errors);

/* results/plots/plot_settings.c: what the scripts are told. */
void plot_add_settings(struct text *out, const struct plot_data *data,
		       double height);

/* A number behind a blank. */
void plot_add_number(struct text *rows, double value);

#endif
