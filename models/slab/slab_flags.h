/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_SLAB_SLAB_FLAGS_H
#define KMEMSIM_MODELS_SLAB_SLAB_FLAGS_H

/* kmem_cache_create's flags, by the kernel's names: slab_flag_names[]. */
enum slab_flag {
	SLAB_HWCACHE_ALIGN = 1 << 0,
	SLAB_RECLAIM_ACCOUNT = 1 << 1,
	SLAB_CACHE_DMA = 1 << 2,
	SLAB_CACHE_DMA32 = 1 << 3,
	SLAB_PANIC = 1 << 4,
	SLAB_TYPESAFE_BY_RCU = 1 << 5,
	SLAB_ACCOUNT = 1 << 6,
	SLAB_POISON = 1 << 7,
	SLAB_RED_ZONE = 1 << 8,
	SLAB_STORE_USER = 1 << 9,
	SLAB_CONSISTENCY_CHECKS = 1 << 10,
	SLAB_MEM_SPREAD = 1 << 11,
	SLAB_NO_REAP = 1 << 12,
	SLAB_NOLEAKTRACE = 1 << 13,
	SLAB_NO_MERGE = 1 << 14,
	NR_SLAB_FLAGS = 15
};
extern const char *const slab_flag_names[NR_SLAB_FLAGS];

#endif
