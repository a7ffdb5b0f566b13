/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sentences on pages: which way they came, or went. Each is there because the
 * outcome says so (its path, its reason) or because the call counted it
 * (models/work.h); nothing is inferred from what usually happens.
 */

#include "results/step/words.h"

#include "models/page/pcp.h"
#include "models/page/watermark.h"

/* "CPU 0's list (unmovable, order 0)" */
static void add_list(const struct step *step, const struct step_list *list,
		     struct text *out)
{
	text_add(out, "CPU %u's list", step->call.cpu);
	if (list->zone)
		text_add(out, " (%s, order %u)", migratetype_names[list->type],
			 list->order);
}

static void add_left(const struct step_list *list, struct text *out)
{
	if (!list->zone)
		text_add(out, ". ");
	else if (list->count)
		text_add(out, "; %u left there. ", list->count);
	else
		text_add(out, "; none left there. ");
}

/* What a CPU's list had to do with it. */
static void add_from_lists(const struct step *step, struct text *out)
{
	struct step_list list = step_changed_list(step);
	uint32_t hits = step_work(step, WORK_PCP_HITS);
	uint32_t refills = step_work(step, WORK_PCP_REFILLS);
	uint32_t refilled = step_work(step, WORK_PCP_REFILLED);

	if (refills && !refilled) {
		add_list(step, &list, out);
		text_add(out, " was empty, and there was nothing to refill it "
			      "with. ");
	} else if (refills) {
		add_list(step, &list, out);
		text_add(out,
			 " was empty: refilled with %u block%s from the "
			 "free lists, under the zone's lock",
			 refilled, plural(refilled));
		if (refills > 1)
			text_add(out, ", in %u refills", refills);
		add_left(&list, out);
	} else if (hits) {
		text_add(out, hits == 1 ? "Took the hottest of " :
					  "Took the hottest, one by one, of ");
		add_list(step, &list, out);
		text_add(out, ": no lock, no free list touched");
		add_left(&list, out);
	}
}

static void add_times(struct text *out, const char *once, const char *often,
		      uint32_t times)
{
	if (times == 1)
		text_add(out, "%s. ", once);
	else
		text_add(out, "%s, %u times. ", often, times);
}

static void add_from_free_lists(const struct step *step, struct text *out)
{
	const struct memory *memory = step->kernel->memory;
	uint32_t splits = step_work(step, WORK_SPLITS);
	uint32_t moved = step_work(step, WORK_BLOCKS_MOVED);

	if (step_work(step, WORK_BUDDY_ALLOCS)) {
		text_add(out, "Straight from the free lists");
		if (step->call.op <= OP_GET_ZEROED_PAGE &&
		    !pcp_holds_order(memory, step->call.order))
			text_add(out, " (no CPU keeps blocks of order %u)",
				 step->call.order);
		text_add(out, ". ");
	}
	if (step_work(step, WORK_FALLBACKS))
		text_add(out, "Its own type had none left: took from another "
			      "type's lists. ");
	if (moved)
		text_add(out,
			 "Claimed the pageblock: its %u free block%s "
			 "changed lists. ",
			 moved, plural(moved));
	if (splits)
		add_times(out, "Halved a block", "Halved blocks", splits);
}

/* Who had to help: the slow path. */
static void add_help(const struct step *step, struct text *out)
{
	uint32_t compactions = step_work(step, WORK_COMPACTIONS);

	if (!step_work(step, WORK_SLOWPATHS))
		return;
	text_add(out, "No zone had such a block above its low mark: the slow "
		      "path wakes kswapd where the flags let it, and goes down "
		      "to min. ");
	if (step_work(step, WORK_NODES_RECLAIMED)) {
		text_add(out, "Reclaimed by itself: ");
		text_add_counted(out, 0, step_work(step, WORK_NODES_RECLAIMED),
				 "round[s], ");
		text_add_counted(out, 0, step_work(step, WORK_LRU_SCANNED),
				 "page[s] looked at, ");
		text_add(out, "%u freed. ",
			 step_work(step, WORK_LRU_RECLAIMED));
	}
	if (step_work(step, WORK_SHRINKER_CALLS))
		add_times(out, "Asked a shrinker", "Asked shrinkers",
			  step_work(step, WORK_SHRINKER_CALLS));
	if (compactions) {
		text_add(out, "Compacted %u zone%s, moved ", compactions,
			 plural(compactions));
		text_add_counted(out, 0, step_work(step, WORK_PAGES_MIGRATED),
				 "page[s]. ");
	}
}

static void add_freed(const struct step *step, struct text *out)
{
	struct step_list list = step_changed_list(step);
	uint32_t freed = step_work(step, WORK_PCP_FREES);
	uint32_t drained = step_work(step, WORK_PCP_DRAINED);
	uint32_t merges = step_work(step, WORK_MERGES);

	if (freed) {
		text_add(out, "Put on ");
		add_list(step, &list, out);
		text_add(out,
			 freed == 1 ? " as its hottest. " : ", %u blocks. ",
			 freed);
	}
	if (drained)
		text_add(out,
			 "%u block%s of the CPU's lists went on to the "
			 "free lists. ",
			 drained, plural(drained));
	if (step_work(step, WORK_BUDDY_FREES))
		text_add(out, "Freed straight to the free lists. ");
	if (merges)
		add_times(out, "Joined with its free buddy",
			  "Joined with free buddies", merges);
}

void step_add_pages(const struct step *step, struct text *out)
{
	uint32_t cleared = step_work(step, WORK_PAGES_CLEARED);

	add_help(step, out);
	add_from_lists(step, out);
	add_from_free_lists(step, out);
	add_freed(step, out);
	if (cleared)
		text_add(out, "Zeroed %u page%s. ", cleared, plural(cleared));
}
