// SPDX-License-Identifier: GPL-2.0-only
/*
 * Reads a config: the profile's defaults, then the file, then --set.
 *
 * Rules: --set edits the file's tree before anything is checked, so there is
 * one way only in which a value becomes part of the machine; every step adds
 * all errors that it finds, and the next step runs on what is sound; a config
 * with any error gives no machine.
 */

#include "configs/config_reader.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_PROFILE "linux-6.1-x86_64"

static const char *const root_keys[] = {
	"kmemsim",
	"version",
	"name",
	"description",
	"profile",
	"page_size",
	"max_order",
	"pageblock_order",
	"transparent_hugepage",
	"numa",
	"init_on_alloc",
	"vmalloc",
	"grouping_by_mobility",
	"pcp_max_order",
	"nodes",
	"sysctl",
	"slab",
	"initial_state",
	"sampling",
	"kmap",
	"dma",
	"cma",
	"costs",
	"disk",
	"swap",
	"scheduler",
};

int config_no_memory(struct config_reader *reader)
{
	errno = ENOMEM;
	return error_host(reader->errors, "cannot read %s", reader->path);
}

static void apply_sets(struct config_reader *reader, struct yaml_tree *tree,
		       const struct config_set *sets)
{
	size_t i;

	for (i = 0; sets && i < sets->nr_puts; i++)
		yaml_tree_put(tree, sets->puts[i].path, sets->puts[i].place,
			      sets->puts[i].value, reader->errors);
	for (i = 0; sets && i < sets->nr; i++)
		yaml_tree_set(tree, sets->words[i], i + 1, reader->errors);
}

static void read_names(struct config_reader *reader,
		       const struct yaml_node *root)
{
	const struct yaml_node *node = yaml_get(root, "name");
	const char *name = "unnamed";

	if (node)
		yaml_text(node, &name, reader->errors);
	node = yaml_get(root, "description");
	if (node)
		yaml_text(node, &(const char *){ NULL }, reader->errors);
	reader->config->name = strdup(name);
	if (!reader->config->name)
		config_no_memory(reader);
}

static int read_profile(struct config_reader *reader,
			const struct yaml_node *root,
			const char *const *profile_dirs)
{
	const struct yaml_node *node = yaml_get(root, "profile");
	struct place place = node ? node->place : root->place;
	const char *name = DEFAULT_PROFILE;

	if (node && !yaml_text(node, &name, reader->errors))
		return -1;
	reader->config->profile = strdup(name);
	if (!reader->config->profile)
		return config_no_memory(reader);
	return config_read_profile(reader, name, place, profile_dirs);
}

static void read_sampling(struct config_reader *reader,
			  const struct yaml_node *root)
{
	static const char *const keys[] = { "every" };
	const struct yaml_node *sampling = yaml_get(root, "sampling"), *every;

	if (!sampling || !yaml_is_mapping(sampling, reader->errors))
		return;
	yaml_check_keys(sampling, keys, 1, reader->errors);
	every = yaml_get(sampling, "every");
	if (every)
		yaml_time(every, &reader->config->sample_every_ns,
			  reader->errors);
}

/* Keys that are easily taken for some of the whole machine. */
static const char *root_elsewhere(const char *key)
{
	static const char node[] = "a node of \"nodes\"";
	static const char initial[] = "\"initial_state\"";
	static const struct {
		const char *key;
		const char *place;
	} places[] = {
		{ "cpus", node },
		{ "zones", node },
		{ "distance", node },
		{ "watermarks", "a zone of a node's \"zones\"" },
		{ "lowmem_reserve", "a zone of a node's \"zones\"" },
		{ "allocator", "\"slab\"" },
		{ "kmalloc", "\"slab\"" },
		{ "free_lists", initial },
		{ "pageblocks", initial },
		{ "buddyinfo", initial },
		{ "pagetypeinfo", initial },
	};

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++)
		if (strcmp(key, places[i].key) == 0)
			return places[i].place;
	return config_is_sysctl(key) ? "\"sysctl\"" : NULL;
}

