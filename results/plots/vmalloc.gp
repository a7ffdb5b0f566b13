# SPDX-License-Identifier: GPL-2.0-only
#
# vmalloc's address space: areas, and the holes between them, which are white.
# Over time, x is time and y the address; of one sample, x is the address, with
# a line for each state. A cell that areas fill only in part is paler.
#
# A row per cell: x, y, state (0 there before the first call, 1 in use, 2 freed
# and not yet purged), share of it that is in areas; addresses in MiB.

heading = 'The address space of vmalloc: areas and holes'
y_label = single ? '' : 'MiB above its start'
if (single) { x_label = 'MiB above the start of the space' }
array state_colour[3] = [ 0xc4c4c4, 0x0072b2, 0xe69f00 ]
# However little there is, it is to be seen.
paint(share) = share < 0.0005 ? 0 : 0.25 + 0.75 * (share < 1 ? share : 1)
shade(state, share, shift) = 255 + (part(state_colour[state + 1], shift) - 255) \
	* paint(share)
letter(state, share) = share < 0.0005 ? ' ' : share < 0.5 ? \
	'buf'[int(state) + 1:int(state) + 1] : 'BUF'[int(state) + 1:int(state) + 1]
set yrange [*:*]
set autoscale yfix
if (single) {
	set xrange [*:*]
	set autoscale xfix
	set yrange [3.6:0.4]
	set ytics ('before' 1, 'in use' 2, 'unpurged' 3)
}

set multiplot
do for [p = 1:panels] {
	load plots.'/panel.gp'
	if (panel_note[p] ne '') {
		set label 2 panel_note[p] at graph 0.01, graph 0.93 left
	}
	if (letters) {
		plot data index block(p, 1, 1) \
			using 1:2:(letter($3, $4)) with labels notitle, \
			NaN with points pointtype 2 title 'before', \
			NaN with points pointtype 21 title 'in use', \
			NaN with points pointtype 6 title 'unpurged'
	} else {
		plot data index block(p, 1, 1) using 1:2: \
			(shade($3, $4, 65536)):(shade($3, $4, 256)): \
			(shade($3, $4, 1)) with rgbimage notitle, \
			NaN with boxes fillstyle solid \
			linecolor rgb state_colour[1] title 'there before', \
			NaN with boxes fillstyle solid \
			linecolor rgb state_colour[2] title 'in use', \
			NaN with boxes fillstyle solid \
			linecolor rgb state_colour[3] title 'unpurged'
	}
}
unset multiplot
