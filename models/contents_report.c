/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reading what models/contents.c keeps, and recounting it.
 */

#include "models/contents_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/base/host.h"

/* --- reads --- */

static bool same_writer(const struct content_writer *a,
			const struct content_writer *b)
{
	return a->id == b->id && a->line == b->line && a->has == b->has &&
	       a->op == b->op && a->byte == b->byte;
}

static void read_stale(const struct contents *contents, uint32_t tag,
		       uint64_t size, struct content_reading *reading)
{
	const struct content_writer *who;

	reading->stale += size;
	if (tag == TAG_NOTHING)
		reading->never_written += size;
	if (!tag_has_writer(tag))
		return;
	who = &contents->writer[tag_writer(tag)].who;
	if (!reading->has_writer)
		reading->writer = *who;
	else if (!same_writer(&reading->writer, who))
		reading->several_writers = true;
	reading->has_writer = true;
}

static void read_tag(const struct contents *contents, uint32_t tag,
		     uint64_t size, struct content_reading *reading)
{
	uint8_t byte = 0;

	if (tag == TAG_NOTHING || tag & TAG_STALE) {
		read_stale(contents, tag, size, reading);
		return;
	}
	if (tag_has_writer(tag))
		byte = contents->writer[tag].who.byte;
	if (!byte) {
		reading->zero += size;
		return;
	}
	if (reading->filled && reading->byte != byte)
		reading->several = true;
	if (!reading->filled)
		reading->byte = byte;
	reading->filled += size;
}

/* Bytes [from, to) of a page. */
static void read_part(const struct contents *contents, pfn_t pfn, uint32_t from,
		      uint32_t to, struct content_reading *reading)
{
	uint32_t tag = contents->tag[pfn];
	uint32_t id;

	if (!(tag & TAG_PIECES)) {
		read_tag(contents, tag, to - from, reading);
		return;
	}
	for (id = tag & ~TAG_PIECES; id != PIECE_NONE;) {
		const struct piece *piece = &contents->piece[id];
		uint32_t start = piece->start > from ? piece->start : from;
		uint32_t end = content_page_bytes(contents);

		id = piece->next;
		if (id != PIECE_NONE)
			end = contents->piece[id].start;
		if (end > to)
			end = to;
		if (start < end)
			read_tag(contents, piece->tag, end - start, reading);
	}
}

void contents_read(const struct contents *contents, uint64_t address,
		   uint64_t size, struct content_reading *reading)
{
	uint32_t mask = content_page_bytes(contents) - 1;

	while (size) {
		uint32_t from = (uint32_t)address & mask;
		uint64_t most = (uint64_t)content_page_bytes(contents) - from;
		uint64_t bytes = size < most ? size : most;

		read_part(contents, (pfn_t)(address >> contents->page_shift),
			  from, from + (uint32_t)bytes, reading);
		address += bytes;
		size -= bytes;
	}
}

enum content_data content_reading_data(const struct content_reading *reading)
{
	int kinds = !!reading->zero + !!reading->filled + !!reading->stale;

	if (!kinds)
		return DATA_NONE;
	if (kinds > 1 || reading->several)
		return DATA_MIXED;
	if (reading->stale)
		return DATA_STALE;
	return reading->zero ? DATA_ZERO : DATA_BYTE;
}

/* --- validate --- */

/* References found while recounting. */
struct census {
	const struct contents *contents;
	uint32_t *refs; /* [nr_writers] */
	char *why;
	size_t size;
};

static bool contradiction(const struct census *census, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static bool contradiction(const struct census *census, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(census->why, census->size, format, arguments);
	va_end(arguments);
	return false;
}

static bool see_tag(const struct census *census, uint32_t tag, pfn_t pfn)
{
	if (!tag_has_writer(tag))
		return true;
	if (tag_writer(tag) >= census->contents->nr_writers)
		return contradiction(census,
				     "contents: page %u is of a writer that "
				     "there is not",
				     pfn);
	census->refs[tag_writer(tag)]++;
	return true;
}

static bool see_pieces(const struct census *census, uint32_t id, pfn_t pfn)
{
	const struct contents *contents = census->contents;
	const struct piece *last = NULL;
	uint32_t nr = 0;

	for (; id != PIECE_NONE; id = last->next, nr++) {
		const struct piece *piece = &contents->piece[id];

		if (last ? piece->start <= last->start : piece->start)
			return contradiction(census,
					     "contents: pieces of page %u are "
					     "out of order",
					     pfn);
		if (last && piece->tag == last->tag)
			return contradiction(census,
					     "contents: pieces of page %u are "
					     "equal and not joined",
					     pfn);
		if (!see_tag(census, piece->tag, pfn))
			return false;
		last = piece;
	}
	if (nr > 1 && last->start < content_page_bytes(contents))
		return true;
	return contradiction(census, "contents: page %u has a list of %u", pfn,
			     nr);
}

static bool recount(const struct census *census)
{
	const struct contents *contents = census->contents;

	for (pfn_t pfn = 0; pfn < contents->max_pfn; pfn++) {
		uint32_t tag = contents->tag[pfn];

		if (tag & TAG_PIECES ?
			    !see_pieces(census, tag & ~TAG_PIECES, pfn) :
			    !see_tag(census, tag, pfn))
			return false;
	}
	for (uint32_t id = contents->unused_writer; id;
	     id = contents->writer[id].next_unused)
		if (contents->writer[id].refs)
			return contradiction(census,
					     "contents: writer %u is unused "
					     "and referred to",
					     id);
	for (uint32_t i = FIRST_WRITER; i < contents->nr_writers; i++)
		if (census->refs[i] != contents->writer[i].refs)
			return contradiction(census,
					     "contents: writer %u is referred "
					     "to %u times, and says %u",
					     i, census->refs[i],
					     contents->writer[i].refs);
	return true;
}

bool contents_validate(const struct contents *contents, char *why, size_t size)
{
	struct census census = {
		.contents = contents,
		.refs = host_alloc(contents->nr_writers, sizeof(uint32_t)),
		.why = why,
		.size = size,
	};
	bool valid;

	if (!census.refs)
		return contradiction(&census, "no memory to recount contents");
	valid = recount(&census);
	free(census.refs);
	return valid;
}
