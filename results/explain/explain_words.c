/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The explanation for people, in four parts: the walk over the zones, who
 * holds the pages, what would have let it succeed, what the kernel says. Each
 * part begins with a line of its own at the margin.
 */

#include "results/explain/explain_internal.h"

#include <inttypes.h>
#include <string.h>

#include "models/gfp.h"

#define WIDE 64		  /* letters of a picture in a line */
#define PICTURE_MOST 1024 /* pages that are drawn */
#define HOLDERS_TOLD 8

/* ---- words that others use, too ------------------------------------------ */

void explain_add_lines(const struct explain_holder *holder, struct text *out)
{
	if (!holder->first_line)
		return;
	if (holder->first_line == holder->last_line)
		text_add(out, "line %" PRIu64, holder->first_line);
	else
		text_add(out, "lines %" PRIu64 "-%" PRIu64, holder->first_line,
			 holder->last_line);
}

void explain_add_id(const struct call *call, const struct names *names,
		    struct text *out)
{
	if (call->has & CALL_HAS_NAMED_ID)
		text_add(out, "\"%s\"", names_text(names, (uint32_t)call->id));
	else if (call->has & CALL_HAS_ID)
		text_add(out, "%" PRIu64, call->id);
}

/* ---- the heading --------------------------------------------------------- */

static void add_time(uint64_t ns, struct text *out)
{
	if (ns < 1000)
		text_add(out, "%" PRIu64 " ns", ns);
	else if (ns < 1000000)
		text_add(out, "%.6g us", (double)ns / 1e3);
	else if (ns < 1000000000)
		text_add(out, "%.6g ms", (double)ns / 1e6);
	else
		text_add(out, "%.6g s", (double)ns / 1e9);
}

void explain_add_request(const struct explanation *e, struct text *out)
{
	const struct call *call = &e->failure.call;
	char gfp[GFP_TEXT_MAX];

	gfp_format(e->gfp, gfp);
	text_add(out, "%s", call_op_names[call->op]);
	if (*e->name)
		text_add(out, " of %s", e->name);
	if (explain_has_order(call) || call->size) {
		text_add(out, ", ");
		explain_add_asked(call, e->page_shift, out);
	}
	text_add(out, ", %s", gfp);
}

void explain_add_call(const struct explanation *e, struct text *out)
{
	const struct call *call = &e->failure.call;

	text_add(out, "  operation %" PRIu64, e->failure.seq);
	if (call->line)
		text_add(out, ", line %" PRIu64 " of %s", call->line,
			 e->options->workload);
	text_add(out, ", at ");
	add_time(call->t_ns, out);
	text_add(out, ", CPU %u, %s context%s", call->cpu,
		 call_context_names[call->ctx],
		 call->has & CALL_CAN_SLEEP ? ", may sleep" : ", can't sleep");
	if (*e->id)
		text_add(out, ", id %s", e->id);
	if (*e->task)
		text_add(out, ", task %s", e->task);
	text_add(out, "\n");
}

static void add_heading(const struct explanation *e, struct text *out)
{
	const uint16_t has = e->failure.call.has;

	text_add(out, "Failure %" PRIu64 " of %" PRIu64 ": ", e->number,
		 e->nr_failures);
	explain_add_request(e, out);
	text_add(out, ": %s\n", alloc_reason_names[e->failure.reason]);
	explain_add_call(e, out);
	if (has & CALL_HAS_RECORDED_OK && has & CALL_RECORDED_OK)
		text_add(out, "  It was recorded as granted: a real kernel had "
			      "a block for it.\n");
}

/* ---- what the kernel says ------------------------------------------------ */

static const char *why_silent(const struct explanation *e)
{
	switch (e->silence) {
	case REPORT_NOWARN:
		return "Nothing: __GFP_NOWARN. Without it it would have "
		       "written:";
	case REPORT_LOOPS:
		return "Nothing: it tries again for ever. If it gave up, it "
		       "would write:";
	case REPORT_NO_DMA:
		return "Nothing: it keeps quiet of requests for ZONE_DMA where "
		       "the machine has none of it. Otherwise:";
	case REPORT_WRITTEN:
		break;
	}
	return "Nothing: it had written of such a failure shortly before "
	       "(ratelimit). Otherwise:";
}

