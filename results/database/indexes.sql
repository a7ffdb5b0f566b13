-- SPDX-License-Identifier: GPL-2.0-only
--
-- Made once all rows are there: an index costs far less that way than kept
-- up with each row. None for op_log: that would take half as long as its rows
-- do, and what is asked of it goes through all of them anyway, or joins it by
-- seq, for which SQLite makes an index of its own and drops it.

CREATE INDEX extent_seq ON extent (seq, n);
CREATE INDEX sample_number ON sample (sample);
CREATE INDEX free_area_sample ON free_area (sample, node, zone, order_);
CREATE INDEX zone_sample_sample ON zone_sample (sample, node, zone);
CREATE INDEX fragmentation_sample
	ON fragmentation (sample, node, zone, order_);
CREATE INDEX pageblock_sample_sample
	ON pageblock_sample (sample, node, zone);
CREATE INDEX vmstat_sample ON vmstat (sample);
CREATE INDEX pcp_sample_sample ON pcp_sample (sample, node, zone);
CREATE INDEX node_stat_sample ON node_stat (sample, node, zone);
CREATE INDEX slab_sample_sample ON slab_sample (sample, number);
CREATE INDEX vmalloc_area_sample ON vmalloc_area (sample, start_vaddr);
CREATE INDEX timeline_n ON timeline (n);
