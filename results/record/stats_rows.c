/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A group whose operations were all skipped has no latency: its percentiles
 * are NULL. Each group's histogram is written too, so that percentiles over
 * any set of groups, or of runs, can be computed from the database.
 */

#include "results/record/stats_rows.h"

#include <stdlib.h>

#include "sim/base/host.h"

/*
 * Of latencies: from here on the short cut (results/record/staged_rows.h) pays.
 */
#define MANY_ROWS 256

static int gfp_value(struct gfp_texts *texts, bool has_gfp, gfp_t gfp,
		     struct value *value, struct errors *errors)
{
	const char *text = has_gfp ? gfp_texts_get(texts, gfp) : NULL;

	*value = value_common_text(text);
	return has_gfp && !text ? error_host(errors, "statistics") : 0;
}

static int add_group(struct rows *rows, const struct op_group *group,
		     struct gfp_texts *texts, struct errors *errors)
{
	static const unsigned int thousandths[] = { 500, 900, 990, 999, 1000 };
	const size_t nr = sizeof(thousandths) / sizeof(thousandths[0]);
	uint64_t percentile[sizeof(thousandths) / sizeof(thousandths[0])];
	struct value *value = rows_add(rows, errors);
	size_t i;

	if (!value)
		return -1;
	*value++ = value_int(RUN_ID);
	*value++ = value_text(call_op_names[group->op]);
	if (gfp_value(texts, group->has_gfp, group->gfp, value++, errors))
		return -1;
	*value++ = value_text(call_context_names[group->ctx]);
	*value++ = value_text(alloc_path_names[group->path]);
	*value++ = value_int(group->tally.count);
	*value++ = value_int(group->tally.failed);
	histogram_percentiles(&group->tally.latency, thousandths, nr,
			      percentile);
	for (i = 0; i < nr; i++)
		*value++ = value_int_if(group->tally.count, percentile[i]);
	*value++ = value_int(group->tally.requested_bytes);
	*value++ = value_int(group->tally.granted_bytes);
	*value++ = value_int(group->tally.skipped);
	*value++ = value_int(group->tally.cost_ns);
	*value++ = value_int(group->tally.cpu_wait_ns);
	*value++ = value_int(group->tally.lock_wait_ns);
	*value++ = value_int(group->tally.sleep_ns);
	return 0;
}

static int add_histogram(struct rows *rows, const struct op_group *group,
			 struct gfp_texts *texts, struct errors *errors)
{
	enum { LOWEST = 2, HIGHEST, COUNT, GFP };
	struct value value[] = {
		value_int(RUN_ID),
		value_common_text(call_op_names[group->op]),
		[GFP] = value_null(),
		value_common_text(call_context_names[group->ctx]),
		value_common_text(alloc_path_names[group->path]),
	};
	struct histogram_bucket bucket;
	size_t position = 0;

	if (gfp_value(texts, group->has_gfp, group->gfp, &value[GFP], errors))
		return -1;
	while (histogram_next(&group->tally.latency, &position, &bucket)) {
		value[LOWEST] = value_int(bucket.lowest);
		value[HIGHEST] = value_int(bucket.highest);
		value[COUNT] = value_int(bucket.count);
		if (rows_put(rows, value, errors))
			return -1;
	}
	return 0;
}

/* What `add` makes of each group. */
static int
write_groups(struct rows *rows, const struct op_group **groups, size_t nr,
	     struct gfp_texts *texts,
	     int (*add)(struct rows *rows, const struct op_group *group,
			struct gfp_texts *texts, struct errors *errors),
	     struct errors *errors)
{
	size_t i;

	for (i = 0; i < nr; i++)
		if (add(rows, groups[i], texts, errors))
			return -1;
	return rows_flush(rows, errors);
}

static int write_failures(struct rows *rows,
			  const struct failure_group **failures, size_t nr,
			  struct gfp_texts *texts, struct errors *errors)
{
	struct value *value;
	size_t i;

	for (i = 0; i < nr; i++) {
		const struct failure_group *failure = failures[i];

		value = rows_add(rows, errors);
		if (!value)
			return -1;
		*value++ = value_int(RUN_ID);
		*value++ = value_text(call_op_names[failure->op]);
		if (gfp_value(texts, failure->has_gfp, failure->gfp, value++,
			      errors))
			return -1;
		*value++ = value_text(call_context_names[failure->ctx]);
		*value++ = value_int_if(failure->has_order, failure->order);
		*value++ = value_text(alloc_reason_names[failure->reason]);
		*value++ = value_int(failure->count);
	}
	return rows_flush(rows, errors);
}

static int write_locks(struct rows *rows, const struct run_totals *totals,
		       struct errors *errors)
{
	struct value *value;
	size_t i;

	for (i = 0; i < totals->nr_locks; i++) {
		const struct lock_stats *lock = &totals->locks[i];

		value = rows_add(rows, errors);
		if (!value)
			return -1;
		*value++ = value_int(RUN_ID);
		*value++ = value_int(i);
		*value++ = value_text(lock->name);
		*value++ = value_int(lock->taken);
		*value++ = value_int(lock->waited);
		*value++ = value_int(lock->held_ns);
		*value++ = value_int(lock->wait_ns);
		*value++ = value_int(lock->longest_wait_ns);
	}
	return rows_flush(rows, errors);
}

