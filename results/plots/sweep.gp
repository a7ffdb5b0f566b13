# SPDX-License-Identifier: GPL-2.0-only
#
# Metrics of a sweep along one of its axes: a panel a metric, a line for each
# choice on the other axes that vary. Points are means over seeds, bars their
# 95 % intervals.
#
# A block for each metric and line, a row: x, mean, low, high. kmemsim sets
#   x_axis            its name
#   x_values, x_at[], x_text[]    its values
#   x_scale, x_log    1: they stand where they belong; on a logarithmic axis
#   panel_unit[], panel_size[]    the unit to show, and how large it is; 'time'
#                     has tics with units of their own
#   panel_log[], panel_low[], panel_high[]    the metric's axis, in that unit
#   legend_title      the other axes, a line each; longest_axis: characters
#   least_seeds, most_seeds    runs that the means are of

seeds_text = least_seeds == most_seeds ? sprintf('%d seeds', most_seeds) : \
	sprintf('%d to %d seeds', least_seeds, most_seeds)
heading = most_seeds < 2 ? 'One run for each point' : \
	'Means over '.seeds_text.(letters ? '' : ', with 95 % intervals')
x_label = x_axis.(x_log ? ' (logarithmic)' : '')
y_label_offset = 0
left_edge = letters ? 0.16 : 0.11
set lmargin at screen left_edge
# What tells lines apart may be long, as {high: 378, batch: 63}, and the names
# of several axes, which have a line each.
eval legend_room(larger(longest_series(series), longest_axis))
# What stands for a value, where there is room for all of them.
if (!x_scale || x_values <= 12) {
	set xtics ()
	do for [n = 1:x_values] { set xtics add (short(x_text[n]) x_at[n]) }
}
first_x = x_at[1]
last_x = x_at[x_values]
if (x_log) {
	set logscale x
	x_room = (last_x / first_x) ** 0.06
	set xrange [first_x / x_room:last_x * x_room]
} else {
	x_room = last_x > first_x ? (last_x - first_x) * 0.06 : 1
	set xrange [first_x - x_room:last_x + x_room]
}
# Lines stand a little beside each other, so that their bars are seen.
beside(s) = (s - (series + 1) / 2.0) * (series < 7 ? 0.006 : 0.04 / series)
place(x, s) = letters ? x : x_log ? x * (last_x / first_x) ** beside(s) : \
	x + (last_x - first_x) * beside(s)
style_of(s) = 1 + (s - 1) / 12

set multiplot
do for [p = 1:panels] {
	unset logscale y
	set ytics auto
	set yrange [panel_low[p]:panel_high[p]]
	y_label = panel_unit[p].(panel_log[p] ? ' (logarithmic)' : '')
	if (panel_log[p]) {
		set logscale y
		is_time = panel_unit[p] eq 'time'
		tic_text(value) = is_time ? time_text(value) : \
			sprintf('%.12g', value)
		log_low = panel_low[p]
		log_high = panel_high[p]
		load plots.'/log-tics.gp'
	}
	load plots.'/panel.gp'
	in_range(y) = y < panel_low[p] ? panel_low[p] : y
	u = panel_size[p]
	plot for [s = 1:(letters ? 0 : series)] data index block(p, 1, s) \
		using (place($1, s)):($2 / u):(in_range($3 / u)):($4 / u) \
		with yerrorbars pointtype 0 linewidth 1.2 \
		linecolor rgb run_colour(s) notitle, \
		for [s = 1:series] data index block(p, 1, s) \
		using (place($1, s)):($2 / u) with linespoints \
		linewidth 1.6 dashtype style_of(s) pointtype letters ? s : mark(s) \
		pointsize 0.9 linecolor rgb run_colour(s) notitle
}
load plots.'/legend.gp'
if (legend_title ne '' && !letters) { set key title legend_title left }
plot for [s = 1:(series > 1 ? series : 0)] NaN with linespoints linewidth 1.6 \
	dashtype style_of(s) pointtype letters ? s : mark(s) pointsize 0.9 \
	linecolor rgb run_colour(s) title short(series_name[s]), NaN notitle
unset multiplot
