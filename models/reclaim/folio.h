/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_RECLAIM_FOLIO_H
#define KMEMSIM_MODELS_RECLAIM_FOLIO_H

/*
 * Folios: the pages that the kernel can take back by itself. A folio is a block
 * of page cache or of anonymous memory, on one of its node's LRU lists.
 *
 *	folio_new() --> cached --evicted--> gone --folio_refault()--> cached
 *	                  |                   |
 *	                  +-- folio_drop() <--+   its owner needs it no more
 *
 * A folio outlives its pages: while its owner keeps it, it knows whether it
 * was evicted, and when. Its pages may be moved by compaction: ask for the
 * frame each time. Folios are numbered; memory->folios keeps them, and which
 * folio a frame holds.
 *
 * Sources: mm/swap.c, mm/vmscan.c, mm/workingset.c, mm/migrate.c, Linux 6.1.
 */

#include "models/memory.h"

typedef uint32_t folio_t;
#define FOLIO_NONE UINT32_MAX

/* The kernel's enum lru_list, in its order. */
enum lru_list {
	LRU_INACTIVE_ANON,
	LRU_ACTIVE_ANON,
	LRU_INACTIVE_FILE,
	LRU_ACTIVE_FILE,
	LRU_UNEVICTABLE,
	NR_LRU_LISTS
};

enum folio_flag {
	FOLIO_ANON = 1 << 0, /* anonymous memory; else page cache */
	FOLIO_ACTIVE = 1 << 1,
	FOLIO_REFERENCED = 1 << 2, /* PG_referenced */
	FOLIO_YOUNG = 1 << 3,	   /* a page table says: used since asked */
	FOLIO_MAPPED = 1 << 4,	   /* in a page table, or in several */
	FOLIO_DIRTY = 1 << 5,
	FOLIO_WRITEBACK = 1 << 6,
	FOLIO_RECLAIM = 1 << 7,	     /* to be freed when its I/O is over */
	FOLIO_WORKINGSET = 1 << 8,   /* was in use when last taken off */
	FOLIO_SWAPPED = 1 << 9,	     /* has a place in swap space */
	FOLIO_UNEVICTABLE = 1 << 10, /* locked in memory (mlock) */
	FOLIO_ISOLATED = 1 << 11,    /* off its list: reclaim or compaction */
	FOLIO_EXECUTABLE = 1 << 12,  /* mapped from a program's text */
	FOLIO_LOCKED = 1 << 13,	     /* its contents are being read */
};

/* What its owner says of a new folio. */
struct folio_desc {
	bool anon;
	bool mapped; /* always true of anonymous memory */
	bool executable;
	bool dirty;
	bool active; /* starts on the active list */
	bool unevictable;
	/* Of the starting state: no call made it, nobody used it lately. */
	bool from_start;
	bool idle;	  /* as far as is known, nobody used it lately */
	uint32_t mapping; /* name of the file; 0: none */
	uint32_t task;	  /* name of the task whose memory it is; 0: none */
};

/* What folios are together in. */
enum folio_group_kind {
	FOLIO_GROUP_FILE,
	FOLIO_GROUP_TASK,
	NR_FOLIO_GROUP_KINDS
};

struct folio {
	folio_t next; /* on its LRU list, head first */
	folio_t prev;
	folio_t group_next[NR_FOLIO_GROUP_KINDS]; /* private */
	folio_t group_prev[NR_FOLIO_GROUP_KINDS];
	pfn_t pfn; /* PFN_NONE: gone */
	uint32_t mapping;
	uint32_t task;
	uint32_t evicted_at; /* the node's clock of evictions then */
	gfp_t gfp;	     /* as it was allocated, for reading it again */
	uint16_t flags;	     /* enum folio_flag */
	uint8_t order;
	uint8_t node_index;  /* whose lists it is on */
	uint8_t zone;	     /* enum zone_type, while cached */
	uint8_t state;	     /* private: enum folio_state */
	uint8_t dirty_looks; /* writeback.c keeps its age there */
};

