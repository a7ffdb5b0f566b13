# SPDX-License-Identifier: GPL-2.0-only
#
# Percentiles of latency, a line for each function and way it was served, and in
# it one for each run: from the median to the slowest of all.
#
# A block for each run and line: p50, p90, p99, p99.9, slowest (ns), calls.

heading = 'Latency: percentiles'
y_label = ''
x_label = 'time that the call took (logarithmic)'
if (!letters) { title_room = 14 }
eval rows_room(longest_series(series))
eval legend_room(longest_run(runs_in_legend))
# The times of all panels, before ranges leave some out.
set xrange [*:*]
stats data using 1 name 'p50' nooutput
stats data using 5 name 'slowest' nooutput
time_low = p50_min / 1.5
time_high = slowest_max * 1.5
set yrange [series + 0.5:0.5]
set ytics ()
do for [s = 1:series] { set ytics add (series_name[s] s) }
load plots.'/latency-tics.gp'
# Bands of grey behind every other row.
do for [s = 1:letters ? 0 : series:2] {
	set object s rectangle from graph 0, first s - 0.5 \
		to graph 1, first s + 0.5 behind fillstyle solid noborder \
		fillcolor rgb '#f3f3f3'
}
y(s, r) = s + (r - (runs + 1) / 2.0) * 0.7 / runs
percentile = 'p50 p90 p99 p99.9 slowest'
array mark_of[5] = [ 7, 5, 9, 13, 2 ]
array colour_of[5] = [ 0x29af7f, 0x287d8e, 0x404688, 0x440154, 0xd55e00 ]
# In letters, a number before each of a function's lines says whose it is.
run_letter(r) = sprintf('%d', r)
tint(r, n) = runs > 1 ? run_colour(r) : colour_of[n]

set multiplot
do for [p = 1:panels] {
	load plots.'/panel.gp'
	set title ''
	plot for [s = 1:series] for [r = 1:runs] data index block(p, r, s) \
		using 1:(y(s, r)):($5 - $1):(0) with vectors nohead \
		linecolor rgb '#a0a0a0' notitle, \
		for [n = 1:5] for [s = 1:series] for [r = 1:runs] \
		data index block(p, r, s) using n:(y(s, r)) with points \
		pointtype mark_of[n] pointsize 1 linewidth 1.5 \
		linecolor rgb tint(r, n) notitle, \
		for [r = 1:(many_in_letters ? runs : 0)] for [s = 1:series] \
		data index block(p, r, s) using 1:(y(s, r)):(run_letter(r)) \
		with labels right offset -1, 0 notitle, \
		for [n = 1:5] NaN with points pointtype mark_of[n] \
		linewidth 1.5 linecolor rgb (runs > 1 ? 0x606060 : colour_of[n]) \
		title word(percentile, n), \
		for [r = 1:(many_in_letters ? runs : 0)] NaN with dots \
		title run_letter(r).' '.short(run_name[r]), \
		for [r = 1:(runs > 1 && !letters ? runs : 0)] \
		NaN with lines linewidth 3 \
		linecolor rgb run_colour(r) title short(run_name[r])
}
unset multiplot
