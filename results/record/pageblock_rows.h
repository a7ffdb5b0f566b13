/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_RESULTS_RECORD_PAGEBLOCK_ROWS_H
#define KMEMSIM_RESULTS_RECORD_PAGEBLOCK_ROWS_H

/*
 * Migrate type and free pages of a zone's pageblocks at a sample, as a row of
 * pageblock_sample. Internal to results/.
 */

#include "results/record/state_rows.h"

/* Groups a zone is described by: as many pageblocks as need be make a group. */
#define PAGEBLOCK_GROUPS_MAX 4096
#define PAGEBLOCK_GROUP_BYTES 4
#define PAGEBLOCK_GROUP_HOLE 0xff /* as its type: no memory in it */

/* A group as it is in the column `groups`. */
static inline uint8_t pageblock_group_type(const uint8_t *group)
{
	return group[0];
}

static inline uint32_t pageblock_group_free(const uint8_t *group)
{
	return (uint32_t)group[1] << 16 | (uint32_t)group[2] << 8 | group[3];
}

/* `rows` of pageblock_sample; the blob is in the sample's `texts`. */
int pageblock_rows_add(struct rows *rows, const struct sample_at *at,
		       const struct memory *memory, const struct zone *zone,
		       struct errors *errors);

#endif
