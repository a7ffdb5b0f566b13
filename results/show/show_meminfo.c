/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * meminfo: the whole machine in kilobytes (meminfo_proc_show(),
 * fs/proc/meminfo.c; hugetlb_report_meminfo(); arch_report_meminfo(),
 * arch/x86; Linux 6.1).
 *
 * - MemTotal is the zones' managed pages, MemFree their counters of free
 *   pages.
 * - MemAvailable is what is free above what every zone keeps back (its
 *   largest reserve and its high mark, at most all of it), and of reclaimable
 *   slabs what is above half of them or all low marks (si_mem_available(),
 *   calculate_totalreserve_pages()). The kernel adds up what zones keep back
 *   when it sets their marks, so without a boost.
 * - CommitLimit is half of MemTotal: overcommit_ratio as it comes.
 * - VmallocTotal: x86_64 counts one byte less than there is, for the end of
 *   its range is the last byte (VMALLOC_END).
 * - The lines are those of a distribution's kernel. Those of huge pages are
 *   there where it has any, those of CMA where the machine has such areas.
 *
 * What no model keeps is 0: docs/show.md says which lines those are.
 */

#include <inttypes.h>

#include "results/show/show_state.h"

/* Where the lines go. */
struct lines {
	const struct show_state *state;
	struct text *out;  /* or… */
	struct json *json; /* …this */
};

/* `width` of the number; the name with its colon takes 24 less that. */
static void add_number(struct lines *lines, const char *name, int width,
		       uint64_t number, const char *unit)
{
	if (lines->json)
		json_int(lines->json, name, (int64_t)number);
	else
		text_add(lines->out, "%s:%*s%*" PRIu64 "%s\n", name,
			 24 - width - (int)__builtin_strlen(name) - 1, "",
			 width, number, unit);
}

static void add_kb(struct lines *lines, const char *name, uint64_t kb)
{
	add_number(lines, name, 8, kb, " kB");
}

static uint64_t to_kb(const struct show_state *state, uint64_t pages)
{
	return pages * (state->page_size >> 10);
}

static void add_pages(struct lines *lines, const char *name, uint64_t pages)
{
	add_kb(lines, name, to_kb(lines->state, pages));
}

/* A sum of nodes' counters. */
static void add_stats(struct lines *lines, const char *name, const char *first,
		      const char *second)
{
	uint64_t pages = show_total_stat(lines->state, first);

	if (second)
		pages += show_total_stat(lines->state, second);
	add_pages(lines, name, pages);
}

/* ---- what is added up over zones ----------------------------------------- */

struct totals {
	uint64_t managed, free, high_managed, high_free;
	uint64_t reserve, low, cma, cma_free;
};

static uint64_t zone_reserve(const struct show_state *state,
			     const struct show_zone *zone)
{
	uint64_t most = 0;
	unsigned int type;

	for (type = 0; type < state->nr_types; type++)
		if (zone->reserve[type] > (int64_t)most)
			most = (uint64_t)zone->reserve[type];
	most += zone->high - zone->boost;
	return most < zone->managed ? most : zone->managed;
}

static void add_zone(const struct show_state *state,
		     const struct show_zone *zone, struct totals *totals)
{
	totals->managed += zone->managed;
	totals->free += zone->nr_free_pages;
	if (zone->name == state->highmem) {
		totals->high_managed += zone->managed;
		totals->high_free += zone->nr_free_pages;
	}
	totals->reserve += zone_reserve(state, zone);
	totals->low += zone->low;
	totals->cma += zone->pageblocks[MIGRATE_CMA] << state->pageblock_order;
	totals->cma_free += show_free_pages(state, zone, MIGRATE_CMA);
}

static void add_up(const struct show_state *state, struct totals *totals)
{
	unsigned int type;
	size_t n;

	for (n = 0; n < state->nr_nodes; n++)
		for (type = 0; type < state->nr_types; type++)
			add_zone(state, &state->node[n].zone[type], totals);
}

static uint64_t available_pages(const struct show_state *state,
				const struct totals *totals)
{
	uint64_t slab = show_total_stat(state, "nr_slab_reclaimable") +
			show_total_stat(state, "nr_kernel_misc_reclaimable");
	uint64_t file = show_total_stat(state, "nr_active_file") +
			show_total_stat(state, "nr_inactive_file");
	uint64_t pages = totals->free + slab + file;
	uint64_t kept = totals->reserve;

	kept += slab / 2 < totals->low ? slab / 2 : totals->low;
	kept += file / 2 < totals->low ? file / 2 : totals->low;
	return pages > kept ? pages - kept : 0;
}

static uint64_t vmalloc_pages(const struct show_state *state)
{
	uint64_t pages = 0;
	size_t n;

	for (n = 0; n < state->nr_areas; n++)
		pages += state->area[n].pages;
	return pages;
}

static uint64_t vmalloc_total(const struct show_state *state)
{
	uint64_t bytes = state->vmalloc_size;

	return (state->address_bits == 64 && bytes ? bytes - 1 : bytes) >> 10;
}

/* ---- the lines, from top to bottom --------------------------------------- */

