/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The format `dmesg`: a machine at the moment when an allocation failed on it,
 * and that allocation.
 *
 *	report --> splat.c --> zones, marks, reserves ---------> the config
 *	                   \-> free blocks --> a file beside it --^
 *	                   \-> order, flags, context, task ----> the workload
 *
 * What the report leaves open, and what is done about it:
 * - where zones lie: one behind the other as on a PC, with the first page
 *   missing, DMA below 16 MiB, and Normal above 4 GiB where there is a DMA32;
 *   holes are where the config's reader puts them;
 * - how many of an order's blocks are of which migrate type, and how many
 *   pageblocks are: dmesg_lists.c;
 * - which CPUs there are: up to the one that asked, and at least one a node;
 * - which frames are page cache and anonymous memory: as many of each zone as
 *   it tells, wherever models/initial/initial_lru.h places them;
 * - which slabs could be emptied: none;
 * - how much of swap space is whose: what is free of it is there, and empty;
 * - free blocks of contiguous areas (CMA), whose places are not told: they
 *   count as in use, and so do pages on per-CPU lists;
 * - zones above the highest that the request may use, which new kernels leave
 *   out: the config has none of them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/host.h"
#include "workloads/import/dmesg_import.h"
#include "workloads/import/trace_gfp.h"
#include "workloads/yaml/writer.h"

/* Columns of reserves, on both kinds of x86. */
#define NR_COLUMNS 4

/* ---- the request -------------------------------------------------------- */

static void read_flags(struct dmesg_import *import)
{
	const struct splat *splat = &import->splat;
	uint32_t version = import->job->gfp_bits ? import->job->gfp_bits :
						   splat->version;
	const struct gfp_bits *bits = version ? gfp_bits_of(version) :
						gfp_bits_guess(&splat->mask, 1);
	bool known;

	if (splat->gfp[0]) {
		known = trace_gfp_parse(splat->gfp, strlen(splat->gfp), bits,
					&import->gfp);
	} else {
		known = gfp_bits_mask(bits, splat->mask, &import->gfp);
		import->gfp_kernels = gfp_bits_kernels(bits);
		import->gfp_guessed = !version;
	}
	import->gfp_unknown = !known;
}

/* ---- zones -------------------------------------------------------------- */

static bool has_zone(const struct splat *splat, enum zone_type type)
{
	for (size_t i = 0; i < splat->nr_zones; i++)
		if (splat->zone[i].type == type)
			return true;
	return false;
}

/* The zones of our columns: DMA, DMA32 (or Normal, HighMem), Normal, Movable */
static const enum zone_type *columns(const struct splat *splat)
{
	static const enum zone_type of_64[NR_COLUMNS] = { ZONE_DMA, ZONE_DMA32,
							  ZONE_NORMAL,
							  ZONE_MOVABLE };
	static const enum zone_type of_32[NR_COLUMNS] = { ZONE_DMA, ZONE_NORMAL,
							  ZONE_HIGHMEM,
							  ZONE_MOVABLE };

	return has_zone(splat, ZONE_HIGHMEM) ? of_32 : of_64;
}

size_t dmesg_column(const struct dmesg_import *import, enum zone_type type)
{
	const enum zone_type *of = columns(&import->splat);
	size_t column = 0;

	while (column < NR_COLUMNS && of[column] != type)
		column++;
	return column;
}

unsigned int dmesg_zone_types(const struct dmesg_import *import)
{
	const enum zone_type *of = columns(&import->splat);
	unsigned int types = 0;

	for (size_t i = 0; i < NR_COLUMNS; i++)
		types |= 1u << of[i];
	return types;
}

/* Columns by the kernel's own zones, which a small kernel has fewer of. */
static void set_reserves(struct zoneinfo_zone *to,
			 const struct splat_zone *from,
			 const struct splat *splat)
{
	const enum zone_type *type = columns(splat);
	size_t column = 0;

	if (!from->nr_reserves)
		return;
	for (size_t i = 0; i < NR_COLUMNS; i++) {
		bool there = from->nr_reserves >= NR_COLUMNS ||
			     type[i] == ZONE_NORMAL ||
			     type[i] == ZONE_MOVABLE ||
			     has_zone(splat, type[i]);

		/* A request for a zone that is not there gets the next. */
		to->protection[i] =
			from->reserve[column < from->nr_reserves ?
					      column :
					      from->nr_reserves - 1];
		column += there;
	}
	to->nr_protection = NR_COLUMNS;
}

static uint64_t round_up(uint64_t pages, uint64_t to)
{
	return (pages + to - 1) / to * to;
}

