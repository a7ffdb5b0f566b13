/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_COMPACTION_MIGRATE_H
#define KMEMSIM_MODELS_COMPACTION_MIGRATE_H

/*
 * Moving folios to other pages, for compaction and for allocations of
 * contiguous ranges. Source: mm/migrate.c, Linux 6.1.
 */

#include "models/reclaim/folio.h"

/* Pages moved, or looked for, at a time. */
#define COMPACT_CLUSTER_MAX 32

/* How long a move may wait: enum migrate_mode of the kernel. */
enum migrate_mode {
	MIGRATE_ASYNC,	    /* for nothing */
	MIGRATE_SYNC_LIGHT, /* for locks, but not for a device */
	MIGRATE_SYNC,	    /* for locks and for writeback */
};

/*
 * Isolated folios, by their links: while they are off their LRU list, these
 * are free for whoever has isolated them. Begin with NO_FOLIOS.
 */
struct folio_chain {
	folio_t first;
	folio_t last;
};
#define NO_FOLIOS ((struct folio_chain){ FOLIO_NONE, FOLIO_NONE })

static inline bool folio_chain_is_empty(const struct folio_chain *chain)
{
	return chain->first == FOLIO_NONE;
}

void folio_chain_push(struct memory *memory, struct folio_chain *chain,
		      folio_t folio);
void folio_chain_append(struct memory *memory, struct folio_chain *chain,
			folio_t folio);
/* Takes the first folio out; FOLIO_NONE: there is none. */
folio_t folio_chain_pop(const struct memory *memory, struct folio_chain *chain);

/* Puts all folios back on their LRU lists. Source: putback_movable_pages(). */
void folio_chain_putback(struct memory *memory, struct folio_chain *chain);

/* One call of migrate_folios(), and whom it asks for pages. */
struct migration {
	struct memory *memory;
	cpu_t cpu; /* that frees the pages moved from */
	enum migrate_mode mode;
	/* The task reclaims memory itself: it must not wait for locks. */
	bool reclaims;
	/*
	 * A block for the folio, in PAGE_ALLOCATED of its order, or PFN_NONE;
	 * and what becomes of one that was not used. Both may let time pass.
	 */
	pfn_t (*take_page)(void *argument, folio_t folio);
	void (*return_page)(void *argument, pfn_t pfn, order_t order);
	void *argument;
	uint32_t moved; /* pages; set by the call */
};

/*
 * Moves the folios of a chain, first to last, those that are busy in up to
 * ten rounds. What could not be moved is left in the chain. Returns how many
 * folios that are, or -1: there was no page to move one to.
 * Source: migrate_pages().
 */
int migrate_folios(struct migration *migration, struct folio_chain *chain);

#endif
