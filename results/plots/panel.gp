# SPDX-License-Identifier: GPL-2.0-only
#
# Begins panel p: its place, its title, the axes' names; the heading above the
# first one, the name of the x axis below the last. A picture's script sets
# heading and y_label, x_label where x is not time, and y_label_offset (in
# characters, to the right; usually 1), and loads this in its loop over panels.

eval place_panel(p)
set title letters ? '' : panel_title[p] offset 0, -0.5
set ylabel y_label offset letters ? 0 : \
	exists('y_label_offset') ? y_label_offset : 1
if (p == 1 || letters) {
	set label 1 heading.(!letters ? zones_note : panel_title[p] eq '' ? '' : \
		', '.panel_title[p]) \
		at screen letters ? 0.02 : left_edge, \
		screen letters ? 1 - (p - 1.0) / panels - 10.0 / height : \
		1 - 20.0 / height left font ',17'
} else {
	unset label 1
}
if (p > 1) { unset key }
if (p == panels) {
	set xlabel exists('x_label') ? x_label : single ? 'order' : \
		'simulated time ('.time_unit.')'
}
# What is to be said of the whole panel, in its middle.
if (panel_note[p] ne '') {
	set label 2 panel_note[p] at graph 0.5, graph 0.5 center front \
		textcolor rgb '#202020' font ',15'
} else {
	unset label 2
}
