/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef KMEMSIM_CONFIGS_YAML_YAML_TREE_H
#define KMEMSIM_CONFIGS_YAML_YAML_TREE_H

/*
 * A small YAML file as a tree of nodes, each with its place, and readers that
 * turn nodes into numbers, sizes, words. A reader adds an error and goes on,
 * so that one pass finds everything that is wrong with a file.
 */

#include "configs/yaml/yaml_stream.h"
#include "sim/base/host.h"
#include "sim/base/text.h"

/* More than any config needs; a bomb ends here. */
#define YAML_NODES_MAX 1000000
#define YAML_KEYS_MAX 256 /* of one mapping */

enum yaml_node_kind { YAML_NODE_SCALAR, YAML_NODE_LIST, YAML_NODE_MAPPING };

struct yaml_node {
	enum yaml_node_kind kind;
	bool quoted;
	struct place place;
	const char *key; /* of a mapping's child; NULL elsewhere */
	struct place key_place;
	const char *text; /* of a scalar */
	size_t length;
	struct yaml_node *first; /* children, in the file's order */
	struct yaml_node *last;
	struct yaml_node *next; /* of the same parent */
	size_t nr;
};

struct yaml_tree {
	struct arena *arena; /* owns every node and text */
	struct yaml_node *root;
	size_t nr_nodes;
};

/* NULL with errors added. `path` is borrowed for as long as the tree lives. */
struct yaml_tree *yaml_tree_load(const char *path, struct errors *errors);
struct yaml_tree *yaml_tree_load_memory(const char *name, const char *bytes,
					size_t length, struct errors *errors);
/* Reads the rest of a stream's document; the stream stays the caller's. */
struct yaml_tree *yaml_tree_read(struct yaml_stream *stream,
				 struct errors *errors);
void yaml_tree_free(struct yaml_tree *tree);

/*
 * Does what `--set PATH=VALUE` asks for: keys and list indexes joined by
 * dots; mappings on the way are made where they are missing. `word` and its
 * number among all --set (from 1) give the place of errors.
 */
int yaml_tree_set(struct yaml_tree *tree, const char *word, size_t number,
		  struct errors *errors);

/*
 * The same for a PATH and a value that are written at places of their own, as
 * in a sweep. The value's children are borrowed for as long as the tree lives.
 */
int yaml_tree_put(struct yaml_tree *tree, const char *path, struct place place,
		  const struct yaml_node *value, struct errors *errors);

/* Appends a node as YAML in one line, flow style. */
void yaml_format(const struct yaml_node *node, struct text *out);

/*
 * "DIR/name" of a name in the file DIR/path; the name alone where it is
 * absolute or the path has no folder. NULL: the host has no memory.
 */
char *yaml_beside(const char *path, const char *name);

/* A mapping's value, or NULL; `map` may be NULL or no mapping. */
const struct yaml_node *yaml_get(const struct yaml_node *map, const char *key);

/* Each key must be one of those allowed. false: an error was added. */
bool yaml_check_keys(const struct yaml_node *map, const char *const *allowed,
		     size_t nr, struct errors *errors);

/*
 * The same where keys are known to be put in the wrong place: elsewhere() says
 * where to one belongs, a static text such as `"sysctl"`, or NULL.
 */
bool yaml_check_places(const struct yaml_node *map, const char *const *allowed,
		       size_t nr, const char *(*elsewhere)(const char *key),
		       struct errors *errors);

/* An error: `map` has no `key`; `meaning` says what belongs there. */
void yaml_missing(const struct yaml_node *map, const char *key,
		  const char *meaning, struct errors *errors);

/* The value of `key`, which must be there. NULL: an error was added. */
const struct yaml_node *yaml_require(const struct yaml_node *map,
				     const char *key, const char *meaning,
				     struct errors *errors);

bool yaml_is_mapping(const struct yaml_node *node, struct errors *errors);
bool yaml_is_list(const struct yaml_node *node, struct errors *errors);

/*
 * A value as what it should be: true and *value set; false with an error
 * added and *value untouched. Ranges are inclusive.
 */
bool yaml_u64(const struct yaml_node *node, uint64_t least, uint64_t most,
	      uint64_t *value, struct errors *errors);
bool yaml_size(const struct yaml_node *node, uint64_t least, uint64_t most,
	       uint64_t *bytes, struct errors *errors);
bool yaml_time(const struct yaml_node *node, uint64_t *ns,
	       struct errors *errors);
bool yaml_bool(const struct yaml_node *node, bool *value,
	       struct errors *errors);
bool yaml_word(const struct yaml_node *node, const char *const *words,
	       size_t nr, size_t *which, struct errors *errors);
/* Any text but an empty one. */
bool yaml_text(const struct yaml_node *node, const char **text,
	       struct errors *errors);

/* The same for an optional key: false also where it is not there. */
bool yaml_get_u64(const struct yaml_node *map, const char *key, uint64_t least,
		  uint64_t most, uint64_t *value, struct errors *errors);
bool yaml_get_u32(const struct yaml_node *map, const char *key, uint32_t least,
		  uint32_t most, uint32_t *value, struct errors *errors);
bool yaml_get_bool(const struct yaml_node *map, const char *key, bool *value,
		   struct errors *errors);

#endif
