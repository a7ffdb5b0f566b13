/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_CONTENTS_H
#define KMEMSIM_MODELS_CONTENTS_H

/*
 * What is in memory, as far as that can be told without keeping it: who wrote
 * each byte last, and whether that was before its page or object was handed
 * out to whoever has it now (then it is stale).
 *
 *	tag[pfn]   nothing | zero | a writer | a list of pieces
 *	                            |             |
 *	                            v             v
 *	                   id, line, byte     piece: from, tag -> piece …
 *
 * Nothing is kept, and nothing slowed down, until a workload writes or reads
 * memory for the first time: then the kernel attaches this to the machine's
 * memory (memory->contents), and allocators tell it what they hand out.
 *
 * Addresses are physical, in bytes. Functions that return int return 0, or -1
 * when the host has no memory; an error was added then.
 */

#include "sim/base/error.h"
#include "models/types.h"

struct contents;
struct memory;

/* Who wrote something: all of it the caller's own, given back as it was. */
struct content_writer {
	uint64_t id;   /* whose allocation was written to */
	uint64_t line; /* where the workload says so */
	uint16_t has;  /* which kind of id */
	uint8_t op;    /* what made the allocation */
	uint8_t byte;  /* what was written, again and again */
};

/* Nothing is known of any page. `memory` and `errors` are borrowed. */
struct contents *contents_new(const struct memory *memory,
			      struct errors *errors);
void contents_free(struct contents *contents);

/* --- what allocators tell --- */

/* Pages were handed out, cleared or as they were. */
void contents_pages_given(struct contents *contents, pfn_t pfn, order_t order,
			  bool cleared);

/*
 * An object was handed out: of its `granted` bytes the first `cleared` are
 * zero now, the others as they were.
 */
int contents_object_given(struct contents *contents, uint64_t address,
			  uint64_t granted, uint64_t cleared);

/* --- what callers do --- */

/*
 * One write into any number of places: begin, fill each of them, end. The
 * result of begin is for the other two; 0 means -1.
 */
uint32_t contents_begin_fill(struct contents *contents,
			     const struct content_writer *writer);
int contents_fill(struct contents *contents, uint32_t fill, uint64_t address,
		  uint64_t size);
void contents_end_fill(struct contents *contents, uint32_t fill);

/* Bytes are zero, and not stale, as if their allocator had cleared them. */
int contents_clear(struct contents *contents, uint64_t address, uint64_t size);

/* What a read came to, in bytes. Begin with { .zero = 0 }. */
struct content_reading {
	uint64_t zero;	 /* cleared, or filled with 0 */
	uint64_t filled; /* with anything else */
	uint64_t stale;	 /* not written since they were handed out */
	bool several;	 /* filled with more than one value */
	uint8_t byte;	 /* the first of them */
	bool has_writer; /* of stale bytes: someone wrote them once */
	bool several_writers;
	uint64_t never_written;	      /* of stale: by nobody, ever */
	struct content_writer writer; /* the first of the stale ones' */
};

/* Adds what is in the bytes to *reading. */
void contents_read(const struct contents *contents, uint64_t address,
		   uint64_t size, struct content_reading *reading);

/* A reading in a word. */
enum content_data {
	DATA_NONE,  /* nothing was read */
	DATA_ZERO,  /* zero, all of it */
	DATA_BYTE,  /* one value other than 0, all of it */
	DATA_STALE, /* stale, all of it */
	DATA_MIXED, /* some of it one thing and some another */
};
enum content_data content_reading_data(const struct content_reading *reading);

/*
 * Recounts: each page's pieces are in order and none equals its neighbour,
 * writers are referred to as often as they say. Returns true, or false with
 * the first contradiction in `why`.
 */
bool contents_validate(const struct contents *contents, char *why, size_t size);

#endif
