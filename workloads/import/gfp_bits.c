/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bits of GFP masks, by kernel. The flags are those of 6.1 that mean the
 * same; a bit that no model looks at (a hint, an annotation) is H.
 *
 *	kernels		GFP_KERNEL	GFP_ATOMIC
 *	2.6.31 - 4.3	0xd0		0x20
 *	4.4  - 4.10	0x24000c0	0x2080020
 *	4.11 - 4.15	0x14000c0	0x1080020
 *	4.16 - 4.20	0x6000c0	0x480020
 *	5.0  - 6.2	0xcc0		0xa20
 *	6.3  -		0xcc0		0x820
 *
 * Source: the ___GFP_… of include/linux/gfp.h, since 6.0 gfp_types.h. The
 * borders are where a version's header first has the new numbers.
 *
 * Up to 4.3 a request without __GFP_WAIT got what __GFP_ATOMIC is for later,
 * and woke kswapd unless __GFP_NO_KSWAPD said otherwise
 * (gfp_to_alloc_flags(), mm/page_alloc.c, 3.10); since 6.3 it is __GFP_HIGH
 * that a request without direct reclaim gets it for.
 */
#include <string.h>

#include "sim/base/text.h"
#include "workloads/import/gfp_bits.h"

#define NR_BITS 28
#define NONE 0x80000000u /* no such bit in these kernels */
#define H 0u

/* What a mask says by what is not in it. */
enum implied {
	IMPLIED_NOTHING,
	IMPLIED_BY_NO_WAIT, /* no __GFP_WAIT: atomic; always wakes kswapd */
	IMPLIED_BY_HIGH,    /* __GFP_HIGH without direct reclaim: atomic */
};

struct gfp_bits {
	uint32_t since; /* KERNEL_VERSION() */
	const char *kernels;
	gfp_t flag[NR_BITS];
	enum implied implied;
	uint32_t no_kswapd; /* the bit that takes its waking away; 0: none */
};

/* Common to all: zone, then what a caller may do. */
#define ZONES __GFP_DMA, __GFP_HIGHMEM, __GFP_DMA32, __GFP_MOVABLE
#define HIGH_IO_FS __GFP_HIGH, __GFP_IO, __GFP_FS
/* Bits 8 to 17 of all kernels before 5.0; the first one changed. */
#define BEFORE_5(bit_8)                                                        \
	bit_8, __GFP_NOWARN, __GFP_RETRY_MAYFAIL, __GFP_NOFAIL, __GFP_NORETRY, \
		__GFP_MEMALLOC, __GFP_COMP, __GFP_ZERO, __GFP_NOMEMALLOC,      \
		__GFP_HARDWALL, __GFP_THISNODE
#define SINCE_5(bit_9)                                                         \
	ZONES, __GFP_RECLAIMABLE, HIGH_IO_FS, __GFP_ZERO, bit_9,               \
		__GFP_DIRECT_RECLAIM, __GFP_KSWAPD_RECLAIM, __GFP_WRITE,       \
		__GFP_NOWARN, __GFP_RETRY_MAYFAIL, __GFP_NOFAIL,               \
		__GFP_NORETRY, __GFP_MEMALLOC, __GFP_COMP, __GFP_NOMEMALLOC,   \
		__GFP_HARDWALL, __GFP_THISNODE, __GFP_ACCOUNT, H, H, H, H, H

static const struct gfp_bits generations[] = {
	{
		.since = KERNEL_VERSION(6, 3, 0),
		.kernels = "6.3 and later",
		.flag = { SINCE_5(NONE) },
		.implied = IMPLIED_BY_HIGH,
	},
	{
		.since = KERNEL_VERSION(5, 0, 0),
		.kernels = "5.0 to 6.2",
		.flag = { SINCE_5(__GFP_ATOMIC) },
	},
	{
		.since = KERNEL_VERSION(4, 16, 0),
		.kernels = "4.16 to 4.20",
		.flag = { ZONES, __GFP_RECLAIMABLE, HIGH_IO_FS,
			  BEFORE_5(__GFP_WRITE), __GFP_ATOMIC, __GFP_ACCOUNT,
			  __GFP_DIRECT_RECLAIM, __GFP_KSWAPD_RECLAIM, H, NONE,
			  NONE, NONE, NONE },
	},
	{
		.since = KERNEL_VERSION(4, 11, 0),
		.kernels = "4.11 to 4.15",
		.flag = { ZONES, __GFP_RECLAIMABLE, HIGH_IO_FS, BEFORE_5(H),
			  __GFP_ATOMIC, __GFP_ACCOUNT, H, __GFP_DIRECT_RECLAIM,
			  __GFP_WRITE, __GFP_KSWAPD_RECLAIM, H, NONE, NONE },
	},
	{
		.since = KERNEL_VERSION(4, 4, 0),
		.kernels = "4.4 to 4.10",
		.flag = { ZONES, __GFP_RECLAIMABLE, HIGH_IO_FS, BEFORE_5(H),
			  __GFP_ATOMIC, __GFP_ACCOUNT, H, __GFP_DIRECT_RECLAIM,
			  H, __GFP_WRITE, __GFP_KSWAPD_RECLAIM, NONE, NONE },
	},
	{
		.since = 0,
		.kernels = "2.6.31 to 4.3",
		.flag = { ZONES, __GFP_RECLAIM, HIGH_IO_FS, BEFORE_5(H),
			  __GFP_RECLAIMABLE, H, H, H, H, __GFP_WRITE, NONE,
			  NONE, NONE },
		.implied = IMPLIED_BY_NO_WAIT,
		.no_kswapd = 0x400000,
	},
};

