# SPDX-License-Identifier: GPL-2.0-only
#
# How many of the objects that a cache's slabs have room for are in use, over
# time: the caches that took most memory, and all others together.
#
# A block for each cache: time, share in use (%), memory of its slabs (MiB).

heading = 'Objects in use, of those that slabs have room for'
y_label = 'in use (%)'
set yrange [0:100]
set style fill solid 0.9 noborder
load plots.'/caches.gp'

set multiplot
do for [p = 1:panels] {
	load plots.'/panel.gp'
	if (single) {
		plot for [s = 1:series] data index block(p, 1, s) \
			using (s):2 with boxes linecolor rgb cache_colour(s) \
			title short(series_name[s])
	} else {
		plot for [s = 1:series] data index block(p, 1, s) using 1:2 \
			with lines linewidth 1.5 \
			linecolor rgb cache_colour(s) notitle, \
			for [s = 1:series] data index block(p, 1, s) \
			every marks::first_mark(s, series) using 1:2 \
			with points linecolor rgb cache_colour(s) \
			pointtype mark(s) pointsize 0.6 notitle, \
			for [s = 1:series] NaN with linespoints linewidth 1.5 \
			linecolor rgb cache_colour(s) pointtype mark(s) \
			pointsize 0.6 title short(series_name[s])
	}
}
unset multiplot
