/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_COMPACTION_COMPACTION_INTERNAL_H
#define KMEMSIM_MODELS_COMPACTION_COMPACTION_INTERNAL_H

/* What the files of models/compaction/compaction.h share. */

#include "models/compaction/compaction.h"
#include "models/compaction/migrate.h"

/* A failed order is tried again after at most 2^6 times of asking. */
#define COMPACT_MAX_DEFER_SHIFT 6
/* struct compact_control's `order`: no block is wanted, but all compacted. */
#define ORDER_ALL (-1)

/* What a zone remembers from one compaction to the next. */
struct zone_compaction {
	pfn_t cached_migrate[2]; /* where to begin: async, others */
	pfn_t cached_free;
	pfn_t init_migrate; /* the outermost blocks worth looking at */
	pfn_t init_free;
	uint32_t considered; /* times put off since the last failure */
	uint32_t defer_shift;
	int order_failed; /* lowest that does; below, nothing is put off */
	bool flush;	  /* the scanners have met: skip bits are out of date */
};

/* What a node's kcompactd was asked for. */
struct node_compaction {
	order_t max_order; /* 0: nothing */
	enum zone_type highest;
};

struct compaction {
	struct zone_compaction *zone; /* [nr_zones] */
	struct node_compaction *node; /* [nr_nodes] */
	uint8_t *skip;		      /* as memory->pageblock_type[] */
	pfn_t *next_target;	      /* [max_pfn]: of struct page_chain */
	bool takes_range;	      /* somebody does: models/dma/contig.h */
};

/* Isolated free pages, by compaction->next_target[]. */
struct page_chain {
	pfn_t first;
	pfn_t last;
};
#define NO_PAGES ((struct page_chain){ PFN_NONE, PFN_NONE })

/* One compaction of a zone: struct compact_control of the kernel. */
struct compact_control {
	struct memory *memory;
	struct zone *zone;
	cpu_t cpu;
	int order; /* ORDER_ALL: none */
	gfp_t gfp;
	enum migratetype type;
	enum migrate_mode mode;
	unsigned int alloc_flags;
	enum zone_type highest;
	bool direct;	/* for an allocation that waits */
	bool proactive; /* because the node looks fragmented */
	bool contig;	/* to clear a range */
	bool whole_zone;
	bool ignore_skip;
	bool ignore_suitable; /* any pageblock may be moved to */
	bool no_set_skip;

	bool rescan;	/* this pageblock was left half done before */
	bool contended; /* give up */
	struct folio_chain folios; /* to be moved */
	struct page_chain pages;   /* to move to */
	uint32_t nr_folio_pages;
	uint32_t nr_pages;
	pfn_t migrate_pfn; /* the scanners */
	pfn_t free_pfn;
	pfn_t fast_start; /* the lowest block found fast; 0, PFN_NONE: none */
	int search_order;
	uint32_t fast_search_fail;
	uint64_t migrate_scanned;
	uint64_t free_scanned;
};

static inline struct zone_compaction *
zone_compaction(const struct memory *memory, const struct zone *zone)
{
	return &memory->compaction->zone[zone->index];
}

static inline uint32_t pageblock_pages(const struct memory *memory)
{
	return 1u << memory->pageblock_order;
}

static inline pfn_t pageblock_start(const struct memory *memory, pfn_t pfn)
{
	return pfn & ~(pageblock_pages(memory) - 1);
}

/* One past the pageblock's last frame. */
static inline pfn_t pageblock_end(const struct memory *memory, pfn_t pfn)
{
	return pageblock_start(memory, pfn) + pageblock_pages(memory);
}

static inline bool is_pageblock_start(const struct memory *memory, pfn_t pfn)
{
	return pageblock_start(memory, pfn) == pfn;
}

/* MIGRATE_MOVABLE, MIGRATE_CMA: is_migrate_movable() */
static inline bool is_for_movable(enum migratetype type)
{
	return type == MIGRATE_MOVABLE || type == MIGRATE_CMA;
}

static inline void compact_elapse(const struct compact_control *cc)
{
	cc->memory->tasks->elapse(cc->memory, cc->memory->tasks_argument);
}

