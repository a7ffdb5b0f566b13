/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The slots of kmap().
 *
 * Rules (mm/highmem.c, Linux 6.1):
 *
 * - A slot has a count. 0: free. 1: nobody uses it, but a page is still mapped
 *   there and a CPU may remember that (in its TLB), so it can't be given to
 *   another. n: n - 1 users (pkmap_count).
 * - A page that has a slot keeps it: mapping it again only counts, even from 1
 *   to 2 after its last user has gone, or when the page has been freed and
 *   allocated again in between (kmap_high()).
 * - The search for a free slot goes on from the last one given. Each time it
 *   comes round to slot 0, all slots of count 1 are emptied first and the
 *   TLBs flushed, and the search begins to count again; after as many slots
 *   as there are, none was free: the caller sleeps (map_new_virtual(),
 *   flush_all_zero_pkmaps()).
 * - The page of LAST_PKMAP slots begins at PKMAP_BASE
 *   (arch/x86/include/asm/pgtable_32_areas.h); a slot is a page.
 *
 * Left out: kmap_atomic() and kmap_local_page(), which have slots of their own
 * for each CPU and never wait; cache colours of other architectures; the
 * flush before page attributes change (kmap_flush_unused()).
 */

#include "models/kmap.h"

#include <stdio.h>
#include <stdlib.h>

#include "models/address.h"
#include "sim/base/host.h"

#define SLOT_NONE UINT32_MAX

struct kmap_slot {
	pfn_t pfn;	/* meaningless where count is 0 */
	uint32_t count; /* pkmap_count */
	uint32_t next;	/* of the same bucket, or SLOT_NONE */
};

struct kmap {
	struct memory *memory;
	uint32_t nr;	 /* slots, a power of two; or 0 */
	uint32_t last;	 /* given */
	uint32_t in_use; /* slots with users */
	struct kmap_slot *slot;
	uint32_t
		*bucket; /* [nr]: the first slot of the pages that hash to it */
};

struct kmap *kmap_new(struct memory *memory, struct errors *errors)
{
	struct kmap *kmap = host_alloc(1, sizeof(*kmap));

	if (kmap) {
		kmap->memory = memory;
		kmap->nr = memory->desc->kmap_slots;
		kmap->slot =
			host_alloc(kmap->nr + (size_t)1, sizeof(*kmap->slot));
		kmap->bucket =
			host_alloc(kmap->nr + (size_t)1, sizeof(*kmap->bucket));
	}
	if (!kmap || !kmap->slot || !kmap->bucket) {
		error_host(errors, "no memory for kmap's slots");
		kmap_free(kmap);
		return NULL;
	}
	for (uint32_t i = 0; i < kmap->nr; i++)
		kmap->bucket[i] = SLOT_NONE;
	return kmap;
}

void kmap_free(struct kmap *kmap)
{
	if (!kmap)
		return;
	free(kmap->slot);
	free(kmap->bucket);
	free(kmap);
}

static bool needs_slot(const struct kmap *kmap, pfn_t pfn)
{
	const struct zone *zone = memory_zone_of(kmap->memory, pfn);

	return zone && zone_is_highmem(kmap->memory, zone);
}

static uint32_t *bucket_of(const struct kmap *kmap, pfn_t pfn)
{
	return &kmap->bucket[pfn & (kmap->nr - 1)];
}

static uint32_t find_slot(const struct kmap *kmap, pfn_t pfn)
{
	uint32_t slot = kmap->nr ? *bucket_of(kmap, pfn) : SLOT_NONE;

	while (slot != SLOT_NONE && kmap->slot[slot].pfn != pfn)
		slot = kmap->slot[slot].next;
	return slot;
}

static uint64_t slot_address(const struct kmap *kmap, uint32_t slot)
{
	return kmap->memory->desc->kmap_start +
	       ((uint64_t)slot << kmap->memory->page_shift);
}

