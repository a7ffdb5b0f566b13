# SPDX-License-Identifier: GPL-2.0-only
#
# Times in ns along a logarithmic x axis, in units that people read. 0 is drawn
# at 0.5.

set xtics ('0' 0.5, '1 ns' 1, '10 ns' 10, '100 ns' 100, '1 µs' 1e3, '10 µs' 1e4, \
	'100 µs' 1e5, '1 ms' 1e6, '10 ms' 1e7, '100 ms' 1e8, '1 s' 1e9, \
	'10 s' 1e10, '100 s' 1e11, '1000 s' 1e12)
