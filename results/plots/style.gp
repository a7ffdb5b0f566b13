# SPDX-License-Identifier: GPL-2.0-only
#
# What all pictures share. `kmemsim plot` runs its own settings first, which
# set these variables, then this file, then the picture's script:
#
#   data            the file of numbers: blocks, panel after panel and in each
#                   run after run, blocks_each for each of these. Kinds by
#                   order: a row is a time and a value for each order, or with
#                   `single` an order and its value. Other kinds' scripts say
#                   what a row is
#   single          1: each run has one sample only
#   letters         1: drawn in letters, for a terminal of so many columns
#   samples         samples of the run with most
#   time_unit       of the first column
#   first_time, last_time    of all runs, in that unit
#   panels, panel_title[]    a panel is a zone (and a run, for some kinds)
#   panel_note[]    what is to be said of a panel; ''
#   runs, run_name[]         runs drawn in each panel
#   run_of_picture  the only one, where no title or legend has it; ''
#   series, series_name[]    what each panel and run has blocks of, if any
#   orders, order[]          orders drawn; machine_orders: how many there are
#   height          of the picture, in pixels
#   panels_left     the names of panels that there was no room for, if any
#   plots           the folder that this file is in
#
# Copy a script, change it, and draw with `kmemsim plot … --script MINE.gp`.

set border 3 linecolor rgb '#606060' linewidth 0.7
set tics out nomirror textcolor rgb '#404040'
if (!letters) { set grid linecolor rgb '#dddddd' linetype 1 linewidth 0.6 }

if (!single && last_time > first_time) {
	set xrange [(first_time < last_time / 50 ? 0 : first_time):last_time]
}

# Orders follow each other, and so do their colours: from dark to light, told
# apart by lightness alone where hues are not (viridis, without its palest
# end).
array viridis[11] = [ 0x440154, 0x482677, 0x404688, 0x33638d, 0x287d8e, \
	0x1f968b, 0x29af7f, 0x55c667, 0x89cb38, 0xbdbe1e, 0xd9a80b ]
colour(o) = viridis[1 + int(o * 10.0 / (machine_orders - 1) + 0.5)]

# Runs and series have no order: Okabe and Ito's colours, told apart whatever
# colours one sees, with Tol's wine in place of yellow, too pale for lines.
array distinct[8] = [ 0x0072b2, 0xe69f00, 0x009e73, 0xcc79a7, 0xd55e00, \
	0x56b4e9, 0x000000, 0x882255 ]
run_colour(r) = distinct[1 + (r - 1) % 8]

# The n-th block of panel p and its r-th run, counted from 1.
block(p, r, n) = ((p - 1) * runs + r - 1) * blocks_each + n - 1

# A mark on each line every so often, another for each order.
marks = samples > 24 ? (samples < 500 ? samples : 500) / 12 : 1
mark(o) = 4 + o % 11

# Panels below each other, the legend to the right of the uppermost (and below
# that, where a script draws it by legend.gp).
left_edge = letters ? 0.14 : 0.1
right_edge = letters ? 0.74 : 0.8
top_edge = (letters ? 0 : 40.0) / height
bottom_edge = (letters ? 25.0 : 45.0) / height
panel_share = (1.0 - top_edge - bottom_edge) / panels
set lmargin at screen left_edge
set rmargin at screen right_edge
margins(top, bottom) = sprintf( \
	"set tmargin at screen %f; set bmargin at screen %f", top, bottom)
# Above a panel is its title, and above that what belongs to the tics before.
title_room = letters ? 30.0 : 42.0
place_panel(p) = margins( \
	1 - top_edge - (p - 1) * panel_share - title_room / height, \
	1 - top_edge - p * panel_share + 30.0 / height)
# The legend has room for so many characters.
name_room = letters ? 13 : 16
short(name) = strlen(name) > name_room ? name[1:name_room - 1].'…' : name
set title textcolor rgb '#303030'
set key at screen right_edge + 0.015, screen 1 - top_edge - (title_room - 4) / height \
	top left Left reverse samplen 2.5 spacing 1.1 textcolor rgb '#303030'

# Behind the heading, where zones had no room.
zones_note = zones_left == 0 ? '' : sprintf('  (%d more zones: --node, --zone)', \
	zones_left)

# A number at a logarithmic axis, where log-tics.gp sets its tics.
tic_text(value) = sprintf('%.12g', value)
