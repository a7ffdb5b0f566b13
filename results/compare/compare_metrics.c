/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Puts the runs' numbers side by side. Runs need not have the same things: an
 * operation, a reason or a zone that only one of them has is a metric of its
 * own, with nothing for the others. Counts are the exception: what did not
 * happen, happened 0 times.
 *
 *	failures                      2   5      has no label: all together
 *	failures[order]               2   0      of a reason
 *	failures[order, kmalloc]      2   0      and of an operation
 *
 * Rules: the machine's indices are the kernel's, computed from all zones' free
 * blocks added up; where there is only one zone, they are that zone's. Internal
 * fragmentation is what was granted beyond what was asked for. A slab cache's
 * loss is what its pages hold besides live objects: free objects, room left
 * over, padding, the allocator's own data.
 */

#define _GNU_SOURCE

#include "results/compare/compare_metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "models/page/fragmentation.h"

/* Above it, the kernel tries less hard to find a block. */
#define COSTLY_ORDER 3

int metrics_init(struct metrics *metrics, size_t nr_runs)
{
	*metrics = (struct metrics){ .nr_runs = nr_runs };
	metrics->arena = arena_new();
	return metrics->arena ? 0 : -1;
}

void metrics_release(struct metrics *metrics)
{
	arena_free(metrics->arena);
	*metrics = (struct metrics){ .nr = 0 };
}

/* ---- finding and making ------------------------------------------------- */

static bool is_metric(const struct metric *metric,
		      const struct metric_family *family,
		      const char *const *label)
{
	size_t i;

	if (metric->family != family)
		return false;
	for (i = 0; i < METRIC_LABELS_MAX && label[i]; i++)
		if (!metric->label[i] || strcmp(metric->label[i], label[i]))
			return false;
	return metric->nr_labels == i;
}

/* Runs tell of the same things in the same order, mostly. */
static struct metric *find(struct metrics *metrics,
			   const struct metric_family *family,
			   const char *const *label)
{
	for (size_t i = 0; i < metrics->nr; i++) {
		size_t at = (metrics->next + i) % metrics->nr;

		if (!is_metric(&metrics->metric[at], family, label))
			continue;
		metrics->next = at + 1;
		return &metrics->metric[at];
	}
	return NULL;
}

static const char *name_of(const struct metric_family *family,
			   const char *const *label, struct arena *arena)
{
	struct text name = TEXT_EMPTY;
	const char *kept = NULL;
	size_t i;

	text_add(&name, "%s", family->name);
	for (i = 0; i < METRIC_LABELS_MAX && label[i]; i++)
		text_add(&name, "%s%s", i ? ", " : "[", label[i]);
	if (i)
		text_add(&name, "]");
	if (!name.failed)
		kept = arena_strndup(arena, name.s, name.length);
	text_release(&name);
	return kept;
}

static struct metric *make(struct metrics *metrics,
			   const struct metric_family *family,
			   const char *const *label, enum metric_level level)
{
	struct arena *arena = metrics->arena;
	struct metric *metric = arena_one_more(arena, metrics->metric,
					       metrics->nr, sizeof(*metric));

	if (!metric)
		return NULL;
	metrics->metric = metric;
	metric += metrics->nr;
	*metric = (struct metric){ .family = family, .level = level };
	metric->name = name_of(family, label, arena);
	metric->value = arena_alloc(arena, metrics->nr_runs * sizeof(double));
	for (size_t i = 0; i < METRIC_LABELS_MAX && label[i]; i++) {
		metric->label[i] =
			arena_strndup(arena, label[i], strlen(label[i]));
		if (!metric->label[i])
			return NULL;
		metric->nr_labels++;
	}
	if (!metric->name || !metric->value)
		return NULL;
	for (size_t i = 0; i < metrics->nr_runs; i++)
		metric->value[i] = family->counts ? 0 : NAN;
	metrics->nr++;
	return metric;
}

/* The run whose numbers are put where. */
struct put {
	struct metrics *metrics;
	size_t run;
};