#define NR_GENERATIONS (sizeof(generations) / sizeof(*generations))

const struct gfp_bits *gfp_bits_of(uint32_t version)
{
	const struct gfp_bits *bits = generations;

	while (version < bits->since)
		bits++;
	return bits;
}

const char *gfp_bits_kernels(const struct gfp_bits *bits)
{
	return bits->kernels;
}

bool gfp_bits_rest(const struct gfp_bits *bits, uint64_t mask, gfp_t *flags)
{
	bool known = mask >> NR_BITS == 0;

	*flags = 0;
	for (unsigned int bit = 0; bit < NR_BITS; bit++) {
		if (!(mask >> bit & 1))
			continue;
		if (bits->flag[bit] == NONE)
			known = false;
		else
			*flags |= bits->flag[bit];
	}
	return known;
}

bool gfp_bits_mask(const struct gfp_bits *bits, uint64_t mask, gfp_t *flags)
{
	bool known = gfp_bits_rest(bits, mask, flags);

	if (bits->implied == IMPLIED_BY_NO_WAIT) {
		if (!(*flags & __GFP_DIRECT_RECLAIM) &&
		    !(mask & bits->no_kswapd))
			*flags |= __GFP_ATOMIC;
		*flags |= __GFP_KSWAPD_RECLAIM;
		if (mask & bits->no_kswapd)
			*flags &= ~__GFP_KSWAPD_RECLAIM;
	}
	if (bits->implied == IMPLIED_BY_HIGH && *flags & __GFP_HIGH &&
	    !(*flags & __GFP_DIRECT_RECLAIM))
		*flags |= __GFP_ATOMIC;
	return known;
}

/* How much a mask looks like what callers use. */
static unsigned int likeness(const struct gfp_bits *bits, uint64_t mask)
{
	static const gfp_t used[] = { GFP_KERNEL, GFP_NOFS, GFP_NOIO,
				      GFP_ATOMIC, GFP_NOWAIT };
	gfp_t flags;

	if (!gfp_bits_mask(bits, mask, &flags))
		return 0;
	flags &= GFP_KERNEL | GFP_ATOMIC;
	for (size_t i = 0; i < sizeof(used) / sizeof(*used); i++)
		if (flags == used[i])
			return 2;
	/* Huge pages don't wake kswapd, or do nothing at all. */
	return (flags & ~__GFP_DIRECT_RECLAIM) == (__GFP_IO | __GFP_FS);
}

const struct gfp_bits *gfp_bits_guess(const uint64_t *mask, size_t nr)
{
	const struct gfp_bits *best = NULL;
	size_t most = 0;

	for (size_t g = 0; g < NR_GENERATIONS; g++) {
		size_t points = 0;

		for (size_t i = 0; i < nr; i++)
			points += likeness(&generations[g], mask[i]);
		if (best && points <= most)
			continue;
		best = &generations[g];
		most = points;
	}
	return most ? best : gfp_bits_of(KERNEL_VERSION(6, 1, 0));
}

/* A part of a version; 0 where there is none. */
static uint32_t take_part(const char **s)
{
	uint32_t part = 0;

	for (; **s >= '0' && **s <= '9'; (*s)++)
		if (part < 256)
			part = part * 10 + (uint32_t)(**s - '0');
	return part < 256 ? part : 255;
}

bool gfp_bits_version(const char *s, uint32_t *version)
{
	uint32_t part[3] = { 0, 0, 0 };

	if (*s < '0' || *s > '9')
		return false;
	part[0] = take_part(&s);
	for (int i = 1; i < 3 && s[0] == '.'; i++) {
		s++;
		if (*s < '0' || *s > '9')
			return false;
		part[i] = take_part(&s);
	}
	*version = KERNEL_VERSION(part[0], part[1], part[2]);
	return part[0] >= 2;
}
