/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a remedy costs, and whom: told of those that help, in numbers of the
 * value that was found. What depends on no value is told where the remedy is
 * named (explain_candidates.c).
 *
 *	order, size		the caller gets less
 *	min_nr			memory that the pool keeps
 *	vmalloc()		page tables, and no single block
 *	min_free_kbytes		more: memory that ordinary requests can't have;
 *				less: smaller reserves
 *	watermark_scale_factor	the same, for kswapd wakes earlier
 *	anything of the machine	other allocations may fail that did not
 */

#include "results/explain/explain_internal.h"

#include <inttypes.h>
#include <string.h>

/* Of what `now` and `value` are kilobytes. */
static void add_min_free(uint64_t now, uint64_t value, struct text *out)
{
	uint64_t more = value > now ? value - now : now - value;

	explain_add_size(more << 10, out);
	text_add(out, value > now ? " more is kept for atomic requests and "
				    "reclaim: others can't have them" :
				    " less is kept for atomic requests and for "
				    "reclaim itself");
}

/* Pages from the min mark to the low one: __setup_per_zone_wmarks(). */
static uint64_t step_of_marks(const struct explanation *e, uint64_t factor)
{
	uint64_t pages = 0;

	for (size_t i = 0; i < e->nr_zones; i++) {
		uint64_t quarter = (uint64_t)e->zone[i].min / 4;
		uint64_t scaled = e->zone[i].managed * factor / 10000;

		pages += scaled > quarter ? scaled : quarter;
	}
	return pages;
}

static void add_scale(const struct explanation *e, uint64_t now, uint64_t value,
		      struct text *out)
{
	text_add(out, "kswapd is woken ");
	explain_add_pages(e, step_of_marks(e, value), out);
	text_add(out, " above the min marks, not ");
	explain_add_pages(e, step_of_marks(e, now), out);
	text_add(out, ": so much more is kept free");
}

static void add_smaller_order(uint64_t now, uint64_t value, struct text *out)
{
	text_add(out, "%llu of these make up what was asked for",
		 1ull << (now - value));
}

static void add_of_search(const struct explanation *e,
			  const struct explain_trial *trial, struct text *out)
{
	uint64_t now = trial->search.now, value = trial->search.value;

	if (trial->unit == UNIT_ORDER) {
		add_smaller_order(now, value, out);
	} else if (strcmp(trial->key, "size") == 0) {
		explain_add_size(now - value, out);
		text_add(out, " less than was asked for");
	} else if (strcmp(trial->what, EXPLAIN_MIN_FREE) == 0) {
		add_min_free(now, value, out);
	} else if (strcmp(trial->what, EXPLAIN_SCALE) == 0) {
		add_scale(e, now, value, out);
	} else if (strcmp(trial->what, EXPLAIN_MIN_NR) == 0) {
		text_add(out,
			 "%" PRIu64 " more element%s lie%s in reserve for good",
			 value - now, plural(value - now),
			 value - now == 1 ? "s" : "");
	} else if (trial->unit == UNIT_PAGES) {
		explain_add_pages(e, value - now, out);
		if (trial->from)
			text_add(out, " fewer in %s", trial->from);
		else
			text_add(out, " more memory");
	} else {
		explain_add_size(value - now, out);
		text_add(out, " more addresses, where the processor has few "
			      "(32 bits) taken from low memory");
	}
}

/* Others, before the call, that did not fail; or that did. Most to be told. */
static void add_others(const struct explanation *e,
		       const struct explain_trial *trial, struct text *out)
{
	uint64_t before = e->failure.failed_before;
	uint64_t now = trial->failed_before;
	uint64_t nr = now > before ? now - before : before - now;

	if (!trial->machine || now == before)
		return;
	text_add(out, "%" PRIu64 " %s allocation%s %s before this one; ", nr,
		 now > before ? "more" : "fewer", plural(nr),
		 nr == 1 ? "fails" : "fail");
}

const char *explain_price(struct explanation *e,
			  const struct explain_trial *trial)
{
	struct text price = TEXT_EMPTY;
	const char *kept;

	text_add(&price, "%s", trial->price);
	add_others(e, trial, &price);
	if (trial->search.set)
		add_of_search(e, trial, &price);
	kept = explain_keep(e, "%s", price.s ? price.s : "");
	e->no_memory |= price.failed;
	text_release(&price);
	return kept;
}
