// SPDX-License-Identifier: GPL-2.0-only
/*
 * `slab`: which slab allocator a kernel has, and which caches serve kmalloc().
 *
 * Rules: what a profile and a config leave unsaid is as in Linux 6.1. Lists
 * replace what the profile says, they do not add to it. Sizes of classes are
 * powers of two; the smallest may be 256 bytes at most, since SLAB keeps the
 * lists of large objects' slabs in small ones.
 */

#include "configs/config_reader.h"
#include "sim/base/numbers.h"

#define SMALLEST_MIN 8
#define SMALLEST_MAX 256
#define LARGEST_MIN 1024
#define LARGEST_MAX (128 * 1024)

static const char *const allocators[] = {
#define X(value, functions, word) [SLAB_ALLOCATOR_##value] = word,
	SLAB_ALLOCATORS(X)
#undef X
};

static const char *const rules[] = {
	[SLAB_RULES_6_1] = "linux-6.1",
	[SLAB_RULES_2_6] = "linux-2.6",
};

static const char *const families[] = {
	[KMALLOC_NORMAL] = "normal",
	[KMALLOC_CGROUP] = "cgroup",
	[KMALLOC_RECLAIM] = "reclaim",
	[KMALLOC_DMA] = "dma",
};

static const char *const above[] = { "pages", "fail" };
static const char *const zero[] = { "pointer", "smallest" };
static const char *const names[] = { "kmalloc", "size" };

/* One of two words, the second of which is true. */
static void read_choice(struct config_reader *reader,
			const struct yaml_node *map, const char *key,
			const char *const words[2], bool *value)
{
	const struct yaml_node *node = yaml_get(map, key);
	size_t which;

	if (node && yaml_word(node, words, 2, &which, reader->errors))
		*value = which == 1;
}

static void read_class(struct config_reader *reader,
		       const struct yaml_node *map, const char *key,
		       uint64_t least, uint64_t most, uint32_t *bytes)
{
	const struct yaml_node *node = yaml_get(map, key);
	uint64_t size;

	if (!node || !yaml_size(node, least, most, &size, reader->errors))
		return;
	if (size & (size - 1))
		error_input(reader->errors, node->place,
			    "%s: \"%s\" is no power of two", key, node->text);
	else
		*bytes = (uint32_t)size;
}

static void read_between(struct config_reader *reader,
			 const struct yaml_node *map)
{
	static const char *const sizes[] = { "96", "192" };
	struct kmalloc_desc *kmalloc = &reader->machine->kmalloc;
	const struct yaml_node *list = yaml_get(map, "between"), *node;
	size_t which;

	if (!list || !yaml_is_list(list, reader->errors))
		return;
	kmalloc->no_96 = true;
	kmalloc->no_192 = true;
	for (node = list->first; node; node = node->next) {
		if (!yaml_word(node, sizes, LENGTH(sizes), &which,
			       reader->errors))
			continue;
		if (which == 0)
			kmalloc->no_96 = false;
		else
			kmalloc->no_192 = false;
	}
}

static void read_families(struct config_reader *reader,
			  const struct yaml_node *map)
{
	const struct yaml_node *list = yaml_get(map, "families"), *node;
	unsigned int all = 0;
	size_t which;

	if (!list || !yaml_is_list(list, reader->errors))
		return;
	for (node = list->first; node; node = node->next)
		if (yaml_word(node, families, LENGTH(families), &which,
			      reader->errors))
			all |= 1u << which;
	if (!(all & 1u << KMALLOC_NORMAL))
		error_input(reader->errors, list->place,
			    "families: every kernel has \"normal\"");
	reader->machine->kmalloc.families = all;
}

