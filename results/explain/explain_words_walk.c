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

	if (e->nr_requests < 2 && explain_has_order(&e->failure.call))
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
	text_add(out, "  What follows is of the %s.\n",
		 e->nr_requests > 1 ? "last one, which decides" : "request");
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

	text_add(out, "      %7" PRId64 "  free pages", terms->free_pages);
	if (terms->free_pages != (int64_t)zone->listed)
		text_add(out,
			 ", as the zone's counter says: its lists have %" PRIu64
			 ", CPUs have yet\n               to add their shares "
			 "to the counter",
			 zone->listed);
	text_add(out, "\n");
	add_term(terms->own, "-", "of the block itself, all but one", out);
	add_term(terms->highatomic, "-",
		 "reserved for high-order atomic requests", out);
	add_term(terms->cma, "-", "free in contiguous areas, for movable pages",
		 out);
	text_add(out, "    = %7" PRId64 "  that count\n",
		 watermark_usable(terms));
}

static void add_needed(const struct explanation *e,
		       const struct explain_zone *zone, struct text *out)
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
	if (terms->reserve)
		text_add(out,
			 "    + %7" PRId64 "  lowmem_reserve against requests "
			 "that may go up to %s\n",
			 terms->reserve, zone_type_names[e->pages.highest]);
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
		text_add(out, "    None of these lists is for this request.\n");
		return;
	}
	text_add(out, "    The largest on a list that it may use is ");
	explain_add_order((unsigned int)largest, e->page_shift, out);
	text_add(out, ".\n");
}

