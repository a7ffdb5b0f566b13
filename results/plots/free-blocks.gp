# SPDX-License-Identifier: GPL-2.0-only
#
# How many free blocks of each order a zone has, over time. The scale is
# logarithmic, so that 3 blocks of order 10 are seen beside 3,000 of order 0;
# none is drawn at the lower edge, below 1.

heading = 'Free blocks, by order'
y_label = 'blocks'
y(value) = value > 0 ? value : (value == 0 ? 0.5 : NaN)
set logscale y
set yrange [0.5:*]
set format y '%.0f'
set ytics ('0' 0.5, 1, 10, 100, 1000, 10000, 100000, 1000000, 10000000)

load plots.'/lines.gp'
