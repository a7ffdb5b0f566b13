/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What becomes of one folio at the tail of an inactive list.
 *
 *	locked -------------------------------------------> keep
 *	under writeback -- freed when it is over ---------> activate
 *	used twice, or text used once --------------------> activate
 *	used once since mapped ---------------------------> keep
 *	anonymous -- no place in swap --------------------> activate
 *	unmap
 *	dirty page cache -- to be freed once written -----> activate
 *	dirty -- write it now ----------------------------> keep
 *	clean --------------------------------------------> free
 *
 * Rules (Linux 6.1, mm/vmscan.c):
 *
 * - What its owner has dropped since it was taken off its list is freed when it
 *   is put back.
 * - A folio's use is seen in its own mark and in page tables. Page tables once:
 *   it is marked and kept; with the mark, or program text: it is activated. The
 *   mark alone: it is freed if it is clean (folio_check_references()).
 * - Anonymous memory gets a place in swap space when its turn comes; a request
 *   that must not do I/O can't give it one.
 * - Dirty page cache is the flusher's to write. kswapd does only where it has
 *   met nothing else, and what it has already marked before (PGDAT_DIRTY);
 *   until then it is marked to be freed once written, and activated, to be out
 *   of the way.
 * - So is what is under writeback. kswapd that meets marked ones again, where
 *   it has met nothing else (PGDAT_WRITEBACK), is to wait.
 * - What is free to go is freed after the batch, the last one first: each is
 *   put in front of the others (free_unref_page_list()). Folios of several
 *   pages go at once.
 * - A folio that is activated although it is in swap space gives its place up
 *   when less than half of swap is left (mem_cgroup_swap_full()).
 *
 * Left out: splitting huge folios, lazily freed memory (MADV_FREE), files that
 * can not be written page by page, pinned pages, contended locks.
 */

#include "models/reclaim/reclaim_internal.h"

#include "models/gfp.h"
#include "models/page/page_alloc.h"

enum fate {
	FATE_KEEP,
	FATE_ACTIVATE,
	FATE_FREE,
};

enum references {
	REFERENCES_NONE,
	REFERENCES_IF_CLEAN, /* to be freed only if it is clean */
	REFERENCES_KEEP,
	REFERENCES_ACTIVATE,
};

/* The folio whose turn it is, and on whose behalf. */
struct candidate {
	struct memory *memory;
	uint32_t node_index;
	struct scan_control *sc;
	struct batch_stat *stat;
	folio_t number;
	struct folio *folio;
	uint64_t pages;
};

static bool has(const struct candidate *c, unsigned int flags)
{
	return c->folio->flags & flags;
}

/* Page cache only: folio_check_dirty_writeback() */
static void note_dirt(const struct candidate *c)
{
	bool writeback = has(c, FOLIO_WRITEBACK);

	if (folio_is_file(c->folio) && has(c, FOLIO_DIRTY | FOLIO_WRITEBACK))
		c->stat->dirty += c->pages;
	if (folio_is_file(c->folio) && has(c, FOLIO_DIRTY) && !writeback)
		c->stat->unqueued_dirty += c->pages;
	if (folio_is_file(c->folio) && writeback && has(c, FOLIO_RECLAIM))
		c->stat->congested += c->pages;
}

/* It goes when it is written; until then it is out of the way. */
static enum fate wait_for_writeback(const struct candidate *c)
{
	if (c->sc->is_kswapd && has(c, FOLIO_RECLAIM) &&
	    folio_lruvec(c->memory, c->node_index)->force_scan_writeback) {
		c->stat->immediate += c->pages;
	} else {
		c->folio->flags |= FOLIO_RECLAIM;
		c->stat->writeback += c->pages;
	}
	return FATE_ACTIVATE;
}

/* folio_check_references() */
static enum references check_references(const struct candidate *c)
{
	bool marked = has(c, FOLIO_REFERENCED);
	bool used = has(c, FOLIO_MAPPED) && has(c, FOLIO_YOUNG);

	if (has(c, FOLIO_MAPPED))
		c->memory->work.count[WORK_RMAP_WALKS]++;
	c->folio->flags &= ~(FOLIO_REFERENCED | FOLIO_YOUNG);
	if (!used)
		return marked && folio_is_file(c->folio) ? REFERENCES_IF_CLEAN :
							   REFERENCES_NONE;
	c->folio->flags |= FOLIO_REFERENCED;
	if (marked || (folio_is_file(c->folio) && has(c, FOLIO_EXECUTABLE)))
		return REFERENCES_ACTIVATE;
	return REFERENCES_KEEP;
}

/* may_enter_fs() */
static bool may_write(const struct candidate *c)
{
	return c->sc->gfp & __GFP_FS ||
	       (has(c, FOLIO_SWAPPED) && c->sc->gfp & __GFP_IO);
}

