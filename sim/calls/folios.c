/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls about pages that the kernel can take back: page cache and anonymous
 * memory, and the tasks whose memory it is.
 *
 * A call that touches what was reclaimed gets a new block with the flags that
 * the first one was allocated with, and sleeps until its contents have been
 * read into it. While it sleeps, for memory or for the device, the id may be
 * freed, and others may touch it too: so all that is known of it is asked for
 * again each time.
 *
 *	touch: in memory? --yes--> used
 *	         | no                ^
 *	         v                   | read: look again
 *	       new block --> read by the device; sleeps
 *
 * A call that has dirtied page cache may have to wait afterwards, until less
 * is.
 *
 * Sources: do_swap_page() in mm/memory.c, filemap_fault() and filemap_read()
 * in mm/filemap.c, truncate_inode_pages() in mm/truncate.c, oom_score_adj in
 * fs/proc/base.c, do_exit() in kernel/exit.c, Linux 6.1. Left out: read-ahead,
 * of files and of swap space.
 */

#include "models/reclaim/folio.h"
#include "models/reclaim/oom.h"
#include "models/reclaim/reclaim.h"
#include "sim/calls/calls.h"

static enum call_result no_host_memory(struct handling *handling,
				       const char *what)
{
	error_host(handling->kernel->errors, "no memory for %s", what);
	return CALL_HOST;
}

static enum call_result skip(struct handling *handling, enum skip_reason reason)
{
	handling->outcome->status = OUTCOME_SKIPPED;
	handling->outcome->skipped = reason;
	return CALL_DONE;
}

/* Writers to a file may have to wait until less is dirty. */
static void balance_dirty(struct handling *handling, bool file)
{
	const struct call *call = handling->call;

	if (file && call->pages & CALL_DIRTY && call_may_sleep(call))
		reclaim_balance_dirty(handling->kernel->memory);
}

/* ---- new pages ----------------------------------------------------------- */

static struct folio_desc describe(const struct call *call)
{
	return (struct folio_desc){
		.anon = call->pages & CALL_LRU_ANON,
		.mapped = call->pages & (CALL_MAPPED | CALL_EXECUTABLE),
		.executable = call->pages & CALL_EXECUTABLE,
		.dirty = call->pages & CALL_DIRTY,
		.active = call->pages & CALL_ACTIVE,
		.unevictable = call->pages & CALL_UNEVICTABLE,
		.idle = call->has & CALL_HAS_PFN, /* in use before the run */
		.mapping = call->name,
		.task = call->task,
	};
}

/* The block is not wanted any more: it is as if none had been granted. */
static void give_back(struct handling *handling, pfn_t pfn, order_t order)
{
	struct outcome *outcome = handling->outcome;

	page_free(handling->kernel->memory, handling->call->cpu, pfn, order);
	outcome->path = PATH_NONE;
	outcome->pfn = PFN_NONE;
	outcome->zone = NULL;
	outcome->requested = outcome->granted = outcome->extents = 0;
	outcome->vaddr = 0;
}

/* The caller was killed while it waited for memory, and goes without. */
static bool has_died(struct handling *handling, pfn_t pfn, order_t order)
{
	if (!oom_task_is_killed(handling->kernel->memory, handling->call->task))
		return false;
	give_back(handling, pfn, order);
	skip(handling, SKIP_TASK_KILLED);
	return true;
}

enum call_result file_folio(struct handling *handling, pfn_t pfn, order_t order,
			    gfp_t gfp)
{
	struct memory *memory = handling->kernel->memory;
	const struct call *call = handling->call;
	const struct folio_desc desc = describe(call);
	folio_t folio;

	if (has_died(handling, pfn, order))
		return file_allocation(handling, ALLOCATION_FAILED,
				       1ull << order);
	if (call->task && oom_add_task(memory, call->task) < 0)
		return no_host_memory(handling, "the tasks' memory");
	folio = folio_new(memory, pfn, order, gfp, &desc);
	if (folio == FOLIO_NONE)
		return no_host_memory(handling, "the table of folios");
	/* The caller may sleep here, and has its pages afterwards. */
	balance_dirty(handling, !desc.anon);
	return file_allocation(handling, ALLOCATION_FOLIO, folio);
}

/* ---- frees --------------------------------------------------------------- */

static void report_folio(struct handling *handling, const struct folio *folio)
{
	handling->outcome->pfn = folio->pfn;
	handling->outcome->zone =
		memory_zone_of(handling->kernel->memory, folio->pfn);
}

enum call_result free_folio(struct handling *handling)
{
	struct kernel *kernel = handling->kernel;
	folio_t number = (folio_t)handling->allocation->handle;
	const struct folio *folio = folio_get(kernel->memory, number);

