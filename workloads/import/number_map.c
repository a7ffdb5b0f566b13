/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A hash table without order: nothing may be listed from it, so that no hash
 * order gets into a result. Removal closes the gap that it leaves, so that a
 * probe may end at the first unused slot.
 */
#include <stdlib.h>

#include "sim/base/host.h"
#include "sim/base/scatter.h"
#include "workloads/import/number_map.h"

#define FIRST_SLOTS 1024

static size_t home_of(const struct number_map *map, uint64_t key)
{
	uint64_t hash = (key ^ key >> 29) * GOLDEN_RATIO;

	return (size_t)(hash >> 32) & (map->nr_slots - 1);
}

struct number_slot *number_map_find(const struct number_map *map, uint64_t key)
{
	size_t i;

	if (!map->nr)
		return NULL;
	for (i = home_of(map, key); map->slot[i].used;
	     i = (i + 1) & (map->nr_slots - 1))
		if (map->slot[i].key == key)
			return &map->slot[i];
	return NULL;
}

static void insert(struct number_map *map, struct number_slot slot)
{
	size_t i = home_of(map, slot.key);

	while (map->slot[i].used)
		i = (i + 1) & (map->nr_slots - 1);
	map->slot[i] = slot;
	map->nr++;
}

static int grow(struct number_map *map, struct errors *errors)
{
	struct number_map larger = NUMBER_MAP_EMPTY;
	size_t i;

	larger.nr_slots = map->nr_slots ? 2 * map->nr_slots : FIRST_SLOTS;
	larger.slot = host_alloc(larger.nr_slots, sizeof(*larger.slot));
	if (!larger.slot)
		return error_host(errors, "no memory to follow the trace");
	for (i = 0; i < map->nr_slots; i++)
		if (map->slot[i].used)
			insert(&larger, map->slot[i]);
	free(map->slot);
	*map = larger;
	return 0;
}

int number_map_set(struct number_map *map, uint64_t key, uint64_t value,
		   uint32_t extra, struct errors *errors)
{
	struct number_slot new_slot = { key, value, extra, true };
	struct number_slot *slot = number_map_find(map, key);

	if (slot) {
		*slot = new_slot;
		return 0;
	}
	if (4 * (map->nr + 1) > 3 * map->nr_slots && grow(map, errors) < 0)
		return -1;
	insert(map, new_slot);
	return 0;
}

void number_map_remove(struct number_map *map, uint64_t key)
{
	struct number_slot *slot = number_map_find(map, key);
	size_t mask = map->nr_slots - 1;
	size_t gap, i, home;

	if (!slot)
		return;
	map->nr--;
	slot->used = false;
	gap = (size_t)(slot - map->slot);
	for (i = (gap + 1) & mask; map->slot[i].used; i = (i + 1) & mask) {
		home = home_of(map, map->slot[i].key);
		if (((i - home) & mask) < ((i - gap) & mask))
			continue;
		map->slot[gap] = map->slot[i];
		map->slot[i].used = false;
		gap = i;
	}
}

void number_map_release(struct number_map *map)
{
	free(map->slot);
	*map = NUMBER_MAP_EMPTY;
}
