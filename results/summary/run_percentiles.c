/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Percentiles by operation and path, by operation, and of all calls, by
 * nearest rank over the buckets of latency_histogram: the same rule as while
 * recording, and as in the view v_latency.
 *
 *	all flags and contexts --sort--> by operation and path, lowest
 *	    --add up, the highest of a bucket--> rank --> percentiles
 *	    --sort--> by operation, lowest --> the same again, and so on
 *
 * The table has some ten thousand rows. SQLite can do this in one query, with
 * window functions, but took 30 ms for it, which is a lot where a run takes
 * 100. Right after a run the rows need not be read back, since the groups of
 * statistics that they came from are still there. Either way buckets come in a
 * few dozen stretches that are in order already, one for each group, so they
 * are sorted by merging these.
 */

#include "results/summary/run_percentiles.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/host.h"

struct bucket {
	size_t op;	  /* place in run_data.op[]; ALL: all of them */
	const char *path; /* interned: equal texts, equal pointers; "": all */
	size_t path_rank; /* in the order of their first appearance */
	uint64_t lowest;
	uint64_t highest;
	uint64_t count;
};

#define ALL SIZE_MAX
#define PATHS_MAX 64 /* the models have a dozen */

struct buckets {
	struct bucket *bucket;
	struct bucket *aside; /* room for as many, to merge into */
	size_t nr;
	size_t capacity;
	const char *path[PATHS_MAX];
	size_t nr_paths;
	size_t last_path; /* the latest row's */
};

/* The operation's place, looked for from `guess` on; nr_ops: it has none. */
static size_t op_of(const struct run_data *data, const char *name, size_t guess)
{
	size_t nr = data->nr_ops;

	for (size_t i = 0; i < nr; i++) {
		size_t at = (guess + i) % nr;

		if (strcmp(data->op[at].op, name) == 0)
			return at;
	}
	return nr;
}

/* The path's place among those met; one that is one too many joins the last. */
static size_t find_path(struct buckets *buckets, const char *path,
			struct arena *arena)
{
	size_t i;

	for (i = 0; i < buckets->nr_paths; i++)
		if (!strcmp(buckets->path[i], path))
			return i;
	if (i == PATHS_MAX)
		return i - 1;
	buckets->path[i] = arena_strndup(arena, path, strlen(path));
	if (!buckets->path[i])
		return PATHS_MAX;
	buckets->nr_paths++;
	return i;
}

/* The same, where it mostly is that of the row before. */
static size_t path_of(struct buckets *buckets, const char *path,
		      struct arena *arena)
{
	size_t last = buckets->last_path;

	if (last >= buckets->nr_paths || strcmp(buckets->path[last], path) != 0)
		buckets->last_path = find_path(buckets, path, arena);
	return buckets->last_path;
}

static int add_bucket(struct buckets *buckets, size_t op, const char *path_name,
		      const struct histogram_bucket *bucket,
		      struct arena *arena)
{
	size_t path = path_of(buckets, path_name, arena);
	struct bucket *grown = host_grow(buckets->bucket, &buckets->capacity,
					 buckets->nr + 1, sizeof(*grown));

	if (grown)
		buckets->bucket = grown;
	if (!grown || path == PATHS_MAX)
		return -1;
	grown[buckets->nr++] = (struct bucket){
		.op = op,
		.path = buckets->path[path],
		.path_rank = path,
		.lowest = bucket->lowest,
		.highest = bucket->highest,
		.count = bucket->count,
	};
	return 0;
}

/* What of a row is a bucket. */
static struct histogram_bucket bucket_of(sqlite3_stmt *row)
{
	return (struct histogram_bucket){
		.lowest = (uint64_t)sqlite3_column_int64(row, 1),
		.highest = (uint64_t)sqlite3_column_int64(row, 2),
		.count = (uint64_t)sqlite3_column_int64(row, 3),
	};
}

/* Older ones tell operations apart, and no more. */
static bool has_paths(const struct database *database)
{
	return database->version >= 3;
}

