/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What became of pages that reclaim took from a process: they are in swap, and
 * a trace does not say when one is no longer. A run has them as well, in memory
 * or in its own swap, and must be told, or its swap fills with pages that
 * nobody wants.
 *
 *	mm_page_free  by kswapd, of hog's    to the end of hog's queue
 *	mm_page_alloc by hog, not cleared    the first of the queue is used:
 *	                                     touch, which reads it back where
 *	                                     the run has it in swap, too
 *	hog's last event                     hog ends: free_pages of them all
 *
 * Rules (Linux 6.1, mm/memory.c):
 *
 * - A page read back from swap is not asked for cleared (do_swap_page(),
 *   __read_swap_cache_async()), as those used for the first time are
 *   (do_anonymous_page()). Nor is a copy on write (wp_page_copy()): where a
 *   process has pages in swap, it is taken for one of these.
 * - A process that ends gives up its pages, and those in swap with no event
 *   (zap_pte_range()). It is taken to end with its last event in the trace.
 *   What reclaim frees of it later was on the way to swap, and is given up.
 *
 * - Shared memory and files of tmpfs are nobody's own (lru_sites.c): whoever
 *   asks for a page of such has what went first, in place of a process's.
 *
 * Which page comes back is not in the trace; that it is the one that went first
 * is a guess, and that it is written to. The number of them is not. Uses of
 * pages that are in memory leave no trace at all: a run knows nothing of them,
 * and its reclaim finds pages less used than the kernel's did.
 */
#include <stdlib.h>

#include "sim/base/host.h"
#include "workloads/import/swap_import.h"

static struct swap_process *find(const struct swap_import *swap, uint64_t pid)
{
	const struct number_slot *slot = number_map_find(&swap->processes, pid);

	return slot ? &swap->process[slot->value] : NULL;
}

/* The process, new or not. NULL with an error. */
static struct swap_process *find_or_add(struct swap_import *swap, uint64_t pid)
{
	struct swap_process *process = find(swap, pid);
	size_t nr = swap->nr_processes;

	if (process)
		return process;
	process = host_grow(swap->process, &swap->process_room, nr + 1,
			    sizeof(*process));
	if (!process) {
		error_host(swap->errors, "no memory for tasks");
		return NULL;
	}
	swap->process = process;
	if (number_map_set(&swap->processes, pid, nr, 0, swap->errors) < 0)
		return NULL;
	process[nr] = (struct swap_process){ .first = 0 };
	swap->nr_processes++;
	return &process[nr];
}

/* Room for one more; its index + 1, 0 with an error. */
static uint32_t take_room(struct swap_import *swap)
{
	uint32_t at = swap->unused;
	struct swapped_page *page;

	if (at) {
		swap->unused = swap->page[at - 1].next;
		return at;
	}
	page = host_grow(swap->page, &swap->page_room, swap->nr_pages + 1,
			 sizeof(*page));
	if (!page) {
		error_host(swap->errors, "no memory for swapped pages");
		return 0;
	}
	swap->page = page;
	return (uint32_t)++swap->nr_pages;
}

int swap_import_push(struct swap_import *swap, uint64_t pid,
		     const struct piece *piece)
{
	struct swap_process *process = find_or_add(swap, pid);
	uint32_t at = process ? take_room(swap) : 0;

	if (!at)
		return -1;
	swap->page[at - 1] = (struct swapped_page){ .piece = *piece };
	if (process->last)
		swap->page[process->last - 1].next = at;
	else
		process->first = at;
	process->last = at;
	return 0;
}

bool swap_import_pop(struct swap_import *swap, uint64_t pid,
		     struct piece *piece)
{
	struct swap_process *process = find(swap, pid);
	uint32_t at = process ? process->first : 0;
	struct swapped_page *page;

	if (!at)
		return false;
	page = &swap->page[at - 1];
	*piece = page->piece;
	process->first = page->next;
	if (!process->first)
		process->last = 0;
	page->next = swap->unused;
	swap->unused = at;
	return true;
}

void swap_import_release(struct swap_import *swap)
{
	number_map_release(&swap->processes);
	free(swap->process);
	free(swap->page);
}
