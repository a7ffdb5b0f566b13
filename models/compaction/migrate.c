/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Moving folios.
 *
 *	isolated folios          pages to move to
 *	  [c][b][a]   --------->   asked for one by one
 *	   |  |
 *	   |  locked, under writeback: once more, ten rounds in all
 *	   moved: back on its LRU list; its old page is freed
 *
 * Rules (Linux 6.1, mm/migrate.c):
 *
 * - A folio whose owner has dropped it meanwhile needs no moving: it is freed,
 *   and counts as moved (migrate_folio_unmap()).
 * - Each try asks for a page to move to first; one that is not used goes back
 *   to where it is from. Where there is none, all is given up.
 * - A locked folio is tried again. From the fourth round on, a caller that may
 *   wait for the lock does so, unless it is itself short of memory: it may hold
 *   the lock (__migrate_folio_unmap()).
 * - A folio under writeback is left alone, unless the caller may wait for the
 *   device: then it does so from the fourth round on.
 * - A dirty folio is moved as it is: common filesystems can do that.
 * - A moved folio goes to the head of its LRU list; then its old page is freed
 *   the way of every page, by the CPU's lists (migrate_folio_done()).
 * - Folios that are given up for good come before those tried ten times in
 *   what is left of the chain.
 *
 * Left out: splitting large folios that find no page, filesystems that must
 * write before they move, pages pinned by devices; what is in the pages (see
 * models/contents.h) is not moved with them.
 */

#include "models/compaction/migrate.h"

#include "models/reclaim/folio_internal.h"
#include "models/page/page_alloc.h"

/* Rounds in all: NR_MAX_MIGRATE_PAGES_RETRY. */
#define ROUNDS_MOST 10
/* Of these, rounds in which nobody waits: `force` of migrate_folio_unmap(). */
#define ROUNDS_PATIENT 3

/* What came of one try. */
enum outcome {
	MOVED,
	BUSY_FOR_NOW,
	BUSY_FOR_GOOD,
	NO_PAGE,
};

void folio_chain_push(struct memory *memory, struct folio_chain *chain,
		      folio_t folio)
{
	folio_get(memory, folio)->next = chain->first;
	if (chain->first == FOLIO_NONE)
		chain->last = folio;
	chain->first = folio;
}

void folio_chain_append(struct memory *memory, struct folio_chain *chain,
			folio_t folio)
{
	folio_get(memory, folio)->next = FOLIO_NONE;
	if (chain->first == FOLIO_NONE)
		chain->first = folio;
	else
		folio_get(memory, chain->last)->next = folio;
	chain->last = folio;
}

folio_t folio_chain_pop(const struct memory *memory, struct folio_chain *chain)
{
	folio_t folio = chain->first;

	if (folio == FOLIO_NONE)
		return FOLIO_NONE;
	chain->first = folio_get(memory, folio)->next;
	if (chain->first == FOLIO_NONE)
		chain->last = FOLIO_NONE;
	return folio;
}

void folio_chain_putback(struct memory *memory, struct folio_chain *chain)
{
	folio_t folio;

	while ((folio = folio_chain_pop(memory, chain)) != FOLIO_NONE)
		folio_putback(memory, folio);
}

/* Appends all of `from`, which is empty then. */
static void join_chains(struct memory *memory, struct folio_chain *chain,
			struct folio_chain *from)
{
	folio_t folio;

	while ((folio = folio_chain_pop(memory, from)) != FOLIO_NONE)
		folio_chain_append(memory, chain, folio);
}

/* Has its owner dropped it, and nobody else has it in hand? */
static bool folio_is_nobodys(const struct folio *folio)
{
	return folio->state & FOLIO_DOOMED &&
	       !(folio->flags & (FOLIO_LOCKED | FOLIO_WRITEBACK));
}

static bool has_flag(const struct migration *migration, folio_t folio,
		     enum folio_flag flag)
{
	return folio_get(migration->memory, folio)->flags & flag;
}

/* folio_lock(), folio_wait_writeback(): until its I/O is over. */
static void wait_for_io(const struct migration *migration, folio_t folio)
{
	struct memory *memory = migration->memory;

	memory->tasks->sleep(memory, memory->tasks_argument, SLEEP_IO, folio,
			     0);
}

