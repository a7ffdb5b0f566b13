# SPDX-License-Identifier: GPL-2.0-only
#
# The unusable free space index: how much of a zone's free memory a request of
# an order can't use, over time.

heading = 'Free memory that a request can''t use, by the request''s order'
y_label = 'unusable (%)'
y(value) = value
set yrange [0:100]
set ytics 20

load plots.'/lines.gp'
