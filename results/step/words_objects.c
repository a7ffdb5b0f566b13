/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Sentences on objects of slab caches: from which slab one came, to which it
 * went. SLUB has slabs of each CPU, SLAB arrays of free objects.
 */

#include "results/step/words.h"

#include "models/slab/slub.h"

static bool is_slub(const struct step *step)
{
	return step->kernel->caches->ops == &slub_ops;
}

static void add_given(const struct step *step, struct text *out)
{
	unsigned int cpu = step->call.cpu;
	bool slub = is_slub(step);

	switch (step->outcome.path) {
	case PATH_SLAB_CPU:
		text_add(out,
			 slub ? "From CPU %u's own slab" :
				"From CPU %u's array",
			 cpu);
		text_add(out, step_work(step, WORK_SLAB_FAST) ?
				      ": no lock was taken. " :
				      ", the slow way. ");
		break;
	case PATH_SLAB_PARTIAL:
		text_add(out,
			 slub ? "CPU %u's own slab had none left: took over a "
				"partial slab of %s. " :
				"CPU %u's array was empty: refilled from %s. ",
			 cpu,
			 step_work(step, WORK_SLAB_TAKEN) ? "the node's list" :
			 slub				  ? "its own list" :
							    "the node's slabs");
		break;
	case PATH_SLAB_NEW:
		text_add(out, "No slab had a free object: made a new one from "
			      "pages. ");
		break;
	default:
		break;
	}
}

static void add_taken_back(const struct step *step, struct text *out)
{
	unsigned int cpu = step->call.cpu;
	uint32_t slabs = step_work(step, WORK_SLABS_FREED);

	if (step_work(step, WORK_SLAB_FAST_FREES))
		text_add(out,
			 is_slub(step) ? "Back to CPU %u's own slab: the next "
					 "allocation there gets it. " :
					 "On top of CPU %u's array: the next "
					 "allocation there gets it. ",
			 cpu);
	if (step_work(step, WORK_SLAB_SLOW_FREES)) {
		text_add(out,
			 is_slub(step) ? "Back to its slab, which is not CPU "
					 "%u's own" :
					 "CPU %u's array was full: its oldest "
					 "objects went back to their slabs",
			 cpu);
		if (is_slub(step) && step->undisturbed &&
		    step->before->slab.pfn != PFN_NONE)
			text_add(out, " (at frame %u)", step->before->slab.pfn);
		text_add(out, ". ");
	}
	if (slabs)
		text_add(out,
			 "%u empty slab%s given back to the page "
			 "allocator. ",
			 slabs, plural(slabs));
}

void step_add_objects(const struct step *step, struct text *out)
{
	if (step->outcome.status == OUTCOME_OK)
		add_given(step, out);
	add_taken_back(step, out);
}