static void read_kmalloc(struct config_reader *reader,
			 const struct yaml_node *slab)
{
	static const char *const keys[] = {
		"smallest", "largest", "between", "families",
		"above",    "zero",    "names",
	};
	struct kmalloc_desc *kmalloc = &reader->machine->kmalloc;
	const struct yaml_node *map = yaml_get(slab, "kmalloc");

	if (!map || !yaml_is_mapping(map, reader->errors))
		return;
	yaml_check_keys(map, keys, LENGTH(keys), reader->errors);
	read_class(reader, map, "smallest", SMALLEST_MIN, SMALLEST_MAX,
		   &kmalloc->smallest);
	read_class(reader, map, "largest", LARGEST_MIN, LARGEST_MAX,
		   &kmalloc->largest);
	read_between(reader, map);
	read_families(reader, map);
	read_choice(reader, map, "above", above, &kmalloc->refuse_larger);
	read_choice(reader, map, "zero", zero, &kmalloc->zero_is_smallest);
	read_choice(reader, map, "names", names, &kmalloc->old_names);
}

void config_read_slab(struct config_reader *reader,
		      const struct yaml_node *root)
{
	static const char *const keys[] = { "allocator", "merge", "rules",
					    "kmalloc" };
	struct machine_desc *machine = reader->machine;
	const struct yaml_node *map = yaml_get(root, "slab"), *node;
	size_t which;

	if (!map || !yaml_is_mapping(map, reader->errors))
		return;
	yaml_check_keys(map, keys, LENGTH(keys), reader->errors);
	node = yaml_get(map, "allocator");
	if (node && yaml_word(node, allocators, LENGTH(allocators), &which,
			      reader->errors))
		machine->slab_allocator = (enum slab_allocator)which;
	node = yaml_get(map, "rules");
	if (node &&
	    yaml_word(node, rules, LENGTH(rules), &which, reader->errors))
		machine->slab_rules = (enum slab_rules)which;
	yaml_get_bool(map, "merge", &machine->slab_merge, reader->errors);
	read_kmalloc(reader, map);
}

void config_check_slab(struct config_reader *reader,
		       const struct yaml_node *root)
{
	const struct machine_desc *machine = reader->machine;
	uint64_t block = UINT64_C(1)
			 << (machine->page_shift + machine->nr_orders - 1);
	const struct yaml_node *map = yaml_get(root, "slab");

	if (machine->kmalloc.largest > block)
		error_input(reader->errors, map ? map->place : root->place,
			    "slab: kmalloc: largest: objects of %u bytes do "
			    "not fit into the largest block, of max_order %u",
			    machine->kmalloc.largest, machine->nr_orders - 1);
}

static void add_kmalloc(struct text *text, const struct kmalloc_desc *kmalloc)
{
	bool first = true;

	text_add(text, "  kmalloc:\n");
	if (kmalloc->smallest)
		text_add(text, "    smallest: %u\n", kmalloc->smallest);
	if (kmalloc->largest)
		text_add(text, "    largest: %u\n", kmalloc->largest);
	text_add(text, "    between: [%s%s%s]\n", kmalloc->no_96 ? "" : "96",
		 kmalloc->no_96 || kmalloc->no_192 ? "" : ", ",
		 kmalloc->no_192 ? "" : "192");
	text_add(text, "    families: [");
	for (size_t i = 0; i < LENGTH(families); i++) {
		if (kmalloc->families && !(kmalloc->families >> i & 1))
			continue;
		text_add(text, "%s%s", first ? "" : ", ", families[i]);
		first = false;
	}
	text_add(text, "]\n    above: %s\n    zero: %s\n    names: %s\n",
		 above[kmalloc->refuse_larger], zero[kmalloc->zero_is_smallest],
		 names[kmalloc->old_names]);
}

void config_format_slab(struct text *text, const struct machine_desc *machine)
{
	text_add(text, "slab:\n  allocator: %s\n  merge: %s\n  rules: %s\n",
		 allocators[machine->slab_allocator],
		 machine->slab_merge ? "true" : "false",
		 rules[machine->slab_rules]);
	add_kmalloc(text, &machine->kmalloc);
}
