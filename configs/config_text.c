// SPDX-License-Identifier: GPL-2.0-only
/*
 * The effective config: every default filled in, as YAML that loads again to
 * the same machine.
 *
 * Rules: zones are given by their exact pages; what the kernel's formulas are
 * to compute (watermarks and the like) stays unsaid; files of the starting
 * state keep the paths that the config gave them, relative to it.
 */

#include "configs/config_reader.h"

#include <string.h>

void config_format_quoted(struct text *text, const char *s)
{
	text_add(text, "\"");
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c == '"' || c == '\\')
			text_add(text, "\\%c", c);
		else if (c < 0x20 || c == 0x7f)
			text_add(text, "\\x%02x", c);
		else
			text_add_bytes(text, s, 1);
	}
	text_add(text, "\"");
}

static const char *truth(bool value)
{
	return value ? "true" : "false";
}

static void add_header(struct text *text, const struct config_reader *reader)
{
	const struct machine_desc *machine = reader->machine;

	text_add(text, "kmemsim: config\nversion: 1\nname: ");
	config_format_quoted(text, reader->config->name);
	text_add(text, "\nprofile: ");
	config_format_quoted(text, reader->config->profile);
	text_add(text, "\npage_size: %uKiB\n",
		 1u << (machine->page_shift - 10));
	text_add(text, "max_order: %u\npageblock_order: %u\n",
		 machine->nr_orders - 1, machine->pageblock_order);
	text_add(text,
		 "transparent_hugepage: %s\nnuma: %s\n"
		 "init_on_alloc: %s\n",
		 truth(machine->transparent_hugepage), truth(machine->numa),
		 truth(machine->init_on_alloc));
	text_add(text, "grouping_by_mobility: %s\npcp_max_order: %u\n",
		 truth(!machine->no_mobility_grouping),
		 machine->pcp_orders ? machine->pcp_orders - 1 :
				       PAGE_ALLOC_COSTLY_ORDER);
	text_add(text, "vmalloc: {start: 0x%llx, size: 0x%llx}\n",
		 (unsigned long long)machine->vmalloc_start,
		 (unsigned long long)machine->vmalloc_size);
	if (machine->kmap_slots)
		text_add(text, "kmap: {start: 0x%llx, slots: %u}\n",
			 (unsigned long long)machine->kmap_start,
			 machine->kmap_slots);
}

static void add_lru(struct text *text, const struct lru_desc *lru)
{
	text_add(text,
		 "        lru: {inactive_anon: %llu, active_anon: %llu, "
		 "inactive_file: %llu,\n"
		 "              active_file: %llu, unevictable: %llu, "
		 "dirty: %llu}\n",
		 (unsigned long long)lru->inactive_anon,
		 (unsigned long long)lru->active_anon,
		 (unsigned long long)lru->inactive_file,
		 (unsigned long long)lru->active_file,
		 (unsigned long long)lru->unevictable,
		 (unsigned long long)lru->dirty);
}

static void add_pcp_pages(struct text *text, const char *key, bool is_auto,
			  uint32_t pages)
{
	if (is_auto)
		text_add(text, "%sauto", key);
	else
		text_add(text, "%s%u", key, pages);
}

static void add_kernel_values(struct text *text,
			      const struct config_reader *reader,
			      const struct zone_desc *zone)
{
	size_t i;

	if (zone->has_watermarks)
		text_add(text,
			 "        watermarks: {min: %llu, low: %llu, "
			 "high: %llu}\n",
			 (unsigned long long)zone->watermark[WMARK_MIN],
			 (unsigned long long)zone->watermark[WMARK_LOW],
			 (unsigned long long)zone->watermark[WMARK_HIGH]);
	if (zone->has_lowmem_reserve) {
		text_add(text, "        lowmem_reserve: [");
		for (i = 0; i < reader->nr_types; i++)
			text_add(text, "%s%llu", i ? ", " : "",
				 (unsigned long long)
					 zone->lowmem_reserve[reader->type[i]]);
		text_add(text, "]\n");
	}
	if (zone->has_pcp) {
		add_pcp_pages(text, "        pcp: {high: ", zone->pcp_high_auto,
			      zone->pcp_high);
		add_pcp_pages(text, ", batch: ", zone->pcp_batch_auto,
			      zone->pcp_batch);
		text_add(text, ", free_factor: %u}\n", zone->pcp_free_factor);
	}
	if (zone->has_nr_free_pages)
		text_add(text, "        nr_free_pages: %lld\n",
			 (long long)zone->nr_free_pages);
	if (zone->watermark_boost)
		text_add(text, "        watermark_boost: %llu\n",
			 (unsigned long long)zone->watermark_boost);
	if (zone->has_lru)
		add_lru(text, &zone->lru);
}

