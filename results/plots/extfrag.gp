# SPDX-License-Identifier: GPL-2.0-only
#
# The kernel's fragmentation index: why a request of an order would fail. No
# line where it would not.

heading = 'Why a request would fail: 1 fragmentation, 0 and below too little memory'
y_label = 'fragmentation index'
y(value) = value
set yrange [-0.5:1]
set ytics 0.25

# A panel without a line says why.
do for [p = 1:panels] {
	any = 0
	do for [r = 1:runs] {
		do for [o = 2:(single ? 2 : orders + 1)] {
			undefine all_*
			stats data index (p - 1) * runs + r - 1 using o \
				name 'all' nooutput
			if (exists('all_records') && all_records > 0) { any = 1 }
		}
	}
	if (!any) { panel_note[p] = 'no request would have failed' }
}

load plots.'/lines.gp'
