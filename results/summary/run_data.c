/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Reads a run back from its database.
 *
 * A run that was killed has no statistics and perhaps no samples: what is not
 * there is left empty, and it is for the caller to say so. So is what the
 * tables of an older version did not have.
 */

#include "results/summary/run_data.h"

#include <string.h>

#include "results/summary/run_percentiles.h"

#define X(name, text) [PRESSURE_##name] = text,
const char *const run_pressure_names[NR_RUN_PRESSURE] = { RUN_PRESSURE(X) };
#undef X
#define X(name, text) [TIME_##name] = text,
const char *const run_time_names[NR_RUN_TIMES] = { RUN_TIMES(X) };
#undef X

struct reader {
	const struct database *database;
	const struct op_stats *stats; /* NULL: not at hand */
	struct run_data *data;
	struct errors *errors;
	const char *label;
	int64_t last_sample;
};

static const char *keep(struct reader *reader, sqlite3_stmt *statement,
			int column)
{
	const char *text = column_text(statement, column);
	const char *kept =
		arena_strndup(reader->data->arena, text, strlen(text));

	if (!kept)
		error_host(reader->errors, "%s", reader->data->path);
	return kept ? kept : "";
}

static uint64_t number(sqlite3_stmt *statement, int column)
{
	return (uint64_t)sqlite3_column_int64(statement, column);
}

/*
 * Runs a query and hands each of its rows to `take`, which returns 0 or -1.
 * ?1 in the query is the label that is asked for, ?2 the last sample's number.
 */
static int each_row(struct reader *reader, const char *sql,
		    int (*take)(struct reader *reader, sqlite3_stmt *row))
{
	sqlite3_stmt *statement;
	int got;

	statement = database_prepare(reader->database, sql, reader->errors);
	if (!statement)
		return -1;
	if (sqlite3_bind_parameter_count(statement))
		sqlite3_bind_text(statement, 1, reader->label, -1,
				  SQLITE_STATIC);
	if (sqlite3_bind_parameter_count(statement) > 1)
		sqlite3_bind_int64(statement, 2, reader->last_sample);
	do {
		got = database_step(reader->database, statement,
				    reader->errors);
		if (got > 0 && take(reader, statement))
			got = -1;
	} while (got > 0);
	sqlite3_finalize(statement);
	return got;
}

/* arena_one_more(); where there is no memory, that is told. */
static void *one_more(struct reader *reader, void *array, size_t nr,
		      size_t size)
{
	void *grown = arena_one_more(reader->data->arena, array, nr, size);

	if (!grown)
		error_host(reader->errors, "%s", reader->data->path);
	return grown;
}

static int take_run(struct reader *reader, sqlite3_stmt *row)
{
	struct run_data *data = reader->data;

	data->name = keep(reader, row, 0);
	data->config_name = keep(reader, row, 1);
	data->workload_name = keep(reader, row, 2);
	data->config = keep(reader, row, 3);
	data->version = keep(reader, row, 4);
	data->status = keep(reader, row, 5);
	data->digest = keep(reader, row, 6);
	data->seed = number(row, 7);
	data->ops = number(row, 8);
	data->failed = number(row, 9);
	data->skipped = number(row, 10);
	data->violations = number(row, 11);
	data->sim_ns = number(row, 12);
	data->wall_s = sqlite3_column_double(row, 13);
	data->page_size = number(row, 14);
	data->nr_orders = (unsigned int)number(row, 15);
	if (data->nr_orders > MAX_ORDERS)
		data->nr_orders = MAX_ORDERS;
	data->pageblock_order = (unsigned int)number(row, 16);
	data->workload_sha256 = keep(reader, row, 17);
	data->not_begun = number(row, 18);
	return 0;
}

static int take_op(struct reader *reader, sqlite3_stmt *row)
{
	struct run_data *data = reader->data;
	struct run_op *op =
		one_more(reader, data->op, data->nr_ops, sizeof(*op));

	if (!op)
		return -1;
	data->op = op;
	op += data->nr_ops++;
	op->op = keep(reader, row, 0);
	op->count = number(row, 1);
	op->failed = number(row, 2);
	op->skipped = number(row, 3);
	op->requested_bytes = number(row, 4);
	op->granted_bytes = number(row, 5);
	op->max_ns = number(row, 6);
	return 0;
}

static int take_pressure(struct reader *reader, sqlite3_stmt *row)
{
	for (int i = 0; i < NR_RUN_PRESSURE; i++)
		reader->data->pressure[i] = number(row, 1 + i);
	return 0;
}

static int take_times(struct reader *reader, sqlite3_stmt *row)
{
	for (int i = 0; i < NR_RUN_TIMES; i++)
		reader->data->time_ns[i] = number(row, 1 + i);
	return 0;
}

