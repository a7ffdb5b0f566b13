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
 * - how many of an order's blocks are of which migrate type: each type whose
 *   letter is there has one, high-order atomic blocks are as many as are
 *   reserved, and the others share the rest;
 * - which CPUs there are: up to the one that asked, and at least one a node;
 * - what is on LRU lists and could be taken back: a config can't hold that, so
 *   that reclaim finds nothing in the run;
 * - free blocks of contiguous areas (CMA), whose places are not told: they
 *   count as in use, and so do pages on per-CPU lists;
 * - zones above the highest that the request may use, which new kernels leave
 *   out: the config has none of them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/host.h"
#include "workloads/import/format.h"
#include "workloads/import/machine_config.h"
#include "workloads/import/splat.h"
#include "workloads/import/trace_gfp.h"
#include "workloads/writer.h"

/* Columns of reserves, on both kinds of x86. */
#define NR_COLUMNS 4

struct dmesg_import {
	struct import_job *job;
	struct splat splat;
	struct zoneinfo info;
	uint64_t page_kb;
	uint64_t max_order;
	bool has_lists;
	bool has_types; /* the lists have letters */
	gfp_t gfp;
	const char *gfp_kernels; /* by whose bits it was read; NULL: by names */
	bool gfp_guessed;	 /* which kernel it was */
	bool gfp_unknown;	 /* in part */
	uint64_t nr;		 /* reports in the log */
	uint64_t orders_shared;	 /* orders with several letters */
	uint64_t cma_pages;
	uint64_t pcp_pages;
};

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

static uint64_t to_pages(const struct dmesg_import *import, uint64_t kb)
{
	return kb / import->page_kb;
}

static bool has_zone(const struct splat *splat, enum zone_type type)
{
	for (size_t i = 0; i < splat->nr_zones; i++)
		if (splat->zone[i].type == type)
			return true;
	return false;
}

/*
 * Columns by the kernel's own zones, which a small kernel has fewer of; ours
 * are DMA, DMA32 (or, with HighMem, Normal and HighMem), Normal, Movable.
 */
static void set_reserves(struct zoneinfo_zone *to,
			 const struct splat_zone *from,
			 const struct splat *splat)
{
	static const enum zone_type of_64[NR_COLUMNS] = { ZONE_DMA, ZONE_DMA32,
							  ZONE_NORMAL,
							  ZONE_MOVABLE };
	static const enum zone_type of_32[NR_COLUMNS] = { ZONE_DMA, ZONE_NORMAL,
							  ZONE_HIGHMEM,
							  ZONE_MOVABLE };
	const enum zone_type *type = has_zone(splat, ZONE_HIGHMEM) ? of_32 :
								     of_64;
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
	uint64_t dma_end = to_pages(import, UINT64_C(16) << 10);
	uint64_t dma32_end = to_pages(import, UINT64_C(4) << 20);
	uint64_t end;

	zone->start_pfn = round_up(*next, block);
	if (zone->type == ZONE_NORMAL && has_zone(&import->splat, ZONE_DMA32) &&
	    *next < dma32_end)
		zone->start_pfn = dma32_end;
	end = zone->start_pfn + round_up(zone->present, block);
	if (!*next && zone->type == ZONE_DMA && zone->present < dma_end) {
		zone->start_pfn = 1;
		end = dma_end;
	}
	zone->spanned = end - zone->start_pfn;
	*next = end;
}

