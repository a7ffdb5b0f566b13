/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_PAGE_ZONELIST_H
#define KMEMSIM_MODELS_PAGE_ZONELIST_H

/*
 * In which order the zones of a machine are tried.
 */

#include "models/memory.h"

/*
 * Builds the zonelists of all nodes; their zones must be known. Returns 0, or
 * -1 when the host has no memory.
 */
int zonelist_build(struct memory *memory);
void zonelist_release(struct memory *memory);

#endif
