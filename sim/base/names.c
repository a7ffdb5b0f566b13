// SPDX-License-Identifier: GPL-2.0-only
/*
 * Names that stand for small numbers: an open-addressed hash table of
 * numbers over texts in an arena.
 *
 * Rules: numbers follow the order of first use and nothing else, so they are
 * the same in every run whatever the hash does. Left out: forgetting a
 * name.
 */

#include "sim/base/bug.h"
#include "sim/base/host.h"
#include "sim/base/scatter.h"
#include "sim/base/text.h"

#include <string.h>

struct name {
	const char *text; /* in the arena */
	size_t length;
	uint64_t hash;
};

struct names {
	struct arena *arena;
	struct name *name; /* [nr]; number n is at n - 1 */
	size_t nr;
	size_t capacity;
	uint32_t *slot;	 /* [nr_slots] numbers; 0: empty */
	size_t nr_slots; /* a power of two, at most three quarters in use */
};

/*
 * Eight bytes at a time, by multiplication with the golden ratio; the upper
 * half, which depends on all bytes, is folded into the lower, which picks the
 * slot.
 */
static uint64_t hash_of(const char *s, size_t length)
{
	uint64_t hash = length, bytes;

	for (; length >= sizeof(bytes); length -= sizeof(bytes)) {
		memcpy(&bytes, s, sizeof(bytes));
		hash = (hash ^ bytes) * GOLDEN_RATIO;
		hash ^= hash >> 32;
		s += sizeof(bytes);
	}
	bytes = 0;
	memcpy(&bytes, s, length);
	hash = (hash ^ bytes) * GOLDEN_RATIO;
	return hash ^ hash >> 32;
}

struct names *names_new(void)
{
	struct names *names = host_alloc(1, sizeof(*names));

	if (!names)
		return NULL;
	names->arena = arena_new();
	names->nr_slots = 64;
	names->slot = host_alloc(names->nr_slots, sizeof(*names->slot));
	if (!names->arena || !names->slot) {
		names_free(names);
		return NULL;
	}
	return names;
}

/* The slot that holds the text, or the empty one where it belongs. */
static size_t find_slot(const struct names *names, const char *s, size_t length,
			uint64_t hash)
{
	size_t mask = names->nr_slots - 1, i = hash & mask;

	while (names->slot[i]) {
		const struct name *name = &names->name[names->slot[i] - 1];

		if (name->hash == hash && name->length == length &&
		    memcmp(name->text, s, length) == 0)
			break;
		i = (i + 1) & mask;
	}
	return i;
}

static bool rehash(struct names *names)
{
	size_t nr_slots = 2 * names->nr_slots, mask = nr_slots - 1, n, i;
	uint32_t *slot = host_alloc(nr_slots, sizeof(*slot));

	if (!slot)
		return false;
	for (n = 0; n < names->nr; n++) {
		i = names->name[n].hash & mask;
		while (slot[i])
			i = (i + 1) & mask;
		slot[i] = (uint32_t)n + 1;
	}
	free(names->slot);
	names->slot = slot;
	names->nr_slots = nr_slots;
	return true;
}

uint32_t names_intern(struct names *names, const char *s, size_t length)
{
	uint64_t hash = hash_of(s, length);
	size_t i = find_slot(names, s, length, hash);
	struct name *grown;
	const char *copy;

	if (names->slot[i])
		return names->slot[i];
	if (names->nr >= UINT32_MAX - 1)
		return 0;
	if (4 * (names->nr + 1) > 3 * names->nr_slots) {
		if (!rehash(names))
			return 0;
		i = find_slot(names, s, length, hash);
	}
	grown = host_grow(names->name, &names->capacity, names->nr + 1,
			  sizeof(*grown));
	if (!grown)
		return 0;
	names->name = grown;
	copy = arena_strndup(names->arena, s, length);
	if (!copy)
		return 0;
	names->name[names->nr++] = (struct name){ copy, length, hash };
	names->slot[i] = (uint32_t)names->nr;
	return names->slot[i];
}

uint32_t names_find(const struct names *names, const char *s, size_t length)
{
	return names->slot[find_slot(names, s, length, hash_of(s, length))];
}

const char *names_text(const struct names *names, uint32_t number)
{
	BUG_ON(number == 0 || number > names->nr);
	return names->name[number - 1].text;
}

uint32_t names_count(const struct names *names)
{
	return (uint32_t)names->nr;
}

void names_free(struct names *names)
{
	if (!names)
		return;
	arena_free(names->arena);
	free(names->name);
	free(names->slot);
	free(names);
}
