/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Pages of blocks, as a reviewer follows them: which of a block's pages a call
 * means, and which were freed before.
 *
 *	id 7, order 2   . . . .     free_pages {id: 7, page: 2, order: 1}
 *	                . . f f     free_pages {id: 7}: name the page
 *
 * Rules: those of a run (sim/calls/pages.c, sim/calls/addresses.c), told in the
 * same words. A block that was freed in part is freed by parts; with the last
 * one its id is no more. Pages on LRU lists go together.
 */

#include "cli/lint.h"

#include <stdlib.h>

#include "sim/base/host.h"
#include "sim/kernel.h"

static bool is_block(const struct allocation *allocation)
{
	return allocation->op == OP_ALLOC_PAGES ||
	       allocation->op == OP_GET_FREE_PAGES ||
	       allocation->op == OP_GET_ZEROED_PAGE;
}

static struct lint_split *split_of(const struct lint *lint,
				   const struct allocation *allocation)
{
	return is_block(allocation) && allocation->handle ?
		       &lint->split[allocation->handle - 1] :
		       NULL;
}

static bool was_freed(const struct lint_split *split, uint64_t page)
{
	return split && split->freed[page / 8] >> page % 8 & 1;
}

/* The first place of a split that nobody has; NULL: no memory. */
static struct lint_split *take_split(struct lint *lint, size_t *place)
{
	struct lint_split *grown;

	if (lint->unused_split) {
		*place = lint->unused_split;
		lint->unused_split = lint->split[*place - 1].next;
		return &lint->split[*place - 1];
	}
	grown = host_grow(lint->split, &lint->split_room, lint->nr_splits + 1,
			  sizeof *grown);
	if (!grown)
		return NULL;
	lint->split = grown;
	*place = ++lint->nr_splits;
	return &grown[*place - 1];
}

static void drop_split(struct lint *lint, struct allocation *allocation)
{
	struct lint_split *split = &lint->split[allocation->handle - 1];

	free(split->freed);
	*split = (struct lint_split){ .next = lint->unused_split };
	lint->unused_split = allocation->handle;
	allocation->handle = 0;
}

static struct lint_split *begin_split(struct lint *lint,
				      struct allocation *allocation)
{
	uint64_t pages = 1ull << allocation->order;
	uint8_t *freed = host_alloc((size_t)(pages + 7) / 8, 1);
	size_t place;
	struct lint_split *split = freed ? take_split(lint, &place) : NULL;

	if (!split) {
		free(freed);
		error_host(lint->errors, "no memory for a block's pages");
		return NULL;
	}
	*split = (struct lint_split){ .freed = freed, .left = pages };
	allocation->handle = place;
	return split;
}

/* Is the part that the call frees one that its caller has? */
static bool part_is_live(const struct call *call,
			 const struct allocation *allocation,
			 const struct lint_split *split)
{
	uint64_t end = call->page + (1ull << call->order);

	if (end > 1ull << allocation->order ||
	    call->page & ((1ull << call->order) - 1))
		return false;
	for (uint64_t page = call->page; page < end; page++)
		if (was_freed(split, page))
			return false;
	return true;
}

static void free_part(struct lint *lint, const struct call *call,
		      struct allocation *allocation)
{
	struct lint_split *split = split_of(lint, allocation);
	char id[LINT_ID_MAX];

	if (!part_is_live(call, allocation, split)) {
		error_input(lint->errors, lint_place(lint, call), NO_LIVE_PART,
			    call->page, call->order,
			    lint_id_text(lint, call, id));
		return;
	}
	if (!split)
		split = begin_split(lint, allocation);
	if (!split)
		return;
	for (uint64_t i = 0; i < 1ull << call->order; i++)
		split->freed[(call->page + i) / 8] |= 1 << (call->page + i) % 8;
	split->left -= 1ull << call->order;
	if (split->left)
		return;
	drop_split(lint, allocation);
	allocations_remove(&lint->live, call);
}

bool lint_free_pages(struct lint *lint, const struct call *call,
		     struct allocation *allocation)
{
	bool in_part = call->has & CALL_HAS_PAGE;
	char id[LINT_ID_MAX];

	if (!is_block(allocation) || (!in_part && !split_of(lint, allocation)))
		return false;
	if (!in_part)
		error_input(lint->errors, lint_place(lint, call), FREED_IN_PART,
			    lint_id_text(lint, call, id));
	else if (allocation->kind == ALLOCATION_FOLIO)
		error_input(lint->errors, lint_place(lint, call),
			    PAGES_GO_TOGETHER, lint_id_text(lint, call, id));
	else
		free_part(lint, call, allocation);
	return true;
}

void lint_use_page(struct lint *lint, const struct call *call,
		   const struct allocation *allocation)
{
	const char *op = call_op_names[call->op];
	uint32_t page = call->has & CALL_HAS_PAGE ? call->page : 0;
	struct place place = lint_place(lint, call);
	char id[LINT_ID_MAX];

	lint_id_text(lint, call, id);
	if (!is_block(allocation))
		error_input(lint->errors, place, NO_PAGE_OF_ITS_OWN, op, id,
			    call_op_names[allocation->op]);
	else if (page >= 1ull << allocation->order)
		error_input(lint->errors, place, NO_SUCH_PAGE, op, page, id,
			    (1u << allocation->order) - 1);
	else if (was_freed(split_of(lint, allocation), page))
		error_input(lint->errors, place, PAGE_WAS_FREED, op, page, id);
}

void lint_pages_release(struct lint *lint)
{
	for (size_t i = 0; i < lint->nr_splits; i++)
		free(lint->split[i].freed);
	free(lint->split);
}
