/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_DIGEST_H
#define KMEMSIM_SIM_DIGEST_H

/*
 * A fingerprint of a run: the same config, workload, seed and version give
 * the same one on every machine, compiler and optimisation level.
 */

#include <endian.h>
#include <string.h>

#include "sim/outcome.h"

/* Outcomes are handed to the hash by the kilobyte, which it likes better. */
#define DIGEST_BUFFER 4096
#define DIGEST_OUTCOME 48 /* at the most, with what is overwritten */

/* Private to digest.c and digest_put(). */
struct digest {
	struct XXH3_state_s *state;
	size_t used;
	unsigned char buffer[DIGEST_BUFFER];
};

/* NULL: the host has no memory. */
struct digest *digest_new(void);

/* Internal to digest_put(). */
void digest_flush(struct digest *digest);

/* All eight bytes are written, also where the next value begins earlier. */
static inline void digest_put_le(unsigned char *at, uint64_t value)
{
	value = htole64(value);
	memcpy(at, &value, sizeof value);
}

/* What is digested of each outcome, and how it lies there. */
struct digest_entry {
	uint64_t seq;
	uint64_t vaddr;
	uint64_t latency_ns;
	uint64_t cost_ns;
	const struct zone *zone;
	pfn_t pfn;
	uint64_t bytes;	       /* from the lowest on: status, path, reason… */
	unsigned int nr_bytes; /* of these, without what is always 0 */
};

/*
 *	0    8      16          24       32   36    38    39  … 43     45
 *	seq  vaddr  latency_ns  cost_ns  pfn  node  zone  status   data
 *	                                                  path     if it
 *	                                                  reason   was read
 *	                                                  skipped
 */
static inline void digest_put(struct digest *digest,
			      const struct digest_entry *entry)
{
	const struct zone *zone = entry->zone;
	unsigned char *at = digest->buffer + digest->used;
	uint64_t place = entry->pfn;

	digest_put_le(at, entry->seq);
	digest_put_le(at + 8, entry->vaddr);
	digest_put_le(at + 16, entry->latency_ns);
	digest_put_le(at + 24, entry->cost_ns);
	place |= zone ? (uint64_t)(uint16_t)zone->node << 32 |
				 (uint64_t)zone->type << 48 :
			(uint64_t)0xffffff << 32;
	digest_put_le(at + 32, place);
	digest_put_le(at + 39, entry->bytes);
	digest->used += 39 + entry->nr_bytes;
	if (digest->used > DIGEST_BUFFER - DIGEST_OUTCOME)
		digest_flush(digest);
}

/*
 * Adds an outcome: its number, status, place, address, times, path and
 * reasons, each as little-endian bytes of a fixed width.
 */
void digest_add(struct digest *digest, const struct outcome *outcome);

/* The digest of all so far: 32 hexadecimal digits and a NUL. */
void digest_text(struct digest *digest, char text[33]);

void digest_free(struct digest *digest);

#endif
