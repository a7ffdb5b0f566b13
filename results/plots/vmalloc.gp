# SPDX-License-Identifier: GPL-2.0-only
#
# vmalloc's address space: which areas are there, and the holes between them.
# Over time, x is time and y the address; of one sample, x is the address and
# each state has a line.
#
# Blocks: (from, until, first and last address, 1 if freed and not yet purged)
# an area, addresses in MiB from the start of the space; then (first and last
# address) of the areas that were there before the first call.

heading = 'The address space of vmalloc: areas and holes'
y_label = single ? '' : 'MiB above its start'
if (single) { x_label = 'MiB above the start of the space' }
set style fill solid 1 border
# Areas are thin: their border makes them seen.
state(unpurged) = unpurged == 1 ? 0xe69f00 : 0x0072b2
if (single) {
	set xrange [*:*]
	set yrange [3.6:0.4]
	set ytics ('before' 1, 'in use' 2, 'unpurged' 3)
}

set multiplot
do for [p = 1:panels] {
	load plots.'/panel.gp'
	a = block(p, 1, 1)
	if (single) {
		plot data index a + 1 using 1:(1):1:2:(0.7):(1.3) \
			with boxxyerror linewidth 0.4 \
			linecolor rgb '#909090' notitle, \
			data index a using 3:(2):3:4:(1.7 + $5):(2.3 + $5): \
			(state($5)) with boxxyerror linewidth 0.4 \
			linecolor rgb variable notitle
	} else {
		plot data index a + 1 using (first_time):1: \
			(first_time):(last_time):1:2 with boxxyerror \
			linewidth 0.4 linecolor rgb '#b0b0b0' \
			title 'there before', \
			data index a using 1:3:1:2:3:4:(state($5)) \
			with boxxyerror linewidth 0.4 \
			linecolor rgb variable notitle, \
			NaN with boxes linecolor rgb state(0) title 'in use', \
			NaN with boxes linecolor rgb state(1) \
			title 'freed, unpurged'
	}
}
unset multiplot