static void convert(struct dmesg_import *import, struct zoneinfo_zone *to,
		    const struct splat_zone *from)
{
	const uint64_t *kb = from->kb;
	uint64_t cma = to_pages(import, kb[SPLAT_FREE_CMA]);

	to->node = from->node;
	to->type = from->type;
	to->free = to_pages(import, kb[SPLAT_FREE]);
	to->free -= cma < to->free ? cma : to->free;
	to->boost = to_pages(import, kb[SPLAT_BOOST]);
	to->watermark[WMARK_MIN] = to_pages(import, kb[SPLAT_MIN]);
	to->watermark[WMARK_LOW] = to_pages(import, kb[SPLAT_LOW]);
	to->watermark[WMARK_HIGH] = to_pages(import, kb[SPLAT_HIGH]);
	to->present = to_pages(import, kb[SPLAT_PRESENT]);
	to->managed = from->has & 1u << SPLAT_MANAGED ?
			      to_pages(import, kb[SPLAT_MANAGED]) :
			      to->present;
	set_reserves(to, from, &import->splat);
	import->cma_pages += cma;
	import->pcp_pages += to_pages(import, kb[SPLAT_FREE_PCP]);
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

/* ---- free blocks -------------------------------------------------------- */

static void look_at_lists(struct dmesg_import *import)
{
	const struct splat *splat = &import->splat;

	import->page_kb = splat->page_kb ? splat->page_kb : 4;
	for (size_t i = 0; i < splat->nr_zones; i++) {
		const struct splat_zone *zone = &splat->zone[i];

		if (!zone->nr_orders)
			continue;
		import->has_lists = true;
		if (zone->nr_orders > import->max_order + 1)
			import->max_order = zone->nr_orders - 1;
		for (size_t order = 0; order < zone->nr_orders; order++)
			import->has_types |= zone->types[order] != 0;
	}
	if (!import->has_lists)
		import->max_order = 10;
}

/*
 * How many of an order's blocks are of each type. The log says how many pages
 * are in all high-order atomic and contiguous blocks: left_of[] is what is
 * still to be found of them, from the largest order down.
 */
static void share(struct dmesg_import *import, const struct splat_zone *zone,
		  size_t order, uint64_t left_of[NR_MIGRATETYPES],
		  uint64_t share_of[NR_MIGRATETYPES])
{
	unsigned int types = zone->types[order], ordinary;
	uint64_t rest = zone->nr_free[order];
	uint64_t nr_ordinary, nr = 0;

	if (!types)
		types = 1u << MIGRATE_UNMOVABLE;
	import->orders_shared += (types & (types - 1)) != 0;
	for (int type = 0; type < NR_MIGRATETYPES; type++) {
		share_of[type] = (types >> type & 1) && rest;
		rest -= share_of[type];
	}
	ordinary = types & ((1u << NR_PCP_MIGRATETYPES) - 1);
	for (int type = NR_PCP_MIGRATETYPES; type < NR_MIGRATETYPES; type++) {
		uint64_t more = left_of[type] >> order;

		if (!(types >> type & 1))
			continue;
		more -= more < share_of[type] ? more : share_of[type];
		if (more > rest || !ordinary)
			more = rest;
		share_of[type] += more;
		rest -= more;
		more = share_of[type] << order;
		left_of[type] -= more < left_of[type] ? more : left_of[type];
	}
	nr_ordinary = (uint64_t)__builtin_popcount(ordinary);
	for (int type = 0; type < NR_PCP_MIGRATETYPES; type++)
		if (ordinary >> type & 1)
			share_of[type] += rest / nr_ordinary +
					  (nr++ < rest % nr_ordinary);
}

static void add_counts(struct text *text, const uint64_t *nr, uint64_t orders)
{
	for (uint64_t order = 0; order < orders; order++)
		text_add(text, " %6llu", (unsigned long long)nr[order]);
	text_add(text, "\n");
}

/* As /proc/pagetypeinfo has them, but for the types that none is of. */
static void add_typed(struct dmesg_import *import, struct text *text,
		      const struct splat_zone *zone)
{
	uint64_t nr[NR_MIGRATETYPES][MAX_ORDERS] = { { 0 } };
	uint64_t share_of[NR_MIGRATETYPES];
	uint64_t left_of[NR_MIGRATETYPES] = {
		[MIGRATE_HIGHATOMIC] =
			to_pages(import, zone->kb[SPLAT_HIGHATOMIC]),
		[MIGRATE_CMA] = to_pages(import, zone->kb[SPLAT_FREE_CMA]),
	};

	for (size_t order = zone->nr_orders; order-- > 0;) {
		share(import, zone, order, left_of, share_of);
		for (int type = 0; type < NR_MIGRATETYPES; type++)
			nr[type][order] = share_of[type];
	}
	for (int type = 0; type < NR_MIGRATETYPES; type++) {
		if (type == MIGRATE_CMA)
			continue;
		text_add(text, "Node %4d, zone %8s, type %12s", zone->node,
			 zone_type_names[zone->type],
			 proc_migratetype_names[type]);
		add_counts(text, nr[type], import->max_order + 1);
	}
}

/* Pageblocks reserved for high-order atomic requests, where the log says. */
static void add_pageblocks(struct dmesg_import *import, struct text *text)
{
	const struct splat *splat = &import->splat;
	uint64_t order = import->max_order < 9 ? import->max_order : 9;

	text_add(text, "\nNumber of blocks type %12s\n",
		 proc_migratetype_names[MIGRATE_HIGHATOMIC]);
	for (size_t i = 0; i < splat->nr_zones; i++) {
		const struct splat_zone *zone = &splat->zone[i];

		text_add(text, "Node %d, zone %8s %12llu\n", zone->node,
			 zone_type_names[zone->type],
			 (unsigned long long)to_pages(
				 import, zone->kb[SPLAT_HIGHATOMIC]) >>
				 order);
	}
}

static void add_lists(struct dmesg_import *import, struct text *text)
{
	const struct splat *splat = &import->splat;

	if (import->has_types)
		text_add(text, "Free pages count per migrate type at order\n");
	for (size_t i = 0; i < splat->nr_zones; i++) {
		const struct splat_zone *zone = &splat->zone[i];

		if (import->has_types) {
			add_typed(import, text, zone);
			continue;
		}
		text_add(text, "Node %d, zone %8s", zone->node,
			 zone_type_names[zone->type]);
		add_counts(text, zone->nr_free, import->max_order + 1);
	}
	if (import->has_types)
		add_pageblocks(import, text);
}

/* The file of free blocks beside the config, and the lines that name it. */
static int write_lists(struct dmesg_import *import, struct text *initial)
{
	const char *key = import->has_types ? "pagetypeinfo" : "buddyinfo";
	struct text text = TEXT_EMPTY;
	const char *name;
	FILE *out;
	int err = 0;

	if (!import->has_lists)
		return 0;
	out = import_job_side(import->job, key, &name);
	if (!out)
		return -1;
	add_lists(import, &text);
	errno = 0;
	if (text.failed || fwrite(text.s, 1, text.length, out) != text.length)
		err = error_host(import->job->errors, "can't write the %s",
				 key);
	text_release(&text);
	text_add(initial, "  %s: ", key);
	text_add_yaml(initial, name);
	text_add(initial, "\n");
	return err;
}

/* ---- the report --------------------------------------------------------- */

static void add_found(const struct dmesg_import *import, struct text *text)
{
	const struct splat *splat = &import->splat;

	text_add(text, "report %llu of %llu in the log, line %llu: %s\n",
		 (unsigned long long)import->job->nth,
		 (unsigned long long)import->nr,
		 (unsigned long long)splat->line,
		 splat->oom ? "the OOM killer" : "page allocation failure");
	if (splat->version)
		text_add(text, "Linux %s\n", splat->version_text);
	text_add_counted(text, 0, splat->nr_zones, "zone[s], pages of ");
	text_add(text, "%llu KiB\n", (unsigned long long)import->page_kb);
	if (splat->site[0])
		text_add(text, "called from %s\n", splat->site);
}

static void add_guessed(const struct dmesg_import *import, struct text *text)
{
	const struct splat *splat = &import->splat;

	if (import->gfp_kernels)
		text_add(text, "mask %#llx read by the bits of Linux %s%s\n",
			 (unsigned long long)splat->mask, import->gfp_kernels,
			 import->gfp_guessed ? ", a guess (--gfp-bits)" : "");
	text_add(text, "%s context, %s\n", call_context_names[splat->ctx],
		 splat->has_trace	       ? "by the call trace" :
		 splat->ctx == CONTEXT_PROCESS ? "for there is no call trace" :
						 "since an idle task calls "
						 "nothing itself");
	if (!import->job->config)
		return;
	text_add(text,
		 "where zones lie, and that there %s %u CPU%s, is a "
		 "guess\n",
		 import->info.nr_cpus == 1 ? "is" : "are", import->info.nr_cpus,
		 plural(import->info.nr_cpus));
	if (import->orders_shared)
		text_add_counted(
			text, 0, import->orders_shared,
			"order[s] of free blocks [has|have] several "
			"migrate types; how many of each is a guess\n");
}

static void add_lost(const struct dmesg_import *import, struct text *text)
{
	const struct splat *splat = &import->splat;

	if (import->gfp_unknown)
		text_add(text, "some of the flags are not known and left "
			       "out\n");
	if (!import->job->config)
		return;
	if (!import->has_lists)
		text_add(text, "free blocks are not listed: all memory is "
			       "free at the start\n");
	if (splat->had_reserve_type)
		text_add(text, "blocks of MIGRATE_RESERVE count as "
			       "unmovable\n");
	if (import->cma_pages)
		text_add_counted(text, 0, import->cma_pages,
				 "free page[s] of contiguous areas "
				 "count[s|] as in use\n");
	if (import->pcp_pages)
		text_add_counted(text, 0, import->pcp_pages,
				 "page[s] on per-CPU lists count[s|] as in "
				 "use\n");
	if (splat->lru_pages)
		text_add_counted(text, 0, splat->lru_pages,
				 "page[s] on LRU lists [is|are] in use, and "
				 "nothing that reclaim could take\n");
}

/* ---- the whole ---------------------------------------------------------- */

static int write_config(struct dmesg_import *import)
{
	struct machine_config config = {
		.info = &import->info,
		.comment = "A machine as a report in its kernel's log shows "
			   "it.",
		.name = import->job->name,
		.profile = import->job->profile,
		.page_kb = import->page_kb,
		.max_order = import->max_order,
		.has_max_order = import->has_lists,
		.swap_kb = import->splat.swap_kb,
	};
	struct text initial = TEXT_EMPTY;
	int err = set_zones(import);

	if (!err)
		err = write_lists(import, &initial);
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

/* Without a call trace: idle tasks call only on top of an interrupt. */
static void guess_context(struct splat *splat)
{
	if (!splat->has_trace && strncmp(splat->comm, "swapper", 7) == 0)
		splat->ctx = CONTEXT_SOFTIRQ;
}

static int import_splat(struct dmesg_import *import)
{
	struct text report = TEXT_EMPTY;
	int err = 0;

	look_at_lists(import);
	guess_context(&import->splat);
	read_flags(import);
	if (import->job->config)
		err = write_config(import);
	add_found(import, &report);
	add_guessed(import, &report);
	add_lost(import, &report);
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
