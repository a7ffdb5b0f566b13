/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_GFP_H
#define KMEMSIM_MODELS_GFP_H

/*
 * GFP flags: what a caller tells the page allocator about itself. Names,
 * compositions and meanings are those of Linux 6.1 (gfp_types.h); the numbers
 * are the kernel's too, so that raw masks in traces can be read.
 */

#include "models/types.h"

#define __GFP_DMA 0x01u
#define __GFP_HIGHMEM 0x02u
#define __GFP_DMA32 0x04u
#define __GFP_MOVABLE 0x08u
#define __GFP_RECLAIMABLE 0x10u
#define __GFP_HIGH 0x20u
#define __GFP_IO 0x40u
#define __GFP_FS 0x80u
#define __GFP_ZERO 0x100u
#define __GFP_ATOMIC 0x200u
#define __GFP_DIRECT_RECLAIM 0x400u
#define __GFP_KSWAPD_RECLAIM 0x800u
#define __GFP_WRITE 0x1000u
#define __GFP_NOWARN 0x2000u
#define __GFP_RETRY_MAYFAIL 0x4000u
#define __GFP_NOFAIL 0x8000u
#define __GFP_NORETRY 0x10000u
#define __GFP_MEMALLOC 0x20000u
#define __GFP_COMP 0x40000u
#define __GFP_NOMEMALLOC 0x80000u
#define __GFP_HARDWALL 0x100000u
#define __GFP_THISNODE 0x200000u
#define __GFP_ACCOUNT 0x400000u
#define __GFP_ZEROTAGS 0x800000u
#define __GFP_SKIP_ZERO 0x1000000u
#define __GFP_SKIP_KASAN_UNPOISON 0x2000000u
#define __GFP_SKIP_KASAN_POISON 0x4000000u
#define __GFP_NOLOCKDEP 0x8000000u

#define __GFP_RECLAIM (__GFP_DIRECT_RECLAIM | __GFP_KSWAPD_RECLAIM)

#define GFP_ATOMIC (__GFP_HIGH | __GFP_ATOMIC | __GFP_KSWAPD_RECLAIM)
#define GFP_KERNEL (__GFP_RECLAIM | __GFP_IO | __GFP_FS)
#define GFP_KERNEL_ACCOUNT (GFP_KERNEL | __GFP_ACCOUNT)
#define GFP_NOWAIT (__GFP_KSWAPD_RECLAIM)
#define GFP_NOIO (__GFP_RECLAIM)
#define GFP_NOFS (__GFP_RECLAIM | __GFP_IO)
#define GFP_USER (__GFP_RECLAIM | __GFP_IO | __GFP_FS | __GFP_HARDWALL)
#define GFP_DMA (__GFP_DMA)
#define GFP_DMA32 (__GFP_DMA32)
#define GFP_HIGHUSER (GFP_USER | __GFP_HIGHMEM)
#define GFP_HIGHUSER_MOVABLE (GFP_HIGHUSER | __GFP_MOVABLE)
#define GFP_TRANSHUGE_LIGHT                                                    \
	((GFP_HIGHUSER_MOVABLE | __GFP_COMP | __GFP_NOMEMALLOC |               \
	  __GFP_NOWARN) &                                                      \
	 ~__GFP_RECLAIM)
#define GFP_TRANSHUGE (GFP_TRANSHUGE_LIGHT | __GFP_DIRECT_RECLAIM)

/*
 * Of a caller's flags, those that say how hard to try and which nodes to take
 * from: whoever allocates for a caller hands these on. Source: mm/internal.h.
 */
#define GFP_RECLAIM_MASK                                                       \
	(__GFP_RECLAIM | __GFP_HIGH | __GFP_IO | __GFP_FS | __GFP_NOWARN |     \
	 __GFP_RETRY_MAYFAIL | __GFP_NOFAIL | __GFP_NORETRY | __GFP_MEMALLOC | \
	 __GFP_NOMEMALLOC | __GFP_ATOMIC | __GFP_NOLOCKDEP)
#define GFP_CONSTRAINT_MASK (__GFP_HARDWALL | __GFP_THISNODE)

/* Compaction may have to wait for I/O. Source: include/linux/gfp.h, 6.1. */
static inline bool gfp_compaction_allowed(gfp_t gfp)
{
	return gfp & __GFP_IO;
}

/* A kernel's version as a number that compares: 2.6.24 is 0x02061800. */
#define KERNEL_VERSION(a, b, c)                                                \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8)

/*
 * A name that a workload may use, with what it means to Linux 6.1, whose
 * models these are. `since` and `until` are the oldest and the newest of the
 * kernels looked up (gfp.c says which) that have the name.
 */
struct gfp_name {
	const char *name;
	gfp_t flags;
	gfp_t without;	    /* taken away from what it is joined with */
	uint32_t since;	    /* KERNEL_VERSION() */
	uint32_t until;	    /* 0: the newest has it */
	const char *became; /* what stands for it in 6.1; NULL: itself */
	const char *means;  /* what it changes; NULL: it became another */
};

/*
 * All names. First the nr_gfp_printed that 6.1 has and prints, compositions
 * in front, as gfp_format() prefers them; then its other spellings; at last
 * those of other kernels (`became` is not NULL).
 */
#define NR_GFP_NAMES 64
extern const struct gfp_name gfp_names[NR_GFP_NAMES];
extern const size_t nr_gfp_names;
extern const size_t nr_gfp_printed;

/* A set of names: bit n % 64 of word n / 64 is gfp_names[n]. */
struct gfp_name_set {
	uint64_t word[(NR_GFP_NAMES + 63) / 64];
};

/*
 * Reads names joined by `|` (blanks around it allowed). Returns true and the
 * flags; or false with the first unknown name in *bad[0…*bad_length).
 */
bool gfp_parse(const char *s, size_t length, gfp_t *flags, const char **bad,
	       size_t *bad_length);

/* The same, and adds the names that were there to `used`. */
bool gfp_parse_names(const char *s, size_t length, gfp_t *flags,
		     struct gfp_name_set *used, const char **bad,
		     size_t *bad_length);

/*
 * True if kernels from `oldest` to `newest` (both KERNEL_VERSION()) may have
 * the name, as far as the kernels looked up tell.
 */
bool gfp_name_is_known(const struct gfp_name *name, uint32_t oldest,
		       uint32_t newest);

/*
 * Writes the flags as names joined by `|`, the way the kernel's trace events
 * print them (the longest composition first, then what is left); a mask of 0
 * is "0". At most GFP_TEXT_MAX bytes with the NUL.
 */
#define GFP_TEXT_MAX 512
void gfp_format(gfp_t flags, char text[GFP_TEXT_MAX]);

/*
 * The migrate type that a request's flags ask for.
 * Source: gfp_migratetype(), include/linux/gfp.h.
 */
enum migratetype gfp_migratetype(gfp_t flags);

/*
 * The highest zone type that a request may use, on a kernel built with the
 * zone types in `zones` (bit n is enum zone_type n): a type that the kernel
 * lacks stands for Normal. false for combinations that the kernel forbids
 * (two of DMA, DMA32 and HIGHMEM).
 * Source: gfp_zone() and GFP_ZONE_TABLE, include/linux/gfp.h.
 */
bool gfp_zone(gfp_t flags, unsigned int zones, enum zone_type *highest);

#endif
