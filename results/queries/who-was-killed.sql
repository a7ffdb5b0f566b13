-- SPDX-License-Identifier: GPL-2.0-only
--
-- Tasks that the OOM killer killed, and whose request it was.

SELECT n, t_ns, task, pages, points, oom_score_adj, order_, gfp, asked_by
FROM oom_kill
ORDER BY n;
