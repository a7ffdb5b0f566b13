/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each reclaimer freed since the last list that it scanned.
 *
 *	mm_page_free × 3                          a shrinker's slabs
 *	mm_page_free × 32                         ^ the list's
 *	mm_vmscan_lru_shrink_inactive nr_reclaimed=32
 *
 * The event comes last: shrink_inactive_list() writes it when its pages are
 * free. Of what the same task freed before it, the last nr_reclaimed pages are
 * the list's (shrink_folio_list() frees them all at its end, Linux 6.1). What
 * came before those is a shrinker's, or what a task had for itself; shrinkers
 * have events of their own, but a trace need not have them.
 *
 * Those that nobody asks about any more (a trace that is cut off, one without
 * the event) cost memory alone, and little: what is alike makes one run.
 */
#include "workloads/import/reclaimed.h"

#include <stdlib.h>

#include "sim/base/host.h"
#include "sim/base/numbers.h"

static struct reclaimed_run *newest_run(const struct reclaimed *reclaimed,
					uint64_t pid)
{
	const struct number_slot *slot =
		number_map_find(&reclaimed->newest, pid);

	return slot ? &reclaimed->run[slot->value - 1] : NULL;
}

static bool goes_on(const struct reclaimed_run *run, enum reclaimed_kind kind,
		    size_t which, order_t order)
{
	size_t next = run->which;

	if (kind == RECLAIMED_START)
		next += run->nr;
	return run->kind == kind && run->order == order && next == which;
}

/* Room for one more run; 0: no memory. */
static uint32_t take_place(struct reclaimed *reclaimed)
{
	uint32_t place = reclaimed->unused;
	struct reclaimed_run *grown;

	if (place) {
		reclaimed->unused = reclaimed->run[place - 1].before;
		return place;
	}
	if (reclaimed->nr == UINT32_MAX)
		return 0;
	grown = host_grow(reclaimed->run, &reclaimed->room, reclaimed->nr + 1,
			  sizeof(*grown));
	if (!grown)
		return 0;
	reclaimed->run = grown;
	return (uint32_t)++reclaimed->nr;
}

int reclaimed_add(struct reclaimed *reclaimed, uint64_t pid,
		  enum reclaimed_kind kind, size_t which, order_t order,
		  struct errors *errors)
{
	struct reclaimed_run *run = newest_run(reclaimed, pid);
	uint32_t before, place;

	if (run && goes_on(run, kind, which, order)) {
		run->nr++;
		return 0;
	}
	before = run ? (uint32_t)(run - reclaimed->run) + 1 : 0;
	place = take_place(reclaimed);
	if (!place)
		return error_host(errors, "no memory for what was reclaimed");
	reclaimed->run[place - 1] = (struct reclaimed_run){
		.kind = kind,
		.order = order,
		.before = before,
		.which = which,
		.nr = 1,
	};
	return number_map_set(&reclaimed->newest, pid, place, 0, errors);
}

/* The newest run of the process is gone. */
static void drop_newest(struct reclaimed *reclaimed, uint64_t pid)
{
	struct number_slot *slot = number_map_find(&reclaimed->newest, pid);
	uint32_t place = (uint32_t)slot->value;
	struct reclaimed_run *run = &reclaimed->run[place - 1];

	if (run->before)
		slot->value = run->before;
	else
		number_map_remove(&reclaimed->newest, pid);
	run->before = reclaimed->unused;
	reclaimed->unused = place;
}

bool reclaimed_take(struct reclaimed *reclaimed, uint64_t pid,
		    uint64_t nr_pages, struct reclaimed_run *taken)
{
	struct reclaimed_run *run = newest_run(reclaimed, pid);
	uint64_t nr;

	if (!run)
		return false;
	nr = nr_pages >> run->order;
	nr += nr << run->order < nr_pages;
	*taken = *run;
	taken->nr = smaller(run->nr, nr);
	run->nr -= taken->nr;
	if (run->kind == RECLAIMED_START)
		taken->which += run->nr;
	if (!run->nr)
		drop_newest(reclaimed, pid);
	return true;
}

void reclaimed_forget(struct reclaimed *reclaimed, uint64_t pid)
{
	while (newest_run(reclaimed, pid))
		drop_newest(reclaimed, pid);
}

void reclaimed_release(struct reclaimed *reclaimed)
{
	free(reclaimed->run);
	number_map_release(&reclaimed->newest);
}
