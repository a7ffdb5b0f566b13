/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which page events are left to a run that reclaims and compacts by itself.
 *
 *	alloc, page cache -+-> freed by dd: free_pages
 *	                   +-> freed by kswapd: nothing; the run's kswapd may
 *	                   |   keep it, or take another
 *	                   +-> freed by kcompactd: it was moved
 *	                          \-> later, a frame is freed that nobody
 *	                              allocated: that may be it
 *
 * Pages are told apart by groups: those that one task got from one call site
 * (lru_sites.c). All page cache of a group has one mapping, as if it were one
 * file.
 *
 * - Frees by reclaim of what is on an LRU list are left out. What else reclaim
 *   freed, the run can't: slab caches at this level are pages without objects.
 *   So these frees stay, made by kswapd or whoever it was.
 * - What reclaim allocates for itself stays: requests to devices, and what says
 *   where in swap space a page is (add_to_swap()). A run's reclaim has none of
 *   that. It never reclaims for it, and has the reserves where the flags don't
 *   forbid it (PF_MEMALLOC: __gfp_pfmemalloc_flags(), __alloc_pages_slowpath(),
 *   Linux 6.1).
 * - What compaction allocates for itself is left out, and its free with it.
 * - A run may still have pages that the kernel had taken back. When the last
 *   page that the kernel has of a group is freed by a task, and reclaim or
 *   compaction had a hand in the group before, the file is truncated: what the
 *   run has of it goes too.
 * - Compaction takes its new frames straight from the free lists, without a
 *   mm_page_alloc (isolate_freepages(), compaction_alloc(), Linux 6.1), and
 *   frees the old ones when their contents have moved (unmap_and_move()), as
 *   it does with new frames that it did not need (release_freepages()). What
 *   is freed there is left out: a live page moved, any other was not needed,
 *   or came from before the trace.
 *
 * - Pages that were there before the trace and that reclaim took or compaction
 *   moved are on LRU lists from the start (start_pages.c). Nobody is known who
 *   would free them, or use them.
 * - An anonymous page that reclaim took is in swap, until it comes back or its
 *   process ends (swap_import.c); one of shared memory or tmpfs, until it comes
 *   back to whomever.
 *
 * Guesses: who a freed frame is that the trace never allocated. Frees come in
 * runs, of a file that is truncated, of a task that exits. So it is the page
 * moved first of the group that the same task last freed a page of; has that
 * none, of the task's own group with the most. In a process's context alone,
 * since files and memory are not given up in interrupts. Where no moved page
 * is found so, the free stays, by its frame.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/base/host.h"
#include "workloads/import/lru_import.h"

struct lru_group {
	uint64_t pid;
	uint32_t site;
	enum page_lru lru;
	uint32_t mapping;     /* a name; 0: none */
	uint32_t next;	      /* of the same task; 0: none */
	bool shared;	      /* memory that outlives its process */
	uint64_t live;	      /* pages that the kernel has */
	bool taken_from;      /* by reclaim, since last truncated */
	uint32_t first_moved; /* as moved_page.next */
	uint32_t last_moved;
	uint64_t nr_moved;
};

/* ---- groups -------------------------------------------------------------- */

/*
 * Of a task: `value` is its newest group, `extra` the group that it last freed
 * a page of.
 */
static const struct number_slot *find_task(const struct lru_import *lru,
					   const struct trace_event *event)
{
	return number_map_find(&lru->tasks, event->line.pid);
}

static int set_task(struct lru_import *lru, const struct trace_event *event,
		    uint32_t newest, uint32_t last_freed)
{
	return number_map_set(&lru->tasks, event->line.pid, newest, last_freed,
			      lru->pages->errors);
}

/* "dd-96/GFP_NOFS", of a later site with the same word "dd-96/GFP_NOFS-2" */
static int name_mapping(struct lru_import *lru, const struct trace_event *event,
			struct lru_group *group)
{
	const struct trace_line *line = &event->line;
	const struct lru_site *sites = lru->sites.site;
	char gfp[GFP_TEXT_MAX], other[GFP_TEXT_MAX];
	unsigned int nth = 1;
	struct text name = TEXT_EMPTY;
	size_t word;

