# SPDX-License-Identifier: GPL-2.0-only
#
# The unusable free space index: how much of a zone's free memory a request of
# an order can't use, over time.

heading = 'Free memory that a request can''t use, by the request''s order'
y_label = 'unusable (%)'
y(value) = value
# Up to what there is, but no closer than a tenth.
set yrange [0:10<*<100]

load plots.'/lines.gp'
