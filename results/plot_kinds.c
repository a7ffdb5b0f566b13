/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What can be drawn: one entry a picture, the script of the same name beside
 * it in results/plots/. To add a picture: a view in schema.sql if its numbers
 * need one, a script, an entry.
 */

#include "results/plot.h"

#define AT_SAMPLES(value, table, group)                                        \
	"SELECT p.t_ns, v.order_, " value                                      \
	" FROM plot_sample p CROSS JOIN " table " v ON v.sample = p.sample"    \
	" WHERE v.node = :node AND v.zone = :zone " group                      \
	" ORDER BY p.sample, v.order_"

/*
 * The sums of v_free_blocks, but only of the samples that are drawn: SQLite
 * would work out the whole view first.
 */
#define FREE_BLOCKS(value)                                                     \
	AT_SAMPLES(value, "free_area", "GROUP BY p.sample, v.order_")

const struct plot_kind plot_kinds[] = {
	{
		.name = "fragmentation",
		.shows = "free memory that a request can't use, over time, by "
			 "order",
		.query = AT_SAMPLES("v.unusable * 100", "v_fragmentation", ""),
		.first_order = 1,
	},
	{
		.name = "extfrag",
		.shows = "why a request would fail (1: fragmentation, 0: too "
			 "little memory), over time, by order",
		.query = AT_SAMPLES("v.extfrag", "v_fragmentation", ""),
		.first_order = 1,
	},
	{
		.name = "free-blocks",
		.shows = "how many free blocks there are, over time, by order",
		.query = FREE_BLOCKS("sum(v.nr_free)"),
	},
	{
		.name = "free-memory",
		.shows = "free memory stacked by the order of its blocks, over "
			 "time",
		.query = FREE_BLOCKS("(sum(v.nr_free) << v.order_)"
				     " * (SELECT page_size FROM run)"
				     " / 1048576.0"),
		.run_panels = true,
	},
};

const size_t nr_plot_kinds = sizeof(plot_kinds) / sizeof(plot_kinds[0]);
