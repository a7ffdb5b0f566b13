/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A step in words, paragraph by paragraph:
 *
 *	Got frame 4097 of DMA32, in pageblock 8 (unmovable). CPU 0's list …
 *	Off the free lists of DMA32: 1 of order 10 (unmovable). Onto them: …
 *	It takes 0.310 us, 0.120 us of that waiting for its CPU.
 *	Counted: zones_tried 1, pcp_hits 1, …
 *
 * What a call asked for is not repeated: the event stands above.
 */

#include "results/step/words.h"

#include <inttypes.h>

#include "results/text/table.h"

/* ---- what came of it ----------------------------------------------------- */

static const char *const reason_words[NR_ALLOC_REASONS] = {
	[REASON_NONE] = "it failed",
	[REASON_WATERMARK] = "no zone has more free pages than the mark that "
			     "the caller must leave",
	[REASON_FRAGMENTED] = "there are enough free pages, but no block of "
			      "that order among them",
	[REASON_NO_ZONE] = "no zone is one that the flags and the node allow",
	[REASON_ORDER] = "no block is ever that large",
	[REASON_BAD_FLAGS] = "the kernel forbids that combination of flags",
	[REASON_NOFAIL_LOOP] = "a kernel would try for ever",
	[REASON_TOO_BIG] = "it is above the limit of kmalloc",
	[REASON_ADDRESS_SPACE] = "the range of vmalloc has no room left",
	[REASON_IN_USE] = "objects of the cache are still live",
	[REASON_POOL_EMPTY] = "the pool has nothing left, and there is no time "
			      "to wait",
	[REASON_STILL_WAITING] = "it still waits when the run ends",
	[REASON_DEVICE_MASK] = "there is no memory that the device can reach",
	[REASON_NO_SLOT] = "kmap has no slot left",
	[REASON_NO_RANGE] = "above the largest order, and no contiguous area "
			    "has that much free",
	[REASON_FORBIDDEN] = "its context forbids the call",
	[REASON_STUCK] = "it waits for memory that nobody will free",
};

static const char *const skip_words[NR_SKIP_REASONS] = {
	[SKIP_NONE] = "nothing was there to do",
	[SKIP_ALLOC_FAILED] = "what it frees was never given",
	[SKIP_NOT_IN_USE] = "that frame is not in use",
	[SKIP_BAD_FREE] = "what it frees is not live",
	[SKIP_BAD_ACCESS] = "that memory is not the caller's",
	[SKIP_RECLAIMED] = "the kernel has taken it back already",
	[SKIP_TASK_KILLED] = "the OOM killer has killed its caller",
	[SKIP_NOT_BEGUN] = "the run ends before its turn comes",
	[SKIP_STILL_WAITING] = "the call that it waits for never ends",
};

static void add_where(const struct step *step, struct text *out)
{
	const struct memory *memory = step->kernel->memory;
	const struct outcome *outcome = &step->outcome;
	uint8_t type;

	if (outcome->pfn == PFN_NONE || !outcome->zone)
		return;
	type = *pageblock_type(memory, outcome->zone, outcome->pfn);
	text_add(out, "frame %u of ", outcome->pfn);
	step_add_zone(step, outcome->zone, out);
	text_add(out, ", pageblock %u",
		 outcome->pfn >> memory->pageblock_order);
	if (type < NR_MIGRATETYPES)
		text_add(out, " (%s)", migratetype_names[type]);
}

static void add_granted(const struct step *step, struct text *out)
{
	const struct outcome *outcome = &step->outcome;
	uint32_t page = 1u << step->kernel->memory->page_shift;
	uint64_t pages = outcome->granted / page;

	if (outcome->path >= PATH_SLAB_CPU && outcome->path <= PATH_SLAB_NEW) {
		text_add(out,
			 "Got an object of %" PRIu64 " bytes, in the slab "
			 "at ",
			 outcome->granted);
		add_where(step, out);
	} else if (outcome->pfn != PFN_NONE && pages) {
		text_add(out, "Got %" PRIu64 " page%s, ", pages, plural(pages));
		text_add(out, pages > 1 ? "from " : "");
		add_where(step, out);
	} else {
		text_add(out, "Got %" PRIu64 " bytes", outcome->granted);
	}
	if (outcome->path == PATH_VMALLOC)
		text_add(out, " at 0x%" PRIx64 ", in %u piece%s",
			 outcome->vaddr, outcome->extents,
			 plural(outcome->extents));
	else if (outcome->path == PATH_RESERVE)
		text_add(out, ", an element that the pool held back");
	else if (outcome->path == PATH_CMA)
		text_add(out, ", a range of a contiguous area");
	else if (outcome->path == PATH_DMA_POOL)
		text_add(out, ", from the pools for devices");
	text_add(out, ". ");
}

static void add_result(const struct step *step, struct text *out)
{
	const struct outcome *outcome = &step->outcome;

	if (outcome->status == OUTCOME_FAILED)
		text_add(out, "FAILS: %s. ", reason_words[outcome->reason]);
	else if (outcome->status == OUTCOME_SKIPPED)
		text_add(out, "Does nothing: %s. ",
			 skip_words[outcome->skipped]);
	else if (call_makes_allocation(&step->call) && outcome->granted)
		add_granted(step, out);
}