/* A node's LRU lists. */
struct lruvec {
	folio_t head[NR_LRU_LISTS];
	folio_t tail[NR_LRU_LISTS];
	uint64_t pages[NR_LRU_LISTS]; /* node->stat[] says the same */
	/* By zone type: lruvec_lru_size() up to a zone. */
	uint64_t zone_pages[NR_ZONE_TYPES][NR_LRU_LISTS];
	uint64_t anon_cost; /* of reclaiming each kind: lru_note_cost() */
	uint64_t file_cost;
	uint64_t refaults[2];	  /* snapshot: anon, file */
	uint64_t nonresident_age; /* workingset's clock */
	/* Kept by reclaim_throttle(): who sleeps in SLEEP_WRITEBACK… */
	uint32_t nr_writeback_throttled;
	uint64_t nr_reclaim_start; /* …and NR_THROTTLED_WRITTEN since when */
	bool force_scan_writeback; /* PGDAT_WRITEBACK, LRUVEC_CONGESTED… */
	bool congested;
	bool dirty;
};

/* NULL: the host has no memory. Called by memory_new(); costs next to nothing
 * until a folio is made. */
struct folios *folios_new(struct memory *memory);
void folios_free(struct folios *folios);

/*
 * Makes a folio of an allocated block (PAGE_ALLOCATED), at the head of its
 * list. FOLIO_NONE: the host has no memory.
 * Source: folio_add_lru(), filemap_add_folio(), folio_add_new_anon_rmap().
 */
folio_t folio_new(struct memory *memory, pfn_t pfn, order_t order, gfp_t gfp,
		  const struct folio_desc *desc);

/* Borrowed: it stays where it is until its number is given out again. */
struct folio *folio_get(const struct memory *memory, folio_t folio);
/* The folio that a frame is the first page of, or FOLIO_NONE. */
folio_t folio_at(const struct memory *memory, pfn_t pfn);
/* The same if it is on an LRU list: PageLRU(). */
folio_t folio_listed_at(const struct memory *memory, pfn_t pfn);
struct lruvec *folio_lruvec(const struct memory *memory, uint32_t node_index);
/* Number of folios ever made; folios [0, n) may be asked for. */
uint32_t folios_made(const struct memory *memory);

static inline bool folio_is_file(const struct folio *folio)
{
	return !(folio->flags & FOLIO_ANON);
}

static inline bool folio_is_cached(const struct folio *folio)
{
	return folio->pfn != PFN_NONE;
}

static inline uint64_t folio_pages(const struct folio *folio)
{
	return UINT64_C(1) << folio->order;
}

/*
 * The list that its flags say: folio_lru_list(). While it is on a list, only
 * the functions below may change FOLIO_ANON, _ACTIVE and _UNEVICTABLE; reclaim
 * may while it is isolated.
 */
enum lru_list folio_list(const struct folio *folio);

/*
 * Has its owner dropped it, or its contents, while somebody else had it? Its
 * pages are freed when that is over.
 */
bool folio_is_dropped(const struct folio *folio);

/* Is it of the starting state? */
bool folio_is_from_start(const struct folio *folio);

/* Does a device hold its contents? If not, there is nothing to read. */
bool folio_is_on_device(const struct folio *folio);

/*
 * Its owner drops it: off its list, its pages freed by `cpu` if it has any
 * (delete_from_page_cache(), exit_mmap()). One that is isolated or whose I/O is
 * under way loses its pages when that is over, by the CPU that runs then. The
 * number may be given out again afterwards.
 */
void folio_drop(struct memory *memory, cpu_t cpu, folio_t folio);

/*
 * Drops the pages of all folios of a file (truncate_inode_pages()); the folios
 * themselves are gone for their owners as if evicted, but there is nothing to
 * read them from. Returns pages freed at once: what is isolated or has I/O
 * under way goes when that is over.
 */
uint64_t folios_truncate(struct memory *memory, cpu_t cpu, uint32_t mapping);

