/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_ENGINE_FIBRE_H
#define KMEMSIM_SIM_ENGINE_FIBRE_H

/*
 * Fibres: stacks that take turns on one thread of the host, so that a call
 * deep in the models can sleep in the middle of what it does.
 *
 *	loop -> call -> model -> fibre_park()      the loop's stack stays
 *	                            |              here, with the call on it
 *	                            v
 *	              another stack: loop -> … -> fibre_resume()
 *	                                              |
 *	loop -> call -> model <-----------------------+
 *
 * Whoever parks takes the stack that it is on with it, the loop's frames
 * below it included, and the loop goes on on a spare one: what never sleeps
 * pays nothing. So the loop must keep all it knows outside of its frames.
 */

#include <stdbool.h>

struct fibre;

struct fibres {
	struct fibre *main; /* the caller of fibres_run() */
	struct fibre *current;
	struct fibre *spare; /* ready to go on with the loop */
	struct fibre *all;
	void (*loop)(void *argument);
	void *argument;
};

/*
 * Runs loop(argument) on a fibre until it returns, on whichever fibre that
 * is; those still parked then are gone. 0, or -1: the host has no memory.
 */
int fibres_run(struct fibres *fibres, void (*loop)(void *argument),
	       void *argument);

/*
 * Leaves the current fibre where it is; the loop goes on on another. Returns
 * true when fibre_resume() came back to it; false, at once, when the host has
 * no memory for another. The fibre to be resumed is fibres->current, before.
 */
bool fibre_park(struct fibres *fibres);

/* The loop is over, from wherever this is called: fibres_run() returns. */
_Noreturn void fibres_stop(struct fibres *fibres);

/*
 * Goes on with a parked fibre. The current one, which must be the loop's, is
 * kept to go on with the loop when it is needed again: then this returns.
 */
void fibre_resume(struct fibres *fibres, struct fibre *fibre);

#endif
