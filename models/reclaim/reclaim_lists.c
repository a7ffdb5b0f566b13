/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Batches: folios are taken off the tail of a list, up to 32 pages at once,
 * looked at, and put back or freed.
 *
 *	inactive  head [ i ][ h ] … [ c ][ b ][ a ] tail
 *	                                 \____|____/   taken: a, b, c
 *	                                      |
 *	               +----------------------+-----------------+
 *	               v                      v                 v
 *	        freed: c before a      active list's head   back to the head:
 *	                                                    c before a
 *
 * Rules (Linux 6.1, mm/vmscan.c):
 *
 * - Folios are taken from the tail. Those of zones above what the request may
 *   use are skipped: they go to the head of the list, and count as scanned,
 *   but not towards the batch (isolate_lru_folios()). Mapped ones go there too
 *   where they are not to be unmapped; these count.
 * - What is kept is put back in the order in which it was taken, each at the
 *   head of its list: the last one taken ends up first
 *   (move_folios_to_lru()).
 * - An active folio that was used loses that mark, and moves on all the same,
 *   but for mapped program text (shrink_active_list()).
 * - Pages written cost their kind (lru_note_cost()). A batch of nothing but
 *   dirty page cache that nobody writes wakes the flusher
 *   (shrink_inactive_list()).
 *
 * A batch's folios may change while it is looked at: others run wherever the
 * kernel has cond_resched(). Here that is once a batch, before its first folio
 * is looked at; the kernel has one before each folio.
 *
 * Left out: the per-CPU batches of folios on their way to a list.
 */

#include "models/reclaim/reclaim_internal.h"

static const enum vm_event skip_event[NR_ZONE_TYPES] = {
	[ZONE_DMA] = VM_PGSKIP_DMA,	    [ZONE_DMA32] = VM_PGSKIP_DMA32,
	[ZONE_NORMAL] = VM_PGSKIP_NORMAL,   [ZONE_HIGHMEM] = VM_PGSKIP_HIGH,
	[ZONE_MOVABLE] = VM_PGSKIP_MOVABLE,
};

/*
 * Puts skipped folios back, the first one skipped first. The kernel has them on
 * a list, which it puts there as a whole: no work that grows with it.
 */
static void put_back_skipped(struct memory *memory, folio_t first)
{
	while (first != FOLIO_NONE) {
		struct folio *folio = folio_get(memory, first);
		folio_t next = folio->next;

		memory->vm_event[skip_event[folio->zone]] += folio_pages(folio);
		folio_putback(memory, first);
		first = next;
	}
}

/*
 * Takes up to nr_to_scan pages off the list's tail. Returns pages scanned,
 * skipped ones included; *taken is those in the batch.
 */
static uint64_t take_batch(struct memory *memory, uint32_t node_index,
			   const struct scan_control *sc, enum lru_list lru,
			   uint64_t nr_to_scan, struct folio_batch *batch,
			   uint64_t *taken)
{
	const struct lruvec *lruvec = folio_lruvec(memory, node_index);
	folio_t first_skipped = FOLIO_NONE;
	folio_t *skipped = &first_skipped;
	uint64_t total = 0;
	uint64_t scanned = 0;

	batch->nr = 0;
	*taken = 0;
	while (scanned < nr_to_scan && lruvec->tail[lru] != FOLIO_NONE) {
		folio_t number = lruvec->tail[lru];
		struct folio *folio = folio_get(memory, number);
		uint64_t pages = folio_pages(folio);

		total += pages;
		folio_isolate(memory, number);
		if (folio->zone > sc->highest) {
			folio->next = FOLIO_NONE;
			*skipped = number;
			skipped = &folio->next;
			continue;
		}
		scanned += pages;
		if (!sc->may_unmap && folio->flags & FOLIO_MAPPED) {
			memory->work.count[WORK_LRU_MOVED] += pages;
			folio_putback(memory, number);
			continue;
		}
		*taken += pages;
		batch->folio[batch->nr++] = number;
	}
	put_back_skipped(memory, first_skipped);
	memory->work.count[WORK_LRU_BATCHES]++;
	memory->work.count[WORK_LRU_SCANNED] += total;
	return total;
}

/* move_folios_to_lru(); returns pages put back. */
static uint64_t put_back(struct memory *memory, uint32_t node_index,
			 const struct folio_batch *batch)
{
	struct lruvec *lruvec = folio_lruvec(memory, node_index);
	uint64_t moved = 0;

	for (uint32_t i = 0; i < batch->nr; i++) {
		const struct folio *folio = folio_get(memory, batch->folio[i]);
		uint64_t pages = folio_pages(folio);
		bool active = folio->flags & FOLIO_ACTIVE;

		memory->work.count[WORK_LRU_MOVED] += pages;
		if (!(folio->flags & FOLIO_UNEVICTABLE)) {
			moved += pages;
			lruvec->nonresident_age += active ? pages : 0;
		}
		folio_putback(memory, batch->folio[i]);
	}
	return moved;
}