/* Behind `next`, the first frame that no zone has yet; which it moves on. */
static void place(const struct dmesg_import *import, struct zoneinfo_zone *zone,
		  uint64_t *next)
{
	uint64_t block = UINT64_C(1) << import->max_order;
	uint64_t dma_end = dmesg_pages(import, UINT64_C(16) << 10);
	uint64_t dma32_end = dmesg_pages(import, UINT64_C(4) << 20);
	uint64_t end;

	zone->start_pfn = round_up(*next, block);
	if (zone->type == ZONE_NORMAL && has_zone(&import->splat, ZONE_DMA32) &&
	    *next < dma32_end)
		zone->start_pfn = dma32_end;
	/* A kernel that has just booted can't compact a zone at frame 0. */
	if (!zone->start_pfn)
		zone->start_pfn = block;
	end = zone->start_pfn + round_up(zone->present, block);
	if (!*next && zone->type == ZONE_DMA && zone->present < dma_end) {
		zone->start_pfn = 1;
		end = dma_end;
	}
	zone->spanned = end - zone->start_pfn;
	*next = end;
}

/* Of what is in use beside the listed free blocks, up to *left pages. */
static uint64_t take_lru(struct dmesg_import *import, uint64_t kb,
			 uint64_t *left)
{
	uint64_t pages = dmesg_pages(import, kb);

	if (pages > *left) {
		import->lru_left_out += pages - *left;
		pages = *left;
	}
	*left -= pages;
	import->lru_pages += pages;
	return pages;
}

/* The four lists are told together since 2.6.28. */
static void set_lru(struct dmesg_import *import, struct zoneinfo_zone *to,
		    const struct splat_zone *from)
{
	const unsigned int lists =
		1u << SPLAT_INACTIVE_ANON | 1u << SPLAT_ACTIVE_ANON |
		1u << SPLAT_INACTIVE_FILE | 1u << SPLAT_ACTIVE_FILE;
	const uint64_t *kb = from->kb;
	struct lru_desc *lru = &to->lru;
	uint64_t listed = 0, left;

	to->has_lru = (from->has & lists) == lists;
	if (!to->has_lru)
		return;
	for (size_t order = 0; order < from->nr_orders; order++)
		listed += from->nr_free[order] << order;
	left = to->managed > listed ? to->managed - listed : 0;
	lru->inactive_anon = take_lru(import, kb[SPLAT_INACTIVE_ANON], &left);
	lru->active_anon = take_lru(import, kb[SPLAT_ACTIVE_ANON], &left);
	lru->inactive_file = take_lru(import, kb[SPLAT_INACTIVE_FILE], &left);
	lru->active_file = take_lru(import, kb[SPLAT_ACTIVE_FILE], &left);
	lru->unevictable = take_lru(import, kb[SPLAT_UNEVICTABLE], &left);
	lru->dirty = dmesg_pages(import,
				 from->has & 1u << SPLAT_WRITEPENDING ?
					 kb[SPLAT_WRITEPENDING] :
					 kb[SPLAT_DIRTY] + kb[SPLAT_WRITEBACK]);
	if (lru->dirty > lru->inactive_file + lru->active_file)
		lru->dirty = lru->inactive_file + lru->active_file;
}

static void convert(struct dmesg_import *import, struct zoneinfo_zone *to,
		    const struct splat_zone *from)
{
	const uint64_t *kb = from->kb;
	uint64_t cma = dmesg_pages(import, kb[SPLAT_FREE_CMA]);

	to->node = from->node;
	to->type = from->type;
	to->free = dmesg_pages(import, kb[SPLAT_FREE]);
	to->free -= cma < to->free ? cma : to->free;
	to->boost = dmesg_pages(import, kb[SPLAT_BOOST]);
	to->watermark[WMARK_MIN] = dmesg_pages(import, kb[SPLAT_MIN]);
	to->watermark[WMARK_LOW] = dmesg_pages(import, kb[SPLAT_LOW]);
	to->watermark[WMARK_HIGH] = dmesg_pages(import, kb[SPLAT_HIGH]);
	to->present = dmesg_pages(import, kb[SPLAT_PRESENT]);
	to->managed = from->has & 1u << SPLAT_MANAGED ?
			      dmesg_pages(import, kb[SPLAT_MANAGED]) :
			      to->present;
	set_reserves(to, from, &import->splat);
	set_lru(import, to, from);
	import->cma_pages += cma;
	import->pcp_pages += dmesg_pages(import, kb[SPLAT_FREE_PCP]);
}

static void set_cpus(struct dmesg_import *import)
{
	const struct splat *splat = &import->splat;
	uint32_t nodes = machine_config_nodes(&import->info);
	uint32_t nr = splat->cpu + 1;

	if (nr < splat->nr_cpus)
		nr = splat->nr_cpus;
	if (nr < nodes)
		nr = nodes;
	for (uint32_t cpu = 0; cpu < nr; cpu++)
		import->info.cpu[cpu] = true;
	import->info.nr_cpus = nr;
}

static int set_zones(struct dmesg_import *import)
{
	const struct splat *splat = &import->splat;
	struct zoneinfo *info = &import->info;
	uint64_t next = 0;

	info->zone = host_alloc(splat->nr_zones, sizeof(*info->zone));
	if (!info->zone)
		return error_host(import->job->errors, "no memory for zones");
	info->nr_zones = splat->nr_zones;
	for (size_t i = 0; i < splat->nr_zones; i++) {
		convert(import, &info->zone[i], &splat->zone[i]);
		place(import, &info->zone[i], &next);
	}
	set_cpus(import);
	return 0;
}

