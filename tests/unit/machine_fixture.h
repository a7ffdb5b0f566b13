/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_TESTS_MACHINE_FIXTURE_H
#define KMEMSIM_TESTS_MACHINE_FIXTURE_H

/*
 * Machines for the suites about the page allocator: one node, CPU 0, one zone
 * of Normal memory from frame 0 on, no watermarks. A suite changes what it
 * is about between machine_describe() and machine_start().
 *
 * Small ones are drawn, a character per page and one per pageblock:
 *
 *	machine_draw(&m, "u        m",
 *			 "##.#.... ........");
 *
 * `.` is free, `#` in use since before the run, `p` on a per-CPU list, `_` no
 * memory; blanks are for the eye. Pageblocks: `u`nmovable, `m`ovable,
 * `r`eclaimable, `h`ighatomic, `c`ontiguous area (CMA). Free pages drawn become
 * the largest aligned blocks that fit into pageblocks of one type, lowest first
 * on their lists.
 */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "models/page/buddy.h"
#include "models/gfp.h"
#include "models/memory.h"
#include "models/page/mobility.h"
#include "models/page/page_alloc.h"
#include "models/page/pcp.h"

#define MACHINE_CPUS 4
#define MACHINE_NODES 4
#define MACHINE_ZONES 8
#define MACHINE_BLOCKS 512 /* free blocks, pageblocks of a drawn zone */
#define PICTURE_PAGES 512

#define X86_64_ZONES                                                           \
	(1u << ZONE_DMA | 1u << ZONE_DMA32 | 1u << ZONE_NORMAL |               \
	 1u << ZONE_MOVABLE)
#define I386_ZONES                                                             \
	(1u << ZONE_DMA | 1u << ZONE_NORMAL | 1u << ZONE_HIGHMEM |             \
	 1u << ZONE_MOVABLE)

struct machine {
	struct errors errors;
	cpu_t cpu[MACHINE_CPUS];
	struct zone_desc zone[MACHINE_ZONES];
	struct node_desc node[MACHINE_NODES];
	struct free_block_desc block[MACHINE_BLOCKS];
	struct pageblock_run_desc run[MACHINE_BLOCKS];
	struct machine_desc desc;
	struct memory *memory;
};

static inline struct zone_desc zone_of(enum zone_type type, uint64_t start,
				       uint64_t pages)
{
	return (struct zone_desc){
		.type = type,
		.start_pfn = start,
		.spanned_pages = pages,
		.present_pages = pages,
		.managed_pages = pages,
	};
}

/*
 * As zone_of(), without watermarks and reserves, its lists as small as can be.
 */
static inline struct zone_desc open_zone(enum zone_type type, uint64_t start,
					 uint64_t pages)
{
	struct zone_desc zone = zone_of(type, start, pages);

	zone.has_watermarks = true;
	zone.has_lowmem_reserve = true;
	zone.has_pcp = true;
	zone.pcp_high = 16;
	zone.pcp_batch = 4;
	return zone;
}

/* x86_64's constants. The caller gives nodes and zones. */
static inline struct machine_desc
machine_of(struct machine *m, uint32_t pageblock_order, uint32_t nr_orders)
{
	for (int i = 0; i < MACHINE_CPUS; i++)
		m->cpu[i] = i;
	return (struct machine_desc){
		.page_shift = 12,
		.nr_orders = nr_orders,
		.pageblock_order = pageblock_order,
		.zone_types = X86_64_ZONES,
		.numa = true,
		.address_bits = 64,
		.page_offset = 0xffff888000000000,
		.vmalloc_start = 0xffffc90000000000,
		.vmalloc_size = 32ull << 40,
		.sysctl = { .watermark_scale_factor = 10,
			    .lowmem_reserve_ratio = { 256, 256, 32 } },
		.nodes = m->node,
		.nr_nodes = 1,
	};
}

static inline void machine_describe(struct machine *m, uint64_t pages,
				    uint32_t pageblock_order,
				    uint32_t nr_orders)
{
	memset(m, 0, sizeof(*m));
	m->desc = machine_of(m, pageblock_order, nr_orders);
	m->zone[0] = open_zone(ZONE_NORMAL, 0, pages);
	m->node[0] = (struct node_desc){
		.cpus = m->cpu,
		.nr_cpus = 1,
		.zones = m->zone,
		.nr_zones = 1,
	};
}

static inline void machine_start(struct machine *m)
{
	m->memory = memory_new(&m->desc, 1, &m->errors);
	assert_non_null(m->memory);
	assert_int_equal(m->errors.nr, 0);
}

static inline void machine_check(const struct machine *m)
{
	char why[256] = "";

	if (!memory_validate(m->memory, why, sizeof(why)))
		fail_msg("%s", why);
}

/* Every test ends with a recount. */
static inline void machine_stop(struct machine *m)
{
	machine_check(m);
	memory_free(m->memory);
}

/* ---- pictures ---- */

