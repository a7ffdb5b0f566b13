# SPDX-License-Identifier: GPL-2.0-only
#
# Free memory of a zone beside its watermarks: below low kswapd is woken, below
# min only those who may use reserves are served. The scale is logarithmic, so
# that the marks are seen beside much free memory. At the top: when kswapd ran
# and when allocations had to reclaim by themselves, anywhere in the machine,
# since the sample before (a larger mark: more often); OOM kills as lines.
#
# A row: time, free, min, low, high (MiB, the marks with their boost), kswapd's
# runs and stalls since the row before, boost. Then a block (time, task) a kill,
# and one (time, length) each time that kswapd was awake, where the run has a
# timeline: drawn as bars. The legend names what is in any panel, and no more.

heading = 'Free memory and watermarks'
y_label = single ? 'MiB' : 'MiB (logarithmic)'
y_label_offset = 0
set y2range [0:1]
if (!single) { set logscale y }
more_is_larger(n) = 0.8 + 0.35 * log10(n > 0 ? n : 1)

if (single) {
	x_label = ' '
	set style fill solid 0.9 noborder
	set boxwidth 0.7
	set xrange [0.3:4.7]
	set xtics ('free' 1, 'min' 2, 'low' 3, 'high' 4)
}

# How many panels have each: 0 or more titles of a legend. `found` has no
# variable where a block has no row.
panels_awake = 0
panels_ran = 0
panels_stalled = 0
panels_killed = 0
do for [p = 1:panels] {
	b = block(p, 1, 1)
	undefine found_*
	stats data index b using ($6 > 0 ? 1 : NaN) name 'found' nooutput
	panels_ran = panels_ran + (exists('found_records') && found_records > 0)
	undefine found_*
	stats data index b using ($7 > 0 ? 1 : NaN) name 'found' nooutput
	panels_stalled = panels_stalled + \
		(exists('found_records') && found_records > 0)
	undefine found_*
	stats data index b + 1 using 1 name 'found' nooutput
	panels_killed = panels_killed + \
		(exists('found_records') && found_records > 0)
	undefine found_*
	stats data index b + 2 using 2 name 'found' nooutput
	panels_awake = panels_awake + \
		(exists('found_records') && found_records > 0)
}

set multiplot
do for [p = 1:panels] {
	load plots.'/panel.gp'
	b = block(p, 1, 1)
	set yrange [*:*]
	stats data index b using 2 name 'free' nooutput
	stats data index b using 3 name 'lowest' nooutput
	stats data index b using 5 name 'highest' nooutput
	top = free_max > highest_max ? free_max : highest_max
	bottom = free_min < lowest_min ? free_min : lowest_min
	bottom = bottom > 0.01 ? bottom : 0.01
	if (single) {
		set yrange [0:top * 1.1]
		plot data index b using (1):2 with boxes \
			linecolor rgb distinct[1] notitle, \
			for [n = 3:5] data index b using (n - 1):n with boxes \
			linecolor rgb '#808080' notitle
	} else {
		# A quarter of the height, above it all, is for the marks.
		log_low = bottom / 1.5
		log_high = top * (top / bottom) ** 0.35 * 1.5
		set yrange [log_low:log_high]
		load plots.'/log-tics.gp'
		plot data index b using 1:2 with lines linewidth 2 \
			linecolor rgb distinct[1] title 'free', \
			data index b using 1:5 with lines dashtype 3 linewidth 1.5 \
			linecolor rgb distinct[3] title 'high', \
			data index b using 1:4 with lines dashtype 2 linewidth 1.5 \
			linecolor rgb '#000000' title 'low', \
			data index b using 1:3 with lines linewidth 1.5 \
			linecolor rgb distinct[5] title 'min', \
			data index b using 1:($6 > 0 ? 0.95 : NaN):(more_is_larger($6)) \
			axes x1y2 with points pointtype 9 pointsize variable \
			linecolor rgb '#505050' notitle, \
			for [n = 1:(panels_ran > 0 ? 1 : 0)] NaN with points \
			pointtype 9 linecolor rgb '#505050' title 'kswapd ran', \
			data index b + 2 using 1:(0.91):2:(0) axes x1y2 \
			with vectors nohead linewidth 4 \
			linecolor rgb '#505050' notitle, \
			data index b + 2 using 1:(0.91) axes x1y2 with points \
			pointtype 5 pointsize 0.35 linecolor rgb '#505050' \
			notitle, \
			for [n = 1:(panels_awake > 0 ? 1 : 0)] NaN \
			with lines linewidth 4 linecolor rgb '#505050' \
			title 'kswapd awake', \
			data index b using 1:($7 > 0 ? 0.87 : NaN):(more_is_larger($7)) \
			axes x1y2 with points pointtype 13 pointsize variable \
			linecolor rgb distinct[5] notitle, \
			for [n = 1:(panels_stalled > 0 ? 1 : 0)] NaN \
			with points pointtype 13 linecolor rgb distinct[5] \
			title 'stalls', \
			data index b + 1 using 1:(1) axes x1y2 with impulses \
			linecolor rgb '#000000' dashtype 4 notitle, \
			for [n = 1:(panels_killed > 0 ? 1 : 0)] NaN with lines \
			linecolor rgb '#000000' dashtype 4 title 'OOM kill'
	}
}
unset multiplot
