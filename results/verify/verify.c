/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Holding a run against a recording.
 *
 * Expected outcomes are read from expected_ops.csv as the run goes on
 * (expected_ops.c); the expected states, a few thousand rows, are read at the
 * start.
 */

#include "results/verify/verify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/page/fragmentation.h"
#include "results/verify/expected_ops.h"
#include "results/verify/expected_state.h"
#include "sim/base/host.h"
#include "sim/rules/rules.h"

/* Of a traced recording's frames, in thousandths, and of its index. */
#define TRACED_FRAMES_LEAST 998
#define INDEX_DIFFERENCE_MOST 1
#define LABEL_AT_END "end"
/* A cost is near where it is off by a tenth at most. */
#define COST_OFF_OF 10

struct verifier {
	struct sink sink; /* must be first */
	struct verify_result result;
	struct expected_state expected;
	uint32_t nr_labels; /* that the recording has */
	bool *seen;	    /* [label]: the run has taken that sample */
	struct expected_ops ops;
	uint64_t vmalloc_start;
};

/* ---- differences ---- */

__attribute__((format(printf, 3, 4))) static void
note(struct verifier *verifier, bool equal, const char *format, ...)
{
	struct verify_result *result = &verifier->result;
	va_list arguments;
	char text[256];

	if (equal || result->nr_differences++ >= VERIFY_DIFFERENCES_KEPT)
		return;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	result->difference[result->nr_differences - 1] = strdup(text);
}

static bool count(struct tally *tally, bool equal)
{
	tally->compared++;
	tally->equal += equal;
	return equal;
}

/* ---- operations ---- */

static const char *status_text(bool skipped, bool ok)
{
	if (skipped)
		return "nothing to do";
	return ok ? "success" : "failure";
}

/* Costs are not what a recording passes or fails by. */
static void compare_cost(struct verify_result *result, uint64_t cost_ns,
			 uint64_t instructions)
{
	uint64_t off = cost_ns > instructions ? cost_ns - instructions :
						instructions - cost_ns;

	count(&result->costs, off * COST_OFF_OF <= instructions);
	result->instructions += instructions;
	result->cost_ns += cost_ns;
}

static void compare_address(struct verifier *verifier, const struct call *call,
			    const struct outcome *outcome, uint64_t expected)
{
	bool there = outcome->status == OUTCOME_OK &&
		     outcome->vaddr >= verifier->vmalloc_start;
	uint64_t address = outcome->vaddr - verifier->vmalloc_start;
	char text[32] = "none";

	if (there)
		snprintf(text, sizeof(text), "+ %" PRIu64, address);
	note(verifier,
	     count(&verifier->result.addresses, there && address == expected),
	     "operation %llu, %s: kernel's address VMALLOC_START + %llu, "
	     "simulator's %s",
	     (unsigned long long)outcome->seq, call_op_names[call->op],
	     (unsigned long long)expected, text);
}

static void compare_op(struct verifier *verifier, const struct call *call,
		       const struct outcome *outcome,
		       const struct expected_op *expected)
{
	struct verify_result *result = &verifier->result;
	bool skipped = outcome->status == OUTCOME_SKIPPED;
	bool ok = outcome->status == OUTCOME_OK;
	unsigned long long seq = outcome->seq;
	const char *op = call_op_names[call->op];

	if (expected->instructions)
		compare_cost(result, outcome->cost_ns, expected->instructions);
	note(verifier,
	     count(&result->ok, skipped == expected->skipped &&
					(skipped || ok == expected->ok)),
	     "operation %llu, %s: kernel %s, simulator %s", seq, op,
	     status_text(expected->skipped, expected->ok),
	     status_text(skipped, ok));
	if (expected->has_frame)
		note(verifier,
		     count(&result->frames, outcome->pfn == expected->frame),
		     "operation %llu, %s: kernel's frame %llu, simulator's "
		     "%lld",
		     seq, op, (unsigned long long)expected->frame,
		     outcome->pfn == PFN_NONE ? -1ll : (long long)outcome->pfn);
	if (expected->has_address)
		compare_address(verifier, call, outcome, expected->address);
}

