/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One operation, one row. What an operation does not have is NULL: a free has
 * no flags, a failed allocation no frame, a skipped one no verdict.
 *
 * SQLite's integers are signed. Addresses above 2^63 keep their 64 bits and
 * show as negative numbers (printf('%x', vaddr) prints them right); ids above
 * it are kept as text, because an id must read as it was written.
 */

#include "results/record/op_log.h"

#include <inttypes.h>
#include <stdio.h>

#include "results/record/op_stats.h"

static const char *name_of(const struct op_log *log, uint64_t number)
{
	return number ? names_text(log->names, (uint32_t)number) : NULL;
}

/* Operations on a cache or pool itself go by its name. */
static bool is_known_by_name(const struct call *call)
{
	switch ((enum call_op)call->op) {
	case OP_CACHE_CREATE:
	case OP_CACHE_SHRINK:
	case OP_CACHE_DESTROY:
	case OP_MEMPOOL_CREATE:
	case OP_MEMPOOL_DESTROY:
		return true;
	default:
		return false;
	}
}

static struct value id_value(struct op_log *log, const struct call *call)
{
	char *text = log->id_text[log->rows.nr];

	if (is_known_by_name(call))
		return value_text(name_of(log, call->name));
	if (call->has & CALL_HAS_NAMED_ID)
		return value_text(name_of(log, call->id));
	if (!(call->has & CALL_HAS_ID))
		return value_null();
	if (call->id <= INT64_MAX)
		return value_int(call->id);
	snprintf(text, ID_TEXT_MAX, "%" PRIu64, call->id);
	return value_text(text);
}

static const char *cache_of(const struct op_log *log, const struct call *call)
{
	if (is_known_by_name(call))
		return name_of(log, call->cache);
	return name_of(log, call->name);
}

static struct value reason_of(const struct op_log *log,
			      const struct outcome *outcome)
{
	switch (outcome->status) {
	case OUTCOME_FAILED:
		return log->reason[outcome->reason];
	case OUTCOME_SKIPPED:
		return log->skipped[outcome->skipped];
	default:
		return value_null();
	}
}

static struct value *add_request(struct op_log *log, struct value *value,
				 const struct call *call, uint64_t seq,
				 const char *gfp)
{
	*value++ = value_int(RUN_ID);
	*value++ = value_int(seq);
	*value++ = value_int(call->t_ns);
	*value++ = log->op[call->op];
	*value++ = id_value(log, call);
	*value++ = value_int(call->cpu);
	*value++ = log->ctx[call->ctx];
	*value++ = value_text(gfp);
	*value++ = value_int_if(call_has_order(call), call->order);
	*value++ = value_int_if(call_has_size(call), call->size);
	return value;
}

static struct value *add_result(const struct op_log *log, struct value *value,
				const struct outcome *outcome)
{
	const struct zone *zone = outcome->zone;

	*value++ = value_int_if(outcome->status != OUTCOME_SKIPPED,
				outcome->status == OUTCOME_OK);
	*value++ = value_int_if(zone, zone ? (uint64_t)zone->node : 0);
	*value++ = zone ? log->zone[zone->type] : value_null();
	*value++ = value_int_if(outcome->pfn != PFN_NONE, outcome->pfn);
	*value++ = value_int_if(outcome->vaddr, outcome->vaddr);
	*value++ = value_int(outcome->latency_ns);
	*value++ = value_int(outcome->cost_ns);
	*value++ = outcome->path == PATH_NONE ? value_null() :
						log->path[outcome->path];
	*value++ = reason_of(log, outcome);
	return value;
}

static const char *const data_texts[] = {
	[DATA_NONE] = NULL,
	[DATA_ZERO] = "zero",
	[DATA_STALE] = "stale",
	[DATA_MIXED] = "mixed",
};

static struct value data_value(struct op_log *log,
			       const struct outcome *outcome)
{
	char *text = log->data_text[log->rows.nr];

	if (outcome->data != DATA_BYTE)
		return value_text(data_texts[outcome->data]);
	snprintf(text, DATA_TEXT_MAX, "0x%02x", outcome->data_byte);
	return value_text(text);
}

/* An area's frames, which a first frame and a size don't tell. */
static int add_extents(struct op_log *log, const struct outcome *outcome,
		       struct errors *errors)
{
	uint64_t offset = outcome->vaddr - log->kernel->machine->vmalloc_start;
	struct vmalloc_extent extent = { .pages = 0 };
	struct value *value;

	for (uint32_t n = 1;
	     vmalloc_next_extent(log->kernel->vmalloc, offset, &extent); n++) {
		value = rows_add(&log->extents, errors);
		if (!value)
			return -1;
		*value++ = value_int(RUN_ID);
		*value++ = value_int(outcome->seq);
		*value++ = value_int(n);
		*value++ = value_int(extent.pfn);
		*value++ = value_int(extent.pages);
	}
	return 0;
}

static void count_lengths(struct value *value, const char *const *names,
			  size_t nr)
{
	for (size_t i = 0; i < nr; i++)
		value[i] = value_common_text(names[i]);
}

int op_log_init(struct op_log *log, const struct database *database,
		struct errors *errors)
{
	count_lengths(log->op, call_op_names, NR_CALL_OPS);
	count_lengths(log->ctx, call_context_names, NR_CALL_CONTEXTS);
	count_lengths(log->zone, zone_type_names, NR_ZONE_TYPES);
	count_lengths(log->path, alloc_path_names, NR_ALLOC_PATHS);
	count_lengths(log->reason, alloc_reason_names, NR_ALLOC_REASONS);
	count_lengths(log->skipped, skip_reason_names, NR_SKIP_REASONS);
	if (rows_init(&log->rows, database, "op_log", errors))
		return -1;
	return rows_init(&log->extents, database, "extent", errors);
}

int op_log_flush(struct op_log *log, struct errors *errors)
{
	if (rows_flush(&log->rows, errors))
		return -1;
	return rows_flush(&log->extents, errors);
}

void op_log_release(struct op_log *log)
{
	rows_release(&log->rows);
	rows_release(&log->extents);
}

int op_log_add(struct op_log *log, const struct call *call,
	       const struct outcome *outcome, struct errors *errors)
{
	struct value row[ROWS_COLUMNS_MAX], *value = row;
	const char *gfp = NULL;

	if (call_has_gfp(call)) {
		gfp = gfp_texts_get(log->gfp_texts, call->gfp);
		if (!gfp)
			return error_host(errors, "operation log");
	}
	value = add_request(log, value, call, outcome->seq, gfp);
	value = add_result(log, value, outcome);
	*value++ = value_int_if(call->node != NODE_ANY, (uint64_t)call->node);
	*value++ = value_int(!!(call->has & CALL_CAN_SLEEP));
	*value++ = value_text(cache_of(log, call));
	*value++ = value_text(name_of(log, call->task));
	*value++ = value_int_if(call->line, call->line);
	*value++ = value_int_if(outcome->extents, outcome->extents);
	*value++ = data_value(log, outcome);
	*value++ = value_int(outcome->cpu_wait_ns);
	*value++ = value_int(outcome->lock_wait_ns);
	*value++ = value_int(outcome->sleep_ns);
	if (rows_put(&log->rows, row, errors))
		return -1;
	if (outcome->path == PATH_VMALLOC)
		return add_extents(log, outcome, errors);
	return 0;
}
