# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel's fragmentation index: why a request of an order would fail. No
# line where it would not.

heading = 'Why a request would fail: 1 fragmentation, 0 and below too little memory'
y_label = 'fragmentation index'
y(value) = value
set yrange [-0.5:1]
set ytics 0.25

load plots.'/lines.gp'
