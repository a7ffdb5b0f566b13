/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Places for free blocks of which only the counts are known: what
 * /proc/buddyinfo and /proc/pagetypeinfo tell of a machine.
 *
 * Rules. The first four are what the buddy system of the kernel guarantees
 * (mm/page_alloc.c, Linux 6.1), so that the result is a state it could be in:
 *
 * - a block of an order begins at a multiple of its length, within its zone,
 *   over no hole, and overlaps no other;
 * - two free buddies are one block of the next order, so of the two halves of
 *   any block below the largest order at most one is free as a whole;
 * - a pageblock has one type, and the counts of pageblocks come out exactly;
 *   pageblocks that the counts say nothing about are movable, or unmovable
 *   where the kernel does not group by mobility;
 * - a free block lies in pageblocks of its own type, as far as those have
 *   room, and elsewhere when they have not, as after a steal; but those of
 *   contiguous memory areas lie in these, and no others do;
 * - every place that these rules allow is as likely as any other. Within a
 *   list the order is random;
 * - pageblocks that are not free as a whole have their types in runs of some
 *   RUN_BLOCKS, as fallback and boot leave them, not scattered singly.
 *
 * Placed from the largest order down, no choice of places takes room away from
 * the smaller orders: a block takes one half of its parent wherever it goes.
 * So if the counts fit at all they are placed, and if they are not, no machine
 * could have shown them.
 *
 * Each draw looks at every candidate once and takes it with the probability
 * that leaves all selections of the wanted size equally likely: Knuth, The Art
 * of Computer Programming, volume 2, 3.4.2, algorithm S.
 *
 * Left out: which blocks the kernel or user programs would be near in a
 * machine with a history.
 */

#include "models/initial/initial_counts.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/host.h"
#include "sim/base/scatter.h"

#define ANY_TYPE NR_MIGRATETYPES /* also: a pageblock without a type yet */
#define RUN_BLOCKS 16

/* What the drawing of places for one machine has come to. */
struct placing {
	const struct machine_desc *machine;
	struct errors *errors;
	uint64_t random;
	struct free_block_desc *blocks;
	size_t nr_blocks;
	size_t blocks_capacity;
	struct pageblock_run_desc *runs;
	size_t nr_runs;
	size_t runs_capacity;
};

/* One zone's part in it. */
struct zone_plan {
	struct placing *placing;
	const struct zone_desc *desc;
	node_t node;
	uint64_t end; /* one past the last frame */
	uint64_t want[ANY_TYPE + 1][MAX_ORDERS];
	uint64_t budget[NR_MIGRATETYPES]; /* pageblocks without a place yet */
	uint8_t *taken; /* [spanned]: in a block that was placed */
	uint8_t *type;	/* [nr_steps]: of each pageblock */
	size_t nr_steps;
	size_t first_block; /* of the zone in placing->blocks */
};

/* SplitMix64. */
static uint64_t draw(struct placing *placing)
{
	placing->random += GOLDEN_RATIO;
	return scramble(placing->random);
}

/* A number below `limit`, each as likely as any other to 1 in 2^32. */
static uint64_t draw_below(struct placing *placing, uint64_t limit)
{
	return limit ? draw(placing) % limit : 0;
}

static int no_host_memory(struct placing *placing)
{
	return error_host(placing->errors,
			  "no memory for the places of free blocks");
}

static int does_not_fit(struct zone_plan *plan, const char *what)
{
	struct place nowhere = { .file = NULL };

	return error_input(plan->placing->errors, nowhere,
			   "initial_state: node %d, zone %s: %s", plan->node,
			   zone_type_names[plan->desc->type], what);
}

/* The zone's number of a frame's pageblock, as /proc/pagetypeinfo counts. */
static size_t step_of(const struct zone_plan *plan, uint64_t pfn)
{
	uint32_t shift = plan->placing->machine->pageblock_order;
	size_t step = (pfn >> shift) - (plan->desc->start_pfn >> shift);

	return step < plan->nr_steps ? step : plan->nr_steps - 1;
}

static bool is_present(const struct zone_plan *plan, uint64_t start,
		       uint64_t end)
{
	const struct zone_desc *desc = plan->desc;
	size_t i;

	if (start < desc->start_pfn || end > plan->end)
		return false;
	for (i = 0; i < desc->nr_holes; i++)
		if (desc->holes[i].start_pfn < end &&
		    desc->holes[i].start_pfn + desc->holes[i].pages > start)
			return false;
	return true;
}

static bool is_taken(const struct zone_plan *plan, uint64_t pfn)
{
	return pfn >= plan->desc->start_pfn && pfn < plan->end &&
	       plan->taken[pfn - plan->desc->start_pfn];
}