/* Could the folio be moved now? MOVED: yes. */
static enum outcome make_ready(const struct migration *migration, folio_t folio,
			       bool force)
{
	if (has_flag(migration, folio, FOLIO_LOCKED)) {
		if (!force || migration->mode == MIGRATE_ASYNC ||
		    migration->reclaims)
			return BUSY_FOR_NOW;
		wait_for_io(migration, folio);
		if (has_flag(migration, folio, FOLIO_LOCKED))
			return BUSY_FOR_NOW;
	}
	if (has_flag(migration, folio, FOLIO_WRITEBACK)) {
		if (migration->mode != MIGRATE_SYNC)
			return BUSY_FOR_GOOD;
		if (!force)
			return BUSY_FOR_NOW;
		wait_for_io(migration, folio);
		if (has_flag(migration, folio, FOLIO_WRITEBACK))
			return BUSY_FOR_NOW;
	}
	return MOVED;
}

static void move(struct migration *migration, folio_t id, pfn_t target)
{
	struct memory *memory = migration->memory;
	const struct folio *folio = folio_get(memory, id);
	pfn_t old = folio->pfn;
	order_t order = folio->order;

	folio_move(memory, id, target);
	folio_putback(memory, id);
	page_free(memory, migration->cpu, old, order);
	memory->work.count[WORK_PAGES_MIGRATED] += 1u << order;
}

/* One try with one folio: migrate_folio_unmap(), migrate_folio_move(). */
static enum outcome try_folio(struct migration *migration, folio_t id,
			      bool force)
{
	struct memory *memory = migration->memory;
	const struct folio *folio = folio_get(memory, id);
	order_t order = folio->order;
	enum outcome outcome;
	pfn_t target;

	memory->tasks->elapse(memory, memory->tasks_argument);
	if (folio_is_nobodys(folio)) {
		folio_putback(memory, id);
		return MOVED;
	}
	target = migration->take_page(migration->argument, id);
	if (target == PFN_NONE)
		return NO_PAGE;
	outcome = make_ready(migration, id, force);
	if (outcome == MOVED)
		move(migration, id, target);
	else
		migration->return_page(migration->argument, target, order);
	return outcome;
}

/* What a call has come to. */
struct tally {
	struct folio_chain busy; /* for good */
	uint32_t pages_failed;
	int failed;
	bool no_page;
};

/*
 * One round through the chain, whose folios still busy for now are in it
 * afterwards. Returns how many these are.
 */
static int try_all(struct migration *migration, struct folio_chain *chain,
		   struct tally *tally, bool force)
{
	struct memory *memory = migration->memory;
	struct folio_chain again = NO_FOLIOS;
	uint32_t pages_again = 0;
	int retry = 0;

	while (!tally->no_page && !folio_chain_is_empty(chain)) {
		folio_t id = folio_chain_pop(memory, chain);
		uint32_t pages = 1u << folio_get(memory, id)->order;

		switch (try_folio(migration, id, force)) {
		case MOVED:
			migration->moved += pages;
			break;
		case BUSY_FOR_NOW:
			folio_chain_append(memory, &again, id);
			pages_again += pages;
			retry++;
			break;
		case BUSY_FOR_GOOD:
			folio_chain_append(memory, &tally->busy, id);
			tally->pages_failed += pages;
			tally->failed++;
			break;
		case NO_PAGE:
			folio_chain_append(memory, &again, id);
			tally->pages_failed += pages + pages_again;
			tally->no_page = true;
			break;
		}
	}
	join_chains(memory, &again, chain);
	*chain = again;
	return retry;
}

static uint32_t count_pages(const struct memory *memory,
			    const struct folio_chain *chain)
{
	uint32_t pages = 0;

	for (folio_t id = chain->first; id != FOLIO_NONE;
	     id = folio_get(memory, id)->next)
		pages += folio_pages(folio_get(memory, id));
	return pages;
}

int migrate_folios(struct migration *migration, struct folio_chain *chain)
{
	struct memory *memory = migration->memory;
	struct tally tally = { .busy = NO_FOLIOS };
	int retry = 1;

	migration->moved = 0;
	for (int round = 0; retry && round < ROUNDS_MOST && !tally.no_page;
	     round++)
		retry = try_all(migration, chain, &tally,
				round >= ROUNDS_PATIENT);
	if (!tally.no_page) {
		tally.failed += retry;
		tally.pages_failed += count_pages(memory, chain);
	}
	join_chains(memory, &tally.busy, chain);
	*chain = tally.busy;
	memory->vm_event[VM_PGMIGRATE_SUCCESS] += migration->moved;
	memory->vm_event[VM_PGMIGRATE_FAIL] += tally.pages_failed;
	return tally.no_page ? -1 : tally.failed;
}