/* What the workload itself says of the kernel; of what is freed it may not. */
static void compare_recorded(struct verifier *verifier, const struct call *call,
			     const struct outcome *outcome)
{
	const struct expected_op expected = {
		/* Without a word on it, a frame or an address tells. */
		.ok = !(call->has & CALL_HAS_RECORDED_OK) ||
		      call->has & CALL_RECORDED_OK,
		.has_frame = call->has & CALL_HAS_RECORDED_PFN,
		.frame = call->recorded_pfn,
		.has_address = call->has & CALL_HAS_RECORDED_VADDR,
		.address = call->recorded_vaddr,
	};
	const unsigned int recorded = CALL_HAS_RECORDED_OK |
				      CALL_HAS_RECORDED_PFN |
				      CALL_HAS_RECORDED_VADDR;

	if (call->has & recorded && !call_frees(call))
		compare_op(verifier, call, outcome, &expected);
}

static int operation(struct sink *sink, const struct call *call,
		     const struct outcome *outcome, struct errors *errors)
{
	struct verifier *verifier = (struct verifier *)sink;
	struct expected_op expected;
	int more;

	compare_recorded(verifier, call, outcome);
	if (verifier->result.kind == RECORDING_TRACED)
		return 0;
	more = expected_ops_take(&verifier->ops, outcome->seq, &expected,
				 errors);
	if (more > 0)
		compare_op(verifier, call, outcome, &expected);
	else if (!more)
		verifier->result.incomplete = true;
	return more < 0 ? -1 : 0;
}

/* ---- states ---- */

static void compare_cell(struct verifier *verifier,
			 const struct expected_cell *cell,
			 const struct memory *memory)
{
	const struct zone *zone =
		memory_find_zone(memory, cell->node, cell->zone);
	uint64_t nr_free =
		zone ? zone->area[cell->migratetype].nr_free[cell->order] : 0;

	note(verifier, count(&verifier->result.cells, nr_free == cell->nr_free),
	     "sample %s, node %d, %s, %s, order %d: kernel %llu free blocks, "
	     "simulator %llu",
	     names_text(verifier->expected.labels, cell->label), cell->node,
	     zone_type_names[cell->zone], migratetype_names[cell->migratetype],
	     cell->order, (unsigned long long)cell->nr_free,
	     (unsigned long long)nr_free);
}

static void zone_figures(const struct memory *memory, const struct zone *zone,
			 uint64_t figure[NR_ZONE_FIGURES])
{
	uint64_t blocks[NR_MIGRATETYPES];

	zone_count_pageblocks(memory, zone, blocks);
	figure[FIGURE_FREE_PAGES] = zone_counted_free_pages(zone);
	figure[FIGURE_PCP] = zone->pcp[0].count;
	figure[FIGURE_HIGHATOMIC] = zone->nr_reserved_highatomic;
	figure[FIGURE_UNMOVABLE] = blocks[MIGRATE_UNMOVABLE];
	figure[FIGURE_MOVABLE] = blocks[MIGRATE_MOVABLE];
	figure[FIGURE_RECLAIMABLE] = blocks[MIGRATE_RECLAIMABLE];
	figure[FIGURE_HIGHATOMIC_BLOCKS] = blocks[MIGRATE_HIGHATOMIC];
}

static void compare_zone(struct verifier *verifier,
			 const struct expected_zone *expected,
			 const struct memory *memory)
{
	const struct zone *zone =
		memory_find_zone(memory, expected->node, expected->zone);
	uint64_t figure[NR_ZONE_FIGURES] = { 0 };

	if (zone)
		zone_figures(memory, zone, figure);
	for (int i = 0; i < NR_ZONE_FIGURES; i++)
		note(verifier,
		     count(&verifier->result.zones,
			   figure[i] == expected->figure[i]),
		     "sample %s, node %d, %s, %s: kernel %llu, simulator %llu",
		     names_text(verifier->expected.labels, expected->label),
		     expected->node, zone_type_names[expected->zone],
		     zone_figure_names[i],
		     (unsigned long long)expected->figure[i],
		     (unsigned long long)figure[i]);
}

