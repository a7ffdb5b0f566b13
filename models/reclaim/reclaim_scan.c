/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which of a node's lists reclaim takes pages from, and how many of each.
 *
 *	              anonymous            page cache
 *	active    [ . . . . . . ]      [ . . . . . . . ]
 *	              | too few inactive    |
 *	inactive  [ . . . ]            [ . . . . . . . . . ]
 *	                |                           |
 *	            scan: size >> priority, times the kind's share
 *
 * Rules (Linux 6.1, mm/vmscan.c):
 *
 * - A round looks at a 2^priority-th of each list, of the folios in zones that
 *   help (get_scan_count(), lruvec_lru_size()).
 * - Without swap space, and where swapping is not allowed, only page cache is
 *   looked at. At priority 0 both kinds are, as they are. Where hardly any page
 *   cache is left beside enough inactive anonymous memory, that alone
 *   (file_is_tiny); where there is page cache enough that does not come back,
 *   page cache alone (cache_trim_mode). Else each kind has a share by
 *   swappiness over what it has cost lately.
 * - Active lists shrink when the inactive one is short: less than active, or
 *   than active over the root of 10 times the gigabytes (inactive_is_low()); or
 *   when folios were activated as they came back since the last look
 *   (prepare_scan_count()). If reclaim came to nothing for want of that, it is
 *   tried again by force.
 * - Batches of 32 go round the lists. Once enough was reclaimed, the kind with
 *   less left to scan is done with, and the other goes on to the same part of
 *   its target; the first round of a direct reclaim scans all it meant to
 *   (shrink_lruvec()).
 * - With swap, a batch of active anonymous folios moves on after that wherever
 *   inactive ones are short.
 *
 * Left out: memory cgroups with their protections, the multi-generational
 * lists, demotion to slower nodes.
 */

#include "models/reclaim/reclaim_internal.h"

#include "models/page/watermark.h"

#define SWAPPINESS_MOST 200

/* The two kinds of each list, anonymous and page cache. */
enum { ANON, FILE_CACHE, NR_KINDS };

/* Lists that reclaim takes pages from: all but the unevictable. */
#define NR_EVICTABLE_LISTS LRU_UNEVICTABLE

static bool is_active_list(enum lru_list lru)
{
	return lru == LRU_ACTIVE_ANON || lru == LRU_ACTIVE_FILE;
}

/* inactive_is_low() */
static bool inactive_is_low(const struct memory *memory,
			    const struct lruvec *lruvec, enum lru_list inactive)
{
	uint64_t active = lruvec->pages[inactive + 1];
	uint64_t pages = lruvec->pages[inactive];
	uint64_t gigabytes = (pages + active) >> (30 - memory->page_shift);
	uint64_t ratio = gigabytes ? integer_sqrt(10 * gigabytes) : 1;

	return pages * ratio < active;
}

/* Are active folios to move on, by the balance or by what comes back? */
static void choose_deactivation(const struct memory *memory,
				uint32_t node_index, struct scan_control *sc)
{
	const struct lruvec *lruvec = folio_lruvec(memory, node_index);
	const uint64_t *stat = memory->node[node_index].stat;

	if (sc->force_deactivate) {
		sc->may_deactivate[ANON] = true;
		sc->may_deactivate[FILE_CACHE] = true;
		return;
	}
	sc->may_deactivate[ANON] =
		stat[WORKINGSET_ACTIVATE_ANON] != lruvec->refaults[ANON] ||
		inactive_is_low(memory, lruvec, LRU_INACTIVE_ANON);
	sc->may_deactivate[FILE_CACHE] =
		stat[WORKINGSET_ACTIVATE_FILE] !=
			lruvec->refaults[FILE_CACHE] ||
		inactive_is_low(memory, lruvec, LRU_INACTIVE_FILE);
}

