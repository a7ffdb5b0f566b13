/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which pages are page cache, which anonymous memory? An allocation does not
 * say. Its GFP flags do in some cases, and what reclaim did later in others:
 *
 *	mm_page_alloc  gfp_flags=GFP_NOFS|…	a call site
 *	…
 *	mm_page_free   the same page, by kswapd
 *	mm_vmscan_lru_shrink_inactive  RECLAIM_WB_FILE	it was page cache
 *
 * A call site is told by its flags and its order; the migrate type follows
 * from the flags (gfp_migratetype()). By the first rule that fits:
 *
 * 1. __GFP_WRITE: page cache that is about to be written to
 *    (__filemap_get_folio()).
 * 2. __GFP_RECLAIMABLE: slab; of __GFP_ZERO: anonymous memory, if it is for
 *    user space (GFP_HIGHUSER_MOVABLE; alloc_zeroed_user_highpage_movable()),
 *    else tables and the like. Page cache is never asked for cleared.
 * 3. GFP_HIGHUSER_MOVABLE that neither warns nor tries hard, and may use
 *    reserves if it comes to that (as huge pages may not): page cache read
 *    ahead (readahead_gfp_mask()).
 * 4. Reclaim took pages of it: all of the site's pages are of the list that it
 *    took most of them from, by the event that shrink_inactive_list() writes
 *    after it has freed so many (reclaimed.c). In a trace that has none of
 *    these events, they are page cache; in one that has, what was freed
 *    without one is no LRU page.
 * 5. Other GFP_HIGHUSER_MOVABLE: copies of anonymous pages (wp_page_copy()) and
 *    shared memory, tmpfs's files. These are on the anonymous lists too, since
 *    they too can only go to swap.
 * 6. All else is the kernel's own.
 *
 * Of rule 5, which is which? A process that ends frees its own memory, but for
 * what is just on its way to swap; shared memory and files stay. So where more
 * pages are left at a process's last event than it has freed, and some are
 * freed after that by others, they are of the second kind: not mapped by
 * anybody, and not given up with their process.
 *
 * That takes the whole trace, before the first call is written.
 */
#include <stdlib.h>

#include "models/gfp.h"
#include "sim/base/host.h"
#include "sim/base/numbers.h"
#include "workloads/import/live_pages.h"
#include "workloads/import/lru_sites.h"
#include "workloads/import/reclaimed.h"

/* The kin of what reclaim and compaction have for themselves: no site's. */
#define OWN ((1u << PIECE_KIN_BITS) - 1)

/* A process, by pages that it asked for as one does for shared memory. */
struct owner {
	uint64_t pid;
	uint64_t live;	   /* pages that it got, and that nobody has freed */
	uint64_t given_up; /* pages that it got, and has freed itself */
	uint64_t left;	   /* of `live`, at its last event */
	uint64_t lost;	   /* of these, freed since */
};

struct survey {
	struct lru_sites *sites;
	struct reclaim_watch watch;
	struct live_pages live; /* kin: index of the site, or OWN; id: owner */
	struct owner *owner;	/* owned */
	size_t nr_owners;
	size_t owner_room;
	struct number_map owners; /* process id -> index in owner[] */
	struct reclaimed reclaimed;
	bool lists_told; /* the trace says which lists were scanned */
	struct errors *errors;
};

#define USER_FLAGS (__GFP_HIGHMEM | __GFP_MOVABLE | __GFP_HARDWALL)

/* Memory of a process's own is asked for so, too: when it is copied. */
static bool may_be_shared(const struct lru_site *site)
{
	return (site->gfp & (USER_FLAGS | __GFP_ZERO)) == USER_FLAGS;
}

static uint64_t site_key(const struct trace_event *event)
{
	return (uint64_t)event->gfp << 8 | event->order;
}

bool lru_sites_is_shared(const struct lru_sites *sites, uint32_t site,
			 uint64_t pid)
{
	return sites->site[site].lru == PAGE_LRU_ANON &&
	       may_be_shared(&sites->site[site]) &&
	       number_map_find(&sites->leavers, pid);
}