	gfp_format(sites[group->site].gfp, gfp);
	word = strcspn(gfp, "|");
	for (uint32_t i = 0; i < group->site; i++) {
		gfp_format(sites[i].gfp, other);
		nth += sites[i].lru == PAGE_LRU_FILE &&
		       strcspn(other, "|") == word &&
		       memcmp(gfp, other, word) == 0;
	}
	if (lru->pages->tasks)
		text_add_bytes(&name, line->comm, line->comm_length);
	else
		text_add(&name, "task");
	text_add(&name, "-%llu/%.*s", (unsigned long long)line->pid, (int)word,
		 gfp);
	if (nth > 1)
		text_add(&name, "-%u", nth);
	if (!name.failed)
		group->mapping =
			names_intern(lru->pages->names, name.s, name.length);
	text_release(&name);
	if (!group->mapping)
		return error_host(lru->pages->errors, "no memory for names");
	return 0;
}

static int add_group(struct lru_import *lru, const struct trace_event *event,
		     uint32_t site, const struct number_slot *task)
{
	size_t nr = lru->nr_groups;
	struct lru_group *group =
		host_grow(lru->group, &lru->group_room, nr + 1, sizeof(*group));

	if (!group || nr >> PIECE_KIN_BITS)
		return error_host(lru->pages->errors, "no memory for tasks");
	lru->group = group;
	group[nr] = (struct lru_group){
		.pid = event->line.pid,
		.site = site,
		.lru = lru->sites.site[site].lru,
		.shared =
			lru_sites_is_shared(&lru->sites, site, event->line.pid),
		.next = task ? (uint32_t)task->value : 0,
	};
	lru->nr_groups++;
	if (group[nr].lru == PAGE_LRU_FILE &&
	    name_mapping(lru, event, &group[nr]) < 0)
		return -1;
	return set_task(lru, event, (uint32_t)nr, task ? task->extra : 0);
}

/* The group of the event's task and the site, new or not. -1: an error. */
static int find_group(struct lru_import *lru, const struct trace_event *event,
		      uint32_t site, uint32_t *index)
{
	const struct number_slot *task = find_task(lru, event);

	for (*index = task ? (uint32_t)task->value : 0; *index;
	     *index = lru->group[*index].next)
		if (lru->group[*index].site == site)
			return 0;
	*index = (uint32_t)lru->nr_groups;
	return add_group(lru, event, site, task);
}

/* The event's task frees a page of the group. */
static int note_freed(struct lru_import *lru, const struct trace_event *event,
		      uint32_t group)
{
	const struct number_slot *task = find_task(lru, event);

	if (event->line.ctx != CONTEXT_PROCESS ||
	    (task && task->extra == group))
		return 0;
	return set_task(lru, event, task ? (uint32_t)task->value : 0, group);
}

static void add_live(struct lru_import *lru, const struct piece *piece)
{
	struct lru_group *group = &lru->group[piece->kin];

	group->live += (uint64_t)1 << piece->order;
	if (group->shared)
		lru->shared_live += (uint64_t)1 << piece->order;
}

static void remove_live(struct lru_import *lru, const struct piece *piece)
{
	struct lru_group *group = &lru->group[piece->kin];

	group->live -= (uint64_t)1 << piece->order;
	if (group->shared)
		lru->shared_live -= (uint64_t)1 << piece->order;
}

/* ---- pages that were moved ----------------------------------------------- */

static int push_moved(struct lru_import *lru, const struct piece *piece)
{
	struct lru_group *group = &lru->group[piece->kin];
	uint32_t at = lru->unused_moved;
	struct moved_page *moved;

	if (at) {
		lru->unused_moved = lru->moved[at - 1].next;
	} else {
		moved = host_grow(lru->moved, &lru->moved_room,
				  lru->nr_moved + 1, sizeof(*moved));
		if (!moved)
			return error_host(lru->pages->errors,
					  "no memory for moved pages");
		lru->moved = moved;
		at = (uint32_t)++lru->nr_moved;
	}
	lru->moved[at - 1] = (struct moved_page){ .piece = *piece };
	if (group->last_moved)
		lru->moved[group->last_moved - 1].next = at;
	else
		group->first_moved = at;
	group->last_moved = at;
	group->nr_moved++;
	return 0;
}

static void pop_moved(struct lru_import *lru, struct lru_group *group,
		      struct piece *piece)
{
	uint32_t at = group->first_moved;
	struct moved_page *moved = &lru->moved[at - 1];

