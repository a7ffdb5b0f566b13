# SPDX-License-Identifier: GPL-2.0-only
#
# A logarithmic x axis of times in ns, from time_low to time_high, in units that
# people read: powers of ten, with 2 and 5 in between where there would be few.
# 0 is drawn at 0.5, and stands where 1 would otherwise.

set logscale x
set xrange [time_low:time_high]
set xtics (time_low < 0.7 ? '0' : '' time_low < 0.7 ? 0.5 : 1)
decades = log10(time_high / time_low)
decades_each = letters ? ceil(decades / 4) : 1
do for [decade = floor(log10(time_low)):ceil(log10(time_high)):decades_each] {
	do for [step in (decades < 2.85 ? '1 2 5' : '1')] {
		time = step * 10.0 ** decade
		if (time >= larger(time_low, time_low < 0.7 ? 2 : 1)) {
			set xtics add (time_text(time) time)
		}
	}
}
