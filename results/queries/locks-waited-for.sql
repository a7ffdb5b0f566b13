-- SPDX-License-Identifier: GPL-2.0-only
--
-- Locks that a CPU had to wait for, and for how long.

SELECT name, taken, waited, wait_ns, wait_ns / waited AS mean_wait_ns,
	longest_wait_ns, held_ns / taken AS mean_held_ns
FROM lock_stats
WHERE waited > 0
ORDER BY wait_ns DESC;
