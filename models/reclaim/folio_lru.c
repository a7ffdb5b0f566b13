/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The LRU lists of each node, and the working set.
 *
 *	            second use, or refault soon enough
 *	      +--------------------------------------------+
 *	      |                                            v
 *	head [inactive list] tail                 head [active list] tail
 *	  ^     new folios        |                              |
 *	  |                       v                              |
 *	  |                    evicted                           |
 *	  +---------------- reclaim deactivates -----------------+
 *
 * Rules, with where the kernel (Linux 6.1) has them:
 *   - which list, by the flags: unevictable, else anon or file, active or not
 *     (folio_lru_list()); a list counts its pages for the node and by zone
 *     (update_lru_size());
 *   - each eviction and each activation lets the node's clock go on by the
 *     pages (workingset_age_nonresident()); what was evicted remembers the
 *     clock (workingset_eviction());
 *   - what comes back when the clock has gone on by no more than the pages
 *     that it might have displaced goes to the active list: the active lists,
 *     and the other kind's inactive list, anonymous ones only while there is
 *     swap space (workingset_refault());
 *   - one that was active before it went has cost something: lru_note_cost(),
 *     whose sums are halved when they exceed a quarter of the lists.
 *
 * Left out: the per-CPU batches between a use and the move it causes (mm/swap.c
 * moves up to 15 folios at a time, here each moves at once: no order among
 * folios of different CPUs depends on when a batch was full); memory cgroups;
 * the multi-generational LRU; the coarser clock of kernels whose shadow entries
 * have too few bits for it (bucket_order).
 */

#include "models/reclaim/folio_internal.h"

#include "sim/base/bug.h"

enum lru_list folio_list(const struct folio *folio)
{
	int list = folio_is_file(folio) ? LRU_INACTIVE_FILE : LRU_INACTIVE_ANON;

	if (folio->flags & FOLIO_UNEVICTABLE)
		return LRU_UNEVICTABLE;
	return (enum lru_list)(list + !!(folio->flags & FOLIO_ACTIVE));
}

static struct lruvec *lruvec_of(const struct memory *memory,
				const struct folio *folio)
{
	return &memory->folios->lruvec[folio->node_index];
}

void folio_list_add(struct memory *memory, folio_t number, bool tail)
{
	struct folios *folios = memory->folios;
	struct folio *folio = folio_of(folios, number);
	enum lru_list list = folio_list(folio);
	struct lruvec *lruvec = lruvec_of(memory, folio);
	folio_t first = lruvec->head[list];
	folio_t last = lruvec->tail[list];

	folio->prev = tail ? last : FOLIO_NONE;
	folio->next = tail ? FOLIO_NONE : first;
	if (tail || first == FOLIO_NONE)
		lruvec->tail[list] = number;
	else
		folio_of(folios, first)->prev = number;
	if (!tail || last == FOLIO_NONE)
		lruvec->head[list] = number;
	else
		folio_of(folios, last)->next = number;
	lruvec->pages[list] += folio_pages(folio);
	lruvec->zone_pages[folio->zone][list] += folio_pages(folio);
	folio_count(memory, folio, (enum node_stat)(NR_INACTIVE_ANON + list));
}

void folio_list_remove(struct memory *memory, folio_t number)
{
	struct folios *folios = memory->folios;
	struct folio *folio = folio_of(folios, number);
	enum lru_list list = folio_list(folio);
	struct lruvec *lruvec = lruvec_of(memory, folio);

	if (folio->prev == FOLIO_NONE)
		lruvec->head[list] = folio->next;
	else
		folio_of(folios, folio->prev)->next = folio->next;
	if (folio->next == FOLIO_NONE)
		lruvec->tail[list] = folio->prev;
	else
		folio_of(folios, folio->next)->prev = folio->prev;
	folio->next = folio->prev = FOLIO_NONE;
	lruvec->pages[list] -= folio_pages(folio);
	lruvec->zone_pages[folio->zone][list] -= folio_pages(folio);
	folio_uncount(memory, folio, (enum node_stat)(NR_INACTIVE_ANON + list));
}

