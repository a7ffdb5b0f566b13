# SPDX-License-Identifier: GPL-2.0-only
#
# The unusable free space index: how much of a zone's free memory a request of
# an order can't use, over time.

heading = 'Free memory that a request can''t use, by the request''s order'
y_label = 'unusable (%)'
y(value) = value
# Up to what there is in any panel, but no closer than a tenth.
highest = 10
do for [o = 2:(single ? 2 : orders + 1)] {
	undefine all_*
	stats data using o name 'all' nooutput
	if (exists('all_max') && all_max > highest) { highest = all_max }
}
set yrange [0:highest > 95 ? 100 : highest * 1.05]

load plots.'/lines.gp'
