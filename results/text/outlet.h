/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_TEXT_OUTLET_H
#define KMEMSIM_RESULTS_TEXT_OUTLET_H

/*
 * Where a long result goes while it is made, so that it need not be kept whole,
 * and its reader can say that it is enough.
 */

#include "sim/base/text.h"

#define OUTLET_BYTES 65536 /* about as many are handed out at a time */

struct outlet {
	/*
	 * Asked several times a second. Takes what is in `out`, and leaves it
	 * empty; or returns false: nobody wants any more.
	 */
	bool (*take)(void *argument, struct text *out);
	void *argument;
};

/* May the result go on? NULL: it may, and all of it stays in `out`. */
static inline bool outlet_take(const struct outlet *outlet, struct text *out)
{
	return !outlet || outlet->take(outlet->argument, out);
}

#endif
