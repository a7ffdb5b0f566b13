# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel's fragmentation index: why a request of an order would fail. No
# line where it would not.

heading = 'Why a request would fail: 1 fragmentation, 0 and below too little memory'
y_label = 'fragmentation index'
y(value) = value
set yrange [-0.5:1]
set ytics 0.25

# A panel without a line says why; the legend names the orders that have one.
columns_of_values = single ? 1 : orders
array legend_has[columns_of_values]
do for [o = 1:columns_of_values] { legend_has[o] = 0 }
do for [p = 1:panels] {
	any = 0
	do for [r = 1:runs] {
		do for [o = 1:columns_of_values] {
			undefine all_*
			stats data index (p - 1) * runs + r - 1 using o + 1 \
				name 'all' nooutput
			if (exists('all_records') && all_records > 0) {
				any = 1
				legend_has[o] = 1
			}
		}
	}
	if (!any) { panel_note[p] = 'no request would have failed' }
}

load plots.'/lines.gp'
