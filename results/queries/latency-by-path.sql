-- SPDX-License-Identifier: GPL-2.0-only
--
-- How long operations took by the way they were served: by the CPU's own list,
-- after a refill, through reclaim...

SELECT op, ctx, path, count, p50_ns, p90_ns, p99_ns, p999_ns, max_ns
FROM v_latency
ORDER BY op, ctx, p50_ns;
