-- SPDX-License-Identifier: GPL-2.0-only
--
-- What a run leaves behind. docs/database.md explains each table and column;
-- a column is only ever added, and PRAGMA user_version counts up when that
-- happens. Times are simulated nanoseconds since the workload's zero, sizes
-- are bytes, amounts of memory are pages unless the name says otherwise.
--
-- Indexes are made at the end of a run (results/indexes.sql), so that writing
-- a row never has to find a place for it.

PRAGMA application_id = 0x6b6d656d; -- "kmem"
PRAGMA user_version = 5;

CREATE TABLE run (
	run_id INTEGER PRIMARY KEY,
	name TEXT NOT NULL,
	config TEXT NOT NULL,
	workload TEXT NOT NULL,
	seed INTEGER NOT NULL,
	version TEXT NOT NULL,
	status TEXT NOT NULL
		CHECK (status IN ('complete', 'interrupted', 'failed')),
	ops INTEGER NOT NULL,
	sim_ns INTEGER NOT NULL,
	wall_s REAL,
	digest TEXT,
	config_name TEXT NOT NULL,
	workload_name TEXT NOT NULL,
	workload_path TEXT NOT NULL,
	workload_sha256 TEXT,
	failed INTEGER NOT NULL,
	skipped INTEGER NOT NULL,
	violations INTEGER NOT NULL,
	log_ops TEXT NOT NULL,
	page_size INTEGER NOT NULL,
	nr_orders INTEGER NOT NULL,
	pageblock_order INTEGER NOT NULL,
	timeline INTEGER NOT NULL,
	config_path TEXT,
	until_ns INTEGER
);

CREATE TABLE machine (
	run_id INTEGER NOT NULL,
	address_bits INTEGER NOT NULL,
	page_offset INTEGER NOT NULL,
	vmalloc_start INTEGER NOT NULL,
	vmalloc_size INTEGER NOT NULL,
	zone_types TEXT NOT NULL,
	zone_device INTEGER NOT NULL,
	numa INTEGER NOT NULL,
	transparent_hugepage INTEGER NOT NULL,
	slab_allocator TEXT NOT NULL
);

CREATE TABLE node (
	run_id INTEGER NOT NULL,
	node INTEGER NOT NULL,
	cpus TEXT NOT NULL
);

CREATE TABLE zone (
	run_id INTEGER NOT NULL,
	node INTEGER NOT NULL,
	zone TEXT NOT NULL,
	start_pfn INTEGER NOT NULL,
	spanned_pages INTEGER NOT NULL,
	present_pages INTEGER NOT NULL,
	managed_pages INTEGER NOT NULL,
	watermark_min INTEGER NOT NULL,
	watermark_low INTEGER NOT NULL,
	watermark_high INTEGER NOT NULL,
	lowmem_reserve TEXT NOT NULL,
	pcp_high INTEGER NOT NULL,
	pcp_batch INTEGER NOT NULL,
	stat_threshold INTEGER NOT NULL
);

CREATE TABLE op_log (
	run_id INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	t_ns INTEGER NOT NULL,
	op TEXT NOT NULL,
	id,
	cpu INTEGER NOT NULL,
	ctx TEXT NOT NULL,
	gfp TEXT,
	order_ INTEGER,
	size INTEGER,
	ok INTEGER,
	node INTEGER,
	zone TEXT,
	pfn INTEGER,
	vaddr INTEGER,
	latency_ns INTEGER NOT NULL,
	cost_ns INTEGER NOT NULL,
	path TEXT,
	reason TEXT,
	asked_node INTEGER,
	can_sleep INTEGER NOT NULL,
	cache TEXT,
	task TEXT,
	line INTEGER,
	extents INTEGER,
	data TEXT,
	cpu_wait_ns INTEGER NOT NULL,
	lock_wait_ns INTEGER NOT NULL,
	sleep_ns INTEGER NOT NULL
);

CREATE TABLE extent (
	run_id INTEGER NOT NULL,
	seq INTEGER NOT NULL,
	n INTEGER NOT NULL,
	pfn INTEGER NOT NULL,
	pages INTEGER NOT NULL
);

