/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What is in memory: a tag a page, and a list of pieces where a page is not of
 * one piece.
 *
 * Rules:
 *
 * - Pages are cleared when they are handed out under __GFP_ZERO, and on a
 *   machine with init_on_alloc always (want_init_on_alloc(), Linux 6.1). Else
 *   they hold what they held: it becomes stale.
 * - An object of a slab is cleared on its own, up to the size that its cache
 *   was created with; slab_want_init_on_alloc() spares caches with
 *   SLAB_TYPESAFE_BY_RCU, whose objects outlive their freeing, and those with
 *   SLAB_POISON.
 * - Freeing changes nothing: what is stale is decided when memory is handed
 *   out again.
 * - Only the workload's own writes (memset) and the allocators' clearing write
 *   anything. Bytes that neither touched are of no one, and stale.
 *
 * A tag is 4 bytes per page, mapped lazily; a piece 12, a writer 32, for as
 * long as some byte is of it. A page is of one piece unless it is written in
 * part or shared by objects.
 *
 * Left out: what the kernel itself writes into memory (SLUB's free pointer
 * within free objects, poison, its own small objects, page tables' entries);
 * init_on_free.
 */

#include "models/contents_internal.h"

#include <stdlib.h>

#include "sim/base/host.h"

struct contents *contents_new(const struct memory *memory,
			      struct errors *errors)
{
	struct contents *contents = host_alloc(1, sizeof(*contents));

	if (contents) {
		contents->errors = errors;
		contents->max_pfn = memory->max_pfn;
		contents->page_shift = memory->page_shift;
		contents->nr_pieces = 1;
		contents->nr_writers = FIRST_WRITER;
		contents->tag_bytes =
			((size_t)memory->max_pfn + 1) * sizeof(*contents->tag);
		contents->tag = host_map(contents->tag_bytes);
	}
	if (!contents || !contents->tag) {
		error_host(errors, "no memory to follow contents");
		free(contents);
		return NULL;
	}
	return contents;
}

void contents_free(struct contents *contents)
{
	if (!contents)
		return;
	host_unmap(contents->tag, contents->tag_bytes);
	free(contents->piece);
	free(contents->writer);
	free(contents);
}

/* --- writers --- */

static void take_tag(struct contents *contents, uint32_t tag)
{
	if (tag_has_writer(tag))
		contents->writer[tag_writer(tag)].refs++;
}

static void drop_tag(struct contents *contents, uint32_t tag)
{
	struct writer *writer;

	if (!tag_has_writer(tag))
		return;
	writer = &contents->writer[tag_writer(tag)];
	if (--writer->refs)
		return;
	writer->next_unused = contents->unused_writer;
	contents->unused_writer = tag_writer(tag);
}

uint32_t contents_begin_fill(struct contents *contents,
			     const struct content_writer *writer)
{
	uint32_t id = contents->unused_writer;
	struct writer *grown;

	if (id) {
		contents->unused_writer = contents->writer[id].next_unused;
	} else {
		grown = host_grow(contents->writer, &contents->writers_capacity,
				  contents->nr_writers + (size_t)1,
				  sizeof(*grown));
		if (!grown || contents->nr_writers >= TAG_STALE) {
			error_host(contents->errors,
				   "no memory to follow contents");
			return 0;
		}
		contents->writer = grown;
		id = contents->nr_writers++;
	}
	contents->writer[id] = (struct writer){ .who = *writer, .refs = 1 };
	return id;
}

void contents_end_fill(struct contents *contents, uint32_t fill)
{
	drop_tag(contents, fill);
}

/* --- pieces --- */

/* Room for as many more pieces. */
static int reserve(struct contents *contents, uint32_t pieces)
{
	struct piece *grown =
		host_grow(contents->piece, &contents->pieces_capacity,
			  contents->nr_pieces + (size_t)pieces, sizeof(*grown));

	if (!grown || contents->nr_pieces >= TAG_STALE)
		return error_host(contents->errors,
				  "no memory to follow contents");
	contents->piece = grown;
	return 0;
}

/* Expects room. The tag's reference is the caller's to take. */
static uint32_t new_piece(struct contents *contents, uint32_t start,
			  uint32_t tag, uint32_t next)
{
	uint32_t id = contents->unused_piece;

	if (id)
		contents->unused_piece = contents->piece[id].next;
	else
		id = contents->nr_pieces++;
	contents->piece[id] = (struct piece){ next, tag, start };
	return id;
}

static void free_piece(struct contents *contents, uint32_t id)
{
	drop_tag(contents, contents->piece[id].tag);
	contents->piece[id].next = contents->unused_piece;
	contents->unused_piece = id;
}

static void free_pieces(struct contents *contents, uint32_t id)
{
	while (id != PIECE_NONE) {
		uint32_t next = contents->piece[id].next;

		free_piece(contents, id);
		id = next;
	}
}

/* The page as a list, of one piece where it had none. Expects room. */
static uint32_t first_piece(struct contents *contents, pfn_t pfn)
{
	uint32_t *tag = &contents->tag[pfn];

	if (!(*tag & TAG_PIECES))
		*tag = TAG_PIECES | new_piece(contents, 0, *tag, PIECE_NONE);
	return *tag & ~TAG_PIECES;
}

/*
 * Makes a piece begin at `start`, which is within the page or its end, and
 * returns it (PIECE_NONE at the end). Expects room.
 */
static uint32_t cut(struct contents *contents, uint32_t id, uint32_t start)
{
	struct piece *piece = &contents->piece[id];
	uint32_t next = piece->next;

	if (start == content_page_bytes(contents))
		return PIECE_NONE;
	while (next != PIECE_NONE && contents->piece[next].start <= start) {
		piece = &contents->piece[next];
		id = next;
		next = piece->next;
	}
	if (piece->start == start)
		return id;
	take_tag(contents, piece->tag);
	piece->next = new_piece(contents, start, piece->tag, next);
	return piece->next;
}

/* Joins equal neighbours; a page of one piece needs no list. */
static void join(struct contents *contents, pfn_t pfn)
{
	uint32_t first = contents->tag[pfn] & ~TAG_PIECES;
	struct piece *piece = &contents->piece[first];

	while (piece->next != PIECE_NONE) {
		uint32_t next = piece->next;

		if (contents->piece[next].tag == piece->tag) {
			piece->next = contents->piece[next].next;
			free_piece(contents, next);
		} else {
			piece = &contents->piece[next];
		}
	}
	piece = &contents->piece[first];
	if (piece->next != PIECE_NONE)
		return;
	take_tag(contents, piece->tag);
	contents->tag[pfn] = piece->tag;
	free_piece(contents, first);
}

/* What becomes of tags: one for all, or the old ones turned stale. */
#define TURN_STALE UINT32_MAX

/* A tag that is no list. */
static uint32_t tag_after(uint32_t old, uint32_t tag)
{
	if (tag != TURN_STALE)
		return tag;
	return old == TAG_NOTHING ? old : old | TAG_STALE;
}

static void tag_piece(struct contents *contents, struct piece *piece,
		      uint32_t tag)
{
	tag = tag_after(piece->tag, tag);
	take_tag(contents, tag);
	drop_tag(contents, piece->tag);
	piece->tag = tag;
}

static void tag_page(struct contents *contents, pfn_t pfn, uint32_t tag)
{
	uint32_t old = contents->tag[pfn];

	if (!(old & TAG_PIECES)) {
		tag = tag_after(old, tag);
		take_tag(contents, tag);
		drop_tag(contents, old);
		contents->tag[pfn] = tag;
	} else if (tag == TURN_STALE) {
		for (uint32_t id = old & ~TAG_PIECES; id != PIECE_NONE;
		     id = contents->piece[id].next)
			tag_piece(contents, &contents->piece[id], tag);
		join(contents, pfn);
	} else {
		take_tag(contents, tag);
		free_pieces(contents, old & ~TAG_PIECES);
		contents->tag[pfn] = tag;
	}
}

/* Bytes [from, to) of a page. */
static int tag_part(struct contents *contents, pfn_t pfn, uint32_t from,
		    uint32_t to, uint32_t tag)
{
	uint32_t first, end, id;

	if (from == 0 && to == content_page_bytes(contents)) {
		tag_page(contents, pfn, tag);
		return 0;
	}
	if (contents->tag[pfn] == tag_after(contents->tag[pfn], tag))
		return 0;
	/* The list's first, and one for each end. */
	if (reserve(contents, 3))
		return -1;
	id = cut(contents, first_piece(contents, pfn), from);
	first = contents->tag[pfn] & ~TAG_PIECES;
	end = cut(contents, first, to);
	for (; id != end; id = contents->piece[id].next)
		tag_piece(contents, &contents->piece[id], tag);
	join(contents, pfn);
	return 0;
}

static int tag_bytes(struct contents *contents, uint64_t address, uint64_t size,
		     uint32_t tag)
{
	uint32_t mask = content_page_bytes(contents) - 1;

	while (size) {
		uint32_t from = (uint32_t)address & mask;
		uint64_t most = (uint64_t)content_page_bytes(contents) - from;
		uint64_t bytes = size < most ? size : most;

		if (tag_part(contents, (pfn_t)(address >> contents->page_shift),
			     from, from + (uint32_t)bytes, tag))
			return -1;
		address += bytes;
		size -= bytes;
	}
	return 0;
}

/* --- writes --- */

void contents_pages_given(struct contents *contents, pfn_t pfn, order_t order,
			  bool cleared)
{
	for (uint32_t i = 0; i < 1u << order; i++)
		tag_page(contents, pfn + i, cleared ? TAG_ZERO : TURN_STALE);
}

int contents_object_given(struct contents *contents, uint64_t address,
			  uint64_t granted, uint64_t cleared)
{
	if (tag_bytes(contents, address, cleared, TAG_ZERO))
		return -1;
	return tag_bytes(contents, address + cleared, granted - cleared,
			 TURN_STALE);
}

int contents_fill(struct contents *contents, uint32_t fill, uint64_t address,
		  uint64_t size)
{
	return tag_bytes(contents, address, size, fill);
}

int contents_clear(struct contents *contents, uint64_t address, uint64_t size)
{
	return tag_bytes(contents, address, size, TAG_ZERO);
}
