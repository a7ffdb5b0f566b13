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
set tics out nomirror scale 0.6 textcolor rgb '#404040'
if (!letters) { set xtics offset 0, 0.3 }
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
# colours one sees, with Tol's wine in place of yellow, too pale for lines, and
# then more of Tol's.
array distinct[12] = [ 0x0072b2, 0xe69f00, 0x009e73, 0xcc79a7, 0xd55e00, \
	0x56b4e9, 0x000000, 0x882255, 0x999933, 0x332288, 0x8b5a2b, 0x44aa99 ]
run_colour(r) = distinct[1 + (r - 1) % 12]

# Runs that share a panel: the first in wide and pale lines, the last in thin
# ones on top, so that each is seen where they coincide and where they jump.
# Of more than three, dashes have to do.
nested = runs > 1 && runs < 4 && !letters
part(rgb, shift) = int(rgb / shift) % 256
paler(part, share) = int(part + (255 - part) * share)
pale(rgb, share) = paler(part(rgb, 65536), share) * 65536 + \
	paler(part(rgb, 256), share) * 256 + paler(part(rgb, 1), share)
inside(r) = runs - r
run_width(r) = nested ? 1.2 + 2.4 * inside(r) : 1.4
run_tint(r, rgb) = nested ? pale(rgb, 0.7 * inside(r) / (inside(r) + 0.4)) : rgb
# In letters a line's signs say the run, and letters on it what it is of.
many_in_letters = letters && runs > 1
sign_of(r, n) = many_in_letters ? r : n
run_dash(r) = nested || letters ? 1 : r

# The n-th block of panel p and its r-th run, counted from 1.
block(p, r, n) = ((p - 1) * runs + r - 1) * blocks_each + n - 1

# A mark on each line every so often, another for each order; not on all of
# them at the same time.
marks = samples > 24 ? (samples < 500 ? samples : 500) / 12 : 1
mark(o) = 4 + o % 11
first_mark(n, of) = int((n - 1) * marks / of)

# Panels below each other, the legend to the right of the uppermost (and below
# that, where a script draws it by legend.gp).
left_edge = letters ? 0.14 : 0.1
right_edge = letters ? 0.74 : 0.8
top_edge = (letters ? 0 : 46.0) / height
bottom_edge = (letters ? 25.0 : 45.0) / height
panel_share = (1.0 - top_edge - bottom_edge) / panels
set lmargin at screen left_edge
margins(top, bottom) = sprintf( \
	"set tmargin at screen %f; set bmargin at screen %f", top, bottom)
# Above a panel is its title, and above that what belongs to the tics before.
title_room = letters ? 30.0 : 42.0
place_panel(p) = margins( \
	1 - top_edge - (p - 1) * panel_share - title_room / height, \
	1 - top_edge - p * panel_share + 30.0 / height)
set title textcolor rgb '#303030'
set key top left Left reverse samplen 2.5 spacing 1.1 textcolor rgb '#303030'

# Names have room for so many characters, 9 pixels each; of a longer one, its
# middle is left out. What is to the right of the panels makes room by
# `eval legend_room(longest)`, names to the left by `eval rows_room(longest)`.
name_room = 13
larger(a, b) = a > b ? a : b
clamp(n, low, high) = n < low ? low : n > high ? high : n
short(name) = strlen(name) <= name_room ? name : name[1:name_room / 2].'…'. \
	name[strlen(name) - (name_room - name_room / 2 - 2):*]
longest_run(r) = r < 1 ? 0 : larger(strlen(run_name[r]), longest_run(r - 1))
longest_series(s) = s < 1 ? 0 : \
	larger(strlen(series_name[s]), longest_series(s - 1))
key_place(right, gap) = sprintf("right_edge = %f; set rmargin at screen %f; " . \
	"set key at screen %f, screen %f", right, right, right + gap, \
	1 - top_edge - (title_room - 4) / height)
legend_room(longest) = letters ? key_place(right_edge, 0.015) : \
	sprintf("name_room = %d; ", clamp(longest, 14, 24)). \
	key_place(1 - 0.075 - 0.009 * clamp(longest, 14, 24), 0.015)
rows_room(longest) = sprintf( \
	"left_edge = %f; set lmargin at screen left_edge", letters ? \
	(clamp(longest, 9, 34) + 3.0) / columns : \
	0.03 + 0.009 * clamp(longest, 11, 34))
runs_in_legend = runs > 1 || single ? runs : 0
eval legend_room(larger(longest_run(runs_in_legend), longest_series(series)))

# Below the heading, where zones had no room.
zones_note = zones_left == 0 ? '' : sprintf('%d more zones: --node, --zone', \
	zones_left)

# A number at a logarithmic axis, where log-tics.gp sets its tics, and a time.
tic_text(value) = sprintf('%.12g', value)
time_text(ns) = ns >= 1e9 ? sprintf('%.12g s', ns / 1e9) : \
	ns >= 1e6 ? sprintf('%.12g ms', ns / 1e6) : \
	ns >= 1e3 ? sprintf('%.12g µs', ns / 1e3) : sprintf('%.12g ns', ns)
