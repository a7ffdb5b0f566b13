-- SPDX-License-Identifier: GPL-2.0-only
--
-- Samples in which a zone had fewer free pages than its low mark: kswapd should
-- be at work then; below the minimum, callers have to reclaim themselves.

SELECT sample, label, t_ns, node, zone, nr_free_pages,
	watermark_min, watermark_low, watermark_high,
	nr_free_pages < watermark_min AS below_min
FROM zone_sample
WHERE nr_free_pages < watermark_low + watermark_boost
ORDER BY sample, node, zone;