/* Is dirty page cache left to the flusher? */
static bool is_flushers(const struct candidate *c)
{
	return folio_is_file(c->folio) &&
	       (!c->sc->is_kswapd || !has(c, FOLIO_RECLAIM) ||
		!folio_lruvec(c->memory, c->node_index)->dirty);
}

/* pageout() */
static enum fate write_out(const struct candidate *c)
{
	struct memory *memory = c->memory;

	c->folio->flags |= FOLIO_RECLAIM;
	memory->node[c->node_index].stat[NR_VMSCAN_WRITE] += c->pages;
	c->stat->pageout += c->pages;
	reclaim_write_folio(memory, c->number);
	if (!has(c, FOLIO_WRITEBACK))
		c->folio->flags &= ~FOLIO_RECLAIM;
	return has(c, FOLIO_WRITEBACK | FOLIO_DIRTY) ? FATE_KEEP : FATE_FREE;
}

static enum fate clean(const struct candidate *c, enum references references)
{
	if (!has(c, FOLIO_DIRTY))
		return FATE_FREE;
	if (is_flushers(c)) {
		c->memory->node[c->node_index].stat[NR_VMSCAN_IMMEDIATE] +=
			c->pages;
		c->folio->flags |= FOLIO_RECLAIM;
		return FATE_ACTIVATE;
	}
	if (references == REFERENCES_IF_CLEAN || !may_write(c) ||
	    !c->sc->may_writepage)
		return FATE_KEEP;
	return write_out(c);
}

/* Out of page tables: try_to_unmap() */
static void unmap(const struct candidate *c)
{
	if (!has(c, FOLIO_MAPPED))
		return;
	folio_unmap(c->memory, c->number);
	c->memory->work.count[WORK_RMAP_WALKS]++;
}

static enum fate decide(const struct candidate *c)
{
	enum references references;

	if (has(c, FOLIO_LOCKED))
		return FATE_KEEP;
	c->sc->nr_scanned += c->pages;
	if (has(c, FOLIO_UNEVICTABLE) || folio_is_dropped(c->folio) ||
	    (!c->sc->may_unmap && has(c, FOLIO_MAPPED)))
		return FATE_KEEP;
	note_dirt(c);
	if (has(c, FOLIO_WRITEBACK))
		return wait_for_writeback(c);
	references = check_references(c);
	if (references == REFERENCES_ACTIVATE)
		return FATE_ACTIVATE;
	if (references == REFERENCES_KEEP)
		return FATE_KEEP;
	if (!folio_is_file(c->folio) && !has(c, FOLIO_SWAPPED)) {
		if (!(c->sc->gfp & __GFP_IO))
			return FATE_KEEP;
		if (!folio_add_to_swap(c->memory, c->number))
			return FATE_ACTIVATE;
	}
	unmap(c);
	return clean(c, references);
}

/* Is less than half of swap space left? vm_swap_full() */
static bool is_swap_full(const struct memory *memory)
{
	return folios_free_swap(memory) * 2 < memory->desc->swap_bytes >>
	       memory->page_shift;
}

static void activate(const struct candidate *c)
{
	if (has(c, FOLIO_SWAPPED) && has(c, FOLIO_MAPPED) &&
	    !has(c, FOLIO_WRITEBACK) && is_swap_full(c->memory))
		folio_free_swap(c->memory, c->number);
	c->folio->flags |= FOLIO_ACTIVE;
	c->stat->activated += c->pages;
}

/* A list of single pages, in the order in which the kernel frees them. */
static void free_pages(struct memory *memory, cpu_t cpu, const pfn_t *pfn,
		       uint32_t nr)
{
	while (nr)
		page_free(memory, cpu, pfn[--nr], 0);
}

uint64_t reclaim_shrink_folios(struct memory *memory, uint32_t node_index,
			       struct scan_control *sc,
			       struct folio_batch *batch,
			       struct batch_stat *stat)
{
	cpu_t cpu = freeing_cpu(memory, sc);
	pfn_t freed[SWAP_CLUSTER_MAX];
	uint32_t nr_freed = 0;
	uint32_t nr_kept = 0;
	uint64_t reclaimed = 0;

	for (uint32_t i = 0; i < batch->nr; i++) {
		struct folio *folio = folio_get(memory, batch->folio[i]);
		const struct candidate c = {
			memory, node_index,	   sc, stat, batch->folio[i],
			folio,	folio_pages(folio)
		};
		enum fate fate = decide(&c);
		order_t order = folio->order;
		pfn_t pfn = folio->pfn;

		if (fate == FATE_ACTIVATE)
			activate(&c);
		if (fate != FATE_FREE) {
			batch->folio[nr_kept++] = c.number;
			continue;
		}
		reclaimed += c.pages;
		folio_evict(memory, c.number);
		if (order)
			page_free(memory, cpu, pfn, order);
		else
			freed[nr_freed++] = pfn;
	}
	batch->nr = nr_kept;
	free_pages(memory, cpu, freed, nr_freed);
	memory->vm_event[VM_PGACTIVATE] += stat->activated;
	return reclaimed;
}
