/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of folios: how they come, move and go.
 *
 *	frames	 [ 0  3  .  .  0  1  0 ]	folio + 1; mapped when needed
 *	             |           |
 *	folios	 #2 order 2   #0 order 0   #1 gone
 *	             |           |
 *	lists	 inactive file: #0 <-> #2	models/reclaim/folio_lru.c
 *
 * A folio keeps its pages while somebody has it: reclaim or compaction, which
 * took it off its list (isolated), a device (writeback), a reader that waits
 * (locked). If its owner drops it meanwhile, it is only doomed, and goes when
 * the last of them is done, as pages of the kernel go with their last
 * reference.
 *
 * Rules, with where the kernel (Linux 6.1) has them:
 *   - a new folio goes to the head of its list (folio_add_lru()), on the
 *     inactive one unless its owner says otherwise; the page table says of a
 *     mapped one that it has been used, since a fault made it;
 *   - page cache counts as NR_FILE_PAGES (__filemap_add_folio()), anonymous
 *     memory as NR_ANON_PAGES (page_add_new_anon_rmap());
 *   - a task that exits drops its anonymous memory; page cache that it had
 *     mapped stays, marked if it has been used (zap_pte_range());
 *   - dropping dirty page cache forgets what was to be written
 *     (folio_cancel_dirty());
 *   - isolated pages are counted by kind (reclaim and compaction both do);
 *   - an evicted folio leaves a shadow (__remove_mapping()), a dropped or
 *     truncated one none;
 *   - swap space is a number of pages: the places of it that are taken are
 *     counted, where they lie is not known.
 *
 * A folio's pages stay in NR_ANON_PAGES until it is evicted, while the kernel
 * counts those in page tables only: the swap cache shows in both.
 */

#include "models/reclaim/folio_internal.h"

#include <stdlib.h>

#include "models/page/page_alloc.h"
#include "sim/base/bug.h"
#include "sim/base/host.h"

struct folios *folios_new(struct memory *memory)
{
	struct folios *folios = host_alloc(1, sizeof *folios);

	if (!folios)
		return NULL;
	folios->unused = FOLIO_NONE;
	folios->frame_bytes =
		((size_t)memory->max_pfn + 1) * sizeof *folios->frame;
	folios->swap_pages = memory->desc->swap_bytes >> memory->page_shift;
	folios->lruvec = host_alloc(memory->nr_nodes, sizeof *folios->lruvec);
	if (!folios->lruvec) {
		free(folios);
		return NULL;
	}
	for (uint32_t n = 0; n < memory->nr_nodes; n++)
		for (int list = 0; list < NR_LRU_LISTS; list++)
			folios->lruvec[n].head[list] =
				folios->lruvec[n].tail[list] = FOLIO_NONE;
	return folios;
}

void folios_free(struct folios *folios)
{
	if (!folios)
		return;
	for (size_t c = 0; c < folios->nr_chunks; c++)
		free(folios->chunk[c]);
	free(folios->chunk);
	host_unmap(folios->frame, folios->frame_bytes);
	for (int kind = 0; kind < NR_FOLIO_GROUP_KINDS; kind++)
		free(folios->groups[kind].group);
	free(folios->lruvec);
	free(folios);
}

struct folio *folio_get(const struct memory *memory, folio_t folio)
{
	BUG_ON(folio >= memory->folios->made);
	return folio_of(memory->folios, folio);
}

folio_t folio_at(const struct memory *memory, pfn_t pfn)
{
	const struct folios *folios = memory->folios;

	/* 0, for none, becomes FOLIO_NONE. */
	return folios->frame ? folios->frame[pfn] - 1 : FOLIO_NONE;
}

folio_t folio_listed_at(const struct memory *memory, pfn_t pfn)
{
	folio_t folio = folio_at(memory, pfn);

	return folio != FOLIO_NONE && folio_is_listed(
					      folio_of(memory->folios, folio)) ?
		       folio :
		       FOLIO_NONE;
}

struct lruvec *folio_lruvec(const struct memory *memory, uint32_t node_index)
{
	return &memory->folios->lruvec[node_index];
}

uint32_t folios_made(const struct memory *memory)
{
	return memory->folios->made;
}

bool folio_is_dropped(const struct folio *folio)
{
	return folio->state & FOLIO_DOOMED;
}

bool folio_is_from_start(const struct folio *folio)
{
	return folio->state & FOLIO_FROM_START;
}

/* Room for one more number. */
static bool grow(struct memory *memory)
{
	struct folios *folios = memory->folios;
	struct folio **chunk;

	if (!folios->frame)
		folios->frame = host_map(folios->frame_bytes);
	if (!folios->frame)
		return false;
	if (folios->made < folios->nr_chunks << FOLIO_CHUNK_SHIFT)
		return true;
	chunk = host_grow(folios->chunk, &folios->chunk_capacity,
			  folios->nr_chunks + 1, sizeof *chunk);
	if (!chunk)
		return false;
	folios->chunk = chunk;
	chunk[folios->nr_chunks] = host_alloc(FOLIO_CHUNK, sizeof **chunk);
	if (!chunk[folios->nr_chunks])
		return false;
	folios->nr_chunks++;
	return true;
}

