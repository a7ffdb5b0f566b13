/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_PAGE_FRAGMENTATION_H
#define KMEMSIM_MODELS_PAGE_FRAGMENTATION_H

/*
 * The kernel's two indices of external fragmentation, in thousandths, from
 * the counts of free blocks by order. Source: mm/vmstat.c, Linux 6.1; Mel
 * Gorman and Andy Whitcroft, "Measuring the Impact of the Linux Memory
 * Manager", 2006.
 */

#include "models/types.h"

/*
 * Share of the free memory that a request of `order` can't use: 0 none, 1000
 * all (or there is no free memory). Source: unusable_free_index().
 */
int unusable_free_index(const uint64_t *nr_free, unsigned int nr_orders,
			unsigned int order);

/*
 * Why a request of `order` would fail: towards 0 for lack of memory, towards
 * 1000 for fragmentation; -1000 where it would not fail.
 * Source: __fragmentation_index().
 */
int fragmentation_index(const uint64_t *nr_free, unsigned int nr_orders,
			unsigned int order);

#endif