CREATE TABLE sample (
	run_id INTEGER NOT NULL,
	sample INTEGER NOT NULL,
	label TEXT,
	t_ns INTEGER NOT NULL,
	cause TEXT NOT NULL CHECK (cause IN ('clock', 'workload', 'end')),
	seq INTEGER NOT NULL
);

CREATE TABLE free_area (
	run_id INTEGER NOT NULL,
	label TEXT,
	t_ns INTEGER NOT NULL,
	node INTEGER NOT NULL,
	zone TEXT NOT NULL,
	migratetype TEXT NOT NULL,
	order_ INTEGER NOT NULL,
	nr_free INTEGER NOT NULL,
	sample INTEGER NOT NULL
);

CREATE TABLE zone_sample (
	run_id INTEGER NOT NULL,
	label TEXT,
	t_ns INTEGER NOT NULL,
	node INTEGER NOT NULL,
	zone TEXT NOT NULL,
	nr_free_pages INTEGER NOT NULL,
	pcp_pages INTEGER NOT NULL,
	nr_reserved_highatomic INTEGER NOT NULL,
	free_pages INTEGER NOT NULL,
	watermark_min INTEGER NOT NULL,
	watermark_low INTEGER NOT NULL,
	watermark_high INTEGER NOT NULL,
	watermark_boost INTEGER NOT NULL,
	pageblocks_unmovable INTEGER NOT NULL,
	pageblocks_movable INTEGER NOT NULL,
	pageblocks_reclaimable INTEGER NOT NULL,
	pageblocks_highatomic INTEGER NOT NULL,
	pageblocks_cma INTEGER NOT NULL,
	pageblocks_isolate INTEGER NOT NULL,
	sample INTEGER NOT NULL
);

CREATE TABLE pcp_sample (
	run_id INTEGER NOT NULL,
	label TEXT,
	t_ns INTEGER NOT NULL,
	node INTEGER NOT NULL,
	zone TEXT NOT NULL,
	cpu INTEGER NOT NULL,
	count INTEGER NOT NULL,
	high INTEGER NOT NULL,
	batch INTEGER NOT NULL,
	sample INTEGER NOT NULL
);

CREATE TABLE node_stat (
	run_id INTEGER NOT NULL,
	label TEXT,
	t_ns INTEGER NOT NULL,
	node INTEGER NOT NULL,
	zone TEXT,
	name TEXT NOT NULL,
	value INTEGER NOT NULL,
	sample INTEGER NOT NULL
);

CREATE TABLE slab_sample (
	run_id INTEGER NOT NULL,
	label TEXT,
	t_ns INTEGER NOT NULL,
	number INTEGER NOT NULL,
	cache TEXT NOT NULL,
	active_objs INTEGER NOT NULL,
	num_objs INTEGER NOT NULL,
	objsize INTEGER NOT NULL,
	objperslab INTEGER NOT NULL,
	pagesperslab INTEGER NOT NULL,
	limit_ INTEGER NOT NULL,
	batchcount INTEGER NOT NULL,
	sharedfactor INTEGER NOT NULL,
	active_slabs INTEGER NOT NULL,
	num_slabs INTEGER NOT NULL,
	sharedavail INTEGER NOT NULL,
	num_pages INTEGER NOT NULL,
	object_size INTEGER NOT NULL,
	live_objs INTEGER NOT NULL,
	sample INTEGER NOT NULL
);

CREATE TABLE vmalloc_area (
	run_id INTEGER NOT NULL,
	label TEXT,
	t_ns INTEGER NOT NULL,
	start_vaddr INTEGER NOT NULL,
	end_vaddr INTEGER NOT NULL,
	size INTEGER NOT NULL,
	pages INTEGER,
	caller TEXT,
	flags TEXT NOT NULL,
	nodes TEXT NOT NULL,
	sample INTEGER NOT NULL
);