static void compare_state(struct verifier *verifier, uint32_t label,
			  const struct memory *memory)
{
	verifier->seen[label] = true;
	for (size_t i = 0; i < verifier->expected.nr_cells; i++)
		if (verifier->expected.cell[i].label == label)
			compare_cell(verifier, &verifier->expected.cell[i],
				     memory);
	for (size_t i = 0; i < verifier->expected.nr_zones; i++)
		if (verifier->expected.zone[i].label == label)
			compare_zone(verifier, &verifier->expected.zone[i],
				     memory);
}

static int sample(struct sink *sink, uint64_t t_ns, const char *label,
		  const struct kernel *kernel, struct errors *errors)
{
	struct verifier *verifier = (struct verifier *)sink;
	uint32_t number;

	(void)t_ns;
	if (!label || verifier->result.kind == RECORDING_TRACED)
		return 0;
	number = names_intern(verifier->expected.labels, label, strlen(label));
	if (!number)
		return error_host(errors, "no memory for a label");
	if (number <= verifier->nr_labels)
		compare_state(verifier, number, kernel->memory);
	return 0;
}

/* The unusable index of the expected state at `end`, against the run's. */
static void compare_index(struct verifier *verifier, uint32_t label,
			  const struct memory *memory, const struct zone *zone)
{
	struct verify_result *result = &verifier->result;
	uint64_t expected[MAX_ORDERS] = { 0 };
	uint64_t simulated[MAX_ORDERS];
	bool any = false;

	for (size_t i = 0; i < verifier->expected.nr_cells; i++) {
		const struct expected_cell *cell = &verifier->expected.cell[i];

		if (cell->label != label || cell->node != zone->node ||
		    cell->zone != zone->type)
			continue;
		expected[cell->order] += cell->nr_free;
		any = true;
	}
	if (!any)
		return;
	result->index_compared = true;
	for (unsigned int o = 0; o < memory->nr_orders; o++)
		simulated[o] = zone_nr_free(zone, o);
	for (unsigned int o = 0; o < memory->nr_orders; o++) {
		int kernel =
			unusable_free_index(expected, memory->nr_orders, o);
		int ours = unusable_free_index(simulated, memory->nr_orders, o);
		unsigned int difference = abs(kernel - ours);

		if (difference > result->worst_index_difference)
			result->worst_index_difference = difference;
		note(verifier, difference <= INDEX_DIFFERENCE_MOST,
		     "at the end, node %d, %s, order %u: kernel's unusable "
		     "index 0.%03d, simulator's 0.%03d",
		     zone->node, zone_type_names[zone->type], o, kernel, ours);
	}
}

static int end(struct sink *sink, const struct run_totals *totals,
	       const struct kernel *kernel, struct errors *errors)
{
	struct verifier *verifier = (struct verifier *)sink;
	const struct memory *memory = kernel->memory;
	struct verify_result *result = &verifier->result;
	uint32_t label = names_intern(verifier->expected.labels, LABEL_AT_END,
				      strlen(LABEL_AT_END));

	if (totals->status != RUN_COMPLETE)
		result->incomplete = true;
	if (result->kind == RECORDING_TRACED) {
		for (uint32_t i = 0; i < memory->nr_zones; i++)
			compare_index(verifier, label, memory,
				      &memory->zone[i]);
		return 0;
	}
	if (expected_ops_left(&verifier->ops, errors) != 0)
		result->incomplete = true;
	for (size_t i = 0; i < verifier->expected.nr_cells; i++)
		if (!verifier->seen[verifier->expected.cell[i].label])
			result->incomplete = true;
	return 0;
}

static int begin(struct sink *sink, const struct kernel *kernel,
		 const struct names *names, struct errors *errors)
{
	struct verifier *verifier = (struct verifier *)sink;

	(void)names;
	(void)errors;
	verifier->vmalloc_start = kernel->machine->vmalloc_start;
	return 0;
}

static const struct sink_ops verifier_ops = {
	.name = "verifier",
	.begin = begin,
	.operation = operation,
	.sample = sample,
	.end = end,
};

/* ---- outside ---- */

