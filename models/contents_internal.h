/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_CONTENTS_INTERNAL_H
#define KMEMSIM_MODELS_CONTENTS_INTERNAL_H

/*
 * What the files of the contents share.
 *
 *	contents.c	   tags, pieces, writers; who writes them
 *	contents_report.c  reading, validate
 */

#include "models/contents.h"
#include "models/memory.h"

/*
 * A tag: TAG_PIECES and the first piece's number, or what the page is of: 0
 * nothing, 1 zero, else a writer's number; with TAG_STALE where that was
 * written before the page was handed out.
 */
#define TAG_PIECES 0x80000000u
#define TAG_STALE 0x40000000u
#define TAG_NOTHING 0u
#define TAG_ZERO 1u
#define FIRST_WRITER 2u

#define PIECE_NONE 0u /* the end of a list */

/* From `start` to the next piece's, or to the page's end. */
struct piece {
	uint32_t next;
	uint32_t tag; /* never TAG_PIECES */
	uint32_t start;
};

struct writer {
	struct content_writer who;
	uint32_t refs; /* pages and pieces of it, and the write under way */
	uint32_t next_unused;
};

struct contents {
	uint32_t *tag; /* [max_pfn] */
	size_t tag_bytes;
	uint32_t max_pfn;
	uint32_t page_shift;
	struct errors *errors;

	struct piece *piece; /* [0] is unused */
	size_t pieces_capacity;
	uint32_t nr_pieces; /* ever used, with [0] */
	uint32_t unused_piece;

	struct writer *writer; /* [FIRST_WRITER] is the first */
	size_t writers_capacity;
	uint32_t nr_writers;
	uint32_t unused_writer; /* 0: none */
};

static inline uint32_t content_page_bytes(const struct contents *contents)
{
	return 1u << contents->page_shift;
}

static inline uint32_t tag_writer(uint32_t tag)
{
	return tag & ~TAG_STALE;
}

static inline bool tag_has_writer(uint32_t tag)
{
	return tag_writer(tag) >= FIRST_WRITER;
}

#endif
