-- SPDX-License-Identifier: GPL-2.0-only
--
-- Which lines of the workload failed most. Of a run with --log-ops failures or
-- all.

SELECT line, op, gfp, order_, size, task, count(*) AS failures,
	min(t_ns) AS first_ns, max(t_ns) AS last_ns, min(reason) AS reason
FROM op_log
WHERE ok = 0
GROUP BY line, op, gfp, order_, size, task
ORDER BY failures DESC, first_ns;
