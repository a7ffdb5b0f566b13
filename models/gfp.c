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
 * Names of other kernels are read too, so that what the books and old drivers
 * say can be tried: each has the flags of 6.1 that come nearest to what it
 * meant. They are never printed. Looked up: the headers of 2.4.0, 2.4.32,
 * 2.6.0, 2.6.11, 2.6.24, 3.10, 4.9, 4.19, 6.1 and one after it (gfp.h, mm.h in
 * 2.4). A name came some time up to the version that it has in the table
 * below, and went some time after it.
 *
 * In 2.4 GFP_KERNEL carried __GFP_HIGH like most compositions; what divided
 * GFP_BUFFER from it was that no I/O was to be started, which is GFP_NOIO.
 */

#include "models/gfp.h"

#include <stdio.h>
#include <string.h>

/* A name of 6.1: since when, and in the newest kernel too. */
#define NAME(flag, a, b, c, changes)                                           \
	{                                                                      \
		.name = #flag, .flags = flag, .means = changes,                \
		.since = KERNEL_VERSION(a, b, c)                               \
	}
/* A name that 6.1 is the last to have. */
#define LAST(flag, a, b, c, changes)                                           \
	{                                                                      \
		.name = #flag, .flags = flag, .means = changes,                \
		.since = KERNEL_VERSION(a, b, c),                              \
		.until = KERNEL_VERSION(6, 1, 0),                              \
	}
#define NOTHING "nothing"

