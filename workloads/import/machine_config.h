/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_WORKLOADS_IMPORT_MACHINE_CONFIG_H
#define KMEMSIM_WORKLOADS_IMPORT_MACHINE_CONFIG_H

/*
 * From the zones that a real kernel has shown to the config of that machine.
 */

#include "sim/base/text.h"
#include "workloads/import/zoneinfo.h"

struct machine_config {
	const struct zoneinfo *info; /* the zones and CPUs */
	const char *comment;	     /* lines for its head; NULL: none */
	const char *name;	     /* NULL: "machine" */
	const char *profile;	     /* NULL: by the zones */
	uint64_t page_kb;	     /* KiB; 0: 4 */
	uint64_t max_order;
	uint64_t pageblock_order;
	bool has_max_order;
	bool has_pageblock_order;
	uint64_t swap_kb; /* KiB; 0: none */
	/*
	 * The lines below that key; NULL: none, so that boosts and LRU lists
	 * of the zones are left out, too.
	 */
	const char *initial_state;
};

/* How many nodes the zones are of. */
uint32_t machine_config_nodes(const struct zoneinfo *info);

/* The profile that it names: the given one, or by the zones. */
const char *machine_config_profile(const struct machine_config *config);

void machine_config_add(struct text *text, const struct machine_config *config);

/* The same, to a file. -1 with an error: it can't be written. */
int machine_config_write(const struct machine_config *config, FILE *out,
			 struct errors *errors);

#endif
