/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_PRESSURE_H
#define KMEMSIM_MODELS_PRESSURE_H

/*
 * Who helps when memory is short: the simulated kernel's own kswapd, reclaim,
 * compaction and OOM killer, as the page allocator asks for them.
 */

#include "models/memory.h"

extern const struct pressure_ops kernel_pressure_ops;

#endif