const struct gfp_name gfp_names[NR_GFP_NAMES] = {
	NAME(GFP_TRANSHUGE, 3, 10, 0,
	     "GFP_TRANSHUGE_LIGHT|__GFP_DIRECT_RECLAIM: waits for a huge "
	     "page, wakes no kswapd"),
	NAME(GFP_TRANSHUGE_LIGHT, 4, 9, 0,
	     "a huge page if there is one: movable, compound, no reclaim, no"
	     " reserves, no warning"),
	NAME(GFP_HIGHUSER_MOVABLE, 2, 6, 24,
	     "GFP_HIGHUSER|__GFP_MOVABLE: zones to Movable, movable "
	     "pageblocks"),
	NAME(GFP_HIGHUSER, 2, 4, 0,
	     "GFP_USER|__GFP_HIGHMEM: the kernel need not reach it; zones to"
	     " HighMem"),
	NAME(GFP_USER, 2, 4, 0,
	     "GFP_KERNEL|__GFP_HARDWALL: for user space, and the kernel "
	     "reads it"),
	NAME(GFP_KERNEL_ACCOUNT, 4, 9, 0, "GFP_KERNEL|__GFP_ACCOUNT"),
	NAME(GFP_KERNEL, 2, 4, 0,
	     "may wait, start I/O, call file systems: "
	     "__GFP_RECLAIM|__GFP_IO|__GFP_FS"),
	NAME(GFP_NOFS, 2, 4, 32,
	     "may wait and start I/O, but call no file system: "
	     "__GFP_RECLAIM|__GFP_IO"),
	NAME(GFP_ATOMIC, 2, 4, 0,
	     "never waits, may use a part of the reserves: "
	     "__GFP_HIGH|__GFP_ATOMIC|__GFP_KSWAPD_RECLAIM"),
	NAME(GFP_NOIO, 2, 4, 32, "may wait, but start no I/O: __GFP_RECLAIM"),
	NAME(GFP_NOWAIT, 2, 6, 24,
	     "never waits, no reserves: __GFP_KSWAPD_RECLAIM"),
	NAME(GFP_DMA, 2, 4, 0,
	     "zone: DMA alone, below 16 MiB on PCs; Normal where the kernel "
	     "has no such zone; no OOM killer"),
	NAME(__GFP_HIGHMEM, 2, 4, 0,
	     "zones: HighMem and below; together with __GFP_MOVABLE Movable "
	     "and below"),
	NAME(GFP_DMA32, 2, 6, 24, "zones: DMA32 and DMA, below 4 GiB"),
	NAME(__GFP_HIGH, 2, 4, 0, "watermark: down to half of min"),
	LAST(__GFP_ATOMIC, 4, 9, 0,
	     "who can't wait and is urgent: in Linux 6.1 no watermark by "
	     "itself; with direct reclaim it is taken away with a warning"),
	NAME(__GFP_IO, 2, 4, 0,
	     "reclaim: may start I/O; without it, no compaction either"),
	NAME(__GFP_FS, 2, 4, 32,
	     "reclaim: may call file systems (models: no difference)"),
	NAME(__GFP_NOWARN, 2, 6, 0,
	     "failure: the kernel does not report it, nor an order above the"
	     " largest"),
	NAME(__GFP_RETRY_MAYFAIL, 4, 19, 0,
	     "failure: tries reclaim and compaction for costly orders too, "
	     "kills nobody"),
	NAME(__GFP_NOFAIL, 2, 6, 0,
	     "failure: none; tries for ever, at last without any watermark; "
	     "what would loop is reported as nofail-loop"),
	NAME(__GFP_NORETRY, 2, 6, 0,
	     "failure: after one round of reclaim and compaction, kills "
	     "nobody"),
	NAME(__GFP_COMP, 2, 6, 11,
	     "a compound block, whose pages know their first: compaction "
	     "passes it over as a whole"),
	NAME(__GFP_ZERO, 2, 6, 11, "zeroing: the pages are cleared"),
	NAME(__GFP_NOMEMALLOC, 2, 6, 24,
	     "reserves: none for those who can't wait; wins over "
	     "__GFP_MEMALLOC"),
	NAME(__GFP_MEMALLOC, 3, 10, 0,
	     "reserves: all of them; no watermark counts"),
	NAME(__GFP_HARDWALL, 2, 6, 24,
	     "cpusets are kept to the letter (models: there are none)"),
	NAME(__GFP_THISNODE, 2, 6, 24,
	     "zones: of the one node, no fallback to others; no OOM killer"),
	NAME(__GFP_RECLAIMABLE, 2, 6, 24,
	     "migrate type: reclaimable, for caches that shrink on demand"),
	NAME(__GFP_MOVABLE, 2, 6, 24,
	     "migrate type: movable, for pages that can be moved"),
	NAME(__GFP_ACCOUNT, 4, 9, 0,
	     "charged to a memory cgroup; for kmalloc the family kmalloc-"
	     "cg-*; no cgroup is there but the root, which is not charged"),
	NAME(__GFP_WRITE, 3, 10, 0,
	     "the page will be dirtied: spread over zones by dirty limits "
	     "(models: no difference)"),
	NAME(__GFP_RECLAIM, 4, 9, 0, "both of the next two"),
	NAME(__GFP_DIRECT_RECLAIM, 4, 9, 0,
	     "reclaim: the caller waits for it; it may sleep"),
	NAME(__GFP_KSWAPD_RECLAIM, 4, 9, 0,
	     "reclaim: kswapd is woken below the low watermark"),
	NAME(__GFP_ZEROTAGS, 6, 1, 0,
	     "clears memory tags along with the page (arm64; models: no "
	     "difference)"),
	NAME(__GFP_SKIP_ZERO, 6, 1, 0,
	     "no clearing for tags' sake (arm64; models: no difference)"),
	LAST(__GFP_SKIP_KASAN_UNPOISON, 6, 1, 0,
	     "KASAN (models: no difference)"),
	LAST(__GFP_SKIP_KASAN_POISON, 6, 1, 0, "KASAN (models: no difference)"),
	NAME(__GFP_NOLOCKDEP, 4, 19, 0,
	     "lockdep does not look (models: no difference)"),
	/* The single-flag spellings that printing never chooses. */
	NAME(__GFP_DMA, 2, 4, 0, "the flag of GFP_DMA"),
	NAME(__GFP_DMA32, 2, 6, 24, "the flag of GFP_DMA32"),
	/* Names that 6.1 has no more, by the kernel that had them last. */
	{ .name = "GFP_BUFFER",
	  .flags = GFP_NOIO,
	  .since = KERNEL_VERSION(2, 4, 0),
	  .until = KERNEL_VERSION(2, 4, 0),
	  .became = "GFP_NOIO" },
	{ .name = "GFP_NFS",
	  .flags = GFP_KERNEL,
	  .since = KERNEL_VERSION(2, 4, 0),
	  .until = KERNEL_VERSION(2, 4, 32),
	  .became = "GFP_KERNEL" },
	{ .name = "GFP_KSWAPD",
	  .flags = GFP_KERNEL,
	  .since = KERNEL_VERSION(2, 4, 0),
	  .until = KERNEL_VERSION(2, 4, 32),
	  .became = "GFP_KERNEL" },
	{ .name = "GFP_HIGHMEM",
	  .flags = __GFP_HIGHMEM,
	  .since = KERNEL_VERSION(2, 4, 0),
	  .until = KERNEL_VERSION(2, 4, 0),
	  .became = "__GFP_HIGHMEM" },
	{ .name = "GFP_NOHIGHIO",
	  .flags = GFP_NOFS,
	  .since = KERNEL_VERSION(2, 4, 32),
	  .until = KERNEL_VERSION(2, 4, 32),
	  .became = "GFP_NOFS" },
	{ .name = "__GFP_HIGHIO",
	  .flags = __GFP_IO,
	  .since = KERNEL_VERSION(2, 4, 32),
	  .until = KERNEL_VERSION(2, 4, 32),
	  .became = "__GFP_IO" },
	{ .name = "__GFP_WAIT",
	  .flags = __GFP_RECLAIM,
	  .since = KERNEL_VERSION(2, 4, 0),
	  .until = KERNEL_VERSION(3, 10, 0),
	  .became = "__GFP_RECLAIM" },
	{ .name = "__GFP_COLD",
	  .since = KERNEL_VERSION(2, 6, 0),
	  .until = KERNEL_VERSION(4, 9, 0),
	  .became = NOTHING },
	{ .name = "__GFP_REPEAT",
	  .flags = __GFP_RETRY_MAYFAIL,
	  .since = KERNEL_VERSION(2, 6, 0),
	  .until = KERNEL_VERSION(4, 9, 0),
	  .became = "__GFP_RETRY_MAYFAIL" },
	{ .name = "__GFP_NO_GROW",
	  .since = KERNEL_VERSION(2, 6, 0),
	  .until = KERNEL_VERSION(2, 6, 11),
	  .became = NOTHING },
	{ .name = "GFP_TEMPORARY",
	  .flags = GFP_KERNEL | __GFP_RECLAIMABLE,
	  .since = KERNEL_VERSION(2, 6, 24),
	  .until = KERNEL_VERSION(4, 9, 0),
	  .became = "GFP_KERNEL|__GFP_RECLAIMABLE" },
	{ .name = "GFP_NOFS_PAGECACHE",
	  .flags = GFP_NOFS | __GFP_MOVABLE,
	  .since = KERNEL_VERSION(2, 6, 24),
	  .until = KERNEL_VERSION(2, 6, 24),
	  .became = "GFP_NOFS|__GFP_MOVABLE" },
	{ .name = "GFP_USER_PAGECACHE",
	  .flags = GFP_USER | __GFP_MOVABLE,
	  .since = KERNEL_VERSION(2, 6, 24),
	  .until = KERNEL_VERSION(2, 6, 24),
	  .became = "GFP_USER|__GFP_MOVABLE" },
	{ .name = "GFP_HIGHUSER_PAGECACHE",
	  .flags = GFP_HIGHUSER_MOVABLE,
	  .since = KERNEL_VERSION(2, 6, 24),
	  .until = KERNEL_VERSION(2, 6, 24),
	  .became = "GFP_HIGHUSER_MOVABLE" },
	{ .name = "GFP_THISNODE",
	  .flags = __GFP_THISNODE | __GFP_NOWARN | __GFP_NORETRY,
	  .since = KERNEL_VERSION(2, 6, 24),
	  .until = KERNEL_VERSION(3, 10, 0),
	  .became = "__GFP_THISNODE|__GFP_NOWARN|__GFP_NORETRY" },
	{ .name = "GFP_IOFS",
	  .flags = __GFP_IO | __GFP_FS,
	  .since = KERNEL_VERSION(3, 10, 0),
	  .until = KERNEL_VERSION(3, 10, 0),
	  .became = "__GFP_IO|__GFP_FS" },
	{ .name = "__GFP_KMEMCG",
	  .flags = __GFP_ACCOUNT,
	  .since = KERNEL_VERSION(3, 10, 0),
	  .until = KERNEL_VERSION(3, 10, 0),
	  .became = "__GFP_ACCOUNT" },
	{ .name = "__GFP_NOTRACK",
	  .since = KERNEL_VERSION(3, 10, 0),
	  .until = KERNEL_VERSION(4, 9, 0),
	  .became = NOTHING },
	{ .name = "__GFP_NOTRACK_FALSE_POSITIVE",
	  .since = KERNEL_VERSION(3, 10, 0),
	  .until = KERNEL_VERSION(4, 9, 0),
	  .became = NOTHING },
	{ .name = "__GFP_OTHER_NODE",
	  .since = KERNEL_VERSION(3, 10, 0),
	  .until = KERNEL_VERSION(4, 9, 0),
	  .became = NOTHING },
	{ .name = "__GFP_NO_KSWAPD",
	  .without = __GFP_KSWAPD_RECLAIM,
	  .since = KERNEL_VERSION(3, 10, 0),
	  .until = KERNEL_VERSION(3, 10, 0),
	  .became = "the absence of __GFP_KSWAPD_RECLAIM" },
	/* Names that 6.1 has not yet: 6.2 stands for some kernel after it. */
	{ .name = "__GFP_SKIP_KASAN",
	  .flags = __GFP_SKIP_KASAN_UNPOISON | __GFP_SKIP_KASAN_POISON,
	  .since = KERNEL_VERSION(6, 2, 0),
	  .became = "__GFP_SKIP_KASAN_UNPOISON|__GFP_SKIP_KASAN_POISON" },
};