/* Holes that page blocks' runs tell of are told by them again. */
static bool in_hole_run(const struct config_reader *reader, node_t node,
			enum zone_type type, uint64_t pfn)
{
	const struct initial_state_desc *initial = &reader->machine->initial;
	bool hole = false;
	size_t i;

	for (i = 0; i < initial->nr_pageblocks; i++) {
		const struct pageblock_run_desc *run = &initial->pageblocks[i];

		if (run->node == node && run->zone == type &&
		    run->start_pfn <= pfn)
			hole = run->hole;
	}
	return hole;
}

static void add_holes(struct text *text, const struct config_reader *reader,
		      node_t node, const struct zone_desc *zone)
{
	bool any = false;
	size_t i;

	for (i = 0; i < zone->nr_holes; i++) {
		const struct hole_desc *hole = &zone->holes[i];

		if (in_hole_run(reader, node, zone->type, hole->start_pfn))
			continue;
		text_add(text, "%s{start_pfn: %llu, pages: %llu}",
			 any ? ", " : "        holes: [",
			 (unsigned long long)hole->start_pfn,
			 (unsigned long long)hole->pages);
		any = true;
	}
	if (any)
		text_add(text, "]\n");
}

static void add_zone(struct text *text, const struct config_reader *reader,
		     node_t node, const struct zone_desc *zone)
{
	text_add(text,
		 "      - type: %s\n        start_pfn: %llu\n"
		 "        spanned_pages: %llu\n        present_pages: %llu\n"
		 "        managed_pages: %llu\n",
		 zone_type_names[zone->type],
		 (unsigned long long)zone->start_pfn,
		 (unsigned long long)zone->spanned_pages,
		 (unsigned long long)zone->present_pages,
		 (unsigned long long)zone->managed_pages);
	if (zone->managed_pages < zone->present_pages ||
	    zone->freed_after_boot_pages)
		text_add(text, "        freed_after_boot_pages: %llu\n",
			 (unsigned long long)zone->freed_after_boot_pages);
	add_kernel_values(text, reader, zone);
	add_holes(text, reader, node, zone);
}

static void add_node(struct text *text, const struct config_reader *reader,
		     const struct node_desc *node)
{
	const struct machine_desc *machine = reader->machine;
	size_t i, last = (size_t)machine->nodes[machine->nr_nodes - 1].id;

	text_add(text, "  - id: %d\n    cpus: [", node->id);
	for (i = 0; i < node->nr_cpus; i++)
		text_add(text, "%s%u", i ? ", " : "", node->cpus[i]);
	text_add(text, "]\n    distance: [");
	/* A gap in the ids needs a value, which means nothing. */
	for (i = 0; i <= last; i++)
		text_add(text, "%s%u", i ? ", " : "",
			 node->distance[i] ? node->distance[i] : 20);
	text_add(text, "]\n    zones:%s\n", node->nr_zones ? "" : " []");
	for (i = 0; i < node->nr_zones; i++)
		add_zone(text, reader, node->id, &node->zones[i]);
}

static void add_initial(struct text *text, const struct config_reader *reader)
{
	const struct yaml_node *child;

	if (!reader->initial || reader->initial->nr == 0)
		return;
	text_add(text, "initial_state:\n");
	for (child = reader->initial->first; child; child = child->next) {
		text_add(text, "  %s: ", child->key);
		config_format_quoted(text, child->text);
		text_add(text, "\n");
	}
}

char *config_format(const struct config_reader *reader)
{
	const struct machine_desc *machine = reader->machine;
	struct text text = TEXT_EMPTY;
	size_t i;

	add_header(&text, reader);
	config_format_sysctl(&text, reader);
	config_format_slab(&text, machine);
	config_format_devices(&text, machine);
	config_format_costs(&text, machine);
	text_add(&text, "nodes:\n");
	for (i = 0; i < machine->nr_nodes; i++)
		add_node(&text, reader, &machine->nodes[i]);
	config_format_dma(&text, machine);
	add_initial(&text, reader);
	if (reader->config->sample_every_ns)
		text_add(&text, "sampling: {every: %lluns}\n",
			 (unsigned long long)reader->config->sample_every_ns);
	if (text.failed)
		text_release(&text);
	return text.s;
}