/*
 * The folios of a file that has a name, not 0, in the order in which they were
 * made, cached or not; FOLIO_NONE: no more. The one behind a folio is only
 * known as long as that is of the file.
 */
folio_t folio_first_of_file(const struct memory *memory, uint32_t mapping);
folio_t folio_next_of_file(const struct memory *memory, folio_t folio);
bool folio_is_of_file(const struct memory *memory, folio_t folio,
		      uint32_t mapping);
/*
 * The same with all anonymous folios of a task, and its places in swap space;
 * page cache that it had mapped stays, and is mapped no longer: exit_mmap().
 */
uint64_t folios_exit(struct memory *memory, cpu_t cpu, uint32_t task);

/*
 * Its owner uses the folio, which is cached. Page cache: mark_page_accessed(),
 * activates with the second use; mapped: the page table's accessed bit, after
 * a minor fault if reclaim has unmapped it. `write` dirties it.
 */
void folio_use(struct memory *memory, folio_t folio, bool write);

/* Out of its owner's page table, until it is used again: try_to_unmap(). */
void folio_unmap(struct memory *memory, folio_t folio);

/*
 * A folio that is gone is used: it gets the block `pfn` of its order, and its
 * place by how long it was away (workingset_refault()). Its contents must
 * still be read if folio_is_on_device() said so before: folio_start_read().
 */
void folio_refault(struct memory *memory, folio_t folio, pfn_t pfn);

/* Locks the folio and has it read: submit_io. Sleep in SLEEP_IO while it is
 * FOLIO_LOCKED. */
void folio_start_read(struct memory *memory, folio_t folio);

/* Off its list / back to the list that its flags say, at the head. */
void folio_isolate(struct memory *memory, folio_t folio);
void folio_putback(struct memory *memory, folio_t folio);

/*
 * Compaction has moved an isolated folio's contents to `pfn`, a block in
 * PAGE_ALLOCATED of the same order on the same node: the folio is there now.
 * The old block is the caller's to free.
 */
void folio_move(struct memory *memory, folio_t folio, pfn_t pfn);

/*
 * An isolated folio, clean and without I/O, is evicted: its pages are the
 * caller's to free. Look at its frame and order before: where nobody owns it
 * any more, its number may be given out again. Source: __remove_mapping().
 */
void folio_evict(struct memory *memory, folio_t folio);

/*
 * Gives an anonymous folio a place in swap space: FOLIO_SWAPPED and
 * FOLIO_DIRTY, which says that the copy there is not good yet. false: there is
 * no swap space, or not enough is left. Source: add_to_swap().
 */
bool folio_add_to_swap(struct memory *memory, folio_t folio);
/* Its place in swap space is free again, if it has one. */
void folio_free_swap(struct memory *memory, folio_t folio);
/* Pages of swap space that nobody has: get_nr_swap_pages(). */
uint64_t folios_free_swap(const struct memory *memory);

/* Sets or clears FOLIO_DIRTY, with the node's counts for page cache. */
void folio_set_dirty(struct memory *memory, folio_t folio, bool dirty);
/* Sets FOLIO_WRITEBACK with the node's count; FOLIO_DIRTY is left alone, and
 * submit_io is the caller's. */
void folio_start_writeback(struct memory *memory, folio_t folio);

/*
 * The engine: a folio's I/O is over. Ends its writeback, moves one that was to
 * be reclaimed to its list's tail (folio_rotate_reclaimable()), or unlocks what
 * was read; wakes those that sleep for it.
 */
void folio_io_done(struct memory *memory, const struct io_request *request);

/* A cost of reclaiming one kind of pages, which reclaim balances by:
 * lru_note_cost(). */
void lruvec_note_cost(struct memory *memory, uint32_t node_index, bool file,
		      uint64_t pages);

/* Recounts lists, counters and frames; false with why. */
bool folios_validate(const struct memory *memory, char *why, size_t size);

#endif
