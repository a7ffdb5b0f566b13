/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two hash tables, for ids that are numbers and for those that are names.
 *
 *	id --scattered--> group:  tags  a3 00 f1 00 …  +1
 *				  slots [ ]    [ ]     in the next group
 *
 * A table is made of groups of seven slots (struct allocation_group). An id
 * goes to the group that it is scattered to, or to the next one that has a slot
 * free; each group that it passed counts it. So who looks for an id
 *
 * - compares seven tags at once, and looks at a slot only where one is alike,
 *   one time in 128 in vain;
 * - stops at the first group that nobody passed, nearly always the first: a
 *   table of which seven eighths are taken is as fast as an empty one;
 * - finds it where it was put, until the table grows: what is removed leaves no
 *   trace, as each group that it had passed counts one less.
 *
 * A count that has reached 255 stays there, which costs time only, until the
 * table grows.
 */

#include "sim/allocations.h"

#include "sim/base/bug.h"
#include "sim/base/host.h"

#define FIRST_GROUPS_SHIFT 7
#define PASSED_SHIFT 56
#define PASSED_MOST 255

/* Where an id is, or a free slot for it: a group's `slot`. */
struct spot {
	struct allocation_group *group;
	unsigned int slot;
};

static struct allocation_table *table_of(struct allocations *allocations,
					 const struct call *call)
{
	return call->has & CALL_HAS_NAMED_ID ? &allocations->by_name :
					       &allocations->by_number;
}

static uint64_t passed(const struct allocation_group *group)
{
	return group->tags >> PASSED_SHIFT;
}

/* The group's slot that has the id; ALLOCATION_SLOTS: none has. */
static inline unsigned int slot_of(const struct allocation_group *group,
				   uint64_t tag, uint64_t id)
{
	uint64_t matches = allocation_matches(group->tags, tag);

	for (; matches; matches &= matches - 1) {
		unsigned int i = (unsigned int)__builtin_ctzll(matches) / 8;

		if (group->slot[i].id == id)
			return i;
	}
	return ALLOCATION_SLOTS;
}

static void set_tag(struct spot spot, uint64_t tag)
{
	spot.group->tags &= ~(0xffull << spot.slot * 8);
	spot.group->tags |= tag << spot.slot * 8;
}

/* Counts an id that passes the group, or does so no more. */
static void count_passed(struct allocation_group *group, int by)
{
	if (passed(group) != PASSED_MOST)
		group->tags += (uint64_t)by << PASSED_SHIFT;
}

/* A slot of its own for an id that is not there. */
static struct allocation *take_slot(struct allocation_table *table, uint64_t id)
{
	uint64_t scattered = allocation_scatter(id);
	size_t at = scattered >> table->shift;
	struct spot spot;
	uint64_t free_slots;

	for (;;) {
		spot.group = &table->group[at];
		free_slots = allocation_matches(spot.group->tags, 0);
		if (free_slots)
			break;
		count_passed(spot.group, 1);
		at = (at + 1) & table->mask;
	}
	spot.slot = (unsigned int)__builtin_ctzll(free_slots) / 8;
	set_tag(spot, allocation_tag(scattered));
	return &spot.group->slot[spot.slot];
}

/* Mapped: then the host may keep it in large pages. */
static size_t table_bytes(const struct allocation_table *table)
{
	return (table->mask + 1) * sizeof *table->group;
}

static void release_table(struct allocation_table *table)
{
	if (table->group)
		host_unmap(table->group, table_bytes(table));
	table->group = NULL;
}

static void move_group(struct allocation_table *to,
		       const struct allocation_group *group)
{
	for (unsigned int i = 0; i < ALLOCATION_SLOTS; i++)
		if (group->tags >> i * 8 & 0xff)
			*take_slot(to, group->slot[i].id) = group->slot[i];
}

static int grow(struct allocation_table *table)
{
	struct allocation_table bigger = {
		.shift = table->group ? table->shift - 1 :
					64 - FIRST_GROUPS_SHIFT,
	};

	bigger.mask = ((size_t)1 << (64 - bigger.shift)) - 1;
	bigger.group = host_map(table_bytes(&bigger));
	if (!bigger.group)
		return -1;
	bigger.nr = table->nr;
	for (size_t i = 0; table->group && i <= table->mask; i++)
		move_group(&bigger, &table->group[i]);
	release_table(table);
	*table = bigger;
	return 0;
}

struct allocation *allocations_find(struct allocations *allocations,
				    const struct call *call)
{
	struct allocation_table *table = table_of(allocations, call);
	uint64_t scattered = allocation_scatter(call->id);
	uint64_t tag = allocation_tag(scattered);
	size_t at;

	if (!table->group)
		return NULL;
	at = scattered >> table->shift;
	for (size_t n = 0; n <= table->mask; n++) {
		struct allocation_group *group = &table->group[at];
		unsigned int i = slot_of(group, tag, call->id);

		if (i < ALLOCATION_SLOTS)
			return &group->slot[i];
		if (!passed(group))
			return NULL;
		at = (at + 1) & table->mask;
	}
	return NULL;
}

struct allocation *allocations_insert(struct allocations *allocations,
				      const struct call *call)
{
	struct allocation_table *table = table_of(allocations, call);
	struct allocation *slot;

	if (allocation_table_is_full(table) && grow(table) < 0)
		return NULL;
	slot = take_slot(table, call->id);
	*slot = (struct allocation){ .id = call->id };
	table->nr++;
	return slot;
}

void allocations_remove(struct allocations *allocations,
			const struct call *call)
{
	struct allocation_table *table = table_of(allocations, call);
	uint64_t scattered = allocation_scatter(call->id);
	uint64_t tag = allocation_tag(scattered);
	size_t at = scattered >> table->shift;
	struct spot spot;

	for (;;) {
		spot.group = &table->group[at];
		spot.slot = slot_of(spot.group, tag, call->id);
		if (spot.slot < ALLOCATION_SLOTS)
			break;
		BUG_ON(!passed(spot.group));
		count_passed(spot.group, -1);
		at = (at + 1) & table->mask;
	}
	set_tag(spot, 0);
	table->nr--;
}

static size_t nr_slots(const struct allocation_table *table)
{
	return table->group ? (table->mask + 1) * ALLOCATION_SLOTS : 0;
}

const struct allocation *allocations_next(const struct allocations *allocations,
					  size_t *cursor, bool *named)
{
	size_t numbers = nr_slots(&allocations->by_number);
	size_t names = nr_slots(&allocations->by_name);

	while (*cursor < numbers + names) {
		size_t at = (*cursor)++;
		const struct allocation_group *group;

		*named = at >= numbers;
		if (*named)
			at -= numbers;
		group = *named ? allocations->by_name.group :
				 allocations->by_number.group;
		group += at / ALLOCATION_SLOTS;
		at %= ALLOCATION_SLOTS;
		if (group->tags >> at * 8 & 0xff)
			return &group->slot[at];
	}
	return NULL;
}

size_t allocations_count(const struct allocations *allocations)
{
	return allocations->by_number.nr + allocations->by_name.nr;
}

void allocations_release(struct allocations *allocations)
{
	release_table(&allocations->by_number);
	release_table(&allocations->by_name);
	*allocations = (struct allocations){ .by_number.nr = 0 };
}