/* --- models/compaction/compaction_skip.c --- */

bool pageblock_skip(const struct memory *memory, const struct zone *zone,
		    pfn_t pfn);
void set_pageblock_skip(struct memory *memory, const struct zone *zone,
			pfn_t pfn);
/* May the pageblock be scanned? isolation_suitable() */
bool pageblock_may_be_scanned(const struct compact_control *cc, pfn_t pfn);
/* The next block's scan would find it marked: test_and_set_skip(). */
bool test_and_set_skip(struct compact_control *cc, pfn_t pfn);
/* All in use by one block, for as long as it lives:
 * pageblock_skip_persistent(). */
bool pageblock_is_one_block(const struct memory *memory, pfn_t pfn);
/* Are the frames [start, end) of a pageblock the zone's memory?
 * pageblock_pfn_to_page() */
bool pageblock_is_of_zone(const struct memory *memory, const struct zone *zone,
			  pfn_t start, pfn_t end);
/* The migrate scanner is done with the pageblock: update_cached_migrate(). */
void update_cached_migrate(struct compact_control *cc, pfn_t pfn);
/* The free scanner has been through it: update_pageblock_skip(). */
void update_cached_free(struct compact_control *cc, pfn_t pfn);
/* Next time from the zone's ends: reset_cached_positions(). */
void reset_cached_positions(struct memory *memory, struct zone *zone);
/* Clears skip bits of blocks worth it: __reset_isolation_suitable(). */
void reset_skips(struct memory *memory, struct zone *zone);

/* --- models/compaction/compaction_sources.c --- */

/* How isolate_sources() went: isolate_migrate_t. */
enum isolate_result {
	ISOLATE_ABORT,
	ISOLATE_NONE,
	ISOLATE_SUCCESS,
};

/* Finds folios to move, from the migrate scanner on: isolate_migratepages(). */
enum isolate_result isolate_sources(struct compact_control *cc);
/*
 * Isolates folios of [pfn, end) of one pageblock into cc->folios, a cluster or
 * so; cc->migrate_pfn says how far it got. false: given up.
 * Source: isolate_migratepages_block().
 */
bool isolate_sources_of_block(struct compact_control *cc, pfn_t pfn, pfn_t end);
/* How many blocks of free lists to look at: freelist_scan_limit(). */
uint32_t fast_scan_limit(const struct compact_control *cc);

/* --- models/compaction/compaction_targets.c --- */

/* compaction_alloc(), compaction_free(): `argument` is the compact_control. */
pfn_t take_target(void *argument, folio_t folio);
void return_target(void *argument, pfn_t pfn, order_t order);
/* Frees what was not needed; returns the highest frame of it. */
pfn_t release_targets(struct compact_control *cc);

/* --- models/compaction/compaction.c --- */

enum compact_result compact_zone(struct compact_control *cc);
bool scanners_met(const struct compact_control *cc);

/* --- models/compaction/compaction_policy.c --- */

/* defer_compaction(), compaction_restarting() */
void defer_compaction(struct memory *memory, const struct zone *zone,
		      order_t order);
bool compaction_is_restarting(const struct memory *memory,
			      const struct zone *zone, int order);
/* Does the node's kswapd run? kswapd_is_running() */
bool kswapd_is_running(struct memory *memory, const struct node *node);
/* Per cent of free memory that huge pages can't use:
 * fragmentation_score_zone() */
uint32_t zone_score(const struct memory *memory, const struct zone *zone);
/* The node's, each zone's by its size: fragmentation_score_node(). */
uint32_t node_score(const struct memory *memory, const struct node *node);
/* Scores between which proactive compaction works:
 * fragmentation_score_wmark(). */
uint32_t score_mark(const struct memory *memory, bool low);

/* --- models/compaction/kcompactd.c --- */

/* kcompactd's own state, between turns. */
struct kcompactd {
	struct memory *memory;
	uint32_t node_index;
	uint64_t timeout_ns; /* of its next sleep */
};

/*
 * kcompactd sleeps until there is work or its time is over, then does what
 * there is. false: there was nothing to do.
 */
bool kcompactd_turn(struct kcompactd *kcompactd);

#endif
