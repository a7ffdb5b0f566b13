/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Percentiles by operation, by nearest rank over the buckets of
 * latency_histogram: the same rule as while recording, and as in the view
 * v_latency.
 *
 *	rows of all flags, contexts, paths --sort--> by operation, lowest
 *	    --add up, the highest of a bucket--> rank --> percentiles
 *
 * The table has some ten thousand rows. SQLite can say this in one query, with
 * window functions, and took 30 ms for it: much where a run takes 100.
 */

#include "results/run_percentiles.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/host.h"

struct bucket {
	size_t op; /* place in run_data.op[] */
	uint64_t lowest;
	uint64_t highest;
	uint64_t count;
};

struct buckets {
	struct bucket *bucket;
	size_t nr;
	size_t capacity;
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

static int add_bucket(struct buckets *buckets, size_t op, sqlite3_stmt *row)
{
	struct bucket *grown = host_grow(buckets->bucket, &buckets->capacity,
					 buckets->nr + 1, sizeof(*grown));

	if (!grown)
		return -1;
	buckets->bucket = grown;
	grown[buckets->nr++] = (struct bucket){
		.op = op,
		.lowest = (uint64_t)sqlite3_column_int64(row, 1),
		.highest = (uint64_t)sqlite3_column_int64(row, 2),
		.count = (uint64_t)sqlite3_column_int64(row, 3),
	};
	return 0;
}

static int read_buckets(struct buckets *buckets, const struct run_data *data,
			const struct database *database, struct errors *errors)
{
	sqlite3_stmt *row =
		database_prepare(database,
				 "SELECT op, lowest_ns, highest_ns, count"
				 " FROM latency_histogram",
				 errors);
	size_t op = 0;
	int got;

	if (!row)
		return -1;
	while ((got = database_step(database, row, errors)) > 0) {
		op = op_of(data, column_text(row, 0), op);
		if (op < data->nr_ops && add_bucket(buckets, op, row)) {
			got = error_host(errors, "%s", data->path);
			break;
		}
	}
	sqlite3_finalize(row);
	return got;
}

static int by_op_and_lowest(const void *a, const void *b)
{
	const struct bucket *left = a, *right = b;

	if (left->op != right->op)
		return left->op < right->op ? -1 : 1;
	return (left->lowest > right->lowest) - (left->lowest < right->lowest);
}

/* The same bucket of several groups becomes one. */
static void add_up_alike(struct buckets *buckets)
{
	struct bucket *to = buckets->bucket;

	for (size_t i = 1; i < buckets->nr; i++) {
		const struct bucket *from = &buckets->bucket[i];

		if (by_op_and_lowest(to, from) != 0) {
			*++to = *from;
			continue;
		}
		to->count += from->count;
		if (from->highest > to->highest)
			to->highest = from->highest;
	}
	buckets->nr = (size_t)(to - buckets->bucket) + 1;
}

/* Those of one operation: where each share of its calls is reached. */
static void set_percentiles(struct run_op *op, const struct bucket *bucket,
			    size_t nr)
{
	const struct {
		uint64_t *ns;
		uint64_t thousandths;
	} wanted[] = { { &op->p50_ns, 500 },
		       { &op->p90_ns, 900 },
		       { &op->p99_ns, 990 },
		       { &op->p999_ns, 999 } };
	const size_t nr_wanted = sizeof(wanted) / sizeof(wanted[0]);
	uint64_t total = 0, upto = 0;
	size_t done = 0;

	for (size_t i = 0; i < nr; i++)
		total += bucket[i].count;
	for (size_t i = 0; i < nr; i++) {
		upto += bucket[i].count;
		while (done < nr_wanted &&
		       upto * 1000 >= total * wanted[done].thousandths)
			*wanted[done++].ns = bucket[i].highest;
	}
}

static void set_all(struct run_data *data, const struct buckets *buckets)
{
	size_t first = 0;

	for (size_t i = 1; i <= buckets->nr; i++) {
		size_t op = buckets->bucket[first].op;

		if (i < buckets->nr && buckets->bucket[i].op == op)
			continue;
		set_percentiles(&data->op[op], &buckets->bucket[first],
				i - first);
		first = i;
	}
}

int run_percentiles_load(struct run_data *data, const struct database *database,
			 struct errors *errors)
{
	struct buckets buckets = { .nr = 0 };
	int result = read_buckets(&buckets, data, database, errors);

	if (!result && buckets.nr) {
		qsort(buckets.bucket, buckets.nr, sizeof(*buckets.bucket),
		      by_op_and_lowest);
		add_up_alike(&buckets);
		set_all(data, &buckets);
	}
	free(buckets.bucket);
	return result;
}