/* The picture without its blanks. */
static inline size_t plain_picture(const char *picture,
				   char plain[PICTURE_PAGES + 1])
{
	size_t length = 0;

	for (; *picture; picture++) {
		if (*picture == ' ')
			continue;
		assert_true(length < PICTURE_PAGES);
		plain[length++] = *picture;
	}
	plain[length] = '\0';
	return length;
}

static inline enum migratetype type_of_letter(char letter)
{
	switch (letter) {
	case 'u':
		return MIGRATE_UNMOVABLE;
	case 'm':
		return MIGRATE_MOVABLE;
	case 'r':
		return MIGRATE_RECLAIMABLE;
	case 'h':
		return MIGRATE_HIGHATOMIC;
	case 'c':
		return MIGRATE_CMA;
	default:
		fail_msg("no pageblock type '%c'", letter);
		return NR_MIGRATETYPES;
	}
}

static inline bool fits_drawing(const struct machine *m, const char *types,
				const char *pages, size_t pfn, order_t order)
{
	size_t size = (size_t)1 << order;

	if (pfn & (size - 1) || strlen(pages + pfn) < size)
		return false;
	for (size_t p = pfn; p < pfn + size; p++)
		if (pages[p] != '.' ||
		    types[p >> m->desc.pageblock_order] !=
			    types[pfn >> m->desc.pageblock_order])
			return false;
	return true;
}

static inline void draw_blocks(struct machine *m, const char *types,
			       const char *pages)
{
	struct initial_state_desc *initial = &m->desc.initial;
	size_t pfn = 0;

	while (pages[pfn]) {
		order_t order = m->desc.nr_orders - 1;

		if (pages[pfn] != '.') {
			pfn++;
			continue;
		}
		while (!fits_drawing(m, types, pages, pfn, order))
			order--;
		initial->free_blocks[initial->nr_free_blocks++] =
			(struct free_block_desc){
				.zone = m->zone[0].type,
				.migratetype = type_of_letter(
					types[pfn >> m->desc.pageblock_order]),
				.order = order,
				.pfn = pfn,
			};
		pfn += (size_t)1 << order;
	}
}

/* Starts the machine described with what is drawn in its first zone. */
static inline void machine_draw(struct machine *m, const char *type_picture,
				const char *page_picture)
{
	struct initial_state_desc *initial = &m->desc.initial;
	char types[PICTURE_PAGES + 1];
	char pages[PICTURE_PAGES + 1];
	size_t nr_types = plain_picture(type_picture, types);
	size_t nr_pages = plain_picture(page_picture, pages);

	assert_int_equal(nr_pages, m->zone[0].spanned_pages);
	assert_int_equal(nr_types, nr_pages >> m->desc.pageblock_order);
	initial->exact = true;
	initial->free_blocks = m->block;
	initial->pageblocks = m->run;
	for (size_t i = 0; i < nr_types; i++)
		m->run[initial->nr_pageblocks++] = (struct pageblock_run_desc){
			.zone = m->zone[0].type,
			.start_pfn = i << m->desc.pageblock_order,
			.migratetype = type_of_letter(types[i]),
		};
	draw_blocks(m, types, pages);
	machine_start(m);
}

static inline void paint(char *picture, pfn_t pfn, order_t order, char letter)
{
	memset(picture + pfn, letter, (size_t)1 << order);
}

static inline void paint_pcp(const struct memory *memory, const struct pcp *pcp,
			     char *picture)
{
	for (unsigned int i = 0; i < memory->nr_pcp_lists; i++) {
		const struct pcp_list *list = &pcp->list[i];

		for (uint32_t n = 0; n < list->count; n++)
			paint(picture,
			      list->ring[(list->head + n) & list->mask],
			      pcp_list_order(memory, i), 'p');
	}
}

/* The machine's first zone as it is now. */
static inline void machine_picture(const struct machine *m,
				   char picture[PICTURE_PAGES + 1])
{
	const struct memory *memory = m->memory;
	const struct zone *zone = &memory->zone[0];

	assert_true(zone->start_pfn == 0 && zone->end_pfn <= PICTURE_PAGES);
	memset(picture, '#', zone->end_pfn);
	picture[zone->end_pfn] = '\0';
	for (size_t i = 0; i < m->zone[0].nr_holes; i++)
		memset(picture + m->zone[0].holes[i].start_pfn, '_',
		       m->zone[0].holes[i].pages);
	for (pfn_t pfn = 0; pfn < zone->end_pfn; pfn++)
		if (page_state_is_free(memory->state[pfn]))
			paint(picture, pfn,
			      page_state_order(memory->state[pfn]), '.');
	for (uint32_t cpu = 0; cpu < memory->nr_cpus; cpu++)
		paint_pcp(memory, &zone->pcp[cpu], picture);
}

#define expect_pages(m, picture) expect_pages_at(m, picture, __FILE__, __LINE__)
static inline void expect_pages_at(const struct machine *m, const char *picture,
				   const char *file, int line)
{
	char expected[PICTURE_PAGES + 1];
	char found[PICTURE_PAGES + 1];

	plain_picture(picture, expected);
	machine_picture(m, found);
	if (strcmp(expected, found) == 0)
		return;
	print_error("expected %s\nfound    %s\n", expected, found);
	_fail(file, line);
}