static void add_rest(const struct step *step, struct text *out)
{
	uint32_t set = step_work(step, WORK_PTES_SET);
	uint32_t cleared = step_work(step, WORK_PTES_CLEARED);
	uint32_t ipis = step_work(step, WORK_IPIS);

	if (set)
		text_add(out, "Mapped %u page%s in vmalloc's range. ", set,
			 plural(set));
	if (cleared)
		text_add(out, "Unmapped %u page%s. ", cleared, plural(cleared));
	if (ipis)
		text_add(out, "Interrupted %u other CPU%s. ", ipis,
			 plural(ipis));
	if (step->warning) {
		text_add(out, "The kernel would warn: ");
		text_add_visible(out, step->warning);
		text_add(out, ". ");
	}
}

/* ---- around it ----------------------------------------------------------- */

/* What the kernel's own tasks did since the step before. */
static void add_meanwhile(const struct step *step, struct text *out)
{
	static const struct {
		enum vm_event event;
		const char *did;
	} tasks[] = {
		{ VM_PGSTEAL_KSWAPD, "kswapd took back" },
		{ VM_PGMIGRATE_SUCCESS, "compaction moved" },
		{ VM_PSWPOUT, "there went to swap space" },
		{ VM_PGPGOUT, "there were written" },
	};
	const struct step_state *until = step->over ? step->now : step->before;
	const char *begin = step->over ? "After the last call, " :
					 "Before that, ";

	if (!step->last->taken || !(step->undisturbed || step->over))
		return;
	for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
		uint64_t nr = until->vm_event[tasks[i].event] -
			      step->last->vm_event[tasks[i].event];

		if (!nr)
			continue;
		text_add(out, "%s%s %" PRIu64 "%s", begin, tasks[i].did, nr,
			 tasks[i].event == VM_PGPGOUT ? " KiB" : " pages");
		begin = ", ";
	}
	if (*begin == ',')
		text_add(out, ".\n");
}

static void add_time(const struct step *step, struct text *out)
{
	static const char *const waits[] = {
		"waiting for its CPU",
		"spinning for locks",
		"sleeping",
	};
	const struct outcome *outcome = &step->outcome;
	const uint64_t waited[] = { outcome->cpu_wait_ns, outcome->lock_wait_ns,
				    outcome->sleep_ns };
	char number[NUMBER_TEXT_MAX];
	const char *between = ", of which ";

	if (!outcome->latency_ns)
		return;
	text_add(out, "Takes %s", format_ns(outcome->latency_ns, number));
	for (int i = 0; i < 3; i++) {
		if (!waited[i])
			continue;
		text_add(out, "%s%s %s", between, format_ns(waited[i], number),
			 waits[i]);
		between = ", ";
	}
	text_add(out, ".\n");
}

static void add_counted(const struct step *step, struct text *out)
{
	char name[WORK_NAME_BYTES];
	const char *begin = "Counted: ";

	for (int kind = 0; kind < NR_WORK_KINDS; kind++) {
		uint32_t nr = step_work(step, (enum work_kind)kind);

		if (!nr)
			continue;
		text_add(out, "%s%s %u", begin, work_name(kind, name), nr);
		begin = ", ";
	}
	if (*begin == ',')
		text_add(out, ".\n");
}

static void add_end(const struct step *step, struct text *out)
{
	const struct run_totals *totals = &step->totals;

	add_meanwhile(step, out);
	text_add(out,
		 "The run is over: %" PRIu64 " call%s, %" PRIu64
		 " failed, %" PRIu64 " skipped, %" PRIu64 " violation%s.\n"
		 "Its digest, which `kmemsim run` comes to as well, is\n%s.\n",
		 totals->ops, plural(totals->ops), totals->failed,
		 totals->skipped, totals->violations,
		 plural(totals->violations), totals->digest);
}

/* Sentences end in a blank: not the last one. */
static void end_paragraph(struct text *out)
{
	if (out->length && out->s[out->length - 1] == ' ')
		out->s[out->length - 1] = '\n';
}

void step_words(const struct step *step, struct text *out)
{
	size_t begun;

	if (step->over) {
		add_end(step, out);
		return;
	}
	if (step->kind == STEP_START) {
		text_add(out, "The machine as it starts. Nothing has happened "
			      "yet.\n");
		return;
	}
	add_meanwhile(step, out);
	begun = out->length;
	add_result(step, out);
	step_add_objects(step, out);
	step_add_pages(step, out);
	add_rest(step, out);
	if (!step->undisturbed)
		text_add(out, "It slept in the middle: others came in between, "
			      "so the lists show their work too. ");
	if (out->length == begun)
		text_add(out, "No page and no object changed hands. ");
	end_paragraph(out);
	begun = out->length;
	step_add_changes(step, out);
	if (out->length > begun)
		end_paragraph(out);
	add_time(step, out);
	add_counted(step, out);
}
