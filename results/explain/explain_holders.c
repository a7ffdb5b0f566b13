/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who holds the pages that a request could have used.
 *
 * Every block of the zones is looked at once. What is in use belongs to
 *
 *	an allocation of the workload	by its id: sim/ids/holdings.h
 *	a slab				by the frame: its cache; its objects
 *					are allocations, which share it
 *	the time before the run		PAGE_BOOT: nobody says by whom; but of
 *					folios it is known what they are
 *	the kernel itself		what is left: page tables, pools
 *
 * Holders that are alike are told of together: the same operation and order,
 * the same cache, file or task. Their lines in the workload say where they
 * are.
 */

#include "results/explain/explain_gather.h"

#include <stdlib.h>
#include <string.h>

#include "models/reclaim/folio.h"
/* All blocks of the zones, one after another. */
struct block_walk {
	const struct kernel *kernel;
	const struct page_failure *failure;
	struct explanation *e;
	struct room_search room;
	/* Whose slabs the first holders are. */
	const struct slab_cache *cache[EXPLAIN_HOLDERS_MOST];
};

#define SLABS_OF "slabs of %s"

/* ---- slabs --------------------------------------------------------------- */

const struct slab_cache *explain_cache_of(const struct kernel *kernel,
					  pfn_t pfn)
{
	return slab_cache_at(kernel->caches,
			     (uint64_t)pfn << kernel->machine->page_shift);
}

static const char *cache_name(const struct slab_cache *cache)
{
	struct slab_info info;

	slab_cache_info(cache, &info);
	return info.name;
}

bool explain_is_from_start(const struct kernel *kernel, pfn_t pfn, bool *anon)
{
	folio_t number = folio_at(kernel->memory, pfn);
	const struct folio *folio;

	if (number == FOLIO_NONE)
		return false;
	folio = folio_get(kernel->memory, number);
	*anon = folio->flags & FOLIO_ANON;
	return folio_is_from_start(folio);
}

void explain_describe_slab(const struct slab_cache *cache, struct text *what)
{
	text_add(what, SLABS_OF, cache_name(cache));
}

static void add_slab(struct block_walk *walk, const struct slab_cache *cache,
		     uint32_t pages)
{
	struct explain_holders *holders = &walk->e->holders;
	size_t i = 0;

	walk->e->where.slabs += pages;
	while (i < holders->nr && walk->cache[i] != cache)
		i++;
	if (i == EXPLAIN_HOLDERS_MOST) {
		holders->left_out += pages;
		return;
	}
	if (i == holders->nr) {
		walk->cache[i] = cache;
		holders->nr++;
		holders->holder[i] = (struct explain_holder){
			.what = explain_keep(walk->e, SLABS_OF,
					     cache_name(cache)),
			.is_slab = true,
		};
	}
	holders->holder[i].pages += pages;
}

static void look_at_run(void *argument, const struct zone *zone,
			const struct frame_run *run)
{
	struct block_walk *walk = argument;
	struct explain_pages *where = &walk->e->where;
	const struct slab_cache *cache;
	bool anon;

	if (walk->failure->order)
		explain_look_for_room(&walk->room, zone, run);
	switch (run->use) {
	case FRAME_FREE:
		where->free += run->pages;
		break;
	case FRAME_PCP:
		where->pcp += run->pages;
		break;
	case FRAME_BOOT:
		where->boot += run->pages;
		break;
	case FRAME_TAKEN:
		cache = explain_cache_of(walk->kernel, run->pfn);
		if (cache)
			add_slab(walk, cache, run->pages);
		else if (explain_is_from_start(walk->kernel, run->pfn, &anon))
			*(anon ? &where->boot_anon : &where->boot_file) +=
				run->pages;
		else
			where->other += run->pages;
		break;
	case FRAME_HOLE:
		break;
	}
}

/* ---- allocations --------------------------------------------------------- */

static const struct allocation *find_line(struct explain_lines *lines,
					  const struct holding *holding)
{
	struct call call = {
		.id = holding->id,
		.has = holding->named ? CALL_HAS_NAMED_ID : CALL_HAS_ID,
	};

	const struct allocation *line = allocations_find(&lines->told, &call);

	return line ? line : allocations_find(&lines->pending, &call);
}

