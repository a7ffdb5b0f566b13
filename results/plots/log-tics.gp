# SPDX-License-Identifier: GPL-2.0-only
#
# Tics of a logarithmic y axis from log_low to log_high, so that there are
# always enough labels to read the scale by: powers of ten where the axis spans
# more than three of them, else 1, 2, 5, 10…, and where it spans less than a
# factor of ten, round numbers that are equally far from each other. Scripts may
# say by tic_text(value) how a number reads.

log_span = log10(log_high / log_low)
set ytics ()
if (log_span >= 3.5) {
	log_each = ceil(log_span / 7)
	do for [decade = ceil(log10(log_low)):floor(log10(log_high))] {
		if (decade % log_each == 0) {
			set ytics add (tic_text(10.0 ** decade) \
				10.0 ** decade)
		}
	}
} else { if (log_span >= 1) {
	do for [decade = floor(log10(log_low)):floor(log10(log_high))] {
		do for [step in '1 2 5'] {
			set ytics add (tic_text(step * 10.0 ** decade) \
				step * 10.0 ** decade)
		}
	}
} else {
	# A quarter of what there is to divide, rounded down to 1, 2 or 5.
	log_step = (log_high - log_low) / 4
	log_unit = 10.0 ** floor(log10(log_step))
	log_step = (log_step < 2 * log_unit ? 1 : log_step < 5 * log_unit ? \
		2 : 5) * log_unit
	do for [n = ceil(log_low / log_step):floor(log_high / log_step)] {
		set ytics add (tic_text(n * log_step) n * log_step)
	}
} }
