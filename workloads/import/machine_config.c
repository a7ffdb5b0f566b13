/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The YAML of a machine whose zones a real kernel has shown, in /proc/zoneinfo
 * or in a report of its log.
 *
 * The watermarks that a kernel shows have the boost in them
 * (min_wmark_pages(), include/linux/mmzone.h, Linux 6.1), which passes: it is
 * taken off, and told by itself where the config begins in that state.
 * ZONE_DEVICE is the last of the kernel's zones (enum zone_type),
 * so that its column of reserves is the one that is left out.
 *
 * No kernel shows which node a CPU belongs to: with more than one node, CPUs
 * are dealt out in equal runs, lowest first, and the config says that this is
 * a guess.
 */
#include <errno.h>
#include <string.h>

#include "workloads/import/machine_config.h"
#include "workloads/yaml/writer.h"

/*
 * Zones of a kernel without ZONE_DEVICE, on both kinds of x86; Movable, the
 * last, came with 2.6.23.
 */
#define NR_RESERVES 4
#define NR_OLD_RESERVES 3

/*
 * A kernel without a Movable zone has no column for it. Where that zone is
 * empty, it is the column before: the same zones lie below
 * (setup_per_zone_lowmem_reserve(), mm/page_alloc.c, Linux 6.1).
 */
static void add_reserves(struct text *text, const struct zoneinfo_zone *zone,
			 size_t columns)
{
	size_t nr = zone->nr_protection;

	if (!nr)
		return;
	text_add(text, "        lowmem_reserve: [");
	for (size_t i = 0; i < columns; i++)
		text_add(text, "%s%llu", i ? ", " : "",
			 (unsigned long long)
				 zone->protection[i < nr ? i : nr - 1]);
	text_add(text, "]\n");
}

/* Where pages in use are known for what they are. */
static void add_lru(struct text *text, const struct lru_desc *lru)
{
	const struct {
		const char *key;
		uint64_t pages;
	} counts[] = {
		{ "active_anon", lru->active_anon },
		{ "inactive_anon", lru->inactive_anon },
		{ "active_file", lru->active_file },
		{ "inactive_file", lru->inactive_file },
		{ "unevictable", lru->unevictable },
		{ "dirty", lru->dirty },
	};
	const char *between = "";

	text_add(text, "        lru: {");
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		if (!counts[i].pages)
			continue;
		text_add(text, "%s%s: %llu", between, counts[i].key,
			 (unsigned long long)counts[i].pages);
		between = ", ";
	}
	text_add(text, "}\n");
}

static void add_zone(struct text *text, const struct zoneinfo_zone *zone,
		     size_t columns, bool has_state)
{
	unsigned long long mark[NR_WMARK];
	size_t i;

	for (i = 0; i < NR_WMARK; i++)
		mark[i] = zone->watermark[i] > zone->boost ?
				  zone->watermark[i] - zone->boost :
				  0;
	text_add(text,
		 "      - type: %s\n"
		 "        start_pfn: %llu\n"
		 "        spanned_pages: %llu\n"
		 "        present_pages: %llu\n"
		 "        managed_pages: %llu\n"
		 "        watermarks: {min: %llu, low: %llu, high: %llu}\n",
		 zone_type_names[zone->type],
		 (unsigned long long)zone->start_pfn,
		 (unsigned long long)zone->spanned,
		 (unsigned long long)zone->present,
		 (unsigned long long)zone->managed, mark[WMARK_MIN],
		 mark[WMARK_LOW], mark[WMARK_HIGH]);
	add_reserves(text, zone, columns);
	if (zone->pcp_batch)
		text_add(text, "        pcp: {high: %llu, batch: %llu}\n",
			 (unsigned long long)zone->pcp_high,
			 (unsigned long long)zone->pcp_batch);
	text_add(text, "        nr_free_pages: %llu\n",
		 (unsigned long long)zone->free);
	if (has_state && zone->boost)
		text_add(text, "        watermark_boost: %llu\n",
			 (unsigned long long)zone->boost);
	if (has_state && zone->has_lru)
		add_lru(text, &zone->lru);
}

uint32_t machine_config_nodes(const struct zoneinfo *info)
{
	bool seen[MAX_NODES] = { false };
	uint32_t nr = 0;
	size_t i;

	for (i = 0; i < info->nr_zones; i++) {
		nr += !seen[info->zone[i].node];
		seen[info->zone[i].node] = true;
	}
	return nr;
}

