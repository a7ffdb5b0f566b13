/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `sysctl`: what an administrator of the machine could set under /proc/sys/vm.
 *
 *	sysctl: {min_free_kbytes: auto, swappiness: 10}
 *
 * Rules: ranges are the kernel's own: watermark_scale_factor 1 to 3000,
 * extfrag_threshold 0 to 1000, swappiness 0 to 200, per cents 0 to 100, the
 * others not negative (vm_table, kernel/sysctl.c, and the dirty ones in
 * mm/page-writeback.c, 6.1); percpu_pagelist_high_fraction 0 or at least 8
 * (mm/page_alloc.c, 6.1). Of zone_reclaim_mode the kernel takes any number;
 * only the three bits that mean something are taken here.
 */

#include "configs/config_reader.h"
#include "sim/base/numbers.h"

#include <string.h>

/* Those that are a number and nothing else. */
static const struct plain_sysctl {
	const char *name;
	size_t offset; /* of the member of struct sysctl_desc, a uint32_t */
	uint32_t least;
	uint32_t most;
} plain_sysctls[] = {
#define PLAIN(name, least, most)                                               \
	{                                                                      \
#name, offsetof(struct sysctl_desc, name), least, most         \
	}
	PLAIN(watermark_scale_factor, 1, 3000),
	PLAIN(watermark_boost_factor, 0, INT32_MAX),
	PLAIN(extfrag_threshold, 0, 1000),
	PLAIN(swappiness, 0, 200),
	PLAIN(zone_reclaim_mode, 0, 7),
	PLAIN(min_unmapped_ratio, 0, 100),
	PLAIN(min_slab_ratio, 0, 100),
	PLAIN(dirty_ratio, 0, 100),
	PLAIN(dirty_background_ratio, 0, 100),
	PLAIN(compaction_proactiveness, 0, 100),
	PLAIN(vfs_cache_pressure, 0, INT32_MAX),
#undef PLAIN
};
#define NR_PLAIN LENGTH(plain_sysctls)

/* Those that are more than that. */
static const char *const other_names[] = {
	"min_free_kbytes",
	"lowmem_reserve_ratio",
	"percpu_pagelist_high_fraction",
};
#define NR_OTHERS LENGTH(other_names)

static void read_min_free(struct config_reader *reader,
			  const struct yaml_node *map)
{
	struct sysctl_desc *sysctl = &reader->machine->sysctl;
	const struct yaml_node *node = yaml_get(map, "min_free_kbytes");

	if (!node)
		return;
	if (node->kind == YAML_NODE_SCALAR && strcmp(node->text, "auto") == 0) {
		sysctl->has_min_free_kbytes = false;
		return;
	}
	if (yaml_u64(node, 0, INT32_MAX, &sysctl->min_free_kbytes,
		     reader->errors))
		sysctl->has_min_free_kbytes = true;
}

/* A list by the profile's zone types; those not given keep their value. */
static void read_reserve_ratio(struct config_reader *reader,
			       const struct yaml_node *map)
{
	uint32_t *ratio = reader->machine->sysctl.lowmem_reserve_ratio;
	const struct yaml_node *list = yaml_get(map, "lowmem_reserve_ratio");
	const struct yaml_node *node;
	uint64_t value;
	size_t i = 0;

	if (!list || !yaml_is_list(list, reader->errors))
		return;
	/* Without a profile nobody knows how many there may be. */
	if (reader->nr_types == 0)
		return;
	if (list->nr > reader->nr_types) {
		struct text types = TEXT_EMPTY;

		text_add_choices(&types, reader->type_name, reader->nr_types);
		error_input(reader->errors, list->place,
			    "lowmem_reserve_ratio: %zu values; at most %zu, "
			    "one for each of %s",
			    list->nr, reader->nr_types,
			    types.s ? types.s : "the zone types");
		text_release(&types);
		return;
	}
	for (node = list->first; node; node = node->next, i++) {
		if (yaml_u64(node, 0, INT32_MAX, &value, reader->errors))
			ratio[reader->type[i]] = (uint32_t)value;
	}
}

static void read_high_fraction(struct config_reader *reader,
			       const struct yaml_node *map)
{
	struct sysctl_desc *sysctl = &reader->machine->sysctl;
	const struct yaml_node *node =
		yaml_get(map, "percpu_pagelist_high_fraction");
	uint64_t value;

	if (!node || !yaml_u64(node, 0, INT32_MAX, &value, reader->errors))
		return;
	if (value > 0 && value < 8)
		error_input(reader->errors, node->place,
			    "percpu_pagelist_high_fraction: \"%s\" is out of "
			    "range; allowed: 0, or 8 and more",
			    node->text);
	else
		sysctl->percpu_pagelist_high_fraction = (uint32_t)value;
}

static uint32_t *plain_value(struct sysctl_desc *sysctl,
			     const struct plain_sysctl *plain)
{
	return (uint32_t *)((char *)sysctl + plain->offset);
}

bool config_is_sysctl(const char *key)
{
	for (size_t i = 0; i < NR_OTHERS; i++)
		if (strcmp(key, other_names[i]) == 0)
			return true;
	for (size_t i = 0; i < NR_PLAIN; i++)
		if (strcmp(key, plain_sysctls[i].name) == 0)
			return true;
	return false;
}

void config_read_sysctl(struct config_reader *reader,
			const struct yaml_node *root)
{
	const struct yaml_node *map = yaml_get(root, "sysctl");
	const char *keys[NR_OTHERS + NR_PLAIN];
	size_t i;

	if (!map || !yaml_is_mapping(map, reader->errors))
		return;
	memcpy(keys, other_names, sizeof(other_names));
	for (i = 0; i < NR_PLAIN; i++)
		keys[NR_OTHERS + i] = plain_sysctls[i].name;
	yaml_check_keys(map, keys, LENGTH(keys), reader->errors);
	read_min_free(reader, map);
	read_reserve_ratio(reader, map);
	read_high_fraction(reader, map);
	for (i = 0; i < NR_PLAIN; i++) {
		const struct plain_sysctl *plain = &plain_sysctls[i];

		yaml_get_u32(map, plain->name, plain->least, plain->most,
			     plain_value(&reader->machine->sysctl, plain),
			     reader->errors);
	}
}

void config_format_sysctl(struct text *text, const struct config_reader *reader)
{
	struct sysctl_desc *sysctl = &reader->machine->sysctl;
	size_t i;

	text_add(text, "sysctl:\n  min_free_kbytes: ");
	if (sysctl->has_min_free_kbytes)
		text_add(text, "%llu\n",
			 (unsigned long long)sysctl->min_free_kbytes);
	else
		text_add(text, "auto\n");
	text_add(text, "  lowmem_reserve_ratio: [");
	for (i = 0; i < reader->nr_types; i++)
		text_add(text, "%s%u", i ? ", " : "",
			 sysctl->lowmem_reserve_ratio[reader->type[i]]);
	text_add(text, "]\n  percpu_pagelist_high_fraction: %u\n",
		 sysctl->percpu_pagelist_high_fraction);
	for (i = 0; i < NR_PLAIN; i++)
		text_add(text, "  %s: %u\n", plain_sysctls[i].name,
			 *plain_value(sysctl, &plain_sysctls[i]));
}