/* Where it came to no request for pages that could be reported. */
static const char *why_no_report(const struct explanation *e)
{
	switch (e->failure.reason) {
	case REASON_ORDER:
	case REASON_TOO_BIG:
	case REASON_BAD_FLAGS:
	case REASON_FORBIDDEN:
		return "No report of a failure: the call is refused before it "
		       "looks for memory. Kernels that\n  check it write a "
		       "warning of their own (WARN_ON_ONCE, BUG_ON), which is "
		       "not shown.";
	default:
		return "Nothing: the caller gets NULL, and no more is said.";
	}
}

static void add_indented(const char *text, struct text *out)
{
	size_t length;

	for (; *text; text += length + (text[length] == '\n')) {
		length = strcspn(text, "\n");
		text_add(out, "  ");
		text_add_bytes(out, text, length);
		text_add(out, "\n");
	}
}

static void add_log(const struct explanation *e, struct text *out)
{
	text_add(out, "\nWhat the simulated kernel writes to its log\n");
	if (!e->reported) {
		text_add(out, "  %s\n", why_no_report(e));
		return;
	}
	if (e->start_given)
		text_add(out, "  (this run's, with its own times, PIDs and "
			      "counts: no log of a real machine)\n");
	if (!e->logged)
		text_add(out, "  %s\n", why_silent(e));
	if (e->log.s)
		add_indented(e->log.s, out);
}

/* ---- reasons of their own ------------------------------------------------ */

/* All in one unit, so that they can be held against each other. */
static void add_space(const struct explanation *e, struct text *out)
{
	const struct explain_space *space = &e->space;
	uint64_t asked = e->failure.call.size;
	unsigned int unit =
		explain_unit(space->size | space->busy | space->largest_hole |
			     space->free | asked | 1ull << e->page_shift);

	text_add(out, "  vmalloc's range of addresses is ");
	explain_add_in_unit(space->size, unit, out);
	text_add(out, ", ");
	explain_add_in_unit(space->busy, unit, out);
	text_add(out, " of it in %" PRIu64 " area%s.\n  The largest hole is ",
		 space->nr_areas, plural(space->nr_areas));
	explain_add_in_unit(space->largest_hole, unit, out);
	text_add(out, " of ");
	explain_add_in_unit(space->free, unit, out);
	text_add(out, " free; the request needs ");
	explain_add_in_unit(asked, unit, out);
	text_add(out, ", and ");
	explain_add_in_unit(1ull << e->page_shift, unit, out);
	text_add(out, " for a guard page.\n");
}

static void add_pool(const struct explanation *e, struct text *out)
{
	text_add(out,
		 "  The pool %s was made with min_nr %u; its reserve has %u "
		 "element%s left. Handed out:\n",
		 e->name, e->pool_min_nr, e->pool_curr_nr,
		 plural(e->pool_curr_nr));
	for (size_t i = 0; i < e->pool_holders.nr; i++) {
		const struct explain_holder *holder =
			&e->pool_holders.holder[i];

		text_add(out, "    %" PRIu64 "  %s, ", holder->nr,
			 holder->what);
		explain_add_lines(holder, out);
		text_add(out, "\n");
	}
}

static void add_area(const struct explanation *e,
		     const struct explain_area *area, struct text *out)
{
	text_add(out, "  The contiguous area \"%s\" has ", area->name);
	explain_add_pages(e, area->pages, out);
	text_add(out,
		 ". Devices have taken %u, others use %u; the longest run of "
		 "free ones is ",
		 area->taken, area->used);
	explain_add_pages(e, area->longest, out);
	text_add(out, ".\n");
}

static void add_device(const struct explanation *e, struct text *out)
{
	uint64_t page = 1ull << e->page_shift;
	unsigned int bits = e->failure.call.mask_bits;

	text_add(out, "  It asks for ");
	explain_add_pages(e, (e->failure.call.size + page - 1) / page, out);
	text_add(out, ".\n");
	text_add(out, "  The device's addresses have %u bits%s: it reaches ",
		 bits ? bits : 32, bits ? "" : " (the default)");
	explain_add_pages(e, e->reachable_pages, out);
	text_add(out, "%s%s.\n", *e->reachable ? ": " : "", e->reachable);
	for (size_t i = 0; i < e->nr_areas; i++)
		add_area(e, &e->area[i], out);
}