static folio_t new_number(struct memory *memory)
{
	struct folios *folios = memory->folios;
	folio_t number = folios->unused;

	if (number != FOLIO_NONE) {
		folios->unused = folio_of(folios, number)->next;
		return number;
	}
	return grow(memory) ? folios->made++ : FOLIO_NONE;
}

static void give_back_number(struct folios *folios, folio_t number)
{
	struct folio *folio = folio_of(folios, number);

	folio->pfn = PFN_NONE;
	folio->state = 0;
	folio->next = folios->unused;
	folios->unused = number;
}

static bool is_block(const struct memory *memory, pfn_t pfn, order_t order)
{
	return page_state_is_allocated_of(memory->state[pfn], order);
}

/*
 * Points the folio and its frame at each other. A large one is compound,
 * whatever the request said: folio_alloc().
 */
static void settle_in_frame(struct memory *memory, folio_t number, pfn_t pfn)
{
	struct folio *folio = folio_of(memory->folios, number);
	const struct zone *zone = memory_zone_of(memory, pfn);

	BUG_ON(!zone || !is_block(memory, pfn, folio->order));
	BUG_ON(memory->folios->frame[pfn]);
	memory->folios->frame[pfn] = number + 1;
	if (folio->order)
		memory->state[pfn] |= PAGE_COMPOUND;
	folio->pfn = pfn;
	folio->zone = zone->type;
	folio->node_index = memory->node_index[zone->node];
}

static enum node_stat kind_stat(const struct folio *folio)
{
	return folio_is_file(folio) ? NR_FILE_PAGES : NR_ANON_PAGES;
}

static uint16_t first_flags(const struct folio_desc *desc)
{
	uint16_t flags = 0;

	if (desc->anon)
		flags |= FOLIO_ANON;
	if (desc->executable)
		flags |= FOLIO_EXECUTABLE;
	if (desc->unevictable)
		flags |= FOLIO_UNEVICTABLE;
	else if (desc->active)
		flags |= FOLIO_ACTIVE;
	return flags;
}

folio_t folio_new(struct memory *memory, pfn_t pfn, order_t order, gfp_t gfp,
		  const struct folio_desc *desc)
{
	folio_t number = new_number(memory);
	struct folio *folio;

	if (number == FOLIO_NONE)
		return FOLIO_NONE;
	folio = folio_of(memory->folios, number);
	*folio = (struct folio){
		.next = FOLIO_NONE,
		.prev = FOLIO_NONE,
		.mapping = desc->mapping,
		.task = desc->task,
		.gfp = gfp,
		.order = order,
		.flags = first_flags(desc),
		.state = FOLIO_OWNED,
	};
	if (desc->mapped || desc->anon)
		folio->state |= FOLIO_OWNER_MAPS;
	if (desc->from_start)
		folio->state |= FOLIO_FROM_START;
	if (!folio_join_groups(memory->folios, number)) {
		give_back_number(memory->folios, number);
		return FOLIO_NONE;
	}
	settle_in_frame(memory, number, pfn);
	folio_count(memory, folio, kind_stat(folio));
	if (folio->state & FOLIO_OWNER_MAPS)
		folio_map(memory, number);
	/* Whether it was used of late is not known: the first look takes it. */
	if (desc->from_start || desc->idle)
		folio->flags &= ~FOLIO_YOUNG;
	if (desc->dirty)
		folio_set_dirty(memory, number, true);
	folio_list_add(memory, number, false);
	return number;
}

/* The folio, on no list, has no pages any more. */
static void leave_frame(struct memory *memory, folio_t number)
{
	struct folio *folio = folio_of(memory->folios, number);

	folio_set_dirty(memory, number, false);
	folio_unmap(memory, number);
	folio_uncount(memory, folio, kind_stat(folio));
	if (folio->flags & FOLIO_SWAPPED)
		folio_leave_swap_cache(memory, folio);
	memory->folios->frame[folio->pfn] = 0;
	folio->pfn = PFN_NONE;
	folio->flags &= FOLIO_ANON | FOLIO_EXECUTABLE | FOLIO_UNEVICTABLE |
			FOLIO_WORKINGSET | FOLIO_SWAPPED;
	folio->state &= ~FOLIO_DOOMED;
}

static void release_pages(struct memory *memory, cpu_t cpu, folio_t number)
{
	struct folio *folio = folio_of(memory->folios, number);
	pfn_t pfn = folio->pfn;

	folio_list_remove(memory, number);
	leave_frame(memory, number);
	folio->flags &= ~FOLIO_WORKINGSET;
	page_free(memory, cpu, pfn, folio->order);
}

void folio_settle(struct memory *memory, cpu_t cpu, folio_t number)
{
	struct folios *folios = memory->folios;
	struct folio *folio = folio_of(folios, number);

	if (folio->flags & FOLIO_BUSY)
		return;
	if (folio->state & FOLIO_DOOMED)
		release_pages(memory, cpu, number);
	if (folio_is_cached(folio) || folio->state & FOLIO_OWNED)
		return;
	give_back_number(folios, number);
}