/* What is being drawn: blocks of one order, in pageblocks of one type. */
struct selection {
	order_t order;
	uint8_t within; /* ANY_TYPE: wherever there is room */
	uint32_t type;	/* that the blocks get; ANY_TYPE: their pageblock's */
};

static bool may_hold(const struct zone_plan *plan,
		     const struct selection *selection, uint64_t pfn)
{
	uint8_t type = plan->type[step_of(plan, pfn)];

	if (!is_present(plan, pfn, pfn + (1ull << selection->order)))
		return false;
	if (selection->within != ANY_TYPE)
		return type == selection->within;
	return (type == MIGRATE_CMA) == (selection->type == MIGRATE_CMA);
}

/*
 * Which halves of the parent block at `pfn` could be free: bit 0 the lower,
 * bit 1 the upper. The largest order has no parents: `pfn` is the block's own,
 * the lower half. Larger blocks were placed before, so that a half is
 * overlapped if its first page is.
 */
static unsigned int candidates(const struct zone_plan *plan,
			       const struct selection *selection, uint64_t pfn)
{
	bool largest = selection->order + 1u ==
		       plan->placing->machine->nr_orders;
	uint64_t upper = pfn + (1ull << selection->order);
	unsigned int halves = 0;

	if (is_taken(plan, pfn) || (!largest && is_taken(plan, upper)))
		return 0;
	if (may_hold(plan, selection, pfn))
		halves |= 1;
	if (!largest && may_hold(plan, selection, upper))
		halves |= 2;
	return halves;
}

static uint64_t candidate_step(const struct zone_plan *plan, order_t order)
{
	bool largest = order + 1u == plan->placing->machine->nr_orders;

	return 1ull << (largest ? order : order + 1);
}

static uint64_t count_candidates(const struct zone_plan *plan,
				 const struct selection *selection)
{
	uint64_t step = candidate_step(plan, selection->order);
	uint64_t pfn = plan->desc->start_pfn & ~(step - 1);
	uint64_t nr = 0;

	for (; pfn < plan->end; pfn += step)
		nr += candidates(plan, selection, pfn) != 0;
	return nr;
}

static int place(struct zone_plan *plan, const struct selection *selection,
		 uint64_t pfn)
{
	struct placing *placing = plan->placing;
	struct free_block_desc *grown =
		host_grow(placing->blocks, &placing->blocks_capacity,
			  placing->nr_blocks + 1, sizeof(*grown));

	if (!grown)
		return no_host_memory(placing);
	placing->blocks = grown;
	grown[placing->nr_blocks++] = (struct free_block_desc){
		.node = plan->node,
		.zone = plan->desc->type,
		.migratetype = (enum migratetype)selection->type,
		.order = selection->order,
		.pfn = (pfn_t)pfn,
	};
	memset(plan->taken + (pfn - plan->desc->start_pfn), 1,
	       (size_t)1 << selection->order);
	return 0;
}

/* Places up to `nr` blocks; *placed of them found a place. */
static int select_places(struct zone_plan *plan,
			 const struct selection *selection, uint64_t nr,
			 uint64_t *placed)
{
	uint64_t step = candidate_step(plan, selection->order);
	uint64_t pfn = plan->desc->start_pfn & ~(step - 1);
	uint64_t left = count_candidates(plan, selection);

	*placed = 0;
	for (; pfn < plan->end && *placed < nr && left; pfn += step) {
		unsigned int halves = candidates(plan, selection, pfn);

		if (!halves)
			continue;
		if (draw_below(plan->placing, left--) >= nr - *placed)
			continue;
		if (halves == 3)
			halves = draw(plan->placing) & 1 ? 1 : 2;
		if (halves == 2)
			pfn += 1ull << selection->order;
		if (place(plan, selection, pfn))
			return -1;
		if (halves == 2)
			pfn -= 1ull << selection->order;
		++*placed;
	}
	return 0;
}

static void shuffle(struct placing *placing, size_t first)
{
	size_t i;

	for (i = placing->nr_blocks; i > first + 1; i--) {
		size_t other = first + draw_below(placing, i - first);
		struct free_block_desc swap = placing->blocks[i - 1];

		placing->blocks[i - 1] = placing->blocks[other];
		placing->blocks[other] = swap;
	}
}

/*
 * The pageblocks of a block that is one or more of them get its type, as long
 * as there are pageblocks of that type.
 */