/* Everything below the header; `before`: errors that there were. */
static void read_root(struct config_reader *reader,
		      const struct yaml_node *root,
		      const char *const *profile_dirs, size_t before)
{
	bool has_profile;

	yaml_check_places(root, root_keys,
			  sizeof(root_keys) / sizeof(*root_keys),
			  root_elsewhere, reader->errors);
	read_names(reader, root);
	read_sampling(reader, root);
	has_profile = read_profile(reader, root, profile_dirs) == 0;
	config_read_settings(reader, root);
	/* Zones and their types mean nothing without a profile. */
	if (!has_profile)
		return;
	config_check_settings(reader, root);
	config_read_nodes(reader, root);
	config_place_vmalloc(reader, root);
	config_check_initial(reader, root);
	/* The starting state is checked against zones that are sound. */
	if (reader->errors->nr != before)
		return;
	config_read_initial(reader);
	if (reader->errors->nr != before)
		return;
	config_place_holes(reader);
	config_place_boot_memory(reader);
	config_place_cma(reader, root);
	if (config_finish_nodes(reader) != 0 || reader->errors->nr != before)
		return;
	reader->config->text = config_format(reader);
	if (!reader->config->text)
		config_no_memory(reader);
}

static void reader_release(struct config_reader *reader)
{
	size_t i;

	/* Taken over by the nodes where all went well. */
	for (i = 0; i < reader->nr_zones; i++)
		free(reader->zone[i].zone.holes);
	free(reader->zone);
	free(reader->block);
	free(reader->free_lists_path);
}

/* `text` is NULL where it is to be read from reader->path. */
static int load(struct config_reader *reader, const char *text,
		const struct config_set *sets, const char *const *profile_dirs)
{
	size_t before = reader->errors->nr;
	struct yaml_tree *tree;

	tree = text ? yaml_tree_load_memory(reader->path, text, strlen(text),
					    reader->errors) :
		      yaml_tree_load(reader->path, reader->errors);
	if (!tree)
		return -1;
	if (config_check_header(tree->root, "config", reader->errors) == 0) {
		apply_sets(reader, tree, sets);
		read_root(reader, tree->root, profile_dirs, before);
	}
	yaml_tree_free(tree);
	return reader->errors->nr == before ? 0 : -1;
}

struct config *config_load_text(const char *text, const char *path,
				const struct config_set *sets,
				const char *const *profile_dirs,
				struct errors *errors)
{
	struct config_reader reader = { .errors = errors, .path = path };

	reader.config = host_alloc(1, sizeof(*reader.config));
	if (!reader.config) {
		config_no_memory(&reader);
		return NULL;
	}
	reader.machine = &reader.config->machine;
	if (load(&reader, text, sets, profile_dirs) != 0) {
		config_free(reader.config);
		reader.config = NULL;
	}
	reader_release(&reader);
	return reader.config;
}

struct config *config_load(const char *path, const struct config_set *sets,
			   const char *const *profile_dirs,
			   struct errors *errors)
{
	return config_load_text(NULL, path, sets, profile_dirs, errors);
}

static void free_nodes(struct machine_desc *machine)
{
	size_t i, j;

	for (i = 0; i < machine->nr_nodes; i++) {
		for (j = 0; j < machine->nodes[i].nr_zones; j++)
			free(machine->nodes[i].zones[j].holes);
		free(machine->nodes[i].zones);
		free(machine->nodes[i].cpus);
	}
	free(machine->nodes);
}

void config_free(struct config *config)
{
	struct initial_state_desc *initial;

	if (!config)
		return;
	initial = &config->machine.initial;
	free_nodes(&config->machine);
	free(config->machine.cma);
	free(initial->free_blocks);
	free(initial->pageblocks);
	free(initial->free_counts);
	free(initial->pageblock_counts);
	free(initial->vmap_areas);
	free(config->name);
	free(config->profile);
	free(config->text);
	free(config);
}
