/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page tables behind vmalloc's address space.
 *
 * Rules, from mm/vmalloc.c and arch/x86/mm of Linux 6.1:
 *
 * - A table is one page. Entries are 8 bytes (x86_64, and i386 with PAE), so
 *   with pages of 4 KiB a table of PTEs maps 2 MiB and one of PMDs 1 GiB.
 * - Tables are made when the first entry in them is written, one by one from
 *   low addresses to high: vmap_pmd_range(), vmap_pages_pte_range().
 * - Each is an order-0 page under GFP_KERNEL | __GFP_ZERO from the node of the
 *   CPU that maps, wherever the area's pages are from: pte_alloc_one_kernel(),
 *   pmd_alloc_one(). Where that node has no memory, the nearest serves.
 * - A caller without __GFP_FS or __GFP_IO has that extended to the tables by
 *   memalloc_nofs_save() and memalloc_noio_save(): __vmalloc_area_node().
 * - If another caller made the table while this one waited for a page for it,
 *   the page is given back: __pte_alloc_kernel(), __pmd_alloc().
 * - Unmapping clears entries and keeps the tables: vunmap_range_noflush().
 *   Only a huge mapping put where a table was frees it: pmd_free_pte_page().
 * - The levels above PMDs are all there from boot:
 *   preallocate_vmalloc_pages(); on 32 bits so are the PMDs.
 *
 * A range that is busy at the start has its tables. Those of ranges that were
 * busy earlier are there too in a real kernel; nothing says where, so they are
 * made again.
 *
 * Left out: a huge mapping over a table from before the run, whose frame
 * nobody knows, does not free it; entries of 4 bytes (i386 without PAE);
 * mappings by a whole PUD.
 */

#include "models/vmalloc/vmalloc_tables.h"

#include "models/gfp.h"
#include "sim/base/host.h"

#define ENTRY_SHIFT 3 /* log2 of an entry's bytes */

/* Frames are kept plus TABLE_FRAME, so that 0 stays "no table". */
#define TABLE_NONE 0u
#define TABLE_BOOT 1u /* made before the run */
#define TABLE_FRAME 2u

int vmalloc_tables_init(struct vmalloc_tables *tables, struct memory *memory,
			struct errors *errors)
{
	const struct machine_desc *desc = memory->desc;
	uint32_t bits = desc->page_shift - ENTRY_SHIFT;
	uint64_t last = desc->vmalloc_start + desc->vmalloc_size;

	*tables = (struct vmalloc_tables){
		.memory = memory,
		.base = desc->vmalloc_start,
		.pte_shift = desc->page_shift + bits,
		.pmd_shift = desc->page_shift + 2 * bits,
		.pmd_static = desc->address_bits < 64,
	};
	/* A space that begins amid a table's has one more table. */
	last -= tables->base >> tables->pmd_shift << tables->pmd_shift;
	tables->pte_bytes = ((last >> tables->pte_shift) + 1) * sizeof(pfn_t);
	tables->pmd_bytes = ((last >> tables->pmd_shift) + 1) * sizeof(pfn_t);
	tables->pte = host_map(tables->pte_bytes);
	tables->pmd = host_map(tables->pmd_bytes);
	if (tables->pte && tables->pmd)
		return 0;
	vmalloc_tables_release(tables);
	return error_host(errors, "no memory for vmalloc's page tables");
}

void vmalloc_tables_release(struct vmalloc_tables *tables)
{
	if (tables->pte)
		host_unmap(tables->pte, tables->pte_bytes);
	if (tables->pmd)
		host_unmap(tables->pmd, tables->pmd_bytes);
	tables->pte = NULL;
	tables->pmd = NULL;
}

uint64_t vmalloc_tables_huge_size(const struct vmalloc_tables *tables)
{
	return (uint64_t)1 << tables->pte_shift;
}

static pfn_t *pmd_of(const struct vmalloc_tables *tables, uint64_t address)
{
	return &tables->pmd[(address >> tables->pmd_shift) -
			    (tables->base >> tables->pmd_shift)];
}

static pfn_t *pte_of(const struct vmalloc_tables *tables, uint64_t address)
{
	uint64_t first = tables->base >> tables->pmd_shift << tables->pmd_shift;

	return &tables->pte[(address - first) >> tables->pte_shift];
}

/* One past the last address that shares a table of PTEs with this one. */
static uint64_t span_end(const struct vmalloc_tables *tables, uint64_t address)
{
	return ((address >> tables->pte_shift) + 1) << tables->pte_shift;
}

void vmalloc_tables_add_boot(struct vmalloc_tables *tables, uint64_t start,
			     uint64_t end)
{
	uint64_t at = tables->base + start;

	end += tables->base;
	for (; at < end; at = span_end(tables, at)) {
		*pmd_of(tables, at) = TABLE_BOOT;
		*pte_of(tables, at) = TABLE_BOOT;
	}
}

static enum alloc_reason make_table(struct vmalloc_tables *tables, pfn_t *table,
				    gfp_t gfp, cpu_t cpu)
{
	const struct page_request request = {
		.gfp = gfp,
		.cpu = cpu,
		.node = NODE_ANY,
	};
	struct page_grant page;

	if (*table != TABLE_NONE)
		return REASON_NONE;
	page = page_alloc(tables->memory, &request);
	if (page.pfn == PFN_NONE)
		return page.reason;
	if (*table == TABLE_NONE)
		*table = page.pfn + TABLE_FRAME;
	else
		page_free(tables->memory, cpu, page.pfn, 0);
	return REASON_NONE;
}

/* A huge entry takes the place of a table of PTEs. */
static void drop_table(struct vmalloc_tables *tables, pfn_t *table, cpu_t cpu)
{
	if (*table >= TABLE_FRAME)
		page_free(tables->memory, cpu, *table - TABLE_FRAME, 0);
	*table = TABLE_NONE;
}

/* The flags of a table's page: see memalloc_nofs_save() in the rules. */
static gfp_t table_gfp(gfp_t area)
{
	gfp_t gfp = GFP_KERNEL | __GFP_ZERO;

	if (!(area & __GFP_IO) && !(area & __GFP_FS))
		gfp &= ~(__GFP_IO | __GFP_FS);
	else if (!(area & __GFP_FS))
		gfp &= ~__GFP_FS;
	return gfp;
}

static void set_entries(struct vmalloc_tables *tables, uint32_t nr,
			uint32_t *entries)
{
	tables->memory->work.count[WORK_PTES_SET] += nr;
	*entries += nr;
}

enum alloc_reason vmalloc_tables_map(struct vmalloc_tables *tables,
				     uint64_t start, uint64_t end, bool huge,
				     gfp_t gfp, cpu_t cpu, uint32_t *entries)
{
	uint32_t page_shift = tables->memory->page_shift;
	uint64_t at = tables->base + start;
	enum alloc_reason reason;
	uint64_t next;

	gfp = table_gfp(gfp);
	end += tables->base;
	for (; at < end; at = next) {
		next = span_end(tables, at) < end ? span_end(tables, at) : end;
		if (!tables->pmd_static) {
			reason = make_table(tables, pmd_of(tables, at), gfp,
					    cpu);
			if (reason != REASON_NONE)
				return reason;
		}
		if (huge) {
			drop_table(tables, pte_of(tables, at), cpu);
			set_entries(tables, 1, entries);
			continue;
		}
		reason = make_table(tables, pte_of(tables, at), gfp, cpu);
		if (reason != REASON_NONE)
			return reason;
		set_entries(tables, (uint32_t)((next - at) >> page_shift),
			    entries);
	}
	return REASON_NONE;
}
