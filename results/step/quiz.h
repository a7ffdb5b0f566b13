/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_STEP_QUIZ_H
#define KMEMSIM_RESULTS_STEP_QUIZ_H

/*
 * Where does the next page come from? Questions before a call begins, and
 * their answers from what it did.
 */

#include "results/step/stepper.h"
#include "sim/base/text.h"

#define STEP_CHOICES_MAX 7

/* Is there a question to a call: does it take pages or an object? */
bool step_asks(const struct call *call);

/* How many choices there are at a STEP_ASKS. */
int step_nr_choices(const struct step *step);

/* The question and its choices, 1 to step_nr_choices(), a line each. */
void step_question(const struct step *step, struct text *out);

/* The right choice, at the STEP_DONE of a call that was asked about. */
int step_right_choice(const struct step *step);

/*
 * What is said of an answer: whether it is right, and the rule why not the
 * others.
 */
void step_verdict(const struct step *step, int choice, struct text *out);

#endif
