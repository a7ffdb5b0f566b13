/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls that free what an id stands for, whichever kind of call made it.
 *
 *	free_pages, kfree, vfree, … --> free_allocation() --> pages.c,
 *	                                 what is it?          objects.c, …
 *
 * Rules:
 *
 * - What was refused is freed without effect, as kfree(NULL) is.
 * - What is freed by another call than the one it needs is freed all the
 *   same, as it must be, and noted as a violation; but vfree() leaves alone
 *   what is no area (__vunmap(), Linux 6.1). Which call that is follows from
 *   the call that made it (rules_freed_by()), whatever came of it: kvmalloc()
 *   needs kvfree(), though kfree() may happen to do.
 * - Pages that are freed with another order than they have go as they are,
 *   and that is a violation, too: __free_pages() and free_pages() believe
 *   their caller, and would leak pages or free those of others.
 * - Parts can be freed of pages only, and only as long as their caller has
 *   them to himself.
 *
 * Left out: what a real kernel would do with memory that is freed by the wrong
 * call, which is anything.
 */

#include "sim/base/bug.h"
#include "sim/calls/calls.h"

static enum call_result dispatch_free(struct handling *handling)
{
	switch ((enum allocation_kind)handling->allocation->kind) {
	case ALLOCATION_PAGES:
		return free_pages_allocation(handling);
	case ALLOCATION_OBJECT:
	case ALLOCATION_KMALLOC:
	case ALLOCATION_KVMALLOC:
		return free_object(handling);
	case ALLOCATION_VMALLOC:
		return free_area_allocation(handling);
	case ALLOCATION_DMA:
		return free_dma_buffer(handling);
	case ALLOCATION_ELEMENT:
		return free_element(handling);
	case ALLOCATION_FOLIO:
		return free_folio(handling);
	case ALLOCATION_DROPPABLE:
		return free_droppable(handling);
	case ALLOCATION_DROPPED:
		return free_dropped(handling);
	case ALLOCATION_WAITING:
	case ALLOCATION_SPLIT:
	case ALLOCATION_NONE:
	case ALLOCATION_FAILED:
	case NR_ALLOCATION_KINDS:
		break;
	}
	BUG("a free of what its caller should have handled");
}

/*
 * What was refused is freed without effect. In parts, if the caller would
 * have freed the block so: it is forgotten with the last one.
 */
static enum call_result free_nothing(struct handling *handling)
{
	const struct call *call = handling->call;
	struct allocation *allocation = handling->allocation;
	uint64_t pages = 1ull << call->order;

	handling->outcome->status = OUTCOME_SKIPPED;
	handling->outcome->skipped = SKIP_ALLOC_FAILED;
	if (call->has & CALL_HAS_PAGE && allocation->handle > pages)
		allocation->handle -= pages;
	else
		allocations_remove(&handling->kernel->allocations, call);
	return CALL_DONE;
}

enum call_result free_allocation(struct handling *handling)
{
	const struct call *call = handling->call;
	const struct allocation *allocation = handling->allocation;
	enum call_result result;
	bool wrong;
	order_t order;
	enum call_op by;
	struct suggestion near;
	char id[ID_TEXT_MAX];

	if (!allocation)
		return refuse_call(handling, CALL_BAD_FREE,
				   "id %s is not live: it was never "
				   "allocated, or was freed already%s",
				   id_text(handling, id),
				   nearest_id(handling, &near));
	if (allocation->kind == ALLOCATION_FAILED)
		return free_nothing(handling);
	by = (enum call_op)allocation->op;
	order = allocation->order;
	wrong = !(rules_freed_by(by) >> call->op & 1);
	if (call->has & CALL_HAS_PAGE &&
	    (allocation->kind == ALLOCATION_PAGES ||
	     allocation->kind == ALLOCATION_SPLIT))
		return free_part(handling);
	if (call->has & CALL_HAS_PAGE && allocation->kind == ALLOCATION_FOLIO)
		return refuse_call(handling, CALL_BAD_FREE, PAGES_GO_TOGETHER,
				   id_text(handling, id));
	if (allocation->kind == ALLOCATION_SPLIT)
		return refuse_call(handling, CALL_BAD_FREE, FREED_IN_PART,
				   id_text(handling, id));
	/* __vunmap() warns of what is no area, and leaves it alone. */
	if (call->op == OP_VFREE && allocation->kind != ALLOCATION_VMALLOC) {
		handling->outcome->status = OUTCOME_SKIPPED;
		handling->outcome->skipped = SKIP_BAD_FREE;
		result = CALL_DONE;
	} else {
		result = dispatch_free(handling);
	}
	if (result != CALL_DONE)
		return result;
	if (wrong)
		return break_rule(handling, RULE_WRONG_FREE,
				  &(struct rule_case){ .made_by = by });
	if (call_frees_other_order(call, order))
		return break_rule(handling, RULE_WRONG_ORDER,
				  &(struct rule_case){ .made_order = order });
	return CALL_DONE;
}
