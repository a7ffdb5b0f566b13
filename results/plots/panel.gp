# SPDX-License-Identifier: GPL-2.0-only
#
# Begins panel p: its place, its title, the axes' names; the heading above the
# first one, the name of the x axis below the last, and in the corner there
# which run it is, where no legend says so. A picture's script sets
# heading and y_label, x_label where x is not time, y_label_offset (in
# characters, to the right; usually 1) and reading (what a line below the heading
# says of how to read it), and loads this in its loop over panels.

eval place_panel(p)
set title letters ? '' : panel_title[p] offset 0, -0.6
# What had no room: zones by number, others by name.
left_note = exists('panels_left') ? 'not drawn: '.panels_left : zones_note
if (exists('reading')) { left_note = reading }
set ylabel y_label offset letters ? 0 : \
	exists('y_label_offset') ? y_label_offset : 1
if (p == 1 || letters) {
	set label 1 heading.(!letters ? '' : panel_title[p] eq '' ? '' : \
		', '.panel_title[p]) \
		at screen letters ? 0.02 : left_edge, \
		screen letters ? 1 - (p - 1.0) / panels - 10.0 / height : \
		1 - 20.0 / height left font ',17'
	if (!letters && left_note ne '') {
		set label 3 left_note at screen left_edge, \
			screen 1 - 40.0 / height left font ',13' \
			textcolor rgb '#404040'
	}
	if (!letters && run_of_picture ne '') {
		set label 4 run_of_picture at screen 0.99, \
			screen 12.0 / height right font ',13' \
			textcolor rgb '#606060'
	}
} else {
	unset label 1
	unset label 3
	unset label 4
}
if (p > 1) { set key off }
if (p == panels) {
	set xlabel exists('x_label') ? x_label : single ? 'order' : \
		'simulated time ('.time_unit.')'
}
# What is to be said of the whole panel, in its middle; in letters, where there
# is less room, in two lines.
if (panel_note[p] ne '') {
	colon = strstrt(panel_note[p], ': ')
	set label 2 letters && colon ? panel_note[p][1:colon]."\n". \
		panel_note[p][colon + 2:*] : panel_note[p] at graph 0.5, graph 0.5 center front \
		textcolor rgb '#202020' font ',15'
} else {
	unset label 2
}
