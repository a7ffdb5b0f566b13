/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_CLI_STEP_TERMINAL_H
#define KMEMSIM_CLI_STEP_TERMINAL_H

/*
 * `kmemsim step` in a terminal: keys in, cells out.
 */

#include "results/step/screen.h"

struct step_session {
	struct stepper_run *run; /* `waiting` is set by the terminal */
	struct step_view *view;
	uint64_t at;	/* the step to begin with… */
	uint64_t at_ns; /* …or the first one then or later; 0: by number */
	bool at_end;
	bool quiz;
	unsigned int asked; /* the score, when it is over */
	unsigned int right;
	bool interrupted; /* by a signal */
};

/*
 * Until the user quits; the terminal is as before then. 0, or -1 with errors
 * added.
 */
int step_in_terminal(struct step_session *session, struct errors *errors);

#endif
