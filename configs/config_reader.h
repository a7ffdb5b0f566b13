/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_CONFIGS_CONFIG_READER_H
#define KMEMSIM_CONFIGS_CONFIG_READER_H

/*
 * A config while it is being read: what the steps of config_load() hand to
 * one another. Used within configs/ alone.
 *
 *	profile --> settings --> nodes and zones --> starting state --> holes
 */

#include "configs/config.h"
#include "configs/yaml/yaml_tree.h"

/* The last frame number plus one: the rest of 32 bits is for list heads. */
#define PFN_LIMIT ((UINT64_C(1) << 32) - (UINT64_C(1) << 24))

/* A zone as the file gives it, before it has its place. */
struct zone_source {
	struct zone_desc zone;
	size_t node;	    /* index in machine->nodes */
	struct place place; /* of its mapping */
	bool has_start;
	bool has_present;
	bool has_managed;
	bool has_freed; /* freed_after_boot_pages is given */
	bool wrong;	/* an error was told; what follows from it is not */
};

/* Frames [start, end) that a line of a file claims; line 0: a hole. */
struct pfn_span {
	uint64_t start;
	uint64_t end;
	uint64_t line;
};

/*
 * What a booting kernel takes and gives back once its watermarks are set:
 * configs/boot_memory.c. In bytes; 0: nothing is known of it.
 */
struct boot_memory {
	uint64_t kernel_at;    /* physical address of its image */
	uint64_t kernel_freed; /* of its image */
	uint64_t initrd_below; /* the boot loader puts it below this */
	uint64_t initrd_freed;
};

struct config_reader {
	struct errors *errors;
	struct config *config;
	struct machine_desc *machine; /* &config->machine */
	const char *path;	      /* of the config, for messages */

	/* The profile's zone types, in its order. */
	enum zone_type type[NR_ZONE_TYPES];
	const char *type_name[NR_ZONE_TYPES];
	size_t nr_types;
	uint64_t legacy_hole_end; /* bytes; 0: none */
	struct boot_memory boot;
	bool has_pageblock_order; /* said by the config itself */
	bool has_costs;		  /* said, by whomever */
	bool vmalloc_auto;	  /* starts behind what is mapped directly */
	uint64_t vmalloc_end;	  /* address; 0: `size` says it */

	struct zone_source *zone; /* in the file's order */
	size_t nr_zones;
	size_t zone_capacity;
	/* Index in zone[] plus 1, by node id and type; 0: none. */
	uint16_t zone_at[MAX_NODES][NR_ZONE_TYPES];

	const struct yaml_node *initial; /* `initial_state`, or NULL */
	struct pfn_span *block;		 /* [nr_free_blocks], by frame */
	char *free_lists_path;
};

/* configs/profile.c: fills the defaults from NAME.yaml in the directories. */
int config_read_profile(struct config_reader *reader, const char *name,
			struct place place, const char *const *dirs);

/* configs/settings.c: what profiles and configs both may say. */
void config_read_settings(struct config_reader *reader,
			  const struct yaml_node *root);
/* Checks what depends on more than one of them. */
void config_check_settings(struct config_reader *reader,
			   const struct yaml_node *root);
/* configs/sysctl.c: `sysctl`. */
void config_read_sysctl(struct config_reader *reader,
			const struct yaml_node *root);
bool config_is_sysctl(const char *key);
void config_format_sysctl(struct text *text,
			  const struct config_reader *reader);
/* configs/devices.c: `disk`, `swap` and `scheduler`. */
void config_read_devices(struct config_reader *reader,
			 const struct yaml_node *root);
void config_check_devices(struct config_reader *reader,
			  const struct yaml_node *root);
void config_format_devices(struct text *text,
			   const struct machine_desc *machine);
/* configs/costs.c: `costs`. */
void config_read_costs(struct config_reader *reader,
		       const struct yaml_node *root);
void config_format_costs(struct text *text, const struct machine_desc *machine);
/* configs/slab_settings.c: `slab`. */
void config_read_slab(struct config_reader *reader,
		      const struct yaml_node *root);
void config_check_slab(struct config_reader *reader,
		       const struct yaml_node *root);
void config_format_slab(struct text *text, const struct machine_desc *machine);
/* configs/vmalloc_range.c: `vmalloc`, which may depend on the zones. */
void config_read_vmalloc(struct config_reader *reader,
			 const struct yaml_node *root);
void config_check_vmalloc(struct config_reader *reader,
			  const struct yaml_node *root);
void config_place_vmalloc(struct config_reader *reader,
			  const struct yaml_node *root);
/* `kmemsim: KIND` and `version: 1`. */
int config_check_header(const struct yaml_node *root, const char *kind,
			struct errors *errors);

/* configs/zones.c: nodes, CPUs, zones and where they lie. */
void config_read_nodes(struct config_reader *reader,
		       const struct yaml_node *root);
/* configs/boot_memory.c: `boot_memory` of a profile, and what follows. */
void config_read_boot_memory(struct config_reader *reader,
			     const struct yaml_node *root);
void config_place_boot_memory(struct config_reader *reader);
/* Gives each node its zones, lowest first, once they are complete. */
int config_finish_nodes(struct config_reader *reader);
/* configs/zone_source.c: one zone's mapping. */
void config_read_zone(struct config_reader *reader, size_t node,
		      const struct yaml_node *map);

/* configs/initial_state.c, configs/proc_text.c: the starting state. */
/* What it says, whatever else is wrong with the config. */
void config_check_initial(struct config_reader *reader,
			  const struct yaml_node *root);
/* Its files, once that and the zones are known to be sound. */
void config_read_initial(struct config_reader *reader);
int config_read_buddyinfo(struct config_reader *reader, const char *path);
int config_read_pagetypeinfo(struct config_reader *reader, const char *path);
/* The zone that a row of a file names, or NULL with an error added. */
const struct zone_source *config_find_zone(struct config_reader *reader,
					   uint64_t node, const char *type,
					   struct place node_place,
					   struct place type_place);

/* configs/holes.c: where the pages are that are not present. */
void config_place_holes(struct config_reader *reader);

/* configs/dma.c: `dma`, of profiles too, and `cma`, once zones are placed. */
void config_read_dma(struct config_reader *reader,
		     const struct yaml_node *root);
void config_place_cma(struct config_reader *reader,
		      const struct yaml_node *root);
void config_format_dma(struct text *text, const struct machine_desc *machine);

/* configs/config_text.c: the effective config. NULL: the host has no memory. */
char *config_format(const struct config_reader *reader);
void config_format_quoted(struct text *text, const char *s);

/* An error of the host's memory; returns -1. */
int config_no_memory(struct config_reader *reader);

#endif
