// SPDX-License-Identifier: GPL-2.0-only
/*
 * Profiles: YAML files that hold everything in which kernels differ.
 *
 * Rules: a profile is found by its name, NAME.yaml in the first directory
 * that has it; it must say everything, for there is no default below it. What
 * only a profile says: its zone types in the kernel's order, whether a zone
 * for devices follows them, the width of addresses, where the linear map
 * begins.
 */

#include "configs/config_reader.h"
#include "sim/base/numbers.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const profile_keys[] = {
	"kmemsim",
	"version",
	"name",
	"description",
	"page_size",
	"max_order",
	"pageblock_order",
	"transparent_hugepage",
	"numa",
	"init_on_alloc",
	"address_bits",
	"page_offset",
	"vmalloc",
	"zone_types",
	"sysctl",
	"slab",
	"disk",
	"scheduler",
	"grouping_by_mobility",
	"pcp_max_order",
	"swap",
	"dma",
	"kmap",
	"zone_device",
	"legacy_hole_end",
	"boot_memory",
	"costs",
};
/*
 * The last seven: what costs are not known are none, and so is swap space of
 * which nothing is said; the others only matter to
 * machines that share memory with devices in another way than PCs do, to
 * kernels with HighMem, and to those on PCs.
 */
#define NR_REQUIRED (LENGTH(profile_keys) - 7)

static const char *const type_keys[] = { "type", "floor", "limit" };

static bool add_zone_type(struct config_reader *reader,
			  const struct yaml_node *node, enum zone_type type)
{
	if (reader->nr_types > 0 &&
	    reader->type[reader->nr_types - 1] >= type) {
		error_input(reader->errors, node->place,
			    "zone_types: %s must "
			    "stand above %s, and each only once",
			    zone_type_names[type],
			    reader->type_name[reader->nr_types - 1]);
		return false;
	}
	reader->type[reader->nr_types] = type;
	reader->type_name[reader->nr_types++] = zone_type_names[type];
	reader->machine->zone_types |= 1u << type;
	return true;
}

static void read_zone_type(struct config_reader *reader,
			   const struct yaml_node *map)
{
	struct machine_desc *machine = reader->machine;
	const struct yaml_node *node;
	size_t type;

	if (!yaml_is_mapping(map, reader->errors))
		return;
	yaml_check_keys(map, type_keys, LENGTH(type_keys), reader->errors);
	node = yaml_require(map, "type", "a zone type's name", reader->errors);
	if (!node ||
	    !yaml_word(node, zone_type_names, NR_ZONE_TYPES, &type,
		       reader->errors) ||
	    !add_zone_type(reader, node, (enum zone_type)type))
		return;
	node = yaml_get(map, "floor");
	if (node)
		yaml_size(node, 0, UINT64_MAX, &machine->zone_floor[type],
			  reader->errors);
	node = yaml_get(map, "limit");
	if (node)
		yaml_size(node, 1, UINT64_MAX, &machine->zone_limit[type],
			  reader->errors);
}

static void read_zone_types(struct config_reader *reader,
			    const struct yaml_node *root)
{
	const struct yaml_node *list = yaml_get(root, "zone_types"), *node;

	if (!list || !yaml_is_list(list, reader->errors))
		return;
	for (node = list->first; node; node = node->next)
		read_zone_type(reader, node);
	yaml_get_bool(root, "zone_device", &reader->machine->zone_device,
		      reader->errors);
	if (!(reader->machine->zone_types & 1u << ZONE_NORMAL))
		error_input(reader->errors, list->place,
			    "zone_types: every kernel has Normal");
}

static void read_addresses(struct config_reader *reader,
			   const struct yaml_node *root)
{
	struct machine_desc *machine = reader->machine;
	const struct yaml_node *node = yaml_get(root, "address_bits");

	if (yaml_get_u32(root, "address_bits", 32, 64, &machine->address_bits,
			 reader->errors) &&
	    machine->address_bits != 32 && machine->address_bits != 64)
		error_input(reader->errors, node->place,
			    "address_bits: \"%s\" "
			    "is out of range; allowed: 32 or 64",
			    node->text);
	node = yaml_get(root, "page_offset");
	if (node)
		yaml_size(node, 0, UINT64_MAX, &machine->page_offset,
			  reader->errors);
	node = yaml_get(root, "legacy_hole_end");
	if (node)
		yaml_size(node, 0, UINT64_MAX, &reader->legacy_hole_end,
			  reader->errors);
}

