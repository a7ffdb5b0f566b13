/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The kernel's two indices of external fragmentation.
 *
 * Both look at nothing but the counts of free blocks by order. With F free
 * pages in B blocks, and S blocks' worth of the order o among them (a block
 * of a higher order counts as often as o fits into it):
 *
 *	unusable = 1000 (F - 2^o S) / F		rounded down
 *	extfrag  = 1000 - (1000 + 1000 F / 2^o) / B	each division down
 *
 * The unusable index is a share: how much of the free memory a request of
 * that order can't have. With no free memory at all, all of it is unusable.
 *
 * The extfrag index compares B with the number of blocks that F would need
 * if it were in blocks of the order: near 1000 there are far more blocks, so
 * memory is there and in pieces; at 0 and below memory itself is short. It
 * has no meaning where a block is there, and is -1000 then; with no free
 * block of any order it is 0.
 *
 * Sources: fill_contig_page_info(), unusable_free_index() and
 * __fragmentation_index() in mm/vmstat.c, Linux 6.1 (shown in
 * /sys/kernel/debug/extfrag/); Gorman and Whitcroft, 2006, for what they
 * mean.
 *
 * Left out: nothing. Pages on per-CPU lists are not free blocks, here as
 * there.
 */

#include "models/page/fragmentation.h"

struct free_memory {
	uint64_t pages;
	uint64_t blocks;
	uint64_t suitable; /* blocks' worth of the order asked for */
};

static struct free_memory count_free(const uint64_t *nr_free,
				     unsigned int nr_orders, unsigned int order)
{
	struct free_memory counted = { 0, 0, 0 };
	unsigned int o;

	for (o = 0; o < nr_orders; o++) {
		counted.pages += nr_free[o] << o;
		counted.blocks += nr_free[o];
		if (o >= order)
			counted.suitable += nr_free[o] << (o - order);
	}
	return counted;
}

int unusable_free_index(const uint64_t *nr_free, unsigned int nr_orders,
			unsigned int order)
{
	struct free_memory counted = count_free(nr_free, nr_orders, order);

	if (!counted.pages)
		return 1000;
	return (int)((counted.pages - (counted.suitable << order)) * 1000 /
		     counted.pages);
}

int fragmentation_index(const uint64_t *nr_free, unsigned int nr_orders,
			unsigned int order)
{
	struct free_memory counted = count_free(nr_free, nr_orders, order);

	if (!counted.blocks)
		return 0;
	if (counted.suitable)
		return -1000;
	return 1000 - (int)((1000 + counted.pages * 1000 / (1ULL << order)) /
			    counted.blocks);
}
