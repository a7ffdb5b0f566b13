/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ids of nearly all workloads are small numbers close together, which are used
 * again, or count up. What they stand for lies in chunks of 512 entries, one
 * for each id, and a directory says where the chunks are:
 *
 *	id:  ...nnnnnnnn eeeeeeee
 *	            |        '-------------------.
 *	            v                            v
 *	places  [5|0|7|...]  --chunk 7-->  [ | | |x| | ... ]
 *	                                    entries of 7 * 512, + 1, + 2, ...
 *
 * So an id is found by two reads, of which the first is of a small table, and
 * ids that follow each other share cache lines and pages.
 *
 * - The directory has fewer places than there could be chunks: chunk n goes to
 *   place n modulo their number. It grows when two want the same place, until
 *   it has four for each open chunk; ids whose chunk then has no place are left
 *   without one.
 * - A chunk is opened for the first of its ids and goes with its last one: ids
 *   that count up for ever take no more memory than those that live at once.
 * - Beyond the first MiB, a chunk is only opened while an eighth of all entries
 *   is taken. Ids that count up and live for random times, of which most end
 *   soon, take a seventh: a chunk stays until the last of 512 has gone.
 * - Ids without a chunk are in a hash table (allocation_hash.c): those that
 *   are huge, or far apart. An id stays where it was put: it may be there
 *   although its chunk has been opened since. So an id that is not in its chunk
 *   is looked up there, if anything is there at all.
 *
 * A chunk never moves, and its memory stays mapped, so the place of an entry
 * may be kept while looking ahead (sim/fast/prefetch.h).
 *
 * Left out: giving memory back to the host.
 */

#include "sim/ids/allocations.h"

#include "sim/base/bug.h"
#include "sim/base/host.h"

/*
 * So many chunks may be open whatever is in them, one MiB; others as long as
 * one entry of so many is taken, on the whole.
 */
#define FEW_CHUNKS 128
#define ENTRIES_PER_ID 8

#define FIRST_PLACES 128
#define PLACES_PER_CHUNK 4
/* Chunks of the first mapping; of the second: 2 MiB, which is a large page. */
#define FIRST_CHUNKS 32
#define LARGE_CHUNKS 256

static struct allocation_table *table_of(struct allocations *allocations,
					 const struct call *call)
{
	return call->has & CALL_HAS_NAMED_ID ? &allocations->by_name :
					       &allocations->by_number;
}

/* ---- chunks -------------------------------------------------------------- */

static size_t mapped_chunks(unsigned int mapping)
{
	return mapping ? (size_t)LARGE_CHUNKS << (mapping - 1) : FIRST_CHUNKS;
}

/* Each has more than all before it: a few do for any number of ids. */
static int add_mapping(struct allocation_table *table)
{
	unsigned int next = table->nr_mappings;
	size_t nr = mapped_chunks(next);

	if (next == ALLOCATION_MAPPINGS)
		return -1;
	table->mapping[next] = host_map(nr * sizeof **table->mapping);
	if (!table->mapping[next])
		return -1;
	table->never_used = nr;
	table->nr_mappings++;
	return 0;
}

/* One that was never used, all zeros; NULL: the host has no memory. */
static struct allocation_chunk *begin_chunk(struct allocation_table *table)
{
	unsigned int newest;

	if (!table->never_used && add_mapping(table) < 0)
		return NULL;
	newest = table->nr_mappings - 1;
	return &table->mapping[newest]
			      [mapped_chunks(newest) - table->never_used--];
}

static struct allocation_chunk *take_chunk(struct allocation_table *table)
{
	struct allocation_chunk *chunk = table->unused;

	if (!chunk)
		return begin_chunk(table);
	table->unused = chunk->next;
	return chunk;
}

void allocation_table_close_chunk(struct allocation_table *table,
				  struct allocation_place *place)
{
	place->chunk->next = table->unused;
	table->unused = place->chunk;
	place->number = 0;
	table->open--;
}

/* ---- places -------------------------------------------------------------- */

static size_t nr_places(const struct allocation_table *table)
{
	return table->place ? table->mask + 1 : 0;
}

/* Twice as many places: chunks that have one each still have. */
static int add_places(struct allocation_table *table)
{
	size_t nr = table->place ? 2 * nr_places(table) : FIRST_PLACES;
	struct allocation_place *place = host_map(nr * sizeof *place);

	if (!place)
		return -1;
	for (size_t i = 0; i < nr_places(table); i++)
		if (table->place[i].number)
			place[(table->place[i].number - 1) & (nr - 1)] =
				table->place[i];
	if (table->place)
		host_unmap(table->place,
			   nr_places(table) * sizeof *table->place);
	table->place = place;
	table->mask = nr - 1;
	return 0;
}

