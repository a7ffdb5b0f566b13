# SPDX-License-Identifier: GPL-2.0-only
#
# What pictures of slab caches share: colours, and bars where runs have one
# sample only.

cache_colour(s) = series_name[s] eq 'the others' ? 0x909090 : run_colour(s)
if (single) {
	x_label = 'slab caches, those with most memory first'
	set boxwidth 0.7
	set xrange [0.3:series + 0.7]
	unset xtics
}
