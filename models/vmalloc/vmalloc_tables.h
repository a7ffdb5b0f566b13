/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_MODELS_VMALLOC_VMALLOC_TABLES_H
#define KMEMSIM_MODELS_VMALLOC_VMALLOC_TABLES_H

/*
 * The page tables behind vmalloc's address space: which of them are there.
 * Once made, a table stays.
 */

#include "models/page/page_alloc.h"

struct vmalloc_tables {
	struct memory *memory; /* borrowed */
	uint64_t base;	       /* VMALLOC_START */
	uint32_t pte_shift;    /* a table of PTEs maps 2^pte_shift bytes */
	uint32_t pmd_shift;
	/* A table's frame, TABLE_… or 0, by address >> shift from the base. */
	pfn_t *pte; /* host_map() */
	pfn_t *pmd;
	size_t pte_bytes;
	size_t pmd_bytes;
	bool pmd_static; /* all tables of PMDs were made at boot */
};

/* -1 with an error added when the host has no memory. */
int vmalloc_tables_init(struct vmalloc_tables *tables, struct memory *memory,
			struct errors *errors);
void vmalloc_tables_release(struct vmalloc_tables *tables);

/* Bytes that one table of PTEs maps: the size of a huge mapping. */
uint64_t vmalloc_tables_huge_size(const struct vmalloc_tables *tables);

/* The tables of a range that was mapped before the run are there. */
void vmalloc_tables_add_boot(struct vmalloc_tables *tables, uint64_t start,
			     uint64_t end);

/*
 * Makes what tables are missing and writes the entries of [start, end), huge
 * ones where `huge`. `gfp` is the area's: its lack of __GFP_FS and __GFP_IO
 * holds for the tables too. Adds the entries written to *entries. REASON_NONE,
 * or why there was no page for a table. May sleep for one, and others may make
 * it meanwhile.
 * Source: vmap_pages_range_noflush().
 */
enum alloc_reason vmalloc_tables_map(struct vmalloc_tables *tables,
				     uint64_t start, uint64_t end, bool huge,
				     gfp_t gfp, cpu_t cpu, uint32_t *entries);

#endif
