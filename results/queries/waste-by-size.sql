-- SPDX-License-Identifier: GPL-2.0-only
--
-- Internal fragmentation: bytes given beyond those that were asked for.

SELECT op, sum(requested_bytes) AS requested_bytes,
	sum(granted_bytes) AS granted_bytes,
	round(sum(granted_bytes) * 100.0 / sum(requested_bytes) - 100, 1)
		AS waste_percent
FROM op_stats
WHERE requested_bytes > 0 AND path <> 'none'
GROUP BY op
ORDER BY waste_percent DESC;