static void read_profile(struct config_reader *reader,
			 const struct yaml_node *root)
{
	size_t i;

	yaml_check_keys(root, profile_keys, LENGTH(profile_keys),
			reader->errors);
	for (i = 0; i < NR_REQUIRED; i++) {
		if (!yaml_get(root, profile_keys[i]))
			yaml_missing(root, profile_keys[i],
				     "a profile says everything",
				     reader->errors);
	}
	read_zone_types(reader, root);
	read_addresses(reader, root);
	config_read_boot_memory(reader, root);
	config_read_settings(reader, root);
	if (reader->machine->nr_orders)
		config_check_settings(reader, root);
}

static char *profile_path(const char *dir, const char *name)
{
	struct text path = TEXT_EMPTY;

	text_add(&path, "%s/%s.yaml", dir, name);
	if (path.failed)
		text_release(&path);
	return path.s;
}

/* What the directories hold, for the message that a name is not there. */
#define NR_LISTED 32

struct listing {
	char *name[NR_LISTED];
	size_t nr;
};

/* Does the file say `kmemsim: profile`? Its own errors are nobody's here. */
static bool is_profile(const char *path)
{
	struct errors errors = ERRORS_NONE;
	struct yaml_tree *tree = yaml_tree_load(path, &errors);
	const struct yaml_node *kind = tree ? yaml_get(tree->root, "kmemsim") :
					      NULL;
	bool is = kind && kind->text && strcmp(kind->text, "profile") == 0;

	yaml_tree_free(tree);
	errors_release(&errors);
	return is;
}

static void list_file(struct listing *listing, const char *dir,
		      const char *file)
{
	static const char suffix[] = ".yaml";
	size_t length = strlen(file);
	char *name, *path;

	if (length <= strlen(suffix) || listing->nr == NR_LISTED ||
	    strcmp(file + length - strlen(suffix), suffix) != 0)
		return;
	name = strndup(file, length - strlen(suffix));
	path = name ? profile_path(dir, name) : NULL;
	if (path && is_profile(path)) {
		listing->name[listing->nr++] = name;
		name = NULL;
	}
	free(path);
	free(name);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void list_profiles(struct listing *listing, const char *const *dirs)
{
	const struct dirent *entry;
	DIR *dir;

	for (; dirs && *dirs; dirs++) {
		dir = opendir(*dirs);
		if (!dir)
			continue;
		while ((entry = readdir(dir)))
			list_file(listing, *dirs, entry->d_name);
		closedir(dir);
	}
	qsort(listing->name, listing->nr, sizeof(*listing->name), by_name);
}

static int report_unknown(struct config_reader *reader, const char *name,
			  struct place place, const char *const *dirs)
{
	struct listing listing = { .nr = 0 };
	struct text text = TEXT_EMPTY;
	size_t i;

	list_profiles(&listing, dirs);
	text_add(&text, "profile: unknown \"%s\"", name);
	if (listing.nr > 0) {
		text_add_hint(&text, name, strlen(name),
			      (const char *const *)listing.name, listing.nr,
			      "`kmemsim list configs`");
	} else {
		text_add(&text, "; no profiles were found");
		for (; dirs && *dirs; dirs++)
			text_add(&text, " in %s", *dirs);
	}
	error_input(reader->errors, place, "%s",
		    text.s ? text.s : "profile: unknown");
	text_release(&text);
	for (i = 0; i < listing.nr; i++)
		free(listing.name[i]);
	return -1;
}

static int load_profile(struct config_reader *reader, const char *path)
{
	size_t before = reader->errors->nr;
	struct yaml_tree *tree = yaml_tree_load(path, reader->errors);

	if (!tree)
		return -1;
	if (config_check_header(tree->root, "profile", reader->errors) == 0)
		read_profile(reader, tree->root);
	yaml_tree_free(tree);
	return reader->errors->nr == before ? 0 : -1;
}

int config_read_profile(struct config_reader *reader, const char *name,
			struct place place, const char *const *dirs)
{
	const char *const *dir;
	int result = -1;
	char *path;

	/* A name, not a path: a config must mean the same everywhere. */
	if (strchr(name, '/'))
		return report_unknown(reader, name, place, dirs);
	for (dir = dirs; dir && *dir; dir++) {
		path = profile_path(*dir, name);
		if (!path)
			return config_no_memory(reader);
		if (access(path, F_OK) == 0) {
			result = load_profile(reader, path);
			free(path);
			return result;
		}
		free(path);
	}
	return report_unknown(reader, name, place, dirs);
}