/* Adds to what the run has there already. A label that is NULL ends them. */
static void put(const struct put *to, enum metric_id id,
		enum metric_level level, double value, const char *label,
		const char *second, const char *third)
{
	const char *const labels[METRIC_LABELS_MAX] = { label, second, third };
	const struct metric_family *family = &metric_families[id];
	struct metric *metric = find(to->metrics, family, labels);

	if (!metric)
		metric = make(to->metrics, family, labels, level);
	if (!metric) {
		to->metrics->failed = true;
		return;
	}
	/* What one run makes a matter for everyone is one. */
	if (level < metric->level)
		metric->level = level;
	if (isnan(metric->value[to->run]))
		metric->value[to->run] = value;
	else
		metric->value[to->run] += value;
}

/* ---- what a run came to ------------------------------------------------- */

static void put_outcome(const struct put *to, const struct run_data *run)
{
	put(to, METRIC_OPS, LEVEL_KEY, (double)run->ops, NULL, NULL, NULL);
	put(to, METRIC_SKIPPED, LEVEL_CHANGED, (double)run->skipped, NULL, NULL,
	    NULL);
	put(to, METRIC_SIM_TIME, LEVEL_KEY, (double)run->sim_ns, NULL, NULL,
	    NULL);
	put(to, METRIC_VIOLATIONS, LEVEL_KEY, (double)run->violations, NULL,
	    NULL, NULL);
	for (size_t i = 0; i < run->nr_rules; i++)
		put(to, METRIC_VIOLATIONS, LEVEL_CHANGED,
		    (double)run->rule[i].violations, run->rule[i].rule, NULL,
		    NULL);
}

static void put_failures(const struct put *to, const struct run_data *run)
{
	put(to, METRIC_FAILURES, LEVEL_KEY, (double)run->failed, NULL, NULL,
	    NULL);
	for (size_t i = 0; i < run->nr_failures; i++) {
		const struct run_failure *failure = &run->failure[i];
		double count = (double)failure->count;
		char order[16];

		put(to, METRIC_FAILURES, LEVEL_KEY, count, failure->reason,
		    NULL, NULL);
		put(to, METRIC_FAILURES, LEVEL_CHANGED, count, failure->reason,
		    failure->op, NULL);
		if (failure->order < 0)
			continue;
		snprintf(order, sizeof(order), "%d", failure->order);
		put(to, METRIC_FAILURES, LEVEL_CHANGED, count, failure->reason,
		    failure->op, order);
	}
}

static void put_latency(const struct put *to, const struct run_latency *latency)
{
	const char *op = *latency->op ? latency->op : NULL;
	const char *path = *latency->path ? latency->path : NULL;
	enum metric_level most = path ? LEVEL_DETAIL :
				 op   ? LEVEL_CHANGED :
					LEVEL_KEY;
	enum metric_level less = op ? LEVEL_DETAIL : LEVEL_CHANGED;

	put(to, METRIC_LATENCY_P50, most, (double)latency->p50_ns, op, path,
	    NULL);
	put(to, METRIC_LATENCY_P90, less, (double)latency->p90_ns, op, path,
	    NULL);
	put(to, METRIC_LATENCY_P99, most, (double)latency->p99_ns, op, path,
	    NULL);
	put(to, METRIC_LATENCY_P999, less, (double)latency->p999_ns, op, path,
	    NULL);
	put(to, METRIC_LATENCY_MAX, most, (double)latency->max_ns, op, path,
	    NULL);
}

static void put_waiting(const struct put *to, const struct run_data *run)
{
	static const enum metric_id times[NR_RUN_TIMES] = {
		[TIME_RUNNING] = METRIC_TIME_RUNNING,
		[TIME_CPU_WAIT] = METRIC_TIME_CPU_WAIT,
		[TIME_LOCK_WAIT] = METRIC_TIME_LOCK_WAIT,
		[TIME_SLEEP] = METRIC_TIME_SLEEP,
	};

	for (size_t i = 0; i < NR_RUN_TIMES; i++)
		put(to, times[i], LEVEL_CHANGED, (double)run->time_ns[i], NULL,
		    NULL, NULL);
	for (size_t i = 0; i < run->nr_locks; i++)
		put(to, METRIC_LOCK_WAIT, LEVEL_CHANGED,
		    (double)run->lock[i].wait_ns, run->lock[i].name, NULL,
		    NULL);
}

