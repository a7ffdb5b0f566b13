/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * XXH3 of 128 bits (libxxhash) over the outcomes' bytes. Models have no place
 * in it by address or by the host's sizes of types: each value is written out
 * with its lowest byte first, so that the digest is the same on every host.
 */

#include "sim/digest.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

/* The library chooses the widest vectors that the processor has. */
#if defined(__x86_64__) && __has_include(<xxh_x86dispatch.h>)
#include <xxh_x86dispatch.h>
#endif

/* Single bytes, from the status to what was read, are copied together. */
#define BYTE_AT(field)                                                         \
	(offsetof(struct outcome, field) - offsetof(struct outcome, status))
_Static_assert(BYTE_AT(path) == 1 && BYTE_AT(reason) == 2 &&
		       BYTE_AT(skipped) == 3 && BYTE_AT(data) == 4 &&
		       BYTE_AT(data_byte) == 5,
	       "their order is that of the digest");

struct digest *digest_new(void)
{
	struct digest *digest = malloc(sizeof *digest);

	if (!digest)
		return NULL;
	digest->next = digest->buffer;
	digest->state = XXH3_createState();
	if (!digest->state) {
		free(digest);
		return NULL;
	}
	XXH3_128bits_reset(digest->state);
	return digest;
}

/* By pieces of one size, which the hash likes better still. */
void digest_flush(struct digest *digest)
{
	size_t left = (size_t)(digest->next - digest->buffer) - DIGEST_BUFFER;

	XXH3_128bits_update(digest->state, digest->buffer, DIGEST_BUFFER);
	memcpy(digest->buffer, digest->buffer + DIGEST_BUFFER, left);
	digest->next = digest->buffer + left;
}

void digest_add(struct digest *digest, const struct outcome *outcome)
{
	struct digest_entry entry = {
		.seq = outcome->seq,
		.vaddr = outcome->vaddr,
		.latency_ns = outcome->latency_ns,
		.cost_ns = outcome->cost_ns,
		.pfn = outcome->pfn,
	};

	memcpy(&entry.bytes, &outcome->status, 6);
	entry.bytes = le64toh(entry.bytes);
	digest_put(digest, &entry);
}

void digest_text(struct digest *digest, char text[33])
{
	XXH128_hash_t hash;

	XXH3_128bits_update(digest->state, digest->buffer,
			    (size_t)(digest->next - digest->buffer));
	digest->next = digest->buffer;
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
