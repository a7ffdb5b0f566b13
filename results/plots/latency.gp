# SPDX-License-Identifier: GPL-2.0-only
#
# How long calls took: the share of them that was done after a time, for each
# way they were served. A panel a function, a colour a way; runs as style.gp says.
#
# A block for each run and way: latency in ns, share in percent.

heading = 'Latency: calls that were done by then'
y_label = 'calls (%)'
x_label = 'time that the call took (logarithmic)'
# The times of all panels, before ranges leave some out.
set xrange [*:*]
stats data using 1 name 'all' nooutput
time_low = all_min / 1.5
time_high = all_max * 1.5
set yrange [0:100]
load plots.'/latency-tics.gp'

set multiplot
do for [p = 1:panels] {
	load plots.'/panel.gp'
	plot for [r = 1:runs] for [s = 1:series] data index block(p, r, s) \
		using 1:2 with steps linetype sign_of(r, s) \
		linewidth run_width(r) dashtype run_dash(r) \
		linecolor rgb run_tint(r, run_colour(s)) notitle, \
		for [r = 1:(many_in_letters ? runs : 0)] for [s = 1:series] \
		data index block(p, r, s) using 1:2 every 4 \
		with points pointtype s notitle, \
		for [s = 1:(many_in_letters ? 0 : series)] \
		NaN with lines linetype s linewidth 2 \
		linecolor rgb run_colour(s) title short(series_name[s]), \
		for [s = 1:(many_in_letters ? series : 0)] \
		NaN with points pointtype s title short(series_name[s]), \
		for [r = 1:(runs > 1 ? runs : 0)] NaN with lines \
		linetype r linewidth run_width(r) dashtype run_dash(r) \
		linecolor rgb run_tint(r, 0x404040) title short(run_name[r])
}
unset multiplot
