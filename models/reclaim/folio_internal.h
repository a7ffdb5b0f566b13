/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_RECLAIM_FOLIO_INTERNAL_H
#define KMEMSIM_MODELS_RECLAIM_FOLIO_INTERNAL_H

/* What the files of models/reclaim/folio.h share. */

#include "models/reclaim/folio.h"

/* In struct folio's `state`. */
enum folio_state {
	FOLIO_OWNED = 1 << 0,	   /* its owner may still name it */
	FOLIO_DOOMED = 1 << 1,	   /* its pages go as soon as nobody has it */
	FOLIO_SHADOW = 1 << 2,	   /* gone; evicted_at says when */
	FOLIO_OWNER_MAPS = 1 << 3, /* by page tables: not read() and write() */
	FOLIO_FROM_START = 1 << 4, /* of the starting state: nobody drops it */
};

/* Somebody has the folio, and must be done with it before its pages may go. */
#define FOLIO_BUSY (FOLIO_ISOLATED | FOLIO_WRITEBACK | FOLIO_LOCKED)

/* Folios never move: pointers to them are kept across sleeps. */
#define FOLIO_CHUNK_SHIFT 12
#define FOLIO_CHUNK ((size_t)1 << FOLIO_CHUNK_SHIFT)

/* In the order in which they were made. */
struct folio_group {
	folio_t first;
	folio_t last;
};

struct folio_groups {
	struct folio_group *group; /* [name] */
	size_t nr;
};

struct folios {
	struct folio **chunk; /* of FOLIO_CHUNK folios each */
	size_t nr_chunks;
	size_t chunk_capacity;
	uint32_t made;	 /* numbers below have been given out */
	folio_t unused;	 /* numbers to give out again, by folio->next */
	uint32_t *frame; /* [max_pfn]: folio + 1, 0: none; NULL: no folios */
	size_t frame_bytes;
	struct lruvec *lruvec; /* [nr_nodes] */
	struct folio_groups groups[NR_FOLIO_GROUP_KINDS];
	uint64_t swap_pages;
	uint64_t swap_used;
};

static inline struct folio *folio_of(const struct folios *folios, folio_t folio)
{
	return &folios->chunk[folio >> FOLIO_CHUNK_SHIFT]
			     [folio & (FOLIO_CHUNK - 1)];
}

/* Is it on a list? PG_lru */
static inline bool folio_is_listed(const struct folio *folio)
{
	return folio_is_cached(folio) && !(folio->flags & FOLIO_ISOLATED);
}

static inline void folio_count(struct memory *memory, const struct folio *folio,
			       enum node_stat stat)
{
	memory->node[folio->node_index].stat[stat] += folio_pages(folio);
}

static inline void folio_uncount(struct memory *memory,
				 const struct folio *folio, enum node_stat stat)
{
	memory->node[folio->node_index].stat[stat] -= folio_pages(folio);
}

/* The counter of a pair, anon and file after each other. */
static inline enum node_stat folio_stat(const struct folio *folio,
					enum node_stat anon)
{
	return (enum node_stat)(anon + folio_is_file(folio));
}

/* models/reclaim/folio_lru.c */
void folio_list_add(struct memory *memory, folio_t folio, bool tail);
void folio_list_remove(struct memory *memory, folio_t folio);
/* Time goes by for what is gone: workingset_age_nonresident(). */
void lruvec_age(struct memory *memory, const struct folio *folio);
/* folio_activate(), where it is on an inactive list. */
void folio_activate(struct memory *memory, folio_t folio);
/* To the tail of its inactive list: folio_rotate_reclaimable(). */
void folio_rotate(struct memory *memory, folio_t folio);
/* Notes when it went: workingset_eviction(). */
void folio_note_eviction(struct memory *memory, struct folio *folio);
/* Decides where it comes back, by the node it was evicted from:
 * workingset_refault(). The folio is cached, but on no list yet. */
void folio_note_refault(struct memory *memory, struct folio *folio,
			uint32_t evicted_from);

/*
 * models/reclaim/folio_groups.c: a folio joins the groups that it belongs to;
 * false: the host has no memory, and it is in none. Each folio of a group leads
 * to the next by group_next[].
 */
bool folio_join_groups(struct folios *folios, folio_t folio);
void folio_leave_group(struct folios *folios, enum folio_group_kind kind,
		       folio_t folio);
folio_t folio_group_first(const struct folios *folios,
			  enum folio_group_kind kind, uint32_t name);
/* Is each folio in the groups that it belongs to, and in no others? */
bool folio_groups_are_right(const struct folios *folios);

/*
 * models/reclaim/folio_use.c: into its owner's page table:
 * page_add_file_rmap().
 */
void folio_map(struct memory *memory, folio_t folio);
/* mark_page_accessed() */
void folio_mark_accessed(struct memory *memory, folio_t folio);
/* A cached folio's place in swap space is counted. */
void folio_enter_swap_cache(struct memory *memory, const struct folio *folio);
void folio_leave_swap_cache(struct memory *memory, const struct folio *folio);

/*
 * models/reclaim/folio.c: what was to be done when nobody has the folio any
 * more.
 */
void folio_settle(struct memory *memory, cpu_t cpu, folio_t folio);

#endif
