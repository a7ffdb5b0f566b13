/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_KMAP_H
#define KMEMSIM_MODELS_KMAP_H

/*
 * kmap: addresses lent to pages of HighMem, from a small array of slots, a
 * page each. A page that is mapped twice has one slot and two users.
 *
 * Pages of the linear map need no slot: for them kmap gives the address that
 * they have anyway.
 */

#include "models/memory.h"

struct kmap;

/*
 * Builds the slots that the machine's description says, all free. `memory` is
 * borrowed until kmap_free(). NULL with an error added: the host has no
 * memory.
 */
struct kmap *kmap_new(struct memory *memory, struct errors *errors);
void kmap_free(struct kmap *kmap);

/*
 * The address of a page, for whoever has one now: of the linear map, or of
 * its slot. The slot stays its own until it is needed, used or not. 0: none.
 * Source: page_address(), mm/highmem.c.
 */
uint64_t kmap_page_address(const struct kmap *kmap, pfn_t pfn);

/*
 * Maps a page; its address. 0: all slots are in use, where the kernel sleeps
 * until one is given back. Adds to memory->work. Source: kmap_high().
 */
uint64_t kmap_map(struct kmap *kmap, pfn_t pfn);

/*
 * One user fewer. false: it had none, a BUG() in the kernel; nothing was done.
 * A page of the linear map never has users to count: always true.
 * Source: kunmap_high().
 */
bool kmap_unmap(struct kmap *kmap, pfn_t pfn);

/* Users of the page's slot, 0 where it has none or needs none. */
uint32_t kmap_users(const struct kmap *kmap, pfn_t pfn);

/* Slots with users. */
uint32_t kmap_slots_in_use(const struct kmap *kmap);

/*
 * Recounts: every slot that has a page is found by it, and no page has two.
 * Returns true, or false with the first contradiction in `why`.
 */
bool kmap_validate(const struct kmap *kmap, char *why, size_t size);

#endif
