/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_RECORD_NUMBERING_H
#define KMEMSIM_RESULTS_RECORD_NUMBERING_H

/*
 * Numbers 64-bit keys 0, 1, 2… in the order of their first appearance, so
 * that what belongs to a key can live in a plain array.
 */

#include <stddef.h>
#include <stdint.h>

/* Zeroed memory is an empty numbering. */
struct numbering {
	uint64_t *key;	/* by number; owned */
	uint32_t *slot; /* number + 1; 0: free; owned */
	size_t nr;
	size_t key_capacity;
	size_t nr_slots; /* a power of two, at least twice nr */
	size_t last;	 /* number of the key asked for last */
};

#define NUMBERING_FULL SIZE_MAX

/*
 * The key's number; one that equals numbering->nr before the call is new.
 * NUMBERING_FULL where the host has no memory left.
 */
size_t numbering_of(struct numbering *numbering, uint64_t key);

void numbering_release(struct numbering *numbering);

#endif
