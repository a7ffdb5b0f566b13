-- SPDX-License-Identifier: GPL-2.0-only
--
-- What reclaim and compaction did from each sample to the next.

SELECT sample, label, t_s,
	stalls - lag(stalls, 1, 0) OVER by_sample AS stalls,
	kswapd_runs - lag(kswapd_runs, 1, 0) OVER by_sample AS kswapd_runs,
	reclaimed_direct - lag(reclaimed_direct, 1, 0) OVER by_sample
		AS reclaimed_direct,
	reclaimed_kswapd - lag(reclaimed_kswapd, 1, 0) OVER by_sample
		AS reclaimed_kswapd,
	compact_stalls - lag(compact_stalls, 1, 0) OVER by_sample
		AS compact_stalls,
	migrated - lag(migrated, 1, 0) OVER by_sample AS migrated,
	oom_kills - lag(oom_kills, 1, 0) OVER by_sample AS oom_kills
FROM v_reclaim
WINDOW by_sample AS (ORDER BY sample)
ORDER BY sample;