bool lru_sites_find(const struct lru_sites *sites,
		    const struct trace_event *event, uint32_t *index)
{
	const struct number_slot *slot =
		number_map_find(&sites->index, site_key(event));

	if (slot)
		*index = (uint32_t)slot->value;
	return slot != NULL;
}

/* Finds the allocation's site, or adds it. */
static int add_site(struct lru_sites *sites, const struct trace_event *event,
		    uint32_t *index, struct errors *errors)
{
	struct lru_site *site;

	if (lru_sites_find(sites, event, index))
		return 0;
	/* No trace has flags and orders for so many, unless it is damaged. */
	if (sites->nr >= OWN)
		return error_host(errors, "no room for more call sites");
	*index = (uint32_t)sites->nr;
	site = host_grow(sites->site, &sites->room, sites->nr + 1,
			 sizeof(*site));
	if (!site)
		return error_host(errors, "no memory for call sites");
	sites->site = site;
	site[sites->nr] =
		(struct lru_site){ .gfp = event->gfp, .order = event->order };
	return number_map_set(&sites->index, site_key(event), sites->nr++, 0,
			      errors);
}

/* The event's task gets a page: *owner is its number in owner[], and 1. */
static int note_got(struct survey *survey, const struct trace_event *event,
		    uint64_t *owner)
{
	const struct number_slot *slot =
		number_map_find(&survey->owners, event->line.pid);
	size_t nr = slot ? (size_t)slot->value : survey->nr_owners;
	struct owner *grown = survey->owner;

	if (!slot) {
		grown = host_grow(grown, &survey->owner_room, nr + 1,
				  sizeof(*grown));
		if (!grown)
			return error_host(survey->errors,
					  "no memory for tasks");
		survey->owner = grown;
		grown[nr] = (struct owner){ .pid = event->line.pid };
		survey->nr_owners++;
		if (number_map_set(&survey->owners, event->line.pid, nr, 0,
				   survey->errors) < 0)
			return -1;
	}
	grown[nr].live += 1u << event->order;
	*owner = nr + 1;
	return 0;
}

static void note_lost(struct survey *survey, const struct trace_event *event,
		      const struct piece *piece)
{
	struct owner *owner;

	if (!piece->id)
		return;
	owner = &survey->owner[piece->id - 1];
	owner->live -= 1u << piece->order;
	owner->lost += 1u << piece->order;
	if (event->line.pid == owner->pid)
		owner->given_up += 1u << piece->order;
}

static void note_event(struct survey *survey, const struct trace_event *event)
{
	const struct number_slot *slot =
		number_map_find(&survey->owners, event->line.pid);
	struct owner *owner = slot ? &survey->owner[slot->value] : NULL;

	if (!owner)
		return;
	owner->left = owner->live;
	owner->lost = 0;
}

static int see_alloc(struct survey *survey, const struct trace_event *event)
{
	struct piece piece = { .pfn = event->pfn, .order = event->order };
	struct piece old;

	while (event->ok && live_pages_overlapping(&survey->live, event->pfn,
						   event->order, &old)) {
		note_lost(survey, event, &old);
		live_pages_remove(&survey->live, &old);
	}
	if (reclaim_watch_user(&survey->watch, event) != PAGE_USER_WORKLOAD)
		piece.kin = OWN;
	else if (add_site(survey->sites, event, &piece.kin, survey->errors) < 0)
		return -1;
	if (!event->ok)
		return 0;
	if (piece.kin != OWN) {
		survey->sites->site[piece.kin].allocations++;
		if (may_be_shared(&survey->sites->site[piece.kin]) &&
		    note_got(survey, event, &piece.id) < 0)
			return -1;
	}
	return live_pages_add(&survey->live, &piece, survey->errors);
}