/* "page cache of data", "mlocked anonymous memory of tar" */
static void describe_folio(const struct gathering *gathering,
			   const struct folio *folio, struct text *what)
{
	uint32_t name = folio->flags & FOLIO_ANON ? folio->task :
						    folio->mapping;

	text_add(what, "%s%s",
		 folio->flags & FOLIO_UNEVICTABLE ? "mlocked " : "",
		 folio->flags & FOLIO_ANON ? "anonymous memory" : "page cache");
	if (name)
		text_add(what, " of %s", names_text(gathering->names, name));
}

void explain_describe(const struct gathering *gathering,
		      const struct holding *holding,
		      const struct allocation **line, struct text *what)
{
	const struct allocation *allocation = holding->allocation;

	*line = find_line(gathering->lines, holding);
	if (holding->cache) {
		explain_describe_slab(holding->cache, what);
		return;
	}
	if (allocation->kind == ALLOCATION_FOLIO) {
		describe_folio(gathering,
			       folio_get(gathering->kernel->memory,
					 (folio_t)allocation->handle),
			       what);
		return;
	}
	text_add(what, "%s", call_op_names[allocation->op]);
	if (allocation->kind == ALLOCATION_PAGES ||
	    allocation->kind == ALLOCATION_SPLIT)
		text_add(what, ", order %u", allocation->order);
	if (*line && (*line)->name)
		text_add(what, ", by %s",
			 names_text(gathering->names, (*line)->name));
}

struct explain_holder *explain_find_holder(struct gathering *gathering,
					   const struct text *what)
{
	struct explain_holders *holders = gathering->holders;

	gathering->e->no_memory |= what->failed;
	if (what->failed)
		return NULL;
	for (size_t i = 0; i < holders->nr; i++)
		if (strcmp(holders->holder[i].what, what->s) == 0)
			return &holders->holder[i];
	if (holders->nr == EXPLAIN_HOLDERS_MOST)
		return NULL;
	holders->holder[holders->nr] = (struct explain_holder){
		.what = explain_keep(gathering->e, "%s", what->s),
	};
	return &holders->holder[holders->nr++];
}

static void note_line(struct explain_holder *holder, uint64_t line)
{
	if (!line)
		return;
	if (!holder->first_line || line < holder->first_line)
		holder->first_line = line;
	if (line > holder->last_line)
		holder->last_line = line;
}

/* An allocation's runs come one after another. */
static bool is_new(struct gathering *gathering, const struct holding *holding)
{
	bool again = gathering->any && gathering->last_id == holding->id &&
		     gathering->last_named == holding->named;

	gathering->any = true;
	gathering->last_id = holding->id;
	gathering->last_named = holding->named;
	return !again;
}

static void keep_id(struct gathering *gathering, const struct holding *holding,
		    struct explain_holder *holder)
{
	if (holder->nr > 1)
		holder->id = NULL;
	else if (holding->named)
		holder->id = explain_keep(gathering->e, "\"%s\"",
					  names_text(gathering->names,
						     (uint32_t)holding->id));
	else
		holder->id = explain_keep(gathering->e, "%llu",
					  (unsigned long long)holding->id);
}

static void note_folio(const struct gathering *gathering,
		       const struct holding *holding,
		       struct explain_holder *holder)
{
	const struct folio *folio =
		folio_get(gathering->kernel->memory,
			  (folio_t)holding->allocation->handle);

	holder->movable = true;
	holder->is_anon = folio->flags & FOLIO_ANON;
	holder->is_locked = folio->flags & FOLIO_UNEVICTABLE;
}

void explain_add_holding(struct gathering *gathering,
			 const struct holding *holding, uint32_t pages,
			 struct explain_holder *holder,
			 const struct allocation *line)
{
	if (holding->cache)
		holder->is_slab = true;
	else
		holder->pages += pages;
	if (holding->allocation->kind == ALLOCATION_FOLIO)
		note_folio(gathering, holding, holder);
	if (is_new(gathering, holding)) {
		holder->nr++;
		note_line(holder, line ? line->handle : 0);
		keep_id(gathering, holding, holder);
	}
}

