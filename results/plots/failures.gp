# SPDX-License-Identifier: GPL-2.0-only
#
# When allocations failed: a line of points for each reason, coloured by the
# largest order that failed then, larger where more did (each point is what
# failed in a 200th of the time). The number at the right edge is all of that reason.
# Below: reports in the kernel's log, and OOM kills.
#
# A block for each reason, a row: time, failures, largest order (NaN: none has
# an order), all of that reason. Then (time, task) an OOM kill, and a block of
# the times of reports. NaN, drawn nowhere, has a range where none of them is.

heading = 'Failed allocations, by reason'
y_label = ''
left_edge = letters ? 0.2 : 0.15
set lmargin at screen left_edge
rows = series + 2
set yrange [rows + 0.6:0.4]
set ytics ()
do for [s = 1:series] { set ytics add (series_name[s] s) }
set ytics add ('kernel log' series + 1, 'OOM kills' series + 2)
size(n) = 1.1 + 0.4 * log10(n > 0 ? n : 1)
# -1 stands for no order: gnuplot takes the type of a point that comes of NaN for
# text, and writes an N.
order_in(n) = valid(n) ? int(column(n)) : -1
dot(o) = letters ? (o < 0 ? 24 : mark(o)) : 7
shade(o) = o < 0 ? 0x808080 : colour(o)

set multiplot
do for [p = 1:panels] {
	load plots.'/panel.gp'
	plot for [s = 1:series] data index block(p, 1, s) \
		using 1:(s):(size($2)):(dot(order_in(3))): \
		(shade(order_in(3))) \
		with points pointtype variable pointsize variable \
		 linecolor rgb variable notitle, \
		for [s = 1:series] data index block(p, 1, s) every 1000 \
		using (last_time):($4 > 0 ? s : NaN): \
		(sprintf('%.0f', $4)) with labels right offset -0.5, 0.9 \
		notitle, \
		data index block(p, 1, series > 0 ? series + 1 : 2) \
		using 1:(series + 2) with points pointtype 2 pointsize 1.2 \
		linewidth 2 linecolor rgb '#000000' notitle, \
		data index block(p, 1, series > 0 ? series + 2 : 3) \
		using 1:(series + 1) with points pointtype 1 pointsize 1.3 \
		linewidth 1.5 linecolor rgb '#505050' notitle, \
		NaN notitle
}
load plots.'/legend.gp'
plot for [o = machine_orders - 1:0:-1] NaN with points pointtype dot(o) \
	linecolor rgb colour(o) title sprintf('order %d', o), \
	NaN with points pointtype dot(-1) linecolor rgb '#808080' \
	title 'no order', \
	for [n = 1:letters] NaN with points pointtype 1 linecolor rgb '#505050' \
	title 'report', \
	for [n = 1:letters] NaN with points pointtype 2 linecolor rgb '#000000' \
	title 'OOM kill'
unset multiplot