	*piece = moved->piece;
	group->first_moved = moved->next;
	if (!group->first_moved)
		group->last_moved = 0;
	group->nr_moved--;
	moved->next = lru->unused_moved;
	lru->unused_moved = at;
}

/* The group whose page an unknown frame probably is; 0: none. */
static uint32_t guess_group(const struct lru_import *lru,
			    const struct trace_event *event)
{
	const struct number_slot *task = find_task(lru, event);
	uint32_t best = 0, i;

	if (!task)
		return 0;
	if (lru->group[task->extra].nr_moved)
		return task->extra;
	for (i = (uint32_t)task->value; i; i = lru->group[i].next)
		if (lru->group[i].nr_moved > lru->group[best].nr_moved)
			best = i;
	return best;
}

/* ---- pages in swap ------------------------------------------------------- */

/* Will the process have no more events? */
static bool has_ended(const struct lru_import *lru, uint64_t pid)
{
	const struct number_slot *last =
		number_map_find(&lru->sites.last_event, pid);

	return !last || last->value <= lru->nr_events;
}

/* Reclaim has taken a piece of the group's: 1, 0 if that ends it; -1. */
static int note_taken(struct lru_import *lru, struct lru_group *group,
		      const struct piece *piece)
{
	group->taken_from = true;
	if (group->lru != PAGE_LRU_ANON)
		return 1;
	if (group->shared) {
		lru->pages->report->shared_taken++;
		lru->shared_swapped++;
		return swap_import_push(&lru->swap, SWAP_SHARED, piece) < 0 ?
			       -1 :
			       1;
	}
	if (has_ended(lru, group->pid))
		return 0;
	return swap_import_push(&lru->swap, group->pid, piece) < 0 ? -1 : 1;
}

/* The first page that went to swap is given up; returns 0 if there is none. */
static int free_swapped(struct lru_import *lru, const struct trace_event *event,
			uint64_t pid)
{
	struct piece piece;

	if (!swap_import_pop(&lru->swap, pid, &piece))
		return 0;
	lru->pages->report->swapped_freed++;
	return page_import_write_free(lru->pages, event, &piece) < 0 ? -1 : 1;
}

/*
 * The page that comes back where one of the group is asked for; false: none.
 * Shared memory is asked for alike when it is new: then none comes back before
 * as many are in swap as in memory, since a run may have them still.
 */
static bool pop_swapped(struct lru_import *lru, const struct lru_group *group,
			struct piece *piece)
{
	if (!group->shared)
		return swap_import_pop(&lru->swap, group->pid, piece);
	if (lru->shared_swapped <= lru->shared_live)
		return false;
	lru->shared_swapped--;
	return swap_import_pop(&lru->swap, SWAP_SHARED, piece);
}

/*
 * The allocation is of a page that comes back from swap: the one that went
 * first is used. *piece is what the run has of it. False: none is in swap.
 */
static bool read_back(struct lru_import *lru, const struct lru_group *group,
		      struct call *call, struct piece *piece)
{
	struct piece swapped;

	if (!pop_swapped(lru, group, &swapped))
		return false;
	piece->id = swapped.id;
	piece->kin = swapped.kin;
	call->op = OP_TOUCH;
	call->pages = CALL_DIRTY;
	add_live(lru, piece);
	lru->pages->report->swapped_in++;
	return true;
}

/* ---- events -------------------------------------------------------------- */

static int leave_out(struct lru_import *lru, enum import_skip why)
{
	lru->pages->skip = why;
	return 1;
}

static int write_start_page(struct lru_import *lru,
			    const struct trace_event *event,
			    const struct start_page *page)
{
	struct page_import *pages = lru->pages;
	struct piece piece = { .kin = lru->start_group, .pfn = page->pfn };
	struct call call = {
		.t_ns = event->t_ns,
		.op = OP_ALLOC_PAGES,
		.cpu = (cpu_t)event->line.cpu,
		.node = NODE_ANY,
		.pfn = page->pfn,
		.gfp = GFP_HIGHUSER_MOVABLE,
		.pages = page->lru == PAGE_LRU_FILE ?
				 CALL_LRU_FILE :
				 CALL_LRU_ANON | CALL_MAPPED,
		.has = CALL_CAN_SLEEP | CALL_HAS_ID | CALL_HAS_PFN |
		       CALL_HAS_ORDER | CALL_HAS_GFP,
	};

	call.id = piece.id = ++pages->last_id;
	pages->report->start_pages++;
	lru->group[piece.kin].live++;
	page_import_write(pages, &call);
	return live_pages_add(&pages->live, &piece, pages->errors);
}