CREATE TABLE fragmentation (
	run_id INTEGER NOT NULL,
	label TEXT,
	t_ns INTEGER NOT NULL,
	node INTEGER NOT NULL,
	zone TEXT NOT NULL,
	order_ INTEGER NOT NULL,
	unusable_index INTEGER NOT NULL,
	fragmentation_index INTEGER NOT NULL,
	sample INTEGER NOT NULL
);

CREATE TABLE vmstat (
	run_id INTEGER NOT NULL,
	label TEXT,
	t_ns INTEGER NOT NULL,
	name TEXT NOT NULL,
	value INTEGER NOT NULL,
	sample INTEGER NOT NULL
);

CREATE TABLE violation_message (
	run_id INTEGER NOT NULL,
	number INTEGER PRIMARY KEY,
	rule TEXT NOT NULL,
	message TEXT NOT NULL,
	file TEXT
);

CREATE TABLE violation_row (
	run_id INTEGER NOT NULL,
	seq INTEGER,
	t_ns INTEGER NOT NULL,
	line INTEGER,
	message_number INTEGER NOT NULL
);

-- LEFT JOIN: in the order in which they were told of, whatever is asked for.
CREATE VIEW violation AS
SELECT violation_row.run_id, seq, t_ns, rule, message, file, line
FROM violation_row
LEFT JOIN violation_message ON number = message_number;

CREATE TABLE op_stats (
	run_id INTEGER NOT NULL,
	op TEXT NOT NULL,
	gfp TEXT,
	ctx TEXT NOT NULL,
	path TEXT NOT NULL,
	count INTEGER NOT NULL,
	failed INTEGER NOT NULL,
	latency_p50_ns INTEGER,
	latency_p90_ns INTEGER,
	latency_p99_ns INTEGER,
	latency_p999_ns INTEGER,
	latency_max_ns INTEGER,
	requested_bytes INTEGER NOT NULL,
	granted_bytes INTEGER NOT NULL,
	skipped INTEGER NOT NULL,
	cost_ns INTEGER NOT NULL,
	cpu_wait_ns INTEGER NOT NULL,
	lock_wait_ns INTEGER NOT NULL,
	sleep_ns INTEGER NOT NULL
);

CREATE TABLE failure_stats (
	run_id INTEGER NOT NULL,
	op TEXT NOT NULL,
	gfp TEXT,
	ctx TEXT NOT NULL,
	order_ INTEGER,
	reason TEXT NOT NULL,
	count INTEGER NOT NULL
);

CREATE TABLE latency_histogram (
	run_id INTEGER NOT NULL,
	op TEXT NOT NULL,
	lowest_ns INTEGER NOT NULL,
	highest_ns INTEGER NOT NULL,
	count INTEGER NOT NULL,
	gfp TEXT,
	ctx TEXT NOT NULL,
	path TEXT NOT NULL
);

CREATE TABLE lock_stats (
	run_id INTEGER NOT NULL,
	lock INTEGER NOT NULL,
	name TEXT NOT NULL,
	taken INTEGER NOT NULL,
	waited INTEGER NOT NULL,
	held_ns INTEGER NOT NULL,
	wait_ns INTEGER NOT NULL,
	longest_wait_ns INTEGER NOT NULL
);

CREATE TABLE timeline (
	run_id INTEGER NOT NULL,
	n INTEGER NOT NULL,
	t_ns INTEGER NOT NULL,
	kind TEXT NOT NULL,
	cpu INTEGER,
	actor TEXT NOT NULL,
	actor_number INTEGER NOT NULL,
	other TEXT,
	other_number INTEGER,
	op TEXT,
	task TEXT,
	queue TEXT,
	queue_number INTEGER,
	lock INTEGER,
	ns INTEGER
);

CREATE TABLE oom_kill (
	run_id INTEGER NOT NULL,
	n INTEGER NOT NULL,
	seq INTEGER,
	t_ns INTEGER NOT NULL,
	task TEXT NOT NULL,
	pages INTEGER NOT NULL,
	swapped INTEGER NOT NULL,
	reaped INTEGER NOT NULL,
	points INTEGER NOT NULL,
	oom_score_adj INTEGER NOT NULL,
	gfp TEXT NOT NULL,
	order_ INTEGER NOT NULL,
	asked_by TEXT
);

