-- SPDX-License-Identifier: GPL-2.0-only
--
-- How much of the free memory of each zone a request of each order could not
-- use at the end, and why it would fail.

SELECT node, zone, order_, unusable, extfrag
FROM v_fragmentation
WHERE sample = (SELECT max(sample) FROM sample)
ORDER BY node, zone, order_;