/* A reclaimer has freed a piece. */
static int note_taken(struct survey *survey, const struct trace_event *event,
		      const struct piece *piece)
{
	if (piece->kin == OWN)
		return 0;
	survey->sites->site[piece->kin].taken++;
	return reclaimed_add(&survey->reclaimed, event->line.pid,
			     RECLAIMED_SITE, piece->kin, piece->order,
			     survey->errors);
}

/*
 * A reclaimer has freed a block that the trace did not allocate; `nr_start`:
 * how many pages of the start were known before.
 */
static int note_other(struct survey *survey, const struct trace_event *event,
		      size_t nr_start)
{
	bool is_start = survey->sites->start.nr_taken > nr_start;

	return reclaimed_add(&survey->reclaimed, event->line.pid,
			     is_start ? RECLAIMED_START : RECLAIMED_OTHER,
			     is_start ? nr_start : 0, event->order,
			     survey->errors);
}

static int see_free(struct survey *survey, const struct trace_event *event,
		    size_t nr_start)
{
	bool reclaimed = reclaim_watch_user(&survey->watch, event) ==
			 PAGE_USER_RECLAIM;
	struct piece piece;
	bool any = false;

	while (live_pages_overlapping(&survey->live, event->pfn, event->order,
				      &piece)) {
		any = true;
		if (piece.order > event->order &&
		    live_pages_split(&survey->live, event->pfn, event->order,
				     &piece, survey->errors) < 0)
			return -1;
		note_lost(survey, event, &piece);
		live_pages_remove(&survey->live, &piece);
		if (reclaimed && note_taken(survey, event, &piece) < 0)
			return -1;
	}
	return reclaimed && !any ? note_other(survey, event, nr_start) : 0;
}

static void settle_site(struct lru_site *site, uint64_t nr, bool anon)
{
	site->taken -= nr;
	if (anon)
		site->taken_anon += nr;
	else
		site->taken_file += nr;
}

/* What the reclaimer freed last was on the list. */
static void settle(struct survey *survey, const struct trace_event *shrunk)
{
	uint64_t pid = shrunk->line.pid, left = shrunk->nr_reclaimed;
	struct lru_sites *sites = survey->sites;
	struct reclaimed_run taken;

	while (left && reclaimed_take(&survey->reclaimed, pid, left, &taken)) {
		if (taken.kind == RECLAIMED_SITE)
			settle_site(&sites->site[taken.which], taken.nr,
				    shrunk->anon);
		else if (taken.kind == RECLAIMED_START)
			start_pages_settle(&sites->start, taken.which, taken.nr,
					   shrunk->anon ? PAGE_LRU_ANON :
							  PAGE_LRU_FILE);
		left -= smaller(left, taken.nr << taken.order);
	}
	reclaimed_forget(&survey->reclaimed, pid);
}

static int see(struct survey *survey, const struct trace_event *event)
{
	bool names_frame = event->kind == TRACE_PAGE_FREE ||
			   (event->kind == TRACE_PAGE_ALLOC && event->ok);
	size_t nr_start = survey->sites->start.nr_taken;

	if (names_frame &&
	    start_pages_see(&survey->sites->start, event,
			    reclaim_watch_user(&survey->watch, event),
			    survey->errors) < 0)
		return -1;
	switch (event->kind) {
	case TRACE_PAGE_ALLOC:
		return see_alloc(survey, event);
	case TRACE_PAGE_FREE:
		return see_free(survey, event, nr_start);
	case TRACE_LRU_SHRUNK:
		survey->lists_told = true;
		settle(survey, event);
		return 0;
	case TRACE_RECLAIM_END:
		reclaimed_forget(&survey->reclaimed, event->line.pid);
		break;
	default:
		break;
	}
	return reclaim_watch_event(&survey->watch, event, survey->errors);
}

#define READAHEAD_FLAGS (__GFP_NOWARN | __GFP_NORETRY)

static enum page_lru judge(const struct lru_site *site, bool lists_told)
{
	bool user = (site->gfp & USER_FLAGS) == USER_FLAGS;
	uint64_t file = site->taken_file + (lists_told ? 0 : site->taken);

