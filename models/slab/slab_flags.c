/* SPDX-License-Identifier: GPL-2.0-only */
/* The names of the flags of kmem_cache_create(), by their bits. */

#include "models/slab/slab_flags.h"

const char *const slab_flag_names[NR_SLAB_FLAGS] = {
	"SLAB_HWCACHE_ALIGN",
	"SLAB_RECLAIM_ACCOUNT",
	"SLAB_CACHE_DMA",
	"SLAB_CACHE_DMA32",
	"SLAB_PANIC",
	"SLAB_TYPESAFE_BY_RCU",
	"SLAB_ACCOUNT",
	"SLAB_POISON",
	"SLAB_RED_ZONE",
	"SLAB_STORE_USER",
	"SLAB_CONSISTENCY_CHECKS",
	"SLAB_MEM_SPREAD",
	"SLAB_NO_REAP",
	"SLAB_NOLEAKTRACE",
	"SLAB_NO_MERGE",
};