const size_t nr_gfp_names = NR_GFP_NAMES;
const size_t nr_gfp_printed = 40;

static const struct gfp_name *gfp_lookup(const char *s, size_t length)
{
	for (size_t i = 0; i < NR_GFP_NAMES; i++)
		if (strncmp(gfp_names[i].name, s, length) == 0 &&
		    !gfp_names[i].name[length])
			return &gfp_names[i];
	return NULL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

bool gfp_parse_names(const char *s, size_t length, gfp_t *flags,
		     struct gfp_name_set *used, const char **bad,
		     size_t *bad_length)
{
	const char *end = s + length;
	gfp_t without = 0;
	gfp_t all = 0;

	for (;;) {
		const char *bar = memchr(s, '|', end - s);
		const char *name_end = bar ? bar : end;
		const struct gfp_name *name;

		while (s < name_end && is_blank(*s))
			s++;
		while (name_end > s && is_blank(name_end[-1]))
			name_end--;
		name = gfp_lookup(s, name_end - s);
		if (!name) {
			*bad = s;
			*bad_length = name_end - s;
			return false;
		}
		all |= name->flags;
		without |= name->without;
		used->word[(name - gfp_names) / 64] |=
			1ull << (name - gfp_names) % 64;
		if (!bar)
			break;
		s = bar + 1;
	}
	*flags = all & ~without;
	return true;
}

bool gfp_parse(const char *s, size_t length, gfp_t *flags, const char **bad,
	       size_t *bad_length)
{
	struct gfp_name_set used = { { 0 } };

	return gfp_parse_names(s, length, flags, &used, bad, bad_length);
}

bool gfp_name_is_known(const struct gfp_name *name, uint32_t oldest,
		       uint32_t newest)
{
	return name->since <= newest && (!name->until || name->until >= oldest);
}

void gfp_format(gfp_t flags, char text[GFP_TEXT_MAX])
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < nr_gfp_printed && flags; i++) {
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
		wanted = flags & __GFP_MOVABLE && zones & 1u << ZONE_MOVABLE ?
				 ZONE_MOVABLE :
				 ZONE_HIGHMEM;
		break;
	default:
		return false;
	}
	*highest = zones & 1u << wanted ? wanted : ZONE_NORMAL;
	return true;
}
