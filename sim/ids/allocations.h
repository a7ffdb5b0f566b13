/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_IDS_ALLOCATIONS_H
#define KMEMSIM_SIM_IDS_ALLOCATIONS_H

/*
 * All live ids of a workload, numbers and names, and what they stand for. How:
 * allocations.c.
 */

#include "sim/ids/allocation_hash.h"
#include "sim/call.h"

/* Entries of a chunk: consecutive ids, the first a multiple of their number. */
#define ALLOCATION_CHUNK_SHIFT 9
#define ALLOCATION_CHUNK (1u << ALLOCATION_CHUNK_SHIFT)
struct allocation_chunk {
	union {
		struct allocation entry[ALLOCATION_CHUNK];
		struct allocation_chunk *next; /* unused ones; all are free */
	};
};

/* A place of the directory: which chunk is here, of all that could be. */
struct allocation_place {
	struct allocation_chunk *chunk;
	uint32_t number; /* 1 + id / ALLOCATION_CHUNK; 0: none is here */
	uint32_t live;	 /* entries of it that are not free */
};

/* Chunks come from mappings, each larger than all before it. */
#define ALLOCATION_MAPPINGS 32

struct allocation_table {
	struct allocation_place *place; /* of chunk n: place[n & mask] */
	size_t mask;
	size_t live; /* ids in chunks */
	struct allocation_hash rest;

	/* Private to allocations.c. */
	struct allocation_chunk *mapping[ALLOCATION_MAPPINGS];
	unsigned int nr_mappings;
	size_t never_used; /* chunks of the newest mapping */
	size_t open;	   /* chunks that have a place */
	struct allocation_chunk *unused;
};

/* All zeros: empty, and ready for use. */
struct allocations {
	struct allocation_table by_number;
	struct allocation_table by_name;
};

/* What the call's id stands for, or NULL. Valid until the next insert. */
struct allocation *allocations_find(const struct allocations *allocations,
				    const struct call *call);

/*
 * A new entry for the call's id, which must not be there: an ALLOCATION_FAILED,
 * and zeros, until the caller says what it is. NULL: the host has no memory.
 */
struct allocation *allocations_insert(struct allocations *allocations,
				      const struct call *call);

/* Forgets what the call's id stands for; it must be there. */
void allocations_remove(struct allocations *allocations,
			const struct call *call);

/* An entry, and where to go on: allocations_next(). */
struct allocation_cursor {
	const struct allocation *allocation;
	uint64_t id;
	bool named; /* its id is a name's number */
	/* Private: the next one's place in the table. */
	size_t at;
	bool in_rest;
};

/*
 * All entries, one each time, in no meaningful order: begin with all zeros.
 * false: there are no more.
 */
bool allocations_next(const struct allocations *allocations,
		      struct allocation_cursor *seen);

void allocations_release(struct allocations *allocations);

/* ---- for the fast path, and for prefetching ------------------------------ */

/* Internal: the place where chunk `number` would be. There must be places. */
static inline struct allocation_place *
allocation_place_at(const struct allocation_table *table, uint64_t number)
{
	return &table->place[number & table->mask];
}

/* Prefetches the place of the id's chunk. */
static inline void
allocation_place_prefetch(const struct allocation_table *table, uint64_t id)
{
	if (table->place)
		__builtin_prefetch(allocation_place_at(
			table, id >> ALLOCATION_CHUNK_SHIFT));
}

/* The place of the id's chunk; NULL: it has none. */
static inline struct allocation_place *
allocation_place_of(const struct allocation_table *table, uint64_t id)
{
	uint64_t number = id >> ALLOCATION_CHUNK_SHIFT;
	struct allocation_place *place;

	if (!table->place)
		return NULL;
	place = allocation_place_at(table, number);
	return place->number == number + 1 ? place : NULL;
}

static inline struct allocation *
allocation_entry_of(const struct allocation_place *place, uint64_t id)
{
	return &place->chunk->entry[id % ALLOCATION_CHUNK];
}

/*
 * What the id stands for, or NULL. Valid until the next insert. *place: that of
 * its chunk; NULL: it is in the hash table.
 */
static inline struct allocation *
allocation_table_find_at(const struct allocation_table *table, uint64_t id,
			 struct allocation_place **place)
{
	struct allocation *entry;

	*place = allocation_place_of(table, id);
	if (*place) {
		entry = allocation_entry_of(*place, id);
		if (entry->kind != ALLOCATION_NONE)
			return entry;
		*place = NULL;
	}
	return table->rest.nr ? allocation_hash_find(&table->rest, id) : NULL;
}

/* The same, for callers that won't remove it. */
static inline struct allocation *
allocation_table_find(const struct allocation_table *table, uint64_t id)
{
	struct allocation_place *place;

	return allocation_table_find_at(table, id, &place);
}

/* Internal to allocation_table_claim(): no chunk, or a hash table as well. */
struct allocation *allocation_table_claim_slow(struct allocation_table *table,
					       uint64_t id);

/*
 * A new entry for the id, which the caller fills in completely, or gives back
 * by allocation_table_remove(). NULL: the id is live, or the host has no
 * memory.
 */
static inline struct allocation *
allocation_table_claim(struct allocation_table *table, uint64_t id)
{
	struct allocation_place *place = allocation_place_of(table, id);
	struct allocation *entry;

	if (!place || table->rest.nr)
		return allocation_table_claim_slow(table, id);
	entry = allocation_entry_of(place, id);
	if (entry->kind != ALLOCATION_NONE)
		return NULL;
	place->live++;
	table->live++;
	return entry;
}

/* Closes the chunk at `place`, of which the last entry has been removed. */
void allocation_table_close_chunk(struct allocation_table *table,
				  struct allocation_place *place);

/* Removes the id's entry, which was found with its place. */
static inline void allocation_table_remove_at(struct allocation_table *table,
					      uint64_t id,
					      struct allocation_place *place,
					      struct allocation *entry)
{
	if (!place) {
		allocation_hash_remove(&table->rest, id);
		return;
	}
	entry->kind = ALLOCATION_NONE;
	table->live--;
	if (!--place->live)
		allocation_table_close_chunk(table, place);
}

/* The same for an entry that was found without its place, or claimed. */
static inline void allocation_table_remove(struct allocation_table *table,
					   uint64_t id,
					   struct allocation *entry)
{
	struct allocation_place *place = allocation_place_of(table, id);
	bool is_here = place && entry == allocation_entry_of(place, id);

	allocation_table_remove_at(table, id, is_here ? place : NULL, entry);
}

#endif
