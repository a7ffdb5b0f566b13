/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writing dirty page cache: the flusher, and what keeps writers in check.
 *
 *	dirty pages
 *	  threshold    ----------------
 *	                     half way: writers wait above
 *	  background   ----------------
 *	                     the flusher writes above
 *	  0            below: what has been dirty for 30 s
 *
 * Rules (Linux 6.1, fs/fs-writeback.c, mm/page-writeback.c):
 *
 * - Both marks are per cent (in 4096ths, rounded down) of what can be dirty:
 *   free pages but for reserves, and page cache (global_dirtyable_memory(),
 *   domain_dirty_limits()).
 * - A writer that finds more than the background mark dirty wakes the flusher.
 *   While dirty pages and those under writeback exceed the middle of the marks,
 *   it waits (balance_dirty_pages()).
 * - The flusher writes until no more than the background mark is dirty; all
 *   that is dirty when reclaim asks for it (wakeup_flusher_threads()); and it
 *   looks every 5 s for files that have been dirty for 30 s, which it then
 *   writes whole (wb_check_old_data_flush()). Where nothing is dirty it sleeps
 *   until something is.
 * - A page is clean once it is handed to the device, under writeback until the
 *   device is done (folio_clear_dirty_for_io(), folio_start_writeback()).
 *
 * A file is as old as the flusher's looks since it was first dirty: 6 of them
 * are 30 s; what is of no file with a name is as one file. One flusher writes
 * for all devices, folios in the order in which they were made.
 *
 * Left out: the rates that the kernel estimates for writers and devices, from
 * which it computes how long a writer waits (here a hundredth of a second at a
 * time); the files' own metadata; limits by device, by memory cgroup and by
 * task; dirty limits in bytes; HighMem, which is not to be dirty as a whole.
 */

#include "models/reclaim/reclaim_internal.h"

#include "models/page/watermark.h"

#define NS_PER_S 1000000000ull
/* dirty_writeback_interval and dirty_expire_interval. */
#define LOOK_NS (5 * NS_PER_S)
#define LOOKS_UNTIL_OLD 6
/* max(1, HZ / 100), in ticks */
#define PAUSE_NS (TICKS_PER_S / 100 * TICK_NS)
/* Folios written between two cond_resched(): PAGEVEC_SIZE. */
#define WRITTEN_AT_ONCE 15

void reclaim_write_folio(struct memory *memory, folio_t number)
{
	struct folio *folio = folio_get(memory, number);
	const struct io_request request = {
		.folio = number,
		.pages = (uint32_t)folio_pages(folio),
		.write = true,
		.swap = !folio_is_file(folio),
	};

	folio_set_dirty(memory, number, false);
	folio_start_writeback(memory, number);
	if (request.swap)
		memory->vm_event[VM_PSWPOUT] += request.pages;
	memory->vm_event[VM_PGPGOUT] += (uint64_t)request.pages
					<< (memory->page_shift - 10);
	memory->work.count[WORK_PAGES_WRITTEN] += request.pages;
	memory->tasks->submit_io(memory, memory->tasks_argument, &request);
}

static uint64_t sum_of(const struct memory *memory, enum node_stat stat)
{
	uint64_t pages = 0;

	for (uint32_t n = 0; n < memory->nr_nodes; n++)
		pages += memory->node[n].stat[stat];
	return pages;
}

/* global_dirtyable_memory() */
static uint64_t dirtyable_pages(const struct memory *memory)
{
	uint64_t reserved = watermark_reserved_pages(memory);
	uint64_t pages = 0;

	for (uint32_t i = 0; i < memory->nr_zones; i++)
		pages += zone_counted_free_pages(&memory->zone[i]);
	pages -= reserved < pages ? reserved : pages;
	return pages + sum_of(memory, NR_INACTIVE_FILE) +
	       sum_of(memory, NR_ACTIVE_FILE) + 1;
}

static uint64_t share_of(const struct memory *memory, uint32_t ratio)
{
	uint64_t page_bytes = 1ull << memory->page_shift;

	return ratio * page_bytes / 100 * dirtyable_pages(memory) / page_bytes;
}

struct dirty_limits reclaim_dirty_limits(const struct memory *memory)
{
	const struct sysctl_desc *sysctl = &memory->desc->sysctl;
	struct dirty_limits limits = {
		.background = share_of(memory, sysctl->dirty_background_ratio),
		.threshold = share_of(memory, sysctl->dirty_ratio),
	};

	if (limits.background >= limits.threshold)
		limits.background = limits.threshold / 2;
	return limits;
}

/* wb_over_bg_thresh() */
static bool is_over_background(const struct memory *memory)
{
	return sum_of(memory, NR_FILE_DIRTY) >
	       reclaim_dirty_limits(memory).background;
}

static void wake_flusher(struct memory *memory)
{
	if (reclaim_is_asleep(memory, SLEEP_FLUSHER, 0))
		reclaim_wake(memory, SLEEP_FLUSHER, 0);
}

void reclaim_wake_flusher(struct memory *memory)
{
	memory->reclaim->flusher.write_all = true;
	wake_flusher(memory);
}

