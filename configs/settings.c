// SPDX-License-Identifier: GPL-2.0-only
/*
 * The settings of a kernel that are one value each: a profile gives all of
 * them, a config those that differ.
 *
 * Rules: pageblocks can't be larger than the largest block: unless the config
 * insists, they shrink with max_order (pageblock_order,
 * include/linux/pageblock-flags.h, 6.1). A kernel with HighMem has slots to map
 * it (LAST_PKMAP and PKMAP_BASE, arch/x86/include/asm/pgtable_32_areas.h, 6.1);
 * one without takes none.
 */

#include "configs/config_reader.h"
#include "sim/base/numbers.h"

#include <string.h>

/* More than any kernel has: 1024 on i386 without PAE. */
#define KMAP_SLOTS_MAX 65536

static bool is_profile(const struct yaml_node *node)
{
	return node->kind == YAML_NODE_SCALAR && !strcmp(node->text, "profile");
}

int config_check_header(const struct yaml_node *root, const char *kind,
			struct errors *errors)
{
	const struct yaml_node *node;
	uint64_t version;

	if (!yaml_is_mapping(root, errors))
		return -1;
	node = yaml_get(root, "kmemsim");
	if (!node) {
		error_input(errors, root->place,
			    "the key \"kmemsim\" is missing: a %s begins with "
			    "\"kmemsim: %s\"",
			    kind, kind);
		/* Is it misspelt, or this another program's file? */
		return yaml_get(root, "version") ? 0 : -1;
	}
	if (node->kind != YAML_NODE_SCALAR || strcmp(node->text, kind) != 0)
		return error_input(errors, node->place,
				   "a %s belongs here, "
				   "and this is \"kmemsim: %s\"%s",
				   kind, node->text ? node->text : "…",
				   is_profile(node) && !strcmp(kind, "config") ?
					   "; a config names it (profile: …), "
					   "and says how much memory there is" :
					   "");
	/* What else is wrong is told as well. */
	node = yaml_require(root, "version", "the format's version, 1", errors);
	if (!node || !yaml_u64(node, 1, UINT64_MAX, &version, errors))
		return 0;
	if (version > 1)
		return error_input(errors, node->place,
				   "version %llu is newer "
				   "than this kmemsim knows; it reads version "
				   "1",
				   (unsigned long long)version);
	return 0;
}

static void read_page_size(struct config_reader *reader,
			   const struct yaml_node *root)
{
	const struct yaml_node *node = yaml_get(root, "page_size");
	uint64_t size;

	if (!node || !yaml_size(node, 4096, 65536, &size, reader->errors))
		return;
	if (size & (size - 1)) {
		error_input(reader->errors, node->place,
			    "page_size: \"%s\" is "
			    "no page size; allowed: 4KiB, 8KiB, 16KiB, 32KiB "
			    "or 64KiB",
			    node->text);
		return;
	}
	reader->machine->page_shift = (uint32_t)__builtin_ctzll(size);
}

static void read_orders(struct config_reader *reader,
			const struct yaml_node *root)
{
	struct machine_desc *machine = reader->machine;
	uint32_t max_order;

	if (yaml_get_u32(root, "max_order", PAGE_ALLOC_COSTLY_ORDER,
			 MAX_ORDERS - 1, &max_order, reader->errors))
		machine->nr_orders = max_order + 1;
	reader->has_pageblock_order =
		yaml_get_u32(root, "pageblock_order", 1, MAX_ORDERS - 1,
			     &machine->pageblock_order, reader->errors);
}

/* What the free lists and the per-CPU lists are divided by. */
static void read_page_lists(struct config_reader *reader,
			    const struct yaml_node *root)
{
	struct machine_desc *machine = reader->machine;
	uint32_t pcp_max_order;
	bool grouping;

	if (yaml_get_bool(root, "grouping_by_mobility", &grouping,
			  reader->errors))
		machine->no_mobility_grouping = !grouping;
	if (yaml_get_u32(root, "pcp_max_order", 0, PAGE_ALLOC_COSTLY_ORDER,
			 &pcp_max_order, reader->errors))
		machine->pcp_orders = pcp_max_order + 1;
}