/* The n-th of `nodes` equal runs of the CPUs that are online. */
static void add_cpus(struct text *text, const struct zoneinfo *info, uint32_t n,
		     uint32_t nodes)
{
	uint32_t first = n * info->nr_cpus / nodes;
	uint32_t end = (n + 1) * info->nr_cpus / nodes;
	const char *between = "";
	uint32_t cpu, i = 0;

	text_add(text, "    cpus: [");
	for (cpu = 0; cpu < MAX_CPUS; cpu++) {
		if (!info->cpu[cpu])
			continue;
		if (i >= first && i < end) {
			text_add(text, "%s%u", between, cpu);
			between = ", ";
		}
		i++;
	}
	text_add(text, "]%s\n", nodes > 1 ? "  # a guess" : "");
}

static const char old_i386[] = "linux-2.6-i386";

/* Without Movable, and without a DMA32 that 64 bits have. */
static bool has_three_types(const struct zoneinfo *info)
{
	for (size_t i = 0; i < info->nr_zones; i++)
		if (info->zone[i].type == ZONE_DMA32 ||
		    info->zone[i].nr_protection != NR_OLD_RESERVES)
			return false;
	return info->nr_zones != 0;
}

static const char *profile_of(const struct zoneinfo *info)
{
	size_t i;

	if (has_three_types(info))
		return old_i386;
	for (i = 0; i < info->nr_zones; i++)
		if (info->zone[i].type == ZONE_HIGHMEM)
			return "linux-6.1-i386-pae";
	return "linux-6.1-x86_64";
}

const char *machine_config_profile(const struct machine_config *config)
{
	return config->profile ? config->profile : profile_of(config->info);
}

static void add_node(struct text *text, const struct machine_config *config,
		     node_t node, uint32_t n)
{
	const struct zoneinfo *info = config->info;
	uint32_t nodes = machine_config_nodes(info);
	size_t columns = strcmp(machine_config_profile(config), old_i386) ?
				 NR_RESERVES :
				 NR_OLD_RESERVES;
	bool any = false;
	size_t i;

	text_add(text, "  - id: %d\n", node);
	add_cpus(text, info, n, nodes);
	for (i = 0; i < info->nr_zones; i++) {
		if (info->zone[i].node != node || !info->zone[i].present)
			continue;
		if (!any)
			text_add(text, "    zones:\n");
		any = true;
		add_zone(text, &info->zone[i], columns,
			 config->initial_state != NULL);
	}
	if (!any)
		text_add(text, "    zones: []\n");
}

static void add_nodes(struct text *text, const struct machine_config *config)
{
	const struct zoneinfo *info = config->info;
	uint32_t n = 0;
	size_t i;
	int node;

	text_add(text, "nodes:\n");
	for (node = 0; node < MAX_NODES; node++) {
		for (i = 0; i < info->nr_zones; i++)
			if (info->zone[i].node == node)
				break;
		if (i < info->nr_zones)
			add_node(text, config, (node_t)node, n++);
	}
}

void machine_config_add(struct text *text, const struct machine_config *config)
{
	if (config->comment)
		text_add_yaml_comment(text, config->comment);
	text_add(text, "kmemsim: config\nversion: 1\nname: ");
	text_add_yaml(text, config->name ? config->name : "machine");
	text_add(text, "\nprofile: ");
	text_add_yaml(text, machine_config_profile(config));
	text_add(text, "\n");
	if (config->page_kb && config->page_kb != 4)
		text_add(text, "page_size: %lluKiB\n",
			 (unsigned long long)config->page_kb);
	if (config->has_max_order)
		text_add(text, "max_order: %llu\n",
			 (unsigned long long)config->max_order);
	if (config->has_pageblock_order)
		text_add(text, "pageblock_order: %llu\n",
			 (unsigned long long)config->pageblock_order);
	if (config->swap_kb)
		text_add(text, "swap: {size: %lluKiB}\n",
			 (unsigned long long)config->swap_kb);
	add_nodes(text, config);
	if (config->initial_state)
		text_add(text, "initial_state:\n%s", config->initial_state);
}

int machine_config_write(const struct machine_config *config, FILE *out,
			 struct errors *errors)
{
	struct text text = TEXT_EMPTY;
	bool failed;

	machine_config_add(&text, config);
	failed = text.failed;
	errno = 0;
	if (!failed) {
		fwrite(text.s, 1, text.length, out);
		failed = fflush(out) != 0 || ferror(out) != 0;
	}
	text_release(&text);
	return failed ? error_host(errors, "can't write the config") : 0;
}