static void put_pressure(const struct put *to, const struct run_data *run)
{
	for (size_t i = 0; i < NR_RUN_PRESSURE; i++)
		put(to, (enum metric_id)(METRIC_STALLS + i), LEVEL_CHANGED,
		    (double)run->pressure[i], NULL, NULL, NULL);
}

/* Of what `all` is, how much is not `part`. */
static double share_beyond(uint64_t all, uint64_t part)
{
	return all ? 1 - (double)part / (double)all : NAN;
}

static void put_sizes(const struct put *to, uint64_t requested,
		      uint64_t granted, const char *op)
{
	if (!granted)
		return;
	put(to, METRIC_REQUESTED, LEVEL_CHANGED, (double)requested, op, NULL,
	    NULL);
	put(to, METRIC_GRANTED, LEVEL_CHANGED, (double)granted, op, NULL, NULL);
	put(to, METRIC_INTERNAL_FRAGMENTATION, op ? LEVEL_CHANGED : LEVEL_KEY,
	    share_beyond(granted, requested), op, NULL, NULL);
}

static void put_slab(const struct put *to, uint64_t room, uint64_t used,
		     const char *cache)
{
	enum metric_level level = cache ? LEVEL_DETAIL : LEVEL_CHANGED;

	put(to, METRIC_SLAB_ROOM, level, (double)room, cache, NULL, NULL);
	put(to, METRIC_SLAB_USED, level, (double)used, cache, NULL, NULL);
	if (room)
		put(to, METRIC_SLAB_LOSS, cache ? LEVEL_CHANGED : LEVEL_KEY,
		    share_beyond(room, used), cache, NULL, NULL);
}

static void put_overhead(const struct put *to, const struct run_data *run)
{
	uint64_t requested = 0, granted = 0, room = 0, used = 0;

	for (size_t i = 0; i < run->nr_ops; i++) {
		requested += run->op[i].requested_bytes;
		granted += run->op[i].granted_bytes;
		put_sizes(to, run->op[i].requested_bytes,
			  run->op[i].granted_bytes, run->op[i].op);
	}
	put_sizes(to, requested, granted, NULL);
	for (size_t i = 0; i < run->nr_caches; i++) {
		const struct run_cache *cache = &run->cache[i];

		room += cache->room_bytes;
		used += cache->used_bytes;
		if (cache->room_bytes)
			put_slab(to, cache->room_bytes, cache->used_bytes,
				 cache->cache);
	}
	if (run->nr_caches)
		put_slab(to, room, used, NULL);
}

static bool is_key_order(const struct run_data *run, unsigned int order)
{
	return order == COSTLY_ORDER || order == run->pageblock_order;
}

/*
 * The kernel's indices, of 1 rather than in whole thousandths
 * (models/page/fragmentation.h): differences of small ones are seen, too.
 */
static double unusable_share(const uint64_t *nr_free, unsigned int nr_orders,
			     unsigned int order)
{
	uint64_t pages = 0, suitable = 0;

	for (unsigned int o = 0; o < nr_orders; o++) {
		pages += nr_free[o] << o;
		if (o >= order)
			suitable += nr_free[o] << o;
	}
	return pages ? (double)(pages - suitable) / (double)pages : 1;
}

/* NaN where a block is there, or memory itself is short. */
static double extfrag_of(const uint64_t *nr_free, unsigned int nr_orders,
			 unsigned int order)
{
	double pages = 0, blocks = 0;

	if (fragmentation_index(nr_free, nr_orders, order) < 0)
		return NAN;
	for (unsigned int o = 0; o < nr_orders; o++) {
		pages += (double)(nr_free[o] << o);
		blocks += (double)nr_free[o];
	}
	return blocks > 0 ? 1 - (1 + pages / (double)(1u << order)) / blocks :
			    0;
}