/* Are chunks so empty that there should be no more? */
static bool is_sparse(const struct allocation_table *table)
{
	return table->open >= FEW_CHUNKS &&
	       table->open * ALLOCATION_CHUNK > ENTRIES_PER_ID * table->live;
}

/* A place that is free, of chunk `number`; NULL: there is none. */
static struct allocation_place *find_place(struct allocation_table *table,
					   uint64_t number)
{
	while (!table->place || table->place[number & table->mask].number)
		if (nr_places(table) > PLACES_PER_CHUNK * table->open ||
		    add_places(table) < 0)
			return NULL;
	return &table->place[number & table->mask];
}

/* Opens the id's chunk. NULL: it is to have none. */
static struct allocation_place *open_chunk(struct allocation_table *table,
					   uint64_t id)
{
	uint64_t number = id >> ALLOCATION_CHUNK_SHIFT;
	struct allocation_place *place;
	struct allocation_chunk *chunk;

	if (number >= UINT32_MAX || is_sparse(table))
		return NULL;
	place = find_place(table, number);
	chunk = place ? take_chunk(table) : NULL;
	if (!chunk)
		return NULL;
	*place = (struct allocation_place){ .chunk = chunk,
					    .number = (uint32_t)number + 1 };
	table->open++;
	return place;
}

/* ---- ids ----------------------------------------------------------------- */

/* An entry for an id that has none. */
static struct allocation *add(struct allocation_table *table, uint64_t id)
{
	struct allocation_place *place = allocation_place_of(table, id);

	if (!place)
		place = open_chunk(table, id);
	if (!place)
		return allocation_hash_insert(&table->rest, id);
	place->live++;
	table->live++;
	return allocation_entry_of(place, id);
}

struct allocation *allocation_table_claim_slow(struct allocation_table *table,
					       uint64_t id)
{
	return allocation_table_find(table, id) ? NULL : add(table, id);
}

struct allocation *allocations_find(const struct allocations *allocations,
				    const struct call *call)
{
	return allocation_table_find(call->has & CALL_HAS_NAMED_ID ?
					     &allocations->by_name :
					     &allocations->by_number,
				     call->id);
}

struct allocation *allocations_insert(struct allocations *allocations,
				      const struct call *call)
{
	struct allocation *entry = add(table_of(allocations, call), call->id);

	if (entry)
		*entry = (struct allocation){ .kind = ALLOCATION_FAILED };
	return entry;
}

void allocations_remove(struct allocations *allocations,
			const struct call *call)
{
	struct allocation_table *table = table_of(allocations, call);
	struct allocation *entry = allocation_table_find(table, call->id);

	BUG_ON(!entry);
	allocation_table_remove(table, call->id, entry);
}

/* ---- all of them --------------------------------------------------------- */

/* The next one in a chunk; *at: as if all places had one. */
static bool next_in_chunks(const struct allocation_table *table,
			   struct allocation_cursor *seen)
{
	while (seen->at < nr_places(table) * ALLOCATION_CHUNK) {
		const struct allocation_place *place =
			&table->place[seen->at / ALLOCATION_CHUNK];
		size_t entry = seen->at % ALLOCATION_CHUNK;

		if (!place->number) {
			seen->at += ALLOCATION_CHUNK;
			continue;
		}
		seen->at++;
		seen->allocation = &place->chunk->entry[entry];
		seen->id = ((uint64_t)(place->number - 1)
			    << ALLOCATION_CHUNK_SHIFT) +
			   entry;
		if (seen->allocation->kind != ALLOCATION_NONE)
			return true;
	}
	return false;
}

static bool next_in_table(const struct allocation_table *table,
			  struct allocation_cursor *seen)
{
	const struct allocation_slot *slot;

	if (!seen->in_rest && next_in_chunks(table, seen))
		return true;
	if (!seen->in_rest)
		seen->at = 0;
	seen->in_rest = true;
	slot = allocation_hash_next(&table->rest, &seen->at);
	if (!slot)
		return false;
	seen->allocation = &slot->allocation;
	seen->id = slot->id;
	return true;
}

bool allocations_next(const struct allocations *allocations,
		      struct allocation_cursor *seen)
{
	if (!seen->named && next_in_table(&allocations->by_number, seen))
		return true;
	if (!seen->named)
		*seen = (struct allocation_cursor){ .named = true };
	return next_in_table(&allocations->by_name, seen);
}

static void release_table(struct allocation_table *table)
{
	for (unsigned int i = 0; i < table->nr_mappings; i++)
		host_unmap(table->mapping[i],
			   mapped_chunks(i) * sizeof **table->mapping);
	if (table->place)
		host_unmap(table->place,
			   nr_places(table) * sizeof *table->place);
	allocation_hash_release(&table->rest);
	*table = (struct allocation_table){ .live = 0 };
}

void allocations_release(struct allocations *allocations)
{
	release_table(&allocations->by_number);
	release_table(&allocations->by_name);
}
