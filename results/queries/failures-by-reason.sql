-- SPDX-License-Identifier: GPL-2.0-only
--
-- What failed, how often and why, most frequent first.

SELECT reason, op, gfp, ctx, order_, count
FROM failure_stats
ORDER BY count DESC, op, order_;
