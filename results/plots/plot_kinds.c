/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What can be drawn: one entry per picture, the script of the same name beside
 * it in results/plots/. To add a picture: a view in schema.sql if its numbers
 * need one, a script, an entry. docs/plots.md has each and how to read it.
 */

#include "results/plots/plot.h"

#define AT_SAMPLES(value, table, group)                                        \
	"SELECT p.t_ns, v.order_, " value                                      \
	" FROM plot_sample p CROSS JOIN " table " v ON v.sample = p.sample"    \
	" WHERE v.node = :node AND v.zone = :zone " group                      \
	" ORDER BY p.sample, v.order_"

/*
 * The sums of v_free_blocks, but only of the samples that are drawn: SQLite
 * would work out the whole view first.
 */
#define FREE_BLOCKS(value)                                                     \
	AT_SAMPLES(value, "free_area", "GROUP BY p.sample, v.order_")

/* For pictures that need no samples, but a run that came to its end. */
#define LATENCIES "SELECT count(*) FROM latency_histogram WHERE highest_ns > 0"
#define NO_LATENCIES                                                           \
	"has no latencies: it was cut short, or its config knows no costs"

/* What a path of a call is called; who asked for memory and has none: failed */
#define WAY                                                                    \
	"CASE WHEN path <> 'none' THEN path WHEN op GLOB '*alloc*' OR"         \
	" op GLOB '*get*page*' THEN 'failed' ELSE 'done' END"

/*
 * The first caches by what their slabs took at most, those of all runs, and the
 * others as one. v_slab is looked at once, not again for each series.
 */
#define CACHES_DRAWN "8"
#define OTHER_CACHES "'" PLOT_OTHERS "'"
#define ALL_CACHES                                                             \
	"CREATE TEMP TABLE plot_slab AS WITH part AS MATERIALIZED (SELECT"     \
	" v.* FROM plot_sample AS p JOIN v_slab AS v ON v.sample = p.sample)," \
	" cache AS (SELECT cache AS name,"                                     \
	" row_number() OVER (ORDER BY max(slab_bytes) DESC, cache) AS rank"    \
	" FROM part GROUP BY cache HAVING max(slab_bytes) > 0)"                \
	" SELECT sample, name, rank, live_objs AS live, num_objs AS objects,"  \
	" slab_bytes AS bytes, waste_bytes AS waste FROM part JOIN cache"      \
	" ON cache.name = part.cache"
#define CACHE_NAMES                                                            \
	"SELECT iif(rank <= " CACHES_DRAWN ", name, " OTHER_CACHES ") AS"      \
	" series FROM plot_slab GROUP BY series ORDER BY min(rank)"
/* Is the cache in a list of series, each with a line feed on both sides? */
#define IS_IN(list) "instr(" list ", char(10) || name || char(10)) > 0"
#define SERIES_OF_CACHE "iif(" IS_IN(":all") ", name, " OTHER_CACHES ")"

/* How much a counter grew from the sample drawn before. */
#define GROWTH(counters)                                                       \
	"SELECT sample, value - lag(value, 1, 0) OVER (ORDER BY sample)"       \
	" AS grown FROM (SELECT p.sample, sum(v.value) AS value"               \
	" FROM plot_sample AS p CROSS JOIN vmstat AS v"                        \
	" ON v.sample = p.sample WHERE " counters " GROUP BY p.sample)"

/* clang-format off */
#define WATERMARKS                                                             \
	"SELECT p.t_ns / :unit, nr_free_pages * m, mark_min * m,"              \
	" mark_low * m, mark_high * m, kswapd.grown, stalls.grown,"            \
	" watermark_boost * m FROM plot_sample AS p"                           \
	" CROSS JOIN v_watermark AS w ON w.sample = p.sample"                  \
	" CROSS JOIN (SELECT page_size / 1048576.0 AS m FROM run)"             \
	" LEFT JOIN (" GROWTH("v.name = 'pageoutrun'")                         \
	") AS kswapd ON kswapd.sample = p.sample"                              \
	" LEFT JOIN (" GROWTH("v.name GLOB 'allocstall_*'")                    \
	") AS stalls ON stalls.sample = p.sample"                              \
	" WHERE w.node = :node AND w.zone = :zone ORDER BY p.sample"

/* From the first to wake it until it sleeps again, whatever it waited for. */
#define KSWAPD_AWAKE                                                           \
	"WITH turn AS (SELECT n, t_ns, kind, lag(kind) OVER (ORDER BY n)"      \
	" AS before FROM timeline WHERE actor = 'kswapd'"                      \
	" AND actor_number = :node AND (kind = 'woken' OR (kind = 'sleeps'"    \
	" AND queue = 'kswapd'))), stretch AS (SELECT t_ns, kind,"             \
	" lead(t_ns) OVER (ORDER BY n) - t_ns AS ns FROM turn"                 \
	" WHERE before IS NOT kind)"                                           \
	" SELECT t_ns / :unit, ns / :unit FROM stretch"                        \
	" WHERE kind = 'woken' AND ns IS NOT NULL LIMIT 5000"