/* Is so little page cache left that it had better stay? */
static bool is_file_tiny(const struct memory *memory, uint32_t node_index,
			 const struct scan_control *sc)
{
	const struct lruvec *lruvec = folio_lruvec(memory, node_index);
	const struct node *node = &memory->node[node_index];
	uint64_t file = lruvec->pages[LRU_INACTIVE_FILE] +
			lruvec->pages[LRU_ACTIVE_FILE];
	uint64_t free_pages = 0;
	uint64_t high = 0;

	for (uint32_t z = 0; z < node->nr_zones; z++) {
		free_pages += zone_counted_free_pages(&node->zones[z]);
		if (zone_is_managed(&node->zones[z]))
			high += watermark_pages(&node->zones[z], WMARK_HIGH);
	}
	return file + free_pages <= high && !sc->may_deactivate[ANON] &&
	       lruvec->pages[LRU_INACTIVE_ANON] >> sc->priority;
}

void reclaim_prepare_scan(struct memory *memory, uint32_t node_index,
			  struct scan_control *sc)
{
	const struct lruvec *lruvec = folio_lruvec(memory, node_index);

	sc->anon_cost = lruvec->anon_cost;
	sc->file_cost = lruvec->file_cost;
	choose_deactivation(memory, node_index, sc);
	sc->cache_trim_mode = lruvec->pages[LRU_INACTIVE_FILE] >>
				      sc->priority &&
			      !sc->may_deactivate[FILE_CACHE];
	sc->file_is_tiny = is_file_tiny(memory, node_index, sc);
}

/* What part of the pages looked at is to be of each kind. */
struct shares {
	uint64_t of[NR_KINDS];
	uint64_t whole;
};

/* Each kind's share falls as its cost rises, no further than to a third. */
static struct shares shares_by_cost(const struct memory *memory,
				    const struct scan_control *sc)
{
	uint64_t swappiness = memory->desc->sysctl.swappiness;
	uint64_t total = sc->anon_cost + sc->file_cost;
	uint64_t anon = total + sc->anon_cost;
	uint64_t file = total + sc->file_cost;
	struct shares shares;

	total = anon + file;
	shares.of[ANON] = swappiness * (total + 1) / (anon + 1);
	shares.of[FILE_CACHE] =
		(SWAPPINESS_MOST - swappiness) * (total + 1) / (file + 1);
	shares.whole = shares.of[ANON] + shares.of[FILE_CACHE];
	return shares;
}

static struct shares choose_shares(const struct memory *memory,
				   const struct scan_control *sc)
{
	const struct shares file_alone = { { 0, 1 }, 1 };
	const struct shares anon_alone = { { 1, 0 }, 1 };
	const struct shares equal = { { 1, 1 }, 1 };

	if (!sc->may_swap || !reclaim_can_swap(memory))
		return file_alone;
	if (!sc->priority && memory->desc->sysctl.swappiness)
		return equal;
	if (sc->file_is_tiny)
		return anon_alone;
	if (sc->cache_trim_mode)
		return file_alone;
	return shares_by_cost(memory, sc);
}

/* lruvec_lru_size() */
static uint64_t list_pages(const struct lruvec *lruvec, enum lru_list lru,
			   enum zone_type highest)
{
	uint64_t pages = 0;

	for (int type = 0; type <= (int)highest; type++)
		pages += lruvec->zone_pages[type][lru];
	return pages;
}

/* get_scan_count() */
static void count_scans(const struct memory *memory,
			const struct lruvec *lruvec,
			const struct scan_control *sc, uint64_t *nr)
{
	struct shares shares = choose_shares(memory, sc);

	for (int lru = 0; lru < NR_EVICTABLE_LISTS; lru++)
		nr[lru] =
			(list_pages(lruvec, lru, sc->highest) >> sc->priority) *
			shares.of[lru_is_file(lru)] / shares.whole;
}

