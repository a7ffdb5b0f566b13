# SPDX-License-Identifier: GPL-2.0-only
#
# After the last panel, before a plot of nothing but titles: the legend, with
# the whole height of the picture for its lines. gnuplot gives a legend no more
# than its own panel's height, and what does not fit is lost.

unset label
unset title
unset xlabel
unset ylabel
unset border
unset tics
unset grid
unset logscale
eval margins(1 - top_edge - title_room / height, 0.0)
set xrange [0:1]
set yrange [0:1]
set key
