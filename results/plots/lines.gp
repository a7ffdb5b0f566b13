# SPDX-License-Identifier: GPL-2.0-only
#
# A panel per zone, a line per order, runs as style.gp says; bars by order where
# runs have one sample only. The picture's own script says before:
#
#   heading, y_label
#   y(value)        what is drawn of a value (NaN stays NaN)
#   legend_has[]    1 for each order that the legend is to name; else all are
#   and sets yrange, ytics, logscale.

set style fill solid 0.9 noborder
set boxwidth 0.8 / runs
bar_at(o, r) = o + (r - (runs + 1) / 2.0) * 0.8 / runs
if (!exists('legend_has')) {
	array legend_has[orders]
	do for [o = 1:orders] { legend_has[o] = 1 }
}

set multiplot
do for [p = 1:panels] {
	load plots.'/panel.gp'
	first = (p - 1) * runs
	if (single) {
		set xtics 1
		set xrange [order[1] - 0.5:order[orders] + 0.5]
		plot for [r = 1:runs] data index first + r - 1 \
			using (bar_at($1, r)):(y($2)) \
			with boxes linetype r linecolor rgb run_colour(r) notitle
	} else {
		plot for [r = 1:runs] for [o = 1:orders] \
			data index first + r - 1 \
			using 1:(y(column(o + 1))) with lines \
			linetype sign_of(r, o) linewidth run_width(r) dashtype run_dash(r) \
			linecolor rgb run_tint(r, colour(order[o])) notitle, \
			for [r = 1:runs] for [o = 1:orders] \
			data index first + r - 1 \
			every marks::first_mark(o, orders) \
			using 1:(y(column(o + 1))) with points \
			linecolor rgb colour(order[o]) \
			pointtype mark(order[o]) pointsize 0.6 notitle
	}
}
load plots.'/legend.gp'
if (single) {
	plot for [r = 1:runs] NaN with boxes linetype r linecolor rgb run_colour(r) \
		title short(run_name[r])
} else {
	# A loop's first index has to be one of the array, also where it ends.
	from_last(n) = orders + 1 - n
	plot for [n = 1:many_in_letters ? orders : 0] NaN with points \
		pointtype mark(order[from_last(n)]) \
		title legend_has[from_last(n)] ? \
		sprintf('order %d', order[from_last(n)]) : '', \
		for [o = orders:many_in_letters ? orders + 1 : 1:-1] \
		NaN with linespoints linetype o linecolor rgb colour(order[o]) \
		pointtype mark(order[o]) pointsize 0.6 \
		title legend_has[o] ? sprintf('order %d', order[o]) : '', \
		for [r = 1:(runs > 1 ? runs : 0)] NaN with lines \
		linetype r linewidth run_width(r) dashtype run_dash(r) \
		linecolor rgb run_tint(r, 0x404040) title short(run_name[r])
}
unset multiplot
