/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * More memory in a zone, as a remedy. Where it comes from depends on what lies
 * above the zone:
 *
 *	nothing, for long enough	the zone ends later
 *	another node's zone		so it does, and all zones above move up
 *					by as much, as if a node got a module
 *	HighMem or Movable of its node	the border moves, which the kernel sets
 *					(vmalloc=, kernelcore=): one zone gets
 *					what the other has less
 *	another zone of its node	its end is an address: it can't grow
 *
 * Rules: holes stay as they are. Sizes are whole blocks of the largest order.
 * A zone that ends where all zones of its type do can't grow; of DMA and DMA32
 * that is told only where the request may use nothing above them.
 */

#include "results/explain/explain_internal.h"

#include <inttypes.h>

#define MOST_TIMES 8 /* as large as it is */

static void set_key(struct explain_trial *trial,
		    const struct explain_place *place, const char *key,
		    uint64_t value)
{
	char word[160];

	snprintf(word, sizeof word, "nodes.%zu.zones.%zu.%s=%" PRIu64,
		 place->node, place->zone, key, value);
	explain_set_word(trial, trial->change.nr_sets, word);
}

static void set_size(struct explain_trial *trial,
		     const struct explain_place *place, int64_t more)
{
	set_key(trial, place, "spanned_pages", place->spanned + (uint64_t)more);
	set_key(trial, place, "present_pages", place->present + (uint64_t)more);
	set_key(trial, place, "managed_pages", place->managed + (uint64_t)more);
}

static uint64_t largest_block(const struct explanation *e)
{
	return UINT64_C(1) << (e->nr_orders - 1);
}

static bool is_above(const struct explain_place *other,
		     const struct explain_place *place)
{
	return other->start >= place->start + place->spanned;
}

static const struct explain_place *next_above(const struct explanation *e,
					      const struct explain_place *place)
{
	for (size_t i = 0; i < e->nr_layout; i++)
		if (is_above(&e->layout[i], place))
			return &e->layout[i];
	return NULL;
}

/* Its border to the zone below is one that the kernel chooses. */
static bool is_behind_border(const struct explain_place *next,
			     const struct explain_place *place)
{
	return next->node == place->node &&
	       (next->type == ZONE_HIGHMEM || next->type == ZONE_MOVABLE);
}

static void set_pages(const struct explanation *e, struct explain_trial *trial,
		      uint64_t value)
{
	const struct explain_place *place = &e->place[trial->zone];
	uint64_t more = value - place->spanned;

	trial->change.nr_sets = 0;
	set_size(trial, place, (int64_t)more);
}

/* Whole blocks, so that those above begin with a block as they did. */
static void set_and_move(const struct explanation *e,
			 struct explain_trial *trial, uint64_t value)
{
	const struct explain_place *place = &e->place[trial->zone];
	uint64_t block = largest_block(e);
	uint64_t more = value - place->spanned;
	uint64_t by = (more + block - 1) / block * block;

	set_pages(e, trial, value);
	for (size_t i = 0; i < e->nr_layout; i++)
		if (is_above(&e->layout[i], place))
			set_key(trial, &e->layout[i], "start_pfn",
				e->layout[i].start + by);
}

static void set_and_take(const struct explanation *e,
			 struct explain_trial *trial, uint64_t value)
{
	const struct explain_place *place = &e->place[trial->zone];
	const struct explain_place *next = next_above(e, place);
	uint64_t more = value - place->spanned;

	set_pages(e, trial, value);
	set_key(trial, next, "start_pfn", next->start + more);
	set_size(trial, next, -(int64_t)more);
}

static const char *place_name(struct explanation *e,
			      const struct explain_place *place)
{
	return explain_keep(e, "node %d %s", place->node_id,
			    zone_type_names[place->type]);
}

static void look_for(struct explanation *e, size_t i, const char *what,
		     explain_set_value *set, uint64_t most)
{
	uint64_t now = e->place[i].spanned;
	uint64_t block = largest_block(e);

	explain_look_for(e, what, UNIT_PAGES, i,
			 (struct explain_search){
				 .set = set,
				 .now = now,
				 .limit = most < now * (MOST_TIMES - 1) ?
						  now + most :
						  now * MOST_TIMES,
				 .step = now < block ? now : block });
}

