/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which folios belong together: those of a file, and those of a task.
 *
 *	file 7   first #0 <-> #1 <-> #4 last	page cache
 *	task 3   first #2 <-> #1 last		anonymous, or mapped
 *
 * A file that is truncated and a task that exits need theirs, and these alone:
 * both happen all the time while most folios are somebody else's. The kernel
 * has the file's i_pages and the task's page tables for that; here each group
 * is a list in the order of making, which is the order in which its pages go.
 *
 * A folio is in its groups as long as its owner keeps it, cached or not. Names
 * are small numbers: groups are found by index.
 */

#include "models/reclaim/folio_internal.h"

#include <stdlib.h>

#include "sim/base/host.h"

/* Is the folio in the group of its name? */
static uint32_t name_in(const struct folio *folio, enum folio_group_kind kind)
{
	if (kind == FOLIO_GROUP_FILE)
		return folio_is_file(folio) ? folio->mapping : 0;
	return folio->state & FOLIO_OWNER_MAPS ? folio->task : 0;
}

/* The group of that name, made if need be. NULL: the host has no memory. */
static struct folio_group *need_group(struct folios *folios,
				      enum folio_group_kind kind, uint32_t name)
{
	struct folio_groups *groups = &folios->groups[kind];
	size_t nr = groups->nr;
	struct folio_group *group = host_grow(groups->group, &groups->nr,
					      (size_t)name + 1, sizeof *group);

	if (!group)
		return NULL;
	groups->group = group;
	for (; nr < groups->nr; nr++)
		group[nr] = (struct folio_group){ FOLIO_NONE, FOLIO_NONE };
	return &group[name];
}

static void append(struct folios *folios, enum folio_group_kind kind,
		   struct folio_group *group, folio_t number)
{
	struct folio *folio = folio_of(folios, number);

	folio->group_next[kind] = FOLIO_NONE;
	folio->group_prev[kind] = group->last;
	if (group->last == FOLIO_NONE)
		group->first = number;
	else
		folio_of(folios, group->last)->group_next[kind] = number;
	group->last = number;
}

static void take_out(struct folios *folios, enum folio_group_kind kind,
		     struct folio_group *group, folio_t number)
{
	const struct folio *folio = folio_of(folios, number);
	folio_t next = folio->group_next[kind];
	folio_t prev = folio->group_prev[kind];

	if (prev == FOLIO_NONE)
		group->first = next;
	else
		folio_of(folios, prev)->group_next[kind] = next;
	if (next == FOLIO_NONE)
		group->last = prev;
	else
		folio_of(folios, next)->group_prev[kind] = prev;
}

bool folio_join_groups(struct folios *folios, folio_t number)
{
	const struct folio *folio = folio_of(folios, number);

	/* All of them exist before the first is joined. */
	for (int kind = 0; kind < NR_FOLIO_GROUP_KINDS; kind++) {
		uint32_t name = name_in(folio, (enum folio_group_kind)kind);

		if (name &&
		    !need_group(folios, (enum folio_group_kind)kind, name))
			return false;
	}
	for (int kind = 0; kind < NR_FOLIO_GROUP_KINDS; kind++) {
		uint32_t name = name_in(folio, (enum folio_group_kind)kind);

		if (name)
			append(folios, (enum folio_group_kind)kind,
			       &folios->groups[kind].group[name], number);
	}
	return true;
}

void folio_leave_group(struct folios *folios, enum folio_group_kind kind,
		       folio_t number)
{
	uint32_t name = name_in(folio_of(folios, number), kind);

	if (name)
		take_out(folios, kind, &folios->groups[kind].group[name],
			 number);
}

folio_t folio_group_first(const struct folios *folios,
			  enum folio_group_kind kind, uint32_t name)
{
	const struct folio_groups *groups = &folios->groups[kind];

	return name < groups->nr ? groups->group[name].first : FOLIO_NONE;
}

folio_t folio_first_of_file(const struct memory *memory, uint32_t mapping)
{
	return folio_group_first(memory->folios, FOLIO_GROUP_FILE, mapping);
}

folio_t folio_next_of_file(const struct memory *memory, folio_t folio)
{
	return folio_get(memory, folio)->group_next[FOLIO_GROUP_FILE];
}

bool folio_is_of_file(const struct memory *memory, folio_t number,
		      uint32_t mapping)
{
	const struct folio *folio = folio_get(memory, number);

	return folio->state & FOLIO_OWNED &&
	       name_in(folio, FOLIO_GROUP_FILE) == mapping;
}

/* Folios of the group, or UINT32_MAX: one is there that does not belong. */
static uint32_t count_members(const struct folios *folios,
			      enum folio_group_kind kind, uint32_t name)
{
	folio_t before = FOLIO_NONE;
	uint32_t nr = 0;

	for (folio_t n = folio_group_first(folios, kind, name); n != FOLIO_NONE;
	     n = folio_of(folios, n)->group_next[kind]) {
		const struct folio *folio = folio_of(folios, n);

		if (folio->group_prev[kind] != before ||
		    !(folio->state & FOLIO_OWNED) ||
		    name_in(folio, kind) != name || nr++ == folios->made)
			return UINT32_MAX;
		before = n;
	}
	return before == folios->groups[kind].group[name].last ? nr :
								 UINT32_MAX;
}

bool folio_groups_are_right(const struct folios *folios)
{
	for (int k = 0; k < NR_FOLIO_GROUP_KINDS; k++) {
		enum folio_group_kind kind = (enum folio_group_kind)k;
		uint64_t missing = 0;

		for (folio_t n = 0; n < folios->made; n++) {
			const struct folio *folio = folio_of(folios, n);

			missing += folio->state & FOLIO_OWNED &&
				   name_in(folio, kind);
		}
		for (uint32_t name = 0; name < folios->groups[k].nr; name++)
			missing -= count_members(folios, kind, name);
		if (missing)
			return false;
	}
	return true;
}
