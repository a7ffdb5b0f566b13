-- SPDX-License-Identifier: GPL-2.0-only
--
-- What a run leaves behind. docs/database.md explains each table and column;
-- a column is only ever added, and PRAGMA user_version counts up when that
-- happens. Times are simulated nanoseconds since the workload's zero, sizes
-- are bytes, amounts of memory are pages unless the name says otherwise.
--
-- Indexes are made at the end of a run (results/database/indexes.sql), so that writing
-- a row never has to find a place for it. All is made in one transaction: each
-- would have a journal of its own.

BEGIN;

PRAGMA application_id = 0x6b6d656d; -- "kmem"
PRAGMA user_version = 9;

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
	until_ns INTEGER,
	not_begun INTEGER NOT NULL DEFAULT 0
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

CREATE TABLE pageblock_sample (
	run_id INTEGER NOT NULL,
	label TEXT,
	t_ns INTEGER NOT NULL,
	node INTEGER NOT NULL,
	zone TEXT NOT NULL,
	start_pfn INTEGER NOT NULL,
	pages_each INTEGER NOT NULL,
	groups BLOB NOT NULL,
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
	file TEXT,
	count INTEGER NOT NULL
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

CREATE TABLE skip_stats (
	run_id INTEGER NOT NULL,
	reason TEXT NOT NULL,
	count INTEGER NOT NULL
);

CREATE TABLE recorded_stats (
	run_id INTEGER NOT NULL,
	recorded TEXT NOT NULL,
	outcome TEXT NOT NULL,
	count INTEGER NOT NULL,
	first_seq INTEGER NOT NULL
);

CREATE TABLE overload (
	run_id INTEGER NOT NULL,
	cpu INTEGER NOT NULL,
	late_calls INTEGER NOT NULL,
	late_ns INTEGER NOT NULL,
	latest_ns INTEGER NOT NULL
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

-- The pageblocks of pageblock_sample, a group a row.
CREATE VIEW v_pageblock AS
WITH RECURSIVE number (n) AS (
	SELECT 0 UNION ALL
	SELECT n + 1 FROM number WHERE 4 * (n + 1) <
		(SELECT max(length(groups)) FROM pageblock_sample)
), digits AS (
	SELECT s.*, start_pfn + n * pages_each AS pfn,
		hex(substr(groups, 4 * n + 1, 1)) AS type,
		hex(substr(groups, 4 * n + 2, 3)) AS free
	FROM pageblock_sample AS s CROSS JOIN number
	WHERE 4 * n < length(groups)
)
SELECT d.run_id, sample, label, t_ns / 1e9 AS t_s, d.node, d.zone,
	max(pfn, z.start_pfn) AS pfn,
	min(pfn + pages_each, z.start_pfn + z.spanned_pages)
		- max(pfn, z.start_pfn) AS pages,
	CASE type WHEN '00' THEN 'unmovable' WHEN '01' THEN 'movable'
		WHEN '02' THEN 'reclaimable' WHEN '03' THEN 'highatomic'
		WHEN '04' THEN 'cma' WHEN '05' THEN 'isolate' END
		AS migratetype,
	(instr('123456789ABCDEF', substr(free, 1, 1)) << 20)
	+ (instr('123456789ABCDEF', substr(free, 2, 1)) << 16)
	+ (instr('123456789ABCDEF', substr(free, 3, 1)) << 12)
	+ (instr('123456789ABCDEF', substr(free, 4, 1)) << 8)
	+ (instr('123456789ABCDEF', substr(free, 5, 1)) << 4)
	+ instr('123456789ABCDEF', substr(free, 6, 1)) AS free_pages
FROM digits AS d JOIN zone AS z ON z.node = d.node AND z.zone = d.zone;

-- Free pages as watermarks look at them, and the marks with their boost.
CREATE VIEW v_watermark AS
SELECT run_id, sample, label, t_ns / 1e9 AS t_s, node, zone, nr_free_pages,
	watermark_min + watermark_boost AS mark_min,
	watermark_low + watermark_boost AS mark_low,
	watermark_high + watermark_boost AS mark_high,
	watermark_boost
FROM zone_sample;

-- How well slabs are used: what callers have of what their pages hold.
CREATE VIEW v_slab AS
SELECT s.run_id, sample, label, t_ns / 1e9 AS t_s, cache, live_objs, num_objs,
	CASE WHEN num_objs > 0 THEN live_objs * 1.0 / num_objs END AS used,
	num_pages * page_size AS slab_bytes,
	live_objs * object_size AS live_bytes,
	num_pages * page_size - live_objs * object_size AS waste_bytes
FROM slab_sample AS s JOIN run USING (run_id);

-- The areas that are there at each sample, those from before the first call
-- included, and the room to the next one.
CREATE VIEW v_vmalloc AS
WITH area AS (
	SELECT run_id, sample, label, t_ns, start_vaddr, end_vaddr, pages,
		CASE flags WHEN 'unpurged' THEN 'unpurged' ELSE 'used' END
			AS state
	FROM vmalloc_area WHERE sample > 0
	UNION ALL
	SELECT s.run_id, s.sample, s.label, s.t_ns, start_vaddr, end_vaddr,
		pages, 'before'
	FROM sample AS s CROSS JOIN vmalloc_area AS v WHERE v.sample = 0
)
SELECT run_id, sample, label, t_ns / 1e9 AS t_s, start_vaddr, end_vaddr, pages,
	state, lead(start_vaddr) OVER (PARTITION BY sample
		ORDER BY start_vaddr) - end_vaddr AS hole_bytes
FROM area;

-- The failed allocations that the run has logged.
CREATE VIEW v_failure AS
SELECT run_id, seq, t_ns / 1e9 AS t_s, op, gfp, ctx, order_, size, reason, task
FROM op_log WHERE ok = 0;

COMMIT;