static void type_whole_blocks(struct zone_plan *plan, size_t first)
{
	struct placing *placing = plan->placing;
	uint64_t step = 1ull << placing->machine->pageblock_order;
	size_t i;

	for (i = first; i < placing->nr_blocks; i++) {
		const struct free_block_desc *block = &placing->blocks[i];
		uint64_t end = block->pfn + (1ull << block->order);
		uint64_t pfn;

		if (block->migratetype == ANY_TYPE)
			continue;
		for (pfn = block->pfn; pfn < end; pfn += step) {
			if (!plan->budget[block->migratetype])
				break;
			plan->budget[block->migratetype]--;
			plan->type[step_of(plan, pfn)] = block->migratetype;
		}
	}
}

/*
 * All blocks of an order: first each type within its own pageblocks (once
 * they have types), then what found no room there wherever there is some.
 */
static int place_order(struct zone_plan *plan, order_t order)
{
	bool whole = order >= plan->placing->machine->pageblock_order;
	size_t first = plan->placing->nr_blocks;
	uint64_t placed;
	uint32_t type;
	int pass;

	for (pass = whole ? 1 : 0; pass < 2; pass++) {
		for (type = 0; type <= ANY_TYPE; type++) {
			const struct selection selection = {
				.order = order,
				.within = pass ? ANY_TYPE : (uint8_t)type,
				.type = type,
			};
			uint64_t *want = &plan->want[type][order];

			if (!*want)
				continue;
			if (select_places(plan, &selection, *want, &placed))
				return -1;
			*want -= placed;
			if (pass && *want)
				return does_not_fit(
					plan, "more free blocks than the zone "
					      "has room for, not counting "
					      "both halves of any block");
		}
	}
	shuffle(plan->placing, first);
	if (whole)
		type_whole_blocks(plan, first);
	return 0;
}

/* The type for one more pageblock: `previous` goes on, or a new run begins. */
static uint8_t next_type(struct zone_plan *plan, uint8_t previous)
{
	uint64_t left = 0;
	uint64_t pick;
	uint8_t type;

	if (previous != ANY_TYPE && plan->budget[previous] &&
	    draw_below(plan->placing, RUN_BLOCKS))
		return previous;
	for (type = 0; type < NR_MIGRATETYPES; type++)
		left += plan->budget[type];
	if (!left)
		return ANY_TYPE;
	pick = draw_below(plan->placing, left);
	for (type = 0; pick >= plan->budget[type]; type++)
		pick -= plan->budget[type];
	return type;
}

static bool is_hole(const struct zone_plan *plan, size_t step)
{
	uint32_t shift = plan->placing->machine->pageblock_order;
	uint64_t start = ((plan->desc->start_pfn >> shift) + (uint64_t)step)
			 << shift;
	uint64_t end = start + (1ull << shift);
	size_t i;

	if (start < plan->desc->start_pfn)
		start = plan->desc->start_pfn;
	for (i = 0; i < plan->desc->nr_holes; i++) {
		const struct hole_desc *hole = &plan->desc->holes[i];

		if (hole->start_pfn <= start &&
		    hole->start_pfn + hole->pages >= end)
			return true;
	}
	return false;
}

static enum migratetype usual_type(const struct zone_plan *plan)
{
	return plan->placing->machine->no_mobility_grouping ?
		       MIGRATE_UNMOVABLE :
		       MIGRATE_MOVABLE;
}

/*
 * Gives each pageblock without a type one of those left: blocks with memory
 * first, since the kernel counts a hole only where its section has memory.
 */
static int type_other_blocks(struct zone_plan *plan)
{
	uint8_t previous = ANY_TYPE;
	size_t step;
	int holes;

	for (holes = 0; holes < 2; holes++) {
		for (step = 0; step < plan->nr_steps; step++) {
			if (plan->type[step] != ANY_TYPE ||
			    is_hole(plan, step) != (bool)holes)
				continue;
			previous = next_type(plan, previous);
			if (previous == ANY_TYPE)
				break;
			plan->type[step] = previous;
			plan->budget[previous]--;
		}
	}
	if (next_type(plan, ANY_TYPE) != ANY_TYPE)
		return does_not_fit(plan, "more pageblocks than the zone has");
	for (step = 0; step < plan->nr_steps; step++)
		if (plan->type[step] == ANY_TYPE && !is_hole(plan, step))
			plan->type[step] = usual_type(plan);
	return 0;
}

/* Blocks without a type, from /proc/buddyinfo, are of their pageblock's. */
static void type_any_blocks(struct zone_plan *plan)
{
	struct placing *placing = plan->placing;
	size_t i;

	for (i = plan->first_block; i < placing->nr_blocks; i++) {
		struct free_block_desc *block = &placing->blocks[i];

		if (block->migratetype == ANY_TYPE)
			block->migratetype =
				(enum migratetype)
					plan->type[step_of(plan, block->pfn)];
	}
}