static int write_skipped(struct rows *rows, const struct op_stats *stats,
			 struct errors *errors)
{
	const uint64_t *skipped = op_stats_skipped(stats);

	for (int reason = 1; reason < NR_SKIP_REASONS; reason++) {
		struct value *value;

		if (!skipped[reason])
			continue;
		value = rows_add(rows, errors);
		if (!value)
			return -1;
		*value++ = value_int(RUN_ID);
		*value++ = value_text(skip_reason_names[reason]);
		*value++ = value_int(skipped[reason]);
	}
	return rows_flush(rows, errors);
}

/* Only what came out otherwise than for the kernel that was recorded. */
static int write_recorded(struct rows *rows, const struct op_stats *stats,
			  struct errors *errors)
{
	const struct recorded_tally tally = op_stats_recorded(stats);
	const struct {
		const char *recorded, *outcome;
		uint64_t count, first_seq;
	} row[] = {
		{ "failed", "granted", tally.granted, tally.first_seq },
		{ "granted", "failed", tally.failed, tally.first_failed_seq },
	};

	for (size_t i = 0; i < sizeof(row) / sizeof(*row); i++) {
		struct value *value;

		if (!row[i].count)
			continue;
		value = rows_add(rows, errors);
		if (!value)
			return -1;
		*value++ = value_int(RUN_ID);
		*value++ = value_text(row[i].recorded);
		*value++ = value_text(row[i].outcome);
		*value++ = value_int(row[i].count);
		*value++ = value_int(row[i].first_seq);
	}
	return rows_flush(rows, errors);
}

static int write_overloads(struct rows *rows, const struct run_totals *totals,
			   struct errors *errors)
{
	for (size_t i = 0; i < totals->nr_overloads; i++) {
		const struct overload *overload = &totals->overloads[i];
		struct value *value = rows_add(rows, errors);

		if (!value)
			return -1;
		*value++ = value_int(RUN_ID);
		*value++ = value_int(overload->cpu);
		*value++ = value_int(overload->late_calls);
		*value++ = value_int(overload->late_ns);
		*value++ = value_int(overload->latest_ns);
	}
	return rows_flush(rows, errors);
}

/* Room for the rows of one table after another. */
static struct rows *open_table(struct rows *rows,
			       const struct database *database,
			       const char *table, struct errors *errors)
{
	rows_release(rows);
	return rows_init(rows, database, table, errors) ? NULL : rows;
}

static int write_latencies(struct rows *rows, const struct database *database,
			   const struct op_group **groups, size_t nr,
			   struct gfp_texts *texts, struct errors *errors)
{
	if (!open_table(rows, database, "latency_histogram", errors))
		return -1;
	rows_stage_from(rows, MANY_ROWS);
	return write_groups(rows, groups, nr, texts, add_histogram, errors);
}

static int write_tables(struct rows *rows, const struct database *database,
			const struct op_stats *stats, struct gfp_texts *texts,
			struct rows *latencies, struct errors *errors)
{
	size_t nr, nr_failures;
	const struct op_group **groups = op_stats_groups(stats, &nr);
	const struct failure_group **failures =
		op_stats_failures(stats, &nr_failures);
	int result = -1;

	if (!groups || !failures)
		error_host(errors, "statistics");
	else if (open_table(rows, database, "op_stats", errors) &&
		 !write_groups(rows, groups, nr, texts, add_group, errors) &&
		 !write_latencies(latencies, database, groups, nr, texts,
				  errors) &&
		 open_table(rows, database, "failure_stats", errors))
		result = write_failures(rows, failures, nr_failures, texts,
					errors);
	free(groups);
	free(failures);
	return result;
}

static int write_more_tables(struct rows *rows, const struct database *database,
			     const struct op_stats *stats,
			     const struct run_totals *totals,
			     struct errors *errors)
{
	if (!open_table(rows, database, "lock_stats", errors) ||
	    write_locks(rows, totals, errors) ||
	    !open_table(rows, database, "skip_stats", errors) ||
	    write_skipped(rows, stats, errors) ||
	    !open_table(rows, database, "recorded_stats", errors) ||
	    write_recorded(rows, stats, errors) ||
	    !open_table(rows, database, "overload", errors))
		return -1;
	return write_overloads(rows, totals, errors);
}

int stats_rows_write(const struct database *database,
		     const struct op_stats *stats, struct gfp_texts *texts,
		     const struct run_totals *totals, struct rows *latencies,
		     struct errors *errors)
{
	struct rows *rows = host_alloc(1, sizeof(*rows));
	int result;

	if (!rows)
		return error_host(errors, "statistics");
	result = write_tables(rows, database, stats, texts, latencies, errors);
	if (!result)
		result = write_more_tables(rows, database, stats, totals,
					   errors);
	rows_release(rows);
	free(rows);
	return result;
}