uint64_t kmap_page_address(const struct kmap *kmap, pfn_t pfn)
{
	uint32_t slot;

	if (!needs_slot(kmap, pfn))
		return page_address(kmap->memory, pfn);
	slot = find_slot(kmap, pfn);
	return slot == SLOT_NONE ? 0 : slot_address(kmap, slot);
}

static void empty_slot(struct kmap *kmap, uint32_t slot)
{
	uint32_t *at = bucket_of(kmap, kmap->slot[slot].pfn);

	while (*at != slot)
		at = &kmap->slot[*at].next;
	*at = kmap->slot[slot].next;
	kmap->slot[slot].count = 0;
	kmap->memory->work.count[WORK_PTES_CLEARED]++;
}

/* flush_all_zero_pkmaps() */
static void empty_unused(struct kmap *kmap)
{
	for (uint32_t i = 0; i < kmap->nr; i++)
		if (kmap->slot[i].count == 1)
			empty_slot(kmap, i);
}

/* The search of map_new_virtual(). */
static uint32_t find_free(struct kmap *kmap)
{
	uint32_t left = kmap->nr;

	while (left) {
		kmap->last = (kmap->last + 1) & (kmap->nr - 1);
		if (kmap->last == 0) {
			empty_unused(kmap);
			left = kmap->nr;
		}
		if (!kmap->slot[kmap->last].count)
			return kmap->last;
		left--;
	}
	return SLOT_NONE;
}

static uint32_t take_slot(struct kmap *kmap, pfn_t pfn)
{
	uint32_t slot = find_free(kmap);
	uint32_t *bucket;

	if (slot == SLOT_NONE)
		return SLOT_NONE;
	bucket = bucket_of(kmap, pfn);
	kmap->slot[slot] = (struct kmap_slot){
		.pfn = pfn,
		.count = 1,
		.next = *bucket,
	};
	*bucket = slot;
	kmap->memory->work.count[WORK_PTES_SET]++;
	return slot;
}

uint64_t kmap_map(struct kmap *kmap, pfn_t pfn)
{
	uint32_t slot;

	if (!needs_slot(kmap, pfn))
		return page_address(kmap->memory, pfn);
	slot = find_slot(kmap, pfn);
	if (slot == SLOT_NONE)
		slot = take_slot(kmap, pfn);
	if (slot == SLOT_NONE)
		return 0;
	if (kmap->slot[slot].count++ == 1)
		kmap->in_use++;
	return slot_address(kmap, slot);
}

bool kmap_unmap(struct kmap *kmap, pfn_t pfn)
{
	uint32_t slot;

	if (!needs_slot(kmap, pfn))
		return true;
	slot = find_slot(kmap, pfn);
	if (slot == SLOT_NONE || kmap->slot[slot].count == 1)
		return false;
	if (--kmap->slot[slot].count == 1)
		kmap->in_use--;
	return true;
}

uint32_t kmap_users(const struct kmap *kmap, pfn_t pfn)
{
	uint32_t slot = kmap->in_use ? find_slot(kmap, pfn) : SLOT_NONE;

	return slot == SLOT_NONE ? 0 : kmap->slot[slot].count - 1;
}

uint32_t kmap_slots_in_use(const struct kmap *kmap)
{
	return kmap->in_use;
}

bool kmap_validate(const struct kmap *kmap, char *why, size_t size)
{
	uint32_t in_use = 0;

	for (uint32_t i = 0; i < kmap->nr; i++) {
		const struct kmap_slot *slot = &kmap->slot[i];

		if (!slot->count)
			continue;
		in_use += slot->count > 1;
		if (find_slot(kmap, slot->pfn) != i) {
			snprintf(why, size,
				 "kmap: slot %u has page frame %u, which is "
				 "found elsewhere or not at all",
				 i, slot->pfn);
			return false;
		}
	}
	if (in_use == kmap->in_use)
		return true;
	snprintf(why, size, "kmap: %u slots have users, and %u are counted",
		 in_use, kmap->in_use);
	return false;
}
