-- SPDX-License-Identifier: GPL-2.0-only
--
-- Which rules of the kernel the workload broke, where first, and how often.

SELECT rule, count(*) AS times, min(t_ns) AS first_ns, file, min(line) AS line,
	min(message) AS message
FROM violation
GROUP BY rule, file
ORDER BY times DESC, rule;