static const char *too_big(enum call_op op)
{
	switch (op) {
	case OP_KMALLOC:
	case OP_KZALLOC:
		return "It asks for more than kmalloc() ever gives "
		       "(KMALLOC_MAX_SIZE).";
	case OP_VMALLOC:
	case OP_VZALLOC:
	case OP_KVMALLOC:
		return "It asks for more pages than the machine has.";
	case OP_CACHE_CREATE:
		return "No slab holds an object of that size.";
	default:
		return "What it would be taken from could not be created: its "
		       "objects are too large.";
	}
}

/* For those that have no walk over zones to tell of. */
static const char *plain_reason(const struct explanation *e)
{
	switch (e->failure.reason) {
	case REASON_ORDER:
		return "It asks for more than the largest block of the page "
		       "allocator.";
	case REASON_BAD_FLAGS:
		return "Its flags contradict each other, or its size is 0.";
	case REASON_TOO_BIG:
		return too_big(e->failure.call.op);
	case REASON_NO_ZONE:
		return "No zone has memory that its flags and node allow.";
	case REASON_NO_SLOT:
		return "All of kmap's slots are taken.";
	case REASON_NO_RANGE:
		return "It is above the largest block, and no contiguous area "
		       "that it may use has that much left in one piece.";
	case REASON_FORBIDDEN:
		return "Its context forbids the call: a kernel would stop "
		       "here.";
	case REASON_STILL_WAITING:
		return e->has_pool ?
			       "It waits for an element of the pool to be "
			       "freed; until the run ended nobody freed one." :
			       "It waits for somebody who did not come until "
			       "the run ended.";
	default:
		return NULL;
	}
}

static void add_largest(const struct explanation *e, struct text *out)
{
	const op_set kmalloc = OP_BIT(OP_KMALLOC) | OP_BIT(OP_KZALLOC);

	if (e->failure.reason != REASON_ORDER &&
	    !(e->failure.reason == REASON_TOO_BIG &&
	      kmalloc & OP_BIT(e->failure.call.op)))
		return;
	text_add(out, "  The largest block is ");
	explain_add_order(e->nr_orders - 1, e->page_shift, out);
	text_add(out, ".\n");
}

static void add_own_reason(const struct explanation *e, struct text *out)
{
	const char *plain = plain_reason(e);

	if (!plain && !e->has_space && !e->has_pool && !e->has_device)
		return;
	text_add(out, "\nWhy\n");
	if (plain)
		text_add(out, "  %s\n", plain);
	add_largest(e, out);
	if (e->has_space)
		add_space(e, out);
	if (e->has_pool)
		add_pool(e, out);
	if (e->has_device)
		add_device(e, out);
}

/* ---- who holds the pages ------------------------------------------------- */

static void add_where(const struct explanation *e, struct text *out)
{
	static const char used[] = "in use since before the run";
	static const char used_else[] =
		"else in use since before the run: slabs, the kernel's own";
	const struct explain_pages *where = &e->where;
	const struct {
		const char *what;
		uint64_t pages;
	} kinds[] = {
		{ "free", where->free },
		{ "on CPUs' lists", where->pcp },
		{ "allocations of the workload", where->workload },
		{ "slabs", where->slabs },
		{ "page cache from before the run: reclaimable, movable",
		  where->boot_file },
		{ e->free_swap ? "anonymous memory from before the run: "
				 "reclaimable (swap), movable" :
				 "anonymous memory from before the run: "
				 "movable; there is no free swap to reclaim it",
		  where->boot_anon },
		{ where->boot_file + where->boot_anon ? used_else : used,
		  where->boot },
		{ "the kernel's own: page tables, reserves of pools, what the "
		  "call has so far",
		  where->other },
	};

	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		if (!kinds[i].pages)
			continue;
		text_add(out, "  %8" PRIu64 "  %s (", kinds[i].pages,
			 kinds[i].what);
		explain_add_rounded(e, kinds[i].pages, out);
		text_add(out, ")\n");
	}
}

static void add_holder(const struct explanation *e,
		       const struct explain_holder *holder, struct text *out)
{
	text_add(out, "%8" PRIu64 "  %s", holder->pages, holder->what);
	if (holder->is_slab && holder->nr)
		text_add(out, ": %" PRIu64 " live object%s", holder->nr,
			 plural(holder->nr));
	else if (holder->nr > 1)
		text_add(out, ": %" PRIu64 " of them", holder->nr);
	if (holder->first_line) {
		text_add(out, ", ");
		explain_add_lines(holder, out);
	}
	if (holder->movable)
		text_add(out, "; %s",
			 holder->is_locked ? "movable, not reclaimable" :
			 !holder->is_anon  ? "reclaimable, movable" :
			 e->free_swap	   ? "reclaimable (swap), movable" :
					     "movable; no free swap to "
					     "reclaim");
	text_add(out, "\n");
}

