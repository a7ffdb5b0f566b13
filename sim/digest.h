/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_SIM_DIGEST_H
#define KMEMSIM_SIM_DIGEST_H

/*
 * A fingerprint of a run: the same config, workload, seed and version give
 * the same one on every machine, compiler and optimisation level.
 */

#include <endian.h>
#include <string.h>

#include "sim/base/either.h"
#include "sim/outcome.h"

/* Outcomes are handed to the hash by the kilobyte, which it likes better. */
#define DIGEST_BUFFER 4096
#define DIGEST_OUTCOME 40 /* at the most */

/* Private to digest.c and digest_put(). */
struct digest {
	struct XXH3_state_s *state;
	unsigned char *next; /* goes there */
	unsigned char buffer[DIGEST_BUFFER + DIGEST_OUTCOME];
};

/* NULL: the host has no memory. */
struct digest *digest_new(void);

/* Internal to digest_put(): the buffer is full. */
void digest_flush(struct digest *digest);

static inline void digest_put_64(unsigned char *at, uint64_t value)
{
	value = htole64(value);
	memcpy(at, &value, sizeof value);
}

static inline void digest_put_32(unsigned char *at, uint32_t value)
{
	value = htole32(value);
	memcpy(at, &value, sizeof value);
}

/* What is digested of each outcome. */
struct digest_entry {
	uint64_t seq;
	uint64_t vaddr;
	uint64_t latency_ns;
	uint64_t cost_ns;
	pfn_t pfn;
	uint64_t bytes; /* from the lowest on: status, path, reason… */
};
#define DIGEST_WAITED 0x80 /* of `bytes`, added to the status */

/*
 *	0      8           16   20   24               32 … 40
 *	vaddr  latency_ns  pfn  seq  status, path,    cost_ns,
 *	                             reason, skipped  if it differs
 *	                             data, its byte   from latency_ns
 *
 * A call that waits for nothing takes as long as it costs, and most do. In
 * which zone a page is follows from its number. Of seq, the lower half will do:
 * it tells calls apart that end near each other.
 */
static inline unsigned char *digest_put_common(struct digest *digest,
					       const struct digest_entry *entry,
					       uint64_t bytes)
{
	unsigned char *at = digest->next;

	digest_put_64(at, entry->vaddr);
	digest_put_64(at + 8, entry->latency_ns);
	digest_put_32(at + 16, entry->pfn);
	digest_put_32(at + 20, (uint32_t)entry->seq);
	digest_put_64(at + 24, bytes);
	return at;
}

static inline void digest_go_on(struct digest *digest, unsigned char *next)
{
	digest->next = next;
	if (next >= digest->buffer + DIGEST_BUFFER)
		digest_flush(digest);
}

/* An outcome. Whether it has waited nobody can foresee. */
static inline void digest_put(struct digest *digest,
			      const struct digest_entry *entry)
{
	bool waited = entry->latency_ns != entry->cost_ns;
	unsigned char *at = digest_put_common(
		digest, entry, entry->bytes | either(waited, DIGEST_WAITED, 0));

	/* Where it does not count, the next outcome begins here. */
	digest_put_64(at + 32, entry->cost_ns);
	digest_go_on(digest, at + either(waited, 40, 32));
}

/* The same of one that took as long as it cost. */
static inline void digest_put_at_once(struct digest *digest,
				      const struct digest_entry *entry)
{
	digest_go_on(digest,
		     digest_put_common(digest, entry, entry->bytes) + 32);
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