static int read_buckets(struct buckets *buckets, const struct run_data *data,
			const struct database *database, struct errors *errors)
{
	sqlite3_stmt *row = database_prepare(
		database,
		has_paths(database) ?
			"SELECT op, lowest_ns, highest_ns, count, path"
			" FROM latency_histogram" :
			"SELECT op, lowest_ns, highest_ns, count, ''"
			" FROM latency_histogram",
		errors);
	size_t op = 0;
	int got;

	if (!row)
		return -1;
	while ((got = database_step(database, row, errors)) > 0) {
		struct histogram_bucket bucket = bucket_of(row);

		op = op_of(data, column_text(row, 0), op);
		if (op < data->nr_ops &&
		    add_bucket(buckets, op, column_text(row, 4), &bucket,
			       data->arena)) {
			got = error_host(errors, "%s", data->path);
			break;
		}
	}
	sqlite3_finalize(row);
	return got;
}

static int take_group(struct buckets *buckets, struct run_data *data,
		      const struct op_group *group)
{
	const char *path = alloc_path_names[group->path];
	size_t op = op_of(data, call_op_names[group->op], 0);
	struct histogram_bucket bucket;
	size_t position = 0;

	if (op == data->nr_ops)
		return 0;
	while (histogram_next(&group->tally.latency, &position, &bucket))
		if (add_bucket(buckets, op, path, &bucket, data->arena))
			return -1;
	return 0;
}

static int take_groups(struct buckets *buckets, struct run_data *data,
		       const struct op_stats *stats)
{
	size_t nr;
	const struct op_group **groups = op_stats_groups(stats, &nr);
	int result = groups ? 0 : -1;

	for (size_t i = 0; !result && i < nr; i++)
		result = take_group(buckets, data, groups[i]);
	free(groups);
	return result;
}

static bool is_one_group(const struct bucket *a, const struct bucket *b)
{
	return a->op == b->op && a->path_rank == b->path_rank;
}

/* Below 0 where `a` comes before `b`, above it behind; 0: one bucket. */
static inline int in_order(const struct bucket *a, const struct bucket *b)
{
	if (a->op != b->op)
		return a->op < b->op ? -1 : 1;
	if (a->path_rank != b->path_rank)
		return a->path_rank < b->path_rank ? -1 : 1;
	return (a->lowest > b->lowest) - (a->lowest < b->lowest);
}

/* ---- sorting ------------------------------------------------------------- */

/* Where the stretch in order that begins at `from` ends. */
static const struct bucket *stretch_end(const struct bucket *from,
					const struct bucket *end)
{
	while (++from < end && in_order(from - 1, from) <= 0)
		;
	return from;
}

/* Two neighbouring stretches become one in `to`. Returns what is behind it. */
static struct bucket *merge(struct bucket *to, const struct bucket *a,
			    const struct bucket *middle,
			    const struct bucket *end)
{
	const struct bucket *b = middle;

	while (a < middle && b < end)
		*to++ = in_order(a, b) <= 0 ? *a++ : *b++;
	while (a < middle)
		*to++ = *a++;
	while (b < end)
		*to++ = *b++;
	return to;
}

/* Merges stretches by pairs; false where there was only one. */
static bool merge_pairs(struct buckets *buckets)
{
	const struct bucket *from = buckets->bucket;
	const struct bucket *end = from + buckets->nr;
	const struct bucket *middle = stretch_end(from, end);
	struct bucket *to = buckets->aside;

	if (middle == end)
		return false;
	while (from < end) {
		const struct bucket *next =
			middle < end ? stretch_end(middle, end) : end;

		to = merge(to, from, middle, next);
		from = next;
		middle = from < end ? stretch_end(from, end) : end;
	}
	to = buckets->aside;
	buckets->aside = buckets->bucket;
	buckets->bucket = to;
	return true;
}

/* ---- percentiles --------------------------------------------------------- */

/* The same bucket of several groups becomes one. */
static void add_up_alike(struct buckets *buckets)
{
	struct bucket *to = buckets->bucket;

	for (size_t i = 1; i < buckets->nr; i++) {
		const struct bucket *from = &buckets->bucket[i];

		if (in_order(to, from) != 0) {
			*++to = *from;
			continue;
		}
		to->count += from->count;
		if (from->highest > to->highest)
			to->highest = from->highest;
	}
	buckets->nr = (size_t)(to - buckets->bucket) + 1;
}