static void add_holders(const struct explanation *e, struct text *out)
{
	const struct explain_holders *holders = &e->holders;
	uint64_t left = holders->left_out;

	/* No zone, no pages. */
	if (!e->nr_zones)
		return;
	text_add(out, "\nWho holds the pages of %s, in pages\n",
		 e->nr_zones == 1 ? "that zone" : "these zones");
	add_where(e, out);
	if (holders->nr)
		text_add(out, "  of these, most first:\n");
	for (size_t i = 0; i < holders->nr; i++) {
		if (i >= HOLDERS_TOLD) {
			left += holders->holder[i].pages;
			continue;
		}
		text_add(out, "  ");
		add_holder(e, &holders->holder[i], out);
	}
	if (left)
		text_add(out, "  %8" PRIu64 "  others\n", left);
}

/* Lines that are alike are told of once. */
static void add_picture(const struct explain_region *region, struct text *out)
{
	size_t pages = (size_t)1 << region->order;
	size_t alike = 0;

	if (!region->picture || pages > PICTURE_MOST)
		return;
	for (size_t at = 0; at < pages; at += WIDE) {
		const char *line = region->picture + at;
		size_t length = pages - at < WIDE ? pages - at : WIDE;

		if (at && !memcmp(line, line - WIDE, length)) {
			if (!alike++)
				text_add(out, "              and so on\n");
			continue;
		}
		alike = 0;
		text_add(out, "    %#9llx |",
			 (unsigned long long)region->pfn + at);
		text_add_bytes(out, line, length);
		text_add(out, "|\n");
	}
}

static bool has_letter(const struct explain_region *region, char letter)
{
	return region->picture && strchr(region->picture, letter);
}

static void add_legend(const struct explanation *e, struct text *out)
{
	static const struct {
		char letter;
		const char *means;
	} marks[] = {
		{ '.', "free" },
		{ '-', "on a CPU's list: drain_all_pages gives it back" },
		{ '+', "free, on a list that this request may not use" },
		{ '#', "in use since before the run" },
		{ '~', "page cache or anonymous memory from before the run" },
		{ 'k', "the kernel's own" },
		{ '*', "others" },
	};
	const struct explain_region *region = &e->region;

	for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
		if (has_letter(region, marks[i].letter))
			text_add(out, "    %c  %s\n", marks[i].letter,
				 marks[i].means);
	for (size_t i = 0; i < e->in_region.nr; i++) {
		const struct explain_holder *holder = &e->in_region.holder[i];

		text_add(out, "    %c  ", holder->letter);
		add_holder(e, holder, out);
	}
}

static void add_region(const struct explanation *e, struct text *out)
{
	const struct explain_region *region = &e->region;

	if (!region->is)
		return;
	text_add(out,
		 "\nNearest to a block of order %u: the fewest pages are in "
		 "the way\n",
		 region->order);
	text_add(out,
		 "  pfn %#llx, node %d %s, in a pageblock that is %s: %u of "
		 "its %u pages %s in use",
		 (unsigned long long)region->pfn, region->node,
		 zone_type_names[region->type],
		 region->block_type ? region->block_type : "", region->used,
		 1u << region->order, region->used == 1 ? "is" : "are");
	if (region->pcp)
		text_add(out, ", %u on CPUs' lists", region->pcp);
	if (region->reserved)
		text_add(out, ", %u free, but not for this request",
			 region->reserved);
	text_add(out, ".\n");
	if (e->places_guessed)
		text_add(out,
			 "  Its place is a guess, as are all: the starting "
			 "state has counts, and the seed\n  drew places for "
			 "them.\n");
	add_picture(region, out);
	add_legend(e, out);
}

void explain_text(const struct explanation *e, struct text *out)
{
	if (e->unverified)
		text_add(out, EXPLAIN_DOUBT);
	add_heading(e, out);
	add_own_reason(e, out);
	if (e->has_pages) {
		explain_walk_text(e, out);
		add_region(e, out);
		add_holders(e, out);
	}
	explain_trials_text(e, out);
	add_log(e, out);
}