static int take_worst(struct reader *reader, sqlite3_stmt *row)
{
	reader->data->worst = (struct run_worst){
		.op = keep(reader, row, 0),
		.gfp = keep(reader, row, 1),
		.ctx = keep(reader, row, 2),
		.path = keep(reader, row, 3),
		.latency_ns = number(row, 4),
	};
	return 0;
}

static int take_lock(struct reader *reader, sqlite3_stmt *row)
{
	struct run_data *data = reader->data;
	struct run_lock *lock =
		one_more(reader, data->lock, data->nr_locks, sizeof(*lock));

	if (!lock)
		return -1;
	data->lock = lock;
	lock[data->nr_locks++] = (struct run_lock){
		.name = keep(reader, row, 0),
		.taken = number(row, 1),
		.waited = number(row, 2),
		.held_ns = number(row, 3),
		.wait_ns = number(row, 4),
		.longest_wait_ns = number(row, 5),
	};
	return 0;
}

static int take_kill(struct reader *reader, sqlite3_stmt *row)
{
	struct run_data *data = reader->data;
	struct run_kill *kill =
		one_more(reader, data->kill, data->nr_kills, sizeof(*kill));

	if (!kill)
		return -1;
	data->kill = kill;
	kill[data->nr_kills++] = (struct run_kill){
		.task = keep(reader, row, 0),
		.pages = number(row, 1),
		.oom_score_adj = (int)sqlite3_column_int64(row, 2),
		.asked_by = keep(reader, row, 3),
		.order = (order_t)number(row, 4),
		.t_ns = number(row, 5),
	};
	return 0;
}

static int take_failure(struct reader *reader, sqlite3_stmt *row)
{
	struct run_data *data = reader->data;
	struct run_failure *failure = one_more(
		reader, data->failure, data->nr_failures, sizeof(*failure));

	if (!failure)
		return -1;
	data->failure = failure;
	failure += data->nr_failures++;
	failure->op = keep(reader, row, 0);
	failure->gfp = keep(reader, row, 1);
	failure->ctx = keep(reader, row, 2);
	failure->order = (int)sqlite3_column_int64(row, 3);
	failure->reason = keep(reader, row, 4);
	failure->count = number(row, 5);
	return 0;
}

/* A bucket of the histogram is too coarse to tell the longest. */
static int take_longest(struct reader *reader, sqlite3_stmt *row)
{
	const char *op = column_text(row, 0);
	const char *path = column_text(row, 1);
	uint64_t longest = number(row, 2);

	for (size_t i = 0; i < reader->data->nr_latencies; i++) {
		struct run_latency *latency = &reader->data->latency[i];

		if ((!*latency->op || !strcmp(latency->op, op)) &&
		    (!*latency->path || !strcmp(latency->path, path)) &&
		    longest > latency->max_ns)
			latency->max_ns = longest;
	}
	return 0;
}

static int take_rule(struct reader *reader, sqlite3_stmt *row)
{
	struct run_data *data = reader->data;
	struct run_rule *rule =
		one_more(reader, data->rule, data->nr_rules, sizeof(*rule));

	if (!rule)
		return -1;
	data->rule = rule;
	rule[data->nr_rules++] = (struct run_rule){
		.rule = keep(reader, row, 0),
		.violations = number(row, 1),
	};
	return 0;
}

static int take_cache(struct reader *reader, sqlite3_stmt *row)
{
	struct run_data *data = reader->data;
	struct run_cache *cache =
		one_more(reader, data->cache, data->nr_caches, sizeof(*cache));

	if (!cache)
		return -1;
	data->cache = cache;
	cache[data->nr_caches++] = (struct run_cache){
		.cache = keep(reader, row, 0),
		.room_bytes = number(row, 1) * data->page_size,
		.used_bytes = number(row, 2),
	};
	return 0;
}

static int take_sample(struct reader *reader, sqlite3_stmt *row)
{
	reader->data->sample_label = keep(reader, row, 0);
	reader->data->sample_t_ns = number(row, 1);
	return 0;
}

static int take_zone(struct reader *reader, sqlite3_stmt *row)
{
	struct run_data *data = reader->data;
	struct run_zone *zone =
		one_more(reader, data->zone, data->nr_zones, sizeof(*zone));

	if (!zone)
		return -1;
	data->zone = zone;
	zone += data->nr_zones++;
	zone->node = (int)sqlite3_column_int64(row, 0);
	zone->zone = keep(reader, row, 1);
	zone->managed_pages = number(row, 2);
	zone->free_pages = number(row, 3);
	return 0;
}

