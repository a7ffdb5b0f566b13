/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_PLOTS_PLOT_H
#define KMEMSIM_RESULTS_PLOTS_PLOT_H

/*
 * Pictures of runs, drawn by gnuplot from scripts that users can copy and
 * change (results/plots/NAME.gp): into a file, as the text of an SVG for a
 * page, or in letters for a terminal.
 */

#include <stdbool.h>
#include <stddef.h>

#include "results/compare/metric_families.h"
#include "sim/base/error.h"
#include "sim/base/text.h"

#define PLOT_OTHERS "the others" /* what has no series of its own, as one */

/* What a panel of a picture is of. */
enum plot_panels {
	PLOT_ZONES,	   /* a zone, with all runs in it */
	PLOT_ZONES_OF_RUN, /* a zone of one run */
	PLOT_RUNS,	   /* a run */
	PLOT_NAMED,	   /* what `panel_names` names, with all runs in it */
	PLOT_ONE,	   /* there is one, with all runs in it */
};

/* How a picture's numbers are laid out: results/plots/plot_data.h. */
enum plot_layout {
	PLOT_BY_ORDER,
	PLOT_BY_SERIES,
	PLOT_MAP,
	PLOT_VMALLOC,
	PLOT_SWEEP, /* of a sweep, not of runs */
};

#define PLOT_MORE 2

/*
 * A picture that there is a script for. The queries are of one run's database
 * and may use plot_sample (sample, t_ns: those that are drawn), :node, :zone
 * and :panel (the panel's), :series, and :unit (ns in a unit of time).
 */
struct plot_kind {
	const char *name;
	const char *shows; /* a line for people */
	enum plot_panels panels;
	enum plot_layout layout;
	int version;		  /* of the tables that it needs; 0: any */
	bool no_samples;	  /* it looks at none */
	bool empty_too;		  /* drawn, and says so, where nothing is */
	unsigned int first_order; /* below it nothing is to be seen */
	double panel_height;	  /* in pixels; 0: 300 */
	double row_height;	  /* … and for each series: it has a row */
	/* One number: is there anything to draw? NULL: yes. */
	const char *has;
	const char *has_not; /* … says this, if not */
	/* What the queries below look into, a table of the session; or NULL. */
	const char *prepare;
	/* Names, one per row, the most important first. NULL: none. */
	const char *panel_names;
	const char *series;
	/*
	 * The rows. PLOT_BY_ORDER: (t_ns, order_, value) by sample and order;
	 * value may be NULL. PLOT_BY_SERIES: any columns, for each series.
	 */
	const char *query;
	const char *more[PLOT_MORE]; /* further rows, of no series; or NULL */
	const char *note; /* one text for each panel and run; or NULL */
};

extern const struct plot_kind plot_kinds[];
extern const size_t nr_plot_kinds;

struct plot_options {
	const char *const *databases;
	size_t nr_databases;
	const char *kind; /* --what */
	/*
	 * Its suffix, .svg, .png or .pdf, says the format. "-": letters for a
	 * terminal, by plot_to_text() only.
	 */
	const char *output;
	const char *zone;    /* "Normal"; NULL: the zones with most pages */
	int node;	     /* -1: any */
	unsigned int orders; /* bit o: draw order o; 0: choose */
	/*
	 * Of a sweep, whose folder stands in place of the databases: along
	 * which axis (NULL: the first that varies), which metrics (none: the
	 * most telling ones that vary), and "AXIS=VALUE" of what to leave in.
	 */
	const char *x;
	const struct named_metric *metrics;
	size_t nr_metrics;
	const char *const *only;
	size_t nr_only;
	/* Only this sample: a label, or the last one by a time. NULL: all. */
	const char *at;
	/* Of the terminal, in characters; 0: 80 and 24. */
	unsigned int columns, lines;
	bool colours; /* the terminal has them */
	/* What an SVG is called in a page, and its parts' ids begin with. */
	const char *id; /* NULL: the kind's name */
	/*
	 * Folders to find the scripts in, one after the other; NULL ends
	 * them. Or `script`, used instead of the kind's own (NULL: none).
	 */
	const char *const *script_dirs;
	const char *script;
	/* Once it is not 0, nothing more is drawn. NULL: none. */
	const volatile int *interrupted;
};

static inline bool plot_is_of_runs(const struct plot_kind *kind)
{
	return kind->layout != PLOT_SWEEP;
}

/* NULL: there is none of that name. */
const struct plot_kind *plot_find_kind(const char *name);

/* -1 with an error added: what was asked for is a wrong usage. */
int plot_check(const struct plot_options *options, struct errors *errors);

/*
 * 1: one of the databases has what the kind shows; 0: none; -1 with an error
 * added: one can't be read.
 */
int plot_has_data(const struct plot_options *options,
		  const struct plot_kind *kind, struct errors *errors);

/*
 * Draws. The output appears whole or not at all. -1 with an error added: a
 * wrong usage, no samples, no gnuplot, a script that fails.
 */
int plot_draw(const struct plot_options *options, struct errors *errors);

/*
 * As plot_draw(), but appends the picture to `out`: in letters where the
 * output is "-", otherwise (or NULL) as a whole SVG document.
 */
int plot_to_text(const struct plot_options *options, struct text *out,
		 struct errors *errors);

#endif