static void read_kmap(struct config_reader *reader,
		      const struct yaml_node *root)
{
	static const char *const keys[] = { "start", "slots" };
	struct machine_desc *machine = reader->machine;
	const struct yaml_node *map = yaml_get(root, "kmap"), *node;

	if (!map || !yaml_is_mapping(map, reader->errors))
		return;
	yaml_check_keys(map, keys, LENGTH(keys), reader->errors);
	node = yaml_get(map, "start");
	if (node)
		yaml_size(node, 0, UINT64_MAX, &machine->kmap_start,
			  reader->errors);
	node = yaml_get(map, "slots");
	if (!yaml_get_u32(map, "slots", 1, KMAP_SLOTS_MAX, &machine->kmap_slots,
			  reader->errors))
		return;
	if (machine->kmap_slots & (machine->kmap_slots - 1))
		error_input(reader->errors, node->place,
			    "kmap: slots: \"%s\" is no power of two",
			    node->text);
}

void config_read_settings(struct config_reader *reader,
			  const struct yaml_node *root)
{
	struct machine_desc *machine = reader->machine;
	struct errors *errors = reader->errors;

	read_page_size(reader, root);
	read_orders(reader, root);
	yaml_get_bool(root, "transparent_hugepage",
		      &machine->transparent_hugepage, errors);
	yaml_get_bool(root, "numa", &machine->numa, errors);
	yaml_get_bool(root, "init_on_alloc", &machine->init_on_alloc, errors);
	read_page_lists(reader, root);
	config_read_vmalloc(reader, root);
	config_read_dma(reader, root);
	read_kmap(reader, root);
	config_read_sysctl(reader, root);
	config_read_devices(reader, root);
	config_read_slab(reader, root);
	config_read_costs(reader, root);
}

/* What the slots' place contradicts, or NULL. */
static const char *wrong_kmap(const struct machine_desc *machine)
{
	uint64_t size = (uint64_t)machine->kmap_slots << machine->page_shift;
	uint64_t vmalloc_end = machine->vmalloc_start + machine->vmalloc_size;
	uint64_t last;

	if (__builtin_add_overflow(machine->kmap_start, size - 1, &last) ||
	    (machine->address_bits == 32 && last > UINT32_MAX))
		return "the slots end beyond the machine's addresses";
	if (last >= machine->vmalloc_start && machine->kmap_start < vmalloc_end)
		return "the slots lie within vmalloc's range";
	return NULL;
}

static void check_kmap(struct config_reader *reader,
		       const struct yaml_node *root)
{
	struct machine_desc *machine = reader->machine;
	uint64_t page_mask = (UINT64_C(1) << machine->page_shift) - 1;
	const struct yaml_node *map = yaml_get(root, "kmap");
	struct place place = map ? map->place : root->place;
	const char *wrong;

	if (!(machine->zone_types & 1u << ZONE_HIGHMEM)) {
		if (map)
			error_input(reader->errors, place,
				    "kmap: this kernel has no HighMem, whose "
				    "pages alone need slots");
		return;
	}
	if (!machine->kmap_slots) {
		error_input(reader->errors, place,
			    "kmap: a kernel with HighMem has slots: "
			    "{start: ADDRESS, slots: NUMBER}");
		return;
	}
	if (machine->kmap_start & page_mask) {
		if (map)
			error_input(reader->errors, place,
				    "kmap: start must be a page's address");
		machine->kmap_start = (machine->kmap_start + page_mask) &
				      ~page_mask;
	}
	wrong = wrong_kmap(machine);
	if (wrong)
		error_input(reader->errors, place, "kmap: %s", wrong);
}

void config_check_settings(struct config_reader *reader,
			   const struct yaml_node *root)
{
	struct machine_desc *machine = reader->machine;
	const struct yaml_node *node = yaml_get(root, "pageblock_order");

	if (machine->pageblock_order >= machine->nr_orders) {
		if (reader->has_pageblock_order)
			error_input(reader->errors, node->place,
				    "pageblock_order: \"%s\" is out of range; "
				    "allowed: 1 to max_order, which is %u",
				    node->text, machine->nr_orders - 1);
		machine->pageblock_order = machine->nr_orders - 1;
	}
	config_check_vmalloc(reader, root);
	config_check_slab(reader, root);
	check_kmap(reader, root);
	config_check_devices(reader, root);
}