/* The pageblocks' types of the first zone. */
#define expect_types(m, picture) expect_types_at(m, picture, __FILE__, __LINE__)
static inline void expect_types_at(const struct machine *m, const char *picture,
				   const char *file, int line)
{
	const struct zone *zone = &m->memory->zone[0];
	char expected[PICTURE_PAGES + 1];
	char found[PICTURE_PAGES + 1];
	size_t nr = plain_picture(picture, expected);

	for (size_t i = 0; i < nr; i++)
		found[i] = "umrhci"[*pageblock_type(
			m->memory, zone, i << m->desc.pageblock_order)];
	found[nr] = '\0';
	if (strcmp(expected, found) == 0)
		return;
	print_error("expected pageblocks %s\nfound               %s\n",
		    expected, found);
	_fail(file, line);
}

/* ---- lists ---- */

/* Compares a list of frames, which PFN_NONE ends, with what is found. */
static inline void expect_frames(const pfn_t *expected, const pfn_t *found,
				 size_t nr_found, const char *file, int line)
{
	size_t nr = 0;

	while (expected[nr] != PFN_NONE)
		nr++;
	if (nr == nr_found && memcmp(expected, found, nr * sizeof(*found)) == 0)
		return;
	print_error("expected the frames ");
	for (size_t i = 0; i < nr; i++)
		print_error("%u ", expected[i]);
	print_error("\nfound               ");
	for (size_t i = 0; i < nr_found; i++)
		print_error("%u ", found[i]);
	print_error("\n");
	_fail(file, line);
}

#define FRAMES(...)                                                            \
	(const pfn_t[])                                                        \
	{                                                                      \
		__VA_ARGS__, PFN_NONE                                          \
	}
#define NO_FRAMES                                                              \
	(const pfn_t[])                                                        \
	{                                                                      \
		PFN_NONE                                                       \
	}

/* A free list of the first zone, head first. */
#define expect_list(m, type, order, frames)                                    \
	expect_list_at(m, type, order, frames, __FILE__, __LINE__)
static inline void expect_list_at(const struct machine *m,
				  enum migratetype type, order_t order,
				  const pfn_t *frames, const char *file,
				  int line)
{
	pfn_t found[PICTURE_PAGES];
	size_t nr = 0;

	for (pfn_t pfn = buddy_first(&m->memory->zone[0], type, order);
	     pfn != PFN_NONE && nr < PICTURE_PAGES;
	     pfn = buddy_next(m->memory, &m->memory->zone[0], pfn))
		found[nr++] = pfn;
	expect_frames(frames, found, nr, file, line);
}

/* A per-CPU list of the first zone, hottest first. */
#define expect_pcp(m, cpu, type, order, frames)                                \
	expect_pcp_at(m, cpu, type, order, frames, __FILE__, __LINE__)
static inline void expect_pcp_at(const struct machine *m, cpu_t cpu,
				 enum migratetype type, order_t order,
				 const pfn_t *frames, const char *file,
				 int line)
{
	unsigned int number =
		order <= PAGE_ALLOC_COSTLY_ORDER ?
			NR_PCP_MIGRATETYPES * order + type :
			NR_PCP_LISTS - 2u + (type == MIGRATE_MOVABLE);
	const struct pcp_list *list = &m->memory->zone[0].pcp[cpu].list[number];
	pfn_t found[PICTURE_PAGES];

	assert_true(list->count <= PICTURE_PAGES);
	for (uint32_t i = 0; i < list->count; i++)
		found[i] = list->ring[(list->head + i) & list->mask];
	expect_frames(frames, found, list->count, file, line);
}

/* ---- calls ---- */

/* Requests by their migrate type; they may not wait for anyone. */
#define GET_UNMOVABLE GFP_NOWAIT
#define GET_MOVABLE (GFP_NOWAIT | __GFP_HIGHMEM | __GFP_MOVABLE)
#define GET_RECLAIMABLE (GFP_NOWAIT | __GFP_RECLAIMABLE)

static inline struct page_grant get_grant(struct machine *m, gfp_t gfp,
					  order_t order)
{
	struct page_request request = { gfp, order, 0, NODE_ANY };

	return page_alloc(m->memory, &request);
}

static inline pfn_t get(struct machine *m, gfp_t gfp, order_t order)
{
	return get_grant(m, gfp, order).pfn;
}

static inline void put(struct machine *m, pfn_t pfn, order_t order)
{
	page_free(m->memory, 0, pfn, order);
}

/*
 * Frees a block in use since before the run straight to the free lists of
 * its pageblock's type, past the per-CPU lists.
 */
static inline void put_to_buddy(struct machine *m, pfn_t pfn, order_t order)
{
	struct zone *zone = memory_zone_of(m->memory, pfn);

	assert_true(page_is_boot(m->memory, pfn, order));
	memset(m->memory->state + pfn, PAGE_TAIL, (size_t)1 << order);
	zone_mod_free_pages(zone, 0, 1 << order);
	buddy_free(m->memory, zone, pfn, order,
		   (enum migratetype) * pageblock_type(m->memory, zone, pfn));
}

#endif
