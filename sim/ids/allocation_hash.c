/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What ids stand for that lie too far apart for a hash by number.
 *
 *	id --scattered--> group:  tags  a3 00 f1 00 …  +1
 *				  slots [ ]    [ ]     in the next group
 *
 * The hash is made of groups of seven slots (struct allocation_group). An id
 * goes to the group that it is scattered to, or to the next one that has a slot
 * free; each group that it passed counts it. So a search for an id
 *
 * - compares seven tags at once, and looks at a slot only where one matches, in
 *   vain one time in 128;
 * - stops at the first group that nobody passed, nearly always the first: a
 *   hash of which seven eighths are taken is as fast as an empty one;
 * - finds it where it was put, until the hash grows. A removed id leaves no
 *   trace: each group that it had passed counts one less.
 *
 * A count that has reached 255 stays there, which costs time only, until the
 * hash grows. Left out: becoming smaller.
 */

#include "sim/ids/allocation_hash.h"

#include "sim/base/bug.h"
#include "sim/base/host.h"
#include "sim/base/scatter.h"

#define FIRST_GROUPS_SHIFT 7
#define PASSED_SHIFT 56
#define PASSED_MOST 255

/* Where an id is, or a free slot for it: a group's `slot`. */
struct spot {
	struct allocation_group *group;
	unsigned int slot;
};

/* The upper bits say which group, others the tag. */
static uint64_t scatter(uint64_t id)
{
	return id * GOLDEN_RATIO;
}

static uint64_t tag_of(uint64_t scattered)
{
	return (scattered >> 20 & 0x7f) | 0x80;
}

/* 0x80 in each of the bytes 0 to 6 that equals `byte`, 0 in the rest. */
static inline uint64_t matches_of(uint64_t tags, uint64_t byte)
{
	const uint64_t low = 0x7f7f7f7f7f7f7f7full;
	uint64_t differs = tags ^ (byte * 0x0101010101010101ull);

	return ~(((differs & low) + low) | differs) & 0x0080808080808080ull;
}

static uint64_t passed(const struct allocation_group *group)
{
	return group->tags >> PASSED_SHIFT;
}

/* The group's slot that has the id; ALLOCATION_SLOTS: none has. */
static inline unsigned int slot_of(const struct allocation_group *group,
				   uint64_t tag, uint64_t id)
{
	uint64_t matches = matches_of(group->tags, tag);

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
static struct allocation_slot *take_slot(struct allocation_hash *hash,
					 uint64_t id)
{
	uint64_t scattered = scatter(id);
	size_t at = scattered >> hash->shift;
	struct spot spot;
	uint64_t free_slots;

	for (;;) {
		spot.group = &hash->group[at];
		free_slots = matches_of(spot.group->tags, 0);
		if (free_slots)
			break;
		count_passed(spot.group, 1);
		at = (at + 1) & hash->mask;
	}
	spot.slot = (unsigned int)__builtin_ctzll(free_slots) / 8;
	set_tag(spot, tag_of(scattered));
	return &spot.group->slot[spot.slot];
}

/* Mapped: then the host may keep it in large pages. */
static size_t hash_bytes(const struct allocation_hash *hash)
{
	return (hash->mask + 1) * sizeof *hash->group;
}

void allocation_hash_release(struct allocation_hash *hash)
{
	if (hash->group)
		host_unmap(hash->group, hash_bytes(hash));
	*hash = (struct allocation_hash){ .nr = 0 };
}

static void move_group(struct allocation_hash *to,
		       const struct allocation_group *group)
{
	for (unsigned int i = 0; i < ALLOCATION_SLOTS; i++)
		if (group->tags >> i * 8 & 0xff)
			*take_slot(to, group->slot[i].id) = group->slot[i];
}

static int grow(struct allocation_hash *hash)
{
	struct allocation_hash bigger = {
		.shift = hash->group ? hash->shift - 1 :
				       64 - FIRST_GROUPS_SHIFT,
	};

	bigger.mask = ((size_t)1 << (64 - bigger.shift)) - 1;
	bigger.group = host_map(hash_bytes(&bigger));
	if (!bigger.group)
		return -1;
	bigger.nr = hash->nr;
	for (size_t i = 0; hash->group && i <= hash->mask; i++)
		move_group(&bigger, &hash->group[i]);
	allocation_hash_release(hash);
	*hash = bigger;
	return 0;
}

/* Are seven of eight slots taken, or is there no table? */
static bool is_full(const struct allocation_hash *hash)
{
	return !hash->group ||
	       hash->nr >= (hash->mask + 1) / 8 * 7 * ALLOCATION_SLOTS;
}

struct allocation *allocation_hash_find(const struct allocation_hash *hash,
					uint64_t id)
{
	uint64_t scattered = scatter(id);
	uint64_t tag = tag_of(scattered);
	size_t at;

	if (!hash->group)
		return NULL;
	at = scattered >> hash->shift;
	for (size_t n = 0; n <= hash->mask; n++) {
		struct allocation_group *group = &hash->group[at];
		unsigned int i = slot_of(group, tag, id);

		if (i < ALLOCATION_SLOTS)
			return &group->slot[i].allocation;
		if (!passed(group))
			return NULL;
		at = (at + 1) & hash->mask;
	}
	return NULL;
}

struct allocation *allocation_hash_insert(struct allocation_hash *hash,
					  uint64_t id)
{
	struct allocation_slot *slot;

	if (is_full(hash) && grow(hash) < 0)
		return NULL;
	slot = take_slot(hash, id);
	*slot = (struct allocation_slot){ .id = id };
	hash->nr++;
	return &slot->allocation;
}

void allocation_hash_remove(struct allocation_hash *hash, uint64_t id)
{
	uint64_t scattered = scatter(id);
	uint64_t tag = tag_of(scattered);
	size_t at = scattered >> hash->shift;
	struct spot spot;

	for (;;) {
		spot.group = &hash->group[at];
		spot.slot = slot_of(spot.group, tag, id);
		if (spot.slot < ALLOCATION_SLOTS)
			break;
		BUG_ON(!passed(spot.group));
		count_passed(spot.group, -1);
		at = (at + 1) & hash->mask;
	}
	set_tag(spot, 0);
	hash->nr--;
}

const struct allocation_slot *
allocation_hash_next(const struct allocation_hash *hash, size_t *cursor)
{
	size_t slots = hash->group ? (hash->mask + 1) * ALLOCATION_SLOTS : 0;

	while (*cursor < slots) {
		size_t at = (*cursor)++;
		const struct allocation_group *group =
			&hash->group[at / ALLOCATION_SLOTS];

		at %= ALLOCATION_SLOTS;
		if (group->tags >> at * 8 & 0xff)
			return &group->slot[at];
	}
	return NULL;
}

void allocation_hash_prefetch(const struct allocation_hash *hash, uint64_t id)
{
	const char *group;

	if (!hash->group)
		return;
	group = (const char *)&hash->group[scatter(id) >> hash->shift];
	for (size_t line = 0; line < sizeof *hash->group; line += 64)
		__builtin_prefetch(group + line);
}