/* shrink_list() */
static uint64_t shrink_list(struct memory *memory, uint32_t node_index,
			    struct scan_control *sc, enum lru_list lru,
			    uint64_t nr_to_scan)
{
	if (!is_active_list(lru))
		return reclaim_shrink_inactive(memory, node_index, sc, lru,
					       nr_to_scan);
	if (sc->may_deactivate[lru_is_file(lru)])
		reclaim_shrink_active(memory, node_index, sc, lru, nr_to_scan);
	else
		sc->skipped_deactivate = true;
	return 0;
}

/* Up to a batch of each list. */
static uint64_t shrink_each(struct memory *memory, uint32_t node_index,
			    struct scan_control *sc, uint64_t *nr)
{
	uint64_t reclaimed = 0;

	for (int lru = 0; lru < NR_EVICTABLE_LISTS; lru++) {
		uint64_t batch = nr[lru] < SWAP_CLUSTER_MAX ? nr[lru] :
							      SWAP_CLUSTER_MAX;

		if (!batch)
			continue;
		nr[lru] -= batch;
		reclaimed += shrink_list(memory, node_index, sc, lru, batch);
	}
	return reclaimed;
}

/* What is left of a target when `percentage` of it is left to others. */
static uint64_t scale_target(uint64_t target, uint64_t left,
			     uint64_t percentage)
{
	uint64_t scanned = target - left;
	uint64_t scaled = target * (100 - percentage) / 100;

	return scaled - (scaled < scanned ? scaled : scanned);
}

/*
 * Enough was reclaimed: the kind with less left to scan is done with, the
 * other goes on to the same percentage of its target. false: one was already.
 */
static bool even_out(uint64_t *nr, const uint64_t *target)
{
	uint64_t anon = nr[LRU_INACTIVE_ANON] + nr[LRU_ACTIVE_ANON];
	uint64_t file = nr[LRU_INACTIVE_FILE] + nr[LRU_ACTIVE_FILE];
	int less = file > anon ? LRU_INACTIVE_ANON : LRU_INACTIVE_FILE;
	int more = file > anon ? LRU_INACTIVE_FILE : LRU_INACTIVE_ANON;
	uint64_t percentage;

	if (!file || !anon)
		return false;
	percentage = (file > anon ? anon : file) * 100 /
		     (target[less] + target[less + 1] + 1);
	nr[less] = 0;
	nr[less + 1] = 0;
	for (int lru = more; lru <= more + 1; lru++)
		nr[lru] = scale_target(target[lru], nr[lru], percentage);
	return true;
}

void reclaim_age_anon(struct memory *memory, uint32_t node_index,
		      struct scan_control *sc)
{
	if (memory->desc->swap_bytes &&
	    inactive_is_low(memory, folio_lruvec(memory, node_index),
			    LRU_INACTIVE_ANON))
		reclaim_shrink_active(memory, node_index, sc, LRU_ACTIVE_ANON,
				      SWAP_CLUSTER_MAX);
}

void reclaim_shrink_lruvec(struct memory *memory, uint32_t node_index,
			   struct scan_control *sc)
{
	bool scan_all = !sc->is_kswapd && sc->priority == DEF_PRIORITY;
	uint64_t nr[NR_EVICTABLE_LISTS];
	uint64_t target[NR_EVICTABLE_LISTS];
	uint64_t reclaimed = 0;

	count_scans(memory, folio_lruvec(memory, node_index), sc, nr);
	for (int lru = 0; lru < NR_EVICTABLE_LISTS; lru++)
		target[lru] = nr[lru];
	while (nr[LRU_INACTIVE_ANON] || nr[LRU_ACTIVE_FILE] ||
	       nr[LRU_INACTIVE_FILE]) {
		reclaimed += shrink_each(memory, node_index, sc, nr);
		if (reclaimed >= sc->nr_to_reclaim && !scan_all &&
		    !even_out(nr, target))
			break;
	}
	sc->nr_reclaimed += reclaimed;
	reclaim_age_anon(memory, node_index, sc);
}