static void add_memory(struct lines *lines, const struct totals *totals)
{
	add_pages(lines, "MemTotal", totals->managed);
	add_pages(lines, "MemFree", totals->free);
	add_pages(lines, "MemAvailable", available_pages(lines->state, totals));
	add_kb(lines, "Buffers", 0);
	add_stats(lines, "Cached", "nr_file_pages", NULL);
	add_stats(lines, "SwapCached", "nr_swapcached", NULL);
	add_stats(lines, "Active", "nr_active_anon", "nr_active_file");
	add_stats(lines, "Inactive", "nr_inactive_anon", "nr_inactive_file");
	add_stats(lines, "Active(anon)", "nr_active_anon", NULL);
	add_stats(lines, "Inactive(anon)", "nr_inactive_anon", NULL);
	add_stats(lines, "Active(file)", "nr_active_file", NULL);
	add_stats(lines, "Inactive(file)", "nr_inactive_file", NULL);
	add_stats(lines, "Unevictable", "nr_unevictable", NULL);
	add_kb(lines, "Mlocked", 0);
	if (lines->state->highmem) {
		add_pages(lines, "HighTotal", totals->high_managed);
		add_pages(lines, "HighFree", totals->high_free);
		add_pages(lines, "LowTotal",
			  totals->managed - totals->high_managed);
		add_pages(lines, "LowFree", totals->free - totals->high_free);
	}
	add_kb(lines, "SwapTotal", 0);
	add_kb(lines, "SwapFree", 0);
	add_kb(lines, "Zswap", 0);
	add_kb(lines, "Zswapped", 0);
}

static void add_use(struct lines *lines, const struct totals *totals)
{
	static const char reclaimable[] = "nr_slab_reclaimable";
	static const char unreclaimable[] = "nr_slab_unreclaimable";

	add_stats(lines, "Dirty", "nr_dirty", NULL);
	add_stats(lines, "Writeback", "nr_writeback", NULL);
	add_stats(lines, "AnonPages", "nr_anon_pages", NULL);
	add_stats(lines, "Mapped", "nr_mapped", NULL);
	add_stats(lines, "Shmem", "nr_shmem", NULL);
	add_stats(lines, "KReclaimable", reclaimable,
		  "nr_kernel_misc_reclaimable");
	add_stats(lines, "Slab", reclaimable, unreclaimable);
	add_stats(lines, "SReclaimable", reclaimable, NULL);
	add_stats(lines, "SUnreclaim", unreclaimable, NULL);
	/* The one counter that is in kilobytes. */
	add_kb(lines, "KernelStack",
	       show_total_stat(lines->state, "nr_kernel_stack"));
	add_stats(lines, "PageTables", "nr_page_table_pages", NULL);
	add_stats(lines, "SecPageTables", "nr_sec_page_table_pages", NULL);
	add_kb(lines, "NFS_Unstable", 0);
	add_kb(lines, "Bounce", 0);
	add_stats(lines, "WritebackTmp", "nr_writeback_temp", NULL);
	add_pages(lines, "CommitLimit", totals->managed * 50 / 100);
	add_kb(lines, "Committed_AS", 0);
	add_kb(lines, "VmallocTotal", vmalloc_total(lines->state));
	add_pages(lines, "VmallocUsed", vmalloc_pages(lines->state));
	add_kb(lines, "VmallocChunk", 0);
	add_kb(lines, "Percpu", 0);
	add_number(lines, "HardwareCorrupted", 5, 0, " kB");
}

static void add_huge_pages(struct lines *lines, const struct totals *totals)
{
	const struct show_state *state = lines->state;
	bool huge = state->transparent_hugepage;

	if (huge) {
		add_stats(lines, "AnonHugePages",
			  "nr_anon_transparent_hugepages", NULL);
		add_stats(lines, "ShmemHugePages", "nr_shmem_hugepages", NULL);
		add_stats(lines, "ShmemPmdMapped", "nr_shmem_pmdmapped", NULL);
		add_stats(lines, "FileHugePages", "nr_file_hugepages", NULL);
		add_stats(lines, "FilePmdMapped", "nr_file_pmdmapped", NULL);
	}
	if (state->cma) {
		add_pages(lines, "CmaTotal", totals->cma);
		add_pages(lines, "CmaFree", totals->cma_free);
	}
	if (huge) {
		add_number(lines, "HugePages_Total", 5, 0, "");
		add_number(lines, "HugePages_Free", 5, 0, "");
		add_number(lines, "HugePages_Rsvd", 5, 0, "");
		add_number(lines, "HugePages_Surp", 5, 0, "");
		add_pages(lines, "Hugepagesize",
			  1ull << state->pageblock_order);
		add_kb(lines, "Hugetlb", 0);
	}
	add_kb(lines, "DirectMap4k", 0);
	add_kb(lines,
	       state->pageblock_order == 9 ? "DirectMap2M" : "DirectMap4M", 0);
	if (state->address_bits == 64)
		add_kb(lines, "DirectMap1G", 0);
}

static void add_all(struct lines *lines)
{
	struct totals totals = { .managed = 0 };

	add_up(lines->state, &totals);
	add_memory(lines, &totals);
	add_use(lines, &totals);
	add_huge_pages(lines, &totals);
}

void show_meminfo(const struct show_state *state, struct text *out)
{
	struct lines lines = { .state = state, .out = out };

	add_all(&lines);
}

void show_meminfo_json(const struct show_state *state, struct json *json)
{
	struct lines lines = { .state = state, .json = json };

	json_begin_object(json, "meminfo");
	add_all(&lines);
	json_end_object(json);
}
