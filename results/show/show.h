/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_SHOW_SHOW_H
#define KMEMSIM_RESULTS_SHOW_SHOW_H

/*
 * The kernel's own views of memory, as text: what files of /proc would have
 * said at a sample of a run, byte for byte as Linux 6.1 writes them. Of the
 * run as a whole: its kernel's log, and the timeline, which no kernel has a
 * file of.
 */

#include <stdbool.h>

#include "results/show/show_timeline.h"
#include "sim/base/error.h"
#include "sim/base/text.h"

enum show_view {
	SHOW_BUDDYINFO,
	SHOW_PAGETYPEINFO,
	SHOW_ZONEINFO,
	SHOW_SLABINFO,
	SHOW_VMALLOCINFO,
	SHOW_MEMINFO,
	SHOW_TIMELINE, /* of the run, not of a sample… */
	SHOW_DMESG,    /* …and so is this */
	NR_SHOW_VIEWS
};

/* "buddyinfo", …: the names of the files; "timeline", "dmesg". */
extern const char *const show_view_names[NR_SHOW_VIEWS];

struct show_options {
	const char *database;
	enum show_view view;
	/*
	 * Which sample: a label (the last sample that has it), or a time (the
	 * last sample at it or before). NULL: the last of all.
	 */
	const char *at;
	struct timeline_filter timeline; /* SHOW_TIMELINE: which events */
	bool json; /* the numbers as JSON in place of the kernel's text */
};

/*
 * Appends to `out`. -1 with an error added: a database that can't be read, or
 * that has no such sample, or no timeline.
 */
int show_run(const struct show_options *options, struct text *out,
	     struct errors *errors);

#endif