void lruvec_age(struct memory *memory, const struct folio *folio)
{
	lruvec_of(memory, folio)->nonresident_age += folio_pages(folio);
}

void folio_activate(struct memory *memory, folio_t number)
{
	struct folio *folio = folio_of(memory->folios, number);

	if (!folio_is_listed(folio) ||
	    folio->flags & (FOLIO_ACTIVE | FOLIO_UNEVICTABLE))
		return;
	folio_list_remove(memory, number);
	folio->flags |= FOLIO_ACTIVE;
	folio_list_add(memory, number, false);
	memory->vm_event[VM_PGACTIVATE] += folio_pages(folio);
}

void folio_rotate(struct memory *memory, folio_t number)
{
	struct folio *folio = folio_of(memory->folios, number);

	if (!folio_is_listed(folio) ||
	    folio->flags & (FOLIO_LOCKED | FOLIO_DIRTY | FOLIO_UNEVICTABLE))
		return;
	folio_list_remove(memory, number);
	folio->flags &= ~FOLIO_ACTIVE;
	folio_list_add(memory, number, true);
	memory->vm_event[VM_PGROTATED] += folio_pages(folio);
}

void folio_note_eviction(struct memory *memory, struct folio *folio)
{
	folio->evicted_at = (uint32_t)lruvec_of(memory, folio)->nonresident_age;
	folio->state |= FOLIO_SHADOW;
	lruvec_age(memory, folio);
}

/* How far away a folio of this kind may have been and still be active. */
static uint64_t workingset_size(const struct memory *memory,
				const struct lruvec *lruvec, bool file)
{
	uint64_t pages = lruvec->pages[LRU_ACTIVE_FILE];

	if (!file)
		pages += lruvec->pages[LRU_INACTIVE_FILE];
	if (folios_free_swap(memory)) {
		pages += lruvec->pages[LRU_ACTIVE_ANON];
		if (file)
			pages += lruvec->pages[LRU_INACTIVE_ANON];
	}
	return pages;
}

void folio_note_refault(struct memory *memory, struct folio *folio,
			uint32_t evicted_from)
{
	const struct lruvec *lruvec = &memory->folios->lruvec[evicted_from];
	uint32_t distance =
		(uint32_t)lruvec->nonresident_age - folio->evicted_at;

	folio_count(memory, folio, folio_stat(folio, WORKINGSET_REFAULT_ANON));
	if (distance > workingset_size(memory, lruvec, folio_is_file(folio))) {
		folio->flags &= ~FOLIO_WORKINGSET;
		return;
	}
	if (!(folio->flags & FOLIO_UNEVICTABLE))
		folio->flags |= FOLIO_ACTIVE;
	lruvec_age(memory, folio);
	folio_count(memory, folio, folio_stat(folio, WORKINGSET_ACTIVATE_ANON));
	if (!(folio->flags & FOLIO_WORKINGSET))
		return;
	lruvec_note_cost(memory, folio->node_index, folio_is_file(folio),
			 folio_pages(folio));
	folio_count(memory, folio, folio_stat(folio, WORKINGSET_RESTORE_ANON));
}

void lruvec_note_cost(struct memory *memory, uint32_t node_index, bool file,
		      uint64_t pages)
{
	struct lruvec *lruvec = folio_lruvec(memory, node_index);
	uint64_t listed = 0;

	for (int list = 0; list < LRU_UNEVICTABLE; list++)
		listed += lruvec->pages[list];
	*(file ? &lruvec->file_cost : &lruvec->anon_cost) += pages;
	if (lruvec->file_cost + lruvec->anon_cost > listed / 4) {
		lruvec->file_cost /= 2;
		lruvec->anon_cost /= 2;
	}
}
