/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that give pages of HighMem an address, and take it back. They name an
 * allocation of pages, and which page of it if that is not the first.
 *
 * Where all slots are in use, kmap sleeps until one is given back, then starts
 * over. What calls further down do to the page waits behind it: they are its
 * caller's. In atomic context kmap breaks a rule anyway
 * (sim/rules/rule_table.c), and gets no address.
 */

#include <stdio.h>
#include <string.h>

#include "models/kmap.h"
#include "sim/base/host.h"
#include "sim/calls/calls.h"

enum call_result find_live(struct handling *handling, bool *live)
{
	const struct allocation *allocation = handling->allocation;
	struct suggestion near;
	char id[ID_TEXT_MAX];

	*live = false;
	if (!allocation) {
		handling->report->rule = rule_table[RULE_USE_AFTER_FREE].id;
		return refuse_call(handling, CALL_BAD_FREE,
				   "%s: id %s is not live: it was never "
				   "allocated, or was freed already%s",
				   call_op_names[handling->call->op],
				   id_text(handling, id),
				   nearest_id(handling, &near));
	}
	if (allocation->kind == ALLOCATION_FAILED) {
		handling->outcome->status = OUTCOME_SKIPPED;
		handling->outcome->skipped = SKIP_ALLOC_FAILED;
		return CALL_DONE;
	}
	*live = true;
	return CALL_DONE;
}

enum call_result find_fixed(struct handling *handling, bool *live)
{
	const uint32_t may_go = 1u << ALLOCATION_FOLIO |
				1u << ALLOCATION_DROPPABLE |
				1u << ALLOCATION_DROPPED;
	enum call_result result = find_live(handling, live);
	char id[ID_TEXT_MAX];

	if (!*live || !(may_go >> handling->allocation->kind & 1))
		return result;
	*live = false;
	return refuse_call(handling, CALL_INVALID,
			   "%s: the kernel may move or take back id %s at any "
			   "time: touch it",
			   call_op_names[handling->call->op],
			   id_text(handling, id));
}

/* The page that the call is about. *found is false where there is none. */
static enum call_result find_page(struct handling *handling, pfn_t *pfn,
				  bool *found)
{
	const struct allocation *allocation = handling->allocation;
	const struct call *call = handling->call;
	uint32_t page = call->has & CALL_HAS_PAGE ? call->page : 0;
	char id[ID_TEXT_MAX];

	*found = false;
	if (allocation->kind != ALLOCATION_PAGES &&
	    allocation->kind != ALLOCATION_SPLIT)
		return refuse_call(handling, CALL_INVALID, NO_PAGE_OF_ITS_OWN,
				   call_op_names[call->op],
				   id_text(handling, id),
				   call_op_names[allocation->op]);
	if (page >= 1u << allocation->order)
		return refuse_call(handling, CALL_INVALID, NO_SUCH_PAGE,
				   call_op_names[call->op], page,
				   id_text(handling, id),
				   (1u << allocation->order) - 1);
	if (part_is_freed(handling->kernel, allocation, page)) {
		handling->report->rule = rule_table[RULE_USE_AFTER_FREE].id;
		return refuse_call(handling, CALL_BAD_FREE, PAGE_WAS_FREED,
				   call_op_names[call->op], page,
				   id_text(handling, id));
	}
	*pfn = (pfn_t)allocation->handle + page;
	*found = true;
	return CALL_DONE;
}

static void report_page(struct handling *handling, pfn_t pfn)
{
	handling->outcome->pfn = pfn;
	handling->outcome->zone = memory_zone_of(handling->kernel->memory, pfn);
}

/* ---- waiting for a slot -------------------------------------------------- */

/* The caller sleeps until someone gives back a slot. */
static enum call_result sleep_for_slot(struct handling *handling, pfn_t pfn)
{
	const struct wait wait = { .what = WAIT_FOR_SLOT };
	struct kmap_waits *waits = &handling->kernel->kmap_waits;
	struct kmap_wait *grown;

	if (handling->waited)
		return wait_for(handling, wait);
	grown = host_grow(waits->wait, &waits->capacity, waits->nr + (size_t)1,
			  sizeof(*grown));
	if (!grown) {
		error_host(handling->kernel->errors,
			   "no memory for a call that waits");
		return CALL_HOST;
	}
	waits->wait = grown;
	grown[waits->nr++] = (struct kmap_wait){ pfn, TICKET_NONE };
	return wait_for(handling, wait);
}

