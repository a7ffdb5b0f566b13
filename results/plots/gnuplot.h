/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_PLOTS_GNUPLOT_H
#define KMEMSIM_RESULTS_PLOTS_GNUPLOT_H

/*
 * Running gnuplot on files in a folder of its own. Internal to results/.
 */

#include "sim/base/error.h"
#include "sim/base/text.h"

/* A folder for one picture's files. Zeroed memory is none. */
struct scratch {
	char *folder; /* owned */
};

int scratch_make(struct scratch *scratch, struct errors *errors);
/* The path of a file there; free() it. NULL with an error added. */
char *scratch_path(const struct scratch *scratch, const char *name,
		   struct errors *errors);
int scratch_write(const struct scratch *scratch, const char *name,
		  const struct text *text, struct errors *errors);
/* Removes the files named, which need not be there, and the folder. */
void scratch_remove(struct scratch *scratch, const char *const *names,
		    size_t nr);

/*
 * Runs gnuplot on the scripts, in one session; what it says goes to the file
 * `messages`. -1 with an error added, gnuplot's own words in it.
 */
int gnuplot_run(const char *const *scripts, size_t nr, const char *messages,
		struct errors *errors);

/* Appends a gnuplot string constant; control characters become blanks. */
void gnuplot_quote(struct text *out, const char *s);

#endif
