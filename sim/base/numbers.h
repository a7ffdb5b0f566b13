/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_BASE_NUMBERS_H
#define KMEMSIM_BASE_NUMBERS_H

/* Small arithmetic that everybody needs. */

#include <stdint.h>

/* How many elements an array has; not of a pointer. */
#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

/* The next multiple of `step`, which is not 0; the sum must fit 64 bits. */
static inline uint64_t round_up(uint64_t n, uint64_t step)
{
	return (n + step - 1) / step * step;
}

/* Of two numbers of like type; each is worked out once. */
#define smaller(a, b)                                                          \
	({                                                                     \
		__typeof__(a) one_ = (a);                                      \
		__typeof__(b) other_ = (b);                                    \
		one_ < other_ ? one_ : other_;                                 \
	})
#define larger(a, b)                                                           \
	({                                                                     \
		__typeof__(a) one_ = (a);                                      \
		__typeof__(b) other_ = (b);                                    \
		one_ > other_ ? one_ : other_;                                 \
	})

#endif
