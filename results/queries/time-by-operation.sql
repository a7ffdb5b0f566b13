-- SPDX-License-Identifier: GPL-2.0-only
--
-- What all calls of an operation together ran and waited.

SELECT op, sum(count) AS calls, sum(cost_ns) AS ran_ns,
	sum(cpu_wait_ns) AS cpu_wait_ns, sum(lock_wait_ns) AS lock_wait_ns,
	sum(sleep_ns) AS slept_ns
FROM op_stats
GROUP BY op
ORDER BY sum(cost_ns + cpu_wait_ns + lock_wait_ns + sleep_ns) DESC;