static int take_order(struct reader *reader, sqlite3_stmt *row)
{
	struct run_data *data = reader->data;
	int node = (int)sqlite3_column_int64(row, 0);
	const char *name = column_text(row, 1);
	uint64_t order = number(row, 2);
	size_t i;

	for (i = 0; i < data->nr_zones && order < MAX_ORDERS; i++) {
		struct run_zone *zone = &data->zone[i];

		if (zone->node != node || strcmp(zone->zone, name))
			continue;
		zone->nr_free[order] = number(row, 3);
		zone->unusable[order] = (int)sqlite3_column_int64(row, 4);
		zone->extfrag[order] = (int)sqlite3_column_int64(row, 5);
	}
	return 0;
}

#define LAST_SAMPLE                                                            \
	"(SELECT max(sample) FROM sample"                                      \
	" WHERE ?1 IS NULL OR label = ?1)"

static int load_sample(struct reader *reader)
{
	if (each_row(reader,
		     "SELECT label, t_ns FROM sample"
		     " WHERE sample = " LAST_SAMPLE,
		     take_sample) ||
	    each_row(reader,
		     "SELECT node, zone, managed_pages, free_pages"
		     " FROM zone_sample JOIN zone USING (run_id, node, zone)"
		     " WHERE sample = " LAST_SAMPLE
		     " ORDER BY node, zone.rowid",
		     take_zone) ||
	    (reader->database->version >= 2 &&
	     each_row(reader,
		      "SELECT cache, sum(num_pages),"
		      " sum(live_objs * object_size) FROM slab_sample"
		      " WHERE sample = " LAST_SAMPLE
		      " GROUP BY cache ORDER BY cache",
		      take_cache)))
		return -1;
	return each_row(reader,
			"SELECT f.node, f.zone, f.order_, b.nr_free,"
			" f.unusable_index, f.fragmentation_index"
			" FROM fragmentation f JOIN"
			" (SELECT node, zone, order_, sum(nr_free) AS nr_free"
			"  FROM free_area WHERE sample = " LAST_SAMPLE
			"  GROUP BY node, zone, order_) b"
			" USING (node, zone, order_)"
			" WHERE f.sample = " LAST_SAMPLE,
			take_order);
}

static int take_reports(struct reader *reader, sqlite3_stmt *row)
{
	reader->data->nr_reports = number(row, 0);
	return 0;
}

static int take_last_sample(struct reader *reader, sqlite3_stmt *row)
{
	reader->last_sample = sqlite3_column_int64(row, 0);
	reader->data->nr_samples = number(row, 0);
	return 0;
}

/*
 * What databases have since version 3. A query for the last sample within
 * another would have the view made of all samples.
 */
static int load_pressure(struct reader *reader)
{
#define X(id, name) ", " name
	static const char *const pressure = "SELECT sample" RUN_PRESSURE(
		X) " FROM v_reclaim WHERE sample = ?2";
#undef X
#define X(id, name) ", sum(" name ")"
	static const char *const times =
		"SELECT count(*)" RUN_TIMES(X) " FROM op_stats";
#undef X

	if (reader->database->version < 3)
		return 0;
	if (each_row(reader, "SELECT max(sample) FROM sample",
		     take_last_sample) ||
	    each_row(reader, pressure, take_pressure) ||
	    each_row(reader, times, take_times) ||
	    each_row(reader,
		     "SELECT task, pages, oom_score_adj, asked_by, order_, t_ns"
		     " FROM oom_kill ORDER BY n",
		     take_kill) ||
	    each_row(reader, "SELECT count(*) FROM kernel_log", take_reports))
		return -1;
	return each_row(reader,
			"SELECT name, taken, waited, held_ns, wait_ns,"
			" longest_wait_ns FROM lock_stats WHERE waited > 0"
			" ORDER BY wait_ns DESC, lock",
			take_lock);
}

static int load_percentiles(struct reader *reader)
{
	if (reader->stats)
		return run_percentiles_of(reader->data, reader->stats,
					  reader->errors);
	return run_percentiles_load(reader->data, reader->database,
				    reader->errors);
}

static int load_run(struct reader *reader)
{
#define RUN_COLUMNS                                                            \
	"SELECT name, config_name, workload_name, config, version, status,"    \
	" digest, seed, ops, failed, skipped, violations, sim_ns, wall_s,"     \
	" page_size, nr_orders, pageblock_order, workload_sha256, "
	/* Up to version 6 of the tables they were among those that failed. */
	return each_row(reader,
			reader->database->version < 7 ?
				RUN_COLUMNS "0 FROM run" :
				RUN_COLUMNS "not_begun FROM run",
			take_run);
#undef RUN_COLUMNS
}

