/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_NUMBER_MAP_H
#define KMEMSIM_WORKLOADS_IMPORT_NUMBER_MAP_H

/* Numbers by number: frames, pointers, hashes of text. */

#include "sim/base/error.h"

struct number_slot {
	uint64_t key;
	uint64_t value;
	uint32_t extra;
	bool used;
};

struct number_map {
	struct number_slot *slot; /* owned: open-addressed, linear probing */
	size_t nr_slots;	  /* a power of two; 0 before the first key */
	size_t nr;
};

#define NUMBER_MAP_EMPTY ((struct number_map){ .slot = NULL })

/* The key's slot until the map changes; NULL: not there. */
struct number_slot *number_map_find(const struct number_map *map, uint64_t key);

/* Sets a key, there or not. -1 with an error: no memory of the host. */
int number_map_set(struct number_map *map, uint64_t key, uint64_t value,
		   uint32_t extra, struct errors *errors);

void number_map_remove(struct number_map *map, uint64_t key);
void number_map_release(struct number_map *map);

#endif
