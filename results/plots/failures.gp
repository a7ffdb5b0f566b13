# SPDX-License-Identifier: GPL-2.0-only
#
# When allocations failed: a row of bars for each reason, coloured by the largest
# order that failed then, higher where more did (each bar is what failed in a 200th
# of the time). The number at the right edge is all of that reason. Below: reports
# in the kernel's log, and OOM kills. In letters, bars are points.
#
# A block for each reason, a row: time, failures, largest order (NaN: none has
# an order), all of that reason. Then (time, task) an OOM kill, and a block of
# the times of reports. NaN, drawn nowhere, has a range where none of them is.

heading = 'Failed allocations, by reason'
y_label = ''
# The most that failed at a time, of each of the orders, and without one: only
# these are in the legend.
most = 0
array failed_of[machine_orders + 1]
do for [o = -1:machine_orders - 1] {
	undefine all_*
	stats data using (o < 0 ? valid(4) && !valid(3) ? $2 : NaN : \
		$3 == o ? $2 : NaN) name 'all' nooutput
	failed_of[o + 2] = exists('all_records') && all_records > 0 ? all_max : 0
	most = larger(most, failed_of[o + 2])
}
if (most > 1 && !letters) {
	reading = 'A higher bar is more failures at a time, up to '. \
		sprintf('%.0f', most).' (logarithmic).'
}
eval rows_room(longest_series(series))
eval key_place(letters ? right_edge : 0.75, letters ? 0.015 : 0.12)
rows = series + 2
set yrange [rows + 0.5:0.2]
set ytics ()
do for [s = 1:series] { set ytics add (series_name[s] s) }
set ytics add ('kernel log' series + 1, 'OOM kills' series + 2)
high(n) = 0.7 * (1 + log10(n > 0 ? n : 1)) / (1 + log10(most > 0 ? most : 1))
half_bar = 0.0025 * (last_time - first_time)
# -1 stands for no order: gnuplot takes the type of a point that comes of NaN for
# text, and writes an N.
order_in(n) = valid(n) ? int(column(n)) : -1
dot(o) = letters ? (o < 0 ? 24 : mark(o)) : 5
shade(o) = o < 0 ? 0x808080 : colour(o)

beside = letters ? 'right offset -0.5, 0.9' : 'left offset 0.7, 0'

set style fill solid 1 noborder

set multiplot
do for [p = 1:panels] {
	load plots.'/panel.gp'
	plot for [s = 1:letters ? 0 : series] data index block(p, 1, s) \
		using 1:(s):($1 - half_bar):($1 + half_bar): \
		(s - high($2)):(s):(shade(order_in(3))) \
		with boxxyerror linecolor rgb variable notitle, \
		for [s = 1:letters ? series : 0] data index block(p, 1, s) \
		using 1:(s):(dot(order_in(3))):(shade(order_in(3))) \
		with points pointtype variable \
		linecolor rgb variable notitle, \
		for [s = 1:series] data index block(p, 1, s) every 1000 \
		using (last_time):($4 > 0 ? s : NaN): \
		(sprintf('%.0f%s', $4, letters ? '' : ' in all')) \
		with labels @beside notitle, \
		data index block(p, 1, series > 0 ? series + 1 : 2) \
		using 1:(series + 2) with points pointtype 2 pointsize 1.2 \
		linewidth 2 linecolor rgb '#000000' notitle, \
		data index block(p, 1, series > 0 ? series + 2 : 3) \
		using 1:(series + 1) with points pointtype 1 pointsize 1.3 \
		linewidth 1.5 linecolor rgb '#505050' notitle, \
		NaN notitle
}
load plots.'/legend.gp'
plot for [o = machine_orders - 1:-1:-1] NaN with points pointtype dot(o) \
	linecolor rgb shade(o) title failed_of[o + 2] == 0 ? '' : \
	o < 0 ? 'no order' : sprintf('order %d', o), \
	for [n = 1:letters] NaN with points pointtype 1 linecolor rgb '#505050' \
	title 'report', \
	for [n = 1:letters] NaN with points pointtype 2 linecolor rgb '#000000' \
	title 'OOM kill', NaN notitle
unset multiplot
