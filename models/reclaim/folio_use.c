/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What happens to folios while they are in memory: use, dirt, swap, I/O.
 *
 *	clean --use, write--> dirty --start_writeback, set_dirty(false)--+
 *	  ^                                                              v
 *	  +------------------------- folio_io_done ----------------- writeback
 *
 * Rules, with where the kernel (Linux 6.1) has them:
 *   - page cache read by read() is marked with the first use and activated with
 *     the second, when the mark is taken back (folio_mark_accessed()); what is
 *     isolated then only loses the mark; what is locked in memory keeps it;
 *   - memory that is mapped is used by the CPU, which sets a bit in the page
 *     table that reclaim asks for later; where reclaim has unmapped it a minor
 *     fault maps it again (filemap_map_pages(), do_swap_page());
 *   - dirty page cache is counted by node, and ever dirtied
 *     (folio_account_dirtied()); anonymous memory is not, it has no file;
 *   - a place in swap space is taken with the copy there still to be made
 *     (add_to_swap()); it is free again when the folio is written to
 *     (do_wp_page()), and after it was read, when less than half of swap space
 *     is left (should_try_to_free_swap());
 *   - the end of a writeback moves a folio that reclaim waits for to the tail
 *     of its inactive list before anybody is woken (folio_end_writeback()), and
 *     wakes who is throttled once enough has been written
 *     (__acct_reclaim_writeback());
 *   - nobody waits for dropped contents: the last I/O frees the pages.
 *
 * Left out: idle page tracking; files that know no dirt (shmem, ramfs); the
 * inode's and the device's own counts of dirty pages.
 */

#include "models/reclaim/folio_internal.h"

#include "sim/base/bug.h"

void folio_mark_accessed(struct memory *memory, folio_t number)
{
	struct folio *folio = folio_of(memory->folios, number);

	if (!(folio->flags & FOLIO_REFERENCED)) {
		folio->flags |= FOLIO_REFERENCED;
		return;
	}
	if (folio->flags & (FOLIO_UNEVICTABLE | FOLIO_ACTIVE))
		return;
	folio_activate(memory, number);
	folio->flags &= ~FOLIO_REFERENCED;
	lruvec_age(memory, folio);
}

void folio_map(struct memory *memory, folio_t number)
{
	struct folio *folio = folio_get(memory, number);

	if (folio_is_file(folio) && !(folio->flags & FOLIO_MAPPED))
		folio_count(memory, folio, NR_FILE_MAPPED);
	folio->flags |= FOLIO_MAPPED | FOLIO_YOUNG;
}

void folio_unmap(struct memory *memory, folio_t number)
{
	struct folio *folio = folio_get(memory, number);

	if (folio_is_file(folio) && folio->flags & FOLIO_MAPPED)
		folio_uncount(memory, folio, NR_FILE_MAPPED);
	folio->flags &= ~FOLIO_MAPPED;
}

void folio_use(struct memory *memory, folio_t number, bool write)
{
	struct folio *folio = folio_get(memory, number);

	BUG_ON(!folio_is_cached(folio));
	if (folio->state & FOLIO_OWNER_MAPS)
		folio_map(memory, number);
	else
		folio_mark_accessed(memory, number);
	if (!write || folio->state & FOLIO_DOOMED)
		return;
	folio_free_swap(memory, number);
	folio_set_dirty(memory, number, true);
}

bool folio_is_on_device(const struct folio *folio)
{
	return folio_is_file(folio) ? folio->state & FOLIO_SHADOW :
				      folio->flags & FOLIO_SWAPPED;
}

uint64_t folios_free_swap(const struct memory *memory)
{
	return memory->folios->swap_pages - memory->folios->swap_used;
}

void folio_enter_swap_cache(struct memory *memory, const struct folio *folio)
{
	folio_count(memory, folio, NR_SWAPCACHE);
	folio_count(memory, folio, NR_FILE_PAGES);
}

void folio_leave_swap_cache(struct memory *memory, const struct folio *folio)
{
	folio_uncount(memory, folio, NR_SWAPCACHE);
	folio_uncount(memory, folio, NR_FILE_PAGES);
}

bool folio_add_to_swap(struct memory *memory, folio_t number)
{
	struct folio *folio = folio_get(memory, number);

	BUG_ON(folio_is_file(folio) || folio->flags & FOLIO_SWAPPED ||
	       !folio_is_cached(folio));
	if (folios_free_swap(memory) < folio_pages(folio))
		return false;
	memory->folios->swap_used += folio_pages(folio);
	folio->flags |= FOLIO_SWAPPED | FOLIO_DIRTY;
	folio_enter_swap_cache(memory, folio);
	return true;
}

