# SPDX-License-Identifier: GPL-2.0-only
#
# Memory that slabs take beyond what callers asked for: free objects, padding
# and what is left at the end of a slab. Stacked over time, the caches that took
# most memory at the bottom.
#
# A block for each cache: time, KiB of this cache and all before it.

heading = 'Memory of slabs that is in no object, by cache'
y_label = 'KiB'
# The same for all runs, so that they compare.
stats data using 2 name 'waste' nooutput
set yrange [0:waste_max > 0 ? waste_max * 1.05 : 1]
set style fill solid 1 noborder
load plots.'/caches.gp'
if (single) {
	set xrange [0:2]
	x_label = 'slab caches, those with most memory at the bottom'
}

set multiplot
do for [p = 1:panels] {
	load plots.'/panel.gp'
	if (single) {
		plot for [s = series:1:-1] data index block(p, 1, s) \
			using (1):2 with boxes linecolor rgb cache_colour(s) \
			title short(series_name[s])
	}
	# In letters only the edges: areas of letters can't be told apart.
	if (!single && letters) {
		plot for [s = series:1:-1] data index block(p, 1, s) \
			using 1:2 with linespoints pointtype mark(s) \
			pointinterval marks title short(series_name[s])
	}
	if (!single && !letters) {
		plot for [s = series:1:-1] data index block(p, 1, s) \
			using 1:2 with filledcurves y1=0 \
			linecolor rgb cache_colour(s) \
			title short(series_name[s])
	}
}
unset multiplot
