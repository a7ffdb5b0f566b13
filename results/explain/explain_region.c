/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The place with the least in the way of a block of the order that is wanted.
 *
 *	|  order 2   |  order 2   |  order 2   |	aligned blocks
 *	 A  A  .  .    .  B  .  .   #  #  #  #
 *	 2 in use      1 in use     4 in use
 *		       ^ the region: one page has to go for a whole block
 *
 * Blocks with a hole in them are none. Free pages on a list that the request
 * may not use count as in use. Of several with as few pages in use the lowest
 * is taken.
 */

#include "results/explain/explain_gather.h"

#include <string.h>

#include "sim/base/bug.h"

static bool is_better(const struct explain_region *a,
		      const struct explain_region *b)
{
	return !b->is || a->used + a->reserved < b->used + b->reserved;
}

static void end_block(struct room_search *search, const struct zone *zone)
{
	struct explain_region *at = &search->at;

	at->is = true;
	at->node = zone->node;
	at->type = zone->type;
	if (search->seen == 1ull << at->order && !search->has_hole &&
	    is_better(at, &search->best))
		search->best = *at;
}

static void begin_block(struct room_search *search, pfn_t pfn)
{
	search->at = (struct explain_region){
		.pfn = pfn,
		.order = search->failure->order,
	};
	search->has_hole = false;
	search->seen = 0;
}

static void add_to_block(struct room_search *search,
			 const struct frame_run *run, uint32_t pages)
{
	struct explain_region *at = &search->at;

	search->seen += pages;
	if (run->use == FRAME_FREE &&
	    explain_may_use(search->failure, run->type))
		at->free += pages;
	else if (run->use == FRAME_FREE)
		at->reserved += pages;
	else if (run->use == FRAME_PCP)
		at->pcp += pages;
	else
		at->used += pages;
	search->has_hole |= run->use == FRAME_HOLE;
}

/* A run lies in one block of the order, or covers several. */
void explain_look_for_room(struct room_search *search, const struct zone *zone,
			   const struct frame_run *run)
{
	uint32_t size = 1u << search->failure->order;

	for (uint32_t done = 0; done < run->pages;) {
		pfn_t pfn = run->pfn + done;
		uint32_t pages = size - (pfn & (size - 1));

		if (pages > run->pages - done)
			pages = run->pages - done;
		if (!(pfn & (size - 1)) || pfn == zone->start_pfn)
			begin_block(search, pfn & ~(size - 1));
		add_to_block(search, run, pages);
		done += pages;
		if (!((pfn + pages) & (size - 1)))
			end_block(search, zone);
	}
}

/* ---- the picture --------------------------------------------------------- */

#define PICTURE_FREE '.'
#define PICTURE_PCP '-'
#define PICTURE_RESERVED '+'
#define PICTURE_BOOT '#'
#define PICTURE_LRU '~'
#define PICTURE_KERNEL 'k'
#define PICTURE_MANY '*'

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			      "abcdefghijlmnopqrstuvwxyz";

/* The first frame of the block that a frame is in, as far as there is one. */
static pfn_t block_start(const struct memory *memory, pfn_t pfn)
{
	for (order_t order = 0; order < memory->nr_orders; order++) {
		pfn_t head = pfn & ~((1u << order) - 1);
		uint8_t state = memory->state[head];

		if (state != PAGE_TAIL)
			return head;
	}
	return pfn;
}

static char letter_of(const struct gathering *gathering,
		      const struct explain_holder *holder)
{
	size_t i = (size_t)(holder - gathering->holders->holder);

	return i < sizeof letters - 1 ? letters[i] : PICTURE_MANY;
}

/* A slab's pages are its cache's. */
static char slab_letter(struct gathering *gathering,
			const struct slab_cache *cache, uint32_t pages)
{
	struct text what = TEXT_EMPTY;
	struct explain_holder *holder;

	explain_describe_slab(cache, &what);
	holder = explain_find_holder(gathering, &what);
	text_release(&what);
	if (!holder)
		return PICTURE_MANY;
	holder->is_slab = true;
	holder->pages += pages;
	holder->letter = letter_of(gathering, holder);
	return holder->letter;
}