CREATE TABLE kernel_log (
	run_id INTEGER NOT NULL,
	n INTEGER NOT NULL,
	t_ns INTEGER NOT NULL,
	seq INTEGER,
	text TEXT NOT NULL
);

-- Views for people, and for pictures.

CREATE VIEW v_fragmentation AS
SELECT run_id, sample, label, t_ns / 1e9 AS t_s, node, zone, order_,
	unusable_index / 1000.0 AS unusable,
	CASE WHEN fragmentation_index > -1000
	     THEN fragmentation_index / 1000.0 END AS extfrag
FROM fragmentation;

CREATE VIEW v_free_blocks AS
SELECT run_id, sample, label, t_ns / 1e9 AS t_s, node, zone, order_,
	sum(nr_free) AS nr_free,
	sum(nr_free) << order_ AS free_pages
FROM free_area
GROUP BY sample, node, zone, order_;

-- The kernel's counters of reclaim, compaction and the OOM killer, a sample a
-- row. A column is NULL where the counters that it is made of are not there.
CREATE VIEW v_reclaim AS
SELECT run_id, sample, label, t_ns / 1e9 AS t_s,
	sum(value) FILTER (WHERE name GLOB 'allocstall_*') AS stalls,
	sum(value) FILTER (WHERE name = 'pageoutrun') AS kswapd_runs,
	sum(value) FILTER (WHERE name = 'pgscan_direct') AS scanned_direct,
	sum(value) FILTER (WHERE name = 'pgscan_kswapd') AS scanned_kswapd,
	sum(value) FILTER (WHERE name = 'pgsteal_direct') AS reclaimed_direct,
	sum(value) FILTER (WHERE name = 'pgsteal_kswapd') AS reclaimed_kswapd,
	sum(value) FILTER (WHERE name = 'pswpin') AS swapped_in,
	sum(value) FILTER (WHERE name = 'pswpout') AS swapped_out,
	sum(value) FILTER (WHERE name = 'compact_stall') AS compact_stalls,
	sum(value) FILTER (WHERE name = 'compact_success') AS compact_success,
	sum(value) FILTER (WHERE name = 'compact_fail') AS compact_fail,
	sum(value) FILTER (WHERE name = 'compact_daemon_wake')
		AS kcompactd_wakes,
	sum(value) FILTER (WHERE name = 'pgmigrate_success') AS migrated,
	sum(value) FILTER (WHERE name = 'pgmigrate_fail') AS migrate_failed,
	sum(value) FILTER (WHERE name = 'oom_kill') AS oom_kills
FROM vmstat
GROUP BY run_id, sample;

-- Percentiles by nearest rank, over all flags.
CREATE VIEW v_latency AS
WITH bucket AS (
	SELECT run_id, op, ctx, path, lowest_ns,
		max(highest_ns) AS highest_ns, sum(count) AS count
	FROM latency_histogram
	GROUP BY run_id, op, ctx, path, lowest_ns
), ranked AS (
	SELECT *, sum(count) OVER (kind ORDER BY lowest_ns) AS upto,
		sum(count) OVER kind AS total
	FROM bucket
	WINDOW kind AS (PARTITION BY run_id, op, ctx, path)
)
SELECT run_id, op, ctx, path, total AS count,
	min(highest_ns) FILTER (WHERE upto * 1000 >= total * 500) AS p50_ns,
	min(highest_ns) FILTER (WHERE upto * 1000 >= total * 900) AS p90_ns,
	min(highest_ns) FILTER (WHERE upto * 1000 >= total * 990) AS p99_ns,
	min(highest_ns) FILTER (WHERE upto * 1000 >= total * 999) AS p999_ns,
	max(highest_ns) AS max_ns
FROM ranked
GROUP BY run_id, op, ctx, path;