/* Is more dirty or under writeback than writers may add to? */
static bool must_wait(const struct memory *memory)
{
	struct dirty_limits limits = reclaim_dirty_limits(memory);

	return sum_of(memory, NR_FILE_DIRTY) + sum_of(memory, NR_WRITEBACK) >
	       (limits.threshold + limits.background) / 2;
}

void reclaim_balance_dirty(struct memory *memory)
{
	if (memory->reclaim->flusher.is_idle || is_over_background(memory))
		wake_flusher(memory);
	while (!memory->dying && must_wait(memory)) {
		wake_flusher(memory);
		memory->tasks->sleep(memory, memory->tasks_argument,
				     SLEEP_DIRTY, 0, PAUSE_NS);
		if (must_wait(memory) && !sum_of(memory, NR_WRITEBACK) &&
		    !memory->tasks->let_others_run(memory,
						   memory->tasks_argument))
			return;
	}
}

/* Is it page cache that can be handed to its device now? */
static bool is_to_be_written(const struct folio *folio)
{
	return folio_is_cached(folio) && folio_is_file(folio) &&
	       folio->flags & FOLIO_DIRTY &&
	       !(folio->flags & (FOLIO_WRITEBACK | FOLIO_LOCKED));
}

/* Which dirty folios are written, of all. */
struct selection {
	bool to_background; /* until so few are dirty that it is enough */
	bool nameless;	    /* only those of no file that has a name */
};

static bool is_done(const struct memory *memory,
		    const struct selection *selection)
{
	return selection->to_background && !is_over_background(memory);
}

/* Others may have come in: it is written if it still can be; *nr were. */
static void write_one(struct memory *memory, folio_t number, uint32_t *nr)
{
	if (!is_to_be_written(folio_get(memory, number)))
		return;
	reclaim_write_folio(memory, number);
	++*nr;
}

static void write_selected(struct memory *memory,
			   const struct selection *selection)
{
	uint32_t nr = 0;

	for (folio_t n = 0; n < folios_made(memory); n++) {
		const struct folio *folio = folio_get(memory, n);

		if (!is_to_be_written(folio) ||
		    (selection->nameless && folio->mapping))
			continue;
		if (nr % WRITTEN_AT_ONCE == 0) {
			reclaim_elapse(memory);
			if (is_done(memory, selection))
				return;
		}
		write_one(memory, n, &nr);
	}
}

/*
 * All of a file. Where others took away the folio that was next, it starts
 * over: what was written is clean now.
 */
static void write_file(struct memory *memory, uint32_t mapping)
{
	folio_t n = folio_first_of_file(memory, mapping);
	uint32_t nr = 0;

	while (n != FOLIO_NONE) {
		if (is_to_be_written(folio_get(memory, n)) &&
		    nr % WRITTEN_AT_ONCE == 0) {
			reclaim_elapse(memory);
			if (!folio_is_of_file(memory, n, mapping)) {
				n = folio_first_of_file(memory, mapping);
				continue;
			}
		}
		write_one(memory, n, &nr);
		n = folio_next_of_file(memory, n);
	}
}

/* One look older; files of which a page is old now are written. */
static void write_old(struct memory *memory)
{
	for (folio_t n = 0; n < folios_made(memory); n++) {
		struct folio *folio = folio_get(memory, n);

		folio->dirty_looks =
			is_to_be_written(folio) ? folio->dirty_looks + 1 : 0;
	}
	for (folio_t n = 0; n < folios_made(memory); n++) {
		const struct folio *folio = folio_get(memory, n);

		if (!is_to_be_written(folio) ||
		    folio->dirty_looks < LOOKS_UNTIL_OLD)
			continue;
		if (folio->mapping)
			write_file(memory, folio->mapping);
		else
			write_selected(memory,
				       &(struct selection){ .nameless = true });
	}
}

/*
 * Sleeps until the next look at what is old, or until woken. false: nothing
 * was dirty, and nothing is.
 */
static bool wait_for_dirt(struct memory *memory)
{
	struct flusher *flusher = &memory->reclaim->flusher;

	flusher->is_idle = !sum_of(memory, NR_FILE_DIRTY);
	if (flusher->is_idle)
		flusher->look_in_ns = LOOK_NS;
	flusher->look_in_ns = memory->tasks->sleep(
		memory, memory->tasks_argument, SLEEP_FLUSHER, 0,
		flusher->is_idle ? 0 : flusher->look_in_ns);
	if (!flusher->is_idle)
		return true;
	flusher->is_idle = false;
	flusher->look_in_ns = LOOK_NS;
	return sum_of(memory, NR_FILE_DIRTY);
}

void reclaim_flusher(struct memory *memory)
{
	struct flusher *flusher = &memory->reclaim->flusher;

	flusher->look_in_ns = LOOK_NS;
	while (wait_for_dirt(memory)) {
		if (flusher->write_all) {
			flusher->write_all = false;
			write_selected(memory, &(struct selection){ 0 });
		}
		if (!flusher->look_in_ns) {
			flusher->look_in_ns = LOOK_NS;
			write_old(memory);
		}
		if (is_over_background(memory))
			write_selected(memory, &(struct selection){
						       .to_background = true });
	}
}
