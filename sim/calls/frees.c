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
 *   what is no area (__vunmap(), Linux 6.1). Which call it needs follows from
 *   the call that made it (rules_freed_by()), wherever its memory came from:
 *   what kvmalloc() gave needs kvfree(), though kfree() may happen to do.
 * - Pages that are freed with another order than theirs are freed with their
 *   own, and that is a violation, too: __free_pages() and free_pages()
 *   believe their caller, and would leak pages or free those of others.
 * - Only pages can be freed in parts, and only while their caller is the only
 *   one to hold them.
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
 * Freeing what was refused has no effect. A caller that would have freed its
 * block in parts does so all the same: the last part ends the record.
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

/* __vunmap() warns of what is no area, and leaves it alone (Linux 6.1). */
static enum call_result leave_alone(struct handling *handling)
{
	handling->outcome->status = OUTCOME_SKIPPED;
	handling->outcome->skipped = SKIP_BAD_FREE;
	return CALL_DONE;
}

/*
 * Notes the rule that a free broke, if any: made_by is the call that made
 * what was freed, and made_order the order it was made with.
 */
static enum call_result note_misuse(struct handling *handling,
				    enum call_op made_by, order_t made_order)
{
	const struct call *call = handling->call;

	if (!(rules_freed_by(made_by) >> call->op & 1))
		return break_rule(handling, RULE_WRONG_FREE,
				  &(struct rule_case){ .made_by = made_by });
	if (call_frees_other_order(call, made_order))
		return break_rule(handling, RULE_WRONG_ORDER,
				  &(struct rule_case){ .made_order =
							       made_order });
	return CALL_DONE;
}

/* Frees all that an id stands for, and with it the allocation's record. */
static enum call_result free_whole(struct handling *handling)
{
	const struct allocation *allocation = handling->allocation;
	enum call_op made_by = (enum call_op)allocation->op;
	order_t made_order = allocation->order;
	enum call_result result;

	if (handling->call->op == OP_VFREE &&
	    allocation->kind != ALLOCATION_VMALLOC)
		result = leave_alone(handling);
	else
		result = dispatch_free(handling);
	if (result != CALL_DONE)
		return result;
	return note_misuse(handling, made_by, made_order);
}

enum call_result free_allocation(struct handling *handling)
{
	const struct allocation *allocation = handling->allocation;
	bool in_part = handling->call->has & CALL_HAS_PAGE;
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
	if (in_part && (allocation->kind == ALLOCATION_PAGES ||
			allocation->kind == ALLOCATION_SPLIT))
		return free_part(handling);
	if (in_part && allocation->kind == ALLOCATION_FOLIO)
		return refuse_call(handling, CALL_BAD_FREE, PAGES_GO_TOGETHER,
				   id_text(handling, id));
	if (allocation->kind == ALLOCATION_SPLIT)
		return refuse_call(handling, CALL_BAD_FREE, FREED_IN_PART,
				   id_text(handling, id));
	return free_whole(handling);
}
