/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * GFP flags: their names, and what the page allocator reads off them.
 *
 * A name is either one flag (`__GFP_…`) or a composition that callers use
 * (`GFP_…`). Printing prefers compositions, the longest first, in the order
 * of the kernel's own table, so that what a trace says is what we say.
 *
 * Sources, Linux 6.1: include/linux/gfp_types.h (values and compositions),
 * include/trace/events/mmflags.h (order of printing), gfp_migratetype() and
 * GFP_ZONE_TABLE in include/linux/gfp.h.
 *
 * Left out: names that later or earlier kernels have and 6.1 has not.
 */

#include "models/gfp.h"

#include <stdio.h>
#include <string.h>

#define NAME(flag) { #flag, flag }

const struct gfp_name gfp_names[] = {
	NAME(GFP_TRANSHUGE),
	NAME(GFP_TRANSHUGE_LIGHT),
	NAME(GFP_HIGHUSER_MOVABLE),
	NAME(GFP_HIGHUSER),
	NAME(GFP_USER),
	NAME(GFP_KERNEL_ACCOUNT),
	NAME(GFP_KERNEL),
	NAME(GFP_NOFS),
	NAME(GFP_ATOMIC),
	NAME(GFP_NOIO),
	NAME(GFP_NOWAIT),
	NAME(GFP_DMA),
	NAME(__GFP_HIGHMEM),
	NAME(GFP_DMA32),
	NAME(__GFP_HIGH),
	NAME(__GFP_ATOMIC),
	NAME(__GFP_IO),
	NAME(__GFP_FS),
	NAME(__GFP_NOWARN),
	NAME(__GFP_RETRY_MAYFAIL),
	NAME(__GFP_NOFAIL),
	NAME(__GFP_NORETRY),
	NAME(__GFP_COMP),
	NAME(__GFP_ZERO),
	NAME(__GFP_NOMEMALLOC),
	NAME(__GFP_MEMALLOC),
	NAME(__GFP_HARDWALL),
	NAME(__GFP_THISNODE),
	NAME(__GFP_RECLAIMABLE),
	NAME(__GFP_MOVABLE),
	NAME(__GFP_ACCOUNT),
	NAME(__GFP_WRITE),
	NAME(__GFP_RECLAIM),
	NAME(__GFP_DIRECT_RECLAIM),
	NAME(__GFP_KSWAPD_RECLAIM),
	NAME(__GFP_ZEROTAGS),
	NAME(__GFP_SKIP_ZERO),
	NAME(__GFP_SKIP_KASAN_UNPOISON),
	NAME(__GFP_SKIP_KASAN_POISON),
	NAME(__GFP_NOLOCKDEP),
	/* The single-flag spellings that printing never chooses. */
	NAME(__GFP_DMA),
	NAME(__GFP_DMA32),
};

const size_t nr_gfp_names = sizeof gfp_names / sizeof *gfp_names;

static bool gfp_lookup(const char *s, size_t length, gfp_t *flags)
{
	for (size_t i = 0; i < nr_gfp_names; i++) {
		if (strlen(gfp_names[i].name) == length &&
		    memcmp(gfp_names[i].name, s, length) == 0) {
			*flags = gfp_names[i].flags;
			return true;
		}
	}
	return false;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool gfp_parse(const char *s, size_t length, gfp_t *flags, const char **bad,
	       size_t *bad_length)
{
	const char *end = s + length;
	gfp_t all = 0;

	for (;;) {
		const char *bar = memchr(s, '|', end - s);
		const char *name_end = bar ? bar : end;
		gfp_t one;

		while (s < name_end && is_blank(*s))
			s++;
		while (name_end > s && is_blank(name_end[-1]))
			name_end--;
		if (!gfp_lookup(s, name_end - s, &one)) {
			*bad = s;
			*bad_length = name_end - s;
			return false;
		}
		all |= one;
		if (!bar)
			break;
		s = bar + 1;
	}
	*flags = all;
	return true;
}

void gfp_format(gfp_t flags, char text[GFP_TEXT_MAX])
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < nr_gfp_names && flags; i++) {
		gfp_t name = gfp_names[i].flags;

		if ((flags & name) != name)
			continue;
		used += snprintf(text + used, GFP_TEXT_MAX - used, "%s%s",
				 used ? "|" : "", gfp_names[i].name);
		flags &= ~name;
	}
	if (flags || !used)
		snprintf(text + used, GFP_TEXT_MAX - used,
			 flags ? "%s%#x" : "%s0", used ? "|" : "", flags);
}

enum migratetype gfp_migratetype(gfp_t flags)
{
	if (flags & __GFP_MOVABLE)
		return MIGRATE_MOVABLE;
	if (flags & __GFP_RECLAIMABLE)
		return MIGRATE_RECLAIMABLE;
	return MIGRATE_UNMOVABLE;
}

bool gfp_zone(gfp_t flags, unsigned int zones, enum zone_type *highest)
{
	enum zone_type wanted = ZONE_NORMAL;

	switch (flags & (__GFP_DMA | __GFP_HIGHMEM | __GFP_DMA32)) {
	case 0:
		break;
	case __GFP_DMA:
		wanted = ZONE_DMA;
		break;
	case __GFP_DMA32:
		wanted = ZONE_DMA32;
		break;
	case __GFP_HIGHMEM:
		/* Movable is a zone only together with HIGHMEM. */
		wanted = flags & __GFP_MOVABLE ? ZONE_MOVABLE : ZONE_HIGHMEM;
		break;
	default:
		return false;
	}
	*highest = zones & 1u << wanted ? wanted : ZONE_NORMAL;
	return true;
}
