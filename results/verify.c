/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Holding a run against a recording.
 *
 * Expected outcomes are read from expected_ops.csv as the run goes on, in step
 * with it; the expected states, a few thousand rows, are read at the start.
 */

#include "results/verify.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "models/fragmentation.h"
#include "sim/base/csv.h"
#include "sim/base/host.h"

/* Of a traced recording's frames, in thousandths, and of its index. */
#define TRACED_FRAMES_LEAST 998
#define INDEX_DIFFERENCE_MOST 1
#define LABEL_AT_END "end"

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* The counters of a zone that expected_zones.csv has, in its order. */
enum zone_figure {
	FIGURE_FREE_PAGES,
	FIGURE_PCP,
	FIGURE_HIGHATOMIC,
	FIGURE_UNMOVABLE,
	FIGURE_MOVABLE,
	FIGURE_RECLAIMABLE,
	FIGURE_HIGHATOMIC_BLOCKS,
	NR_ZONE_FIGURES
};

static const char *const op_columns[] = { "seq",	 "op",	"id",
					  "ok",		 "pfn", "vaddr_offset",
					  "instructions" };
static const char *const sample_columns[] = {
	"label", "node", "zone", "migratetype", "order", "nr_free"
};
/* Three of these name the row, the rest are enum zone_figure. */
static const char *const zone_columns[] = { "label",
					    "node",
					    "zone",
					    "nr_free_pages",
					    "pcp_count",
					    "nr_reserved_highatomic",
					    "pageblocks_unmovable",
					    "pageblocks_movable",
					    "pageblocks_reclaimable",
					    "pageblocks_highatomic" };
#define FIRST_FIGURE_COLUMN 3

struct expected_cell {
	uint32_t label;
	node_t node;
	enum zone_type zone;
	enum migratetype migratetype;
	order_t order;
	uint64_t nr_free;
};

struct expected_zone {
	uint32_t label;
	node_t node;
	enum zone_type zone;
	uint64_t figure[NR_ZONE_FIGURES];
};

struct verifier {
	struct sink sink; /* must be first */
	struct verify_result result;
	char *ops_path;
	char *samples_path;
	char *zones_path;
	struct csv ops;
	bool ops_open;
	struct names *labels;
	bool *seen; /* [label]: the run has taken that sample */
	struct expected_cell *cell;
	size_t nr_cells;
	size_t cell_room;
	struct expected_zone *zone;
	size_t nr_zones;
	size_t zone_room;
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

/* ---- reading what is expected ---- */

static char *path_in(const char *directory, const char *file,
		     struct errors *errors)
{
	struct text path = TEXT_EMPTY;

	text_add(&path, "%s/%s", directory, file);
	if (!path.failed)
		return path.s;
	error_host(errors, "no memory for a path");
	text_release(&path);
	return NULL;
}

static bool read_node(const struct field *field, node_t *node,
		      struct errors *errors)
{
	uint64_t value;

	if (!field_u64(field, "node", 0, MAX_NODES - 1, &value, errors))
		return false;
	*node = (node_t)value;
	return true;
}

static bool read_zone(const struct field *field, enum zone_type *zone,
		      struct errors *errors)
{
	size_t which;

	if (!field_word(field, "zone", zone_type_names, NR_ZONE_TYPES, &which,
			errors))
		return false;
	*zone = (enum zone_type)which;
	return true;
}

static uint32_t read_label(struct verifier *verifier, const struct field *field)
{
	return names_intern(verifier->labels, field->s, field->length);
}

static int add_cell(struct verifier *verifier, const struct field *field,
		    struct errors *errors)
{
	struct expected_cell cell = { .label = read_label(verifier, field) };
	struct expected_cell *grown;
	size_t type;
	uint64_t order;