/* Its contents are not needed any more, cached or not. */
static uint64_t doom(struct memory *memory, cpu_t cpu, folio_t number)
{
	struct folio *folio = folio_of(memory->folios, number);
	uint64_t pages = folio_pages(folio);
	bool was_cached = folio_is_cached(folio);

	folio_free_swap(memory, number);
	folio->state &= ~FOLIO_SHADOW;
	if (was_cached) {
		folio_set_dirty(memory, number, false);
		folio->state |= FOLIO_DOOMED;
	}
	folio_settle(memory, cpu, number);
	return was_cached && !folio_is_cached(folio) ? pages : 0;
}

void folio_drop(struct memory *memory, cpu_t cpu, folio_t number)
{
	struct folio *folio = folio_get(memory, number);

	BUG_ON(!(folio->state & FOLIO_OWNED));
	for (int kind = 0; kind < NR_FOLIO_GROUP_KINDS; kind++)
		folio_leave_group(memory->folios, (enum folio_group_kind)kind,
				  number);
	folio->state &= ~FOLIO_OWNED;
	doom(memory, cpu, number);
}

uint64_t folios_truncate(struct memory *memory, cpu_t cpu, uint32_t mapping)
{
	uint64_t pages = 0;

	for (folio_t n = folio_first_of_file(memory, mapping); n != FOLIO_NONE;
	     n = folio_next_of_file(memory, n))
		pages += doom(memory, cpu, n);
	return pages;
}

/* The page table is gone: whether it has been used is known now. */
static void unmap_file(struct memory *memory, folio_t number)
{
	struct folio *folio = folio_of(memory->folios, number);

	if (folio->flags & FOLIO_YOUNG)
		folio_mark_accessed(memory, number);
	folio->flags &= ~FOLIO_YOUNG;
	folio_unmap(memory, number);
	folio_leave_group(memory->folios, FOLIO_GROUP_TASK, number);
	folio->state &= ~FOLIO_OWNER_MAPS;
}

uint64_t folios_exit(struct memory *memory, cpu_t cpu, uint32_t task)
{
	struct folios *folios = memory->folios;
	uint64_t pages = 0;
	folio_t next;

	for (folio_t n = folio_group_first(folios, FOLIO_GROUP_TASK, task);
	     n != FOLIO_NONE; n = next) {
		next = folio_of(folios, n)->group_next[FOLIO_GROUP_TASK];
		if (folio_is_file(folio_of(folios, n)))
			unmap_file(memory, n);
		else
			pages += doom(memory, cpu, n);
	}
	return pages;
}

void folio_refault(struct memory *memory, folio_t number, pfn_t pfn)
{
	struct folio *folio = folio_get(memory, number);
	uint32_t evicted_from = folio->node_index;

	BUG_ON(folio_is_cached(folio));
	settle_in_frame(memory, number, pfn);
	folio_count(memory, folio, kind_stat(folio));
	if (folio->flags & FOLIO_SWAPPED)
		folio_enter_swap_cache(memory, folio);
	if (folio->state & FOLIO_OWNER_MAPS)
		folio_map(memory, number);
	if (folio->state & FOLIO_SHADOW)
		folio_note_refault(memory, folio, evicted_from);
	folio->state &= ~FOLIO_SHADOW;
	folio_list_add(memory, number, false);
}

void folio_isolate(struct memory *memory, folio_t number)
{
	struct folio *folio = folio_get(memory, number);

	BUG_ON(!folio_is_listed(folio));
	folio_list_remove(memory, number);
	folio->flags |= FOLIO_ISOLATED;
	folio_count(memory, folio, folio_stat(folio, NR_ISOLATED_ANON));
}

static void end_isolation(struct memory *memory, struct folio *folio)
{
	BUG_ON(!(folio->flags & FOLIO_ISOLATED));
	folio->flags &= ~FOLIO_ISOLATED;
	folio_uncount(memory, folio, folio_stat(folio, NR_ISOLATED_ANON));
}

void folio_putback(struct memory *memory, folio_t number)
{
	end_isolation(memory, folio_get(memory, number));
	folio_list_add(memory, number, false);
	folio_settle(memory, memory->cpu, number);
}

void folio_move(struct memory *memory, folio_t number, pfn_t pfn)
{
	struct folio *folio = folio_get(memory, number);
	uint32_t node_index = folio->node_index;

	BUG_ON(!(folio->flags & FOLIO_ISOLATED));
	memory->folios->frame[folio->pfn] = 0;
	settle_in_frame(memory, number, pfn);
	BUG_ON(folio->node_index != node_index);
}

void folio_evict(struct memory *memory, folio_t number)
{
	struct folio *folio = folio_get(memory, number);
	bool doomed = folio->state & FOLIO_DOOMED;

	BUG_ON(folio->flags & (FOLIO_DIRTY | FOLIO_WRITEBACK | FOLIO_LOCKED));
	end_isolation(memory, folio);
	leave_frame(memory, number);
	if (doomed)
		folio->flags &= ~FOLIO_WORKINGSET;
	else
		folio_note_eviction(memory, folio);
	folio_settle(memory, memory->cpu, number);
}
