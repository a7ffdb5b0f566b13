-- SPDX-License-Identifier: GPL-2.0-only
--
-- The twenty operations that took longest, and what they waited for. Of a run
-- with --log-ops all; with --log-ops failures, of those that failed.

SELECT seq, t_ns, op, gfp, order_, size, ctx, cpu, ok, path, latency_ns,
	cost_ns, cpu_wait_ns, lock_wait_ns, sleep_ns, line
FROM op_log
ORDER BY latency_ns DESC, seq
LIMIT 20;