	if (site->gfp & __GFP_WRITE)
		return PAGE_LRU_FILE;
	if (site->gfp & __GFP_RECLAIMABLE)
		return PAGE_LRU_NONE;
	if (site->gfp & __GFP_ZERO)
		return user ? PAGE_LRU_ANON : PAGE_LRU_NONE;
	if (user && (site->gfp & (READAHEAD_FLAGS | __GFP_NOMEMALLOC)) ==
			    READAHEAD_FLAGS)
		return PAGE_LRU_FILE;
	if (file && (!user || file >= site->taken_anon))
		return PAGE_LRU_FILE;
	return user ? PAGE_LRU_ANON : PAGE_LRU_NONE;
}

static int see_process(struct survey *survey, const struct trace_event *event)
{
	struct lru_sites *sites = survey->sites;

	if (event->line.ctx != CONTEXT_PROCESS)
		return 0;
	note_event(survey, event);
	return number_map_set(&sites->last_event, event->line.pid,
			      ++sites->nr_events, 0, survey->errors);
}

/* Processes whose memory was there when they were not: rule 5. */
static int find_leavers(struct survey *survey)
{
	for (size_t i = 0; i < survey->nr_owners; i++) {
		const struct owner *owner = &survey->owner[i];

		if (owner->lost && owner->left > owner->given_up &&
		    number_map_set(&survey->sites->leavers, owner->pid, 0, 0,
				   survey->errors) < 0)
			return -1;
	}
	return 0;
}

static int read_all(struct survey *survey, struct trace_reader *reader)
{
	struct lru_sites *sites = survey->sites;
	struct trace_event event;
	int got;

	reader->reclaim = true;
	while ((got = trace_reader_next(reader, &event, survey->errors)) > 0)
		if (see(survey, &event) < 0 || see_process(survey, &event) < 0)
			return -1;
	if (find_leavers(survey) < 0)
		return -1;
	if (got == 0 && start_pages_end(&sites->start, reader->pageblock_order,
					survey->lists_told, survey->errors) < 0)
		return -1;
	for (size_t i = 0; i < sites->nr; i++)
		sites->site[i].lru = judge(&sites->site[i], survey->lists_told);
	return got;
}

/*
 * What the tracer took: which tracepoints wrote lines is in the trace. How long
 * one takes is not, for its clock counts in 1 us: the same calls took 590 to
 * 610 instructions more with kmem's tracepoints than without. The profiles'
 * prices of reclaim were freed of it (docs/costs.md).
 */
#define LINE_NS 600

static void see_tracer(struct lru_sites *sites,
		       const struct import_report *report)
{
	for (size_t i = 0; i < report->nr_kinds; i++) {
		enum tracepoint point = tracepoint_find(report->kind[i].name);

		if (point != NR_TRACEPOINTS)
			sites->traced.tracepoints |= (uint16_t)(1u << point);
	}
	if (sites->traced.tracepoints)
		sites->traced.line_ns = LINE_NS;
}

int lru_sites_read(struct lru_sites *sites, const char *path,
		   const struct import_report *of, struct errors *errors)
{
	struct survey survey = { .sites = sites, .errors = errors };
	struct import_report *report = import_report_ahead(of, path, errors);
	struct trace_reader reader;
	int err;

	*sites = (struct lru_sites){ .nr = 0 };
	if (!report)
		return -1;
	err = trace_reader_open(&reader, path, report, errors);
	if (!err) {
		err = read_all(&survey, &reader);
		see_tracer(sites, report);
		trace_reader_close(&reader);
	}
	import_report_free(report);
	live_pages_release(&survey.live);
	reclaim_watch_release(&survey.watch);
	reclaimed_release(&survey.reclaimed);
	number_map_release(&survey.owners);
	free(survey.owner);
	return err;
}

void lru_sites_release(struct lru_sites *sites)
{
	free(sites->site);
	number_map_release(&sites->index);
	start_pages_release(&sites->start);
	number_map_release(&sites->last_event);
	number_map_release(&sites->leavers);
}
