/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Recounts the folios: what follows from the folios themselves, from their
 * lists and from the frames must agree with what is counted.
 *
 * Rules: the folios on a node's lists are those that are cached and not
 * isolated, each once; each cached folio's frame is the first page of a block
 * of its order that knows it, and no other frame knows a folio; NR_* of the
 * nodes and the pages by zone are the folios' pages; files and tasks have their
 * own. Counters that only grow can't be recounted.
 */

#include <stdarg.h>
#include <stdio.h>

#include "models/reclaim/folio_internal.h"

/* What is recounted, node by node. */
struct folio_recount {
	const struct memory *memory;
	uint32_t node;
	uint64_t stat[NR_NODE_STATS];
	uint64_t zone_pages[NR_ZONE_TYPES][NR_LRU_LISTS];
	uint64_t listed[NR_LRU_LISTS]; /* folios */
	char *why;
	size_t size;
};

__attribute__((format(printf, 2, 3))) static bool
wrong(const struct folio_recount *recount, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(recount->why, recount->size, format, arguments);
	va_end(arguments);
	return false;
}

static void add_up(struct folio_recount *recount, const struct folio *folio)
{
	enum lru_list list = folio_list(folio);
	bool file = folio_is_file(folio);
	uint64_t pages = folio_pages(folio);

	recount->stat[file ? NR_FILE_PAGES : NR_ANON_PAGES] += pages;
	if (file && folio->flags & FOLIO_DIRTY)
		recount->stat[NR_FILE_DIRTY] += pages;
	if (file && folio->flags & FOLIO_MAPPED)
		recount->stat[NR_FILE_MAPPED] += pages;
	if (folio->flags & FOLIO_WRITEBACK)
		recount->stat[NR_WRITEBACK] += pages;
	if (folio->flags & FOLIO_SWAPPED) {
		recount->stat[NR_SWAPCACHE] += pages;
		recount->stat[NR_FILE_PAGES] += pages;
	}
	if (folio->flags & FOLIO_ISOLATED) {
		recount->stat[folio_stat(folio, NR_ISOLATED_ANON)] += pages;
		return;
	}
	recount->stat[NR_INACTIVE_ANON + list] += pages;
	recount->zone_pages[folio->zone][list] += pages;
	recount->listed[list]++;
}

static bool check_folio(const struct folio_recount *recount, folio_t number)
{
	const struct memory *memory = recount->memory;
	const struct folio *folio = folio_of(memory->folios, number);
	const struct zone *zone = memory_zone_of(memory, folio->pfn);

	if (folio_at(memory, folio->pfn) != number)
		return wrong(recount, "frame %u does not know folio %u",
			     folio->pfn, number);
	if (!page_state_is_allocated_of(memory->state[folio->pfn],
					folio->order))
		return wrong(recount,
			     "folio %u of order %u is at frame %u, which is "
			     "no such block",
			     number, folio->order, folio->pfn);
	if (zone->type != folio->zone ||
	    memory->node_index[zone->node] != folio->node_index)
		return wrong(recount, "folio %u at frame %u is not there",
			     number, folio->pfn);
	if (folio->flags & FOLIO_ACTIVE && folio->flags & FOLIO_UNEVICTABLE)
		return wrong(recount, "folio %u is active and unevictable",
			     number);
	return true;
}

static bool check_list(const struct folio_recount *recount, enum lru_list list)
{
	const struct folios *folios = recount->memory->folios;
	const struct lruvec *lruvec = &folios->lruvec[recount->node];
	folio_t before = FOLIO_NONE;
	uint64_t nr = 0;

	for (folio_t n = lruvec->head[list]; n != FOLIO_NONE;
	     before = n, n = folio_of(folios, n)->next) {
		const struct folio *folio = folio_of(folios, n);

		if (folio->prev != before || !folio_is_listed(folio) ||
		    folio_list(folio) != list ||
		    folio->node_index != recount->node ||
		    nr++ == recount->listed[list])
			return wrong(recount,
				     "folio %u is wrong on LRU list %d of "
				     "node %u",
				     n, list, recount->node);
	}
	if (lruvec->tail[list] != before || nr != recount->listed[list])
		return wrong(recount,
			     "LRU list %d of node %u has %lu folios, not %lu",
			     list, recount->node, (unsigned long)nr,
			     (unsigned long)recount->listed[list]);
	if (lruvec->pages[list] != recount->stat[NR_INACTIVE_ANON + list])
		return wrong(
			recount,
			"LRU list %d of node %u has %lu pages, not %lu", list,
			recount->node, (unsigned long)lruvec->pages[list],
			(unsigned long)recount->stat[NR_INACTIVE_ANON + list]);
	return true;
}