	if (folio_is_cached(folio))
		report_folio(handling, folio);
	else
		skip(handling, SKIP_RECLAIMED);
	folio_drop(kernel->memory, handling->call->cpu, number);
	allocations_remove(&kernel->allocations, handling->call);
	return CALL_DONE;
}

/* ---- use ----------------------------------------------------------------- */

/* The folio that the call's id stands for now; FOLIO_NONE: it was freed. */
static folio_t find_folio(struct handling *handling)
{
	handling->allocation = allocations_find(&handling->kernel->allocations,
						handling->call);
	if (!handling->allocation ||
	    handling->allocation->kind != ALLOCATION_FOLIO)
		return FOLIO_NONE;
	return (folio_t)handling->allocation->handle;
}

/* Puts a new block where the folio's was, and has its contents read. */
static void fill(struct memory *memory, folio_t number, pfn_t pfn)
{
	const struct folio *folio = folio_get(memory, number);
	bool must_be_read = folio_is_on_device(folio);

	folio_refault(memory, number, pfn);
	if (!must_be_read)
		return;
	/* read() is no fault. */
	if (folio->flags & FOLIO_MAPPED)
		memory->vm_event[VM_PGMAJFAULT]++;
	folio_start_read(memory, number);
}

/* A block for a folio that is gone. false: the call is over. */
static bool bring_back(struct handling *handling, folio_t number)
{
	struct memory *memory = handling->kernel->memory;
	const struct call *call = handling->call;
	const struct folio *folio = folio_get(memory, number);
	order_t order = folio->order;
	struct page_request request = { folio->gfp, order, call->cpu,
					call->node };
	struct page_grant grant = page_alloc(memory, &request);

	report_pages(handling, &grant, 1ull << order);
	if (grant.pfn == PFN_NONE || has_died(handling, grant.pfn, order))
		return false;
	/* Freed meanwhile, or brought back by another? */
	number = find_folio(handling);
	if (number == FOLIO_NONE ||
	    folio_is_cached(folio_get(memory, number)) ||
	    folio_get(memory, number)->order != order)
		give_back(handling, grant.pfn, order);
	else
		fill(memory, number, grant.pfn);
	return true;
}

static enum call_result touch_folio(struct handling *handling)
{
	struct memory *memory = handling->kernel->memory;
	folio_t number;

	while ((number = find_folio(handling)) != FOLIO_NONE) {
		const struct folio *folio = folio_get(memory, number);

		if (!folio_is_cached(folio)) {
			if (!bring_back(handling, number))
				return CALL_DONE;
		} else if (folio->flags & FOLIO_LOCKED) {
			memory->tasks->sleep(memory, memory->tasks_argument,
					     SLEEP_IO, number, 0);
		} else {
			bool file = folio_is_file(folio);

			report_folio(handling, folio);
			folio_use(memory, number,
				  handling->call->pages & CALL_DIRTY);
			balance_dirty(handling, file);
			return CALL_DONE;
		}
	}
	return skip(handling, SKIP_RECLAIMED);
}

enum call_result handle_touch(struct handling *handling)
{
	enum call_result result;
	bool found;
	char id[ID_TEXT_MAX];

	result = find_live(handling, &found);
	if (!found)
		return result;
	switch ((enum allocation_kind)handling->allocation->kind) {
	case ALLOCATION_FOLIO:
		return touch_folio(handling);
	case ALLOCATION_DROPPABLE:
		use_droppable(handling);
		return CALL_DONE;
	case ALLOCATION_DROPPED:
		return skip(handling, SKIP_RECLAIMED);
	default:
		break;
	}
	return refuse_call(handling, CALL_INVALID,
			   "touch: the kernel never takes back id %s of %s",
			   id_text(handling, id),
			   call_op_names[handling->allocation->op]);
}

/* ---- files and tasks ----------------------------------------------------- */

enum call_result handle_truncate(struct handling *handling)
{
	const struct call *call = handling->call;

	folios_truncate(handling->kernel->memory, call->cpu, call->name);
	return CALL_DONE;
}

enum call_result handle_oom_score_adj(struct handling *handling)
{
	const struct call *call = handling->call;

	if (oom_set_score_adj(handling->kernel->memory, call->task,
			      (int16_t)call->value) < 0)
		return no_host_memory(handling, "the tasks' memory");
	return CALL_DONE;
}

enum call_result handle_exit(struct handling *handling)
{
	struct memory *memory = handling->kernel->memory;
	const struct call *call = handling->call;

	folios_exit(memory, call->cpu, call->task);
	oom_task_exits(memory, call->task);
	return CALL_DONE;
}
