-- SPDX-License-Identifier: GPL-2.0-only
--
-- Free blocks by order and migrate type at the end: a zone and type a row, an
-- order a column.

SELECT node, zone, migratetype,
	sum(nr_free) FILTER (WHERE order_ = 0) AS order_0,
	sum(nr_free) FILTER (WHERE order_ = 1) AS order_1,
	sum(nr_free) FILTER (WHERE order_ = 2) AS order_2,
	sum(nr_free) FILTER (WHERE order_ = 3) AS order_3,
	sum(nr_free) FILTER (WHERE order_ = 4) AS order_4,
	sum(nr_free) FILTER (WHERE order_ = 5) AS order_5,
	sum(nr_free) FILTER (WHERE order_ = 6) AS order_6,
	sum(nr_free) FILTER (WHERE order_ = 7) AS order_7,
	sum(nr_free) FILTER (WHERE order_ = 8) AS order_8,
	sum(nr_free) FILTER (WHERE order_ = 9) AS order_9,
	sum(nr_free) FILTER (WHERE order_ >= 10) AS order_10_up,
	sum(nr_free << order_) AS pages
FROM free_area
WHERE sample = (SELECT max(sample) FROM sample)
GROUP BY node, zone, migratetype
HAVING pages > 0
ORDER BY node, zone, migratetype;
