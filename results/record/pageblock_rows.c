/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A zone's pageblocks in one blob, 4 bytes per group of them:
 *
 *	  0      1      2      3
 *	type | free pages, highest byte first
 *
 * Up to 4,096 pageblocks (8 GiB where they have 2 MiB) each is a group of its
 * own. Above that 2, 4, 8… of them share one, which has the type that most of
 * them have (the lowest number, where that is undecided): a picture has no
 * more room, and a sample of a large machine stays 16 KiB a zone.
 *
 * Left out: how many pages of a pageblock are holes. A map shows them in use.
 */

#include "results/record/pageblock_rows.h"

static size_t blocks_in_group(size_t nr_blocks)
{
	size_t blocks = 1;

	while ((nr_blocks + blocks - 1) / blocks > PAGEBLOCK_GROUPS_MAX)
		blocks *= 2;
	return blocks;
}

/* The type that most have; holes do not count where there is anything else. */
static uint8_t main_type(const unsigned int count[NR_MIGRATETYPES])
{
	unsigned int most = 0;
	uint8_t main = PAGEBLOCK_GROUP_HOLE;

	for (uint8_t type = 0; type < NR_MIGRATETYPES; type++)
		if (count[type] > most) {
			most = count[type];
			main = type;
		}
	return main;
}

static void put_group(uint8_t *group, uint8_t type, uint32_t free)
{
	group[0] = type;
	group[1] = (uint8_t)(free >> 16);
	group[2] = (uint8_t)(free >> 8);
	group[3] = (uint8_t)free;
}

/* Of the zone's pageblocks from `first` up to `end`. */
static void add_group(const struct memory *memory, const struct zone *zone,
		      size_t first, size_t end, uint8_t *group)
{
	pfn_t pfn = zone_first_block_pfn(memory, zone);
	const uint8_t *type = pageblock_type(memory, zone, pfn);
	const uint16_t *free = pageblock_free(memory, zone, pfn);
	unsigned int count[NR_MIGRATETYPES] = { 0 };
	uint32_t pages = 0;

	for (size_t n = first; n < end; n++) {
		if (type[n] < NR_MIGRATETYPES)
			count[type[n]]++;
		pages += free[n];
	}
	put_group(group, main_type(count), pages);
}

int pageblock_rows_add(struct rows *rows, const struct sample_at *at,
		       const struct memory *memory, const struct zone *zone,
		       struct errors *errors)
{
	size_t nr_blocks = zone_nr_pageblocks(memory, zone);
	size_t each = blocks_in_group(nr_blocks);
	size_t nr = (nr_blocks + each - 1) / each;
	uint8_t *groups = arena_alloc(at->texts, nr * PAGEBLOCK_GROUP_BYTES);
	struct value *value = NULL;

	if (!groups)
		return error_host(errors, "pageblocks");
	for (size_t n = 0; n < nr; n++) {
		size_t end = (n + 1) * each < nr_blocks ? (n + 1) * each :
							  nr_blocks;

		add_group(memory, zone, n * each, end,
			  groups + n * PAGEBLOCK_GROUP_BYTES);
	}
	value = state_rows_begin_zone(rows, at, zone, errors);
	if (!value)
		return -1;
	*value++ = value_int(zone_first_block_pfn(memory, zone));
	*value++ = value_int((uint64_t)each << memory->pageblock_order);
	*value++ = value_blob(groups, (uint32_t)(nr * PAGEBLOCK_GROUP_BYTES));
	*value++ = value_int(at->number);
	return 0;
}
