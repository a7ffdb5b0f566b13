/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An open-addressed hash table of key numbers, kept at most half full. Calls
 * of one kind come in rows, so the key asked for last is tried first.
 *
 * The hash never shows in a result: numbers follow first appearance.
 */

#include "results/record/numbering.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/host.h"

#define SLOTS_AT_FIRST 64

/* The last step of MurmurHash3 (Austin Appleby, public domain). */
static uint64_t hash(uint64_t key)
{
	key = (key ^ key >> 33) * 0xff51afd7ed558ccdULL;
	key = (key ^ key >> 33) * 0xc4ceb9fe1a85ec53ULL;
	return key ^ key >> 33;
}

/* The slot that holds the key, or the free one where it belongs. */
static size_t find_slot(const struct numbering *numbering, uint64_t key)
{
	size_t mask = numbering->nr_slots - 1;
	size_t at = hash(key) & mask;

	while (numbering->slot[at] &&
	       numbering->key[numbering->slot[at] - 1] != key)
		at = (at + 1) & mask;
	return at;
}

static int grow_slots(struct numbering *numbering)
{
	size_t nr = numbering->nr_slots ? numbering->nr_slots * 2 :
					  SLOTS_AT_FIRST;
	uint32_t *slot = host_alloc(nr, sizeof(*slot));
	size_t i;

	if (!slot)
		return -1;
	free(numbering->slot);
	numbering->slot = slot;
	numbering->nr_slots = nr;
	for (i = 0; i < numbering->nr; i++)
		slot[find_slot(numbering, numbering->key[i])] = (uint32_t)i + 1;
	return 0;
}

static size_t add(struct numbering *numbering, uint64_t key)
{
	uint64_t *grown;

	if ((numbering->nr + 1) * 2 > numbering->nr_slots &&
	    grow_slots(numbering))
		return NUMBERING_FULL;
	grown = host_grow(numbering->key, &numbering->key_capacity,
			  numbering->nr + 1, sizeof(*grown));
	if (!grown)
		return NUMBERING_FULL;
	numbering->key = grown;
	grown[numbering->nr] = key;
	numbering->slot[find_slot(numbering, key)] =
		(uint32_t)numbering->nr + 1;
	return numbering->nr++;
}

size_t numbering_of(struct numbering *numbering, uint64_t key)
{
	size_t at;

	if (numbering->last < numbering->nr &&
	    numbering->key[numbering->last] == key)
		return numbering->last;
	if (numbering->nr) {
		at = find_slot(numbering, key);
		if (numbering->slot[at])
			return numbering->last = numbering->slot[at] - 1;
	}
	return add(numbering, key);
}

void numbering_release(struct numbering *numbering)
{
	free(numbering->key);
	free(numbering->slot);
	memset(numbering, 0, sizeof(*numbering));
}
