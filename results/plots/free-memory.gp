# SPDX-License-Identifier: GPL-2.0-only
#
# Free memory of a zone over time, stacked by the order of the blocks that it
# is in: the largest blocks at the bottom, what is in pieces on top. A panel a
# zone and run.

heading = 'Free memory, by the order of its blocks'
y_label = 'free memory (MiB)'
set style fill solid 1 noborder
set yrange [0:*]
value_of(o) = valid(o + 1) ? column(o + 1) : 0
# What is in blocks of the o-th order drawn and of all above it.
stacked(o) = (sum [n = o:orders] value_of(n))

set multiplot
do for [p = 1:panels] {
	load plots.'/panel.gp'
	if (single) {
		set xtics 1
		set boxwidth 0.8
		set xrange [order[1] - 0.5:order[orders] + 0.5]
		plot data index p - 1 using 1:2 with boxes \
			linecolor rgb run_colour(p) notitle
	}
	# In letters only the edges: areas of letters can't be told apart.
	if (!single && letters) {
		plot for [o = 1:orders] data index p - 1 \
			using 1:(stacked(o)) with linespoints \
			pointtype mark(order[o]) pointinterval marks notitle
	}
	if (!single && !letters) {
		plot for [o = 1:orders] data index p - 1 \
			using 1:(stacked(o)) with filledcurves y1=0 \
			linecolor rgb colour(order[o]) notitle
	}
}
load plots.'/legend.gp'
if (!single && letters) {
	plot for [o = 1:orders] NaN with linespoints \
		pointtype mark(order[o]) title sprintf('order %d', order[o])
}
if (!single && !letters) {
	plot for [o = 1:orders] NaN with boxes linecolor rgb colour(order[o]) \
		title sprintf('order %d', order[o])
}
unset multiplot
