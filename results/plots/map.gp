# SPDX-License-Identifier: GPL-2.0-only
#
# A map of physical memory: each cell is a stretch of it, its colour says the
# migrate type of its pageblocks and how much of them is in use. Over time, x
# is time and y the address, upwards; of one sample, cells fill lines like
# words do, downwards.
#
# Blocks: (x, y, type, share in use) a cell, in columns of cells (lines, of one
# sample); then (first row, row behind the last, name) a zone. kmemsim sets
# map_rows[], map_columns[], map_cell[] (what a cell is), map_tics[] (addresses)
# for each panel.
#
# Each type has a hue and its own part of the way from white to black, so that
# types differ in grey, too, and in each type darker is fuller. The kernel's
# types: 0 unmovable, 1 movable, 2 reclaimable, 3 highatomic, 4 CMA, 5 isolate;
# 6 is no memory, 7 nothing to show.

heading = single ? 'Physical memory, pageblock by pageblock' : \
	'Physical memory over time, by address'
# A panel's own note would be in the map's middle.
do for [p = 1:panels] {
	if (panel_note[p] ne '' && !exists('guessed')) {
		guessed = panel_note[p]
	}
	panel_note[p] = ''
}
if (exists('guessed')) { heading = heading.' ('.guessed.')' }
y_label = 'physical address'
y_label_offset = 0
if (single) { x_label = 'each cell is '.map_cell[1].', from left to right' }

# Nearly empty and full, as 0xrrggbb, by type + 1. Lightness (L* of CIELAB) goes
# from 34 to 10 for unmovable, 93 to 72 movable, 59 to 46 reclaimable, 43 to 36
# highatomic, 69 to 62 CMA, 5 to 0 isolate.
array empty[8] = [ 0x4a449c, 0xd7eefe, 0x0da177, 0xb83911, 0xda9e19, 0x101010, \
	0xb8b8b8, 0xf0f0f0 ]
array full[8] = [ 0x1d0f4d, 0x40bcf2, 0x067c5b, 0xa22500, 0xc48c00, 0x000000, \
	0xb8b8b8, 0xf0f0f0 ]
mix(a, b, share) = a + (b - a) * share
# Red, green or blue (shift 65536, 256, 1). Free memory is white.
shade(type, used, shift) = type < 6 && used < 0.001 ? 255 : \
	mix(part(empty[type + 1], shift), part(full[type + 1], shift), used)

# A letter for a terminal: a capital is more than half full.
letter(type, used) = type == 6 ? '-' : type == 7 ? ' ' : used < 0.001 ? '.' : \
	used < 0.5 ? 'umrhci'[int(type) + 1:int(type) + 1] : \
	'UMRHCI'[int(type) + 1:int(type) + 1]

# The legend, in a line below the heading: each type from nearly empty to full.
array legend_type[6] = [ 1, 0, 2, 3, 4, 5 ]
legend_name = 'movable unmovable reclaimable highatomic CMA isolate'
array legend_at[6] = [ 0.07, 0.185, 0.32, 0.46, 0.595, 0.68 ]
legend_x(n) = left_edge + legend_at[n]
legend_y = 1 - 52.0 / height
# "0x…", as objects take it.
shade_text(type, used) = sprintf('#%02x%02x%02x', int(shade(type, used, 65536)), \
	int(shade(type, used, 256)), int(shade(type, used, 1)))
if (letters) {
	set label 100 '. free, m/M movable, u/U unmovable, r/R reclaimable,'. \
		' h/H highatomic,' at screen 0.02, screen 40.0 / height left
	set label 101 'c/C CMA, i/I isolate, - no memory; a capital: more'. \
		' than half in use' at screen 0.02, screen 22.0 / height left
	# A character a cell, inside the border.
	left_edge = 11.0 / (columns - 1)
	right_edge = (12.0 + map_columns[1]) / (columns - 1)
	set lmargin at screen left_edge
	set rmargin at screen right_edge
	place_panel(p) = margins( \
		1 - (p - 1.0) / panels - 36.0 / height, \
		1 - (p - 1.0) / panels - (54.0 + 18 * map_rows[p]) / height)
} else {
	left_edge = 0.155
	right_edge = 0.865
	top_edge = 75.0 / height
	panel_share = (1.0 - top_edge - bottom_edge) / panels
	set lmargin at screen left_edge
	set rmargin at screen right_edge
	set object 100 rectangle \
		from screen left_edge, screen legend_y - 7.0 / height \
		to screen left_edge + 0.02, screen legend_y + 7.0 / height \
		front fillstyle solid border linecolor rgb '#808080' \
		fillcolor rgb '#ffffff'
	set label 100 'free' at screen left_edge + 0.025, screen legend_y left
	do for [n = 1:6] {
		do for [step = 0:4] {
			set object 100 + 5 * n + step rectangle \
				from screen legend_x(n) + step * 0.008, \
				screen legend_y - 7.0 / height \
				to screen legend_x(n) + (step + 1) * 0.008, \
				screen legend_y + 7.0 / height \
				front fillstyle solid noborder fillcolor rgb \
				shade_text(legend_type[n], step / 4.0 + 0.002)
		}
		set label 100 + n word(legend_name, n) \
			at screen legend_x(n) + 0.045, screen legend_y left
	}
}

border_room = letters ? 0.5 : 0
unset grid
unset key
set border 15
set multiplot
do for [p = 1:panels] {
	load plots.'/panel.gp'
	if (p == 2) {
		unset object
		do for [n = 100:106] { unset label n }
	}
	eval 'set ytics ('.map_tics[p].')'
	if (single) {
		set xrange [-border_room:map_columns[p] + border_room]
		set yrange [map_rows[p] + border_room:-border_room]
		unset xtics
		set xlabel offset 0, letters ? -1 : 0
		unset arrow
		# Lines part the cells.
		do for [x = 1:letters ? 0 : map_columns[p] - 1] {
			set arrow from x, graph 0 to x, graph 1 nohead front \
				linecolor rgb '#d8d8d8' linewidth 0.8
		}
		do for [y = 1:letters ? 0 : map_rows[p] - 1] {
			set arrow from graph 0, first y to graph 1, first y \
				nohead front linecolor rgb '#d8d8d8' \
				linewidth 0.8
		}
	} else {
		half_cell = border_room * (last_time - first_time) / \
			map_columns[p]
		set xrange [first_time - half_cell:last_time + half_cell]
		set yrange [-border_room:map_rows[p] + border_room]
	}
	if (letters) {
		plot data index block(p, 1, 1) \
			using 1:2:(letter($3, $4)) with labels notitle, \
			data index block(p, 1, 2) \
			using (single ? map_columns[p] : last_time): \
			(($1 + $2) / 2.0):3 with labels left offset 1, 0
	} else {
		plot data index block(p, 1, 1) using 1:2: \
			(shade($3, $4, 65536)):(shade($3, $4, 256)): \
			(shade($3, $4, 1)) with rgbimage, \
			data index block(p, 1, 2) \
			using (single ? NaN : first_time):2: \
			(last_time - first_time):(0) with vectors nohead \
			linecolor rgb '#000000' linewidth 0.7, \
			data index block(p, 1, 2) \
			using (single ? map_columns[p] : last_time): \
			(($1 + $2) / 2.0):3 with labels left offset 0.7, 0
	}
}
unset multiplot
