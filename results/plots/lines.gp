# SPDX-License-Identifier: GPL-2.0-only
#
# A panel per zone, a line per order, a line type per run; bars by order where runs
# have one sample only. The picture's own script says before:
#
#   heading, y_label
#   y(value)        what is drawn of a value (NaN stays NaN)
#   and sets yrange, ytics, logscale.

set style fill solid 0.9 noborder
set boxwidth 0.8 / runs
bar_at(o, r) = o + (r - (runs + 1) / 2.0) * 0.8 / runs

set multiplot
do for [p = 1:panels] {
	load plots.'/panel.gp'
	first = (p - 1) * runs
	if (single) {
		set xtics 1
		set xrange [order[1] - 0.5:order[orders] + 0.5]
		plot for [r = 1:runs] data index first + r - 1 \
			using (bar_at($1, r)):(y($2)) \
			with boxes linecolor rgb run_colour(r) notitle
	} else {
		plot for [o = 1:orders] for [r = 1:runs] \
			data index first + r - 1 \
			using 1:(y(column(o + 1))) \
			with linespoints linecolor rgb colour(order[o]) \
			dashtype r pointtype mark(order[o]) pointsize 0.6 \
			pointinterval marks notitle
	}
}
load plots.'/legend.gp'
if (single) {
	plot for [r = 1:runs] NaN with boxes linecolor rgb run_colour(r) \
		title short(run_name[r])
} else {
	plot for [o = orders:1:-1] NaN with linespoints \
		linecolor rgb colour(order[o]) \
		pointtype mark(order[o]) pointsize 0.6 \
		title sprintf('order %d', order[o]), \
		for [r = 1:(runs > 1 ? runs : 0)] NaN with lines \
		linecolor rgb '#606060' dashtype r title short(run_name[r])
}
unset multiplot
