/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In words: the walk over the zones, and what was tried when no zone would
 * give a block.
 */

#include "results/explain/explain_internal.h"

#include <inttypes.h>

#include "models/gfp.h"
#include "models/page/mobility.h"

/* ---- what was asked for -------------------------------------------------- */

static void add_requests(const struct explanation *e, struct text *out)
{
	char gfp[GFP_TEXT_MAX];
	size_t kept = e->nr_requests < EXPLAIN_REQUESTS_MOST ?
			      e->nr_requests :
			      EXPLAIN_REQUESTS_MOST;

	if (e->nr_requests < 2 && e->failure.call.has & CALL_HAS_ORDER)
		return;
	text_add(out, "\nWhat the call asked the page allocator for\n");
	for (size_t i = 0; i < kept; i++) {
		const struct explain_request *request = &e->request[i];

		gfp_format(request->gfp, gfp);
		if (request->reason == REASON_NONE)
			text_add(out, "  then: %s\n", request->what);
		else
			text_add(out, "  order %u, %s: %s\n", request->order,
				 gfp, alloc_reason_names[request->reason]);
	}
	if (kept < e->nr_requests)
		text_add(out, "  and %zu more\n", e->nr_requests - kept);
	text_add(out, "  The last one decides, and is what follows.\n");
}

/* ---- a zone -------------------------------------------------------------- */

static void add_term(int64_t pages, const char *sign, const char *what,
		     struct text *out)
{
	if (pages)
		text_add(out, "    %s %7" PRId64 "  %s\n", sign, pages, what);
}

static void add_usable(const struct explain_zone *zone, struct text *out)
{
	const struct watermark_terms *terms = &zone->terms;

	text_add(out, "      %7" PRId64 "  free pages\n", terms->free_pages);
	add_term(terms->own, "-", "of the block itself, all but one", out);
	add_term(terms->highatomic, "-",
		 "reserved for high-order atomic requests", out);
	add_term(terms->cma, "-", "free in contiguous areas, for movable pages",
		 out);
	text_add(out, "    = %7" PRId64 "  that count\n",
		 watermark_usable(terms));
}

static void add_needed(const struct explain_zone *zone, struct text *out)
{
	const struct watermark_terms *terms = &zone->terms;

	if (zone->boost_forgotten || !zone->boost)
		text_add(out, "      %7" PRId64 "  min mark%s\n", terms->mark,
			 zone->boost_forgotten ? ", without its boost" : "");
	else
		text_add(out,
			 "      %7" PRId64 "  min mark %" PRId64
			 " and its boost %" PRId64 "\n",
			 terms->mark, zone->min, zone->boost);
	add_term(terms->half, "-", "half of it: __GFP_HIGH", out);
	add_term(terms->quarter, "-",
		 "a quarter of the rest: the caller can't wait", out);
	add_term(terms->oom, "-", "half of the rest: the task is being killed",
		 out);
	add_term(terms->reserve, "+",
		 "lowmem_reserve, kept from requests that could go higher",
		 out);
	text_add(out, "    = %7" PRId64 "  have to be left\n",
		 watermark_needed(terms));
}

/* The largest order with a free block among some types; -1: none. */
static int largest_order(const struct explanation *e,
			 const struct explain_zone *zone, unsigned int types)
{
	for (int order = (int)e->nr_orders - 1; order >= 0; order--)
		for (int type = 0; type < NR_MIGRATETYPES; type++)
			if (types & 1u << type && zone->nr_free[type][order])
				return order;
	return -1;
}

static void add_lists_of(const struct explanation *e,
			 const struct explain_zone *zone, int type,
			 struct text *out)
{
	bool any = false;

	for (unsigned int order = 0; order < e->nr_orders; order++) {
		uint32_t nr = zone->nr_free[type][order];

		if (!nr)
			continue;
		if (!any)
			text_add(out, "      %s%s: ", migratetype_names[type],
				 zone->usable_types & 1u << type ?
					 "" :
					 " (not for this request)");
		text_add(out, "%s%u of order %u", any ? ", " : "", nr, order);
		any = true;
	}
	if (any)
		text_add(out, "\n");
}

static void add_lists(const struct explanation *e,
		      const struct explain_zone *zone, struct text *out)
{
	int largest = largest_order(e, zone, ~0u);

	if (largest < 0) {
		text_add(out, "    There is no free block at all.\n");
		return;
	}
	text_add(out, "    Free blocks, by the list that they are on:\n");
	for (int type = 0; type < NR_MIGRATETYPES; type++)
		add_lists_of(e, zone, type, out);
	largest = largest_order(e, zone, zone->usable_types);
	if (largest < 0) {
		text_add(out, "    None of them is for this request.\n");
		return;
	}
	text_add(out, "    The largest that it may use is of order %d, ",
		 largest);
	explain_add_pages(e, 1ull << largest, out);
	text_add(out, ".\n");
}