/* Those of one group: where each share of its calls is reached. */
static void set_percentiles(struct run_latency *latency,
			    const struct bucket *bucket, size_t nr)
{
	const struct {
		uint64_t *ns;
		uint64_t thousandths;
	} wanted[] = { { &latency->p50_ns, 500 },
		       { &latency->p90_ns, 900 },
		       { &latency->p99_ns, 990 },
		       { &latency->p999_ns, 999 } };
	const size_t nr_wanted = sizeof(wanted) / sizeof(wanted[0]);
	uint64_t total = 0, upto = 0;
	size_t done = 0;

	for (size_t i = 0; i < nr; i++)
		total += bucket[i].count;
	latency->count = total;
	for (size_t i = 0; i < nr; i++) {
		upto += bucket[i].count;
		while (done < nr_wanted &&
		       upto * 1000 >= total * wanted[done].thousandths)
			*wanted[done++].ns = bucket[i].highest;
	}
}

/* What the summary wants to know of an operation as a whole. */
static void tell_op(struct run_op *op, const struct run_latency *latency)
{
	op->p50_ns = latency->p50_ns;
	op->p90_ns = latency->p90_ns;
	op->p99_ns = latency->p99_ns;
	op->p999_ns = latency->p999_ns;
}

static int add_group(struct run_data *data, const struct bucket *bucket,
		     size_t nr)
{
	struct run_latency *grown = arena_one_more(
		data->arena, data->latency, data->nr_latencies, sizeof(*grown));
	bool one_op = bucket->op != ALL;

	if (!grown)
		return -1;
	data->latency = grown;
	grown += data->nr_latencies++;
	*grown = (struct run_latency){
		.op = one_op ? data->op[bucket->op].op : "",
		.path = bucket->path,
	};
	set_percentiles(grown, bucket, nr);
	if (one_op && !*bucket->path)
		tell_op(&data->op[bucket->op], grown);
	return 0;
}

static int add_groups(struct run_data *data, struct buckets *buckets)
{
	size_t first = 0;

	while (merge_pairs(buckets))
		;
	add_up_alike(buckets);
	for (size_t i = 1; i <= buckets->nr; i++) {
		if (i < buckets->nr &&
		    is_one_group(&buckets->bucket[i], &buckets->bucket[first]))
			continue;
		if (add_group(data, &buckets->bucket[first], i - first))
			return -1;
		first = i;
	}
	return 0;
}

static int add_all(struct run_data *data, struct buckets *buckets, bool paths)
{
	buckets->aside = host_alloc(buckets->nr, sizeof(*buckets->aside));
	if (!buckets->aside || (paths && add_groups(data, buckets)))
		return -1;
	for (size_t i = 0; i < buckets->nr; i++) {
		buckets->bucket[i].path = "";
		buckets->bucket[i].path_rank = 0;
	}
	if (add_groups(data, buckets))
		return -1;
	for (size_t i = 0; i < buckets->nr; i++)
		buckets->bucket[i].op = ALL;
	return add_groups(data, buckets);
}

static void release(struct buckets *buckets)
{
	free(buckets->bucket);
	free(buckets->aside);
}

int run_percentiles_load(struct run_data *data, const struct database *database,
			 struct errors *errors)
{
	struct buckets buckets = { .nr = 0 };
	int result = read_buckets(&buckets, data, database, errors);

	if (!result && buckets.nr &&
	    add_all(data, &buckets, has_paths(database)))
		result = error_host(errors, "%s", data->path);
	release(&buckets);
	return result;
}

int run_percentiles_of(struct run_data *data, const struct op_stats *stats,
		       struct errors *errors)
{
	struct buckets buckets = { .nr = 0 };
	int result = take_groups(&buckets, data, stats);

	if (!result && buckets.nr)
		result = add_all(data, &buckets, true);
	if (result)
		error_host(errors, "%s", data->path);
	release(&buckets);
	return result;
}
