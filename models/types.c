/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The names of the models' enumerations, as configs, databases and messages
 * spell them. Zone names are the kernel's (/proc/zoneinfo); migrate types are
 * in small letters.
 */

#include "models/page/page_alloc.h"

#include <ctype.h>

const char *const zone_type_names[NR_ZONE_TYPES] = {
	[ZONE_DMA] = "DMA",	    [ZONE_DMA32] = "DMA32",
	[ZONE_NORMAL] = "Normal",   [ZONE_HIGHMEM] = "HighMem",
	[ZONE_MOVABLE] = "Movable",
};

const char *const migratetype_names[NR_MIGRATETYPES] = {
	[MIGRATE_UNMOVABLE] = "unmovable",
	[MIGRATE_MOVABLE] = "movable",
	[MIGRATE_RECLAIMABLE] = "reclaimable",
	[MIGRATE_HIGHATOMIC] = "highatomic",
	[MIGRATE_CMA] = "cma",
	[MIGRATE_ISOLATE] = "isolate",
};

const char *const proc_migratetype_names[NR_MIGRATETYPES] = {
	[MIGRATE_UNMOVABLE] = "Unmovable",
	[MIGRATE_MOVABLE] = "Movable",
	[MIGRATE_RECLAIMABLE] = "Reclaimable",
	[MIGRATE_HIGHATOMIC] = "HighAtomic",
	[MIGRATE_CMA] = "CMA",
	[MIGRATE_ISOLATE] = "Isolate",
};

const char *const alloc_path_names[NR_ALLOC_PATHS] = {
	[PATH_NONE] = "none",
	[PATH_PCP] = "pcp",
	[PATH_PCP_REFILL] = "pcp-refill",
	[PATH_BUDDY] = "buddy",
	[PATH_SLOW] = "slow",
	[PATH_RECLAIM] = "reclaim",
	[PATH_COMPACTION] = "compaction",
	[PATH_SLAB_CPU] = "slab-cpu",
	[PATH_SLAB_PARTIAL] = "slab-partial",
	[PATH_SLAB_NEW] = "slab-new",
	[PATH_VMALLOC] = "vmalloc",
	[PATH_CMA] = "cma",
	[PATH_DMA_POOL] = "dma-pool",
	[PATH_RESERVE] = "reserve",
};

const char *const alloc_reason_names[NR_ALLOC_REASONS] = {
	[REASON_NONE] = "none",
	[REASON_WATERMARK] = "watermark",
	[REASON_FRAGMENTED] = "fragmented",
	[REASON_NO_ZONE] = "no-zone",
	[REASON_ORDER] = "order",
	[REASON_BAD_FLAGS] = "bad-flags",
	[REASON_NOFAIL_LOOP] = "nofail-loop",
	[REASON_STUCK] = "stuck",
	[REASON_TOO_BIG] = "too-big",
	[REASON_ADDRESS_SPACE] = "address-space",
	[REASON_IN_USE] = "in-use",
	[REASON_POOL_EMPTY] = "pool-empty",
	[REASON_STILL_WAITING] = "still-waiting",
	[REASON_DEVICE_MASK] = "device-mask",
	[REASON_NO_SLOT] = "no-slot",
	[REASON_NO_RANGE] = "no-range",
	[REASON_FORBIDDEN] = "forbidden",
};

const char *work_name(int kind, char name[WORK_NAME_BYTES])
{
	static const char *const identifiers[NR_WORK_KINDS] = {
#define X(name, meaning) [WORK_##name] = #name,
		WORK_KINDS(X)
#undef X
	};
	const char *identifier = identifiers[kind];
	size_t i;

	for (i = 0; identifier[i] && i + 1 < WORK_NAME_BYTES; i++)
		name[i] = (char)tolower((unsigned char)identifier[i]);
	name[i] = '\0';
	return name;
}

/* What was said of far locks is of another call, unless the bit is set. */
void lock_set_add_far(lock_set *set, struct far_locks *far, uint32_t lock)
{
	if (!(*set & LOCKS_FAR))
		*far = (struct far_locks){ .word = { 0 } };
	*set |= LOCKS_FAR;
	far->word[lock / 64] |= 1ull << lock % 64;
}

const char *const numa_event_names[NR_NUMA_EVENTS] = {
#define X(name, text) [name] = text,
	NUMA_EVENTS(X)
#undef X
};

const char *const node_stat_names[NR_NODE_STATS] = {
#define X(name, text) [name] = text,
	NODE_STATS(X)
#undef X
};

const char *const vm_event_names[NR_VM_EVENTS] = {
#define X(name, text) [VM_##name] = text,
	VM_EVENTS(X)
#undef X
};

const char *const sleep_queue_names[NR_SLEEP_QUEUES] = {
	[SLEEP_KSWAPD] = "kswapd",
	[SLEEP_KCOMPACTD] = "kcompactd",
	[SLEEP_FLUSHER] = "flusher",
	[SLEEP_PFMEMALLOC] = "pfmemalloc",
	[SLEEP_WRITEBACK] = "writeback",
	[SLEEP_ISOLATED] = "isolated",
	[SLEEP_NOPROGRESS] = "noprogress",
	[SLEEP_CONGESTED] = "congested",
	[SLEEP_IO] = "io",
	[SLEEP_OOM] = "oom",
	[SLEEP_DIRTY] = "dirty",
};