	if (!read_node(&field[1], &cell.node, errors) ||
	    !read_zone(&field[2], &cell.zone, errors) ||
	    !field_word(&field[3], "migratetype", migratetype_names,
			NR_MIGRATETYPES, &type, errors) ||
	    !field_u64(&field[4], "order", 0, MAX_ORDERS - 1, &order, errors) ||
	    !field_u64(&field[5], "nr_free", 0, UINT32_MAX, &cell.nr_free,
		       errors))
		return -1;
	cell.migratetype = (enum migratetype)type;
	cell.order = order;
	grown = host_grow(verifier->cell, &verifier->cell_room,
			  verifier->nr_cells + 1, sizeof *grown);
	if (!grown || !cell.label)
		return error_host(errors, "no memory for the expected state");
	verifier->cell = grown;
	verifier->cell[verifier->nr_cells++] = cell;
	return 0;
}

static int add_zone(struct verifier *verifier, const struct field *field,
		    struct errors *errors)
{
	struct expected_zone zone = { .label = read_label(verifier, field) };
	struct expected_zone *grown;

	if (!read_node(&field[1], &zone.node, errors) ||
	    !read_zone(&field[2], &zone.zone, errors))
		return -1;
	for (int i = 0; i < NR_ZONE_FIGURES; i++)
		if (!field_u64(&field[FIRST_FIGURE_COLUMN + i],
			       zone_columns[FIRST_FIGURE_COLUMN + i], 0,
			       UINT32_MAX, &zone.figure[i], errors))
			return -1;
	grown = host_grow(verifier->zone, &verifier->zone_room,
			  verifier->nr_zones + 1, sizeof *grown);
	if (!grown || !zone.label)
		return error_host(errors, "no memory for the expected state");
	verifier->zone = grown;
	verifier->zone[verifier->nr_zones++] = zone;
	return 0;
}

typedef int row_reader(struct verifier *, const struct field *,
		       struct errors *);

static int read_table(struct verifier *verifier, const char *path,
		      const char *const *columns, size_t nr_columns,
		      row_reader *read, struct errors *errors)
{
	size_t before = errors->nr;
	struct csv csv;

	if (csv_open(&csv, path, columns, nr_columns, errors) < 0)
		return -1;
	while (csv_next(&csv, errors) > 0)
		read(verifier, csv.field, errors);
	csv_close(&csv);
	return errors->nr == before ? 0 : -1;
}

static int read_expected(struct verifier *verifier, struct errors *errors)
{
	if (read_table(verifier, verifier->samples_path, sample_columns,
		       COUNT(sample_columns), add_cell, errors) < 0)
		return -1;
	if (verifier->result.traced)
		return 0;
	if (access(verifier->zones_path, F_OK) == 0 &&
	    read_table(verifier, verifier->zones_path, zone_columns,
		       COUNT(zone_columns), add_zone, errors) < 0)
		return -1;
	if (csv_open(&verifier->ops, verifier->ops_path, op_columns,
		     COUNT(op_columns), errors) < 0)
		return -1;
	verifier->ops_open = true;
	return 0;
}

/* ---- operations ---- */

struct expected_op {
	bool ok; /* meaningless where skipped */
	bool skipped;
	bool has_frame;
	bool has_address;
	uint64_t frame;
	uint64_t address; /* from VMALLOC_START */
};

static const char *status_text(bool skipped, bool ok)
{
	if (skipped)
		return "nothing to do";
	return ok ? "success" : "failure";
}

static void compare_op(struct verifier *verifier, const struct call *call,
		       const struct outcome *outcome,
		       const struct expected_op *expected)
{
	struct verify_result *result = &verifier->result;
	bool skipped = outcome->status == OUTCOME_SKIPPED;
	bool ok = outcome->status == OUTCOME_OK;
	uint64_t address = outcome->vaddr - verifier->vmalloc_start;
	unsigned long long seq = outcome->seq;
	const char *op = call_op_names[call->op];

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
		note(verifier,
		     count(&result->addresses,
			   ok && address == expected->address),
		     "operation %llu, %s: kernel's address VMALLOC_START + "
		     "%llu, simulator's + %llu",
		     seq, op, (unsigned long long)expected->address,
		     (unsigned long long)address);
}

static bool is_allocation(const struct call *call)
{
	switch ((enum call_op)call->op) {
	case OP_FREE_PAGES:
	case OP_KFREE:
	case OP_VFREE:
	case OP_KVFREE:
	case OP_CACHE_FREE:
		return false;
	default:
		return true;
	}
}

static int operation_traced(struct verifier *verifier, const struct call *call,
			    const struct outcome *outcome)
{
	struct expected_op expected = {
		.ok = call->has & CALL_RECORDED_OK,
		.has_frame = call->has & CALL_HAS_RECORDED_PFN,
		.frame = call->recorded_pfn,
		.has_address = call->has & CALL_HAS_RECORDED_VADDR,
		.address = call->recorded_vaddr,
	};

	if (call->has & CALL_HAS_RECORDED_OK && is_allocation(call))
		compare_op(verifier, call, outcome, &expected);
	return 0;
}

/* The next row, which must be of this operation. */
static int read_op(struct verifier *verifier, const struct outcome *outcome,
		   struct expected_op *expected, struct errors *errors)
{
	const struct field *field = verifier->ops.field;
	size_t before = errors->nr;
	uint64_t seq;
	uint64_t ok = 0;
	int more = csv_next(&verifier->ops, errors);

