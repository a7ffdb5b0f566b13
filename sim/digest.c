/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * XXH3 of 128 bits (libxxhash) over the outcomes' bytes. Models have no place
 * in it by address or by the host's sizes of types: each value is written out
 * with its lowest byte first, so that the digest is the same on every host.
 */

#include "sim/digest.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* Outcomes are handed to the hash by the kilobyte, which it likes better. */
#define BUFFER_BYTES 4096
#define OUTCOME_BYTES 48

struct digest {
	XXH3_state_t *state;
	size_t used;
	unsigned char buffer[BUFFER_BYTES];
};

struct digest *digest_new(void)
{
	struct digest *digest = malloc(sizeof *digest);

	if (!digest)
		return NULL;
	digest->used = 0;
	digest->state = XXH3_createState();
	if (!digest->state) {
		free(digest);
		return NULL;
	}
	XXH3_128bits_reset(digest->state);
	return digest;
}

static inline unsigned char *put_le(unsigned char *at, uint64_t value,
				    size_t bytes)
{
	value = htole64(value);
	memcpy(at, &value, bytes);
	return at + bytes;
}

static void flush(struct digest *digest)
{
	XXH3_128bits_update(digest->state, digest->buffer, digest->used);
	digest->used = 0;
}

void digest_add(struct digest *digest, const struct outcome *outcome)
{
	const struct zone *zone = outcome->zone;
	unsigned char *start;
	unsigned char *at;
	uint64_t node, type;

	if (digest->used + OUTCOME_BYTES > BUFFER_BYTES)
		flush(digest);
	start = at = digest->buffer + digest->used;
	at = put_le(at, outcome->seq, 8);
	at = put_le(at, outcome->vaddr, 8);
	at = put_le(at, outcome->latency_ns, 8);
	at = put_le(at, outcome->cost_ns, 8);
	node = zone ? (uint16_t)zone->node : 0xffff;
	type = zone ? zone->type : 0xff;
	at = put_le(at, outcome->pfn | node << 32 | type << 48, 7);
	at = put_le(at,
		    outcome->status | outcome->path << 8 |
			    outcome->reason << 16 | outcome->skipped << 24,
		    4);
	/* Only what reads has a value, so that others' digests stay. */
	if (outcome->data != DATA_NONE) {
		at = put_le(at, outcome->data | outcome->data_byte << 8, 2);
	}
	digest->used += at - start;
}

void digest_text(struct digest *digest, char text[33])
{
	XXH128_hash_t hash;

	flush(digest);
	hash = XXH3_128bits_digest(digest->state);
	snprintf(text, 33, "%016llx%016llx", (unsigned long long)hash.high64,
		 (unsigned long long)hash.low64);
}

void digest_free(struct digest *digest)
{
	if (!digest)
		return;
	XXH3_freeState(digest->state);
	free(digest);
}