struct verifier *verifier_new(const char *directory, enum recording_kind kind,
			      struct errors *errors)
{
	struct verifier *verifier = host_alloc(1, sizeof *verifier);

	if (!verifier) {
		error_host(errors, "no memory for a comparison");
		return NULL;
	}
	verifier->sink.ops = &verifier_ops;
	verifier->result.kind = kind;
	if (expected_state_read(&verifier->expected, directory, errors) < 0 ||
	    (kind == RECORDING_SCRIPTED &&
	     expected_ops_open(&verifier->ops, directory, errors) < 0))
		goto fail;
	verifier->nr_labels = names_count(verifier->expected.labels);
	verifier->seen =
		host_alloc(verifier->nr_labels + 1, sizeof *verifier->seen);
	if (verifier->seen)
		return verifier;
	error_host(errors, "no memory for a comparison");
fail:
	verifier_free(verifier);
	return NULL;
}

struct sink *verifier_sink(struct verifier *verifier)
{
	return &verifier->sink;
}

const struct verify_result *verifier_result(const struct verifier *verifier)
{
	return &verifier->result;
}

void verifier_free(struct verifier *verifier)
{
	if (!verifier)
		return;
	for (int i = 0; i < VERIFY_DIFFERENCES_KEPT; i++)
		free(verifier->result.difference[i]);
	expected_ops_close(&verifier->ops);
	expected_state_release(&verifier->expected);
	free(verifier->seen);
	free(verifier);
}

static bool all_equal(const struct tally *tally)
{
	return tally->equal == tally->compared;
}

bool verify_passes(const struct verify_result *result)
{
	if (result->incomplete || !result->ok.compared)
		return false;
	if (result->kind == RECORDING_TRACED)
		return result->index_compared &&
		       result->worst_index_difference <=
			       INDEX_DIFFERENCE_MOST &&
		       result->frames.equal * 1000 >=
			       result->frames.compared * TRACED_FRAMES_LEAST;
	return all_equal(&result->ok) && all_equal(&result->frames) &&
	       all_equal(&result->addresses) && all_equal(&result->cells) &&
	       all_equal(&result->zones);
}

static void print_tally(struct text *text, const struct tally *tally,
			const char *what)
{
	if (tally->compared)
		text_add(text, "  %-42s %9llu of %9llu  %7.3f %%\n", what,
			 (unsigned long long)tally->equal,
			 (unsigned long long)tally->compared,
			 100.0 * tally->equal / tally->compared);
}

static const char *verdict(const struct verify_result *result)
{
	if (!verify_passes(result))
		return "DIFFERS";
	return result->kind == RECORDING_TRACED ? "true to the trace" : "exact";
}

void verify_print(const struct verify_result *result, const char *name,
		  struct text *text)
{
	text_add(text, "%s: %s\n", name, verdict(result));
	print_tally(text, &result->ok, "succeeded or failed as the kernel did");
	print_tally(text, &result->frames, "page frames");
	print_tally(text, &result->addresses, "vmalloc addresses");
	print_tally(text, &result->cells, "free-list counts");
	print_tally(text, &result->zones, "zone counters");
	print_tally(text, &result->costs, "costs within 10 % of instructions");
	if (result->instructions)
		text_add(text, "  %-42s %+.2f %%\n",
			 "all costs together, off by",
			 100.0 * result->cost_ns / result->instructions - 100);
	if (result->index_compared)
		text_add(text, "  %-42s 0.%03u\n",
			 "unusable index at the end, off by at most",
			 result->worst_index_difference);
	if (result->incomplete)
		text_add(text, "  the recording and the run are not of the "
			       "same length\n");
	for (size_t i = 0;
	     i < result->nr_differences && i < VERIFY_DIFFERENCES_KEPT; i++)
		text_add(text, "  %s\n",
			 result->difference[i] ? result->difference[i] : "…");
	if (result->nr_differences > VERIFY_DIFFERENCES_KEPT)
		text_add(text, "  and %zu more difference%s\n",
			 result->nr_differences - VERIFY_DIFFERENCES_KEPT,
			 plural(result->nr_differences -
				VERIFY_DIFFERENCES_KEPT));
}