static bool check_counts(const struct folio_recount *recount)
{
	static const enum node_stat kept[] = {
		NR_INACTIVE_ANON, NR_ACTIVE_ANON, NR_INACTIVE_FILE,
		NR_ACTIVE_FILE,	  NR_UNEVICTABLE, NR_ISOLATED_ANON,
		NR_ISOLATED_FILE, NR_ANON_PAGES,  NR_FILE_PAGES,
		NR_FILE_DIRTY,	  NR_WRITEBACK,	  NR_SWAPCACHE,
		NR_FILE_MAPPED,
	};
	const struct memory *memory = recount->memory;
	const struct lruvec *lruvec = folio_lruvec(memory, recount->node);

	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
		uint64_t said = memory->node[recount->node].stat[kept[i]];

		if (said != recount->stat[kept[i]])
			return wrong(recount, "%s of node %u is %lu, not %lu",
				     node_stat_names[kept[i]], recount->node,
				     (unsigned long)said,
				     (unsigned long)recount->stat[kept[i]]);
	}
	for (int zone = 0; zone < NR_ZONE_TYPES; zone++)
		for (int list = 0; list < NR_LRU_LISTS; list++)
			if (lruvec->zone_pages[zone][list] !=
			    recount->zone_pages[zone][list])
				return wrong(recount,
					     "LRU list %d of node %u is wrong "
					     "about zone %s",
					     list, recount->node,
					     zone_type_names[zone]);
	return true;
}

static bool check_node(struct folio_recount *recount)
{
	const struct folios *folios = recount->memory->folios;

	for (folio_t n = 0; n < folios->made; n++) {
		const struct folio *folio = folio_of(folios, n);

		if (!folio_is_cached(folio) ||
		    folio->node_index != recount->node)
			continue;
		if (!check_folio(recount, n))
			return false;
		add_up(recount, folio);
	}
	for (int list = 0; list < NR_LRU_LISTS; list++)
		if (!check_list(recount, (enum lru_list)list))
			return false;
	return check_counts(recount);
}

/* What is no node's: swap space, and frames that know what is not there. */
static bool check_rest(const struct folio_recount *recount)
{
	const struct memory *memory = recount->memory;
	const struct folios *folios = memory->folios;
	uint64_t swapped = 0;
	uint64_t cached = 0;

	for (folio_t n = 0; n < folios->made; n++) {
		const struct folio *folio = folio_of(folios, n);

		cached += folio_is_cached(folio);
		if (folio->flags & FOLIO_SWAPPED)
			swapped += folio_pages(folio);
	}
	for (pfn_t pfn = 0; folios->frame && pfn < memory->max_pfn; pfn++)
		cached -= folios->frame[pfn] != 0;
	if (cached)
		return wrong(recount, "a frame knows a folio that is gone");
	if (!folio_groups_are_right(folios))
		return wrong(recount, "a folio's file or task has lost it");
	if (swapped != folios->swap_used)
		return wrong(recount,
			     "%lu pages are in swap space, counter says %lu",
			     (unsigned long)swapped,
			     (unsigned long)folios->swap_used);
	return true;
}

bool folios_validate(const struct memory *memory, char *why, size_t size)
{
	struct folio_recount recount = {
		.memory = memory,
		.why = why,
		.size = size,
	};

	for (uint32_t n = 0; n < memory->nr_nodes; n++) {
		recount = (struct folio_recount){
			.memory = memory,
			.node = n,
			.why = why,
			.size = size,
		};
		if (!check_node(&recount))
			return false;
	}
	return check_rest(&recount);
}