static const char *verdict(const struct explanation *e,
			   const struct explain_zone *zone)
{
	if (!e->pages.order)
		return zone->enough ? "enough pages: they came free too late" :
				      "too few pages";
	if (!zone->enough)
		return zone->has_block ?
			       "too few pages: there is a block, but it may "
			       "not have it" :
			       "too few pages, and no block of the order "
			       "either";
	return zone->has_block ? "enough pages and a block: they came free too "
				 "late" :
				 "enough pages, but no block of the order";
}

static void add_zone(const struct explanation *e, size_t i, struct text *out)
{
	const struct explain_zone *zone = &e->zone[i];
	int64_t usable = watermark_usable(&zone->terms);
	int64_t needed = watermark_needed(&zone->terms);

	text_add(out, "  %zu. node %d %s\n", i + 1, zone->node,
		 zone_type_names[zone->type]);
	add_usable(zone, out);
	if (zone->ignores_marks) {
		text_add(out, "    All marks are ignored: %s\n",
			 e->pages.gfp & __GFP_MEMALLOC ? "__GFP_MEMALLOC" :
							 "ALLOC_NO_WATERMARKS");
	} else {
		add_needed(zone, out);
		text_add(out, "    %" PRId64 " %s %" PRId64 ": %s.\n", usable,
			 zone->enough ? ">" : "<=", needed, verdict(e, zone));
	}
	add_lists(e, zone, out);
	if (zone->pcp_pages) {
		text_add(out, "    On the CPUs' lists%s: ",
			 e->pages.order ? ", where they join no block" : "");
		explain_add_pages(e, zone->pcp_pages, out);
		text_add(out, ".\n");
	}
}

/* ---- what was tried ------------------------------------------------------ */

static bool is_costly(const struct explanation *e)
{
	return e->pages.order > PAGE_ALLOC_COSTLY_ORDER;
}

/* What reclaim could still take. */
static void add_lru(const struct explanation *e, struct text *out)
{
	uint64_t file = 0, anon = 0;

	for (size_t i = 0; i < e->nr_zones; i++) {
		file += e->zone[i].lru_file;
		anon += e->zone[i].lru_anon;
	}
	if (!file && !anon) {
		text_add(out, "%s",
			 e->use_unknown && e->where.boot ?
				 "  What could be reclaimed is not known: the "
				 "starting state does not say\n  what the "
				 "pages in use are, so that none of them "
				 "was.\n" :
				 "  Nothing in these zones can be "
				 "reclaimed.\n");
		return;
	}
	text_add(out, "  Left to reclaim: ");
	explain_add_pages(e, file, out);
	text_add(out, " of page cache, ");
	explain_add_pages(e, anon, out);
	text_add(out, " of anonymous memory, for which swap has %s.\n",
		 e->free_swap ? "room" : "no room");
}

static void add_reclaim(const struct explanation *e, struct text *out)
{
	uint32_t times = e->efforts.reclaims;

	if (!times) {
		text_add(out, "  Reclaim: it did not come to that.\n");
		return;
	}
	if (times == 1)
		text_add(out, "  Reclaim: once, ");
	else
		text_add(out, "  Reclaim: %u times, ", times);
	/* Where compaction has what it needs, it is told 1: go on. */
	if (e->efforts.reclaimed && e->efforts.reclaimed <= times)
		text_add(out, "no more than ");
	explain_add_pages(e, e->efforts.reclaimed, out);
	text_add(out, " came of it.\n");
}

static const char *const compact_words[NR_COMPACT_RESULTS] = {
	[COMPACT_NOT_SUITABLE_ZONE] = "no zone was fit for it",
	[COMPACT_SKIPPED] = "skipped: too few free pages to move others to",
	[COMPACT_DEFERRED] = "deferred: it had failed lately",
	[COMPACT_NO_SUITABLE_PAGE] = "no page was fit to be moved",
	[COMPACT_CONTINUE] = "given up in the middle",
	[COMPACT_COMPLETE] = "went through a whole zone, and no block came of "
			     "it",
	[COMPACT_PARTIAL_SKIPPED] = "went through a part of a zone, and no "
				    "block came of it",
	[COMPACT_CONTENDED] = "given up for a lock or another task",
	[COMPACT_SUCCESS] = "made a block, and others had it",
};