static char run_letter(struct gathering *gathering, const struct frame_run *run,
		       uint32_t pages)
{
	const struct slab_cache *cache;
	bool anon;

	switch (run->use) {
	case FRAME_FREE:
		return explain_may_use(gathering->failure, run->type) ?
			       PICTURE_FREE :
			       PICTURE_RESERVED;
	case FRAME_PCP:
		return PICTURE_PCP;
	case FRAME_BOOT:
		return PICTURE_BOOT;
	case FRAME_TAKEN:
		cache = explain_cache_of(gathering->kernel, run->pfn);
		if (cache)
			return slab_letter(gathering, cache, pages);
		return explain_is_from_start(gathering->kernel, run->pfn,
					     &anon) ?
			       PICTURE_LRU :
			       PICTURE_KERNEL;
	case FRAME_HOLE:
		break;
	}
	return ' ';
}

/* What can be told from the frames alone. */
static void draw_frames(struct gathering *gathering,
			struct explain_region *region)
{
	const struct memory *memory = gathering->kernel->memory;
	const struct zone *zone = memory_zone_of(memory, region->pfn);
	pfn_t end = region->pfn + (1u << region->order);
	pfn_t pfn = region->pfn;

	while (pfn < end) {
		struct frame_run run =
			frame_run_at(memory, zone, block_start(memory, pfn));
		pfn_t to = run.pfn + run.pages < end ? run.pfn + run.pages :
						       end;

		BUG_ON(to <= pfn);
		memset(&region->picture[pfn - region->pfn],
		       run_letter(gathering, &run, to - pfn), to - pfn);
		pfn = to;
	}
}

static void add_id(const struct gathering *gathering,
		   const struct holding *holding, struct text *what)
{
	uint64_t id = holding->id;

	if (holding->named)
		text_add(what, ", id \"%s\"",
			 names_text(gathering->names, (uint32_t)id));
	else
		text_add(what, ", id %llu", (unsigned long long)id);
}

/* The part of a holding that is in the region: [*from, *to). */
static bool is_in_region(const struct explain_region *region,
			 const struct holding *holding, pfn_t *from, pfn_t *to)
{
	pfn_t end = region->pfn + (1u << region->order);

	*from = holding->pfn > region->pfn ? holding->pfn : region->pfn;
	*to = holding->pfn + holding->pages < end ?
		      holding->pfn + holding->pages :
		      end;
	return *from < *to;
}

/* Each allocation of its own, objects with their cache. */
static void draw_holding(void *argument, const struct holding *holding)
{
	struct gathering *gathering = argument;
	const struct explain_region *region = gathering->region;
	const struct allocation *line;
	struct explain_holder *holder;
	struct text what = TEXT_EMPTY;
	pfn_t from, to;

	if (!is_in_region(region, holding, &from, &to))
		return;
	explain_describe(gathering, holding, &line, &what);
	if (!holding->cache)
		add_id(gathering, holding, &what);
	holder = explain_find_holder(gathering, &what);
	text_release(&what);
	if (holder) {
		explain_add_holding(gathering, holding, to - from, holder,
				    line);
		holder->letter = letter_of(gathering, holder);
	}
	if (!holding->cache)
		memset(&region->picture[from - region->pfn],
		       holder ? holder->letter : PICTURE_MANY, to - from);
}

void explain_draw_region(const struct gathering *zones)
{
	struct explain_region *region = &zones->e->region;
	const struct memory *memory = zones->kernel->memory;
	const struct zone *zone = memory_zone_of(memory, region->pfn);
	struct gathering gathering = *zones;

	region->picture = explain_alloc(zones->e, (1u << region->order) + 1);
	if (!region->picture)
		return;
	region->block_type =
		migratetype_names[*pageblock_type(memory, zone, region->pfn)];
	gathering.holders = &zones->e->in_region;
	gathering.region = region;
	gathering.any = false;
	zones->e->in_region = (struct explain_holders){ .nr = 0 };
	draw_frames(&gathering, region);
	holdings_visit(zones->kernel, draw_holding, &gathering);
}
