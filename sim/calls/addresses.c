/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that give pages of HighMem an address, and take it back. They name an
 * allocation of pages, and which page of it if that is not the first.
 *
 * Both may sleep by their contract, whatever zone the page is from, and so
 * neither may be called where sleeping is forbidden (kmap() and kunmap(),
 * include/linux/highmem-internal.h, Linux 6.1); without HighMem in the kernel
 * that is true of kmap() alone.
 */

#include "models/address.h"
#include "models/kmap.h"
#include "sim/calls/calls.h"

enum call_result find_live(struct handling *handling, bool *live)
{
	const struct allocation *allocation = handling->allocation;
	char id[32];

	*live = false;
	if (!allocation) {
		handling->report->rule = "use-after-free";
		return refuse_call(handling, CALL_BAD_FREE,
				   "%s: id %s is not live: it was never "
				   "allocated, or was freed already",
				   call_op_names[handling->call->op],
				   id_text(handling, id));
	}
	if (allocation->kind == ALLOCATION_FAILED) {
		handling->outcome->status = OUTCOME_SKIPPED;
		handling->outcome->skipped = SKIP_ALLOC_FAILED;
		return CALL_DONE;
	}
	*live = true;
	return CALL_DONE;
}

/* The page that the call is about. *found is false where there is none. */
static enum call_result find_page(struct handling *handling, pfn_t *pfn,
				  bool *found)
{
	const struct allocation *allocation = handling->allocation;
	const struct call *call = handling->call;
	uint32_t page = call->has & CALL_HAS_PAGE ? call->page : 0;
	char id[32];

	*found = false;
	if (allocation->kind != ALLOCATION_PAGES &&
	    allocation->kind != ALLOCATION_SPLIT)
		return refuse_call(handling, CALL_INVALID,
				   "%s: id %s is of %s, and no page of its own",
				   call_op_names[call->op],
				   id_text(handling, id),
				   call_op_names[allocation->op]);
	if (page >= 1u << allocation->order)
		return refuse_call(handling, CALL_INVALID,
				   "%s: page %u: id %s has pages 0 to %u",
				   call_op_names[call->op], page,
				   id_text(handling, id),
				   (1u << allocation->order) - 1);
	if (part_is_freed(handling->kernel, allocation, page)) {
		handling->report->rule = "use-after-free";
		return refuse_call(handling, CALL_BAD_FREE,
				   "%s: page %u of id %s was freed already",
				   call_op_names[call->op], page,
				   id_text(handling, id));
	}
	*pfn = (pfn_t)allocation->handle + page;
	*found = true;
	return CALL_DONE;
}

/* might_sleep(): the call was made all the same. */
static enum call_result check_may_sleep(struct handling *handling)
{
	const struct call *call = handling->call;

	if (call->has & CALL_CAN_SLEEP)
		return CALL_DONE;
	handling->report->rule = "sleep-in-atomic";
	return refuse_call(handling, CALL_VIOLATION,
			   "BUG: sleeping function called from invalid "
			   "context: %s in %s context%s",
			   call_op_names[call->op],
			   call_context_names[call->ctx],
			   call->ctx == CONTEXT_PROCESS ?
				   ", where the caller must not sleep" :
				   "");
}

static void report_page(struct handling *handling, pfn_t pfn)
{
	handling->outcome->pfn = pfn;
	handling->outcome->zone = memory_zone_of(handling->kernel->memory, pfn);
}

enum call_result handle_kmap(struct handling *handling)
{
	struct outcome *outcome = handling->outcome;
	enum call_result result;
	bool found;
	pfn_t pfn;

	result = find_live(handling, &found);
	if (found)
		result = find_page(handling, &pfn, &found);
	if (!found)
		return result;
	report_page(handling, pfn);
	outcome->vaddr = kmap_map(handling->kernel->kmap, pfn);
	if (!outcome->vaddr) {
		outcome->status = OUTCOME_FAILED;
		outcome->reason = REASON_NO_SLOT;
	}
	return check_may_sleep(handling);
}

enum call_result handle_kunmap(struct handling *handling)
{
	const struct kernel *kernel = handling->kernel;
	enum call_result result;
	bool found;
	pfn_t pfn;
	char id[32];

	result = find_live(handling, &found);
	if (found)
		result = find_page(handling, &pfn, &found);
	if (!found)
		return result;
	report_page(handling, pfn);
	if (!kmap_unmap(kernel->kmap, pfn)) {
		handling->report->rule = "bad-kunmap";
		return refuse_call(handling, CALL_BAD_FREE,
				   "kunmap: id %s is not mapped at this moment",
				   id_text(handling, id));
	}
	if (!(kernel->memory->zone_types & 1u << ZONE_HIGHMEM))
		return CALL_DONE;
	return check_may_sleep(handling);
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
	handling->report->rule = "freed-while-mapped";
	return refuse_call(handling, CALL_VIOLATION,
			   "pages are freed that kmap still maps: whoever gets "
			   "them next is written to, and their slot is lost");
}