int lru_import_begin(struct lru_import *lru, const struct trace_event *event)
{
	const struct start_pages *start = &lru->sites.start;
	uint32_t group = (uint32_t)lru->nr_groups;
	struct lru_group *grown;

	if (lru->has_begun)
		return 0;
	lru->has_begun = true;
	if (!start->nr)
		return 0;
	grown = host_grow(lru->group, &lru->group_room, lru->nr_groups + 1,
			  sizeof(*grown));
	if (!grown)
		return error_host(lru->pages->errors, "no memory for tasks");
	lru->group = grown;
	/* Nobody's: no task leads to it, and none asks for what was taken. */
	grown[lru->nr_groups++] = (struct lru_group){ .lru = PAGE_LRU_NONE };
	lru->start_group = group;
	for (size_t i = 0; i < start->nr; i++)
		if (write_start_page(lru, event, &start->page[i]) < 0)
			return -1;
	return 0;
}

int lru_import_watch(struct lru_import *lru, const struct trace_event *event)
{
	trace_event_used(event);
	return reclaim_watch_event(&lru->watch, event, lru->pages->errors);
}

/* As one is granted who reclaims, and does not do so for this: PF_MEMALLOC. */
static gfp_t gfp_within_reclaim(gfp_t gfp)
{
	gfp &= ~__GFP_DIRECT_RECLAIM;
	return gfp & __GFP_NOMEMALLOC ? gfp : gfp | __GFP_MEMALLOC;
}

int lru_import_alloc(struct lru_import *lru, const struct trace_event *event,
		     struct call *call, struct piece *piece)
{
	struct import_report *report = lru->pages->report;
	const struct lru_group *group;
	uint32_t site;

	enum page_user user = reclaim_watch_user(&lru->watch, event);

	if (user == PAGE_USER_COMPACTION) {
		piece->id = 0;
		return leave_out(lru, IMPORT_SKIP_OWN);
	}
	if (user != PAGE_USER_WORKLOAD) {
		call->gfp = gfp_within_reclaim(call->gfp);
		return 0;
	}
	if (!lru_sites_find(&lru->sites, event, &site) ||
	    lru->sites.site[site].lru == PAGE_LRU_NONE)
		return 0;
	if (find_group(lru, event, site, &piece->kin) < 0)
		return -1;
	group = &lru->group[piece->kin];
	call->name = group->mapping;
	call->pages = group->lru == PAGE_LRU_FILE ? CALL_LRU_FILE :
		      group->shared		  ? CALL_LRU_ANON :
						    CALL_LRU_ANON | CALL_MAPPED;
	if (event->gfp & __GFP_WRITE)
		call->pages |= CALL_DIRTY;
	if (!event->ok)
		return 0;
	if (group->lru == PAGE_LRU_ANON && !event->order &&
	    !(event->gfp & __GFP_ZERO) && read_back(lru, group, call, piece))
		return 0;
	add_live(lru, piece);
	report->lru_allocs[group->lru]++;
	report->lru_dirty += (event->gfp & __GFP_WRITE) != 0;
	return 0;
}

int lru_import_free(struct lru_import *lru, const struct trace_event *event,
		    const struct piece *piece, bool supplied)
{
	struct lru_group *group = &lru->group[piece->kin];
	enum page_user user = supplied ? PAGE_USER_WORKLOAD :
					 reclaim_watch_user(&lru->watch, event);
	int taken;

	if (!piece->id)
		return leave_out(lru, IMPORT_SKIP_OWN);
	if (user == PAGE_USER_WORKLOAD)
		return 0;
	if (user != PAGE_USER_COMPACTION && !piece->kin) {
		lru->pages->report->reclaim_kept++;
		return 0;
	}
	if (piece->kin)
		remove_live(lru, piece);
	if (user == PAGE_USER_COMPACTION) {
		bool is_followed = piece->kin != lru->start_group;

		return is_followed && push_moved(lru, piece) < 0 ?
			       -1 :
			       leave_out(lru, IMPORT_SKIP_MOVED);
	}
	if (note_freed(lru, event, piece->kin) < 0)
		return -1;
	taken = note_taken(lru, group, piece);
	return taken > 0 ? leave_out(lru, IMPORT_SKIP_RECLAIMED) : taken;
}

