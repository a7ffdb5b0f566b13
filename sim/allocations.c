/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two hash tables with linear probing, for ids that are numbers and for those
 * that are names. Ids are scattered: what calls will need next is fetched ahead
 * (sim/engine.c), so that neighbours gain nothing by standing together, and
 * would stand in each other's way. An entry is removed by moving those behind
 * it back, so that a table that lives long stays as good as new.
 *
 * Source of the removal: Knuth, "The Art of Computer Programming", volume 3,
 * 6.4, Algorithm R.
 */

#include "sim/allocations.h"

#include "sim/base/bug.h"
#include "sim/base/host.h"

#define FIRST_SLOTS 1024

static struct allocation_table *table_of(struct allocations *allocations,
					 const struct call *call)
{
	return call->has & CALL_HAS_NAMED_ID ? &allocations->by_name :
					       &allocations->by_number;
}

/* The id's slot, or the free one where it would go. */
static struct allocation *probe(const struct allocation_table *table,
				uint64_t id)
{
	size_t i = allocation_home(table, id);

	while (table->slot[i].used && table->slot[i].id != id)
		i = (i + 1) & table->mask;
	return &table->slot[i];
}

/* Mapped: then the host may keep it in large pages. */
static size_t table_bytes(const struct allocation_table *table)
{
	return (table->mask + 1) * sizeof *table->slot;
}

static void release_table(struct allocation_table *table)
{
	if (table->slot)
		host_unmap(table->slot, table_bytes(table));
	table->slot = NULL;
}

static int grow(struct allocation_table *table)
{
	struct allocation_table bigger = { .mask = FIRST_SLOTS - 1 };

	if (table->slot)
		bigger.mask = table->mask * 2 + 1;
	bigger.slot = host_map(table_bytes(&bigger));
	if (!bigger.slot)
		return -1;
	bigger.nr = table->nr;
	for (size_t i = 0; table->slot && i <= table->mask; i++)
		if (table->slot[i].used)
			*probe(&bigger, table->slot[i].id) = table->slot[i];
	release_table(table);
	*table = bigger;
	return 0;
}

struct allocation *allocations_find(struct allocations *allocations,
				    const struct call *call)
{
	struct allocation_table *table = table_of(allocations, call);
	struct allocation *found;

	if (!table->slot)
		return NULL;
	found = probe(table, call->id);
	return found->used ? found : NULL;
}

struct allocation *allocations_insert(struct allocations *allocations,
				      const struct call *call)
{
	struct allocation_table *table = table_of(allocations, call);
	struct allocation *slot;

	if ((!table->slot || table->nr >= table->mask / 16 * 13) &&
	    grow(table) < 0)
		return NULL;
	slot = probe(table, call->id);
	BUG_ON(slot->used);
	*slot = (struct allocation){ .id = call->id, .used = true };
	table->nr++;
	return slot;
}

void allocations_remove(struct allocations *allocations,
			const struct call *call)
{
	struct allocation_table *table = table_of(allocations, call);
	size_t hole = probe(table, call->id) - table->slot;
	size_t i = hole;

	BUG_ON(!table->slot[hole].used);
	for (;;) {
		size_t from_home;

		i = (i + 1) & table->mask;
		if (!table->slot[i].used)
			break;
		/* May it move back to the hole, or is that before its home? */
		from_home = (i - allocation_home(table, table->slot[i].id)) &
			    table->mask;
		if (from_home < ((i - hole) & table->mask))
			continue;
		table->slot[hole] = table->slot[i];
		hole = i;
	}
	table->slot[hole].used = false;
	table->nr--;
}

const struct allocation *allocations_next(const struct allocations *allocations,
					  size_t *cursor, bool *named)
{
	const struct allocation_table *table = &allocations->by_number;
	size_t numbers = table->slot ? table->mask + 1 : 0;
	size_t names =
		allocations->by_name.slot ? allocations->by_name.mask + 1 : 0;

	while (*cursor < numbers + names) {
		size_t i = (*cursor)++;
		const struct allocation *slot;

		*named = i >= numbers;
		slot = *named ? &allocations->by_name.slot[i - numbers] :
				&table->slot[i];
		if (slot->used)
			return slot;
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
