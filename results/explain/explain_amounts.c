/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How amounts of memory are written, everywhere in an explanation:
 *
 *	a block		order 4 (16 pages, 64 KiB)
 *	pages		241 pages (964 KiB): what is in brackets is rounded
 *			to three digits
 *	a size		4100 KiB: bytes that were asked for, to the byte, in the
 *			largest unit that they are a whole number of; those that
 *			are held against each other have the same unit
 */

#include "results/explain/explain_internal.h"

#include <inttypes.h>

#include "results/text/table.h"

static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };

#define NR_UNITS (sizeof units / sizeof *units)

static void add_rounded(uint64_t bytes, struct text *out)
{
	char text[NUMBER_TEXT_MAX];

	text_add(out, "%s", format_bytes_short(bytes, text));
}

void explain_add_rounded(const struct explanation *e, uint64_t pages,
			 struct text *out)
{
	add_rounded(pages << e->page_shift, out);
}

void explain_add_pages(const struct explanation *e, uint64_t pages,
		       struct text *out)
{
	if (!pages) {
		text_add(out, "no pages");
		return;
	}
	text_add(out, "%" PRIu64 " page%s (", pages, plural(pages));
	explain_add_rounded(e, pages, out);
	text_add(out, ")");
}

void explain_add_order(unsigned int order, unsigned int page_shift,
		       struct text *out)
{
	text_add(out, "order %u (%llu page%s, ", order, 1ull << order,
		 plural(1ull << order));
	add_rounded(1ull << (order + page_shift), out);
	text_add(out, ")");
}

unsigned int explain_unit(uint64_t bytes)
{
	unsigned int unit = 0;

	while (bytes && bytes % 1024 == 0 && unit < NR_UNITS - 1) {
		bytes /= 1024;
		unit++;
	}
	return unit;
}

void explain_add_in_unit(uint64_t bytes, unsigned int unit, struct text *out)
{
	uint64_t value = bytes >> (10 * unit);

	if (unit)
		text_add(out, "%" PRIu64 " %s", value, units[unit]);
	else
		text_add(out, "%" PRIu64 " byte%s", value, plural(value));
}

void explain_add_size(uint64_t bytes, struct text *out)
{
	explain_add_in_unit(bytes, explain_unit(bytes), out);
}

bool explain_has_order(const struct call *call)
{
	return call->has & CALL_HAS_ORDER ||
	       (OP_BIT(call->op) & EXPLAIN_PAGE_OPS && !call->size);
}

void explain_add_asked(const struct call *call, unsigned int page_shift,
		       struct text *out)
{
	if (explain_has_order(call))
		explain_add_order(call->order, page_shift, out);
	else if (call->size)
		explain_add_size(call->size, out);
}
