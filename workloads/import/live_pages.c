/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Blocks by first frame. To find the block that covers a frame, its possible
 * first frames are tried, one per order: blocks are aligned to their size.
 */
#include "sim/base/bug.h"
#include "workloads/import/live_pages.h"

#define PIECE_ID_MASK (((uint64_t)1 << PIECE_ID_BITS) - 1)
_Static_assert(PIECE_ID_BITS + PIECE_KIN_BITS == 64, "they fill a value");

/* A piece packed beside its id: the page in the low bits. */
#define EXTRA_ORDER_SHIFT 16
#define EXTRA_PART (1u << 24)

_Static_assert(MAX_ORDERS <= 16, "a page's place fits below the order");

static void unpack(const struct number_slot *slot, struct piece *piece)
{
	*piece = (struct piece){
		.id = slot->value & PIECE_ID_MASK,
		.kin = (uint32_t)(slot->value >> PIECE_ID_BITS),
		.pfn = (pfn_t)slot->key,
		.page = slot->extra & ((1u << EXTRA_ORDER_SHIFT) - 1),
		.order = (order_t)(slot->extra >> EXTRA_ORDER_SHIFT & 0xff),
		.part = slot->extra & EXTRA_PART,
	};
}

int live_pages_add(struct live_pages *live, const struct piece *piece,
		   struct errors *errors)
{
	uint32_t extra = piece->page |
			 (uint32_t)piece->order << EXTRA_ORDER_SHIFT |
			 (piece->part ? EXTRA_PART : 0);

	uint64_t value = piece->id | (uint64_t)piece->kin << PIECE_ID_BITS;

	/* A trace of so many allocations would be 100 TB long. */
	BUG_ON(piece->id > PIECE_ID_MASK || piece->kin >> PIECE_KIN_BITS);
	if (number_map_set(&live->map, piece->pfn, value, extra, errors) < 0)
		return -1;
	live->nr_of_order[piece->order]++;
	live->pages += (uint64_t)1 << piece->order;
	return 0;
}

bool live_pages_covering(const struct live_pages *live, pfn_t pfn,
			 struct piece *piece)
{
	const struct number_slot *slot;
	unsigned int order;

	for (order = 0; order < MAX_ORDERS; order++) {
		if (!live->nr_of_order[order])
			continue;
		slot = number_map_find(&live->map, pfn & ~((1u << order) - 1));
		if (!slot)
			continue;
		unpack(slot, piece);
		if (pfn - piece->pfn < 1u << piece->order)
			return true;
	}
	return false;
}

bool live_pages_overlapping(const struct live_pages *live, pfn_t pfn,
			    unsigned int order, struct piece *piece)
{
	const struct number_slot *slot;
	uint32_t i;

	if (live_pages_covering(live, pfn, piece))
		return true;
	for (i = 1; i < 1u << order; i++) {
		slot = number_map_find(&live->map, (uint64_t)pfn + i);
		if (!slot)
			continue;
		unpack(slot, piece);
		return true;
	}
	return false;
}

void live_pages_remove(struct live_pages *live, const struct piece *piece)
{
	number_map_remove(&live->map, piece->pfn);
	live->nr_of_order[piece->order]--;
	live->pages -= (uint64_t)1 << piece->order;
}

int live_pages_split(struct live_pages *live, pfn_t pfn, unsigned int order,
		     struct piece *piece, struct errors *errors)
{
	struct piece other;
	uint32_t half;

	live_pages_remove(live, piece);
	while (piece->order > order) {
		piece->order--;
		piece->part = true;
		half = 1u << piece->order;
		other = *piece;
		if (pfn - piece->pfn >= half) {
			piece->pfn += half;
			piece->page += half;
		} else {
			other.pfn += half;
			other.page += half;
		}
		if (live_pages_add(live, &other, errors) < 0)
			return -1;
	}
	return live_pages_add(live, piece, errors);
}

void live_pages_release(struct live_pages *live)
{
	number_map_release(&live->map);
	*live = LIVE_PAGES_NONE;
}