/* Functions, and the ways they were served, as they are called together. */
#define CALL "op || CASE path WHEN 'none' THEN '' ELSE ', ' || path END"
/*
 * The least latency that `share` of a million are not above; on a logarithmic
 * axis, 0 stands at 0.5 (results/plots/latency-tics.gp).
 */
#define RANK(share)                                                            \
	"max(0.5, min(ns) FILTER (WHERE upto * 1000000 >= total * " share ")), "
#define PERCENTILES                                                            \
	"WITH bucket AS (SELECT lowest_ns, max(highest_ns) AS ns,"             \
	" sum(count) AS count FROM latency_histogram WHERE " CALL              \
	" = :series GROUP BY lowest_ns), ranked AS (SELECT ns,"                \
	" sum(count) OVER (ORDER BY lowest_ns) AS upto,"                       \
	" sum(count) OVER () AS total FROM bucket) SELECT "                    \
	RANK("500000") RANK("900000") RANK("990000") RANK("999000")            \
	"max(0.5, max(ns)), max(total) FROM ranked"
/* clang-format on */

const struct plot_kind plot_kinds[] = {
	{
		.name = "map",
		.shows = "physical memory by address, over time or at a "
			 "sample: migrate types, and how full",
		.panels = PLOT_RUNS,
		.layout = PLOT_MAP,
		.panel_height = 420,
		/* Of counts alone, as of /proc or a log, the seed makes it. */
		.note = "SELECT 'blocks at the start: places guessed' FROM run"
			" WHERE instr(config, char(10) || '  pagetypeinfo: ')"
			" OR instr(config, char(10) || '  buddyinfo: ')",
		.version = 4,
	},
	{
		.name = "fragmentation",
		.shows = "free memory that a request can't use, over time, by "
			 "order",
		.query = AT_SAMPLES("v.unusable * 100", "v_fragmentation", ""),
		.first_order = 1,
	},
	{
		.name = "extfrag",
		.shows = "why a request would fail (1: fragmentation, 0: too "
			 "little memory), over time, by order",
		.query = AT_SAMPLES("v.extfrag", "v_fragmentation", ""),
		.first_order = 1,
	},
	{
		.name = "free-blocks",
		.shows = "how many free blocks there are, over time, by order",
		.query = FREE_BLOCKS("sum(v.nr_free)"),
	},
	{
		.name = "free-memory",
		.shows = "free memory stacked by the order of its blocks, over "
			 "time",
		.query = FREE_BLOCKS("(sum(v.nr_free) << v.order_)"
				     " * (SELECT page_size FROM run)"
				     " / 1048576.0"),
		.panels = PLOT_ZONES_OF_RUN,
	},
	{
		.name = "watermarks",
		.shows = "free pages of a zone with its marks, kswapd, stalls "
			 "and OOM kills",
		.panels = PLOT_ZONES_OF_RUN,
		.layout = PLOT_BY_SERIES,
		.version = 4,
		.query = WATERMARKS,
		.more = { "SELECT t_ns / :unit, task FROM oom_kill",
			  KSWAPD_AWAKE },
	},
	{
		.name = "failures",
		.shows = "when allocations failed and why, and OOM kills",
		.panels = PLOT_RUNS,
		.panel_height = 160,
		.row_height = 45,
		.layout = PLOT_BY_SERIES,
		.version = 4,
		.no_samples = true,
		.empty_too = true,
		.has = "SELECT failed + (SELECT count(*) FROM oom_kill)"
		       " FROM run",
		.series = "SELECT reason FROM failure_stats GROUP BY reason"
			  " ORDER BY sum(count) DESC, reason",
		/* A point for all of a 200th of the time, when calls ended. */
		.query = "SELECT avg(t_ns + latency_ns) / :unit, count(*),"
			 " max(order_), (SELECT sum(count) FROM failure_stats"
			 " WHERE reason = :series) FROM op_log, run"
			 " WHERE ok = 0 AND reason = :series"
			 " GROUP BY (t_ns + latency_ns) * 200 / max(sim_ns, 1)",
		.more = { "SELECT t_ns / :unit, task FROM oom_kill",
			  "SELECT t_ns / :unit FROM kernel_log" },
		.note = "SELECT CASE WHEN status <> 'complete' AND failed = 0"
			" THEN 'the run was cut short: no failure is known'"
			" WHEN failed = 0 THEN 'no allocation failed'"
			" WHEN log_ops = 'none' THEN failed || ' failed, when"
			" is not known: run with --log-ops failures'"
			" ELSE ''"
			" END FROM run",
	},
	{
		.name = "latency",
		.shows =
			"how long calls took: the share that was done by then, "
			"by the way they were served",
		.panels = PLOT_NAMED,
		.layout = PLOT_BY_SERIES,
		.no_samples = true,
		.version = 3,
		.has = LATENCIES,
		.has_not = NO_LATENCIES,
		.panel_names = "SELECT op FROM latency_histogram GROUP BY op"
			       " ORDER BY sum(count) DESC, op",
		.series = "SELECT " WAY " FROM latency_histogram"
			  " WHERE op = :panel GROUP BY path"
			  " ORDER BY sum(count) DESC, path",
		.query = "SELECT * FROM (SELECT max(min(lowest_ns), 0.5), 0"
			 " FROM latency_histogram WHERE op = :panel"
			 " AND " WAY " = :series HAVING count(*) > 0)"
			 " UNION ALL SELECT * FROM (SELECT"
			 " max(max(highest_ns), 0.5), 100.0 * sum(sum(count))"
			 " OVER (ORDER BY lowest_ns) / sum(sum(count)) OVER ()"
			 " FROM latency_histogram WHERE op = :panel"
			 " AND " WAY " = :series"
			 " GROUP BY lowest_ns ORDER BY lowest_ns)",
	},
	{
		.name = "latency-percentiles",
		.shows = "p50, p90, p99, p99.9, the slowest, by call and path",
		.panels = PLOT_ONE,
		.panel_height = 80,
		.row_height = 20,
		.layout = PLOT_BY_SERIES,
		.no_samples = true,
		.version = 3,
		.has = LATENCIES,
		.has_not = NO_LATENCIES,
		.series = "SELECT " CALL " FROM latency_histogram"
			  " GROUP BY op, path ORDER BY sum(sum(count))"
			  " OVER (PARTITION BY op) DESC, op, sum(count) DESC,"
			  " path LIMIT 16",
		.query = PERCENTILES,
	},
	{
		.name = "slabs",
		.shows = "how many of the objects that slabs hold are in use, "
			 "by cache",
		.panels = PLOT_RUNS,
		.layout = PLOT_BY_SERIES,
		.version = 4,
		.has = "SELECT count(*) FROM slab_sample WHERE num_slabs > 0",
		.has_not = "no slab cache had slabs when it was sampled",
		.prepare = ALL_CACHES,
		.series = CACHE_NAMES,
		.query = "SELECT t_ns / :unit, 100.0 * live / objects,"
			 " bytes / 1048576.0 FROM plot_sample AS p LEFT JOIN"
			 " (SELECT sample, sum(live) AS live, sum(objects) AS"
			 " objects, sum(bytes) AS bytes FROM plot_slab WHERE"
			 " " SERIES_OF_CACHE " = :series GROUP BY sample)"
			 " USING (sample) ORDER BY p.sample",
	},
	{
		.name = "slab-waste",
		.shows = "memory of slabs that no object has, stacked by cache",
		.panels = PLOT_RUNS,
		.layout = PLOT_BY_SERIES,
		.version = 4,
		.has = "SELECT count(*) FROM slab_sample WHERE num_slabs > 0",
		.has_not = "no slab cache had slabs when it was sampled",
		.prepare = ALL_CACHES,
		.series = CACHE_NAMES,
		/* Stacked: each with those that are drawn below it. */
		.query =
			"SELECT t_ns / :unit, total(waste) / 1024.0"
			" FROM plot_sample AS p LEFT JOIN plot_slab AS v"
			" ON v.sample = p.sample AND (" IS_IN(
				":upto") " OR :series = " OTHER_CACHES ")"
					 " GROUP BY p.sample ORDER BY p.sample",
	},
	{
		.name = "vmalloc",
		.shows =
			"vmalloc's addresses: areas and holes, over time or at "
			"a sample",
		.panels = PLOT_RUNS,
		.layout = PLOT_VMALLOC,
		.version = 4,
		.has = "SELECT count(*) FROM vmalloc_area",
		.has_not = "nothing was ever in vmalloc's address space",
		.note = "WITH edge AS (SELECT start_vaddr, max(end_vaddr) OVER"
			" (ORDER BY start_vaddr ROWS BETWEEN UNBOUNDED"
			" PRECEDING AND 1 PRECEDING) AS before"
			" FROM vmalloc_area) SELECT CASE count(*)"
			" WHEN 0 THEN '' ELSE 'not drawn: areas from ' ||"
			" printf('%x', min(v.start_vaddr)) || ' on' END"
			" FROM vmalloc_area AS v WHERE v.start_vaddr >= (SELECT"
			" min(start_vaddr) FROM edge"
			" WHERE start_vaddr - before > 1 << 30)",
	},
	{
		.name = "sweep",
		.shows = "of a sweep's folder: metrics along an axis, means "
			 "over seeds with 95 % intervals",
		.panels = PLOT_NAMED,
		.layout = PLOT_SWEEP,
		.no_samples = true,
		.has_not = "is not a sweep's folder, as `kmemsim sweep -o` "
			   "makes it",
	},
};

const size_t nr_plot_kinds = sizeof(plot_kinds) / sizeof(plot_kinds[0]);
