/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_SHOW_H
#define KMEMSIM_RESULTS_SHOW_H

/*
 * The kernel's own views of memory, as text: what files of /proc would have
 * said at a sample of a run, byte for byte as Linux 6.1 writes them.
 */

#include <stdbool.h>

#include "sim/base/error.h"
#include "sim/base/text.h"

enum show_view {
	SHOW_BUDDYINFO,
	SHOW_PAGETYPEINFO,
	SHOW_ZONEINFO,
	SHOW_SLABINFO,
	SHOW_VMALLOCINFO,
	SHOW_MEMINFO,
	NR_SHOW_VIEWS
};

/* "buddyinfo", …: the names of the files. */
extern const char *const show_view_names[NR_SHOW_VIEWS];

struct show_options {
	const char *database;
	enum show_view view;
	/*
	 * Which sample: a label (the last sample that has it), or a time (the
	 * last sample at it or before). NULL: the last of all.
	 */
	const char *at;
	bool json; /* the numbers as JSON in place of the kernel's text */
};

/*
 * Appends to `out`. -1 with an error added: a database that can't be read, or
 * that has no such sample.
 */
int show_run(const struct show_options *options, struct text *out,
	     struct errors *errors);

#endif