static bool is_of_zones(const struct gathering *gathering, pfn_t pfn)
{
	const struct page_failure *failure = gathering->failure;
	const struct zone *zone =
		memory_zone_of(gathering->kernel->memory, pfn);

	for (uint32_t i = 0; i < failure->zonelist->nr; i++)
		if (failure->zonelist->zone[i] == zone)
			return zone->type <= failure->highest;
	return false;
}

static void gather(void *argument, const struct holding *holding)
{
	struct gathering *gathering = argument;
	const struct allocation *line;
	struct explain_holder *holder;
	struct text what = TEXT_EMPTY;

	if (!is_of_zones(gathering, holding->pfn))
		return;
	explain_describe(gathering, holding, &line, &what);
	holder = explain_find_holder(gathering, &what);
	text_release(&what);
	if (!holding->cache)
		*gathering->taken += holding->pages;
	if (holder)
		explain_add_holding(gathering, holding, holding->pages, holder,
				    line);
	else if (!holding->cache)
		gathering->holders->left_out += holding->pages;
}

static int by_pages(const void *a, const void *b)
{
	const struct explain_holder *x = a;
	const struct explain_holder *y = b;

	if (x->pages != y->pages)
		return x->pages < y->pages ? 1 : -1;
	return strcmp(x->what, y->what);
}

static void sort(struct explain_holders *holders)
{
	qsort(holders->holder, holders->nr, sizeof *holders->holder, by_pages);
}

/* ---- all of it ----------------------------------------------------------- */

static bool somebody_has_block(const struct explanation *e)
{
	for (size_t i = 0; i < e->nr_zones; i++)
		if (e->zone[i].has_block)
			return true;
	return false;
}

static void look_everywhere(struct block_walk *walk)
{
	const struct zonelist *list = walk->failure->zonelist;

	for (uint32_t i = 0; i < list->nr; i++)
		if (list->zone[i]->type <= walk->failure->highest)
			frames_visit(walk->kernel->memory, list->zone[i],
				     look_at_run, walk);
}

void explain_holders(struct explanation *e, const struct kernel *kernel,
		     const struct names *names, struct explain_lines *lines,
		     const struct page_failure *failure)
{
	struct block_walk *walk = explain_alloc(e, sizeof *walk);
	struct gathering gathering = {
		.e = e,
		.kernel = kernel,
		.names = names,
		.lines = lines,
		.failure = failure,
		.holders = &e->holders,
		.taken = &e->where.workload,
	};

	if (!walk)
		return;
	walk->e = e;
	walk->kernel = kernel;
	walk->failure = failure;
	walk->room.failure = failure;
	e->holders = (struct explain_holders){ .nr = 0 };
	e->where = (struct explain_pages){ .free = 0 };
	look_everywhere(walk);
	holdings_visit(kernel, gather, &gathering);
	/* Taken pages, but for slabs, that no id stands for. */
	e->where.other = e->where.other > e->where.workload ?
				 e->where.other - e->where.workload :
				 0;
	sort(&e->holders);
	e->region = walk->room.best;
	e->region.is &= !somebody_has_block(e);
	if (e->region.is)
		explain_draw_region(&gathering);
}

/* ---- a mempool's elements ------------------------------------------------ */

static void gather_element(void *argument, const struct holding *holding)
{
	struct gathering *gathering = argument;
	struct holding element = *holding;
	const struct allocation *line;
	struct explain_holder *holder;
	struct text what = TEXT_EMPTY;

	if (holding->allocation->kind != ALLOCATION_ELEMENT ||
	    holding->allocation->name != gathering->pool)
		return;
	/* The caller matters, not whose slab it is. */
	element.cache = NULL;
	explain_describe(gathering, &element, &line, &what);
	holder = explain_find_holder(gathering, &what);
	text_release(&what);
	if (holder)
		explain_add_holding(gathering, &element, element.pages, holder,
				    line);
}

void explain_pool_holders(struct explanation *e, const struct kernel *kernel,
			  const struct names *names,
			  struct explain_lines *lines, uint32_t pool)
{
	struct gathering gathering = {
		.e = e,
		.kernel = kernel,
		.names = names,
		.lines = lines,
		.holders = &e->pool_holders,
		.pool = pool,
	};

	holdings_visit(kernel, gather_element, &gathering);
}
