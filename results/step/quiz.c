/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Each choice is a thing that the outcome and the work of a call tell apart,
 * so that exactly one is right:
 *
 *	pages   CPU's list -> refill -> free lists (as is, halved)
 *	        -> another type's -> slow path -> fails
 *	object  CPU's own -> partial -> new slab -> fails
 *
 * in the order in which the allocator asks them, cheapest first. That also says
 * why an answer is right: nothing above it had what was asked for. With a
 * refill it matters whose lists the blocks come from: if another type's, that
 * is the answer, whatever list they went to.
 */

#include "results/step/quiz.h"

#include "models/slab/slub.h"
#include "results/step/words.h"

struct choice {
	const char *is;
	const char *why;
};

static const struct choice pages[] = {
	{ "the CPU's list of free pages, as it stands",
	  "The CPU's own list is asked first, and it had a block: that takes "
	  "no lock." },
	{ "the CPU's list, refilled from the free lists of its type",
	  "The CPU's list is asked first, but it was empty: a batch is fetched "
	  "at once, so that the next ones are cheap." },
	{ "the free lists of its type: a block of just that order",
	  "No CPU's list keeps or has that, and the smallest block that is "
	  "large enough is taken: there was one of that very order." },
	{ "the free lists of its type: a larger block is halved",
	  "No CPU's list keeps or has that, and there was no block of that "
	  "very order: the next larger one is halved until it fits." },
	{ "another type's pageblock",
	  "Its own type's free lists had no block large enough. Then the "
	  "largest one of another type is taken, so that few pageblocks get "
	  "mixed." },
	{ "only the slow path finds some",
	  "No zone was above its low watermark with such a block: the slow "
	  "path wakes kswapd, goes down to min, reclaims or compacts, as far "
	  "as the flags allow." },
	{ "nowhere: it fails", "All that its flags allow was tried in vain." },
};
#define NR_PAGE_CHOICES (int)(sizeof pages / sizeof *pages)

static const struct choice objects[] = {
	{ "what the CPU has at hand: its own slab, or its array",
	  "The CPU had a free object: that takes no lock." },
	{ "a slab that is in use in part",
	  "The CPU had no free object left, but a partial slab had: new pages "
	  "are asked for only when there is none." },
	{ "a new slab, made of pages",
	  "No slab that the CPU may use had a free object left." },
	{ "nowhere: it fails",
	  "No slab had a free object, and there were no pages for a new one." },
};
#define NR_OBJECT_CHOICES (int)(sizeof objects / sizeof *objects)

bool step_asks(const struct call *call)
{
	const op_set asked = OP_BIT(OP_ALLOC_PAGES) |
			     OP_BIT(OP_GET_FREE_PAGES) |
			     OP_BIT(OP_GET_ZEROED_PAGE) | OP_BIT(OP_KMALLOC) |
			     OP_BIT(OP_KZALLOC) | OP_BIT(OP_CACHE_ALLOC);

	return asked & OP_BIT(call->op);
}

/* What is large comes in pages, whoever asks. */
static bool is_of_pages(const struct step *step)
{
	return !step_cache_of(step->kernel, &step->call);
}

static const struct choice *choices_of(const struct step *step)
{
	return is_of_pages(step) ? pages : objects;
}

int step_nr_choices(const struct step *step)
{
	return is_of_pages(step) ? NR_PAGE_CHOICES : NR_OBJECT_CHOICES;
}

void step_question(const struct step *step, struct text *out)
{
	const struct choice *choices = choices_of(step);

	text_add(out, is_of_pages(step) ? "Where will the pages come from?\n" :
					  "Where will the object come from?\n");
	for (int i = 0; i < step_nr_choices(step); i++)
		text_add(out, "  %d  %s\n", i + 1, choices[i].is);
}

static int right_pages(const struct step *step)
{
	switch (step->outcome.path) {
	case PATH_SLOW:
	case PATH_RECLAIM:
	case PATH_COMPACTION:
		return 6;
	case PATH_PCP:
		return 1;
	case PATH_PCP_REFILL:
		return step_work(step, WORK_FALLBACKS) ? 5 : 2;
	default:
		break;
	}
	if (step_work(step, WORK_FALLBACKS))
		return 5;
	return step_work(step, WORK_SPLITS) ? 4 : 3;
}

int step_right_choice(const struct step *step)
{
	if (step->outcome.status != OUTCOME_OK)
		return step_nr_choices(step);
	if (is_of_pages(step))
		return right_pages(step);
	return step->outcome.path == PATH_SLAB_CPU     ? 1 :
	       step->outcome.path == PATH_SLAB_PARTIAL ? 2 :
							 3;
}

void step_verdict(const struct step *step, int choice, struct text *out)
{
	const struct choice *choices = choices_of(step);
	int right = step_right_choice(step);

	if (choice == right)
		text_add(out, "Right, %d. ", choice);
	else
		text_add(out, "No, not %d: %d, %s. ", choice, right,
			 choices[right - 1].is);
	text_add(out, "%s\n", choices[right - 1].why);
}