	if (errors->nr != before)
		return -1;
	if (!more)
		return 0;
	*expected = (struct expected_op){
		.skipped = !field[3].length,
		.has_frame = field[4].length,
		.has_address = field[5].length,
	};
	if (!field_u64(&field[0], "seq", outcome->seq, outcome->seq, &seq,
		       errors) ||
	    (!expected->skipped &&
	     !field_u64(&field[3], "ok", 0, 1, &ok, errors)) ||
	    (expected->has_frame && !field_u64(&field[4], "pfn", 0, PFN_NONE,
					       &expected->frame, errors)) ||
	    (expected->has_address &&
	     !field_u64(&field[5], "vaddr_offset", 0, UINT64_MAX,
			&expected->address, errors)))
		return -1;
	expected->ok = ok;
	return 1;
}

static int operation(struct sink *sink, const struct call *call,
		     const struct outcome *outcome, struct errors *errors)
{
	struct verifier *verifier = (struct verifier *)sink;
	struct expected_op expected;
	int more;

	if (verifier->result.traced)
		return operation_traced(verifier, call, outcome);
	more = read_op(verifier, outcome, &expected, errors);
	if (more > 0)
		compare_op(verifier, call, outcome, &expected);
	else if (!more)
		verifier->result.incomplete = true;
	return more < 0 ? -1 : 0;
}

/* ---- states ---- */

static const struct zone *find_zone(const struct memory *memory, node_t node,
				    enum zone_type type)
{
	for (uint32_t i = 0; i < memory->nr_zones; i++)
		if (memory->zone[i].node == node &&
		    memory->zone[i].type == type)
			return &memory->zone[i];
	return NULL;
}

static void compare_cell(struct verifier *verifier,
			 const struct expected_cell *cell,
			 const struct memory *memory)
{
	const struct zone *zone = find_zone(memory, cell->node, cell->zone);
	uint64_t nr_free =
		zone ? zone->area[cell->migratetype].nr_free[cell->order] : 0;

	note(verifier, count(&verifier->result.cells, nr_free == cell->nr_free),
	     "sample %s, node %d, %s, %s, order %d: kernel %llu free blocks, "
	     "simulator %llu",
	     names_text(verifier->labels, cell->label), cell->node,
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
		find_zone(memory, expected->node, expected->zone);
	uint64_t figure[NR_ZONE_FIGURES] = { 0 };

	if (zone)
		zone_figures(memory, zone, figure);
	for (int i = 0; i < NR_ZONE_FIGURES; i++)
		note(verifier,
		     count(&verifier->result.zones,
			   figure[i] == expected->figure[i]),
		     "sample %s, node %d, %s, %s: kernel %llu, simulator %llu",
		     names_text(verifier->labels, expected->label),
		     expected->node, zone_type_names[expected->zone],
		     zone_columns[FIRST_FIGURE_COLUMN + i],
		     (unsigned long long)expected->figure[i],
		     (unsigned long long)figure[i]);
}

static void compare_state(struct verifier *verifier, uint32_t label,
			  const struct memory *memory)
{
	verifier->seen[label] = true;
	for (size_t i = 0; i < verifier->nr_cells; i++)
		if (verifier->cell[i].label == label)
			compare_cell(verifier, &verifier->cell[i], memory);
	for (size_t i = 0; i < verifier->nr_zones; i++)
		if (verifier->zone[i].label == label)
			compare_zone(verifier, &verifier->zone[i], memory);
}

static int sample(struct sink *sink, uint64_t t_ns, const char *label,
		  const struct memory *memory, struct errors *errors)
{
	struct verifier *verifier = (struct verifier *)sink;
	uint32_t before = names_count(verifier->labels);
	uint32_t number;

	(void)t_ns;
	if (!label || verifier->result.traced)
		return 0;
	number = names_intern(verifier->labels, label, strlen(label));
	if (!number)
		return error_host(errors, "no memory for a label");
	if (number <= before)
		compare_state(verifier, number, memory);
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

	for (size_t i = 0; i < verifier->nr_cells; i++) {
		const struct expected_cell *cell = &verifier->cell[i];

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
	       const struct memory *memory, struct errors *errors)
{
	struct verifier *verifier = (struct verifier *)sink;
	struct verify_result *result = &verifier->result;
	uint32_t label = names_intern(verifier->labels, LABEL_AT_END,
				      strlen(LABEL_AT_END));

	if (totals->status != RUN_COMPLETE)
		result->incomplete = true;
	if (result->traced) {
		for (uint32_t i = 0; i < memory->nr_zones; i++)
			compare_index(verifier, label, memory,
				      &memory->zone[i]);
		return 0;
	}
	if (csv_next(&verifier->ops, errors) != 0)
		result->incomplete = true;
	for (size_t i = 0; i < verifier->nr_cells; i++)
		if (!verifier->seen[verifier->cell[i].label])
			result->incomplete = true;
	return 0;
}

static int begin(struct sink *sink, const struct memory *memory,
		 const struct names *names, struct errors *errors)
{
	struct verifier *verifier = (struct verifier *)sink;

	(void)names;
	(void)errors;
	verifier->vmalloc_start = memory->desc->vmalloc_start;
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

struct verifier *verifier_new(const char *directory, bool traced,
			      struct errors *errors)
{
	struct verifier *verifier = host_alloc(1, sizeof *verifier);

	if (!verifier) {
		error_host(errors, "no memory for a comparison");
		return NULL;
	}
	verifier->sink.ops = &verifier_ops;
	verifier->result.traced = traced;
	verifier->labels = names_new();
	verifier->ops_path = path_in(directory, "expected_ops.csv", errors);
	verifier->samples_path =
		path_in(directory, "expected_samples.csv", errors);
	verifier->zones_path = path_in(directory, "expected_zones.csv", errors);
	if (!verifier->labels || !verifier->ops_path ||
	    !verifier->samples_path || !verifier->zones_path ||
	    read_expected(verifier, errors) < 0)
		goto fail;
	verifier->seen = host_alloc(names_count(verifier->labels) + 1,
				    sizeof *verifier->seen);
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
	if (verifier->ops_open)
		csv_close(&verifier->ops);
	if (verifier->labels)
		names_free(verifier->labels);
	free(verifier->ops_path);
	free(verifier->samples_path);
	free(verifier->zones_path);
	free(verifier->seen);
	free(verifier->cell);
	free(verifier->zone);
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
	if (result->traced)
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

void verify_print(const struct verify_result *result, const char *name,
		  struct text *text)
{
	text_add(text, "%s: %s\n", name,
		 verify_passes(result) ?
			 result->traced ? "true to the trace" : "exact" :
			 "DIFFERS");
	print_tally(text, &result->ok, "succeeded or failed as the kernel did");
	print_tally(text, &result->frames, "page frames");
	print_tally(text, &result->addresses, "vmalloc addresses");
	print_tally(text, &result->cells, "free-list counts");
	print_tally(text, &result->zones, "zone counters");
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
		text_add(text, "  and %zu more differences\n",
			 result->nr_differences - VERIFY_DIFFERENCES_KEPT);
}