/* Of a zone, or (zone: NULL) of the machine. */
static void put_order(const struct put *to, const struct run_data *run,
		      const uint64_t *nr_free, unsigned int order,
		      const char *zone)
{
	double extfrag = extfrag_of(nr_free, run->nr_orders, order);
	bool key = is_key_order(run, order) || run_data_has_failed(run, order);
	enum metric_level level = zone ? LEVEL_DETAIL : LEVEL_CHANGED;
	char text[16];

	snprintf(text, sizeof(text), "%u", order);
	put(to, METRIC_FREE_BLOCKS, LEVEL_DETAIL, (double)nr_free[order], text,
	    zone, NULL);
	/* A page can always be used. */
	if (!order)
		return;
	if (key)
		level = zone ? LEVEL_CHANGED : LEVEL_KEY;
	put(to, METRIC_UNUSABLE, level,
	    unusable_share(nr_free, run->nr_orders, order), text, zone, NULL);
	if (!isnan(extfrag))
		put(to, METRIC_EXTFRAG, zone ? LEVEL_DETAIL : LEVEL_CHANGED,
		    extfrag, text, zone, NULL);
}

static void put_zones(const struct put *to, const struct run_data *run)
{
	uint64_t all[MAX_ORDERS] = { 0 };
	uint64_t free_pages = 0;

	for (size_t i = 0; i < run->nr_zones; i++) {
		const struct run_zone *zone = &run->zone[i];
		char name[64];

		snprintf(name, sizeof(name), "%d/%s", zone->node, zone->zone);
		free_pages += zone->free_pages;
		put(to, METRIC_FREE, LEVEL_CHANGED,
		    (double)(zone->free_pages * run->page_size), name, NULL,
		    NULL);
		for (unsigned int order = 0; order < run->nr_orders; order++) {
			all[order] += zone->nr_free[order];
			put_order(to, run, zone->nr_free, order, name);
		}
	}
	if (!run->nr_zones)
		return;
	put(to, METRIC_FREE, LEVEL_KEY, (double)(free_pages * run->page_size),
	    NULL, NULL, NULL);
	for (unsigned int order = 0; order < run->nr_orders; order++)
		put_order(to, run, all, order, NULL);
}

void metrics_add(struct metrics *metrics, size_t run,
		 const struct run_data *data)
{
	const struct put to = { metrics, run };

	put_outcome(&to, data);
	put_failures(&to, data);
	for (size_t i = 0; i < data->nr_latencies; i++)
		put_latency(&to, &data->latency[i]);
	put_waiting(&to, data);
	put_pressure(&to, data);
	put_overhead(&to, data);
	put_zones(&to, data);
}

/* ---- their order -------------------------------------------------------- */

/* Numbers as numbers; what has no more labels comes first. */
static int compare_labels(const char *a, const char *b)
{
	uint64_t x, y;

	if (!a || !b)
		return (a != NULL) - (b != NULL);
	if (parse_u64(a, strlen(a), &x) && parse_u64(b, strlen(b), &y))
		return (x > y) - (x < y);
	return strcmp(a, b);
}

static int compare_metrics(const void *a, const void *b)
{
	const struct metric *left = a, *right = b;
	int order = (int)left->family->group - (int)right->family->group;

	if (!order)
		order = (left->family > right->family) -
			(left->family < right->family);
	for (size_t i = 0; !order && i < METRIC_LABELS_MAX; i++)
		order = compare_labels(left->label[i], right->label[i]);
	return order;
}

int metrics_finish(struct metrics *metrics)
{
	if (metrics->failed)
		return -1;
	if (metrics->nr)
		qsort(metrics->metric, metrics->nr, sizeof(*metrics->metric),
		      compare_metrics);
	return 0;
}

const struct metric *metrics_find(const struct metrics *metrics,
				  const char *name)
{
	for (size_t i = 0; i < metrics->nr; i++)
		if (!strcmp(metrics->metric[i].name, name))
			return &metrics->metric[i];
	return NULL;
}
