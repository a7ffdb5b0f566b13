/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * In words: what would have let it succeed, what would not, and what was not
 * tried.
 */

#include "results/explain/explain_internal.h"

#include <inttypes.h>

/* A value in its unit: "3 (32 KiB)", "9216 pages (36 MiB)", "64 KiB". */
static void add_amount(const struct explanation *e,
		       const struct explain_trial *trial, uint64_t value,
		       struct text *out)
{
	switch (trial->unit) {
	case UNIT_ORDER:
		text_add(out, "%" PRIu64 " (", value - 1);
		explain_add_bytes(1ull << (value - 1 + e->page_shift), out);
		text_add(out, ")");
		return;
	case UNIT_PAGES:
		explain_add_pages(e, value, out);
		return;
	case UNIT_BYTES:
		text_add(out, "%" PRIu64 " byte%s (", value, plural(value));
		explain_add_bytes(value, out);
		text_add(out, ")");
		return;
	case UNIT_NONE:
		text_add(out, "%" PRIu64, value);
		return;
	}
}

/* "order 3 (32 KiB) instead of 4 (64 KiB)" */
static void add_value(const struct explanation *e,
		      const struct explain_trial *trial, uint64_t value,
		      struct text *out)
{
	text_add(out, "%s ", trial->what);
	add_amount(e, trial, value, out);
	text_add(out, " instead of ");
	add_amount(e, trial, trial->search.now, out);
}

static void add_what(const struct explanation *e,
		     const struct explain_trial *trial, struct text *out)
{
	if (!trial->search.set)
		text_add(out, "%s", trial->what);
	else if (trial->verdict == VERDICT_NOT_TRIED || !trial->search.runs)
		text_add(out, "%s", trial->what);
	else
		add_value(e, trial, trial->search.value, out);
}

static void add_near_miss(const struct explanation *e,
			  const struct explain_trial *trial, struct text *out)
{
	text_add(out, "; with ");
	add_amount(e, trial, trial->search.fails, out);
	text_add(out, " it fails");
}

static void add_grant(const struct explanation *e,
		      const struct explain_trial *trial, struct text *out)
{
	uint64_t before = e->failure.failed_before;

	text_add(out, "      ");
	if (trial->pfn != PFN_NONE)
		text_add(out, "zone %s of node %d, pfn %#llx, by %s",
			 zone_type_names[trial->type], trial->node,
			 (unsigned long long)trial->pfn,
			 alloc_path_names[trial->path]);
	if (trial->search.set && trial->search.fails != trial->search.now)
		add_near_miss(e, trial, out);
	text_add(out, "\n");
	if (trial->machine && trial->failed_before > before)
		text_add(out,
			 "      But %" PRIu64 " more allocation%s fail%s "
			 "earlier.\n",
			 trial->failed_before - before,
			 plural(trial->failed_before - before),
			 trial->failed_before - before == 1 ? "s" : "");
	if (*trial->note)
		text_add(out, "      (%s)\n", trial->note);
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
		add_grant(e, &e->trial[i], out);
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
		text_add(out, ": %s%s\n", alloc_reason_names[trial->reason],
			 trial->search.set ? ", and with what was tried on "
					     "the way there" :
					     "");
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
		return "the config refuses it";
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