static void note_last(struct explanation *e, size_t before, const char *note)
{
	if (e->nr_trials > before)
		e->trial[e->nr_trials - 1].note = note;
}

/* Those above move up: each needs a word of --set, and this one three. */
static void try_moving(struct explanation *e, size_t i, const char *what,
		       uint64_t most)
{
	const struct explain_place *place = &e->place[i];
	size_t nr = 0, before = e->nr_trials;

	for (size_t n = 0; n < e->nr_layout; n++)
		nr += is_above(&e->layout[n], place);
	if (nr + 3 > EXPLAIN_SETS_MOST) {
		explain_not_tried(e, "set", what,
				  "more zones lie above than a trial can move");
		return;
	}
	look_for(e, i, what, set_and_move, most);
	note_last(e, before, "the zones above it move up by as much");
}

/* At least one block has to be left of the zone that it is taken from. */
static void try_taking(struct explanation *e, size_t i, const char *what,
		       uint64_t most)
{
	const struct explain_place *next = next_above(e, &e->place[i]);
	uint64_t block = largest_block(e);
	uint64_t left = next->managed > block ? next->managed - block : 0;
	size_t before = e->nr_trials;

	left -= left % block;
	if (left < block) {
		explain_not_tried(e, "set", what,
				  explain_keep(e,
					       "%s begins where it ends, "
					       "and is too small to take "
					       "from",
					       place_name(e, next)));
		return;
	}
	look_for(e, i, what, set_and_take, left < most ? left : most);
	note_last(e, before,
		  explain_keep(e,
			       "taken from %s, which begins where it ends: "
			       "%s moves the border",
			       place_name(e, next),
			       next->type == ZONE_HIGHMEM ?
				       "the kernel's parameter vmalloc=" :
				       "the kernel's parameter kernelcore="));
	if (e->nr_trials > before)
		e->trial[e->nr_trials - 1].from = place_name(e, next);
}

/* Pages up to where zones of its type end. */
static uint64_t room_below_limit(const struct explain_place *place)
{
	uint64_t end = place->start + place->spanned;

	if (!place->limit)
		return UINT64_MAX / MOST_TIMES;
	return place->limit > end ? place->limit - end : 0;
}

static void tell_of_limit(struct explanation *e, size_t i, const char *what)
{
	const struct explain_place *place = &e->place[i];
	struct text where = TEXT_EMPTY;

	if (place->type <= ZONE_DMA32 && e->pages.highest > place->type)
		return;
	text_add(&where, "%#" PRIx64 " (", place->limit << e->page_shift);
	explain_add_rounded(e, place->limit, &where);
	text_add(&where, ")");
	explain_not_tried(e, "set", what,
			  explain_keep(e,
				       "zones of its type end at address "
				       "%s: more memory of the machine is "
				       "other zones'",
				       where.s ? where.s : ""));
	e->no_memory |= where.failed;
	text_release(&where);
}

void explain_try_more_memory(struct explanation *e, size_t i)
{
	const struct explain_place *place = &e->place[i];
	const struct explain_place *next = next_above(e, place);
	const char *what =
		explain_keep(e, "memory of %s", place_name(e, place));
	uint64_t block = largest_block(e);
	uint64_t most = room_below_limit(place);

	if (e->start_given)
		explain_not_tried(e, "set", what,
				  "the starting state says which blocks are "
				  "free: more memory would all be in use");
	else if (most < block)
		tell_of_limit(e, i, what);
	else if (!next || place->room >= block)
		look_for(e, i, what, set_pages,
			 place->room < most ? place->room : most);
	else if (is_behind_border(next, place))
		try_taking(e, i, what, most);
	else if (next->node != place->node)
		try_moving(e, i, what, most);
	else
		explain_not_tried(e, "set", what,
				  explain_keep(e,
					       "%s begins where it ends, "
					       "and no setting moves that "
					       "border",
					       place_name(e, next)));
}
