/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_INITIAL_INITIAL_H
#define KMEMSIM_MODELS_INITIAL_INITIAL_H

/*
 * How memory looks before the first call.
 */

#include "models/memory.h"

/*
 * Fills the free lists and the pageblocks' types of a machine whose zones are
 * set up and empty. Returns 0, or -1 with an error added.
 */
int initial_build(struct memory *memory, uint64_t seed, struct errors *errors);

#endif