static const char *verdict(const struct explanation *e,
			   const struct explain_zone *zone)
{
	if (!e->pages.order)
		return zone->enough ?
			       "enough pages by now, not when it looked" :
			       "too few pages";
	if (!zone->enough)
		return zone->has_block ?
			       "too few pages: there is a block of the order, "
			       "but the mark does not allow it" :
			       "too few pages, and no block of the order "
			       "either";
	return zone->has_block ? "enough pages and a block by now, not when it "
				 "looked" :
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
		add_needed(e, zone, out);
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

/* "once", "17 times" */
static void add_times(uint32_t times, struct text *out)
{
	if (times == 1)
		text_add(out, "once");
	else
		text_add(out, "%u times", times);
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
	text_add(out, "  Left on their LRU lists: ");
	explain_add_pages(e, file, out);
	text_add(out, " of page cache, ");
	explain_add_pages(e, anon, out);
	text_add(out, " of anonymous memory%s.\n",
		 e->free_swap || !anon ?
			 "" :
			 ", which can't go: there is no free swap");
}

static void add_reclaim(const struct explanation *e, struct text *out)
{
	uint32_t times = e->efforts.reclaims;

	text_add(out, "  Direct reclaim: ");
	if (!times) {
		text_add(out, "it gave up before.\n");
		return;
	}
	add_times(times, out);
	text_add(out, "; it freed ");
	/* Where compaction has what it needs, it is told 1: go on. */
	if (e->efforts.reclaimed && e->efforts.reclaimed <= times)
		text_add(out, "no more than ");
	explain_add_pages(e, e->efforts.reclaimed, out);
	text_add(out, ".\n");
}

static const struct {
	const char *name, *means;
} compact_words[NR_COMPACT_RESULTS] = {
	[COMPACT_NOT_SUITABLE_ZONE] = { "COMPACT_NOT_SUITABLE_ZONE",
					"no zone was fit for it" },
	[COMPACT_SKIPPED] = { "COMPACT_SKIPPED",
			      "too few pages are free to move others to" },
	[COMPACT_DEFERRED] = { "COMPACT_DEFERRED",
			       "not begun, for it had failed lately" },
	[COMPACT_NO_SUITABLE_PAGE] = { "COMPACT_NO_SUITABLE_PAGE",
				       "no page was fit to be moved" },
	[COMPACT_CONTINUE] = { "COMPACT_CONTINUE", "given up in the middle" },
	[COMPACT_COMPLETE] = { "COMPACT_COMPLETE",
			       "scanned a whole zone, and made no block" },
	[COMPACT_PARTIAL_SKIPPED] = { "COMPACT_PARTIAL_SKIPPED",
				      "scanned a part of a zone, and made no "
				      "block" },
	[COMPACT_CONTENDED] = { "COMPACT_CONTENDED",
				"given up for a lock or another task" },
	[COMPACT_SUCCESS] = { "COMPACT_SUCCESS",
			      "there was a block then; the mark forbade to "
			      "take it, or another request was faster" },
};

static void add_compaction(const struct explanation *e, struct text *out)
{
	uint32_t all = 0;

	text_add(out, "  Direct compaction: ");
	if (!e->pages.order) {
		text_add(out, "single pages need none.\n");
		return;
	}
	for (int i = 0; i < NR_COMPACT_RESULTS; i++)
		all += e->efforts.compactions[i];
	if (!all) {
		text_add(out, "%s.\n",
			 e->pages.gfp & __GFP_IO ?
				 "it did not come to that" :
				 "not allowed, for it may need I/O, and "
				 "__GFP_IO is missing");
		return;
	}
	add_times(all, out);
	text_add(out, ", and in the end\n");
	for (int i = 0; i < NR_COMPACT_RESULTS; i++)
		if (e->efforts.compactions[i])
			text_add(out, "    %u  %s: %s\n",
				 e->efforts.compactions[i],
				 compact_words[i].name, compact_words[i].means);
}

static const char *why_no_killer(const struct explanation *e)
{
	gfp_t gfp = e->pages.gfp;

	if (gfp & __GFP_NORETRY)
		return ": with __GFP_NORETRY it gives up before";
	if (is_costly(e))
		return ": for orders above 3 it kills nobody";
	if (gfp & __GFP_RETRY_MAYFAIL)
		return ": __GFP_RETRY_MAYFAIL rather fails";
	if (gfp & __GFP_THISNODE)
		return ": the request keeps to one node";
	if (e->pages.highest < ZONE_NORMAL)
		return ": for the low zones it kills nobody";
	return "";
}

static void add_killer(const struct explanation *e, struct text *out)
{
	const uint32_t *kills = e->efforts.kills;
	uint32_t all = kills[OOM_NOBODY] + kills[OOM_WAIT] + kills[OOM_KILLED];

	text_add(out, "  OOM killer: ");
	if (!all) {
		text_add(out, "not invoked%s.\n", why_no_killer(e));
		return;
	}
	text_add(out, "invoked ");
	add_times(all, out);
	if (kills[OOM_KILLED])
		text_add(out, "; it killed %u task%s", kills[OOM_KILLED],
			 plural(kills[OOM_KILLED]));
	if (kills[OOM_NOBODY])
		text_add(out, "; there was no task that it could kill");
	if (kills[OOM_WAIT])
		text_add(out, "; %s",
			 e->pages.gfp & __GFP_FS ?
				 "it left that to a task that was dying" :
				 "it kills nobody for requests without "
				 "__GFP_FS");
	text_add(out, ".\n");
}

/* __alloc_pages_slowpath(), and its should_…_retry() */
static const char *why_it_ended(const struct explanation *e)
{
	gfp_t gfp = e->pages.gfp;

	if (gfp & __GFP_NORETRY)
		return "__GFP_NORETRY asks for one only";
	if (is_costly(e) && !(gfp & __GFP_RETRY_MAYFAIL))
		return "orders above 3 get one, unless __GFP_RETRY_MAYFAIL "
		       "asks for more";
	if (is_costly(e) && !(gfp & __GFP_IO))
		return "orders above 3 get one, where compaction is not "
		       "allowed";
	if (e->pages.alloc_flags & ALLOC_OOM)
		return "its task has been killed";
	if (e->efforts.rounds > RECLAIM_RETRIES_MOST)
		return "16 in a row without progress are enough "
		       "(MAX_RECLAIM_RETRIES)";
	return e->pages.order ?
		       "with all free that can be reclaimed there would be no "
		       "such block,\n  and compaction is not worth another "
		       "try" :
		       "all that can be reclaimed would not do";
}

static void add_end(const struct explanation *e, struct text *out)
{
	uint32_t rounds = e->efforts.rounds;

	if (e->pages.reason == REASON_STUCK ||
	    e->pages.reason == REASON_NOFAIL_LOOP)
		text_add(out, "  It tries again for ever: nobody is left who "
			      "could free anything.\n");
	else if (!rounds)
		text_add(out, "  It gave up at once: above order 3 a request "
			      "with __GFP_NORETRY does, where compaction\n  "
			      "can't begin, or one node only is asked.\n");
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
			 "nothing is reclaimed,\n  moved or killed for it. "
			 "%s\n",
			 gfp & __GFP_KSWAPD_RECLAIM ?
				 "kswapd is woken, but works later." :
				 "kswapd is not woken either.");
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
		 "  For order %u, %s, from zones up to %s%s; in pages, at its "
		 "last look:\n",
		 e->pages.order, migratetype_names[e->pages.type],
		 zone_type_names[e->pages.highest],
		 e->pages.gfp & __GFP_THISNODE ? " of one node" : "");
	if (!e->nr_zones)
		text_add(out, "  There is no such zone.\n");
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