static void add_compaction(const struct explanation *e, struct text *out)
{
	bool any = false;

	if (!e->pages.order) {
		text_add(out, "  Compaction: single pages need none.\n");
		return;
	}
	for (int i = 0; i < NR_COMPACT_RESULTS; i++) {
		if (!e->efforts.compactions[i])
			continue;
		text_add(out, "  %s %u x %s.\n",
			 any ? "           " : "Compaction:",
			 e->efforts.compactions[i], compact_words[i]);
		any = true;
	}
	if (!any)
		text_add(out, "  Compaction: %s.\n",
			 e->pages.gfp & __GFP_IO ?
				 "it did not come to that" :
				 "not allowed, for it may need I/O, and "
				 "__GFP_IO is missing");
}

static const char *why_no_killer(const struct explanation *e)
{
	gfp_t gfp = e->pages.gfp;

	if (gfp & __GFP_NORETRY)
		return "not asked: __GFP_NORETRY gives up before";
	if (is_costly(e))
		return "not asked: it kills nobody for orders above 3";
	if (gfp & __GFP_RETRY_MAYFAIL)
		return "not asked: __GFP_RETRY_MAYFAIL";
	if (gfp & __GFP_THISNODE)
		return "not asked: the request keeps to one node";
	if (e->pages.highest < ZONE_NORMAL)
		return "not asked: it kills nobody for the low zones";
	return "not asked";
}

static void add_killer(const struct explanation *e, struct text *out)
{
	const uint32_t *kills = e->efforts.kills;

	text_add(out, "  OOM killer: ");
	if (!kills[OOM_NOBODY] && !kills[OOM_WAIT] && !kills[OOM_KILLED]) {
		text_add(out, "%s.\n", why_no_killer(e));
		return;
	}
	text_add(out, "asked %u x: it killed %u",
		 kills[OOM_NOBODY] + kills[OOM_WAIT] + kills[OOM_KILLED],
		 kills[OOM_KILLED]);
	if (kills[OOM_NOBODY])
		text_add(out, ", %u x there was nobody to kill",
			 kills[OOM_NOBODY]);
	if (kills[OOM_WAIT])
		text_add(out, ", %u x told it to wait", kills[OOM_WAIT]);
	text_add(out, ".\n");
}

static const char *why_it_ended(const struct explanation *e)
{
	gfp_t gfp = e->pages.gfp;

	if (gfp & __GFP_NORETRY)
		return "__GFP_NORETRY asks for one only";
	if (is_costly(e) && !(gfp & __GFP_RETRY_MAYFAIL))
		return "orders above 3 get one, unless __GFP_RETRY_MAYFAIL "
		       "asks for more";
	if (e->efforts.rounds > 16)
		return "16 of them without progress are enough";
	return e->pages.order ?
		       "all that can be reclaimed would not make a block, and "
		       "compaction\n  is not worth another try" :
		       "all that can be reclaimed would not do";
}

static void add_end(const struct explanation *e, struct text *out)
{
	uint32_t rounds = e->efforts.rounds;

	if (e->pages.reason == REASON_STUCK ||
	    e->pages.reason == REASON_NOFAIL_LOOP)
		text_add(out, "  It goes round for ever: nobody is left who "
			      "could free anything.\n");
	else
		text_add(out, "  It gave up after %u round%s: %s.\n", rounds,
			 plural(rounds), why_it_ended(e));
}

static void add_efforts(const struct explanation *e, struct text *out)
{
	gfp_t gfp = e->pages.gfp;

	text_add(out, "\nWhat was tried\n");
	if (!(gfp & __GFP_DIRECT_RECLAIM)) {
		text_add(out,
			 "  The caller can't wait (no __GFP_DIRECT_RECLAIM): "
			 "nothing was reclaimed,\n  moved or killed for it. "
			 "%s\n",
			 gfp & __GFP_KSWAPD_RECLAIM ?
				 "kswapd was woken, and works later." :
				 "kswapd was not woken either.");
		return;
	}
	add_reclaim(e, out);
	add_lru(e, out);
	add_compaction(e, out);
	add_killer(e, out);
	add_end(e, out);
}

static void add_intro(const struct explanation *e, struct text *out)
{
	text_add(out,
		 "\nWhich zones it looked at, and why each said no\n"
		 "  A block of order %u, %s, from zones up to %s%s; the last "
		 "look, in pages:\n",
		 e->pages.order, migratetype_names[e->pages.type],
		 zone_type_names[e->pages.highest],
		 e->pages.gfp & __GFP_THISNODE ? ", of one node only" : "");
	if (!e->nr_zones)
		text_add(out, "  There is none.\n");
}

void explain_walk_text(const struct explanation *e, struct text *out)
{
	add_requests(e, out);
	add_intro(e, out);
	for (size_t i = 0; i < e->nr_zones; i++)
		add_zone(e, i, out);
	if (e->tried)
		add_efforts(e, out);
}
