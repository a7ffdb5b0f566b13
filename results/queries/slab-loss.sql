-- SPDX-License-Identifier: GPL-2.0-only
--
-- Caches at the end: bytes of their pages that no live object uses, most first.

SELECT cache, live_objs, num_objs, object_size, num_pages,
	num_pages * (SELECT page_size FROM run) - live_objs * object_size
		AS lost_bytes
FROM slab_sample
WHERE sample = (SELECT max(sample) FROM sample) AND num_pages > 0
ORDER BY lost_bytes DESC;
