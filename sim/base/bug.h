/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_BASE_BUG_H
#define KMEMSIM_BASE_BUG_H

/*
 * BUG() is for our own mistakes only: a broken invariant, a case that the
 * callers promised not to produce. It prints where and aborts. Bad input and
 * an exhausted host are ordinary errors (see error.h); simulated exhaustion is
 * a result.
 */

#include <stdio.h>
#include <stdlib.h>

#define BUG(what)                                                              \
	do {                                                                   \
		fprintf(stderr, "kmemsim: BUG at %s:%d: %s\n", __FILE__,       \
			__LINE__, (what));                                     \
		abort();                                                       \
	} while (0)

#define BUG_ON(condition)                                                      \
	do {                                                                   \
		if (__builtin_expect(!!(condition), 0))                        \
			BUG(#condition);                                       \
	} while (0)

#endif