void set_kmap_ticket(struct kernel *kernel, uint32_t ticket)
{
	struct kmap_waits *waits = &kernel->kmap_waits;

	/* A ticket is kept while its call sleeps again and again. */
	if (waits->nr && waits->wait[waits->nr - 1].ticket == TICKET_NONE)
		waits->wait[waits->nr - 1].ticket = ticket;
}

/* Of those for a page, the one that came first waits no longer. */
static void end_kmap_wait(struct kernel *kernel, pfn_t pfn)
{
	struct kmap_waits *waits = &kernel->kmap_waits;
	uint32_t i = 0;

	while (i < waits->nr && waits->wait[i].pfn != pfn)
		i++;
	if (i == waits->nr)
		return;
	waits->nr--;
	memmove(&waits->wait[i], &waits->wait[i + 1],
		(waits->nr - i) * sizeof(*waits->wait));
}

void abandon_kmap(struct handling *handling)
{
	bool found = handling->allocation;
	pfn_t pfn;

	handling->report->rule = rule_table[RULE_NEVER_WOKEN].id;
	snprintf(handling->report->why, sizeof(handling->report->why),
		 "nobody gives back a slot of kmap: all %u are in use",
		 kmap_slots_in_use(handling->kernel->kmap));
	if (found)
		find_page(handling, &pfn, &found);
	if (found)
		end_kmap_wait(handling->kernel, pfn);
}

bool waits_for_kmap(struct handling *handling, pfn_t pfn, order_t order,
		    enum call_result *result)
{
	const struct kmap_waits *waits = &handling->kernel->kmap_waits;

	for (uint32_t i = 0; i < waits->nr; i++) {
		struct wait wait = { WAIT_FOR_CALL, waits->wait[i].ticket, 0 };

		if (waits->wait[i].pfn < pfn ||
		    waits->wait[i].pfn - pfn >= 1u << order)
			continue;
		*result = wait_for(handling, wait);
		return true;
	}
	return false;
}

/* ---- the calls ----------------------------------------------------------- */

enum call_result handle_kmap(struct handling *handling)
{
	struct kernel *kernel = handling->kernel;
	struct outcome *outcome = handling->outcome;
	enum call_result result;
	bool found;
	pfn_t pfn;

	result = find_fixed(handling, &found);
	if (found)
		result = find_page(handling, &pfn, &found);
	if (!found)
		return result;
	outcome->vaddr = kmap_map(kernel->kmap, pfn);
	if (!outcome->vaddr && call_may_sleep(handling->call))
		return sleep_for_slot(handling, pfn);
	if (handling->waited)
		end_kmap_wait(kernel, pfn);
	report_page(handling, pfn);
	if (!outcome->vaddr) {
		outcome->status = OUTCOME_FAILED;
		outcome->reason = REASON_NO_SLOT;
	}
	return CALL_DONE;
}

enum call_result handle_kunmap(struct handling *handling)
{
	const struct kernel *kernel = handling->kernel;
	enum call_result result;
	bool found;
	pfn_t pfn;
	char id[ID_TEXT_MAX];

	result = find_fixed(handling, &found);
	if (found)
		result = find_page(handling, &pfn, &found);
	if (!found)
		return result;
	if (!kmap_unmap(kernel->kmap, pfn)) {
		if (waits_for_kmap(handling, pfn, 0, &result))
			return result;
		handling->report->rule = rule_table[RULE_BAD_KUNMAP].id;
		return refuse_call(handling, CALL_BAD_FREE,
				   "kunmap: id %s is not mapped at this moment",
				   id_text(handling, id));
	}
	report_page(handling, pfn);
	if (!kmap_users(kernel->kmap, pfn))
		handling->report->woken = (struct wait){ WAIT_FOR_SLOT, 0, 0 };
	return CALL_DONE;
}

bool block_is_mapped(const struct kernel *kernel, pfn_t pfn, order_t order)
{
	if (!kmap_slots_in_use(kernel->kmap))
		return false;
	for (uint32_t i = 0; i < 1u << order; i++)
		if (kmap_users(kernel->kmap, pfn + i))
			return true;
	return false;
}

enum call_result freed_while_mapped(struct handling *handling)
{
	handling->report->rule = rule_table[RULE_FREED_WHILE_MAPPED].id;
	return refuse_call(handling, CALL_VIOLATION,
			   "pages are freed that kmap still maps: whoever gets "
			   "them next is written to, and their slot is lost");
}