/* ---- the whole ---------------------------------------------------------- */

/* What is told of the config but for its starting state. */
static struct machine_config describe(const struct dmesg_import *import)
{
	const struct splat *splat = &import->splat;

	return (struct machine_config){
		.info = &import->info,
		.comment = "A machine as a report in its kernel's log shows "
			   "it.",
		.name = import->job->name,
		.profile = import->job->profile,
		.page_kb = import->page_kb,
		.max_order = import->max_order,
		.has_max_order = true,
		/* What is in use of it stays so. */
		.swap_kb = splat->has_free_swap ? splat->free_swap_kb :
						  splat->swap_kb,
	};
}

const char *dmesg_profile(const struct dmesg_import *import)
{
	const struct machine_config config = describe(import);

	return machine_config_profile(&config);
}

static int write_config(struct dmesg_import *import)
{
	struct machine_config config = describe(import);
	struct text initial = TEXT_EMPTY;
	int err = dmesg_check_lists(import);

	if (!err)
		err = set_zones(import);
	if (!err)
		err = dmesg_write_lists(import, &initial);
	config.initial_state = initial.s;
	if (!err && initial.failed)
		err = error_host(import->job->errors, "no memory");
	if (!err)
		err = machine_config_write(&config, import->job->config,
					   import->job->errors);
	text_release(&initial);
	return err;
}

static int write_call(struct dmesg_import *import,
		      struct workload_writer *writer, struct names *names)
{
	const struct splat *splat = &import->splat;
	struct call call = {
		.op = OP_ALLOC_PAGES,
		.id = 1,
		.cpu = (cpu_t)splat->cpu,
		.ctx = (uint8_t)splat->ctx,
		.node = NODE_ANY,
		.order = splat->order,
		.gfp = import->gfp,
		.has = CALL_HAS_ID | CALL_HAS_ORDER | CALL_HAS_GFP,
	};

	if (!splat->oom)
		call.has |= CALL_HAS_RECORDED_OK;
	if (splat->ctx == CONTEXT_PROCESS && import->gfp & __GFP_DIRECT_RECLAIM)
		call.has |= CALL_CAN_SLEEP;
	if (splat->comm[0] && !import->job->no_tasks) {
		call.task =
			names_intern(names, splat->comm, strlen(splat->comm));
		if (!call.task)
			return error_host(import->job->errors,
					  "no memory for names");
	}
	workload_write_call(writer, &call);
	return 0;
}

static int write_workload(struct dmesg_import *import, const char *report)
{
	struct names *names = names_new();
	struct text name = TEXT_EMPTY;
	struct workload_writer writer;
	int err, end;

	if (!names)
		return error_host(import->job->errors, "no memory for names");
	import_add_name(&name, import->job->files[0]);
	workload_write_begin(&writer, import->job->workload, names,
			     import->job->name ? import->job->name :
			     name.failed       ? "dmesg" :
						 name.s,
			     "The allocation that a report in a kernel's log "
			     "is about.");
	err = write_call(import, &writer, names);
	end = workload_write_end(&writer, report, import->job->errors);
	text_release(&name);
	names_free(names);
	return err < 0 || end < 0 ? -1 : 0;
}

/* Without a call trace: these call in interrupts alone. */
static void guess_context(struct splat *splat)
{
	if (splat->has_trace)
		return;
	if (strncmp(splat->comm, "swapper", 7) == 0 ||
	    strncmp(splat->comm, "ksoftirqd/", 10) == 0)
		splat->ctx = CONTEXT_SOFTIRQ;
}

static int import_splat(struct dmesg_import *import)
{
	struct text report = TEXT_EMPTY;
	int err = 0;

	dmesg_look_at_lists(import);
	guess_context(&import->splat);
	read_flags(import);
	if (import->job->config)
		err = write_config(import);
	dmesg_report(import, &report);
	if (report.length)
		text_add_bytes(import->job->report, report.s, report.length);
	if (report.length)
		report.s[report.length - 1] = '\0';
	if (!err)
		err = write_workload(import, report.s);
	text_release(&report);
	return err;
}

static int import_dmesg(struct import_job *job)
{
	struct dmesg_import *import = host_alloc(1, sizeof(*import));
	int err;

	if (!import)
		return error_host(job->errors, "no memory for the report");
	import->job = job;
	err = splat_read(&import->splat, job->files[0], job->nth, &import->nr,
			 job->errors);
	if (!err)
		err = import_splat(import);
	zoneinfo_release(&import->info);
	free(import);
	return err;
}

const struct import_format import_format_dmesg = {
	.name = "dmesg",
	.takes = IMPORT_TAKES_NO_TASKS | IMPORT_TAKES_GFP_BITS |
		 IMPORT_TAKES_NTH,
	.most_files = 1,
	.reads_first_once = true,
	.import = import_dmesg,
};