static int add_runs(struct zone_plan *plan)
{
	struct placing *placing = plan->placing;
	uint64_t pages = 1ull << placing->machine->pageblock_order;
	struct pageblock_run_desc *grown;
	size_t step;

	for (step = 0; step < plan->nr_steps; step++) {
		uint8_t type = plan->type[step];

		if (step && type == plan->type[step - 1])
			continue;
		grown = host_grow(placing->runs, &placing->runs_capacity,
				  placing->nr_runs + 1, sizeof(*grown));
		if (!grown)
			return no_host_memory(placing);
		placing->runs = grown;
		grown[placing->nr_runs++] = (struct pageblock_run_desc){
			.node = plan->node,
			.zone = plan->desc->type,
			.start_pfn =
				(pfn_t)(plan->desc->start_pfn + step * pages),
			.migratetype = type == ANY_TYPE ?
					       usual_type(plan) :
					       (enum migratetype)type,
			.hole = type == ANY_TYPE,
		};
	}
	return 0;
}

/* Reads what the counts say of one zone. */
static int read_counts(struct zone_plan *plan)
{
	const struct machine_desc *machine = plan->placing->machine;
	const struct initial_state_desc *initial = &machine->initial;
	uint64_t pages = 0;
	size_t i;

	for (i = 0; i < initial->nr_free_counts; i++) {
		const struct free_count_desc *count = &initial->free_counts[i];

		if (count->node != plan->node ||
		    count->zone != plan->desc->type || !count->nr_free)
			continue;
		if (count->order >= machine->nr_orders)
			return does_not_fit(plan, "free blocks of an order "
						  "above the largest");
		if (count->nr_free > plan->desc->managed_pages ||
		    (pages += count->nr_free << count->order) >
			    plan->desc->managed_pages)
			return does_not_fit(plan, "more free pages than the "
						  "zone manages");
		plan->want[count->any_migratetype ? ANY_TYPE :
						    count->migratetype]
			  [count->order] += count->nr_free;
	}
	for (i = 0; i < initial->nr_pageblock_counts; i++) {
		const struct pageblock_count_desc *count =
			&initial->pageblock_counts[i];

		if (count->node == plan->node &&
		    count->zone == plan->desc->type)
			plan->budget[count->migratetype] += count->nr_blocks;
	}
	return 0;
}

/* Every pageblock gets its type once the blocks that fill some are placed. */
static int settle_types(struct zone_plan *plan)
{
	if (type_other_blocks(plan))
		return -1;
	type_any_blocks(plan);
	return 0;
}

static int place_zone(struct zone_plan *plan)
{
	const struct machine_desc *machine = plan->placing->machine;
	unsigned int order = machine->nr_orders;

	memset(plan->type, ANY_TYPE, plan->nr_steps);
	if (read_counts(plan))
		return -1;
	while (order-- > 0) {
		if (order + 1 == machine->pageblock_order && settle_types(plan))
			return -1;
		if (place_order(plan, (order_t)order))
			return -1;
	}
	type_any_blocks(plan);
	return add_runs(plan);
}

static int plan_zone(struct placing *placing, node_t node,
		     const struct zone_desc *desc)
{
	uint64_t pages = 1ull << placing->machine->pageblock_order;
	struct zone_plan plan = {
		.placing = placing,
		.desc = desc,
		.node = node,
		.end = desc->start_pfn + desc->spanned_pages,
		.nr_steps = (desc->spanned_pages + pages - 1) / pages,
		.first_block = placing->nr_blocks,
	};
	int result;

	if (!desc->spanned_pages)
		return 0;
	plan.type = host_alloc(plan.nr_steps, 1);
	plan.taken = host_map(desc->spanned_pages);
	if (plan.type && plan.taken)
		result = place_zone(&plan);
	else
		result = no_host_memory(placing);
	if (plan.taken)
		host_unmap(plan.taken, desc->spanned_pages);
	free(plan.type);
	return result;
}

int initial_place_counts(const struct machine_desc *machine, uint64_t seed,
			 struct free_block_desc **blocks, size_t *nr_blocks,
			 struct pageblock_run_desc **runs, size_t *nr_runs,
			 struct errors *errors)
{
	struct placing placing = {
		.machine = machine,
		.errors = errors,
		.random = seed,
	};
	size_t n, z;
	int result = 0;

	for (n = 0; n < machine->nr_nodes; n++)
		for (z = 0; z < machine->nodes[n].nr_zones; z++)
			result |= plan_zone(&placing, machine->nodes[n].id,
					    &machine->nodes[n].zones[z]);
	if (result) {
		free(placing.blocks);
		free(placing.runs);
		return -1;
	}
	*blocks = placing.blocks;
	*nr_blocks = placing.nr_blocks;
	*runs = placing.runs;
	*nr_runs = placing.nr_runs;
	return 0;
}
