/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_FUZZ_ANY_MACHINE_H
#define KMEMSIM_FUZZ_ANY_MACHINE_H

/*
 * A config of a small machine, drawn: up to three nodes, four CPUs, zones of 1
 * to 16 MiB, either kernel of 6.1 or that of 2.6, settings left alone or at
 * the ends of what is allowed. Few are refused, such as a block that is larger
 * than what the profile has.
 */

#include "tests/fuzz/dice.h"

#define MACHINE_CPUS 4
#define MACHINE_NODES 3

struct any_machine {
	uint32_t nr_cpus;
	uint32_t nr_nodes;
	uint32_t nr_types; /* of zones, lowest first */
	const char *const *type;
};

/* A setting and values for it, of which the first ones are its ends. */
struct any_setting {
	const char *name;
	const char *values[6];
};

static const struct any_setting any_sysctls[] = {
	{ "min_free_kbytes", { "0", "64", "4096", "16384" } },
	{ "watermark_scale_factor", { "1", "3000", "100" } },
	{ "watermark_boost_factor", { "0", "4294967295", "15000" } },
	{ "lowmem_reserve_ratio", { "[0, 0, 0]", "[1, 1, 1]", "[2]" } },
	{ "percpu_pagelist_high_fraction", { "0", "8", "2147483647" } },
	{ "extfrag_threshold", { "0", "1000", "500" } },
	{ "swappiness", { "0", "200", "100" } },
	{ "zone_reclaim_mode", { "0", "7", "1", "2", "4" } },
	{ "min_unmapped_ratio", { "0", "100" } },
	{ "min_slab_ratio", { "0", "100" } },
	{ "dirty_ratio", { "0", "100", "20" } },
	{ "dirty_background_ratio", { "0", "100", "10" } },
	{ "compaction_proactiveness", { "0", "100", "20" } },
	{ "vfs_cache_pressure", { "0", "1000000", "100" } },
};

static const struct any_setting any_settings[] = {
	{ "max_order", { "3", "10", "5", "15" } },
	{ "pageblock_order", { "1", "3", "5" } },
	{ "pcp_max_order", { "0", "3", "1" } },
	{ "transparent_hugepage", { "false", "true" } },
	{ "init_on_alloc", { "false", "true" } },
	{ "grouping_by_mobility", { "false", "true" } },
	{ "numa", { "false", "true" } },
	/* A page a second: with less, those who wait for it do so for hours. */
	{ "disk", { "{latency: 0, bandwidth: 4096}", "{latency: 10s}" } },
	{ "swap", { "{size: 64KiB}", "{size: 1GiB, latency: 0}" } },
	{ "scheduler",
	  { "{keeps_cpu: 0, slice: 0}", "{keeps_cpu: 1s, slice: 2s}",
	    "{kernel_threads: true}" } },
	{ "costs", { "{multiplier: 0}", "{multiplier: 1000}" } },
	{ "dma", { "{coherent_pool: 256KiB}", "{coherent: false}" } },
	{ "slab",
	  { "{allocator: slub}", "{allocator: slab}", "{merge: true}",
	    "{allocator: slab, rules: linux-2.6, merge: true}" } },
};

#define NR_ANY(list) (sizeof(list) / sizeof *(list))

static inline void write_settings(FILE *file, struct dice *dice,
				  const struct any_setting *setting, size_t nr,
				  const char *behind)
{
	for (size_t i = 0; i < nr; i++) {
		uint32_t values = 0;
		uint32_t value = draw(dice, 24);

		while (values < NR_ANY(setting[i].values) &&
		       setting[i].values[values])
			values++;
		if (value < values)
			fprintf(file, "%s: %s%s", setting[i].name,
				setting[i].values[value], behind);
	}
}

static inline void write_zone(FILE *file, struct dice *dice, const char *type)
{
	static const char *const watermarks[] = {
		"{min: 0, low: 0, high: 0}",
		"{min: 32, low: 64, high: 96}",
		"{min: 100, low: 100, high: 200}",
	};
	static const char *const pcp[] = {
		"{high: 0, batch: 1}",
		"{high: 63, batch: 63}",
		"{high: 1000, batch: 7, free_factor: 5}",
	};

	fprintf(file, "      - {type: %s, size: %uMiB", type,
		1 + draw(dice, 16));
	if (seldom(dice, 4))
		fprintf(file, ", watermarks: %s", PICK(dice, watermarks));
	if (seldom(dice, 4))
		fprintf(file, ", pcp: %s", PICK(dice, pcp));
	fputs("}\n", file);
}

/* A node's zones, from some type to some other; all but the first have one. */
static inline void write_node(FILE *file, struct dice *dice,
			      const struct any_machine *machine, uint32_t id)
{
	uint32_t nr = machine->nr_types;
	uint32_t lowest;

	/* The highest type lies far above the others, which takes time. */
	nr -= nr > 1 && !seldom(dice, 4);
	lowest = id ? nr - 1 : draw(dice, nr);

	fprintf(file, "  - id: %u\n    cpus: [", id);
	for (uint32_t cpu = id, n = 0; cpu < machine->nr_cpus;
	     cpu += machine->nr_nodes)
		fprintf(file, "%s%u", n++ ? ", " : "", cpu);
	fputs("]\n    zones:\n", file);
	for (uint32_t i = lowest; i < nr; i++)
		write_zone(file, dice, machine->type[i]);
}

/* Writes the config; returns what a workload has to know of it. */
static inline struct any_machine write_machine(FILE *file, struct dice *dice)
{
	static const char *const wide[] = { "DMA", "DMA32", "Normal" };
	static const char *const narrow[] = { "DMA", "Normal", "HighMem" };
	static const char *const profiles[] = { "linux-6.1-x86_64",
						"linux-6.1-i386-pae",
						"linux-2.6-i386" };
	uint32_t profile = seldom(dice, 2) ? draw(dice, 3) : 0;
	struct any_machine machine = {
		.nr_cpus = 1 + draw(dice, MACHINE_CPUS),
		.nr_nodes = seldom(dice, 3) ? 1 + draw(dice, MACHINE_NODES) : 1,
		.nr_types = 3,
		.type = profile ? narrow : wide,
	};

	fprintf(file,
		"kmemsim: config\nversion: 1\nname: any\nprofile: %s\n"
		"nodes:\n",
		profiles[profile]);
	for (uint32_t id = 0; id < machine.nr_nodes; id++)
		write_node(file, dice, &machine, id);
	write_settings(file, dice, any_settings, NR_ANY(any_settings), "\n");
	fputs("sysctl: {", file);
	write_settings(file, dice, any_sysctls, NR_ANY(any_sysctls), ", ");
	fputs("}\n", file);
	return machine;
}

#endif
