/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What became of the lists while a call was under way, from the counts before
 * and after it:
 *
 *	before  order 10: 3   9: 0   8: 0  …     "Off the free lists of DMA32:
 *	after   order 10: 2   9: 1   8: 1  …      1 of order 10 (movable). Onto
 *	                                          them: 1 each of orders 6-9."
 *
 * Neighbouring orders that changed by as much are told as one. Where others
 * came in between, because the call slept, nothing is told: the difference is
 * not the call's own.
 */

#include "results/step/words.h"

#include <inttypes.h>

#include "models/gfp.h"
#include "models/page/pcp.h"

void step_add_zone(const struct step *step, const struct zone *zone,
		   struct text *out)
{
	if (step->kernel->memory->nr_nodes > 1)
		text_add(out, "node %d's ", zone->node);
	text_add(out, "%s", zone_type_names[zone->type]);
}

static int64_t change(const struct step *step, const struct zone *zone,
		      int type, uint32_t order)
{
	return (int64_t)step->now->zone[zone->index].free[type][order] -
	       (int64_t)step->before->zone[zone->index].free[type][order];
}

/* The last order above `order` that changed by as much, without a gap. */
static uint32_t last_alike(const struct step *step, const struct zone *zone,
			   int type, uint32_t order, int64_t by)
{
	while (order + 1 < step->kernel->memory->nr_orders &&
	       change(step, zone, type, order + 1) == by)
		order++;
	return order;
}

/*
 * The orders of a type that lost blocks, or won some. Returns whether there
 * was any.
 */
static bool add_orders(const struct step *step, const struct zone *zone,
		       int type, int sign, bool more, struct text *out)
{
	bool any = false;

	for (uint32_t o = 0; o < step->kernel->memory->nr_orders; o++) {
		int64_t by = change(step, zone, type, o);
		uint32_t last = last_alike(step, zone, type, o, by);

		if (by * sign <= 0)
			continue;
		text_add(out, "%s%" PRId64,
			 any  ? ", " :
			 more ? "; " :
				"",
			 by * sign);
		if (last > o)
			text_add(out, " each of orders %u-%u", o, last);
		else
			text_add(out, " of order %u", o);
		any = true;
		o = last;
	}
	if (any)
		text_add(out, " (%s)", migratetype_names[type]);
	return any;
}

static bool add_side(const struct step *step, const struct zone *zone, int sign,
		     const char *begin, struct text *out)
{
	struct text orders = TEXT_EMPTY;
	bool any = false;

	for (int type = 0; type < NR_MIGRATETYPES; type++)
		any |= add_orders(step, zone, type, sign, any, &orders);
	if (any)
		text_add(out, "%s%s. ", begin, orders.s ? orders.s : "");
	text_release(&orders);
	return any;
}

static void add_zone_changes(const struct step *step, const struct zone *zone,
			     struct text *out)
{
	struct text begin = TEXT_EMPTY;
	bool any;

	text_add(&begin, "Off the free lists of ");
	step_add_zone(step, zone, &begin);
	text_add(&begin, ": ");
	any = begin.s && add_side(step, zone, -1, begin.s, out);
	text_release(&begin);
	text_add(&begin, any ? "Onto them: " : "Onto the free lists of ");
	if (!any) {
		step_add_zone(step, zone, &begin);
		text_add(&begin, ": ");
	}
	if (begin.s)
		add_side(step, zone, 1, begin.s, out);
	text_release(&begin);
}

/* Pageblocks that have another type now, a few of them by number. */
static void add_retyped(const struct step *step, const struct zone *zone,
			struct text *out)
{
	const struct memory *memory = step->kernel->memory;
	pfn_t block = 1u << memory->pageblock_order, pfn;
	unsigned int nr = 0;

	for (pfn = zone->start_pfn & ~(block - 1); pfn < zone->end_pfn;
	     pfn += block) {
		size_t i = step_block(memory, zone, pfn);
		uint8_t was = step->before->type[i], is = step->now->type[i];

		if (was == is || was >= NR_MIGRATETYPES ||
		    is >= NR_MIGRATETYPES || nr++ >= 3)
			continue;
		text_add(out, "Pageblock %u, %s until now, is %s. ",
			 pfn >> memory->pageblock_order, migratetype_names[was],
			 migratetype_names[is]);
	}
	if (nr > 3)
		text_add(out, "So are %u more. ", nr - 3);
}

void step_add_changes(const struct step *step, struct text *out)
{
	const struct memory *memory = step->kernel->memory;

	if (!step->undisturbed)
		return;
	for (uint32_t i = 0; i < memory->nr_zones; i++)
		add_zone_changes(step, &memory->zone[i], out);
	for (uint32_t i = 0; i < memory->nr_zones; i++)
		add_retyped(step, &memory->zone[i], out);
}

/*
 * A refill of one block for a call that takes one leaves the count as it was:
 * the request says which list that was.
 */
static struct step_list list_asked(const struct step *step)
{
	const struct memory *memory = step->kernel->memory;
	struct step_list list = {
		.zone = step->outcome.zone,
		.order = step->call.order,
		.type = gfp_migratetype(step->call.gfp &
					memory->mobility_flags),
	};

	list.count = step_pcp(step->now, list.zone, step->call.cpu,
			      pcp_list_number(list.order, list.type));
	return list;
}

struct step_list step_changed_list(const struct step *step)
{
	const struct memory *memory = step->kernel->memory;
	cpu_t cpu = step->call.cpu;

	if (!step->undisturbed || cpu >= memory->nr_cpus)
		return (struct step_list){ .zone = NULL };
	if (step->call.op <= OP_GET_ZEROED_PAGE && step->outcome.zone &&
	    step_work(step, WORK_PCP_HITS) == 1)
		return list_asked(step);
	for (uint32_t i = 0; i < memory->nr_zones; i++) {
		const struct zone *zone = &memory->zone[i];

		for (unsigned int list = 0; list < NR_PCP_LISTS; list++) {
			uint32_t count = step_pcp(step->now, zone, cpu, list);
			struct step_list changed = {
				.zone = zone,
				.order = pcp_list_order(memory, list),
				.type = (enum migratetype)(list %
							   NR_PCP_MIGRATETYPES),
				.count = count,
			};

			if (count == step_pcp(step->before, zone, cpu, list))
				continue;
			if (list >= NR_PCP_LISTS - 2)
				changed.type = list == NR_PCP_LISTS - 1 ?
						       MIGRATE_MOVABLE :
						       MIGRATE_UNMOVABLE;
			return changed;
		}
	}
	return (struct step_list){ .zone = NULL };
}