static int truncate_file(struct lru_import *lru,
			 const struct trace_event *event,
			 struct lru_group *group)
{
	struct piece piece;
	struct call call;

	while (group->first_moved)
		pop_moved(lru, group, &piece);
	group->taken_from = false;
	if (page_import_start(lru->pages, event, OP_TRUNCATE, &call) < 0)
		return -1;
	call.name = group->mapping;
	lru->pages->report->truncates++;
	page_import_write(lru->pages, &call);
	return 0;
}

int lru_import_freed(struct lru_import *lru, const struct trace_event *event,
		     const struct piece *piece)
{
	struct lru_group *group = &lru->group[piece->kin];

	if (!piece->kin)
		return 0;
	if (note_freed(lru, event, piece->kin) < 0)
		return -1;
	remove_live(lru, piece);
	if (group->live || group->lru != PAGE_LRU_FILE ||
	    !(group->taken_from || group->first_moved))
		return 0;
	return truncate_file(lru, event, group);
}

int lru_import_find(struct lru_import *lru, const struct trace_event *event,
		    unsigned int order, struct piece *piece)
{
	enum page_user user = reclaim_watch_user(&lru->watch, event);
	struct import_report *report = lru->pages->report;
	struct lru_group *group;
	uint32_t index;
	int taken;

	piece->id = 0;
	if (user == PAGE_USER_COMPACTION)
		return leave_out(lru, IMPORT_SKIP_UNUSED);
	if (event->line.ctx != CONTEXT_PROCESS)
		return 0;
	index = guess_group(lru, event);
	group = &lru->group[index];
	if (!index || lru->moved[group->first_moved - 1].piece.order != order) {
		report->reclaim_kept += user != PAGE_USER_WORKLOAD;
		return 0;
	}
	pop_moved(lru, group, piece);
	if (user == PAGE_USER_WORKLOAD) {
		report->moved_freed++;
		return 0;
	}
	taken = note_taken(lru, group, piece);
	report->moved_freed += taken == 0; /* its process has ended */
	report->moved_reclaimed += taken > 0;
	return taken > 0 ? leave_out(lru, IMPORT_SKIP_RECLAIMED) : taken;
}

int lru_import_seen(struct lru_import *lru, const struct trace_event *event)
{
	uint64_t pid = event->line.pid;
	int freed = 1;

	if (event->line.ctx != CONTEXT_PROCESS)
		return 0;
	lru->nr_events++;
	while (freed > 0 && has_ended(lru, pid))
		freed = free_swapped(lru, event, pid);
	return freed < 0 ? -1 : 0;
}

void lru_import_report(const struct lru_import *lru,
		       struct import_report *report)
{
	for (size_t i = 0; i < lru->nr_groups; i++)
		report->moved_at_end += lru->group[i].nr_moved;
	for (size_t i = 0; i < lru->sites.nr; i++) {
		const struct lru_site *site = &lru->sites.site[i];
		struct import_site *told = &report->site[report->nr_sites];

		if (site->lru == PAGE_LRU_NONE ||
		    report->nr_sites == IMPORT_SITES_MAX)
			continue;
		told->gfp = site->gfp;
		told->order = site->order;
		told->lru = site->lru;
		told->allocations = site->allocations;
		told->taken = site->taken_file + site->taken_anon + site->taken;
		report->nr_sites++;
	}
}

int lru_import_init(struct lru_import *lru, struct page_import *pages,
		    const char *path)
{
	*lru = (struct lru_import){
		.pages = pages,
		.swap = { .errors = pages->errors },
	};
	lru->group = host_grow(NULL, &lru->group_room, 1, sizeof(*lru->group));
	if (!lru->group)
		return error_host(pages->errors, "no memory for tasks");
	lru->group[lru->nr_groups++] = (struct lru_group){ .site = 0 };
	return lru_sites_read(&lru->sites, path, pages->report, pages->errors);
}

void lru_import_release(struct lru_import *lru)
{
	lru_sites_release(&lru->sites);
	reclaim_watch_release(&lru->watch);
	swap_import_release(&lru->swap);
	number_map_release(&lru->tasks);
	free(lru->group);
	free(lru->moved);
}
