/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * GFP flags as trace events print them. Names change from kernel to kernel;
 * about when, and what they were:
 *
 *	early 4.x	flags without underscores (GFP_ZERO, GFP_WAIT)
 *	early 4.x	__GFP_WAIT: may reclaim; __GFP_NO_KSWAPD takes the
 *			waking of kswapd away
 *	mid 4.x		__GFP_REPEAT, now __GFP_RETRY_MAYFAIL
 *	mid 4.x		__GFP_COLD, __GFP_NOTRACK, GFP_TEMPORARY
 *	after 6.1	no __GFP_ATOMIC: it is part of GFP_ATOMIC
 *
 * A mask as a number, and bits that a kernel had no name for, are read by the
 * bits of that kernel: gfp_bits.c.
 */
#include <string.h>

#include "sim/base/text.h"
#include "workloads/import/trace_gfp.h"
#include "sim/base/numbers.h"

struct other_name {
	const char *name;
	gfp_t flags;
};

/* Those that gfp_names[] has not: no header ever spelled them so. */
static const struct other_name other_names[] = {
	{ "none", 0 },
	{ "GFP_MOVABLE_STABLE", GFP_KERNEL | __GFP_MOVABLE },
	{ "GFP_WAIT", __GFP_RECLAIM },
	{ "GFP_REPEAT", __GFP_RETRY_MAYFAIL },
	{ "GFP_HIGH", __GFP_HIGH },
	{ "GFP_IO", __GFP_IO },
	{ "GFP_FS", __GFP_FS },
	{ "GFP_ZERO", __GFP_ZERO },
	{ "GFP_NOWARN", __GFP_NOWARN },
	{ "GFP_NOFAIL", __GFP_NOFAIL },
	{ "GFP_NORETRY", __GFP_NORETRY },
	{ "GFP_COMP", __GFP_COMP },
	{ "GFP_MEMALLOC", __GFP_MEMALLOC },
	{ "GFP_NOMEMALLOC", __GFP_NOMEMALLOC },
	{ "GFP_HARDWALL", __GFP_HARDWALL },
	{ "GFP_THISNODE", __GFP_THISNODE },
	{ "GFP_RECLAIMABLE", __GFP_RECLAIMABLE },
	{ "GFP_MOVABLE", __GFP_MOVABLE },
	{ "GFP_WRITE", __GFP_WRITE },
	/* Hints that no model looks at. */
	{ "GFP_COLD", 0 },
	{ "GFP_NOTRACK", 0 },
	{ "GFP_OTHER_NODE", 0 },
	{ "__GFP_NOACCOUNT", 0 },
	{ "__GFP_NO_OBJ_EXT", 0 },
};

/* Flags that take something away. */
static const struct other_name takers[] = {
	{ "__GFP_NO_KSWAPD", __GFP_KSWAPD_RECLAIM },
	{ "GFP_NO_KSWAPD", __GFP_KSWAPD_RECLAIM },
};

static bool find(const struct other_name *names, size_t nr, const char *s,
		 size_t length, gfp_t *flags)
{
	size_t i;

	for (i = 0; i < nr; i++) {
		if (strncmp(names[i].name, s, length) == 0 &&
		    names[i].name[length] == '\0') {
			*flags = names[i].flags;
			return true;
		}
	}
	return false;
}

/* One word between two bars. */
static bool parse_word(const char *s, size_t length,
		       const struct gfp_bits *bits, gfp_t *flags,
		       gfp_t *without)
{
	bool known;
	const char *bad;
	size_t bad_length;
	uint64_t number;
	gfp_t word;

	/* Traces' own first: their GFP_THISNODE is a flag. */
	if (find(takers, LENGTH(takers), s, length, &word)) {
		*without |= word;
		return true;
	}
	if (find(other_names, LENGTH(other_names), s, length, &word) ||
	    gfp_parse(s, length, &word, &bad, &bad_length)) {
		*flags |= word;
		return true;
	}
	if (!parse_u64(s, length, &number))
		return false;
	known = gfp_bits_rest(bits, number, &word);
	*flags |= word;
	return known;
}

bool trace_gfp_parse(const char *s, size_t length, const struct gfp_bits *bits,
		     gfp_t *flags)
{
	const char *end = s + length;
	gfp_t without = 0;
	bool known = true;
	const char *bar;
	uint64_t mask;

	if (parse_u64(s, length, &mask))
		return gfp_bits_mask(bits, mask, flags);
	*flags = 0;
	while (s <= end) {
		bar = s < end ? memchr(s, '|', (size_t)(end - s)) : NULL;
		if (!bar)
			bar = end;
		known &=
			parse_word(s, (size_t)(bar - s), bits, flags, &without);
		s = bar + 1;
	}
	*flags &= ~without;
	return known;
}