static int take_skipped(struct reader *reader, sqlite3_stmt *row)
{
	const char *name = column_text(row, 0);

	for (int reason = 1; reason < NR_SKIP_REASONS; reason++)
		if (strcmp(name, skip_reason_names[reason]) == 0)
			reader->data->skipped_by[reason] = number(row, 1);
	return 0;
}

static int take_overload(struct reader *reader, sqlite3_stmt *row)
{
	struct run_data *data = reader->data;
	struct overload *overload = one_more(
		reader, data->overload, data->nr_overloads, sizeof(*overload));

	if (!overload)
		return -1;
	data->overload = overload;
	overload[data->nr_overloads++] = (struct overload){
		.cpu = (cpu_t)number(row, 0),
		.late_calls = number(row, 1),
		.late_ns = number(row, 2),
		.latest_ns = number(row, 3),
	};
	return 0;
}

static int take_recorded(struct reader *reader, sqlite3_stmt *row)
{
	struct recorded_tally *tally = &reader->data->recorded;

	if (strcmp(column_text(row, 0), "granted") == 0) {
		tally->granted = number(row, 1);
		tally->first_seq = number(row, 2);
	} else {
		tally->failed = number(row, 1);
		tally->first_failed_seq = number(row, 2);
	}
	return 0;
}

/* What databases have since version 9. */
static int load_recorded(struct reader *reader)
{
	if (reader->database->version < 9)
		return 0;
	return each_row(reader,
			"SELECT outcome, count, first_seq FROM recorded_stats",
			take_recorded);
}

/* What databases have since version 8. */
static int load_what_was_late(struct reader *reader)
{
	if (reader->database->version < 8)
		return 0;
	if (each_row(reader, "SELECT reason, count FROM skip_stats",
		     take_skipped))
		return -1;
	return each_row(reader,
			"SELECT cpu, late_calls, late_ns, latest_ns"
			" FROM overload ORDER BY latest_ns DESC, cpu",
			take_overload);
}

static int load_statistics(struct reader *reader)
{
	/* Up to version 5 of the tables nobody had counted. */
	const char *rules =
		reader->database->version < 6 ?
			"SELECT rule, count(*) AS nr FROM violation"
			" GROUP BY rule ORDER BY nr DESC, rule" :
			"SELECT rule, sum(count) AS nr FROM violation_message"
			" GROUP BY rule ORDER BY nr DESC, rule";

	if (each_row(reader,
		     "SELECT op, sum(count), sum(failed), sum(skipped),"
		     " sum(CASE WHEN path <> 'none' THEN requested_bytes"
		     "     ELSE 0 END),"
		     " sum(granted_bytes), max(latency_max_ns)"
		     " FROM op_stats GROUP BY op ORDER BY min(rowid)",
		     take_op) ||
	    load_percentiles(reader) ||
	    each_row(reader,
		     "SELECT op, path, max(latency_max_ns) FROM op_stats"
		     " WHERE count > 0 GROUP BY op, path",
		     take_longest) ||
	    each_row(reader, rules, take_rule) ||
	    each_row(reader,
		     "SELECT op, gfp, ctx, path, latency_max_ns FROM op_stats"
		     " ORDER BY latency_max_ns DESC, rowid LIMIT 1",
		     take_worst))
		return -1;
	return each_row(reader,
			"SELECT op, gfp, ctx, coalesce(order_, -1), reason,"
			" count FROM failure_stats ORDER BY count DESC, rowid",
			take_failure);
}

int run_data_load(struct run_data *data, const struct database *database,
		  const struct op_stats *stats, const char *label,
		  struct errors *errors)
{
	struct reader reader = {
		.database = database,
		.stats = stats,
		.data = data,
		.errors = errors,
		.label = label,
	};
	size_t errors_before = errors->nr;

	memset(data, 0, sizeof(*data));
	data->sample_label = "";
	data->path = database->path ? database->path : "";
	data->arena = arena_new();
	if (!data->arena)
		return error_host(errors, "%s", data->path);
	data->path = arena_strndup(data->arena, data->path, strlen(data->path));
	if (!data->path)
		return error_host(errors, "%s", database->path);
	if (load_run(&reader) || load_statistics(&reader) ||
	    load_what_was_late(&reader) || load_recorded(&reader) ||
	    load_pressure(&reader) || load_sample(&reader))
		return -1;
	return errors->nr == errors_before ? 0 : -1;
}

void run_data_release(struct run_data *data)
{
	arena_free(data->arena);
	memset(data, 0, sizeof(*data));
}

bool run_data_has_failed(const struct run_data *run, unsigned int order)
{
	for (size_t i = 0; i < run->nr_failures; i++)
		if (run->failure[i].order == (int)order)
			return true;
	return false;
}