/* false: too many have taken folios off, and waiting did not change that. */
static bool may_take(struct memory *memory, uint32_t node_index,
		     const struct scan_control *sc, bool file)
{
	if (!reclaim_too_many_isolated(memory, node_index, sc, file))
		return true;
	reclaim_throttle(memory, node_index, SLEEP_ISOLATED);
	return !memory->dying &&
	       !reclaim_too_many_isolated(memory, node_index, sc, file);
}

static void count_scanned(struct memory *memory, const struct scan_control *sc,
			  bool file, uint64_t pages)
{
	memory->vm_event[sc->is_kswapd ? VM_PGSCAN_KSWAPD : VM_PGSCAN_DIRECT] +=
		pages;
	memory->vm_event[file ? VM_PGSCAN_FILE : VM_PGSCAN_ANON] += pages;
}

static void count_reclaimed(struct memory *memory,
			    const struct scan_control *sc, bool file,
			    uint64_t pages)
{
	memory->vm_event[sc->is_kswapd ? VM_PGSTEAL_KSWAPD :
					 VM_PGSTEAL_DIRECT] += pages;
	memory->vm_event[file ? VM_PGSTEAL_FILE : VM_PGSTEAL_ANON] += pages;
	memory->work.count[WORK_LRU_RECLAIMED] += pages;
}

static void add_to_round(struct round_counts *nr, const struct batch_stat *stat,
			 bool file, uint64_t taken)
{
	nr->dirty += stat->dirty;
	nr->congested += stat->congested;
	nr->unqueued_dirty += stat->unqueued_dirty;
	nr->writeback += stat->writeback;
	nr->immediate += stat->immediate;
	nr->taken += taken;
	if (file)
		nr->file_taken += taken;
}

uint64_t reclaim_shrink_inactive(struct memory *memory, uint32_t node_index,
				 struct scan_control *sc, enum lru_list lru,
				 uint64_t nr_to_scan)
{
	bool file = lru_is_file(lru);
	struct folio_batch batch;
	struct batch_stat stat = { 0 };
	uint64_t taken;
	uint64_t reclaimed;

	if (!may_take(memory, node_index, sc, file))
		return memory->dying ? SWAP_CLUSTER_MAX : 0;
	count_scanned(memory, sc, file,
		      take_batch(memory, node_index, sc, lru, nr_to_scan,
				 &batch, &taken));
	if (!taken)
		return 0;
	reclaim_elapse(memory);
	reclaimed =
		reclaim_shrink_folios(memory, node_index, sc, &batch, &stat);
	put_back(memory, node_index, &batch);
	count_reclaimed(memory, sc, file, reclaimed);
	lruvec_note_cost(memory, node_index, file, stat.pageout);
	if (stat.unqueued_dirty == taken)
		reclaim_wake_flusher(memory);
	add_to_round(&sc->nr, &stat, file, taken);
	return reclaimed;
}

/* Is it program text that is in use? That stays. folio_referenced() */
static bool stays_active(struct memory *memory, struct folio *folio)
{
	bool used = folio->flags & FOLIO_YOUNG;

	if (!(folio->flags & FOLIO_MAPPED))
		return false;
	memory->work.count[WORK_RMAP_WALKS]++;
	folio->flags &= ~FOLIO_YOUNG;
	return used && folio->flags & FOLIO_EXECUTABLE && folio_is_file(folio);
}

void reclaim_shrink_active(struct memory *memory, uint32_t node_index,
			   struct scan_control *sc, enum lru_list lru,
			   uint64_t nr_to_scan)
{
	struct folio_batch batch;
	struct folio_batch active = { .nr = 0 };
	struct folio_batch inactive = { .nr = 0 };
	uint64_t taken;

	memory->vm_event[VM_PGREFILL] += take_batch(memory, node_index, sc, lru,
						    nr_to_scan, &batch, &taken);
	if (taken)
		reclaim_elapse(memory);
	for (uint32_t i = 0; i < batch.nr; i++) {
		struct folio *folio = folio_get(memory, batch.folio[i]);

		if (folio->flags & FOLIO_UNEVICTABLE) {
			memory->work.count[WORK_LRU_MOVED] +=
				folio_pages(folio);
			folio_putback(memory, batch.folio[i]);
		} else if (stays_active(memory, folio)) {
			active.folio[active.nr++] = batch.folio[i];
		} else {
			folio->flags &= ~FOLIO_ACTIVE;
			folio->flags |= FOLIO_WORKINGSET;
			inactive.folio[inactive.nr++] = batch.folio[i];
		}
	}
	put_back(memory, node_index, &active);
	memory->vm_event[VM_PGDEACTIVATE] +=
		put_back(memory, node_index, &inactive);
}
