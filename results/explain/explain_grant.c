/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A call that a real kernel refused, as its trace or log says, and that the run
 * granted: what it got, from where, and why there.
 *
 *	node 0 Normal	4317 that count > 1605 that have to be left, no block
 *	node 0 DMA32	19860 > 5891: from here
 *
 * The zones are looked at when the call is over, so that its own pages are gone
 * already; the mark is the one that a request may go down to in the end, as in
 * explain_zones.c.
 *
 * Left out: in what the real machine differed. Nobody can tell; only what is
 * assumed here can be told.
 */

#include "results/explain/explain_internal.h"

#include <inttypes.h>

#include "models/page/page_attempt.h"

/* ---- what is there ------------------------------------------------------- */

static bool is_of_pages(const struct call *call, const struct outcome *outcome)
{
	return call->op == OP_ALLOC_PAGES && outcome->pfn != PFN_NONE &&
	       outcome->zone && explain_has_order(call);
}

static void look_at_zones(struct explanation *e, const struct kernel *kernel,
			  const struct call *call)
{
	const struct page_request request = { call_gfp(call), call->order,
					      call->cpu, call->node };
	struct page_failure failure = { .order = call->order,
					.gfp = request.gfp,
					.cpu = call->cpu };
	struct attempt attempt;
	unsigned int flags;

	if (!page_first_attempt(&attempt, kernel->memory, &request, &flags))
		return;
	failure.zonelist = attempt.zonelist;
	failure.highest = attempt.highest;
	failure.type = attempt.type;
	failure.alloc_flags = page_slow_path_flags(request.gfp, call->order) |
			      attempt.cma;
	e->pages = failure;
	e->granted.has_pages = true;
	explain_zones(e, kernel, &failure);
}

void explain_look_at_grant(struct explanation *e, const struct kernel *kernel,
			   const struct call *call,
			   const struct outcome *outcome)
{
	struct explain_grant *granted = &e->granted;

	granted->pfn = PFN_NONE;
	granted->path = outcome->path;
	if (!is_of_pages(call, outcome))
		return;
	granted->pfn = outcome->pfn;
	granted->node = outcome->zone->node;
	granted->type = outcome->zone->type;
	granted->block_type = migratetype_names[*pageblock_type(
		kernel->memory, outcome->zone, outcome->pfn)];
	look_at_zones(e, kernel, call);
}

/* ---- in words ------------------------------------------------------------ */

static const char *because(enum alloc_path path)
{
	switch (path) {
	case PATH_PCP:
		return "The CPU's own list had a block, and the zone is above "
		       "its low mark.";
	case PATH_PCP_REFILL:
	case PATH_BUDDY:
		return "The zone has a block on a free list, and is above the "
		       "mark.";
	case PATH_SLOW:
		return "No zone is above its low mark with a block; at the min "
		       "mark, less what this request\n  may take of the "
		       "reserves, this one is, and has one.";
	case PATH_RECLAIM:
		return "It reclaimed pages, and then there was a block.";
	case PATH_COMPACTION:
		return "Compaction moved pages, and so made a block.";
	default:
		return NULL;
	}
}

static bool is_giver(const struct explanation *e,
		     const struct explain_zone *zone)
{
	return zone->node == e->granted.node && zone->type == e->granted.type;
}

/* Up to the one that gave the block. */
static void add_zones(const struct explanation *e, struct text *out)
{
	text_add(out, "  The zones in the order in which it looks at them, "
		      "in pages, when it is over:\n");
	for (size_t i = 0; i < e->nr_zones; i++) {
		const struct explain_zone *zone = &e->zone[i];
		bool giver = is_giver(e, zone);

		text_add(out,
			 "  %zu. node %d %s: %" PRId64
			 " count as free, %" PRId64
			 " have to be left at least: %s\n",
			 i + 1, zone->node, zone_type_names[zone->type],
			 watermark_usable(&zone->terms),
			 watermark_needed(&zone->terms),
			 giver		  ? "the block is from here" :
			 !zone->enough	  ? "too few" :
			 !zone->has_block ? "no block of the order" :
					    "a block is left");
		if (giver)
			return;
	}
}

static void add_what(const struct explanation *e, struct text *out)
{
	const struct explain_grant *granted = &e->granted;
	const char *why = because(granted->path);

	if (granted->pfn == PFN_NONE)
		text_add(out, "  It is had by %s.\n",
			 alloc_path_names[granted->path]);
	else
		text_add(out,
			 "  It gets pfn %#llx, zone %s of node %d, in a "
			 "pageblock that is %s, by %s.\n",
			 (unsigned long long)granted->pfn,
			 zone_type_names[granted->type], granted->node,
			 granted->block_type, alloc_path_names[granted->path]);
	if (why)
		text_add(out, "  %s\n", why);
	if (granted->has_pages)
		add_zones(e, out);
}

static void add_open(const struct explanation *e, struct text *out)
{
	text_add(out, "\nWhat may have been otherwise on the real machine\n");
	if (e->start_given)
		text_add(out,
			 "  - A log's counts are read when the request has "
			 "failed: blocks may have come free\n    since then, "
			 "and what a log calls free is here from the start.\n");
	if (e->places_guessed)
		text_add(out,
			 "  - Of which migrate type free blocks are, and where "
			 "they and all pages lie, is a\n    guess; another "
			 "--seed of the run guesses otherwise. What can't be "
			 "moved lies\n    together here; where a machine has "
			 "run for long it is mixed with the rest.\n");
	text_add(out, "  - Its kernel's rules, if it was not the kernel that "
		      "the config's profile is of.\n");
}

void explain_granted_text(const struct explanation *e, struct text *out)
{
	if (e->unverified)
		text_add(out, EXPLAIN_DOUBT);
	text_add(out, "Recorded as failed, granted here: ");
	explain_add_request(e, out);
	text_add(out, "\n");
	explain_add_call(e, out);
	text_add(out, "\nWhy it is granted here\n");
	add_what(e, out);
	add_open(e, out);
}