void folio_free_swap(struct memory *memory, folio_t number)
{
	struct folio *folio = folio_get(memory, number);

	if (!(folio->flags & FOLIO_SWAPPED))
		return;
	folio->flags &= ~FOLIO_SWAPPED;
	memory->folios->swap_used -= folio_pages(folio);
	if (!folio_is_cached(folio))
		return;
	folio_leave_swap_cache(memory, folio);
	folio->flags |= FOLIO_DIRTY;
}

void folio_set_dirty(struct memory *memory, folio_t number, bool dirty)
{
	struct folio *folio = folio_get(memory, number);

	BUG_ON(!folio_is_cached(folio));
	if (!!(folio->flags & FOLIO_DIRTY) == dirty)
		return;
	folio->flags ^= FOLIO_DIRTY;
	if (!folio_is_file(folio))
		return;
	if (!dirty) {
		folio_uncount(memory, folio, NR_FILE_DIRTY);
		return;
	}
	folio_count(memory, folio, NR_FILE_DIRTY);
	folio_count(memory, folio, NR_DIRTIED);
}

void folio_start_writeback(struct memory *memory, folio_t number)
{
	struct folio *folio = folio_get(memory, number);

	BUG_ON(!folio_is_cached(folio) ||
	       folio->flags & (FOLIO_WRITEBACK | FOLIO_LOCKED));
	folio->flags |= FOLIO_WRITEBACK;
	folio_count(memory, folio, NR_WRITEBACK);
}

void folio_start_read(struct memory *memory, folio_t number)
{
	struct folio *folio = folio_get(memory, number);
	const struct io_request request = {
		.folio = number,
		.pages = (uint32_t)folio_pages(folio),
		.swap = !folio_is_file(folio),
	};

	BUG_ON(!folio_is_cached(folio) ||
	       folio->flags & (FOLIO_WRITEBACK | FOLIO_LOCKED));
	folio->flags |= FOLIO_LOCKED;
	if (request.swap)
		memory->vm_event[VM_PSWPIN] += request.pages;
	memory->tasks->submit_io(memory, memory->tasks_argument, &request);
}

static void end_read(struct memory *memory, folio_t number)
{
	struct folio *folio = folio_of(memory->folios, number);

	BUG_ON(!(folio->flags & FOLIO_LOCKED));
	folio->flags &= ~FOLIO_LOCKED;
	if (folios_free_swap(memory) * 2 < memory->folios->swap_pages)
		folio_free_swap(memory, number);
}

/* Sleepers until something has been written may have slept enough. */
static void wake_throttled(struct memory *memory, const struct folio *folio)
{
	uint32_t node = folio->node_index;
	const struct lruvec *lruvec = folio_lruvec(memory, node);
	const uint64_t *written =
		&memory->node[node].stat[NR_THROTTLED_WRITTEN];

	if (!lruvec->nr_writeback_throttled)
		return;
	folio_count(memory, folio, NR_THROTTLED_WRITTEN);
	if (*written - lruvec->nr_reclaim_start >
	    (uint64_t)SWAP_CLUSTER_MAX * lruvec->nr_writeback_throttled)
		memory->tasks->wake(memory, memory->tasks_argument,
				    SLEEP_WRITEBACK, node);
}

static void end_writeback(struct memory *memory, folio_t number)
{
	struct folio *folio = folio_of(memory->folios, number);

	BUG_ON(!(folio->flags & FOLIO_WRITEBACK));
	if (folio->flags & FOLIO_RECLAIM) {
		folio->flags &= ~FOLIO_RECLAIM;
		folio_rotate(memory, number);
	}
	folio->flags &= ~FOLIO_WRITEBACK;
	folio_uncount(memory, folio, NR_WRITEBACK);
	folio_count(memory, folio, NR_WRITTEN);
	wake_throttled(memory, folio);
}

void folio_io_done(struct memory *memory, const struct io_request *request)
{
	folio_t number = request->folio;

	BUG_ON(number >= memory->folios->made);
	if (request->write)
		end_writeback(memory, number);
	else
		end_read(memory, number);
	memory->tasks->wake(memory, memory->tasks_argument, SLEEP_IO, number);
	folio_settle(memory, memory->cpu, number);
}
