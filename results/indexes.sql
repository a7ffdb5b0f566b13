-- SPDX-License-Identifier: GPL-2.0-only
--
-- Made once all rows are there: an index costs far less that way than kept
-- up with each row.

CREATE INDEX op_log_seq ON op_log (run_id, seq);
CREATE INDEX op_log_failed ON op_log (run_id, seq) WHERE ok = 0;
CREATE INDEX sample_number ON sample (run_id, sample);
CREATE INDEX free_area_sample ON free_area (run_id, sample, node, zone, order_);
CREATE INDEX zone_sample_sample ON zone_sample (run_id, sample, node, zone);
CREATE INDEX fragmentation_sample
	ON fragmentation (run_id, sample, node, zone, order_);
CREATE INDEX vmstat_sample ON vmstat (run_id, sample);
