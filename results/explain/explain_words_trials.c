/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In words: what would have let it succeed, what would not, and what was not
 * tried.
 */

#include "results/explain/explain_internal.h"

#include <inttypes.h>

#include "results/text/table.h"

/* Sizes that are held against each other have one unit. */
static unsigned int unit_of(const struct explain_trial *trial)
{
	const struct explain_search *search = &trial->search;

	if (trial->unit != UNIT_BYTES)
		return 0;
	return explain_unit(search->now | search->value | search->fails);
}

/* "order 3 (8 pages, 32 KiB)", "9216 pages (36 MiB)", "64 KiB", "1024" */
static void add_amount(const struct explanation *e,
		       const struct explain_trial *trial, uint64_t value,
		       struct text *out)
{
	switch (trial->unit) {
	case UNIT_ORDER:
		explain_add_order((unsigned int)value - 1, e->page_shift, out);
		return;
	case UNIT_PAGES:
		explain_add_pages(e, value, out);
		return;
	case UNIT_BYTES:
		explain_add_in_unit(value, unit_of(trial), out);
		return;
	case UNIT_NONE:
		text_add(out, "%" PRIu64, value);
		return;
	}
}

/* "size ", "memory of node 0 DMA: "; an order says itself what it is. */
static void add_subject(const struct explain_trial *trial, struct text *out)
{
	if (trial->unit == UNIT_ORDER)
		return;
	text_add(out, "%s%s ", trial->what,
		 trial->unit == UNIT_PAGES ? ":" : "");
}

/* "order 3 (8 pages, 32 KiB) instead of order 4 (16 pages, 64 KiB)" */
static void add_value(const struct explanation *e,
		      const struct explain_trial *trial, struct text *out)
{
	const struct explain_search *search = &trial->search;

	add_subject(trial, out);
	add_amount(e, trial, search->value, out);
	text_add(out, " instead of ");
	add_amount(e, trial, search->now, out);
	if (trial->verdict == VERDICT_SUCCEEDS &&
	    search->fails != search->now) {
		text_add(out, "; with ");
		add_amount(e, trial, search->fails, out);
		text_add(out, " it fails");
	}
}

/* "sysctl.min_free_kbytes, 6 values from 256 up to 16384" */
static void add_range(const struct explanation *e,
		      const struct explain_trial *trial, struct text *out)
{
	const struct explain_search *search = &trial->search;
	bool up = search->value > search->now;

	if (search->runs == 1) {
		add_value(e, trial, out);
		return;
	}
	add_subject(trial, out);
	add_amount(e, trial, search->now, out);
	text_add(out, " %s to ", up ? "raised" : "lowered");
	add_amount(e, trial, search->value, out);
	text_add(out, ", or to one of %u values between", search->runs - 1);
}

static void add_what(const struct explanation *e,
		     const struct explain_trial *trial, struct text *out)
{
	if (!trial->search.set || trial->verdict == VERDICT_NOT_TRIED ||
	    !trial->search.runs)
		text_add(out, "%s", trial->what);
	else if (trial->verdict == VERDICT_FAILS)
		add_range(e, trial, out);
	else
		add_value(e, trial, out);
}

/* How long it takes is told where it had to wait for memory. */
static void add_grant(const struct explain_trial *trial, struct text *out)
{
	bool waited = trial->path == PATH_RECLAIM ||
		      trial->path == PATH_COMPACTION;
	char took[NUMBER_TEXT_MAX];

	if (trial->pfn != PFN_NONE) {
		text_add(out, "      pfn %#llx of node %d %s, by %s",
			 (unsigned long long)trial->pfn, trial->node,
			 zone_type_names[trial->type],
			 alloc_path_names[trial->path]);
		if (waited && trial->latency_ns)
			text_add(out, ", after %s",
				 format_ns(trial->latency_ns, took));
		text_add(out, "\n");
	}
	if (*trial->note)
		text_add(out, "      (%s)\n", trial->note);
	if (*trial->price)
		text_add(out, "      Price: %s.\n", trial->price);
}

static bool has_verdict(const struct explanation *e,
			enum explain_verdict verdict)
{
	for (size_t i = 0; i < e->nr_trials; i++)
		if (e->trial[i].verdict == verdict)
			return true;
	return false;
}

static void add_successes(const struct explanation *e, struct text *out)
{
	if (!has_verdict(e, VERDICT_SUCCEEDS)) {
		text_add(out, "  Nothing that was tried.\n");
		return;
	}
	for (size_t i = 0; i < e->nr_trials; i++) {
		if (e->trial[i].verdict != VERDICT_SUCCEEDS)
			continue;
		text_add(out, "  + ");
		add_what(e, &e->trial[i], out);
		text_add(out, "\n");
		add_grant(&e->trial[i], out);
	}
}

static void add_failures(const struct explanation *e, struct text *out)
{
	bool noted = false;

	if (!has_verdict(e, VERDICT_FAILS))
		return;
	text_add(out, "It fails all the same with\n");
	for (size_t i = 0; i < e->nr_trials; i++) {
		const struct explain_trial *trial = &e->trial[i];

		if (trial->verdict != VERDICT_FAILS)
			continue;
		text_add(out, "  - ");
		add_what(e, trial, out);
		text_add(out, ": %s\n", alloc_reason_names[trial->reason]);
		noted |= trial->machine && e->start_given;
	}
	if (noted)
		text_add(out, "  (Settings hold from the start of the run on, "
			      "whose state came about without them.)\n");
}

static const char *why_not(const struct explain_trial *trial)
{
	switch (trial->verdict) {
	case VERDICT_LEFT_OUT:
		return "no time was left (--seconds)";
	case VERDICT_NOT_MADE:
		return "the call was not made, or did nothing";
	case VERDICT_INVALID:
		return trial->refused;
	default:
		return trial->note;
	}
}

static void add_others(const struct explanation *e, struct text *out)
{
	bool any = false;

	for (size_t i = 0; i < e->nr_trials; i++) {
		const struct explain_trial *trial = &e->trial[i];

		if (trial->verdict == VERDICT_SUCCEEDS ||
		    trial->verdict == VERDICT_FAILS)
			continue;
		if (!any)
			text_add(out, "Not known\n");
		any = true;
		text_add(out, "  ? ");
		add_what(e, trial, out);
		text_add(out, ": %s\n", why_not(trial));
	}
}

void explain_trials_text(const struct explanation *e, struct text *out)
{
	if (!e->nr_trials)
		return;
	text_add(out, "\nWhat would have let it succeed, tried by running it "
		      "again\n");
	if (e->places_guessed)
		text_add(out, "  (Free blocks and pages lie at guessed places: "
			      "with others it may come out otherwise.)\n");
	add_successes(e, out);
	add_failures(e, out);
	add_others(e, out);
}
