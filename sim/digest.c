/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * XXH3 of 128 bits (libxxhash) over the outcomes' bytes. Models have no place
 * in it by address or by the host's sizes of types: each value is written out
 * with its lowest byte first, so that the digest is the same on every host.
 */

#include "sim/digest.h"

#include <endian.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

/* Outcomes are handed to the hash by the kilobyte, which it likes better. */
#define BUFFER_BYTES 4096
#define OUTCOME_BYTES 48 /* at the most, with what is overwritten */

/* Single bytes, from the status to what was read, are copied together. */
#define BYTE_AT(field)                                                         \
	(offsetof(struct outcome, field) - offsetof(struct outcome, status))
_Static_assert(BYTE_AT(path) == 1 && BYTE_AT(reason) == 2 &&
		       BYTE_AT(skipped) == 3 && BYTE_AT(data) == 4 &&
		       BYTE_AT(data_byte) == 5,
	       "their order is that of the digest");

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

/* All eight bytes are written, also where the next value begins earlier. */
static inline void put_le(unsigned char *at, uint64_t value)
{
	value = htole64(value);
	memcpy(at, &value, sizeof value);
}

static __attribute__((noinline)) void flush(struct digest *digest)
{
	XXH3_128bits_update(digest->state, digest->buffer, digest->used);
	digest->used = 0;
}

/*
 *	0    8      16          24       32   36    38    39  … 43     45
 *	seq  vaddr  latency_ns  cost_ns  pfn  node  zone  status   data
 *	                                                  path     if it
 *	                                                  reason   was read
 *	                                                  skipped
 */
void digest_add(struct digest *digest, const struct outcome *outcome)
{
	const struct zone *zone = outcome->zone;
	unsigned char *at;
	uint64_t place = outcome->pfn;

	at = digest->buffer + digest->used;
	put_le(at, outcome->seq);
	put_le(at + 8, outcome->vaddr);
	put_le(at + 16, outcome->latency_ns);
	put_le(at + 24, outcome->cost_ns);
	place |= zone ? (uint64_t)(uint16_t)zone->node << 32 |
				 (uint64_t)zone->type << 48 :
			(uint64_t)0xffffff << 32;
	put_le(at + 32, place);
	memcpy(at + 39, &outcome->status, 6);
	/* Only what reads has a value, so that others' digests stay. */
	digest->used += outcome->data == DATA_NONE ? 43 : 45;
	if (digest->used > BUFFER_BYTES - OUTCOME_BYTES)
		flush(digest);
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
